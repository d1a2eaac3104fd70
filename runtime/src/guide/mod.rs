//! The guide: one page per task. These modules exist only in the documentation and contain no items.
//!
//! - [Your own error types](errors): which errors are retried, and how your types decide.
//! - [Type-erased errors](boxes): `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
//! - [Closures](closures): retrying without the attribute.
//! - [Configuration](configuration): a policy from a configuration file.
//! - [Structured replies](replies): replies that do not parse, and a complete call of a model.
//! - [Streams](streams): retrying until the first item.
//! - [Falling back](fallback): another model if the first fails.
//! - [Rate limits](limits): many tasks under one limit, pacing, and declaring limits.
//! - [Timeouts, deadlines and shutdown](time): how long an attempt, a call and a wait may take.
//! - [Idempotency](twice): which calls are safe to retry, and what to do about the others.
//! - [Testing without sleeping](testing): no retries, recorded waits, a paused clock.
//! - [Observing](observing): events, metrics and their names.
//! - [Browsers and other targets](targets): what works on targets without a clock.
//! - [Common mistakes](mistakes): what goes wrong with retries, and what to write instead.
//! - [Porting](porting): from a Python loop, from Python libraries, and from other crates.

#[doc = include_str!("boxes.md")]
#[doc(alias = "type_erased")]
pub mod boxes {}
#[doc = include_str!("closures.md")]
pub mod closures {}
#[doc = include_str!("configuration.md")]
pub mod configuration {}
#[doc = include_str!("errors.md")]
pub mod errors {}
#[doc = include_str!("fallback.md")]
pub mod fallback {}
#[doc = include_str!("limits.md")]
#[doc(alias = "rate_limits")]
pub mod limits {}
#[doc = include_str!("mistakes.md")]
pub mod mistakes {}
#[doc = include_str!("observing.md")]
pub mod observing {}
#[doc = include_str!("porting.md")]
pub mod porting {}
#[doc = include_str!("replies.md")]
#[doc(alias = "structured_replies")]
pub mod replies {}
#[doc = include_str!("streams.md")]
pub mod streams {}
#[doc = include_str!("targets.md")]
pub mod targets {}
#[doc = include_str!("testing.md")]
pub mod testing {}
#[doc = include_str!("time.md")]
pub mod time {}
#[doc = include_str!("twice.md")]
#[doc(alias = "idempotency")]
pub mod twice {}
