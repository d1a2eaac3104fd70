//! The timer of a browser, and of whatever else runs JavaScript.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use gloo_timers::future::TimeoutFuture;

/// JavaScript counts the milliseconds of a timer in 31 bits, and takes what is longer as nothing.
const LONGEST: u64 = i32::MAX as u64;

/// A wait, by one timer after the other if it is longer than `LONGEST`.
pub struct Timer {
    running: TimeoutFuture,
    /// The milliseconds behind the one that runs.
    left: u64,
}

impl Timer {
    pub(super) fn new(wait: Duration) -> Self {
        // Never shorter than asked: a timer counts whole milliseconds.
        let milliseconds = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        Self { running: start(milliseconds), left: milliseconds.saturating_sub(LONGEST) }
    }
}

fn start(milliseconds: u64) -> TimeoutFuture {
    TimeoutFuture::new(u32::try_from(milliseconds.min(LONGEST)).unwrap_or_default())
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let timer = &mut *self;
        while Pin::new(&mut timer.running).poll(context).is_ready() {
            if timer.left == 0 {
                return Poll::Ready(());
            }
            timer.running = start(timer.left);
            timer.left = timer.left.saturating_sub(LONGEST);
        }
        Poll::Pending
    }
}
