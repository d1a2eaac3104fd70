//! Random policies and scripts of outcomes: what a call does is what the reference says, by the attribute and by closures,
//! sync and async.
//!
//! Async calls wait on tokio's paused clock. Sync calls record their waits, or count them in a `sleep`; that a thread
//! really sleeps is tested in `waits.rs`. What these calls leave out:
//!
//! - `upstream`, `cost` and the retry budget, which are in `upstream.rs`, `upstream_clock.rs` and `pacing`;
//! - the time that the attempts and the hooks of a sync call take, as nothing can pause its clock: `limits.rs`;
//! - a `sleep` that measures a `timeout` too: `limits.rs`;
//! - panics, and futures that are dropped: `calls.rs`, `cancellation.rs`;
//! - `max_attempts` of `testing`: `testing.rs`.
//!
//! `PROPTEST_CASES=200000 cargo test --release -p persevere-tests --test model` plays a million cases, each of them by
//! several functions.
//!
//! The seed of a case that fails is saved in `main.regressions` beside this file, and played first from then on. It
//! stands for that case until the strategies below change; `kept.rs` spells out the cases that are to stay.
#![cfg(all(feature = "tokio", feature = "testing"))]

mod kept;
mod reference;

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::time::Duration;

use futures_util::FutureExt as _;
use persevere::{Decision, Elapsed, Event, Policy, Retryable, testing};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use rand::SeedableRng as _;
use rand::rngs::Xoshiro256PlusPlus;
use reference::{Attempt, Bound, End, Jitter, Keys, Next, Reason, Seen, Verdict, Waits, call};
use tokio::time::{Instant, advance, sleep};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// The value of an attempt.
#[derive(Clone, Copy)]
struct Answer {
    number: u32,
    good: bool,
}

/// The error of an attempt.
#[derive(Clone, Copy, Debug)]
struct Failed {
    /// The number of the attempt, or 0 if it was cut short.
    number: u32,
    verdict: Verdict,
}

type Outcome = Result<Answer, Failed>;

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self { number: 0, verdict: Verdict::Retry }
    }
}

thread_local! {
    /// The errors that a classifier was asked about.
    static JUDGED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    /// How long each hook takes.
    static HOOK: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Lets the time go by that a hook takes.
fn take_time() {
    let hook = HOOK.get();
    if !hook.is_zero() {
        // The clock is set by the first poll.
        let _yielded = advance(hook).now_or_never();
    }
}

impl Retryable for Failed {
    fn decision(&self) -> Decision {
        JUDGED.with_borrow_mut(|judged| judged.push(self.number));
        take_time();
        match self.verdict {
            Verdict::Stop => Decision::Stop,
            Verdict::Retry => Decision::Retry,
            Verdict::RetryIn(wait) => Decision::RetryIn(wait),
            Verdict::RetryAfter(wait) => Decision::RetryAfter(wait),
            Verdict::Throttled(wait) => Decision::Throttled(wait),
        }
    }
}

/// A call that is going on.
struct Play<'a> {
    keys: &'a Keys,
    script: &'a [Attempt],
    seen: RefCell<Seen>,
    recording: Option<testing::Recording>,
    /// The waits that a `sleep` counted: how many there were, and how long all of them were.
    counted: Cell<(u32, Duration)>,
    /// When an async call began.
    began: Option<Instant>,
}

impl<'a> Play<'a> {
    fn new(keys: &'a Keys, script: &'a [Attempt], began: Option<Instant>) -> Self {
        JUDGED.take();
        HOOK.set(keys.hook);
        let recording = (keys.waits == Waits::Recorded).then(|| testing::thread().record_waits());
        Self { keys, script, seen: RefCell::default(), recording, counted: Cell::default(), began }
    }

    fn policy(&self) -> Policy {
        let Keys { max, initial, factor, cap, jitter, max_retry_after, deadline, success, .. } = *self.keys;
        let policy = Policy::new().with_max(max).initial(initial).factor(factor).jitter(jitter.into());
        let policy = policy.max_retry_after(max_retry_after).notify_success(success).with_deadline(deadline);
        if let Some(cap) = cap { policy.cap(cap) } else { policy }
    }

    /// The time since the call began.
    fn now(&self) -> Duration {
        let recorded = self.recording.iter().flat_map(testing::Recording::recorded);
        let ran = self.began.map_or(Duration::ZERO, |began| began.elapsed()).saturating_add(self.counted.get().1);
        recorded.fold(ran, Duration::saturating_add)
    }

    /// The attempt that begins now, and its number.
    fn begin(&self, bound: Option<Bound>) -> (u32, Attempt) {
        let now = self.now();
        let mut seen = self.seen.borrow_mut();
        seen.begun.push(now);
        seen.bound.extend(bound);
        let attempt = self.script.get(seen.begun.len() - 1).copied();
        (u32::try_from(seen.begun.len()).unwrap(), attempt.unwrap_or(Attempt::GOOD))
    }

    fn blocking(&self, bound: Option<Bound>) -> Outcome {
        let (number, attempt) = self.begin(bound);
        end(number, attempt.end)
    }

    async fn asynchronous(&self, bound: Option<Bound>) -> Outcome {
        let (number, attempt) = self.begin(bound);
        if !attempt.length.is_zero() {
            sleep(attempt.length).await;
        }
        end(number, attempt.end)
    }

    /// The `sleep` of a sync call.
    fn count(&self, wait: Duration) -> ControlFlow<()> {
        let (count, sum) = self.counted.get();
        self.counted.set((count + 1, sum.saturating_add(wait)));
        self.goes_on()
    }

    /// The `sleep` of an async call.
    async fn sleep(&self, wait: Duration) -> ControlFlow<()> {
        let (count, sum) = self.counted.get();
        self.counted.set((count + 1, sum));
        sleep(wait).await;
        self.goes_on()
    }

    fn goes_on(&self) -> ControlFlow<()> {
        if self.keys.stops == Some(self.counted.get().0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn hear(&self, event: &Event<'_, Failed>) {
        let next = match event.next() {
            persevere::Next::Retry { wait, server, asked, .. } => {
                assert_eq!(server, asked.is_some());
                Next::Wait { wait, asked }
            }
            persevere::Next::GiveUp(reason) => Next::GiveUp(match reason {
                persevere::Reason::NotRetryable => Reason::NotRetryable,
                persevere::Reason::Attempts => Reason::Attempts,
                persevere::Reason::RetryAfterTooLong => Reason::RetryAfterTooLong,
                persevere::Reason::Deadline => Reason::Deadline,
                persevere::Reason::Stopped => Reason::Stopped,
                other => panic!("{other}"),
            }),
            persevere::Next::Success => Next::Success,
            other => panic!("{other}"),
        };
        self.seen.borrow_mut().told.push((event.attempt(), event.error().map(|error| error.number), next));
        take_time();
    }

    fn ended(self, outcome: Outcome) -> Seen {
        Seen { judged: JUDGED.take(), returned: Some(numbered(&outcome)), ..self.seen.into_inner() }
    }
}

const fn end(number: u32, end: End) -> Outcome {
    match end {
        End::Good => Ok(Answer { number, good: true }),
        End::Bad => Ok(Answer { number, good: false }),
        End::Fails(verdict) => Err(Failed { number, verdict }),
    }
}

fn numbered(outcome: &Outcome) -> reference::Outcome {
    outcome.map(|answer| answer.number).map_err(|failed| failed.number)
}

#[expect(clippy::unnecessary_wraps, reason = "it is what `begin` takes")]
fn bound(attempt: persevere::Attempt, previous: Option<&Outcome>) -> Option<Bound> {
    let previous = previous.map(numbered);
    Some(Bound {
        number: attempt.number(),
        last: attempt.is_last(),
        waited: attempt.waited(),
        left: attempt.left(),
        previous,
    })
}

impl From<Jitter> for persevere::Jitter {
    fn from(jitter: Jitter) -> Self {
        match jitter {
            Jitter::Fraction(fraction) => Self::Fraction(fraction),
            Jitter::Decorrelated => Self::Decorrelated,
        }
    }
}

#[persevere::retry(policy = play.policy(), until = |answer| answer.good, notify = |event| play.hear(event))]
fn by_policy(play: &Play<'_>) -> Outcome {
    play.blocking(None)
}

#[persevere::retry(policy = play.policy(), until = |answer| answer.good, notify = |event| play.hear(event))]
async fn by_policy_async(play: &Play<'_>) -> Outcome {
    play.asynchronous(None).await
}

#[persevere::retry(policy = play.policy(), timeout = play.keys.timeout, until = |answer| answer.good, notify = |event| play.hear(event))]
async fn by_policy_limited(play: &Play<'_>) -> Outcome {
    play.asynchronous(None).await
}

/// The keys of the functions below, each of which overrides one of the default policy.
macro_rules! by_keys {
    ($play:ident, [$($arguments:tt)*] $($function:tt)*) => {
        #[persevere::retry(
            policy = Policy::new().notify_success(true),
            max = $play.keys.max,
            initial = $play.keys.initial,
            factor = $play.keys.factor,
            cap = $play.keys.cap(),
            jitter = persevere::Jitter::from($play.keys.jitter),
            max_retry_after = $play.keys.max_retry_after,
            deadline = $play.keys.deadline,
            on = |error| error.decision(),
            until = |answer| answer.good,
            notify = |event| $play.hear(event),
            $($arguments)*
        )]
        $($function)*
    };
}

by_keys! {
    play, [attempt = attempt, previous = previous]
    fn by_keys(play: &Play<'_>) -> Outcome {
        play.blocking(bound(attempt, previous))
    }
}

by_keys! {
    play, [attempt = attempt, previous = previous]
    async fn by_keys_async(play: &Play<'_>) -> Outcome {
        play.asynchronous(bound(attempt, previous)).await
    }
}

by_keys! {
    play, [attempt = attempt, previous = previous, timeout = play.keys.timeout]
    async fn by_keys_limited(play: &Play<'_>) -> Outcome {
        play.asynchronous(bound(attempt, previous)).await
    }
}

by_keys! {
    play, [attempt = attempt, previous = previous, sleep = |wait| play.count(wait)]
    fn with_sleep(play: &Play<'_>) -> Outcome {
        play.blocking(bound(attempt, previous))
    }
}

by_keys! {
    play, [attempt = attempt, previous = previous, sleep = |wait| play.sleep(wait)]
    async fn with_sleep_async(play: &Play<'_>) -> Outcome {
        play.asynchronous(bound(attempt, previous)).await
    }
}

/// Functions whose policy is known while compiling, in bytes or as a constant, and what is known of it.
macro_rules! literal {
    ($($sync:ident, $asynchronous:ident: [$($arguments:tt)*] [$($timeout:tt)*], $keys:expr;)+) => {
        $(
            #[persevere::retry($($arguments)* notify = |event| play.hear(event))]
            fn $sync(play: &Play<'_>) -> Outcome {
                play.blocking(None)
            }

            #[persevere::retry($($arguments)* $($timeout)* notify = |event| play.hear(event))]
            async fn $asynchronous(play: &Play<'_>) -> Outcome {
                play.asynchronous(None).await
            }
        )+

        /// The literal policies, each with a sync function that plays it.
        fn literals() -> Vec<(Keys, fn(&Play<'_>) -> Outcome)> {
            vec![$(($keys, $sync)),+]
        }

        /// Plays the literal policy of this number with its async function.
        async fn play_literal(number: usize, play: &Play<'_>) -> Outcome {
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
    initial: Duration::from_millis(500),
    factor: 2.0,
    cap: None,
    jitter: Jitter::Fraction(1.0),
    max_retry_after: Duration::from_secs(120),
    deadline: None,
    timeout: None,
    until: false,
    success: false,
    stops: None,
    hook: Duration::ZERO,
    waits: Waits::Timed,
};

#[expect(clippy::unnecessary_wraps, reason = "it is what the keys take")]
const fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

literal! {
    by_default, by_default_async: [] [], DEFAULT;
    patient, patient_async: [max = 7, initial = "1s", factor = 3, cap = "20s",] [], Keys { max: 7, initial: SECOND, factor: 3.0, cap: seconds(20), ..DEFAULT };
    exact, exact_async: [max = 6, initial = "1ms", factor = 1.5, jitter = none,] [], Keys { max: 6, initial: MILLISECOND, factor: 1.5, jitter: Jitter::Fraction(0.0), ..DEFAULT };
    impatient, impatient_async: [max = 5, jitter = 0.25, max_retry_after = "2s",] [], Keys { max: 5, jitter: Jitter::Fraction(0.25), max_retry_after: 2 * SECOND, ..DEFAULT };
    unpaused, unpaused_async: [max = 9, initial = "0s",] [], Keys { max: 9, initial: Duration::ZERO, ..DEFAULT };
    decorrelated, decorrelated_async: [max = 8, initial = "1s", jitter = decorrelated, cap = "30s",] [], Keys { max: 8, initial: SECOND, jitter: Jitter::Decorrelated, cap: seconds(30), ..DEFAULT };
    picky, picky_async: [max = 20, until = |answer| answer.good,] [], Keys { max: 20, until: true, ..DEFAULT };
    hurried, hurried_async: [max = 30, deadline = "1m",] [timeout = "2s",], Keys { max: 30, deadline: seconds(60), timeout: seconds(2), ..DEFAULT };
    judged, judged_async: [max = 30, deadline = "5m", on = |error| error.decision(), until = |answer| answer.good,] [], Keys { max: 30, deadline: seconds(300), until: true, ..DEFAULT };
    cut, cut_async: [initial = "0s", on = |error| error.decision(),] [timeout = "900ms",], Keys { initial: Duration::ZERO, timeout: Some(Duration::from_millis(900)), ..DEFAULT };
}

/// A duration, some of them equal to others, and whole milliseconds: tokio's timer knows no less.
fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        2 => Just(Duration::ZERO),
        3 => Just(SECOND),
        4 => (0..20_u32).prop_map(|n| n * SECOND / 2),
        4 => (1..100_000_u64).prop_map(Duration::from_millis),
    ]
}

/// A wait, which may be of any length.
fn wait() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => duration(),
        6 => (0..100_000_000_000_u64).prop_map(Duration::from_nanos),
        1 => any::<u64>().prop_map(Duration::from_nanos),
        1 => (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(seconds, rest)| Duration::new(seconds, rest)),
        1 => Just(Duration::MAX),
    ]
}

fn keys() -> impl Strategy<Value = Keys> {
    let max = prop_oneof![4 => 0..9_i64, 4 => 0..60_i64, 1 => Just(i64::MIN), 2 => Just(i64::MAX)];
    let odd = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(f64::MAX), Just(-1.0), Just(1.0 + f64::EPSILON)];
    let factor = prop_oneof![3 => Just(2.0), 2 => Just(1.0), 1 => Just(0.5), 5 => 1.0..4.0, 1 => odd.clone()];
    let fraction = prop_oneof![3 => Just(1.0), 3 => Just(0.0), 5 => 0.0..1.0, 1 => odd];
    let jitter = prop_oneof![3 => fraction.prop_map(Jitter::Fraction), 1 => Just(Jitter::Decorrelated)];
    let limit = prop_oneof![6 => duration(), 4 => (0..1_000_000_000_000_u64).prop_map(Duration::from_nanos), 1 => Just(100 * YEAR)];
    let deadline = proptest::option::of(limit);
    let timeout = proptest::option::of(prop_oneof![9 => duration(), 1 => Just(Duration::MAX)]);
    let stops = proptest::option::of(1..9_u32);
    let hook = prop_oneof![3 => Just(Duration::ZERO), 1 => duration()];
    (max, wait(), factor, proptest::option::of(wait()), jitter, wait(), deadline, timeout, stops, hook).prop_map(
        |(max, initial, factor, cap, jitter, max_retry_after, deadline, timeout, stops, hook)| Keys {
            max,
            initial,
            factor,
            cap,
            jitter,
            max_retry_after,
            deadline,
            timeout,
            until: true,
            success: true,
            stops,
            hook,
            waits: Waits::Timed,
        },
    )
}

fn script() -> impl Strategy<Value = Vec<Attempt>> {
    let verdict = prop_oneof![
        1 => Just(Verdict::Stop),
        16 => Just(Verdict::Retry),
        3 => wait().prop_map(Verdict::RetryIn),
        3 => wait().prop_map(Verdict::RetryAfter),
        3 => proptest::option::of(wait()).prop_map(Verdict::Throttled),
    ];
    let end = prop_oneof![1 => Just(End::Good), 5 => Just(End::Bad), 20 => verdict.prop_map(End::Fails)];
    let length = prop_oneof![1 => Just(Duration::ZERO), 1 => duration()];
    let attempt = (length, end).prop_map(|(length, end)| Attempt { length, end });
    prop_oneof![3 => proptest::collection::vec(attempt.clone(), 0..12), 1 => proptest::collection::vec(attempt, 12..60)]
}

fn expected(keys: &Keys, script: &[Attempt], seed: u64) -> Seen {
    call(keys, script, &mut Xoshiro256PlusPlus::seed_from_u64(seed))
}

/// Compares what a function was seen to do with what the reference says. If it `binds` neither `attempt` nor
/// `previous`, they cannot be seen.
fn same(what: &str, seen: &Seen, expected: &Seen, binds: bool) -> Result<(), TestCaseError> {
    let unbound = (!binds).then(|| Seen { bound: Vec::new(), ..expected.clone() });
    prop_assert_eq!(seen, unbound.as_ref().unwrap_or(expected), "{}", what);
    Ok(())
}

/// Plays a blocking call, whose attempts and hooks take no time.
fn blocked(
    what: &str,
    binds: bool,
    keys: &Keys,
    script: &[Attempt],
    seed: u64,
    function: impl Fn(&Play<'_>) -> Outcome,
) -> Result<(), TestCaseError> {
    let expected = expected(keys, script, seed);
    let _seed = testing::thread().seed(seed);
    let began = std::time::Instant::now();
    let play = Play::new(keys, script, None);
    let outcome = function(&play);
    let played = play.ended(outcome);
    let Some(deadline) = keys.deadline else { return same(what, &played, &expected, binds) };
    // The clock runs while the call is made, so that a little less time is left than the reference says. Such a call is
    // compared up to `blur`, and only if it was faster than that, if none of its attempts begins so close to the
    // deadline, and if a deadline that is earlier by `blur` would lead to the same attempts.
    let blur = 20 * MILLISECOND;
    let is_close = |attempt: &Bound| attempt.left.is_some_and(|left| left < blur);
    if began.elapsed() >= blur || expected.bound.iter().any(is_close) {
        return Ok(());
    }
    let hurried = self::expected(&Keys { deadline: Some(deadline.saturating_sub(blur)), ..*keys }, script, seed);
    if without_times(&hurried) != without_times(&expected) {
        return Ok(());
    }
    same(what, &without_times(&played), &without_times(&expected), binds)?;
    for (seen, expected) in played.begun.iter().zip(&expected.begun) {
        prop_assert!(seen.abs_diff(*expected) < blur, "{}: {:?} instead of {:?}", what, seen, expected);
    }
    Ok(())
}

fn without_times(seen: &Seen) -> Seen {
    let mut seen = seen.clone();
    seen.begun.fill(Duration::ZERO);
    for bound in &mut seen.bound {
        bound.waited = Duration::ZERO;
        bound.left = bound.left.map(|_| Duration::ZERO);
    }
    for (_, _, next) in &mut seen.told {
        if let Next::Wait { wait, .. } = next {
            *wait = Duration::ZERO;
        }
    }
    seen
}

/// Plays an async call, in the time of a paused clock. If a wait is too long for tokio's timer, all are recorded.
fn awaited(
    what: &str,
    binds: bool,
    keys: &Keys,
    script: &[Attempt],
    seed: u64,
    function: impl AsyncFn(&Play<'_>) -> Outcome,
) -> Result<(), TestCaseError> {
    let is_long = |(_, _, next): &(_, _, Next)| matches!(next, Next::Wait { wait, .. } if *wait > YEAR);
    let (mut keys, mut expected) = (*keys, expected(keys, script, seed));
    if expected.told.iter().any(is_long) {
        keys.waits = Waits::Recorded;
        expected = self::expected(&keys, script, seed);
    }
    let _seed = testing::thread().seed(seed);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().unwrap();
    let played = runtime.block_on(async {
        let play = Play::new(&keys, script, Some(Instant::now()));
        let outcome = function(&play).await;
        play.ended(outcome)
    });
    same(what, &played, &expected, binds)
}

/// The attempts of a script that take no time.
fn at_once(script: &[Attempt]) -> Vec<Attempt> {
    script.iter().map(|attempt| Attempt { length: Duration::ZERO, ..*attempt }).collect()
}

fn play_blocking(keys: &Keys, script: &[Attempt], seed: u64) -> Result<(), TestCaseError> {
    let keys = &Keys { timeout: None, hook: Duration::ZERO, waits: Waits::Recorded, ..*keys };
    let script = &at_once(script);
    blocked("by keys", true, keys, script, seed, by_keys)?;
    blocked("by a policy", false, keys, script, seed, by_policy)?;
    blocked("by a closure", false, keys, script, seed, |play| {
        let call = play.policy().retry_blocking(|| play.blocking(None));
        call.until(|answer| answer.good).notify(|event| play.hear(event)).call()
    })?;
    // The clock of a deadline knows nothing of waits that are only counted.
    let keys = &Keys { deadline: None, waits: Waits::Counted, ..*keys };
    blocked("with `sleep`", true, keys, script, seed, with_sleep)?;
    blocked("by a closure with `sleep`", true, keys, script, seed, |play| {
        let attempt = |attempt: persevere::Attempt, previous: Option<&_>| play.blocking(bound(attempt, previous));
        let call = play.policy().retry_blocking_with(attempt).on(Retryable::decision).sleep(|wait| play.count(wait));
        call.until(|answer| answer.good).notify(|event| play.hear(event)).call()
    })
}

fn play_async(keys: &Keys, script: &[Attempt], seed: u64) -> Result<(), TestCaseError> {
    let keys = &Keys { timeout: None, ..*keys };
    awaited("with `sleep`", true, keys, script, seed, with_sleep_async)?;
    awaited("by a closure with `sleep`", true, keys, script, seed, async |play| {
        let attempt = |attempt: persevere::Attempt, previous: Option<&_>| {
            let bound = bound(attempt, previous);
            play.asynchronous(bound)
        };
        let call = play.policy().retry_with(attempt).on(Retryable::decision).sleep(|wait| play.sleep(wait));
        call.until(|answer| answer.good).notify(|event| play.hear(event)).call().await
    })?;
    let keys = &Keys { stops: None, ..*keys };
    awaited("by keys", true, keys, script, seed, by_keys_async)?;
    awaited("by a policy", false, keys, script, seed, by_policy_async)?;
    awaited("by a closure", false, keys, script, seed, async |play| {
        let call = play.policy().retry(|| play.asynchronous(None));
        call.until(|answer| answer.good).notify(|event| play.hear(event)).call().await
    })
}

fn play_limited(keys: &Keys, script: &[Attempt], seed: u64) -> Result<(), TestCaseError> {
    let keys = &Keys { stops: None, ..*keys };
    awaited("by keys", true, keys, script, seed, by_keys_limited)?;
    awaited("by a policy", false, keys, script, seed, by_policy_limited)?;
    awaited("by a closure", false, keys, script, seed, async |play| {
        let call = play.policy().retry(|| play.asynchronous(None)).timeout(play.keys.timeout);
        call.until(|answer| answer.good).notify(|event| play.hear(event)).call().await
    })
}

fn play_literals(number: usize, hook: Duration, script: &[Attempt], seed: u64) -> Result<(), TestCaseError> {
    let (keys, function) = literals()[number];
    let blocking = Keys { timeout: None, waits: Waits::Recorded, ..keys };
    blocked("sync", false, &blocking, &at_once(script), seed, function)?;
    awaited("async", false, &Keys { hook, ..keys }, script, seed, async |play| play_literal(number, play).await)
}

fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(512);
    let saved = FileFailurePersistence::WithSource("regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(saved)), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_blocking_call_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        play_blocking(&Keys { deadline: None, ..keys }, &script, seed)?;
    }

    #[test]
    fn a_blocking_call_with_a_deadline_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        play_blocking(&keys, &script, seed)?;
    }

    #[test]
    fn an_async_call_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        play_async(&keys, &script, seed)?;
    }

    #[test]
    fn a_call_with_a_timeout_does_what_the_reference_says(keys in keys(), script in script(), seed: u64) {
        play_limited(&keys, &script, seed)?;
    }

    #[test]
    fn a_policy_of_literals_does_what_the_reference_says(
        number in 0..literals().len(),
        hook in prop_oneof![3 => Just(Duration::ZERO), 1 => duration()],
        script in script(),
        seed: u64,
    ) {
        play_literals(number, hook, &script, seed)?;
    }
}
