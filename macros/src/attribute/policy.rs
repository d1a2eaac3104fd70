//! The keys that make up the runtime's `Policy`, and what is known of them while compiling.

use std::time::Duration;

use syn::Expr;

use super::values::{Jitter, Value};

// The defaults of the runtime's `Policy`, repeated, as this crate cannot depend on the runtime. A test in
// `expand/wire.rs` compares all but the cap with those of the runtime.
pub(crate) const DEFAULT_MAX: u32 = 3;
pub(crate) const DEFAULT_INITIAL: Duration = Duration::from_millis(500);
pub(crate) const DEFAULT_FACTOR: f64 = 2.0;
pub(crate) const DEFAULT_CAP: Duration = Duration::from_secs(60);
pub(crate) const DEFAULT_MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The settings of a call's policy. Whoever reads them takes the struct apart in full, so that the compiler asks about
/// a new key wherever it matters.
#[derive(Default)]
pub(crate) struct PolicyOptions {
    /// The expression after `policy`, which the other settings override.
    pub(crate) base: Option<Expr>,
    pub(crate) max: Option<Value<u32>>,
    pub(crate) initial: Option<Value<Duration>>,
    pub(crate) factor: Option<Value<f64>>,
    pub(crate) cap: Option<Value<Duration>>,
    pub(crate) jitter: Option<Value<Jitter>>,
    pub(crate) max_retry_after: Option<Value<Duration>>,
    pub(crate) deadline: Option<Value<Duration>>,
}

impl PolicyOptions {
    /// Whether all of the policy is known while compiling.
    pub(crate) fn is_constant(&self) -> bool {
        fn known<T>(value: Option<&Value<T>>) -> bool {
            !matches!(value, Some(Value::Expr(_)))
        }
        let Self { base, max, initial, factor, cap, jitter, max_retry_after, deadline } = self;
        base.is_none()
            && known(max.as_ref())
            && known(factor.as_ref())
            && known(jitter.as_ref())
            && [initial, cap, max_retry_after, deadline].into_iter().all(|value| known(value.as_ref()))
    }

    /// Whether the policy may have a deadline. The macro cannot look into the value of `policy = ...`, which may set
    /// one.
    pub(crate) fn may_have_deadline(&self) -> bool {
        self.deadline.is_some() || self.base.is_some()
    }

    /// Whether it is known that the policy's own waits are all zero.
    pub(crate) fn never_waits(&self) -> bool {
        matches!(self.initial, Some(Value::Literal(Duration::ZERO)))
    }
}
