use std::future::ready;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use persevere::retry;

use super::{Busy, check, fails_twice, run, send};

#[test]
fn a_future_is_send_when_its_parameters_are_send_and_sync() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load(text: String, list: Vec<u8>, shared: Arc<u32>, key: &str) -> Result<usize, Busy> {
        ready(()).await;
        fails_twice()?;
        Ok(text.len() + list.len() + key.len() + *shared as usize)
    }
    check(run(send(load("a".to_owned(), vec![1], Arc::new(1), "b"))), Ok(4));
}

#[test]
fn a_generic_future_is_send_for_every_parameter_that_allows_it() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load<T: Sync, U: Send + Sync>(_borrowed: &T, _owned: U) -> Result<u32, Busy> {
        ready(()).await;
        fails_twice()
    }
    fn outer<T: Sync, U: Send + Sync>(
        borrowed: &T,
        owned: U,
    ) -> impl Future<Output = Result<u32, Busy>> + Send + use<'_, T, U> {
        load(borrowed, owned)
    }
    check(run(outer(&1, 2)), Ok(7));
}

#[test]
fn a_future_that_borrows_is_send_for_every_lifetime() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load(text: &str) -> Result<&str, Busy> {
        ready(()).await;
        fails_twice()?;
        Ok(text)
    }
    fn outer<'a>(text: &'a str) -> impl Future<Output = Result<&'a str, Busy>> + Send + 'a {
        load(text)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn higher_ranked<'a>(
        words: &'a [&'a str],
        pick: impl for<'b> Fn(&'b str) -> &'b str + Send + Sync,
    ) -> Result<usize, Busy> {
        let mut length = 0;
        for word in words.iter().map(|word| pick(word)) {
            ready(()).await;
            length += word.len();
        }
        fails_twice()?;
        Ok(length)
    }
    check(run(outer("a")), Ok("a"));
    check(run(send(higher_ranked(&["a ", " b"], str::trim))), Ok(2));
}

#[test]
fn the_error_need_not_be_send() {
    struct NotSend(Rc<u32>);

    #[retry(max = 4, initial = "0s", sleep = ready, on = |error| *error.0 == 1)]
    async fn load() -> Result<u32, NotSend> {
        ready(()).await;
        fails_twice().map_err(|_| NotSend(Rc::new(1)))
    }
    check(run(send(load())).ok(), Some(7));
}

#[test]
fn what_is_returned_need_not_be_send() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load() -> Result<Rc<u32>, Busy> {
        ready(()).await;
        fails_twice().map(Rc::new)
    }
    check(run(send(load())), Ok(Rc::new(7)));
}

#[test]
fn what_the_body_drops_before_it_waits_need_not_be_send() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load() -> Result<u32, Busy> {
        let number = {
            let own = Rc::new(1);
            *own
        };
        ready(()).await;
        Ok(fails_twice()? + number)
    }
    check(run(send(load())), Ok(8));
}

#[test]
fn a_future_may_borrow_a_mut_reference_and_be_send() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load(list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(1);
        ready(()).await;
        fails_twice()?;
        Ok(list.len())
    }
    check(run(send(load(&mut vec![]))), Ok(3));
}

#[test]
fn hooks_and_values_leave_it_send() {
    #[retry(
        max = *max,
        initial = "0s",
        sleep = |wait| async move { ready(wait).await },
        on = |busy| busy.0 < *max,
        notify = |event| assert!(event.attempt() < *max)
    )]
    async fn load(max: Arc<u32>) -> Result<u32, Busy> {
        ready(()).await;
        fails_twice()
    }
    check(run(send(load(Arc::new(4)))), Ok(7));
}

#[test]
fn a_spawned_task() {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load(shared: Arc<str>, text: String) -> Result<usize, Busy> {
        tokio::task::yield_now().await;
        fails_twice()?;
        Ok(shared.len() + text.len())
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let task = runtime.spawn(load("a".into(), "b".to_owned()));
    check(runtime.block_on(task).unwrap(), Ok(2));
}

#[cfg(feature = "tokio")]
#[test]
fn the_timer_of_tokio_leaves_it_send() {
    #[retry(max = 4)]
    async fn load() -> Result<u32, Busy> {
        tokio::task::yield_now().await;
        fails_twice()
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let task = runtime.spawn(load());
    check(runtime.block_on(task).unwrap(), Ok(7));
}

#[test]
fn a_trait_with_repeated_methods_makes_objects() {
    trait Client: Send + Sync {
        fn number(&self) -> u32;

        #[retry(max = 4, initial = "0s")]
        fn now(&self) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.number())
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        fn later(&self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
            Box::pin(async move { Ok(fails_twice()? + self.number()) })
        }
    }
    impl Client for u32 {
        fn number(&self) -> u32 {
            *self
        }
    }
    let client: Arc<dyn Client> = Arc::new(1);
    check(client.now(), Ok(8));
    check(run(send(client.later())), Ok(8));
}

#[test]
fn objects_as_parameters_of_a_send_future() {
    trait Client: Send + Sync {
        fn load(&self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>>;
    }
    impl Client for u32 {
        fn load(&self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
            Box::pin(async move { Ok(fails_twice()? + self) })
        }
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn load(borrowed: &dyn Client, _shared: Arc<dyn Client>, _any: &(impl Client + ?Sized)) -> Result<u32, Busy> {
        borrowed.load().await
    }
    check(run(send(load(&1, Arc::new(1), &1))), Ok(8));
}
