//! The functions of the crate `shapes` that an edition could make a difference to. Each edition before the present one
//! has a package that compiles this file.

#![allow(
    clippy::elidable_lifetime_names,
    clippy::manual_async_fn,
    clippy::needless_return,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_async,
    reason = "the functions are as odd as users may write them"
)]

// The root of this crate has modules named like the crates that the expansion might name.
mod alloc {}
mod core {}
mod persevere {}
mod std {}
mod tokio {}

use ::std::cell::Cell;
use ::std::error::Error;
use ::std::future::{Future, Ready};
use ::std::io;
use ::std::pin::Pin;
use ::std::sync::Arc;
use ::std::task::{Context, Poll, Waker};
use ::std::time::Duration;

use ::async_trait::async_trait;
use ::persevere::retry;
use ::persevere::{Decision, Retryable};

#[derive(Clone, Debug, PartialEq)]
struct Busy(u32);

impl Retryable for Busy {
    fn decision(&self) -> Decision {
        Decision::Retry
    }
}

impl From<Busy> for io::Error {
    fn from(_: Busy) -> Self {
        io::ErrorKind::ResourceBusy.into()
    }
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
}

/// `Err` at the first call and the second, then `Ok(7)`.
fn fails_twice() -> Result<u32, Busy> {
    let call = CALLS.get() + 1;
    CALLS.set(call);
    match call {
        1 | 2 => Err(Busy(call)),
        _ => Ok(7),
    }
}

#[track_caller]
fn check<T>(returned: Result<T, Busy>, expected: T)
where
    T: PartialEq + ::std::fmt::Debug,
{
    assert_eq!(returned, Ok(expected));
    assert_eq!(CALLS.replace(0), 3, "calls");
}

/// Runs a future that never has to wait for anything.
fn run<F: Future + Send>(future: F) -> F::Output {
    run_local(future)
}

fn run_local<F: Future>(future: F) -> F::Output {
    match Box::pin(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn no_wait(_: Duration) -> Ready<()> {
    panic!("it waits")
}

struct Client {
    max: u32,
    delay: Duration,
    log: Vec<u32>,
}

impl Client {
    fn new() -> Self {
        Self { max: 4, delay: Duration::ZERO, log: vec![] }
    }

    #[retry(max = self.max, initial = self.delay)]
    fn shared(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.max)
    }

    #[retry(max = self.max, initial = self.delay, sleep = no_wait, on = |busy| busy.0 < self.max)]
    async fn exclusive(&mut self) -> Result<usize, Busy> {
        self.log.push(1);
        fails_twice()?;
        Ok(self.log.len())
    }

    #[retry(max = 4, initial = "0s")]
    fn owned(mut self) -> Result<usize, Busy> {
        self.log.push(1);
        fails_twice()?;
        Ok(self.log.len())
    }

    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn in_arc(self: Arc<Self>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.max)
    }

    #[retry(max = 4, initial = "0s")]
    fn fields(&mut self) -> Result<usize, Busy> {
        let max = &self.max;
        let log = &mut self.log;
        let mut push = || log.push(*max);
        push();
        fails_twice()?;
        Ok(self.log.len())
    }
}

#[test]
fn receivers() {
    check(Client::new().shared(), 11);
    check(run(Client::new().exclusive()), 3);
    check(Client::new().owned(), 3);
    check(run(Arc::new(Client::new()).in_arc()), 11);
}

#[test]
fn methods_of_traits() {
    trait Load {
        type Error;
        fn load(&self) -> Result<u32, Self::Error>;

        #[retry(max = 4, initial = "0s")]
        fn by_default(&self) -> Result<u32, Busy> {
            fails_twice()
        }
    }
    impl Load for u32 {
        type Error = Busy;

        #[retry(max = 4, initial = "0s")]
        fn load(&self) -> Result<u32, Self::Error> {
            Ok(fails_twice()? + self)
        }
    }
    check(1.load(), 8);
    let object: &dyn Load<Error = Busy> = &1;
    check(object.by_default(), 7);
}

#[test]
fn type_const_and_lifetime_parameters() {
    #[retry(max = 4, initial = "0s")]
    fn now<'a, 'b: 'a, T: ?Sized, const N: usize>(first: &'a T, _: &'b T) -> Result<[&'a T; N], Busy> {
        fails_twice()?;
        Ok([first; N])
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn later<T>(value: &T) -> Result<T, Busy>
    where
        T: Clone + Sync,
    {
        fails_twice()?;
        Ok(value.clone())
    }
    check(now("a", "b"), ["a", "a"]);
    check(run(later(&1)), 1);
}

#[test]
fn closures_that_capture_fields() {
    check(Client::new().fields(), 3);
}

#[test]
fn the_question_mark_and_return() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        let number = fails_twice()?;
        return Ok(number);
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn later() -> Result<u32, Busy> {
        let number = async { fails_twice() }.await?;
        return Ok(number);
    }
    check(now(), 7);
    check(run(later()), 7);
}

#[test]
fn a_mut_reference_may_be_moved_by_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now(list: &mut Vec<u32>) -> Result<u32, Busy> {
        for number in list {
            *number += 1;
        }
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn later(list: &mut Vec<u32>) -> Result<usize, Busy> {
        let pushed = async move {
            list.push(1);
            list.len()
        };
        let length = pushed.await;
        fails_twice()?;
        Ok(length)
    }
    let mut list = vec![0];
    check(now(&mut list), 7);
    assert_eq!(list, [3]);
    check(run(later(&mut list)), 4);
}

#[test]
fn a_reference_may_be_pointed_at_a_local_of_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now(mut text: &str) -> Result<usize, Busy> {
        let longer = text.to_owned() + "!";
        text = &longer;
        fails_twice()?;
        Ok(text.len())
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn later(mut text: &str) -> Result<usize, Busy> {
        let longer = text.to_owned() + "!";
        text = &longer;
        fails_twice()?;
        Ok(text.len())
    }
    check(now("a"), 2);
    check(run(later("a")), 2);
}

#[test]
fn patterns_are_taken_apart_once() {
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn later((a, mut text): (u32, String), [first, ..]: [u32; 3], _: u32) -> Result<String, Busy> {
        text.push('+');
        fails_twice()?;
        Ok(format!("{a} {text} {first}"))
    }
    check(run(later((1, "two".to_owned()), [3, 4, 5], 6)), "1 two+++ 3".to_owned());
}

#[test]
fn closures_in_the_body() {
    struct Pair {
        left: String,
        right: u32,
    }
    #[retry(max = 4, initial = "0s")]
    fn now(mut pair: Pair) -> Result<u32, Busy> {
        let length = || pair.left.len();
        assert_eq!(length(), 1);
        pair.right += 1;
        Ok(fails_twice()? + pair.right)
    }
    check(now(Pair { left: "a".to_owned(), right: 0 }), 10);
}

#[test]
fn aliases_of_result_and_boxed_errors() {
    #[retry(max = 4, initial = "0s")]
    fn of_io() -> io::Result<u32> {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait, on = |error| error.is::<io::Error>())]
    async fn boxed() -> Result<u32, Box<dyn Error + Send + Sync>> {
        Ok(fails_twice().map_err(io::Error::from)?)
    }
    check(of_io().map_err(|_| Busy(0)), 7);
    check(run(boxed()).map_err(|_| Busy(0)), 7);
}

#[test]
fn impl_trait() {
    #[retry(max = 4, initial = "0s")]
    fn in_ok<'a>(numbers: &'a [u32]) -> Result<impl Iterator<Item = &'a u32> + 'a, Busy> {
        fails_twice()?;
        Ok(numbers.iter())
    }
    #[retry(max = 4, initial = "0s")]
    fn capturing_only_what_it_says(number: &u32) -> Result<impl Iterator<Item = u32> + use<>, Busy> {
        let last = fails_twice()? + *number;
        Ok(0..last)
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn in_a_parameter(load: impl Fn() -> Result<u32, Busy> + Sync + Send) -> Result<u32, Busy> {
        load()
    }
    check(in_ok(&[1, 2]).map(Iterator::count), 2);
    check(capturing_only_what_it_says(&1).map(Iterator::count), 8);
    check(run(in_a_parameter(fails_twice)), 7);
}

#[test]
fn impl_future() {
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    fn owned(number: u32) -> impl Future<Output = Result<u32, Busy>> + Send {
        let number = number + 1;
        async move { Ok(fails_twice()? + number) }
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    fn borrowed<'a>(text: &'a str) -> impl Future<Output = Result<&'a str, Busy>> + Send + 'a {
        async move {
            fails_twice()?;
            Ok(text)
        }
    }
    check(run(owned(1)), 9);
    check(run(borrowed("a")), "a");
}

#[test]
fn a_pinned_box() {
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    fn behind_a_macro<'a>(
        list: &'a mut Vec<u32>,
        text: &'a str,
    ) -> impl Future<Output = Result<u32, Busy>> + Send + 'a {
        println!("{}", text);
        let length = match text.len() {
            0 => panic!("an empty text"),
            length => length,
        };
        async move {
            list.push(fails_twice()?);
            Ok(list[0] + if length == 3 { 3 } else { 0 })
        }
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    fn ending_in_a_block<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<usize, Busy>> + Send + 'a>> {
        Box::pin(async move {
            fails_twice()?;
            Ok(text.len())
        })
    }
    async fn load(number: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    fn passed_on(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>> {
        Box::pin(load(number))
    }
    check(run(ending_in_a_block("a")), 1);
    check(run(passed_on(1)), 8);
    check(run(behind_a_macro(&mut Vec::new(), "abc")), 10);
}

#[test]
fn async_trait_methods() {
    #[async_trait]
    trait Load {
        async fn load(&mut self, text: String) -> Result<usize, Busy>;

        #[retry(max = 4, initial = "0s", sleep = no_wait)]
        async fn by_default(&self) -> Result<u32, Busy> {
            fails_twice()
        }
    }
    #[async_trait]
    impl Load for u32 {
        #[retry(max = 4, initial = "0s", sleep = no_wait)]
        async fn load(&mut self, text: String) -> Result<usize, Busy> {
            *self += 1;
            fails_twice()?;
            Ok(text.len() + *self as usize)
        }
    }
    check(run(0.load("a".to_owned())), 4);
    check(run(0.by_default()), 7);
}

#[test]
fn functions_made_by_a_macro() {
    macro_rules! make {
        ($name:ident, $later:ident, $pattern:pat, $ty:ty, $max:expr, $result:ty, $body:block) => {
            #[retry(max = $max, initial = "0s")]
            fn $name($pattern: $ty) -> $result $body

            #[retry(max = $max, initial = "0s", sleep = no_wait)]
            async fn $later($pattern: $ty) -> $result $body
        };
    }
    make!(now, later, (left, _), (u32, u32), 2 + 2, Result<u32, Busy>, { Ok(fails_twice()? + left) });
    check(now((1, 2)), 8);
    check(run(later((1, 2))), 8);
}

mod shadows {
    #![allow(non_camel_case_types, non_upper_case_globals)]
    #![no_implicit_prelude]

    use ::persevere::retry;

    use super::Busy;

    const attempt: ::std::primitive::u32 = 1;
    static delay: ::std::primitive::u32 = 1;

    pub(super) struct bool;
    pub(super) struct Result;
    pub(super) struct Ok;
    pub(super) struct Some;

    #[retry(max = 4, initial = "0s")]
    pub(super) fn now(_: (bool, Result, Ok, Some)) -> ::std::result::Result<u32, Busy> {
        let number = super::fails_twice()?;
        ::std::result::Result::Ok(number + attempt + delay)
    }

    #[retry(max = 4, initial = "0s", sleep = ::std::future::ready)]
    pub(super) async fn later() -> ::std::result::Result<u32, Busy> {
        super::fails_twice()
    }
}

#[test]
fn shadowed_names_without_the_prelude() {
    check(shadows::now((shadows::bool, shadows::Result, shadows::Ok, shadows::Some)), 9);
    check(run(shadows::later()), 7);
}

#[test]
fn async_closures() {
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn parameter(load: impl AsyncFn() -> Result<u32, Busy>) -> Result<u32, Busy> {
        load().await
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn body(list: Vec<u32>) -> Result<u32, Busy> {
        let plus = async |number: u32| -> Result<u32, Busy> { Ok(fails_twice()? + number + list[0]) };
        plus(1).await
    }
    check(run_local(parameter(async || fails_twice())), 7);
    check(run(body(vec![1])), 9);
}

#[test]
fn recursion() {
    #[retry(max = 4, initial = "0s")]
    fn now(depth: u32) -> Result<u32, Busy> {
        if depth > 0 {
            return Ok(now(depth - 1)? + 1);
        }
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn later(depth: u32) -> Result<u32, Busy> {
        if depth > 0 {
            return Ok(Box::pin(later(depth - 1)).await? + 1);
        }
        fails_twice()
    }
    check(now(2), 9);
    check(run(later(2)), 9);
}

#[test]
fn keywords_of_later_editions_as_names() {
    #[retry(max = gen, initial = "0s")]
    fn now(gen: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + gen)
    }
    #[retry(max = 4, initial = "0s", sleep = no_wait)]
    async fn gen() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(4), 11);
    check(run(gen()), 7);
}

#[test]
fn values_as_expressions() {
    fn up_to(most: u32) -> impl Fn(&Busy) -> bool {
        move |busy| busy.0 <= most
    }
    #[retry(max = max + 1, initial = initial, jitter = 0.5, factor = f64::from(max), on = up_to(max))]
    fn now(max: u32, initial: Duration) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = { assert!(max > 0); max }, initial = "0s", sleep = no_wait, on = move |busy| busy.0 < max, notify = |_| ())]
    async fn later(max: u32) -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(3, Duration::ZERO), 7);
    check(run(later(4)), 7);
}

#[test]
fn the_crate_under_another_path() {
    mod ours {
        pub(super) use ::persevere as retries;
    }
    #[ours::retries::retry(max = 4, initial = "0s", crate = ours::retries)]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(), 7);
}
