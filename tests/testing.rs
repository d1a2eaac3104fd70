//! `persevere::testing`, as the tests of a user's crate use it.
#![cfg(feature = "testing")]

use std::cell::Cell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use persevere::{Policy, retry, testing};

#[derive(Debug, PartialEq)]
struct Failed;

#[retry(max = 4, initial = "1h", jitter = none, on = |_| true)]
fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
    calls.set(calls.get() + 1);
    Err(Failed)
}

/// How many attempts a call makes here.
fn attempts() -> u32 {
    let calls = Cell::new(0);
    fail(&calls).unwrap_err();
    calls.get()
}

/// An `initial` above the default cap is the cap.
const HOURS: [Duration; 3] = [Duration::from_secs(3600); 3];

#[test]
fn guards_nest_and_restore_in_any_order() {
    let waits = testing::thread().record_waits();
    let three = testing::thread().max_attempts(3);
    assert_eq!(attempts(), 3);
    let one = testing::thread().no_retries();
    assert_eq!(attempts(), 1);
    drop(three);
    assert_eq!(attempts(), 1);
    let more = testing::thread().max_attempts(99);
    assert_eq!(attempts(), 4, "no more than the call's own");
    drop(one);
    drop(more);
    assert_eq!(attempts(), 4);
    assert_eq!(waits.recorded().len(), 2 + 3 + 3);
}

#[test]
fn each_recording_has_the_waits_of_its_own_time() {
    let outer = testing::thread().record_waits();
    attempts();
    {
        let inner = testing::thread().record_waits();
        attempts();
        assert_eq!(inner.recorded(), HOURS);
    }
    assert_eq!(outer.recorded(), [HOURS, HOURS].concat());
}

#[test]
fn a_test_that_panics_leaves_nothing_behind() {
    let panicked = thread::spawn(|| {
        let caught = std::panic::catch_unwind(|| {
            let _guards = (testing::thread().no_retries(), testing::process().record_waits());
            assert_eq!(attempts(), 0, "on purpose");
        });
        let _waits = testing::thread().record_waits();
        (caught.is_err(), attempts())
    });
    assert_eq!(panicked.join().unwrap(), (true, 4));
}

#[test]
fn threads_do_not_disturb_each_other() {
    let both = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let _guards = (testing::thread().no_retries(), testing::thread().record_waits());
            both.wait();
            assert_eq!(attempts(), 1);
            both.wait();
        });
        let waits = testing::thread().record_waits();
        both.wait();
        assert_eq!(attempts(), 4);
        assert_eq!(waits.recorded(), HOURS);
        both.wait();
    });
}

#[test]
fn what_holds_for_the_process_is_seen_by_threads_without_guards_and_by_no_others() {
    let waits = testing::process().record_waits();
    let nested = testing::process().max_attempts(2);
    let seen = thread::scope(|scope| {
        let bare = scope.spawn(attempts);
        let guarded = scope.spawn(|| {
            let own = testing::thread().record_waits();
            (attempts(), own.recorded().len())
        });
        (bare.join().unwrap(), guarded.join().unwrap())
    });
    drop(nested);
    assert_eq!(seen, (2, (4, 3)));
    assert_eq!(waits.recorded(), [HOURS[0]]);
}

#[test]
fn the_process_is_changed_by_one_test_at_a_time() {
    static INSIDE: AtomicU32 = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let waits = testing::process().record_waits();
                    assert_eq!(INSIDE.fetch_add(1, Ordering::SeqCst), 0);
                    assert_eq!(attempts(), 4);
                    assert_eq!(waits.recorded(), HOURS);
                    INSIDE.fetch_sub(1, Ordering::SeqCst);
                }
            });
        }
    });
}

/// Another thread has its turn when the last guard is dropped, not before.
#[test]
fn the_process_is_kept_until_the_last_guard_is_dropped() {
    let first = testing::process().record_waits();
    let second = testing::process().max_attempts(2);
    let (tell, told) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            let _guard = testing::process().no_retries();
            tell.send(attempts()).unwrap();
        });
        let waits = || told.recv_timeout(Duration::from_millis(50)).is_err();
        assert!(waits(), "while two guards hold");
        drop(second);
        assert!(waits(), "while one guard holds");
        drop(first);
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(1));
    });
}

#[test]
fn a_seed_gives_the_same_jitter_every_time() {
    let draw = |seed| {
        let _seed = testing::thread().seed(seed);
        let waits = testing::thread().record_waits();
        let policy = Policy::new().max(6).initial(Duration::from_secs(1));
        policy.retry_blocking(|| Err::<(), _>(Failed)).on(|_| true).call().unwrap_err();
        waits.recorded()
    };
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
    for (wait, ceiling) in draw(7).into_iter().zip([1, 2, 4, 8, 16]) {
        assert!(wait <= Duration::from_secs(ceiling), "{wait:?}");
    }
}

#[cfg(feature = "tokio")]
#[tokio::test]
async fn async_waits_are_recorded_and_no_timer_is_started() {
    #[retry(max = 3, initial = "1h", jitter = none, on = |_| true)]
    async fn fail() -> Result<(), Failed> {
        Err(Failed)
    }
    let waits = testing::thread().record_waits();
    assert_eq!(fail().await, Err(Failed));
    assert_eq!(waits.recorded(), HOURS[..2]);
}

#[test]
fn the_waits_of_any_runtime_are_recorded() {
    #[retry(max = 3, initial = "1h", jitter = none, on = |_| true, sleep = never)]
    async fn fail() -> Result<(), Failed> {
        Err(Failed)
    }
    fn never(_: Duration) -> std::future::Pending<()> {
        panic!("it waits")
    }
    let waits = testing::thread().record_waits();
    assert_eq!(futures_util::FutureExt::now_or_never(fail()), Some(Err(Failed)));
    assert_eq!(waits.recorded(), HOURS[..2]);
}

#[cfg(feature = "tokio")]
#[test]
fn tasks_on_other_threads_are_recorded_for_the_process() {
    #[retry(max = 3, initial = "1h", jitter = none, on = |_| true)]
    async fn fail() -> Result<(), Failed> {
        tokio::task::yield_now().await;
        Err(Failed)
    }
    let waits = testing::process().record_waits();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let tasks: Vec<_> = (0..8).map(|_| tokio::spawn(fail())).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), Err(Failed));
        }
    });
    assert_eq!(waits.recorded().len(), 16);
}

#[test]
fn the_last_attempt_is_the_last_that_the_test_allows() {
    #[retry(max = 4, initial = "0s", on = |_| true, attempt = attempt, notify = |event| assert_eq!(event.max(), 2))]
    fn fail(last: &Cell<bool>) -> Result<(), Failed> {
        last.set(attempt.is_last());
        Err(Failed)
    }
    let (last, _two) = (Cell::new(false), testing::thread().max_attempts(2));
    assert_eq!(fail(&last), Err(Failed));
    assert!(last.get());
}
