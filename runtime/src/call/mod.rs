//! The engine: what follows an attempt.
//!
//! The expansion of `#[retry]` and the closures of `Policy::retry` both drive it, and nothing in here knows either.

pub(crate) mod clock;
pub(crate) mod full;
pub(crate) mod function;
pub(crate) mod limit;
pub(crate) mod observe;
pub(crate) mod outcome;
pub(crate) mod report;
pub(crate) mod settle;
pub(crate) mod state;
pub(crate) mod stop;
pub(crate) mod timer;
pub(crate) mod turn;
pub(crate) mod wait;
#[cfg(all(feature = "web", target_family = "wasm", target_os = "unknown"))]
mod web;
