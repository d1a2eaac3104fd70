use std::time::Duration;

use tokio_retry2::strategy::{ExponentialFactorBackoff, jitter};
use tokio_retry2::{Retry, RetryError};

use crate::contestant::Contestant;
use crate::operation::{Answer, Failure, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("tokio-retry2").asynchronous(call_async, call_async_at_once)
}

fn policy(initial_millis: u64) -> impl Iterator<Item = Duration> {
    ExponentialFactorBackoff::from_millis(initial_millis, 2.0).map(jitter).take(4)
}

fn judged(failure: Failure) -> RetryError<Failure> {
    if failure.is_transient() { RetryError::transient(failure) } else { RetryError::permanent(failure) }
}

async fn call_async(number: u64) -> Answer {
    Retry::spawn(policy(1), || async { add_one(number).map_err(judged) }).await
}

async fn call_async_at_once(number: u64) -> Answer {
    Retry::spawn(policy(0), || async { add_one(number).map_err(judged) }).await
}
