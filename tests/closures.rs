//! `Policy::retry` and `Policy::retry_blocking`: without the attribute, and otherwise the same.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use persevere::{Decision, Jitter, Next, Policy, Reason};

const PLAIN: Policy = Policy::new().max(4).initial(Duration::from_secs(1)).jitter(Jitter::None);

#[derive(Debug, PartialEq)]
struct Busy(u32);

/// `Err` for the first calls, then the number of the call.
fn after(failures: u32, calls: &Cell<u32>) -> Result<u32, Busy> {
    calls.set(calls.get() + 1);
    if calls.get() <= failures { Err(Busy(calls.get())) } else { Ok(calls.get()) }
}

#[test]
fn a_blocking_call_waits_and_tells_as_the_attribute_does() {
    let (calls, waits, told) = (Cell::new(0), RefCell::<Vec<_>>::default(), RefCell::<Vec<_>>::default());
    let outcome = PLAIN
        .retry_blocking(|| after(9, &calls))
        .on(|error| error.0 < 9)
        .notify(|event| told.borrow_mut().push((event.attempt(), event.max(), event.error().unwrap().0, event.next())))
        .sleep(|wait| waits.borrow_mut().push(wait))
        .call();
    assert_eq!(outcome, Err(Busy(4)));
    assert_eq!(waits.into_inner(), [1, 2, 4].map(Duration::from_secs));
    let told = told.into_inner();
    assert_eq!(told.len(), 4);
    assert_eq!(told[3], (4, 4, 4, Next::GiveUp(Reason::Attempts)));
}

#[test]
fn an_error_type_that_decides_needs_no_on() {
    let calls = Cell::new(0);
    let reset = || {
        calls.set(calls.get() + 1);
        Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionReset))
    };
    assert!(PLAIN.initial(Duration::ZERO).retry_blocking(reset).call().is_err());
    assert_eq!(calls.get(), 4);
    let missing = || std::fs::read("/no/such/file");
    assert!(PLAIN.retry_blocking(missing).call().is_err());
}

#[test]
fn closures_may_change_what_they_capture() {
    let mut log = Vec::new();
    let outcome = PLAIN
        .initial(Duration::ZERO)
        .retry_blocking(|| {
            log.push(log.len());
            if log.len() < 3 { Err(Busy(0)) } else { Ok(()) }
        })
        .on(|_| Decision::Retry)
        .call();
    assert_eq!((outcome, log), (Ok(()), vec![0, 1, 2]));
}

#[test]
fn what_failed_is_gone_while_the_call_waits() {
    let held = Rc::new(());
    let fail = || Err::<(), _>(Rc::clone(&held));
    let mut waits = 0;
    let mut seen = |_| {
        waits += 1;
        assert_eq!(Rc::strong_count(&held), 1);
    };
    let seen = RefCell::new(&mut seen);
    assert!(PLAIN.retry_blocking(fail).on(|_| true).sleep(|wait| seen.borrow_mut()(wait)).call().is_err());
    let sleep = |wait| {
        seen.borrow_mut()(wait);
        std::future::ready(())
    };
    assert!(PLAIN.retry(async || fail()).on(|_| true).sleep(sleep).call().now_or_never().unwrap().is_err());
    assert_eq!(waits, 6);
}

#[test]
fn a_value_is_tried_again_until_it_is_good() {
    let calls = Cell::new(0);
    let outcome =
        PLAIN.initial(Duration::ZERO).retry_blocking(|| after(0, &calls)).on(|_| true).until(|n| *n == 3).call();
    assert_eq!(outcome, Ok(3));
}

#[test]
fn an_async_call_runs_anywhere() {
    let calls = Cell::new(0);
    let call = PLAIN.retry(|| async { after(2, &calls) }).on(|_| true).sleep(|_| std::future::ready(())).call();
    assert_eq!(call.now_or_never(), Some(Ok(3)));
}

#[cfg(feature = "tokio")]
mod tokio_runtime {
    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_async_call_waits_on_tokio() {
        let (calls, started) = (Cell::new(0), Instant::now());
        let outcome = PLAIN.retry(async || after(9, &calls)).on(|_| true).call().await;
        assert_eq!((outcome, started.elapsed()), (Err(Busy(4)), Duration::from_secs(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn deadlines_and_timeouts_hold() {
        let (calls, started) = (Cell::new(0), Instant::now());
        let error = PLAIN
            .deadline(Duration::from_secs(10))
            .retry(|| async {
                calls.set(calls.get() + 1);
                sleep(Duration::from_secs(60)).await;
                io::Result::Ok(())
            })
            .timeout(Duration::from_secs(3))
            .call()
            .await
            .unwrap_err();
        // 3 + 1 + 3 + 2 + 1, and then there is no time left to wait.
        assert_eq!((error.kind(), calls.get()), (io::ErrorKind::TimedOut, 3));
        assert_eq!(started.elapsed(), Duration::from_secs(10));
    }

    #[test]
    fn a_future_is_send_whatever_the_error() {
        fn send<F: Future + Send>(_: F) {}
        send(PLAIN.retry(|| async { Err::<(), _>(Rc::new(1)) }).on(|_| true).call());
        send(PLAIN.retry(async || Err::<(), _>(Rc::new(1))).on(|_| true).call());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_can_be_spawned() {
        async fn fetch(page: &str) -> Result<String, io::Error> {
            sleep(Duration::from_secs(1)).await;
            Ok(page.to_uppercase())
        }
        let page = "a".to_owned();
        let task = tokio::spawn(async move {
            PLAIN
                .retry(|| fetch(&page))
                .on(|error| error.kind() == io::ErrorKind::TimedOut)
                .notify(|event| println!("{event}"))
                .timeout(Duration::from_secs(2))
                .call()
                .await
        });
        assert_eq!(task.await.unwrap().unwrap(), "A");
    }
}
