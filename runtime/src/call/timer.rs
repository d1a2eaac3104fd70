//! Timers. They are on the heap: each wait costs an allocation, and every future that may wait stays small.
//!
//! A wait of zero starts no timer, because tokio would round it up to a millisecond.

use std::pin::Pin;
use std::time::Duration;

use super::function::FunctionPolicy;
use super::wait::Wait;

/// The timer of an async function without `sleep = ...`.
#[cfg(all(feature = "tokio", not(all(feature = "web", target_family = "wasm", target_os = "unknown"))))]
pub(crate) type Timer = tokio::time::Sleep;
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
pub(crate) type Timer = super::web::Timer;

/// A stand-in for tokio's timer, of which nothing makes a value.
#[cfg(not(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown"))))]
pub(crate) type Timer = std::future::Ready<()>;

/// Starts tokio's timer. Without a tokio runtime that has timers it panics, and `path` says which function needs one.
#[cfg(all(feature = "tokio", not(all(feature = "web", target_family = "wasm", target_os = "unknown"))))]
#[cold]
#[inline(never)]
pub(crate) fn start(wait: Wait, path: &str) -> Option<Pin<Box<Timer>>> {
    let wait = wait.due()?;
    // tokio cannot be asked whether it has timers here: without them it panics, and prints its message before this one.
    let Ok(timer) = std::panic::catch_unwind(|| tokio::time::sleep(wait)) else {
        panic!(
            "`{path}` has to wait, and no tokio runtime with timers runs it: build one with `enable_time()`, or name \
             another timer, such as `sleep = smol::Timer::after`"
        )
    };
    Some(Box::pin(timer))
}

/// Starts JavaScript's timer, which is there wherever this runs.
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
pub(crate) fn start(wait: Wait, _: &str) -> Option<Pin<Box<Timer>>> {
    wait.due().map(|wait| Box::pin(Timer::new(wait)))
}

/// Starts tokio's timer, or JavaScript's.
#[cfg(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown")))]
#[inline]
#[must_use]
pub fn timer(wait: Wait, function: &FunctionPolicy) -> Option<Pin<Box<Timer>>> {
    start(wait, function.path)
}

/// Tells an async function without `sleep = ...` that it has no timer, by its bound.
#[cfg(not(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown"))))]
#[must_use]
pub fn timer(_: Wait, _: &FunctionPolicy) -> Option<Pin<Box<Timer>>>
where
    for<'a> Wait: Timed<'a>,
{
    None
}

/// A wait that can be timed without `sleep = ...`: every wait, if there is tokio.
///
/// The lifetime means nothing. A bound without parameters that never holds is an error where it is written
/// ([rust-lang/rust#48214](https://github.com/rust-lang/rust/issues/48214)); with one it is an error where it is used.
#[diagnostic::on_unimplemented(
    message = "an async function under `#[retry]` needs a timer",
    label = "nothing here can wait without blocking",
    note = "enable the feature `tokio` of `persevere`, or name another timer, such as `sleep = smol::Timer::after`"
)]
pub trait Timed<'a> {}

#[cfg(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown")))]
impl Timed<'_> for Wait {}

/// Starts the timer that `sleep` makes.
#[inline]
pub fn timer_with<S, F>(sleep: &S, wait: Wait) -> Option<Pin<Box<F>>>
where
    S: Fn(Duration) -> F,
    F: Future,
{
    wait.due().map(|wait| Box::pin(sleep(wait)))
}

/// Blocks the thread.
#[cold]
#[inline(never)]
pub fn pause(wait: Wait) {
    if let Some(wait) = wait.due() {
        std::thread::sleep(wait);
    }
}
