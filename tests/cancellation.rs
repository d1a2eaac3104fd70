//! A future that is dropped calls nothing more, wherever it was; a panic propagates, and nothing is poisoned by it.
#![cfg(feature = "tokio")]

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use persevere::{Elapsed, Policy, retry};
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq)]
struct Failed;

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

/// What a call did, and whether what its attempt holds is gone.
#[derive(Default)]
struct Log {
    begun: Cell<u32>,
    judged: Cell<u32>,
    told: Cell<u32>,
    held: Rc<()>,
}

fn count(counter: &Cell<u32>) -> bool {
    counter.set(counter.get() + 1);
    true
}

/// Each attempt takes a second and fails; the waits are 1, 2, 4 s.
#[retry(max = 4, initial = "1s", jitter = none, timeout = "30s", deadline = "60s",
    on = |_| count(&log.judged), notify = |_| { count(&log.told); })]
async fn fail(log: &Log) -> Result<(), Failed> {
    let _held = Rc::clone(&log.held);
    count(&log.begun);
    sleep(Duration::from_secs(1)).await;
    Err(Failed)
}

/// When the call is dropped → attempts begun, errors judged.
const DROPPED: [(u64, u32, u32); 5] = [(0, 1, 0), (500, 1, 0), (1500, 1, 1), (2500, 2, 1), (4999, 2, 2)];

async fn check(log: &Log, begun: u32, judged: u32) {
    let seen = || (log.begun.get(), log.judged.get(), log.told.get(), Rc::strong_count(&log.held));
    assert_eq!(seen(), (begun, judged, judged, 1));
    sleep(Duration::from_secs(100)).await;
    assert_eq!(seen(), (begun, judged, judged, 1), "nothing goes on");
}

#[tokio::test(start_paused = true)]
async fn a_future_that_is_never_polled_does_nothing() {
    let log = Log::default();
    drop(fail(&log));
    check(&log, 0, 0).await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_around_the_call_ends_it() {
    for (after, begun, judged) in DROPPED {
        let log = Log::default();
        assert!(timeout(Duration::from_millis(after), fail(&log)).await.is_err());
        check(&log, begun, judged).await;
    }
}

#[tokio::test(start_paused = true)]
async fn select_ends_the_call() {
    for (after, begun, judged) in DROPPED {
        let log = Log::default();
        tokio::select! {
            biased;
            _ = fail(&log) => panic!("it takes longer"),
            () = sleep(Duration::from_millis(after)) => {}
        }
        check(&log, begun, judged).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_aborted_task_ends_the_call() {
    tokio::task::LocalSet::new()
        .run_until(async {
            for (after, begun, judged) in DROPPED {
                let log = Rc::new(Log::default());
                let task = tokio::task::spawn_local({
                    let log = Rc::clone(&log);
                    async move { fail(&log).await }
                });
                sleep(Duration::from_millis(after)).await;
                task.abort();
                assert!(task.await.unwrap_err().is_cancelled());
                // A task that is only just spawned may not have been polled.
                if after > 0 {
                    check(&log, begun, judged).await;
                }
            }
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_call_without_the_attribute_ends_like_one_with_it() {
    for (after, begun, judged) in DROPPED {
        let log = Log::default();
        let policy = Policy::new().max(4).initial(Duration::from_secs(1)).jitter(persevere::Jitter::None);
        let call = policy
            .retry(async || {
                let _held = Rc::clone(&log.held);
                count(&log.begun);
                sleep(Duration::from_secs(1)).await;
                Err::<(), _>(Failed)
            })
            .on(|_| count(&log.judged))
            .notify(|_| {
                count(&log.told);
            })
            .call();
        assert!(timeout(Duration::from_millis(after), call).await.is_err());
        check(&log, begun, judged).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_times_out_is_dropped_before_the_wait() {
    #[retry(max = 2, initial = "5s", jitter = none, timeout = "1s", on = |_| true,
        notify = |_| alive.borrow_mut().push(Rc::strong_count(held)))]
    async fn hang(held: &Rc<()>, alive: &RefCell<Vec<usize>>) -> Result<(), Failed> {
        let _held = Rc::clone(held);
        std::future::pending().await
    }
    let (held, alive, started) = (Rc::new(()), RefCell::default(), Instant::now());
    assert_eq!(hang(&held, &alive).await, Err(Failed));
    assert_eq!((alive.into_inner(), started.elapsed()), (vec![1, 1], Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn a_panic_anywhere_propagates_and_the_next_call_works() {
    #[derive(Clone, Copy, PartialEq)]
    enum In {
        Body,
        On,
        Until,
        Notify,
        Sleep,
        Nothing,
    }
    fn explode(here: In, place: In) {
        assert!(here != place, "on purpose");
    }
    #[retry(
        max = 2,
        initial = "1s",
        timeout = "9s",
        deadline = "99s",
        on = |_| { explode(In::On, place); true },
        until = |_| { explode(In::Until, place); true },
        notify = |_| explode(In::Notify, place),
        sleep = |wait| { explode(In::Sleep, place); sleep(wait) },
        attempt = attempt
    )]
    async fn call(place: In) -> Result<u32, Failed> {
        explode(In::Body, place);
        if attempt.number() == 1 { Err(Failed) } else { Ok(attempt.number()) }
    }
    #[retry(max = 2, initial = "0s", on = |_| { explode(In::On, place); true })]
    fn blocking(place: In) -> Result<(), Failed> {
        explode(In::Body, place);
        Err(Failed)
    }
    for place in [In::Body, In::On, In::Until, In::Notify, In::Sleep] {
        assert!(AssertUnwindSafe(call(place)).catch_unwind().await.is_err());
    }
    assert_eq!(call(In::Nothing).await, Ok(2));

    for place in [In::Body, In::On] {
        assert!(catch_unwind(|| blocking(place)).is_err());
    }
    assert_eq!(blocking(In::Nothing), Err(Failed));
}
