//! How a call waits for its turn.

use std::time::Duration;

use super::atomic::{AtomicU64, Ordering::Relaxed};
use super::hints::{Hints, LONGEST_HOLD, PAUSE};
use super::pace::Pace;
use super::{SECOND, UNREACHABLE, Upstream, reachable};
use crate::jitter::between;

/// How far ahead a turn may be reserved. Whoever would come later asks again later: more reservations would only
/// become worthless with the next cut.
const HORIZON: u64 = SECOND;
/// A call may reserve further ahead by an eighth of its age, or late calls would keep overtaking an early one.
const AGING: u64 = 8;
/// The horizon of the oldest call, so that turns cannot run away from the clock.
pub(super) const FARTHEST_HORIZON: u64 = 60 * SECOND;
const _: () = assert!(LONGEST_HOLD <= FARTHEST_HORIZON, "a hold is within reach, too");

impl Upstream {
    /// Asks for a turn, again after each [`Answer::Sleep`]. `first`: it is for the first attempt of the call. `left`:
    /// how much time its deadline leaves, if it has one.
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
    ) -> Answer {
        let answer = self.turn(turn, now, first, left, sample);
        match answer {
            Answer::Sleep(_) => turn.wait(&self.waiting),
            Answer::Go | Answer::NoTurn => turn.waiting = Waiting(None),
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
    ) -> Answer {
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
        if limit.is_some_and(|limit| Duration::from_nanos(ahead) > limit) {
            return if first { turn.take(pace.epoch) } else { Answer::NoTurn };
        }
        let horizon = (HORIZON + turn.age(now) / AGING).min(FARTHEST_HORIZON);
        if ahead > horizon {
            // Spread, so that those who were too early do not come back together.
            let spread = between(Duration::from_millis(500), Duration::from_secs(1), sample());
            let wait = (ahead - horizon).min(FARTHEST_HORIZON);
            return turn.sleep(now, Duration::from_nanos(wait) + spread);
        }
        let at = self.take(turn, pace, now + ahead, now);
        if at <= now {
            let tries = turn.tries;
            turn.take(pace.epoch);
            turn.tries = tries;
            return Answer::Go;
        }
        turn.reserve(pace.epoch);
        turn.sleep(now, Duration::from_nanos(at - now))
    }

    /// Lets the call make its attempt out of turn: its `sleep` ends the call, which has no outcome yet that it could return.
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

/// What [`Upstream::ask`] answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is the call's turn.
    Go,
    /// Ask again after so long. Not longer than two minutes, and not an attempt.
    Sleep(Duration),
    /// The turn would come too late: the call gives up.
    NoTurn,
}

impl Answer {
    /// Whether it is.
    #[inline]
    #[must_use]
    pub const fn is_go(self) -> bool {
        matches!(self, Self::Go)
    }
}

/// What one call keeps for its `Upstream`. It holds nothing that would have to be given back: the turn of a call that
/// is dropped passes, and the next one's comes as it would have.
#[derive(Clone, Debug)]
pub struct Turn<'u> {
    /// When the call first queued.
    since: u64,
    /// When it began to queue for this turn.
    queued: u64,
    /// Until when it was told to sleep.
    until: u64,
    /// In which epoch its turn was reserved, or else its request sent. For the latter the time would do as well, but
    /// in calm a call would have to read the clock for it.
    pub(super) epoch: u16,
    /// What an attempt takes of the tokens.
    cost: u32,
    pub(super) place: Place,
    /// Its request tries whether a hint is true.
    pub(super) tries: bool,
    waiting: Waiting<'u>,
}

/// Where a call is counted while it waits for its turn, also one that is dropped meanwhile.
#[derive(Debug)]
struct Waiting<'u>(Option<&'u AtomicU64>);

impl Clone for Waiting<'_> {
    fn clone(&self) -> Self {
        Self(None)
    }
}

impl Drop for Waiting<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(count) = self.0 {
            count.fetch_sub(1, Relaxed);
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It has never queued.
    New,
    /// It had its turn.
    Sent,
    /// It queues, and has no turn.
    Queueing,
    /// It sleeps until its turn.
    Reserved,
}

impl<'u> Turn<'u> {
    /// A call that has not queued.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self::of(1)
    }

    /// A call whose attempts take so many tokens, that has not queued.
    #[inline]
    #[must_use]
    pub const fn of(cost: u32) -> Self {
        Self { since: 0, queued: 0, until: 0, epoch: 0, cost, place: Place::New, tries: false, waiting: Waiting(None) }
    }

    /// One whose request was sent in this epoch.
    #[cfg(test)]
    pub(super) fn sent(epoch: u16) -> Self {
        Self { epoch, ..Self::new() }
    }

    /// How long it has been queueing for this turn, or had been when it got it at `now`.
    #[must_use]
    pub fn queued(&self, now: u64) -> Duration {
        match self.place {
            Place::New => Duration::ZERO,
            Place::Sent | Place::Queueing | Place::Reserved => Duration::from_nanos(now.saturating_sub(self.queued)),
        }
    }

    /// How long it is since the call first queued.
    fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.since)
    }

    fn queue(&mut self, now: u64) {
        match self.place {
            Place::New => (self.since, self.queued) = (now, now),
            Place::Sent => self.queued = now,
            Place::Queueing | Place::Reserved => return,
        }
        self.place = Place::Queueing;
    }

    /// What time it is, for a call that has slept as it was told. Where `sleep` only notes the wait, or the timer has a
    /// clock of its own, it would else ask over and over again until the time has really come.
    fn woken(&self, now: u64) -> u64 {
        // What is further away was another clock, before it was set back.
        if self.until.saturating_sub(now) > UNREACHABLE { now } else { now.max(self.until) }
    }

    /// It waits from now on.
    fn wait(&mut self, count: &'u AtomicU64) {
        if self.waiting.0.is_none() {
            count.fetch_add(1, Relaxed);
            self.waiting = Waiting(Some(count));
        }
    }

    fn sleep(&mut self, now: u64, wait: Duration) -> Answer {
        self.until = now.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
        Answer::Sleep(wait)
    }

    /// Whether it slept until a turn that is still good.
    fn holds(&self, epoch: u16) -> bool {
        self.place == Place::Reserved && self.epoch == epoch
    }

    fn reserve(&mut self, epoch: u16) {
        self.place = Place::Reserved;
        self.epoch = epoch;
    }

    #[inline]
    pub(super) fn take(&mut self, epoch: u16) -> Answer {
        if self.place != Place::New {
            self.tries &= self.place == Place::Reserved;
            self.place = Place::Sent;
        }
        self.epoch = epoch;
        Answer::Go
    }
}

impl Default for Turn<'_> {
    fn default() -> Self {
        Self::new()
    }
}
