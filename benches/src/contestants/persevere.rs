use persevere::retry;

use super::PERSEVERE;
use crate::contestant::Contestant;
use crate::operation::{Answer, Failure, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new(PERSEVERE).blocking(call, call_at_once).asynchronous(call_async, call_async_at_once)
}

#[retry(max = 5, initial = "1ms", on = Failure::is_transient)]
fn call(number: u64) -> Answer {
    add_one(number)
}

#[retry(max = 5, initial = "0s", on = Failure::is_transient)]
fn call_at_once(number: u64) -> Answer {
    add_one(number)
}

#[retry(max = 5, initial = "1ms", on = Failure::is_transient)]
async fn call_async(number: u64) -> Answer {
    add_one(number)
}

#[retry(max = 5, initial = "0s", on = Failure::is_transient)]
async fn call_async_at_once(number: u64) -> Answer {
    add_one(number)
}
