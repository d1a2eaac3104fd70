//! `persevere::__private`: what the expansions of the macros name. It defines nothing itself.

pub use std::boxed::Box;
pub use std::future::Future;
pub use std::option::Option::{self, None, Some};
pub use std::pin::pin;
pub use std::result::Result::{Err, Ok};
pub use std::time::Duration;
pub use std::{concat, module_path};

pub use crate::call::clock::{Stopwatch, Untimed};
pub use crate::call::full::FullCall;
pub use crate::call::function::FunctionPolicy;
pub use crate::call::limit::{TimesOut, within};
pub use crate::call::observe::undescribed;
pub use crate::call::outcome::{AttemptEnd, Outcome, Verdict, accepted, split, succeeds};
pub use crate::call::report::{Report, WithHook, silent, with_hook};
pub use crate::call::state::{CallState, Time};
pub use crate::call::stop::{PauseEnd, WaitEnd, pause_with, sleeping};
pub use crate::call::timer::{Timed, pause, timer, timer_with};
pub use crate::call::turn::{Now, Paced, asynchronous_now, blocking_now, wait_after_turn};
pub use crate::call::wait::Wait;
pub use crate::describe::Described;
pub use crate::upstream::{Refill, StatedLimit, Turn, TurnAnswer};
pub use crate::{__persevere_after_failure as after_failure, __persevere_describe as describe};
pub use before::before;
pub use derive::NamedWait;
pub use plain::{PlainAsyncCall, PlainCall, Sleep, Then};
pub use typed::{
    AsUpstream, Outliving, Returns, called, hook_in_place, judge, never, outliving, policy, previous, retryable,
    sleeper, timeout, turn_of, upstream,
};
pub use wire::policy as policy_from_bytes;

mod before;
mod derive;
pub mod keys;
mod macros;
mod plain;
pub mod shown;
mod typed;
mod wire;
pub mod words;
