//! The fast path's policies: a policy of literals, as the macro writes it in the bytes of one literal.
//!
//! The compiler takes a twentieth of the time over a byte string that it takes over a constant which is made by calls.

use std::time::Duration;

use crate::{Jitter, Policy};

/// A policy without a deadline, whose jitter is a fraction: `max`, `initial`, `factor`, `cap`, `jitter` and
/// `max_retry_after`, one after the other. Numbers are little-endian, durations are seconds and nanoseconds.
pub(crate) type PolicyBytes = [u8; 56];

/// The `max` of the policy.
#[inline]
pub(crate) fn max(policy: &PolicyBytes) -> u32 {
    u32::from_le_bytes(take(&mut &policy[..]))
}

/// The policy that the bytes stand for.
#[must_use]
pub fn policy(policy: &PolicyBytes) -> Policy {
    let mut bytes = &policy[..];
    let max = u32::from_le_bytes(take(&mut bytes));
    let initial = duration(&mut bytes);
    let factor = f64::from_le_bytes(take(&mut bytes));
    let cap = duration(&mut bytes);
    let jitter = Jitter::Fraction(f64::from_le_bytes(take(&mut bytes)));
    let max_retry_after = duration(&mut bytes);
    // Every field is named, so that a new field of `Policy` does not compile until the bytes have it. The macro has
    // checked the values.
    Policy { max, initial, factor, cap: Some(cap), jitter, max_retry_after, deadline: None, notify_success: false }
}

fn duration(bytes: &mut &[u8]) -> Duration {
    let (seconds, nanos) = (u64::from_le_bytes(take(bytes)), u32::from_le_bytes(take(bytes)));
    Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos.into()))
}

/// Takes the first bytes off. There always are enough: the length of [`PolicyBytes`] is the sum of all that is taken.
#[inline]
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let Some((first, rest)) = bytes.split_first_chunk() else { return [0; N] };
    *bytes = rest;
    *first
}
