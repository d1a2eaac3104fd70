//! Its exponential wait has no jitter, and it cannot judge an error by a function.

use retrying::retry;

use crate::contestant::Contestant;
use crate::operation::{Answer, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("retrying").blocking(call, call_at_once).asynchronous(call_async, call_async_at_once)
}

#[retry(stop = attempts(5), wait = exponential(multiplier = 0.001, min = 0.0, max = 60.0, exp_base = 2))]
fn call(number: u64) -> Answer {
    add_one(number)
}

#[retry(stop = attempts(5), wait = exponential(multiplier = 0.0, min = 0.0, max = 60.0, exp_base = 2))]
fn call_at_once(number: u64) -> Answer {
    add_one(number)
}

#[retry(stop = attempts(5), wait = exponential(multiplier = 0.001, min = 0.0, max = 60.0, exp_base = 2))]
async fn call_async(number: u64) -> Answer {
    add_one(number)
}

#[retry(stop = attempts(5), wait = exponential(multiplier = 0.0, min = 0.0, max = 60.0, exp_base = 2))]
async fn call_async_at_once(number: u64) -> Answer {
    add_one(number)
}
