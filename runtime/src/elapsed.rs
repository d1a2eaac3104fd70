//! The limit of one attempt.

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::__private::Outcome;
use crate::clock;
use crate::sleep::Wait;

/// An attempt did not end within its `timeout`, or before the call's `deadline` where that came first.
///
/// The function's error type is made from it, so that a timeout is an error like any other, and the classifier judges
/// it. `std::io::Error`, `openai::ApiError`, `anyhow::Error` and `Box<dyn Error + Send + Sync>` can be made from it;
/// for a type of one's own it takes a line. The errors of other crates cannot be made from it, such as
/// `reqwest::Error`: let the function return one of the former.
///
///
/// ```
/// use persevere::{Elapsed, retry};
///
/// #[derive(Debug)]
/// enum StoreError {
///     TooSlow,
/// }
///
/// impl From<Elapsed> for StoreError {
///     fn from(_: Elapsed) -> Self {
///         Self::TooSlow
///     }
/// }
///
/// # #[cfg(feature = "tokio")]
/// #[retry(timeout = "2s", on = |error| matches!(error, StoreError::TooSlow))]
/// async fn load(key: &str) -> Result<String, StoreError> {
///     Ok(key.to_uppercase())
/// }
/// # #[cfg(feature = "tokio")] {
/// # use std::task::{Context, Poll, Waker};
/// # let poll = std::pin::pin!(load("a")).poll(&mut Context::from_waker(Waker::noop()));
/// # assert!(matches!(poll, Poll::Ready(Ok(value)) if value == "A"));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Elapsed {
    limit: Duration,
}

impl Elapsed {
    /// As when an attempt was given this long.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self { limit }
    }

    /// How long the attempt was given: the `timeout`, or what was left until the `deadline`.
    #[must_use]
    pub const fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the attempt did not end within {:?}", self.limit)
    }
}

impl Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}

/// What an error type needs for `timeout`: `From<Elapsed>`, under a name that says so where it is missing.
#[diagnostic::on_unimplemented(
    message = "an attempt that takes too long becomes an error, and `{Self}` cannot be made from `persevere::Elapsed`",
    label = "`timeout` needs errors that are `From<persevere::Elapsed>`, which `{Self}` is not",
    note = "write `impl From<persevere::Elapsed> for {Self}`, or return an error type that has it"
)]
pub trait TimesOut {
    fn from_elapsed(elapsed: Elapsed) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Elapsed>> TimesOut for E {
    fn from_elapsed(elapsed: Elapsed) -> Self {
        elapsed.into()
    }
}

/// One attempt, and the timer that ends it. The timer is started when the attempt first has to wait, so that one which
/// never does costs no timer; the time before that counts.
pub struct Within<'a, F: Future, S, T> {
    attempt: Pin<&'a mut F>,
    limit: Duration,
    begun: Option<Instant>,
    start: S,
    timer: Option<Pin<Box<T>>>,
    ended: fn(Elapsed) -> F::Output,
}

impl<'a, F: Future, S, T> Within<'a, F, S, T> {
    pub(crate) fn new(attempt: Pin<&'a mut F>, limit: Duration, start: S, ended: fn(Elapsed) -> F::Output) -> Self {
        Self { attempt, limit, begun: None, start, timer: None, ended }
    }
}

/// Gives an attempt no longer than `limit`. `start` starts a timer.
pub fn within<F, S, T>(attempt: Pin<&mut F>, limit: Duration, start: S) -> Within<'_, F, S, T>
where
    F: Future<Output: Outcome<Error: TimesOut>>,
    S: Fn(Wait) -> Option<Pin<Box<T>>>,
{
    Within::new(attempt, limit, start, ended)
}

/// What an attempt returns that took too long.
pub(crate) fn ended<O: Outcome<Error: TimesOut>>(elapsed: Elapsed) -> O {
    O::failure(TimesOut::from_elapsed(elapsed))
}

impl<F, S, T> Future for Within<'_, F, S, T>
where
    F: Future,
    S: Fn(Wait) -> Option<Pin<Box<T>>> + Unpin,
    T: Future,
{
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let begun = *this.begun.get_or_insert_with(clock::now);
        if let Poll::Ready(outcome) = this.attempt.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        let left = this.limit.saturating_sub(clock::now().saturating_duration_since(begun));
        if this.timer.is_none() {
            this.timer = (this.start)(Wait::real(left));
        }
        // Without a wait there is no timer. One that says nothing may be tokio's, where the attempt has used up what a
        // task may do in one turn.
        let up = left.is_zero() || this.timer.as_mut().is_none_or(|timer| timer.as_mut().poll(context).is_ready());
        if up { Poll::Ready((this.ended)(Elapsed::new(this.limit))) } else { Poll::Pending }
    }
}
