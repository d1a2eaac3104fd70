//! What the expansion of `#[retry]` calls. Everything behind the first failure is cold and lives here once.

pub use std::boxed::Box;
use std::marker::PhantomData;
pub use std::option::Option::{self, None, Some};
pub use std::time::Duration;
pub use std::{concat, module_path};

use rand::TryRng as _;
use rand::rngs::SysRng;

pub use crate::call::Call;
pub use crate::sleep::{pause, pause_with, timer, timer_with};
pub use crate::upstream::{Answer, Turn, rehearse};
use crate::{Decision, Event, Jitter, Next, Policy, Retryable};

pub mod keys;

/// The type that a function returns, which the expansion need not name.
///
/// The function picks it up with `if let Some(outcome) = returns.none() { return outcome; }`, before its body is read,
/// so that the body of an attempt and the hooks are checked against it.
pub struct Returns<O>(PhantomData<fn() -> O>);

impl<O> Returns<O> {
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The same type for one attempt, which takes it by value: borrowed it would make the future larger.
    #[inline]
    #[must_use]
    pub const fn again(&self) -> Self {
        Self(PhantomData)
    }

    #[inline]
    #[must_use]
    pub const fn none(self) -> Option<O> {
        None
    }
}

/// An `on` that is evaluated before the first attempt: as it is, but the compiler learns a closure's parameter.
#[inline]
pub fn classifier<O: Outcome, D: Verdict, P: Fn(&O::Error) -> D>(_: &Returns<O>, on: P) -> P {
    on
}

/// The same for a `notify`.
#[inline]
pub fn hook<O: Outcome, N: Fn(&Event<'_, O::Error>)>(_: &Returns<O>, notify: N) -> N {
    notify
}

/// The same for a `sleep`.
#[inline]
pub fn sleeper<R, S: Fn(Duration) -> R>(sleep: S) -> S {
    sleep
}

/// What `on` returns: anything that is `Into<Decision>`, under a name that says so when it is not.
#[diagnostic::on_unimplemented(
    message = "`on` returns `{Self}`, which is neither a `bool` nor a `Decision`",
    label = "this does not say whether to retry",
    note = "return `bool` or `persevere::Decision`, and not from an async function"
)]
pub trait Verdict {
    fn into_decision(self) -> Decision;
}

#[diagnostic::do_not_recommend]
impl<D: Into<Decision>> Verdict for D {
    fn into_decision(self) -> Decision {
        self.into()
    }
}

/// What an attempt returns: a `Result`, whatever name it goes by.
#[diagnostic::on_unimplemented(
    message = "`#[retry]` needs a function that returns a `Result`, to know a failed attempt",
    label = "this is not a `Result`",
    note = "return `Result<{Self}, E>`; the attempts that return `Err` are the ones that may be retried"
)]
pub trait Outcome {
    type Error;

    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Outcome for Result<T, E> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// How long to wait before the next attempt, or `None` where this one's outcome is the call's.
#[inline]
pub fn wait_after<O, D, P, N>(
    outcome: &O,
    call: &mut Call,
    policy: &Policy,
    function: &'static str,
    on: &P,
    notify: &N,
) -> Option<Duration>
where
    O: Outcome,
    D: Verdict,
    P: Fn(&O::Error) -> D,
    N: Fn(&Event<'_, O::Error>),
{
    let error = outcome.error()?;
    failed(error, call, policy, function, on, notify)
}

#[cold]
#[inline(never)]
fn failed<E, D, P, N>(
    error: &E,
    call: &mut Call,
    policy: &Policy,
    function: &'static str,
    on: &P,
    notify: &N,
) -> Option<Duration>
where
    D: Verdict,
    P: Fn(&E) -> D,
    N: Fn(&Event<'_, E>),
{
    let attempt = call.attempt();
    let next = next(call, policy, on(error).into_decision());
    notify(&Event { function, attempt, max: policy.max, error, next });
    match next {
        Next::Retry { wait, .. } => Some(wait),
        Next::GiveUp(_) => None,
    }
}

/// The part of a failure that does not depend on the error's type, so that it is compiled once.
#[inline(never)]
fn next(call: &mut Call, policy: &Policy, decision: Decision) -> Next {
    call.failed(policy, decision, uniform)
}

/// A random number from 0 up to, not including, 1.
///
/// Straight from the operating system: it is asked once before a wait, which takes longer than any system call, and
/// it cannot panic. Where the system has none to give, the call waits for its whole ceiling.
fn uniform() -> f64 {
    let bits = SysRng.try_next_u32().unwrap_or(0);
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

/// `on`, where the function names none.
pub fn retryable<E: Retryable>(error: &E) -> Decision {
    error.decision()
}

/// `notify`, where the function names none.
#[inline]
pub fn silent<E>(_: &Event<'_, E>) {}

/// The value of `policy`. A function, so that a value of another type is one error.
#[inline]
#[must_use]
pub const fn policy(policy: Policy) -> Policy {
    policy
}

/// The value of `jitter`, where it is known only at run time: a `Jitter` or a fraction.
#[inline]
pub fn jitter(jitter: impl Into<Jitter>) -> Jitter {
    jitter.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_cover_their_range_and_differ() {
        let drawn: Vec<f64> = (0..4096).map(|_| uniform()).collect();
        assert!(drawn.iter().all(|sample| (0.0..1.0).contains(sample)));
        for tenth in 0..10_u32 {
            let from = f64::from(tenth) / 10.0;
            let count = drawn.iter().filter(|sample| (from..from + 0.1).contains(*sample)).count();
            // 410 are expected; a fair draw leaves this range less than once in a billion runs.
            assert!((280..560).contains(&count), "{count} samples from {from}");
        }
    }
}
