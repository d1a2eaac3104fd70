use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::Debug;
use std::future::ready;
use std::io::Write;

use persevere::retry;

use super::{Busy, calls, check, fails_twice, run, send};

struct Point {
    x: u32,
    y: (u32, u32),
}

#[test]
fn patterns_are_taken_apart_once() {
    #[retry(max = 4, initial = "0s")]
    fn now(
        (a, b): (u32, u32),
        Point { x, y: (mut y, _) }: Point,
        [first, rest @ ..]: [u32; 3],
        &number: &u32,
        &(ref text, n): &(String, u32),
    ) -> Result<String, Busy> {
        y += 1;
        fails_twice()?;
        Ok(format!("{a} {b} {x} {y} {first} {rest:?} {number} {text} {n}"))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later((a, mut text): (u32, String), Point { x, .. }: Point) -> Result<String, Busy> {
        text.push('+');
        fails_twice()?;
        Ok(format!("{a} {text} {x}"))
    }
    let point = || Point { x: 3, y: (4, 5) };
    check(now((1, 2), point(), [6, 7, 8], &9, &("ten".to_owned(), 11)).as_deref(), Ok("1 2 3 7 6 [7, 8] 9 ten 11"));
    check(run(later((1, "two".to_owned()), point())).as_deref(), Ok("1 two+++ 3"));
}

#[test]
fn parameters_without_a_name() {
    #[retry(max = 4, initial = "0s")]
    fn now(_: u32, _: String, (_, _): (u8, u8), _unused: u32) -> Result<u32, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(_: u32, _: String, (.., _): (u8, u8, u8), _unused: String) -> Result<u32, Busy> {
        fails_twice()
    }
    check(now(1, String::new(), (1, 1), 1), Ok(7));
    check(run(later(1, String::new(), (1, 1, 1), String::new())), Ok(7));
}

#[test]
fn parameters_without_a_name_are_dropped_when_the_call_ends() {
    struct Dropped<'a>(&'a Cell<u32>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    #[retry(max = 4, initial = "0s")]
    fn now(_: Dropped<'_>, _named: Dropped<'_>, dropped: &Cell<u32>) -> Result<u32, Busy> {
        assert_eq!(dropped.get(), 0);
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(_: Dropped<'_>, _named: Dropped<'_>, dropped: &Cell<u32>) -> Result<u32, Busy> {
        assert_eq!(dropped.get(), 0);
        fails_twice()
    }
    let dropped = Cell::new(0);
    check(now(Dropped(&dropped), Dropped(&dropped), &dropped), Ok(7));
    assert_eq!(dropped.replace(0), 2);
    check(run(later(Dropped(&dropped), Dropped(&dropped), &dropped)), Ok(7));
    assert_eq!(dropped.get(), 2);
}

#[test]
fn parameters_bound_by_ref_and_at() {
    #[derive(Clone, Copy)]
    struct Id(u32);

    #[retry(max = 4, initial = "0s")]
    fn now(ref text: String, ref mut list: Vec<u32>, id @ Id(number): Id) -> Result<String, Busy> {
        list.push(number);
        fails_twice()?;
        Ok(format!("{text} {list:?} {}", id.0))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(ref pair @ (ref text, _): (String, u32), ref mut list: Vec<u32>) -> Result<String, Busy> {
        list.push(pair.1);
        fails_twice()?;
        Ok(format!("{text} {list:?}"))
    }
    check(now("a".to_owned(), vec![], Id(1)).as_deref(), Ok("a [1, 1, 1] 1"));
    check(run(later(("a".to_owned(), 1), vec![])).as_deref(), Ok("a [1, 1, 1]"));
}

#[test]
fn mut_parameters_keep_what_each_attempt_did_to_them() {
    #[retry(max = 4, initial = "0s")]
    fn now(mut a @ b: u32, mut list: Vec<u32>, mut boxed: Box<u32>) -> Result<u32, Busy> {
        a += 1;
        list.push(a);
        *boxed += 1;
        fails_twice()?;
        Ok(a + b + list[2] + *boxed)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(mut number: u32, mut array: [u8; 4], mut text: String) -> Result<String, Busy> {
        let through = &mut number;
        *through += 1;
        array[0] += 1;
        text += "a";
        fails_twice()?;
        Ok(format!("{number} {array:?} {text}"))
    }
    check(now(1, vec![], Box::new(1)), Ok(13));
    check(run(later(0, [0; 4], String::new())).as_deref(), Ok("3 [3, 0, 0, 0] aaa"));
}

#[test]
fn cfg_on_a_parameter() {
    #[retry(max = 4, initial = "0s")]
    fn now(
        #[cfg(not(test))] missing: Missing,
        #[cfg(not(test))] mut missing_too: &mut Missing,
        #[cfg(test)] mut text: &str,
        #[expect(unused_variables)] unused: u32,
    ) -> Result<String, Busy> {
        let longer = format!("{text}!");
        text = &longer;
        fails_twice()?;
        Ok(text.to_owned())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(#[cfg(not(test))] list: &mut Missing, #[cfg(test)] list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(1);
        fails_twice()?;
        Ok(list.len())
    }
    check(now("a", 1).as_deref(), Ok("a!"));
    check(run(later(&mut vec![])), Ok(3));
}

#[test]
fn cfg_attr_on_a_parameter() {
    #[retry(max = 4, initial = "0s")]
    fn now(
        #[cfg_attr(test, cfg(not(test)))] mut missing: &Missing,
        #[cfg_attr(test, cfg(test))] mut text: &str,
        #[cfg_attr(not(test), cfg(not(test)))] mut list: &[u32],
    ) -> Result<usize, Busy> {
        let longer = format!("{text}!");
        text = &longer;
        let longer = [list, &[1]].concat();
        list = &longer;
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    check(now("a", &[]), Ok(3));
}

#[test]
fn a_mut_reference_may_be_moved_by_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn into_a_loop(list: &mut Vec<u32>) -> Result<u32, Busy> {
        for number in list {
            *number += 1;
        }
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn into_a_loop_async(list: &mut Vec<u32>) -> Result<u32, Busy> {
        for number in list {
            *number += 1;
        }
        fails_twice()
    }
    #[retry(max = 4, initial = "0s")]
    fn into_a_variable(list: &mut Vec<u32>) -> Result<usize, Busy> {
        let moved = list;
        moved.push(1);
        fails_twice()?;
        Ok(moved.len())
    }
    #[retry(max = 4, initial = "0s")]
    fn into_a_function(list: &mut Vec<u8>) -> Result<u32, Busy> {
        fn write(mut out: impl Write) {
            out.write_all(b"a").unwrap();
        }
        write(list);
        fails_twice()
    }
    #[retry(max = 4, initial = "0s")]
    fn into_a_closure(list: &mut Vec<u32>) -> Result<usize, Busy> {
        let mut push = move || {
            list.push(1);
            list.len()
        };
        fails_twice()?;
        Ok(push())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn into_a_future(list: &mut Vec<u32>) -> Result<usize, Busy> {
        let future = async move {
            list.push(1);
            list.len()
        };
        let length = future.await;
        fails_twice()?;
        Ok(length)
    }
    let mut numbers = vec![0];
    check(into_a_loop(&mut numbers), Ok(7));
    check(run(into_a_loop_async(&mut numbers)), Ok(7));
    assert_eq!(numbers, [6]);
    check(into_a_variable(&mut vec![]), Ok(3));
    check(into_a_function(&mut vec![]), Ok(7));
    check(into_a_closure(&mut vec![]), Ok(1));
    check(run(send(into_a_future(&mut vec![]))), Ok(3));
}

#[test]
fn a_mut_reference_may_be_borrowed_again_by_the_body() {
    fn push(list: &mut Vec<u32>) {
        list.push(1);
    }
    #[retry(max = 4, initial = "0s")]
    fn now(list: &mut Vec<u32>, out: &mut dyn Write) -> Result<usize, Busy> {
        push(list);
        let again = &mut *list;
        again.push(2);
        out.write_all(b"a").unwrap();
        write!(out, "b").unwrap();
        fails_twice()?;
        Ok(list.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(list: &mut Vec<u32>) -> Result<usize, Busy> {
        push(list);
        async { list.push(2) }.await;
        fails_twice()?;
        Ok(list.len())
    }
    #[retry(max = 4, initial = "0s")]
    fn split(pair: &mut [u32]) -> Result<u32, Busy> {
        let (left, right) = pair.split_at_mut(1);
        left[0] += 1;
        right[0] += 1;
        fails_twice()?;
        Ok(left[0] + right[0])
    }
    let mut out = Vec::new();
    check(now(&mut vec![], &mut out), Ok(6));
    assert_eq!(out, b"ababab");
    check(run(send(later(&mut vec![]))), Ok(6));
    check(split(&mut [0, 0]), Ok(6));
}

#[test]
fn a_mut_reference_in_a_mut_parameter_starts_each_attempt_as_it_came() {
    #[retry(max = 4, initial = "0s")]
    fn now(mut list: &mut [u32]) -> Result<u32, Busy> {
        list = &mut list[1..];
        list[0] += 1;
        fails_twice()?;
        Ok(list[0])
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(mut list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(0);
        let mut own = list.clone();
        list = &mut own;
        list.push(1);
        fails_twice()?;
        Ok(list.len())
    }
    check(now(&mut [0, 0]), Ok(3));
    check(run(send(later(&mut vec![]))), Ok(4));
}

#[test]
fn mut_references_inside_of_other_parameters() {
    struct Holder<'a> {
        list: &'a mut Vec<u32>,
    }
    #[retry(max = 4, initial = "0s")]
    fn now((list, n): (&mut Vec<u32>, u32), holder: Holder<'_>) -> Result<usize, Busy> {
        list.push(n);
        holder.list.push(n);
        fails_twice()?;
        Ok(list.len() + holder.list.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(mut list: Option<&mut Vec<u32>>, number: &mut Option<u32>) -> Result<u32, Busy> {
        if let Some(list) = list.as_deref_mut() {
            list.push(1);
        }
        match number {
            Some(number) => {
                *number += 1;
                Ok(fails_twice()? + *number)
            }
            None => Err(Busy(0)),
        }
    }
    check(now((&mut vec![], 1), Holder { list: &mut vec![] }), Ok(6));
    let mut list = vec![];
    check(run(later(Some(&mut list), &mut Some(0))), Ok(10));
    assert_eq!(list, [1, 1, 1]);
}

#[test]
fn a_reference_may_be_pointed_at_a_local_of_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now(mut text: &str, mut bytes: &[u8]) -> Result<usize, Busy> {
        let longer = format!("{text}!");
        text = &longer;
        let longer = [bytes, b"!"].concat();
        bytes = &longer;
        fails_twice()?;
        Ok(text.len() + bytes.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(mut text: &str) -> Result<usize, Busy> {
        let longer = format!("{text}!");
        if longer.len() > 1 {
            text = longer.as_str();
        }
        ready(()).await;
        fails_twice()?;
        Ok(text.len())
    }
    #[rustfmt::skip]
    #[expect(unused_parens)]
    #[retry(max = 4, initial = "0s")]
    fn in_parentheses(mut text: (&str)) -> Result<usize, Busy> {
        let longer = format!("{text}!");
        text = &longer;
        fails_twice()?;
        Ok(text.len())
    }
    check(now("a", &[]), Ok(3));
    check(run(send(later("a"))), Ok(2));
    check(in_parentheses("a"), Ok(2));
}

#[test]
fn a_reference_in_a_mut_parameter_starts_each_attempt_as_it_came() {
    #[retry(max = 4, initial = "0s")]
    fn now<'a>(mut text: &'a str) -> Result<&'a str, Busy> {
        text = &text[1..];
        fails_twice()?;
        Ok(text)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later<'a>(mut text: &'a str, other: &str) -> Result<&'a str, Busy> {
        text = &text[other.len()..];
        fails_twice()?;
        Ok(text)
    }
    check(now("abcd"), Ok("bcd"));
    check(run(send(later("abcd", "12"))), Ok("cd"));
}

#[test]
fn references_in_mut_parameters_need_not_be_changed() {
    #[expect(unused_mut)]
    #[retry(max = 4, initial = "0s")]
    fn now(mut text: &str, mut list: &mut Vec<u32>) -> Result<usize, Busy> {
        list.push(1);
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    check(now("a", &mut vec![]), Ok(4));
}

#[test]
fn what_is_copy_may_be_moved_by_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: u32, pair: (u32, &str), make: fn() -> u32, text: Option<&str>) -> Result<u32, Busy> {
        let moved = number;
        let (left, _right) = pair;
        let call = make;
        drop(text.map(str::to_owned));
        Ok(fails_twice()? + moved + left + call())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(Point { x, y }: Point, [a, b]: [u32; 2]) -> Result<u32, Busy> {
        let sum = async move { x + y.0 + y.1 + a + b };
        Ok(fails_twice()? + sum.await)
    }
    check(now(1, (1, ""), || 1, Some("")), Ok(10));
    check(run(send(later(Point { x: 1, y: (1, 1) }, [1, 1]))), Ok(12));
}

#[test]
fn what_is_owned_may_be_taken_apart_by_reference() {
    struct Named {
        name: String,
        number: u32,
    }
    #[retry(max = 4, initial = "0s")]
    fn now(named: Named) -> Result<String, Busy> {
        let Named { ref name, number } = named;
        fails_twice()?;
        Ok(format!("{name} {number}"))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(named: Named) -> Result<String, Busy> {
        let Named { name, number } = &named;
        fails_twice()?;
        Ok(format!("{name} {number}"))
    }
    let named = || Named { name: "a".to_owned(), number: 1 };
    check(now(named()).as_deref(), Ok("a 1"));
    check(run(later(named())).as_deref(), Ok("a 1"));
}

#[test]
fn fields_of_a_packed_struct_are_copied() {
    #[derive(Clone, Copy)]
    #[repr(C, packed)]
    struct Packed {
        small: u8,
        large: u32,
    }
    #[retry(max = 4, initial = "0s")]
    fn now(packed: Packed) -> Result<u32, Busy> {
        let large = packed.large;
        Ok(fails_twice()? + large)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(packed: Packed) -> Result<u32, Busy> {
        Ok(fails_twice()? + { packed.large } + u32::from(packed.small))
    }
    let packed = Packed { small: 1, large: 1 };
    check(now(packed), Ok(8));
    check(run(later(packed)), Ok(9));
}

#[test]
fn a_formatter_as_a_parameter() {
    struct Shown;
    impl std::fmt::Display for Shown {
        #[retry(max = 4, initial = "0s", on = |_| true)]
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            fails_twice().map_err(|_| std::fmt::Error)?;
            f.write_str("a")?;
            write!(f, "{}", 1)
        }
    }
    check(Shown.to_string(), "a1");
}

#[test]
fn what_is_owned_may_be_cloned_by_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now(text: String, list: Vec<u32>) -> Result<usize, Busy> {
        let all: Vec<_> = list.clone().into_iter().chain([1]).collect();
        drop(text.clone());
        fails_twice()?;
        Ok(all.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(text: String, list: Vec<u32>) -> Result<usize, Busy> {
        let future = ready((text.clone(), list.clone()));
        fails_twice()?;
        Ok(future.await.1.len())
    }
    check(now("a".to_owned(), vec![1]), Ok(2));
    check(run(send(later("a".to_owned(), vec![1]))), Ok(1));
}

#[test]
fn parameters_may_be_shadowed_in_the_body() {
    #[retry(max = 4, initial = "0s")]
    fn now(text: &str, list: Vec<u32>) -> Result<usize, Busy> {
        let text = text.trim();
        let list: Vec<_> = list.iter().map(|list| list + 1).collect();
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(text: String) -> Result<usize, Busy> {
        let text = text.trim();
        fails_twice()?;
        Ok(text.len())
    }
    check(now(" a ", vec![1]), Ok(2));
    check(run(later(" a ".to_owned())), Ok(1));
}

#[test]
fn parameters_named_like_the_function() {
    #[retry(max = 4, initial = "0s")]
    fn now(now: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + now)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(later: impl Fn() -> u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + later())
    }
    check(now(1), Ok(8));
    check(run(later(|| 1)), Ok(8));
}

#[test]
fn impl_trait_in_parameters() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: impl Into<u32> + Copy, text: &impl AsRef<str>) -> Result<u32, Busy> {
        assert_eq!(text.as_ref(), "a");
        Ok(fails_twice()? + number.into())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(
        numbers: impl IntoIterator<Item = u32> + Clone,
        words: impl Iterator<Item = &str> + Clone,
        texts: &[impl AsRef<str>],
    ) -> Result<u32, Busy> {
        assert_eq!(words.clone().count(), texts.len());
        Ok(fails_twice()? + numbers.clone().into_iter().sum::<u32>())
    }
    check(now(1_u8, &"a"), Ok(8));
    check(run(later(vec![1, 2], ["a"].into_iter(), &["b"])), Ok(10));
}

#[test]
fn closures_as_parameters() {
    #[retry(max = 4, initial = "0s")]
    fn mutable(mut load: impl FnMut() -> Result<u32, Busy>) -> Result<u32, Busy> {
        load()
    }
    #[retry(max = 4, initial = "0s")]
    fn mutable_dyn(load: &mut dyn FnMut() -> Result<u32, Busy>) -> Result<u32, Busy> {
        load()
    }
    #[retry(max = 4, initial = "0s")]
    fn mutable_generic<F: FnMut() -> Result<u32, Busy>>(load: &mut F) -> Result<u32, Busy> {
        load()
    }
    #[retry(max = 4, initial = "0s")]
    fn shared_dyn(load: &dyn Fn() -> Result<u32, Busy>) -> Result<u32, Busy> {
        load()
    }
    #[retry(max = 4, initial = "0s")]
    fn once(load: &mut Option<Box<dyn FnOnce() -> u32>>) -> Result<u32, Busy> {
        let number = fails_twice()?;
        Ok(number + load.take().unwrap()())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn of_futures<F, Fut>(mut load: F) -> Result<u32, Busy>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<u32, Busy>>,
    {
        load().await
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn asynchronous(load: impl AsyncFn() -> Result<u32, Busy>) -> Result<u32, Busy> {
        load().await
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn asynchronous_mut(mut load: impl AsyncFnMut() -> Result<u32, Busy>) -> Result<u32, Busy> {
        load().await
    }
    check(mutable(fails_twice), Ok(7));
    check(mutable_dyn(&mut fails_twice), Ok(7));
    check(mutable_generic(&mut || fails_twice()), Ok(7));
    check(shared_dyn(&fails_twice), Ok(7));
    check(once(&mut Some(Box::new(|| 1))), Ok(8));
    check(run(of_futures(|| ready(fails_twice()))), Ok(7));
    check(run(asynchronous(async || fails_twice())), Ok(7));
    check(run(asynchronous_mut(async || fails_twice())), Ok(7));
}

#[test]
fn trait_objects_as_parameters() {
    #[retry(max = 4, initial = "0s")]
    fn now(text: Box<str>, list: std::rc::Rc<[u32]>, any: &dyn std::any::Any) -> Result<usize, Busy> {
        assert!(any.is::<u32>());
        fails_twice()?;
        Ok(text.len() + list.len())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(shown: Box<dyn Debug>, make: &(dyn Fn() -> u32 + Sync)) -> Result<String, Busy> {
        let number = fails_twice()?;
        Ok(format!("{shown:?} {}", number + make()))
    }
    check(now("a".into(), [1].into(), &1_u32), Ok(2));
    check(run(later(Box::new(1), &|| 1)).as_deref(), Ok("1 8"));
}

#[test]
fn type_parameters_and_where_clauses() {
    #[retry(max = 4, initial = "0s")]
    fn now<T: Clone + Debug, E>(value: &T, load: fn() -> Result<u32, E>) -> Result<(T, u32), E>
    where
        E: persevere::Retryable,
    {
        Ok((value.clone(), load()?))
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    async fn later<T, E>(value: T, load: fn() -> Result<u32, E>) -> Result<(T, u32), E>
    where
        T: Clone,
    {
        let number = load()?;
        Ok((value.clone(), number))
    }
    #[retry(max = 4, initial = "0s")]
    fn higher_ranked<F>(pick: F) -> Result<u32, Busy>
    where
        for<'a> F: Fn(&'a u32) -> &'a u32,
    {
        let number = fails_twice()?;
        Ok(*pick(&number))
    }
    fn same(number: &u32) -> &u32 {
        number
    }
    check(now(&1, fails_twice), Ok((1, 7)));
    check(run(later::<&str, _>("a", fails_twice)), Ok(("a", 7)));
    check(higher_ranked(same), Ok(7));
}

#[test]
fn const_parameters() {
    const LENGTH: usize = 2;
    #[retry(max = 4, initial = "0s")]
    fn now<const N: usize>(numbers: [u32; N], _two: [u8; LENGTH]) -> Result<[u32; N], Busy> {
        let plus = fails_twice()?;
        Ok(numbers.map(|number| number + plus))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later<const N: usize, T: Default + Copy>() -> Result<[T; N], Busy> {
        fails_twice()?;
        Ok([T::default(); N])
    }
    #[retry(max = N, initial = "0s")]
    fn of_a_value<const N: u32>() -> Result<[u32; LENGTH + 1], Busy> {
        let number = fails_twice()?;
        Ok([number; LENGTH + 1])
    }
    check(now([1, 2], [0; 2]), Ok([8, 9]));
    check(run(later::<2, u8>()), Ok([0, 0]));
    check(of_a_value::<4>(), Ok([7, 7, 7]));
}

#[test]
fn lifetimes() {
    #[retry(max = 4, initial = "0s")]
    fn now<'a, 'b: 'a>(left: &'a str, right: &'b str) -> Result<&'a str, Busy> {
        fails_twice()?;
        Ok(if left.len() > right.len() { left } else { right })
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later<'a>(list: &mut Vec<&'a str>, text: &'a str) -> Result<&'a str, Busy> {
        list.push(text);
        fails_twice()?;
        Ok(list[0])
    }
    #[retry(max = 4, initial = "0s")]
    fn elided(text: &str) -> Result<Cow<'_, str>, Busy> {
        fails_twice()?;
        Ok(text.into())
    }
    check(now("a", "bc"), Ok("bc"));
    check(run(later(&mut vec![], "a")), Ok("a"));
    check(elided("a").as_deref(), Ok("a"));
}

#[test]
fn many_parameters() {
    #[expect(clippy::too_many_arguments)]
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later(
        a: u8,
        b: (u8, (u8, [u8; 64])),
        c: Option<u8>,
        d: &[u8],
        e: String,
        f: Vec<u8>,
        g: (),
        h: ((), ((),)),
        i: bool,
    ) -> Result<usize, Busy> {
        fails_twice()?;
        let (((), ()), ((),)) = ((g, h.0), h.1);
        Ok(usize::from(a) + b.1.1.len() + c.iter().len() + d.len() + e.len() + f.len() + usize::from(i))
    }
    check(run(send(later(1, (1, (1, [1; 64])), None, &[], "a".into(), vec![], (), ((), ((),)), true))), Ok(67));
}

#[test]
fn trailing_commas() {
    #[rustfmt::skip]
    #[retry(max = 4, initial = "0s",)]
    fn now<'a, T,>(value: &'a T, _other: u32,) -> Result<&'a T, Busy,> where T: Debug, {
        fails_twice()?;
        Ok(value)
    }
    check(now(&1, 2), Ok(&1));
}

#[test]
fn parameters_that_other_threads_borrow() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: &mut u32, make: &(dyn Fn() -> u32 + Sync)) -> Result<u32, Busy> {
        std::thread::scope(|scope| {
            scope.spawn(|| *number += make());
        });
        Ok(fails_twice()? + *number)
    }
    check(now(&mut 0, &|| 1), Ok(10));
}

#[test]
fn functions_are_still_function_pointers() {
    #[retry(max = 4, initial = "0s")]
    fn now(number: u32) -> Result<u32, Busy> {
        Ok(fails_twice()? + number)
    }
    #[retry(max = 4, initial = "0s")]
    fn borrowing<'a>(text: &'a str) -> Result<&'a str, Busy> {
        fails_twice()?;
        Ok(text)
    }
    const POINTER: fn(u32) -> Result<u32, Busy> = now;
    static BORROWING: for<'a> fn(&'a str) -> Result<&'a str, Busy> = borrowing;
    check(POINTER(1), Ok(8));
    check(BORROWING("a"), Ok("a"));
    check([1].map(now), [Ok(8)]);
    assert_eq!(calls(), 0);
}
