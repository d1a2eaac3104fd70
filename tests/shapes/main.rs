//! The functions that `#[retry]` may stand on. Each fails twice and then succeeds; its test sees what it returns, and
//! that it took three calls.

#![allow(
    clippy::arc_with_non_send_sync,
    clippy::boxed_local,
    clippy::elidable_lifetime_names,
    clippy::items_after_statements,
    clippy::manual_async_fn,
    clippy::many_single_char_names,
    clippy::mixed_attributes_style,
    clippy::multiple_bound_locations,
    clippy::needless_arbitrary_self_type,
    clippy::needless_lifetimes,
    clippy::needless_return,
    clippy::never_loop,
    clippy::toplevel_ref_arg,
    clippy::trivially_copy_pass_by_ref,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    clippy::unneeded_wildcard_pattern,
    clippy::unused_async,
    reason = "the functions are as odd as users may write them"
)]

use std::cell::Cell;
use std::error::Error;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::{fmt, io};

use persevere::{Decision, Retryable};

mod async_trait;
mod attributes;
mod bodies;
mod futures;
mod macro_rules;
mod odd;
mod parameters;
mod receivers;
mod returns;
mod send;
mod shadowing;
mod unrepeated;
mod values;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Busy(u32);

impl Retryable for Busy {
    fn decision(&self) -> Decision {
        Decision::Retry
    }
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "busy at call {}", self.0)
    }
}

impl Error for Busy {}

impl From<Busy> for io::Error {
    fn from(_: Busy) -> Self {
        io::ErrorKind::ResourceBusy.into()
    }
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// `Err` at the first call and the second, then `Ok(7)`.
pub(crate) fn fails_twice() -> Result<u32, Busy> {
    let call = CALLS.get() + 1;
    CALLS.set(call);
    if call < 3 { Err(Busy(call)) } else { Ok(7) }
}

/// How often `fails_twice` was called since this was last asked.
pub(crate) fn calls() -> u32 {
    CALLS.replace(0)
}

/// The function returned what was expected, from its third call.
#[track_caller]
pub(crate) fn check<T: fmt::Debug + PartialEq<U>, U: fmt::Debug>(returned: T, expected: U) {
    assert_eq!(returned, expected);
    assert_eq!(calls(), 3, "calls");
}

/// Runs a future that never has to wait for anything.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

pub(crate) fn send<T: Send>(value: T) -> T {
    value
}
