//! Odd functions that could be left unrepeated: each is repeated, and counts its calls.

#![allow(
    clippy::all,
    clippy::pedantic,
    unused_parens,
    unused_braces,
    reason = "the functions are as odd as users may write them"
)]

use std::cell::Cell;
use std::future::{Future, ready};
use std::pin::Pin;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use persevere::retry;
use tracing::instrument;

use super::{Busy, check, fails_twice, run, send};

type Boxed = fn(bool) -> BoxFuture<'static, Result<u32, Busy>>;

async fn later() -> Result<u32, Busy> {
    fails_twice()
}

macro_rules! odd {
    ($($name:ident($($parameter:ident: $ty:ty),*) -> $returns:ty $body:block)+) => {
        $(
            #[retry(max = 4, initial = "0s", sleep = ready)]
            fn $name($($parameter: $ty),*) -> $returns $body
        )+
    };
}

odd! {
    by_a_match(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        match early {
            true => Box::pin(later()),
            false => Box::pin(async move { Ok(fails_twice()? + 1) }),
        }
    }
    by_an_if(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        if early { Box::pin(later()) } else { Box::pin(async move { Ok(fails_twice()? + 1) }) }
    }
    from_a_loop(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        loop {
            if early {
                break Box::pin(later());
            }
            break Box::pin(async move { Ok(fails_twice()? + 1) });
        }
    }
    from_a_label(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        'out: {
            if early {
                break 'out later().boxed();
            }
            Box::pin(async move { Ok(fails_twice()? + 1) })
        }
    }
    in_a_block(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        {
            if early {
                return Box::pin(later());
            }
        }
        { Box::pin(async move { Ok(fails_twice()? + 1) }) }
    }
    in_parentheses(_early: bool) -> impl Future<Output = Result<u32, Busy>> {
        (async move { fails_twice() })
    }
    cast(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        if early {
            return Box::pin(later()) as BoxFuture<'static, Result<u32, Busy>>;
        }
        Box::pin(async move { Ok(fails_twice()? + 1) }) as BoxFuture<'static, Result<u32, Busy>>
    }
    in_the_arguments_of_a_macro(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        assert!(if early { return Box::pin(later()) } else { true });
        Box::pin(async move { Ok(fails_twice()? + 1) })
    }
    behind_a_let_else(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        let false = early else { return later().boxed() };
        async move { Ok(fails_twice()? + 1) }.boxed()
    }
    in_a_condition(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        if early && return Box::pin(later()) {}
        return Box::pin(async move { Ok(fails_twice()? + 1) });
    }
    in_an_operator(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        let _ = early && { return Box::pin(later()) };
        return Box::pin(async move { Ok(fails_twice()? + 1) });
    }
    in_an_array(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        let _ = [0, if early { return Box::pin(later()) } else { 1 }];
        Box::pin(async move { Ok(fails_twice()? + 1) })
    }
    by_a_named_future(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        let future: BoxFuture<'static, Result<u32, Busy>> = Box::pin(async move { Ok(fails_twice()? + u32::from(!early)) });
        future
    }
    by_a_closure(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        let future = move || async move { Ok(fails_twice()? + u32::from(!early)) };
        Box::pin(future())
    }
    by_a_function(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        fn inner(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
            if early {
                return Box::pin(later());
            }
            return Box::pin(async move { Ok(fails_twice()? + 1) });
        }
        inner(early)
    }
    by_the_path_of_a_method(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        futures_util::FutureExt::boxed(async move { Ok(fails_twice()? + u32::from(!early)) })
    }
    ready_at_once(early: bool) -> impl Future<Output = Result<u32, Busy>> {
        ready(fails_twice().map(|number| number + u32::from(!early)))
    }
    chained(early: bool) -> impl Future<Output = Result<u32, Busy>> {
        later().map(move |outcome| Ok(outcome? + u32::from(!early)))
    }
}

#[test]
fn functions_that_return_a_future_from_somewhere() {
    for load in [
        by_a_match as Boxed,
        by_an_if,
        from_a_loop,
        from_a_label,
        in_a_block,
        cast,
        in_the_arguments_of_a_macro,
        behind_a_let_else,
        in_a_condition,
        in_an_operator,
        in_an_array,
        by_a_named_future,
        by_a_closure,
        by_a_function,
        by_the_path_of_a_method,
    ] {
        check(run(send(load(true))), Ok(7));
        check(run(send(load(false))), Ok(8));
    }
    check(run(in_parentheses(true)), Ok(7));
    check(run(ready_at_once(true)), Ok(7));
    check(run(chained(false)), Ok(8));
}

struct Service;

/// What looks like a statement of `#[async_trait]`'s is the user's from the second time on.
#[test]
fn a_parameter_that_the_body_renames_to_itself() {
    #[async_trait]
    trait Load {
        async fn number(&self, number: u32) -> Result<u32, Busy>;
        async fn text(&self, text: &str) -> Result<usize, Busy>;
        async fn spanned(&self, number: u32) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn number(&self, number: u32) -> Result<u32, Busy> {
            let mut number = number;
            number += 1;
            Ok(fails_twice()? + number)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn text(&self, text: &str) -> Result<usize, Busy> {
            let mut text = text;
            text = &text[1..];
            fails_twice()?;
            Ok(text.len())
        }

        #[instrument(skip(self), err, ret)]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn spanned(&self, number: u32) -> Result<u32, Busy> {
            let mut number = number;
            number += 1;
            Ok(fails_twice()? + number)
        }
    }
    check(run(send(Service.number(1))), Ok(9));
    check(run(send(Service.text("abcd"))), Ok(3));
    check(run(send(Service.spanned(1))), Ok(9));
}

#[test]
fn a_parameter_that_the_body_renames_to_itself_elsewhere() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: u32) -> Result<u32, Busy> {
        let mut number = number;
        number += 1;
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn boxed(number: u32, runs: &Cell<u32>) -> impl Future<Output = Result<u32, Busy>> {
        runs.set(runs.get() + 1);
        async move {
            let mut number = number;
            number += runs.get();
            Ok(fails_twice()? + number)
        }
    }
    check(now(1), Ok(9));
    check(run(boxed(1, &Cell::new(0))), Ok(9));
}

#[test]
fn instrumented_functions_that_return_early() {
    #[instrument]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn above(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        if early {
            return Box::pin(later());
        }
        Box::pin(async move { Ok(fails_twice()? + 1) })
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    #[instrument]
    fn below(early: bool) -> BoxFuture<'static, Result<u32, Busy>> {
        if early {
            return Box::pin(later());
        }
        Box::pin(async move { Ok(fails_twice()? + 1) })
    }
    #[instrument(ret)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn with_a_macro(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
        println!("{text}");
        Box::pin(async move { Ok(fails_twice()? + text.len() as u32) })
    }
    for load in [above as Boxed, below] {
        check(run(send(load(true))), Ok(7));
        check(run(send(load(false))), Ok(8));
    }
    check(run(with_a_macro("abc")), Ok(10));
}
