use std::time::Duration;

use backon::ExponentialBuilder;
use backon_macros::backon;

use super::backon::policy;
use crate::contestant::Contestant;
use crate::operation::{Answer, Failure, add_one};

pub(super) fn contestant() -> Contestant {
    Contestant::new("backon-macros").blocking(call, call_at_once).asynchronous(call_async, call_async_at_once)
}

fn backing_off() -> ExponentialBuilder {
    policy(Duration::from_millis(1))
}

fn at_once() -> ExponentialBuilder {
    policy(Duration::ZERO)
}

#[backon(backoff = backing_off, when = Failure::is_transient)]
fn call(number: u64) -> Answer {
    add_one(number)
}

#[backon(backoff = at_once, when = Failure::is_transient)]
fn call_at_once(number: u64) -> Answer {
    add_one(number)
}

#[backon(backoff = backing_off, when = Failure::is_transient)]
async fn call_async(number: u64) -> Answer {
    add_one(number)
}

#[backon(backoff = at_once, when = Failure::is_transient)]
async fn call_async_at_once(number: u64) -> Answer {
    add_one(number)
}
