//! An annotated function, as the engine knows it.

use crate::Policy;

/// An annotated function: its policy, and the path that it is told by.
pub struct Site {
    pub(crate) policy: Policy,
    pub(crate) function: &'static str,
}

impl Site {
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn new(policy: Policy, function: &'static str) -> Self {
        Self { policy, function }
    }
}
