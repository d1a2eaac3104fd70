//! What the calls to one service share. The transitions are pure, in `pace` and `budget`; here they meet the atomics.

use std::fmt;
use std::time::Duration;

use crate::Decision;
use crate::jitter::between;
use atomic::AtomicU64;
use atomic::Ordering::{Acquire, Relaxed, Release};
use budget::Budget;
use hints::{Hints, LONGEST_HOLD, PAUSE, Trial};
use pace::{LONGEST_GAP, Pace};

mod atomic;
mod budget;
mod hints;
#[cfg(all(test, loom))]
mod interleavings;
mod pace;
#[cfg(all(test, not(loom)))]
mod stress;
#[cfg(all(test, not(loom)))]
mod tests;

const SECOND: u64 = 1_000_000_000;

/// How far ahead a turn may be reserved. Whoever would come later asks again later: more reservations would only
/// become worthless with the next cut.
const HORIZON: u64 = SECOND;
/// A call may reserve further ahead by an eighth of its age, or late calls would keep overtaking an early one.
const AGING: u64 = 8;
/// The horizon of the oldest call, so that turns cannot run away from the clock.
const FARTHEST_HORIZON: u64 = 60 * SECOND;
/// Without an answer for so long the service was out, or was not asked. Either way the pace is found anew from here.
const DARK: u64 = 10 * SECOND;
/// So long after the last cut, the limit that was found then says little.
/// Without an answer for so long, the request that tried a hint is given up.
const TRIAL: u64 = 5 * SECOND;
const SETTLED: u64 = 60 * SECOND;
/// Turns never lie so far ahead, not even half as far: where they do, the clock was set back.
const UNREACHABLE: u64 = 2 * (FARTHEST_HORIZON + LONGEST_GAP as u64 * 1_000);
const _: () = assert!(LONGEST_HOLD <= FARTHEST_HORIZON, "a hold is within reach, too");

/// What all calls to one service share, so that they pace themselves together when it refuses for rate.
///
/// A limit that many calls share cannot be kept by each call alone: whoever is refused comes back among all the others
/// that were, and most of them are refused again. With an `Upstream`, the refusals of any calls slow all of them down
/// to what the service takes, and they queue for their turns, which are not attempts. A single refusal is forgiven.
/// While nothing is refused nobody queues, and it costs a call two loads of an atomic.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Upstream, retry};
///
/// /// For a batch: every call waits for its turn, however long that takes.
/// static BATCH: Upstream = Upstream::new();
///
/// /// For people who wait: nobody queues for more than two seconds, and an outage is not made worse.
/// static CHAT: Upstream = Upstream::new().max_wait(Duration::from_secs(2)).budget(10, 0.1);
///
/// #[retry(max = 6, initial = "1s", upstream = BATCH)]
/// fn embed(text: &str) -> std::io::Result<usize> {
///     Ok(text.len())
/// }
/// # assert_eq!(embed("abc").unwrap(), 3);
/// # let _ = &CHAT;
/// ```
///
/// An async function under an `Upstream` keeps its error while it waits, in case its turn comes too late: its future is
/// `Send` only if the error is.
///
/// It learns from [`Decision`]s: [`Throttled`](Decision::Throttled) is a refusal for rate, [`Retry`](Decision::Retry),
/// [`RetryIn`](Decision::RetryIn) and [`RetryAfter`](Decision::RetryAfter) are failures, and an error that is not retried
/// is, like a success, an answer.
///
/// # One for each limit
///
/// What is refused together belongs together: with OpenAI, the calls for one model under one key. Two limits behind
/// one `Upstream` hold the calls under the generous one to the pace of the other; two `Upstream`s for one limit
/// each learn half of it, slowly.
///
/// # In an outage
///
/// Eight failures without a success in between are an outage. The calls are then spread further and further apart, down
/// to one every two seconds, instead of each trying as often as it can. Once the service answers again, every
/// success doubles the rate. A call that queues meanwhile has not failed: it is made when its turn comes. Whoever would
/// rather have the error sets [`max_wait`](Self::max_wait), or a deadline on the call.
///
/// # Where it does not help
///
/// - Where more than a few percent of the requests are refused for reasons other than the process's own rate: it slows
///   down, and that does not mend them. At 2 % the work of many tasks hardly notices, at 5 % it takes over twice as
///   long.
/// - Where neighbours under the same limit do not pace themselves and saturate it: they take what is left free for
///   them.
/// - Where people wait and there is simply too much to do: without [`max_wait`](Self::max_wait) the calls queue.
/// - Where the limit leaves a process less than a request in four seconds: the slowest pace is one every two seconds.
///
/// It is per process. Processes under one limit find their shares of it without a word, at the price of some more
/// refusals.
pub struct Upstream {
    /// A [`Pace`].
    pace: AtomicU64,
    /// When the next free turn is. All times are in nanoseconds since any moment, the same for all.
    next: AtomicU64,
    /// When the pace was last slowed down.
    cut_at: AtomicU64,
    /// When the service last answered, while there is a pace.
    last_ok: AtomicU64,
    /// Until when a hint holds everyone.
    hold: AtomicU64,
    /// What is known of the [`Hints`].
    hints: AtomicU64,
    /// What is spent of the budget.
    spent: AtomicU64,
    max_wait: Option<Duration>,
    budget: Option<Budget>,
}

impl Upstream {
    /// Nobody queues yet, for however long it takes then, and failures are retried as often as the policy says.
    #[cfg(not(all(test, loom)))]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            pace: AtomicU64::new(0),
            next: AtomicU64::new(0),
            cut_at: AtomicU64::new(0),
            last_ok: AtomicU64::new(0),
            hold: AtomicU64::new(0),
            hints: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            max_wait: None,
            budget: None,
        }
    }

    /// The longest that a call queues for one turn. Default: as long as it takes.
    ///
    /// Where the turn would come later, a first attempt is made at once, and a retry is not made: the call returns the
    /// error that it would have retried. Zero never queues: it only leaves retries out while the service is busy.
    #[must_use]
    pub const fn max_wait(mut self, longest: Duration) -> Self {
        self.max_wait = Some(longest);
        self
    }

    /// Limits the retries of failures: `retries` at once, and of every further success `per_success` of a retry. Where
    /// the budget is used up, the error is returned at once. Default: no budget.
    ///
    /// `budget(10, 0.1)` lets the retries be a tenth of what succeeds, after ten for a start. Refusals for rate cost
    /// nothing, as their retries are paced anyway. Fractions below a thousandth are rounded; negative ones and what is
    /// no number are taken as 0, and with `budget(0, 0.0)` no failure is ever retried.
    ///
    /// It is for services that would rather fail fast than wait, and keeps them from adding to an overload. It hurts
    /// where work has to be done: in an outage of seconds a batch uses its budget up, and then fails the very calls
    /// that one more retry would have saved. It also costs a successful call a second load.
    #[must_use]
    pub const fn budget(mut self, retries: u32, per_success: f64) -> Self {
        self.budget = Some(Budget::new(retries, per_success));
        self
    }

    /// Whether the call may make its attempt without asking for a turn. Before every attempt.
    #[doc(hidden)]
    #[inline]
    pub fn is_calm(&self, turn: &mut Turn) -> bool {
        let pace = Pace::from_bits(self.pace.load(Relaxed));
        if pace.is_calm() {
            turn.take(pace.epoch);
        }
        pace.is_calm()
    }

    /// Asks for a turn, again after each [`Answer::Sleep`]. `first`: it is for the first attempt of the call. `left`:
    /// how much time its deadline leaves, if it has one.
    #[doc(hidden)]
    #[cold]
    #[inline(never)]
    pub fn ask(
        &self,
        turn: &mut Turn,
        now: u64,
        first: bool,
        left: Option<Duration>,
        sample: impl FnOnce() -> f64,
    ) -> Answer {
        turn.queue(now);
        turn.tries &= turn.place == Place::Reserved;
        let now = turn.woken(now);
        loop {
            let pace = Pace::from_bits(self.pace.load(Relaxed));
            if pace.is_calm() || turn.holds(pace.epoch) {
                return turn.take(pace.epoch);
            }
            turn.place = Place::Queueing;
            let next = self.next.load(Relaxed);
            let at = reachable(next, now).max(reachable(self.hold.load(Relaxed), now)).max(now);
            let ahead = at - now;
            let limit = self.max_wait.map(|longest| longest.saturating_sub(turn.queued(now)));
            let limit = limit.into_iter().chain(left).min();
            if limit.is_some_and(|limit| Duration::from_nanos(ahead) > limit) {
                return if first { turn.take(pace.epoch) } else { Answer::NoTurn };
            }
            let horizon = (HORIZON + turn.age(now) / AGING).min(FARTHEST_HORIZON);
            if ahead > horizon {
                // Spread, so that those who were too early do not come back together.
                let spread = between(Duration::from_millis(500), Duration::from_secs(1), sample());
                return turn.sleep(now, Duration::from_nanos(ahead - horizon) + spread);
            }
            let hints = self.hints.load(Relaxed);
            let due = Hints::from_bits(hints).is_due();
            let gap = pace.gap_nanos().max(if due { PAUSE } else { 0 });
            if self.next.compare_exchange(next, at.saturating_add(gap), Relaxed, Relaxed).is_ok() {
                turn.tries = due && self.tries(hints);
                if ahead == 0 {
                    return turn.take(pace.epoch);
                }
                turn.reserve(pace.epoch);
                return turn.sleep(now, Duration::from_nanos(ahead));
            }
        }
    }

    /// Whether the turn that was just taken is the one that tries a hint.
    fn tries(&self, hints: u64) -> bool {
        let tried = Hints::from_bits(hints).tried().to_bits();
        self.hints.compare_exchange(hints, tried, Relaxed, Relaxed).is_ok()
    }

    /// The service did what was asked. The clock is only read where that is news.
    #[doc(hidden)]
    #[inline]
    pub fn succeeded(&self, now: impl FnOnce() -> u64) {
        self.served(&Turn::new(), now);
    }

    /// The service did what this attempt asked. The clock is only read where that is news.
    #[doc(hidden)]
    #[inline]
    pub fn served(&self, turn: &Turn, now: impl FnOnce() -> u64) {
        let bits = self.pace.load(Relaxed);
        let owes = self.budget.is_some() && self.spent.load(Relaxed) != 0;
        if owes || !Pace::from_bits(bits).is_untouched() {
            self.answered(turn, now);
        }
    }

    /// The attempt failed with what deserves `decision`.
    #[doc(hidden)]
    pub fn failed(&self, turn: &Turn, now: u64, decision: Decision) {
        match decision {
            Decision::Stop => self.served(turn, || now),
            Decision::Retry | Decision::RetryIn(_) | Decision::RetryAfter(_) => {
                if turn.tries {
                    self.learn_hints(Hints::lost);
                }
                self.worse(turn, now, 0, Pace::failed);
            }
            Decision::Throttled(hint) => {
                let hint = hint.map_or(0, |hint| u64::try_from(hint.as_nanos()).unwrap_or(u64::MAX));
                self.worse(turn, now, hint, Pace::throttled);
            }
        }
    }

    /// Whether the budget allows the retry that the policy does, which then is paid for.
    #[doc(hidden)]
    #[must_use]
    pub fn affords(&self, decision: Decision) -> bool {
        match (self.budget, decision) {
            (Some(budget), Decision::Retry | Decision::RetryIn(_) | Decision::RetryAfter(_)) => {
                self.spent.fetch_update(Relaxed, Relaxed, |spent| budget.spend(spent)).is_ok()
            }
            _ => true,
        }
    }

    /// Whether it is because of an outage that there is a pace, and not because of refusals.
    #[doc(hidden)]
    #[must_use]
    pub fn is_failing(&self) -> bool {
        Pace::from_bits(self.pace.load(Relaxed)).is_outage()
    }

    #[cold]
    #[inline(never)]
    fn answered(&self, turn: &Turn, now: impl FnOnce() -> u64) {
        let now = now();
        // What was stored before the pace was: a cut is not undone for the times before it.
        let bits = self.pace.load(Acquire);
        let before = Pace::from_bits(bits);
        let dark = !before.is_calm() && since(self.last_ok.load(Relaxed), now) > DARK;
        if !before.is_calm() {
            advance(&self.last_ok, now, now);
        }
        let settled = since(self.cut_at.load(Relaxed), now) > SETTLED;
        let after = before.answered(dark, settled);
        // Where another answer came in between, that one counts: this one is a sample among many.
        if self.pace.compare_exchange(bits, after.to_bits(), Relaxed, Relaxed).is_ok() && after.is_outage() {
            self.next.fetch_min(now.saturating_add(after.gap_nanos()), Relaxed);
        }
        if turn.tries {
            self.learn_hints(Hints::refuted);
        }
        if let Some(budget) = self.budget {
            let earn = |spent| Some(budget.earn(spent));
            // It never fails, as `earn` always has an answer.
            let _ = self.spent.fetch_update(Relaxed, Relaxed, earn);
        }
    }

    fn learn_hints(&self, learn: impl Fn(Hints) -> Hints) {
        let learnt = |bits| Some(learn(Hints::from_bits(bits)).to_bits());
        // It never fails, as `learnt` always has an answer.
        let _ = self.hints.fetch_update(Relaxed, Relaxed, learnt);
    }

    /// The pace after a refusal or a failure. Unlike a success it is never dropped: there may be no other.
    fn worse(&self, turn: &Turn, now: u64, hint: u64, learn: impl Fn(Pace) -> Pace) {
        let mut bits = self.pace.load(Relaxed);
        loop {
            let before = Pace::from_bits(bits);
            let learnt = learn(before);
            let cut = learnt.is_too_fast(turn.epoch);
            // A request that was sent before everyone was held or slowed down tells nothing new, but for a trial.
            let fresh = turn.tries || turn.epoch == before.epoch;
            let hints = Hints::from_bits(self.hints.load(Relaxed));
            let (trust, length) =
                hints.refused(if fresh { hint } else { 0 }, learnt.gap_nanos(), self.trial(turn, now));
            let until = now.saturating_add(length);
            let held = length > 0 && until > reachable(self.hold.load(Relaxed), now);
            let after = if cut {
                learnt.cut()
            } else if held {
                learnt.held()
            } else {
                learnt
            };
            // The times come before the pace: whoever sees the new pace sees the times that belong to it, or a success
            // would take a time from before a calm for an outage, and undo the cut. Where another answer changes the
            // pace first, the times are at most a little late.
            let begun = before.is_calm() && !after.is_calm();
            if held {
                advance(&self.hold, now, until);
            }
            // Nobody is served while everyone is held: what is counted from here is counted from the end of it.
            let from = if held { until } else { now };
            if begun || cut || held {
                advance(&self.cut_at, now, from);
            }
            if begun || held {
                advance(&self.last_ok, now, from);
            }
            if let Err(current) = self.pace.compare_exchange(bits, after.to_bits(), Release, Relaxed) {
                bits = current;
                continue;
            }
            if trust != hints {
                self.hints.store(trust.to_bits(), Relaxed);
            }
            // Not in one step with the pace. Who asks in between finds an old turn: at worst one request is made too
            // early, or one turn too late within the horizon.
            if cut || held {
                self.next.store(now.saturating_add(after.gap_nanos()), Relaxed);
            }
            return;
        }
    }

    /// What the answer to a request says about the one that tries a hint.
    fn trial(&self, turn: &Turn, now: u64) -> Trial {
        if turn.tries {
            Trial::This
        } else if since(self.hold.load(Relaxed), now) > TRIAL {
            Trial::Lost
        } else {
            Trial::Other
        }
    }
}

/// How long `then` is past at `now`. What lies ahead out of reach was another clock, before it was set back.
fn since(then: u64, now: u64) -> u64 {
    if then.saturating_sub(now) > UNREACHABLE { u64::MAX } else { now.saturating_sub(then) }
}

/// A time that lies ahead, if it can be reached.
fn reachable(then: u64, now: u64) -> u64 {
    if then.saturating_sub(now) > UNREACHABLE { 0 } else { then }
}

/// Moves a time on, and never back, unless the clock was set back.
fn advance(time: &AtomicU64, now: u64, to: u64) {
    let old = time.fetch_max(to, Relaxed);
    if old.saturating_sub(now) > UNREACHABLE {
        time.store(to, Relaxed);
    }
}

#[cfg(not(all(test, loom)))]
impl Default for Upstream {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pace, max_wait, budget, .. } = self;
        let pace = Pace::from_bits(pace.load(Relaxed));
        f.debug_struct("Upstream")
            .field("pace", &pace)
            .field("max_wait", max_wait)
            .field("budget", budget)
            .finish_non_exhaustive()
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
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// When the call first queued.
    since: u64,
    /// When it began to queue for this turn.
    queued: u64,
    /// Until when it was told to sleep.
    until: u64,
    /// In which epoch its turn was reserved, or else its request sent. For the latter the time would do as well, but
    /// in calm a call would have to read the clock for it.
    epoch: u16,
    place: Place,
    /// Its request tries whether a hint is true.
    tries: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It has never queued.
    New,
    /// It had its turn.
    Sent,
    /// It queues, and has no turn.
    Queueing,
    /// It sleeps until its turn.
    Reserved,
}

impl Turn {
    /// A call that has not queued.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { since: 0, queued: 0, until: 0, epoch: 0, place: Place::New, tries: false }
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
    fn take(&mut self, epoch: u16) -> Answer {
        if self.place != Place::New {
            self.place = Place::Sent;
        }
        self.epoch = epoch;
        Answer::Go
    }
}

impl Default for Turn {
    fn default() -> Self {
        Self::new()
    }
}
