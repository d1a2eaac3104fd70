//! The cells of the matrix that compile. `build.rs` writes them; each is a test, by the name of its shape, its keys and its body.
//!
//! Clippy does not look at them: what it says of an expansion is held by the tests of lints.
#![cfg(not(clippy))]
#![allow(dead_code, unused_braces, unused_variables, reason = "the functions are as users may write them")]

#[macro_use]
mod support;

include!(concat!(env!("OUT_DIR"), "/holding.rs"));
