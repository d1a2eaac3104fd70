//! Random policies and scripts of outcomes: what a call does is what the reference says, by the attribute and by closures,
//! sync and async.
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p persevere-tests --test model` plays a million of each.
#![cfg(all(feature = "tokio", feature = "testing"))]

mod reference;

use std::cell::RefCell;
use std::time::Duration;

use persevere::{Decision, Elapsed, Event, Policy, Retryable, testing};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::Xoshiro256PlusPlus;
use reference::{Attempt, End, Jitter, Keys, Next, Reason, Seen, Verdict, call};
use tokio::time::{Instant, sleep};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;

#[derive(Clone, Copy, Debug)]
struct Failed(Verdict);

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self(Verdict::Retry)
    }
}

impl Retryable for Failed {
    fn decision(&self) -> Decision {
        match self.0 {
            Verdict::Stop => Decision::Stop,
            Verdict::Retry => Decision::Retry,
            Verdict::RetryIn(wait) => Decision::RetryIn(Duration::from_nanos(wait)),
            Verdict::RetryAfter(wait) => Decision::RetryAfter(Duration::from_nanos(wait)),
            Verdict::Throttled(wait) => Decision::Throttled(wait.map(Duration::from_nanos)),
        }
    }
}

/// A call that is going on.
struct Play<'a> {
    keys: &'a Keys,
    script: &'a [Attempt],
    seen: RefCell<Seen>,
    /// All waits that were told, which are recorded instead of waited.
    waited: RefCell<u64>,
    /// When an async call began.
    began: Option<Instant>,
}

impl<'a> Play<'a> {
    fn new(keys: &'a Keys, script: &'a [Attempt], began: Option<Instant>) -> Self {
        Self { keys, script, seen: RefCell::default(), waited: RefCell::default(), began }
    }

    fn policy(&self) -> Policy {
        let Keys { max, initial, factor, cap, jitter, max_retry_after, deadline, timeout: _ } = *self.keys;
        let policy = Policy::new().max(max).initial(Duration::from_nanos(initial)).factor(factor).jitter(jitter.into());
        let policy = policy.max_retry_after(Duration::from_nanos(max_retry_after)).notify_success(true);
        let policy = policy.with_deadline(deadline.map(Duration::from_nanos));
        if let Some(cap) = cap { policy.cap(Duration::from_nanos(cap)) } else { policy }
    }

    fn timeout(&self) -> Option<Duration> {
        self.keys.timeout.map(Duration::from_nanos)
    }

    /// The attempt that begins now.
    fn begin(&self) -> Attempt {
        let spent = self.began.map_or(0, |began| nanos(began.elapsed()));
        let begun = &mut self.seen.borrow_mut().begun;
        begun.push(spent + *self.waited.borrow());
        self.script.get(begun.len() - 1).copied().unwrap_or(Attempt { length: 0, end: End::Good })
    }

    fn blocking(&self) -> Result<bool, Failed> {
        end(self.begin())
    }

    async fn asynchronous(&self) -> Result<bool, Failed> {
        let attempt = self.begin();
        if attempt.length > 0 {
            sleep(Duration::from_nanos(attempt.length)).await;
        }
        end(attempt)
    }

    fn hear(&self, event: &Event<'_, Failed>) {
        let next = match event.next() {
            persevere::Next::Retry { wait, server, asked, .. } => {
                assert_eq!(server, asked.is_some());
                *self.waited.borrow_mut() += nanos(wait);
                Next::Wait { wait: nanos(wait), asked: asked.map(nanos) }
            }
            persevere::Next::GiveUp(reason) => Next::GiveUp(match reason {
                persevere::Reason::NotRetryable => Reason::NotRetryable,
                persevere::Reason::Attempts => Reason::Attempts,
                persevere::Reason::RetryAfterTooLong => Reason::RetryAfterTooLong,
                persevere::Reason::Deadline => Reason::Deadline,
                other => panic!("{other}"),
            }),
            persevere::Next::Success => Next::Success,
            other => panic!("{other}"),
        };
        let mut seen = self.seen.borrow_mut();
        assert_eq!(event.attempt() as usize, seen.begun.len());
        seen.told.push(next);
    }

    fn ended(self, outcome: Result<bool, Failed>) -> Seen {
        Seen { good: matches!(outcome, Ok(true)), ..self.seen.into_inner() }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap()
}

const fn end(attempt: Attempt) -> Result<bool, Failed> {
    match attempt.end {
        End::Good => Ok(true),
        End::Bad => Ok(false),
        End::Fails(verdict) => Err(Failed(verdict)),
    }
}

impl From<Jitter> for persevere::Jitter {
    fn from(jitter: Jitter) -> Self {
        match jitter {
            Jitter::Fraction(fraction) => Self::Fraction(fraction),
            Jitter::Decorrelated => Self::Decorrelated,
        }
    }
}

/// By keys, of which each overrides one of the default policy.
#[persevere::retry(
    policy = Policy::new().notify_success(true),
    max = play.keys.max,
    initial = Duration::from_nanos(play.keys.initial),
    factor = play.keys.factor,
    cap = play.policy().get_cap(),
    jitter = persevere::Jitter::from(play.keys.jitter),
    max_retry_after = Duration::from_nanos(play.keys.max_retry_after),
    until = |good| *good,
    notify = |event| play.hear(event)
)]
fn blocking(play: &Play<'_>) -> Result<bool, Failed> {
    play.blocking()
}

#[persevere::retry(policy = play.policy(), until = |good| *good, notify = |event| play.hear(event))]
async fn asynchronous(play: &Play<'_>) -> Result<bool, Failed> {
    play.asynchronous().await
}

#[persevere::retry(policy = play.policy(), timeout = play.timeout(), until = |good| *good, notify = |event| play.hear(event))]
async fn limited(play: &Play<'_>) -> Result<bool, Failed> {
    play.asynchronous().await
}

/// Functions whose policy is known while compiling, in bytes or as a constant, and what is known of it.
macro_rules! literal {
    ($($sync:ident, $asynchronous:ident: [$($arguments:tt)*], $keys:expr;)+) => {
        $(
            #[persevere::retry($($arguments)* notify = |event| play.hear(event))]
            fn $sync(play: &Play<'_>) -> Result<bool, Failed> {
                play.blocking()
            }

            #[persevere::retry($($arguments)* notify = |event| play.hear(event))]
            async fn $asynchronous(play: &Play<'_>) -> Result<bool, Failed> {
                play.asynchronous().await
            }
        )+

        /// The literal policies, each with a function that plays it.
        fn literals() -> Vec<(Keys, fn(&Play<'_>) -> Result<bool, Failed>)> {
            vec![$(($keys, $sync)),+]
        }

        /// Plays the literal policy of this number with its async function.
        async fn play_literal(number: usize, play: &Play<'_>) -> Result<bool, Failed> {
            let mut functions = 0..;
            $(if functions.next() == Some(number) {
                return $asynchronous(play).await;
            })+
            unreachable!("there are no more")
        }
    };
}

const DEFAULT: Keys = Keys {
    max: 3,
    initial: 500 * MILLISECOND,
    factor: 2.0,
    cap: None,
    jitter: Jitter::Fraction(1.0),
    max_retry_after: 120 * SECOND,
    deadline: None,
    timeout: None,
};

literal! {
    by_default, by_default_async: [], DEFAULT;
    patient, patient_async: [max = 7, initial = "1s", factor = 3, cap = "20s",], Keys { max: 7, initial: SECOND, factor: 3.0, cap: Some(20 * SECOND), ..DEFAULT };
    exact, exact_async: [max = 6, initial = "1ms", factor = 1.5, jitter = none,], Keys { max: 6, initial: MILLISECOND, factor: 1.5, jitter: Jitter::Fraction(0.0), ..DEFAULT };
    impatient, impatient_async: [max = 5, jitter = 0.25, max_retry_after = "2s",], Keys { max: 5, jitter: Jitter::Fraction(0.25), max_retry_after: 2 * SECOND, ..DEFAULT };
    at_once, at_once_async: [max = 9, initial = "0s",], Keys { max: 9, initial: 0, ..DEFAULT };
    decorrelated, decorrelated_async: [max = 8, initial = "1s", jitter = decorrelated, cap = "30s",], Keys { max: 8, initial: SECOND, jitter: Jitter::Decorrelated, cap: Some(30 * SECOND), ..DEFAULT };
}

/// A duration, some of them equal to others, and whole milliseconds: tokio's timer knows no less.
fn duration() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => Just(0),
        3 => Just(SECOND),
        4 => (0..20_u64).prop_map(|n| n * 500 * MILLISECOND),
        4 => (1..100_000_u64).prop_map(|n| n * MILLISECOND),
    ]
}

/// A wait, which no timer has to measure.
fn wait() -> impl Strategy<Value = u64> {
    prop_oneof![duration(), 0..100 * SECOND]
}

fn keys() -> impl Strategy<Value = Keys> {
    let max = prop_oneof![0..9_u32, Just(u32::MAX)];
    let factor = prop_oneof![Just(2.0), Just(1.0), Just(0.5), 1.0..4.0];
    let jitter = prop_oneof![
        Just(Jitter::Fraction(1.0)),
        Just(Jitter::Fraction(0.0)),
        Just(Jitter::Decorrelated),
        (0.0..1.0).prop_map(Jitter::Fraction),
    ];
    let limit = || proptest::option::of(duration());
    (max, wait(), factor, proptest::option::of(wait()), jitter, wait(), limit(), limit()).prop_map(
        |(max, initial, factor, cap, jitter, max_retry_after, deadline, timeout)| Keys {
            max,
            initial,
            factor,
            cap,
            jitter,
            max_retry_after,
            deadline,
            timeout,
        },
    )
}

fn script() -> impl Strategy<Value = Vec<Attempt>> {
    let verdict = prop_oneof![
        1 => Just(Verdict::Stop),
        8 => Just(Verdict::Retry),
        2 => wait().prop_map(Verdict::RetryIn),
        2 => wait().prop_map(Verdict::RetryAfter),
        2 => proptest::option::of(wait()).prop_map(Verdict::Throttled),
    ];
    let end = prop_oneof![1 => Just(End::Good), 2 => Just(End::Bad), 8 => verdict.prop_map(End::Fails)];
    proptest::collection::vec((duration(), end).prop_map(|(length, end)| Attempt { length, end }), 0..12)
}

/// Plays a blocking call, whose attempts take no time.
fn blocked(keys: &Keys, script: &[Attempt], seed: u64, function: impl Fn(&Play<'_>) -> Result<bool, Failed>) -> Seen {
    let (_waits, _seed) = (testing::thread().record_waits(), testing::thread().seed(seed));
    let play = Play::new(keys, script, None);
    let outcome = function(&play);
    play.ended(outcome)
}

/// Plays an async call, in the time of a paused clock.
fn awaited(
    keys: &Keys,
    script: &[Attempt],
    seed: u64,
    function: impl AsyncFn(&Play<'_>) -> Result<bool, Failed>,
) -> Seen {
    let (_waits, _seed) = (testing::thread().record_waits(), testing::thread().seed(seed));
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let play = Play::new(keys, script, Some(Instant::now()));
        let outcome = function(&play).await;
        play.ended(outcome)
    })
}

fn expected(keys: &Keys, script: &[Attempt], seed: u64) -> Seen {
    call(keys, script, &mut Xoshiro256PlusPlus::seed_from_u64(seed))
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1_024);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_blocking_call_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        // A clock that nobody can hold still would add its nanoseconds.
        let keys = Keys { deadline: None, timeout: None, ..keys };
        let script: Vec<Attempt> = script.into_iter().map(|attempt| Attempt { length: 0, ..attempt }).collect();
        let expected = expected(&keys, &script, seed);
        prop_assert_eq!(&blocked(&keys, &script, seed, blocking), &expected, "the attribute");
        let closure = |play: &Play<'_>| {
            let call = play.policy().retry_blocking(|| play.blocking());
            call.until(|good| *good).notify(|event| play.hear(event)).call()
        };
        prop_assert_eq!(&blocked(&keys, &script, seed, closure), &expected, "a closure");
    }

    #[test]
    fn an_async_call_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        let keys = Keys { timeout: None, ..keys };
        let expected = expected(&keys, &script, seed);
        prop_assert_eq!(&awaited(&keys, &script, seed, asynchronous), &expected, "the attribute");
        let closure = async |play: &Play<'_>| {
            let call = play.policy().retry(|| play.asynchronous());
            call.until(|good| *good).notify(|event| play.hear(event)).call().await
        };
        prop_assert_eq!(&awaited(&keys, &script, seed, closure), &expected, "a closure");
    }

    #[test]
    fn a_call_with_a_timeout_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        let expected = expected(&keys, &script, seed);
        prop_assert_eq!(&awaited(&keys, &script, seed, limited), &expected, "the attribute");
        let closure = async |play: &Play<'_>| {
            let call = play.policy().retry(|| play.asynchronous());
            call.until(|good| *good).notify(|event| play.hear(event)).timeout(play.timeout()).call().await
        };
        prop_assert_eq!(&awaited(&keys, &script, seed, closure), &expected, "a closure");
    }

    #[test]
    fn a_policy_of_literals_does_what_the_reference_says(number in 0..literals().len(), script in script(), seed: u64) {
        let (keys, function) = literals()[number];
        // Such a policy neither looks at values nor tells of success.
        let good = |attempt: &Attempt| if attempt.end == End::Bad { End::Good } else { attempt.end };
        let script: Vec<Attempt> = script.iter().map(|attempt| Attempt { length: 0, end: good(attempt) }).collect();
        let mut expected = expected(&keys, &script, seed);
        expected.told.retain(|next| *next != Next::Success);
        prop_assert_eq!(&blocked(&keys, &script, seed, function), &expected, "sync");
        let function = async |play: &Play<'_>| play_literal(number, play).await;
        prop_assert_eq!(&awaited(&keys, &script, seed, function), &expected, "async");
    }
}
