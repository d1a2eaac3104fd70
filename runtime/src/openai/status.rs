//! A response that says that the request failed.

use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use super::body::Said;
use super::facts::{ApiFailure, Facts};
use super::{headers, kinds};
use crate::redact::redacted;

/// A response that says that the request failed, by its status or, if that is a success, by its body.
///
/// ```
/// use persevere::openai::ApiError;
///
/// let mut headers = http::HeaderMap::new();
/// headers.insert("x-request-id", http::HeaderValue::from_static("req_7"));
/// let body = br#"{"error": {
///     "message": "Unknown role",
///     "type": "invalid_request_error",
///     "param": "messages",
///     "code": null
/// }}"#;
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
pub struct ApiStatusError {
    // Boxed, so that a `Result` with this error is no larger than its `Ok` value makes it.
    response: Box<Response>,
}

struct Response {
    status: StatusCode,
    request_id: Option<String>,
    said: Said,
    body: String,
    should_retry: Option<bool>,
    /// What the headers ask for.
    retry_after: Option<Duration>,
    /// What a field of the body asks for.
    body_wait: Option<Duration>,
    reset_requests: Option<Duration>,
    reset_tokens: Option<Duration>,
}

impl ApiStatusError {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap, body: &[u8], now: impl FnOnce() -> SystemTime) -> Self {
        let body = String::from_utf8_lossy(body).into_owned();
        let said = Said::read(&body);
        Self::of(status, headers, body, said, now)
    }

    pub(super) fn of(
        status: StatusCode,
        headers: &HeaderMap,
        body: String,
        said: Said,
        now: impl FnOnce() -> SystemTime,
    ) -> Self {
        let mut now = Now::Unread(now);
        let retry_after = headers::retry_after(headers, || now.read());
        let body_wait = said.wait_at(|| headers::date(headers).unwrap_or_else(|| now.read()));
        let response = Response {
            status,
            request_id: headers::request_id(headers).map(Into::into).or_else(|| said.request_id.clone()),
            said,
            body,
            should_retry: headers::should_retry(headers),
            retry_after,
            body_wait,
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

    /// The HTTP status of the response. It is a success where the error came in the body of one, or in a stream.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.response.status
    }

    /// What the status means, by the names of the SDKs; if the status is a success, what the body means.
    ///
    /// ```
    /// use persevere::openai::{ApiError, ErrorKind};
    ///
    /// let headers = http::HeaderMap::new();
    /// let error = ApiError::from_response(http::StatusCode::BAD_GATEWAY, &headers, b"");
    /// assert_eq!(error.response().unwrap().kind(), ErrorKind::InternalServer);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::of(kinds::meaning(&self.facts()).unwrap_or(self.status().as_u16()))
    }

    /// The body's `code`, such as `rate_limit_exceeded`. Numbers are given as they were written.
    ///
    /// ```
    /// use persevere::openai::ApiError;
    ///
    /// let body = br#"{"error": {"message": "Too many requests", "code": 429}}"#;
    /// let status = http::StatusCode::TOO_MANY_REQUESTS;
    /// let headers = http::HeaderMap::new();
    /// let error = ApiError::from_response(status, &headers, body);
    /// assert_eq!(error.response().unwrap().code(), Some("429"));
    /// ```
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.response.said.code.as_deref()
    }

    /// The body's `type`, such as `invalid_request_error`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.response.said.error_type.as_deref()
    }

    /// The body's `param`: which parameter of the request is at fault.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.response.said.param.as_deref()
    }

    /// What the service says to people: the body's `message`, or what else holds one, such as `detail` or an `error`
    /// that is a text. If a gateway repeats the error of the service behind it, the text is that of both.
    ///
    /// ```
    /// use persevere::openai::ApiError;
    ///
    /// let body = br#"{"error": "model 'm' not found"}"#;
    /// let headers = http::HeaderMap::new();
    /// let error = ApiError::from_response(http::StatusCode::NOT_FOUND, &headers, body);
    /// assert_eq!(error.response().unwrap().message(), Some("model 'm' not found"));
    /// ```
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.response.said.message.as_deref()
    }

    /// The id of the request, which the service's support asks for: the header `x-request-id` or `request-id`, or what
    /// the body says.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.response.request_id.as_deref()
    }

    /// The whole body as text; what is not UTF-8 is replaced.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.response.body
    }

    /// The wait that the server asked for in a header or in a field of the body, counted from when the error was made.
    /// A wait in its message counts for [`retryable`](super::retryable) only.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use persevere::openai::ApiError;
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.insert("retry-after", http::HeaderValue::from_static("20"));
    /// headers.insert("retry-after-ms", http::HeaderValue::from_static("19500"));
    /// let status = http::StatusCode::TOO_MANY_REQUESTS;
    /// let error = ApiError::from_response(status, &headers, b"");
    /// let wait = error.response().unwrap().retry_after();
    /// assert_eq!(wait, Some(Duration::from_millis(19_500)));
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.response.retry_after.or(self.response.body_wait)
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
    /// let status = http::StatusCode::TOO_MANY_REQUESTS;
    /// let error = ApiError::from_response(status, &headers, b"");
    /// let reset = error.response().unwrap().reset_requests();
    /// assert_eq!(reset, Some(Duration::from_secs(360)));
    /// ```
    #[must_use]
    pub const fn reset_requests(&self) -> Option<Duration> {
        self.response.reset_requests
    }

    /// The header `x-ratelimit-reset-tokens`: when the whole allowance of tokens is there again.
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
    /// let status = http::StatusCode::SERVICE_UNAVAILABLE;
    /// let error = ApiError::from_response(status, &headers, b"");
    /// assert_eq!(error.response().unwrap().should_retry(), Some(false));
    /// assert_eq!(retryable(&error), Decision::Stop);
    /// ```
    #[must_use]
    pub const fn should_retry(&self) -> Option<bool> {
        self.response.should_retry
    }
}

/// When the response came; the clock is read once, and only if something asks.
enum Now<F> {
    Unread(F),
    Read(SystemTime),
}

impl<F: FnOnce() -> SystemTime> Now<F> {
    fn read(&mut self) -> SystemTime {
        match std::mem::replace(self, Self::Read(SystemTime::UNIX_EPOCH)) {
            Self::Unread(read) => {
                let now = read();
                *self = Self::Read(now);
                now
            }
            Self::Read(now) => {
                *self = Self::Read(now);
                now
            }
        }
    }
}

impl ApiFailure for ApiStatusError {
    fn facts(&self) -> Facts<'_> {
        let response = &*self.response;
        let mut facts = Facts::status(response.status.as_u16())
            .code(self.code())
            .error_type(self.error_type())
            .message(response.said.text())
            .should_retry(response.should_retry)
            .retry_after(response.retry_after);
        facts.words = response.said.words.as_slice().into();
        facts.told = response.said.status;
        facts.body_wait = response.body_wait;
        facts
    }
}

/// How much of each is printed.
const LONGEST_MESSAGE: usize = 1000;
const LONGEST_CODE: usize = 200;

/// The beginning of a text on one line, without what is secret in it.
struct Printed<'a>(&'a str, usize);

impl fmt::Display for Printed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;

        // More is redacted than is printed: a URL that the end of the printed part cuts must still be recognized as
        // one.
        let mut end = self.0.len().min(4 * self.1);
        while !self.0.is_char_boundary(end) {
            end -= 1;
        }
        let text = redacted(&self.0[..end]);
        let (mut written, mut is_parted) = (0, true);
        for c in text.chars() {
            if written == self.1 {
                return f.write_str("...");
            }
            let c = if c.is_control() || c.is_whitespace() { ' ' } else { c };
            if c != ' ' || !is_parted {
                f.write_char(c)?;
                written += 1;
            }
            is_parted = c == ' ';
        }
        if end < self.0.len() { f.write_str("...") } else { Ok(()) }
    }
}

impl fmt::Display for ApiStatusError {
    /// On one line of bounded length: the status, what the service said in whichever field, the code and the request's
    /// id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.status().as_str())?;
        if let Some(reason) = self.status().canonical_reason() {
            write!(f, " {reason}")?;
        }
        if let Some(said) = self.response.said.text() {
            write!(f, ": {}", Printed(said.trim(), LONGEST_MESSAGE))?;
        }
        let code = self.code().map(|code| Printed(code, LONGEST_CODE));
        let request = self.request_id().map(|id| Printed(id, LONGEST_CODE));
        match (code, request) {
            (Some(code), Some(request)) => write!(f, " (code {code}, request {request})"),
            (Some(code), None) => write!(f, " (code {code})"),
            (None, Some(request)) => write!(f, " (request {request})"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for ApiStatusError {
    /// Of bounded length, however long the body is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: Option<&str>| text.map(|text| Printed(text, LONGEST_CODE).to_string());
        let response = &*self.response;
        f.debug_struct("ApiStatusError")
            .field("status", &response.status)
            .field("request_id", &text(self.request_id()))
            .field("code", &text(self.code()))
            .field("type", &text(self.error_type()))
            .field("param", &text(self.param()))
            .field("body", &Printed(&response.body, LONGEST_MESSAGE).to_string())
            .field("should_retry", &response.should_retry)
            .field("retry_after", &self.retry_after())
            .field("reset_requests", &response.reset_requests)
            .field("reset_tokens", &response.reset_tokens)
            .finish()
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
    fn of(status: u16) -> Self {
        match status {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> String {
        Printed(text, LONGEST_MESSAGE).to_string()
    }

    #[test]
    fn what_is_printed_is_one_line_of_a_thousand_characters() {
        assert_eq!(printed("one\n\t two\u{1b}[0m "), "one two [0m ");
        assert_eq!(printed(&"x".repeat(1_000)), "x".repeat(1_000));
        assert_eq!(printed(&"x".repeat(1_001)), format!("{}...", "x".repeat(1_000)));
        assert_eq!(printed(&format!("a{}b", " ".repeat(2_000))), "a b");
        // It is cut after four thousand bytes, and before the character that lies there.
        assert_eq!(printed(&format!("a{}\u{e9}", " ".repeat(3_998))), "a ...");
        assert_eq!(printed(&format!("a{}\u{e9}", " ".repeat(3_997))), "a \u{e9}");
    }

    #[test]
    fn what_is_known_of_a_response_can_be_asked_and_is_written_by_debug() {
        let headers = [("retry-after-ms", "1500"), ("x-should-retry", "true"), ("x-request-id", "r1")];
        let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let body = br#"{"error": {"message": "m", "code": "c"}}"#;
        let error = crate::openai::ApiError::from_response(StatusCode::CONFLICT, &HeaderMap::from_iter(headers), body);
        let response = error.response().unwrap();
        assert_eq!((response.retry_after(), response.should_retry()), (Some(Duration::from_millis(1_500)), Some(true)));
        let written = "ApiStatusError { status: 409, request_id: Some(\"r1\"), code: Some(\"c\"), type: None, param: None, \
                       body: \"{\\\"error\\\": {\\\"message\\\": \\\"m\\\", \\\"code\\\": \\\"c\\\"}}\", \
                       should_retry: Some(true), retry_after: Some(1.5s), reset_requests: None, reset_tokens: None }";
        assert_eq!(format!("{response:?}"), written);
        assert!(format!("{error:?}").contains(written), "{error:?}");
        let silent = crate::openai::ApiError::from_response(StatusCode::CONFLICT, &HeaderMap::new(), b"");
        assert_eq!(silent.response().unwrap().should_retry(), None);
    }
}
