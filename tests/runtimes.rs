//! Runtimes other than tokio's, and tokio's own kinds.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use persevere::{Policy, retry};

/// Short enough to be waited for.
const SHORT: Duration = Duration::from_millis(2);

/// Enough that a loaded machine does not matter.
const LONG: Duration = Duration::from_secs(60);

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// An executor of ten lines.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn fails_twice(calls: &Cell<u32>) -> io::Result<u32> {
    calls.set(calls.get() + 1);
    if calls.get() < 3 { Err(io::ErrorKind::TimedOut.into()) } else { Ok(calls.get()) }
}

/// Times out twice, then succeeds.
async fn hangs_twice(calls: &Cell<u32>) -> io::Result<u32> {
    match fails_twice(calls) {
        Ok(value) => Ok(value),
        Err(_) => std::future::pending().await,
    }
}

#[test]
fn waits_timeouts_and_deadlines_on_smol() {
    #[retry(initial = SHORT, jitter = none, deadline = LONG, sleep = async_io::Timer::after)]
    async fn recover(calls: &Cell<u32>) -> io::Result<u32> {
        fails_twice(calls)
    }
    #[retry(initial = SHORT, timeout = SHORT, deadline = LONG, sleep = async_io::Timer::after)]
    async fn hang(calls: &Cell<u32>) -> io::Result<u32> {
        hangs_twice(calls).await
    }
    let started = Instant::now();
    assert_eq!(async_io::block_on(recover(&Cell::new(0))).unwrap(), 3);
    assert!(started.elapsed() >= SHORT * 3, "{:?}", started.elapsed());
    assert_eq!(async_io::block_on(hang(&Cell::new(0))).unwrap(), 3);
    // The timer brings a reactor of its own.
    assert_eq!(block_on(recover(&Cell::new(0))).unwrap(), 3);
    let calls = Cell::new(0);
    let call = Policy::new().initial(SHORT).retry(|| hangs_twice(&calls)).sleep(async_io::Timer::after).timeout(SHORT);
    assert_eq!(async_io::block_on(call.call()).unwrap(), 3);
}

/// A timer without a runtime: a thread that sleeps.
async fn nap(wait: Duration) {
    let (started, done) = (Cell::new(false), Arc::new(AtomicBool::new(false)));
    std::future::poll_fn(|context| {
        if !started.replace(true) {
            let (done, waker) = (Arc::clone(&done), context.waker().clone());
            thread::spawn(move || {
                thread::sleep(wait);
                done.store(true, Ordering::Release);
                waker.wake();
            });
        }
        if done.load(Ordering::Acquire) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[test]
fn waits_and_timeouts_on_a_plain_thread() {
    #[retry(initial = SHORT, jitter = none, deadline = LONG, sleep = nap)]
    async fn recover(calls: &Cell<u32>) -> io::Result<u32> {
        fails_twice(calls)
    }
    #[retry(initial = SHORT, timeout = SHORT, sleep = nap)]
    async fn hang(calls: &Cell<u32>) -> io::Result<u32> {
        hangs_twice(calls).await
    }
    let started = Instant::now();
    assert_eq!(block_on(recover(&Cell::new(0))).unwrap(), 3);
    assert!(started.elapsed() >= SHORT * 3, "{:?}", started.elapsed());
    assert_eq!(block_on(hang(&Cell::new(0))).unwrap(), 3);
}

#[test]
fn a_sleep_that_is_ready_at_once_measures_no_time() {
    fn later(calls: &Cell<u32>) -> impl Future<Output = io::Result<u32>> + '_ {
        let mut polls = 0;
        std::future::poll_fn(move |context| {
            polls += 1;
            if polls < 4 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(fails_twice(calls))
        })
    }
    #[retry(timeout = "30s", deadline = "60s", sleep = |_| std::future::ready(()))]
    async fn load(calls: &Cell<u32>) -> io::Result<u32> {
        later(calls).await
    }
    #[retry(timeout = "30s", on = |_| true, sleep = |_| async { ControlFlow::Break(()) })]
    async fn ends(calls: &Cell<u32>) -> io::Result<u32> {
        later(calls).await
    }
    assert_eq!(block_on(load(&Cell::new(0))).unwrap(), 3);
    let call = Cell::new(0);
    let call = Policy::new().retry(|| later(&call)).sleep(|_| std::future::ready(())).timeout(LONG);
    assert_eq!(block_on(call.call()).unwrap(), 3);
    // It says that the call ends, and does not only pass.
    let calls = Cell::new(0);
    assert!(block_on(ends(&calls)).is_err());
    assert_eq!(calls.get(), 0);
}

#[cfg(feature = "tokio")]
mod tokio_runtime {
    use persevere::Upstream;
    use tokio::runtime::Builder;

    use super::*;

    #[retry(initial = SHORT, jitter = none, timeout = SHORT, deadline = LONG, attempt = attempt)]
    async fn hang() -> io::Result<u32> {
        if attempt.is_last() { Ok(attempt.number()) } else { std::future::pending().await }
    }

    #[test]
    fn one_thread_many_threads_and_a_clock_that_stands_still() {
        let one = Builder::new_current_thread().enable_time().build().unwrap();
        assert_eq!(one.block_on(hang()).unwrap(), 3);
        let many = Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
        let tasks: Vec<_> = (0..16).map(|_| many.spawn(hang())).collect();
        for task in tasks {
            assert_eq!(many.block_on(task).unwrap().unwrap(), 3);
        }
        let paused = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        paused.block_on(async {
            let started = tokio::time::Instant::now();
            assert_eq!(hang().await.unwrap(), 3);
            assert_eq!(started.elapsed(), SHORT + SHORT + SHORT + SHORT * 2);
        });
    }

    #[test]
    fn a_call_that_blocks_looks_at_a_clock_that_goes_on() {
        fn fails(calls: &Cell<u32>) -> io::Result<u32> {
            calls.set(calls.get() + 1);
            Err(io::ErrorKind::TimedOut.into())
        }
        #[retry(max = 20, initial = SHORT, cap = SHORT, jitter = none, deadline = SHORT * 2)]
        fn alone(calls: &Cell<u32>) -> io::Result<u32> {
            fails(calls)
        }
        static UPSTREAM: Upstream = Upstream::new();
        #[retry(max = 20, initial = SHORT, cap = SHORT, jitter = none, deadline = SHORT * 2, upstream = UPSTREAM)]
        fn under_an_upstream(calls: &Cell<u32>) -> io::Result<u32> {
            fails(calls)
        }
        let paused = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        for call in [alone, under_an_upstream] {
            let calls = Cell::new(0);
            paused.block_on(async { call(&calls).unwrap_err() });
            assert!((1..=3).contains(&calls.get()), "{}", calls.get());
        }
    }

    #[cfg(feature = "testing")]
    #[test]
    fn a_call_that_blocks_is_paced_by_the_clock_that_it_waits_by() {
        static UPSTREAM: Upstream = Upstream::new();
        #[retry(max = 1, on = |_| persevere::Decision::Throttled(Some(LONG)), upstream = UPSTREAM)]
        fn refused() -> io::Result<u32> {
            Err(io::ErrorKind::TimedOut.into())
        }
        #[retry(upstream = UPSTREAM)]
        fn load() -> io::Result<u32> {
            Ok(1)
        }
        for _ in 0..8 {
            let _not_waited = persevere::testing::thread().record_waits();
            refused().unwrap_err();
        }
        let paused = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        paused.block_on(async {
            tokio::time::advance(LONG * 2).await;
            let waits = persevere::testing::thread().record_waits();
            load().unwrap();
            let waited: Duration = waits.recorded().iter().sum();
            assert!(waited > LONG * 9 / 10, "{waited:?}");
        });
    }

    /// What a panic says.
    fn said(call: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let payload = std::panic::catch_unwind(call).expect_err("there is no timer");
        *payload.downcast::<String>().expect("it is a text")
    }

    #[test]
    fn without_a_timer_the_panic_names_the_function_and_what_to_write() {
        #[retry(initial = SHORT)]
        async fn plain() -> io::Result<u32> {
            fails_twice(&Cell::new(0))
        }
        #[retry(initial = "1ms")]
        async fn literal() -> io::Result<u32> {
            fails_twice(&Cell::new(0))
        }
        #[retry(timeout = "1ms", name = "the one with a timeout")]
        async fn limited() -> io::Result<u32> {
            std::future::pending().await
        }
        let closure = || Policy::new().initial(SHORT).retry(async || fails_twice(&Cell::new(0))).name("closure").call();
        let untimed = || Builder::new_current_thread().build().unwrap();

        for (name, said) in [
            ("`runtimes::tokio_runtime::plain`", said(|| drop(block_on(plain())))),
            ("`runtimes::tokio_runtime::literal`", said(|| drop(block_on(literal())))),
            ("`runtimes::tokio_runtime::literal`", said(|| drop(untimed().block_on(literal())))),
            ("`the one with a timeout`", said(|| drop(block_on(limited())))),
            ("`closure`", said(|| drop(block_on(closure())))),
            ("`closure`", said(|| drop(untimed().block_on(closure())))),
        ] {
            assert!(said.starts_with(name) && said.contains("`sleep = ") && said.contains("enable_time"), "{said}");
        }
    }
}
