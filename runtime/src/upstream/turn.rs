//! How a call under an `Upstream` stands: whether it queues, sleeps until its turn, or has had it.

use std::time::Duration;

use super::atomic::{AtomicU64, Ordering::Relaxed};

/// What an upstream answers to a call that asks for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TurnAnswer {
    /// It is the call's turn.
    Go,
    /// The call asks again after this time, which does not count as an attempt. It is about a minute at most; under a
    /// slow limit it is longer if other calls take the turns before this one at the same moment.
    Sleep(Duration),
    /// The turn would come too late: the call gives up.
    NoTurn,
}

impl TurnAnswer {
    /// Whether it is the call's turn.
    #[inline]
    #[must_use]
    pub const fn is_go(self) -> bool {
        matches!(self, Self::Go)
    }
}

/// What one call keeps for its `Upstream`. A turn need not be given back: if the call is dropped, its turn passes
/// unused, and the turns of the others stay as they are.
#[derive(Clone, Debug)]
pub struct Turn<'u> {
    /// When the call first queued.
    since: u64,
    /// When it began to queue for this turn.
    queued: u64,
    /// Until when it was told to sleep.
    until: u64,
    /// When it last asked, by the clock.
    asked: u64,
    /// In which epoch its turn was reserved or, after that, its request was sent. For a request the time would do as
    /// well, but then a call would have to read the clock even if no call is paced.
    pub(super) epoch: u16,
    /// What an attempt takes of the tokens.
    pub(super) cost: u32,
    pub(super) place: Place,
    /// Its request tries whether a hint is true.
    pub(super) tries: bool,
    waiting: Waiting<'u>,
}

/// The counter of the calls that wait, while this call is one of them. Dropping it takes the call out, so that a
/// cancelled call does not stay counted.
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

    /// A call that has not queued, and each attempt of which takes `cost` tokens.
    #[inline]
    #[must_use]
    pub const fn of(cost: u32) -> Self {
        Self {
            since: 0,
            queued: 0,
            until: 0,
            asked: 0,
            epoch: 0,
            cost,
            place: Place::New,
            tries: false,
            waiting: Waiting(None),
        }
    }

    /// A call whose request was sent in this epoch.
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
    pub(super) fn age(&self, now: u64) -> u64 {
        now.saturating_sub(self.since)
    }

    pub(super) fn queue(&mut self, now: u64) {
        match self.place {
            Place::New => (self.since, self.queued) = (now, now),
            Place::Sent => self.queued = now,
            Place::Queueing | Place::Reserved => return,
        }
        self.place = Place::Queueing;
    }

    /// The time of a call that has slept as it was told: by the clock, or, if that is later, the time until which it
    /// was told to sleep. If `sleep` only records the wait, or the timer has a clock of its own, the call would
    /// otherwise ask again and again until the time has really come. After the clock was set back, only the clock
    /// counts.
    pub(super) fn woken(&mut self, now: u64) -> u64 {
        if now < self.asked {
            self.until = 0;
        }
        self.asked = now;
        now.max(self.until)
    }

    /// Counts the call as one that waits.
    pub(super) fn wait(&mut self, count: &'u AtomicU64) {
        if self.waiting.0.is_none() {
            count.fetch_add(1, Relaxed);
            self.waiting = Waiting(Some(count));
        }
    }

    /// The call does not wait any more.
    pub(super) fn stop_waiting(&mut self) {
        self.waiting = Waiting(None);
    }

    pub(super) fn sleep(&mut self, now: u64, wait: Duration) -> TurnAnswer {
        self.until = now.saturating_add(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
        TurnAnswer::Sleep(wait)
    }

    /// Whether it slept until a turn that is still good.
    pub(super) fn holds(&self, epoch: u16) -> bool {
        self.place == Place::Reserved && self.epoch == epoch
    }

    pub(super) fn reserve(&mut self, epoch: u16) {
        self.place = Place::Reserved;
        self.epoch = epoch;
    }

    #[inline]
    pub(super) fn take(&mut self, epoch: u16) -> TurnAnswer {
        if self.place != Place::New {
            self.tries &= self.place == Place::Reserved;
            self.place = Place::Sent;
        }
        self.epoch = epoch;
        TurnAnswer::Go
    }
}

impl Default for Turn<'_> {
    fn default() -> Self {
        Self::new()
    }
}
