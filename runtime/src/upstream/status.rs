//! What an `Upstream` knows, for people and for metrics.

use super::atomic::Ordering::Relaxed;
use super::pace::Pace;
use super::{Limit, Upstream};

/// What an [`Upstream`] knows at a moment: a metrics endpoint can read it.
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
    pace: Option<f64>,
    requests: Option<f64>,
    tokens: Option<f64>,
    waiting: u64,
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

impl Upstream {
    /// What is known now. Its parts are read one after the other, while calls go on.
    #[must_use]
    pub fn status(&self) -> Status {
        let pace = Pace::from_bits(self.pace.load(Relaxed));
        Status {
            pace: (!pace.is_calm()).then(|| 1e6 / f64::from(pace.gap)),
            requests: Limit::per_second(&self.requests),
            tokens: Limit::per_second(&self.tokens),
            waiting: self.waiting.load(Relaxed),
        }
    }
}
