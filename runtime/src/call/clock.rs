//! How long a call has been running. A call without a deadline never asks, and holds nothing for it.

use std::time::{Duration, Instant};

use super::site::Site;
use crate::Policy;
use crate::attempt::Deadline;

/// What tells how long a call has been running.
pub trait Clock {
    /// The time since the call began.
    fn elapsed(&self) -> Duration;

    /// What the time left until the call's deadline can be told from, if it has one.
    fn deadline(&self, policy: &Policy) -> Option<Deadline>;

    /// A wait that was recorded instead of waited counts as if it had been.
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
    fn deadline(&self, _: &Policy) -> Option<Deadline> {
        None
    }

    #[inline]
    fn skip(&mut self, _: Duration) {}
}

/// The clock of a call that may have a deadline. Read at once if the policy says so, else never.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    started: Option<Instant>,
    skipped: Duration,
    now: fn() -> Instant,
}

impl Stopwatch {
    fn start(policy: &Policy, now: fn() -> Instant) -> Self {
        Self { started: policy.deadline.is_some().then(now), skipped: Duration::ZERO, now }
    }

    /// For a function that blocks.
    #[must_use]
    pub fn blocking(site: &Site) -> Self {
        Self::start(&site.policy, Instant::now)
    }

    /// For a function that waits for a timer: tokio's time may stand still in tests.
    #[must_use]
    pub fn asynchronous(site: &Site) -> Self {
        Self::start(&site.policy, now)
    }
}

impl Clock for Stopwatch {
    fn elapsed(&self) -> Duration {
        let running = self.started.map_or(Duration::ZERO, |started| (self.now)().saturating_duration_since(started));
        running.saturating_add(self.skipped)
    }

    fn deadline(&self, policy: &Policy) -> Option<Deadline> {
        // What no clock reaches is no deadline.
        let end = self.started?.checked_add(policy.deadline?.saturating_sub(self.skipped))?;
        Some(Deadline::new(end, self.now))
    }

    fn skip(&mut self, wait: Duration) {
        self.skipped = self.skipped.saturating_add(wait);
    }
}

/// The time of an async function. Outside of tokio this is the system's, whatever the features are.
pub(crate) fn now() -> Instant {
    #[cfg(feature = "tokio")]
    return tokio::time::Instant::now().into_std();
    #[cfg(not(feature = "tokio"))]
    Instant::now()
}
