use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::error::{ApiError, ApiStatusError};

/// An error that [`retryable`](super::retryable) can judge: it tells what it knows of the failure.
///
/// It is implemented for [`ApiError`], and behind features for the errors of clients. For your own it takes a few
/// lines:
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
///             ChatError::Service { status, code } => Facts::status(*status).code(Some(code)),
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
    pub(super) cause: Cause,
    pub(super) code: Option<Cow<'a, str>>,
    pub(super) error_type: Option<Cow<'a, str>>,
    pub(super) message: Option<Cow<'a, str>>,
    pub(super) should_retry: Option<bool>,
    pub(super) retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Cause {
    Transport,
    Status(u16),
    Other,
}

impl<'a> Facts<'a> {
    const fn new(cause: Cause) -> Self {
        Self { cause, code: None, error_type: None, message: None, should_retry: None, retry_after: None }
    }

    /// No complete response came, or none in time: retried.
    #[must_use]
    pub const fn transport() -> Self {
        Self::new(Cause::Transport)
    }

    /// A response came with this status.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self::new(Cause::Status(status))
    }

    /// Another attempt would fail alike: the request could not be built, the reply is not what was asked for. Not
    /// retried.
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

    /// The body's `message`, which may name the wait.
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
}

impl ApiFailure for ApiStatusError {
    fn facts(&self) -> Facts<'_> {
        Facts::status(self.status().as_u16())
            .code(self.code())
            .error_type(self.error_type())
            .message(self.message())
            .should_retry(self.should_retry())
            .retry_after(self.retry_after())
    }
}

impl ApiFailure for ApiError {
    fn facts(&self) -> Facts<'_> {
        match self {
            Self::Status(error) => error.facts(),
            Self::Connection(source) if is_hopeless(source.as_ref()) => Facts::other(),
            Self::Connection(_) | Self::Timeout(_) => Facts::transport(),
        }
    }
}

/// Whether the cause of what was taken for a connection error is one that no other attempt mends: a body that is not
/// the JSON that was expected, or a request that could not be built.
fn is_hopeless(error: &(dyn std::error::Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    let mut causes = causes.map(|cause| {
        #[cfg(feature = "reqwest")]
        if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
            return error.is_builder();
        }
        #[cfg(feature = "ureq")]
        if let Some(error) = cause.downcast_ref::<ureq::Error>() {
            return super::ureq::is_hopeless(error);
        }
        cause.is::<serde_json::Error>()
    });
    causes.any(|hopeless| hopeless)
}
