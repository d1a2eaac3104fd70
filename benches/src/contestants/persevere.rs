use persevere::retry;

use super::PERSEVERE;
use crate::contestant::Contestant;
use crate::operation::{Answer, Failure, add_one};

pub(super) fn contestants() -> [Contestant; 2] {
    let [name, with_question_mark] = PERSEVERE;
    [
        Contestant::new(name).blocking(call, call_at_once).asynchronous(call_async, call_async_at_once),
        Contestant::new(with_question_mark).blocking(ask, ask_at_once).asynchronous(ask_async, ask_async_at_once),
    ]
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

#[retry(max = 5, initial = "1ms", on = Failure::is_transient)]
fn ask(number: u64) -> Answer {
    let sum = add_one(number)?;
    Ok(sum)
}

#[retry(max = 5, initial = "0s", on = Failure::is_transient)]
fn ask_at_once(number: u64) -> Answer {
    let sum = add_one(number)?;
    Ok(sum)
}

#[retry(max = 5, initial = "1ms", on = Failure::is_transient)]
async fn ask_async(number: u64) -> Answer {
    let sum = add_one(number)?;
    Ok(sum)
}

#[retry(max = 5, initial = "0s", on = Failure::is_transient)]
async fn ask_async_at_once(number: u64) -> Answer {
    let sum = add_one(number)?;
    Ok(sum)
}
