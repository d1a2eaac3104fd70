//! What an attempt returned, and what its error deserves.

use std::time::Duration;

use crate::Decision;

/// What `on` returns. Every type that is `Into<Decision>` implements it. The trait exists only for the error message
/// below.
#[diagnostic::on_unimplemented(
    message = "this returns `{Self}`, which is neither a `bool` nor a `Decision`",
    label = "this does not say whether to retry",
    note = "return `bool` or `persevere::Decision`, and not from an async function"
)]
pub trait Verdict {
    /// What the failed attempt deserves.
    fn into_decision(self) -> Decision;
}

#[diagnostic::do_not_recommend]
impl<D: Into<Decision>> Verdict for D {
    fn into_decision(self) -> Decision {
        self.into()
    }
}

/// What an attempt returns. Every `Result` implements it, whatever alias the function's signature writes.
#[diagnostic::on_unimplemented(
    message = "`#[retry]` needs a function that returns a `Result`, to know a failed attempt",
    label = "this is not a `Result`",
    note = "return `Result<{Self}, E>`; the attempts that return `Err` are the ones that may be retried",
    note = "or, if it is a future under a name of your own, end the body in an `async` block"
)]
pub trait Outcome {
    /// The type in `Ok`.
    type Value;
    /// The type in `Err`.
    type Error;

    /// The value of the attempt, or its error.
    ///
    /// # Errors
    ///
    /// If the attempt failed.
    fn split(&self) -> Result<&Self::Value, &Self::Error>;

    /// The outcome of an attempt that failed with `error`.
    fn failure(error: Self::Error) -> Self;
}

impl<T, E> Outcome for Result<T, E> {
    type Value = T;
    type Error = E;

    #[inline]
    fn split(&self) -> Result<&T, &E> {
        self.as_ref()
    }

    fn failure(error: E) -> Self {
        Err(error)
    }
}

/// How an attempt ended, or why it was not made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It returned an error.
    Failed,
    /// It returned a value that `until` refuses.
    Unaccepted,
    /// It returned a good value.
    Succeeded,
    /// The attempt queues under an `Upstream`, and asks for its turn again after this time.
    Held(Duration),
    /// The turn would come too late, so that the attempt is not made. The one before it failed.
    NoTurn,
}

impl AttemptEnd {
    #[inline]
    pub(crate) const fn of(failed: bool, succeeded: bool) -> Self {
        if failed {
            Self::Failed
        } else if succeeded {
            Self::Succeeded
        } else {
            Self::Unaccepted
        }
    }
}

/// The value of an attempt, or its error. The expansion calls this function if the signature does not show a `Result`:
/// for a wrong return type, a call of the method would be a second error.
///
/// # Errors
///
/// If the attempt failed.
#[inline]
pub fn split<O: Outcome>(outcome: &O) -> Result<&O::Value, &O::Error> {
    outcome.split()
}

/// Whether an attempt returned a value that `until` accepts.
#[inline]
pub fn succeeds<O: Outcome, U: Fn(&O::Value) -> bool>(outcome: &O, until: &U) -> bool {
    outcome.split().is_ok_and(until)
}

/// The `until` of a function that names none: every value is good.
#[inline]
#[must_use]
pub const fn accepted<T>(_: &T) -> bool {
    true
}
