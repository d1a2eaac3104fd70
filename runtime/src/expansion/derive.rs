//! What the expansion of `#[derive(Retryable)]` makes of a field that holds a wait.

use std::time::Duration;

use crate::Decision;

/// A field that may hold a wait. If it holds none, the policy's own wait is used.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` is not a wait",
    label = "`after` and `in` need a `Duration` or an `Option<Duration>`, and this is `{Self}`",
    note = "for any other type write `with = path`, the name of a function that makes a `Decision` of the fields"
)]
pub trait NamedWait {
    /// The decision if the server asks for the wait.
    fn after(&self) -> Decision;

    /// The decision if the server rate-limits the request, and asks for the wait.
    fn throttled_after(&self) -> Decision;

    /// The decision if the wait replaces the policy's own.
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
