//! `upstream`: calls that share one pace. The pacing itself is shown by the scenarios in `pacing/`.
#![cfg(all(feature = "tokio", feature = "testing"))]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

use persevere::{Decision, Hold, Jitter, Next, Policy, Reason, Upstream, retry, testing};
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// An upstream that has been refused often enough to have a pace.
async fn slowed(upstream: &'static Upstream) {
    for _ in 0..3 {
        let refused = Policy::new().max(1).retry(|| async { Err::<(), _>(Refused) });
        refused.on(|_| Decision::Throttled(None)).upstream(upstream).call().await.unwrap_err();
    }
}

#[tokio::test(start_paused = true)]
async fn a_calm_upstream_holds_nobody() {
    static CALM: Upstream = Upstream::new();

    #[retry(upstream = CALM, on = |_: &Refused| true)]
    async fn call() -> Result<u32, Refused> {
        Ok(1)
    }
    let started = Instant::now();
    for _ in 0..100 {
        assert_eq!(call().await, Ok(1));
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn refusals_of_one_function_hold_the_calls_of_another() {
    static SHARED: Upstream = Upstream::new();

    #[retry(max = 2, initial = "0s", upstream = SHARED, on = |_| Decision::Throttled(Some(ms(30_000))))]
    async fn refused() -> Result<u32, Refused> {
        Err(Refused)
    }
    #[retry(max = 1, upstream = SHARED, on = |_: &Refused| true, notify = |event| held.borrow_mut().push(event.next()))]
    async fn other(held: &RefCell<Vec<Next>>) -> Result<u32, Refused> {
        Ok(1)
    }
    assert_eq!(refused().await, Err(Refused));
    let (held, started) = (RefCell::default(), Instant::now());
    assert_eq!(other(&held).await, Ok(1));
    let waited: Duration = held
        .borrow()
        .iter()
        .map(|next| match next {
            Next::Held { wait, reason: Hold::RateLimit, .. } => *wait,
            other => panic!("{other:?}"),
        })
        .sum();
    assert!(waited > ms(20_000), "{held:?}");
    // tokio's timer counts whole milliseconds.
    assert!(started.elapsed().abs_diff(waited) < ms(9), "{:?} {waited:?}", started.elapsed());
}

/// Many gateways always name the same time.
#[tokio::test(start_paused = true)]
async fn a_hint_that_is_not_true_for_everyone_holds_nobody_for_long() {
    static GATEWAY: Upstream = Upstream::new();

    #[retry(max = 1, upstream = GATEWAY, on = |_| Decision::Throttled(Some(ms(60_000))))]
    async fn call(refused: bool) -> Result<(), Refused> {
        if refused { Err(Refused) } else { Ok(()) }
    }
    let started = Instant::now();
    assert_eq!(call(true).await, Err(Refused));
    // It tries the hint, and is served.
    assert_eq!(call(false).await, Ok(()));
    assert!(started.elapsed().abs_diff(ms(500)) < ms(5), "{:?}", started.elapsed());
    sleep(ms(10_000)).await;
    for _ in 0..5 {
        for _ in 0..40 {
            assert_eq!(call(false).await, Ok(()));
        }
        let refused = Instant::now();
        assert_eq!(call(true).await, Err(Refused));
        assert_eq!(call(false).await, Ok(()));
        assert!(refused.elapsed() < ms(50), "nobody is held by it again: {:?}", refused.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_declared_limit_is_kept_by_calls_of_any_cost() {
    static LIMITED: Upstream = Upstream::new().requests(120, ms(60_000)).tokens(60_000, ms(60_000));

    let call = |tokens| {
        let attempt = Policy::new().retry(|| async { Ok::<_, std::io::Error>(()) });
        attempt.upstream(&LIMITED).cost(tokens).call()
    };
    let started = Instant::now();
    for tokens in [1, 1, 1, 1] {
        call(tokens).await.unwrap();
    }
    assert!(started.elapsed().abs_diff(ms(1_000)) < ms(5), "{:?}", started.elapsed());
    call(5_000).await.unwrap();
    let paid = Instant::now();
    call(1_000).await.unwrap();
    assert!(paid.elapsed().abs_diff(ms(5_000)) < ms(1_100), "{:?}", paid.elapsed());
    assert_eq!(LIMITED.status().waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_takes_what_the_attribute_says_that_it_costs() {
    /// A thousand tokens in a second, of which a second's worth may go at once.
    static LIMITED: Upstream = Upstream::new().tokens(60_000, ms(60_000));

    struct Client {
        reply: i64,
    }
    impl Client {
        #[retry(max = 2, initial = "0s", jitter = none, upstream = LIMITED, cost = self.cost(prompt, asked), on = |_| true)]
        async fn ask(&self, prompt: &str, asked: &Cell<u32>, times: &RefCell<Vec<Instant>>) -> Result<(), Refused> {
            times.borrow_mut().push(Instant::now());
            Err(Refused)
        }

        fn cost(&self, prompt: &str, asked: &Cell<u32>) -> i64 {
            asked.set(asked.get() + 1);
            self.reply + i64::try_from(prompt.len()).unwrap()
        }
    }
    let (client, asked, times) = (Client { reply: 995 }, Cell::new(0), RefCell::default());
    assert_eq!(client.ask("hello", &asked, &times).await, Err(Refused));
    assert_eq!(client.ask("hello", &asked, &times).await, Err(Refused));
    assert_eq!(asked.get(), 2, "once for each call");
    let times = times.into_inner();
    let waits: Vec<u128> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    assert_eq!(times.len(), 4);
    assert!(waits.iter().all(|wait| wait.abs_diff(1_000) < 5), "each attempt takes a thousand: {waits:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cost_is_an_integer_of_any_type_and_of_a_future_and_a_thread() {
    static LIMITED: Upstream = Upstream::new().tokens(60, ms(60_000));

    #[retry(upstream = LIMITED, cost = 0, on = |_| true)]
    async fn free() -> Result<(), Refused> {
        Ok(())
    }
    #[retry(upstream = LIMITED, cost = -tokens, on = |_| true)]
    fn nothing(tokens: i8) -> impl Future<Output = Result<(), Refused>> {
        async move { Ok(()) }
    }
    #[retry(upstream = LIMITED, cost = if all { u128::MAX } else { 1 }, sleep = |wait| waits.borrow_mut().push(wait),
        on = |_| true)]
    fn everything(all: bool, waits: &RefCell<Vec<Duration>>) -> Result<(), Refused> {
        Ok(())
    }
    let waits = RefCell::default();
    let started = Instant::now();
    assert_eq!(everything(true, &waits), Ok(()));
    assert!(waits.take().is_empty(), "more than the limit is sent alone");
    for _ in 0..9 {
        assert_eq!((free().await, nothing(7).await), (Ok(()), Ok(())));
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert_eq!(LIMITED.status().waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_would_queue_too_long_returns_its_error_and_a_first_attempt_is_made() {
    static IMPATIENT: Upstream = Upstream::new().max_wait(Duration::ZERO);

    #[retry(max = 5, initial = "0s", upstream = IMPATIENT, on = |_| Decision::Throttled(None),
        notify = |event| told.borrow_mut().push((event.attempt(), event.error().is_some(), event.next())))]
    async fn call(calls: &Cell<u32>, told: &RefCell<Vec<(u32, bool, Next)>>) -> Result<u32, Refused> {
        calls.set(calls.get() + 1);
        Err(Refused)
    }
    slowed(&IMPATIENT).await;
    let (calls, told, started) = (Cell::new(0), RefCell::default(), Instant::now());
    assert_eq!(call(&calls, &told).await, Err(Refused));
    assert_eq!((calls.get(), started.elapsed()), (1, Duration::ZERO));
    let told = told.into_inner();
    assert!(matches!(told[0], (1, true, Next::Retry { wait: Duration::ZERO, .. })), "{told:?}");
    assert_eq!(told[1..], [(1, true, Next::GiveUp(Reason::NoTurn))]);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_bounds_the_queueing_of_retries() {
    static BUSY: Upstream = Upstream::new();

    #[retry(max = 9, initial = "1ms", jitter = none, deadline = "5s", upstream = BUSY, notify = |event| last.set(event.next()),
        on = |_| Decision::Throttled(Some(ms(1500))))]
    async fn call(last: &Cell<Next>) -> Result<u32, Refused> {
        Err(Refused)
    }
    slowed(&BUSY).await;
    let (last, started) = (Cell::new(Next::Success), Instant::now());
    assert_eq!(call(&last).await, Err(Refused));
    assert!(started.elapsed() <= ms(5000), "{:?}", started.elapsed());
    assert!(matches!(last.get(), Next::GiveUp(Reason::NoTurn | Reason::Deadline)), "{last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_budget_ends_the_retries_of_failures_and_not_of_refusals() {
    static THRIFTY: Upstream = Upstream::new().budget(3, 0.0);

    async fn attempts(decision: Decision, last: &Cell<Next>) -> u32 {
        #[retry(max = 9, initial = "0s", upstream = THRIFTY, on = |_| decision, notify = |event| last.set(event.next()))]
        async fn call(decision: Decision, calls: &Cell<u32>, last: &Cell<Next>) -> Result<(), Refused> {
            calls.set(calls.get() + 1);
            Err(Refused)
        }
        let calls = Cell::new(0);
        assert_eq!(call(decision, &calls, last).await, Err(Refused));
        calls.get()
    }
    let last = Cell::new(Next::Success);
    assert_eq!(attempts(Decision::Retry, &last).await, 4);
    assert_eq!(last.get(), Next::GiveUp(Reason::Budget));
    assert_eq!(attempts(Decision::Retry, &last).await, 1);
    assert_eq!(attempts(Decision::Throttled(None), &last).await, 9);
    assert_eq!(last.get(), Next::GiveUp(Reason::Attempts));
}

#[test]
fn sync_calls_queue_too() {
    static SERVICE: Upstream = Upstream::new();

    struct Client {
        upstream: &'static Upstream,
    }
    impl Client {
        #[retry(max = 4, initial = "1s", jitter = none, upstream = self.upstream, attempt = attempt,
            on = |_| Decision::Throttled(Some(ms(2000))), notify = |event| told.borrow_mut().push(event.to_string()))]
        fn call(&self, waits: &RefCell<Vec<Duration>>, told: &RefCell<Vec<String>>) -> Result<u32, Refused> {
            waits.borrow_mut().push(attempt.waited());
            if attempt.number() == 3 { Ok(attempt.number()) } else { Err(Refused) }
        }
    }
    let (waits, told, recorded) = (RefCell::default(), RefCell::default(), testing::thread().record_waits());
    let client = Client { upstream: &SERVICE };
    assert_eq!(client.call(&waits, &told), Ok(3));
    let (waits, told) = (waits.into_inner(), told.into_inner());
    assert_eq!(waits[0], Duration::ZERO);
    assert!(waits[1] >= ms(2000) && waits[2] >= ms(2000), "{waits:?}");
    assert_eq!(waits.iter().sum::<Duration>(), recorded.recorded().iter().sum(), "what is waited is told to the body");
    assert!(told[0].starts_with("attempt 1 of 4 failed: refused; retrying in"), "{told:?}");
    let queued = |line: &&String| line.contains("queues for") && line.ends_with(": the service limits the rate");
    assert_eq!(told.iter().filter(queued).count() + 2, told.len(), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_call_that_queues_gives_its_turn_up() {
    static DROPPED: Upstream = Upstream::new();

    #[retry(upstream = DROPPED, on = |_: &Refused| true)]
    async fn call(calls: &Cell<u32>) -> Result<(), Refused> {
        calls.set(calls.get() + 1);
        Ok(())
    }
    slowed(&DROPPED).await;
    let calls = Cell::new(0);
    for _ in 0..50 {
        assert!(tokio::time::timeout(Duration::from_micros(1), call(&calls)).await.is_err() || calls.take() > 0);
    }
    let slot = Duration::from_secs_f64(1.0 / DROPPED.status().pace().expect("it has been refused"));
    let dropped = Instant::now();
    assert_eq!(call(&calls).await, Ok(()));
    // The turns of the fifty pass unused, and then comes its own.
    assert!(dropped.elapsed() <= slot * 51 + ms(5), "{:?} {slot:?}", dropped.elapsed());
    sleep(ms(60_000)).await;
    assert_eq!(calls.get(), 1, "nothing goes on of what was dropped");
}

#[tokio::test(start_paused = true)]
async fn every_shape_has_an_upstream() {
    static SERVICE: Upstream = Upstream::new();

    #[retry(upstream = SERVICE, on = |_| true)]
    fn future(name: &str) -> impl Future<Output = Result<String, Refused>> {
        let name = name.to_owned();
        async move { Ok(name.clone()) }
    }
    #[retry(upstream = SERVICE, on = |_| true, timeout = "1s", deadline = "2s", until = |name| !name.is_empty())]
    async fn all(name: &str, list: &mut Vec<String>) -> std::io::Result<String> {
        list.push(name.to_owned());
        Ok(name.to_owned())
    }
    #[retry(upstream = SERVICE, on = |_| true)]
    fn borrowed(name: &str, _: String) -> Result<&str, Refused> {
        Ok(&name[1..])
    }
    fn send<F: Future + Send>(future: F) -> F {
        future
    }
    let mut list = Vec::new();
    assert_eq!(send(future("a")).await.unwrap(), "a");
    assert_eq!(send(all("b", &mut list)).await.unwrap(), "b");
    assert_eq!(borrowed("cd", String::new()), Ok("d"));
    let policy = Policy::new().jitter(Jitter::None);
    assert_eq!(policy.retry(|| async { Ok::<_, std::io::Error>(1) }).upstream(&SERVICE).call().await.unwrap(), 1);
    assert_eq!(policy.retry_blocking(|| Ok::<_, std::io::Error>(1)).upstream(&SERVICE).call().unwrap(), 1);
}

/// The longer a call queues, the further ahead it may reserve its turn. An attempt is no time in the queue.
#[tokio::test(start_paused = true)]
async fn a_long_attempt_does_not_make_a_call_older_in_the_queue() {
    static SERVICE: Upstream = Upstream::new();

    #[retry(max = 2, initial = "0s", upstream = SERVICE, on = |_| true, notify = |event| {
        held.set(held.get() + u32::from(matches!(event.next(), Next::Held { .. })));
    })]
    async fn call(held: &Cell<u32>, calls: &Cell<u32>) -> Result<(), Refused> {
        calls.set(calls.get() + 1);
        if calls.get() == 2 {
            return Ok(());
        }
        sleep(ms(400_000)).await;
        Err(Refused)
    }
    let other = async {
        sleep(ms(399_000)).await;
        // What is asked for twice is believed.
        for _ in 0..2 {
            let refused = Policy::new().max(1).retry(|| async { Err::<(), _>(Refused) });
            let refused = refused.on(|_| Decision::Throttled(Some(ms(20_000)))).upstream(&SERVICE);
            assert_eq!(refused.call().await, Err(Refused));
        }
    };
    let (held, calls) = (Cell::new(0), Cell::new(0));
    let (outcome, ()) = tokio::join!(call(&held, &calls), other);
    assert_eq!(outcome, Ok(()));
    assert_eq!(held.get(), 2, "the turn is too far ahead to be reserved at once");
}

/// Only the attempt itself is expected to take as long again, so that the last one may begin at the deadline.
#[tokio::test(start_paused = true)]
async fn the_time_in_the_queue_is_no_part_of_an_attempt() {
    static SERVICE: Upstream = Upstream::new();

    #[retry(max = 3, initial = "5s", factor = 40, jitter = none, deadline = "50s", upstream = SERVICE, on = |_| true)]
    async fn call(begun: &RefCell<Vec<Duration>>, since: Instant) -> Result<(), Refused> {
        begun.borrow_mut().push(since.elapsed());
        Err(Refused)
    }
    // What is asked for twice is believed.
    let other = async {
        for _ in 0..2 {
            let refused = Policy::new().max(1).retry(|| async { Err::<(), _>(Refused) });
            let refused = refused.on(|_| Decision::Throttled(Some(ms(20_000)))).upstream(&SERVICE);
            assert_eq!(refused.call().await, Err(Refused));
        }
    };
    let begun = RefCell::default();
    assert_eq!(tokio::join!(call(&begun, Instant::now()), other), (Err(Refused), ()));
    let begun = begun.into_inner();
    assert!(begun.len() == 3 && begun[1] > ms(20_000) && begun[1] < ms(30_000), "{begun:?}");
    assert!(begun[2].abs_diff(ms(50_000)) < ms(5), "{begun:?}");
}

/// A value that `until` refuses is an answer of the service all the same.
#[tokio::test(start_paused = true)]
async fn a_service_that_answers_is_asked_faster_again() {
    static SERVICE: Upstream = Upstream::new();

    #[retry(max = 400, initial = "0s", upstream = SERVICE, on = |_: &Refused| true, until = |done| *done)]
    async fn poll() -> Result<bool, Refused> {
        Ok(false)
    }
    slowed(&SERVICE).await;
    let slow = SERVICE.status().pace().expect("it has been refused");
    assert_eq!(poll().await, Ok(false));
    let fast = SERVICE.status().pace();
    assert!(fast.is_none_or(|fast| fast > slow * 1.5), "{slow} {fast:?}");
}

#[test]
fn blocking_calls_are_held_as_long_as_the_turns_are_away() {
    static SERVICE: Upstream = Upstream::new();

    let held = Cell::new(0);
    let call = |refused: bool| {
        let attempt = || if refused { Err(Refused) } else { Ok(()) };
        let call =
            Policy::new().max(1).retry_blocking(attempt).on(|_| Decision::Throttled(Some(ms(200)))).upstream(&SERVICE);
        let notify = |event: &persevere::Event<'_, Refused>| {
            held.set(held.get() + u32::from(matches!(event.next(), Next::Held { .. })));
        };
        call.notify(notify).call()
    };
    for _ in 0..3 {
        assert_eq!(call(true), Err(Refused));
    }
    held.set(0);
    assert_eq!(call(false), Ok(()));
    assert!(held.replace(0) > 0, "its turn has not come");
    assert_eq!(call(true), Err(Refused));
    std::thread::sleep(ms(500));
    held.set(0);
    assert_eq!(call(false), Ok(()));
    assert_eq!(held.get(), 0, "its turn has come");
}
