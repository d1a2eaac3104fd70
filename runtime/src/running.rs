//! A call between its attempts: what the expansion of `#[retry]` holds, and asks after each attempt that failed.

use std::time::Duration;

use crate::__private::{Ended, Outcome, Told, Verdict, settle, telling};
use crate::call::Call;
use crate::clock::{Clock, Untimed};
use crate::observe::Described;
use crate::paced::Paced;
use crate::sleep::{Sleep, Then, Timed, Wait};
use crate::written::{self, Written};
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

/// A call of a function whose policy is `Written`, and which asks of it only what follows a failure. It is told its
/// waits.
///
/// Most calls are such. The compiler has nothing to find out about a type without parameters, and how many attempts have
/// failed is all that there is to remember.
pub struct Waiting {
    failures: u32,
}

impl Waiting {
    /// A call before its first attempt.
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { failures: 0 }
    }

    /// The wait before the next attempt, if one is to follow one that failed.
    ///
    /// It depends on nothing of a function but the types of the verdict and of what is told: functions share it.
    #[cold]
    #[inline(never)]
    pub fn again<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<Wait>
    where
        D: Verdict,
        T: Told,
    {
        failed(&mut self.failures, verdict.into_decision(), policy, function, &told)
    }

    /// The same for a function that is known to wait only where the server names a wait.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<Wait>
    where
        D: Verdict,
        T: Told,
    {
        failed_at_once(&mut self.failures, verdict.into_decision(), policy, function, &told)
    }
}

/// The same that sleeps itself.
pub struct Sleeping {
    failures: u32,
    sleep: Sleep,
}

impl Sleeping {
    /// A call before its first attempt.
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self
    where
        for<'a> Wait: Timed<'a>,
    {
        Self { failures: 0, sleep: Sleep::none() }
    }

    /// Whether a wait for the next attempt has begun.
    #[cold]
    #[inline(never)]
    pub fn again<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<()>
    where
        D: Verdict,
        T: Told,
    {
        let wait = failed(&mut self.failures, verdict.into_decision(), policy, function, &told)?;
        self.sleep.begin(wait);
        Some(())
    }

    /// The same for a function that is known to wait only where the server names a wait.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<()>
    where
        D: Verdict,
        T: Told,
    {
        let wait = failed_at_once(&mut self.failures, verdict.into_decision(), policy, function, &told)?;
        self.sleep.begin(wait);
        Some(())
    }

    /// The wait before the next attempt.
    #[inline]
    pub fn sleep(&mut self) -> &mut Sleep {
        &mut self.sleep
    }

    /// An attempt, when its time has come.
    #[inline]
    pub fn make<A: Future>(&mut self, attempt: A) -> Then<'_, A> {
        self.sleep.then(attempt)
    }
}

/// What follows a failure.
#[inline]
fn failed(
    failures: &mut u32,
    decision: Decision,
    policy: &Written,
    function: &'static str,
    told: &dyn Told,
) -> Option<Wait> {
    let (mut call, site) = (Call::after(*failures), Site::new(written::policy(policy), function));
    let wait = settle(Ended::Failed, decision, &mut call, &mut Untimed, None, &site, told);
    *failures = call.failures();
    wait
}

/// The same where a wait is known to be zero unless the server names one.
#[inline]
fn failed_at_once<T: Told>(
    failures: &mut u32,
    decision: Decision,
    policy: &Written,
    function: &'static str,
    told: &T,
) -> Option<Wait> {
    if decision.server_wait().is_some() {
        return failed(failures, decision, policy, function, told);
    }
    let mut call = Call::after(*failures);
    let wait = at_once(&mut call, decision, written::max(policy), function, told);
    *failures = call.failures();
    wait
}

/// What follows a failure without a wait: mostly there is nothing else to ask.
#[inline]
fn at_once<T: Told>(call: &mut Call, decision: Decision, max: u32, function: &'static str, told: &T) -> Option<Wait> {
    let (attempt, max) = (call.attempt(), testing::max_attempts(max));
    let next = call.failed_at_once(max, decision);
    told.hook(function, attempt, max, next);
    told.observers(function, attempt, max, next);
    if let Next::Retry { wait, .. } = next { Some(Wait::planned(wait)) } else { None }
}

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

    /// The same for a function that is known to wait only where the server names a wait, and to have no deadline.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D: Verdict, T: Told>(&mut self, verdict: D, site: &Site, told: T) -> Option<Wait> {
        let decision = verdict.into_decision();
        if decision.server_wait().is_some() {
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
        Attempt::new(&self.call, max, std::mem::take(waited), self.clock.deadline(&site.policy))
    }

    /// The time that an attempt is given: the timeout, or what is left until the deadline where that is less.
    #[inline]
    #[must_use]
    pub fn limit(&self, timeout: Duration, site: &Site) -> Duration {
        self.clock.deadline(&site.policy).map_or(timeout, |deadline| deadline.left().min(timeout))
    }
}
