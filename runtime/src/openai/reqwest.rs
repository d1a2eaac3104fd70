//! [`reqwest`](https://docs.rs/reqwest): its errors are classified, and become an [`ApiError`] with `?`.
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
//! reqwest resends requests that have certainly not been processed. A request that an HTTP/2 server refuses is sent up
//! to three times, so that `max = 5` would be up to 15. This client does not:
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
//! body, and with them the wait that the server asks for: use [`check`] instead. [`check_body`] looks into a success
//! too, since some gateways send an error as one. Under an [`Upstream`](crate::Upstream) that learns the limit from the
//! headers it is `check(MODEL.learn_from(client.get(url).send().await?))`.
//!
//! # In a browser
//!
//! On `wasm32-unknown-unknown` reqwest is a smaller client, which sends requests with JavaScript's `fetch`. The same
//! rules classify its errors, with three differences:
//!
//! - There is no `check_body`: a body that has been read cannot be put back into a response.
//! - [`check`] reads the whole body of a response that failed, however long it is.
//! - An error does not tell whether a connection was made. [`retryable`](super::retryable) retries such a failure all
//!   the same; [`unprocessed`](super::unprocessed) does not, since the service may have seen the request.

use reqwest::{Error, Response};

use super::error::ApiError;
use super::facts::{ApiFailure, Cause, Facts};
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
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
pub async fn check(response: Response) -> Result<Response, ApiError> {
    if response.status().is_success() {
        return Ok(response);
    }
    let (status, headers) = (response.status(), response.headers().clone());
    let read = beginning(response).await?;
    Err(ApiError::from_response(status, &headers, &read))
}

/// The first 16 MB of the body.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
async fn beginning(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut read = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        read.extend_from_slice(&chunk);
        if u64::try_from(read.len()).is_ok_and(|length| length >= LONGEST_BODY) {
            break;
        }
    }
    Ok(read)
}

/// The whole body: in parts reqwest reads it here only with its feature `stream`.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
async fn beginning(response: Response) -> Result<impl std::ops::Deref<Target = [u8]>, Error> {
    response.bytes().await
}

/// As [`check`], and a success whose body is an error fails too: some gateways send a refusal with a status of 200.
///
/// It reads the whole body, which the response that it returns still has. A stream of events is returned unread; what
/// fails in it is an event, for [`ApiError::from_event`].
///
/// ```no_run
/// use persevere::openai::reqwest::check_body;
/// use persevere::openai::{ApiError, retryable};
/// use persevere::retry;
///
/// #[retry(max = 5, initial = "1s", on = retryable)]
/// async fn models(client: &reqwest::Client, url: &str) -> Result<String, ApiError> {
///     let response = check_body(client.get(url).send().await?).await?;
///     Ok(response.text().await?)
/// }
/// ```
///
/// # Errors
///
/// The status is not a success, or the body cannot be read, or it is an error.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub async fn check_body(response: Response) -> Result<Response, ApiError> {
    let response = check(response).await?;
    if is_stream(response.headers()) {
        return Ok(response);
    }
    let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
    let body = response.bytes().await?;
    if let Some(error) = ApiError::in_success(status, &headers, &body) {
        return Err(error);
    }
    let mut whole = http::Response::new(body);
    *whole.status_mut() = status;
    *whole.version_mut() = version;
    *whole.headers_mut() = headers;
    Ok(whole.into())
}

impl ApiFailure for Error {
    /// Timeouts and failures of the connection are retried, and a status is classified as such. A request that could
    /// not be built, a redirect that is refused, a certificate that is not trusted and a body that is not the expected
    /// JSON are not retried; one that ends early is.
    fn facts(&self) -> Facts<'_> {
        if let Some(status) = self.status() {
            return Facts::status(status.as_u16());
        }
        if self.is_builder() || self.is_redirect() {
            return Facts::other();
        }
        let causes = std::error::Error::source(self).into_iter().flat_map(transport::chain);
        for cause in causes {
            if let Some(error) = cause.downcast_ref::<serde_json::Error>() {
                return transport::of_json(error);
            }
            if let Some(facts) = transport::of_text(cause) {
                return facts;
            }
        }
        #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
        if self.is_connect() {
            return Facts::not_connected();
        }
        Facts::transport()
    }
}

impl From<Error> for ApiError {
    /// Hides the secrets of the URL, such as its query and its user, because errors are printed.
    fn from(error: Error) -> Self {
        if let Some(status) = error.status() {
            return ApiStatusError::of_status(status).into();
        }
        let error = scrub::of_reqwest(error);
        let is_unusable = error.is_builder() || error.is_redirect() || error.is_decode();
        match error.facts().cause {
            Cause::Other if is_unusable => Self::Other(Box::new(error)),
            _ if error.is_timeout() => Self::Timeout(Box::new(error)),
            _ => Self::Connection(Box::new(error)),
        }
    }
}
