//! What the expansion of `#[derive(Retryable)]` makes of a field that holds a wait.

use std::time::Duration;

use crate::Decision;

/// A field that may hold a wait. Without one, what is retried is retried after the policy's own wait.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is not a wait",
    label = "`after` and `in` need a `Duration` or an `Option<Duration>`, and this is `{Self}`",
    note = "for any other type write `with = path`, the name of a function that makes a `Decision` of the fields"
)]
pub trait NamedWait {
    /// The server asks for it.
    fn after(&self) -> Decision;

    /// The server refuses for rate, and asks for it.
    fn throttled_after(&self) -> Decision;

    /// It replaces the policy's own.
    fn retry_in(&self) -> Decision;
}

impl NamedWait for Duration {
    fn after(&self) -> Decision {
        Decision::RetryAfter(*self)
    }

    fn throttled_after(&self) -> Decision {
        Decision::Throttled(Some(*self))
    }

    fn retry_in(&self) -> Decision {
        Decision::RetryIn(*self)
    }
}

impl NamedWait for Option<Duration> {
    fn after(&self) -> Decision {
        self.map_or(Decision::Retry, Decision::RetryAfter)
    }

    fn throttled_after(&self) -> Decision {
        Decision::Throttled(*self)
    }

    fn retry_in(&self) -> Decision {
        self.map_or(Decision::Retry, Decision::RetryIn)
    }
}
