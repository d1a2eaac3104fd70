use super::BARE;
use crate::contestant::Contestant;
use crate::operation::{Answer, add_one};

pub(super) fn contestants() -> [Contestant; 2] {
    let [name, with_question_mark] = BARE;
    // What fails, fails: it makes one attempt.
    [
        Contestant::new(name).blocking(call, call).asynchronous(call_async, call_async),
        Contestant::new(with_question_mark).blocking(ask, ask).asynchronous(ask_async, ask_async),
    ]
}

fn call(number: u64) -> Answer {
    add_one(number)
}

async fn call_async(number: u64) -> Answer {
    add_one(number)
}

fn ask(number: u64) -> Answer {
    let sum = add_one(number)?;
    Ok(sum)
}

async fn ask_async(number: u64) -> Answer {
    let sum = add_one(number)?;
    Ok(sum)
}
