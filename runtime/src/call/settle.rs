//! What follows an attempt: the decision, the reports of it, and the wait.

use super::clock::Clock;
use super::function::FunctionPolicy;
use super::outcome::AttemptEnd;
use super::report::Report;
use super::state::CallState;
use super::turn::Paced;
use super::wait::Wait;
use crate::random::random;
use crate::{Decision, Hold, Next, Reason, testing};

/// The wait before the next attempt, if one follows. It depends on no type of a function's, so that it is compiled once.
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
    let mut next = match end {
        AttemptEnd::Failed => {
            if let Some(pace) = pace {
                pace.failed(decision);
            }
            let next = state.failed(policy, decision, || clock.elapsed(), random);
            match next {
                Next::Retry { .. } if pace.is_some_and(|pace| !pace.affords(decision)) => Next::GiveUp(Reason::Budget),
                _ => next,
            }
        }
        AttemptEnd::Unaccepted => {
            if let Some(pace) = pace {
                pace.answered();
            }
            state.failed(policy, decision, || clock.elapsed(), random)
        }
        AttemptEnd::Succeeded => Next::Success,
        AttemptEnd::Held(wait) => Next::Held { wait, reason: pace.map_or(Hold::RateLimit, Paced::hold) },
        AttemptEnd::NoTurn => {
            attempt -= 1;
            Next::GiveUp(Reason::NoTurn)
        }
    };
    report.hook(path, attempt, policy.max, next);
    if let Next::Retry { wait, .. } = next {
        // The time that the hook took counts: the wait may no longer end before the deadline.
        if policy.is_past_deadline(wait, || clock.elapsed()) {
            next = Next::GiveUp(Reason::Deadline);
            report.hook(path, attempt, policy.max, next);
        }
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

/// What [`settle`] does after a failure that is followed by no wait, of a call without a deadline and an `Upstream`. It
/// needs no more of the policy than the most attempts.
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
