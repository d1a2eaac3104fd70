//! A call that may have any key: its state, and the clock of its deadline.

use std::time::Duration;

use super::clock::Clock;
use super::function::FunctionPolicy;
use super::outcome::{AttemptEnd, Outcome, Verdict};
use super::report::{Report, with_hook};
use super::settle::{settle, settle_at_once, stopped};
use super::state::CallState;
use super::turn::Paced;
use super::wait::Wait;
use crate::describe::Described;
use crate::upstream::TurnAnswer;
use crate::{Attempt, Decision, Event, testing};

/// A call between its attempts. Each of its methods that are named `after` something answers with the wait before the
/// next attempt, or with `None` if none follows.
pub struct FullCall<C> {
    state: CallState,
    clock: C,
}

impl<C> FullCall<C> {
    /// A call before its first attempt.
    #[inline]
    #[must_use]
    pub const fn new(clock: C) -> Self {
        Self { state: CallState::new(), clock }
    }
}

impl<C: Clock> FullCall<C> {
    /// What follows an attempt that failed.
    #[cold]
    #[inline(never)]
    pub fn after_failure<D: Verdict, R: Report>(
        &mut self,
        verdict: D,
        function: &FunctionPolicy,
        report: R,
    ) -> Option<Wait> {
        self.settle(AttemptEnd::Failed, verdict.into_decision(), None, function, &report)
    }

    /// What follows an attempt that failed, of a function that waits only if an error names a wait, and that has no
    /// deadline.
    #[cold]
    #[inline(never)]
    pub fn after_failure_at_once<D: Verdict, R: Report>(
        &mut self,
        verdict: D,
        function: &FunctionPolicy,
        report: R,
    ) -> Option<Wait> {
        let decision = verdict.into_decision();
        if decision.names_wait() {
            return self.settle(AttemptEnd::Failed, decision, None, function, &report);
        }
        settle_at_once(&mut self.state, decision, function.policy.max, function.path, &report)
    }

    /// What follows any attempt. It is called after a success only if successes are reported.
    #[cold]
    #[inline(never)]
    pub fn after_attempt<O, D, P, N, T>(
        &mut self,
        outcome: &O,
        success: bool,
        function: &FunctionPolicy,
        on: &P,
        notify: &N,
        describe: T,
    ) -> Option<Wait>
    where
        O: Outcome,
        D: Verdict,
        P: Fn(&O::Error) -> D,
        N: Fn(&Event<'_, O::Error>) + ?Sized,
        T: Fn(&O::Error) -> Option<Described<'_>>,
    {
        let error = outcome.split().err();
        self.after_turn(error, AttemptEnd::of(error.is_some(), success), None, function, on, notify, describe)
    }

    /// What follows an attempt, or, under an `Upstream`, a request for a turn.
    #[expect(clippy::too_many_arguments, reason = "each is a variable of the expansion or a key of the attribute")]
    pub fn after_turn<E, D, P, N, T>(
        &mut self,
        error: Option<&E>,
        end: AttemptEnd,
        pace: Option<&Paced<'_, '_>>,
        function: &FunctionPolicy,
        on: &P,
        notify: &N,
        describe: T,
    ) -> Option<Wait>
    where
        D: Verdict,
        P: Fn(&E) -> D,
        N: Fn(&Event<'_, E>) + ?Sized,
        T: Fn(&E) -> Option<Described<'_>>,
    {
        let decision = match (end, error) {
            (AttemptEnd::Failed, Some(error)) => on(error).into_decision(),
            _ => Decision::Retry,
        };
        self.settle(end, decision, pace, function, &with_hook(error, notify, describe))
    }

    fn settle(
        &mut self,
        end: AttemptEnd,
        decision: Decision,
        pace: Option<&Paced<'_, '_>>,
        function: &FunctionPolicy,
        report: &dyn Report,
    ) -> Option<Wait> {
        settle(end, decision, &mut self.state, &mut self.clock, pace, function, report)
    }

    /// Reports that the `sleep` before the next attempt ended the call.
    #[cold]
    #[inline(never)]
    pub fn stopped<O, N, T>(&self, outcome: &O, function: &FunctionPolicy, notify: &N, describe: T)
    where
        O: Outcome,
        N: Fn(&Event<'_, O::Error>) + ?Sized,
        T: Fn(&O::Error) -> Option<Described<'_>>,
    {
        let report = with_hook(outcome.split().err(), notify, describe);
        stopped(&self.state, function.policy.max, function.path, &report);
    }

    /// Whether the next attempt may be made now. The outcome of the attempt before is kept, because the body gets it.
    #[inline]
    pub fn ask(&self, pace: &mut Paced<'_, '_>, function: &FunctionPolicy) -> TurnAnswer {
        self.ask_turn(pace, function, &mut None::<()>)
    }

    /// Whether the next attempt may be made now. If so, the outcome of the attempt before is dropped; until then it is
    /// what the call returns if its turn comes too late.
    #[inline]
    pub fn ask_turn<O>(&self, pace: &mut Paced<'_, '_>, function: &FunctionPolicy, last: &mut Option<O>) -> TurnAnswer {
        let Self { state, clock } = self;
        let answer = if pace.is_calm() {
            TurnAnswer::Go
        } else {
            pace.queue(state.attempt() == 1, clock.deadline(&function.policy).map(|deadline| deadline.left()))
        };
        if answer.is_go() {
            *last = None;
        }
        answer
    }

    /// Whether a success that came now would be reported: the policy says so, and the call was retried.
    #[inline]
    #[must_use]
    pub const fn reports_success(&self, function: &FunctionPolicy) -> bool {
        function.policy.notify_success && self.state.attempt() > 1
    }

    /// The running attempt, for the body. `waited` is what the call has waited since the attempt before.
    #[inline]
    #[must_use]
    pub fn attempt(&self, function: &FunctionPolicy, waited: Duration) -> Attempt {
        let max = testing::max_attempts(function.policy.max);
        Attempt::new(self.state.attempt(), max, waited, self.clock.deadline(&function.policy))
    }

    /// The attempt that failed before the wait that `sleep` ended. A `notify` that is written as a closure may use its
    /// name.
    #[inline]
    #[must_use]
    pub fn last_attempt(&self, function: &FunctionPolicy) -> Attempt {
        let max = testing::max_attempts(function.policy.max);
        Attempt::new(self.state.failures, max, Duration::ZERO, self.clock.deadline(&function.policy))
    }

    /// The time that an attempt is given: the timeout, or the time until the deadline if that is less. A timeout of
    /// `Duration::MAX` stands for none: then no attempt is cut short, as without the key.
    #[inline]
    #[must_use]
    pub fn limit(&self, timeout: Duration, function: &FunctionPolicy) -> Duration {
        if timeout == Duration::MAX {
            return timeout;
        }
        self.clock.deadline(&function.policy).map_or(timeout, |deadline| deadline.left().min(timeout))
    }
}
