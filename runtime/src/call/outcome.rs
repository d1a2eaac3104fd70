//! What an attempt returned, and what was said of it.

use std::time::Duration;

use crate::Decision;

/// What `on` returns: anything that is `Into<Decision>`, under a name that says so when it is not.
#[diagnostic::on_unimplemented(
    message = "`on` returns `{Self}`, which is neither a `bool` nor a `Decision`",
    label = "this does not say whether to retry",
    note = "return `bool` or `persevere::Decision`, and not from an async function"
)]
pub trait Verdict {
    /// What is to follow the failed attempt.
    fn into_decision(self) -> Decision;
}

#[diagnostic::do_not_recommend]
impl<D: Into<Decision>> Verdict for D {
    /// What is to follow the failed attempt.
    fn into_decision(self) -> Decision {
        self.into()
    }
}

/// What an attempt returns: a `Result`, whatever name it goes by.
#[diagnostic::on_unimplemented(
    message = "`#[retry]` needs a function that returns a `Result`, to know a failed attempt",
    label = "this is not a `Result`",
    note = "return `Result<{Self}, E>`; the attempts that return `Err` are the ones that may be retried"
)]
pub trait Outcome {
    /// The type of its value.
    type Value;
    /// The type of its error.
    type Error;

    /// The value of an attempt that succeeded, or the error of one that failed.
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

/// How an attempt ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It returned an error.
    Failed,
    /// With a value that fails `until`.
    Unaccepted,
    /// It returned a value that is good.
    Succeeded,
    /// It is not made yet: its turn, or the time to ask again, comes after so long.
    Held(Duration),
    /// It is not made: its turn would come too late. The one before failed.
    NoTurn,
}

impl Ended {
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

/// The value of an attempt, or its error.
///
/// # Errors
///
/// If the attempt failed.
#[inline]
pub fn split<O: Outcome>(outcome: &O) -> Result<&O::Value, &O::Error> {
    outcome.split()
}

/// Whether an attempt succeeded.
#[inline]
pub fn succeeds<O: Outcome, U: Fn(&O::Value) -> bool>(outcome: &O, until: &U) -> bool {
    outcome.split().is_ok_and(until)
}

/// `until`, where the function names none.
#[inline]
#[must_use]
pub const fn accepted<T>(_: &T) -> bool {
    true
}
