//! What follows an attempt: the engine's heart, compiled once.

use super::clock::Clock;
use super::outcome::Ended;
use super::report::Told;
use super::site::Site;
use super::state::Call;
use super::turn::Paced;
use super::wait::Wait;
use crate::random::random;
use crate::{Decision, Hold, Next, Reason, testing};

/// What does not depend on the types of a function, and is compiled once.
#[inline(never)]
pub(crate) fn settle(
    ended: Ended,
    decision: Decision,
    call: &mut Call,
    clock: &mut dyn Clock,
    pace: Option<&Paced<'_>>,
    site: &Site,
    told: &dyn Told,
) -> Option<Wait> {
    let Site { policy, function } = site;
    let policy = &policy.max(testing::max_attempts(policy.max));
    let mut attempt = call.attempt();
    let mut next = match ended {
        Ended::Failed => {
            if let Some(pace) = pace {
                pace.failed(decision);
            }
            let next = call.failed(policy, decision, || clock.elapsed(), random);
            match next {
                Next::Retry { .. } if pace.is_some_and(|pace| !pace.affords(decision)) => Next::GiveUp(Reason::Budget),
                _ => next,
            }
        }
        Ended::Unaccepted => {
            if let Some(pace) = pace {
                pace.answered();
            }
            call.failed(policy, decision, || clock.elapsed(), random)
        }
        Ended::Succeeded => Next::Success,
        Ended::Held(wait) => Next::Held { wait, reason: pace.map_or(Hold::RateLimit, Paced::hold) },
        Ended::NoTurn => {
            attempt -= 1;
            Next::GiveUp(Reason::NoTurn)
        }
    };
    told.hook(function, attempt, policy.max, next);
    if let Next::Retry { wait, .. } = next {
        // The hook may have taken its time.
        if policy.is_past_deadline(wait, || clock.elapsed()) {
            next = Next::GiveUp(Reason::Deadline);
            told.hook(function, attempt, policy.max, next);
        }
    }
    told.observers(function, attempt, policy.max, next);
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

/// What follows a failure without a wait: mostly there is nothing else to ask.
#[inline]
pub(crate) fn at_once<T: Told>(
    call: &mut Call,
    decision: Decision,
    max: u32,
    function: &'static str,
    told: &T,
) -> Option<Wait> {
    let (attempt, max) = (call.attempt(), testing::max_attempts(max));
    let next = call.failed_at_once(max, decision);
    told.hook(function, attempt, max, next);
    told.observers(function, attempt, max, next);
    if let Next::Retry { wait, .. } = next { Some(Wait::planned(wait)) } else { None }
}
