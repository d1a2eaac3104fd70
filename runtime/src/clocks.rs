//! The clocks of the target: those of `std`, or those of JavaScript, where `std` has none.

#[cfg(feature = "openai")]
use std::time::SystemTime;

#[cfg(not(all(feature = "web", target_family = "wasm", target_os = "unknown")))]
pub(crate) use std::time::Instant;
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
pub(crate) use web_time::Instant;

/// What time it is.
#[cfg(all(feature = "openai", not(all(target_family = "wasm", target_os = "unknown"))))]
pub(crate) fn system() -> SystemTime {
    SystemTime::now()
}

/// What time it is, by JavaScript's clock.
#[cfg(all(feature = "openai", feature = "web", target_family = "wasm", target_os = "unknown"))]
pub(crate) fn system() -> SystemTime {
    let since_epoch = web_time::SystemTime::now().duration_since(web_time::UNIX_EPOCH);
    SystemTime::UNIX_EPOCH + since_epoch.unwrap_or_default()
}

/// There is no clock, and to ask for one panics. By this one every moment has passed, so that a server which names one
/// names no wait.
#[cfg(all(feature = "openai", not(feature = "web"), target_family = "wasm", target_os = "unknown"))]
pub(crate) fn system() -> SystemTime {
    const YEARS: u64 = 365 * 24 * 3600;
    SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(100_000 * YEARS)
}
