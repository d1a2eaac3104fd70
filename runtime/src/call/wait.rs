//! A wait that a call has decided on.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::testing;

/// How long a call waits, and whether it really does. It is of the size of two words and has a niche, so that an
/// `Option` of it is returned in registers.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    seconds: u64,
    /// The nanoseconds plus one, and [`RECORDED`].
    rest: NonZeroU32,
}

/// The bit that says that a test records the wait instead of waiting. The nanoseconds of a second leave it free.
const RECORDED: u32 = 1 << 31;

impl Wait {
    /// A wait between two attempts, which a test may record.
    pub(crate) fn planned(duration: Duration) -> Self {
        Self::new(duration, if testing::record(duration) { RECORDED } else { 0 })
    }

    /// The limit of a running attempt, which no test records.
    pub(crate) const fn real(duration: Duration) -> Self {
        Self::new(duration, 0)
    }

    const fn new(duration: Duration, recorded: u32) -> Self {
        let rest = NonZeroU32::MIN.saturating_add(duration.subsec_nanos() | recorded);
        Self { seconds: duration.as_secs(), rest }
    }

    /// How long it is.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::new(self.seconds, (self.rest.get() & !RECORDED) - 1)
    }

    pub(crate) const fn is_recorded(self) -> bool {
        self.rest.get() & RECORDED != 0
    }

    /// The time that a timer has to measure, if one is needed at all.
    #[inline]
    pub(crate) fn due(self) -> Option<Duration> {
        let duration = self.duration();
        (!self.is_recorded() && !duration.is_zero()).then_some(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_is_recorded_keeps_its_length_and_is_not_waited_for() {
        for duration in [Duration::ZERO, Duration::new(7, 1), Duration::MAX] {
            let (recorded, real) = (Wait::new(duration, RECORDED), Wait::real(duration));
            assert_eq!((recorded.duration(), real.duration()), (duration, duration));
            assert!(recorded.is_recorded() && !real.is_recorded(), "{duration:?}");
            assert_eq!((recorded.due(), real.due()), (None, Some(duration).filter(|_| duration != Duration::ZERO)));
        }
    }
}
