//! What the expansion of `#[retry]` calls. Everything behind the first failure is cold and lives here once.

pub use std::boxed::Box;
use std::marker::PhantomData;
pub use std::option::Option::{self, None, Some};
pub use std::pin::pin;
pub use std::result::Result::{Err, Ok};
pub use std::time::Duration;
pub use std::{concat, module_path};

pub use crate::__persevere_again as again;
pub use crate::__persevere_describe as describe;
pub use crate::call::Call;
use crate::clock::Clock;
pub use crate::clock::{Stopwatch, Untimed};
pub use crate::elapsed::within;
pub use crate::observe::Described;
pub use crate::paced::{Now, Paced, asynchronous_now, blocking_now};
pub use crate::running::{Running, Site, Sleeping, Waiting};
pub use crate::sleep::{Sleep, Wait, pause, pause_with, timer, timer_with};
pub use crate::upstream::{Answer, Turn};
pub use crate::written::policy as written;
use crate::{Decision, Event, Hold, Jitter, Next, Policy, Reason, Retryable, observe, testing};

pub mod keys;
#[cfg(feature = "tracing")]
pub mod shown;

/// The wait before the next attempt, if one is to follow; else `$over` ends the call. The compiler fills this in faster
/// than it takes as many tokens from the attribute.
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_again {
    (
        $running:ident.$again:ident,
        $outcome:expr,
        $error:ident or $unseen:expr,
        $verdict:expr,
        $settings:expr $(; $name:literal)?,
        $over:expr
        $(, $notify:expr)?
    ) => {{
        let __persevere_next = match $outcome {
            $crate::__private::Err($error) => $running.$again(
                $verdict,
                $settings,
                $($crate::__private::concat!($crate::__private::module_path!(), "::", $name),)?
                $crate::__persevere_told!($error, $unseen $(, $notify)?),
            ),
            _ => $crate::__private::None,
        };
        match __persevere_next {
            $crate::__private::Some(__persevere_wait) => __persevere_wait,
            _ => $over,
        }
    }};
}

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
    type Value;
    type Error;

    fn split(&self) -> Result<&Self::Value, &Self::Error>;

    fn failure(error: Self::Error) -> Self;
}

impl<T, E> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn split(&self) -> Result<&T, &E> {
        self.as_ref()
    }

    fn failure(error: E) -> Self {
        Err(error)
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Failed,
    /// With a value that fails `until`.
    Unaccepted,
    Succeeded,
    /// It is not made yet: its turn, or the time to ask again, comes after so long.
    Held(Duration),
    /// It is not made: its turn would come too late. The one before failed.
    NoTurn,
}

impl Ended {
    #[inline]
    pub(crate) const fn of(failed: bool, succeeded: bool) -> Self {
        if failed {
            Self::Failed
        } else if succeeded {
            Self::Succeeded
        } else {
            Self::Unaccepted
        }
    }
}

/// The value of an attempt, or its error.
///
/// # Errors
///
/// If the attempt failed.
#[inline]
pub fn split<O: Outcome>(outcome: &O) -> Result<&O::Value, &O::Error> {
    outcome.split()
}

/// Whether an attempt succeeded.
#[inline]
pub fn succeeds<O: Outcome, U: Fn(&O::Value) -> bool>(outcome: &O, until: &U) -> bool {
    outcome.split().is_ok_and(until)
}

/// What follows an attempt where the calls to a service are paced: a wait, or else the outcome of the call. The outcome
/// is in `last`, and stays there while the call waits and queues.
#[cold]
#[inline(never)]
pub fn wait_after_turn<O, A>(answer: Answer, last: &mut Option<O>, succeeded: bool, after: A) -> Result<Wait, O>
where
    O: Outcome,
    A: FnOnce(Option<&O::Error>, Ended) -> Option<Wait>,
{
    let error = last.as_ref().and_then(|outcome| outcome.split().err());
    let ended = match answer {
        Answer::Sleep(wait) => Ended::Held(wait),
        Answer::NoTurn => Ended::NoTurn,
        Answer::Go => Ended::of(error.is_some(), succeeded),
    };
    after(error, ended).map_or_else(|| returned(last), Ok)
}

/// What the call returns. There is no call without an outcome, as a first attempt always gets its turn; one would ask
/// again.
pub(crate) fn returned<O>(last: &mut Option<O>) -> Result<Wait, O> {
    last.take().map_or(Ok(Wait::real(Duration::ZERO)), Err)
}

/// What is told of attempts that are over.
pub trait Told {
    /// Tells `notify`.
    fn hook(&self, function: &'static str, attempt: u32, max: u32, next: Next);

    /// Tells `tracing` and `metrics`.
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next);
}

/// An attempt of whose error nothing is told to anyone. By the error where that is returned from where it is, or LLVM
/// holds it in registers for an `again` that is inlined nowhere: that costs the success of small functions five
/// instructions.
impl<E> Told for &E {
    #[inline]
    fn hook(&self, _: &'static str, _: u32, _: u32, _: Next) {}

    #[inline]
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        ().observers(function, attempt, max, next);
    }
}

/// The same by nothing, where the error is moved out of a closure: to have to be in memory costs as much there.
impl Told for () {
    #[inline]
    fn hook(&self, _: &'static str, _: u32, _: u32, _: Next) {}

    #[inline]
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        observe::report(&Event { function, attempt, max, error: None::<&()>, next }, |()| None);
    }
}

/// An attempt of which a hook is told, or how its error is written.
pub struct Telling<'a, E, N, T> {
    error: Option<&'a E>,
    notify: &'a N,
    describe: T,
}

/// What is told of an attempt, with its error if it has one.
#[inline]
pub fn telling<'a, E, N, T>(error: Option<&'a E>, notify: &'a N, describe: T) -> Telling<'a, E, N, T>
where
    N: Fn(&Event<'_, E>),
    T: Fn(&E) -> Option<Described<'_>>,
{
    Telling { error, notify, describe }
}

impl<E, N, T> Told for Telling<'_, E, N, T>
where
    N: Fn(&Event<'_, E>),
    T: Fn(&E) -> Option<Described<'_>>,
{
    #[inline]
    fn hook(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        (self.notify)(&Event { function, attempt, max, error: self.error, next });
    }

    #[inline]
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        observe::report(&Event { function, attempt, max, error: self.error, next }, &self.describe);
    }
}

/// What does not depend on the types of a function, and is compiled once.
#[inline(never)]
pub(crate) fn settle(
    ended: Ended,
    decision: Decision,
    call: &mut Call,
    clock: &mut dyn Clock,
    pace: Option<&Paced<'_>>,
    site: &Site,
    told: &dyn Told,
) -> Option<Wait> {
    let Site { policy, function } = site;
    let policy = &policy.max(testing::max_attempts(policy.max));
    let mut attempt = call.attempt();
    let mut next = match ended {
        Ended::Failed => {
            if let Some(pace) = pace {
                pace.failed(decision);
            }
            let next = call.failed(policy, decision, || clock.elapsed(), random);
            match next {
                Next::Retry { .. } if pace.is_some_and(|pace| !pace.affords(decision)) => Next::GiveUp(Reason::Budget),
                _ => next,
            }
        }
        Ended::Unaccepted => {
            if let Some(pace) = pace {
                pace.answered();
            }
            call.failed(policy, decision, || clock.elapsed(), random)
        }
        Ended::Succeeded => Next::Success,
        Ended::Held(wait) => Next::Held { wait, reason: pace.map_or(Hold::RateLimit, Paced::hold) },
        Ended::NoTurn => {
            attempt -= 1;
            Next::GiveUp(Reason::NoTurn)
        }
    };
    told.hook(function, attempt, policy.max, next);
    if let Next::Retry { wait, .. } = next {
        // The hook may have taken its time.
        if policy.is_past_deadline(wait, || clock.elapsed()) {
            next = Next::GiveUp(Reason::Deadline);
            told.hook(function, attempt, policy.max, next);
        }
    }
    told.observers(function, attempt, policy.max, next);
    begin(next, clock)
}

fn begin(next: Next, clock: &mut dyn Clock) -> Option<Wait> {
    let (Next::Retry { wait, .. } | Next::Held { wait, .. }) = next else { return None };
    let wait = Wait::planned(wait);
    if wait.is_recorded() {
        clock.skip(wait.duration());
    }
    Some(wait)
}

/// A random number from 0 up to, not including, 1: a test's own, or a real one.
pub(crate) fn random() -> f64 {
    testing::sample().unwrap_or_else(fastrand::f64)
}

/// `on`, where the function names none.
pub fn retryable<E: Retryable>(error: &E) -> Decision {
    error.decision()
}

/// `until`, where the function names none.
#[inline]
#[must_use]
pub const fn accepted<T>(_: &T) -> bool {
    true
}

/// An error that nobody writes.
#[must_use]
pub const fn undescribed<E>(_: &E) -> Option<Described<'_>> {
    None
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_cover_their_range_and_differ() {
        let drawn: Vec<f64> = (0..4096).map(|_| random()).collect();
        assert!(drawn.iter().all(|sample| (0.0..1.0).contains(sample)));
        for tenth in 0..10_u32 {
            let from = f64::from(tenth) / 10.0;
            let count = drawn.iter().filter(|sample| (from..from + 0.1).contains(*sample)).count();
            // 410 are expected; a fair draw leaves this range less than once in a billion runs.
            assert!((280..560).contains(&count), "{count} samples from {from}");
        }
    }
}
