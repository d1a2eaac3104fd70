//! [`ureq`](https://docs.rs/ureq): its errors are classified, and become an [`ApiError`] with `?`.
//!
//! ```no_run
//! use persevere::openai::ureq::check;
//! use persevere::openai::{ApiError, retryable};
//! use persevere::retry;
//!
//! #[retry(max = 5, initial = "1s", on = retryable)]
//! fn models(agent: &ureq::Agent, url: &str) -> Result<String, ApiError> {
//!     let request = agent.get(url).config().http_status_as_error(false).build();
//!     Ok(check(request.call()?)?.body_mut().read_to_string()?)
//! }
//! ```
//!
//! Without `http_status_as_error(false)` ureq drops the headers and the body of a response that failed, and with them
//! the wait that the server asks for. [`check_body`] looks into a success too, since some gateways send an error as
//! one. Under an [`Upstream`](crate::Upstream) that learns the limit from the headers it is
//! `check(MODEL.learn_from(response))`.

use std::io::Read;

use http::{Response, StatusCode};
use ureq::{Body, Error, Timeout};

use super::error::ApiError;
use super::facts::{ApiFailure, Cause, Facts};
use super::headers::{LONGEST_BODY, is_stream};
use super::scrub;
use super::status::ApiStatusError;
use super::transport;

/// The response if it is a success, else the error that it stands for, with its headers and its body, of which 16 MB
/// are read. If the body cannot be read that far, the connection failed, as in the OpenAI SDKs.
///
/// # Errors
///
/// The status is not a success.
pub fn check(response: Response<Body>) -> Result<Response<Body>, ApiError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let mut read = Vec::new();
    // ureq refuses bodies above 10 MB as a whole, and with them the status; what is beyond says nothing more.
    body.into_reader().take(LONGEST_BODY).read_to_end(&mut read).map_err(Error::from)?;
    Err(ApiError::from_response(head.status, &head.headers, &read))
}

/// As [`check`], and a success whose body is an error fails too: some gateways send a refusal with a status of 200.
///
/// It reads the whole body, which the response that it returns still has. A stream of events is returned unread; what
/// fails in it is an event, for [`ApiError::from_event`].
///
/// # Errors
///
/// The status is not a success, or the body cannot be read, or it is an error.
pub fn check_body(response: Response<Body>) -> Result<Response<Body>, ApiError> {
    let response = check(response)?;
    if is_stream(response.headers()) {
        return Ok(response);
    }
    let (head, body) = response.into_parts();
    let mut read = Vec::new();
    body.into_reader().read_to_end(&mut read).map_err(Error::from)?;
    match ApiError::in_success(head.status, &head.headers, &read) {
        Some(error) => Err(error),
        None => Ok(Response::from_parts(head, Body::builder().data(read))),
    }
}

impl ApiFailure for Error {
    /// Timeouts and failures of the connection are retried, and a status is classified as such. A request that could
    /// not be built or may not be sent, a redirect that is refused, a certificate that is not trusted and a body that
    /// is too large or not the expected JSON are not retried; one that ends early is.
    fn facts(&self) -> Facts<'_> {
        match self {
            Self::StatusCode(status) => Facts::status(*status),
            Self::Http(_)
            | Self::BadUri(_)
            | Self::InvalidProxyUrl
            | Self::BodyExceedsLimit(_)
            | Self::RequireHttpsOnly(_)
            | Self::TlsRequired
            | Self::RedirectFailed
            | Self::TooManyRedirects => Facts::other(),
            Self::Json(error) => transport::of_json(error),
            Self::HostNotFound
            | Self::ConnectionFailed
            | Self::ConnectProxyFailed(_)
            | Self::Timeout(Timeout::Resolve | Timeout::Connect) => Facts::not_connected(),
            Self::Io(error) => {
                let known = transport::chain(error).find_map(transport::of_text);
                known.or_else(|| transport::of_io(error)).unwrap_or_else(Facts::transport)
            }
            error => transport::of_text(error).unwrap_or_else(Facts::transport),
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let error = scrub::of_ureq(error);
        let is_tls = matches!(error, Error::Io(_) | Error::Tls(_));
        match &error {
            Error::StatusCode(status) => match StatusCode::from_u16(*status) {
                Ok(status) => ApiStatusError::of_status(status).into(),
                Err(_) => Self::Connection(Box::new(error)),
            },
            Error::Timeout(_) => Self::Timeout(Box::new(error)),
            _ if !is_tls && matches!(error.facts().cause, Cause::Other) => Self::Other(Box::new(error)),
            _ => Self::Connection(Box::new(error)),
        }
    }
}
