//! The random numbers that waits are drawn with.

use std::cell::RefCell;
#[cfg(not(all(feature = "web", target_family = "wasm", target_os = "unknown")))]
use std::hash::{BuildHasher as _, RandomState};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng as _};

use crate::testing;

thread_local! {
    /// Each thread has a generator of its own, so that a draw takes no lock.
    static GENERATOR: RefCell<SmallRng> = RefCell::new(SmallRng::seed_from_u64(seed()));
}

/// A number that differs from thread to thread and from run to run. It comes from the random keys of the standard
/// library's hash maps, so that no further dependency has to ask the system for one.
#[cfg(not(all(feature = "web", target_family = "wasm", target_os = "unknown")))]
fn seed() -> u64 {
    RandomState::new().hash_one(())
}

/// A number that differs from page to page. The keys of `std` are the same in all of them, as there is no system.
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
fn seed() -> u64 {
    js_sys::Math::random().to_bits()
}

/// A random number from 0 up to, not including, 1: from the seed of a test, or from the thread's own generator.
pub(crate) fn random() -> f64 {
    testing::sample().unwrap_or_else(|| GENERATOR.with_borrow_mut(RngExt::random))
}

#[cfg(test)]
mod tests {
    use std::thread;

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

    #[test]
    fn threads_that_fail_together_draw_different_numbers() {
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(random)).collect();
        let mut drawn: Vec<u64> = threads.into_iter().map(|thread| thread.join().unwrap().to_bits()).collect();
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 8);
    }
}
