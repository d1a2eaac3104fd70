//! What to do after a failed attempt, and the trait of errors that decide it themselves.

use std::io;
use std::sync::Arc;
use std::time::Duration;

/// What to do after a failed attempt: stop, or retry and after which wait. A classifier, which is the function given as
/// `on`, or the error's own [`Retryable`] returns it.
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
    /// The error is permanent: it is returned at once.
    Stop,
    /// The error is transient: the call is retried after the policy's own wait.
    Retry,
    /// The error is transient, and this wait fits it better than the policy's own: a job that is done in two seconds,
    /// or an eventual consistency that is known. The call waits exactly this long, without jitter, also if it is
    /// longer than [`Policy::max_retry_after`](crate::Policy::max_retry_after), which limits only the waits that
    /// servers ask for. A deadline limits it. The policy's waits grow all the same, for the failures that follow.
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
    /// The error is transient, and the server named a wait: the call is retried, and not earlier than this. The
    /// policy's own jittered wait is added, because all callers were told the same time; with `jitter = none` or an
    /// `initial` of zero nothing is added.
    RetryAfter(Duration),
    /// The service rate-limited the request, and may have named a wait. The call waits as after
    /// [`RetryAfter`](Self::RetryAfter) or [`Retry`](Self::Retry). With an [`Upstream`](crate::Upstream), repeated
    /// refusals slow all calls to the service to the rate that it accepts, and retries after them are free of its
    /// budget; repeated failures of the other kinds count as an outage.
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

/// An error that decides whether it is retried. `#[retry]` uses it if it has no `on`.
///
/// `#[derive(Retryable)]` implements it, with an attribute on the variants that are retried. It is implemented for
/// [`std::io::Error`] (by its kind), for [`Elapsed`](crate::Elapsed), for `openai::ApiError`, behind their features
/// for the errors of reqwest, ureq and async-openai, for `dyn Error` (by the first of its [`causes`](crate::causes)
/// that is known), and for boxes, references and `Arc`s of what implements it.
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
///
/// # Which I/O errors are retried
///
/// An [`std::io::Error`] is retried if its [kind](std::io::ErrorKind) is `BrokenPipe`, `ConnectionAborted`,
/// `ConnectionRefused`, `ConnectionReset`, `HostUnreachable`, `Interrupted`, `NetworkDown`, `NetworkUnreachable`,
/// `NotConnected`, `ResourceBusy`, `TimedOut`, `UnexpectedEof` or `WouldBlock`. All other kinds are not, such as
/// `NotFound` and `PermissionDenied`.
///
/// The page of `openai` lists the statuses that are retried, under "What is retried".
#[diagnostic::on_unimplemented(
    message = "nothing says which errors of type `{Self}` to retry",
    label = "`{Self}` is not `persevere::Retryable`",
    note = "`on = |error| true`, or `on` with the name of a function that takes `&{Self}`, says it for one function",
    note = "`#[derive(persevere::Retryable)]` on the error says it for all, and in a derive `with = path` for one field"
)]
pub trait Retryable {
    /// What to do after an attempt that failed with this error.
    fn decision(&self) -> Decision;
}

impl Retryable for io::Error {
    /// Retries transient failures of a network, a peer or the system: refused, reset, aborted and missing connections,
    /// unreachable hosts and networks, broken pipes, an early end of the stream, timeouts, interruptions, operations
    /// that would block, busy resources. All other errors stop the call.
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
