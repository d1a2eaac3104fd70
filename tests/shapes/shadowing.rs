//! Names of the user's that mean something else than usual, or what the expansion might have been called.

use persevere::retry;

use super::{Busy, check, fails_twice, run};

mod types {
    #![expect(non_camel_case_types, reason = "they are named like primitive types")]

    use persevere::retry;

    use super::super::{Busy as Error, fails_twice};

    macro_rules! shadow {
        ($($name:ident)*) => {
            mod shadows {
                $(pub(super) struct $name;)*
            }
            $(const _: shadows::$name = shadows::$name;)*
        };
    }
    shadow!(
        Result Ok Err Option Some None Box Vec String Future Pin Duration Fn FnMut Into From Send Sync Sized Drop
        Iterator Clone Copy bool u32 u64 usize f64 char str
    );
    #[allow(unused_imports, clippy::wildcard_imports, reason = "all of them are in the way")]
    use shadows::*;

    type Outcome = ::std::result::Result<::std::primitive::u32, Error>;

    #[retry(max = 4, initial = "0s")]
    pub(super) fn now() -> Outcome {
        fails_twice()
    }

    #[retry(max = 4, initial = "0s", sleep = ::std::future::ready)]
    pub(super) async fn later(mut text: &::std::primitive::str) -> Outcome {
        text = text.trim();
        let number = fails_twice()?;
        ::std::result::Result::Ok(number + text.matches('a').map(|_| 1).sum::<::std::primitive::u32>())
    }

    #[retry(
        max = 4,
        initial = "0s",
        factor = 2,
        cap = "1s",
        jitter = 0.5,
        max_retry_after = "3s",
        on = |_| true,
        notify = |_| {},
        sleep = ::std::thread::sleep
    )]
    pub(super) fn every_key() -> Outcome {
        fails_twice()
    }

    #[retry(max = 4, initial = "0s", sleep = ::std::future::ready)]
    pub(super) fn boxed() -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Outcome>>> {
        ::std::boxed::Box::pin(async { fails_twice() })
    }
}

#[test]
fn types_and_variants() {
    check(types::now(), Ok(7));
    check(run(types::later(" a")), Ok(8));
    check(types::every_key(), Ok(7));
    check(run(types::boxed()), Ok(7));
}

mod crates {
    use super::super::{Busy, fails_twice};

    mod alloc {}
    mod core {}
    mod future {}
    mod option {}
    mod persevere {}
    mod persevere_macros {}
    mod rand {}
    mod result {}
    mod std {}
    mod tokio {}

    #[::persevere::retry(max = 4, initial = "0s", jitter = decorrelated)]
    pub(super) fn now() -> Result<u32, Busy> {
        fails_twice()
    }

    #[::persevere::retry(max = 4, initial = "0s", sleep = ::std::future::ready)]
    pub(super) async fn later() -> Result<u32, Busy> {
        fails_twice()
    }

    #[cfg(feature = "tokio")]
    #[::persevere::retry(max = 4, initial = "0s")]
    pub(super) async fn later_by_default() -> Result<u32, Busy> {
        fails_twice()
    }
}

#[test]
fn crates_and_modules() {
    check(crates::now(), Ok(7));
    check(run(crates::later()), Ok(7));
    #[cfg(feature = "tokio")]
    check(run(crates::later_by_default()), Ok(7));
}

mod macros {
    use std::future::ready;

    use persevere::retry;

    use super::super::{Busy, fails_twice};

    macro_rules! shadow {
        ($dollar:tt $($name:ident)*) => {
            $(
                #[allow(unused_macros, reason = "nothing is to call them")]
                macro_rules! $name {
                    ($dollar($dollar token:tt)*) => { compile_error!("the user's macro was called") };
                }
            )*
        };
    }
    shadow!($ assert concat format matches module_path panic stringify todo unreachable vec);

    #[retry(max = 4, initial = "0s", jitter = none, notify = |_| ())]
    pub(super) fn now() -> Result<u32, Busy> {
        fails_twice()
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    pub(super) async fn later() -> Result<u32, Busy> {
        fails_twice()
    }
}

#[test]
fn macros_of_the_standard_library() {
    check(macros::now(), Ok(7));
    check(run(macros::later()), Ok(7));
}

mod constants {
    #![expect(non_upper_case_globals, reason = "they are named like variables")]

    use std::future::ready;
    use std::time::Duration;

    use persevere::retry;

    use super::super::{Busy, fails_twice};

    macro_rules! shadow {
        (const $($name:ident)*; static $($other:ident)*;) => {
            $(const $name: u32 = 1;)*
            $(static $other: u32 = 1;)*
            const _: u32 = 0 $(+ $name)* $(+ $other)*;
        };
    }
    shadow!(
        const argument attempt call max initial on notify outcome policy result self_ sleep state this wait;
        static body busy decision delay e error event function judged next once other returns timer;
    );

    #[retry(max = 4, initial = "0s")]
    pub(super) fn now() -> Result<u32, Busy> {
        Ok(fails_twice()? + attempt + call + outcome + delay + wait)
    }

    #[retry(max = max + 3, initial = Duration::ZERO, on = |_| error == 1, notify = |_| assert_eq!(event, 1), sleep = ready)]
    pub(super) async fn later() -> Result<u32, Busy> {
        Ok(fails_twice()? + policy + timer + returns)
    }
}

#[test]
fn constants_and_statics() {
    check(constants::now(), Ok(12));
    check(run(constants::later()), Ok(10));
}

mod without_prelude {
    #![no_implicit_prelude]

    use ::std::result::Result;

    use super::super::{Busy, fails_twice};

    #[::persevere::retry(max = 4, initial = "0s")]
    pub(super) fn now(mut text: &str, list: &mut [u8]) -> Result<usize, Busy> {
        text = text.trim();
        list[0] += 1;
        fails_twice()?;
        Result::Ok(text.len())
    }

    #[::persevere::retry(max = 4, initial = "0s", sleep = ::std::future::ready)]
    pub(super) async fn later(plus: u32) -> Result<u32, Busy> {
        let number = fails_twice()?;
        Result::Ok(number + plus)
    }

    #[::persevere::retry(max = 4, initial = "0s")]
    pub(super) fn by_default() -> ::std::io::Result<u32> {
        fails_twice().map_err(::std::convert::Into::into)
    }

    #[::persevere::retry(
        max = 4,
        initial = "0s",
        factor = 2,
        cap = "1s",
        jitter = equal,
        max_retry_after = "3s",
        on = |_| true,
        notify = |_| {},
        sleep = ::std::thread::sleep
    )]
    pub(super) fn every_key() -> Result<u32, Busy> {
        fails_twice()
    }

    #[::persevere::retry(max = 4, initial = "0s", sleep = ::std::future::ready)]
    pub(super) fn future() -> impl ::std::future::Future<Output = Result<u32, Busy>> {
        async { fails_twice() }
    }
}

#[test]
fn modules_without_the_prelude() {
    check(without_prelude::now(" a", &mut [0]), Ok(1));
    check(run(without_prelude::later(1)), Ok(8));
    check(without_prelude::by_default().ok(), Some(7));
    check(without_prelude::every_key(), Ok(7));
    check(run(without_prelude::future()), Ok(7));
}

#[test]
fn parameters_named_like_variables_of_the_expansion() {
    #[retry(max = 4, initial = "0s")]
    fn now(attempt: u32, call: u32, outcome: u32, wait: u32, policy: u32, returns: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + attempt + call + outcome + wait + policy + returns)
    }
    #[retry(max = max, initial = "0s", sleep = sleep, notify = |_| assert_eq!(notify, 1))]
    async fn later(
        max: u32,
        on: u32,
        notify: u32,
        sleep: fn(std::time::Duration) -> std::future::Ready<()>,
    ) -> Result<u32, Busy> {
        Ok(fails_twice()? + on + notify)
    }
    check(now(1, 1, 1, 1, 1, 1), Ok(13));
    check(run(later(4, 1, 1, |_| std::future::ready(()))), Ok(9));
}

#[test]
fn parameters_named_like_a_jitter() {
    #[retry(max = 4, initial = "0s", jitter = full)]
    fn now(full: f64) -> Result<String, Busy> {
        fails_twice()?;
        Ok(full.to_string())
    }
    #[retry(max = 4, initial = "0s", jitter = none, sleep = std::future::ready)]
    async fn later(none: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + none)
    }
    check(now(0.5).as_deref(), Ok("0.5"));
    check(run(later(1)), Ok(8));
}

#[test]
fn raw_identifiers() {
    struct Service {
        r#if: u32,
    }
    impl Service {
        #[retry(max = self.r#if, initial = "0s", sleep = std::future::ready)]
        async fn r#loop<'r#static_>(&'r#static_ self, r#await: &'r#static_ u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.r#if + r#await)
        }
    }
    #[retry(max = r#type, initial = "0s", on = |r#match| r#match.0 < 3)]
    fn r#match(r#type: u32, mut r#fn: &str) -> Result<String, Busy> {
        let longer = r#fn.to_owned() + "!";
        r#fn = &longer;
        fails_twice()?;
        Ok(r#fn.to_owned())
    }
    #[retry(max = 4, initial = "0s", notify = |event| assert_eq!(event.function(), concat!(module_path!(), "::r#fn")))]
    fn r#fn() -> Result<u32, Busy> {
        fails_twice()
    }
    check(r#fn(), Ok(7));
    check(r#match(4, "a").as_deref(), Ok("a!"));
    check(run(Service { r#if: 4 }.r#loop(&1)), Ok(12));
}

#[test]
fn names_that_are_keywords_in_some_places() {
    #[retry(max = 4, initial = "0s")]
    fn auto(default: u32, macro_rules: u32, union: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + default + macro_rules + union)
    }
    #[retry(max = 4, initial = "0s")]
    fn safe() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = std::future::ready)]
    async fn raw() -> Result<u32, Busy> {
        fails_twice()
    }
    check(auto(1, 1, 1), Ok(10));
    check(safe(), Ok(7));
    check(run(raw()), Ok(7));
}

#[test]
fn names_that_are_not_ascii() {
    #[retry(max = größe, initial = "0s")]
    fn größer(größe: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + größe)
    }
    check(größer(4), Ok(11));
}
