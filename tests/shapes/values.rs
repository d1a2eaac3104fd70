use std::cell::{Cell, RefCell};
use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use persevere::{Decision, Event, Jitter, Policy, Retryable, retry};

use super::{Busy, check, fails_twice, run, send};

struct Client {
    max: u32,
    delay: Duration,
    decide: fn(&Busy) -> bool,
    log: RefCell<Vec<u32>>,
}

impl Client {
    fn new() -> Self {
        Self { max: 3, delay: Duration::ZERO, decide: |busy| busy.0 < 3, log: RefCell::default() }
    }

    fn decide(&self, busy: &Busy) -> bool {
        busy.0 < self.max
    }

    fn is_busy(busy: &Busy) -> Decision {
        Decision::from(busy.0 < 3)
    }
}

fn always<E>(_: &E) -> bool {
    true
}

#[test]
fn literals_in_every_notation() {
    #[retry(max = 0x4, initial = "0ms", factor = 1.5, cap = r"1s", jitter = 0.25, max_retry_after = r#"1m 30s"#)]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    #[rustfmt::skip]
    #[retry(max = 4_u32, initial = ("0s"), factor = (2), cap = "1h", jitter = (0), sleep = ready,)]
    async fn later() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn a_raw_key() {
    #[retry(r#max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(), Ok(7));
}

impl Client {
    #[retry(max = self.max + 1, initial = self.delay, on = |busy| self.decide(busy))]
    fn now(&self) -> Result<u32, Busy> {
        fails_twice()
    }

    #[retry(max = self.max + 1, initial = { let delay = self.delay; delay * 2 }, sleep = ready, on = self.decide)]
    async fn later(&mut self) -> Result<u32, Busy> {
        self.max = 0;
        fails_twice()
    }

    #[retry(max = self.max + 1, initial = self.delay, notify = |event| self.log.borrow_mut().push(event.attempt()))]
    fn shared(self: Arc<Self>) -> Result<Vec<u32>, Busy> {
        fails_twice()?;
        Ok(self.log.take())
    }
}

#[test]
fn expressions_over_self() {
    check(Client::new().now(), Ok(7));
    check(run(Client::new().later()), Ok(7));
    check(Arc::new(Client::new()).shared().as_deref(), Ok(&[1, 2][..]));
}

#[test]
fn expressions_over_the_parameters() {
    #[retry(max = max, initial = initial, factor = factor, cap = cap, jitter = jitter, on = on, notify = notify)]
    fn now(
        max: u32,
        initial: Duration,
        factor: f64,
        cap: Duration,
        jitter: f64,
        on: impl Fn(&Busy) -> bool,
        notify: &dyn Fn(&Event<'_, Busy>),
    ) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(policy = policy, jitter = jitter, max_retry_after = wait * 2, sleep = sleep)]
    async fn later(
        policy: Policy,
        jitter: Jitter,
        wait: Duration,
        sleep: fn(Duration) -> Ready<Duration>,
    ) -> Result<u32, Busy> {
        fails_twice()
    }
    let told = Cell::new(0);
    let tell = |event: &Event<'_, Busy>| told.set(event.attempt());
    check(now(4, Duration::ZERO, 2.0, Duration::ZERO, 0.5, always, &tell), Ok(7));
    assert_eq!(told.get(), 2);
    let policy = Policy::new().max(4).initial(Duration::ZERO);
    check(run(send(later(policy, Jitter::Full, Duration::ZERO, ready))), Ok(7));
}

#[test]
fn expressions_of_every_form() {
    struct Config {
        max: u32,
    }
    const POLICY: Policy = Policy::new().initial(Duration::ZERO);
    macro_rules! four {
        () => {
            4
        };
    }
    macro_rules! zero {
        () => {
            Duration::ZERO
        };
    }
    #[retry(policy = POLICY, max = 2 + 2)]
    fn sum() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(policy = POLICY.max(4))]
    fn method() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(policy = POLICY, max = const { 4 })]
    fn block() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = Config { max: 4 }.max, initial = Duration::default())]
    fn literal() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = four!(), initial = zero!(), sleep = ready)]
    async fn macros() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = u32::MAX, initial = "0s", sleep = ready)]
    async fn associated() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = if known > 1 { 4 } else { return Ok(known) }, initial = "0s")]
    fn leaving(known: u32) -> Result<u32, Busy> {
        fails_twice()
    }
    check(sum(), Ok(7));
    check(method(), Ok(7));
    check(block(), Ok(7));
    check(literal(), Ok(7));
    check(run(macros()), Ok(7));
    check(run(associated()), Ok(7));
    check(leaving(2), Ok(7));
    assert_eq!(leaving(1), Ok(1));
}

#[test]
fn values_are_evaluated_once_before_the_first_attempt() {
    fn evaluated(times: &Cell<u32>) -> u32 {
        times.set(times.get() + 1);
        4
    }
    #[retry(max = evaluated(times), initial = "0s")]
    fn now(times: &Cell<u32>) -> Result<u32, Busy> {
        assert_eq!(times.get(), 1);
        fails_twice()
    }
    #[retry(max = evaluated(times), initial = "0s", sleep = ready)]
    async fn later(times: &Cell<u32>) -> Result<u32, Busy> {
        assert_eq!(times.get(), 1);
        fails_twice()
    }
    check(now(&Cell::new(0)), Ok(7));
    check(run(later(&Cell::new(0))), Ok(7));
}

impl Client {
    #[retry(max = 4, initial = "0s", on = Self::is_busy)]
    fn by_associated_function(&self) -> Result<u32, Busy> {
        fails_twice()
    }
}

#[test]
fn on_as_a_path() {
    mod deep {
        pub(super) fn decide(_: &super::Busy) -> persevere::Decision {
            persevere::Decision::Retry
        }
    }
    trait Decide {
        const DECIDE: fn(&Busy) -> bool;
        fn decide(_: &Busy) -> bool;
        fn again(&self) -> bool;
    }
    impl Decide for Busy {
        const DECIDE: fn(&Busy) -> bool = always::<Busy>;
        fn decide(_: &Busy) -> bool {
            true
        }
        fn again(&self) -> bool {
            self.0 < 3
        }
    }
    #[retry(max = 4, initial = "0s", on = deep::decide)]
    fn in_a_module() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = always::<Busy>, sleep = ready)]
    async fn with_arguments() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = <Busy as Decide>::decide)]
    fn qualified() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = Busy::DECIDE, sleep = ready)]
    async fn constant() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = Busy::again)]
    fn method() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = Retryable::decision)]
    fn of_the_trait() -> io::Result<u32> {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", on = str::is_empty)]
    fn of_what_the_error_derefs_to() -> Result<u32, String> {
        fails_twice().map_err(|_| String::new())
    }
    #[retry(max = 4, initial = "0s", on = std::ops::Not::not)]
    fn of_an_operator() -> Result<u32, bool> {
        fails_twice().map_err(|_| false)
    }
    check(Client::new().by_associated_function(), Ok(7));
    check(in_a_module(), Ok(7));
    check(run(send(with_arguments())), Ok(7));
    check(qualified(), Ok(7));
    check(run(send(constant())), Ok(7));
    check(method(), Ok(7));
    check(of_the_trait().ok(), Some(7));
    check(of_what_the_error_derefs_to(), Ok(7));
    check(of_an_operator(), Ok(7));
}

#[test]
fn on_as_a_closure() {
    #[retry(max = 4, initial = "0s", on = |Busy(call)| *call < 3)]
    fn pattern() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |&Busy(call)| call < 3, sleep = ready)]
    async fn pattern_behind_a_reference() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |busy: &Busy| -> bool { busy.0 < 3 })]
    fn with_types() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |_: &_| Decision::Retry, sleep = ready)]
    async fn with_half_a_type() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |busy| {
        if busy.0 > 2 {
            return false;
        }
        true
    })]
    fn that_returns() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |busy| match busy {
        Busy(0) => Decision::Stop,
        Busy(call) if *call > 2 => Decision::Stop,
        Busy(_) => Decision::Retry,
    }, sleep = ready)]
    async fn that_matches() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |error| error.is::<Busy>(), sleep = ready)]
    async fn of_a_boxed_error() -> Result<u32, Box<dyn Error + Send + Sync>> {
        Ok(fails_twice()?)
    }
    check(pattern(), Ok(7));
    check(run(pattern_behind_a_reference()), Ok(7));
    check(with_types(), Ok(7));
    check(run(with_half_a_type()), Ok(7));
    check(that_returns(), Ok(7));
    check(run(that_matches()), Ok(7));
    check(run(send(of_a_boxed_error())).unwrap(), 7);
}

#[test]
fn on_as_another_expression() {
    macro_rules! busy {
        () => {
            |busy| busy.0 < 3
        };
    }
    fn up_to(most: u32) -> impl Fn(&Busy) -> bool {
        move |busy| busy.0 <= most
    }
    #[rustfmt::skip]
    #[retry(max = 4, initial = "0s", on = (|busy| busy.0 < 3))]
    fn in_parentheses() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = { let most = 2; move |busy| busy.0 <= most })]
    fn block() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = { let most = 2; move |busy: &Busy| busy.0 <= most }, sleep = ready)]
    async fn block_with_types() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = busy!(), sleep = ready)]
    async fn macro_call() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = up_to(most))]
    fn call(most: u32) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = match most { 2 => |busy: &Busy| busy.0 < 3, _ => always::<Busy> })]
    fn matched(most: u32) -> Result<u32, Busy> {
        fails_twice()
    }
    check(in_parentheses(), Ok(7));
    check(block(), Ok(7));
    check(run(send(block_with_types())), Ok(7));
    check(run(send(macro_call())), Ok(7));
    check(call(2), Ok(7));
    check(matched(2), Ok(7));
}

#[test]
fn on_as_a_reference_a_static_or_a_field() {
    static DECIDE: fn(&Busy) -> bool = |busy| busy.0 < 3;
    struct Boxed {
        decide: Box<dyn Fn(&Busy) -> bool + Send + Sync>,
    }
    impl Boxed {
        #[retry(max = 4, initial = "0s", on = &self.decide, sleep = ready)]
        async fn by_field(&self) -> Result<u32, Busy> {
            fails_twice()
        }
    }
    #[retry(max = 4, initial = "0s", on = DECIDE, sleep = ready)]
    async fn by_static() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = &DECIDE)]
    fn by_reference() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = decide, sleep = ready)]
    async fn by_object(decide: &(dyn Fn(&Busy) -> bool + Sync)) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = decide)]
    fn by_box(decide: Box<dyn Fn(&Busy) -> bool>) -> Result<u32, Busy> {
        fails_twice()
    }
    check(run(send(Boxed { decide: Box::new(always) }.by_field())), Ok(7));
    check(run(send(by_static())), Ok(7));
    check(by_reference(), Ok(7));
    check(run(send(by_object(&always))), Ok(7));
    check(by_box(Box::new(always)), Ok(7));
}

#[test]
fn hooks_see_what_the_body_did_to_the_parameters() {
    #[retry(max = 4, initial = "0s", on = |_| list.len() < 3, notify = |event| assert_eq!(list.len(), event.attempt() as usize))]
    fn now(list: &mut Vec<u32>) -> Result<u32, Busy> {
        list.push(1);
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |_| list.len() < 3, sleep = ready)]
    async fn later(mut list: Vec<u32>) -> Result<u32, Busy> {
        list.push(1);
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", on = |_| text.len() == 1)]
    fn as_it_came(mut text: &str) -> Result<usize, Busy> {
        let longer = format!("{text}!");
        text = &longer;
        fails_twice()?;
        Ok(text.len())
    }
    check(now(&mut vec![]), Ok(7));
    check(run(send(later(vec![]))), Ok(7));
    check(as_it_came("a"), Ok(2));
}

#[test]
fn a_move_closure_has_the_parameters_of_the_start() {
    #[retry(max = 4, initial = "0s", on = move |_| number == 0)]
    fn copied(mut number: u32) -> Result<u32, Busy> {
        number += 1;
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s", on = move |_| !text.is_empty(), sleep = ready)]
    async fn owned(text: String) -> Result<u32, Busy> {
        fails_twice()
    }
    check(copied(0), Ok(10));
    check(run(send(owned("a".to_owned()))), Ok(7));
}

#[test]
fn notify_in_every_form() {
    fn tell(event: &Event<'_, Busy>) {
        assert_eq!(event.error().unwrap(), &Busy(event.attempt()));
    }
    fn teller<E>(log: &RefCell<Vec<u32>>) -> impl Fn(&Event<'_, E>) {
        |event| log.borrow_mut().push(event.attempt())
    }
    #[retry(max = 4, initial = "0s", notify = tell)]
    fn path() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", notify = |event| log.borrow_mut().push(event.attempt()), sleep = ready)]
    async fn closure(log: &RefCell<Vec<u32>>) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", notify = teller(log))]
    fn call(log: &RefCell<Vec<u32>>) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", notify = { let list = log; move |event| list.borrow_mut().push(event.attempt()) })]
    fn block(log: &RefCell<Vec<u32>>) -> Result<u32, Busy> {
        fails_twice()
    }
    let log = RefCell::default();
    check(path(), Ok(7));
    check(run(closure(&log)), Ok(7));
    check(call(&log), Ok(7));
    check(block(&log), Ok(7));
    assert_eq!(log.take(), [1, 2, 1, 2, 1, 2]);
}

#[test]
fn sleep_in_every_form() {
    macro_rules! nothing {
        () => {
            |_| ()
        };
    }
    struct Clock(Cell<u32>);
    impl Clock {
        fn sleep(&self, _: Duration) {
            self.0.set(self.0.get() + 1);
        }

        #[retry(max = 4, initial = "1s", sleep = |wait| self.sleep(wait))]
        fn by_method(&self) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.0.get())
        }
    }
    fn boxed(_: Duration) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async { 1 })
    }
    #[retry(max = 4, initial = "1s", sleep = nothing!())]
    fn macro_call() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "1ms", sleep = std::thread::sleep)]
    fn path() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "1s", sleep = boxed)]
    async fn path_async() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "1s", sleep = |wait| async move { ready(wait).await })]
    async fn closure() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "1s", sleep = async |wait| ready(wait).await)]
    async fn async_closure() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "1s", sleep = sleep)]
    async fn parameter(sleep: impl Fn(Duration) -> Ready<()> + Send + Sync) -> Result<u32, Busy> {
        fails_twice()
    }
    check(Clock(Cell::new(0)).by_method(), Ok(9));
    check(macro_call(), Ok(7));
    check(path(), Ok(7));
    check(run(send(path_async())), Ok(7));
    check(run(send(closure())), Ok(7));
    check(run(send(async_closure())), Ok(7));
    check(run(send(parameter(|_| ready(())))), Ok(7));
}

#[tokio::test(start_paused = true)]
async fn the_timers_of_tokio() {
    #[retry(max = 4, initial = "1s", sleep = tokio::time::sleep)]
    async fn path() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "1s", sleep = |wait| async move { tokio::time::sleep(wait).await })]
    async fn closure() -> Result<u32, Busy> {
        fails_twice()
    }
    check(path().await, Ok(7));
    check(closure().await, Ok(7));
}

mod ours {
    pub(super) use ::persevere::{self};
    pub(super) mod deep {
        pub(crate) use persevere::*;
    }
}

#[test]
fn the_crate_under_another_path() {
    mod user {
        #[super::ours::deep::retry(max = 4, initial = "0s", jitter = equal, cap = "2s", crate = super::ours::deep)]
        pub(super) fn by_super() -> Result<u32, super::Busy> {
            super::fails_twice()
        }
    }
    #[ours::deep::retry(max = 4, initial = "0s", crate = ours::deep)]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    #[ours::persevere::retry(max = 4, initial = "0s", sleep = ready, crate = self::ours::persevere)]
    async fn later() -> Result<u32, Busy> {
        fails_twice()
    }
    #[crate::values::ours::deep::retry(max = 4, initial = "0s", crate = crate::values::ours::deep)]
    fn by_crate() -> Result<u32, Busy> {
        fails_twice()
    }
    #[::persevere::retry(max = 4, initial = "0s", crate = ::persevere)]
    fn by_root() -> Result<u32, Busy> {
        fails_twice()
    }
    check(user::by_super(), Ok(7));
    check(now(), Ok(7));
    check(run(later()), Ok(7));
    check(by_crate(), Ok(7));
    check(by_root(), Ok(7));
}

#[test]
fn the_attribute_under_another_name() {
    use persevere::retry as persist;

    #[persist(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(), Ok(7));
}
