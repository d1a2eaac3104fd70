//! How a call asks its [`Upstream`] for a turn, and tells it how an attempt ended.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::clock;
use super::outcome::{Ended, Outcome};
use super::wait::Wait;
use crate::random::random;
use crate::upstream::{Answer, Turn, Upstream};
use crate::{Decision, Hold};

/// What time it is, as an `Upstream` counts it.
pub type Now = fn() -> u64;

/// A call's access to its upstream.
pub struct Paced<'a> {
    upstream: &'a Upstream,
    turn: &'a mut Turn,
    now: Now,
}

impl<'a> Paced<'a> {
    /// For the next step of a call.
    #[inline]
    pub fn new(upstream: &'a Upstream, turn: &'a mut Turn, now: Now) -> Self {
        Self { upstream, turn, now }
    }

    /// Whether nobody queues, so that the attempt may be made at once.
    #[inline]
    pub(super) fn is_calm(&mut self) -> bool {
        self.upstream.is_calm(self.turn)
    }

    #[cold]
    #[inline(never)]
    pub(super) fn queue(&mut self, first: bool, left: Option<Duration>) -> Answer {
        self.upstream.ask(self.turn, (self.now)(), first, left, random)
    }

    pub(crate) fn failed(&self, decision: Decision) {
        self.upstream.failed(self.turn, (self.now)(), decision);
    }

    /// The service answered with a value that is not good enough.
    pub(crate) fn answered(&self) {
        self.upstream.succeeded(self.now);
    }

    /// Whether the budget allows a retry that the policy does.
    pub(crate) fn affords(&self, decision: Decision) -> bool {
        self.upstream.affords(decision)
    }

    /// Why a call is held.
    pub(crate) fn hold(&self) -> Hold {
        if self.upstream.is_failing() { Hold::Outage } else { Hold::RateLimit }
    }
}

/// The time of a function that blocks.
#[must_use]
pub fn blocking_now() -> u64 {
    since_start(Instant::now())
}

/// The time of an async function.
#[must_use]
pub fn asynchronous_now() -> u64 {
    since_start(clock::now())
}

/// Nanoseconds since the first call asked. By the system's clock: that of a test may be ahead of all others.
fn since_start(now: Instant) -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    u64::try_from(now.saturating_duration_since(*start).as_nanos()).unwrap_or(u64::MAX)
}

/// What follows an attempt where the calls to a service are paced: a wait, or else the outcome of the call. The outcome
/// is in `last`, and stays there while the call waits and queues.
///
/// # Errors
///
/// The outcome of the call, where no other attempt follows.
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
