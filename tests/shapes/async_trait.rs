use std::fmt::Debug;
use std::future::ready;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use persevere::retry;

use super::{Busy, check, fails_twice, run, send};

struct Service(u32);

#[test]
fn methods_of_an_impl() {
    #[async_trait]
    trait Load {
        async fn shared(&self, text: String, key: &str) -> Result<usize, Busy>;
        async fn exclusive(&mut self) -> Result<u32, Busy>;
        async fn without(number: u32) -> Result<u32, Busy>;
        fn now(&self) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn shared(&self, text: String, key: &str) -> Result<usize, Busy> {
            fails_twice()?;
            Ok(text.len() + key.len())
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn exclusive(&mut self) -> Result<u32, Busy> {
            self.0 += 1;
            Ok(fails_twice()? + self.0)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn without(number: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + number)
        }

        #[retry(max = 4, initial = "0s")]
        fn now(&self) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.0)
        }
    }
    check(run(send(Service(1).shared("a".to_owned(), "b"))), Ok(2));
    check(run(send(Service(1).exclusive())), Ok(11));
    check(run(send(Service::without(1))), Ok(8));
    check(Service(1).now(), Ok(8));
}

#[test]
fn default_methods_of_a_trait() {
    #[async_trait]
    trait Load: Sync {
        fn number(&self) -> u32;

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load(&self, plus: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.number() + plus)
        }
    }
    impl Load for Service {
        fn number(&self) -> u32 {
            self.0
        }
    }
    check(run(send(Service(1).load(1))), Ok(9));
    let object: &dyn Load = &Service(1);
    check(run(send(object.load(1))), Ok(9));
}

#[test]
fn owned_receivers() {
    #[async_trait]
    trait Load {
        async fn in_arc(self: Arc<Self>) -> Result<u32, Busy>;
        async fn in_box(self: Box<Self>) -> Result<u32, Busy>;
        async fn owned(self) -> Result<u32, Busy>
        where
            Self: Sized;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn in_arc(self: Arc<Self>) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.0)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn in_box(mut self: Box<Self>) -> Result<u32, Busy> {
            self.0 += 1;
            Ok(fails_twice()? + self.0)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn owned(self) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.0)
        }
    }
    check(run(send(Arc::new(Service(1)).in_arc())), Ok(8));
    check(run(send(Box::new(Service(1)).in_box())), Ok(11));
    check(run(send(Service(1).owned())), Ok(8));
}

#[test]
fn patterns_and_mut_parameters() {
    #[async_trait]
    trait Load {
        async fn load(&self, pair: (u32, u32), number: u32, list: Vec<u32>) -> Result<u32, Busy>;
        async fn push(&self, list: &mut Vec<u32>) -> Result<usize, Busy>;
        async fn nameless(&self, number: u32, text: String) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load(&self, (a, b): (u32, u32), mut number: u32, mut list: Vec<u32>) -> Result<u32, Busy> {
            number += 1;
            list.push(number);
            Ok(fails_twice()? + a + b + list.iter().sum::<u32>())
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn push(&self, list: &mut Vec<u32>) -> Result<usize, Busy> {
            list.push(self.0);
            fails_twice()?;
            Ok(list.len())
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn nameless(&self, _: u32, _text: String) -> Result<u32, Busy> {
            fails_twice()
        }
    }
    check(run(send(Service(1).load((1, 1), 0, vec![]))), Ok(15));
    check(run(send(Service(1).push(&mut vec![]))), Ok(3));
    check(run(send(Service(1).nameless(1, String::new()))), Ok(7));
}

#[test]
fn generic_traits_and_methods() {
    #[async_trait]
    trait Load<T: Send + Sync> {
        type Error: Send;
        async fn load<U: Send + Sync + Clone>(&self, value: &T, other: U) -> Result<U, Self::Error>
        where
            U: Debug;
        async fn named<'a>(&'a self, text: &'a str) -> Result<&'a str, Self::Error>;
    }
    struct Holder<T>(T);
    #[async_trait]
    impl<T: Send + Sync> Load<T> for Holder<T> {
        type Error = Busy;

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load<U: Send + Sync + Clone>(&self, _value: &T, other: U) -> Result<U, Self::Error>
        where
            U: Debug,
        {
            fails_twice()?;
            Ok(other.clone())
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn named<'a>(&'a self, text: &'a str) -> Result<&'a str, Busy> {
            let _held = &self.0;
            fails_twice()?;
            Ok(text)
        }
    }
    check(run(send(Holder(1).load(&1, "a"))), Ok("a"));
    check(run(send(Holder(1).named("a"))), Ok("a"));
}

#[test]
fn futures_that_are_not_send() {
    #[async_trait(?Send)]
    trait Load {
        async fn load(&self, number: Rc<u32>) -> Result<u32, Busy>;

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn by_default(&self, number: Rc<u32>) -> Result<u32, Busy> {
            ready(()).await;
            Ok(fails_twice()? + *number)
        }
    }
    #[async_trait(?Send)]
    impl Load for Rc<u32> {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load(&self, number: Rc<u32>) -> Result<u32, Busy> {
            ready(()).await;
            Ok(fails_twice()? + **self + *number)
        }
    }
    check(run(Rc::new(1).load(Rc::new(1))), Ok(9));
    check(run(Rc::new(1).by_default(Rc::new(1))), Ok(8));
}

#[test]
fn values_over_self_and_parameters() {
    #[async_trait]
    trait Load {
        async fn load(&self, plus: u32) -> Result<u32, Busy>;
    }
    struct Configured {
        max: u32,
        delay: Duration,
    }
    #[async_trait]
    impl Load for Configured {
        #[retry(max = self.max + plus, initial = self.delay, sleep = ready, on = |busy| busy.0 < self.max)]
        async fn load(&self, plus: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + plus)
        }
    }
    check(run(send(Configured { max: 3, delay: Duration::ZERO }.load(1))), Ok(8));
}

#[test]
fn bodies_with_items_and_inner_attributes() {
    #[async_trait]
    trait Load {
        async fn load(&self) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[deny(unused_variables)]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load(&self) -> Result<u32, Busy> {
            #![allow(unused_variables)]
            const ONE: u32 = 1;
            fn one() -> u32 {
                1
            }
            let unused = 1;
            if self.0 == 0 {
                return Ok(0);
            }
            Ok(fails_twice()? + ONE + one())
        }
    }
    check(run(send(Service(1).load())), Ok(9));
}

#[test]
fn other_attributes_above_and_below() {
    #[async_trait]
    trait Load {
        async fn above(&self, number: u32) -> Result<u32, Busy>;
        async fn below(&self, number: u32) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        #[inline]
        #[tracing::instrument(skip_all)]
        async fn above(&self, number: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.0 + number)
        }

        #[doc = "What it does."]
        #[tracing::instrument(skip_all)]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn below(&self, number: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.0 + number)
        }
    }
    check(run(send(Service(1).above(1))), Ok(9));
    check(run(send(Service(1).below(1))), Ok(9));
}

#[test]
fn impls_made_by_a_macro() {
    #[async_trait]
    trait Load {
        async fn load(&self) -> Result<u32, Busy>;
    }
    macro_rules! implement {
        ($ty:ty, $body:block) => {
            #[async_trait]
            impl Load for $ty {
                #[retry(max = 4, initial = "0s", sleep = ready)]
                async fn load(&self) -> Result<u32, Busy> $body
            }
        };
    }
    implement!(Service, {
        let number = fails_twice()?;
        Ok(number)
    });
    check(run(send(Service(1).load())), Ok(7));
}

#[test]
fn below_instrument_with_owned_arguments_and_exclusive_self() {
    #[async_trait]
    trait Load {
        async fn load(&mut self, text: String, (low, high): (u32, Vec<u32>)) -> Result<usize, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[tracing::instrument(skip_all, err(Debug))]
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load(&mut self, text: String, (low, high): (u32, Vec<u32>)) -> Result<usize, Busy> {
            self.0 += low;
            fails_twice()?;
            Ok(text.len() + high.len() + usize::try_from(self.0).unwrap_or_default())
        }
    }
    let mut service = Service(1);
    check(run(send(service.load("four".to_owned(), (2, vec![3])))), Ok(4 + 1 + 7));
}

#[test]
fn an_argument_that_only_a_key_reads_is_not_unused() {
    struct Service;
    #[async_trait]
    trait Load {
        async fn load(&self, max: u32, delay: Duration) -> Result<u32, Busy>;
    }
    #[async_trait]
    impl Load for Service {
        #[retry(max = max, initial = delay, sleep = ready)]
        #[deny(unused_variables)]
        async fn load(&self, max: u32, delay: Duration) -> Result<u32, Busy> {
            Err(Busy(1))
        }
    }
    assert_eq!(run(Service.load(2, Duration::ZERO)), Err(Busy(1)));
}
