//! A limit that is declared, or that the service states. It is kept by the generic cell rate algorithm (GCRA).

use std::time::Duration;

use super::atomic::{AtomicU64, Ordering::Relaxed};
use super::time::{SECOND, UNREACHABLE, since};

/// How much of something the service allows, and what this process has taken of it. Times are in nanoseconds.
pub(super) struct Limit {
    declared: Option<Rate>,
    /// The time from one unit to the next, as the service states it: the bits of an `f64`. Zero if it has stated none.
    interval: AtomicU64,
    /// The size of the limit, as the service states it.
    most: AtomicU64,
    /// When the service last stated no more than what is believed.
    confirmed: AtomicU64,
    /// When the whole burst is available again: the theoretical arrival time of the algorithm.
    full: AtomicU64,
}

/// The burst: what the limit lets through in this time may be taken at once. A single call may take more.
const BURST: u64 = SECOND;
/// Answers come late and out of order. So a limit that is higher than before is only believed after no lower one was
/// stated for this long.
const RAISED_AFTER: u64 = 5 * SECOND;
/// Intervals that differ by less than one part in this many are of one limit, and differ by rounding.
const TOLERANCE: f64 = 32.0;
/// No call waits longer than this because of a header. If the limit is really used up, the next request is refused too.
pub(super) const LONGEST: u64 = 60 * SECOND;

/// How much a limit lets through.
#[derive(Clone, Copy, Debug)]
struct Rate {
    interval: f64,
    most: u64,
    declared: bool,
}

/// What the headers of an answer state of a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StatedLimit {
    /// The size of the limit.
    pub limit: u64,
    /// What is left of it now.
    pub remaining: u64,
    /// How fast it comes back.
    pub refill: Refill,
}

/// How a limit comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Refill {
    /// Little by little. The duration is the time until the limit is full again.
    Steady(Duration),
    /// All at once, after this duration.
    Window(Duration),
    /// Little by little: the whole limit in each such period.
    Every(Duration),
}

impl Limit {
    #[cfg(not(all(test, loom)))]
    pub(super) const fn new() -> Self {
        Self {
            declared: None,
            interval: AtomicU64::new(0),
            most: AtomicU64::new(0),
            confirmed: AtomicU64::new(0),
            full: AtomicU64::new(0),
        }
    }

    #[cfg(all(test, loom))]
    pub(super) fn new() -> Self {
        let [interval, most, confirmed, full] = std::array::from_fn(|_| AtomicU64::new(0));
        Self { declared: None, interval, most, confirmed, full }
    }

    /// `most` in every `per`. A `most` of zero is taken as one. With a `per` of zero there is no limit.
    #[cfg(not(all(test, loom)))]
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no 53 bits")]
    pub(super) const fn declared(most: u64, per: Duration) -> Self {
        let most = if most == 0 { 1 } else { most };
        let interval = per.as_nanos() as f64 / most as f64;
        Self {
            declared: if per.is_zero() { None } else { Some(Rate { interval, most, declared: true }) },
            ..Self::new()
        }
    }

    /// The rate that holds: of the declared and the stated one the stricter. `None` if there is neither.
    fn rate(&self) -> Option<Rate> {
        let interval = f64::from_bits(self.interval.load(Relaxed));
        let told = (interval > 0.0).then(|| Rate { interval, most: self.most.load(Relaxed).max(1), declared: false });
        match (self.declared, told) {
            (Some(declared), Some(told)) if declared.interval < told.interval => Some(told),
            (Some(declared), _) => Some(declared),
            (None, told) => told,
        }
    }

    /// How much is let through in a second; `None` if no limit is known.
    pub(super) fn per_second(&self) -> Option<f64> {
        self.rate().map(|rate| 1e9 / rate.interval)
    }

    /// The time from one unit to the next; zero if no limit is known.
    pub(super) fn interval(&self) -> u64 {
        self.rate().map_or(0, |rate| nanos(rate.interval))
    }

    /// When a call of this cost may go, not before `at`.
    pub(super) fn turn(&self, cost: u64, at: u64, now: u64) -> u64 {
        self.rate().map_or(at, |rate| rate.turn(cost, self.full.load(Relaxed), at, now))
    }

    /// Takes the cost, and returns when the call may go: not before `at`.
    pub(super) fn take(&self, cost: u64, at: u64, now: u64) -> u64 {
        let Some(rate) = self.rate() else { return at };
        if cost == 0 {
            return at;
        }
        let mut full = self.full.load(Relaxed);
        loop {
            let turn = rate.turn(cost, full, at, now);
            let after = rate.reachable(full, now).max(turn).saturating_add(rate.time(cost));
            match self.full.compare_exchange(full, after, Relaxed, Relaxed) {
                Ok(_) => return turn,
                Err(current) => full = current,
            }
        }
    }

    /// Learns what the service states of this limit. Returns whether the limit is lower than was believed.
    pub(super) fn learn(&self, stated: StatedLimit, now: u64) -> bool {
        let StatedLimit { limit, remaining, refill } = stated;
        if limit == 0 {
            return false;
        }
        let remaining = remaining.min(limit);
        let interval = interval(limit, remaining, refill);
        let lower = interval.is_some_and(|interval| self.learn_interval(interval, limit, now));
        self.learn_remaining(remaining, refill, now);
        lower
    }

    /// Returns whether the limit is lower than was believed. `most` is stored together with its interval: `Rate::time`
    /// caps a cost at `most`, and with an old one an expensive call could take less than its time.
    fn learn_interval(&self, interval: f64, most: u64, now: u64) -> bool {
        let known = f64::from_bits(self.interval.load(Relaxed));
        let (lower, higher) = (known * (1.0 + 1.0 / TOLERANCE), known * (1.0 - 1.0 / TOLERANCE));
        if known == 0.0 || interval > lower {
            self.most.store(most, Relaxed);
            self.interval.store(interval.to_bits(), Relaxed);
            self.confirmed.store(now, Relaxed);
            return known != 0.0;
        }
        if interval > higher {
            self.most.store(most, Relaxed);
            self.confirmed.store(now, Relaxed);
        } else if since(self.confirmed.load(Relaxed), now) > RAISED_AFTER {
            self.most.store(most, Relaxed);
            self.interval.store(interval.to_bits(), Relaxed);
            self.confirmed.store(now, Relaxed);
        }
        false
    }

    /// Whether so little is left that those who share the limit had better slow down before they are refused: less than
    /// a quarter of it, and less than what two seconds bring back.
    pub(super) fn is_short(&self, stated: StatedLimit) -> bool {
        let soon = self.per_second().unwrap_or(0.0) * 2.0;
        let few = (stated.limit / 4).min(nanos(soon));
        !matches!(stated.refill, Refill::Window(_)) && stated.remaining < few
    }

    /// Takes what is left for all that share the limit as the most that is left for this process. This never raises
    /// what is believed to be left, because an answer may be old.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no 53 bits")]
    fn learn_remaining(&self, remaining: u64, refill: Refill, now: u64) {
        let Some(rate) = self.rate() else { return };
        let said = f64::from_bits(self.interval.load(Relaxed));
        // If the service has stated no interval, as it does not while all of the limit is left, the declared one is
        // used.
        let rest = if said > 0.0 { said } else { rate.interval } * remaining as f64;
        let wait = match refill {
            Refill::Window(end) if remaining == 0 => u64::try_from(end.as_nanos()).unwrap_or(u64::MAX).min(LONGEST),
            _ => 0,
        };
        self.full.fetch_max(now.saturating_add(wait).saturating_add(rate.burst().saturating_sub(nanos(rest))), Relaxed);
    }
}

impl Rate {
    /// In how long `cost` comes back. A cost above the whole limit counts as the whole limit.
    #[expect(clippy::cast_precision_loss, reason = "a rate needs no 53 bits")]
    fn time(self, cost: u64) -> u64 {
        let time = nanos(self.interval * cost.min(self.most) as f64);
        // What a service states may be absurd, so that the time is capped. A declared limit is trusted.
        if self.declared { time } else { time.min(LONGEST) }
    }

    /// The burst as a time: how long the limit needs for what may be taken at once, which is at most all of it.
    fn burst(self) -> u64 {
        self.time(self.most).min(BURST)
    }

    /// When a call of this cost may go, not before `at`.
    fn turn(self, cost: u64, full: u64, at: u64, now: u64) -> u64 {
        let ahead = self.burst().saturating_sub(self.time(cost));
        if cost == 0 { at } else { at.max(self.reachable(full, now).saturating_sub(ahead)) }
    }

    /// `full`, or 0 if it lies impossibly far ahead: then it was stored before the clock was set back.
    fn reachable(self, full: u64, now: u64) -> u64 {
        let farthest = self.time(self.most).saturating_mul(2).saturating_add(UNREACHABLE);
        if full.saturating_sub(now) > farthest { 0 } else { full }
    }
}

/// The time from one unit to the next, as the service states it; `None` if it states none.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no 53 bits")]
fn interval(limit: u64, remaining: u64, refill: Refill) -> Option<f64> {
    // If nothing is left, the whole limit comes back at the end of the window.
    let window = |end: Duration| end.as_nanos() as f64 / if remaining == 0 { limit } else { remaining } as f64;
    let interval = match refill {
        Refill::Every(period) => period.as_nanos() as f64 / limit as f64,
        Refill::Window(end) => window(end),
        Refill::Steady(_) if remaining >= limit => return None,
        Refill::Steady(full) => match period(limit, remaining, full) {
            Some(period) => period / limit as f64,
            None => window(full),
        },
    };
    (interval > 0.0).then_some(interval)
}

const SECONDS: f64 = 1e9;
/// The periods that limits are stated for, the most likely first.
const PERIODS: [f64; 4] = [60.0 * SECONDS, SECONDS, 3_600.0 * SECONDS, 86_400.0 * SECONDS];

/// The period in which all of the limit comes back, if what is missing comes back in `full`. A time of whole seconds
/// may have been rounded, so that a usual period within the rounding is taken. `None` for any other period of more than
/// 75 seconds: then what the service calls a refill is the end of a window.
#[expect(clippy::cast_precision_loss, reason = "a rate needs no 53 bits")]
fn period(limit: u64, remaining: u64, full: Duration) -> Option<f64> {
    let share = (limit - remaining) as f64 / limit as f64;
    let rounding = if full.subsec_nanos() == 0 { SECONDS } else { SECONDS / 1_000.0 };
    let full = full.as_nanos() as f64;
    let (least, most) = ((full - rounding) / share, (full + rounding) / share);
    let usual = PERIODS.into_iter().find(|period| (least..=most).contains(period));
    usual.or(Some(full / share).filter(|period| *period <= 1.25 * PERIODS[0]))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, and nothing is negative")]
fn nanos(time: f64) -> u64 {
    time.ceil() as u64
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn seconds(interval: Option<f64>) -> Option<f64> {
        interval.map(|interval| interval / SECONDS)
    }

    #[test]
    fn the_time_of_one_is_what_the_service_says() {
        let steady = |milliseconds| Refill::Steady(Duration::from_millis(milliseconds));
        for (limit, remaining, refill, expected) in [
            (30, 7, Refill::Every(MINUTE), Some(2.0)),
            (30, 20, Refill::Window(MINUTE), Some(3.0)),
            (30, 0, Refill::Window(MINUTE), Some(2.0)),
            (30, 30, steady(0), None),
            // A fourth of it in fifteen seconds.
            (30, 22, steady(15_999), Some(2.0)),
            // All of it in 40 s, which is no usual period, and in 75 s, which is the longest that is not a window.
            (30, 15, steady(20_010), Some(40.02 / 30.0)),
            (100, 20, steady(60_000), Some(0.75)),
            // A third of it in twenty minutes: an hour is a usual period.
            (30, 20, steady(1_200_000), Some(120.0)),
            // All of it in 90 s: it is what is left of a window.
            (30, 15, steady(45_010), Some(45.01 / 15.0)),
            (30, 15, Refill::Window(Duration::ZERO), None),
        ] {
            let read = seconds(interval(limit, remaining, refill));
            let close = read.zip(expected).is_some_and(|(read, expected)| (read - expected).abs() < 1e-9);
            assert!(close || read == expected, "{limit} {remaining} {refill:?}: {read:?}");
        }
    }

    fn every(seconds: u64) -> StatedLimit {
        StatedLimit { limit: 32, remaining: 32, refill: Refill::Every(Duration::from_secs(seconds)) }
    }

    #[test]
    fn a_thirty_second_more_or_less_is_the_same() {
        let limit = Limit::new();
        // One a second.
        assert!(!limit.learn(every(32), 0), "there was none before");
        for (stated, lower, rate) in [(33, false, 1.0), (31, false, 1.0), (34, true, 32.0 / 34.0)] {
            assert_eq!((limit.learn(every(stated), 0), limit.per_second()), (lower, Some(rate)), "{stated}");
        }
    }

    #[test]
    fn more_is_believed_after_more_than_five_seconds() {
        for (at, rate) in [(RAISED_AFTER, 1.0), (RAISED_AFTER + 1, 2.0)] {
            let limit = Limit::new();
            limit.learn(every(32), 0);
            assert!(!limit.learn(every(16), at));
            assert_eq!(limit.per_second(), Some(rate), "{at}");
        }
    }

    #[test]
    fn what_is_told_at_the_declared_rate_takes_nothing_of_what_goes_at_once() {
        let limit = Limit::declared(600, MINUTE);
        limit.learn(StatedLimit { limit: 1, remaining: 1, refill: Refill::Every(Duration::from_millis(100)) }, 0);
        assert_eq!(limit.rate().map(|rate| (rate.interval, rate.most, rate.declared)), Some((1e8, 600, true)));
    }

    #[test]
    fn little_is_less_than_a_fourth_and_than_two_seconds_bring_back() {
        let short =
            |limit: &Limit, most, remaining, refill| limit.is_short(StatedLimit { limit: most, remaining, refill });
        let every = Refill::Every(MINUTE);
        // Ten a second.
        let fast = Limit::declared(600, MINUTE);
        assert_eq!([19, 20].map(|remaining| short(&fast, 600, remaining, every)), [true, false]);
        assert_eq!([9, 10].map(|remaining| short(&fast, 40, remaining, every)), [true, false]);
        assert!(!short(&fast, 600, 0, Refill::Window(MINUTE)), "it comes back all at once");
        // One in two seconds: in two seconds it is one.
        let slow = Limit::declared(30, MINUTE);
        assert_eq!([0, 1].map(|remaining| short(&slow, 30, remaining, every)), [true, false]);
    }

    #[test]
    fn only_an_empty_window_is_waited_for() {
        let full = |remaining| {
            let limit = Limit::declared(60, MINUTE);
            limit.learn(StatedLimit { limit: 60, remaining, refill: Refill::Window(MINUTE) }, 0);
            limit.full.load(Relaxed)
        };
        assert_eq!([full(0), full(1), full(60)], [61 * SECOND, 0, 0]);
    }

    #[test]
    fn what_is_left_of_a_higher_limit_is_counted_at_its_rate() {
        let limit = Limit::declared(600, MINUTE);
        // Twenty a second, of which one is left: a twentieth of the second that goes at once.
        limit.learn(StatedLimit { limit: 1_200, remaining: 1, refill: Refill::Every(MINUTE) }, 0);
        assert_eq!(limit.full.load(Relaxed), SECOND - SECOND / 20);
    }

    #[test]
    fn what_was_told_is_what_is_left_where_more_is_declared() {
        let limit = Limit::declared(600, MINUTE);
        // Five a second, of which one is left: a fifth of the second that goes at once.
        limit.learn(StatedLimit { limit: 300, remaining: 1, refill: Refill::Every(MINUTE) }, 0);
        assert_eq!(limit.full.load(Relaxed), SECOND - SECOND / 5);
    }

    #[test]
    fn a_time_that_no_limit_reaches_was_another_clock() {
        let rate = Rate { interval: SECONDS, most: 10, declared: true };
        let farthest = 20 * SECOND + UNREACHABLE;
        assert_eq!([farthest, farthest + 1].map(|full| rate.reachable(full, 0)), [farthest, 0]);
    }
}
