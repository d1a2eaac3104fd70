//! What a call does, as the documentation says it, in a page: a reference to compare persevere with.
//!
//! It has no code in common with persevere, except for the random numbers. Waits are compared to the nanosecond, so that
//! three choices that the documentation leaves open are repeated here: the generator that a seed stands for, that each
//! wait with a random part takes one number, which leads down from the longest wait, and that products are rounded to
//! the nearest nanosecond. Whether waits that are drawn like this are spread as they should be is tested in `waits.rs`.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

/// The keys of a call, and what they meet.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    pub max: i64,
    pub initial: Duration,
    pub factor: f64,
    pub cap: Option<Duration>,
    pub jitter: Jitter,
    pub max_retry_after: Duration,
    pub deadline: Option<Duration>,
    pub timeout: Option<Duration>,
    /// Whether there is an `until`, which refuses bad values.
    pub until: bool,
    /// Whether `notify` is also told that a call succeeded after it was retried.
    pub success: bool,
    /// The wait at which `sleep` ends the call, counted from 1. Waits of zero do not count.
    pub stops: Option<u32>,
    /// How long the classifier takes each time, and `notify` too.
    pub hook: Duration,
    pub waits: Waits,
}

#[derive(Clone, Copy, Debug)]
pub enum Jitter {
    Fraction(f64),
    Decorrelated,
}

/// What becomes of the waits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Waits {
    /// They are recorded. A `sleep` is not called.
    Recorded,
    /// A `sleep` counts them.
    Counted,
    /// A timer measures them.
    Timed,
}

/// An attempt: how long it takes, and how it ends if its timeout lets it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub length: Duration,
    pub end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    Good,
    /// A value that `until` refuses.
    Bad,
    Fails(Verdict),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    Stop,
    Retry,
    RetryIn(Duration),
    RetryAfter(Duration),
    Throttled(Option<Duration>),
}

/// What `notify` is told after an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    Wait { wait: Duration, asked: Option<Duration> },
    GiveUp(Reason),
    Success,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    NotRetryable,
    Attempts,
    RetryAfterTooLong,
    Deadline,
    Stopped,
}

/// The value or the error of an attempt: its number. It is 0 if the attempt was cut short.
pub type Outcome = Result<u32, u32>;

/// What can be seen of a call. Times are counted from its beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// When each attempt begins.
    pub begun: Vec<Duration>,
    /// What `attempt` and `previous` are in each attempt.
    pub bound: Vec<Bound>,
    /// The errors that the classifier is asked about.
    pub judged: Vec<u32>,
    /// What `notify` is told: the number of the attempt, its error, and what happens next.
    pub told: Vec<(u32, Option<u32>, Next)>,
    /// What the last attempt returned, and so the call.
    pub returned: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    pub number: u32,
    pub last: bool,
    pub waited: Duration,
    pub left: Option<Duration>,
    pub previous: Option<Outcome>,
}

/// The call of a function whose attempts end as the script says. Whatever comes after the script succeeds.
pub fn call(keys: &Keys, script: &[Attempt], random: &mut Xoshiro256PlusPlus) -> Seen {
    let (mut seen, mut now, mut due, mut own) = (Seen::default(), Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut waited, mut waits) = (Duration::ZERO, 0);
    for number in 1.. {
        let left = keys.deadline.map(|deadline| deadline.saturating_sub(now));
        let last = i64::from(number) >= keys.max;
        seen.begun.push(now);
        seen.bound.push(Bound { number, last, waited, left, previous: seen.returned });
        let attempt = script.get(seen.begun.len() - 1).copied().unwrap_or(Attempt::GOOD);
        // An attempt gets the smaller of its timeout and of the time that the deadline leaves. The longest is no timeout.
        let timeout = keys.timeout.filter(|timeout| *timeout != Duration::MAX);
        let limit = timeout.map_or(Duration::MAX, |limit| whole_milliseconds(limit.min(left.unwrap_or(limit))));
        now = now.saturating_add(attempt.length.min(limit));
        let (outcome, verdict) = match attempt.end {
            // An attempt that is cut short fails with an error that is retried.
            _ if attempt.length > limit => (Err(0), Some(Verdict::Retry)),
            End::Fails(verdict) => (Err(number), Some(verdict)),
            End::Bad if keys.until => (Ok(number), Some(Verdict::Retry)),
            End::Good | End::Bad => (Ok(number), None),
        };
        seen.returned = Some(outcome);
        let error = outcome.err();
        if let Some(error) = error {
            seen.judged.push(error);
            now = now.saturating_add(keys.hook);
        }
        let Some(verdict) = verdict else {
            seen.told.extend((keys.success && number > 1).then_some((number, error, Next::Success)));
            return seen;
        };
        let next = next(keys, number, verdict, now, now.saturating_sub(due), &mut own, random);
        seen.told.push((number, error, next));
        now = now.saturating_add(keys.hook);
        let Next::Wait { wait, .. } = next else { return seen };
        due = now.saturating_add(wait);
        waits += u32::from(!wait.is_zero());
        let reason = match (keys.deadline, keys.stops) {
            // The time that `notify` took counts.
            (Some(deadline), _) if due > deadline => Some(Reason::Deadline),
            (_, Some(stops)) if stops == waits && keys.waits != Waits::Recorded => Some(Reason::Stopped),
            _ => None,
        };
        if let Some(reason) = reason {
            seen.told.push((number, error, Next::GiveUp(reason)));
            return seen;
        }
        waited = wait;
        now = if keys.waits == Waits::Timed { now.saturating_add(whole_milliseconds(wait)) } else { due };
    }
    unreachable!("every script ends")
}

/// What follows an attempt that deserves `verdict`. `own` is the policy's own wait: the one before, then the next one.
fn next(
    keys: &Keys,
    number: u32,
    verdict: Verdict,
    now: Duration,
    length: Duration,
    own: &mut Duration,
    random: &mut Xoshiro256PlusPlus,
) -> Next {
    let asked = match verdict {
        Verdict::RetryAfter(wait) | Verdict::Throttled(Some(wait)) => Some(wait),
        _ => None,
    };
    match asked {
        _ if verdict == Verdict::Stop => return Next::GiveUp(Reason::NotRetryable),
        _ if i64::from(number) >= keys.max => return Next::GiveUp(Reason::Attempts),
        Some(wait) if wait > keys.max_retry_after => return Next::GiveUp(Reason::RetryAfterTooLong),
        _ => {}
    }
    // The longest wait before that decorrelated jitter remembers is one of 584 years.
    let before = keys.initial.max(*own).min(keys.initial.max(Duration::from_nanos(u64::MAX)));
    *own = match keys.jitter.fraction() {
        None => drawn(keys.initial, before.saturating_mul(3), random).min(keys.cap()),
        // Without jitter nothing is added to the server's wait.
        Some(0.0) if asked.is_some() => Duration::ZERO,
        Some(fraction) => drawn_under(keys.ceiling(number), fraction, random),
    };
    // The policy's own wait is added to the server's, and `RetryIn` takes its place.
    let wait = |own| match verdict {
        Verdict::RetryIn(wait) => wait,
        _ => asked.unwrap_or_default().saturating_add(own),
    };
    if let Some(deadline) = keys.deadline
        && now.saturating_add(wait(*own)) > deadline
    {
        // It is drawn anew under the room that is left, while that is at least `initial`.
        let taken = now.saturating_add(asked.unwrap_or_default()).saturating_add(length);
        let first = keys.ceiling(1);
        let room = deadline.checked_sub(taken).filter(|room| *room >= first);
        let (Some(room), false) = (room, matches!(verdict, Verdict::RetryIn(_))) else {
            return Next::GiveUp(Reason::Deadline);
        };
        *own = match keys.jitter.fraction() {
            None => drawn(first, room, random),
            Some(fraction) => drawn_under(room, fraction, random),
        };
    }
    Next::Wait { wait: wait(*own), asked }
}

impl Attempt {
    pub const GOOD: Self = Self { length: Duration::ZERO, end: End::Good };
}

impl Keys {
    pub fn cap(&self) -> Duration {
        self.cap.unwrap_or_else(|| self.initial.max(Duration::from_secs(60)))
    }

    /// `min(cap, initial · factor^(n-1))`
    fn ceiling(&self, n: u32) -> Duration {
        let factor = self.factor.max(1.0);
        let grown = if n == 1 || factor.fract() == 0.0 {
            duration(self.initial.as_nanos().saturating_mul(whole(factor).saturating_pow(n - 1)))
        } else {
            product(self.initial, factor.powf(f64::from(n - 1)))
        };
        grown.min(self.cap())
    }
}

impl Jitter {
    /// The fraction that is left to chance, the nearest in range. A decorrelated jitter has none.
    fn fraction(self) -> Option<f64> {
        match self {
            Self::Decorrelated => None,
            Self::Fraction(fraction) => Some(if fraction.is_nan() { 1.0 } else { fraction.clamp(0.0, 1.0) }),
        }
    }
}

fn drawn_under(ceiling: Duration, fraction: f64, random: &mut Xoshiro256PlusPlus) -> Duration {
    drawn(ceiling.saturating_sub(product(ceiling, fraction)), ceiling, random)
}

/// A duration between the two, at random if there is a choice.
fn drawn(low: Duration, high: Duration, random: &mut Xoshiro256PlusPlus) -> Duration {
    if low == high {
        return high;
    }
    let span = high.saturating_sub(low);
    high.saturating_sub(product(span, random.random()).min(span))
}

/// A timer knows whole milliseconds, and rings no earlier than it is asked to.
fn whole_milliseconds(exact: Duration) -> Duration {
    duration(exact.as_nanos().div_ceil(1_000_000) * 1_000_000)
}

#[expect(clippy::cast_precision_loss, reason = "a product is as exact as an `f64` is")]
fn product(of: Duration, by: f64) -> Duration {
    duration(whole(of.as_nanos() as f64 * by))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, as it is meant to here")]
fn whole(number: f64) -> u128 {
    number.round() as u128
}

fn duration(nanos: u128) -> Duration {
    let rest = (nanos % 1_000_000_000) as u32;
    u64::try_from(nanos / 1_000_000_000).map_or(Duration::MAX, |seconds| Duration::new(seconds, rest))
}
