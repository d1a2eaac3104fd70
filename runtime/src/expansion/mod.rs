//! What the expansion of `#[retry]` names.

pub use std::boxed::Box;
pub use std::option::Option::{self, None, Some};
pub use std::pin::pin;
pub use std::result::Result::{Err, Ok};
pub use std::time::Duration;
pub use std::{concat, module_path};

pub use crate::call::clock::{Stopwatch, Untimed};
pub use crate::call::limit::within;
pub use crate::call::observe::{Described, undescribed};
pub use crate::call::outcome::{Ended, Outcome, Verdict, accepted, split, succeeds};
pub use crate::call::report::{Telling, Told, silent, telling};
pub use crate::call::running::Running;
pub use crate::call::site::Site;
pub use crate::call::state::Call;
pub use crate::call::timer::{pause, pause_with, timer, timer_with};
pub use crate::call::turn::{Now, Paced, asynchronous_now, blocking_now, wait_after_turn};
pub use crate::call::wait::Wait;
pub use crate::upstream::{Answer, Turn};
pub use crate::{__persevere_again as again, __persevere_describe as describe};
pub use plain::{Sleep, Sleeping, Waiting};
pub use typed::{Returns, accepter, classifier, hook, jitter, judge, never, policy, retryable, sleeper, timeout};
pub use wire::policy as written;

pub mod keys;
mod macros;
mod plain;
#[cfg(feature = "tracing")]
pub mod shown;
mod typed;
mod wire;
