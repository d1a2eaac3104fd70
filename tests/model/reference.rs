//! What a call does, as the documentation says it: a reference that knows nothing of how persevere does it.
//!
//! Times are in nanoseconds since the call began.

use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

/// The keys of a call. Durations are in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    pub max: u32,
    pub initial: u64,
    pub factor: f64,
    pub cap: Option<u64>,
    pub jitter: Jitter,
    pub max_retry_after: u64,
    pub deadline: Option<u64>,
    pub timeout: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub enum Jitter {
    Fraction(f64),
    Decorrelated,
}

/// How an attempt ends, if its timeout lets it.
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
    RetryIn(u64),
    RetryAfter(u64),
    Throttled(Option<u64>),
}

/// An attempt: how long it takes, and how it ends.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    pub length: u64,
    pub end: End,
}

/// What `notify` is told after an attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    Wait { wait: u64, asked: Option<u64> },
    GiveUp(Reason),
    Success,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason {
    NotRetryable,
    Attempts,
    RetryAfterTooLong,
    Deadline,
}

/// What can be seen of a call: when each attempt begins, what is told after it, and whether the last one succeeded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub begun: Vec<u64>,
    pub told: Vec<Next>,
    pub good: bool,
}

/// The call of a function whose attempts end as the script says. Whatever comes after the script succeeds.
pub fn call(keys: &Keys, script: &[Attempt], random: &mut Xoshiro256PlusPlus) -> Seen {
    let factor = if keys.factor >= 1.0 { keys.factor } else { 1.0 };
    let cap = keys.cap.unwrap_or_else(|| keys.initial.max(60_000_000_000));
    let first = keys.initial.min(cap);
    let (mut seen, mut now, mut before) = (Seen::default(), 0, 0);
    for number in 1.. {
        seen.begun.push(now);
        let attempt = script.get(seen.begun.len() - 1).copied().unwrap_or(Attempt { length: 0, end: End::Good });
        // An attempt gets the smaller of its timeout and of the time that the deadline leaves.
        let left = keys.deadline.map_or(u64::MAX, |deadline| deadline.saturating_sub(now));
        let limit = keys.timeout.map_or(u64::MAX, |timeout| whole_milliseconds(timeout.min(left)));
        let length = attempt.length.min(limit);
        now += length;
        let verdict = match attempt.end {
            // An attempt that is cut short fails with an error that is retried.
            _ if attempt.length > limit => Verdict::Retry,
            End::Good => {
                seen.told.extend((number > 1).then_some(Next::Success));
                seen.good = true;
                return seen;
            }
            End::Bad => Verdict::Retry,
            End::Fails(verdict) => verdict,
        };
        let asked = match verdict {
            Verdict::RetryAfter(wait) | Verdict::Throttled(Some(wait)) => Some(wait),
            _ => None,
        };
        let reason = match asked {
            _ if verdict == Verdict::Stop => Some(Reason::NotRetryable),
            _ if number >= keys.max.max(1) => Some(Reason::Attempts),
            Some(wait) if wait > keys.max_retry_after => Some(Reason::RetryAfterTooLong),
            _ => None,
        };
        if let Some(reason) = reason {
            seen.told.push(Next::GiveUp(reason));
            return seen;
        }
        let ceiling = nanos(number_of(keys.initial) * factor.powf(f64::from(number - 1))).min(cap);
        // The policy's own wait, under its ceiling; it is added to the server's, and `RetryIn` takes its place.
        let mut own = match keys.jitter {
            Jitter::Decorrelated => drawn(keys.initial, 3 * before.max(keys.initial), random).min(cap),
            Jitter::Fraction(0.0) if asked.is_some() => 0,
            Jitter::Fraction(fraction) => drawn(ceiling - part(ceiling, fraction), ceiling, random),
        };
        let wait = |own| match verdict {
            Verdict::RetryIn(wait) => wait,
            _ => asked.unwrap_or(0) + own,
        };
        if let Some(deadline) = keys.deadline
            && now + wait(own) > deadline
        {
            // It is drawn anew under the room that is left, while that is at least `initial`.
            let room = deadline.checked_sub(now + asked.unwrap_or(0) + length);
            let Some(room) = room.filter(|room| *room >= first && !matches!(verdict, Verdict::RetryIn(_))) else {
                seen.told.push(Next::GiveUp(Reason::Deadline));
                return seen;
            };
            own = match keys.jitter {
                Jitter::Decorrelated => drawn(first, room, random),
                Jitter::Fraction(fraction) => drawn(room - part(room, fraction), room, random),
            };
        }
        before = own;
        seen.told.push(Next::Wait { wait: wait(own), asked });
        now += wait(own);
    }
    unreachable!("every script ends")
}

/// A number between the two, at random if there is a choice.
fn drawn(low: u64, high: u64, random: &mut Xoshiro256PlusPlus) -> u64 {
    if low == high { high } else { high - part(high - low, random.random()) }
}

/// A timer knows whole milliseconds, and rings no earlier than it is asked to.
fn whole_milliseconds(nanos: u64) -> u64 {
    nanos.div_ceil(1_000_000).saturating_mul(1_000_000)
}

fn part(of: u64, fraction: f64) -> u64 {
    nanos(number_of(of) * fraction)
}

#[expect(clippy::cast_precision_loss, reason = "the durations are shorter than 104 days")]
fn number_of(nanos: u64) -> f64 {
    nanos as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, as it is meant to here")]
fn nanos(number: f64) -> u64 {
    number.round() as u64
}
