//! The error of a request: no connection, no answer in time, a response that failed, or none of these.

use std::error::Error;
use std::fmt;
use std::time::SystemTime;

use http::{HeaderMap, StatusCode};

use super::body::Said;
use super::facts::{ApiFailure, Cause, Facts, Otherwise, Source};
use super::scrub;
use super::status::ApiStatusError;
use crate::redact::redacted;
use crate::{Elapsed, clocks};

/// How a request to an OpenAI-compatible service failed.
#[non_exhaustive]
pub enum ApiError {
    /// No complete response came: refused, reset, cut off, not HTTP. Holds the cause.
    Connection(Box<dyn Error + Send + Sync>),
    /// No response came in time. Holds the cause.
    Timeout(Box<dyn Error + Send + Sync>),
    /// A response came, and its status or its body says that the request failed.
    Status(ApiStatusError),
    /// Neither a connection nor a response is at fault: the request cannot be built, a redirect is refused, the reply
    /// is not what was asked for. Holds the cause.
    Other(Box<dyn Error + Send + Sync>),
}

impl ApiError {
    /// The error that a failed response stands for. Any headers and any bytes will do; what they do not say is left
    /// out. A success whose body is an error, as gateways send it, is classified by its body.
    ///
    /// A wait that is given as a point in time is counted from the response's `Date`, or, if it has none, from the time
    /// of the system's clock, which is read only then.
    ///
    /// ```
    /// use persevere::openai::{ApiError, ErrorKind};
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-request-id", http::HeaderValue::from_static("req_7"));
    /// let body = br#"{"error": {
    ///     "message": "No such model",
    ///     "type": "invalid_request_error",
    ///     "code": "model_not_found"
    /// }}"#;
    ///
    /// let error = ApiError::from_response(http::StatusCode::NOT_FOUND, &headers, body);
    /// let ApiError::Status(status) = &error else { unreachable!() };
    /// assert_eq!(status.kind(), ErrorKind::NotFound);
    /// assert_eq!(status.code(), Some("model_not_found"));
    /// assert_eq!(status.request_id(), Some("req_7"));
    /// assert_eq!(
    ///     error.to_string(),
    ///     "404 Not Found: No such model (code model_not_found, request req_7)"
    /// );
    /// ```
    #[must_use]
    pub fn from_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        Self::Status(ApiStatusError::new(status, headers, body, clocks::system))
    }

    /// The error of a response that came at `now`. A wait that is given as a point in time is counted from the
    /// response's `Date`, or, if it has none, from `now`. Everything else is as in
    /// [`from_response`](Self::from_response).
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use persevere::openai::ApiError;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// let date = http::HeaderValue::from_static("Fri, 29 Sep 2023 16:26:57 GMT");
    /// headers.insert("retry-after", date);
    /// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_696_004_797);
    ///
    /// let status = http::StatusCode::SERVICE_UNAVAILABLE;
    /// let error = ApiError::from_response_at(status, &headers, b"", now);
    /// assert_eq!(error.response().unwrap().retry_after(), Some(Duration::from_secs(20)));
    /// ```
    #[must_use]
    pub fn from_response_at(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Self {
        Self::Status(ApiStatusError::new(status, headers, body, || now))
    }

    /// The error that an event reports in a stream whose status was a success: OpenAI's `error` and `response.failed`,
    /// Anthropic's `error`, an object with a member `error`. `None` for any other event.
    ///
    /// Takes the event's data, or the lines of the whole event. The error's [`status`](ApiStatusError::status) is the
    /// one that the stream began with; its [`kind`](ApiStatusError::kind) is what the event says.
    ///
    /// Whether the call may be repeated is for the caller to know: what came before the event has been seen.
    ///
    /// ```
    /// use persevere::Decision;
    /// use persevere::openai::{ApiError, ErrorKind, retryable};
    ///
    /// let event = r#"{"type": "error", "error": {"type": "overloaded_error"}}"#;
    /// let error = ApiError::from_event(event).unwrap();
    /// assert_eq!(error.response().unwrap().kind(), ErrorKind::InternalServer);
    /// assert_eq!(retryable(&error), Decision::Retry);
    ///
    /// let event = r#"{"choices": [{"delta": {"content": "error"}}]}"#;
    /// assert!(ApiError::from_event(event).is_none());
    /// ```
    #[must_use]
    pub fn from_event(event: &str) -> Option<Self> {
        let said = Said::read(event);
        let named = event.lines().any(|line| line.strip_prefix("event:").is_some_and(|name| name.trim() == "error"));
        if !said.is_error && !named {
            return None;
        }
        let error = ApiStatusError::of(StatusCode::OK, &HeaderMap::new(), event.to_owned(), said, clocks::system);
        Some(Self::Status(error))
    }

    /// The error in the body of a response whose status is a success, if that body is one.
    #[cfg(any(feature = "ureq", all(feature = "reqwest", not(all(target_family = "wasm", target_os = "unknown")))))]
    pub(super) fn in_success(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Self> {
        let body = String::from_utf8_lossy(body);
        let said = Said::read(&body);
        said.is_error
            .then(|| Self::Status(ApiStatusError::of(status, headers, body.into_owned(), said, clocks::system)))
    }

    /// A failure to get a complete response.
    ///
    /// ```
    /// use std::error::Error as _;
    /// use persevere::openai::ApiError;
    ///
    /// let error = ApiError::connection("reset by peer");
    /// assert_eq!(error.to_string(), "connection error");
    /// assert_eq!(error.source().unwrap().to_string(), "reset by peer");
    /// ```
    #[must_use]
    pub fn connection(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Connection(scrub::error(source.into()))
    }

    /// A response that did not come in time.
    ///
    /// ```
    /// use persevere::openai::ApiError;
    ///
    /// assert_eq!(ApiError::timeout("no answer for 10 s").to_string(), "request timed out");
    /// ```
    #[must_use]
    pub fn timeout(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Timeout(scrub::error(source.into()))
    }

    /// A failure of neither the connection nor the service. It is not retried, unless its cause says otherwise.
    ///
    /// ```
    /// use persevere::Decision;
    /// use persevere::openai::{ApiError, retryable};
    ///
    /// let error = ApiError::other("the reply has no choices");
    /// assert_eq!(error.to_string(), "invalid request or reply");
    /// assert_eq!(retryable(&error), Decision::Stop);
    /// ```
    #[must_use]
    pub fn other(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Other(scrub::error(source.into()))
    }

    /// The response that failed, if one came: its status, code, message and request id.
    ///
    /// ```
    /// use persevere::openai::ApiError;
    ///
    /// assert!(ApiError::connection("refused").response().is_none());
    /// ```
    #[must_use]
    pub const fn response(&self) -> Option<&ApiStatusError> {
        match self {
            Self::Status(error) => Some(error),
            Self::Connection(_) | Self::Timeout(_) | Self::Other(_) => None,
        }
    }
}

impl From<Elapsed> for ApiError {
    /// An attempt that took longer than its `timeout` timed out.
    fn from(elapsed: Elapsed) -> Self {
        Self::timeout(elapsed)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(_) => f.write_str("connection error"),
            Self::Timeout(_) => f.write_str("request timed out"),
            Self::Status(error) => error.fmt(f),
            Self::Other(_) => f.write_str("invalid request or reply"),
        }
    }
}

impl fmt::Debug for ApiError {
    /// Without the secrets of the URLs in what it holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, source) = match self {
            Self::Connection(source) => ("Connection", source),
            Self::Timeout(source) => ("Timeout", source),
            Self::Status(error) => return f.debug_tuple("Status").field(error).finish(),
            Self::Other(source) => ("Other", source),
        };
        let source = if f.alternate() { format!("{source:#?}") } else { format!("{source:?}") };
        f.debug_tuple(name).field(&format_args!("{}", redacted(&source))).finish()
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connection(source) | Self::Timeout(source) | Self::Other(source) => Some(source.as_ref()),
            Self::Status(_) => None,
        }
    }
}

impl From<ApiStatusError> for ApiError {
    fn from(error: ApiStatusError) -> Self {
        Self::Status(error)
    }
}

impl ApiFailure for ApiError {
    /// The outermost known error that it wraps decides. If none is known, the variant decides.
    fn facts(&self) -> Facts<'_> {
        let (source, otherwise) = match self {
            Self::Status(error) => return error.facts(),
            Self::Connection(source) | Self::Timeout(source) => (source, Otherwise::Transport),
            Self::Other(source) => (source, Otherwise::Other),
        };
        Facts::new(Cause::Wrapped(Source(source.as_ref()), otherwise))
    }
}
