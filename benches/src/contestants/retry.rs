use std::time::Duration;

use retry::delay::{Exponential, jitter};
use retry::{OperationResult, retry};

use crate::contestant::Contestant;
use crate::operation::{Answer, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("retry").blocking(call, call_at_once)
}

fn policy(initial_millis: u64) -> impl Iterator<Item = Duration> {
    Exponential::from_millis_with_factor(initial_millis, 2.0).map(jitter).take(4)
}

fn judged(answer: Answer) -> OperationResult<u64, crate::operation::Failure> {
    match answer {
        Ok(number) => OperationResult::Ok(number),
        Err(failure) if failure.is_transient() => OperationResult::Retry(failure),
        Err(failure) => OperationResult::Err(failure),
    }
}

fn call(number: u64) -> Answer {
    retry(policy(1), || judged(add_one(number))).map_err(|failed| failed.error)
}

fn call_at_once(number: u64) -> Answer {
    retry(policy(0), || judged(add_one(number))).map_err(|failed| failed.error)
}
