//! Errors of OpenAI-compatible services, and which of them are retried.
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
//!         let Reply { status, headers, body } = reply;
//!         return Err(ApiError::from_response(status, &headers, &body));
//!     }
//!     Ok(reply.body)
//! }
//! # // The server asks for more than `max_retry_after`, so nothing is waited for.
//! # let error = complete("Hi").unwrap_err();
//! # assert_eq!(retryable(&error), Decision::Throttled(Some(Duration::from_secs(20))));
//! ```
//!
//! The classifier takes any error that implements [`ApiFailure`]. With the features `reqwest`, `ureq` and
//! `async-openai` those clients' own errors do; their modules here show how to keep everything that a failed response
//! contains.
//!
//! All of these errors are [`Retryable`](crate::Retryable) by the same rules, so that `#[retry]` needs no `on` for
//! them.
//!
//! # Which services
//!
//! The rules are for services with an HTTP API in the manner of OpenAI's: a status, headers, and an error in a JSON
//! body. They are tested with refusals from public reports, of OpenAI, Azure OpenAI, Anthropic, Google Gemini and
//! Vertex, Mistral, Groq, xAI, Cohere, Together, Bedrock, Cloudflare, Ollama, vLLM and others; all of them are in
//! [`tests/providers`](https://github.com/persevere-rs/persevere/tree/main/tests/providers). A service that is not
//! among them is decided by its status, its `Retry-After` and the words of its message.
//!
//! # Errors of any type
//!
//! If a function returns `anyhow::Error` or another type-erased error, [`causes::retryable`](crate::causes::retryable)
//! decides by the first error in the chain that is known: these errors, the clients', I/O errors, timeouts.
//!
//! ```
//! use persevere::openai::ApiError;
//! use persevere::{causes, retry};
//!
//! # let mut attempts = 0;
//! #[retry(max = 5, initial = "0s", on = causes::retryable)]
//! fn complete(attempts: &mut u32) -> anyhow::Result<String> {
//!     *attempts += 1;
//!     let error = ApiError::timeout("no answer");
//!     Err(anyhow::Error::from(error).context("asking the model"))
//! }
//! # assert_eq!(complete(&mut attempts).unwrap_err().to_string(), "asking the model");
//! # assert_eq!(attempts, 5);
//! ```
//!
//! # What is retried
//!
//! As in openai-python, the official Python SDK (version 3.54): connection errors, timeouts, and the statuses 408, 409,
//! 429, 500 and above; `x-should-retry: true` or `false` overrides the status. A reply that ends early is a connection
//! error, also with a status of 200: services under load send it blank or cut off.
//!
//! A 429 is [`Throttled`], and so is any retried status whose code names a rate limit, such as `rate_limit_exceeded`.
//! Everything else is [`Retry`] or [`RetryAfter`], including a 429 that says the engine is overloaded or short of
//! capacity.
//!
//! The SDK retries a 429 whatever its body says. Here, a 429 stops the call at once if waiting cannot help:
//!
//! - Its code or its type speaks of quota, billing, balance or credits, or its message does so in plain words. Of a
//!   failure (500 and above) only a message that says there is no money.
//! - It is for an allowance of a day or longer, or one that is used up, and names no wait. (Google names a wait of
//!   seconds for an allowance of a day too: it is not believed.)
//! - The request by itself is larger than the limit.
//!
//! Failures that another attempt would repeat are not retried: a request that cannot be built, a redirect that is
//! refused, a certificate that is not trusted, a reply that is not the expected JSON.
//!
//! # What is read
//!
//! Services that call themselves compatible send bodies of many shapes: an object or a list of one, the error as an
//! object or a text, in `detail`, `message`, `errors`, as JSON in the text of a gateway's message. [`ApiError`] keeps
//! what there is in [`ApiStatusError`], and prints on one line what the service said, whichever field it was in.
//!
//! The wait is the server's, in this order:
//!
//! 1. `retry-after-ms`, `retry-after` as seconds, `retry-after` as a date ([RFC 9110, 10.2.3]), which is counted from
//!    the response's own `Date` if it has one;
//! 2. `RateLimit` (the IETF's [draft]) and `x-ratelimit-reset`, where they say that nothing remains;
//! 3. a field of the body, such as Google's `retryDelay`, `retry_after`, `resets_in_seconds`, `estimated_time`;
//! 4. of a refusal, its message: "Please try again in 9.816s", "retry after 37 seconds", "retry in 34.07s".
//!
//! The SDK reads the first of these only. What is not positive, or cannot be read, is ignored: numbers such as `1_0` or
//! `٥`, impossible dates such as 31 February. OpenAI's `x-ratelimit-reset-requests` and `-tokens` are no waits: they
//! tell when the whole allowance is there again, long after the next request is welcome.
//!
//! # Non-idempotent calls
//!
//! [`unprocessed`] retries only requests that the service cannot have processed; its page says when to use which.
//!
//! # Streams
//!
//! Retry until the first item of a stream has arrived. [`ApiError::from_event`] turns an error that arrives as an event
//! into an error of the attempt. After the caller has received a part of the answer, your code decides whether to start
//! over.
//!
//! [draft]: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
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
mod limits;
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

pub(crate) use classify::of_cause;
pub use classify::{retryable, unprocessed};
pub use error::ApiError;
pub use facts::{ApiFailure, Facts};
pub use status::{ApiStatusError, ErrorKind};

use crate::{Jitter, Policy};

/// The attempts and waits of the official Python SDK (3.54): 3 attempts, and waits of 0.5 s that double up to 8 s, of
/// which a quarter is random.
///
/// One thing differs: the policy's own wait is added to one that the server names, where the SDK waits exactly as long
/// as the server says. Like the SDK, it gives up if the server asks for more than 120 s.
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
