/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    SyncSuccess,
    AsyncSuccess,
    /// Four attempts fail and the fifth succeeds; the policy's waits are all zero.
    SyncFailures,
    AsyncFailures,
    /// Four attempts fail and the fifth succeeds; the waits are real.
    SyncWaits,
    AsyncWaits,
}

impl Scenario {
    /// Those in which what is measured is not the waiting.
    pub const IMMEDIATE: [Self; 4] = [Self::SyncSuccess, Self::AsyncSuccess, Self::SyncFailures, Self::AsyncFailures];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SyncSuccess => "sync success",
            Self::AsyncSuccess => "async success",
            Self::SyncFailures => "sync, 4 failures",
            Self::AsyncFailures => "async, 4 failures",
            Self::SyncWaits => "sync, 4 waits",
            Self::AsyncWaits => "async, 4 waits",
        }
    }

    /// How many attempts of each call fail.
    #[must_use]
    pub fn failures(self) -> u32 {
        match self {
            Self::SyncSuccess | Self::AsyncSuccess => 0,
            Self::SyncFailures | Self::AsyncFailures | Self::SyncWaits | Self::AsyncWaits => 4,
        }
    }

    #[must_use]
    pub fn is_async(self) -> bool {
        matches!(self, Self::AsyncSuccess | Self::AsyncFailures | Self::AsyncWaits)
    }

    /// Whether the policy's waits are zero.
    #[must_use]
    pub fn is_at_once(self) -> bool {
        matches!(self, Self::SyncFailures | Self::AsyncFailures)
    }
}
