//! Other waits, and an earlier stop, for some kinds of errors: a call makes up to ten attempts, but stops if the third or
//! a later one fails with a 500. The number counts all attempts, not those of one kind.
//!
//! ```sh
//! cargo run --example kinds
//! ```
//!
//! Look at `decide`: it is given the number of the attempt, and answers with a wait.

use std::time::Duration;

use persevere::{Decision, Event, retry};

#[retry(max = 10, attempt = attempt, on = |status| decide(*status, attempt.number()), notify = report)]
fn post(status: u16) -> Result<(), u16> {
    Err(status)
}

fn decide(status: u16, attempt: u32) -> Decision {
    let doubling = |start: u64| Decision::RetryIn(Duration::from_millis(start << attempt.min(6)));
    match status {
        429 => doubling(1),
        500.. if attempt < 3 => doubling(5),
        _ => Decision::Stop,
    }
}

fn report(event: &Event<'_, u16>) {
    println!("{event}");
}

fn main() {
    for status in [429, 500, 400] {
        println!("Failed for good: {:?}", post(status));
    }
}
