//! A function that is retried, as the engine knows it.

use crate::Policy;

/// The policy of a function, and the path by which events, logs and metrics call it.
pub struct FunctionPolicy {
    pub(crate) policy: Policy,
    pub(crate) path: &'static str,
}

impl FunctionPolicy {
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn new(policy: Policy, path: &'static str) -> Self {
        Self { policy, path }
    }
}
