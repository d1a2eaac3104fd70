//! `#[derive(Retryable)]`: what each word decides, in every shape of an error.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "a function of `with` is given references to the fields")]

use std::borrow::Cow;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use persevere::{Decision, Retryable, retry};

const WAIT: Duration = Duration::from_millis(7);

fn reset() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

mod words {
    use super::*;

    #[derive(Debug, Retryable)]
    enum StoreError {
        Silent,
        #[retryable(stop)]
        Stopped,
        #[retryable]
        Retried,
        #[retryable()]
        RetriedToo(#[expect(dead_code, reason = "it decides nothing")] u8),
        #[retryable(throttled)]
        Refused,
        #[retryable(after = wait)]
        Asked {
            wait: Duration,
        },
        #[retryable(after = 1)]
        MayAsk(#[expect(dead_code, reason = "it decides nothing")] u8, Option<Duration>),
        #[retryable(throttled, after = wait)]
        RefusedAndAsked {
            wait: Option<Duration>,
        },
        #[retryable(after = 0, throttled)]
        AskedAndRefused(Duration),
        #[retryable(in = wait)]
        Slow {
            wait: Duration,
        },
        #[retryable(in = 0)]
        MaybeSlow(Option<Duration>),
        #[retryable(transparent)]
        Io(io::Error),
        #[retryable(transparent)]
        Named {
            source: io::Error,
        },
        #[retryable(transparent = source)]
        Reading {
            #[expect(dead_code, reason = "it decides nothing")]
            path: String,
            source: io::Error,
        },
        #[retryable(with = is_server)]
        Status(u16),
        #[retryable(with = asked)]
        Coded {
            code: String,
            wait: Duration,
        },
        #[retryable(with = Self::of_unit)]
        Unit,
    }

    impl StoreError {
        const fn of_unit() -> Decision {
            Decision::Retry
        }
    }

    fn is_server(status: &u16) -> bool {
        *status >= 500
    }

    // A `&String` is a `&str` where it is passed.
    fn asked(code: &str, wait: &Duration) -> Decision {
        if code == "busy" { Decision::RetryAfter(*wait) } else { Decision::Stop }
    }

    #[test]
    fn each_word_decides() {
        let code = |code: &str| StoreError::Coded { code: code.to_owned(), wait: WAIT };
        for (error, decision) in [
            (StoreError::Silent, Decision::Stop),
            (StoreError::Stopped, Decision::Stop),
            (StoreError::Retried, Decision::Retry),
            (StoreError::RetriedToo(1), Decision::Retry),
            (StoreError::Refused, Decision::Throttled(None)),
            (StoreError::Asked { wait: WAIT }, Decision::RetryAfter(WAIT)),
            (StoreError::MayAsk(1, Some(WAIT)), Decision::RetryAfter(WAIT)),
            (StoreError::MayAsk(1, None), Decision::Retry),
            (StoreError::RefusedAndAsked { wait: Some(WAIT) }, Decision::Throttled(Some(WAIT))),
            (StoreError::RefusedAndAsked { wait: None }, Decision::Throttled(None)),
            (StoreError::AskedAndRefused(WAIT), Decision::Throttled(Some(WAIT))),
            (StoreError::Slow { wait: WAIT }, Decision::RetryIn(WAIT)),
            (StoreError::MaybeSlow(Some(WAIT)), Decision::RetryIn(WAIT)),
            (StoreError::MaybeSlow(None), Decision::Retry),
            (StoreError::Io(reset()), Decision::Retry),
            (StoreError::Io(missing()), Decision::Stop),
            (StoreError::Named { source: reset() }, Decision::Retry),
            (StoreError::Reading { path: String::new(), source: reset() }, Decision::Retry),
            (StoreError::Reading { path: String::new(), source: missing() }, Decision::Stop),
            (StoreError::Status(503), Decision::Retry),
            (StoreError::Status(404), Decision::Stop),
            (code("busy"), Decision::RetryAfter(WAIT)),
            (code("gone"), Decision::Stop),
            (StoreError::Unit, Decision::Retry),
        ] {
            assert_eq!(error.decision(), decision, "{error:?}");
        }
    }
}

mod types {
    use super::*;

    #[derive(Retryable)]
    struct Silent;

    #[derive(Retryable)]
    #[retryable]
    struct Lost(#[expect(dead_code, reason = "it decides nothing")] u8);

    #[derive(Retryable)]
    #[retryable(throttled, after = retry_after)]
    struct TooMany {
        #[expect(dead_code, reason = "it decides nothing")]
        service: &'static str,
        retry_after: Option<Duration>,
    }

    #[derive(Retryable)]
    #[retryable(transparent)]
    struct Wrapped(io::Error);

    #[derive(Retryable)]
    #[retryable(with = TypeError::judge)]
    struct TypeError {
        status: u16,
    }

    impl TypeError {
        fn judge(&self) -> bool {
            self.status == 503
        }
    }

    #[test]
    fn a_struct_says_it_of_itself() {
        assert_eq!(Silent.decision(), Decision::Stop);
        assert_eq!(Lost(1).decision(), Decision::Retry);
        let too_many = |retry_after| TooMany { service: "a", retry_after };
        assert_eq!(too_many(Some(WAIT)).decision(), Decision::Throttled(Some(WAIT)));
        assert_eq!(too_many(None).decision(), Decision::Throttled(None));
        assert_eq!(Wrapped(reset()).decision(), Decision::Retry);
        assert_eq!(Wrapped(missing()).decision(), Decision::Stop);
        assert_eq!(TypeError { status: 503 }.decision(), Decision::Retry);
        assert_eq!(TypeError { status: 404 }.decision(), Decision::Stop);
    }

    #[derive(Retryable)]
    #[retryable(after = wait)]
    enum Waiting {
        Full {
            wait: Duration,
        },
        Failed {
            wait: Option<Duration>,
        },
        #[retryable(stop)]
        Closed,
        #[retryable]
        Lost,
    }

    #[test]
    fn the_types_word_is_for_variants_that_say_nothing() {
        assert_eq!(Waiting::Full { wait: WAIT }.decision(), Decision::RetryAfter(WAIT));
        assert_eq!(Waiting::Failed { wait: None }.decision(), Decision::Retry);
        assert_eq!(Waiting::Closed.decision(), Decision::Stop);
        assert_eq!(Waiting::Lost.decision(), Decision::Retry);
    }

    #[derive(Retryable)]
    #[retryable(with = whole)]
    enum Judged {
        A,
        B,
        #[retryable(throttled)]
        C,
    }

    fn whole(error: &Judged) -> bool {
        matches!(error, Judged::B)
    }

    #[test]
    fn the_types_function_is_given_the_error() {
        assert_eq!(Judged::A.decision(), Decision::Stop);
        assert_eq!(Judged::B.decision(), Decision::Retry);
        assert_eq!(Judged::C.decision(), Decision::Throttled(None));
    }

    #[derive(Debug, Retryable)]
    enum Never {}

    #[test]
    fn an_error_that_cannot_be_has_an_impl() {
        let outcome: Result<u8, Never> = Ok(1);
        assert_eq!(outcome.map_err(|error| error.decision()), Ok(1));
    }
}

mod wrapped {
    use super::*;

    #[derive(Retryable)]
    enum Sources<'a> {
        #[retryable(transparent)]
        Boxed(Box<io::Error>),
        #[retryable(transparent)]
        Shared(Arc<io::Error>),
        #[retryable(transparent)]
        Borrowed(&'a io::Error),
        #[retryable(transparent)]
        Object(Box<dyn Retryable + Send + Sync>),
        #[retryable(transparent)]
        Again(Box<Sources<'a>>),
        #[retryable(with = is_long)]
        Text(Cow<'a, str>),
    }

    fn is_long(text: &str) -> bool {
        text.len() > 3
    }

    #[test]
    fn sources_decide_through_what_holds_them() {
        let borrowed = reset();
        for (error, decision) in [
            (Sources::Boxed(Box::new(reset())), Decision::Retry),
            (Sources::Shared(Arc::new(reset())), Decision::Retry),
            (Sources::Borrowed(&borrowed), Decision::Retry),
            (Sources::Object(Box::new(reset())), Decision::Retry),
            (Sources::Again(Box::new(Sources::Boxed(Box::new(reset())))), Decision::Retry),
            (Sources::Again(Box::new(Sources::Boxed(Box::new(missing())))), Decision::Stop),
            (Sources::Text("long".into()), Decision::Retry),
            (Sources::Text("not".into()), Decision::Stop),
        ] {
            assert_eq!(error.decision(), decision);
        }
    }
}

mod generics {
    use super::*;

    struct Opaque;

    #[derive(Retryable)]
    enum Failed<'a, S, T: ?Sized, const N: usize = 1>
    where
        S: Debug,
    {
        #[retryable(transparent)]
        Source(S),
        #[retryable(transparent)]
        Nested(Box<Failed<'a, S, T, N>>),
        Other(&'a T, [u8; N]),
    }

    #[test]
    fn only_a_field_that_decides_is_bound() {
        let other = Opaque;
        let source: Failed<'_, io::Error, Opaque> = Failed::Source(reset());
        assert_eq!(source.decision(), Decision::Retry);
        assert_eq!(Failed::Nested(Box::new(source)).decision(), Decision::Retry);
        assert_eq!(Failed::<io::Error, Opaque>::Other(&other, [1]).decision(), Decision::Stop);
    }

    trait Client {
        type Error;
    }

    impl Client for Opaque {
        type Error = io::Error;
    }

    #[derive(Retryable)]
    enum OfClient<C: Client> {
        #[retryable(transparent)]
        Failed(C::Error),
        #[retryable]
        Lost(std::marker::PhantomData<fn() -> C>),
    }

    #[test]
    fn an_associated_type_decides() {
        assert_eq!(OfClient::<Opaque>::Failed(missing()).decision(), Decision::Stop);
        assert_eq!(OfClient::<Opaque>::Lost(std::marker::PhantomData).decision(), Decision::Retry);
    }

    #[derive(Retryable)]
    #[retryable(after = wait)]
    struct Asked<W> {
        wait: W,
    }

    #[test]
    fn a_wait_may_be_a_parameter() {
        assert_eq!(Asked { wait: WAIT }.decision(), Decision::RetryAfter(WAIT));
        assert_eq!(Asked { wait: Some(WAIT) }.decision(), Decision::RetryAfter(WAIT));
        assert_eq!(Asked { wait: "a week" }.wait.len(), 6, "an error that is not `Retryable` is still one");
    }
}

mod beside_others {
    use super::*;

    #[derive(Debug, thiserror::Error, Retryable)]
    enum Before {
        #[error("busy")]
        #[retryable]
        Busy,
        #[error(transparent)]
        #[retryable(transparent)]
        Io(#[from] io::Error),
        #[error("reading {path}")]
        #[retryable(transparent = source)]
        Reading { path: String, source: io::Error },
    }

    #[derive(Debug, Retryable, thiserror::Error)]
    #[error("after")]
    #[retryable]
    struct After;

    mod with_snafu {
        use snafu::{ResultExt as _, Snafu};

        use super::*;

        #[derive(Debug, Snafu, Retryable)]
        pub(super) enum StoreError {
            #[snafu(display("reading {path}"))]
            #[retryable(transparent = source)]
            Reading { path: String, source: io::Error },
            #[retryable(throttled, after = wait)]
            Refused { wait: Option<Duration> },
        }

        #[derive(Debug, Retryable, Snafu)]
        #[retryable]
        pub(super) struct Lost;

        pub(super) fn read(error: io::Error) -> Result<(), StoreError> {
            Err(error).context(ReadingSnafu { path: "a" })
        }

        pub(super) fn refused() -> Result<(), StoreError> {
            RefusedSnafu { wait: WAIT }.fail()
        }
    }

    #[test]
    fn thiserror_before_and_after() {
        assert_eq!(Before::Busy.decision(), Decision::Retry);
        assert_eq!(Before::from(missing()).decision(), Decision::Stop);
        let reading = Before::Reading { path: "a".to_owned(), source: reset() };
        assert_eq!((reading.to_string().as_str(), reading.decision()), ("reading a", Decision::Retry));
        assert!(reading.source().is_some());
        assert_eq!(After.decision(), Decision::Retry);
    }

    #[test]
    fn snafu_before_and_after() {
        assert_eq!(with_snafu::read(reset()).unwrap_err().decision(), Decision::Retry);
        assert_eq!(with_snafu::read(missing()).unwrap_err().decision(), Decision::Stop);
        assert_eq!(with_snafu::refused().unwrap_err().decision(), Decision::Throttled(Some(WAIT)));
        assert_eq!(with_snafu::Lost.decision(), Decision::Retry);
    }

    #[test]
    fn the_attribute_needs_no_on() {
        #[retry(max = 4, initial = "0s")]
        fn load(calls: &mut u32, error: impl Fn() -> Before) -> Result<(), Before> {
            *calls += 1;
            Err(error())
        }
        let (mut passing, mut lasting) = (0, 0);
        load(&mut passing, || Before::Busy).unwrap_err();
        load(&mut lasting, || missing().into()).unwrap_err();
        assert_eq!((passing, lasting), (4, 1));
    }
}

mod names {
    use super::*;

    #[derive(Retryable)]
    enum Raw {
        #[retryable(after = r#type)]
        r#Match { r#type: Duration },
        #[retryable(after = r#fn)]
        Fn { r#fn: Duration },
        #[retryable(in = in_)]
        In { in_: Duration },
    }

    #[derive(Retryable)]
    #[retryable]
    struct r#Struct;

    #[test]
    fn raw_identifiers() {
        assert_eq!(Raw::Match { r#type: WAIT }.decision(), Decision::RetryAfter(WAIT));
        assert_eq!(Raw::Fn { r#fn: WAIT }.decision(), Decision::RetryAfter(WAIT));
        assert_eq!(Raw::In { in_: WAIT }.decision(), Decision::RetryIn(WAIT));
        assert_eq!(r#Struct.decision(), Decision::Retry);
    }

    #[derive(Retryable)]
    enum Configured {
        #[cfg(not(test))]
        #[retryable(after = nowhere)]
        Never,
        #[cfg(test)]
        #[retryable]
        Always,
        #[cfg_attr(test, retryable(throttled))]
        Refused {
            #[cfg(not(test))]
            never: u8,
        },
    }

    #[test]
    fn cfg_on_variants_and_attributes() {
        assert_eq!(Configured::Always.decision(), Decision::Retry);
        assert_eq!(Configured::Refused {}.decision(), Decision::Throttled(None));
    }

    macro_rules! error {
        ($name:ident, $ty:ty, $field:ident, $number:literal, $path:path, $variant:ident, $word:tt) => {
            #[derive(Retryable)]
            enum $name {
                #[retryable(after = $field)]
                Named { $field: $ty },
                #[retryable(after = $number)]
                Numbered($ty),
                #[retryable(with = $path)]
                Judged(u8),
                #[retryable($word)]
                $variant,
            }
        };
    }

    error!(Made, Option<Duration>, wait, 0, self::is_seven, Variant, throttled);

    fn is_seven(number: &u8) -> bool {
        *number == 7
    }

    #[test]
    fn made_by_macro_rules() {
        assert_eq!(Made::Named { wait: Some(WAIT) }.decision(), Decision::RetryAfter(WAIT));
        assert_eq!(Made::Numbered(None).decision(), Decision::Retry);
        assert_eq!(Made::Judged(7).decision(), Decision::Retry);
        assert_eq!(Made::Variant.decision(), Decision::Throttled(None));
    }

    mod somewhere {
        pub(super) mod kept {
            pub(in super::super) use ::persevere as retries;
        }
    }

    #[derive(persevere::Retryable)]
    #[retryable(crate = somewhere::kept::retries)]
    #[retryable(throttled)]
    enum Elsewhere {
        A,
        #[retryable(transparent)]
        B(io::Error),
    }

    #[test]
    fn the_crate_under_another_path() {
        assert_eq!(Elsewhere::A.decision(), Decision::Throttled(None));
        assert_eq!(Elsewhere::B(reset()).decision(), Decision::Retry);
    }

    /// Whatever a module calls its own.
    mod shadowing {
        #![expect(non_camel_case_types, dead_code, reason = "names of others")]

        pub(super) struct Decision;
        pub(super) struct Duration;
        pub(super) struct Option;
        pub(super) struct Result;
        pub(super) struct bool;
        pub(super) trait Retryable {
            fn decision(&self);
        }
        mod std {}
        mod core {}
        mod persevere {}

        #[derive(::persevere::Retryable)]
        pub(super) enum Shadowed {
            #[retryable(throttled)]
            None,
            #[retryable(after = field)]
            Some { field: ::std::time::Duration },
            #[retryable(with = same)]
            Err(u8, ::std::time::Duration),
        }

        impl Retryable for Shadowed {
            fn decision(&self) {}
        }

        fn same(_: &u8, wait: &::std::time::Duration) -> ::persevere::Decision {
            ::persevere::Decision::RetryIn(*wait)
        }
    }

    #[test]
    fn names_that_shadow_ours() {
        use shadowing::Shadowed;
        assert_eq!(Retryable::decision(&Shadowed::None), Decision::Throttled(None));
        assert_eq!(Retryable::decision(&Shadowed::Some { field: WAIT }), Decision::RetryAfter(WAIT));
        assert_eq!(Retryable::decision(&Shadowed::Err(1, WAIT)), Decision::RetryIn(WAIT));
    }
}

#[test]
fn within_a_function_too() {
    #[derive(Debug, Retryable)]
    enum Local {
        #[retryable]
        Passing,
    }

    impl Display for Local {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("passing")
        }
    }

    assert_eq!((Local::Passing.decision(), Local::Passing.to_string().as_str()), (Decision::Retry, "passing"));
}

mod unusual {
    #![expect(dead_code, reason = "what no rule looks at")]
    use std::marker::PhantomData;
    use std::sync::Arc;
    use std::time::Duration as Time;

    use persevere::Decision as Verdict;
    use persevere::Retryable as Judge;

    /// Names that are ours.
    #[derive(Debug, Judge)]
    #[non_exhaustive]
    #[repr(u8)]
    pub enum Decision<'a, const N: usize, Option, Duration = std::io::Error>
    where
        Option: Clone,
    {
        #[retryable]
        Ok(PhantomData<&'a Option>) = 1,
        #[retryable(transparent)]
        Err(Arc<Duration>) = 7,
        #[retryable(throttled, after = r#in)]
        Retry { r#in: Time, field: [u8; N] },
        #[retryable(in = 1)]
        Self_(u8, Time),
        #[retryable(after = field)]
        None { field: std::option::Option<Time> },
    }

    type Named = Decision<'static, 3, u8>;
    type Wait = std::option::Option<Time>;

    #[derive(Judge)]
    pub enum Inner<T> {
        #[retryable(transparent)]
        Deeper(Box<Inner<T>>),
        #[retryable(transparent)]
        Source(T),
        #[retryable(throttled, after = 0)]
        Alias(Wait),
        #[retryable(with = Self::judge)]
        Own(u8),
        #[retryable(with = generic::<u8>)]
        Turbofish(u8),
        #[retryable(with = <u8 as Trait>::f)]
        Qualified(u8),
    }

    trait Trait {
        fn f(&self) -> bool;
    }
    impl Trait for u8 {
        fn f(&self) -> bool {
            *self == 1
        }
    }
    fn generic<T: Copy + Into<u32>>(value: &T) -> bool {
        (*value).into() == 1
    }
    impl<T> Inner<T> {
        const fn judge(value: &u8) -> Verdict {
            if *value == 1 { Verdict::Retry } else { Verdict::Stop }
        }
    }

    #[derive(Judge)]
    #[retryable(transparent)]
    pub struct Wrapper<E: ?Sized>(pub Box<E>);

    #[derive(Judge)]
    #[retryable(transparent = source)]
    pub struct Static {
        pub source: &'static std::io::Error,
        pub path: &'static str,
    }

    macro_rules! errors {
        ($(#[$attribute:meta])* $name:ident { $($variant:ident($ty:ty) $(=> $word:ident)?),* }) => {
            #[derive(Judge)]
            $(#[$attribute])*
            pub enum $name { $( $(#[retryable($word)])? $variant($ty) ),* }
        };
    }
    errors!(#[cfg_attr(all(), retryable)] Made { Io(std::io::Error) => transparent, Text(String) => stop, Other(u8) });

    #[test]
    fn decides() {
        let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let second = Time::from_secs(1);
        assert_eq!(Named::Ok(PhantomData).decision(), Verdict::Retry);
        assert_eq!(Named::Err(Arc::new(refused())).decision(), Verdict::Retry);
        assert_eq!(Named::Retry { r#in: second, field: [0; 3] }.decision(), Verdict::Throttled(Some(second)));
        assert_eq!(Named::Self_(1, second).decision(), Verdict::RetryIn(second));
        assert_eq!(Named::None { field: None }.decision(), Verdict::Retry);
        let deep = Inner::Deeper(Box::new(Inner::Deeper(Box::new(Inner::Source(refused())))));
        assert_eq!(deep.decision(), Verdict::Retry);
        for value in [1, 2] {
            let expected = if value == 1 { Verdict::Retry } else { Verdict::Stop };
            for error in [Inner::<std::io::Error>::Own(value), Inner::Turbofish(value), Inner::Qualified(value)] {
                assert_eq!(error.decision(), expected);
            }
        }
        assert_eq!(Inner::<std::io::Error>::Alias(None).decision(), Verdict::Throttled(None));
        let boxed: Box<dyn std::error::Error + Send + Sync> = refused().into();
        assert_eq!(Wrapper(boxed).decision(), Verdict::Retry);
        assert_eq!(Made::Other(1).decision(), Verdict::Retry);
        assert_eq!(Made::Text(String::new()).decision(), Verdict::Stop);
        assert_eq!(Made::Io(refused()).decision(), Verdict::Retry);
    }
}
