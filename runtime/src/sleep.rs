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

/// Without tokio there is no timer to start: says so where the function says `async`.
#[cfg(not(feature = "tokio"))]
#[must_use]
pub fn timer<W: Timed>(_: W) -> Option<std::future::Ready<()>> {
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
#[cold]
#[inline(never)]
pub fn timer_with<S, F>(sleep: &S, wait: Duration) -> Option<Pin<Box<impl Future<Output = ()> + use<S, F>>>>
where
    S: Fn(Duration) -> F,
    F: Future,
{
    (!wait.is_zero()).then(|| {
        let timer = sleep(wait);
        Box::pin(async move { drop(timer.await) })
    })
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
