//! Hints, the waits that refusals name: whether they tell when the service will serve again, or are always the same.

use super::time::SECOND;

/// What is known of the hints. It fits one word, which is zero if nothing is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    trust: Trust,
    /// How many hints were doubted the last time. Each time that a hint turns out to be untrue, twice as many are
    /// doubted.
    doubts: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trust {
    /// The next hint is tried.
    #[default]
    Unknown,
    /// The next request is sent long before the hint says. If it is refused, the hint holds all calls.
    Due,
    /// That request is under way.
    Tried,
    /// That request was served: this many further hints hold nobody.
    Doubted(u8),
}

/// A hint up to this long concerns only the call that got it: it is often a shorter time, rounded up to a second, and
/// holding all calls for it would waste most of the second.
const SHORTEST: u64 = SECOND;
/// No hint holds all calls for longer. If the limit lasts longer, the next request is refused too.
pub(super) const LONGEST_HOLD: u64 = 60 * SECOND;
/// When a hint is tried: after this long or after two gaps, whichever is later (in two gaps a real limit has room
/// again), but not later than after half of the hint.
const TRIED_AFTER: u64 = SECOND / 2;
/// After the request that tries a hint, the next turn comes no earlier than this, so that the answer can come first: if
/// that is a refusal, all calls are held.
pub(super) const PAUSE: u64 = SECOND / 4;
/// How many hints are doubted at first, once one was untrue.
const DOUBTED: u8 = 8;
/// A hint of at most this many gaps holds all calls without a trial. Even if it is untrue, it costs them only as many
/// turns.
const GAPS: u64 = 8;

impl Hints {
    pub(super) const fn from_bits(bits: u64) -> Self {
        let [.., doubts, left, trust] = bits.to_be_bytes();
        let trust = match trust {
            1 => Trust::Due,
            2 => Trust::Tried,
            3 => Trust::Doubted(left),
            _ => Trust::Unknown,
        };
        Self { trust, doubts }
    }

    pub(super) const fn to_bits(self) -> u64 {
        let (trust, left) = match self.trust {
            Trust::Unknown => (0, 0),
            Trust::Due => (1, 0),
            Trust::Tried => (2, 0),
            Trust::Doubted(left) => (3, left),
        };
        u64::from_be_bytes([0, 0, 0, 0, 0, self.doubts, left, trust])
    }

    /// What is known after a refusal that named `hint` while turns were a `gap` apart, and for how long all calls are
    /// held. The times are in nanoseconds.
    #[must_use]
    pub(super) fn refused(self, hint: u64, gap: u64, trial: Trial) -> (Self, u64) {
        let whole = hint.min(LONGEST_HOLD);
        if hint <= SHORTEST {
            return (self, 0);
        }
        let after = |trust| Self { trust, ..self };
        match (self.trust, trial) {
            (Trust::Tried, Trial::This) => (Self::default(), whole),
            _ if hint <= gap.saturating_mul(GAPS) => (self, whole),
            (Trust::Unknown, _) | (Trust::Due | Trust::Tried, Trial::Lost) => {
                (after(Trust::Due), TRIED_AFTER.max(gap.saturating_mul(2)).min(hint / 2))
            }
            (Trust::Due | Trust::Tried, _) => (self, 0),
            (Trust::Doubted(left), _) => (after(left.checked_sub(1).map_or(Trust::Unknown, Trust::Doubted)), 0),
        }
    }

    /// Whether the next request tries a hint.
    pub(super) const fn is_due(self) -> bool {
        matches!(self.trust, Trust::Due)
    }

    /// The request that tries a hint has its turn.
    #[must_use]
    pub(super) const fn tried(self) -> Self {
        Self { trust: Trust::Tried, ..self }
    }

    /// The request that tried a hint failed for another reason: the next hint is tried.
    #[must_use]
    pub(super) const fn lost(self) -> Self {
        match self.trust {
            Trust::Tried => Self { trust: Trust::Unknown, ..self },
            _ => self,
        }
    }

    /// The request that tried a hint was served.
    #[must_use]
    pub(super) const fn refuted(self) -> Self {
        match self.trust {
            Trust::Tried => {
                let doubts = if self.doubts == 0 { DOUBTED } else { self.doubts.saturating_mul(2) };
                Self { trust: Trust::Doubted(doubts), doubts }
            }
            _ => self,
        }
    }
}

/// Which request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// The one that tried a hint.
    This,
    /// Another one, while the one that tries a hint is under way.
    Other,
    /// Another one, if no answer to the one that tried a hint has come in time.
    Lost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_that_fails_leaves_the_doubts() {
        let hints = |trust| Hints { trust, doubts: 3 };
        for (before, after) in
            [(Trust::Tried, Trust::Unknown), (Trust::Due, Trust::Due), (Trust::Doubted(2), Trust::Doubted(2))]
        {
            assert_eq!(hints(before).lost(), hints(after));
        }
    }
}
