//! How long a call has been running. A call without a deadline never asks, and holds nothing for it.

use std::time::Duration;

use super::function::FunctionPolicy;
use crate::Policy;
use crate::attempt::Deadline;
use crate::clocks::Instant;

/// Tells how long a call has been running.
pub trait Clock {
    /// The time since the call began.
    fn elapsed(&self) -> Duration;

    /// The time from the beginning of the call to the beginning of its last attempt, or of the next one.
    fn begun(&self) -> Duration;

    /// Sets when the next attempt begins, counted from the beginning of the call. It is computed from the wait, so that
    /// the clock is not read again when the attempt begins.
    fn begin(&mut self, at: Duration);

    /// The end of the call, if it has a deadline.
    fn deadline(&self, policy: &Policy) -> Option<Deadline>;

    /// Counts a wait that a test recorded, as if the call had waited.
    fn skip(&mut self, wait: Duration);
}

/// The clock of a call that has no deadline.
pub struct Untimed;

impl Clock for Untimed {
    #[inline]
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    #[inline]
    fn begun(&self) -> Duration {
        Duration::ZERO
    }

    #[inline]
    fn begin(&mut self, _: Duration) {}

    #[inline]
    fn deadline(&self, _: &Policy) -> Option<Deadline> {
        None
    }

    #[inline]
    fn skip(&mut self, _: Duration) {}
}

/// The clock of a call that may have a deadline. Without a deadline it is never read; with one it is first read when
/// the call begins.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    started: Option<Instant>,
    skipped: Duration,
    begun: Duration,
    now: fn() -> Instant,
}

impl Stopwatch {
    fn start(policy: &Policy, now: fn() -> Instant) -> Self {
        let started = policy.deadline.is_some().then(now);
        Self { started, skipped: Duration::ZERO, begun: Duration::ZERO, now }
    }

    /// The clock of a call that blocks, which begins now.
    #[must_use]
    pub fn blocking(function: &FunctionPolicy) -> Self {
        Self::start(&function.policy, Instant::now)
    }

    /// The clock of an async call, which begins now. It is tokio's clock, which a test may pause.
    #[must_use]
    pub fn asynchronous(function: &FunctionPolicy) -> Self {
        Self::start(&function.policy, now)
    }
}

impl Clock for Stopwatch {
    fn elapsed(&self) -> Duration {
        let running = self.started.map_or(Duration::ZERO, |started| (self.now)().saturating_duration_since(started));
        running.saturating_add(self.skipped)
    }

    fn begun(&self) -> Duration {
        self.begun
    }

    fn begin(&mut self, at: Duration) {
        self.begun = at;
    }

    fn deadline(&self, policy: &Policy) -> Option<Deadline> {
        // If the sum is more than an `Instant` can hold, the call has no deadline.
        let end = self.started?.checked_add(policy.deadline?.saturating_sub(self.skipped))?;
        Some(Deadline::new(end, self.now))
    }

    fn skip(&mut self, wait: Duration) {
        self.skipped = self.skipped.saturating_add(wait);
    }
}

/// The time of async functions. With the feature `tokio` it is tokio's, which outside of a tokio runtime is the
/// system's.
pub(crate) fn now() -> Instant {
    #[cfg(all(feature = "tokio", not(all(feature = "web", target_family = "wasm", target_os = "unknown"))))]
    return tokio::time::Instant::now().into_std();
    #[cfg(any(not(feature = "tokio"), all(feature = "web", target_family = "wasm", target_os = "unknown")))]
    Instant::now()
}
