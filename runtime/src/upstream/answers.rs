//! What an answer of the service changes for all calls. The transitions are pure, in `pace`, `hints` and `budget`.

use super::atomic::Ordering::{Acquire, Relaxed, Release};
use super::hints::{Hints, Trial};
use super::pace::Pace;
use super::time::{DARK, EASED_AFTER, SETTLED, TRIAL, advance, reachable, since};
use super::{StatedLimit, Turn, Upstream};
use crate::Decision;

impl Upstream {
    /// The attempt succeeded. The clock is read only if that changes something.
    #[doc(hidden)]
    #[inline]
    pub fn served(&self, turn: &Turn<'_>, now: impl FnOnce() -> u64) {
        let bits = self.pace.load(Relaxed);
        let owes = self.budget.is_some() && self.spent.load(Relaxed) != 0;
        if owes || !Pace::from_bits(bits).is_untouched() {
            self.answered(turn, now);
        }
    }

    /// The attempt failed with an error that deserves `decision`.
    #[doc(hidden)]
    pub fn failed(&self, turn: &Turn<'_>, now: u64, decision: Decision) {
        match decision {
            Decision::Stop => self.served(turn, || now),
            Decision::Retry | Decision::RetryIn(_) | Decision::RetryAfter(_) => {
                if turn.tries {
                    self.learn_hints(Hints::lost);
                }
                self.worse(turn, now, 0, Pace::failed);
            }
            Decision::Throttled(hint) => {
                let hint = hint.map_or(0, |hint| u64::try_from(hint.as_nanos()).unwrap_or(u64::MAX));
                self.worse(turn, now, hint, Pace::throttled);
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn answered(&self, turn: &Turn<'_>, now: impl FnOnce() -> u64) {
        let now = now();
        // With `Acquire` the times are seen that `worse` stored before the pace. With older times a success could look
        // like the first one after an outage, and undo the cut.
        let bits = self.pace.load(Acquire);
        let before = Pace::from_bits(bits);
        let dark = !before.is_calm() && since(self.last_ok.load(Relaxed), now) > DARK;
        if !before.is_calm() {
            advance(&self.last_ok, now, now);
        }
        let settled = since(self.cut_at.load(Relaxed), now) > SETTLED;
        let after = before.answered(dark, settled);
        // If another answer changed the pace in between, this one is dropped: it is one sample among many.
        if self.pace.compare_exchange(bits, after.to_bits(), Relaxed, Relaxed).is_ok() && after.is_outage() {
            self.next.fetch_min(now.saturating_add(after.gap_nanos()), Relaxed);
        }
        if turn.tries {
            self.learn_hints(Hints::refuted);
        }
        if let Some(budget) = self.budget {
            let earn = |spent| Some(budget.earn(spent));
            // It never fails, as `earn` always has an answer.
            let _ = self.spent.fetch_update(Relaxed, Relaxed, earn);
        }
    }

    /// Learns the limits that the headers of an answer state.
    #[doc(hidden)]
    pub fn learn_limits(&self, requests: Option<StatedLimit>, tokens: Option<StatedLimit>, now: u64) {
        let mut lower = false;
        let mut short = false;
        for (limit, stated) in [(&self.requests, requests), (&self.tokens, tokens)] {
            if let Some(stated) = stated {
                lower |= limit.learn(stated, now);
                short |= limit.is_short(stated);
            }
        }
        if self.requests.interval() == 0 && self.tokens.interval() == 0 {
            return;
        }
        // Answers that arrive right after a cut belong to requests from before it, so that they are no reason for
        // another cut.
        let short = short && since(self.cut_at.load(Relaxed), now) > EASED_AFTER;
        let mut bits = self.pace.load(Relaxed);
        loop {
            let before = Pace { limited: true, ..Pace::from_bits(bits) };
            let before = if short { before.marked() } else { before };
            let cut = short && before.is_too_fast(before.epoch);
            let after = if cut {
                before.eased(self.requests.interval())
            } else if lower {
                before.recalled()
            } else {
                before
            };
            if cut {
                advance(&self.cut_at, now, now);
                advance(&self.last_ok, now, now);
            }
            if after.to_bits() == bits {
                return;
            }
            match self.pace.compare_exchange(bits, after.to_bits(), Release, Relaxed) {
                Ok(_) if cut => return self.next.store(now.saturating_add(after.gap_nanos()), Relaxed),
                Ok(_) => return,
                Err(current) => bits = current,
            }
        }
    }

    fn learn_hints(&self, learn: impl Fn(Hints) -> Hints) {
        let learnt = |bits| Some(learn(Hints::from_bits(bits)).to_bits());
        // It never fails, as `learnt` always has an answer.
        let _ = self.hints.fetch_update(Relaxed, Relaxed, learnt);
    }

    /// Changes the pace after a refusal or a failure. Unlike a success, such an answer is never dropped, because there
    /// may be no other.
    fn worse(&self, turn: &Turn<'_>, now: u64, hint: u64, learn: impl Fn(Pace) -> Pace) {
        let mut bits = self.pace.load(Relaxed);
        loop {
            let before = Pace::from_bits(bits);
            let learnt = learn(before);
            let cut = learnt.is_too_fast(turn.epoch);
            // A request that was sent before all calls were held or slowed down tells nothing new, unless it tries a
            // hint.
            let fresh = turn.tries || turn.epoch == before.epoch;
            let hints = Hints::from_bits(self.hints.load(Relaxed));
            let (trust, length) =
                hints.refused(if fresh { hint } else { 0 }, learnt.gap_nanos(), self.trial(turn, now));
            let until = now.saturating_add(length);
            let held = length > 0 && until > reachable(self.hold.load(Relaxed), now);
            let after = if cut {
                learnt.cut(self.requests.interval())
            } else if held {
                learnt.held()
            } else {
                learnt
            };
            // The times are stored before the pace, so that whoever sees the new pace sees its times. Otherwise a
            // success could see a `last_ok` from before a calm, take the calm for an outage, and undo the cut. If
            // another answer changes the pace first, the times are at most a little late.
            let begun = before.is_calm() && !after.is_calm();
            if held {
                advance(&self.hold, now, until);
            }
            // No request is served during a hold, so that the times are counted from its end.
            let from = if held { until } else { now };
            if begun || cut || held {
                advance(&self.cut_at, now, from);
            }
            if begun || held {
                advance(&self.last_ok, now, from);
            }
            if let Err(current) = self.pace.compare_exchange(bits, after.to_bits(), Release, Relaxed) {
                bits = current;
                continue;
            }
            if trust != hints {
                self.hints.store(trust.to_bits(), Relaxed);
            }
            // The pace and this time are not stored in one atomic step. A call that asks in between gets a turn of the
            // old pace: at worst one request is made too early, or one turn comes too late, within the horizon.
            if cut || held {
                self.next.store(now.saturating_add(after.gap_nanos()), Relaxed);
            }
            return;
        }
    }

    /// Which request an answer belongs to: the one that tries a hint, or another one.
    fn trial(&self, turn: &Turn<'_>, now: u64) -> Trial {
        if turn.tries {
            Trial::This
        } else if since(self.hold.load(Relaxed), now) > TRIAL {
            Trial::Lost
        } else {
            Trial::Other
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::super::time::SECOND;
    use super::*;

    #[test]
    fn a_trial_is_lost_five_seconds_after_the_hold() {
        let upstream = Upstream::new();
        let turn = Turn::new();
        for (at, expected) in [(0, Trial::Other), (5 * SECOND, Trial::Other), (5 * SECOND + 1, Trial::Lost)] {
            assert_eq!(upstream.trial(&turn, at), expected, "{at}");
        }
    }
}
