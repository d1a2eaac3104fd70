//! Waiting. Timers are on the heap: that costs an allocation when a wait begins, and keeps every future that may wait
//! small. A wait of zero touches no timer: tokio would round it up to a millisecond.

use std::pin::Pin;
use std::time::Duration;

use crate::testing;

/// A wait that a call has decided on.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    duration: Duration,
    /// Whether a test has it recorded instead.
    recorded: bool,
}

impl Wait {
    /// A wait between two attempts.
    pub(crate) fn planned(duration: Duration) -> Self {
        Self { duration, recorded: testing::record(duration) }
    }

    /// The limit of an attempt that runs.
    pub(crate) const fn real(duration: Duration) -> Self {
        Self { duration, recorded: false }
    }

    /// How long it is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.duration
    }

    pub(crate) const fn is_recorded(self) -> bool {
        self.recorded
    }

    /// What a timer is needed for, if anything.
    #[inline]
    pub(crate) fn due(self) -> Option<Duration> {
        (!self.recorded && !self.duration.is_zero()).then_some(self.duration)
    }
}

/// Starts tokio's timer.
#[cfg(feature = "tokio")]
#[inline]
#[must_use]
pub fn timer(wait: Wait) -> Option<Pin<Box<tokio::time::Sleep>>> {
    wait.due().map(start)
}

#[cfg(feature = "tokio")]
#[inline(never)]
fn start(wait: Duration) -> Pin<Box<tokio::time::Sleep>> {
    Box::pin(tokio::time::sleep(wait))
}

/// Without tokio there is no timer to start: says so where the function says `async`.
#[cfg(not(feature = "tokio"))]
#[must_use]
pub fn timer<W: Timed>(_: W) -> Option<Pin<Box<std::future::Ready<()>>>> {
    None
}

/// A wait that can be timed without `sleep = ...`. Nothing is.
#[cfg(not(feature = "tokio"))]
#[diagnostic::on_unimplemented(
    message = "an async function under `#[retry]` needs a timer",
    label = "nothing here can wait without blocking",
    note = "enable the feature `tokio` of `persevere`, or name another timer, such as `sleep = smol::Timer::after`"
)]
pub trait Timed {}

/// Starts the timer that `sleep` makes.
#[inline]
pub fn timer_with<S, F>(sleep: &S, wait: Wait) -> Option<Pin<Box<impl Future<Output = ()> + use<S, F>>>>
where
    S: Fn(Duration) -> F,
    F: Future,
{
    wait.due().map(|wait| {
        let timer = sleep(wait);
        Box::pin(async move { drop(timer.await) })
    })
}

/// Blocks the thread.
#[inline]
pub fn pause(wait: Wait) {
    pause_with(&std::thread::sleep, wait);
}

/// Calls the `sleep` of a sync function.
#[inline]
pub fn pause_with<S: Fn(Duration)>(sleep: &S, wait: Wait) {
    if let Some(wait) = wait.due() {
        sleep(wait);
    }
}
