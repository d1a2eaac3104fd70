//! The pace of the calls to a service, as its answers so far have set it.

/// What a service's answers so far say about its limit. It fits one word, so that an answer changes it in one step.
///
/// The fields are whole integers of their own: none can overflow into its neighbour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Pace {
    /// The time from one turn to the next, in microseconds. Zero if nothing has slowed the calls down.
    pub(super) gap: u32,
    /// Failures since the last answer. [`OUTAGE`] of them are an outage, and stay one until it is recovered from.
    pub(super) strikes: u8,
    /// Refusals add to it, and successes pay it back. If it is more than [`FORGIVEN`], the refusals are not by chance.
    pub(super) debt: u8,
    /// Counts the changes that make reserved turns worthless. A request that was sent in an earlier epoch tells nothing
    /// new.
    pub(super) epoch: u16,
    /// A limit was declared or stated, and every attempt asks for its turn.
    pub(super) limited: bool,
}

/// In microseconds: where the search for a pace begins, at 200 requests a second. A lower limit is found after a few
/// more cuts, ten of them for one of 4 requests a second.
const FIRST_GAP: u32 = 5_000;
/// In microseconds: a service in an outage is still asked every two seconds, to notice its end.
pub(super) const LONGEST_GAP: u32 = 2_000_000;
/// In microseconds: above a thousand requests a second the calls are not paced any more.
const SHORTEST_GAP: u32 = 1_000;
/// In microseconds: each success shortens the gap by gap² / `RISE`, which raises any rate by an eighth of a request a
/// second.
const RISE: u64 = 8_000_000;
/// In square microseconds: each success also shortens the gap by gap³ / `SLOW_RISE`, which raises the rate r by 0.4/r.
/// At r successes a second this is 0.4 in each second, for a slow process and a fast one, so that those that share a
/// limit converge to equal shares.
const SLOW_RISE: u64 = 2_500_000_000_000;
/// The failures in a row that make an outage.
const OUTAGE: u8 = 8;
/// How many successes pay back one refusal. When a single refusal slowed the calls down, 2 % of refusals that had
/// nothing to do with the rate made the work take 2.7 times as long.
const REFUSAL: u8 = 12;
/// The debt that an answer adds if it says that little is left.
const MARK: u8 = 2;
/// A process is not slowed below one part in this many of a known limit merely because little of the limit is left.
const SMALLEST_SHARE: u32 = 16;
/// A debt up to this, that of one refusal, slows nobody down.
const FORGIVEN: u8 = REFUSAL;
/// The debt never exceeds this, so that a refusal is forgiven again after at most this many successes.
const MOST_DEBT: u8 = 32;
/// The most debt that is left after a cut, so that a process that has just slowed down is not slowed down again by the
/// first refusal. Otherwise those that share a limit would drift apart.
const DEBT_AFTER_CUT: u8 = 4;

impl Pace {
    /// Nothing has happened yet, but there is a limit.
    #[cfg(not(all(test, loom)))]
    pub(super) const LIMITED: Self = Self { gap: 0, strikes: 0, debt: 0, epoch: 0, limited: true };

    pub(super) const fn from_bits(bits: u64) -> Self {
        let [limited, g2, g1, g0, strikes, debt, e1, e0] = bits.to_be_bytes();
        let gap = u32::from_be_bytes([0, g2, g1, g0]);
        Self { gap, strikes, debt, epoch: u16::from_be_bytes([e1, e0]), limited: limited != 0 }
    }

    pub(super) const fn to_bits(self) -> u64 {
        // The longest gap needs 21 of these 24 bits.
        let [_, g2, g1, g0] = self.gap.to_be_bytes();
        let [e1, e0] = self.epoch.to_be_bytes();
        u64::from_be_bytes([self.limited as u8, g2, g1, g0, self.strikes, self.debt, e1, e0])
    }

    /// Whether nothing has slowed the calls down.
    pub(super) const fn is_calm(self) -> bool {
        self.gap == 0
    }

    /// Whether no call queues.
    pub(super) const fn is_free(self) -> bool {
        self.gap == 0 && !self.limited
    }

    /// Whether a success would change nothing.
    pub(super) const fn is_untouched(self) -> bool {
        self.gap == 0 && self.strikes == 0 && self.debt == 0
    }

    /// The gap in nanoseconds.
    pub(super) const fn gap_nanos(self) -> u64 {
        // Four billion times a thousand: it cannot overflow.
        self.gap as u64 * 1_000
    }

    /// The service answered. `dark`: it had not answered for long. `settled`: the last cut is long ago.
    pub(super) fn answered(mut self, dark: bool, settled: bool) -> Self {
        self.debt = self.debt.saturating_sub(1);
        if self.gap == 0 {
            self.strikes = 0;
            return self;
        }
        if dark {
            self.strikes = OUTAGE;
        }
        if self.strikes >= OUTAGE {
            self.gap /= 2;
            if self.gap < FIRST_GAP {
                self.gap = 0;
                self.strikes = 0;
            }
        } else {
            self.strikes = 0;
            let gap = u64::from(self.gap);
            // The cube of the longest gap fits into a `u64`. The rise is limited to two fifths of the gap, which is two
            // thirds of the rate.
            let rise = gap * gap / RISE + gap.saturating_pow(3) / SLOW_RISE;
            let growth = gap / 512 + rise.min(gap * 2 / 5);
            self.gap = self.gap.saturating_sub(u32::try_from(growth).unwrap_or(u32::MAX));
            if self.gap < SHORTEST_GAP || settled {
                self.gap = 0;
            }
        }
        self
    }

    /// Whether the calls are paced because of an outage, or while the rate is doubled by each success after one.
    pub(super) const fn is_outage(self) -> bool {
        self.gap != 0 && self.strikes >= OUTAGE
    }

    /// The service rate-limited the request.
    pub(super) fn throttled(mut self) -> Self {
        self.strikes = 0;
        self.debt = self.debt.saturating_add(REFUSAL).min(MOST_DEBT);
        self
    }

    /// The service served, and said that little is left.
    pub(super) fn marked(mut self) -> Self {
        self.debt = self.debt.saturating_add(MARK).min(MOST_DEBT);
        self
    }

    /// The attempt failed.
    pub(super) fn failed(mut self) -> Self {
        self.strikes = self.strikes.saturating_add(1);
        if self.strikes >= OUTAGE {
            self.debt = MOST_DEBT;
        }
        self
    }

    /// Whether an answer to a request of the epoch `sent` is reason to slow down.
    pub(super) const fn is_too_fast(self, sent: u16) -> bool {
        self.epoch == sent && self.debt > FORGIVEN
    }

    /// Slows down. If there is no pace yet, it begins at `limit`, the gap of a known limit in nanoseconds; that is 0 if
    /// none is known.
    pub(super) fn cut(mut self, limit: u64) -> Self {
        let first = u32::try_from(limit / 1_000).unwrap_or(LONGEST_GAP).clamp(FIRST_GAP, LONGEST_GAP);
        self.gap = if self.gap == 0 { first } else { self.gap.saturating_add(self.gap / 3 * 2).min(LONGEST_GAP) };
        self.debt = self.debt.min(DEBT_AFTER_CUT);
        self.epoch = self.epoch.wrapping_add(1);
        self
    }

    /// Slows down a little, because little is left of a limit with this gap, in nanoseconds, but not below a share of
    /// the limit ([`SMALLEST_SHARE`]): what an answer says is left may be out of date, and refusals slow the calls down
    /// further anyway.
    pub(super) fn eased(self, limit: u64) -> Self {
        let slowest = match u32::try_from(limit / 1_000).unwrap_or(LONGEST_GAP) {
            0 => LONGEST_GAP,
            gap => gap.saturating_mul(SMALLEST_SHARE).min(LONGEST_GAP),
        };
        let cut = self.cut(limit);
        let gap = if self.gap == 0 { cut.gap } else { self.gap.saturating_add(self.gap / 3) };
        Self { gap: gap.min(slowest).max(self.gap), ..cut }
    }

    /// All calls ask for their turns anew.
    pub(super) fn recalled(mut self) -> Self {
        self.epoch = self.epoch.wrapping_add(1);
        self
    }

    /// All calls wait for as long as the service named.
    pub(super) fn held(mut self) -> Self {
        if self.gap == 0 {
            self.gap = FIRST_GAP;
        }
        self.epoch = self.epoch.wrapping_add(1);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALM: Pace = Pace { gap: 0, strikes: 0, debt: 0, epoch: 0, limited: false };
    /// The longest gap that fits.
    const MOST: u32 = 0xff_ffff;
    /// Fifty requests a second.
    const PACED: Pace = Pace { gap: 20_000, ..CALM };

    #[test]
    fn the_shortest_gap_is_one() {
        let after = |gap| Pace { gap, ..CALM }.answered(false, false).gap;
        assert!((SHORTEST_GAP..2 * SHORTEST_GAP).any(|gap| after(gap) == SHORTEST_GAP));
        assert!((1..2 * SHORTEST_GAP).all(|gap| after(gap) == 0 || after(gap) >= SHORTEST_GAP));
    }

    #[test]
    fn no_field_reaches_into_another() {
        assert_eq!(Pace::from_bits(0), CALM, "as a static begins");
        let full = Pace { gap: MOST, strikes: u8::MAX, debt: u8::MAX, epoch: u16::MAX, limited: true };
        assert_eq!(full.to_bits(), u64::MAX - (0xfe << 56));
        for pace in [
            Pace { gap: MOST, ..CALM },
            Pace { limited: true, ..CALM },
            Pace { strikes: u8::MAX, ..CALM },
            Pace { debt: u8::MAX, ..CALM },
            Pace { epoch: u16::MAX, ..CALM },
            Pace { gap: 1, strikes: 2, debt: 3, epoch: 4, limited: true },
            full,
        ] {
            assert_eq!(Pace::from_bits(pace.to_bits()), pace);
        }
    }

    #[test]
    fn fields_saturate_and_the_epoch_wraps() {
        let full = Pace::from_bits(u64::MAX - (0xfe << 56));
        assert_eq!(full.failed(), Pace { debt: 32, ..full });
        assert_eq!(full.throttled(), Pace { strikes: 0, debt: 32, ..full });
        assert_eq!(full.cut(0), Pace { gap: 2_000_000, debt: 4, epoch: 0, ..full });
        assert_eq!(full.held(), Pace { epoch: 0, ..full });
        assert_eq!(full.gap_nanos(), 16_777_215_000);
        let answered = full.answered(false, false);
        assert_eq!(answered, Pace { gap: MOST / 2, debt: u8::MAX - 1, ..full }, "twice as fast");
        let risen = MOST - MOST / 512 - MOST * 2 / 5;
        assert_eq!(Pace { strikes: 0, ..full }.answered(false, false).gap, risen, "the most that it grows");
    }

    #[test]
    fn only_a_second_refusal_within_twelve_answers_is_too_fast() {
        for (answers, too_fast) in [(0, true), (11, true), (12, false), (200, false)] {
            let mut pace = CALM.throttled();
            assert!(!pace.is_too_fast(0), "the first is forgiven");
            for _ in 0..answers {
                pace = pace.answered(false, false);
            }
            assert_eq!(pace.throttled().is_too_fast(0), too_fast, "{answers}");
        }
    }

    #[test]
    fn after_a_flood_of_refusals_32_answers_are_a_fresh_start() {
        let mut pace = CALM;
        for _ in 0..1_000 {
            pace = pace.throttled();
        }
        assert_eq!(pace.debt, 32);
        for _ in 0..31 {
            pace = pace.answered(false, false);
            assert!(pace.throttled().is_too_fast(0));
        }
        assert!(!pace.answered(false, false).throttled().is_too_fast(0));
    }

    #[test]
    fn a_request_of_an_earlier_epoch_is_never_too_fast() {
        let pace = Pace { epoch: 7, debt: 32, ..PACED };
        assert!(pace.is_too_fast(7));
        assert!(!pace.is_too_fast(6) && !pace.is_too_fast(8));
    }

    #[test]
    fn cuts_lead_from_200_a_second_to_one_in_two_seconds() {
        let mut pace = CALM;
        let gaps: Vec<u32> = std::iter::repeat_with(|| {
            pace = pace.cut(0);
            pace.gap
        })
        .take(17)
        .collect();
        assert_eq!(gaps[..5], [5_000, 8_332, 13_886, 23_142, 38_570]);
        assert_eq!(gaps[11..14], [1_377_776, 2_000_000, 2_000_000]);
        assert_eq!(pace.epoch, 17);
    }

    #[test]
    fn a_known_limit_is_where_the_search_begins() {
        assert_eq!(CALM.cut(120_000_000).gap, 120_000, "500 requests a minute");
        assert_eq!(CALM.cut(1_000).gap, 5_000);
        assert_eq!(CALM.cut(u64::MAX).gap, 2_000_000);
        assert_eq!(PACED.cut(120_000_000).gap, PACED.cut(0).gap, "which is over once there is a pace");
    }

    #[test]
    fn little_that_is_left_slows_down_to_a_sixteenth_of_the_limit() {
        let mut pace = CALM;
        let gaps: Vec<u32> = std::iter::repeat_with(|| {
            pace = pace.eased(10_000_000);
            pace.gap
        })
        .take(12)
        .collect();
        assert_eq!(gaps[..4], [10_000, 13_333, 17_777, 23_702]);
        assert_eq!(gaps[10..], [160_000, 160_000]);
        assert_eq!(Pace { gap: 500_000, ..CALM }.eased(10_000_000).gap, 500_000, "and is no reason to speed up");
    }

    #[test]
    fn a_hold_keeps_the_gap_or_begins_one() {
        assert_eq!(PACED.held(), Pace { epoch: 1, ..PACED });
        assert_eq!(CALM.held(), Pace { gap: 5_000, epoch: 1, ..CALM });
    }

    #[test]
    fn an_answer_raises_the_rate_by_an_eighth_of_a_request_a_second_and_more() {
        // 20,000 / 512 = 39, 20,000² / 8,000,000 = 50 and 20,000³ / 2,500,000,000,000 = 3
        assert_eq!(PACED.answered(false, false), Pace { gap: 19_908, ..PACED });
        assert_eq!(
            Pace { gap: 2_000_000, ..CALM }.answered(false, false).gap,
            1_196_094,
            "two fifths and a 512th less"
        );
    }

    #[test]
    fn answers_lead_from_every_gap_to_calm() {
        for gap in [1, 999, 1_000, 5_000, 20_000, 2_000_000, MOST] {
            let mut pace = Pace { gap, ..CALM };
            let mut answers = 0;
            while !pace.is_calm() {
                pace = pace.answered(false, false);
                answers += 1;
            }
            assert!(answers < 2_000, "{gap}: {answers}");
        }
    }

    #[test]
    fn a_limit_of_long_ago_is_forgotten_at_once() {
        assert_eq!(PACED.answered(false, true), CALM);
    }

    #[test]
    fn the_eighth_failure_in_a_row_is_an_outage() {
        let mut pace = CALM;
        for _ in 0..7 {
            pace = pace.failed();
            assert!(!pace.is_too_fast(0) && !pace.is_untouched());
        }
        assert_eq!(pace.answered(false, false), CALM, "an answer in between");
        let out = pace.failed();
        assert!(out.is_too_fast(0));
        assert!(out.cut(0).is_outage() && !out.is_outage(), "once it is paced");
        assert!(!out.cut(0).throttled().is_outage(), "a refusal is an answer, too");
    }

    #[test]
    fn after_an_outage_each_answer_doubles_the_rate_until_it_is_calm() {
        let mut pace = Pace { gap: 2_000_000, strikes: 200, debt: 32, epoch: 3, limited: false };
        let mut answers = 0;
        while !pace.is_calm() {
            let before = pace.gap;
            pace = pace.answered(false, false);
            assert!(pace.gap == before / 2 || pace.is_calm());
            answers += 1;
        }
        assert_eq!(answers, 9);
        assert_eq!(pace, Pace { gap: 0, strikes: 0, debt: 23, epoch: 3, limited: false });
    }

    #[test]
    fn the_first_answer_after_darkness_begins_the_recovery() {
        let recovering = Pace { gap: 10_000, strikes: 8, ..CALM };
        assert_eq!(PACED.answered(true, false), recovering);
        assert_eq!(recovering.answered(false, false).gap, 5_000, "which goes on");
        assert_eq!(recovering.answered(false, false).answered(false, false), CALM);
    }

    #[test]
    fn calm_needs_no_gap_and_untouched_nothing_at_all() {
        for pace in [Pace { strikes: 1, ..CALM }, Pace { debt: 1, ..CALM }] {
            assert!(pace.is_calm() && !pace.is_untouched());
        }
        let later = Pace { epoch: 9, ..CALM };
        assert!(later.is_calm() && later.is_untouched());
        assert!(!PACED.is_calm() && !PACED.is_untouched());
    }
}
