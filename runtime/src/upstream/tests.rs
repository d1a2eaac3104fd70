use super::time::{SECOND, UNREACHABLE};
use super::turn::Place;
use super::*;

const MILLISECOND: u64 = SECOND / 1_000;
const DAY: u64 = 86_400 * SECOND;
const REFUSED: Decision = Decision::Throttled(None);
/// No moment is special: not the first, and not the last.
const STARTS: [u64; 4] = [0, 1, 1_000 * DAY, u64::MAX / 2];

fn unused() -> f64 {
    panic!("no random number is needed here")
}

fn sleep(nanos: u64) -> TurnAnswer {
    TurnAnswer::Sleep(Duration::from_nanos(nanos))
}

impl Upstream {
    pub(super) fn known(&self) -> Pace {
        Pace::from_bits(self.pace.load(Relaxed))
    }

    /// Asks for a first attempt without a deadline.
    fn first<'u>(&'u self, turn: &mut Turn<'u>, now: u64) -> TurnAnswer {
        self.ask(turn, now, true, None, unused)
    }

    /// Asks for a retry without a deadline.
    fn retry<'u>(&'u self, turn: &mut Turn<'u>, now: u64) -> TurnAnswer {
        self.ask(turn, now, false, None, unused)
    }

    /// Has two fresh requests refused at `now`.
    pub(super) fn cut(&self, now: u64) {
        let sent = Turn::sent(self.known().epoch);
        let epoch = sent.epoch;
        self.failed(&sent, now, REFUSED);
        self.failed(&sent, now, REFUSED);
        assert_eq!(self.known().epoch, epoch.wrapping_add(1), "one cut for both");
    }
}

/// An upstream that was cut once at `now`: a turn every 5 ms, the first of them in 5 ms.
fn cut(now: u64) -> Upstream {
    let upstream = Upstream::new();
    upstream.cut(now);
    assert_eq!(upstream.known().gap_nanos(), 5 * MILLISECOND);
    upstream
}

/// An upstream with a turn every 100 ms, the next one at `now`.
fn slow(now: u64) -> Upstream {
    let upstream = cut(now);
    upstream.pace.store(Pace { gap: 100_000, ..upstream.known() }.to_bits(), Relaxed);
    upstream.next.store(now, Relaxed);
    upstream
}

#[test]
fn one_can_be_a_static_and_be_shared() {
    static SHARED: Upstream = Upstream::new().max_wait(Duration::from_secs(1)).budget(10, 0.1);
    fn shareable<T: Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>(_: &T) {}
    shareable(&SHARED);
    assert!(SHARED.is_calm(&mut Turn::new()));
    assert!(format!("{:?}", Upstream::default()).starts_with("Upstream { pace: Pace { gap: 0, "));
}

#[test]
fn while_it_is_calm_no_clock_is_read_and_nothing_is_written() {
    let upstream = Upstream::new();
    let mut turn = Turn::new();
    assert!(upstream.is_calm(&mut turn));
    upstream.served(&Turn::new(), || panic!("no clock is needed here"));
    let Upstream { pace, next, cut_at, last_ok, spent, .. } = &upstream;
    assert!([pace, next, cut_at, last_ok, spent].iter().all(|atomic| atomic.load(Relaxed) == 0));
    assert_eq!(turn.queued(DAY), Duration::ZERO);
}

#[test]
fn two_refusals_make_a_queue_with_a_turn_in_every_gap() {
    for start in STARTS {
        let upstream = cut(start);
        let mut turns = [const { Turn::new() }; 5];
        assert!(!upstream.is_calm(&mut turns[0]));
        for (turn, nth) in turns.iter_mut().zip(1..) {
            assert_eq!(upstream.first(turn, start), sleep(nth * 5 * MILLISECOND), "{start}");
        }
        for (turn, nth) in turns.iter_mut().zip(1..) {
            let now = start + nth * 5 * MILLISECOND;
            assert!(!upstream.is_calm(turn), "which does not take the turn away");
            assert_eq!(upstream.first(turn, now), TurnAnswer::Go, "{start}");
            assert_eq!(turn.queued(now), Duration::from_nanos(nth * 5 * MILLISECOND));
        }
        assert_eq!(upstream.first(&mut Turn::new(), start + SECOND), TurnAnswer::Go, "nobody queues any more");
        assert_eq!(upstream.first(&mut Turn::new(), start + SECOND), sleep(5 * MILLISECOND));
    }
}

#[test]
fn a_turn_that_nobody_takes_passes() {
    let upstream = slow(0);
    assert_eq!(upstream.first(&mut Turn::new(), 0), TurnAnswer::Go);
    let (mut dropped, mut kept) = (Turn::new(), Turn::new());
    assert_eq!(upstream.first(&mut dropped, 0), sleep(100 * MILLISECOND));
    assert_eq!(upstream.first(&mut kept, 0), sleep(200 * MILLISECOND));
    assert_eq!(upstream.first(&mut kept, 200 * MILLISECOND), TurnAnswer::Go);
    assert_eq!(upstream.first(&mut Turn::new(), 300 * MILLISECOND), TurnAnswer::Go);
}

#[test]
fn nobody_reserves_beyond_the_horizon() {
    for start in STARTS {
        let upstream = slow(start);
        for _ in 0..11 {
            upstream.first(&mut Turn::new(), start);
        }
        for (sample, spread) in [(0.0, 1_000), (0.5, 750), (1.0, 500)] {
            let answer = upstream.ask(&mut Turn::new(), start, true, None, || sample);
            assert_eq!(answer, sleep((100 + spread) * MILLISECOND), "the turn is in 1.1 s, {start}");
        }
        let mut turn = Turn::new();
        upstream.ask(&mut turn, start, true, None, || 1.0);
        assert_eq!(upstream.first(&mut turn, start + 600 * MILLISECOND), sleep(500 * MILLISECOND));
    }
}

#[test]
fn who_has_waited_longer_reserves_further_ahead() {
    let upstream = slow(0);
    let mut early = Turn::new();
    upstream.next.store(4 * SECOND, Relaxed);
    assert_eq!(upstream.ask(&mut early, 0, true, None, || 1.0), sleep(3 * SECOND + SECOND / 2));
    let now = 8 * SECOND;
    upstream.next.store(now + 2 * SECOND, Relaxed);
    assert_eq!(upstream.ask(&mut Turn::new(), now, true, None, || 1.0), sleep(SECOND + SECOND / 2));
    assert_eq!(upstream.first(&mut early, now), sleep(2 * SECOND), "1 s and an eighth of 8 s");
}

#[test]
fn not_even_the_oldest_reserves_more_than_a_minute_ahead() {
    let upstream = slow(0);
    let mut turn = Turn::new();
    upstream.next.store(MILLISECOND, Relaxed);
    upstream.first(&mut turn, 0);
    for (ahead, expected) in [(60 * SECOND, 60 * SECOND), (60 * SECOND + 1, SECOND / 2 + 1)] {
        upstream.cut(DAY);
        upstream.next.store(DAY + ahead, Relaxed);
        assert_eq!(upstream.ask(&mut turn.clone(), DAY, true, None, || 1.0), sleep(expected));
    }
}

#[test]
fn the_age_is_that_of_the_call_and_the_queueing_that_of_the_turn() {
    let upstream = slow(0);
    let mut turn = Turn::new();
    assert_eq!(upstream.first(&mut turn, 0), TurnAnswer::Go);
    let now = 8 * SECOND;
    upstream.next.store(now + 2 * SECOND, Relaxed);
    assert_eq!(upstream.retry(&mut turn, now), sleep(2 * SECOND));
    assert_eq!(turn.queued(now + 2 * SECOND), Duration::from_secs(2));
}

#[test]
fn a_cut_takes_the_turns_back() {
    for start in STARTS {
        let upstream = cut(start);
        let mut turn = Turn::new();
        upstream.first(&mut turn, start);
        upstream.cut(start + MILLISECOND);
        let woken = start + 5 * MILLISECOND;
        assert_eq!(upstream.first(&mut turn, woken), sleep(4_332_000), "the first turn is 8.332 ms after the cut");
        assert_eq!(upstream.first(&mut turn.clone(), woken + 4_332_000), TurnAnswer::Go);
        upstream.cut(woken);
        upstream.next.store(woken + 2 * SECOND, Relaxed);
        upstream.ask(&mut turn, woken, true, None, || 1.0);
        assert_eq!(turn.place, Place::Queueing, "and it sleeps until it may ask again");
    }
}

#[test]
fn a_sleep_that_only_notes_the_wait_is_believed() {
    for start in STARTS {
        let upstream = cut(start);
        upstream.next.store(start + 30 * SECOND, Relaxed);
        for calls in 0..100 {
            let mut turn = Turn::new();
            let waits = std::iter::from_fn(|| match upstream.ask(&mut turn, start, true, None, || 1.0) {
                TurnAnswer::Sleep(wait) => Some(wait),
                _ => None,
            });
            let waits: Vec<Duration> = waits.take(5).collect();
            assert!(waits.len() <= 3, "{waits:?}");
            let slept: Duration = waits.iter().sum();
            assert_eq!(slept, Duration::from_secs(30) + Duration::from_millis(5) * calls);
        }
    }
}

#[test]
fn calm_ends_the_queue() {
    let upstream = slow(0);
    let mut turn = Turn::new();
    upstream.first(&mut Turn::new(), 0);
    assert_eq!(upstream.first(&mut turn, 0), sleep(100 * MILLISECOND));
    upstream.last_ok.store(60 * SECOND, Relaxed);
    upstream.served(&Turn::new(), || 61 * SECOND);
    assert_eq!(upstream.first(&mut turn, 61 * SECOND), TurnAnswer::Go);
    assert!(upstream.is_calm(&mut Turn::new()));
}

#[test]
fn requests_sent_before_a_cut_cut_no_more() {
    let upstream = Upstream::new();
    let mut turns = [const { Turn::new() }; 64];
    for turn in &mut turns {
        assert!(upstream.is_calm(turn), "they are all sent before anything is known");
    }
    for turn in &turns {
        upstream.failed(turn, 7, REFUSED);
    }
    assert_eq!(upstream.known(), Pace { gap: 5_000, strikes: 0, debt: 32, epoch: 1, limited: false });
    assert_eq!(upstream.next.load(Relaxed), 7 + 5 * MILLISECOND);
}

#[test]
fn requests_sent_in_calm_cut_again_once_it_is_calm_again() {
    let upstream = cut(0);
    upstream.served(&Turn::new(), || 61 * SECOND);
    let mut turn = Turn::new();
    assert!(upstream.is_calm(&mut turn));
    for _ in 0..2 {
        upstream.failed(&turn, 62 * SECOND, REFUSED);
    }
    assert_eq!(upstream.known().gap, 5_000);
    assert_eq!(upstream.known().epoch, 2);
}

#[test]
fn a_stray_refusal_slows_nobody_down() {
    let upstream = Upstream::new();
    for now in 0..100 {
        upstream.failed(&Turn::new(), now, REFUSED);
        for _ in 0..12 {
            upstream.served(&Turn::new(), || now);
        }
        assert_eq!(upstream.known(), Pace::default());
    }
}

#[test]
fn an_error_that_is_not_retried_is_an_answer() {
    let upstream = Upstream::new();
    upstream.failed(&Turn::new(), 0, REFUSED);
    upstream.failed(&Turn::new(), 0, Decision::Stop);
    assert_eq!(upstream.known().debt, 11);
}

#[test]
fn the_eighth_failure_begins_a_pace() {
    for decision in [Decision::Retry, Decision::RetryAfter(Duration::from_secs(30))] {
        let upstream = Upstream::new();
        for _ in 0..7 {
            upstream.failed(&Turn::new(), 3, decision);
        }
        assert!(upstream.is_calm(&mut Turn::new()) && !upstream.is_failing());
        upstream.failed(&Turn::new(), 3, decision);
        assert!(upstream.is_failing());
        assert_eq!(upstream.next.load(Relaxed), 3 + 5 * MILLISECOND, "a wait that a failure names holds one call");
    }
}

#[test]
fn an_answer_raises_the_rate_and_leaves_the_turns_that_are_reserved() {
    for start in STARTS {
        let upstream = cut(start);
        let answered_at = start + 10 * SECOND;
        upstream.next.store(answered_at + SECOND, Relaxed);
        upstream.served(&Turn::new(), || answered_at);
        // 5,000 / 512 = 9 and 5,000² / 8,000,000 = 3
        assert_eq!(upstream.known().gap, 4_988, "it is neither dark nor settled since the cut");
        assert_eq!(upstream.next.load(Relaxed), answered_at + SECOND);
    }
}

#[test]
fn a_later_cut_is_not_settled_with_the_first() {
    let upstream = cut(0);
    upstream.cut(50 * SECOND);
    upstream.last_ok.store(99 * SECOND, Relaxed);
    upstream.served(&Turn::new(), || 100 * SECOND);
    assert!(!upstream.known().is_calm());
    upstream.last_ok.store(110 * SECOND, Relaxed);
    upstream.served(&Turn::new(), || 111 * SECOND);
    assert!(upstream.known().is_calm());
}

#[test]
fn out_of_an_outage_the_turns_come_closer() {
    let upstream = slow(0);
    upstream.last_ok.store(0, Relaxed);
    let now = 11 * SECOND;
    upstream.next.store(now + SECOND, Relaxed);
    upstream.served(&Turn::new(), || now);
    assert_eq!(upstream.known().gap, 50_000);
    assert_eq!(upstream.next.load(Relaxed), now + 50 * MILLISECOND);
}

/// For how long everyone is held by a hint.
fn held(upstream: &Upstream, now: u64) -> u64 {
    upstream.hold.load(Relaxed).saturating_sub(now)
}

fn hint(seconds: u64) -> Decision {
    Decision::Throttled(Some(Duration::from_secs(seconds)))
}

/// A request that was sent when this was known.
fn sent(upstream: &Upstream) -> Turn<'static> {
    Turn::sent(upstream.known().epoch)
}

#[test]
fn a_hint_over_a_second_holds_everyone_until_one_request_has_tried_it() {
    let second = Duration::from_secs(1);
    for (hint, tried) in [
        (Duration::ZERO, 0),
        (second, 0),
        (second + Duration::from_nanos(2), SECOND / 2),
        (59 * second, SECOND / 2),
        (Duration::MAX, SECOND / 2),
    ] {
        for start in STARTS {
            let upstream = Upstream::new();
            upstream.failed(&Turn::new(), start, Decision::Throttled(Some(hint)));
            let mut turn = Turn::new();
            if tried == 0 {
                assert!(upstream.is_calm(&mut turn), "{hint:?} {start}");
                continue;
            }
            assert_eq!(upstream.first(&mut turn, start), sleep(tried), "{hint:?} {start}");
            let next = sleep(tried + SECOND / 4);
            assert_eq!(upstream.first(&mut Turn::new(), start), next, "nothing follows it at once, {hint:?} {start}");
            assert_eq!(upstream.first(&mut turn, start + tried), TurnAnswer::Go);
            upstream.failed(&turn, start + tried, Decision::Throttled(Some(hint)));
            let whole = u64::try_from(hint.as_nanos()).unwrap_or(u64::MAX).min(60 * SECOND);
            assert_eq!(held(&upstream, start + tried), whole, "it is refused: the hint is true, {start}");
        }
    }
}

/// The turn of the request that tries a hint of ten seconds, which it has at `now`.
fn trial(upstream: &Upstream, now: u64) -> Turn<'_> {
    upstream.failed(&sent(upstream), now - SECOND / 2, hint(10));
    let mut turn = Turn::new();
    assert_eq!(upstream.first(&mut turn, now), TurnAnswer::Go);
    turn
}

#[test]
fn a_hint_that_was_untrue_is_doubted_for_longer_each_time() {
    let upstream = Upstream::new();
    let mut now = SECOND;
    for doubted in [8, 16, 32, 64, 128, 255, 255] {
        let turn = trial(&upstream, now);
        upstream.served(&turn, || now);
        let epoch = upstream.known().epoch;
        for _ in 0..=doubted {
            // Between them, so that none of them slows anyone down.
            (0..32).for_each(|_| upstream.served(&Turn::new(), || now));
            upstream.failed(&sent(&upstream), now, hint(10));
            assert_eq!(upstream.known().epoch, epoch, "nobody is held");
        }
        now += 100 * SECOND;
        (0..32).for_each(|_| upstream.served(&Turn::new(), || now));
    }
}

#[test]
fn a_trial_that_fails_or_is_lost_is_made_again() {
    let upstream = Upstream::new();
    let turn = trial(&upstream, SECOND);
    upstream.failed(&turn, SECOND, Decision::Retry);
    // Nothing will be heard of this one.
    trial(&upstream, 3 * SECOND);
    upstream.failed(&sent(&upstream), 4 * SECOND, hint(10));
    assert!(held(&upstream, 4 * SECOND) < SECOND, "it is under way: the hint of another one waits for it");
    let turn = trial(&upstream, 20 * SECOND);
    upstream.failed(&turn, 20 * SECOND, hint(10));
    assert_eq!(held(&upstream, 20 * SECOND), 10 * SECOND);
}

#[test]
fn a_hint_of_a_few_gaps_needs_no_trial() {
    let upstream = slow(0);
    upstream.pace.store(Pace { gap: 500_000, ..upstream.known() }.to_bits(), Relaxed);
    upstream.failed(&sent(&upstream), SECOND, hint(4));
    assert_eq!(held(&upstream, SECOND), 4 * SECOND);
}

#[test]
fn hints_of_requests_that_were_sent_before_a_hold_move_nothing() {
    let upstream = Upstream::new();
    let before = Turn::new();
    upstream.failed(&before, 0, hint(10));
    let epoch = upstream.known().epoch;
    upstream.failed(&before, SECOND / 4, hint(60));
    assert_eq!((upstream.known().epoch, held(&upstream, 0)), (epoch, SECOND / 2));
}

/// An upstream that everyone is held by until 61 s, because a hint of 60 s was true at 1 s.
fn held_for_a_minute() -> Upstream {
    let upstream = Upstream::new();
    upstream.failed(&trial(&upstream, SECOND), SECOND, hint(60));
    assert_eq!(held(&upstream, SECOND), 60 * SECOND);
    upstream
}

#[test]
fn a_cut_does_not_shorten_a_longer_hold() {
    let upstream = held_for_a_minute();
    upstream.cut(2 * SECOND);
    assert_eq!(upstream.ask(&mut Turn::new(), 2 * SECOND, true, None, || 1.0), sleep(58 * SECOND + SECOND / 2));
    assert_eq!(upstream.first(&mut Turn::new(), 60 * SECOND), sleep(SECOND), "and within reach it is a turn");
}

#[test]
fn a_hold_is_no_outage_and_ends_no_earlier_for_an_answer() {
    let upstream = held_for_a_minute();
    let gap = upstream.known().gap;
    for now in [2, 30, 60, 62] {
        upstream.served(&Turn::new(), || now * SECOND);
        assert!(!upstream.is_failing(), "{now}");
        assert_eq!(held(&upstream, 0), 61 * SECOND, "{now}");
    }
    assert!(upstream.known().gap > gap * 9 / 10, "and says nothing of the rate");
}

/// Of a minute with a limit, the end of one hold is further from the last cut than the next one is long.
#[test]
fn a_limit_of_long_ago_does_not_end_a_hold() {
    let upstream = held_for_a_minute();
    upstream.served(&Turn::new(), || 61 * SECOND);
    let turn = trial(&upstream, 120 * SECOND);
    upstream.served(&Turn::new(), || 120 * SECOND + 1);
    upstream.failed(&turn, 120 * SECOND + 2, hint(50));
    upstream.served(&Turn::new(), || 121 * SECOND);
    assert!(!upstream.known().is_calm());
    assert_eq!(held(&upstream, 0), 170 * SECOND + 2);
}

/// Calls one after the other, each until it has had `attempts`. Returns how often they asked, and what it took.
fn work(upstream: &Upstream, start: u64, attempts: u32, decision: impl Fn(u32) -> Option<Decision>) -> (u32, u64) {
    let (mut now, mut asked) = (start, 0);
    for attempt in 0..attempts {
        let mut turn = Turn::new();
        while !upstream.is_calm(&mut turn) {
            asked += 1;
            match upstream.ask(&mut turn, now, true, None, || 0.5) {
                TurnAnswer::Go => break,
                TurnAnswer::Sleep(wait) => now += u64::try_from(wait.as_nanos()).unwrap(),
                TurnAnswer::NoTurn => unreachable!(),
            }
        }
        match decision(attempt) {
            Some(decision) => upstream.failed(&turn, now, decision),
            None => upstream.served(&Turn::new(), || now),
        }
    }
    (asked, now - start)
}

#[test]
fn hints_on_every_answer_neither_stop_nor_spin() {
    let years = Duration::from_secs(100_000_000);
    for hint in [None, Some(Duration::ZERO), Some(Duration::from_millis(1)), Some(years), Some(Duration::MAX)] {
        for start in STARTS {
            let upstream = Upstream::new();
            let (asked, took) = work(&upstream, start, 1_000, |_| Some(Decision::Throttled(hint)));
            assert!(asked < 10_000, "{hint:?}: asked {asked} times for 1,000 attempts");
            assert!(took < 1_000 * 63 * SECOND, "{hint:?}: {took}");
            assert!(took > 1_000 * SECOND, "{hint:?}: {took}, and no pace to speak of");
            let (_, took) = work(&upstream, start + took, 2_000, |_| None);
            assert!(took < 120 * SECOND && upstream.known().is_calm(), "{hint:?}: {took} until it is forgotten");
        }
    }
}

#[test]
fn a_mixture_of_answers_keeps_the_pace_within_its_bounds() {
    let upstream = Upstream::new();
    let (mut now, mut state) = (0_u64, 1_u64);
    for _ in 0..20_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let roll = state >> 33;
        let mut turn = Turn::new();
        if let TurnAnswer::Sleep(wait) = upstream.ask(&mut turn, now, true, None, || 0.5) {
            assert!(wait <= Duration::from_secs(126), "{wait:?}");
        }
        let fresh = Turn::sent(upstream.known().epoch);
        let hint = Duration::from_secs(roll % 97);
        match roll % 7 {
            0 => upstream.served(&Turn::new(), || now),
            1 => upstream.failed(&fresh, now, Decision::Throttled(Some(hint))),
            2 => upstream.failed(&turn, now, REFUSED),
            3 | 4 => upstream.failed(&fresh, now, Decision::Retry),
            5 => now = now.wrapping_add(roll * SECOND),
            _ => now = now.wrapping_sub(roll * MILLISECOND),
        }
        let Pace { gap, debt, .. } = upstream.known();
        assert!(gap == 0 || (1_000..=2_000_000).contains(&gap), "{gap}");
        assert!(debt <= 32, "{debt}");
    }
}

#[test]
fn a_clock_set_back_by_days_hands_out_turns_again() {
    let start = 1_000 * DAY;
    for back in [60 * SECOND, 3_600 * SECOND, DAY, 999 * DAY, start] {
        let upstream = slow(start);
        let mut queueing = Turn::new();
        upstream.first(&mut Turn::new(), start);
        upstream.first(&mut queueing, start);
        let now = start - back;
        let mut turn = Turn::new();
        let first = upstream.ask(&mut turn, now, true, None, || 0.5);
        if back > UNREACHABLE {
            assert_eq!(first, TurnAnswer::Go, "{back}");
            assert_eq!(upstream.first(&mut Turn::new(), now), sleep(100 * MILLISECOND), "the pace is kept");
        } else {
            assert!(matches!(first, TurnAnswer::Sleep(wait) if wait <= Duration::from_secs(62)), "{back} {first:?}");
        }
        assert_eq!(upstream.first(&mut queueing, now), TurnAnswer::Go, "its turn was reserved");
        assert_eq!(queueing.queued(now), Duration::ZERO);
        upstream.served(&Turn::new(), || now);
        assert!(upstream.known().gap < 100_000, "answers still raise the rate");
        upstream.cut(now);
        let (_, took) = work(&upstream, now, 100, |_| None);
        assert!(took < 30 * SECOND, "{took}");
    }
}

#[test]
fn who_sleeps_while_the_clock_is_set_back_takes_the_new_time() {
    let upstream = slow(1_000 * DAY);
    upstream.next.store(1_000 * DAY + 30 * SECOND, Relaxed);
    let mut turn = Turn::new();
    upstream.ask(&mut turn, 1_000 * DAY, true, None, || 1.0);
    assert_eq!(upstream.first(&mut turn, DAY), TurnAnswer::Go);
    assert_eq!(upstream.next.load(Relaxed), DAY + 100 * MILLISECOND);
}

#[test]
fn a_clock_that_jumps_forward_frees_the_queue() {
    for jump in [3_600 * SECOND, DAY, 400 * DAY, u64::MAX] {
        let upstream = slow(0);
        let mut turn = Turn::new();
        upstream.first(&mut Turn::new(), 0);
        upstream.first(&mut turn, 0);
        assert_eq!(upstream.first(&mut Turn::new(), jump), TurnAnswer::Go);
        assert_eq!(upstream.first(&mut turn, jump), TurnAnswer::Go);
        upstream.served(&Turn::new(), || jump);
        assert!(upstream.known().gap <= 50_000, "it was dark for long");
        upstream.failed(&turn, jump, Decision::Throttled(Some(Duration::MAX)));
    }
}

#[test]
fn at_the_end_of_time_it_neither_panics_nor_spins() {
    let upstream = slow(u64::MAX);
    for _ in 0..100 {
        assert_eq!(upstream.first(&mut Turn::new(), u64::MAX), TurnAnswer::Go);
    }
    upstream.failed(&Turn::sent(upstream.known().epoch), u64::MAX, REFUSED);
    upstream.next.store(u64::MAX, Relaxed);
    assert_eq!(upstream.first(&mut Turn::new(), u64::MAX - SECOND), sleep(SECOND));
}

#[test]
fn a_first_attempt_that_would_queue_too_long_is_made_at_once_and_a_retry_is_not() {
    let upstream = slow(0).max_wait(Duration::from_millis(250));
    assert_eq!(upstream.first(&mut Turn::new(), 0), TurnAnswer::Go);
    let mut turn = Turn::new();
    assert_eq!(upstream.first(&mut turn, 0), sleep(100 * MILLISECOND));
    assert_eq!(upstream.retry(&mut Turn::new(), 0), sleep(200 * MILLISECOND));
    assert_eq!(upstream.retry(&mut Turn::new(), 0), TurnAnswer::NoTurn);
    assert_eq!(upstream.first(&mut Turn::new(), 0), TurnAnswer::Go);
    assert_eq!(upstream.next.load(Relaxed), 300 * MILLISECOND, "neither took a turn");
    // What it has waited counts: 100 ms are gone when its turn is taken back, and 150 ms left.
    upstream.cut(0);
    upstream.next.store(251 * MILLISECOND, Relaxed);
    assert_eq!(upstream.retry(&mut turn, 100 * MILLISECOND), TurnAnswer::NoTurn);
}

#[test]
fn a_max_wait_of_zero_never_queues() {
    let upstream = slow(0).max_wait(Duration::ZERO);
    for _ in 0..3 {
        assert_eq!(upstream.first(&mut Turn::new(), 0), TurnAnswer::Go);
    }
    assert_eq!(upstream.retry(&mut Turn::new(), 0), TurnAnswer::NoTurn);
    assert_eq!(upstream.retry(&mut Turn::new(), 100 * MILLISECOND), TurnAnswer::Go, "it is its turn");
}

#[test]
fn an_endless_max_wait_is_none() {
    let upstream = slow(0).max_wait(Duration::MAX);
    upstream.next.store(62 * SECOND, Relaxed);
    assert_eq!(upstream.ask(&mut Turn::new(), 0, false, None, || 1.0), sleep(60 * SECOND + SECOND / 2));
}

#[test]
fn nobody_queues_past_the_deadline() {
    let upstream = slow(0);
    upstream.next.store(500 * MILLISECOND, Relaxed);
    let ask = |first, left| upstream.ask(&mut Turn::new(), 0, first, Some(Duration::from_millis(left)), unused);
    assert_eq!(ask(false, 499), TurnAnswer::NoTurn);
    assert_eq!(ask(true, 499), TurnAnswer::Go);
    assert_eq!(ask(false, 500), sleep(500 * MILLISECOND), "at the deadline, not past it");
    assert_eq!(ask(false, 0), TurnAnswer::NoTurn);
}

#[test]
fn a_budget_pays_for_the_retries_of_failures() {
    let upstream = Upstream::new().budget(2, 0.5);
    let retry = Decision::RetryAfter(Duration::from_secs(1));
    assert!(upstream.affords(Decision::Retry) && upstream.affords(retry));
    assert!(!upstream.affords(Decision::Retry) && !upstream.affords(retry));
    assert!(upstream.affords(REFUSED), "refusals are paced instead");
    upstream.served(&Turn::new(), || 0);
    assert!(!upstream.affords(Decision::Retry));
    upstream.served(&Turn::new(), || 0);
    assert!(upstream.affords(Decision::Retry) && !upstream.affords(Decision::Retry));
    let endless = Upstream::new();
    assert!((0..1_000).all(|_| endless.affords(Decision::Retry)), "there is no budget by default");
}

const MINUTE: Duration = Duration::from_secs(60);

/// When each of some calls may go that all ask at `now`, in milliseconds from then.
fn turns(upstream: &Upstream, now: u64, costs: &[u32]) -> Vec<u64> {
    let turn = |cost: &u32| match upstream.ask(&mut Turn::of(*cost), now, true, None, || 1.0) {
        TurnAnswer::Go => 0,
        TurnAnswer::Sleep(wait) => u64::try_from(wait.as_millis()).unwrap(),
        TurnAnswer::NoTurn => unreachable!("nothing limits the queueing"),
    };
    costs.iter().map(turn).collect()
}

#[test]
fn a_declared_limit_lets_a_second_s_worth_go_and_then_each_at_its_turn() {
    for start in STARTS {
        let upstream = Upstream::new().requests(240, MINUTE);
        assert!(!upstream.is_calm(&mut Turn::new()));
        assert_eq!(turns(&upstream, start, &[1; 8]), [0, 0, 0, 0, 250, 500, 750, 1_000], "{start}");
        // Where nobody has asked for long, there is no more than a second's worth.
        assert_eq!(turns(&upstream, start + DAY, &[1; 6]), [0, 0, 0, 0, 250, 500], "{start}");
    }
}

#[test]
fn less_than_one_in_a_second_is_one_at_a_time() {
    let upstream = Upstream::new().requests(30, MINUTE);
    assert_eq!(
        turns(&upstream, DAY, &[1, 1]),
        [0, 1_500],
        "out of reach: it asks again half a second after half of it"
    );
    assert_eq!(turns(&upstream, DAY + 2 * SECOND, &[1]), [0]);
}

#[test]
fn a_call_takes_its_cost_of_the_tokens_and_more_than_the_limit_is_sent_alone() {
    let upstream = Upstream::new().tokens(60_000, MINUTE);
    assert_eq!(turns(&upstream, 0, &[400, 600, 500]), [0, 0, 500]);
    // At 1.5 s everything is there again but for what was taken in advance.
    assert_eq!(turns(&upstream, 100 * SECOND, &[u32::MAX]), [0], "all that there ever is");
    let mut next = Turn::of(1);
    assert!(matches!(upstream.ask(&mut next, 100 * SECOND, true, None, || 1.0), TurnAnswer::Sleep(_)));
    assert_eq!(turns(&upstream, 160 * SECOND, &[1]), [0], "and no more than that");
}

#[test]
fn a_cost_of_nothing_takes_nothing_and_waits_for_no_tokens() {
    let upstream = Upstream::new().tokens(60, MINUTE);
    assert_eq!(turns(&upstream, 0, &[60]), [0]);
    assert_eq!(turns(&upstream, 0, &[0; 5]), [0; 5]);
    assert!(matches!(turns(&upstream, 60 * SECOND, &[1, 1])[..], [0, 1_000]));
}

#[test]
fn impossible_limits_are_the_nearest_possible() {
    assert!(turns(&Upstream::new().requests(5, Duration::ZERO), 0, &[1; 100]).iter().all(|turn| *turn == 0));
    assert_eq!(Upstream::new().requests(0, MINUTE).status().requests(), Some(1.0 / 60.0));
    let endless = Upstream::new().requests(1, Duration::MAX);
    assert_eq!(turns(&endless, 0, &[1]), [0]);
    let mut turn = Turn::new();
    assert!(matches!(endless.ask(&mut turn, 1, true, None, || 1.0), TurnAnswer::Sleep(wait) if wait < 2 * MINUTE));
}

#[test]
fn a_declared_limit_keeps_to_max_wait_and_deadlines() {
    let upstream = Upstream::new().requests(60, MINUTE).max_wait(Duration::from_millis(1_500));
    assert_eq!(turns(&upstream, 0, &[1, 1]), [0, 1_000]);
    assert_eq!(upstream.retry(&mut Turn::new(), 0), TurnAnswer::NoTurn);
    assert_eq!(upstream.first(&mut Turn::new(), 0), TurnAnswer::Go, "a first attempt is made at once");
    let left = Some(Duration::from_millis(900));
    assert_eq!(upstream.ask(&mut Turn::new(), SECOND, false, left, unused), TurnAnswer::NoTurn);
}

#[test]
fn a_clock_set_back_frees_a_declared_limit() {
    let upstream = Upstream::new().requests(60, MINUTE);
    turns(&upstream, 1_000 * DAY, &[1; 3]);
    assert_eq!(turns(&upstream, DAY, &[1, 1]), [0, 1_000]);
    assert_eq!(turns(&upstream, u64::MAX, &[1; 3]), [0; 3], "and at the end of time nobody is held");
}

#[test]
fn who_waits_is_counted_until_it_goes_or_is_dropped() {
    let upstream = Upstream::new().requests(60, MINUTE);
    let mut turns = [const { Turn::new() }; 3];
    for turn in &mut turns {
        upstream.ask(turn, 0, true, None, || 1.0);
    }
    assert_eq!(upstream.status().waiting(), 2);
    assert_eq!(upstream.first(&mut turns[1], SECOND), TurnAnswer::Go);
    assert_eq!(upstream.status().waiting(), 1);
    drop(turns);
    assert_eq!(upstream.status().waiting(), 0);
}

fn told(limit: u64, remaining: u64, milliseconds: u64) -> StatedLimit {
    StatedLimit { limit, remaining, refill: Refill::Steady(Duration::from_millis(milliseconds)) }
}

fn rate(upstream: &Upstream) -> Option<f64> {
    upstream.status().requests()
}

#[test]
fn what_answers_say_is_a_limit_like_a_declared_one() {
    let upstream = Upstream::new();
    upstream.learn_limits(Some(told(600, 599, 100)), None, DAY);
    assert_eq!(rate(&upstream), Some(10.0));
    assert_eq!(turns(&upstream, DAY, &[1; 12])[9..], [0, 100, 200]);
}

#[test]
fn times_in_whole_seconds_mean_the_usual_periods() {
    for (limit, remaining, seconds, rate) in [
        (500, 499, 1, 500.0 / 60.0),
        (60, 59, 1, 1.0),
        (100, 0, 1, 100.0),
        (200, 199, 432, 200.0 / 86_400.0),
        (100, 0, 10, 10.0),
    ] {
        let upstream = Upstream::new();
        upstream.learn_limits(Some(told(limit, remaining, seconds * 1_000)), None, 0);
        assert!(
            (self::rate(&upstream).unwrap() - rate).abs() < 1e-9,
            "{limit} {remaining} {seconds}: {:?}",
            upstream.status()
        );
    }
}

#[test]
fn more_is_believed_when_nothing_less_was_said_for_five_seconds() {
    let upstream = Upstream::new();
    upstream.learn_limits(Some(told(50, 25, 500)), None, 0);
    for now in 0..5 {
        upstream.learn_limits(Some(told(100, 50, 500)), None, now * SECOND);
        assert_eq!(rate(&upstream), Some(50.0), "it may be an old answer");
    }
    upstream.learn_limits(Some(told(50, 25, 500)), None, 5 * SECOND);
    upstream.learn_limits(Some(told(100, 50, 500)), None, 10 * SECOND);
    assert_eq!(rate(&upstream), Some(50.0));
    upstream.learn_limits(Some(told(100, 50, 500)), None, 10 * SECOND + 1);
    assert_eq!(rate(&upstream), Some(100.0));
    let epoch = upstream.known().epoch;
    upstream.learn_limits(Some(told(50, 25, 500)), None, 10 * SECOND + 2);
    assert_eq!(
        (rate(&upstream), upstream.known().epoch),
        (Some(50.0), epoch + 1),
        "less at once, and turns are taken back"
    );
}

#[test]
fn what_is_declared_stands_against_more_and_not_against_less() {
    let upstream = Upstream::new().requests(600, MINUTE);
    upstream.learn_limits(Some(told(6_000, 5_999, 10)), None, 0);
    assert_eq!(rate(&upstream), Some(10.0));
    upstream.learn_limits(Some(told(300, 299, 200)), None, 1);
    assert_eq!(rate(&upstream), Some(5.0));
}

#[test]
fn an_empty_window_holds_everyone_until_its_end_but_no_more_than_a_minute() {
    for (seconds, held) in [(30, 30), (3_600, 60), (1_000_000_000, 60)] {
        let upstream = Upstream::new();
        let window = Refill::Window(Duration::from_secs(seconds));
        upstream.learn_limits(Some(StatedLimit { limit: 100, remaining: 0, refill: window }), None, 0);
        assert!(turns(&upstream, (held - 1) * SECOND, &[1])[0] > 0, "{seconds}");
        let now = (held + 60) * SECOND;
        assert_eq!(turns(&upstream, now, &[1]), [0], "{seconds}");
    }
}

#[test]
fn hostile_headers_neither_stop_nor_spin() {
    let years = Duration::from_secs(1_000_000_000);
    let refills = [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(1), years, Duration::MAX];
    for (limit, remaining) in [(0, 0), (0, 5), (1, 0), (1, 9), (100, 0), (100, 99), (100, u64::MAX), (u64::MAX, 0)] {
        for period in refills {
            for refill in [Refill::Steady(period), Refill::Window(period), Refill::Every(period)] {
                for start in STARTS {
                    let upstream = Upstream::new();
                    let say = Some(StatedLimit { limit, remaining, refill });
                    let (asked, took) = work(&upstream, start, 20, |attempt| {
                        upstream.learn_limits(say, say, start);
                        (attempt % 2 == 0).then_some(Decision::Throttled(None))
                    });
                    assert!(asked <= 20 * 100, "{say:?}: asked {asked} times");
                    assert!(took <= 20 * 130 * SECOND, "{say:?}: {took}");
                }
            }
        }
    }
}

#[test]
fn little_that_is_left_slows_everyone_down_before_anyone_is_refused() {
    let upstream = Upstream::new();
    for answer in 0..20 {
        upstream.learn_limits(Some(told(100, 10, 900)), None, DAY + answer);
    }
    assert_eq!(upstream.known().gap, 10_000, "once, as answers that are under way say the same");
    for answer in 0..20 {
        upstream.learn_limits(Some(told(100, 10, 900)), None, DAY + SECOND + answer);
    }
    assert_eq!(upstream.known().gap, 13_333);
    upstream.learn_limits(Some(told(100, 90, 100)), None, DAY + 2 * SECOND);
    assert_eq!(upstream.known().gap, 13_333, "only successes raise it again");
}

#[test]
fn who_only_notes_its_waits_is_not_asked_for_ever_under_a_slow_limit() {
    // Two calls an hour ask again and again while they wait, longer in all than any turn of a pace lies ahead.
    let upstream = Upstream::new().requests(2, 60 * MINUTE);
    let mut turn = Turn::new();
    for attempt in 0..5 {
        let mut asked = 0;
        while upstream.ask(&mut turn, DAY, attempt == 0, None, || 0.5) != TurnAnswer::Go {
            asked += 1;
            assert!(asked < 100, "attempt {attempt} waits for ever");
        }
    }
}

#[test]
fn what_is_not_believed_of_the_rate_changes_nothing_of_the_most() {
    for late in [told(1, 1, 0), told(100, 0, 1_000)] {
        let upstream = Upstream::new();
        upstream.learn_limits(None, Some(told(3_000, 2_900, 2_000)), DAY);
        upstream.learn_limits(None, Some(late), DAY);
        assert_eq!(upstream.status().tokens(), Some(50.0), "{late:?}");
        // A thousand tokens are twenty seconds' worth, also of what is said late or makes no sense.
        assert_eq!(upstream.tokens.take(1_000, DAY + 60 * SECOND, DAY), DAY + 60 * SECOND, "{late:?}");
        assert_eq!(upstream.tokens.take(1, DAY, DAY), DAY + 60 * SECOND + 19 * SECOND + 20 * MILLISECOND, "{late:?}");
    }
}

#[test]
fn where_all_of_a_declared_limit_is_left_nobody_waits() {
    let upstream = Upstream::new().requests(60, MINUTE);
    upstream.learn_limits(Some(told(60, 60, 0)), None, DAY);
    assert_eq!(turns(&upstream, DAY, &[1, 1]), [0, 1_000]);
}

#[test]
fn the_pace_that_is_told_is_in_calls_per_second() {
    assert_eq!(Upstream::new().status().pace(), None);
    assert_eq!([cut(0), slow(0)].map(|upstream| upstream.status().pace()), [Some(200.0), Some(10.0)]);
}

#[test]
fn a_budget_that_nothing_was_taken_of_reads_no_clock() {
    let upstream = Upstream::new().budget(10, 0.1);
    upstream.served(&Turn::new(), || panic!("no clock is needed here"));
}

/// Without an answer for more than ten seconds the service was out; with one in between it was not.
#[test]
fn each_answer_counts_against_an_outage() {
    let outage = |answers: &[u64]| {
        let upstream = slow(0);
        upstream.last_ok.store(0, Relaxed);
        for at in answers {
            upstream.served(&sent(&upstream), || at * SECOND);
        }
        upstream.is_failing()
    };
    assert_eq!([outage(&[11]), outage(&[10]), outage(&[6, 12])], [true, false, false]);
}

#[test]
fn the_last_cut_settles_nothing_for_a_minute() {
    for (late, calm) in [(0, false), (1, true)] {
        let upstream = slow(0);
        upstream.last_ok.store(59 * SECOND, Relaxed);
        upstream.cut_at.store(0, Relaxed);
        upstream.served(&sent(&upstream), || 60 * SECOND + late);
        assert_eq!(upstream.known().is_calm(), calm, "{late}");
    }
}

#[test]
fn a_limit_of_tokens_alone_is_one() {
    let upstream = Upstream::new();
    upstream.learn_limits(None, Some(told(600, 599, 100)), DAY);
    assert!(!upstream.is_calm(&mut Turn::new()));
}

#[test]
fn who_is_slowed_down_because_little_is_left_has_the_next_turn_in_a_gap() {
    let upstream = Upstream::new();
    for answer in 0..20 {
        upstream.learn_limits(Some(told(100, 10, 900)), None, DAY + answer);
    }
    assert_eq!(upstream.next.load(Relaxed), upstream.cut_at.load(Relaxed) + upstream.known().gap_nanos());
}

#[test]
fn old_refusals_are_no_reason_to_slow_down_where_enough_is_left() {
    let upstream = slow(DAY);
    let old = Turn::sent(upstream.known().epoch.wrapping_sub(1));
    for _ in 0..9 {
        upstream.failed(&old, DAY, REFUSED);
    }
    upstream.learn_limits(Some(told(600, 599, 100)), None, DAY + SECOND);
    assert_eq!((upstream.known().gap, upstream.next.load(Relaxed)), (100_000, DAY));
}

#[test]
fn the_first_cut_begins_the_time_without_an_answer_and_no_later_refusal_does() {
    let upstream = Upstream::new();
    let first = sent(&upstream);
    upstream.failed(&first, DAY, REFUSED);
    upstream.failed(&first, DAY + 20 * SECOND, REFUSED);
    upstream.served(&sent(&upstream), || DAY + 21 * SECOND);
    assert!(!upstream.known().is_calm(), "it was never out, so that no answer ends the pace at once");
    let upstream = slow(0);
    upstream.last_ok.store(0, Relaxed);
    let old = Turn::sent(upstream.known().epoch.wrapping_sub(1));
    upstream.failed(&old, 6 * SECOND, REFUSED);
    upstream.served(&sent(&upstream), || 11 * SECOND);
    assert!(upstream.is_failing(), "eleven seconds without an answer");
}

#[test]
fn a_turn_that_was_reserved_tries_no_hint() {
    let upstream = slow(0);
    upstream.next.store(SECOND, Relaxed);
    let mut turn = Turn::new();
    assert_eq!(upstream.first(&mut turn, 0), sleep(SECOND));
    assert_eq!(upstream.first(&mut turn, SECOND), TurnAnswer::Go);
    assert!(!turn.tries);
}

/// An eighth of its age: a call of eight seconds reserves two seconds ahead, and not more.
#[test]
fn who_has_waited_longer_reserves_not_much_further_ahead() {
    let upstream = slow(0);
    let mut early = Turn::new();
    upstream.next.store(4 * SECOND, Relaxed);
    assert_eq!(upstream.ask(&mut early, 0, true, None, || 1.0), sleep(3 * SECOND + SECOND / 2));
    let now = 8 * SECOND;
    upstream.next.store(now + 3 * SECOND, Relaxed);
    assert_eq!(upstream.ask(&mut early, now, true, None, || 1.0), sleep(SECOND + SECOND / 2));
}
