//! Waiting. Timers are on the heap: that costs an allocation when a wait begins, and keeps every future that may wait
//! small. A wait of zero touches no timer: tokio would round it up to a millisecond.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::testing;

/// A wait that a call has decided on. In two words with a niche, so that it is handed on in registers.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    seconds: u64,
    /// The nanoseconds plus one, and [`RECORDED`].
    rest: NonZeroU32,
}

/// That a test has the wait recorded instead. A second's nanoseconds leave the bit free.
const RECORDED: u32 = 1 << 31;

impl Wait {
    /// A wait between two attempts.
    pub(crate) fn planned(duration: Duration) -> Self {
        Self::new(duration, if testing::record(duration) { RECORDED } else { 0 })
    }

    /// The limit of an attempt that runs.
    pub(crate) const fn real(duration: Duration) -> Self {
        Self::new(duration, 0)
    }

    const fn new(duration: Duration, recorded: u32) -> Self {
        let rest = NonZeroU32::MIN.saturating_add(duration.subsec_nanos() | recorded);
        Self { seconds: duration.as_secs(), rest }
    }

    /// How long it is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::new(self.seconds, (self.rest.get() & !RECORDED) - 1)
    }

    pub(crate) const fn is_recorded(self) -> bool {
        self.rest.get() & RECORDED != 0
    }

    /// What a timer is needed for, if anything.
    #[inline]
    pub(crate) fn due(self) -> Option<Duration> {
        let duration = self.duration();
        (!self.is_recorded() && !duration.is_zero()).then_some(duration)
    }
}

/// What async functions wait for.
#[cfg(feature = "tokio")]
pub(crate) type Timer = tokio::time::Sleep;

/// Nothing does.
#[cfg(not(feature = "tokio"))]
pub(crate) type Timer = std::future::Ready<()>;

/// Starts tokio's timer.
#[cfg(feature = "tokio")]
#[cold]
#[inline(never)]
#[must_use]
pub fn timer(wait: Wait) -> Option<Pin<Box<Timer>>> {
    wait.due().map(|wait| Box::pin(tokio::time::sleep(wait)))
}

/// Without tokio there is no timer to start.
#[cfg(not(feature = "tokio"))]
#[must_use]
pub fn timer(_: Wait) -> Option<Pin<Box<Timer>>>
where
    for<'a> Wait: Timed<'a>,
{
    None
}

/// A wait that can be timed without `sleep = ...`. Where there is no timer, the function is told so at its `async`.
/// With a lifetime, as what is never true could not be asked for otherwise.
#[diagnostic::on_unimplemented(
    message = "an async function under `#[retry]` needs a timer",
    label = "nothing here can wait without blocking",
    note = "enable the feature `tokio` of `persevere`, or name another timer, such as `sleep = smol::Timer::after`"
)]
pub trait Timed<'a> {}

#[cfg(feature = "tokio")]
impl Timed<'_> for Wait {}

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

/// What is waited for before the next attempt: nothing, or a timer that has been started.
pub struct Sleep(Option<Pin<Box<Timer>>>);

impl Sleep {
    /// Before the first attempt.
    #[inline]
    #[must_use]
    pub const fn none() -> Self
    where
        for<'a> Wait: Timed<'a>,
    {
        Self(None)
    }

    /// Starts the timer.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn begin(&mut self, wait: Wait) {
        self.0 = timer(wait);
    }

    /// Where there is none, there is no `Sleep` to begin.
    #[cfg(not(feature = "tokio"))]
    pub(crate) fn begin(&mut self, _: Wait) {
        self.0 = None;
    }

    /// The next attempt, when its time has come.
    #[inline]
    pub(crate) fn then<A: Future>(&mut self, attempt: A) -> Then<'_, A> {
        Then { sleep: self, attempt }
    }

    #[cold]
    #[inline(never)]
    fn is_pending(&mut self, context: &mut Context<'_>) -> bool {
        if self.0.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_pending()) {
            return true;
        }
        // Not while the attempt runs.
        self.0 = None;
        false
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_some() && self.is_pending(context) { Poll::Pending } else { Poll::Ready(()) }
    }
}

pin_project! {
    /// An attempt that waits for its time. One future, so that a round of the loop awaits once.
    pub struct Then<'a, A> {
        sleep: &'a mut Sleep,
        #[pin]
        attempt: A,
    }
}

impl<A: Future> Future for Then<'_, A> {
    type Output = A::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<A::Output> {
        let this = self.project();
        if this.sleep.0.is_some() && this.sleep.is_pending(context) {
            return Poll::Pending;
        }
        this.attempt.poll(context)
    }
}

/// Blocks the thread.
#[cold]
#[inline(never)]
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
