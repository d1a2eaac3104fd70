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

use std::borrow::Cow;
use std::error::Error;
use std::io;

use async_openai::error::{ApiErrorResponse, OpenAIError};

use super::body::ErrorBody;
use super::classify::{QUOTA, REFUSED};
use super::error::ApiError;
use super::failure::{ApiFailure, Facts};
use super::retryable;
use crate::{Decision, Retryable};

impl ApiFailure for OpenAIError {
    fn facts(&self) -> Facts<'_> {
        match self {
            Self::Reqwest(error) => error.facts(),
            Self::ApiError(response) => of_response(response),
            Self::JSONDeserialize(_, content) => of_unread(content),
            Self::Boxed(error) => of_cause(error.as_ref()),
            _ => Facts::other(),
        }
    }
}

impl Retryable for OpenAIError {
    /// The same as [`retryable`].
    fn decision(&self) -> Decision {
        retryable(self)
    }
}

/// What a service failed with, or the cause of that which we know.
fn of_cause<'a>(error: &'a (dyn Error + 'static)) -> Facts<'a> {
    let known = |cause: &'a (dyn Error + 'static)| {
        if let Some(error) = cause.downcast_ref::<ApiError>() {
            Some(error.facts())
        } else if let Some(error) = cause.downcast_ref::<reqwest::Error>() {
            Some(error.facts())
        } else if cause.downcast_ref::<io::Error>().is_some_and(|error| error.decision() == Decision::Retry) {
            Some(Facts::transport())
        } else {
            // The error of tower's timeout, which is no dependency of ours.
            (cause.to_string() == "request timed out").then(Facts::transport)
        }
    };
    std::iter::successors(Some(error), |error| (*error).source()).find_map(known).unwrap_or_else(Facts::other)
}

fn of_response(response: &ApiErrorResponse) -> Facts<'_> {
    let error = &response.api_error;
    let facts = Facts::status(response.status_code.as_u16());
    if response.status_code.is_server_error() {
        // The client reads no such body, and gives all of it as the message.
        return facts.body(ErrorBody::parse(&error.message));
    }
    facts.code(error.code.as_deref()).error_type(error.r#type.as_deref()).message(Some(&error.message))
}

/// A body that was not what the client expected: an error of another shape, or a success that it could not read. The
/// status is lost, unless the body tells it.
fn of_unread(content: &str) -> Facts<'_> {
    let body = ErrorBody::parse(content);
    let number = body.code.as_deref().or(body.status.as_deref()).and_then(|code| code.parse().ok());
    let named = [&body.code, &body.r#type].into_iter().flatten().any(|said| {
        let said = said.as_str();
        QUOTA.contains(&said) || REFUSED.contains(&said)
    });
    let status = match number {
        Some(status @ 400..=599) => status,
        _ if named || speaks_of_rate(content) => 429,
        _ => return Facts::other(),
    };
    Facts::status(status).body(body)
}

/// Whether a text is a gateway's page about too many requests. JSON is read by its fields alone: a reply may speak of
/// anything.
fn speaks_of_rate(content: &str) -> bool {
    let lower = content.to_ascii_lowercase();
    let is_json = lower.trim_start().starts_with(['{', '[', '"']);
    !is_json && (lower.contains("too many requests") || lower.contains("rate limit"))
}

impl Facts<'static> {
    /// What a body says that had to be read anew.
    fn body(mut self, body: ErrorBody) -> Self {
        self.code = body.code.map(Cow::Owned);
        self.error_type = body.r#type.map(Cow::Owned);
        self.message = body.message.map(Cow::Owned);
        self
    }
}
