use std::cell::Cell;
use std::fmt::Debug;
use std::future::ready;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use persevere::retry;

#[derive(Debug)]
struct Busy;

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

fn fails_twice() -> Result<u32, Busy> {
    CALLS.set(CALLS.get() + 1);
    if CALLS.get() < 3 { Err(Busy) } else { Ok(7) }
}

async fn add(number: u32) -> u32 {
    number + 1
}

fn run<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn check<T: Debug + PartialEq>(returned: Result<T, Busy>, expected: T) {
    assert_eq!(returned.unwrap(), expected);
    assert_eq!(CALLS.get(), 3, "calls");
}
