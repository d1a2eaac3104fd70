//! Every interleaving of two or three threads, and every value that a relaxed load may see:
//! `RUSTFLAGS="--cfg loom" cargo test -p persevere --no-default-features --lib interleavings --release`.

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;

use super::hints::{Hints, Trial};
use super::time::SECOND;
use super::turn::Place;
use super::{AtomicU64, Limit, Pace, Refill, Relaxed, StatedLimit, Turn, TurnAnswer, Upstream};
use crate::Decision;
use crate::upstream::budget::Budget;

const REFUSED: Decision = Decision::Throttled(None);
const MILLISECOND: u64 = SECOND / 1_000;
const NOW: u64 = 1_000 * SECOND;

/// Once more will be a cut.
const INDEBTED: Pace = Pace { gap: 20_000, strikes: 0, debt: 32, epoch: 7, limited: false };

/// An upstream in the midst of work, with the next turn at once.
fn upstream(pace: Pace) -> Arc<Upstream> {
    Arc::new(Upstream {
        pace: AtomicU64::new(pace.to_bits()),
        next: AtomicU64::new(NOW),
        cut_at: AtomicU64::new(NOW - SECOND),
        last_ok: AtomicU64::new(NOW - SECOND),
        hold: AtomicU64::new(0),
        hints: AtomicU64::new(0),
        spent: AtomicU64::new(0),
        requests: Limit::new(),
        tokens: Limit::new(),
        waiting: AtomicU64::new(0),
        max_wait: None,
        budget: Some(Budget::new(1, 1.0)),
    })
}

fn sent(epoch: u16) -> Turn<'static> {
    Turn::sent(epoch)
}

fn known(upstream: &Upstream) -> Pace {
    Pace::from_bits(upstream.pace.load(Relaxed))
}

/// The turn that is handed out at `NOW`.
fn reserve(upstream: &Upstream) -> u64 {
    match upstream.ask(&mut Turn::new(), NOW, true, None, || 0.5) {
        TurnAnswer::Go => 0,
        TurnAnswer::Sleep(wait) => u64::try_from(wait.as_nanos()).unwrap(),
        TurnAnswer::NoTurn => unreachable!("nothing limits the queueing"),
    }
}

/// Lets `one` and `two` happen at the same time, and returns what they returned.
fn both<A: 'static, B>(
    upstream: &Arc<Upstream>,
    one: impl FnOnce(&Upstream) -> A + 'static,
    two: impl FnOnce(&Upstream) -> B,
) -> (A, B) {
    let shared = Arc::clone(upstream);
    let thread = thread::spawn(move || one(&shared));
    let second = two(upstream);
    (thread.join().unwrap(), second)
}

/// Whatever has happened, the service can be asked again within a few seconds, and in calm after some answers.
fn assert_alive(upstream: &Upstream) {
    let pace = known(upstream);
    assert!(pace.gap == 0 || (1_000..=2_000_000).contains(&pace.gap), "{pace:?}");
    assert!(pace.debt <= 32, "{pace:?}");
    let (mut turn, mut now) = (Turn::new(), NOW);
    for _ in 0..4 {
        match upstream.ask(&mut turn, now, true, None, || 0.5) {
            TurnAnswer::Go => return,
            TurnAnswer::Sleep(wait) => now += u64::try_from(wait.as_nanos()).unwrap(),
            TurnAnswer::NoTurn => unreachable!("nothing limits the queueing"),
        }
    }
    panic!("no turn after {} s", (now - NOW) / SECOND);
}

#[test]
fn a_turn_is_handed_out_once() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        let shared = Arc::clone(&upstream);
        let third = thread::spawn(move || reserve(&shared));
        let (first, second) = both(&upstream, reserve, reserve);
        let mut turns = [first, second, third.join().unwrap()];
        turns.sort_unstable();
        assert_eq!(turns, [0, 20 * MILLISECOND, 40 * MILLISECOND]);
    });
}

/// A deadline ends in 25 ms, in which two turns lie. Whoever is asked for a third finds it too late, also when the turn
/// was free as long as it looked.
#[test]
fn nobody_sleeps_for_a_turn_beyond_the_deadline() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        let ask =
            |upstream: &Upstream| upstream.ask(&mut Turn::new(), NOW, false, Some(Duration::from_millis(25)), || 0.5);
        let shared = Arc::clone(&upstream);
        let third = thread::spawn(move || ask(&shared));
        let (first, second) = both(&upstream, ask, ask);
        let answers = [first, second, third.join().unwrap()];
        let count = |answer| answers.iter().filter(|given| **given == answer).count();
        let turns = [TurnAnswer::Go, TurnAnswer::Sleep(Duration::from_millis(20)), TurnAnswer::NoTurn];
        assert_eq!(turns.map(count), [1, 1, 1], "{answers:?}");
    });
}

#[test]
fn a_generation_of_refusals_cuts_once() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        let refused = |upstream: &Upstream| upstream.failed(&sent(7), NOW, REFUSED);
        let shared = Arc::clone(&upstream);
        let third = thread::spawn(move || refused(&shared));
        both(&upstream, refused, refused);
        third.join().unwrap();
        // The refusals after the cut add to the debt again.
        let known = known(&upstream);
        assert_eq!(Pace { debt: 0, ..known }, Pace { gap: 33_332, debt: 0, epoch: 8, ..INDEBTED });
        assert_eq!(upstream.next.load(Relaxed), NOW + 33_332_000);
        assert_alive(&upstream);
    });
}

#[test]
fn no_refusal_is_lost_in_calm() {
    loom::model(|| {
        let upstream = upstream(Pace::default());
        let refused = |upstream: &Upstream| upstream.failed(&sent(0), NOW, REFUSED);
        both(&upstream, refused, refused);
        assert_eq!(known(&upstream), Pace { gap: 5_000, strikes: 0, debt: 4, epoch: 1, limited: false });
        assert_alive(&upstream);
    });
}

#[test]
fn no_failure_is_lost() {
    loom::model(|| {
        let upstream = upstream(Pace { strikes: 6, ..Pace::default() });
        let failed = |upstream: &Upstream| upstream.failed(&sent(0), NOW, Decision::Retry);
        both(&upstream, failed, failed);
        assert_eq!(known(&upstream), Pace { gap: 5_000, strikes: 8, debt: 4, epoch: 1, limited: false });
        assert_alive(&upstream);
    });
}

#[test]
fn a_success_is_dropped_or_counts_before_or_after_a_cut() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        both(
            &upstream,
            |upstream| upstream.served(&Turn::new(), || NOW),
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        let (cut, answered) = (INDEBTED.throttled().cut(0), |pace: Pace| pace.answered(false, false));
        let possible = [cut, answered(cut), answered(INDEBTED).throttled().cut(0)];
        assert!(possible.contains(&known(&upstream)), "{:?}", known(&upstream));
        let next = upstream.next.load(Relaxed) - NOW;
        assert!((32 * MILLISECOND..=34 * MILLISECOND).contains(&next), "{next}");
        assert_alive(&upstream);
    });
}

#[test]
fn successes_at_once_are_one_or_two_samples() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        both(
            &upstream,
            |upstream| upstream.served(&Turn::new(), || NOW),
            |upstream| upstream.served(&Turn::new(), || NOW),
        );
        let once = INDEBTED.answered(false, false);
        assert!([once, once.answered(false, false)].contains(&known(&upstream)));
    });
}

#[test]
fn the_end_of_an_outage_leaves_the_turns_within_reach() {
    loom::model(|| {
        let upstream = upstream(Pace { gap: 2_000_000, strikes: 9, ..INDEBTED });
        upstream.next.store(NOW + 2 * SECOND, Relaxed);
        both(
            &upstream,
            |upstream| upstream.served(&Turn::new(), || NOW),
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        assert_alive(&upstream);
        assert!(upstream.next.load(Relaxed) <= NOW + 4 * SECOND);
    });
}

#[test]
fn who_asks_during_a_cut_gets_a_turn() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        let (reserved, ()) = both(
            &upstream,
            |upstream| {
                let mut turn = Turn::new();
                upstream.ask(&mut turn, NOW + MILLISECOND, true, None, || 0.5);
                // It counts as no one that waits once it leaves the thread.
                (turn.place, turn.epoch)
            },
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        if reserved.0 == Place::Reserved {
            let mut turn = sent(reserved.1);
            turn.place = Place::Reserved;
            let woken = NOW + 40 * MILLISECOND;
            let answer = upstream.ask(&mut turn, woken, true, None, || 0.5);
            assert!(matches!(answer, TurnAnswer::Go | TurnAnswer::Sleep(_)), "{answer:?}");
        }
        assert_alive(&upstream);
    });
}

#[test]
fn a_hold_beside_a_cut_leaves_turns() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        let hint = Decision::Throttled(Some(Duration::from_secs(2)));
        both(
            &upstream,
            move |upstream| upstream.failed(&sent(6), NOW, hint),
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        let pace = known(&upstream);
        assert!(pace.gap == 33_332 || pace.gap == 20_000, "{pace:?}");
        assert!(pace.epoch == 8 || pace.epoch == 9, "{pace:?}");
        assert_alive(&upstream);
    });
}

/// What is stored beside the pace is of a quarter of an hour ago, before a long calm.
#[test]
fn a_success_does_not_undo_the_cut_that_it_sees_first() {
    loom::model(|| {
        let upstream = upstream(Pace { gap: 0, ..INDEBTED });
        upstream.cut_at.store(NOW - 900 * SECOND, Relaxed);
        upstream.last_ok.store(NOW - 900 * SECOND, Relaxed);
        both(
            &upstream,
            |upstream| upstream.served(&Turn::new(), || NOW),
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        let pace = known(&upstream);
        assert!(pace.gap == 5_000 || pace.gap == 4_988, "neither doubled nor calm again: {pace:?}");
    });
}

#[test]
fn a_cut_beside_a_hold_does_not_shorten_it() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        let mut tried = sent(7);
        tried.tries = true;
        upstream.hints.store(Hints::default().tried().to_bits(), Relaxed);
        let hint = Decision::Throttled(Some(Duration::from_secs(9)));
        both(
            &upstream,
            move |upstream| upstream.failed(&tried, NOW, hint),
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        assert!([8, 9].contains(&known(&upstream).epoch), "{:?}", known(&upstream));
        assert_eq!(upstream.hold.load(Relaxed), NOW + 9 * SECOND);
        assert!(reserve(&upstream) >= 8 * SECOND, "and nobody has a turn before");
        assert_alive(&upstream);
    });
}

#[test]
fn one_request_tries_a_hint() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        upstream.hints.store(Hints::default().refused(9 * SECOND, 0, Trial::Other).0.to_bits(), Relaxed);
        let ask = |upstream: &Upstream| {
            let mut turn = Turn::new();
            upstream.ask(&mut turn, NOW, true, None, || 0.5);
            turn.tries
        };
        let (one, two) = both(&upstream, ask, ask);
        assert!(one ^ two, "{one} {two}");
    });
}

/// A limit of 50 requests a second, of which a second's worth is taken.
fn limited() -> Arc<Upstream> {
    let upstream = upstream(Pace::default());
    upstream.learn_limits(Some(told(50)), None, NOW);
    upstream.requests.take(50, NOW, NOW);
    upstream
}

fn told(limit: u64) -> StatedLimit {
    StatedLimit { limit, remaining: limit, refill: Refill::Every(Duration::from_secs(1)) }
}

#[test]
fn a_known_limit_hands_out_each_turn_once() {
    loom::model(|| {
        let upstream = limited();
        let first = reserve(&upstream);
        let (second, third) = both(&upstream, reserve, reserve);
        let mut turns = [first, second, third];
        turns.sort_unstable();
        assert_eq!(turns.map(|turn| turn - turns[0]), [0, 20 * MILLISECOND, 40 * MILLISECOND]);
        assert_eq!(upstream.waiting.load(Relaxed), 0, "each was dropped");
    });
}

#[test]
fn the_lesser_of_two_limits_that_are_said_at_once_holds_in_the_end() {
    loom::model(|| {
        let upstream = limited();
        both(
            &upstream,
            |upstream| upstream.learn_limits(Some(told(25)), None, NOW),
            |upstream| upstream.learn_limits(Some(told(50)), None, NOW + 1),
        );
        assert_eq!(upstream.status().requests(), Some(25.0));
        let pace = known(&upstream);
        assert!(pace.limited && pace.is_calm() && pace.epoch == 1, "{pace:?}");
        assert_alive(&upstream);
    });
}

#[test]
fn what_is_said_beside_a_refusal_loses_neither() {
    loom::model(|| {
        let upstream = upstream(INDEBTED);
        both(
            &upstream,
            |upstream| upstream.learn_limits(Some(told(25)), None, NOW),
            |upstream| upstream.failed(&sent(7), NOW, REFUSED),
        );
        let pace = known(&upstream);
        assert!(pace.limited && pace.gap == 33_332 && pace.epoch == 8, "{pace:?}");
        assert_alive(&upstream);
    });
}

#[test]
fn a_budget_is_not_overdrawn() {
    loom::model(|| {
        let upstream = upstream(Pace::default());
        let spend = |upstream: &Upstream| upstream.affords(Decision::Retry);
        let (first, second) = both(&upstream, spend, spend);
        assert!(first ^ second, "there is enough for one");
        assert_eq!(upstream.spent.load(Relaxed), 1_000);
    });
}

#[test]
fn a_budget_is_paid_back_once() {
    loom::model(|| {
        let upstream = upstream(Pace::default());
        assert!(upstream.affords(Decision::Retry));
        let ((), again) = both(
            &upstream,
            |upstream| upstream.served(&Turn::new(), || NOW),
            |upstream| upstream.affords(Decision::Retry),
        );
        assert_eq!(upstream.spent.load(Relaxed), if again { 1_000 } else { 0 });
    });
}
