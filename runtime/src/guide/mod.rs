//! The guide: one page for each thing that people come with. It exists in the documentation only.
//!
//! - [An error type of your own](errors): it says by itself what is worth another attempt.
//! - [Errors in a box](boxes): `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
//! - [Structured replies](replies): a reply that does not parse, and a model that is told why.
//! - [Streams](streams): what can be repeated of them.
//! - [Falling back](fallback): another model when the first gives up.
//! - [Many tasks under one limit](limits): pace them, and tell them the limit.
//! - [Timeouts, deadlines and shutdown](time): how long an attempt, a call and a wait may take.
//! - [Calls that must not be made twice](twice): what is safe to repeat.
//! - [Testing without sleeping](testing): no retries, recorded waits, a paused clock.
//! - [Observing](observing): events, metrics, and what they are called.
//! - [Mistakes and what they cost](mistakes): what goes wrong with retries, and what to write instead.
//! - [Porting](porting): from a loop by hand, from Python, and from other crates.

#[doc = include_str!("boxes.md")]
pub mod boxes {}
#[doc = include_str!("errors.md")]
pub mod errors {}
#[doc = include_str!("fallback.md")]
pub mod fallback {}
#[doc = include_str!("limits.md")]
pub mod limits {}
#[doc = include_str!("mistakes.md")]
pub mod mistakes {}
#[doc = include_str!("observing.md")]
pub mod observing {}
#[doc = include_str!("porting.md")]
pub mod porting {}
#[doc = include_str!("replies.md")]
pub mod replies {}
#[doc = include_str!("streams.md")]
pub mod streams {}
#[doc = include_str!("testing.md")]
pub mod testing {}
#[doc = include_str!("time.md")]
pub mod time {}
#[doc = include_str!("twice.md")]
pub mod twice {}
