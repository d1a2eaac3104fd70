//! The limit of one attempt.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::clock;
use super::outcome::Outcome;
use super::stop::WaitEnd;
use super::wait::Wait;
use crate::Elapsed;
use crate::clocks::Instant;

/// What an error type needs for `timeout`. Every type that is `From<Elapsed>` implements it. The trait exists only for
/// the error message below.
#[diagnostic::on_unimplemented(
    message = "an attempt that takes too long becomes an error, and `{Self}` cannot be made from `persevere::Elapsed`",
    label = "`timeout` needs errors that are `From<persevere::Elapsed>`, which `{Self}` is not",
    note = "write `impl From<persevere::Elapsed> for {Self}`, or return an error type that has it"
)]
pub trait TimesOut {
    /// The error of an attempt that took too long.
    fn from_elapsed(elapsed: Elapsed) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Elapsed>> TimesOut for E {
    fn from_elapsed(elapsed: Elapsed) -> Self {
        elapsed.into()
    }
}

/// An attempt and its time limit. The timer is started when the attempt first has to wait, so that an attempt which is
/// ready at once costs no timer. The time is counted from the first poll.
pub struct Within<'a, F: Future, S, T> {
    attempt: Pin<&'a mut F>,
    /// `Duration::MAX` is no limit.
    limit: Duration,
    begun: Option<Instant>,
    start: S,
    timer: Option<Pin<Box<T>>>,
    timed_out: fn(Elapsed) -> F::Output,
}

impl<'a, F: Future, S, T> Within<'a, F, S, T> {
    pub(crate) fn new(attempt: Pin<&'a mut F>, limit: Duration, start: S, timed_out: fn(Elapsed) -> F::Output) -> Self {
        Self { attempt, limit, begun: None, start, timer: None, timed_out }
    }
}

/// Gives an attempt no longer than `limit`. `start` starts a timer.
pub fn within<F, S, T>(attempt: Pin<&mut F>, limit: Duration, start: S) -> Within<'_, F, S, T>
where
    F: Future<Output: Outcome<Error: TimesOut>>,
    S: Fn(Wait) -> Option<Pin<Box<T>>>,
{
    Within::new(attempt, limit, start, timed_out)
}

/// The outcome of an attempt that took too long.
pub(crate) fn timed_out<O: Outcome<Error: TimesOut>>(elapsed: Elapsed) -> O {
    O::failure(TimesOut::from_elapsed(elapsed))
}

impl<F, S, T> Future for Within<'_, F, S, T>
where
    F: Future,
    S: Fn(Wait) -> Option<Pin<Box<T>>> + Unpin,
    T: Future<Output: WaitEnd>,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let begun = *this.begun.get_or_insert_with(clock::now);
        if let Poll::Ready(outcome) = this.attempt.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        if this.limit == Duration::MAX {
            return Poll::Pending;
        }
        let left = this.limit.saturating_sub(clock::now().saturating_duration_since(begun));
        let is_new = this.timer.is_none();
        if is_new {
            this.timer = (this.start)(Wait::real(left));
        }
        let rung = this.timer.as_mut().map(|timer| timer.as_mut().poll(context));
        if let (true, Some(Poll::Ready(end))) = (is_new, &rung) {
            let left = this.limit.saturating_sub(clock::now().saturating_duration_since(begun));
            if !left.is_zero() && end.end(&mut T::Output::keep(())).is_none() {
                // The new timer was ready before its time, as the `sleep` of a test is. It measures no time, so that it
                // must not end the attempt.
                this.limit = Duration::MAX;
                this.timer = None;
                return Poll::Pending;
            }
        }
        // If no time is left, no timer was started. The time is checked as well as the timer, because tokio's timer
        // stays pending once the attempt has used up the cooperative budget of its task.
        let up = left.is_zero() || rung.is_none_or(|rung| rung.is_ready());
        if up { Poll::Ready((this.timed_out)(Elapsed::new(this.limit))) } else { Poll::Pending }
    }
}
