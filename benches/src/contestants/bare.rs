use super::BARE;
use crate::contestant::Contestant;
use crate::operation::{Answer, add_one};

pub(super) fn contestant() -> Contestant {
    // What fails, fails: it makes one attempt.
    Contestant::new(BARE).blocking(call, call).asynchronous(call_async, call_async)
}

fn call(number: u64) -> Answer {
    add_one(number)
}

async fn call_async(number: u64) -> Answer {
    add_one(number)
}
