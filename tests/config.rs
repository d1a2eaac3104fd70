//! Values as configurations hold them, in the attribute and in closures; and what the builder says of each key.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::Duration;

use persevere::{Attempt, Elapsed, Jitter, Policy, Upstream, retry};

#[derive(Debug, PartialEq)]
struct Failed;

#[test]
fn max_is_an_integer_of_any_type() {
    macro_rules! calls {
        ($($value:expr => $expected:expr),+ $(,)?) => {
            $({
                #[retry(max = $value, initial = "0s", on = |_| calls.get() < 9)]
                fn fail(calls: &Cell<u32>) -> Result<(), Failed> {
                    calls.set(calls.get() + 1);
                    Err(Failed)
                }
                let calls = Cell::new(0);
                assert_eq!((fail(&calls), calls.get()), (Err(Failed), $expected), "{}", stringify!($value));
                assert_eq!(Policy::new().with_max($value).get_max().min(9), $expected, "{}", stringify!($value));
            })+
        };
    }
    const PATIENT: bool = true;
    calls! {
        u8::MAX => 9, 2_u8 => 2, 2_i8 => 2, 2_u16 => 2, 2_i16 => 2, 2_u32 => 2, 2_i32 => 2, 2_u64 => 2, 2_i64 => 2,
        2_u128 => 2, 2_i128 => 2, 2_usize => 2, 2_isize => 2,
        u64::MAX => 9, usize::MAX => 9, i128::MAX => 9, u32::MAX => 9,
        -i64::from(5) => 1, i8::MIN => 1, usize::MIN => 1, i128::MIN => 1,
        if PATIENT { 3 } else { 5 } => 3,
        "abc".len() => 3,
    }
}

/// Limits that may be absent, seen by the waits.
#[cfg(feature = "testing")]
mod limits {
    use persevere::Decision;

    use super::{Duration, Failed, retry};

    /// A configuration, with what such files hold.
    #[derive(Clone, Copy, Default)]
    struct Config<N> {
        retries: N,
        deadline: Option<Duration>,
        cap: Option<Duration>,
        longest: Option<Duration>,
        growth: f32,
        spread: f32,
    }

    fn waits(call: impl FnOnce() -> Result<(), Failed>) -> Vec<u64> {
        let waits = persevere::testing::thread().record_waits();
        assert_eq!(call(), Err(Failed));
        waits.recorded().iter().map(Duration::as_secs).collect()
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_configuration_is_handed_on_as_it_is() {
        #[retry(
            max = config.retries + 1,
            initial = "40s",
            factor = config.growth,
            jitter = config.spread,
            cap = config.cap,
            deadline = config.deadline,
            max_retry_after = config.longest,
            on = |_| Decision::RetryAfter(Duration::from_secs(0))
        )]
        fn fail(config: &Config<u8>) -> Result<(), Failed> {
            Err(Failed)
        }
        // With a fraction of zero nothing is added to a server's wait.
        let config = Config { retries: 3, growth: 1.5, ..Config::default() };
        assert_eq!(waits(|| fail(&config)), [0, 0, 0]);
    }

    #[test]
    fn cap_and_deadline_may_be_absent() {
        #[retry(max = 5, initial = "40s", factor = 2_f32, jitter = 0_f32, cap = cap, deadline = deadline, on = |_| true)]
        fn fail(cap: Option<Duration>, deadline: Option<Duration>) -> Result<(), Failed> {
            Err(Failed)
        }
        assert_eq!(waits(|| fail(None, None)), [40, 80, 160, 320], "no cap");
        assert_eq!(waits(|| fail(Some(100 * SECOND), None)), [40, 80, 100, 100]);
        assert_eq!(waits(|| fail(None, Some(130 * SECOND))), [40, 80], "10 s are less than `initial`");
    }

    #[test]
    fn the_longest_wait_of_a_server_may_be_absent() {
        #[retry(max = 2, jitter = none, max_retry_after = longest, on = |_| Decision::RetryAfter(Duration::from_secs(9000)))]
        fn fail(longest: Option<Duration>) -> Result<(), Failed> {
            Err(Failed)
        }
        for (longest, expected) in [(None, 1), (Some(9000 * SECOND), 1), (Some(8999 * SECOND), 0)] {
            assert_eq!(waits(|| fail(longest)).len(), expected, "{longest:?}");
        }
    }
}

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

#[cfg(feature = "tokio")]
#[tokio::test(start_paused = true)]
async fn a_timeout_may_be_absent() {
    #[retry(max = 1, timeout = limit, on = |_| true)]
    async fn load(limit: Option<Duration>) -> Result<(), Failed> {
        tokio::time::sleep(Duration::from_secs(7)).await;
        Ok(())
    }
    #[retry(max = 1, timeout = limit, deadline = "6s", on = |_| true)]
    async fn load_in_time(limit: Option<Duration>) -> Result<(), Failed> {
        load(limit).await
    }
    assert_eq!(load(None).await, Ok(()));
    assert_eq!(load_in_time(None).await, Ok(()), "without a timeout the deadline cuts no attempt short");
    assert_eq!(load_in_time(Some(Duration::from_secs(8))).await, Err(Failed));
    assert_eq!(load(Some(Duration::from_secs(8))).await, Ok(()));
    assert_eq!(load(Some(Duration::from_secs(6))).await, Err(Failed));
    for (limit, expected) in [(None, Ok(())), (Some(Duration::from_secs(6)), Err(Failed))] {
        let slow = async || {
            tokio::time::sleep(Duration::from_secs(7)).await;
            Ok(())
        };
        assert_eq!(Policy::new().max(1).retry(slow).on(|_| true).timeout(limit).call().await, expected);
    }
}

#[test]
fn what_a_policy_holds_can_be_asked() {
    let policy = Policy::new()
        .max(7)
        .initial(Duration::from_secs(2))
        .factor(1.5)
        .jitter(Jitter::Equal)
        .max_retry_after(Duration::from_secs(9))
        .notify_success(true);
    assert_eq!((policy.get_max(), policy.get_initial(), policy.get_factor()), (7, Duration::from_secs(2), 1.5));
    assert_eq!((policy.get_cap(), policy.get_jitter()), (Duration::from_secs(60), Jitter::Equal));
    assert_eq!((policy.get_max_retry_after(), policy.get_deadline()), (Duration::from_secs(9), None));
    assert!(policy.get_notify_success() && !Policy::new().get_notify_success());
    let limited = policy.deadline(Duration::from_secs(5)).cap(Duration::from_secs(3));
    assert_eq!((limited.get_deadline(), limited.get_cap()), (Some(Duration::from_secs(5)), Duration::from_secs(3)));
}

/// Every key of the attribute, as a closure's call says it.
#[cfg(feature = "tokio")]
#[test]
fn the_builder_can_say_what_the_attribute_can() {
    static CALM: Upstream = Upstream::new();
    let said = [
        "max",
        "initial",
        "factor",
        "cap",
        "jitter",
        "max_retry_after",
        "deadline", // of the policy
        "policy",   // is what `retry_with` is called of
        "attempt",
        "previous", // the arguments of the closure
        "on",
        "until",
        "notify",
        "sleep",
        "timeout",
        "upstream",
        "cost",
        "name",
        "crate", // needs no saying
    ];
    let policy = Policy::new()
        .with_max(3)
        .with_initial(Duration::from_secs(1))
        .with_factor(2.0)
        .with_cap(Duration::from_secs(9))
        .with_jitter(0.5)
        .with_max_retry_after(Duration::from_secs(9))
        .with_deadline(Duration::from_secs(9));
    let seen = Cell::new(Vec::new());
    let outcome = policy
        .retry_with(|attempt: Attempt, previous: Option<&Result<u32, Failed>>| {
            let number = attempt.number();
            assert_eq!(previous.is_some(), number > 1);
            assert_eq!(attempt.waited().is_zero(), number == 1);
            std::future::ready(if number == 1 { Err(Failed) } else { Ok(number) })
        })
        .on(|_| true)
        .until(|number| *number == 3)
        .notify(|event| seen.set([seen.take(), vec![event.function().to_owned()]].concat()))
        .sleep(std::future::ready)
        .timeout(Duration::from_secs(9))
        .upstream(&CALM)
        .cost(2)
        .name("Client::load")
        .call();
    assert_eq!(futures_util::FutureExt::now_or_never(outcome), Some(Ok(3)));
    assert_eq!(seen.take(), ["Client::load", "Client::load"]);

    let page = include_str!("../macros/src/retry.md");
    let rows = page.lines().skip_while(|line| !line.starts_with("| key |")).take_while(|line| line.starts_with('|'));
    let keys: std::collections::BTreeSet<&str> =
        rows.filter_map(|row| Some(row.strip_prefix("| [`")?.split_once('`')?.0)).collect();
    assert_eq!(keys, said.into());
}

#[test]
fn a_blocking_closure_is_told_of_its_attempt_and_the_one_before() {
    static CALM: Upstream = Upstream::new();
    let answer = |attempt: Attempt, previous: Option<&Result<u32, u32>>| {
        assert_eq!(previous.copied(), (attempt.number() > 1).then(|| Err(attempt.retries())));
        Err(attempt.number())
    };
    let policy = Policy::new().max(4).initial(Duration::ZERO);
    assert_eq!(policy.retry_blocking_with(answer).on(|_| true).call(), Err(4));
    assert_eq!(policy.retry_blocking_with(answer).on(|_| true).upstream(&CALM).call(), Err(4));
}

#[test]
fn a_blocking_closure_is_told_of_the_last_wait_alone() {
    let waited = std::cell::RefCell::new(Vec::new());
    let attempt = |attempt: Attempt, _: Option<&Result<(), u32>>| {
        waited.borrow_mut().push(attempt.waited().as_secs());
        Err(attempt.number())
    };
    let call = Policy::new().max(4).initial(Duration::from_secs(1)).jitter(Jitter::None).retry_blocking_with(attempt);
    assert_eq!(call.on(|_| true).sleep(|_| ()).call(), Err(4));
    assert_eq!(*waited.borrow(), [0, 1, 2, 4]);
}

#[test]
fn a_sleep_that_ends_the_call_of_a_closure_returns_its_last_outcome() {
    let attempt = |attempt: Attempt, _: Option<&Result<(), u32>>| Err(attempt.number());
    let waits = Cell::new(0);
    let second = |_| {
        waits.set(waits.get() + 1);
        if waits.get() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let call = Policy::new().max(9).retry_blocking_with(attempt).on(|_| true);
    assert_eq!(call.sleep(second).call(), Err(2));
}

/// Without `sleep` a blocking closure's call blocks its thread.
#[test]
fn the_call_of_a_closure_is_not_over_before_its_waits() {
    let policy = Policy::new().max(3).initial(Duration::from_millis(20)).factor(1.0).jitter(Jitter::None);
    let started = std::time::Instant::now();
    assert_eq!(policy.retry_blocking(|| Err::<(), _>(1)).on(|_| true).call(), Err(1));
    assert!(started.elapsed() >= Duration::from_millis(40), "{:?}", started.elapsed());
}
