//! The kinds of calls: by what waits for them, and by who says which errors are retried.

use std::pin::Pin;
use std::time::Duration;

use crate::call::outcome::Verdict;
use crate::call::stop::{PauseEnd, WaitEnd};
use crate::call::wait::Wait;
use crate::{Decision, Retryable};

/// A call that is awaited, and what waits for it.
pub struct Async<T>(pub(super) T);

/// A call that blocks, and what waits for it.
pub struct Blocking<T>(pub(super) T);

/// tokio's timer.
pub struct Tokio;

/// The thread's own sleep.
pub struct Thread;

/// A function that the caller gives.
pub struct With<T>(pub(super) T);

/// A call without an `Upstream`.
pub struct Unpaced;

/// The error type's own [`Retryable`].
pub struct OwnDecision;

/// A function of the error.
pub struct Judge<J>(pub(super) J);

/// Tells which errors are retried.
#[diagnostic::on_unimplemented(
    message = "`call` cannot tell which errors of type `{E}` to retry",
    label = "its errors are not `persevere::Retryable`",
    note = "say which errors to retry before: `.on(|error| true)`",
    note = "or implement `persevere::Retryable` for `{E}`"
)]
pub trait Classify<E> {
    fn classify(&self, error: &E) -> Decision;
}

impl<E: Retryable> Classify<E> for OwnDecision {
    fn classify(&self, error: &E) -> Decision {
        error.decision()
    }
}

impl<E, D: Verdict, J: Fn(&E) -> D> Classify<E> for Judge<J> {
    fn classify(&self, error: &E) -> Decision {
        self.0(error).into_decision()
    }
}

/// Waits for an async call.
#[diagnostic::on_unimplemented(
    message = "an async call needs a timer",
    label = "nothing here can wait without blocking",
    note = "enable the feature `tokio` of `persevere`, or name another timer: `.sleep(smol::Timer::after)`"
)]
pub trait Timer {
    type Wait: Future<Output: WaitEnd>;

    /// Starts a timer for the function of this name.
    fn start(&self, wait: Wait, path: &'static str) -> Option<Pin<Box<Self::Wait>>>;
}

#[cfg(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown")))]
impl Timer for Tokio {
    type Wait = crate::call::timer::Timer;

    fn start(&self, wait: Wait, path: &'static str) -> Option<Pin<Box<Self::Wait>>> {
        crate::call::timer::start(wait, path)
    }
}

impl<S: Fn(Duration) -> W, W: Future<Output: WaitEnd>> Timer for With<S> {
    type Wait = W;

    fn start(&self, wait: Wait, _: &'static str) -> Option<Pin<Box<W>>> {
        wait.due().map(|wait| Box::pin(self.0(wait)))
    }
}

/// Waits for a call that blocks.
pub trait Pause {
    type End: PauseEnd;

    fn pause(&self, wait: Duration) -> Self::End;
}

impl Pause for Thread {
    type End = ();

    fn pause(&self, wait: Duration) {
        std::thread::sleep(wait);
    }
}

impl<S: Fn(Duration) -> R, R: PauseEnd> Pause for With<S> {
    type End = R;

    fn pause(&self, wait: Duration) -> R {
        self.0(wait)
    }
}
