//! How a call asks its [`Upstream`] for a turn, and tells it how an attempt ended.

use std::sync::OnceLock;
use std::time::Duration;

use super::clock;
use super::outcome::{AttemptEnd, Outcome};
use super::wait::Wait;
use crate::clocks::Instant;
use crate::random::random;
use crate::upstream::{Turn, TurnAnswer, Upstream};
use crate::{Decision, Hold};

/// Tells the time as an `Upstream` counts it: in nanoseconds since a fixed but arbitrary moment.
pub type Now = fn() -> u64;

/// A call's access to its upstream.
pub struct Paced<'a, 'u> {
    upstream: &'u Upstream,
    turn: &'a mut Turn<'u>,
    now: Now,
}

impl<'a, 'u> Paced<'a, 'u> {
    /// The access for one step of a call, whose `turn` it borrows.
    #[inline]
    pub fn new(upstream: &'u Upstream, turn: &'a mut Turn<'u>, now: Now) -> Self {
        Self { upstream, turn, now }
    }

    /// Whether the attempt may be made at once, because no call queues.
    #[inline]
    pub(super) fn is_calm(&mut self) -> bool {
        self.upstream.is_calm(self.turn)
    }

    /// Asks for a turn. `first`: it is for the first attempt of the call. `left`: the time until its deadline.
    #[cold]
    #[inline(never)]
    pub(super) fn queue(&mut self, first: bool, left: Option<Duration>) -> TurnAnswer {
        self.upstream.ask(self.turn, (self.now)(), first, left, random)
    }

    /// Tells the upstream of an attempt that failed.
    pub(crate) fn failed(&self, decision: Decision) {
        self.upstream.failed(self.turn, (self.now)(), decision);
    }

    /// Tells the upstream of an attempt that returned a value which `until` refuses: the service did answer.
    pub(crate) fn answered(&self) {
        self.upstream.served(self.turn, self.now);
    }

    /// Whether the budget allows a retry that the policy allows.
    pub(crate) fn affords(&self, decision: Decision) -> bool {
        self.upstream.affords(decision)
    }

    /// Why a call is held.
    pub(crate) fn hold(&self) -> Hold {
        if self.upstream.is_failing() { Hold::Outage } else { Hold::RateLimit }
    }
}

/// The [`Now`] of a function that blocks.
#[must_use]
pub fn blocking_now() -> u64 {
    since_start(Instant::now())
}

/// The [`Now`] of an async function.
#[must_use]
pub fn asynchronous_now() -> u64 {
    since_start(clock::now())
}

/// The nanoseconds since the first time that a call of this process asked. The start is read from the system's clock:
/// the paused clock of a test may be ahead of it, and a start from that clock would lie after the times of other
/// threads.
fn since_start(now: Instant) -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    u64::try_from(now.saturating_duration_since(*start).as_nanos()).unwrap_or(u64::MAX)
}

/// What follows an attempt, or a request for a turn, under an `Upstream`: a wait, or the outcome of the call. `after`
/// decides which. `last` holds the outcome of the last attempt while the call waits and queues.
///
/// # Errors
///
/// The outcome of the call, if no other attempt follows.
#[cold]
#[inline(never)]
pub fn wait_after_turn<O, A>(answer: TurnAnswer, last: &mut Option<O>, succeeded: bool, after: A) -> Result<Wait, O>
where
    O: Outcome,
    A: FnOnce(Option<&O::Error>, AttemptEnd) -> Option<Wait>,
{
    let error = last.as_ref().and_then(|outcome| outcome.split().err());
    let end = match answer {
        TurnAnswer::Sleep(wait) => AttemptEnd::Held(wait),
        TurnAnswer::NoTurn => AttemptEnd::NoTurn,
        TurnAnswer::Go => AttemptEnd::of(error.is_some(), succeeded),
    };
    after(error, end).map_or_else(|| returned(last), Ok)
}

/// The outcome that the call returns. There always is one, because a first attempt is never refused its turn. If there
/// were none, the call would ask for a turn again at once.
pub(crate) fn returned<O>(last: &mut Option<O>) -> Result<Wait, O> {
    last.take().map_or(Ok(Wait::real(Duration::ZERO)), Err)
}
