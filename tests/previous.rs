//! `previous`, `name`, and a `sleep` that ends the call.
#![cfg(feature = "tokio")]

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use persevere::{Event, Next, Policy, Reason, Upstream, retry};

#[derive(Clone, Debug, PartialEq)]
struct Failed(u32);

type Seen = RefCell<Vec<Option<Result<u32, Failed>>>>;

fn answer(seen: &Seen, before: Option<&Result<u32, Failed>>) -> Result<u32, Failed> {
    seen.borrow_mut().push(before.cloned());
    match seen.borrow().len() {
        1 => Err(Failed(1)),
        2 => Ok(0),
        _ => Ok(3),
    }
}

const ANSWERS: [Option<Result<u32, Failed>>; 3] = [None, Some(Err(Failed(1))), Some(Ok(0))];

#[tokio::test(start_paused = true)]
async fn the_body_sees_what_the_attempt_before_returned() {
    #[retry(previous = before, initial = "0s", until = |n| *n > 0, on = |_| true)]
    fn blocks(seen: &Seen) -> Result<u32, Failed> {
        answer(seen, before)
    }
    #[retry(previous = before, initial = "0s", until = |n| *n > 0, on = |_| true)]
    fn returns(seen: &Seen) -> Result<u32, Failed> {
        let now = answer(seen, before)?;
        Ok(now)
    }
    #[retry(previous = before, until = |n| *n > 0, on = |_| true)]
    async fn waits(seen: &Seen) -> Result<u32, Failed> {
        answer(seen, before)
    }
    #[retry(previous = before, until = |n| *n > 0, on = |_| true, timeout = "1s", deadline = "1m")]
    async fn limited(seen: &Seen) -> Result<u32, Late> {
        tokio::task::yield_now().await;
        let before = before.map(|before| before.as_ref().map_err(|late| late.0.clone()).copied());
        answer(seen, before.as_ref()).map_err(Late)
    }
    struct Late(Failed);
    impl From<persevere::Elapsed> for Late {
        fn from(_: persevere::Elapsed) -> Self {
            Self(Failed(0))
        }
    }
    static CALM: Upstream = Upstream::new();
    #[retry(previous = before, until = |n| *n > 0, on = |_| true, upstream = CALM)]
    async fn paced(seen: &Seen) -> Result<u32, Failed> {
        answer(seen, before)
    }
    #[retry(previous = before, until = |n| *n > 0, on = |_| true)]
    fn block(seen: &Seen) -> impl Future<Output = Result<u32, Failed>> {
        async move { answer(seen, before) }
    }
    #[retry(previous = before, until = |n| *n > 0, on = |_| true)]
    fn called(seen: &Seen) -> impl Future<Output = Result<u32, Failed>> {
        std::future::ready(answer(seen, before))
    }
    #[retry(previous = before, initial = "0s", until = |n: &u32| *n > 0, on = |_| true)]
    fn unnamed(seen: &Seen) -> Result<impl Into<u32> + PartialOrd<u32> + Copy + use<>, Failed> {
        let before: Option<Result<u32, Failed>> = before.cloned();
        answer(seen, before.as_ref())
    }
    let seen = Seen::default();
    let all = |seen: &Seen| assert_eq!(seen.take(), ANSWERS);
    assert_eq!(blocks(&seen), Ok(3));
    all(&seen);
    assert_eq!(returns(&seen), Ok(3));
    all(&seen);
    assert_eq!(waits(&seen).await, Ok(3));
    all(&seen);
    assert!(limited(&seen).await.is_ok());
    all(&seen);
    assert_eq!(paced(&seen).await, Ok(3));
    all(&seen);
    assert_eq!(block(&seen).await, Ok(3));
    all(&seen);
    assert_eq!(called(&seen).await, Ok(3));
    all(&seen);
    assert!(unnamed(&seen).is_ok());
    all(&seen);
}

#[test]
fn what_the_attempt_before_returned_is_gone_when_the_next_has_returned() {
    #[retry(max = 4, previous = before, initial = "0s", on = |_| { assert_eq!(Rc::strong_count(live), 2); true })]
    fn fail(live: &Rc<()>, calls: &Cell<usize>) -> Result<(), Rc<()>> {
        assert_eq!(Rc::strong_count(live), 1 + usize::from(before.is_some()));
        calls.set(calls.get() + 1);
        Err(Rc::clone(live))
    }
    let live = Rc::new(());
    let calls = Cell::new(0);
    drop(fail(&live, &calls));
    assert_eq!((calls.get(), Rc::strong_count(&live)), (4, 1));
}

#[test]
fn the_future_is_send_where_the_outcome_is() {
    fn send<T: Send>(_: T) {}
    /// Not `Sync`.
    type Cells = Cell<u32>;
    #[retry(previous = before, on = |_| true)]
    async fn in_place() -> Result<Cells, Cells> {
        let seen = before.map(|before| before.as_ref().map_or_else(Cell::get, Cell::get));
        tokio::task::yield_now().await;
        Ok(Cell::new(seen.unwrap_or(0)))
    }
    #[retry(previous = before, on = |_| true)]
    async fn in_a_block() -> Result<Cells, Cells> {
        let Some(seen) = before.map(|before| before.as_ref().map_or_else(Cell::get, Cell::get)) else {
            return Err(Cell::new(1));
        };
        tokio::task::yield_now().await;
        Ok(Cell::new(seen))
    }
    #[retry(previous = before, on = |_| true, sleep = |wait| async move { tokio::time::sleep(wait).await; ControlFlow::Break(()) })]
    async fn stops() -> Result<Cells, Cells> {
        assert!(before.is_none_or(Result::is_err));
        tokio::task::yield_now().await;
        Err(Cell::new(1))
    }
    #[retry(on = |_| true, sleep = |_| std::future::ready(ControlFlow::Break(())))]
    async fn stops_only() -> Result<Cells, Cells> {
        Err(Cell::new(1))
    }
    send(in_place());
    send(in_a_block());
    send(stops());
    send(stops_only());
}

/// What was told of a call.
type Told = RefCell<Vec<(String, u32, Next)>>;

fn tell(told: &Told, event: &Event<'_, Failed>) {
    told.borrow_mut().push((event.function().to_owned(), event.attempt(), event.next()));
}

#[test]
fn a_function_is_called_by_its_name() {
    #[retry(max = 1, on = |_| true, name = "Client::load", notify = |event| tell(told, event))]
    fn plain(told: &Told) -> Result<(), Failed> {
        Err(Failed(1))
    }
    #[retry(max = 1, on = |_| true, name = "Client::load", notify = |event| tell(told, event), deadline = "1s")]
    fn full(told: &Told) -> Result<(), Failed> {
        Err(Failed(1))
    }
    #[retry(max = 1, on = |_| true, name = "Client::load", notify = |event| tell(told, event))]
    async fn waits(told: &Told) -> Result<(), Failed> {
        Err(Failed(1))
    }
    let told = Told::default();
    assert!(plain(&told).is_err() && full(&told).is_err() && waits(&told).now_or_never().unwrap().is_err());
    let gave_up = ("Client::load".to_owned(), 1, Next::GiveUp(Reason::Attempts));
    assert_eq!(told.into_inner(), [gave_up.clone(), gave_up.clone(), gave_up]);
}

#[test]
fn a_sleep_ends_the_call_with_its_last_error() {
    #[retry(max = 9, on = |_| true, notify = |event| tell(told, event), sleep = |_| stop(waits))]
    fn plain(told: &Told, waits: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(waits.get()))
    }
    #[retry(max = 9, on = |_| true, notify = |event| tell(told, event), sleep = |_| stop(waits), deadline = "1h")]
    fn full(told: &Told, waits: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(waits.get()))
    }
    #[retry(max = 9, on = |_| true, until = |_| false, notify = |event| tell(told, event), sleep = |_| stop(waits))]
    fn refused(told: &Told, waits: &Cell<u32>) -> Result<u32, Failed> {
        if told.borrow().is_empty() { Ok(0) } else { Err(Failed(waits.get())) }
    }
    #[retry(max = 9, on = |_| true, notify = |event| tell(told, event), sleep = |_| std::future::ready(stop(waits)))]
    async fn async_plain(told: &Told, waits: &Cell<u32>) -> Result<(), Failed> {
        Err(Failed(waits.get()))
    }
    #[retry(
        max = 9,
        on = |_| true,
        notify = |event| told.borrow_mut().push((String::new(), event.attempt(), event.next())),
        sleep = move |_| std::future::ready(stop(waits)),
        timeout = "1h",
        attempt = attempt,
        previous = before
    )]
    async fn async_all(told: &Told, waits: &Cell<u32>) -> Result<(), Elapses> {
        assert_eq!(before.is_some(), attempt.number() > 1);
        Err(Elapses(waits.get()))
    }
    fn stop(waits: &Cell<u32>) -> ControlFlow<()> {
        waits.set(waits.get() + 1);
        if waits.get() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
    #[derive(Debug)]
    struct Elapses(u32);
    impl From<persevere::Elapsed> for Elapses {
        fn from(_: persevere::Elapsed) -> Self {
            Self(0)
        }
    }
    let run = |call: &dyn Fn(&Told, &Cell<u32>) -> u32| {
        let (told, waits) = (Told::default(), Cell::new(0));
        assert_eq!((call(&told, &waits), waits.get()), (2, 3));
        let told = told.into_inner();
        assert_eq!(told.len(), 4, "three waits, and the end");
        assert_eq!((told[3].1, told[3].2), (3, Next::GiveUp(Reason::Stopped)));
    };
    run(&|told, waits| plain(told, waits).unwrap_err().0);
    run(&|told, waits| full(told, waits).unwrap_err().0);
    run(&|told, waits| refused(told, waits).unwrap_err().0);
    run(&|told, waits| async_plain(told, waits).now_or_never().unwrap().unwrap_err().0);
    run(&|told, waits| async_all(told, waits).now_or_never().unwrap().unwrap_err().0);
    let fail = |waits: &Cell<u32>| Err::<(), _>(Failed(waits.get()));
    run(&|told, waits| {
        let call = Policy::new().max(9).retry_blocking(|| fail(waits)).on(|_| true).notify(|event| tell(told, event));
        call.sleep(|_| stop(waits)).call().unwrap_err().0
    });
    run(&|told, waits| {
        let call = Policy::new().max(9).retry(async || fail(waits)).on(|_| true).notify(|event| tell(told, event));
        call.sleep(|_| std::future::ready(stop(waits))).call().now_or_never().unwrap().unwrap_err().0
    });
}

#[test]
fn a_sleep_ends_the_queueing_under_an_upstream() {
    // A refusal slows the pace of all calls; each of them then queues.
    fn busy() -> Upstream {
        let upstream = Upstream::new();
        let refuse = || Err::<(), _>(Failed(0));
        for _ in 0..8 {
            let refused = Policy::new().max(1).retry_blocking(refuse).upstream(&upstream).sleep(|_| ());
            refused.on(|_| persevere::Decision::Throttled(Some(Duration::from_secs(60)))).call().unwrap_err();
        }
        upstream
    }
    #[retry(max = 9, on = |_| true, upstream = upstream, sleep = |_| { waits.set(waits.get() + 1); ControlFlow::Break(()) })]
    fn load(upstream: &Upstream, waits: &Cell<u32>, calls: &Cell<u32>) -> Result<(), Failed> {
        calls.set(calls.get() + 1);
        Err(Failed(calls.get()))
    }
    let (waits, calls, upstream) = (Cell::new(0), Cell::new(0), busy());
    // The first attempt has no error to return, and is made at once; the wait after it ends the call.
    assert_eq!(load(&upstream, &waits, &calls), Err(Failed(1)));
    assert_eq!((calls.get(), waits.get()), (1, 2));

    let (waits, calls) = (Cell::new(0), Cell::new(0));
    let count = |_| {
        waits.set(waits.get() + 1);
        ControlFlow::Break(())
    };
    let attempt = || {
        calls.set(calls.get() + 1);
        Err::<(), _>(Failed(calls.get()))
    };
    let outcome = Policy::new().max(9).retry_blocking(attempt).on(|_| true).upstream(&upstream).sleep(count).call();
    assert_eq!((outcome, calls.get(), waits.get()), (Err(Failed(1)), 1, 2));
}

#[test]
fn workers_that_wait_are_stopped_at_once() {
    #[retry(max = 100, initial = "1h", jitter = none, on = |_| true, sleep = |wait| nap(wait, stopped))]
    fn work(stopped: &mpsc::Receiver<()>) -> Result<(), Failed> {
        Err(Failed(7))
    }
    fn nap(wait: Duration, stopped: &mpsc::Receiver<()>) -> ControlFlow<()> {
        match stopped.recv_timeout(wait) {
            Err(mpsc::RecvTimeoutError::Timeout) => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        }
    }
    let (stop, stopped) = mpsc::channel();
    let worker = std::thread::spawn(move || work(&stopped));
    drop(stop);
    let began = Instant::now();
    assert_eq!(worker.join().unwrap(), Err(Failed(7)));
    assert!(began.elapsed() < Duration::from_secs(5));
}
