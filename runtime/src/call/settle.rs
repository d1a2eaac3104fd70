//! What follows an attempt: the decision, the reports of it, and the wait.

use super::clock::Clock;
use super::function::FunctionPolicy;
use super::outcome::AttemptEnd;
use super::report::Report;
use super::state::{CallState, Time};
use super::turn::Paced;
use super::wait::Wait;
use crate::random::random;
use crate::{Decision, Hold, Next, Reason, testing};

/// The wait before the next attempt, if one follows. It depends on no type of the function, so that it is compiled
/// once.
#[inline(never)]
pub(crate) fn settle(
    end: AttemptEnd,
    decision: Decision,
    state: &mut CallState,
    clock: &mut dyn Clock,
    pace: Option<&Paced<'_, '_>>,
    function: &FunctionPolicy,
    report: &dyn Report,
) -> Option<Wait> {
    let FunctionPolicy { policy, path } = function;
    let policy = &policy.max(testing::max_attempts(policy.max));
    let mut attempt = state.attempt();
    let time = || {
        let elapsed = clock.elapsed();
        Time { elapsed, attempt: elapsed.saturating_sub(clock.begun()) }
    };
    let mut next = match end {
        AttemptEnd::Failed => {
            if let Some(pace) = pace {
                pace.failed(decision);
            }
            let next = state.failed(policy, decision, time, random);
            match next {
                Next::Retry { .. } if pace.is_some_and(|pace| !pace.affords(decision)) => Next::GiveUp(Reason::Budget),
                _ => next,
            }
        }
        AttemptEnd::Unaccepted => {
            if let Some(pace) = pace {
                pace.answered();
            }
            state.failed(policy, decision, time, random)
        }
        AttemptEnd::Succeeded => Next::Success,
        AttemptEnd::Held(wait) => Next::Held { wait, reason: pace.map_or(Hold::RateLimit, Paced::hold) },
        AttemptEnd::NoTurn => {
            attempt -= 1;
            Next::GiveUp(Reason::NoTurn)
        }
    };
    report.hook(path, attempt, policy.max, next);
    match (next, policy.deadline) {
        (Next::Retry { wait, .. }, Some(deadline)) => {
            // The time that the hook took counts: the wait may no longer end before the deadline.
            let begins = clock.elapsed().saturating_add(wait);
            clock.begin(begins);
            if begins > deadline {
                next = Next::GiveUp(Reason::Deadline);
                report.hook(path, attempt, policy.max, next);
            }
        }
        // The time in which an attempt queues for its turn does not count as time of the attempt.
        (Next::Held { wait, .. }, Some(_)) => clock.begin(clock.begun().saturating_add(wait)),
        _ => {}
    }
    report.observers(path, attempt, policy.max, next);
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

/// What [`settle`] does in a call that has neither a deadline nor an `Upstream`, after a failure that no wait follows.
/// Of the policy it needs only the most attempts.
#[inline]
pub(crate) fn settle_at_once<R: Report>(
    state: &mut CallState,
    decision: Decision,
    max: u32,
    path: &'static str,
    report: &R,
) -> Option<Wait> {
    let (attempt, max) = (state.attempt(), testing::max_attempts(max));
    let next = state.failed_at_once(max, decision);
    report.hook(path, attempt, max, next);
    report.observers(path, attempt, max, next);
    if let Next::Retry { wait, .. } = next { Some(Wait::planned(wait)) } else { None }
}

/// Reports that the `sleep` before the next attempt ended the call.
pub(crate) fn stopped(state: &CallState, max: u32, path: &'static str, report: &dyn Report) {
    // The failure before the wait has been counted, so that this is the number of the attempt that failed.
    let (attempt, max, next) = (state.failures, testing::max_attempts(max), Next::GiveUp(Reason::Stopped));
    report.hook(path, attempt, max, next);
    report.observers(path, attempt, max, next);
}
