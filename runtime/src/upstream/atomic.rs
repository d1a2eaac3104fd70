//! The atomics that an upstream counts in.
//!
//! They are those of `std`; on targets without 64-bit atomics those of portable-atomic; and those of loom where the
//! interleavings are tried one by one.

#[cfg(all(test, loom))]
pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
#[cfg(all(not(all(test, loom)), not(target_has_atomic = "64")))]
pub(super) use portable_atomic::{AtomicU64, Ordering};
#[cfg(all(not(all(test, loom)), target_has_atomic = "64"))]
pub(super) use std::sync::atomic::{AtomicU64, Ordering};
