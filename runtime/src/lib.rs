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
//! // A missing file is not a transient error: the error is returned at once, unchanged.
//! let error = read("/no/such/file").unwrap_err();
//! assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
//! ```
//!
//! - [`retry`](macro@retry) is the attribute: its page lists the keys and says what they mean.
//! - [`Decision`] says what to do after a failed attempt: stop, or retry and after which wait. The function given as
//!   `on`, or the error's own [`Retryable`], returns it.
//! - [`Judged`] wraps an error together with its [`Decision`], for bodies that decide case by case.
//! - [`causes`] classifies type-erased errors: `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
//! - [`Event`] is the argument of a `notify` hook. [`Attempt`] tells the body which attempt is running.
//! - [`Policy`] is a set of keys as a value, for many functions to share; [`Policy::retry`] and
//!   [`Policy::retry_blocking`] retry a closure without the attribute.
//! - [`Elapsed`] is the timeout error: if an attempt exceeds its `timeout`, the function's error is built from it, by
//!   `From<Elapsed>`.
//! - [`Upstream`] paces all calls to one service together if the service rate-limits them, fails, or has a declared
//!   limit.
#![cfg_attr(
    feature = "openai",
    doc = "- [`openai`] has the errors of OpenAI-compatible services and their classifier."
)]
//!
//! The [guide](https://docs.rs/persevere/latest/persevere/guide/index.html) has one page per topic: your own error
//! types, closures, structured replies, many tasks under one limit, testing, observing, porting and others.
//!
//! # Features
//!
//! `tokio` and `openai` are on by default. Sync functions need no feature.
//!
//! - `tokio`: the timer of async functions. Depends on tokio with its feature `time`. Without it, async functions name
//!   their timer with `sleep = ...`.
//! - `openai`: the module `openai`. Depends on `http`, `serde` and `serde_json`.
//! - `reqwest`, `ureq`: the modules `openai::reqwest` and `openai::ureq`, for users of these clients. Both enable
//!   `openai`.
//! - `async-openai`: the module `openai::async_openai`, for users of that client. Also enables the feature `reqwest`.
//! - `tracing`: emits an event for each wait (`WARN`) and each give-up (`ERROR`, or `WARN` if the error is not
//!   retryable or `sleep` ended the call), with the target `persevere`. Each event is in a span `retry` with the field
//!   `code.function.name`, so that a filter can select one function:
//!   `persevere[retry{code.function.name=app::complete}]=warn`. Queueing under an [`Upstream`], and a success after
//!   retries if [`Policy::notify_success`] is set, are recorded at `DEBUG`. The arguments of functions are never
//!   recorded. The guide [lists the
//!   fields](https://docs.rs/persevere/latest/persevere/guide/observing/index.html#tracing). Depends on `tracing`
//!   without its default features.
//! - `metrics`: the counters `persevere.calls.retried`, `persevere.retries` and `persevere.give_ups`, and the
//!   histograms `persevere.wait.duration`, `persevere.call.attempts` and `persevere.hold.duration`, each described to
//!   the recorder with its unit. The guide [lists their
//!   labels](https://docs.rs/persevere/latest/persevere/guide/observing/index.html#metrics). The values of labels are
//!   only functions' names and reasons, so that their number is bounded. Depends on the `metrics` facade.
//! - `serde`: [`Policy`] and [`Jitter`] implement `Serialize` and `Deserialize`, for [configuration
//!   files](https://docs.rs/persevere/latest/persevere/guide/configuration/index.html). Depends on `serde` with its
//!   derive macros.
//! - `web`: the clocks and the timer of JavaScript on `wasm32-unknown-unknown`, instead of tokio's. The guide says [what
//!   works there](https://docs.rs/persevere/latest/persevere/guide/targets/index.html). Depends on `web-time`, `js-sys`
//!   and `gloo-timers` on that target, and on nothing elsewhere.
//! - `testing`: the module `testing`, for `[dev-dependencies]`. With this feature, each failed attempt checks whether a
//!   test has changed the retry behaviour of its thread or process. Do not enable it in production.
#![warn(missing_docs)]
// docs.rs shows beside each item the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg), doc(auto_cfg(hide(loom))))]

#[doc(hidden)]
#[path = "expansion/mod.rs"]
pub mod __private;
mod attempt;
mod call;
pub mod causes;
mod clocks;
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
    feature = "serde",
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
