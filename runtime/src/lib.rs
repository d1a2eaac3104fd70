//! Retries for functions: an attribute that turns one attempt into an exponential-backoff loop.
//!
//! ```
//! use persevere::retry;
//!
//! #[retry(max = 5, initial = "1s")]
//! fn read(path: &str) -> std::io::Result<String> {
//!     std::fs::read_to_string(path)
//! }
//!
//! // There is no such file, which no wait mends: the first error comes back at once, as it is.
//! assert_eq!(read("/no/such/file").unwrap_err().kind(), std::io::ErrorKind::NotFound);
//! ```
//!
//! - [`retry`](macro@retry) is the attribute: its page lists the keys and says what they mean.
//! - [`Decision`] is what a failed attempt deserves, by the function behind `on` or by the error's own [`Retryable`].
//! - [`Event`] is what a `notify` hook is told.
//! - [`Policy`] is a set of keys as a value, for many functions to share.
//! - [`Upstream`] paces all calls to one service together, when it refuses for rate.
#![cfg_attr(
    feature = "openai",
    doc = "- [`openai`] has the errors of OpenAI-compatible services and their classifier."
)]
//!
//! # Features
//!
//! The first two are on by default. Sync functions need none.
//!
//! - `tokio`: the timer of async functions. Costs tokio with its feature `time`. Without it, async functions name their
//!   timer with `sleep = ...`.
//! - `openai`: the module `openai`. Costs `http` and `serde_json`.
//! - `reqwest`, `ureq`: the modules `openai::reqwest` and `openai::ureq`, for those who have these clients anyway.
//! - `async-openai`: the module `openai::async_openai`, for those who have that client.
#![warn(missing_docs)]

#[doc(hidden)]
#[path = "expansion.rs"]
pub mod __private;
mod call;
mod decision;
mod event;
mod jitter;
mod nanos;
#[cfg(feature = "openai")]
pub mod openai;
mod policy;
mod sleep;
mod upstream;

pub use decision::{Decision, Retryable};
pub use event::{Event, Next, Reason};
pub use jitter::Jitter;
pub use persevere_macros::retry;
pub use policy::Policy;
pub use upstream::Upstream;
