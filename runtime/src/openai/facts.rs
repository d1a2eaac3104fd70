//! What an error tells the classifiers: the trait, and the facts.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;

use super::body::Said;
use super::headers;
use crate::clocks;

/// An error that [`retryable`](super::retryable) can classify, by the facts that it gives about the failure.
///
/// It is implemented for [`ApiError`](super::ApiError), and behind features for the errors of clients. For your own it
/// takes a few lines:
///
/// ```
/// use persevere::openai::{ApiFailure, Facts, retryable};
/// use persevere::{Decision, retry};
///
/// enum ChatError {
///     Transport(std::io::Error),
///     Service { status: u16, code: String },
///     NotJson(String),
/// }
///
/// impl ApiFailure for ChatError {
///     fn facts(&self) -> Facts<'_> {
///         match self {
///             ChatError::Transport(_) => Facts::transport(),
///             ChatError::Service { status, code } => {
///                 Facts::status(*status).code(Some(code))
///             }
///             ChatError::NotJson(_) => Facts::other(),
///         }
///     }
/// }
///
/// #[retry(max = 5, initial = "0s", on = retryable)]
/// fn ask() -> Result<String, ChatError> {
///     Err(ChatError::Service { status: 429, code: "insufficient_quota".to_owned() })
/// }
/// # assert!(ask().is_err());
/// # assert_eq!(retryable(&ChatError::Transport(std::io::ErrorKind::NotConnected.into())), Decision::Retry);
/// # assert_eq!(retryable(&ChatError::NotJson("<html>".to_owned())), Decision::Stop);
/// ```
///
/// An error that holds the whole response is classified by all of it:
///
/// ```
/// use persevere::Decision;
/// use persevere::openai::{ApiFailure, Facts, retryable};
/// # use std::time::Duration;
///
/// struct Refused(http::Response<Vec<u8>>);
///
/// impl ApiFailure for Refused {
///     fn facts(&self) -> Facts<'_> {
///         Facts::status(self.0.status().as_u16())
///             .headers(self.0.headers())
///             .body(self.0.body())
///     }
/// }
///
/// let body = br#"{"error": {
///     "code": 429,
///     "status": "RESOURCE_EXHAUSTED",
///     "details": [{"retryDelay": "47s"}]
/// }}"#;
/// let refused = Refused(http::Response::builder().status(429).body(body.to_vec())?);
/// assert_eq!(retryable(&refused), Decision::Throttled(Some(Duration::from_secs(47))));
/// # Ok::<_, http::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`openai::retryable` does not know errors of type `{Self}`",
    note = "implement `persevere::openai::ApiFailure` for it: one function that tells the status and the code",
    note = "for the errors of a client there is a feature of `persevere`: `reqwest`, `ureq`, `async-openai`"
)]
pub trait ApiFailure {
    /// What is known of the failure.
    fn facts(&self) -> Facts<'_>;
}

impl<E: ApiFailure + ?Sized> ApiFailure for &E {
    fn facts(&self) -> Facts<'_> {
        (**self).facts()
    }
}

impl<E: ApiFailure + ?Sized> ApiFailure for Box<E> {
    fn facts(&self) -> Facts<'_> {
        (**self).facts()
    }
}

impl<E: ApiFailure + ?Sized> ApiFailure for Arc<E> {
    fn facts(&self) -> Facts<'_> {
        (**self).facts()
    }
}

/// What is known of a failed request: how it failed, and for a response what its body and its headers say.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub(super) cause: Cause<'a>,
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) error_type: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
    /// Other codes in the body that name the kind of error, in the form of [`letters`](super::names::letters).
    pub(super) words: Cow<'a, [String]>,
    /// The status that the body repeats.
    pub(super) told: Option<u16>,
    pub(super) should_retry: Option<bool>,
    pub(super) retry_after: Option<Duration>,
    /// The wait that a field of the body names.
    pub(super) body_wait: Option<Duration>,
    /// When the response was made, by its own `Date`.
    date: Option<SystemTime>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Cause<'a> {
    /// No complete response came, or none in time.
    Transport,
    /// The connection was not made: no service has seen the request.
    NotConnected,
    Status(u16),
    /// Another error decides. If neither it nor any of its causes is known, the `Otherwise` decides.
    Wrapped(Source<'a>, Otherwise),
    Other,
}

/// How an error is judged if neither it nor any of its causes is known.
#[derive(Clone, Copy, Debug)]
pub(super) enum Otherwise {
    Transport,
    Other,
}

/// An error that another one wraps.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(pub(super) &'a (dyn Error + 'static));

impl fmt::Debug for Source<'_> {
    /// Without the error's own text, which may hold what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(an error)")
    }
}

impl<'a> Facts<'a> {
    pub(super) const fn new(cause: Cause<'a>) -> Self {
        Self {
            cause,
            code: None,
            error_type: None,
            message: None,
            words: Cow::Borrowed(&[]),
            told: None,
            should_retry: None,
            retry_after: None,
            body_wait: None,
            date: None,
        }
    }

    /// No complete response came, or none in time: retried.
    #[must_use]
    pub const fn transport() -> Self {
        Self::new(Cause::Transport)
    }

    /// The connection was not made, so that no service has seen the request: retried, also by
    /// [`unprocessed`](super::unprocessed).
    #[must_use]
    pub const fn not_connected() -> Self {
        Self::new(Cause::NotConnected)
    }

    /// A response came with this status.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self::new(Cause::Status(status))
    }

    /// Another error decides: of it and its causes the outermost one that is known, such as an
    /// [`ApiError`](super::ApiError), an [`io::Error`](std::io::Error), or an error of a client whose feature is on. If
    /// none is known, the failure is not retried.
    ///
    /// ```
    /// use persevere::Decision;
    /// use persevere::openai::{ApiError, ApiFailure, Facts, retryable};
    ///
    /// struct Failed(Box<dyn std::error::Error>);
    ///
    /// impl ApiFailure for Failed {
    ///     fn facts(&self) -> Facts<'_> {
    ///         Facts::caused_by(self.0.as_ref())
    ///     }
    /// }
    ///
    /// let timeout = ApiError::timeout("no answer");
    /// assert_eq!(retryable(&Failed(timeout.into())), Decision::Retry);
    /// assert_eq!(retryable(&Failed("no such file".into())), Decision::Stop);
    /// ```
    #[must_use]
    pub const fn caused_by(error: &'a (dyn Error + 'static)) -> Self {
        Self::new(Cause::Wrapped(Source(error), Otherwise::Other))
    }

    /// Another attempt would fail in the same way: the request could not be built, or the reply is not what was asked
    /// for. Not retried.
    #[must_use]
    pub const fn other() -> Self {
        Self::new(Cause::Other)
    }

    /// The body's `code`.
    #[must_use]
    pub fn code(mut self, code: Option<&'a str>) -> Self {
        self.code = code.map(Cow::Borrowed);
        self
    }

    /// The body's `type`.
    #[must_use]
    pub fn error_type(mut self, error_type: Option<&'a str>) -> Self {
        self.error_type = error_type.map(Cow::Borrowed);
        self
    }

    /// The body's `message`, which may name the wait, or say what no code does.
    #[must_use]
    pub fn message(mut self, message: Option<&'a str>) -> Self {
        self.message = message.map(Cow::Borrowed);
        self
    }

    /// The header `x-should-retry`.
    #[must_use]
    pub const fn should_retry(mut self, should_retry: Option<bool>) -> Self {
        self.should_retry = should_retry;
        self
    }

    /// The wait that the server's headers ask for.
    #[must_use]
    pub const fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// All that the response's headers say: whether to retry, and the wait.
    ///
    /// A wait that is given as a point in time is counted from the response's `Date`, or, if it has none, from the time
    /// of the system's clock, which is read only then.
    #[must_use]
    pub fn headers(mut self, headers: &HeaderMap) -> Self {
        self.date = headers::date(headers);
        self.should_retry = headers::should_retry(headers);
        self.retry_after = headers::retry_after(headers, || self.now());
        self
    }

    /// All that the response's body says, in whichever of the shapes that services send: the code, the type, the
    /// message, the wait. Any bytes will do.
    ///
    /// Call it after [`headers`](Self::headers), which know when the response was made.
    #[must_use]
    pub fn body(self, body: &[u8]) -> Self {
        let said = Said::read(&String::from_utf8_lossy(body));
        self.said(said)
    }

    fn now(&self) -> SystemTime {
        self.date.unwrap_or_else(clocks::system)
    }

    pub(super) fn said(mut self, said: Said) -> Self {
        self.body_wait = said.wait_at(|| self.now());
        self.told = said.status;
        let Said { message, aside, code, error_type, words, .. } = said;
        self.message = message.or(aside).map(Cow::Owned);
        self.code = code.map(Cow::Owned);
        self.error_type = error_type.map(Cow::Owned);
        self.words = Cow::Owned(words);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_is_wrapped_is_not_printed() {
        let secret = std::io::Error::other("SECRET");
        assert_eq!(format!("{:?}", Source(&secret)), "(an error)");
    }
}
