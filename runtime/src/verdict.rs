//! An error together with its decision.

use std::error::Error;
use std::time::Duration;
use std::{fmt, io};

use crate::redact::redacted;
use crate::{Decision, Elapsed, Retryable};

/// An error together with its [`Decision`], for bodies that decide case by case.
///
/// A function that returns `Result<T, Judged<E>>` needs no `on`. An error that `?` converts into a `Judged` is
/// retried, as one made by [`Judged::retry`]; one made by [`Judged::stop`] is not.
///
/// ```
/// use std::io;
///
/// use persevere::{Judged, retry};
///
/// #[retry(max = 5, initial = "0s")]
/// fn load(path: &str) -> Result<u16, Judged<io::Error>> {
///     // Another process may be about to write it.
///     let text = std::fs::read_to_string(path)?;
///     let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
///     text.trim().parse().map_err(|error| Judged::stop(invalid(error)))
/// }
///
/// let error: io::Error = load("/no/such/file").unwrap_err().into_inner();
/// # assert_eq!(error.kind(), io::ErrorKind::NotFound);
/// ```
///
/// Its `Display` and its `Debug` write the error that it holds, without the secrets of URLs. Its
/// [`source`](Error::source) is that of the error that it holds.
///
/// Coming from the crate `backoff`: `Error::permanent(e)` is `Judged::stop(e)`, `Error::transient(e)` is
/// `Judged::retry(e)`, and `Error::retry_after(e, wait)` is [`Judged::new`]`(e, Decision::RetryIn(wait))`, since it
/// replaced the wait of the policy; [`Judged::retry_after`] is for a wait that the server asks for.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Judged<E> {
    error: E,
    decision: Decision,
}

impl<E> Judged<E> {
    /// An error with any [`Decision`], or with a `bool`.
    ///
    /// ```
    /// use persevere::{Decision, Judged, Retryable};
    ///
    /// let judged = Judged::new("too many requests", Decision::Throttled(None));
    /// assert_eq!(judged.decision(), Decision::Throttled(None));
    /// ```
    pub fn new(error: E, decision: impl Into<Decision>) -> Self {
        Self { error, decision: decision.into() }
    }

    /// A transient error: the call is retried.
    pub const fn retry(error: E) -> Self {
        Self { error, decision: Decision::Retry }
    }

    /// A transient error with the wait that the server asks for.
    pub const fn retry_after(error: E, wait: Duration) -> Self {
        Self { error, decision: Decision::RetryAfter(wait) }
    }

    /// A permanent error: it is returned at once.
    pub const fn stop(error: E) -> Self {
        Self { error, decision: Decision::Stop }
    }

    /// The error.
    pub const fn get_ref(&self) -> &E {
        &self.error
    }

    /// The error, without the decision.
    pub fn into_inner(self) -> E {
        self.error
    }
}

impl<E> From<E> for Judged<E> {
    /// An error that is retried.
    fn from(error: E) -> Self {
        Self::retry(error)
    }
}

impl From<Elapsed> for Judged<io::Error> {
    /// A timeout is retried, like every [`Elapsed`].
    fn from(elapsed: Elapsed) -> Self {
        Self::retry(elapsed.into())
    }
}

impl From<Elapsed> for Judged<Box<dyn Error + Send + Sync>> {
    /// A timeout is retried, like every [`Elapsed`].
    fn from(elapsed: Elapsed) -> Self {
        Self::retry(elapsed.into())
    }
}

impl<E> Retryable for Judged<E> {
    fn decision(&self) -> Decision {
        self.decision
    }
}

impl<E: fmt::Display> fmt::Display for Judged<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, .. } = self;
        f.write_str(&redacted(&if f.alternate() { format!("{error:#}") } else { format!("{error}") }))
    }
}

impl<E: fmt::Debug> fmt::Debug for Judged<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, .. } = self;
        f.write_str(&redacted(&if f.alternate() { format!("{error:#?}") } else { format!("{error:?}") }))
    }
}

impl<E: Error> Error for Judged<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_judged_where_it_is_made() {
        let wait = Duration::from_secs(7);
        for (judged, expected) in [
            (Judged::retry("e"), Decision::Retry),
            (Judged::retry_after("e", wait), Decision::RetryAfter(wait)),
            (Judged::stop("e"), Decision::Stop),
            (Judged::from("e"), Decision::Retry),
            (Judged::new("e", false), Decision::Stop),
            (Judged::new("e", Decision::RetryIn(wait)), Decision::RetryIn(wait)),
        ] {
            assert_eq!(judged.decision(), expected);
            assert_eq!((*judged.get_ref(), judged.into_inner()), ("e", "e"));
        }
    }

    #[test]
    fn it_is_written_as_the_error_that_it_holds() {
        let elapsed = Elapsed::new(Duration::ZERO);
        let error = || io::Error::from(elapsed);
        let judged = Judged::<io::Error>::from(elapsed);
        assert_eq!((judged.to_string(), format!("{judged:?}")), (error().to_string(), format!("{:?}", error())));
        let source = |error: &dyn Error| error.source().map(ToString::to_string);
        assert_eq!(source(&Judged::stop(error())), source(&error()));
        let cause = "x".parse::<u8>().unwrap_err().to_string();
        assert_eq!(source(&Judged::stop(Wrapper("x".parse::<u8>().unwrap_err()))), Some(cause));
    }

    #[derive(Debug)]
    struct Wrapper(std::num::ParseIntError);

    impl fmt::Display for Wrapper {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl Error for Wrapper {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
}
