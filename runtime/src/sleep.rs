//! Waiting. Timers are on the heap: that costs an allocation when a wait begins, and keeps every future that may wait
//! small. A wait of zero touches no timer: tokio would round it up to a millisecond.

use std::pin::Pin;
use std::time::Duration;

/// Starts tokio's timer.
#[cfg(feature = "tokio")]
#[cold]
#[inline(never)]
#[must_use]
pub fn timer(wait: Duration) -> Option<Pin<Box<tokio::time::Sleep>>> {
    (!wait.is_zero()).then(|| Box::pin(tokio::time::sleep(wait)))
}

/// Starts the timer that `sleep` makes.
#[cold]
#[inline(never)]
pub fn timer_with<S, F>(sleep: &S, wait: Duration) -> Option<Pin<Box<F>>>
where
    S: Fn(Duration) -> F,
    F: Future,
{
    (!wait.is_zero()).then(|| Box::pin(sleep(wait)))
}

/// Blocks the thread.
#[cold]
#[inline(never)]
pub fn pause(wait: Duration) {
    pause_with(&std::thread::sleep, wait);
}

/// Calls the `sleep` of a sync function.
#[cold]
pub fn pause_with<S: Fn(Duration)>(sleep: &S, wait: Duration) {
    if !wait.is_zero() {
        sleep(wait);
    }
}
