//! Errors of OpenAI-compatible services, and which of them deserve another attempt.
//!
//! [`ApiError`] mirrors what the OpenAI SDKs raise: a connection error, a timeout, or a status with what the body
//! and the headers say. Build one from a response with [`ApiError::from_response`], from a transport failure with
//! [`ApiError::connection`] or [`ApiError::timeout`]; then [`retryable`] is the classifier:
//!
//! ```
//! use persevere::openai::{ApiError, retryable};
//! use persevere::{Decision, retry};
//! # use std::time::Duration;
//!
//! # struct Reply { status: http::StatusCode, headers: http::HeaderMap, body: Vec<u8> }
//! # fn send(prompt: &str) -> std::io::Result<Reply> {
//! #     let mut headers = http::HeaderMap::new();
//! #     headers.insert("retry-after", http::HeaderValue::from_static("20"));
//! #     Ok(Reply { status: http::StatusCode::TOO_MANY_REQUESTS, headers, body: prompt.into() })
//! # }
//! #[retry(max = 5, initial = "1s", max_retry_after = "10s", on = retryable)]
//! fn complete(prompt: &str) -> Result<Vec<u8>, ApiError> {
//!     let reply = send(prompt).map_err(ApiError::connection)?;
//!     if !reply.status.is_success() {
//!         return Err(ApiError::from_response(reply.status, &reply.headers, &reply.body));
//!     }
//!     Ok(reply.body)
//! }
//! # // The server asks for more than `max_retry_after`, so nothing is waited for.
//! # let error = complete("Hi").unwrap_err();
//! # assert_eq!(retryable(&error), Decision::Throttled(Some(Duration::from_secs(20))));
//! ```
//!
//! The classifier judges any error that implements [`ApiFailure`]. Behind the features `reqwest`, `ureq` and
//! `async-openai` those clients' own errors do; their modules here say how to keep all that a failed response says.
//!
//! All of these errors are [`Retryable`](crate::Retryable) by the same rules, so that `#[retry]` needs no `on` for
//! them.
//!
//! # Errors of any type
//!
//! Where a function returns `anyhow::Error`, `on` looks inside for an error that is known:
//!
//! ```
//! use persevere::openai::{ApiError, retryable};
//! use persevere::{Decision, retry};
//!
//! fn passing(error: &anyhow::Error) -> Decision {
//!     error.downcast_ref::<ApiError>().map_or(Decision::Stop, retryable)
//! }
//!
//! # let mut attempts = 0;
//! #[retry(max = 5, initial = "0s", on = passing)]
//! fn complete(attempts: &mut u32) -> anyhow::Result<String> {
//!     *attempts += 1;
//!     Err(anyhow::Error::from(ApiError::timeout("no answer")).context("asking the model"))
//! }
//! # assert_eq!(complete(&mut attempts).unwrap_err().to_string(), "asking the model");
//! # assert_eq!(attempts, 5);
//! # assert_eq!(passing(&anyhow::anyhow!("something else")), Decision::Stop);
//! ```
//!
//! A `Box<dyn Error + Send + Sync>` has the same `downcast_ref`.
//!
//! # What is retried
//!
//! As in the official Python SDK (3.54): connection errors, timeouts, and the statuses 408, 409, 429, 500 and above;
//! `x-should-retry: true` or `false` overrides the status. The wait is the server's, in this order: `retry-after-ms`,
//! `retry-after` as seconds, `retry-after` as a date ([RFC 9110, 10.2.3]); what is not positive, or cannot be read, is
//! ignored.
//!
//! A 429 is [`Throttled`], and so is any retried status whose code is `rate_limit_exceeded` or `slow_down`.
//! Everything else is [`Retry`] or [`RetryAfter`], also a 429 that says the engine is overloaded.
//!
//! Unlike the SDK, a 429 stops at once where no wait helps: when its code or type speaks of quota or billing, and when
//! the request by itself is larger than the limit. Where no header names a wait, a refusal's message may ("Please try
//! again in 9.816s", Azure's "retry after 37 seconds"); the SDK does not read it. Numbers
//! such as `1_0` or `٥` and impossible dates such as 31 February are ignored.
//!
//! [RFC 9110, 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
//! [`Throttled`]: crate::Decision::Throttled
//! [`Retry`]: crate::Decision::Retry
//! [`RetryAfter`]: crate::Decision::RetryAfter

#[cfg(feature = "async-openai")]
pub mod async_openai;
mod body;
mod causes;
mod classify;
mod date;
mod error;
mod facts;
mod headers;
mod kinds;
mod names;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod scrub;
mod sentence;
mod status;
mod transport;
#[cfg(feature = "ureq")]
pub mod ureq;
mod waits;
mod words;

use std::time::Duration;

pub use classify::{retryable, unprocessed};
pub use error::ApiError;
pub use facts::{ApiFailure, Facts};
pub use status::{ApiStatusError, ErrorKind};

use crate::{Jitter, Policy};

/// The numbers of the official Python SDK (3.54), for those who want just these: 3 calls, waits of 0.5 s that double up
/// to 8 s, of which a quarter is left to chance.
///
/// As everywhere here, the call's own wait comes on top of one that the server names, which the SDK waits for alone;
/// and the SDK gives up at waits above 120 s too.
///
/// ```
/// use persevere::openai::{self, ApiError, retryable};
/// use persevere::retry;
///
/// #[retry(policy = openai::POLICY, max = max_retries + 1, on = retryable)]
/// fn complete(prompt: &str, max_retries: u32) -> Result<String, ApiError> {
///     Ok(prompt.to_uppercase())
/// }
/// # assert_eq!(complete("a", 2).unwrap(), "A");
/// ```
pub const POLICY: Policy = Policy::new()
    .max(3)
    .initial(Duration::from_millis(500))
    .factor(2.0)
    .cap(Duration::from_secs(8))
    .jitter(Jitter::Fraction(0.25));
