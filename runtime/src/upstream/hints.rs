//! Whether the hints of refusals tell when the service will serve again, or are the same whatever it will do.

use super::time::SECOND;

/// What is known of the hints. It fits one word; all zero is: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints {
    trust: Trust,
    /// For how many hints they were doubted last: each time that they turn out to be untrue, it is for twice as many.
    doubts: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Trust {
    /// The next hint is tried.
    #[default]
    Unknown,
    /// The next request is sent long before the hint says. Where it is refused, the hint holds everyone.
    Due,
    /// That request is under way.
    Tried,
    /// It was served: so many more hints hold nobody.
    Doubted(u8),
}

/// A shorter hint concerns the call that got it: it is often a shorter time rounded up to a second, and holding
/// everyone for that wastes most of the second.
const SHORTEST: u64 = SECOND;
/// No hint holds everyone for longer. A service that means it refuses the next request too.
pub(super) const LONGEST_HOLD: u64 = 60 * SECOND;
/// A hint is tried after so long, but not before two gaps, in which a true limit has room again, or after half of it.
const TRIED_AFTER: u64 = SECOND / 2;
/// Nothing follows who tries it for so long.
pub(super) const PAUSE: u64 = SECOND / 4;
/// How many hints are doubted at first, once one was untrue.
const DOUBTED: u8 = 8;
/// A hint of so many gaps is short for everyone who is paced: it needs no proof.
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

    /// A refusal named `hint`, in nanoseconds as the gap, while turns were a `gap` apart. Also says for how long
    /// everyone is held.
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
    /// Another one, where nothing was heard of the one that tried a hint.
    Lost,
}
