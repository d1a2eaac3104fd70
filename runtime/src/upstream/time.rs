//! Times that calls share: nanoseconds since a fixed but arbitrary moment, by a clock that may be set back.

use super::atomic::{AtomicU64, Ordering::Relaxed};
use super::pace::LONGEST_GAP;

pub(super) const SECOND: u64 = 1_000_000_000;

/// After this long without an answer the service was out, or was not asked. In both cases the pace is found anew.
pub(super) const DARK: u64 = 10 * SECOND;
/// This long after the last cut, the pace that was found then says little, and is given up.
pub(super) const SETTLED: u64 = 60 * SECOND;
/// After all calls were slowed down because little is left, this long passes before that can happen again.
pub(super) const EASED_AFTER: u64 = SECOND / 3;
/// After this long without an answer, the request that tried a hint is given up.
pub(super) const TRIAL: u64 = 5 * SECOND;
/// The farthest horizon, that of an old call. It is limited, so that turns cannot run away from the clock.
pub(super) const FARTHEST_HORIZON: u64 = 60 * SECOND;
/// Turns do not lie even half as far ahead as this. A time that does was stored before the clock was set back.
pub(super) const UNREACHABLE: u64 = 2 * (FARTHEST_HORIZON + LONGEST_GAP as u64 * 1_000);

/// How long ago `then` was. A `then` that is impossibly far ahead was stored before the clock was set back: it was
/// endlessly long ago.
pub(super) fn since(then: u64, now: u64) -> u64 {
    if then.saturating_sub(now) > UNREACHABLE { u64::MAX } else { now.saturating_sub(then) }
}

/// `then`, or 0 if it is impossibly far ahead (see [`UNREACHABLE`]).
pub(super) fn reachable(then: u64, now: u64) -> u64 {
    if then.saturating_sub(now) > UNREACHABLE { 0 } else { then }
}

/// Moves a time on to `to`. It is moved back only if the clock was set back.
pub(super) fn advance(time: &AtomicU64, now: u64, to: u64) {
    let old = time.fetch_max(to, Relaxed);
    if old.saturating_sub(now) > UNREACHABLE {
        time.store(to, Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn what_lies_ahead_out_of_reach_was_another_clock() {
        let now = 7 * SECOND;
        // Twice a horizon of a minute and a gap of two seconds.
        let far = now + 124 * SECOND;
        assert_eq!([0, now, far, far + 1].map(|then| since(then, now)), [now, 0, 0, u64::MAX]);
        assert_eq!([0, now, far, far + 1].map(|then| reachable(then, now)), [0, now, far, 0]);
    }

    #[test]
    fn a_time_goes_back_only_where_it_was_out_of_reach() {
        let moved = |old, to| {
            let time = AtomicU64::new(old);
            advance(&time, SECOND, to);
            time.into_inner()
        };
        let far = SECOND + UNREACHABLE;
        assert_eq!([moved(5, 9), moved(9, 5), moved(far, 5), moved(far + 1, 5)], [9, 9, far, 5]);
    }
}
