use std::time::Duration;

use tokio::time::Sleep;
use tower::retry::backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff};
use tower::retry::{Policy, Retry};
use tower::util::rng::HasherRng;
use tower::{ServiceExt, service_fn};

use crate::contestant::Contestant;
use crate::operation::{ATTEMPTS, Answer, Failure, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("tower").asynchronous(call_async, call_async_at_once)
}

/// What its users write themselves.
#[derive(Clone)]
struct Attempts {
    left: u32,
    backoff: ExponentialBackoff,
}

impl Attempts {
    fn new(initial: Duration) -> Self {
        let maker = ExponentialBackoffMaker::new(initial, Duration::from_mins(1), 1.0, HasherRng::new());
        let backoff = maker.expect("a backoff within its bounds").make_backoff();
        Self { left: ATTEMPTS - 1, backoff }
    }
}

impl Policy<u64, u64, Failure> for Attempts {
    type Future = Sleep;

    fn retry(&mut self, _: &mut u64, result: &mut Answer) -> Option<Sleep> {
        let failure = result.as_ref().err()?;
        if !failure.is_transient() || self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.backoff.next_backoff())
    }

    fn clone_request(&mut self, number: &u64) -> Option<u64> {
        Some(*number)
    }
}

async fn call_async(number: u64) -> Answer {
    let service = service_fn(|number| async move { add_one(number) });
    Retry::new(Attempts::new(Duration::from_millis(1)), service).oneshot(number).await
}

async fn call_async_at_once(number: u64) -> Answer {
    let service = service_fn(|number| async move { add_one(number) });
    Retry::new(Attempts::new(Duration::ZERO), service).oneshot(number).await
}
