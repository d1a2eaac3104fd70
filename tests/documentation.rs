//! The pages of the macros, whose examples need the runtime as the package of the macros does not.

#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../macros/src/retry.md")]
mod retry {}

#[cfg(all(doctest, feature = "openai"))]
#[doc = include_str!("../macros/src/retryable.md")]
mod retryable {}

#[cfg(all(doctest, feature = "tokio", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
mod readme {}
