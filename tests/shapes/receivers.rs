use std::future::ready;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use persevere::retry;

use super::{Busy, check, fails_twice, run};

#[derive(Clone, Debug, PartialEq)]
struct Counter {
    count: u32,
    log: Vec<u32>,
}

impl Counter {
    fn new() -> Self {
        Self { count: 0, log: Vec::new() }
    }
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn shared(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn shared_async(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn shared_self() {
    check(Counter::new().shared(), Ok(7));
    check(run(Counter::new().shared_async()), Ok(7));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn borrowed(&self, _other: &str) -> Result<&[u32], Busy> {
        fails_twice()?;
        Ok(&self.log)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn borrowed_async<'a>(&'a self, _other: &str) -> Result<&'a [u32], Busy> {
        fails_twice()?;
        Ok(&self.log)
    }

    #[retry(max = 4, initial = "0s")]
    fn entries(&self) -> Result<impl Iterator<Item = &u32> + '_, Busy> {
        fails_twice()?;
        Ok(self.log.iter())
    }
}

#[test]
fn what_is_returned_may_borrow_from_shared_self() {
    check(Counter::new().borrowed(""), Ok(&[][..]));
    check(run(Counter::new().borrowed_async("")), Ok(&[][..]));
    check(Counter::new().entries().map(Iterator::count), Ok(0));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn exclusive(&mut self) -> Result<u32, Busy> {
        self.count += 1;
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn exclusive_async(&mut self) -> Result<u32, Busy> {
        let count = &mut self.count;
        *count += 1;
        Ok(fails_twice()? + *count)
    }
}

#[test]
fn exclusive_self_keeps_what_each_attempt_did_to_it() {
    let mut counter = Counter::new();
    check(counter.exclusive(), Ok(10));
    check(run(counter.exclusive_async()), Ok(13));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn fields(&mut self) -> Result<u32, Busy> {
        let count = &self.count;
        for entry in &mut self.log {
            *entry += count;
        }
        Ok(fails_twice()? + self.log[0])
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn fields_async(&mut self) -> Result<u32, Busy> {
        let Self { count, log } = self;
        log.push(*count);
        Ok(fails_twice()? + log.iter().sum::<u32>())
    }
}

#[test]
fn fields_of_exclusive_self_are_borrowed_one_by_one() {
    let mut counter = Counter { count: 1, log: vec![0] };
    check(counter.fields(), Ok(10));
    check(run(counter.fields_async()), Ok(13));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn owned(self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn owned_async(self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn owned_self() {
    check(Counter::new().owned(), Ok(7));
    check(run(Counter::new().owned_async()), Ok(7));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn logged(mut self) -> Result<Self, Busy> {
        self.log.push(self.count);
        fails_twice()?;
        Ok(self.clone())
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn logged_async(mut self) -> Result<Counter, Busy> {
        self.log.push(self.count);
        fails_twice()?;
        Ok(self.clone())
    }
}

#[test]
fn owned_mut_self_keeps_what_each_attempt_did_to_it() {
    let logged = Counter { count: 0, log: vec![0, 0, 0] };
    check(Counter::new().logged(), Ok(logged.clone()));
    check(run(Counter::new().logged_async()), Ok(logged));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn typed(self: &Self) -> Result<&u32, Busy> {
        fails_twice()?;
        Ok(&self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn typed_async(self: &mut Counter) -> Result<u32, Busy> {
        self.count += 1;
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn self_by_a_typed_reference() {
    check(Counter::new().typed(), Ok(&0));
    check(run(Counter::new().typed_async()), Ok(10));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn in_arc(self: Arc<Self>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn in_arc_async(self: Arc<Self>) -> Result<u32, Busy> {
        let another = Arc::clone(&self);
        Ok(fails_twice()? + another.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn in_arc_reference(self: &Arc<Self>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn self_in_an_arc() {
    check(Arc::new(Counter::new()).in_arc(), Ok(7));
    check(run(Arc::new(Counter::new()).in_arc_async()), Ok(7));
    check(run(Arc::new(Counter::new()).in_arc_reference()), Ok(7));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn in_rc(self: Pin<Rc<Self>>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn in_rc_async(self: Rc<Self>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn self_in_an_rc() {
    check(Rc::pin(Counter::new()).in_rc(), Ok(7));
    check(run(Rc::new(Counter::new()).in_rc_async()), Ok(7));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn in_box(mut self: Box<Self>) -> Result<u32, Busy> {
        self.count += 1;
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn in_box_async(self: Box<Self>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn self_in_a_box() {
    check(Box::new(Counter::new()).in_box(), Ok(10));
    check(run(Box::new(Counter::new()).in_box_async()), Ok(7));
}

impl Counter {
    #[retry(max = 4, initial = "0s")]
    fn pinned(mut self: Pin<&mut Self>) -> Result<u32, Busy> {
        self.count += 1;
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn pinned_async(mut self: Pin<&mut Self>) -> Result<u32, Busy> {
        let counter = self.as_mut().get_mut();
        counter.count += 1;
        Ok(fails_twice()? + self.count)
    }

    #[retry(max = 4, initial = "0s")]
    fn pinned_shared(self: Pin<&Self>) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.get_ref().count)
    }
}

#[test]
fn pinned_self() {
    let mut counter = Counter::new();
    check(Pin::new(&mut counter).pinned(), Ok(10));
    check(run(Pin::new(&mut counter).pinned_async()), Ok(13));
    check(Pin::new(&counter).pinned_shared(), Ok(13));
}

impl Counter {
    const MAX: u32 = 4;

    #[retry(max = Self::MAX, initial = "0s")]
    fn load() -> Result<Self, Busy> {
        fails_twice()?;
        Ok(Self::new())
    }

    #[retry(max = Self::MAX, initial = "0s", sleep = ready)]
    async fn load_async(count: u32) -> Result<Vec<Self>, Busy> {
        fails_twice()?;
        Ok(vec![Self { count, ..Self::new() }])
    }
}

#[test]
fn associated_functions_without_self() {
    check(Counter::load(), Ok(Counter::new()));
    check(run(Counter::load_async(0)), Ok(vec![Counter::new()]));
}

#[derive(Clone, Copy)]
struct Position(usize);

impl Position {
    #[retry(max = 4, initial = "0s")]
    fn of(self, list: &mut [u32]) -> Result<&u32, Busy> {
        match fails_twice() {
            Ok(_) => list.get(self.0).ok_or(Busy(0)),
            Err(busy) => Err(busy),
        }
    }

    #[retry(max = 4, initial = "0s")]
    fn of_what_is_left(self, list: &mut [u32]) -> Result<&u32, Busy> {
        fails_twice()?;
        list.get(self.0).ok_or(Busy(0))
    }

    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn in_arc_of(self: Arc<Self>, list: &mut [u32]) -> Result<&u32, Busy> {
        fails_twice()?;
        list.get(self.0).ok_or(Busy(0))
    }

    #[retry(max = 4, initial = "0s")]
    fn beside(&self, list: &mut Vec<u32>) -> Result<&usize, Busy> {
        for number in list {
            *number += 1;
        }
        fails_twice()?;
        Ok(&self.0)
    }

    #[retry(max = 4, initial = "0s")]
    fn pinned_beside(self: Pin<&Self>, list: &mut Vec<u32>) -> Result<&usize, Busy> {
        for number in list {
            *number += 1;
        }
        fails_twice()?;
        Ok(&self.get_ref().0)
    }
}

/// A lifetime without a name is that of a reference to `self`, else that of the only other reference.
#[test]
fn what_is_returned_may_borrow_from_a_parameter_beside_self_by_value() {
    let mut list = vec![1, 2];
    check(Position(1).of(&mut list), Ok(&2));
    check(Position(0).of_what_is_left(&mut list), Ok(&1));
    check(run(Arc::new(Position(1)).in_arc_of(&mut list)), Ok(&2));
    check(Position(5).beside(&mut list), Ok(&5));
    check(Pin::new(&Position(6)).pinned_beside(&mut list), Ok(&6));
    assert_eq!(list, [7, 8]);
}

trait Numbered {
    fn number(&self) -> u32;

    #[retry(max = 4, initial = "0s")]
    fn by_reference(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.number())
    }

    #[retry(max = 4, initial = "0s")]
    fn by_exclusive_reference<'a>(&mut self, key: &'a str) -> Result<&'a str, Busy> {
        fails_twice()?;
        Ok(key)
    }

    #[retry(max = 4, initial = "0s")]
    fn by_value(self) -> Result<u32, Busy>
    where
        Self: Sized,
    {
        Ok(fails_twice()? + self.number())
    }

    #[retry(max = 4, initial = "0s")]
    fn by_box(self: Box<Self>) -> Result<u32, Busy>
    where
        Self: Sized,
    {
        Ok(fails_twice()? + self.number())
    }

    #[retry(max = 4, initial = "0s")]
    fn without() -> Result<u32, Busy>
    where
        Self: Sized,
    {
        fails_twice()
    }
}

impl Numbered for u32 {
    fn number(&self) -> u32 {
        *self
    }
}

impl Numbered for str {
    fn number(&self) -> u32 {
        1
    }
}

#[test]
fn default_methods_of_a_trait() {
    check(1.by_reference(), Ok(8));
    check(1.by_exclusive_reference("key"), Ok("key"));
    check(1.by_value(), Ok(8));
    check(Box::new(1).by_box(), Ok(8));
    check(u32::without(), Ok(7));
    check("unsized".by_reference(), Ok(8));
}

#[test]
fn async_default_methods_of_a_trait() {
    trait Load {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load(&self, plus: u32) -> Result<u32, Busy> {
            Ok(fails_twice()? + plus)
        }
    }
    impl Load for Counter {}
    check(run(Counter::new().load(1)), Ok(8));
}

#[test]
fn methods_of_a_trait_impl() {
    trait Load {
        type Error;
        fn load(&self) -> Result<u32, Self::Error>;
        async fn load_async(&mut self, plus: u32) -> Result<u32, Self::Error>;
        fn future(&self) -> impl Future<Output = Result<u32, Self::Error>> + Send;
    }
    impl Load for Counter {
        type Error = Busy;

        #[retry(max = 4, initial = "0s")]
        fn load(&self) -> Result<u32, Self::Error> {
            Ok(fails_twice()? + self.count)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load_async(&mut self, plus: u32) -> Result<u32, <Self as Load>::Error> {
            self.count += plus;
            Ok(fails_twice()? + self.count)
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn future(&self) -> Result<u32, Busy> {
            Ok(fails_twice()? + self.count)
        }
    }
    let mut counter = Counter::new();
    check(counter.load(), Ok(7));
    check(run(counter.load_async(1)), Ok(10));
    check(run(super::send(counter.future())), Ok(10));
}

#[test]
fn methods_of_a_generic_impl() {
    struct Batch<T, const N: usize>([T; N]);

    impl<T: Copy + Into<u32>, const N: usize> Batch<T, N> {
        const EXTRA: u32 = 1;

        #[retry(max = 4, initial = "0s")]
        fn total<U: From<u32>>(&self) -> Result<U, Busy> {
            let total: u32 = self.0.map(Into::into).iter().sum();
            Ok(U::from(fails_twice()? + total))
        }

        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn filled(&self) -> Result<[u32; N], Busy> {
            Ok([fails_twice()? + Self::EXTRA; N])
        }
    }
    check(Batch([1_u8, 2]).total::<u64>(), Ok(10));
    check(run(Batch([1_u8, 2]).filled()), Ok([8, 8]));
}

#[test]
fn methods_of_a_trait_object() {
    trait Load {
        fn load(&mut self) -> Result<u32, Busy>;
    }
    impl Load for Counter {
        fn load(&mut self) -> Result<u32, Busy> {
            self.count += 1;
            Ok(fails_twice()? + self.count)
        }
    }
    impl Load for Box<dyn Load> {
        #[retry(max = 4, initial = "0s")]
        fn load(&mut self) -> Result<u32, Busy> {
            (**self).load()
        }
    }
    impl dyn Load {
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn load_async(&mut self) -> Result<u32, Busy> {
            self.load()
        }
    }
    let mut counter: Box<dyn Load> = Box::new(Counter::new());
    check(Load::load(&mut counter), Ok(10));
    check(run((*counter).load_async()), Ok(13));
}

impl Counter {
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn conditional(#[cfg(test)] &self, #[cfg(not(test))] this: Missing) -> Result<u32, Busy> {
        Ok(fails_twice()? + self.count)
    }
}

#[test]
fn cfg_on_self() {
    check(run(Counter::new().conditional()), Ok(7));
}
