use std::cell::RefCell;
use std::future::ready;
use std::panic::catch_unwind;
use std::sync::{Arc, Mutex};

use persevere::retry;

use super::{Busy, calls, check, fails_twice, run, send};

#[test]
fn the_question_mark_ends_an_attempt() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<String, Busy> {
        let number = fails_twice()?;
        Ok(number.to_string())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<String, Busy> {
        let number = ready(fails_twice()).await?;
        Ok(number.to_string())
    }
    check(now().as_deref(), Ok("7"));
    check(run(send(later())).as_deref(), Ok("7"));
}

#[test]
fn return_ends_an_attempt() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        let Ok(number) = fails_twice() else {
            return Err(Busy(0));
        };
        Ok(number)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        match fails_twice() {
            Err(busy) => return Err(busy),
            Ok(number) => {
                if number > 0 {
                    return Ok(number + 1);
                }
            }
        }
        Ok(0)
    }
    check(now(), Ok(7));
    check(run(later()), Ok(8));
}

#[test]
fn a_body_that_only_returns() {
    #[deny(unreachable_code)]
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        return fails_twice();
    }
    #[deny(unreachable_code)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        loop {
            return fails_twice();
        }
    }
    check(now(), Ok(7));
    check(run(send(later())), Ok(7));
}

#[test]
fn a_body_that_never_ends() {
    #[retry(max = 4, initial = "0s")]
    fn panics() -> Result<u32, Busy> {
        panic!("at {:?}", fails_twice())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn not_yet() -> Result<u32, Busy> {
        unreachable!("{:?}", fails_twice())
    }
    #[retry(max = 4, initial = "0s")]
    fn exits() -> Result<u32, Busy> {
        std::process::exit(3)
    }
    assert!(catch_unwind(panics).is_err());
    assert_eq!(calls(), 1);
    assert!(catch_unwind(|| run(not_yet())).is_err());
    assert_eq!(calls(), 1);
    assert_eq!(size_of_val(&exits), 0, "this one is not called");
}

#[test]
fn blocks_within_blocks() {
    #[rustfmt::skip]
    #[expect(unused_braces)]
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {{{ fails_twice() }}}

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        { async { fails_twice() } }.await
    }
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn comments_and_line_breaks_anywhere() {
    #[rustfmt::skip]
    #[retry(
        max = 4, // in the arguments
        initial = "0s" /* here too */
    )]
    // before the function
    fn now(
        // before a parameter
        number: u32, // after it
    ) -> Result<u32, Busy>
    where
    {
        // in the body
        Ok(fails_twice()? + number) // at its end
    }
    check(now(1), Ok(8));
}

#[test]
fn closures_in_the_body_return_for_themselves() {
    #[retry(max = 4, initial = "0s")]
    fn now(numbers: &[u32]) -> Result<u32, Busy> {
        let plus = |number: u32| -> Result<u32, Busy> {
            if number > 100 {
                return Err(Busy(0));
            }
            Ok(fails_twice()? + number)
        };
        let first = || -> Option<u32> {
            let first = numbers.first()?;
            Some(*first)
        };
        plus(first().unwrap_or(0))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(numbers: Vec<u32>) -> Result<u32, Busy> {
        let counted = async {
            if numbers.is_empty() {
                return 0;
            }
            numbers.len()
        };
        let plus = || async {
            let number = fails_twice()?;
            Ok(number + numbers[0])
        };
        assert_eq!(counted.await, 1);
        plus().await
    }
    check(now(&[1]), Ok(8));
    check(run(send(later(vec![1]))), Ok(8));
}

#[test]
fn closures_in_the_body_may_take_what_is_copy() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: u32, text: &str) -> Result<usize, Busy> {
        let length = move || number as usize + text.len();
        fails_twice()?;
        Ok(length())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(number: u32, shared: Arc<u32>) -> Result<u32, Busy> {
        let shared = Arc::clone(&shared);
        let sum = async move { number + *shared };
        Ok(fails_twice()? + sum.await)
    }
    check(now(1, "a"), Ok(2));
    check(run(send(later(1, Arc::new(1)))), Ok(9));
}

#[test]
fn async_closures_in_the_body() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(numbers: Vec<u32>) -> Result<u32, Busy> {
        let plus = async |number: u32| -> Result<u32, Busy> { Ok(fails_twice()? + number + numbers[0]) };
        plus(1).await
    }
    check(run(later(vec![1])), Ok(9));
}

#[test]
fn loops_and_labels() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        let mut turns = 0;
        'outer: for n in 0..3 {
            'inner: loop {
                turns += 1;
                match n {
                    0 => break 'inner,
                    1 => continue 'outer,
                    _ => break 'outer,
                }
            }
        }
        let number = 'block: {
            if turns == 3 {
                break 'block fails_twice();
            }
            Err(Busy(0))
        };
        Ok(number?
            + loop {
                break turns;
            })
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        for _ in 0..2 {
            if fails_twice().is_err() {
                return Err(Busy(1));
            }
            break;
        }
        loop {
            break Ok(7);
        }
    }
    check(now(), Ok(10));
    check(run(later()), Ok(7));
}

#[test]
fn macros_that_return() {
    macro_rules! unwrap {
        ($result:expr) => {
            match $result {
                Ok(number) => number,
                Err(busy) => return Err(busy),
            }
        };
    }
    macro_rules! question_mark {
        ($result:expr) => {
            $result?
        };
    }
    macro_rules! seven {
        () => {
            return Ok(7)
        };
    }
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        let number = unwrap!(fails_twice());
        if number == 7 {
            seven!();
        }
        Ok(0)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        question_mark!(fails_twice());
        seven!()
    }
    check(now(), Ok(7));
    check(run(send(later())), Ok(7));
}

#[test]
fn a_body_that_is_one_macro() {
    macro_rules! load {
        () => {
            fails_twice()
        };
    }
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        load!()
    }
    #[rustfmt::skip]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> { load! {} }

    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn macros_of_the_standard_library() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        let number = fails_twice()?;
        assert!(matches!(number, 1..), "{number}");
        let list = vec![number];
        assert_eq!(format!("{list:?} {}", list.len()), "[7] 1");
        Ok(list[0])
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        let number = std::pin::pin!(async { fails_twice() }).await?;
        debug_assert_ne!(number, 0);
        Ok(number)
    }
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn macros_of_tokio() {
    use std::time::Duration;

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn join(number: u32) -> Result<u32, Busy> {
        let (left, right) = tokio::join!(async { fails_twice() }, async { number });
        Ok(left? + right)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn try_join(number: u32) -> Result<u32, Busy> {
        let (left, right) = tokio::try_join!(async { fails_twice() }, async { Ok(number) })?;
        Ok(left + right)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn select(number: u32) -> Result<u32, Busy> {
        tokio::select! {
            biased;
            loaded = async { fails_twice() } => loaded,
            () = std::future::pending() => Ok(number),
        }
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn timeout(limit: Duration) -> Result<u32, Busy> {
        tokio::time::timeout(limit, async { fails_twice() }).await.map_err(|_| Busy(0))?
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    check(runtime.block_on(send(join(1))), Ok(8));
    check(runtime.block_on(send(try_join(1))), Ok(8));
    check(runtime.block_on(send(select(1))), Ok(7));
    check(runtime.block_on(send(timeout(Duration::from_secs(60)))), Ok(7));
}

#[test]
fn inner_attributes() {
    #[deny(unused_variables)]
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        #![allow(unused_variables)]
        let unused = 1;
        fails_twice()
    }
    #[deny(unused_variables)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        #![cfg_attr(test, allow(unused_variables))]
        #![deny(unused_must_use)]
        //! What it does.
        let unused = 1;
        fails_twice()
    }
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn items_in_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        use std::sync::atomic::{AtomicU32, Ordering};
        const ONE: u32 = 1;
        static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
        struct Named {
            number: u32,
        }
        impl Named {
            fn number(&self) -> u32 {
                self.number
            }
        }
        ATTEMPTS.fetch_add(1, Ordering::Relaxed);
        fn load() -> Result<u32, Busy> {
            let number = fails_twice()?;
            Ok(number)
        }
        Ok(load()? + ONE + Named { number: 1 }.number() + ATTEMPTS.load(Ordering::Relaxed))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        macro_rules! one {
            () => {
                1
            };
        }
        async fn load() -> Result<u32, Busy> {
            fails_twice()
        }
        Ok(load().await? + one!())
    }
    check(now(), Ok(12));
    check(run(later()), Ok(8));
}

#[test]
fn glob_imports_in_the_body() {
    #[expect(dead_code)]
    mod names {
        pub(super) enum Outcome {
            Ok,
            Err,
            Some,
            None,
        }
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) fn wait_after() {}
        pub(super) mod persevere {}
        pub(super) mod std {}
        pub(super) mod core {}
    }
    #[expect(unused_imports)]
    #[retry(max = 4, initial = "0s")]
    fn now() -> ::std::result::Result<u32, Busy> {
        use names::Outcome::*;
        use names::*;
        assert_eq!([Ok, Err, Some, None].len(), 4);
        fails_twice()
    }
    #[expect(unused_imports)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> ::std::result::Result<u32, Busy> {
        use names::Outcome::*;
        use names::*;
        let number = fails_twice()?;
        ::std::result::Result::Ok(number)
    }
    check(now(), Ok(7));
    check(run(later()), Ok(7));
}

#[test]
fn items_of_the_body_named_like_what_the_attribute_says() {
    mod ours {
        pub(super) use persevere::*;
    }
    fn always(_: &Busy) -> bool {
        true
    }
    #[retry(max = 4, initial = "0s", on = always, crate = ours)]
    fn now() -> Result<u32, Busy> {
        mod ours {}
        fn always() {}
        always();
        fails_twice()
    }
    check(now(), Ok(7));
}

#[test]
fn recursion() {
    #[retry(max = 4, initial = "0s")]
    fn now(depth: u32) -> Result<u32, Busy> {
        if depth == 0 { fails_twice() } else { Ok(now(depth - 1)? + 1) }
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(depth: u32) -> Result<u32, Busy> {
        if depth == 0 { fails_twice() } else { Ok(Box::pin(later(depth - 1)).await? + 1) }
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn generic<T: Clone + Send + Sync>(value: &T, depth: u32) -> Result<T, Busy> {
        if depth > 0 {
            return Box::pin(generic(value, depth - 1)).await;
        }
        fails_twice()?;
        Ok(value.clone())
    }
    check(now(2), Ok(9));
    check(run(send(later(2))), Ok(9));
    check(run(send(generic(&1, 2))), Ok(1));
}

#[test]
fn mutual_recursion() {
    #[retry(max = 4, initial = "0s")]
    fn is_even(number: u32) -> Result<bool, Busy> {
        if number > 0 {
            return is_odd(number - 1);
        }
        fails_twice()?;
        Ok(true)
    }
    #[retry(max = 4, initial = "0s")]
    fn is_odd(number: u32) -> Result<bool, Busy> {
        if number > 0 {
            return is_even(number - 1);
        }
        fails_twice()?;
        Ok(false)
    }
    check(is_even(3), Ok(false));
}

#[test]
fn functions_in_the_body_that_are_repeated_themselves() {
    fn plain() -> Result<u32, Busy> {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn inner(number: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + number)
        }
        run(inner(1))
    }
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<u32, Busy> {
        #[retry(max = 1)]
        fn inner() -> Result<u32, Busy> {
            Ok(1)
        }
        Ok(fails_twice()? + inner()?)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Busy> {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn inner(number: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + number)
        }
        inner(1).await
    }
    check(plain(), Ok(8));
    check(now(), Ok(8));
    check(run(send(later())), Ok(8));
}

#[test]
fn temporaries_at_the_end() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: &Mutex<u32>, list: &RefCell<Vec<u32>>) -> Result<u32, Busy> {
        *number.lock().unwrap() += 1;
        list.borrow_mut().push(1);
        fails_twice().map(|seven| seven + *number.lock().unwrap() + list.borrow()[2])
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(number: &Mutex<u32>) -> Result<u32, Busy> {
        match *number.lock().unwrap() {
            100 => Err(Busy(100)),
            number => Ok(fails_twice()? + number),
        }
    }
    check(now(&Mutex::new(0), &RefCell::default()), Ok(11));
    check(run(send(later(&Mutex::new(0)))), Ok(7));
}

#[test]
fn streams_in_the_body() {
    use futures_util::{StreamExt, TryStreamExt, stream};

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(numbers: &[u32]) -> Result<Vec<u32>, Busy> {
        let plus = |number| async move { Ok(fails_twice()? + number) };
        stream::iter(numbers.to_vec()).map(plus).buffered(1).try_collect().await
    }
    check(run(send(later(&[1]))).unwrap(), [8]);
}
