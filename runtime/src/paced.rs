//! How a call asks its [`Upstream`] for a turn, and tells it how an attempt ended.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::__private::random;
use crate::clock::{self, Clock};
use crate::running::{Running, Site};
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

    /// Whether the next attempt may be made now. Where it may, the outcome of the one before is dropped: until then it
    /// is what the call returns if the turn comes too late.
    #[inline]
    pub fn ask<C: Clock, O>(&mut self, running: &Running<C>, site: &Site, last: &mut Option<O>) -> Answer {
        let Running { call, clock, .. } = running;
        let answer = if self.upstream.is_calm(self.turn) {
            Answer::Go
        } else {
            self.queue(call.attempt() == 1, clock.deadline(&site.policy).map(|deadline| deadline.left()))
        };
        if answer.is_go() {
            *last = None;
        }
        answer
    }

    #[cold]
    #[inline(never)]
    fn queue(&mut self, first: bool, left: Option<Duration>) -> Answer {
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
