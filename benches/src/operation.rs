//! What every contestant repeats: adding one to a number, by a service that can be told to refuse.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use persevere::Elapsed;

/// Calls that are still to be refused.
static REFUSALS: AtomicU32 = AtomicU32::new(0);

/// What every contestant does at most, the first call included.
pub const ATTEMPTS: u32 = 5;

/// Refuses as many calls from now on, and no more.
pub fn refuse(calls: u32) {
    REFUSALS.store(calls, Ordering::Relaxed);
}

/// How many of those calls are still to come.
#[must_use]
pub fn refusals_left() -> u32 {
    REFUSALS.load(Ordering::Relaxed)
}

pub type Answer = Result<u64, Failure>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    Refused,
    Overflow,
    TooSlow,
}

impl Failure {
    /// Whether another attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Refused | Self::TooSlow)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for Failure {}

impl From<Elapsed> for Failure {
    fn from(_: Elapsed) -> Self {
        Self::TooSlow
    }
}

/// # Errors
///
/// As often as [`refuse`] said, and where there is no greater number.
#[inline]
pub fn add_one(number: u64) -> Answer {
    let refusals = REFUSALS.load(Ordering::Relaxed);
    if refusals > 0 {
        // Not by one step: nobody else calls, and a locked instruction would cost more than all that is measured.
        REFUSALS.store(refusals - 1, Ordering::Relaxed);
        return Err(Failure::Refused);
    }
    number.checked_add(1).ok_or(Failure::Overflow)
}
