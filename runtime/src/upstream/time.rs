//! Times that calls share: nanoseconds since any moment, of a clock that may be set back.

use super::atomic::{AtomicU64, Ordering::Relaxed};
use super::pace::LONGEST_GAP;

pub(super) const SECOND: u64 = 1_000_000_000;

/// Without an answer for so long the service was out, or was not asked. Either way the pace is found anew from here.
pub(super) const DARK: u64 = 10 * SECOND;
/// So long after the last cut, the limit that was found then says little.
pub(super) const SETTLED: u64 = 60 * SECOND;
/// So long after everyone was slowed down because little is left, they are not again.
pub(super) const EASED_AFTER: u64 = SECOND / 3;
/// Without an answer for so long, the request that tried a hint is given up.
pub(super) const TRIAL: u64 = 5 * SECOND;
/// The horizon of the oldest call, so that turns cannot run away from the clock.
pub(super) const FARTHEST_HORIZON: u64 = 60 * SECOND;
/// Turns never lie so far ahead, not even half as far: where they do, the clock was set back.
pub(super) const UNREACHABLE: u64 = 2 * (FARTHEST_HORIZON + LONGEST_GAP as u64 * 1_000);

/// How long `then` is past at `now`. What lies ahead out of reach was another clock, before it was set back.
pub(super) fn since(then: u64, now: u64) -> u64 {
    if then.saturating_sub(now) > UNREACHABLE { u64::MAX } else { now.saturating_sub(then) }
}

/// A time that lies ahead, if it can be reached.
pub(super) fn reachable(then: u64, now: u64) -> u64 {
    if then.saturating_sub(now) > UNREACHABLE { 0 } else { then }
}

/// Moves a time on, and never back, unless the clock was set back.
pub(super) fn advance(time: &AtomicU64, now: u64, to: u64) {
    let old = time.fetch_max(to, Relaxed);
    if old.saturating_sub(now) > UNREACHABLE {
        time.store(to, Relaxed);
    }
}
