use std::future::ready;
use std::pin::Pin;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, LocalBoxFuture};
use persevere::retry;

use super::{Busy, calls, check, fails_twice, run, send};

struct Service(u32);

#[test]
fn impl_future() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn plain(number: u32) -> impl Future<Output = Result<u32, Busy>> {
        async move { Ok(fails_twice()? + number) }
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    fn qualified(text: String) -> impl ::core::future::Future<Output = anyhow::Result<usize>> + Send + 'static {
        async move {
            fails_twice()?;
            Ok(text.len())
        }
    }
    check(run(plain(1)), Ok(8));
    check(run(send(qualified("a".to_owned()))).unwrap(), 1);
}

impl Service {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn shared(&self) -> impl Future<Output = Result<u32, Busy>> + '_ {
        async move { Ok(fails_twice()? + self.0) }
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn named<'a>(&'a self, text: &'a str) -> impl Future<Output = Result<&'a str, Busy>> + Send + 'a {
        async move {
            fails_twice()?;
            Ok(text)
        }
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn exclusive(&mut self) -> impl Future<Output = Result<u32, Busy>> {
        async move {
            self.0 += 1;
            Ok(fails_twice()? + self.0)
        }
    }
}

#[test]
fn impl_future_that_borrows() {
    check(run(Service(1).shared()), Ok(8));
    check(run(send(Service(1).named("a"))), Ok("a"));
    check(run(Service(1).exclusive()), Ok(11));
}

#[test]
fn impl_future_that_captures_only_what_it_says() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load(text: &str) -> impl Future<Output = Result<usize, Busy>> + use<> {
        let length = text.len();
        async move {
            fails_twice()?;
            Ok(length)
        }
    }
    let future = load(&String::from("a"));
    check(run(future), Ok(1));
}

#[test]
fn impl_future_of_a_generic_function() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load<F, Fut>(work: F) -> impl Future<Output = Result<u32, Busy>>
    where
        F: Fn() -> Fut,
        Fut: Future<Output = Result<u32, Busy>>,
    {
        async move { work().await }
    }
    check(run(load(|| ready(fails_twice()))), Ok(7));
}

#[test]
fn impl_future_in_traits() {
    trait Load {
        fn load(&self) -> impl Future<Output = Result<u32, Busy>> + Send;

        #[retry(max = 4, initial = "0s", sleep = ready)]
        fn by_default(&self) -> impl Future<Output = Result<u32, Busy>> + Send
        where
            Self: Sync,
        {
            async { fails_twice() }
        }
    }
    impl Load for Service {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        fn load(&self) -> impl Future<Output = Result<u32, Busy>> + Send {
            async move { Ok(fails_twice()? + self.0) }
        }
    }
    check(run(send(Service(1).load())), Ok(8));
    check(run(send(Service(1).by_default())), Ok(7));
}

#[test]
fn statements_before_the_future_run_once() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn opaque(text: &str, log: &mut Vec<u32>) -> impl Future<Output = Result<usize, Busy>> + use<> {
        log.push(1);
        let text = text.to_owned();
        let length = { text.len() };
        async move {
            if length > 100 {
                return Err(Busy(0));
            }
            fails_twice()?;
            Ok(length + text.len())
        }
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn pinned(text: &str, log: &mut Vec<u32>) -> Pin<Box<dyn Future<Output = Result<usize, Busy>> + Send>> {
        log.push(1);
        let text = text.to_owned();
        Box::pin(async move {
            fails_twice()?;
            Ok(text.len())
        })
    }
    let mut log = Vec::new();
    let future = opaque("a", &mut log);
    assert_eq!(log, [1]);
    check(run(future), Ok(2));
    let future = pinned("a", &mut log);
    assert_eq!(log, [1, 1]);
    check(run(future), Ok(1));
}

#[test]
fn nothing_is_tried_before_the_future_is_polled() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load() -> impl Future<Output = Result<u32, Busy>> {
        async { fails_twice() }
    }
    drop(load());
    assert_eq!(calls(), 0);
}

#[test]
fn the_future_of_another_function_is_made_anew_for_each_attempt() {
    async fn inner(number: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn opaque(number: u32) -> impl Future<Output = Result<u32, Busy>> {
        inner(number)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn pinned(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>> {
        Box::pin(inner(number))
    }
    check(run(opaque(1)), Ok(8));
    check(run(send(pinned(1))), Ok(8));
}

#[test]
fn a_pinned_box() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn plain(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>>>> {
        Box::pin(async move { Ok(fails_twice()? + number) })
    }
    #[rustfmt::skip]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn qualified(
        number: u32,
    ) -> std::pin::Pin<std::boxed::Box<dyn std::future::Future<Output = std::io::Result<u32>> + Send + 'static>> {
        return std::boxed::Box::pin(async move { Ok(fails_twice()? + number) },);
    }
    check(run(plain(1)), Ok(8));
    check(run(send(qualified(1))).unwrap(), 8);
}

impl Service {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn boxed<'a>(&'a self, text: &'a str) -> Pin<Box<dyn Future<Output = Result<&'a str, Busy>> + Send + 'a>> {
        let length = text.len();
        Box::pin(async move {
            assert_eq!(length, text.len());
            fails_twice()?;
            Ok(text)
        })
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn boxed_elided(&self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
        Box::pin(async move { Ok(fails_twice()? + self.0) })
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn boxed_exclusive(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + '_>> {
        Box::pin(async move {
            self.0 += 1;
            Ok(fails_twice()? + self.0)
        })
    }
}

#[test]
fn a_pinned_box_that_borrows() {
    check(run(send(Service(1).boxed("a"))), Ok("a"));
    check(run(send(Service(1).boxed_elided())), Ok(8));
    check(run(Service(1).boxed_exclusive()), Ok(11));
}

#[test]
fn a_future_under_a_name_of_its_own_behind_a_return_that_leaves_a_closure() {
    trait Answer: Future<Output = Result<u32, Busy>> {}
    impl<F: Future<Output = Result<u32, Busy>>> Answer for F {}
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load(number: u32) -> impl Answer {
        let at_least_one = |number: u32| if number == 0 { return 1 } else { number };
        let number = at_least_one(number);
        async move { Ok(fails_twice()? + number) }
    }
    check(run(load(0)), Ok(8));
}

#[test]
fn a_pinned_box_that_may_be_returned_early() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>> {
        if number == 0 {
            return Box::pin(async { Ok(0) });
        }
        Box::pin(async move { Ok(fails_twice()? + number) })
    }
    check(run(send(load(1))), Ok(8));
    assert_eq!(run(load(0)), Ok(0));
}

#[test]
fn a_pinned_box_that_is_recursive() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn load(depth: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>> {
        Box::pin(async move { if depth == 0 { fails_twice() } else { Ok(load(depth - 1).await? + 1) } })
    }
    check(run(send(load(2))), Ok(9));
}

#[test]
fn box_future_and_boxed() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn boxed<'a>(text: &'a str) -> BoxFuture<'a, Result<usize, Busy>> {
        async move {
            fails_twice()?;
            Ok(text.len())
        }
        .boxed()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn boxed_local(text: &str) -> LocalBoxFuture<'_, Result<usize, Busy>> {
        let length = text.len();
        async move {
            fails_twice()?;
            Ok(length)
        }
        .boxed_local()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn pinned(text: &str) -> BoxFuture<'_, Result<usize, Busy>> {
        Box::pin(async move {
            fails_twice()?;
            Ok(text.len())
        })
    }
    check(run(send(boxed("a"))), Ok(1));
    check(run(boxed_local("a")), Ok(1));
    check(run(send(pinned("a"))), Ok(1));
}

impl Service {
    #[retry(max = self.0 + 1, initial = "0s", sleep = ready, on = |busy| busy.0 < self.0)]
    fn limited(&self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
        Box::pin(async move { Ok(fails_twice()? + self.0) })
    }
}

#[test]
fn values_over_the_parameters_of_a_function_that_returns_a_future() {
    #[retry(max = max + 1, initial = "0s", sleep = ready, on = |busy| busy.0 < limit)]
    fn opaque(max: u32, limit: u32) -> impl Future<Output = Result<u32, Busy>> {
        async move { fails_twice() }
    }
    check(run(opaque(3, 9)), Ok(7));
    check(run(send(Service(3).limited())), Ok(10));
}
