//! A policy that is known while compiling, in the bytes of one literal: the compiler takes a twentieth of the time over
//! it that it takes over a constant which is made by calls.

use std::time::Duration;

use crate::{Jitter, Policy};

/// A policy without a deadline, whose jitter is a fraction. Its bytes are those of `max`, `initial`, `factor`, `cap`,
/// `jitter` and `max_retry_after`, as the macro puts them one after the other: numbers little-endian, durations as
/// seconds and nanoseconds.
pub(crate) type Written = [u8; 56];

/// The `max` among them.
#[inline]
pub(crate) fn max(written: &Written) -> u32 {
    u32::from_le_bytes(take(&mut &written[..]))
}

/// The policy that they are of.
#[must_use]
pub fn policy(written: &Written) -> Policy {
    let mut bytes = &written[..];
    let max = u32::from_le_bytes(take(&mut bytes));
    let initial = duration(&mut bytes);
    let factor = f64::from_le_bytes(take(&mut bytes));
    let cap = duration(&mut bytes);
    let jitter = Jitter::Fraction(f64::from_le_bytes(take(&mut bytes)));
    let max_retry_after = duration(&mut bytes);
    // Every field is named, so that the compiler asks what the bytes say of a new one. The macro has checked the values.
    Policy { max, initial, factor, cap: Some(cap), jitter, max_retry_after, deadline: None, notify_success: false }
}

fn duration(bytes: &mut &[u8]) -> Duration {
    let (seconds, nanos) = (u64::from_le_bytes(take(bytes)), u32::from_le_bytes(take(bytes)));
    Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos.into()))
}

/// The first bytes, which are always there.
#[inline]
fn take<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let Some((first, rest)) = bytes.split_first_chunk() else { return [0; N] };
    *bytes = rest;
    *first
}
