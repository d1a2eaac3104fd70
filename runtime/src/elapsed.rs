//! The timeout of an attempt, from which its error is built.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::{Decision, Retryable};

/// An attempt did not end within its `timeout`, or before the call's `deadline` where that came first.
///
/// The function's own error is built from it by `From<Elapsed>`, so that a timeout is an error like any other, and the
/// classifier decides about it.
///
/// | error type | implements `From<Elapsed>` |
/// |---|---|
/// | `std::io::Error`, `openai::ApiError` | yes |
/// | `anyhow::Error`, `eyre::Report`, `Box<dyn Error + Send + Sync>` | yes, as from any error |
/// | `Judged<io::Error>`, `Judged<Box<dyn Error + Send + Sync>>` | yes |
/// | `reqwest::Error` and other clients' errors | no: return `openai::ApiError`, into which `?` converts them |
/// | your own | write an `impl`, as below |
///
/// ```
/// use persevere::{Elapsed, Retryable, retry};
///
/// #[derive(Debug, Retryable)]
/// enum StoreError {
///     #[retryable(transparent)]
///     TooSlow(Elapsed),
/// }
///
/// impl From<Elapsed> for StoreError {
///     fn from(elapsed: Elapsed) -> Self {
///         Self::TooSlow(elapsed)
///     }
/// }
///
/// # #[cfg(feature = "tokio")]
/// #[retry(timeout = "2s")]
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
    /// The timeout of an attempt that had this limit.
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

impl Retryable for Elapsed {
    /// It is retried: another attempt may be quicker.
    fn decision(&self) -> Decision {
        Decision::Retry
    }
}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        Self::new(io::ErrorKind::TimedOut, elapsed)
    }
}
