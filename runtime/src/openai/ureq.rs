//! [`ureq`](https://docs.rs/ureq): its errors are judged by [`retryable`], and turn into an
//! [`ApiError`] with `?`.
//!
//! ```no_run
//! use persevere::openai::ureq::check;
//! use persevere::openai::{ApiError, retryable};
//! use persevere::retry;
//!
//! #[retry(max = 5, initial = "1s", on = retryable)]
//! fn models(agent: &ureq::Agent, url: &str) -> Result<String, ApiError> {
//!     let mut response = check(agent.get(url).config().http_status_as_error(false).build().call()?)?;
//!     Ok(response.body_mut().read_to_string()?)
//! }
//! ```
//!
//! Without `http_status_as_error(false)` ureq drops the headers and the body of a response that failed, and with them
//! the wait that the server asks for.

use std::io::Read;

use http::{Response, StatusCode};
use ureq::{Body, Error};

use super::error::{ApiError, ApiStatusError};
use super::failure::{ApiFailure, Facts};
use super::headers::LONGEST_BODY;
use super::retryable;
use crate::{Decision, Retryable};

/// The response if it is a success, else the error that it stands for, with its headers and its body, of which 16 MB
/// are read. Where it cannot be read that far, the connection failed, as in the OpenAI SDKs.
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

/// No other attempt mends it: the request could not be built, or the answer came and is too large or not the JSON that
/// was asked for.
pub(super) fn is_hopeless(error: &Error) -> bool {
    match error {
        Error::Http(_) | Error::BadUri(_) | Error::InvalidProxyUrl | Error::BodyExceedsLimit(_) => true,
        Error::Json(error) => !error.is_io(),
        _ => false,
    }
}

impl ApiFailure for Error {
    /// Timeouts and failures of the connection are retried, and a status is judged as such. A request that could not be
    /// built and a body that is too large or not the expected JSON are not retried.
    fn facts(&self) -> Facts<'_> {
        match self {
            Error::StatusCode(status) => Facts::status(*status),
            error if is_hopeless(error) => Facts::other(),
            _ => Facts::transport(),
        }
    }
}

impl Retryable for Error {
    /// The same as [`retryable`].
    fn decision(&self) -> Decision {
        retryable(self)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::StatusCode(status) => match StatusCode::from_u16(status) {
                Ok(status) => ApiStatusError::of_status(status).into(),
                Err(_) => Self::connection(error),
            },
            Error::Timeout(_) => Self::timeout(error),
            _ => Self::connection(error),
        }
    }
}
