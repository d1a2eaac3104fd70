//! How often a call is tried, and how long it waits in between.

use std::time::Duration;

use crate::values::{Integer, Limit, Number};
use crate::{Jitter, nanos};

/// How often a call is tried and how long it waits in between: what the keys of `#[retry]` say, as a value.
///
/// Every method is `const`, so that a policy which many functions share can be a constant. A function's own keys
/// override it:
///
/// ```
/// use std::time::Duration;
/// use persevere::{Jitter, Policy, retry};
///
/// const PATIENT: Policy =
///     Policy::new().max(8).initial(Duration::from_secs(2)).jitter(Jitter::Equal);
///
/// #[retry(policy = PATIENT, cap = "30s")]
/// fn fetch() -> std::io::Result<String> {
///     Ok("done".to_owned())
/// }
/// # assert_eq!(fetch().unwrap(), "done");
/// ```
///
/// No value is rejected: one out of range counts as the nearest in range, as each method says.
///
/// [`retry`](Self::retry) and [`retry_blocking`](Self::retry_blocking) retry a closure under the policy. With the
/// feature `serde`, a policy can be read from a [configuration
/// file](https://docs.rs/persevere/latest/persevere/guide/configuration/index.html).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    pub(crate) max: u32,
    pub(crate) initial: Duration,
    pub(crate) factor: f64,
    pub(crate) cap: Option<Duration>,
    pub(crate) jitter: Jitter,
    pub(crate) max_retry_after: Duration,
    pub(crate) deadline: Option<Duration>,
    pub(crate) notify_success: bool,
}

impl Policy {
    /// At most 3 attempts, waits of up to 500 ms and 1 s with full jitter, server-directed waits of up to 120 s.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max: 3,
            initial: Duration::from_millis(500),
            factor: 2.0,
            cap: None,
            jitter: Jitter::Full,
            max_retry_after: Duration::from_secs(120),
            deadline: None,
            notify_success: false,
        }
    }

    /// The number of attempts in total, the first one included. Default 3; 0 counts as 1.
    #[must_use]
    pub const fn max(mut self, calls: u32) -> Self {
        self.max = if calls == 0 { 1 } else { calls };
        self
    }

    /// The ceiling of the first wait. Default 500 ms. Zero disables the policy's own waits; waits that an error names
    /// (`RetryAfter`, `Throttled`, `RetryIn`) still apply.
    #[must_use]
    pub const fn initial(mut self, ceiling: Duration) -> Self {
        self.initial = ceiling;
        self
    }

    /// How the ceiling grows from one wait to the next. Default 2; less than 1, or not a number, counts as 1.
    #[must_use]
    pub const fn factor(mut self, growth: f64) -> Self {
        self.factor = if growth >= 1.0 { growth } else { 1.0 };
        self
    }

    /// The ceiling never grows past it. Default 60 s, or `initial` if that is longer. A cap below `initial` also
    /// limits the first wait.
    #[must_use]
    pub const fn cap(mut self, longest: Duration) -> Self {
        self.cap = Some(longest);
        self
    }

    /// How a wait is drawn under its ceiling. Default [`Jitter::Full`].
    #[must_use]
    pub const fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = jitter;
        self
    }

    /// The longest wait that is accepted from the server. If it asks for more, the call returns its error at once.
    /// Default 120 s, as in the OpenAI SDKs.
    #[must_use]
    pub const fn max_retry_after(mut self, longest: Duration) -> Self {
        self.max_retry_after = longest;
        self
    }

    /// No attempt starts after this much time since the call began. Time spent in attempts, waits, predicates and hooks
    /// counts. A running attempt is not interrupted, unless it also has a `timeout`. Default: none.
    ///
    /// If the policy's own wait would end after the deadline, a shorter one is drawn. Its ceiling is the time left,
    /// minus the duration of the last attempt. If that is below `initial`, or if a wait that the server or
    /// [`Decision::RetryIn`](crate::Decision::RetryIn) names does not fit, the call gives up.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Policy, retry};
    ///
    /// const TEN_SECONDS: Policy =
    ///     Policy::new().max(u32::MAX).deadline(Duration::from_secs(10));
    ///
    /// #[retry(policy = TEN_SECONDS)]
    /// fn load() -> std::io::Result<u32> {
    ///     Ok(1)
    /// }
    /// # assert_eq!(load().unwrap(), 1);
    /// ```
    #[must_use]
    pub const fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Whether `notify` is also called when a call succeeds after it was retried, with [`Next::Success`](crate::Next).
    /// Default: no.
    ///
    /// ```
    /// use persevere::{Next, Policy, retry};
    ///
    /// const TELL: Policy = Policy::new().notify_success(true);
    ///
    /// #[retry(
    ///     policy = TELL,
    ///     initial = "0s",
    ///     notify = |event| seen.borrow_mut().push(event.next())
    /// )]
    /// fn load(seen: &std::cell::RefCell<Vec<Next>>) -> std::io::Result<()> {
    ///     if !seen.borrow().is_empty() {
    ///         return Ok(());
    ///     }
    ///     Err(std::io::ErrorKind::TimedOut.into())
    /// }
    ///
    /// let seen = std::cell::RefCell::default();
    /// load(&seen).unwrap();
    /// assert_eq!(seen.borrow().last(), Some(&Next::Success));
    /// ```
    #[must_use]
    pub const fn notify_success(mut self, told: bool) -> Self {
        self.notify_success = told;
        self
    }

    /// [`max`](Self::max) of an integer of any type, as a configuration holds it: one out of range counts as the
    /// nearest in range. `#[retry(max = ..)]` takes what this takes.
    ///
    /// The methods that begin with `with` take values known at run time, and are not `const`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// struct Config { retries: i64, deadline: Option<Duration>, factor: f32 }
    ///
    /// let config = Config { retries: 4, deadline: None, factor: 1.5 };
    /// let policy = Policy::new().with_max(config.retries + 1);
    /// let policy = policy.with_deadline(config.deadline).with_factor(config.factor);
    /// assert_eq!(policy, Policy::new().max(5).factor(1.5));
    /// assert_eq!(Policy::new().with_max(-1).get_max(), 1);
    /// ```
    #[must_use]
    pub fn with_max(self, calls: impl Integer) -> Self {
        self.max(calls.into_u32())
    }

    /// [`initial`](Self::initial) of a duration that may be absent: `None` changes nothing.
    #[must_use]
    pub fn with_initial(self, ceiling: impl Limit) -> Self {
        ceiling.into_limit().map_or(self, |ceiling| self.initial(ceiling))
    }

    /// [`factor`](Self::factor) of an `f64` or an `f32`.
    #[must_use]
    pub fn with_factor(self, growth: impl Number) -> Self {
        self.factor(growth.into_number())
    }

    /// [`cap`](Self::cap) of a duration that may be absent: with `None` the ceiling grows without limit.
    #[must_use]
    pub fn with_cap(self, longest: impl Limit) -> Self {
        self.cap(longest.into_limit().unwrap_or(Duration::MAX))
    }

    /// [`jitter`](Self::jitter) of a `Jitter` or a fraction, an `f64` or an `f32`.
    #[must_use]
    pub fn with_jitter(self, jitter: impl Into<Jitter>) -> Self {
        self.jitter(jitter.into())
    }

    /// [`max_retry_after`](Self::max_retry_after) of a duration that may be absent: with `None` every wait that a
    /// server names is accepted.
    #[must_use]
    pub fn with_max_retry_after(self, longest: impl Limit) -> Self {
        self.max_retry_after(longest.into_limit().unwrap_or(Duration::MAX))
    }

    /// [`deadline`](Self::deadline) of a duration that may be absent: with `None` the call has no limit.
    #[must_use]
    pub fn with_deadline(mut self, limit: impl Limit) -> Self {
        self.deadline = limit.into_limit();
        self
    }

    /// The number of attempts in total.
    #[must_use]
    pub const fn get_max(&self) -> u32 {
        self.max
    }

    /// The ceiling of the first wait.
    #[must_use]
    pub const fn get_initial(&self) -> Duration {
        self.initial
    }

    /// How the ceiling grows from one wait to the next.
    #[must_use]
    pub const fn get_factor(&self) -> f64 {
        self.factor
    }

    /// The longest ceiling.
    #[must_use]
    pub fn get_cap(&self) -> Duration {
        self.longest()
    }

    /// How a wait is drawn under its ceiling.
    #[must_use]
    pub const fn get_jitter(&self) -> Jitter {
        self.jitter
    }

    /// The longest wait that is accepted from the server.
    #[must_use]
    pub const fn get_max_retry_after(&self) -> Duration {
        self.max_retry_after
    }

    /// The limit of the whole call, if there is one.
    #[must_use]
    pub const fn get_deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Whether `notify` is also called when a call succeeds after it was retried.
    #[must_use]
    pub const fn get_notify_success(&self) -> bool {
        self.notify_success
    }

    /// The ceiling of wait `n`, the first being 1: `min(cap, initial · factor^(n-1))`, for every `n`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// let (second, cap) = (Duration::from_secs(1), Duration::from_secs(5));
    /// let policy = Policy::new().initial(second).cap(cap);
    /// let ceilings: Vec<u64> = (1..=5).map(|n| policy.ceiling(n).as_secs()).collect();
    /// assert_eq!(ceilings, [1, 2, 4, 5, 5]);
    /// ```
    #[must_use]
    pub fn ceiling(&self, n: u32) -> Duration {
        let exponent = n.saturating_sub(1);
        let grown = if exponent == 0 {
            self.initial
        } else if let Some(factor) = whole(self.factor) {
            // Floating-point numbers would be wrong by nanoseconds for waits of more than 104 days.
            nanos::to_duration(self.initial.as_nanos().saturating_mul(factor.saturating_pow(exponent)))
        } else {
            nanos::to_duration(nanos::rounded(nanos::approximate(self.initial) * self.factor.powf(exponent.into())))
        };
        grown.min(self.longest())
    }

    /// The cap, or, if none was set, its default.
    pub(crate) fn longest(&self) -> Duration {
        self.cap.unwrap_or_else(|| self.initial.max(Duration::from_secs(60)))
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

/// The factor as an integer, if it is one.
fn whole(factor: f64) -> Option<u128> {
    (factor.fract() == 0.0).then(|| nanos::rounded(factor))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const FOREVER: Policy = Policy::new().initial(SECOND).cap(Duration::MAX);

    #[test]
    fn ceilings_double_up_to_the_cap() {
        let policy = Policy::new().initial(SECOND);
        let ceilings: Vec<u64> = (1..=9).map(|n| policy.ceiling(n).as_secs()).collect();
        assert_eq!(ceilings, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn fractional_factors_round_to_the_nanosecond() {
        let policy = Policy::new().initial(Duration::from_millis(100)).factor(1.5);
        let ceilings: Vec<u128> = (1..=5).map(|n| policy.ceiling(n).as_nanos()).collect();
        assert_eq!(ceilings, [100_000_000, 150_000_000, 225_000_000, 337_500_000, 506_250_000]);
    }

    #[test]
    fn long_waits_are_exact() {
        let odd = Duration::new(u64::MAX / 4, 999_999_999);
        assert_eq!(FOREVER.initial(odd).ceiling(2), odd * 2);
        assert_eq!(FOREVER.initial(odd).ceiling(3), odd.saturating_mul(4));
        assert_eq!(FOREVER.factor(1.0).initial(odd).ceiling(u32::MAX), odd);
        assert_eq!(FOREVER.factor(3.0).ceiling(20), Duration::from_secs(3_u64.pow(19)));
    }

    #[test]
    fn the_last_ceiling_is_the_cap_whatever_the_factor() {
        for factor in [1.000_001, 1.5, 2.0, 10.0, 1e300, f64::MAX, f64::INFINITY] {
            for cap in [Duration::ZERO, SECOND, Duration::from_secs(60), Duration::MAX] {
                let policy = FOREVER.factor(factor).cap(cap);
                for n in [200, 1_000_000, u32::MAX] {
                    if factor > 1.4 {
                        assert_eq!(policy.ceiling(n), cap, "{factor} {n}");
                    } else {
                        assert!(policy.ceiling(n) <= cap, "{factor} {n}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_growth_of_almost_nothing_still_counts_after_four_billion_waits() {
        let grown = FOREVER.factor(1.0 + f64::EPSILON).ceiling(u32::MAX);
        assert!(grown > SECOND && grown < SECOND + Duration::from_micros(1), "{grown:?}");
    }

    #[test]
    fn no_wait_grows_from_zero() {
        for factor in [1.0, 1.5, 2.0, f64::INFINITY] {
            assert_eq!(FOREVER.initial(Duration::ZERO).factor(factor).ceiling(u32::MAX), Duration::ZERO, "{factor}");
        }
    }

    #[test]
    fn a_default_cap_never_cuts_initial_and_an_explicit_one_does() {
        let hour = Duration::from_secs(3600);
        assert_eq!(Policy::new().initial(hour).ceiling(1), hour);
        assert_eq!(Policy::new().initial(hour).ceiling(9), hour);
        assert_eq!(Policy::new().initial(hour).cap(SECOND).ceiling(1), SECOND);
    }

    #[test]
    fn nonsense_is_clamped() {
        assert_eq!(Policy::new().max(0).max, 1);
        for factor in [0.5, 0.0, -3.0, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(FOREVER.factor(factor).ceiling(9), SECOND, "{factor}");
        }
    }
}
