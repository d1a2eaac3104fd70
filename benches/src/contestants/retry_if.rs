//! It has no jitter, counts retries, and its attempts are in the function itself: a `?` is rewritten, a macro's is not.

use std::time::Duration;

use retry_if::{ExponentialBackoffConfig, retry};

use crate::contestant::Contestant;
use crate::operation::{Answer, Failure, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("retry-if").asynchronous(call_async, call_async_at_once)
}

const BACKING_OFF: ExponentialBackoffConfig = policy(Duration::from_millis(1));
const AT_ONCE: ExponentialBackoffConfig = policy(Duration::ZERO);

const fn policy(initial: Duration) -> ExponentialBackoffConfig {
    ExponentialBackoffConfig { max_retries: 4, t_wait: initial, backoff: 2.0, t_wait_max: None, backoff_max: None }
}

fn is_repeated(answer: &Answer) -> bool {
    answer.as_ref().is_err_and(Failure::is_transient)
}

#[retry(BACKING_OFF, is_repeated)]
async fn call_async(number: u64) -> Answer {
    add_one(number)
}

#[retry(AT_ONCE, is_repeated)]
async fn call_async_at_once(number: u64) -> Answer {
    add_one(number)
}
