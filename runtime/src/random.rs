//! The random numbers that waits are drawn with.

use crate::testing;

/// A random number from 0 up to, not including, 1: a test's own, or a real one.
pub(crate) fn random() -> f64 {
    testing::sample().unwrap_or_else(fastrand::f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_numbers_cover_their_range_and_differ() {
        let drawn: Vec<f64> = (0..4096).map(|_| random()).collect();
        assert!(drawn.iter().all(|sample| (0.0..1.0).contains(sample)));
        for tenth in 0..10_u32 {
            let from = f64::from(tenth) / 10.0;
            let count = drawn.iter().filter(|sample| (from..from + 0.1).contains(*sample)).count();
            // 410 are expected; a fair draw leaves this range less than once in a billion runs.
            assert!((280..560).contains(&count), "{count} samples from {from}");
        }
    }
}
