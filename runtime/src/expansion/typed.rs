//! Functions that give the values of an attribute their types, so that a value of another type is one error, on it.

use std::marker::PhantomData;
use std::time::Duration;

use crate::call::outcome::{Outcome, Verdict};
use crate::{Decision, Event, Jitter, Policy, Retryable};

/// A value of the type that a function returns, in a branch that is never taken. From it the compiler learns the type
/// before it reads the body, so that `?` and `into()` in the body know what to become.
#[must_use]
pub fn never<O>() -> O {
    std::process::abort()
}

/// The type that a function returns, where the expansion may not name it: `impl Trait` is part of it. The compiler
/// learns it from a `return` of [`never`](Self::never).
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

/// Calls an `on` that is written as a closure. As an argument of this function the closure gets the type of its
/// parameter from `P`; called where it stands, it would have to name it.
#[inline]
pub fn judge<E, D: Verdict, P: Fn(&E) -> D>(error: &E, on: &P) -> D {
    on(error)
}

/// Returns an `on` that is evaluated before the first attempt. A closure that is only stored in a variable would be
/// taken to accept one lifetime, and not any ([rust-lang/rust#58052](https://github.com/rust-lang/rust/issues/58052)):
/// passing it through a function with a bound tells the compiler.
#[inline]
pub fn classifier<O: Outcome, D: Verdict, P: Fn(&O::Error) -> D>(on: P) -> P {
    on
}

/// Returns a `notify` that is evaluated before the first attempt, for the reason that [`classifier`] gives.
#[inline]
pub fn hook<O: Outcome, N: Fn(&Event<'_, O::Error>)>(notify: N) -> N {
    notify
}

/// Returns an `until` that is evaluated before the first attempt, for the reason that [`classifier`] gives.
#[inline]
pub fn accepter<O: Outcome, U: Fn(&O::Value) -> bool>(until: U) -> U {
    until
}

/// Returns a `sleep` that is evaluated before the first attempt: a closure learns the type of its parameter from it.
#[inline]
pub fn sleeper<R, S: Fn(Duration) -> R>(sleep: S) -> S {
    sleep
}

/// The `on` of a function that names none.
pub fn retryable<E: Retryable>(error: &E) -> Decision {
    error.decision()
}

/// The value of `policy`.
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
