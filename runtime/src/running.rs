//! A call between its attempts: what the expansion of `#[retry]` holds, and asks after each attempt that failed.

use std::time::Duration;

use crate::__private::{Ended, Outcome, Told, Verdict, settle, telling};
use crate::call::Call;
use crate::clock::{Clock, Stopwatch, Untimed};
use crate::observe::Described;
use crate::paced::Paced;
use crate::sleep::Wait;
use crate::{Attempt, Decision, Event, Next, Policy, testing};

/// An annotated function: its policy, and the path that it is told by.
pub struct Site {
    pub(crate) policy: Policy,
    pub(crate) function: &'static str,
}

impl Site {
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn new(policy: Policy, function: &'static str) -> Self {
        Self { policy, function }
    }
}

/// A call, and the clock of its deadline.
pub struct Running<C> {
    pub(crate) call: Call,
    pub(crate) clock: C,
}

impl Running<Untimed> {
    /// A call without a deadline.
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { call: Call::new(), clock: Untimed }
    }
}

impl Running<Stopwatch> {
    /// A call that may have a deadline.
    #[inline]
    #[must_use]
    pub const fn timed(clock: Stopwatch) -> Self {
        Self { call: Call::new(), clock }
    }
}

impl<C: Clock> Running<C> {
    /// The wait before the next attempt, if one is to follow one that failed.
    ///
    /// It depends on nothing of a function but the types of the verdict and of what is told, so that functions share it.
    #[cold]
    #[inline(never)]
    #[expect(clippy::needless_pass_by_value, reason = "to borrow it would be work in each expansion")]
    pub fn again<D: Verdict, T: Told>(&mut self, verdict: D, site: &Site, told: T) -> Option<Wait> {
        settle(Ended::Failed, verdict.into_decision(), &mut self.call, &mut self.clock, None, site, &told)
    }

    /// The same for a function that is known to wait only where the server names a wait, and to have no deadline:
    /// mostly there is nothing else to ask.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D: Verdict, T: Told>(&mut self, verdict: D, site: &Site, told: T) -> Option<Wait> {
        let decision = verdict.into_decision();
        if decision.server_wait().is_some() {
            return self.again(decision, site, told);
        }
        let (attempt, max) = (self.call.attempt(), testing::max_attempts(site.policy.max));
        let next = self.call.failed_at_once(max, decision);
        told.hook(site.function, attempt, max, next);
        told.observers(site.function, attempt, max, next);
        if let Next::Retry { wait, .. } = next { Some(Wait::planned(wait)) } else { None }
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
        let told = telling(error, notify, describe);
        settle(ended, decision, &mut self.call, &mut self.clock, pace, site, &told)
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
        Attempt::new(&self.call, max, std::mem::take(waited), self.clock.deadline(&site.policy))
    }

    /// The time that an attempt is given: the timeout, or what is left until the deadline where that is less.
    #[inline]
    #[must_use]
    pub fn limit(&self, timeout: Duration, site: &Site) -> Duration {
        self.clock.deadline(&site.policy).map_or(timeout, |deadline| deadline.left().min(timeout))
    }
}
