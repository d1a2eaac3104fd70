//! What the expansion of `#[retry]` calls. Everything behind the first failure is cold and lives here once.

pub use std::boxed::Box;
use std::marker::PhantomData;
pub use std::option::Option::{self, None, Some};
pub use std::pin::pin;
pub use std::result::Result::{Err, Ok};
pub use std::time::Duration;
pub use std::{concat, module_path};

pub use crate::__persevere_describe as describe;
pub use crate::call::Call;
use crate::clock::Clock;
pub use crate::clock::{Stopwatch, Untimed};
pub use crate::elapsed::within;
pub use crate::observe::Described;
pub use crate::paced::{Now, Paced, asynchronous_now, blocking_now};
pub use crate::sleep::{Wait, pause, pause_with, timer, timer_with};
pub use crate::upstream::{Answer, Turn};
use crate::{Attempt, Decision, Event, Hold, Jitter, Next, Policy, Reason, Retryable, observe, testing};

pub mod keys;
#[cfg(feature = "tracing")]
pub mod shown;

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

/// The same for an `until`.
#[inline]
pub fn accepter<O: Outcome, U: Fn(&O::Value) -> bool>(_: &Returns<O>, until: U) -> U {
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
    const fn of(failed: bool, succeeded: bool) -> Self {
        if failed {
            Self::Failed
        } else if succeeded {
            Self::Succeeded
        } else {
            Self::Unaccepted
        }
    }
}

/// Whether an attempt succeeded.
#[inline]
pub fn succeeds<O: Outcome, U: Fn(&O::Value) -> bool>(outcome: &O, until: &U) -> bool {
    outcome.split().is_ok_and(until)
}

/// The timer that `start` makes of the wait before the next attempt, or `None` where this one's outcome is the call's.
/// `after` is asked about every attempt that did not succeed, and where it is `told` of success, about that too.
///
/// What follows a failure is behind closures, so that nothing of it is held in a register while an attempt runs.
#[inline]
pub fn timer_after<O, U, A, S, R>(outcome: &O, until: &U, told: bool, after: A, start: S) -> Option<R>
where
    O: Outcome,
    U: Fn(&O::Value) -> bool,
    A: FnOnce(Option<&O::Error>, Ended) -> Option<Wait>,
    S: FnOnce(Wait) -> R,
{
    let success = succeeds(outcome, until);
    if success && !told {
        return None;
    }
    cold(|| {
        let error = outcome.split().err();
        after(error, Ended::of(error.is_some(), success)).map(start)
    })
}

/// The same for a function that blocks: whether there is to be another attempt, after a wait that `start` has ended, or
/// else the outcome of the call. It is called for every attempt that did not succeed, and where that is of interest,
/// after success.
///
/// It takes the outcome by value, and everything else behind closures, so that nothing of it is held in a register
/// while an attempt runs.
#[cold]
#[inline(never)]
pub fn again<O, A, S, R>(outcome: O, succeeded: bool, after: A, start: S) -> Result<R, O>
where
    O: Outcome,
    A: FnOnce(Option<&O::Error>, Ended) -> Option<Wait>,
    S: FnOnce(Wait) -> R,
{
    let error = outcome.split().err();
    let Some(wait) = after(error, Ended::of(error.is_some(), succeeded)) else { return Err(outcome) };
    // Not while the call waits.
    drop(outcome);
    Ok(start(wait))
}

/// The same where the calls to a service are paced, but for the wait, and for what succeeded. The outcome is in `last`,
/// and stays there while the call waits and queues.
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

#[cold]
#[inline(never)]
fn cold<R>(rest: impl FnOnce() -> R) -> R {
    rest()
}

/// Asks the hooks about an attempt that is over, and the state of the call what to do. Only this depends on the types
/// of a function, and is compiled for each.
#[expect(clippy::too_many_arguments, reason = "each is a variable of the expansion or a key of the attribute")]
pub fn after<E, D, P, N, T>(
    error: Option<&E>,
    ended: Ended,
    call: &mut Call,
    clock: &mut dyn Clock,
    pace: Option<&Paced<'_>>,
    policy: &Policy,
    function: &'static str,
    on: &P,
    notify: &N,
    describe: T,
) -> Option<Wait>
where
    D: Verdict,
    P: Fn(&E) -> D,
    N: Fn(&Event<'_, E>),
    T: Fn(&E) -> Option<Described<'_>>,
{
    let decision = match (ended, error) {
        (Ended::Failed, Some(error)) => on(error).into_decision(),
        _ => Decision::Retry,
    };
    let tell = |listener, attempt, max, next| {
        tell(listener, &Event { function, attempt, max, error, next }, notify, &describe);
    };
    settle(ended, decision, call, clock, pace, policy, &tell)
}

/// The same for a function that is known to wait only where the server names a wait, and to have no deadline: mostly
/// there is nothing else to ask, and all of it is compiled into its place.
#[expect(clippy::too_many_arguments, reason = "as above")]
pub fn after_at_once<E, D, P, N, T>(
    error: Option<&E>,
    ended: Ended,
    call: &mut Call,
    clock: &mut Untimed,
    pace: Option<&Paced<'_>>,
    policy: &Policy,
    function: &'static str,
    on: &P,
    notify: &N,
    describe: T,
) -> Option<Wait>
where
    D: Verdict,
    P: Fn(&E) -> D,
    N: Fn(&Event<'_, E>),
    T: Fn(&E) -> Option<Described<'_>>,
{
    let decision = match (ended, error) {
        (Ended::Failed, Some(error)) => on(error).into_decision(),
        _ => Decision::Retry,
    };
    let tell = |listener, attempt, max, next| {
        tell(listener, &Event { function, attempt, max, error, next }, notify, &describe);
    };
    if decision.server_wait().is_some() {
        return settle(ended, decision, call, clock, pace, policy, &tell);
    }
    let (attempt, max) = (call.attempt(), testing::max_attempts(policy.max));
    let next = call.failed_at_once(max, decision);
    tell(Listener::Hook, attempt, max, next);
    tell(Listener::Observers, attempt, max, next);
    if let Next::Retry { wait, .. } = next { Some(Wait::planned(wait)) } else { None }
}

#[inline]
fn tell<E>(
    listener: Listener,
    event: &Event<'_, E>,
    notify: &impl Fn(&Event<'_, E>),
    describe: &impl Fn(&E) -> Option<Described<'_>>,
) {
    match listener {
        Listener::Hook => notify(event),
        Listener::Observers => observe::report(event, describe),
    }
}

/// Who is told of an event.
#[derive(Clone, Copy)]
enum Listener {
    /// `notify`.
    Hook,
    /// `tracing` and `metrics`.
    Observers,
}

/// What does not depend on the types of a function, and is compiled once.
#[inline(never)]
fn settle(
    ended: Ended,
    decision: Decision,
    call: &mut Call,
    clock: &mut dyn Clock,
    pace: Option<&Paced<'_>>,
    policy: &Policy,
    tell: &dyn Fn(Listener, u32, u32, Next),
) -> Option<Wait> {
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
    tell(Listener::Hook, attempt, policy.max, next);
    if let Next::Retry { wait, .. } = next {
        // The hook may have taken its time.
        if policy.is_past_deadline(wait, || clock.elapsed()) {
            next = Next::GiveUp(Reason::Deadline);
            tell(Listener::Hook, attempt, policy.max, next);
        }
    }
    tell(Listener::Observers, attempt, policy.max, next);
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

/// Whether the end of a call that succeeds is of interest.
#[inline]
#[must_use]
pub const fn is_told(call: &Call, policy: &Policy) -> bool {
    policy.notify_success && call.attempt() > 1
}

/// What the body knows of its attempt. What was waited before the next counts from here.
#[inline]
#[must_use]
pub fn attempt(call: &Call, clock: &impl Clock, policy: &Policy, waited: &mut Duration) -> Attempt {
    Attempt::new(call, testing::max_attempts(policy.max), std::mem::take(waited), clock.deadline(policy))
}

/// The time that an attempt is given: the timeout, or what is left until the deadline where that is less.
#[inline]
pub fn limit(timeout: Duration, clock: &impl Clock, policy: &Policy) -> Duration {
    clock.deadline(policy).map_or(timeout, |deadline| deadline.left().min(timeout))
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
