use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::ready;
use std::io;
use std::rc::Rc;

use persevere::{Decision, Retryable, retry};

use super::{Busy, calls, check, fails_twice, run, send};

#[test]
fn aliases_of_result() {
    type Alias<T> = Result<T, Busy>;
    type Number = Result<u32, Busy>;
    type WithDefault<T, E = Busy> = core::result::Result<T, E>;
    type Longer<'a, T, const N: usize> = Result<[&'a T; N], Busy>;
    trait Load {
        type Output;
    }
    impl Load for u32 {
        type Output = Result<u32, Busy>;
    }

    #[retry(max = 4, initial = "0s")]
    fn of_io() -> io::Result<u32> {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn of_fmt() -> fmt::Result {
        fails_twice().map(drop).map_err(|_| fmt::Error)
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn generic() -> Alias<u32> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s")]
    fn without_parameters() -> Number {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn with_default() -> WithDefault<u32> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s")]
    fn with_a_lifetime<'a, T>(value: &'a T) -> Longer<'a, T, 2> {
        fails_twice()?;
        Ok([value, value])
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn associated() -> <u32 as Load>::Output {
        fails_twice()
    }
    check(of_io().ok(), Some(7));
    check(of_fmt(), Ok(()));
    check(run(generic()), Ok(7));
    check(without_parameters(), Ok(7));
    check(run(with_default()), Ok(7));
    check(with_a_lifetime(&1), Ok([&1, &1]));
    check(run(associated()), Ok(7));
}

#[test]
fn a_result_in_parentheses() {
    #[rustfmt::skip]
    #[expect(unused_parens)]
    #[retry(max = 4, initial = "0s")]
    fn now() -> (Result<u32, Busy>) {
        fails_twice()
    }
    check(now(), Ok(7));
}

#[test]
fn a_result_that_a_macro_names() {
    macro_rules! result {
        ($ok:ty) => { Result<$ok, Busy> };
    }
    macro_rules! result_of_closure {
        ($ok:ty) => { Result<impl Fn() -> $ok, Busy> };
    }
    #[retry(max = 4, initial = "0s")]
    fn now() -> result!(u32) {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> result![&'static str] {
        fails_twice()?;
        Ok("a")
    }
    #[retry(max = 4, initial = "0s")]
    fn opaque() -> result_of_closure!(u32) {
        let number = fails_twice()?;
        Ok(move || number)
    }
    check(now(), Ok(7));
    check(run(later()), Ok("a"));
    check(opaque().map(|made| made()), Ok(7));
}

#[test]
fn anyhow() {
    use anyhow::{Context, bail, ensure};

    #[retry(max = 4, initial = "0s", on = |error| error.is::<Busy>())]
    fn now() -> anyhow::Result<u32> {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    async fn later(key: &str) -> anyhow::Result<u32> {
        let number = fails_twice().with_context(|| format!("no {key}"))?;
        ensure!(number > 1, "too small");
        if number == 2 {
            bail!("two");
        }
        Ok(number)
    }
    check(now().unwrap(), 7);
    check(run(send(later("a"))).unwrap(), 7);
}

#[test]
fn boxed_errors() {
    #[retry(max = 4, initial = "0s", on = |error| error.is::<Busy>())]
    fn now() -> Result<u32, Box<dyn Error>> {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |error| error.is::<Busy>())]
    async fn later() -> Result<u32, Box<dyn Error + Send + Sync>> {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn borrowing<'a>(text: &'a [u8]) -> Result<&'a str, Box<dyn Error + 'a>> {
        fails_twice()?;
        Ok(std::str::from_utf8(text)?)
    }
    check(now().unwrap(), 7);
    check(run(send(later())).unwrap(), 7);
    check(borrowing(b"a").unwrap(), "a");
}

#[test]
fn error_types_that_implement_nothing() {
    struct Plain;
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn now() -> Result<u32, Plain> {
        fails_twice().map_err(|_| Plain)
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |Plain| true)]
    async fn later() -> Result<u32, Plain> {
        fails_twice().map_err(|_| Plain)
    }
    #[retry(max = 4, initial = "0s", on = |()| true)]
    fn unit() -> Result<u32, ()> {
        fails_twice().map_err(drop)
    }
    #[retry(max = 4, initial = "0s", on = |error| *error == "busy")]
    fn text() -> Result<u32, &'static str> {
        fails_twice().map_err(|_| "busy")
    }
    check(now().ok(), Some(7));
    check(run(later()).ok(), Some(7));
    check(unit(), Ok(7));
    check(text(), Ok(7));
}

#[test]
fn errors_that_borrow_from_a_parameter() {
    struct Unknown<'a>(&'a str);
    fn is_known(error: &Unknown<'_>) -> bool {
        !error.0.is_empty()
    }
    #[retry(max = 4, initial = "0s", on = is_known)]
    fn now<'a>(key: &'a str) -> Result<u32, Unknown<'a>> {
        fails_twice().map_err(|_| Unknown(key))
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |error| is_known(error), notify = |event| assert!(event.error().is_some_and(is_known)))]
    async fn later(key: &str) -> Result<u32, Unknown<'_>> {
        fails_twice().map_err(|_| Unknown(key))
    }
    check(now("a").ok(), Some(7));
    check(run(send(later("a"))).ok(), Some(7));
}

#[test]
fn generic_errors() {
    #[retry(max = 4, initial = "0s")]
    fn now<E: Retryable>() -> Result<u32, E>
    where
        E: From<Busy>,
    {
        Ok(fails_twice()?)
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    async fn later<E: From<Busy>>() -> Result<u32, E> {
        Ok(fails_twice()?)
    }
    check(now::<Busy>(), Ok(7));
    check(run(later::<Box<dyn Error>>()).unwrap(), 7);
}

#[test]
fn error_types_with_a_decision_of_their_own() {
    #[derive(Debug)]
    struct Wrapped(Busy);
    impl From<Busy> for Wrapped {
        fn from(busy: Busy) -> Self {
            Self(busy)
        }
    }
    impl Retryable for Wrapped {
        fn decision(&self) -> Decision {
            self.0.decision()
        }
    }
    #[retry(initial = "0s")]
    fn now() -> Result<u32, Wrapped> {
        Ok(fails_twice()?)
    }
    #[retry(initial = "0s", sleep = ready)]
    async fn later() -> Result<u32, Box<Wrapped>> {
        fails_twice().map_err(|busy| Box::new(busy.into()))
    }
    check(now().unwrap(), 7);
    check(run(later()).unwrap(), 7);
}

#[test]
fn impl_trait_in_ok() {
    #[retry(max = 4, initial = "0s")]
    fn now(plus: u32) -> Result<impl Iterator<Item = u32>, Busy> {
        let number = fails_twice()?;
        Ok((0..number).map(move |n| n + plus))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<impl Display, Busy> {
        fails_twice()
    }
    #[retry(max = 4, initial = "0s")]
    fn borrowed<'a>(numbers: &'a [u32]) -> Result<impl Iterator<Item = &'a u32> + 'a, Busy> {
        fails_twice()?;
        Ok(numbers.iter())
    }
    #[retry(max = 4, initial = "0s")]
    fn closure<'a>(number: &'a u32) -> Result<impl Fn() -> u32 + 'a, Busy> {
        fails_twice()?;
        Ok(move || *number)
    }
    check(now(1).map(Iterator::last), Ok(Some(7)));
    check(run(later()).map(|shown| shown.to_string()).as_deref(), Ok("7"));
    check(borrowed(&[1, 2]).map(Iterator::count), Ok(2));
    check(closure(&1).map(|made| made()), Ok(1));
}

#[test]
fn impl_trait_deeper_in_the_result() {
    struct Tagged<'a, T>(&'a u32, T);

    #[retry(max = 4, initial = "0s")]
    fn in_a_tuple() -> Result<(impl Display, Vec<impl Fn(u32) -> u32>), Busy> {
        Ok((fails_twice()?, vec![|number| number + 1]))
    }
    #[retry(max = 4, initial = "0s")]
    fn in_a_struct(tag: &u32) -> Result<Tagged<'_, impl Fn() -> u32>, Busy> {
        let number = fails_twice()?;
        Ok(Tagged(tag, move || number))
    }
    #[retry(max = 4, initial = "0s")]
    fn in_an_array() -> Result<[impl Clone + Debug; 2], Busy> {
        let number = fails_twice()?;
        Ok([number, number])
    }
    #[retry(max = 4, initial = "0s")]
    fn in_an_item() -> Result<impl Iterator<Item = impl Display>, Busy> {
        let number = fails_twice()?;
        Ok(std::iter::once(number))
    }
    #[retry(max = 4, initial = "0s")]
    fn behind_a_reference(_text: &str) -> std::result::Result<&impl Debug, Busy> {
        fails_twice()?;
        Ok(&7)
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    async fn as_the_error() -> Result<Option<impl Fn(u32) -> Option<u32>>, impl Debug> {
        fails_twice().map(|number| Some(move |plus| Some(number + plus)))
    }
    check(in_a_tuple().map(|(shown, made)| format!("{shown} {}", made[0](1))).as_deref(), Ok("7 2"));
    check(in_a_struct(&1).map(|tagged| tagged.0 + tagged.1()), Ok(8));
    check(in_an_array().map(|array| format!("{array:?}")).as_deref(), Ok("[7, 7]"));
    check(in_an_item().map(|mut items| items.next().unwrap().to_string()).as_deref(), Ok("7"));
    check(behind_a_reference("").map(|shown| format!("{shown:?}")).as_deref(), Ok("7"));
    check(run(as_the_error()).ok().flatten().unwrap()(1), Some(8));
}

#[test]
fn impl_trait_that_captures_only_what_it_says() {
    #[retry(max = 4, initial = "0s")]
    fn one<'a>(numbers: &'a [u32], _other: &u32) -> Result<impl Iterator<Item = &'a u32> + use<'a>, Busy> {
        fails_twice()?;
        Ok(numbers.iter())
    }
    #[retry(max = 4, initial = "0s")]
    fn none(number: &u32) -> Result<impl Iterator<Item = u32> + use<>, Busy> {
        let last = fails_twice()? + *number;
        Ok(0..last)
    }
    let numbers = [1];
    let (first, second) = {
        let gone = 1;
        let first = one(&numbers, &gone);
        check(first.is_ok(), true);
        (first, none(&gone))
    };
    check(second.map(Iterator::count), Ok(8));
    assert_eq!(first.map(Iterator::count), Ok(1));
}

#[test]
fn ok_may_borrow_from_a_parameter() {
    use std::collections::HashMap;
    use std::sync::{Mutex, MutexGuard};

    #[retry(max = 4, initial = "0s")]
    fn now<'a>(text: &'a [u8]) -> Result<(&'a [u8], &'a u8), Busy> {
        fails_twice()?;
        Ok((&text[1..], &text[0]))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later<'a>(map: &'a HashMap<String, u32>, key: &str) -> Result<Option<&'a u32>, Busy> {
        fails_twice()?;
        Ok(map.get(key))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn guard<'a>(number: &'a Mutex<u32>, _key: &str) -> Result<MutexGuard<'a, u32>, Busy> {
        fails_twice()?;
        Ok(number.lock().unwrap())
    }
    check(now(b"ab"), Ok((&b"b"[..], &b'a')));
    check(run(send(later(&[("a".to_owned(), 1)].into(), "a"))), Ok(Some(&1)));
    check(run(guard(&Mutex::new(1), "")).map(|number| *number), Ok(1));
}

#[test]
fn ok_may_be_static() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<&'static str, Busy> {
        fails_twice()?;
        Ok("a")
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later<T: ?Sized + Sync>(value: &'static T) -> Result<&'static T, Busy> {
        fails_twice()?;
        Ok(value)
    }
    check(now(), Ok("a"));
    check(run(send(later("a"))), Ok("a"));
}

#[test]
fn ok_in_another_result() {
    #[retry(max = 4, initial = "0s")]
    fn now() -> Result<Result<u32, Busy>, Busy> {
        Ok(Ok(fails_twice()?))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn later() -> Result<Option<Result<(), ()>>, Busy> {
        fails_twice()?;
        Ok(Some(Err(())))
    }
    check(now(), Ok(Ok(7)));
    check(run(later()), Ok(Some(Err(()))));
}

#[test]
fn the_body_is_coerced_to_the_return_type() {
    #[retry(max = 4, initial = "0s")]
    fn closure() -> Result<Box<dyn Fn(u32) -> u32>, Busy> {
        let number = fails_twice()?;
        Ok(Box::new(move |plus| number + plus))
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    async fn any() -> Result<Box<dyn Any + Send>, Box<dyn Error + Send + Sync>> {
        fails_twice()?;
        Ok(Box::new(1))
    }
    #[retry(max = 4, initial = "0s")]
    fn pointer() -> Result<fn(u32) -> u32, Busy> {
        fails_twice()?;
        Ok(|number| number + 1)
    }
    #[retry(max = 4, initial = "0s")]
    fn shown() -> Result<&'static dyn Debug, Busy> {
        match fails_twice() {
            Ok(_) => Ok(&7 as _),
            Err(busy) => Err(busy),
        }
    }
    #[retry(max = 4, initial = "0s")]
    fn shorter<'a>(_text: &'a str) -> Result<&'a str, Busy> {
        let long: Result<&'static str, Busy> = fails_twice().map(|_| "a");
        long
    }
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn error(limit: u32) -> Result<u32, Box<dyn Error>> {
        let number = fails_twice()?;
        if number > limit { Err("too large".into()) } else { Ok(number) }
    }
    check(closure().map(|made| made(1)), Ok(8));
    check(run(send(any())).unwrap().downcast_ref(), Some(&1));
    check(pointer().map(|made| made(1)), Ok(2));
    check(shown().map(|shown| format!("{shown:?}")).as_deref(), Ok("7"));
    check(shorter(""), Ok("a"));
    check(error(9).unwrap(), 7);
}

#[test]
fn the_return_type_tells_the_body_its_types() {
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn parsed() -> Result<Vec<u64>, Box<dyn Error>> {
        fails_twice()?;
        let number = "1".parse()?;
        Ok([number].into_iter().collect())
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn collected() -> Result<Vec<u32>, Busy> {
        std::iter::once(()).map(|()| fails_twice()).collect()
    }
    #[retry(max = 4, initial = "0s")]
    fn summed(numbers: &[u32]) -> Result<u32, Busy> {
        numbers.iter().map(|number| Ok(fails_twice()? + number)).sum()
    }
    #[retry(max = 4, initial = "0s")]
    fn nothing() -> Result<Option<Box<dyn Fn()>>, Busy> {
        fails_twice()?;
        Ok(None)
    }
    check(parsed().unwrap(), [1]);
    check(run(collected()).unwrap(), [7]);
    check(summed(&[1]), Ok(8));
    check(nothing().map(|made| made.is_none()), Ok(true));
}

#[test]
fn higher_ranked_functions_in_ok() {
    type OfText<'a> = &'a dyn for<'b> Fn(&'b str) -> Result<&'b str, Busy>;

    #[retry(max = 4, initial = "0s")]
    fn boxed() -> Result<Box<dyn for<'a> Fn(&'a str) -> &'a str>, Busy> {
        fails_twice()?;
        Ok(Box::new(|text| &text[1..]))
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn pointer() -> Result<for<'a> fn(&'a str) -> &'a str, Busy> {
        fails_twice()?;
        Ok(str::trim)
    }
    #[retry(max = 4, initial = "0s")]
    fn opaque() -> Result<impl for<'a> Fn(&'a str) -> &'a str, Busy> {
        fails_twice()?;
        Ok(str::trim)
    }
    #[retry(max = 4, initial = "0s")]
    fn passed(load: fn(&str) -> Result<u32, Busy>, _other: OfText<'_>) -> Result<fn(&str) -> Result<u32, Busy>, Busy> {
        fails_twice()?;
        Ok(load)
    }
    check(boxed().map(|made| made("ab")), Ok("b"));
    check(run(pointer()).map(|made| made(" a ")), Ok("a"));
    check(opaque().map(|made| made(" a ")), Ok("a"));
    check(passed(|_| Ok(1), &|text| Ok(text)).map(|load| load("")), Ok(Ok(1)));
}

#[test]
fn associated_types_and_generic_associated_types() {
    trait Service {
        type Response<'a>
        where
            Self: 'a;
        type Error: From<Busy> + Retryable;
        fn call<'a>(&'a self) -> Result<Self::Response<'a>, Self::Error>;
    }
    impl Service for Vec<u32> {
        type Response<'a> = &'a [u32];
        type Error = Busy;

        #[retry(max = 4, initial = "0s")]
        fn call<'a>(&'a self) -> Result<Self::Response<'a>, Self::Error> {
            fails_twice()?;
            Ok(self)
        }
    }
    #[retry(max = 1)]
    fn once<S: Service>(service: &S) -> Result<S::Response<'_>, S::Error> {
        service.call()
    }
    check(vec![1].call(), Ok(&[1][..]));
    check(once(&vec![1]), Ok(&[1][..]));
}

#[test]
fn ok_may_be_unit_or_uninhabited() {
    #[retry(max = 4, initial = "0s")]
    fn unit() -> Result<(), Busy> {
        fails_twice()?;
        Ok(())
    }
    #[retry(max = 3, initial = "0s", sleep = ready)]
    async fn never() -> Result<Infallible, Busy> {
        match fails_twice() {
            Ok(number) => Err(Busy(number)),
            Err(busy) => Err(busy),
        }
    }
    #[retry(max = 3, initial = "0s")]
    fn any<T>() -> Result<T, Busy> {
        Err(fails_twice().err().unwrap_or(Busy(7)))
    }
    check(unit(), Ok(()));
    check(run(never()), Err(Busy(7)));
    check(any::<u8>(), Err(Busy(7)));
}

#[test]
fn an_error_that_cannot_happen() {
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn now() -> Result<u32, Infallible> {
        Ok(7)
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |error| -> bool { match *error {} })]
    async fn later() -> Result<u32, Infallible> {
        Ok(7)
    }
    assert_eq!(now(), Ok(7));
    assert_eq!(run(later()), Ok(7));
    assert_eq!(calls(), 0);
}

#[test]
fn what_is_returned_need_not_be_send() {
    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn now() -> Result<Rc<u32>, Rc<Busy>> {
        Ok(Rc::new(fails_twice()?))
    }
    #[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
    async fn later() -> Result<Rc<u32>, Rc<Busy>> {
        Ok(Rc::new(fails_twice()?))
    }
    check(now(), Ok(Rc::new(7)));
    check(run(later()), Ok(Rc::new(7)));
}

#[test]
fn an_exit_code() {
    use std::process::ExitCode;

    #[retry(max = 4, initial = "0s", on = |_| true)]
    fn main() -> Result<ExitCode, Box<dyn Error>> {
        fails_twice()?;
        Ok(ExitCode::SUCCESS)
    }
    check(main().unwrap(), ExitCode::SUCCESS);
}

#[test]
fn ok_may_borrow_from_a_mut_reference_that_the_body_only_reads() {
    #[retry(max = 4, initial = "0s")]
    fn sync(list: &mut [u32]) -> Result<&u32, Busy> {
        fails_twice()?;
        Ok(&list[0])
    }
    #[retry(max = 4, initial = "0s", sleep = ready)]
    async fn asynchronous(list: &mut [u32]) -> Result<&u32, Busy> {
        fails_twice()?;
        Ok(&list[0])
    }
    let mut list = vec![5];
    check(sync(&mut list), Ok(&5));
    check(run(asynchronous(&mut list)), Ok(&5));
}

/// Types with lifetimes of their own, which the variable for an outcome must not lose.
#[test]
fn lifetimes_in_every_place_of_the_type() {
    type Ask<'a> = Box<dyn Fn(&str) -> Option<&'a str> + 'a>;
    trait Of<'a> {
        type Part;
    }
    impl<'a> Of<'a> for u32 {
        type Part = &'a str;
    }
    struct Text<'a>(&'a str);

    impl<'a> Text<'a> {
        #[retry(max = 4, initial = "0s")]
        fn in_place(&self) -> Result<Text<'a>, Busy> {
            fails_twice().map(|_| Text(self.0))
        }
        #[retry(max = 4, initial = "0s", on = |_| true)]
        fn question(&self) -> Result<(&'a str, &Self), Busy> {
            fails_twice()?;
            Ok((self.0, self))
        }
        #[retry(max = 4, initial = "0s", on = |_| true)]
        fn lazy(&self) -> Result<impl Iterator<Item = (char, &'a str)> + use<'_, 'a>, Busy> {
            fails_twice()?;
            Ok(self.0.chars().map(|letter| (letter, self.0)))
        }
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn awaited(&self) -> Result<Vec<&'a str>, Busy> {
            fails_twice()?;
            ready(()).await;
            Ok(vec![self.0, self.0])
        }
        #[retry(max = 4, initial = "0s", previous = last)]
        fn after_another(&self) -> Result<&'a str, Busy> {
            let _: Option<&Result<&'a str, Busy>> = last;
            fails_twice().map(|_| self.0)
        }
    }
    #[retry(max = 4, initial = "0s")]
    fn function<'a>(text: &'a str) -> Result<Box<dyn Fn(&str) -> Option<&'a str> + 'a>, Busy> {
        fails_twice().map(|_| Box::new(move |_: &str| Some(text)) as _)
    }
    #[retry(max = 4, initial = "0s")]
    fn alias<'a>(text: &'a str) -> Result<Ask<'a>, Busy> {
        fails_twice()?;
        Ok(Box::new(move |_| Some(text)))
    }
    #[retry(max = 4, initial = "0s")]
    fn part<'a>(text: &'a str) -> Result<<u32 as Of<'a>>::Part, Busy> {
        fails_twice().map(|_| text)
    }
    #[retry(max = 4, initial = "0s")]
    fn of_all(text: &'static str) -> Result<Box<dyn Display + Send + 'static>, Busy> {
        fails_twice().map(|_| Box::new(text) as _)
    }
    #[retry(max = 4, initial = "0s", on = |_| true, sleep = ready)]
    async fn of_all_awaited() -> Result<&'static str, Box<dyn Error + Send + Sync>> {
        Ok(fails_twice().map(|_| "all")?)
    }
    let text = Text("ab");
    check(text.in_place().map(|text| text.0), Ok("ab"));
    check(text.question().map(|(text, _)| text), Ok("ab"));
    check(text.lazy().map(Iterator::count), Ok(2));
    check(run(text.awaited()), Ok(vec!["ab", "ab"]));
    check(text.after_another(), Ok("ab"));
    check(function("ab").map(|ask| ask("")), Ok(Some("ab")));
    check(alias("ab").map(|ask| ask("")), Ok(Some("ab")));
    check(part("ab"), Ok("ab"));
    check(of_all("ab").map(|text| text.to_string()), Ok("ab".to_owned()));
    check(run(of_all_awaited()).ok(), Some("all"));
}

/// A closure or a block around a body borrows the references as a whole, which is nothing that valid code may notice.
#[test]
fn references_behind_which_a_body_looks() {
    use std::cell::RefCell;

    struct Service {
        list: RefCell<Vec<u32>>,
        names: Vec<String>,
    }
    impl Service {
        #[retry(max = 4, initial = "0s")]
        fn adds(&self) -> Result<usize, Busy> {
            self.list.borrow_mut().push(1);
            *self.list.borrow_mut().last_mut().unwrap() += fails_twice()?;
            Ok(self.list.borrow().len())
        }
        #[retry(max = 4, initial = "0s")]
        fn names<'a>(&'a self, wanted: &'a str) -> Result<impl Iterator<Item = &'a String> + 'a, Busy> {
            fails_twice()?;
            Ok(self.names.iter().filter(|name| wanted.len() == name.len() && self.names.len() == 1))
        }
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn name<'a>(&'a self, wanted: &str) -> Result<&'a str, Busy> {
            fails_twice()?;
            ready(()).await;
            self.names.iter().find(|name| *name == wanted).map(|name| &**name).ok_or(Busy(0))
        }
        #[retry(max = 4, initial = "0s")]
        fn threaded(&self) -> Result<usize, Busy> {
            fails_twice()?;
            let names = &self.names;
            std::thread::scope(|scope| scope.spawn(move || names.len()).join()).map_err(|_| Busy(0))
        }
        #[retry(max = 4, initial = "0s", sleep = ready)]
        async fn sends(names: &Vec<String>) -> Result<usize, Busy> {
            fails_twice()?;
            ready(()).await;
            Ok(names.len())
        }
    }
    let service = Service { list: RefCell::default(), names: vec!["ab".to_owned()] };
    check(service.adds(), Ok(3));
    check(service.names("xy").map(Iterator::count), Ok(1));
    check(run(service.name("ab")), Ok("ab"));
    check(service.threaded(), Ok(1));
    check(run(send(Service::sends(&service.names))), Ok(1));
}
