//! `deadline` and `timeout`: when a call ends, to the millisecond.
#![cfg(all(feature = "tokio", feature = "testing"))]

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::io;
use std::time::Duration;

use persevere::{Elapsed, Event, Next, Policy, Reason, retry};
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
enum Failed {
    Busy,
    Late(Duration),
}

impl From<Elapsed> for Failed {
    fn from(elapsed: Elapsed) -> Self {
        Self::Late(elapsed.limit())
    }
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Limit of the call, length of an attempt, waits → attempts made, time taken; in milliseconds.
const DEADLINES: [(u64, u64, u64, u32, u64); 10] = [
    // An attempt may begin at the very end, and may then overrun it: nothing cuts it short.
    (10_000, 0, 1000, 11, 10_000),
    (10_000, 1000, 1000, 6, 11_000),
    (2000, 700, 500, 2, 1900),
    (2000, 500, 500, 3, 2500),
    (2000, 501, 500, 2, 1502),
    // One attempt is always made, however long it takes, and no second one after it.
    (500, 1000, 100, 1, 1000),
    (500, 500, 1, 1, 500),
    (500, 0, 501, 1, 0),
    (500, 0, 500, 2, 500),
    // Without waits the attempts alone use the time up.
    (1000, 300, 0, 4, 1200),
];

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_async_calls() {
    #[retry(max = 1000, initial = wait, factor = 1, jitter = none, deadline = limit, on = |_| true)]
    async fn fail(calls: &Cell<u32>, limit: Duration, length: Duration, wait: Duration) -> Result<(), Failed> {
        calls.set(calls.get() + 1);
        if !length.is_zero() {
            sleep(length).await;
        }
        Err(Failed::Busy)
    }
    for (limit, length, wait, attempts, taken) in DEADLINES {
        let (calls, started) = (Cell::new(0), Instant::now());
        assert_eq!(fail(&calls, ms(limit), ms(length), ms(wait)).await, Err(Failed::Busy));
        assert_eq!((calls.get(), started.elapsed()), (attempts, ms(taken)), "{limit} {length} {wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_without_jitter_uses_its_deadline_to_the_end() {
    #[retry(max = 99, initial = "1s", jitter = none, deadline = "30s", on = |_| true)]
    async fn fail(begun: &RefCell<Vec<u64>>, since: Instant) -> Result<(), Failed> {
        begun.borrow_mut().push(since.elapsed().as_secs());
        sleep(ms(1000)).await;
        Err(Failed::Busy)
    }
    let (begun, since) = (RefCell::default(), Instant::now());
    assert_eq!(fail(&begun, since).await, Err(Failed::Busy));
    assert_eq!(begun.into_inner(), [0, 2, 5, 10, 19, 29]);
}

#[test]
fn recorded_waits_use_a_deadline_as_real_ones_do() {
    #[retry(max = 99, initial = "1s", jitter = none, deadline = "60.1s", on = |_| true)]
    fn fail() -> Result<(), Failed> {
        Err(Failed::Busy)
    }
    let waits = persevere::testing::thread().record_waits();
    assert_eq!(fail(), Err(Failed::Busy));
    let waits = waits.recorded();
    assert_eq!(waits[..5], [1, 2, 4, 8, 16].map(Duration::from_secs));
    assert!(waits.len() == 6 && waits[5] > ms(29_000) && waits[5] < ms(29_100), "{waits:?}");
}

/// The timeout of an attempt, limit of the call, length of an attempt, waits → attempts made, time taken, last limit.
const TIMEOUTS: [(u64, u64, u64, u64, u32, u64, u64); 5] = [
    (400, 2000, 10_000, 500, 3, 2000, 200),
    (400, 100_000, 10_000, 0, 5, 2000, 400),
    (5000, 2000, 10_000, 500, 1, 2000, 2000),
    (400, 400, 10_000, 1, 1, 400, 400),
    (1000, 3000, 10_000, 1000, 2, 3000, 1000),
];

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_attempts_and_never_overruns_the_deadline() {
    #[retry(max = 5, initial = wait, factor = 1, jitter = none, timeout = timeout, deadline = limit, on = |_| true)]
    async fn hang(
        calls: &Cell<u32>,
        timeout: Duration,
        limit: Duration,
        length: Duration,
        wait: Duration,
    ) -> Result<(), Failed> {
        calls.set(calls.get() + 1);
        sleep(length).await;
        Ok(())
    }
    for (timeout, limit, length, wait, attempts, taken, last) in TIMEOUTS {
        let (calls, started) = (Cell::new(0), Instant::now());
        let outcome = hang(&calls, ms(timeout), ms(limit), ms(length), ms(wait)).await;
        assert_eq!(outcome, Err(Failed::Late(ms(last))), "{timeout} {limit} {wait}");
        assert_eq!((calls.get(), started.elapsed()), (attempts, ms(taken)), "{timeout} {limit} {wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_ends_in_time_is_not_touched() {
    #[retry(timeout = "1s")]
    async fn load(length: Duration) -> io::Result<u32> {
        sleep(length).await;
        Ok(7)
    }
    for length in [ms(0), ms(1), ms(999)] {
        assert_eq!(load(length).await.unwrap(), 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_without_a_deadline_limits_each_attempt_alone() {
    #[retry(max = 3, initial = "10s", jitter = none, timeout = "1s", on = |_| true)]
    async fn hang(begun: &RefCell<Vec<Duration>>, since: Instant) -> Result<(), Failed> {
        begun.borrow_mut().push(since.elapsed());
        std::future::pending().await
    }
    let (begun, since) = (RefCell::default(), Instant::now());
    assert_eq!(hang(&begun, since).await, Err(Failed::Late(ms(1000))));
    assert_eq!(begun.into_inner(), [ms(0), ms(11_000), ms(32_000)]);
    assert_eq!(since.elapsed(), ms(33_000));
}

#[tokio::test(start_paused = true)]
async fn what_an_attempt_takes_before_it_first_waits_counts() {
    #[retry(max = 1, timeout = "40ms", on = |_| true)]
    async fn busy() -> Result<(), Failed> {
        tokio::time::advance(ms(30)).await;
        sleep(ms(20)).await;
        Ok(())
    }
    let started = Instant::now();
    assert_eq!(busy().await, Err(Failed::Late(ms(40))));
    assert_eq!(started.elapsed(), ms(40));
}

#[tokio::test(start_paused = true)]
async fn hooks_and_predicates_count_against_the_deadline() {
    // tokio's clock moves on while a hook runs, as a blocking hook would move the system's.
    async fn call(judging: u64, telling: u64) -> (u32, Vec<Next>, Duration) {
        let (calls, seen, started) = (Cell::new(0), RefCell::<Vec<Next>>::default(), Instant::now());
        let moved = |by| futures_util::FutureExt::now_or_never(tokio::time::advance(ms(by))).unwrap_or_default();
        let policy = Policy::new().max(9).initial(ms(100)).factor(1.0).jitter(persevere::Jitter::None);
        let outcome = policy
            .deadline(ms(350))
            .retry(|| async {
                calls.set(calls.get() + 1);
                Err::<(), _>(Failed::Busy)
            })
            .on(|_| {
                moved(judging);
                true
            })
            .notify(|event| {
                moved(telling);
                seen.borrow_mut().push(event.next());
            })
            .call()
            .await;
        assert_eq!(outcome, Err(Failed::Busy));
        (calls.get(), seen.into_inner(), started.elapsed())
    }
    let retry = |seen: &[Next]| seen.iter().filter(|next| matches!(next, Next::Retry { .. })).count();
    let (calls, seen, _) = call(0, 0).await;
    assert_eq!((calls, retry(&seen)), (4, 3));
    assert_eq!(seen.last(), Some(&Next::GiveUp(Reason::Deadline)));
    let (calls, seen, _) = call(100, 0).await;
    assert_eq!((calls, retry(&seen)), (2, 1));
    // The first hook leaves no time for the wait that it was told of: it is told that, too.
    let (calls, seen, taken) = call(0, 300).await;
    assert_eq!((calls, retry(&seen), taken), (1, 1, ms(600)));
    assert_eq!(seen.last(), Some(&Next::GiveUp(Reason::Deadline)));
}

#[test]
fn a_deadline_ends_sync_calls() {
    #[retry(max = 1000, initial = "1s", factor = 1, jitter = none, deadline = "10s", on = |_| true, notify = tell)]
    fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
        calls.set(calls.get() + 1);
        Err(Failed::Busy)
    }
    fn tell(event: &Event<'_, Failed>) {
        // What really passes meanwhile takes the last wait's place.
        assert_eq!(event.next() == Next::GiveUp(Reason::Deadline), event.attempt() == 10);
    }
    let waits = persevere::testing::thread().record_waits();
    let calls = Cell::new(0);
    assert_eq!(fail(&calls), Err(Failed::Busy));
    assert_eq!((calls.get(), waits.recorded()), (10, vec![ms(1000); 9]));
}

#[test]
fn a_sync_call_counts_what_its_attempts_take() {
    #[retry(max = 9, initial = "0s", deadline = "3ms", on = |_| true)]
    fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
        calls.set(calls.get() + 1);
        std::thread::sleep(ms(2));
        Err(Failed::Busy)
    }
    let calls = Cell::new(0);
    assert_eq!(fail(&calls), Err(Failed::Busy));
    assert!(calls.get() <= 2, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn common_error_types_are_made_from_a_timeout() {
    async fn hang() {
        std::future::pending::<()>().await;
    }
    #[retry(max = 1, timeout = "1s")]
    async fn io() -> io::Result<()> {
        hang().await;
        Ok(())
    }
    #[retry(max = 1, timeout = "1s", on = |_| true)]
    async fn any() -> anyhow::Result<()> {
        hang().await;
        Ok(())
    }
    #[retry(max = 1, timeout = "1s", on = |_| true)]
    async fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
        hang().await;
        Ok(())
    }
    let elapsed = Elapsed::new(ms(1000));
    let error = io().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(error.get_ref().unwrap().downcast_ref(), Some(&elapsed));
    assert_eq!(any().await.unwrap_err().downcast_ref(), Some(&elapsed));
    assert_eq!(boxed().await.unwrap_err().downcast_ref(), Some(&elapsed));
    assert_eq!(elapsed.to_string(), "the attempt did not end within 1s");
}

#[cfg(feature = "openai")]
#[tokio::test(start_paused = true)]
async fn a_timeout_is_an_openai_timeout_and_retried() {
    use persevere::openai::{ApiError, retryable};

    #[retry(timeout = "1s", initial = "0s", on = retryable)]
    async fn ask(calls: &Cell<u32>) -> Result<(), ApiError> {
        calls.set(calls.get() + 1);
        std::future::pending().await
    }
    let calls = Cell::new(0);
    let error = ask(&calls).await.unwrap_err();
    assert!(matches!(&error, ApiError::Timeout(cause) if cause.is::<Elapsed>()), "{error:?}");
    assert_eq!(calls.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_runs_on_the_timer_of_sleep() {
    #[retry(
        max = 2,
        initial = "7s",
        jitter = none,
        timeout = "3s",
        sleep = |wait| { asked.borrow_mut().push(wait); sleep(wait / 10) },
        on = |_| true
    )]
    async fn hang(asked: &RefCell<Vec<Duration>>) -> Result<(), Failed> {
        std::future::pending().await
    }
    let (asked, started) = (RefCell::default(), Instant::now());
    assert_eq!(hang(&asked).await, Err(Failed::Late(ms(3000))));
    assert_eq!(asked.into_inner(), [ms(3000), ms(7000), ms(3000)]);
    assert_eq!(started.elapsed(), ms(1300));
}

#[tokio::test(start_paused = true)]
async fn every_shape_of_async_function_has_timeouts() {
    struct Service;
    #[async_trait::async_trait]
    trait Ask {
        async fn ask(&self, prompt: &str) -> io::Result<()>;
    }
    #[async_trait::async_trait]
    impl Ask for Service {
        #[retry(max = 1, timeout = "1s", deadline = "5s")]
        async fn ask(&self, prompt: &str) -> io::Result<()> {
            sleep(ms(prompt.len() as u64 * 1000)).await;
            Ok(())
        }
    }
    #[retry(max = 1, timeout = "1s", deadline = "5s")]
    fn boxed(prompt: &str) -> std::pin::Pin<Box<dyn Future<Output = io::Result<()>> + Send + '_>> {
        Box::pin(async move {
            sleep(ms(prompt.len() as u64 * 1000)).await;
            Ok(())
        })
    }
    #[retry(max = 1, timeout = "1s", deadline = "5s")]
    fn handed_on(prompt: &str) -> impl Future<Output = io::Result<()>> {
        boxed(prompt)
    }
    async fn exclusive(list: &mut Vec<u32>) -> io::Result<()> {
        #[retry(initial = "0s", timeout = "1s", notify = |event| assert_eq!(event.attempt() as usize, list.len()))]
        async fn push(list: &mut Vec<u32>) -> io::Result<()> {
            list.push(1);
            std::future::pending().await
        }
        push(list).await
    }
    fn send<T: Send>(value: T) -> T {
        value
    }
    assert!(send(Service.ask("")).await.is_ok());
    assert!(Service.ask("hello").await.is_err());
    assert!(send(boxed("")).await.is_ok());
    assert!(boxed("hello").await.is_err());
    assert!(handed_on("").await.is_ok());
    assert!(handed_on("hello").await.is_err());
    let mut list = Vec::new();
    assert!(send(exclusive(&mut list)).await.is_err());
    assert_eq!(list, [1, 1, 1]);
}

/// tokio's timers say nothing to a task that has used up its turn, which such an attempt does over and over.
#[tokio::test]
async fn an_attempt_that_never_lets_others_run_is_cut_off() {
    #[retry(max = 1, timeout = "20ms", on = |_| true)]
    async fn spin() -> Result<u32, Failed> {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let end = std::time::Instant::now() + ms(5000);
        while std::time::Instant::now() < end {
            sender.send(1).map_err(|_| Failed::Busy)?;
            receiver.recv().await;
        }
        Ok(1)
    }
    assert_eq!(spin().await, Err(Failed::Late(ms(20))));
}
