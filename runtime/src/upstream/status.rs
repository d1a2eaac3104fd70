//! What an `Upstream` knows, for people and for metrics.

/// What an [`Upstream`](super::Upstream) knows at a moment: a metrics endpoint can read it.
///
/// ```
/// use std::time::Duration;
/// use persevere::Upstream;
///
/// static MODEL: Upstream = Upstream::new().requests(600, Duration::from_secs(60));
///
/// let status = MODEL.status();
/// assert_eq!(status.pace(), None, "nothing was refused");
/// assert_eq!(status.requests(), Some(10.0));
/// assert_eq!((status.tokens(), status.waiting()), (None, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    pub(super) pace: Option<f64>,
    pub(super) requests: Option<f64>,
    pub(super) tokens: Option<f64>,
    pub(super) waiting: u64,
}

impl Status {
    /// The requests a second that refusals or an outage have slowed the calls down to; none while they have not.
    #[must_use]
    pub const fn pace(&self) -> Option<f64> {
        self.pace
    }

    /// The requests a second that are declared or that answers said, whichever is less; none while nothing is known.
    #[must_use]
    pub const fn requests(&self) -> Option<f64> {
        self.requests
    }

    /// The tokens a second that are declared or that answers said, whichever is less; none while nothing is known.
    #[must_use]
    pub const fn tokens(&self) -> Option<f64> {
        self.tokens
    }

    /// The calls that wait for their turns.
    #[must_use]
    pub const fn waiting(&self) -> u64 {
        self.waiting
    }
}
