//! Functions that once compiled and were called a single time, or read right and did not compile.

#![allow(clippy::all, clippy::pedantic, reason = "the functions are as odd as users may write them")]

use std::error::Error;
use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use persevere::{Elapsed, Event, Upstream, retry};
use tracing::{Instrument as _, instrument};

use super::{Busy, calls, check, fails_twice, run, send};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct Service(bool, u32);

impl Service {
    async fn one(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.1)
    }
}

#[test]
fn async_trait_below_instrument_that_looks_at_the_outcome() {
    #[async_trait]
    trait Load {
        async fn ret(&self, key: String) -> Result<String, Busy>;
        async fn both(&self, key: String) -> Result<String, Busy>;
        async fn exclusive(&mut self, key: String) -> Result<String, Busy>;
        async fn apart(&self, pair: (u32, String), key: String) -> Result<String, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[instrument(skip(self), ret)]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn ret(&self, key: String) -> Result<String, Busy> {
            fails_twice()?;
            Ok(key.clone())
        }

        #[instrument(skip(self), err, ret)]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn both(&self, key: String) -> Result<String, Busy> {
            fails_twice()?;
            Ok(key.clone())
        }

        #[instrument(skip_all, ret, fields(number = self.1))]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn exclusive(&mut self, key: String) -> Result<String, Busy> {
            self.1 += 1;
            fails_twice()?;
            Ok(format!("{key}{}", self.1))
        }

        #[instrument(skip(self), err, ret)]
        #[retry(max = number, initial = "0s", sleep = ready)]
        async fn apart(&self, (number, text): (u32, String), key: String) -> Result<String, Busy> {
            fails_twice()?;
            Ok(format!("{key}{number}{text}"))
        }
    }
    check(run(send(Service(true, 0).ret("a".to_owned()))), Ok("a".to_owned()));
    check(run(send(Service(true, 0).both("a".to_owned()))), Ok("a".to_owned()));
    check(run(send(Service(true, 0).exclusive("a".to_owned()))), Ok("a3".to_owned()));
    check(run(send(Service(true, 0).apart((4, "b".to_owned()), "a".to_owned()))), Ok("a4b".to_owned()));
}

impl Service {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn early(&self) -> Boxed<'_, Result<u32, Busy>> {
        if self.0 {
            return Box::pin(self.one());
        }
        Box::pin(async move { Ok(fails_twice()? * 2) })
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn with_a_block_of_its_own(&self, number: Option<u32>) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + '_>> {
        let Some(number) = number else {
            return Box::pin(async move { Ok(fails_twice()? + self.1) });
        };
        let plus = move |plus: u32| {
            return number + plus;
        };
        Box::pin(async move { Ok(fails_twice()? + plus(1)) })
    }
}

#[test]
fn a_function_that_returns_before_its_async_block() {
    check(run(Service(true, 1).early()), Ok(8));
    check(run(Service(false, 1).early()), Ok(14));
    check(run(Service(false, 1).with_a_block_of_its_own(None)), Ok(8));
    check(run(Service(false, 1).with_a_block_of_its_own(Some(2))), Ok(10));
}

macro_rules! doubled {
    ($number:expr) => {
        $number * 2
    };
}

impl Service {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn of_self<'a>(&'a mut self, key: &'a str) -> Boxed<'a, Result<&'a str, Busy>> {
        debug_assert!(self.0);
        let add = |number: u32| -> u32 {
            return number + doubled!(number);
        };
        self.1 = add(self.1);
        return Box::pin(async move {
            self.1 += fails_twice()?;
            Ok(key)
        });
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn of_shared(&self, number: u32) -> impl Future<Output = Result<u32, Busy>> + '_ {
        tracing::info!("{}", number);
        async { Ok(fails_twice()? + self.1) }
    }
}

#[test]
fn macros_before_the_async_block() {
    /// Nothing keeps a user from this.
    macro_rules! vec {
        ($($number:expr),*) => {
            <[_]>::into_vec(Box::new([$($number),*]))
        };
    }
    struct Key(String);

    #[retry(max = max, initial = "0s", sleep = ready)]
    fn load(key: Key, max: u32, list: &mut Vec<u32>) -> impl Future<Output = Result<u32, Busy>> + use<'_> {
        println!("{}", key.0);
        let max = doubled!(key.0.len() as u32);
        list.extend(vec![max]);
        async move {
            list.push(fails_twice()?);
            Ok(max + key.0.len() as u32 + list.len() as u32)
        }
    }
    check(run(load(Key("ab".to_owned()), 4, &mut Vec::new())), Ok(8));

    let mut service = Service(true, 1);
    check(run(send(service.of_self("a"))), Ok("a"));
    assert_eq!(service.1, 10);
    check(run(service.of_shared(1)), Ok(17));
}

#[test]
fn a_return_in_a_closure_leaves_the_statements_to_run_once() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load(runs: &std::cell::Cell<u32>) -> impl Future<Output = Result<u32, Busy>> + '_ {
        let add = |number: u32| -> u32 {
            return number + 1;
        };
        runs.set(add(runs.get()));
        let prepared = run(async { return 1 });
        async move {
            fails_twice()?;
            Ok(runs.get() * prepared)
        }
    }
    check(run(load(&std::cell::Cell::new(0))), Ok(1));
}

#[test]
fn a_mut_reference_starts_each_attempt_as_it_came_in_behind_statements_too() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load<'a>(mut text: &'a str, list: &'a mut Vec<u32>) -> Boxed<'a, Result<String, Busy>> {
        let length = 1;
        Box::pin(async move {
            let before = text;
            let local = text[length..].to_owned();
            text = &local;
            consume(list);
            fails_twice()?;
            Ok(format!("{before} {text}"))
        })
    }
    fn consume(list: &mut Vec<u32>) {
        list.push(1);
    }
    let mut list = Vec::new();
    check(run(load("abc", &mut list)), Ok("abc bc".to_owned()));
    assert_eq!(list.len(), 3);

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn changed_before(mut text: &str) -> impl Future<Output = Result<String, Busy>> + '_ {
        text = text.trim();
        async move {
            let before = text;
            text = "gone";
            fails_twice()?;
            Ok(format!("{before} {text}"))
        }
    }
    check(run(changed_before(" abc ")), Ok("abc gone".to_owned()));
}

#[test]
fn keys_see_the_parameters_that_the_body_hides() {
    #[retry(max = max, initial = delay, sleep = ready)]
    fn load(max: u32, delay: Duration) -> impl Future<Output = Result<u32, Busy>> {
        let max = max * 0;
        let delay = (max, delay);
        async { Ok(fails_twice()? + delay.0) }
    }
    check(run(load(4, Duration::ZERO)), Ok(7));
}

#[test]
fn the_attempt_is_known_to_hooks_with_every_set_of_keys() {
    static CALM: Upstream = Upstream::new();

    #[retry(initial = "0s", max = 9, attempt = a, on = |_| a.number() < 3, notify = |_: &Event<'_, _>| assert!(a.number() > 0))]
    fn plain(limit: u32) -> Result<u32, Busy> {
        Ok(limit + fails_twice()?)
    }

    #[retry(initial = "0s", max = 9, attempt = a, on = |_| a.number() < 3, upstream = CALM)]
    fn paced(limit: u32) -> Result<u32, Busy> {
        Ok(limit + fails_twice()?)
    }

    #[retry(initial = "0s", max = 9, attempt = a, on = move |_| a.number() < limit, until = move |_| a.number() == 3, notify = |_| assert!(!a.is_last()), upstream = CALM, sleep = ready, deadline = "60s")]
    async fn everything(limit: u32) -> Result<u32, Busy> {
        Ok(limit + fails_twice()? + a.retries())
    }
    check(plain(1), Ok(8));
    check(paced(1), Ok(8));
    check(run(everything(3)), Ok(12));
}

#[test]
fn an_upstream_that_outlives_the_call() {
    static CALM: Upstream = Upstream::new();
    struct Client {
        pace: Upstream,
        shared: Arc<Upstream>,
        pools: Vec<Arc<Upstream>>,
    }
    impl Client {
        fn pick(&self) -> &Upstream {
            &self.pace
        }

        fn any(&self) -> Arc<Upstream> {
            Arc::clone(&self.shared)
        }

        #[retry(initial = "0s", upstream = self.pace)]
        fn field(&self) -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(initial = "0s", upstream = *self.shared)]
        fn pointed(&self) -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(initial = "0s", upstream = self.shared)]
        fn arc(&self) -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(initial = "0s", upstream = self.pick())]
        fn picked(&self) -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(initial = "0s", upstream = self.any(), sleep = ready)]
        async fn cloned(&self) -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(initial = "0s", upstream = &self.pools[0])]
        fn indexed(&self) -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(initial = "0s", upstream = if self.pools.is_empty() { &CALM } else { &self.pools[0] })]
        fn chosen(&self) -> Result<u32, Busy> {
            fails_twice()
        }
    }
    let client = Client { pace: Upstream::new(), shared: Arc::default(), pools: vec![Arc::default()] };
    check(client.field(), Ok(7));
    check(client.pointed(), Ok(7));
    check(client.arc(), Ok(7));
    check(client.picked(), Ok(7));
    check(run(client.cloned()), Ok(7));
    check(client.indexed(), Ok(7));
    check(client.chosen(), Ok(7));
}

#[test]
fn hooks_of_an_outcome_with_an_impl_trait() {
    fn number() -> impl Fn(&Busy) -> bool {
        |_| true
    }

    #[retry(initial = "0s", on = move |error| error.0 < limit, notify = |event| assert!(event.attempt() < limit))]
    fn sync(limit: u32) -> Result<impl Into<u64> + Copy, Busy> {
        fails_twice()
    }
    #[retry(initial = "0s", on = { let limit = 9; move |error| error.0 < limit }, until = move |value| value + 0 == 7)]
    fn block() -> Result<impl Into<u64> + std::ops::Add<u32, Output = u32> + Copy, Busy> {
        fails_twice()
    }
    #[retry(initial = "0s", sleep = ready, on = number(), notify = move |event| assert!(event.attempt() < 9))]
    async fn asynchronous() -> Result<impl Into<u64>, Busy> {
        fails_twice()
    }
    check(sync(9).map(Into::into), Ok(7_u64));
    check(block().map(Into::into), Ok(7_u64));
    check(run(asynchronous()).map(Into::into), Ok(7_u64));
}

#[test]
fn hooks_that_move_what_the_next_attempt_needs_too() {
    #[retry(initial = "0s", max = 9, attempt = a, on = move |_| a.number() < *limit, until = move |_| a.number() == *limit)]
    fn known(limit: Arc<u32>) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(initial = "0s", on = move |error| error.0 < *limit, notify = move |event| assert!(event.attempt() < *other))]
    fn opaque(limit: Arc<u32>, other: Box<u32>) -> Result<impl Into<u64> + Copy, Busy> {
        fails_twice()
    }
    check(known(Arc::new(3)), Ok(7));
    check(opaque(Arc::new(9), Box::new(9)).map(Into::into), Ok(7_u64));
}

#[test]
fn hooks_of_futures_under_other_names() {
    type Reply<'a> = Pin<Box<dyn Future<Output = Result<u32, Busy>> + 'a>>;
    /// An alias of the user's own, whose argument is not the outcome.
    type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Busy>> + Send + 'a>>;

    #[retry(initial = "0s", sleep = ready, on = move |error| error.0 < limit, notify = |event| assert!(event.attempt() < 9))]
    fn alias(limit: u32) -> Reply<'static> {
        Box::pin(async move { Ok(fails_twice()? + limit) })
    }
    #[retry(initial = "0s", sleep = ready, on = |error| error.0 < 9)]
    fn own_alias<'a>(text: &'a str) -> BoxFuture<'a, usize> {
        Box::pin(async move {
            fails_twice()?;
            Ok(text.len())
        })
    }
    #[retry(initial = "0s", sleep = ready, on = |error| error.0 < 9)]
    fn own_alias_called<'a>(text: &'a str) -> BoxFuture<'a, usize> {
        own_alias_inner(text)
    }
    fn own_alias_inner(text: &str) -> BoxFuture<'_, usize> {
        Box::pin(async move {
            fails_twice()?;
            Ok(text.len())
        })
    }
    #[retry(initial = "0s", sleep = ready, on = |error| error.0 < 9, until = |value| *value > 0)]
    fn spanned() -> impl Future<Output = Result<u32, Busy>> {
        async move { Ok(fails_twice()?) }.instrument(tracing::info_span!("load"))
    }
    #[retry(initial = "0s", sleep = ready, on = move |error| error.0 < 9)]
    fn named() -> impl Future<Output = Result<u32, Busy>> {
        let future = async { Ok(fails_twice()?) };
        future
    }
    check(run(alias(9)), Ok(16));
    check(run(send(own_alias("abc"))), Ok(3));
    check(run(send(own_alias_called("abc"))), Ok(3));
    check(run(spanned()), Ok(7));
    check(run(named()), Ok(7));
}

#[test]
fn hooks_that_read_self_under_async_trait() {
    struct Array<const N: usize>([u32; N]);

    #[async_trait]
    trait Load {
        async fn exclusive(&mut self) -> Result<u32, Busy>;
        async fn owned(self: Arc<Self>) -> Result<u32, Busy>;
        async fn braces<const N: usize>(&self) -> Result<Array<{ N }>, Busy>;
        async fn apart(&self, (first, second): (u32, u32)) -> Result<u32, Busy>;
        async fn moved(&self, list: &mut Vec<u32>) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = self.1, initial = "0s", sleep = ready, on = |_| self.0)]
        async fn exclusive(&mut self) -> Result<u32, Busy> {
            self.1 += 1;
            Ok(fails_twice()? + self.1)
        }

        #[retry(max = self.1, initial = "0s", sleep = ready, on = |_| self.0)]
        async fn owned(self: Arc<Self>) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.1)
        }

        #[retry(initial = "0s", sleep = ready)]
        async fn braces<const N: usize>(&self) -> Result<Array<{ N }>, Busy> {
            Ok(Array([fails_twice()?; N]))
        }

        #[retry(max = first, initial = "0s", sleep = ready, on = |error| error.0 < second)]
        async fn apart(&self, (first, second): (u32, u32)) -> Result<u32, Busy> {
            Ok(fails_twice()? + first + second)
        }

        #[retry(initial = "0s", sleep = ready)]
        async fn moved(&self, list: &mut Vec<u32>) -> Result<u32, Busy> {
            let list = list;
            list.push(1);
            fails_twice()
        }
    }
    check(run(send(Service(true, 3).exclusive())), Ok(13));
    check(run(send(Arc::new(Service(true, 3)).owned())), Ok(10));
    check(run(Service(true, 3).braces::<2>()).map(|array| array.0), Ok([7, 7]));
    check(run(Service(true, 3).apart((3, 9))), Ok(19));
    let mut list = Vec::new();
    check(run(Service(true, 3).moved(&mut list)), Ok(7));
    assert_eq!(list.len(), 3);
}

#[test]
fn a_mut_reference_may_be_moved_where_the_outcome_has_another_lifetime() {
    fn consume(list: &mut Vec<u32>) {
        list.push(1);
    }
    #[retry(initial = "0s")]
    fn fixed(list: &mut Vec<u32>) -> Result<&'static str, Busy> {
        let list = list;
        consume(list);
        fails_twice().map(|_| "done")
    }
    #[retry(initial = "0s", on = |_| true)]
    fn boxed(list: &mut Vec<u32>) -> Result<u32, Box<dyn Error + 'static>> {
        let list = list;
        consume(list);
        Ok(fails_twice()?)
    }
    #[retry(initial = "0s", sleep = ready)]
    fn future(list: &mut Vec<u32>) -> impl Future<Output = Result<u32, Busy>> + '_ {
        async move {
            let list = list;
            consume(list);
            fails_twice()
        }
    }
    #[retry(initial = "0s")]
    fn of_self<'a>(this: &'a Service, list: &mut Vec<u32>) -> Result<&'a u32, Busy> {
        let list = list;
        consume(list);
        fails_twice().map(|_| &this.1)
    }
    check(fixed(&mut Vec::new()), Ok("done"));
    check(boxed(&mut Vec::new()).map_err(|_| Busy(0)), Ok(7));
    check(run(future(&mut Vec::new())), Ok(7));
    check(of_self(&Service(true, 5), &mut Vec::new()), Ok(&5));
}

#[derive(Debug)]
struct Late;

impl From<Elapsed> for Late {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

impl From<Busy> for Late {
    fn from(_: Busy) -> Self {
        Self
    }
}

impl Service {
    async fn inner_late(&mut self) -> Result<u32, Late> {
        Ok(self.inner().await?)
    }

    async fn inner(&mut self) -> Result<u32, Busy> {
        self.1 += 1;
        Ok(fails_twice()? + self.1)
    }

    #[retry(initial = "0s", sleep = ready)]
    fn outer(&mut self) -> impl Future<Output = Result<u32, Busy>> + '_ {
        self.inner()
    }

    #[retry(initial = "0s", sleep = ready)]
    fn outer_boxed(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
        Box::pin(self.inner())
    }
}

static CALM: Upstream = Upstream::new();

impl Service {
    #[retry(initial = "0s", sleep = ready, upstream = CALM)]
    fn paced(&mut self) -> impl Future<Output = Result<u32, Busy>> + '_ {
        self.inner()
    }

    #[retry(initial = "0s", sleep = ready, timeout = "9s", deadline = "9s", on = |_| true)]
    fn limited(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, Late>> + Send + '_>> {
        Box::pin(self.inner_late())
    }

    #[retry(initial = "0s", sleep = ready)]
    fn behind_a_macro(&mut self) -> impl Future<Output = Result<u32, Busy>> + '_ {
        tracing::info!("called");
        return self.inner();
    }

    #[retry(initial = "0s", sleep = ready, upstream = CALM, timeout = "9s", on = |_| true)]
    fn limited_behind_a_macro(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, Late>> + Send + '_>> {
        tracing::info!("called");
        return Box::pin(self.inner_late());
    }
}

#[test]
fn the_future_of_a_method_on_exclusive_self() {
    check(run(Service(true, 0).paced()), Ok(10));
    check(run(send(Service(true, 0).limited())).map_err(|_| Busy(0)), Ok(10));
    check(run(Service(true, 0).behind_a_macro()), Ok(10));
    check(run(send(Service(true, 0).limited_behind_a_macro())).map_err(|_| Busy(0)), Ok(10));
    check(run(Service(true, 0).outer()), Ok(10));
    check(run(send(Service(true, 0).outer_boxed())), Ok(10));
}

#[test]
fn sync_functions_below_instrument_that_looks_at_the_outcome() {
    #[instrument(ret)]
    #[retry(initial = "0s")]
    fn ret(key: String) -> Result<String, Busy> {
        fails_twice()?;
        Ok(key.clone())
    }
    #[instrument(err, ret)]
    #[retry(initial = "0s")]
    fn both(key: String) -> Result<String, Busy> {
        fails_twice()?;
        Ok(key.clone())
    }
    #[instrument(err)]
    #[retry(initial = "0s")]
    fn err(key: String) -> Result<String, Busy> {
        fails_twice()?;
        Ok(key.clone())
    }
    for load in [ret, both, err] {
        check(load("a".to_owned()), Ok("a".to_owned()));
    }
}

#[test]
fn hooks_that_never_return() {
    #[retry(initial = "0s", notify = |event| panic!("{event}"))]
    fn told() -> Result<u32, Busy> {
        fails_twice()
    }
    let prefix = "notified: ".to_owned();
    #[retry(initial = "0s", notify = move |event| panic!("{prefix}{event}"))]
    fn told_by_a_capture(prefix: String) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(initial = "1ms", jitter = none, sleep = |wait| panic!("{wait:?}"))]
    fn paused() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(initial = "1ms", jitter = none, sleep = move |_| unreachable!())]
    fn paused_by_a_capture() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(initial = "0s", on = |_| todo!())]
    fn asked() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(initial = "0s", until = |_| unimplemented!())]
    fn accepted() -> Result<u32, Busy> {
        fails_twice()
    }
    let said = |function: &dyn Fn() -> Result<u32, Busy>| {
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(function)).unwrap_err();
        let text = panicked.downcast_ref::<String>().cloned();
        text.unwrap_or_else(|| panicked.downcast_ref::<&str>().unwrap().to_string())
    };
    let retried = "attempt 1 of 3 failed: busy at call 1; retrying at once";
    for (function, says, made) in [
        (&told as &dyn Fn() -> Result<u32, Busy>, retried, 1),
        (&|| told_by_a_capture(prefix.clone()), "notified: ", 1),
        (&paused, "1ms", 1),
        (&paused_by_a_capture, "entered unreachable code", 1),
        (&asked, "not yet implemented", 1),
        (&accepted, "not implemented", 3),
    ] {
        let text = said(function);
        assert!(text.contains(says), "{text}");
        assert_eq!(calls(), made, "{says}");
    }
}

#[test]
fn values_as_people_write_them() {
    #[retry(initial = "0s", factor = 2f64)]
    fn suffix(#[allow(unused_mut, reason = "as users write it")] mut text: &str) -> Result<usize, Busy> {
        fails_twice()?;
        Ok(text.len())
    }
    enum Never {}
    #[retry(initial = "0s", on = |error| match *error {})]
    fn never() -> Result<u32, Never> {
        Ok(1)
    }
    #[retry(initial = "0s", factor = 3u64)]
    fn integer() -> Result<u32, Busy> {
        fails_twice()
    }
    check(integer(), Ok(7));
    check(suffix("abc"), Ok(3));
    assert!(never().is_ok());
}
