use std::fmt::Debug;
use std::future::{Future, ready};
use std::time::Duration;

use async_trait::async_trait;
use persevere::{Policy, retry};

use super::{Busy, check, fails_twice, run, send};

fn always<E>(_: &E) -> bool {
    true
}

#[test]
fn expr() {
    macro_rules! make {
        ($max:expr, $initial:expr, $on:expr, $sleep:expr, $value:expr) => {
            #[retry(max = $max, initial = $initial, on = $on)]
            fn now(_array: [u8; $max]) -> Result<u32, Busy> {
                Ok($value)
            }
            #[retry(max = $max, initial = $initial, on = $on, sleep = $sleep)]
            async fn later() -> Result<u32, Busy> {
                Ok($value)
            }
        };
    }
    make!(4, "0s", |busy| busy.0 < 3, ready, fails_twice()? + 1);
    check(now([0; 4]), Ok(8));
    check(run(later()), Ok(8));
}

#[test]
fn expr_through_two_macros() {
    macro_rules! outer {
        ($($value:expr),*) => { inner!($($value),*); };
    }
    macro_rules! inner {
        ($policy:expr, $max:expr, $initial:expr, $factor:expr, $jitter:expr, $on:expr, $sleep:expr) => {
            #[retry(policy = $policy, max = $max, initial = $initial, factor = $factor, jitter = $jitter, on = $on)]
            fn now() -> Result<u32, Busy> {
                fails_twice()
            }
            #[retry(policy = $policy, max = $max, initial = $initial, on = $on, sleep = $sleep)]
            async fn later() -> Result<u32, Busy> {
                fails_twice()
            }
        };
    }
    outer!(Policy::new(), 4, "0s", 1.5, full, |busy| busy.0 < 3, |_| ready(()));
    check(now(), Ok(7));
    check(run(send(later())), Ok(7));
}

#[test]
fn expr_that_is_the_future_to_return() {
    macro_rules! make {
        ($text:ident, $future:expr) => {
            #[retry(max = 4, initial = "0s", sleep = ready)]
            fn load($text: String) -> impl Future<Output = Result<usize, Busy>> {
                $future
            }
        };
    }
    // The text is not moved into the first attempt, as it would be if this were no block to repeat.
    make!(text, async move {
        fails_twice()?;
        Ok(text.len())
    });
    check(run(load("a".to_owned())), Ok(1));
}

#[test]
fn literal() {
    macro_rules! make {
        ($max:literal, $initial:literal, $jitter:literal, $plus:literal) => {
            #[retry(max = $max, initial = $initial, jitter = $jitter)]
            fn now() -> Result<u32, Busy> {
                Ok(fails_twice()? + $plus)
            }
            #[retry(max = $max, initial = $initial, jitter = $jitter, sleep = ready)]
            async fn later() -> Result<u32, Busy> {
                Ok(fails_twice()? + $plus)
            }
        };
    }
    make!(4, "0s", 0.5, 1);
    check(now(), Ok(8));
    check(run(later()), Ok(8));
}

#[test]
fn ty() {
    struct Service;
    macro_rules! make {
        ($result:ty, $number:ty, $error:ty, $this:ty, $text:ty) => {
            #[retry(max = 4, initial = "0s")]
            fn now(number: $number) -> $result {
                Ok(fails_twice()? + number)
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            async fn later(number: &$number) -> Result<$number, $error> {
                Ok(fails_twice()? + *number)
            }
            #[retry(max = 4, initial = "0s")]
            fn pointed_at_a_local(mut text: $text) -> Result<usize, $error> {
                let longer = format!("{text}!");
                text = &longer;
                fails_twice()?;
                Ok(text.len())
            }
            impl $this {
                #[retry(max = 4, initial = "0s")]
                fn shared(self: &$this) -> $result {
                    fails_twice()
                }
                #[retry(max = 4, initial = "0s", sleep = ready)]
                async fn boxed(self: Box<$this>) -> $result {
                    fails_twice()
                }
            }
        };
    }
    make!(Result<u32, Busy>, u32, Busy, Service, &str);
    check(now(1), Ok(8));
    check(run(send(later(&1))), Ok(8));
    check(pointed_at_a_local("a"), Ok(2));
    check(Service.shared(), Ok(7));
    check(run(Box::new(Service).boxed()), Ok(7));
}

#[test]
fn ty_that_is_opaque() {
    macro_rules! make {
        ($result:ty, $closure:ty, $future:ty) => {
            #[retry(max = 4, initial = "0s")]
            fn whole() -> $result {
                let number = fails_twice()?;
                Ok(move || number)
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            async fn part() -> Result<$closure, Busy> {
                let number = fails_twice()?;
                Ok(move || number)
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            fn future() -> $future {
                async { fails_twice() }
            }
        };
    }
    make!(Result<impl Fn() -> u32, Busy>, impl Fn() -> u32, impl Future<Output = Result<u32, Busy>>);
    check(whole().map(|made| made()), Ok(7));
    check(run(part()).map(|made| made()), Ok(7));
    check(run(future()), Ok(7));
}

#[test]
fn block() {
    struct Service(u32);
    macro_rules! make {
        ($this:ident, $now:block, $later:block, $method:block) => {
            #[retry(max = 4, initial = "0s")]
            fn now() -> Result<u32, Busy> $now

            #[retry(max = 4, initial = "0s", sleep = ready)]
            async fn later() -> Result<u32, Busy> $later

            #[retry(max = 4, initial = "0s")]
            fn nested() -> Result<u32, Busy> {
                let number = $later;
                number
            }
            impl Service {
                #[retry(max = 4, initial = "0s")]
                fn shared(&$this) -> Result<u32, Busy> $method

                #[retry(max = 4, initial = "0s", sleep = ready)]
                async fn exclusive(&mut $this) -> Result<u32, Busy> $method
            }
        };
    }
    make!(
        self,
        {
            let number = fails_twice()?;
            Ok(number)
        },
        { fails_twice() },
        { Ok(fails_twice()? + self.0) }
    );
    check(now(), Ok(7));
    check(run(send(later())), Ok(7));
    check(nested(), Ok(7));
    check(Service(1).shared(), Ok(8));
    check(run(send(Service(1).exclusive())), Ok(8));
}

#[test]
fn ident() {
    macro_rules! make {
        ($function:ident, $number:ident, $text:ident, $ty:ident, $key:ident) => {
            struct $ty;
            #[retry($key = 4, initial = "0s", on = |_| $number > 0)]
            fn $function($number: u32, mut $text: &str) -> Result<usize, Busy> {
                let longer = format!("{}!", $text);
                $text = &longer;
                fails_twice()?;
                Ok($text.len())
            }
            impl $ty {
                #[retry($key = 4, initial = "0s", sleep = ready)]
                async fn $function(&self, $number: u32) -> Result<u32, Busy> {
                    Ok(fails_twice()? + $number)
                }
            }
        };
    }
    make!(load, number, text, Service, max);
    check(load(1, "a"), Ok(2));
    check(run(send(Service.load(1))), Ok(8));
}

#[test]
fn idents_of_the_same_name_from_both_sides() {
    macro_rules! make {
        ($theirs:ident) => {
            #[retry(max = number, initial = "0s", on = |_| $theirs == 2)]
            fn now(number: u32, $theirs: u32, mut text: &str) -> Result<usize, Busy> {
                let longer = format!("{text}{number}{}", $theirs);
                text = &longer;
                fails_twice()?;
                Ok(text.len())
            }
            #[retry(max = number, initial = "0s", on = |_| $theirs == 2, sleep = ready)]
            async fn later(number: u32, $theirs: u32) -> Result<u32, Busy> {
                Ok(fails_twice()? + number + $theirs * 10)
            }
        };
    }
    make!(number);
    check(now(4, 2, "a"), Ok(3));
    check(run(later(4, 2)), Ok(31));
}

#[test]
fn pat() {
    macro_rules! make {
        ($pair:pat, $number:pat_param, $text:pat, $name:ident, $value:expr) => {
            #[retry(max = 4, initial = "0s")]
            fn now($pair: (u32, u32), $number: u32) -> Result<u32, Busy> {
                let seven = fails_twice()?;
                Ok(seven + $value)
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            async fn later($pair: (u32, u32), $number: u32) -> Result<u32, Busy> {
                let seven = fails_twice()?;
                Ok(seven + $value)
            }
            #[retry(max = 4, initial = "0s")]
            fn pointed_at_a_local($text: &str) -> Result<usize, Busy> {
                let longer = format!("{}!", $name);
                $name = &longer;
                fails_twice()?;
                Ok($name.len())
            }
        };
    }
    make!((left, _), number, mut text, text, left + number);
    check(now((1, 1), 1), Ok(9));
    check(run(later((1, 1), 1)), Ok(9));
    check(pointed_at_a_local("a"), Ok(2));
}

#[test]
fn path() {
    mod aliases {
        pub(super) type Outcome<T> = Result<T, super::Busy>;
    }
    macro_rules! make {
        ($result:path, $on:path, $krate:path) => {
            #[retry(max = 4, initial = "0s", on = $on, crate = $krate)]
            fn now() -> $result {
                fails_twice()
            }
            #[retry(max = 4, initial = "0s", on = $on, sleep = ready)]
            async fn later(_other: &$result) -> $result {
                fails_twice()
            }
        };
    }
    make!(aliases::Outcome<u32>, always::<Busy>, ::persevere);
    check(now(), Ok(7));
    check(run(later(&Ok(1))), Ok(7));
}

#[test]
fn vis() {
    struct Service;
    macro_rules! make {
        ($none:vis, $some:vis) => {
            #[retry(max = 4, initial = "0s")]
            $none fn now() -> Result<u32, Busy> {
                fails_twice()
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            $some async fn later() -> Result<u32, Busy> {
                fails_twice()
            }
            impl Service {
                #[retry(max = 4, initial = "0s")]
                $some extern "Rust" fn method() -> Result<u32, Busy> {
                    fails_twice()
                }
            }
        };
    }
    make!(, pub(crate));
    check(now(), Ok(7));
    check(run(later()), Ok(7));
    check(Service::method(), Ok(7));
}

#[test]
fn meta() {
    macro_rules! above {
        ($(#[$meta:meta])* fn $($rest:tt)*) => { $(#[$meta])* fn $($rest)* };
    }
    macro_rules! around {
        (#[$first:meta], #[$second:meta]) => {
            #[$first]
            #[$second]
            #[retry(max = 4, initial = "0s")]
            #[$first]
            fn between() -> Result<u32, Busy> {
                fails_twice()
            }
        };
    }
    macro_rules! whole {
        ($now:meta, $later:meta) => {
            #[$now]
            fn now() -> Result<u32, Busy> {
                fails_twice()
            }
            #[$later]
            async fn later() -> Result<u32, Busy> {
                fails_twice()
            }
        };
    }
    above!(
        #[inline]
        #[retry(max = 4, initial = "0s")]
        #[must_use = "it is worth something"]
        fn passed_on() -> Result<u32, Busy> {
            fails_twice()
        }
    );
    around!(#[doc = "What it does."], #[cfg(test)]);
    whole!(retry(max = 4, initial = "0s"), retry(max = 4, initial = "0s", sleep = ready));
    check(passed_on(), Ok(7));
    check(between(), Ok(7));
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn lifetime() {
    struct Service<'a>(&'a str);
    macro_rules! make {
        ($a:lifetime, $label:lifetime) => {
            #[retry(max = 4, initial = "0s")]
            fn now<$a>(text: &$a str, mut other: &$a str) -> Result<&$a str, Busy> {
                $label: while other.is_empty() {
                    other = text;
                    continue $label;
                }
                fails_twice()?;
                Ok(other)
            }
            impl<$a> Service<$a> {
                #[retry(max = 4, initial = "0s", sleep = ready)]
                async fn later(&self) -> Result<&$a str, Busy> {
                    fails_twice()?;
                    Ok(self.0)
                }
            }
        };
    }
    make!('a, 'label);
    check(now("a", ""), Ok("a"));
    check(run(send(Service("a").later())), Ok("a"));
}

#[test]
fn tt() {
    macro_rules! whole {
        ($($token:tt)*) => {
            #[retry(max = 4, initial = "0s")]
            $($token)*
        };
    }
    macro_rules! arguments {
        ($name:ident($($argument:tt)*) -> $ok:tt $body:tt) => {
            #[retry($($argument)*)]
            async fn $name() -> Result<$ok, Busy> $body
        };
    }
    macro_rules! signature {
        ($($name:ident: $ty:ty),*; $($body:tt)*) => {
            #[retry(max = 4, initial = "0s")]
            fn of_a_signature($($name: $ty),*) -> Result<u32, Busy> {
                $($body)*
            }
        };
    }
    whole!(
        fn of_tokens() -> Result<u32, Busy> {
            fails_twice()
        }
    );
    arguments!(of_arguments(max = 4, initial = "0s", on = |busy| busy.0 < 3, sleep = ready) -> u32 { fails_twice() });
    signature!(number: u32, text: &str; assert_eq!(text, "a"); Ok(fails_twice()? + number));
    check(of_tokens(), Ok(7));
    check(run(of_arguments()), Ok(7));
    check(of_a_signature(1, "a"), Ok(8));
}

#[test]
fn item() {
    macro_rules! passed_on {
        ($item:item) => {
            $item
        };
    }
    macro_rules! given_the_attribute {
        ($now:item $later:item) => {
            #[retry(max = 4, initial = "0s")]
            $now
            #[retry(max = 4, initial = "0s", sleep = ready)]
            $later
        };
    }
    passed_on!(
        #[retry(max = 4, initial = "0s")]
        fn has_it() -> Result<u32, Busy> {
            fails_twice()
        }
    );
    given_the_attribute!(
        fn now() -> Result<u32, Busy> {
            fails_twice()
        }
        async fn later(number: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + number)
        }
    );
    check(has_it(), Ok(7));
    check(now(), Ok(7));
    check(run(later(1)), Ok(8));
}

#[test]
fn stmt() {
    macro_rules! make {
        ($($statement:stmt;)*) => {
            #[retry(max = 4, initial = "0s")]
            fn now() -> Result<u32, Busy> {
                $($statement)*
                Ok(7)
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            async fn later() -> Result<u32, Busy> {
                $($statement)*
                Ok(7)
            }
        };
    }
    make!(let number = fails_twice()?; drop(vec![number]););
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn generics_and_where_clauses() {
    macro_rules! make {
        ($name:ident: $bound:path, $($predicate:tt)*) => {
            #[retry(max = 4, initial = "0s")]
            fn now<$name: $bound>(value: $name) -> Result<$name, Busy> where $($predicate)* {
                fails_twice()?;
                Ok(value.clone())
            }
            #[retry(max = 4, initial = "0s", sleep = ready)]
            async fn later<$name: $bound>(value: &$name) -> Result<$name, Busy> where $($predicate)* {
                fails_twice()?;
                Ok(value.clone())
            }
        };
    }
    make!(T: Debug, T: Clone);
    check(now(1), Ok(1));
    check(run(later(&1)), Ok(1));
}

mod ours {
    pub(crate) use persevere::{self, retry as repeated};
}

#[test]
fn dollar_crate() {
    macro_rules! make {
        () => {
            #[$crate::macro_rules::ours::repeated(max = 4, initial = "0s", crate = $crate::macro_rules::ours::persevere)]
            fn now() -> Result<u32, $crate::Busy> {
                $crate::fails_twice()
            }
            #[$crate::macro_rules::ours::repeated(max = 4, initial = "0s", on = $crate::macro_rules::always)]
            fn with_on() -> Result<u32, $crate::Busy> {
                $crate::fails_twice()
            }
        };
    }
    make!();
    check(now(), Ok(7));
    check(with_on(), Ok(7));
}

#[test]
fn macros_in_values() {
    struct Config {
        max: u32,
    }
    macro_rules! four {
        () => {
            4
        };
    }
    macro_rules! make {
        ($name:ident, $value:expr, $wait:expr) => {
            #[retry(max = $name { max: $value }.max, initial = $wait)]
            fn now() -> Result<u32, Busy> {
                fails_twice()
            }
        };
    }
    make!(Config, four!(), Duration::ZERO);
    check(now(), Ok(7));
}

#[test]
fn whole_traits() {
    macro_rules! make {
        ($name:ident, $method:ident, $ty:ty, $body:block) => {
            #[async_trait]
            trait $name {
                async fn $method(&self, number: u32) -> Result<u32, Busy>;
            }
            #[async_trait]
            impl $name for $ty {
                #[retry(max = 4, initial = "0s", sleep = ready)]
                async fn $method(&self, number: u32) -> Result<u32, Busy> {
                    let plus: Result<u32, Busy> = $body;
                    Ok(plus? + number)
                }
            }
        };
    }
    make!(Load, load, u32, { fails_twice() });
    check(run(send(1.load(1))), Ok(8));
}
