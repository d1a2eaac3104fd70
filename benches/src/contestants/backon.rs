use std::time::Duration;

use backon::{BlockingRetryable, ExponentialBuilder, Retryable};

use crate::contestant::Contestant;
use crate::operation::{Answer, Failure, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("backon").blocking(call, call_at_once).asynchronous(call_async, call_async_at_once)
}

/// Its number of times is that of the retries.
pub(super) const fn policy(initial: Duration) -> ExponentialBuilder {
    ExponentialBuilder::new().with_min_delay(initial).with_max_times(4).with_jitter()
}

fn call(number: u64) -> Answer {
    (|| add_one(number)).retry(policy(Duration::from_millis(1))).when(Failure::is_transient).call()
}

fn call_at_once(number: u64) -> Answer {
    (|| add_one(number)).retry(policy(Duration::ZERO)).when(Failure::is_transient).call()
}

async fn call_async(number: u64) -> Answer {
    (|| async { add_one(number) }).retry(policy(Duration::from_millis(1))).when(Failure::is_transient).await
}

async fn call_async_at_once(number: u64) -> Answer {
    (|| async { add_one(number) }).retry(policy(Duration::ZERO)).when(Failure::is_transient).await
}
