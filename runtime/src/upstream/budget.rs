//! The budget of retries of failures.

/// How many retries of failures are allowed, and what a success earns back, both in thousandths of a retry. The
/// `Upstream` stores what is spent, so that its initial zero is an unused budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    most: u64,
    earned: u64,
}

const RETRY: u64 = 1_000;

impl Budget {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and makes 0 of what is negative or no number"
    )]
    pub(super) const fn new(retries: u32, per_success: f64) -> Self {
        // Four billion times a thousand: it cannot overflow.
        Self { most: retries as u64 * RETRY, earned: (per_success * 1_000.0 + 0.5) as u64 }
    }

    /// What is spent after one more retry, if there is enough for it.
    pub(super) fn spend(self, spent: u64) -> Option<u64> {
        spent.checked_add(RETRY).filter(|spent| *spent <= self.most)
    }

    /// What is spent after a success.
    pub(super) fn earn(self, spent: u64) -> u64 {
        spent.saturating_sub(self.earned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_retries_then_one_for_ten_successes() {
        let budget = Budget::new(10, 0.1);
        let mut spent = 0;
        for _ in 0..10 {
            spent = budget.spend(spent).unwrap();
        }
        assert_eq!(budget.spend(spent), None);
        for _ in 0..10 {
            assert_eq!(budget.spend(spent), None);
            spent = budget.earn(spent);
        }
        spent = budget.spend(spent).unwrap();
        assert_eq!(budget.spend(spent), None);
    }

    #[test]
    fn no_more_than_all_is_earned_back() {
        let budget = Budget::new(2, 5.0);
        let spent = budget.spend(0).unwrap();
        assert_eq!(budget.earn(spent), 0);
        assert_eq!(budget.earn(0), 0);
    }

    #[test]
    fn nonsense_is_clamped() {
        assert_eq!(Budget::new(0, 0.0).spend(0), None);
        for per_success in [0.0, -1.0, 0.000_4, f64::NAN, f64::NEG_INFINITY] {
            assert_eq!(Budget::new(1, per_success).earn(1_000), 1_000, "{per_success}");
        }
        for per_success in [f64::MAX, f64::INFINITY] {
            assert_eq!(Budget::new(u32::MAX, per_success).earn(u64::MAX), 0, "{per_success}");
        }
        assert_eq!(Budget::new(u32::MAX, 1.0).spend(u64::MAX), None);
    }
}
