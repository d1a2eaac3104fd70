//! How long a call waits, how often it tries, and what it returns.
#![cfg(feature = "tokio")]

use std::cell::{Cell, RefCell};
use std::time::Duration;

use persevere::{Decision, Jitter, Policy, retry};
use tokio::time::Instant;

#[derive(Debug, PartialEq)]
struct Failed(u32);

/// Waits that a sync function would have slept.
#[derive(Default)]
struct Recorder(RefCell<Vec<Duration>>);

impl Recorder {
    fn sleep(&self, wait: Duration) {
        self.0.borrow_mut().push(wait);
    }

    fn seconds(&self) -> Vec<f64> {
        self.0.borrow().iter().map(Duration::as_secs_f64).collect()
    }
}

fn next(calls: &Cell<u32>) -> u32 {
    calls.set(calls.get() + 1);
    calls.get()
}

#[tokio::test(start_paused = true)]
async fn five_async_calls_wait_one_two_four_eight_seconds() {
    #[retry(max = 5, initial = "1s", jitter = none, on = |_| true)]
    async fn fail(started: &RefCell<Vec<u64>>, since: Instant) -> Result<(), Failed> {
        started.borrow_mut().push(since.elapsed().as_secs());
        Err(Failed(u32::try_from(started.borrow().len()).unwrap()))
    }
    let started = RefCell::default();
    let since = Instant::now();
    assert_eq!(fail(&started, since).await, Err(Failed(5)));
    assert_eq!(*started.borrow(), [0, 1, 3, 7, 15]);
    assert_eq!(since.elapsed(), Duration::from_secs(15), "nothing is waited for after the last attempt");
}

#[test]
fn five_sync_calls_wait_one_two_four_eight_seconds() {
    #[retry(max = 5, initial = "1s", jitter = none, on = |_| true, sleep = |wait| recorder.sleep(wait))]
    fn fail(calls: &Cell<u32>, recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    let (calls, recorder) = (Cell::new(0), Recorder::default());
    assert_eq!(fail(&calls, &recorder), Err(Failed(5)), "the last error, by value");
    assert_eq!(recorder.seconds(), [1.0, 2.0, 4.0, 8.0]);
}

/// Without `sleep` a sync function blocks its thread.
#[test]
fn a_sync_call_is_not_over_before_its_waits() {
    #[retry(max = 3, initial = "20ms", factor = 1, jitter = none, on = |_| true)]
    fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    let started = std::time::Instant::now();
    assert_eq!(fail(&Cell::new(0)), Err(Failed(3)));
    assert!(started.elapsed() >= Duration::from_millis(40), "{:?}", started.elapsed());
}

/// A factor may be of either type of floating point numbers.
#[test]
fn a_factor_is_exact_whatever_its_type() {
    const SHORT: f32 = 1.5;
    const LONG: f64 = 1.5;
    #[retry(initial = "2s", factor = SHORT, jitter = none, on = |_| true, sleep = |wait| recorder.sleep(wait))]
    fn short(recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    #[retry(initial = "2s", factor = LONG, jitter = none, on = |_| true, sleep = |wait| recorder.sleep(wait))]
    fn long(recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    for call in [short, long] {
        let recorder = Recorder::default();
        assert_eq!(call(&recorder), Err(Failed(0)));
        assert_eq!(recorder.seconds(), [2.0, 3.0]);
    }
}

#[tokio::test(start_paused = true)]
async fn defaults_are_three_calls_and_full_jitter_under_500_ms_and_1_s() {
    #[retry(on = |_| true)]
    async fn bare(calls: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    #[retry(on = |_| true, jitter = none)]
    async fn plain(calls: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    let (calls, since) = (Cell::new(0), Instant::now());
    assert_eq!(bare(&calls).await, Err(Failed(3)));
    assert!(since.elapsed() <= Duration::from_millis(1502), "tokio rounds each wait up to a millisecond");

    let since = Instant::now();
    assert_eq!(plain(&Cell::new(0)).await, Err(Failed(3)));
    assert_eq!(since.elapsed(), Duration::from_millis(1500));
}

#[test]
fn waits_at_and_beyond_the_cap_are_the_cap() {
    #[retry(max = 7, initial = "3s", factor = 1.5, cap = "10s", jitter = none, on = |_| true, sleep = |wait| recorder.sleep(wait))]
    fn fail(recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    let recorder = Recorder::default();
    assert_eq!(fail(&recorder), Err(Failed(0)));
    assert_eq!(recorder.seconds(), [3.0, 4.5, 6.75, 10.0, 10.0, 10.0]);
}

/// The waits of one function with many retries, all under a ceiling of one second.
macro_rules! thousand_waits {
    ($jitter:tt) => {{
        #[retry(max = 1001, initial = "1s", cap = "1s", jitter = $jitter, on = |_| true, sleep = |wait| recorder.sleep(wait))]
        fn fail(recorder: &Recorder) -> Result<(), Failed> {
            Err(Failed(0))
        }
        let recorder = Recorder::default();
        assert_eq!(fail(&recorder), Err(Failed(0)));
        recorder.seconds()
    }};
}

#[test]
fn each_jitter_keeps_its_bounds_and_spreads_also_at_the_cap() {
    for (name, waits, low) in [
        ("equal", thousand_waits!(equal), 0.5),
        ("full", thousand_waits!(full), 0.0),
        ("0.25", thousand_waits!(0.25), 0.75),
        ("1", thousand_waits!(1), 0.0),
    ] {
        assert_eq!(waits.len(), 1000);
        assert!(waits.iter().all(|wait| (low..=1.0).contains(wait)), "{name}");
        // Each quarter of the range holds 250 of them; a fair draw leaves these bounds less than once in 10^9 runs.
        for quarter in 0..4 {
            let from = low + f64::from(quarter) * (1.0 - low) / 4.0;
            let count = waits.iter().filter(|wait| (from..from + (1.0 - low) / 4.0).contains(*wait)).count();
            assert!((160..340).contains(&count), "{name}: {count} waits from {from}");
        }
    }
    assert!(thousand_waits!(none).iter().all(|wait| *wait == 1.0));
    assert!(thousand_waits!(0).iter().all(|wait| *wait == 1.0));
}

#[test]
fn decorrelated_waits_stay_between_initial_and_cap() {
    #[retry(max = 1001, initial = "1s", cap = "60s", jitter = decorrelated, on = |_| true, sleep = |wait| recorder.sleep(wait))]
    fn fail(recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    let recorder = Recorder::default();
    assert_eq!(fail(&recorder), Err(Failed(0)));
    let waits = recorder.seconds();
    assert!(waits[0] <= 3.0);
    assert!(waits.windows(2).all(|pair| (1.0..=60.0_f64.min(pair[0] * 3.0)).contains(&pair[1])));
    assert!(waits.iter().any(|wait| *wait < 30.0) && waits.contains(&60.0));
}

#[test]
fn zero_waits_call_no_sleep() {
    fn never(_: Duration) {
        panic!("a wait of zero is no wait");
    }
    #[retry(max = 4, initial = "0s", on = |_| true, sleep = never)]
    fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    assert_eq!(fail(&Cell::new(0)), Err(Failed(4)));
}

/// Outside of a runtime tokio's timer panics.
#[test]
fn zero_waits_touch_no_timer() {
    #[retry(max = 4, initial = "0s", on = |_| true)]
    async fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    let calls = Cell::new(0);
    let mut future = std::pin::pin!(fail(&calls));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(future.as_mut().poll(&mut context), std::task::Poll::Ready(Err(Failed(4))));
}

#[tokio::test(start_paused = true)]
async fn a_server_directed_wait_replaces_the_policys_own_without_jitter() {
    #[retry(max = 4, initial = "1s", jitter = none, on = |error: &Failed| match error.0 {
        1 => Decision::RetryAfter(Duration::from_millis(20_500)),
        2 => Decision::Throttled(Some(Duration::from_secs(120))),
        _ => Decision::Throttled(None),
    })]
    async fn fail(calls: &Cell<u32>, started: &RefCell<Vec<u128>>, since: Instant) -> Result<(), Failed> {
        started.borrow_mut().push(since.elapsed().as_millis());
        Err(Failed(next(calls)))
    }
    let started = RefCell::default();
    assert_eq!(fail(&Cell::new(0), &started, Instant::now()).await, Err(Failed(4)));
    assert_eq!(*started.borrow(), [0, 20_500, 140_500, 144_500]);
}

#[test]
fn a_server_directed_wait_comes_before_the_jittered_one() {
    const ASKED: Duration = Duration::from_secs(5);

    #[retry(max = 1001, initial = "1s", cap = "1s", on = |_| Decision::RetryAfter(ASKED), sleep = |wait| recorder.sleep(wait))]
    fn fail(recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    let recorder = Recorder::default();
    assert_eq!(fail(&recorder), Err(Failed(0)));
    let waits = recorder.seconds();
    assert!(waits.iter().all(|wait| (5.0..=6.0).contains(wait)), "never earlier, never more than its own on top");
    assert!(waits.iter().any(|wait| *wait < 5.2) && waits.iter().any(|wait| *wait > 5.8));
}

#[test]
fn too_long_a_server_directed_wait_returns_the_error_at_once() {
    #[retry(max = 5, max_retry_after = "2s", on = |_| Decision::RetryAfter(wait), sleep = |wait| recorder.sleep(wait), jitter = none)]
    fn fail(calls: &Cell<u32>, wait: Duration, recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    let recorder = Recorder::default();
    let longest = Duration::from_secs(2);
    assert_eq!(fail(&Cell::new(0), longest + Duration::from_nanos(1), &recorder), Err(Failed(1)));
    assert_eq!(recorder.seconds(), [0.0; 0]);
    assert_eq!(fail(&Cell::new(0), longest, &recorder), Err(Failed(5)));
    assert_eq!(recorder.seconds(), [2.0; 4]);
}

#[test]
fn values_of_the_caller_are_read_once_before_the_first_attempt() {
    struct Client {
        retries: u32,
        delay: Duration,
        reads: Cell<u32>,
        recorder: Recorder,
    }

    impl Client {
        fn delay(&self) -> Duration {
            self.reads.set(self.reads.get() + 1);
            self.delay
        }

        #[retry(
            max = self.retries + 1,
            initial = self.delay(),
            factor = growth,
            jitter = spread,
            cap = Duration::from_secs(limit.into()),
            on = |_| true,
            sleep = |wait| self.recorder.sleep(wait)
        )]
        fn fail(&self, growth: f64, spread: f64, limit: u32) -> Result<(), Failed> {
            assert_eq!(self.reads.get(), 1);
            Err(Failed(limit))
        }
    }
    let client = |retries, seconds| Client {
        retries,
        delay: Duration::from_secs(seconds),
        reads: Cell::new(0),
        recorder: Recorder::default(),
    };
    let patient = client(4, 1);
    assert_eq!(patient.fail(3.0, 0.0, 20), Err(Failed(20)));
    assert_eq!(patient.recorder.seconds(), [1.0, 3.0, 9.0, 20.0]);

    let nonsense = client(2, 50);
    assert_eq!(nonsense.fail(f64::NAN, -1.0, 20), Err(Failed(20)));
    assert_eq!(nonsense.recorder.seconds(), [20.0, 20.0], "out of range values are clamped");
}

#[test]
fn a_maximum_of_zero_at_run_time_is_one_call() {
    #[retry(max = max, on = |_| true)]
    fn fail(max: u32, calls: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(next(calls)))
    }
    assert_eq!(fail(0, &Cell::new(0)), Err(Failed(1)));
}

#[test]
fn keys_override_the_policy_they_stand_beside() {
    const BASE: Policy = Policy::new().max(5).initial(Duration::from_secs(1)).jitter(Jitter::None);

    #[retry(policy = BASE, on = |_| true, sleep = |wait| recorder.sleep(wait))]
    fn base(recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    #[retry(max = 3, on = |_| true, policy = base.cap(Duration::from_secs(8)), initial = "6s", sleep = |wait| recorder.sleep(wait))]
    fn overridden(base: Policy, recorder: &Recorder) -> Result<(), Failed> {
        Err(Failed(0))
    }
    let recorder = Recorder::default();
    assert_eq!(base(&recorder), Err(Failed(0)));
    assert_eq!(recorder.seconds(), [1.0, 2.0, 4.0, 8.0]);
    let recorder = Recorder::default();
    assert_eq!(overridden(BASE, &recorder), Err(Failed(0)));
    assert_eq!(recorder.seconds(), [6.0, 8.0]);
}
