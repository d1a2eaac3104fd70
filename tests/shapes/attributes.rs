use std::future::ready;

use persevere::retry;
use tracing::instrument;

use super::{Busy, calls, check, fails_twice, run, send};

#[test]
#[retry(max = 4, initial = "0s")]
fn below_test() -> Result<(), Busy> {
    fails_twice()?;
    assert_eq!(calls(), 3);
    Ok(())
}

#[retry(max = 4, initial = "0s")]
#[test]
fn above_test() -> Result<(), Busy> {
    fails_twice()?;
    assert_eq!(calls(), 3);
    Ok(())
}

#[test]
#[retry(max = 4, initial = "0s", on = |_| true)]
fn below_test_with_any_error() -> anyhow::Result<()> {
    fails_twice()?;
    assert_eq!(calls(), 3);
    Ok(())
}

#[tokio::test]
#[retry(max = 4, initial = "0s")]
async fn below_tokio_test() -> Result<(), Busy> {
    fails_twice()?;
    tokio::task::yield_now().await;
    assert_eq!(calls(), 3);
    Ok(())
}

#[tokio::test(flavor = "current_thread")]
#[retry(max = 4, initial = "0s", on = |_| true)]
async fn below_tokio_test_with_any_error() -> anyhow::Result<()> {
    fails_twice()?;
    assert_eq!(calls(), 3);
    Ok(())
}

#[retry(max = 4, initial = "0s", sleep = ready)]
#[tokio::test]
async fn above_tokio_test() -> Result<(), Busy> {
    fails_twice()?;
    tokio::task::yield_now().await;
    assert_eq!(calls(), 3);
    Ok(())
}

#[cfg(feature = "tokio")]
#[retry(max = 4)]
#[tokio::test(start_paused = true)]
async fn above_tokio_test_with_its_paused_clock() -> Result<(), Busy> {
    fails_twice()?;
    assert_eq!(calls(), 3);
    Ok(())
}

#[test]
fn tokio_main() {
    #[tokio::main(flavor = "current_thread")]
    #[retry(max = 4, initial = "0s")]
    async fn below() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    #[tokio::main(flavor = "current_thread")]
    async fn above() -> Result<u32, Busy> {
        fails_twice()
    }
    check(below(), Ok(7));
    check(above(), Ok(7));
}

#[test]
fn below_instrument() {
    #[instrument]
    #[retry(max = 4, initial = "0s")]
    fn now(number: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[instrument(skip_all, err, ret)]
    #[retry(max = 4, initial = "0s")]
    fn now_with_arguments(text: String, list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(1);
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    #[instrument(skip(number), fields(key = 1), err(Debug), ret)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(number: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[instrument(err)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later_with_parameters(text: String, list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(1);
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    #[instrument]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    fn future(number: u32) -> impl Future<Output = Result<u32, Busy>> {
        async move { Ok(fails_twice()? + number) }
    }
    check(now(1), Ok(8));
    check(now_with_arguments("a".to_owned(), &mut vec![]), Ok(4));
    check(run(send(later(1))), Ok(8));
    check(run(send(later_with_parameters("a".to_owned(), &mut vec![]))), Ok(4));
    check(run(send(future(1))), Ok(8));
}

#[test]
fn above_instrument() {
    #[retry(max = 4, initial = "0s")]
    #[instrument(level = "debug", err)]
    fn now(text: &str) -> Result<usize, Busy> {
        fails_twice()?;
        Ok(text.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    #[instrument]
    async fn later(number: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    #[instrument(err)]
    async fn later_with_parameters(text: String, list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(1);
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    check(now("a"), Ok(1));
    check(run(send(later(1))), Ok(8));
    check(run(send(later_with_parameters("a".to_owned(), &mut vec![]))), Ok(4));
}

#[test]
fn methods_with_instrument() {
    struct Counter(u32);
    impl Counter {
        #[instrument(skip_all)]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn below(&mut self, text: String) -> Result<u32, Busy> {
            assert_eq!(text, "a");
            self.0 += 1;
            Ok(fails_twice()? + self.0)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        #[instrument(skip_all)]
        async fn above(&mut self, text: String) -> Result<u32, Busy> {
            assert_eq!(text, "a");
            self.0 += 1;
            Ok(fails_twice()? + self.0)
        }
    }
    check(run(send(Counter(0).below("a".to_owned()))), Ok(10));
    check(run(send(Counter(0).above("a".to_owned()))), Ok(10));
}

#[test]
fn attributes_of_the_language() {
    /// Above.
    #[inline(always)]
    #[cold]
    #[expect(clippy::inline_always)]
    #[retry(max = 4, initial = "0s")]
    /** Below. */
    #[doc = concat!("Made ", "by a macro.")]
    #[doc(alias = "present")]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    #[must_use = "it is worth something"]
    async fn later() -> Result<u32, Busy> {
        fails_twice()
    }
    #[track_caller]
    #[retry(max = 4, initial = "0s")]
    #[deprecated = "it is old"]
    fn old() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(), Ok(7));
    check(run(later()), Ok(7));
    #[expect(deprecated)]
    let returned = old();
    check(returned, Ok(7));
}

#[test]
fn lints_that_are_set_on_the_function() {
    #[deny(unused_must_use, unused_mut, unreachable_code, unused_braces, unused_parens)]
    #[retry(max = 4, initial = "0s")]
    fn now(mut number: u32) -> Result<u32, Busy> {
        number += 1;
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    #[expect(unused_variables)]
    async fn later(number: u32) -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(0), Ok(10));
    check(run(later(1)), Ok(7));
}

#[test]
fn cfg_on_the_function() {
    #[cfg(not(test))]
    #[retry(max = 4, initial = "0s")]
    fn now(missing: Missing) -> Missing {}

    #[retry(max = 4, initial = "0s")]
    #[cfg(not(test))]
    fn now(missing: Missing) -> Result<Missing, Missing> {}

    #[cfg(test)]
    #[retry(max = 4, initial = "0s")]
    #[cfg(test)]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(), Ok(7));
}

#[test]
fn the_attribute_in_a_cfg_attr() {
    #[cfg_attr(test, retry(max = 4, initial = "0s"))]
    fn repeated() -> Result<u32, Busy> {
        fails_twice()
    }
    #[cfg_attr(not(test), retry(max = 4, initial = "0s"))]
    fn not_repeated() -> Result<u32, Busy> {
        fails_twice()
    }
    check(repeated(), Ok(7));
    assert_eq!(not_repeated(), Err(Busy(1)));
    assert_eq!(calls(), 1);
}

#[test]
fn the_attribute_twice() {
    #[retry(max = 2, initial = "0s")]
    #[retry(max = 2, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 2, initial = "0s", sleep = ready)]
    #[retry(max = 2, initial = "0s", sleep = ready)]
    async fn later(mut text: &str, list: &mut Vec<u32>, owned: String) -> Result<String, Busy> {
        let longer = format!("{text}{owned}");
        text = &longer;
        list.push(1);
        fails_twice()?;
        Ok(text.to_owned())
    }
    let mut list = vec![];
    check(now(), Ok(7));
    check(run(send(later("a", &mut list, "b".to_owned()))).as_deref(), Ok("ab"));
    assert_eq!(list, [1, 1, 1]);
}

#[test]
#[expect(improper_ctypes_definitions, reason = "`Result` has no layout that is defined")]
fn extern_functions() {
    #[retry(max = 4, initial = "0s")]
    extern "C" fn c(number: &u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s")]
    extern "system" fn system() -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s")]
    extern "Rust" fn rust() -> Result<u32, Busy> {
        fails_twice()
    }
    let pointer: extern "C" fn(&u32) -> Result<u32, Busy> = c;
    check(pointer(&1), Ok(8));
    check(system(), Ok(7));
    check(rust(), Ok(7));
}

mod nested {
    pub(super) mod inner {
        use super::super::*;

        #[retry(max = 4, initial = "0s")]
        pub(in super::super) fn to_a_path() -> Result<u32, Busy> {
            private()
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        pub(super) async fn to_the_parent() -> Result<u32, Busy> {
            fails_twice()
        }

        #[expect(clippy::needless_pub_self)]
        #[retry(max = 1)]
        pub(self) fn private() -> Result<u32, Busy> {
            fails_twice()
        }

        #[retry(max = 4, initial = "0s")]
        pub(crate) fn to_the_crate() -> Result<u32, Busy> {
            fails_twice()
        }
    }

    pub(super) async fn to_the_parent() -> Result<u32, super::Busy> {
        inner::to_the_parent().await
    }
}

#[test]
fn visibilities() {
    check(nested::inner::to_a_path(), Ok(7));
    check(run(nested::to_the_parent()), Ok(7));
    check(nested::inner::to_the_crate(), Ok(7));
}

#[test]
#[expect(unsafe_code, reason = "unsafe functions are what is tested")]
fn unsafe_functions() {
    /// # Safety
    ///
    /// The pointer points to a number.
    #[retry(max = 4, initial = "0s")]
    unsafe fn sync(number: *const u32) -> Result<u32, Busy> {
        // SAFETY: as the caller has promised.
        Ok(fails_twice()? + unsafe { *number })
    }
    /// # Safety
    ///
    /// The pointer points to a number.
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async unsafe fn asynchronous(number: *const u32) -> Result<u32, Busy> {
        // SAFETY: as the caller has promised.
        Ok(fails_twice()? + unsafe { *number })
    }
    let number = 1;
    // SAFETY: it is a number.
    check(unsafe { sync(&raw const number) }, Ok(8));
    // SAFETY: it is a number, which outlives the future.
    check(run(unsafe { asynchronous(&raw const number) }), Ok(8));
}
