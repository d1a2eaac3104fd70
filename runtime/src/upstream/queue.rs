//! How calls get their turns.

use std::time::Duration;

use super::Upstream;
use super::atomic::Ordering::Relaxed;
use super::hints::{Hints, LONGEST_HOLD, PAUSE};
use super::pace::Pace;
use super::time::{FARTHEST_HORIZON, SECOND, reachable};
use super::turn::{Place, Turn, TurnAnswer};
use crate::jitter::between;

/// How far ahead a turn may be reserved. A call whose turn would be later asks again later: its reservation would only
/// become worthless with the next cut.
const HORIZON: u64 = SECOND;
/// A call may reserve further ahead by an eighth of its age, or late calls would keep overtaking an early one.
const AGING: u64 = 8;
const _: () = assert!(LONGEST_HOLD <= FARTHEST_HORIZON, "a hold is within reach, too");

impl Upstream {
    /// Asks for a turn, again after each [`TurnAnswer::Sleep`]. `first`: it is for the first attempt of the call.
    /// `left`: how much time its deadline leaves, if it has one.
    #[doc(hidden)]
    #[cold]
    #[inline(never)]
    pub fn ask<'u>(
        &'u self,
        turn: &mut Turn<'u>,
        now: u64,
        first: bool,
        left: Option<Duration>,
        sample: impl FnOnce() -> f64,
    ) -> TurnAnswer {
        let answer = self.turn(turn, now, first, left, sample);
        match answer {
            TurnAnswer::Sleep(_) => turn.wait(&self.waiting),
            TurnAnswer::Go | TurnAnswer::NoTurn => turn.stop_waiting(),
        }
        answer
    }

    fn turn(
        &self,
        turn: &mut Turn<'_>,
        now: u64,
        first: bool,
        left: Option<Duration>,
        sample: impl FnOnce() -> f64,
    ) -> TurnAnswer {
        turn.queue(now);
        turn.tries &= turn.place == Place::Reserved;
        let now = turn.woken(now);
        let pace = Pace::from_bits(self.pace.load(Relaxed));
        if pace.is_free() || turn.holds(pace.epoch) {
            return turn.take(pace.epoch);
        }
        turn.place = Place::Queueing;
        let at = self.requests.turn(1, self.paced(pace, now, now), now);
        let ahead = self.tokens.turn(turn.cost.into(), at, now) - now;
        let limit = self.max_wait.map(|longest| longest.saturating_sub(turn.queued(now)));
        let limit = limit.into_iter().chain(left).min();
        let is_too_late = |ahead| limit.is_some_and(|limit| Duration::from_nanos(ahead) > limit);
        let instead = |turn: &mut Turn<'_>| if first { turn.take(pace.epoch) } else { TurnAnswer::NoTurn };
        if is_too_late(ahead) {
            return instead(turn);
        }
        let horizon = (HORIZON + turn.age(now) / AGING).min(FARTHEST_HORIZON);
        if ahead > horizon {
            // The waits are spread, so that the calls that were too early do not come back together.
            let spread = between(Duration::from_millis(500), Duration::from_secs(1), sample());
            let wait = (ahead - horizon).min(FARTHEST_HORIZON);
            return turn.sleep(now, Duration::from_nanos(wait) + spread);
        }
        let at = self.take(turn, pace, now + ahead, now);
        if at <= now {
            let tries = turn.tries;
            turn.take(pace.epoch);
            turn.tries = tries;
            return TurnAnswer::Go;
        }
        // Other calls took the turns before this one since `ahead` was computed, so that it comes too late. It stays
        // unused.
        if is_too_late(at - now) {
            return instead(turn);
        }
        turn.reserve(pace.epoch);
        turn.sleep(now, Duration::from_nanos(at - now))
    }

    /// Lets the call make its attempt out of turn: its `sleep` ends the call, which has no outcome yet that it could
    /// return.
    #[doc(hidden)]
    #[cold]
    pub fn rush(&self, turn: &mut Turn<'_>) {
        turn.reserve(Pace::from_bits(self.pace.load(Relaxed)).epoch);
    }

    /// When the pace lets the next attempt go, not before `at`.
    fn paced(&self, pace: Pace, at: u64, now: u64) -> u64 {
        if pace.is_calm() {
            return at;
        }
        at.max(reachable(self.next.load(Relaxed), now)).max(reachable(self.hold.load(Relaxed), now))
    }

    /// Takes a turn of the pace and of each limit, not before `at`, and says when it is.
    fn take(&self, turn: &mut Turn<'_>, pace: Pace, at: u64, now: u64) -> u64 {
        let at = self.tokens.take(turn.cost.into(), self.requests.take(1, at, now), now);
        if pace.is_calm() {
            return at;
        }
        let hints = self.hints.load(Relaxed);
        let due = Hints::from_bits(hints).is_due();
        let gap = pace.gap_nanos().max(if due { PAUSE } else { 0 });
        loop {
            let next = self.next.load(Relaxed);
            let at = at.max(reachable(next, now)).max(reachable(self.hold.load(Relaxed), now));
            if self.next.compare_exchange(next, at.saturating_add(gap), Relaxed, Relaxed).is_ok() {
                turn.tries = due && self.tries(hints);
                return at;
            }
        }
    }

    /// Whether the turn that was just taken is the one that tries a hint.
    fn tries(&self, hints: u64) -> bool {
        let tried = Hints::from_bits(hints).tried().to_bits();
        self.hints.compare_exchange(hints, tried, Relaxed, Relaxed).is_ok()
    }
}
