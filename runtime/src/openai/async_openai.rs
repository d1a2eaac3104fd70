//! [`async-openai`](https://docs.rs/async-openai) 0.43: its errors are classified.
//!
//! # A service that keeps the whole response
//!
//! The client's own error has no headers, and of most services' refusals not even the status. A service of a few lines
//! keeps the whole response, since what fails in a service comes back as it is; and it sends each request once, where
//! the client by itself retries three times, so that `max = 5` would be up to 20 requests. This needs the client's
//! feature `middleware`, and the crate `tower` with its feature `util`:
//!
//! ```
//! use async_openai::Client;
//! use async_openai::config::OpenAIConfig;
//! use async_openai::error::OpenAIError;
//! use async_openai::middleware::HttpRequestFactory;
//! use persevere::openai::reqwest::check;
//!
//! let http = reqwest::Client::new();
//! let service = tower::service_fn(move |request: HttpRequestFactory| {
//!     let http = http.clone();
//!     async move {
//!         let response = http.execute(request.build().await?).await?;
//!         check(response).await.map_err(|error| OpenAIError::Boxed(Box::new(error)))
//!     }
//! });
//! let client = Client::with_config(OpenAIConfig::default()).with_http_service(service);
//! # drop(client);
//! ```
//!
//! # Without it
//!
//! Turn the client's own retries off at least:
//!
//! ```
//! use async_openai::Client;
//! use async_openai::config::OpenAIConfig;
//! use async_openai::middleware::ReqwestService;
//!
//! let plain = ReqwestService::new(reqwest::Client::new());
//! let client = Client::with_config(OpenAIConfig::default()).with_http_service(plain);
//! # drop(client);
//! ```
//!
//! Then the errors are classified by what the client keeps. It keeps the whole body of a 5xx. This is lost:
//!
//! - Every header: the wait in `retry-after` and its kin, `x-should-retry`, the request's id.
//! - The status of a 4xx whose body is not exactly OpenAI's, with a code that is a text or missing. It is inferred from
//!   the body then: from a number that repeats it, from the code, from the words. A response whose body says nothing of
//!   the kind, such as a 408 or a 409, is not retried. One with an empty body is retried, whatever its status was,
//!   since a reply that was cut off looks the same.
//! - Of a 4xx in OpenAI's shape every field but the message, the type, the code and the parameter, so that a wait in
//!   `details` is lost.
//!
//! Retry a stream only until its first item has arrived: an error in a running stream may look like the refusal of a
//! request.

use async_openai::error::{ApiErrorResponse, OpenAIError};

use super::body::Said;
use super::facts::{ApiFailure, Facts};
use super::{kinds, transport};

impl ApiFailure for OpenAIError {
    fn facts(&self) -> Facts<'_> {
        match self {
            Self::Reqwest(error) => error.facts(),
            Self::ApiError(response) => of_response(response),
            Self::JSONDeserialize(_, content) => of_unread(content),
            Self::Boxed(error) => Facts::caused_by(error.as_ref()),
            _ => Facts::other(),
        }
    }
}

fn of_response(response: &ApiErrorResponse) -> Facts<'_> {
    let error = &response.api_error;
    let facts = Facts::status(response.status_code.as_u16());
    // The client does not parse the body of a 5xx: it puts all of it into the message. In the message of another status
    // a gateway may repeat what the service behind it said.
    let said = Said::read_again(&error.message);
    let facts = facts.said(said);
    if response.status_code.is_server_error() {
        return facts;
    }
    facts.code(error.code.as_deref()).error_type(error.r#type.as_deref())
}

/// A body that was not what the client expected: an error of another shape, or a success that it could not read. The
/// status is lost, unless the body tells it.
fn of_unread(content: &str) -> Facts<'_> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(content) {
        if error.is_eof() {
            return transport::of_json(&error);
        }
    }
    let facts = Facts::status(200).said(Said::read(content));
    if kinds::meaning(&facts) == Some(200) { Facts::other() } else { facts }
}
