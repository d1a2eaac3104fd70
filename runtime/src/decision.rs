//! What a failed attempt deserves, and how an error says so itself.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What a failed attempt deserves: the verdict of a classifier, the function behind `on`.
///
/// A plain `bool` is a decision too: `true` is [`Retry`](Self::Retry), `false` is [`Stop`](Self::Stop).
///
/// ```
/// use persevere::Decision;
///
/// assert_eq!(Decision::from(true), Decision::Retry);
/// assert_eq!(Decision::from(false), Decision::Stop);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// Trying again would not help: the error is returned at once.
    Stop,
    /// The attempt failed for a passing reason: try again after the policy's own wait.
    Retry,
    /// The attempt failed for a passing reason, and this wait fits it better than the policy's own: a job that is done in
    /// two seconds, an eventual consistency that is known. It is waited for exactly, without jitter, also if it is longer
    /// than [`Policy::max_retry_after`](crate::Policy::max_retry_after), which limits what servers ask. A deadline limits
    /// it. The policy's waits grow on all the same, for the failures that follow.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use persevere::{Decision, Policy};
    ///
    /// let mut answers = [Err("still starting"), Ok(7)].into_iter();
    /// let port = Policy::new()
    ///     .retry_blocking(|| answers.next().unwrap())
    ///     .on(|_| Decision::RetryIn(Duration::from_millis(5)))
    ///     .call();
    /// assert_eq!(port, Ok(7));
    /// ```
    RetryIn(Duration),
    /// The attempt failed and the server named the wait: try again, not earlier than this. The policy's own
    /// jittered wait comes on top, because everyone was told the same time.
    RetryAfter(Duration),
    /// The service refused because too much was asked of it, and may have named the wait. Waits like
    /// [`RetryAfter`](Self::RetryAfter) or [`Retry`](Self::Retry).
    Throttled(Option<Duration>),
}

impl Decision {
    /// The wait that the server named, if the call is to be retried and it named one.
    #[must_use]
    pub const fn server_wait(self) -> Option<Duration> {
        match self {
            Self::RetryAfter(wait) => Some(wait),
            Self::Throttled(wait) => wait,
            Self::Stop | Self::Retry | Self::RetryIn(_) => None,
        }
    }

    /// Whether the decision itself names a wait. The call waits for it even if the policy's `initial` is zero.
    pub(crate) const fn names_wait(self) -> bool {
        matches!(self, Self::RetryIn(_)) || self.server_wait().is_some()
    }
}

impl Decision {
    /// This decision, or `other` if this one is [`Stop`](Self::Stop). With it a classifier can retry a few more errors.
    ///
    /// ```
    /// use persevere::{Decision, Retryable, retry};
    /// # use std::io;
    ///
    /// fn is_locked(error: &io::Error) -> bool {
    ///     error.raw_os_error() == Some(11)
    /// }
    ///
    /// #[retry(on = |error| error.decision().or(is_locked(error)))]
    /// fn load() -> io::Result<u32> {
    ///     Ok(7)
    /// }
    /// # assert_eq!(load().unwrap(), 7);
    ///
    /// assert_eq!(Decision::Throttled(None).or(true), Decision::Throttled(None));
    /// assert_eq!(Decision::Stop.or(true), Decision::Retry);
    /// ```
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        match self {
            Self::Stop => other.into(),
            decided => decided,
        }
    }
}

impl From<bool> for Decision {
    fn from(retry: bool) -> Self {
        if retry { Self::Retry } else { Self::Stop }
    }
}

/// An error that knows whether it is worth another attempt. Where `#[retry]` names no `on`, it asks this.
///
/// `#[derive(Retryable)]` implements it, with an attribute on the variants that are retried. It is implemented for
/// [`std::io::Error`] (by its kind: what a network does in passing is retried), for [`Elapsed`](crate::Elapsed), for
/// `openai::ApiError`, behind their features for the errors of reqwest, ureq and async-openai, for `dyn Error` (by the
/// first of its [`causes`](crate::causes) that is known), and for boxes, references and `Arc`s of what implements it.
///
/// ```
/// use persevere::{Decision, Retryable, retry};
///
/// #[derive(Debug)]
/// enum StoreError {
///     Busy,
///     NoSuchKey,
/// }
///
/// impl Retryable for StoreError {
///     fn decision(&self) -> Decision {
///         Decision::from(matches!(self, StoreError::Busy))
///     }
/// }
///
/// #[retry(initial = "0s")]
/// fn load(key: &str) -> Result<String, StoreError> {
///     if key.is_empty() { Err(StoreError::NoSuchKey) } else { Ok(key.to_uppercase()) }
/// }
///
/// assert_eq!(load("a").unwrap(), "A");
/// # assert!(matches!(load(""), Err(StoreError::NoSuchKey)));
/// # assert_eq!(StoreError::Busy.decision(), Decision::Retry);
/// ```
#[diagnostic::on_unimplemented(
    message = "nothing says which errors of type `{Self}` to retry",
    label = "`{Self}` is not `persevere::Retryable`",
    note = "`on = |error| true`, or `on` with the name of a function that takes `&{Self}`, says it for one function",
    note = "`#[derive(persevere::Retryable)]` on the error says it for all, and in a derive `with = path` for one field"
)]
pub trait Retryable {
    /// What an attempt that failed with this error deserves.
    fn decision(&self) -> Decision;
}

impl Retryable for io::Error {
    /// Retries what a network, a peer or the system does in passing: refused, reset, aborted and missing
    /// connections, unreachable hosts and networks, broken pipes, an early end of the stream, timeouts,
    /// interruptions, operations that would block, busy resources. Everything else stops.
    fn decision(&self) -> Decision {
        use io::ErrorKind::{
            BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted,
            NetworkDown, NetworkUnreachable, NotConnected, ResourceBusy, TimedOut, UnexpectedEof, WouldBlock,
        };
        Decision::from(matches!(
            self.kind(),
            BrokenPipe
                | ConnectionAborted
                | ConnectionRefused
                | ConnectionReset
                | HostUnreachable
                | Interrupted
                | NetworkDown
                | NetworkUnreachable
                | NotConnected
                | ResourceBusy
                | TimedOut
                | UnexpectedEof
                | WouldBlock
        ))
    }
}

#[diagnostic::do_not_recommend]
impl<E: Retryable + ?Sized> Retryable for &E {
    fn decision(&self) -> Decision {
        (**self).decision()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Retryable + ?Sized> Retryable for Box<E> {
    fn decision(&self) -> Decision {
        (**self).decision()
    }
}

#[diagnostic::do_not_recommend]
impl<E: Retryable + ?Sized> Retryable for Arc<E> {
    fn decision(&self) -> Decision {
        (**self).decision()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn io_errors_are_retried_by_kind() {
        for kind in [ErrorKind::ConnectionReset, ErrorKind::TimedOut, ErrorKind::UnexpectedEof] {
            assert_eq!(io::Error::from(kind).decision(), Decision::Retry, "{kind:?}");
        }
        for kind in [ErrorKind::NotFound, ErrorKind::PermissionDenied, ErrorKind::InvalidData, ErrorKind::Other] {
            assert_eq!(io::Error::from(kind).decision(), Decision::Stop, "{kind:?}");
        }
    }

    #[test]
    fn wrapped_errors_decide_like_what_they_wrap() {
        fn decide<E: Retryable>(error: E) -> Decision {
            error.decision()
        }
        let reset = || io::Error::from(ErrorKind::ConnectionReset);
        assert_eq!(decide::<&io::Error>(&reset()), Decision::Retry);
        assert_eq!(decide::<Box<io::Error>>(Box::new(reset())), Decision::Retry);
        assert_eq!(decide::<Arc<io::Error>>(Arc::new(reset())), Decision::Retry);
    }
}
