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
//! - [`Judged`] is an error that carries its verdict, for a body that knows better than any type.
//! - [`causes`] judges errors in a box: `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
//! - [`Event`] is what a `notify` hook is told, [`Attempt`] what the body knows of the attempt that it is.
//! - [`Policy`] is a set of keys as a value, for many functions to share; [`Policy::retry`] and
//!   [`Policy::retry_blocking`] retry a closure without the attribute.
//! - [`Elapsed`] is what the error of an attempt that exceeds its `timeout` is made from.
//! - [`Upstream`] paces all calls to one service together, when it refuses for rate.
#![cfg_attr(
    feature = "openai",
    doc = "- [`openai`] has the errors of OpenAI-compatible services and their classifier."
)]
//!
//! The [guide](https://docs.rs/persevere/latest/persevere/guide/index.html) has a page for each thing that people come with: an
//! error type of their own, structured replies, many tasks under one limit, testing, observing, porting.
//!
//! On targets without 64-bit atomics an [`Upstream`] takes a short lock where it otherwise takes none.
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
//! - `tracing`: in a span `retry` with the field `code.function.name`, so that a filter such as
//!   `persevere[retry{code.function.name=app::complete}]=warn` finds it, an event per wait (`WARN`) and per give-up
//!   (`ERROR`; `WARN` for an error that is not retried and for a call that its `sleep` ended), with the target
//!   `persevere` and the fields `exception.type` and `exception.message` (as OpenTelemetry names
//!   them), `retry.attempt`, `retry.max`, and `retry.wait` in seconds, `retry.server_directed` and `retry.asked` (what of
//!   the wait the server asked for), or `retry.reason`. The message is that of the error and of all its causes, on one
//!   line, without the query, the user and what looks like a key of any URL.
//!   Never the arguments of a function. A call that queues under an [`Upstream`] is one at `DEBUG` for each wait, and a
//!   success after retries is one, where [`Policy::notify_success`] says so. Costs `tracing` without its own features.
//! - `metrics`: the counters `persevere.calls.retried`, `persevere.retries` and `persevere.give_ups` (by `reason`), the
//!   histogram `persevere.wait.duration` in seconds, and the histogram `persevere.call.attempts` of the calls that gave up,
//!   or whose success [`Policy::notify_success`] reports, all by `function`; and for calls that queue under an
//!   [`Upstream`] the histogram `persevere.hold.duration` (by `reason` too). They are described, with their units. The
//!   labels are names of functions and of reasons, so that there are no more of them than stand in the code. Costs the
//!   `metrics` facade.
//! - `serde`: [`Policy`] can be read from and written to configuration files. Costs `serde` with its derive macros.
//! - `testing`: the module `testing`. Costs a look at a thread's settings behind each failure; for
//!   `[dev-dependencies]`.
#![warn(missing_docs)]
// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg), doc(auto_cfg(hide(loom))))]

#[doc(hidden)]
#[path = "expansion/mod.rs"]
pub mod __private;
mod attempt;
mod call;
pub mod causes;
#[cfg(feature = "serde")]
mod config;
mod decision;
mod describe;
#[cfg(feature = "serde")]
mod duration;
mod elapsed;
mod event;
#[cfg(all(
    any(doc, doctest),
    feature = "tokio",
    feature = "async-openai",
    feature = "ureq",
    feature = "tracing",
    feature = "metrics",
    feature = "testing"
))]
#[cfg_attr(docsrs, doc(auto_cfg = false))]
pub mod guide;
mod jitter;
mod nanos;
#[cfg(feature = "openai")]
pub mod openai;
mod policy;
mod random;
mod redact;
mod retry;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(not(feature = "testing"))]
#[path = "testing/off.rs"]
mod testing;
mod upstream;
mod values;
mod verdict;

pub use crate::retry::Retry;
pub use attempt::Attempt;
pub use decision::{Decision, Retryable};
pub use elapsed::Elapsed;
pub use event::{Event, Hold, Next, Reason};
pub use jitter::Jitter;
pub use persevere_macros::{Retryable, retry};
pub use policy::Policy;
pub use upstream::{Status, Upstream};
pub use verdict::Judged;
