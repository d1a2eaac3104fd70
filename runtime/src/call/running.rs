//! A call between its attempts, and the clock of its deadline: what is asked after each attempt that failed.

use std::time::Duration;

use super::clock::Clock;
use super::observe::Described;
use super::outcome::{Ended, Outcome, Verdict};
use super::report::{Told, telling};
use super::settle::{at_once, settle};
use super::site::Site;
use super::state::Call;
use super::turn::Paced;
use super::wait::Wait;
use crate::upstream::Answer;
use crate::{Attempt, Decision, Event, testing};

/// Any other call, and the clock of its deadline. It is told its waits.
pub struct Running<C> {
    pub(crate) call: Call,
    pub(crate) clock: C,
}

impl<C> Running<C> {
    /// A call before its first attempt.
    #[inline]
    #[must_use]
    pub const fn new(clock: C) -> Self {
        Self { call: Call::new(), clock }
    }
}

impl<C: Clock> Running<C> {
    /// The wait before the next attempt, if one is to follow one that failed.
    #[cold]
    #[inline(never)]
    pub fn again<D: Verdict, T: Told>(&mut self, verdict: D, site: &Site, told: T) -> Option<Wait> {
        self.settle(Ended::Failed, verdict.into_decision(), None, site, &told)
    }

    /// The same for a function that is known to wait only where an error names a wait, and to have no deadline.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D: Verdict, T: Told>(&mut self, verdict: D, site: &Site, told: T) -> Option<Wait> {
        let decision = verdict.into_decision();
        if decision.names_wait() {
            return self.settle(Ended::Failed, decision, None, site, &told);
        }
        at_once(&mut self.call, decision, site.policy.max, site.function, &told)
    }

    /// The same for an attempt that failed, or that succeeded and is of interest.
    #[cold]
    #[inline(never)]
    pub fn again_with<O, D, P, N, T>(
        &mut self,
        outcome: &O,
        success: bool,
        site: &Site,
        on: &P,
        notify: &N,
        describe: T,
    ) -> Option<Wait>
    where
        O: Outcome,
        D: Verdict,
        P: Fn(&O::Error) -> D,
        N: Fn(&Event<'_, O::Error>),
        T: Fn(&O::Error) -> Option<Described<'_>>,
    {
        let error = outcome.split().err();
        self.after(error, Ended::of(error.is_some(), success), None, site, on, notify, describe)
    }

    /// The same where the calls to a service are paced.
    #[expect(clippy::too_many_arguments, reason = "each is a variable of the expansion or a key of the attribute")]
    pub fn after<E, D, P, N, T>(
        &mut self,
        error: Option<&E>,
        ended: Ended,
        pace: Option<&Paced<'_>>,
        site: &Site,
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
        self.settle(ended, decision, pace, site, &telling(error, notify, describe))
    }

    fn settle(
        &mut self,
        ended: Ended,
        decision: Decision,
        pace: Option<&Paced<'_>>,
        site: &Site,
        told: &dyn Told,
    ) -> Option<Wait> {
        settle(ended, decision, &mut self.call, &mut self.clock, pace, site, told)
    }

    /// Whether the end of a call that succeeds is of interest.
    #[inline]
    #[must_use]
    pub const fn is_told(&self, site: &Site) -> bool {
        site.policy.notify_success && self.call.attempt() > 1
    }

    /// What the body knows of its attempt. What was waited before the next counts from here.
    #[inline]
    #[must_use]
    pub fn attempt(&self, site: &Site, waited: &mut Duration) -> Attempt {
        let max = testing::max_attempts(site.policy.max);
        Attempt::new(self.call.attempt(), max, std::mem::take(waited), self.clock.deadline(&site.policy))
    }

    /// The time that an attempt is given: the timeout, or what is left until the deadline where that is less.
    #[inline]
    #[must_use]
    pub fn limit(&self, timeout: Duration, site: &Site) -> Duration {
        self.clock.deadline(&site.policy).map_or(timeout, |deadline| deadline.left().min(timeout))
    }
}

impl Paced<'_> {
    /// Whether the next attempt may be made now. Where it may, the outcome of the one before is dropped: until then it
    /// is what the call returns if the turn comes too late.
    #[inline]
    pub fn ask<C: Clock, O>(&mut self, running: &Running<C>, site: &Site, last: &mut Option<O>) -> Answer {
        let Running { call, clock, .. } = running;
        let answer = if self.is_calm() {
            Answer::Go
        } else {
            self.queue(call.attempt() == 1, clock.deadline(&site.policy).map(|deadline| deadline.left()))
        };
        if answer.is_go() {
            *last = None;
        }
        answer
    }
}
