//! A call is dropped at each point where it waits, and a panic comes from each place of the user's code, for every set of
//! keys: nothing is called afterwards, nothing stays behind, and the next call is whole.
#![allow(unused_variables, reason = "some keys name what the one body for all of them does not use")]

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use persevere::{Decision, Elapsed, Policy, Upstream, retry};

#[derive(Debug, PartialEq)]
struct Failed;

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

/// What was called of the user's code, in order.
#[derive(Default)]
struct Log {
    called: RefCell<Vec<&'static str>>,
    /// The number of the call that panics; the first is 1.
    panics: Cell<usize>,
    /// What each attempt and each timer holds as long as it lives.
    held: Rc<()>,
    attempts: Cell<u32>,
}

impl Log {
    fn call(&self, name: &'static str) {
        self.called.borrow_mut().push(name);
        let number = self.called.borrow().len();
        assert!(number != self.panics.get(), "on purpose");
    }

    fn judge(&self) -> Decision {
        self.call("on");
        // Refused for rate, so that an upstream gets a pace.
        Decision::Throttled(None)
    }

    fn accept(&self) -> bool {
        self.call("until");
        true
    }

    /// Waits for two turns of whoever polls.
    async fn sleep(&self) {
        let _held = Rc::clone(&self.held);
        self.call("sleep");
        turn().await;
        turn().await;
        self.call("woken");
    }

    /// Three attempts fail, each after waiting twice.
    async fn attempt(&self) -> Result<u32, Failed> {
        let _held = Rc::clone(&self.held);
        self.call("begun");
        turn().await;
        self.call("going on");
        turn().await;
        self.outcome()
    }

    fn blocking(&self) -> Result<u32, Failed> {
        let _held = Rc::clone(&self.held);
        self.call("begun");
        self.outcome()
    }

    fn outcome(&self) -> Result<u32, Failed> {
        self.attempts.set(self.attempts.get() + 1);
        if self.attempts.get() < 4 { Err(Failed) } else { Ok(self.attempts.get()) }
    }
}

async fn turn() {
    let mut waited = false;
    poll_fn(|_| if std::mem::replace(&mut waited, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// Polls a call so many times at the most. Returns how often it was polled, and its outcome if it has one.
fn polled<T>(call: impl Future<Output = T>, most: usize) -> (usize, Option<T>) {
    let mut call = pin!(call);
    for number in 0..most {
        if let Poll::Ready(outcome) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return (number + 1, Some(outcome));
        }
    }
    (most, None)
}

/// Plays calls of one set of keys: to the end, dropped after each number of polls, and with a panic from each place.
fn play(name: &str, upstream: &Upstream, call: impl AsyncFn(&Log) -> Result<u32, Failed>) {
    let whole = || {
        let log = Log::default();
        let (polls, outcome) = polled(call(&log), usize::MAX);
        assert_eq!(outcome, Some(Ok(4)), "{name}");
        assert_eq!(Rc::strong_count(&log.held), 1, "{name}");
        (polls, log.called.into_inner())
    };
    let (polls, called) = whole();
    assert!(polls > 10 && called.len() > 10, "{name}: {called:?}");
    for polls in 0..polls {
        let log = Log::default();
        let (_, outcome) = polled(call(&log), polls);
        assert_eq!((outcome, Rc::strong_count(&log.held)), (None, 1), "{name}: dropped after {polls} polls");
        assert_eq!(upstream.status().waiting(), 0, "{name}: dropped after {polls} polls");
        let seen = log.called.into_inner();
        // Under an upstream that the calls before have slowed down there are more waits.
        assert!(upstream.status().pace().is_some() || called.starts_with(&seen), "{name}: {seen:?}");
    }
    for place in 1..=called.len() {
        let log = Log { panics: Cell::new(place), ..Log::default() };
        let panicked = catch_unwind(AssertUnwindSafe(|| polled(call(&log), usize::MAX))).is_err();
        assert!(panicked, "{name}: the panic of call {place} propagates");
        assert_eq!((log.called.borrow().len(), Rc::strong_count(&log.held)), (place, 1), "{name}: nothing follows it");
        assert_eq!(upstream.status().waiting(), 0, "{name}");
    }
    whole();
}

/// The sync twin of [`play`].
fn play_blocking(name: &str, call: impl Fn(&Log) -> Result<u32, Failed>) {
    let whole = || {
        let log = Log::default();
        assert_eq!(call(&log), Ok(4), "{name}");
        assert_eq!(Rc::strong_count(&log.held), 1, "{name}");
        log.called.into_inner()
    };
    for place in 1..=whole().len() {
        let log = Log { panics: Cell::new(place), ..Log::default() };
        assert!(catch_unwind(AssertUnwindSafe(|| call(&log))).is_err(), "{name}: the panic of call {place} propagates");
        assert_eq!((log.called.borrow().len(), Rc::strong_count(&log.held)), (place, 1), "{name}: nothing follows it");
    }
    whole();
}

/// An async and a sync function for each set of keys.
macro_rules! sets {
    ($log:ident; $($name:ident: [$($keys:tt)*];)+) => {
        $(
            mod $name {
                use super::*;

                static SHARED: Upstream = Upstream::new();

                #[test]
                fn asynchronous() {
                    #[retry(max = 9, initial = "1s", on = |_| $log.judge(), sleep = |_| $log.sleep(), $($keys)*)]
                    async fn call($log: &Log) -> Result<u32, Failed> {
                        $log.attempt().await
                    }
                    #[retry(max = 9, initial = "1s", on = |_| $log.judge(), sleep = |_| $log.sleep(), $($keys)*)]
                    async fn ending_early($log: &Log) -> Result<u32, Failed> {
                        let number = $log.attempt().await?;
                        Ok(number)
                    }
                    #[retry(max = 9, initial = "1s", on = |_| $log.judge(), sleep = |_| $log.sleep(), $($keys)*)]
                    fn boxed<'a>($log: &'a Log) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, Failed>> + 'a>> {
                        Box::pin($log.attempt())
                    }
                    play(stringify!($name), &SHARED, call);
                    play(stringify!($name), &SHARED, ending_early);
                    play(stringify!($name), &SHARED, async |$log| boxed($log).await);
                }
            }
        )+
    };
}

macro_rules! blocking_sets {
    ($log:ident; $($name:ident: [$($keys:tt)*];)+) => {
        $(
            mod $name {
                use super::*;

                static SHARED: Upstream = Upstream::new();

                #[test]
                fn blocking() {
                    #[retry(max = 9, initial = "1s", on = |_| $log.judge(), sleep = |_| $log.call("sleep"), $($keys)*)]
                    fn call($log: &Log) -> Result<u32, Failed> {
                        $log.blocking()
                    }
                    assert!(SHARED.status().pace().is_none());
                    play_blocking(stringify!($name), call);
                }
            }
        )+
    };
}

sets! {
    log;
    alone: [];
    until: [until = |_| log.accept()];
    notify: [notify = |_| log.call("notify")];
    attempt: [attempt = now];
    previous: [previous = before];
    deadline: [deadline = "1h"];
    deadline_and_notify: [deadline = "1h", notify = |_| log.call("notify"), until = |_| log.accept()];
    timeout: [timeout = "1h"];
    timeout_and_deadline: [timeout = "1h", deadline = "2h", notify = |_| log.call("notify")];
    upstream: [upstream = SHARED];
    upstream_and_notify: [upstream = SHARED, notify = |_| log.call("notify"), until = |_| log.accept()];
    upstream_and_all: [
        upstream = SHARED, cost = 3, deadline = "9h", timeout = "1h", attempt = now, previous = before,
        policy = Policy::new().notify_success(true), notify = |_| log.call("notify"), until = |_| log.accept()
    ];
}

blocking_sets! {
    log;
    blocking_alone: [];
    blocking_until: [until = |_| log.accept()];
    blocking_notify: [notify = |_| log.call("notify")];
    blocking_previous: [previous = before, attempt = now];
    blocking_deadline: [deadline = "1h", notify = |_| log.call("notify")];
    blocking_upstream: [upstream = SHARED, notify = |_| log.call("notify"), until = |_| log.accept()];
}

#[test]
fn closures() {
    static SHARED: Upstream = Upstream::new();
    play("a closure", &SHARED, async |log: &Log| {
        let call = Policy::new().max(9).retry(|| log.attempt()).on(|_| log.judge()).sleep(|_| log.sleep());
        call.notify(|_| log.call("notify")).until(|_| log.accept()).call().await
    });
    play("a closure under an upstream", &SHARED, async |log: &Log| {
        let call = Policy::new().max(9).retry(|| log.attempt()).on(|_| log.judge()).sleep(|_| log.sleep());
        call.notify(|_| log.call("notify")).upstream(&SHARED).call().await
    });
    play_blocking("a blocking closure", |log| {
        let call = Policy::new().max(9).retry_blocking(|| log.blocking()).on(|_| log.judge());
        call.sleep(|_| log.call("sleep")).notify(|_| log.call("notify")).call()
    });
}
