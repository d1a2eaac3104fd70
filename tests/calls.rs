//! Which errors are retried, what the hooks see, and what a call costs besides.

use std::cell::{Cell, RefCell};
use std::future::Ready;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::{Decision, Event, Next, Reason, Retryable, retry};

#[derive(Debug, PartialEq)]
enum Failed {
    Busy(u32),
    Broken,
}

impl Retryable for Failed {
    fn decision(&self) -> Decision {
        Decision::from(matches!(self, Self::Busy(_)))
    }
}

/// Runs a future that never has to wait for anything.
fn run<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// `Err(Busy)` for the first calls, then what `last` makes.
fn after<T>(failures: u32, calls: &Cell<u32>, last: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    calls.set(calls.get() + 1);
    if calls.get() <= failures { Err(Failed::Busy(calls.get())) } else { last() }
}

fn no_wait(_: Duration) -> Ready<()> {
    panic!("it waits")
}

#[test]
fn a_sync_call_is_repeated_until_it_succeeds() {
    #[retry(initial = "0s")]
    fn load(calls: &Cell<u32>) -> Result<&'static str, Failed> {
        after(2, calls, || Ok("loaded"))
    }
    let calls = Cell::new(0);
    assert_eq!(load(&calls), Ok("loaded"));
    assert_eq!(calls.get(), 3);
}

#[test]
fn an_async_call_is_repeated_until_it_succeeds() {
    #[retry(initial = "0s", sleep = no_wait)]
    async fn load(calls: &Cell<u32>) -> Result<&'static str, Failed> {
        after(2, calls, || Ok("loaded"))
    }
    let calls = Cell::new(0);
    assert_eq!(run(load(&calls)), Ok("loaded"));
    assert_eq!(calls.get(), 3);
}

#[test]
fn an_error_that_is_not_retryable_stops_the_call() {
    #[retry(max = 9, initial = "0s")]
    fn load(calls: &Cell<u32>) -> Result<(), Failed> {
        after(2, calls, || Err(Failed::Broken))
    }
    let calls = Cell::new(0);
    assert_eq!(load(&calls), Err(Failed::Broken));
    assert_eq!(calls.get(), 3);
}

#[test]
fn the_question_mark_and_return_end_an_attempt_not_the_call() {
    #[retry(max = 4, initial = "0s")]
    fn question_mark(calls: &Cell<u32>) -> Result<u32, Failed> {
        let value = after(2, calls, || Ok(7))?;
        Ok(value + 1)
    }
    #[retry(max = 4, initial = "0s")]
    fn early_return(calls: &Cell<u32>) -> Result<u32, Failed> {
        let Ok(value) = after(2, calls, || Ok(7)) else {
            return Err(Failed::Busy(0));
        };
        Ok(value + 1)
    }
    for load in [question_mark, early_return] {
        let calls = Cell::new(0);
        assert_eq!(load(&calls), Ok(8));
        assert_eq!(calls.get(), 3);
    }
}

#[test]
fn io_errors_are_retried_by_kind_without_on() {
    #[retry(initial = "0s")]
    fn read(kind: io::ErrorKind, calls: &Cell<u32>) -> io::Result<()> {
        calls.set(calls.get() + 1);
        Err(kind.into())
    }
    for (kind, expected) in [(io::ErrorKind::ConnectionReset, 3), (io::ErrorKind::NotFound, 1)] {
        let calls = Cell::new(0);
        assert_eq!(read(kind, &calls).unwrap_err().kind(), kind);
        assert_eq!(calls.get(), expected);
    }
}

#[test]
fn on_runs_once_per_failed_attempt_and_never_after_success() {
    #[retry(max = 3, initial = "0s", on = |error| { asked.borrow_mut().push(format!("{error:?}")); true })]
    fn load(failures: u32, calls: &Cell<u32>, asked: &RefCell<Vec<String>>) -> Result<u32, Failed> {
        after(failures, calls, || Ok(1))
    }
    for (failures, questions) in [(0, 0), (2, 2), (9, 3)] {
        let asked = RefCell::default();
        assert_eq!(load(failures, &Cell::new(0), &asked).is_ok(), failures < 3);
        assert_eq!(asked.borrow().len(), questions);
    }
}

#[test]
fn on_takes_a_path_a_closure_a_parameter_or_what_a_call_returns() {
    fn busy(error: &Failed) -> bool {
        matches!(error, Failed::Busy(_))
    }
    fn up_to(most: u32) -> impl Fn(&Failed) -> bool {
        move |error| matches!(error, Failed::Busy(number) if *number <= most)
    }
    struct Rules;
    impl Rules {
        fn decide(error: &Failed) -> Decision {
            busy(error).into()
        }

        #[retry(max = 5, initial = "0s", on = Self::decide)]
        fn load(&self, calls: &Cell<u32>) -> Result<(), Failed> {
            after(9, calls, || Ok(()))
        }
    }
    #[retry(max = 5, initial = "0s", on = busy)]
    fn path(calls: &Cell<u32>) -> Result<(), Failed> {
        after(9, calls, || Ok(()))
    }
    #[retry(max = 5, initial = "0s", on = decide)]
    fn parameter(calls: &Cell<u32>, decide: impl Fn(&Failed) -> Decision) -> Result<(), Failed> {
        after(9, calls, || Ok(()))
    }
    #[retry(max = 5, initial = "0s", on = up_to(most))]
    fn returned(calls: &Cell<u32>, most: u32) -> Result<(), Failed> {
        after(9, calls, || Ok(()))
    }
    assert_eq!(Rules.load(&Cell::new(0)), Err(Failed::Busy(5)));
    assert_eq!(path(&Cell::new(0)), Err(Failed::Busy(5)));
    assert_eq!(parameter(&Cell::new(0), |_| Decision::Stop), Err(Failed::Busy(1)));
    assert_eq!(returned(&Cell::new(0), 3), Err(Failed::Busy(4)));
}

type Seen = RefCell<Vec<(u32, u32, String, Next)>>;

fn record(seen: &Seen, event: &Event<'_, Failed>) {
    assert_eq!(event.function(), concat!(module_path!(), "::load"));
    seen.borrow_mut().push((event.attempt(), event.max(), format!("{:?}", event.error().unwrap()), event.next()));
}

#[test]
fn notify_is_told_before_each_wait_and_at_giving_up() {
    #[retry(max = 3, initial = "0s", notify = |event| record(seen, event))]
    fn load(failures: u32, last: Failed, calls: &Cell<u32>, seen: &Seen) -> Result<(), Failed> {
        after(failures, calls, || if matches!(last, Failed::Broken) { Err(Failed::Broken) } else { Ok(()) })
    }
    let told = |failures, last| {
        let seen = Seen::default();
        let _outcome = load(failures, last, &Cell::new(0), &seen);
        seen.into_inner()
            .into_iter()
            .map(|(attempt, max, error, next)| format!("{attempt}/{max} {error} {next}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(0, Failed::Busy(0)), [""; 0], "never for a call that succeeds at first");
    assert_eq!(told(1, Failed::Busy(0)), ["1/3 Busy(1) retrying at once"]);
    assert_eq!(
        told(1, Failed::Broken),
        ["1/3 Busy(1) retrying at once", "2/3 Broken giving up: this error is not retried"]
    );
    assert_eq!(
        told(9, Failed::Broken),
        [
            "1/3 Busy(1) retrying at once",
            "2/3 Busy(2) retrying at once",
            "3/3 Busy(3) giving up: all attempts are used up"
        ]
    );
}

#[test]
fn notify_says_whether_the_server_asked_for_the_wait() {
    #[retry(max = 3, initial = "0s", jitter = none, on = |_| decision, sleep = |_| (), notify = |event| seen.borrow_mut().push(event.next()))]
    fn load(decision: Decision, seen: &RefCell<Vec<Next>>) -> Result<(), Failed> {
        Err(Failed::Broken)
    }
    let told = |decision| {
        let seen = RefCell::default();
        load(decision, &seen).unwrap_err();
        seen.into_inner()
    };
    let second = Duration::from_secs(1);
    for decision in [Decision::RetryAfter(second), Decision::Throttled(Some(second))] {
        assert!(
            told(decision).iter().any(|next| matches!(next, Next::Retry { wait, server: true, .. } if *wait == second))
        );
    }
    assert!(told(Decision::Retry).iter().all(|next| !matches!(next, Next::Retry { server: true, .. })));
    assert!(
        told(Decision::RetryIn(second))
            .iter()
            .any(|next| matches!(next, Next::Retry { wait, server: false, .. } if *wait == second))
    );
    assert_eq!(told(Decision::RetryAfter(Duration::MAX)), [Next::GiveUp(Reason::RetryAfterTooLong)]);
}

#[test]
fn a_future_is_send_when_its_body_is_whatever_the_error() {
    struct NotSend(std::rc::Rc<u32>);

    #[retry(initial = "0s", sleep = no_wait, on = |error| error.0 == 1.into())]
    async fn load(calls: u32) -> Result<u32, NotSend> {
        std::future::ready(()).await;
        if calls == 0 { Err(NotSend(0.into())) } else { Ok(calls) }
    }
    fn send<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(run(send(load(4))).ok(), Some(4));
    assert_eq!(run(send(load(0))).map_err(|error| *error.0).err(), Some(0));
}

#[test]
fn a_panic_propagates_from_the_body_the_classifier_and_the_hook() {
    #[retry(initial = "0s", on = |_| if at == "on" { panic!("{at}") } else { true }, notify = |_| assert_ne!(at, "notify", "notify"))]
    fn load(at: &str) -> Result<(), Failed> {
        if at == "body" { panic!("{at}") } else { Err(Failed::Broken) }
    }
    for at in ["body", "on", "notify"] {
        assert!(std::panic::catch_unwind(|| load(at)).is_err(), "{at}");
    }
    assert_eq!(load("nowhere"), Err(Failed::Broken));
}

#[test]
fn dropping_the_future_calls_nothing_more() {
    #[retry(on = |_| true, sleep = |_| std::future::pending::<()>())]
    async fn load(calls: &Cell<u32>) -> Result<(), Failed> {
        after(9, calls, || Ok(()))
    }
    let calls = Cell::new(0);
    drop(load(&calls));
    assert_eq!(calls.get(), 0, "dropped before it began");
    {
        let mut waiting = pin!(load(&calls));
        assert!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(calls.get(), 1, "dropped while it waited");
}

#[test]
fn parameters_are_borrowed_so_that_each_attempt_sees_them() {
    #[retry(initial = "0s")]
    fn load(key: String, (low, high): (u32, u32), calls: &Cell<u32>, mut seen: Vec<u32>) -> Result<String, Failed> {
        seen.push(calls.get());
        after(2, calls, || Ok(format!("{key} {low} {high} {seen:?}")))
    }
    assert_eq!(load("k".to_owned(), (1, 2), &Cell::new(0), Vec::new()), Ok("k 1 2 [0, 1, 2]".to_owned()));
}

#[test]
fn a_reference_may_be_pointed_at_a_local_of_the_body() {
    #[retry(initial = "0s")]
    fn shared(mut text: &str, calls: &Cell<u32>) -> Result<String, Failed> {
        let longer = format!("{text}!");
        text = &longer;
        after(2, calls, || Ok(text.to_owned()))
    }
    #[retry(initial = "0s")]
    fn exclusive(mut number: &mut u32, calls: &Cell<u32>) -> Result<u32, Failed> {
        *number += 1;
        let mut own = *number * 10;
        number = &mut own;
        *number += 1;
        let number = *number;
        after(2, calls, || Ok(number))
    }
    assert_eq!(shared("a", &Cell::new(0)), Ok("a!".to_owned()));
    assert_eq!(exclusive(&mut 0, &Cell::new(0)), Ok(31));
}

#[test]
fn the_attribute_is_found_under_another_path() {
    mod ours {
        pub(crate) use persevere as retries;
    }
    #[ours::retries::retry(crate = ours::retries, initial = "0s", jitter = equal)]
    fn load(calls: &Cell<u32>) -> Result<(), Failed> {
        after(2, calls, || Ok(()))
    }
    assert_eq!(load(&Cell::new(0)), Ok(()));
}
