//! The running attempt, as the body sees it.

use std::fmt;
use std::time::Duration;

use crate::clocks::Instant;

/// The running attempt, as the body sees it under the name that `attempt = ...` gives it.
///
/// ```
/// use persevere::retry;
///
/// #[retry(max = 3, initial = "0s", attempt = attempt)]
/// fn order(model: &str) -> std::io::Result<String> {
///     if attempt.number() == 1 {
///         return Err(std::io::ErrorKind::TimedOut.into());
///     }
///     // The last attempt makes do with less.
///     let model = if attempt.is_last() { "small" } else { model };
///     Ok(format!("{model}, retry count {}", attempt.retries()))
/// }
///
/// assert_eq!(order("large").unwrap(), "large, retry count 1");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    number: u32,
    max: u32,
    waited: Duration,
    deadline: Option<Deadline>,
}

impl Attempt {
    pub(crate) fn new(number: u32, max: u32, waited: Duration, deadline: Option<Deadline>) -> Self {
        Self { number, max, waited, deadline }
    }

    /// Its number; the first is 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// How many came before it: 0 for the first. It is what the OpenAI SDKs send as `x-stainless-retry-count`.
    #[must_use]
    pub const fn retries(&self) -> u32 {
        self.number - 1
    }

    /// The most attempts that the call makes.
    #[must_use]
    pub const fn max(&self) -> u32 {
        self.max
    }

    /// Whether it is attempt number `max`, which no other follows. An earlier attempt may turn out to be the last: that
    /// an error is not retried, or that a deadline comes too soon, shows only when it has ended.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        self.number >= self.max
    }

    /// The wait that came before it; zero before the first.
    #[must_use]
    pub const fn waited(&self) -> Duration {
        self.waited
    }

    /// The time from now until the call's deadline: zero if it has passed, `None` if the call has none. It reads the
    /// clock each time it is called.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.deadline.as_ref().map(Deadline::left)
    }
}

impl fmt::Display for Attempt {
    /// `2 of 5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.number, self.max)
    }
}

/// The moment of a call's deadline.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    end: Instant,
    now: fn() -> Instant,
}

impl Deadline {
    pub(crate) const fn new(end: Instant, now: fn() -> Instant) -> Self {
        Self { end, now }
    }

    /// The time until then; zero if it has passed.
    pub(crate) fn left(&self) -> Duration {
        self.end.saturating_duration_since((self.now)())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_knows_its_place_in_the_call() {
        let second = Attempt::new(2, 5, Duration::from_secs(3), None);
        assert_eq!((second.number(), second.retries(), second.max(), second.is_last()), (2, 1, 5, false));
        assert_eq!((second.waited(), second.left()), (Duration::from_secs(3), None));
        assert_eq!(second.to_string(), "2 of 5");
        let last = Attempt::new(5, 5, Duration::ZERO, None);
        assert_eq!((last.retries(), last.max(), last.is_last()), (4, 5, true));
    }

    #[test]
    fn what_is_left_until_a_deadline_ends_at_zero() {
        static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
        let left = |end| {
            let deadline = Deadline::new(*START + Duration::from_secs(end), || *START + Duration::from_secs(2));
            Attempt::new(1, 2, Duration::ZERO, Some(deadline)).left()
        };
        assert_eq!([left(5), left(1)], [Some(Duration::from_secs(3)), Some(Duration::ZERO)]);
    }
}
