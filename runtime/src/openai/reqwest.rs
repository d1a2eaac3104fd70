//! [`reqwest`](https://docs.rs/reqwest): its errors are judged by [`retryable`], and turn into an
//! [`ApiError`] with `?`.
//!
//! ```no_run
//! use persevere::openai::reqwest::check;
//! use persevere::openai::{ApiError, retryable};
//! use persevere::retry;
//!
//! #[retry(max = 5, initial = "1s", on = retryable)]
//! async fn models(client: &reqwest::Client, url: &str) -> Result<String, ApiError> {
//!     let response = check(client.get(url).send().await?).await?;
//!     Ok(response.text().await?)
//! }
//! ```
//!
//! # Not twice
//!
//! reqwest repeats by itself what has not been processed for certain. A request that HTTP/2 refuses is sent up to three
//! times, so that `max = 5` would be up to 15; a client that leaves it to you is built so:
//!
//! ```
//! let client = reqwest::Client::builder().retry(reqwest::retry::never()).build()?;
//! # drop(client);
//! # Ok::<_, reqwest::Error>(())
//! ```
//!
//! A request that found its pooled connection closed is sent again all the same. No service has seen it.
//!
//! # Statuses
//!
//! A status that came through [`error_for_status`](reqwest::Response::error_for_status) has lost its headers and its
//! body, and with them the wait that the server asks for: use [`check`] instead.

use reqwest::{Error, Response};

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
pub async fn check(mut response: Response) -> Result<Response, ApiError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let (status, headers) = (response.status(), response.headers().clone());
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        read.extend_from_slice(&chunk);
        if u64::try_from(read.len()).is_ok_and(|length| length >= LONGEST_BODY) {
            break;
        }
    }
    Err(ApiError::from_response(status, &headers, &read))
}

impl ApiFailure for Error {
    /// Timeouts and failures of the connection are retried, and a status is judged as such. A request that could not be
    /// built and a body that is not the expected JSON are not retried.
    fn facts(&self) -> Facts<'_> {
        match self.status() {
            Some(status) => Facts::status(status.as_u16()),
            None if self.is_builder() || is_json(self) => Facts::other(),
            None => Facts::transport(),
        }
    }
}

/// Whether the response came whole and was not the JSON that the caller asked for.
fn is_json(error: &Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    error.is_decode() && causes.into_iter().any(<dyn std::error::Error>::is::<serde_json::Error>)
}

impl Retryable for Error {
    /// The same as [`retryable`].
    fn decision(&self) -> Decision {
        retryable(self)
    }
}

impl From<Error> for ApiError {
    /// The query of the URL is taken out: some services have the key there, and errors are printed.
    fn from(mut error: Error) -> Self {
        if let Some(url) = error.url_mut() {
            url.set_query(None);
        }
        match error.status() {
            Some(status) => ApiStatusError::of_status(status).into(),
            None if error.is_timeout() => Self::timeout(error),
            None => Self::connection(error),
        }
    }
}
