//! Retries for functions: an attribute that turns one attempt into an exponential-backoff loop.
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

pub use decision::{Decision, Retryable};
pub use event::{Event, Next, Reason};
pub use jitter::Jitter;
pub use persevere_macros::retry;
pub use policy::Policy;
