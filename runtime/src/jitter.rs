//! How a wait is drawn under its ceiling.

use std::time::Duration;

use crate::nanos;

/// How a wait is drawn under its ceiling, so that callers who failed together do not come back together.
///
/// In `#[retry]` write the lower-case name, or a fraction: `jitter = none`, `jitter = 0.25`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Jitter {
    /// Wait exactly the ceiling; after a server-directed wait, nothing more.
    None,
    /// Between half the ceiling and the ceiling: `Fraction(0.5)`.
    Equal,
    /// Between nothing and the ceiling: `Fraction(1.0)`. The default: it spreads callers the most.
    #[default]
    Full,
    /// Between `initial` and three times the wait before, never more than `cap`; `factor` plays no part.
    Decorrelated,
    /// A fraction `f` draws between `(1 - f) · ceiling` and the ceiling. The OpenAI SDKs use 0.25.
    ///
    /// A value out of range is taken as the nearest in range, NaN as 1.
    Fraction(f64),
}

impl From<f64> for Jitter {
    /// The fraction of the ceiling that is left to chance, as [`Jitter::Fraction`].
    fn from(fraction: f64) -> Self {
        Self::Fraction(fraction)
    }
}

impl From<f32> for Jitter {
    /// The fraction of the ceiling that is left to chance, as [`Jitter::Fraction`].
    fn from(fraction: f32) -> Self {
        Self::Fraction(fraction.into())
    }
}

/// What a wait is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spread {
    /// The ceiling, of which this fraction is left to chance.
    UnderCeiling(f64),
    /// The wait before, from which this one grows.
    FromPrevious,
}

impl Jitter {
    pub(crate) fn spread(self) -> Spread {
        match self {
            Self::None => Spread::UnderCeiling(0.0),
            Self::Equal => Spread::UnderCeiling(0.5),
            Self::Full => Spread::UnderCeiling(1.0),
            Self::Decorrelated => Spread::FromPrevious,
            Self::Fraction(fraction) if fraction.is_nan() => Spread::UnderCeiling(1.0),
            Self::Fraction(fraction) => Spread::UnderCeiling(fraction.clamp(0.0, 1.0)),
        }
    }
}

/// The point `sample` (0 to 1) of the way from `high` down to `low`; `high` if `low` is above it.
pub(crate) fn between(low: Duration, high: Duration, sample: f64) -> Duration {
    let span = high.saturating_sub(low);
    high.saturating_sub(scaled(span, sample))
}

/// `duration · fraction`, never more than `duration`.
pub(crate) fn scaled(duration: Duration, fraction: f64) -> Duration {
    nanos::to_duration(nanos::rounded(nanos::approximate(duration) * fraction)).min(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn between_reaches_both_ends_exactly() {
        for high in [Duration::ZERO, Duration::from_nanos(1), SECOND, Duration::new(u64::MAX, 7), Duration::MAX] {
            assert_eq!(between(Duration::ZERO, high, 0.0), high);
            assert_eq!(between(Duration::ZERO, high, 1.0), Duration::ZERO);
            assert_eq!(between(high, high, 0.7), high);
        }
        assert_eq!(between(SECOND, 3 * SECOND, 0.25), Duration::from_millis(2500));
        assert_eq!(between(3 * SECOND, SECOND, 0.25), SECOND);
    }

    #[test]
    fn fractions_are_clamped() {
        for (given, taken) in [(-1.0, 0.0), (0.25, 0.25), (1.5, 1.0), (f64::INFINITY, 1.0), (f64::NAN, 1.0)] {
            assert_eq!(Jitter::from(given).spread(), Spread::UnderCeiling(taken), "{given}");
        }
    }
}
