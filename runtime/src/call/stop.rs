//! A `sleep` that the user gives: it waits, and may end the call.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::wait::Wait;

/// What the `sleep` of a sync function returns: whether the call goes on.
#[diagnostic::on_unimplemented(
    message = "`sleep` returns `{Self}`, which does not say whether the call goes on",
    label = "this is neither `()` nor `ControlFlow<()>`",
    note = "return `()`, or `ControlFlow<()>`: `Break(())` ends the call with its last result"
)]
pub trait PauseEnd: WaitEnd {}

impl PauseEnd for () {}
impl PauseEnd for ControlFlow<()> {}
#[diagnostic::do_not_recommend]
impl PauseEnd for Never {}

/// What the future of a `sleep` resolves to: whether the call goes on. Only [`ControlFlow`] can end it. The other types
/// are what the timers of other crates resolve to; their values are ignored.
#[diagnostic::on_unimplemented(
    message = "`sleep` is a future of `{Self}`, which does not say whether the call goes on",
    label = "this is not a future of `()` or `ControlFlow<()>`",
    note = "let it resolve to `()`, or to `ControlFlow<()>`: `Break(())` ends the call with its last result"
)]
pub trait WaitEnd {
    /// What is kept of the last outcome while the call waits: all of it if the wait may end the call, else nothing.
    type Kept<O>;

    /// Keeps the outcome, or drops it.
    fn keep<O>(outcome: O) -> Self::Kept<O>;

    /// The outcome that was kept, if the call ends here.
    fn end<O>(&self, kept: &mut Self::Kept<O>) -> Option<O>;
}

impl WaitEnd for ControlFlow<()> {
    type Kept<O> = Option<O>;

    #[inline]
    fn keep<O>(outcome: O) -> Option<O> {
        Some(outcome)
    }

    #[inline]
    fn end<O>(&self, kept: &mut Option<O>) -> Option<O> {
        if self.is_break() { kept.take() } else { None }
    }
}

/// The type `!`, which has no name on stable Rust: `|_| unreachable!()` returns it.
type Never = <fn() -> ! as Returning>::Output;

pub trait Returning {
    type Output;
}

impl<R> Returning for fn() -> R {
    type Output = R;
}

macro_rules! goes_on {
    ($($([$($of:ident),+])? for $ty:ty,)+) => {
        $(#[diagnostic::do_not_recommend]
        impl$(<$($of),+>)? WaitEnd for $ty {
            type Kept<O> = ();

            #[inline]
            fn keep<O>(_: O) {}

            #[inline]
            fn end<O>(&self, (): &mut ()) -> Option<O> {
                None
            }
        })+
    };
}

impl WaitEnd for () {
    type Kept<O> = ();

    #[inline]
    fn keep<O>(_: O) {}

    #[inline]
    fn end<O>(&self, (): &mut ()) -> Option<O> {
        None
    }
}

goes_on!(for Duration, for Instant, for Infallible, for Never, [T] for Option<T>, [T, E] for Result<T, E>,);
goes_on!(for bool, for u8, for u16, for u32, for u64, for u128, for usize,);
goes_on!(for i8, for i16, for i32, for i64, for i128, for isize,);

/// Calls the `sleep` of a sync function, and returns the outcome if the wait ended the call. Otherwise the outcome is
/// dropped: before the wait if `sleep` cannot end a call, else after it.
#[inline]
pub fn pause_with<S, R, O>(sleep: &S, wait: Wait, outcome: O) -> Option<O>
where
    S: Fn(Duration) -> R,
    R: PauseEnd,
{
    let wait = wait.due()?;
    let mut kept = R::keep(outcome);
    sleep(wait).end(&mut kept)
}

/// Returns a future that waits with the timer that `start` makes of the user's `sleep`. It resolves to the outcome if
/// the wait ended the call. Otherwise the outcome is dropped: before the wait if `sleep` cannot end a call, else after
/// it.
#[inline]
pub fn sleeping<S, F, O>(start: S, wait: Wait, outcome: O) -> impl Future<Output = Option<O>> + use<S, F, O>
where
    S: FnOnce(Wait) -> Option<Pin<Box<F>>>,
    F: Future<Output: WaitEnd>,
{
    let kept = F::Output::keep(outcome);
    Sleeping { timer: start(wait), kept }
}

/// A wait that may end the call.
struct Sleeping<F: Future<Output: WaitEnd>, O> {
    timer: Option<Pin<Box<F>>>,
    kept: <F::Output as WaitEnd>::Kept<O>,
}

/// Moving it is sound: the timer is on the heap, and the outcome is never pinned.
impl<F: Future<Output: WaitEnd>, O> Unpin for Sleeping<F, O> {}

impl<F: Future<Output: WaitEnd>, O> Future for Sleeping<F, O> {
    type Output = Option<O>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<O>> {
        let Self { timer, kept } = &mut *self;
        let Some(running) = timer else { return Poll::Ready(None) };
        running.as_mut().poll(context).map(|end| {
            *timer = None;
            end.end(kept)
        })
    }
}
