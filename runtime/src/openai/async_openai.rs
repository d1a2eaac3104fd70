//! [`async-openai`](https://docs.rs/async-openai) 0.43: its errors are judged by [`retryable`].
//!
//! # Turn its own retries off
//!
//! The client retries three times by itself, so that `max = 5` would be up to 20 requests. Give it a service that does
//! not; this needs its feature `middleware`:
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
//! # Keep what the server says
//!
//! Its error has the status, the code and the type, but no headers: no wait that the server names, no request id. A
//! service of a few lines keeps them, since what fails in a service comes back as it is. This needs the crate `tower`
//! with its feature `util` besides:
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
//! # What is found without it
//!
//! The status, code and type that the error has. The code of a status of 500 and above, whose body it keeps as the
//! message. The status of a 429 whose body it could not read, and for which it only keeps that body: from a number
//! there, or from its words. Transport failures by [reqwest's error](super::reqwest). Anything else is not retried.
//!
//! Repeat only what begins a stream: an error in one that runs may look like the refusal of a request.

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
    // Of a server's error the client reads no body, and gives all of it as the message. In others' messages a gateway may
    // repeat what the service behind it said.
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
