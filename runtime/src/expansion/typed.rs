//! Functions that give the values of an attribute their types, and what stands in for keys that are not given.

use std::marker::PhantomData;
use std::time::Duration;

use crate::call::outcome::{Outcome, Verdict};
use crate::{Decision, Event, Jitter, Policy, Retryable};

/// What the expansion returns where it never comes to: it tells the compiler what is returned before it reads the body.
#[must_use]
pub fn never<O>() -> O {
    std::process::abort()
}

/// The type that a function returns, where the expansion may not name it: it is learned from a `return` of `never`.
pub struct Returns<O>(PhantomData<fn() -> O>);

impl<O> Returns<O> {
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    #[must_use]
    pub fn never(&self) -> O {
        never()
    }
}

/// The verdict of an `on` that is a closure where it is called: the compiler learns its parameter from the error.
#[inline]
pub fn judge<E, D: Verdict, P: Fn(&E) -> D>(error: &E, on: &P) -> D {
    on(error)
}

/// An `on` that is evaluated before the first attempt: as it is, but the compiler learns a closure's parameter.
#[inline]
pub fn classifier<O: Outcome, D: Verdict, P: Fn(&O::Error) -> D>(on: P) -> P {
    on
}

/// The same for a `notify`.
#[inline]
pub fn hook<O: Outcome, N: Fn(&Event<'_, O::Error>)>(notify: N) -> N {
    notify
}

/// The same for an `until`.
#[inline]
pub fn accepter<O: Outcome, U: Fn(&O::Value) -> bool>(until: U) -> U {
    until
}

/// The same for a `sleep`.
#[inline]
pub fn sleeper<R, S: Fn(Duration) -> R>(sleep: S) -> S {
    sleep
}

/// `on`, where the function names none.
pub fn retryable<E: Retryable>(error: &E) -> Decision {
    error.decision()
}

/// The value of `policy`. A function, so that a value of another type is one error.
#[inline]
#[must_use]
pub const fn policy(policy: Policy) -> Policy {
    policy
}

/// The value of `timeout`.
#[inline]
#[must_use]
pub const fn timeout(limit: Duration) -> Duration {
    limit
}

/// The value of `jitter`, where it is known only at run time: a `Jitter` or a fraction.
#[inline]
pub fn jitter(jitter: impl Into<Jitter>) -> Jitter {
    jitter.into()
}
