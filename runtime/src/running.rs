//! A call between its attempts: what the expansion of `#[retry]` holds, and asks after each attempt that failed.

use std::time::Duration;

use crate::__private::{Ended, Outcome, Told, Verdict, settle, telling};
use crate::call::Call;
use crate::clock::{Clock, Untimed};
use crate::observe::Described;
use crate::paced::Paced;
use crate::sleep::{Begin, Sleep, Then, Timed, Wait, pause_with};
use crate::{Attempt, Decision, Event, Next, Policy, testing};

/// An annotated function: its policy, and the path that it is told by.
#[derive(Clone, Copy)]
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

/// Where an annotated function's policy and path are: made when it is called, or [`Written`](crate::written::Written).
pub trait Settings: Copy {
    fn max(self) -> u32;

    fn function(self) -> &'static str;

    fn site(self) -> Site;
}

impl Settings for &Site {
    #[inline]
    fn max(self) -> u32 {
        self.policy.max
    }

    #[inline]
    fn function(self) -> &'static str {
        self.function
    }

    #[inline]
    fn site(self) -> Site {
        *self
    }
}

/// A call, the clock of its deadline, and the wait before its next attempt.
pub struct Running<C, W> {
    pub(crate) call: Call,
    pub(crate) clock: C,
    wait: W,
}

impl<C, W> Running<C, W> {
    /// A call before its first attempt.
    #[inline]
    #[must_use]
    pub const fn new(clock: C, wait: W) -> Self {
        Self { call: Call::new(), clock, wait }
    }
}

impl Running<Untimed, Wait> {
    /// A call without a deadline, whose waits something else waits for.
    #[inline]
    #[must_use]
    pub const fn waiting() -> Self {
        Self::new(Untimed, Wait::none())
    }
}

impl Running<Untimed, Sleep> {
    /// A call without a deadline that sleeps.
    #[inline]
    #[must_use]
    pub const fn sleeping() -> Self
    where
        for<'a> Wait: Timed<'a>,
    {
        Self::new(Untimed, Sleep::none())
    }
}

impl<C> Running<C, Wait> {
    /// The wait before the next attempt.
    #[inline]
    #[must_use]
    pub const fn wait(&self) -> Wait {
        self.wait
    }

    /// Waits for it by blocking the thread.
    #[cold]
    #[inline(never)]
    pub fn pause(&self) {
        pause_with(&std::thread::sleep, self.wait);
    }
}

impl<C> Running<C, Sleep> {
    /// The wait before the next attempt.
    #[inline]
    pub fn sleep(&mut self) -> &mut Sleep {
        &mut self.wait
    }

    /// An attempt, when its time has come.
    #[inline]
    pub fn make<A: Future>(&mut self, attempt: A) -> Then<'_, A> {
        self.wait.then(attempt)
    }
}

impl<C: Clock, W: Begin> Running<C, W> {
    /// Whether an attempt that failed is to be followed by another, after a wait that begins now.
    ///
    /// It depends on nothing of a function but the types of the verdict and of what is told, so that functions share it.
    #[cold]
    #[inline(never)]
    #[expect(clippy::needless_pass_by_value, reason = "to borrow it would be work in each expansion")]
    pub fn again<D: Verdict, S: Settings, T: Told>(&mut self, verdict: D, settings: S, told: T) -> bool {
        self.settle(Ended::Failed, verdict.into_decision(), None, &settings.site(), &told)
    }

    /// The same for a function that is known to wait only where the server names a wait, and to have no deadline:
    /// mostly there is nothing else to ask.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D: Verdict, S: Settings, T: Told>(&mut self, verdict: D, settings: S, told: T) -> bool {
        let decision = verdict.into_decision();
        if decision.server_wait().is_some() {
            return self.again(decision, settings, told);
        }
        let (attempt, max, function) =
            (self.call.attempt(), testing::max_attempts(settings.max()), settings.function());
        let next = self.call.failed_at_once(max, decision);
        told.hook(function, attempt, max, next);
        told.observers(function, attempt, max, next);
        let Next::Retry { wait, .. } = next else { return false };
        self.wait.begin(Wait::planned(wait));
        true
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
    ) -> bool
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
    ) -> bool
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
    ) -> bool {
        let wait = settle(ended, decision, &mut self.call, &mut self.clock, pace, site, told);
        if let Some(wait) = wait {
            self.wait.begin(wait);
        }
        wait.is_some()
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
