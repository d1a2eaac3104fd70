//! Durations as whole or floating nanoseconds. Every representable duration fits, nothing here overflows or panics.

use std::time::Duration;

const PER_SECOND: u128 = 1_000_000_000;

/// The longest duration not above `nanos`; [`Duration::MAX`] if there are too many.
pub(crate) fn to_duration(nanos: u128) -> Duration {
    match (u64::try_from(nanos / PER_SECOND), u32::try_from(nanos % PER_SECOND)) {
        (Ok(seconds), Ok(rest)) => Duration::new(seconds, rest),
        _ => Duration::MAX,
    }
}

/// The nanoseconds of a duration, exact up to 104 days and to 16 digits beyond.
#[expect(clippy::cast_precision_loss, reason = "16 digits are enough for what is multiplied by a fraction")]
pub(crate) fn approximate(duration: Duration) -> f64 {
    duration.as_nanos() as f64
}

/// The nearest whole number; 0 for what is negative or not a number, the largest for what is too large.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates, as it is meant to here")]
pub(crate) fn rounded(nanos: f64) -> u128 {
    nanos.round() as u128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_survives_the_round_trip() {
        for duration in [Duration::ZERO, Duration::from_nanos(1), Duration::new(7, 999_999_999), Duration::MAX] {
            assert_eq!(to_duration(duration.as_nanos()), duration);
        }
        assert_eq!(to_duration(Duration::MAX.as_nanos() + 1), Duration::MAX);
        assert_eq!(to_duration(u128::MAX), Duration::MAX);
    }

    #[test]
    fn rounding_saturates() {
        assert_eq!(rounded(1.5), 2);
        assert_eq!(rounded(-1.0), 0);
        assert_eq!(rounded(f64::NAN), 0);
        assert_eq!(rounded(f64::INFINITY), u128::MAX);
    }
}
