//! What each fuzz target does with its input. The tests of the workspace are built of the same files, and replay the
//! corpora.

#![allow(clippy::missing_panics_doc, reason = "to panic is how a target says that something is wrong")]
#![allow(clippy::duplicate_mod, reason = "durations are read by themselves too, from where the macros keep it private")]

mod bodies;
mod headers;
mod macros;
#[cfg(test)]
mod replay;

// A procedural macro can be no dependency of a program, so the modules of ours are compiled into this one. They name each
// other from the root of their crate, so they stand at the root here too.
#[path = "../../macros/src/attribute/mod.rs"]
mod attribute;
#[path = "../../macros/src/derive/mod.rs"]
mod derive;
#[path = "../../macros/src/docs.rs"]
mod docs;
#[path = "../../macros/src/attribute/duration.rs"]
mod duration;
#[path = "../../macros/src/errors.rs"]
mod errors;
#[path = "../../macros/src/expand/mod.rs"]
mod expand;
#[path = "../../macros/src/function/mod.rs"]
mod function;
#[path = "../../macros/src/ide.rs"]
mod ide;
#[path = "../../macros/src/manifest.rs"]
mod manifest;
#[path = "../../macros/src/spans.rs"]
mod spans;

pub use bodies::{body, message, printed};
pub use headers::{date, headers, ratelimit, ratelimit_reset, retry_after, retry_after_ms};
pub use macros::{arguments, derive, duration, function};
