//! The state of a call, and what follows a failure: the rules of the policy.

use std::time::Duration;

use crate::event::{Next, Reason};
use crate::jitter::{Spread, between, scaled};
use crate::{Decision, Policy, nanos};

/// The time of a call that has a deadline.
#[derive(Clone, Copy, Debug, Default)]
pub struct Time {
    /// How long ago the call began.
    pub(crate) elapsed: Duration,
    /// How long its last attempt took.
    pub(crate) attempt: Duration,
}

/// What a call remembers. It does no I/O, reads no clock and draws no random number: its methods get what happened, and
/// return what to do.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallState {
    /// The number of attempts that have failed.
    pub(crate) failures: u32,
    /// The nanoseconds of the wait that was drawn last, from which decorrelated jitter grows; zero before the first. A
    /// `u64` is half a `Duration`, which makes the futures that hold a call smaller; it reaches 584 years.
    previous: u64,
}

impl CallState {
    /// A call of which no attempt has failed yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { failures: 0, previous: 0 }
    }

    /// The number of the running attempt, or of the one that has just failed; the first is 1.
    pub(crate) const fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// What follows the running attempt, which failed with an error that deserves `decision`.
    ///
    /// `time` is called only if the policy has a deadline. `sample` draws uniformly from 0 to 1, and is called only if
    /// a part of the wait is left to chance.
    pub fn failed(
        &mut self,
        policy: &Policy,
        decision: Decision,
        time: impl FnOnce() -> Time,
        mut sample: impl FnMut() -> f64,
    ) -> Next {
        if let Some(reason) = self.end(policy.max, decision) {
            return Next::GiveUp(reason);
        }
        let asked = decision.server_wait();
        if asked.is_some_and(|wait| wait > policy.max_retry_after) {
            return Next::GiveUp(Reason::RetryAfterTooLong);
        }
        let mut drawn = match asked {
            // Without jitter, nothing is added to the server's wait.
            Some(_) if policy.jitter.spread() == Spread::UnderCeiling(0.0) => Duration::ZERO,
            _ => self.draw(policy, &mut sample),
        };
        // With `RetryIn` the call does not wait for the drawn time. It is only remembered, because decorrelated jitter
        // grows from it.
        let wait_with = |drawn| match decision {
            Decision::RetryIn(wait) => wait,
            _ => asked.unwrap_or_default().saturating_add(drawn),
        };
        let mut wait = wait_with(drawn);
        if let Some(deadline) = policy.deadline {
            let time = time();
            if time.elapsed.saturating_add(wait) > deadline {
                let room = room(policy, deadline, time, decision);
                let Some(room) = room else { return Next::GiveUp(Reason::Deadline) };
                drawn = draw_under(room, policy, &mut sample);
                wait = wait_with(drawn);
            }
        }
        self.failures += 1;
        self.previous = u64::try_from(drawn.as_nanos()).unwrap_or(u64::MAX);
        Next::Retry { wait, server: asked.is_some(), asked }
    }

    /// What [`failed`](Self::failed) answers if no wait follows, neither the policy's own nor one that the error names.
    /// Of the policy it needs only the most attempts.
    #[inline]
    pub(crate) fn failed_at_once(&mut self, max: u32, decision: Decision) -> Next {
        if let Some(reason) = self.end(max, decision) {
            return Next::GiveUp(reason);
        }
        self.failures += 1;
        Next::Retry { wait: Duration::ZERO, server: false, asked: None }
    }

    /// Why no attempt follows, if that does not depend on how long the wait would be.
    #[inline]
    fn end(&self, max: u32, decision: Decision) -> Option<Reason> {
        if matches!(decision, Decision::Stop) {
            return Some(Reason::NotRetryable);
        }
        (self.attempt() >= max).then_some(Reason::Attempts)
    }

    /// The policy's own wait before the attempt after the running one.
    fn draw(&self, policy: &Policy, sample: &mut impl FnMut() -> f64) -> Duration {
        if policy.initial.is_zero() {
            // With an `initial` of zero every kind of jitter gives a wait of zero, because each multiplies it.
            return Duration::ZERO;
        }
        let (low, high) = match policy.jitter.spread() {
            Spread::UnderCeiling(fraction) => {
                let ceiling = policy.ceiling(self.attempt());
                (ceiling.saturating_sub(scaled(ceiling, fraction)), ceiling)
            }
            Spread::FromPrevious => {
                let previous = nanos::to_duration(self.previous.into());
                (policy.initial, previous.max(policy.initial).saturating_mul(3))
            }
        };
        let wait = if low == high { high } else { between(low, high, sample()) };
        wait.min(policy.longest())
    }
}

/// The room for the policy's own wait, if its first draw would end past the deadline: what is left of the time, less
/// what the server asks for, less the length of the last attempt, which the next one is expected to take too. There is
/// none if it is shorter than the policy's first ceiling.
///
/// The wait is drawn anew under this room, instead of being cut to it: otherwise the waits of calls that began together
/// would end in the same instant. What the caller asks for with [`Decision::RetryIn`] is never shortened.
fn room(policy: &Policy, deadline: Duration, time: Time, decision: Decision) -> Option<Duration> {
    if matches!(decision, Decision::RetryIn(_)) {
        return None;
    }
    let left = deadline.checked_sub(time.elapsed)?.checked_sub(decision.server_wait().unwrap_or_default())?;
    left.checked_sub(time.attempt).filter(|room| *room >= policy.ceiling(1))
}

/// The policy's own wait under `room`, which takes the place of the ceiling.
fn draw_under(room: Duration, policy: &Policy, sample: &mut impl FnMut() -> f64) -> Duration {
    let low = match policy.jitter.spread() {
        Spread::UnderCeiling(fraction) => room.saturating_sub(scaled(room, fraction)),
        Spread::FromPrevious => policy.ceiling(1),
    };
    if low == room { room } else { between(low, room, sample()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Jitter;

    const SECOND: Duration = Duration::from_secs(1);
    const PLAIN: Policy = Policy::new().max(u32::MAX).initial(SECOND).jitter(Jitter::None);

    fn unused() -> f64 {
        panic!("no random number is needed here")
    }

    fn untimed() -> Time {
        panic!("no clock is needed here")
    }

    /// The time after an attempt that took none.
    fn at(elapsed: Duration) -> impl Fn() -> Time {
        move || Time { elapsed, attempt: Duration::ZERO }
    }

    /// The waits of a call whose attempts all fail, each drawn at `sample`.
    fn waits(policy: Policy, count: usize, sample: f64) -> Vec<Duration> {
        let mut call = CallState::new();
        (0..count).map(|_| wait(call.failed(&policy, Decision::Retry, untimed, || sample))).collect()
    }

    fn wait(next: Next) -> Duration {
        match next {
            Next::Retry { wait, .. } => wait,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn five_calls_wait_one_two_four_eight_seconds() {
        let policy = PLAIN.max(5);
        let mut call = CallState::new();
        for (attempt, seconds) in [(1, 1), (2, 2), (3, 4), (4, 8)] {
            assert_eq!(call.attempt(), attempt);
            assert_eq!(wait(call.failed(&policy, Decision::Retry, untimed, unused)).as_secs(), seconds);
        }
        assert_eq!(call.attempt(), 5);
        assert_eq!(call.failed(&policy, Decision::Retry, untimed, unused), Next::GiveUp(Reason::Attempts));
        assert_eq!(call.attempt(), 5, "giving up starts no attempt");
    }

    #[test]
    fn one_call_never_waits() {
        let next = CallState::new().failed(&PLAIN.max(1), Decision::Retry, untimed, unused);
        assert_eq!(next, Next::GiveUp(Reason::Attempts));
    }

    #[test]
    fn stop_stops_at_the_first_failure_and_even_at_the_last() {
        for max in [1, 5] {
            let next = CallState::new().failed(&PLAIN.max(max), Decision::Stop, untimed, unused);
            assert_eq!(next, Next::GiveUp(Reason::NotRetryable));
        }
    }

    #[test]
    fn four_billion_failures_neither_panic_nor_overflow() {
        let policies = [
            PLAIN,
            PLAIN.jitter(Jitter::Full).cap(Duration::MAX),
            PLAIN.jitter(Jitter::Decorrelated).initial(Duration::MAX),
            PLAIN.initial(Duration::MAX).factor(f64::MAX).jitter(Jitter::Fraction(0.3)),
        ];
        for policy in policies {
            let mut call = CallState { failures: u32::MAX - 2, previous: u64::MAX };
            let longest = policy.longest();
            for decision in [Decision::Retry, Decision::Throttled(None)] {
                if let Next::Retry { wait, .. } = call.failed(&policy, decision, untimed, || 0.5) {
                    assert!(wait <= longest, "{policy:?}");
                }
            }
            assert_eq!(call.failed(&policy, Decision::Retry, untimed, || 0.5), Next::GiveUp(Reason::Attempts));
        }
    }

    #[test]
    fn each_jitter_draws_between_its_bounds() {
        for (jitter, low, high) in [
            (Jitter::None, [1000, 2000, 4000], [1000, 2000, 4000]),
            (Jitter::Equal, [500, 1000, 2000], [1000, 2000, 4000]),
            (Jitter::Full, [0, 0, 0], [1000, 2000, 4000]),
            (Jitter::Fraction(0.25), [750, 1500, 3000], [1000, 2000, 4000]),
            (Jitter::Decorrelated, [1000, 1000, 1000], [3000, 9000, 27000]),
        ] {
            let policy = PLAIN.jitter(jitter);
            assert_eq!(waits(policy, 3, 0.0), high.map(Duration::from_millis), "{jitter:?}");
            assert_eq!(waits(policy, 3, 1.0), low.map(Duration::from_millis), "{jitter:?}");
        }
    }

    #[test]
    fn jitter_is_drawn_under_the_cap_not_cut_by_it() {
        let capped = PLAIN.cap(2 * SECOND).jitter(Jitter::Full);
        assert_eq!(waits(capped, 5, 0.25)[2..], [Duration::from_millis(1500); 3]);
    }

    #[test]
    fn decorrelated_waits_grow_from_the_wait_before_and_stop_at_the_cap() {
        let policy = PLAIN.jitter(Jitter::Decorrelated).cap(Duration::from_secs(10));
        // uniform(1, 3) at the middle is 2, uniform(1, 6) is 3.5, uniform(1, 10.5) is 5.75, uniform(1, 17.25) is 9.125
        assert_eq!(waits(policy, 5, 0.5), [2000, 3500, 5750, 9125, 10000].map(Duration::from_millis));
    }

    #[test]
    fn a_server_directed_wait_is_exact_without_jitter() {
        for decision in [Decision::RetryAfter(7 * SECOND), Decision::Throttled(Some(7 * SECOND))] {
            for jitter in [Jitter::None, Jitter::Fraction(0.0)] {
                let next = CallState::new().failed(&PLAIN.jitter(jitter), decision, untimed, unused);
                assert_eq!(next, Next::Retry { wait: 7 * SECOND, server: true, asked: Some(7 * SECOND) });
            }
        }
    }

    #[test]
    fn a_server_directed_wait_comes_before_the_jittered_one() {
        let policy = PLAIN.jitter(Jitter::Full);
        let mut call = CallState::new();
        let mut after = |sample| wait(call.failed(&policy, Decision::RetryAfter(7 * SECOND), untimed, || sample));
        assert_eq!(after(0.25), Duration::from_millis(7750));
        assert_eq!(after(0.25), Duration::from_millis(8500), "it counts as an attempt: the ceiling has grown");
        assert_eq!(after(1.0), 7 * SECOND, "never earlier");
    }

    #[test]
    fn a_wait_of_the_callers_own_replaces_the_policys_which_grows_on() {
        let own = Duration::from_millis(5);
        for (jitter, [first, third]) in
            [(Jitter::None, [1000, 4000]), (Jitter::Full, [500, 2000]), (Jitter::Decorrelated, [2000, 5750])]
        {
            let mut call = CallState::new();
            let mut failed = |decision| call.failed(&PLAIN.jitter(jitter), decision, untimed, || 0.5);
            assert_eq!(wait(failed(Decision::Retry)), Duration::from_millis(first), "{jitter:?}");
            assert_eq!(
                failed(Decision::RetryIn(own)),
                Next::Retry { wait: own, server: false, asked: None },
                "{jitter:?}"
            );
            assert_eq!(wait(failed(Decision::Retry)), Duration::from_millis(third), "{jitter:?}");
        }
    }

    #[test]
    fn a_wait_of_the_callers_own_is_limited_by_the_deadline_and_by_max_alone() {
        let own = Decision::RetryIn(9 * SECOND);
        let policy = PLAIN.max_retry_after(SECOND).cap(2 * SECOND);
        assert_eq!(
            CallState::new().failed(&policy, own, untimed, unused),
            Next::Retry { wait: 9 * SECOND, server: false, asked: None }
        );
        assert_eq!(CallState::new().failed(&policy.max(1), own, untimed, unused), Next::GiveUp(Reason::Attempts));
        for (deadline, expected) in
            [(9, Next::Retry { wait: 9 * SECOND, server: false, asked: None }), (8, Next::GiveUp(Reason::Deadline))]
        {
            let policy = policy.deadline(Duration::from_secs(deadline));
            assert_eq!(CallState::new().failed(&policy, own, at(Duration::ZERO), unused), expected, "{deadline}");
        }
    }

    #[test]
    fn the_longest_server_directed_wait_is_still_waited_for() {
        let longest = Duration::from_secs(120);
        let just_above = longest + Duration::from_nanos(1);
        for (asked, expected) in [
            (longest, Next::Retry { wait: longest, server: true, asked: Some(longest) }),
            (just_above, Next::GiveUp(Reason::RetryAfterTooLong)),
            (Duration::MAX, Next::GiveUp(Reason::RetryAfterTooLong)),
        ] {
            assert_eq!(CallState::new().failed(&PLAIN, Decision::RetryAfter(asked), untimed, unused), expected);
            assert_eq!(CallState::new().failed(&PLAIN, Decision::Throttled(Some(asked)), untimed, unused), expected);
        }
    }

    #[test]
    fn an_endless_server_directed_wait_saturates() {
        let policy = PLAIN.max_retry_after(Duration::MAX).jitter(Jitter::Full);
        let next = CallState::new().failed(&policy, Decision::RetryAfter(Duration::MAX), untimed, || 0.0);
        assert_eq!(next, Next::Retry { wait: Duration::MAX, server: true, asked: Some(Duration::MAX) });
    }

    #[test]
    fn zero_waits_draw_no_random_number() {
        for jitter in [Jitter::None, Jitter::Equal, Jitter::Full, Jitter::Decorrelated, Jitter::Fraction(0.25)] {
            let policy = PLAIN.initial(Duration::ZERO).jitter(jitter);
            let next = CallState::new().failed(&policy, Decision::Retry, untimed, unused);
            assert_eq!(next, Next::Retry { wait: Duration::ZERO, server: false, asked: None }, "{jitter:?}");
        }
    }

    #[test]
    fn a_wait_that_would_end_past_the_deadline_is_not_begun() {
        let second = |n| Duration::from_secs(n);
        let policy = PLAIN.deadline(second(10));
        for (elapsed, decision, expected) in [
            (second(9), Decision::Retry, Next::Retry { wait: SECOND, server: false, asked: None }),
            (second(9) + Duration::from_nanos(1), Decision::Retry, Next::GiveUp(Reason::Deadline)),
            (
                second(3),
                Decision::RetryAfter(second(7)),
                Next::Retry { wait: second(7), server: true, asked: Some(second(7)) },
            ),
            (second(3), Decision::RetryAfter(second(8)), Next::GiveUp(Reason::Deadline)),
            (Duration::MAX, Decision::Throttled(None), Next::GiveUp(Reason::Deadline)),
            (second(11), Decision::Stop, Next::GiveUp(Reason::NotRetryable)),
        ] {
            let mut call = CallState::new();
            assert_eq!(call.failed(&policy, decision, at(elapsed), unused), expected, "{elapsed:?} {decision:?}");
            assert_eq!(call.attempt(), if matches!(expected, Next::Retry { .. }) { 2 } else { 1 });
        }
    }

    #[test]
    fn nothing_is_begun_past_the_deadline_not_even_without_a_wait() {
        let policy = PLAIN.initial(Duration::ZERO).deadline(SECOND);
        let just_past = at(SECOND + Duration::from_nanos(1));
        assert_eq!(
            CallState::new().failed(&policy, Decision::Retry, just_past, unused),
            Next::GiveUp(Reason::Deadline)
        );
    }

    #[test]
    fn an_endless_deadline_is_none() {
        let policy = PLAIN.deadline(Duration::MAX).max_retry_after(Duration::MAX);
        let next = CallState::new().failed(&policy, Decision::RetryAfter(Duration::MAX), at(Duration::MAX), unused);
        assert_eq!(next, Next::Retry { wait: Duration::MAX, server: true, asked: Some(Duration::MAX) });
    }

    /// A call whose attempts all fail: when each begins.
    fn begins(policy: Policy, length: Duration, mut sample: impl FnMut() -> f64) -> Vec<Duration> {
        let (mut call, mut begins) = (CallState::new(), vec![Duration::ZERO]);
        let mut elapsed = length;
        loop {
            let time = || Time { elapsed, attempt: length };
            match call.failed(&policy, Decision::Retry, time, &mut sample) {
                Next::Retry { wait, .. } => begins.push(elapsed + wait),
                Next::GiveUp(reason) => {
                    assert_eq!(reason, Reason::Deadline);
                    return begins;
                }
                other => panic!("{other}"),
            }
            elapsed = begins[begins.len() - 1] + length;
        }
    }

    #[test]
    fn the_last_wait_is_drawn_anew_under_the_room_that_is_left() {
        let second = Duration::from_secs_f64;
        for (deadline, length, policy, expected) in [
            (30.0, 1.0, PLAIN, &[0.0, 2.0, 5.0, 10.0, 19.0, 29.0][..]),
            // The attempt that begins at the deadline itself takes no time.
            (60.0, 0.0, PLAIN, &[0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 60.0]),
            // The room after the attempt that ends at 12 s is 2 s, and 1 s is the least.
            (15.0, 1.0, PLAIN, &[0.0, 2.0, 5.0, 10.0, 14.0]),
            (13.0, 1.0, PLAIN, &[0.0, 2.0, 5.0, 10.0, 12.0]),
            (12.9, 1.0, PLAIN, &[0.0, 2.0, 5.0, 10.0]),
            // An attempt that takes longer than what is left has no room.
            (10.0, 6.0, PLAIN, &[0.0, 7.0]),
            (6.5, 6.0, PLAIN, &[0.0]),
            // A cap below `initial` is the first ceiling.
            (3.5, 0.0, PLAIN.initial(9 * SECOND).cap(SECOND), &[0.0, 1.0, 2.0, 3.0]),
            (3.5, 0.0, PLAIN.factor(1.0), &[0.0, 1.0, 2.0, 3.0]),
        ] {
            let begun = begins(policy.deadline(second(deadline)), second(length), unused);
            assert_eq!(begun, expected.iter().map(|at| second(*at)).collect::<Vec<_>>(), "{deadline} {length}");
        }
    }

    #[test]
    fn each_jitter_is_drawn_under_the_room() {
        for (jitter, low) in [
            (Jitter::None, 9000),
            (Jitter::Equal, 4500),
            (Jitter::Full, 0),
            (Jitter::Fraction(0.25), 6750),
            (Jitter::Decorrelated, 1000),
        ] {
            let policy = PLAIN.jitter(jitter).deadline(30 * SECOND);
            for (sample, expected) in [(0.0, 9000), (1.0, low)] {
                let mut call = CallState { failures: 4, previous: 40_000_000_000 };
                let time = || Time { elapsed: 20 * SECOND, attempt: SECOND };
                let mut drawn = 0;
                let next = call.failed(&policy, Decision::Retry, time, || {
                    drawn += 1;
                    // The first draw is as long as can be.
                    if drawn == 1 { 0.0 } else { sample }
                });
                assert_eq!(wait(next), Duration::from_millis(expected), "{jitter:?} {sample}");
            }
        }
    }

    #[test]
    fn a_servers_wait_is_never_shortened_and_what_comes_on_top_is_drawn_anew() {
        let policy = PLAIN.jitter(Jitter::Full).deadline(30 * SECOND);
        let after = |asked, samples: [f64; 2]| {
            let mut samples = samples.into_iter();
            // The ceiling of the policy's own wait is 16 s, and 10 s are left.
            CallState { failures: 4, previous: 0 }.failed(
                &policy,
                Decision::RetryAfter(asked),
                || Time { elapsed: 20 * SECOND, attempt: SECOND },
                || samples.next().unwrap(),
            )
        };
        assert_eq!(
            after(6 * SECOND, [0.0, 0.5]),
            Next::Retry { wait: Duration::from_millis(7500), server: true, asked: Some(6 * SECOND) }
        );
        assert_eq!(
            after(6 * SECOND, [0.0, 1.0]),
            Next::Retry { wait: 6 * SECOND, server: true, asked: Some(6 * SECOND) }
        );
        assert_eq!(after(9 * SECOND, [0.0, 0.0]), Next::GiveUp(Reason::Deadline));
        assert_eq!(after(11 * SECOND, [1.0, 0.0]), Next::GiveUp(Reason::Deadline));
    }
}
