use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use super::body::ErrorBody;
use super::{headers, retryable};
use crate::{Decision, Elapsed, Retryable};

/// How a request to an OpenAI-compatible service failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum ApiError {
    /// No complete response came: refused, reset, cut off, not HTTP. Holds the cause.
    Connection(Box<dyn Error + Send + Sync>),
    /// No response came in time. Holds the cause.
    Timeout(Box<dyn Error + Send + Sync>),
    /// A response came, and its status says that the request failed.
    Status(ApiStatusError),
}

impl ApiError {
    /// The error that a response with a status of 400 or above stands for. Any headers and any bytes will do; what
    /// they do not say is left out.
    ///
    /// A `retry-after` date is taken relative to the system's clock, which is read only then.
    ///
    /// ```
    /// use persevere::openai::{ApiError, ErrorKind};
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-request-id", http::HeaderValue::from_static("req_7"));
    /// let body = br#"{"error": {"message": "No such model", "type": "invalid_request_error", "code": "model_not_found"}}"#;
    ///
    /// let error = ApiError::from_response(http::StatusCode::NOT_FOUND, &headers, body);
    /// let ApiError::Status(status) = &error else { unreachable!() };
    /// assert_eq!(status.kind(), ErrorKind::NotFound);
    /// assert_eq!(status.code(), Some("model_not_found"));
    /// assert_eq!(status.request_id(), Some("req_7"));
    /// assert_eq!(error.to_string(), "404 Not Found: No such model (code model_not_found, request req_7)");
    /// ```
    #[must_use]
    pub fn from_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        Self::Status(ApiStatusError::new(status, headers, body, SystemTime::now))
    }

    /// The same for a response that came at `now`, which is what a `retry-after` date is taken relative to.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use persevere::openai::ApiError;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("retry-after", http::HeaderValue::from_static("Fri, 29 Sep 2023 16:26:57 GMT"));
    /// let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_696_004_797);
    ///
    /// let error = ApiError::from_response_at(http::StatusCode::SERVICE_UNAVAILABLE, &headers, b"", now);
    /// assert_eq!(error.response().unwrap().retry_after(), Some(Duration::from_secs(20)));
    /// ```
    #[must_use]
    pub fn from_response_at(status: StatusCode, headers: &HeaderMap, body: &[u8], now: SystemTime) -> Self {
        Self::Status(ApiStatusError::new(status, headers, body, || now))
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
        Self::Connection(source.into())
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
        Self::Timeout(source.into())
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
            Self::Connection(_) | Self::Timeout(_) => None,
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
        }
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Connection(source) | Self::Timeout(source) => Some(source.as_ref()),
            Self::Status(_) => None,
        }
    }
}

impl From<ApiStatusError> for ApiError {
    fn from(error: ApiStatusError) -> Self {
        Self::Status(error)
    }
}

impl Retryable for ApiStatusError {
    /// The same as [`retryable`].
    fn decision(&self) -> Decision {
        retryable(self)
    }
}

impl Retryable for ApiError {
    /// The same as [`retryable`].
    fn decision(&self) -> Decision {
        retryable(self)
    }
}

/// A response whose status says that the request failed.
///
/// ```
/// use persevere::openai::ApiError;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-request-id", http::HeaderValue::from_static("req_7"));
/// let body = br#"{"error": {"message": "Unknown role", "type": "invalid_request_error", "param": "messages", "code": null}}"#;
/// let error = ApiError::from_response(http::StatusCode::BAD_REQUEST, &headers, body);
///
/// let response = error.response().unwrap();
/// assert_eq!(response.status(), http::StatusCode::BAD_REQUEST);
/// assert_eq!(response.error_type(), Some("invalid_request_error"));
/// assert_eq!(response.param(), Some("messages"));
/// assert_eq!(response.code(), None);
/// assert_eq!(response.message(), Some("Unknown role"));
/// assert_eq!(response.request_id(), Some("req_7"));
/// assert_eq!(response.body().len(), body.len());
/// ```
#[derive(Debug)]
pub struct ApiStatusError {
    // Boxed, so that a `Result` with this error is no larger than its `Ok` value makes it.
    response: Box<Response>,
}

#[derive(Debug)]
struct Response {
    status: StatusCode,
    request_id: Option<String>,
    fields: ErrorBody,
    body: String,
    should_retry: Option<bool>,
    retry_after: Option<Duration>,
    reset_requests: Option<Duration>,
    reset_tokens: Option<Duration>,
}

impl ApiStatusError {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap, body: &[u8], now: impl FnOnce() -> SystemTime) -> Self {
        let body = String::from_utf8_lossy(body).into_owned();
        let response = Response {
            status,
            request_id: headers::value(headers, "x-request-id").map(Into::into),
            fields: ErrorBody::parse(&body),
            body,
            should_retry: headers::should_retry(headers),
            retry_after: headers::retry_after(headers, now),
            reset_requests: headers::reset(headers, "x-ratelimit-reset-requests"),
            reset_tokens: headers::reset(headers, "x-ratelimit-reset-tokens"),
        };
        Self { response: Box::new(response) }
    }

    /// A response of which only the status is left.
    #[cfg(any(feature = "reqwest", feature = "ureq"))]
    pub(super) fn of_status(status: StatusCode) -> Self {
        Self::new(status, &HeaderMap::new(), b"", || SystemTime::UNIX_EPOCH)
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.response.status
    }

    /// What the status means, by the names of the SDKs.
    ///
    /// ```
    /// use persevere::openai::{ApiError, ErrorKind};
    ///
    /// let error = ApiError::from_response(http::StatusCode::BAD_GATEWAY, &http::HeaderMap::new(), b"");
    /// assert_eq!(error.response().unwrap().kind(), ErrorKind::InternalServer);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::of(self.status())
    }

    /// The body's `code`, such as `rate_limit_exceeded`. Numbers are given as they were written.
    ///
    /// ```
    /// use persevere::openai::ApiError;
    ///
    /// let body = br#"{"error": {"message": "Too many requests", "code": 429}}"#;
    /// let error = ApiError::from_response(http::StatusCode::TOO_MANY_REQUESTS, &http::HeaderMap::new(), body);
    /// assert_eq!(error.response().unwrap().code(), Some("429"));
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.response.fields.code.as_deref()
    }

    /// The body's `type`, such as `invalid_request_error`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.response.fields.r#type.as_deref()
    }

    /// The body's `param`: which parameter of the request is at fault.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.response.fields.param.as_deref()
    }

    /// The body's `message`, written for people.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.response.fields.message.as_deref()
    }

    /// The header `x-request-id`, which the service's support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.response.request_id.as_deref()
    }

    /// The whole body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.response.body
    }

    /// The wait that the server asked for in a header, counted from when the error was made.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use persevere::openai::ApiError;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("retry-after", http::HeaderValue::from_static("20"));
    /// headers.insert("retry-after-ms", http::HeaderValue::from_static("19500"));
    /// let error = ApiError::from_response(http::StatusCode::TOO_MANY_REQUESTS, &headers, b"");
    /// assert_eq!(error.response().unwrap().retry_after(), Some(Duration::from_millis(19_500)));
    /// ```
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.response.retry_after
    }

    /// The header `x-ratelimit-reset-requests`: when the whole allowance of requests is there again. It is not a wait:
    /// the next request is allowed long before.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use persevere::openai::ApiError;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-ratelimit-reset-requests", http::HeaderValue::from_static("6m0s"));
    /// let error = ApiError::from_response(http::StatusCode::TOO_MANY_REQUESTS, &headers, b"");
    /// assert_eq!(error.response().unwrap().reset_requests(), Some(Duration::from_secs(360)));
    /// ```
    #[must_use]
    pub const fn reset_requests(&self) -> Option<Duration> {
        self.response.reset_requests
    }

    /// The header `x-ratelimit-reset-tokens`: the same for the allowance of tokens.
    #[must_use]
    pub const fn reset_tokens(&self) -> Option<Duration> {
        self.response.reset_tokens
    }

    /// The header `x-should-retry`: whether the server itself wants another attempt.
    ///
    /// ```
    /// use persevere::Decision;
    /// use persevere::openai::{ApiError, retryable};
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("x-should-retry", http::HeaderValue::from_static("false"));
    /// let error = ApiError::from_response(http::StatusCode::SERVICE_UNAVAILABLE, &headers, b"");
    /// assert_eq!(error.response().unwrap().should_retry(), Some(false));
    /// assert_eq!(retryable(&error), Decision::Stop);
    /// ```
    #[must_use]
    pub const fn should_retry(&self) -> Option<bool> {
        self.response.should_retry
    }
}

impl fmt::Display for ApiStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status().as_str())?;
        if let Some(reason) = self.status().canonical_reason() {
            write!(f, " {reason}")?;
        }
        if let Some(message) = self.message().filter(|message| !message.is_empty()) {
            write!(f, ": {message}")?;
        }
        match (self.code(), self.request_id()) {
            (Some(code), Some(request)) => write!(f, " (code {code}, request {request})"),
            (Some(code), None) => write!(f, " (code {code})"),
            (None, Some(request)) => write!(f, " (request {request})"),
            (None, None) => Ok(()),
        }
    }
}

impl Error for ApiStatusError {}

/// What the status of a failed response means, by the names that the OpenAI SDKs give their exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400: the request is malformed, or asks for what cannot be.
    BadRequest,
    /// 401: the key is missing, wrong or revoked.
    Authentication,
    /// 403: the key may not do this.
    PermissionDenied,
    /// 404: there is no such model or object.
    NotFound,
    /// 409: another request changed the same thing.
    Conflict,
    /// 422: well-formed, but not to be processed.
    UnprocessableEntity,
    /// 429: too many requests or tokens, or no quota left.
    RateLimit,
    /// 500 and above: the service failed.
    InternalServer,
    /// Any other status.
    Other,
}

impl ErrorKind {
    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::BadRequest,
            401 => Self::Authentication,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            422 => Self::UnprocessableEntity,
            429 => Self::RateLimit,
            500.. => Self::InternalServer,
            _ => Self::Other,
        }
    }
}
