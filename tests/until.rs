//! `until` and `attempt`: values that are not good enough, and what an attempt knows of itself.
#![cfg(feature = "testing")]

use std::cell::{Cell, RefCell};
use std::time::Duration;

use persevere::{Next, Policy, Reason, retry, testing};

#[derive(Debug, PartialEq)]
struct Failed;

fn next(calls: &Cell<u32>) -> u32 {
    calls.set(calls.get() + 1);
    calls.get()
}

#[test]
fn a_value_that_fails_until_is_tried_again() {
    #[retry(max = 5, initial = "1s", jitter = none, on = |_| true, until = |n| *n >= 3)]
    fn poll(calls: &Cell<u32>) -> Result<u32, Failed> {
        Ok(next(calls))
    }
    let waits = testing::thread().record_waits();
    assert_eq!(poll(&Cell::new(0)), Ok(3));
    assert_eq!(waits.recorded(), [1, 2].map(Duration::from_secs));
}

#[test]
fn after_the_last_attempt_the_value_is_returned_as_it_is() {
    #[retry(max = 3, initial = "0s", on = |_| true, until = |_| false, notify = |event| {
        assert_eq!(event.error(), None);
        seen.borrow_mut().push((event.attempt(), event.next()));
    })]
    fn poll(calls: &Cell<u32>, seen: &RefCell<Vec<(u32, Next)>>) -> Result<u32, Failed> {
        Ok(next(calls))
    }
    let seen = RefCell::default();
    assert_eq!(poll(&Cell::new(0), &seen), Ok(3));
    let seen = seen.into_inner();
    assert_eq!(seen.len(), 3);
    assert_eq!(seen[2], (3, Next::GiveUp(Reason::Attempts)));
}

#[test]
fn values_and_errors_share_the_attempts() {
    #[retry(max = 4, initial = "0s", on = |_| true, until = is_four)]
    fn poll(calls: &Cell<u32>) -> Result<String, Failed> {
        match next(calls) {
            1 | 3 => Err(Failed),
            n => Ok(n.to_string()),
        }
    }
    fn is_four(value: &str) -> bool {
        value == "4"
    }
    assert_eq!(poll(&Cell::new(0)).as_deref(), Ok("4"));
    assert_eq!(poll(&Cell::new(1)).as_deref(), Ok("4"));
    assert_eq!(poll(&Cell::new(4)).as_deref(), Ok("8"), "the last one's value");
}

#[test]
fn until_may_be_anything_callable_and_sees_borrowed_and_unsized_values() {
    fn longer(than: usize) -> impl Fn(&&str) -> bool {
        move |text| text.len() > than
    }
    #[retry(initial = "0s", on = |_| true, until = longer(least))]
    fn grow<'a>(text: &'a str, calls: &Cell<u32>, least: usize) -> Result<&'a str, Failed> {
        Ok(&text[..next(calls) as usize])
    }
    struct Limits {
        least: usize,
    }
    impl Limits {
        #[retry(initial = "0s", on = |_| true, until = |text| text.len() > self.least)]
        fn grow<'a>(&self, text: &'a str, calls: &Cell<u32>) -> Result<&'a str, Failed> {
            Ok(&text[..next(calls) as usize])
        }
    }
    assert_eq!(grow("abc", &Cell::new(0), 1), Ok("ab"));
    assert_eq!(Limits { least: 2 }.grow("abc", &Cell::new(0)), Ok("abc"));
}

#[test]
fn until_and_the_deadline() {
    #[retry(max = 100, initial = "1s", factor = 1, jitter = none, deadline = "9500ms", on = |_| true, until = |_| false)]
    fn poll(calls: &Cell<u32>) -> Result<u32, Failed> {
        Ok(next(calls))
    }
    let waits = testing::thread().record_waits();
    assert_eq!(poll(&Cell::new(0)), Ok(10));
    assert_eq!(waits.recorded().len(), 9);
}

#[test]
fn an_attempt_knows_its_number_and_the_wait_before_it() {
    #[retry(max = 3, initial = "1s", jitter = none, on = |_| true, attempt = own)]
    fn fail(seen: &RefCell<Vec<String>>) -> Result<(), Failed> {
        seen.borrow_mut().push(format!(
            "{own}, {} retries, last {}, after {:?}, left {:?}",
            own.retries(),
            own.is_last(),
            own.waited(),
            own.left()
        ));
        Err(Failed)
    }
    let (seen, _waits) = (RefCell::default(), testing::thread().record_waits());
    assert_eq!(fail(&seen), Err(Failed));
    assert_eq!(
        seen.into_inner(),
        [
            "1 of 3, 0 retries, last false, after 0ns, left None",
            "2 of 3, 1 retries, last false, after 1s, left None",
            "3 of 3, 2 retries, last true, after 2s, left None",
        ]
    );
}

#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn an_attempt_knows_the_time_left() {
    use persevere::Attempt;
    use tokio::time::sleep;

    #[retry(max = 9, initial = "2s", factor = 1, jitter = none, deadline = "10s", on = |_| true, attempt = attempt)]
    async fn fail(seen: &RefCell<Vec<(u64, u64)>>) -> Result<(), Failed> {
        let left = |attempt: Attempt| attempt.left().unwrap().as_secs();
        let before = left(attempt);
        sleep(Duration::from_secs(3)).await;
        seen.borrow_mut().push((before, left(attempt)));
        Err(Failed)
    }
    let seen = RefCell::default();
    assert_eq!(fail(&seen).await, Err(Failed));
    assert_eq!(seen.into_inner(), [(10, 7), (5, 2), (0, 0)]);
}

#[test]
fn the_attempt_of_every_shape() {
    use std::future::Ready;

    fn run<F: Future>(future: F) -> F::Output {
        futures_util::FutureExt::now_or_never(future).unwrap()
    }
    fn no_wait(_: Duration) -> Ready<()> {
        std::future::ready(())
    }
    struct Counter;
    impl Counter {
        #[retry(initial = "0s", on = |_| true, sleep = no_wait, attempt = n)]
        async fn method(&self) -> Result<u32, Failed> {
            if n.is_last() { Ok(n.number()) } else { Err(Failed) }
        }
        #[retry(initial = "0s", on = |_| true, sleep = no_wait, attempt = n)]
        fn future(&self) -> impl Future<Output = Result<u32, Failed>> + '_ {
            let last = |n: persevere::Attempt| n.is_last();
            async move { if last(n) { Ok(n.number()) } else { Err(Failed) } }
        }
        #[retry(initial = "0s", on = |_| true, sleep = no_wait, attempt = n)]
        fn handed_on(&self) -> impl Future<Output = Result<u32, Failed>> {
            std::future::ready(if n.is_last() { Ok(n.number()) } else { Err(Failed) })
        }
    }
    assert_eq!(run(Counter.method()), Ok(3));
    assert_eq!(run(Counter.future()), Ok(3));
    assert_eq!(run(Counter.handed_on()), Ok(3));
}

#[test]
fn a_success_after_retries_is_told_where_the_policy_says_so() {
    #[retry(policy = policy, initial = "0s", on = |_| true, notify = |event| seen.borrow_mut().push(event.to_string()))]
    fn load(policy: Policy, good: u32, calls: &Cell<u32>, seen: &RefCell<Vec<String>>) -> Result<u32, String> {
        let n = next(calls);
        if n < good { Err("busy".to_owned()) } else { Ok(n) }
    }
    let told = |policy, good| {
        let seen = RefCell::default();
        let _outcome = load(policy, good, &Cell::new(0), &seen);
        seen.into_inner()
    };
    let retried = "attempt 1 of 3 failed: busy; retrying at once".to_owned();
    let telling = Policy::new().notify_success(true);
    assert_eq!(told(Policy::new(), 2), std::slice::from_ref(&retried));
    assert_eq!(told(telling, 2), [retried, "attempt 2 of 3 succeeded".to_owned()]);
    assert_eq!(told(telling, 1), [""; 0]);
    assert_eq!(told(telling, 9).last().unwrap(), "attempt 3 of 3 failed: busy; giving up: all attempts are used up");
}
