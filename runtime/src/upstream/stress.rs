//! Real threads, as many as the machine has and more, on one `Upstream`.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::limit::LONGEST;
use super::time::{SECOND, UNREACHABLE};
use super::turn::Place;
use super::{Refill, StatedLimit, Turn, TurnAnswer, Upstream};
use crate::Decision;

const THREADS: u64 = 8;

/// A clock that the threads push forward together, as fast as they can, and that is set back and forth now and then.
struct Clock(AtomicU64);

impl Clock {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn wait(&self, wait: Duration) {
        self.0.fetch_add(u64::try_from(wait.as_nanos()).unwrap() / THREADS + 1, Ordering::Relaxed);
    }
}

/// A different sequence for every seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A call that is told what the dice say. Returns how often it asked for its turn.
fn call(upstream: &Upstream, clock: &Clock, dice: &mut Dice) -> u32 {
    let mut turn = Turn::new();
    let mut asked = 0;
    while !upstream.is_calm(&mut turn) {
        asked += 1;
        match upstream.ask(&mut turn, clock.now(), true, None, || 0.5) {
            TurnAnswer::Go => break,
            TurnAnswer::Sleep(wait) => {
                // A limit is believed for two of its longest periods beyond what a pace may ask for.
                assert!(wait <= Duration::from_nanos(UNREACHABLE + 2 * LONGEST + SECOND), "{wait:?}");
                if dice.roll(16) == 0 {
                    return asked; // It is dropped.
                }
                clock.wait(wait);
            }
            TurnAnswer::NoTurn => unreachable!("nothing limits the queueing"),
        }
    }
    let decision = match dice.roll(8) {
        0 => Decision::Throttled(None),
        1 => Decision::Throttled(Some(Duration::from_millis(dice.roll(100_000)))),
        2 => Decision::Retry,
        _ => Decision::Stop,
    };
    let _ = upstream.affords(decision);
    if dice.roll(8) == 0 {
        let refill = Refill::Steady(Duration::from_millis(dice.roll(2_000)));
        upstream.learn_limits(
            Some(StatedLimit { limit: 1 + dice.roll(999), remaining: dice.roll(1_000), refill }),
            None,
            clock.now(),
        );
    }
    upstream.failed(&turn, clock.now(), decision);
    asked
}

#[test]
fn threads_get_their_turns_whatever_happens() {
    let upstream = Upstream::new().budget(100, 0.1);
    let clock = Clock(AtomicU64::new(1_000_000 * SECOND));
    let over = AtomicBool::new(false);
    let (calls, asked) = thread::scope(|scope| {
        let threads: Vec<_> = (1..=THREADS)
            .map(|seed| {
                let (upstream, clock, over) = (&upstream, &clock, &over);
                scope.spawn(move || {
                    let (mut dice, mut calls, mut asked) = (Dice(seed), 0_u64, 0);
                    while !over.load(Ordering::Relaxed) {
                        asked += u64::from(call(upstream, clock, &mut dice));
                        calls += 1;
                        let pace = upstream.known();
                        assert!(pace.gap == 0 || (1_000..=2_000_000).contains(&pace.gap), "{pace:?}");
                        assert!(pace.debt <= 32, "{pace:?}");
                        match dice.roll(10_000) {
                            0 => _ = clock.0.fetch_sub(100_000 * SECOND, Ordering::Relaxed),
                            1 => _ = clock.0.fetch_add(100_000 * SECOND, Ordering::Relaxed),
                            _ => {}
                        }
                    }
                    (calls, asked)
                })
            })
            .collect();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(700) {
            thread::sleep(Duration::from_millis(10));
        }
        over.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    });
    assert!(calls > 1_000, "{calls} calls");
    assert!(asked < 100 * calls, "{calls} calls asked {asked} times");

    // Whatever they have left behind, a service that answers is asked at full speed soon.
    let (mut now, mut answers) = (clock.now(), 0);
    loop {
        let mut turn = Turn::new();
        if upstream.is_calm(&mut turn) || upstream.known().is_calm() {
            break;
        }
        while let TurnAnswer::Sleep(wait) = upstream.ask(&mut turn, now, true, None, || 0.5) {
            now += u64::try_from(wait.as_nanos()).unwrap();
        }
        upstream.served(&Turn::new(), || now);
        answers += 1;
        assert!(answers < 2_000, "{upstream:?}");
    }
}

/// The clock stands still, so that the turns can be counted.
#[test]
fn every_turn_is_handed_out_once() {
    let upstream = Upstream::new();
    upstream.cut(0);
    let mut turns: Vec<Duration> = thread::scope(|scope| {
        let reserve = || {
            let mut turn = Turn::new();
            let answer = upstream.ask(&mut turn, 0, true, None, || 0.5);
            match answer {
                TurnAnswer::Sleep(wait) if turn.place == Place::Reserved => Some(wait),
                _ => None,
            }
        };
        let threads: Vec<_> =
            (0..THREADS).map(|_| scope.spawn(move || std::iter::from_fn(reserve).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    turns.sort_unstable();
    // Threads that are at the last place under the horizon together may each take one beyond it.
    assert!((200..=200 + usize::try_from(THREADS).unwrap()).contains(&turns.len()), "{} turns", turns.len());
    let expected: Vec<Duration> = (1..).map(|turn| turn * Duration::from_millis(5)).take(turns.len()).collect();
    assert_eq!(turns, expected, "one in every gap, up to the horizon");
}
