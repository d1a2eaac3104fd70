//! Classifies type-erased errors (`anyhow::Error`, `eyre::Report`, `Box<dyn Error>`) by what is in them.
//!
//! The type of such an error does not show which errors are in it. [`retryable`] is a classifier that looks at the
//! error and then at each of its sources, and the first one that is known decides:
//!
//! ```
//! use persevere::{causes, retry};
//!
//! #[retry(max = 5, initial = "1s", on = causes::retryable)]
//! fn load(path: &str) -> anyhow::Result<String> {
//!     use anyhow::Context as _;
//!     std::fs::read_to_string(path).with_context(|| format!("reading {path}"))
//! }
//! # assert_eq!(load("/no/such/file").unwrap_err().to_string(), "reading /no/such/file");
//! ```
//!
//! These are known, wherever they are in the chain of sources:
//!
//! - [`io::Error`], if its kind is a [transient one](trait@Retryable#which-io-errors-are-retried). One of any other
//!   kind does not decide, and the search continues with the error that it wraps;
//! - `Judged<io::Error>`, by its decision;
//! - [`Elapsed`], and tokio's `Elapsed` with the feature `tokio`: retried;
#![cfg_attr(
    feature = "openai",
    doc = "- what [`openai::retryable`](crate::openai::retryable) knows: `ApiError`, and behind their features the errors of
  reqwest, ureq and async-openai, certificates that are not trusted, JSON that is not what was expected;"
)]
//! - the types that you name with [`retryable_with`], including a [`Judged`] of your own error, as
//!   `known::<Judged<MyError>>`.
//!
//! The outermost known error decides. If none is known, the call is not retried. anyhow hides the type of an error that
//! was given to `anyhow::Error::from_boxed`, so that such an error is not known. Its sources are looked at.
//!
//! `dyn Error` is [`Retryable`] by the same rules, and so `Box<dyn Error + Send + Sync>` is: a function that returns it
//! needs no `on`, and a field of that type may be `#[retryable(transparent)]`.

use std::error::Error;
use std::io;
use std::ops::Deref;

use crate::{Decision, Elapsed, Judged, Retryable};

/// How many causes are looked at. There is a limit because an error may be its own cause.
const LONGEST: usize = 32;

/// Which errors are retried, decided by the first known one among an error and its sources: the classifier for `on`.
///
/// It takes any `Error`, and any type that derefs to a `dyn Error`: `anyhow::Error`, `eyre::Report`, `Box<dyn Error>`.
///
/// ```
/// use std::io;
///
/// use persevere::{Decision, causes};
///
/// let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
/// let refused = anyhow::Error::new(refused).context("asking the model");
/// assert_eq!(causes::retryable(&refused), Decision::Retry);
/// assert_eq!(causes::retryable(&anyhow::anyhow!("what nobody knows")), Decision::Stop);
/// ```
#[must_use]
pub fn retryable<E: AnyError<K> + ?Sized, K>(error: &E) -> Decision {
    retryable_with(error, |_| None::<Decision>)
}

/// As [`retryable`], but calls `known` with each error in the chain first: for your own types, and for those of other
/// crates.
///
/// ```
/// use std::error::Error;
///
/// use persevere::causes::{known, retryable_with};
/// use persevere::{Decision, Retryable, retry};
/// # use std::fmt;
///
/// #[derive(Debug, Retryable)]
/// enum StoreError {
///     #[retryable]
///     Deadlock,
///     NoSuchKey,
/// }
/// # impl fmt::Display for StoreError {
/// #     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("store") }
/// # }
/// # impl Error for StoreError {}
///
/// # let mut attempts = 0;
/// #[retry(
///     max = 5,
///     initial = "0s",
///     on = |error| retryable_with(error, known::<StoreError>)
/// )]
/// fn load(attempts: &mut u32) -> anyhow::Result<String> {
///     *attempts += 1;
///     Err(anyhow::Error::from(StoreError::Deadlock).context("loading the key"))
/// }
/// # assert!(load(&mut attempts).is_err());
/// # assert_eq!(attempts, 5);
///
/// // Several types, of which one belongs to another crate.
/// fn is_transient(error: &anyhow::Error) -> Decision {
///     retryable_with(error, |cause| {
///         let foreign = || {
///             let error = cause.downcast_ref::<fmt::Error>()?;
///             Some(error.to_string().is_empty().into())
///         };
///         known::<StoreError>(cause).or_else(foreign)
///     })
/// }
/// # assert_eq!(is_transient(&StoreError::NoSuchKey.into()), Decision::Stop);
/// ```
#[must_use]
pub fn retryable_with<E, K, D>(error: &E, known: impl Fn(&(dyn Error + 'static)) -> Option<D>) -> Decision
where
    E: AnyError<K> + ?Sized,
    D: Into<Decision>,
{
    chain(error.as_dyn_error())
        .find_map(|cause| known(cause).map(Into::into).or_else(|| ours(cause)))
        .unwrap_or(Decision::Stop)
}

/// The decision of an error in the chain that is a `T`, or `None` if it is not; for [`retryable_with`].
#[must_use]
pub fn known<T: Error + Retryable + 'static>(cause: &(dyn Error + 'static)) -> Option<Decision> {
    cause.downcast_ref::<T>().map(Retryable::decision)
}

/// An error that [`retryable`] looks into: any [`Error`], and any box, `anyhow::Error` or `eyre::Report` that derefs to
/// one. `K` tells these kinds apart, and is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no error that has causes",
    label = "this is neither a `std::error::Error` nor does it deref to a `dyn Error`",
    note = "for an error of another kind write a function of your own: `on = |error| true`"
)]
pub trait AnyError<K> {
    #[doc(hidden)]
    fn as_dyn_error(&self) -> &(dyn Error + 'static);
}

/// The kind of a type that is an `Error` itself.
#[derive(Debug)]
pub enum Itself {}

/// The kind of a type that derefs to a `dyn Error`.
#[derive(Debug)]
pub enum Boxed {}

/// The kind of a `dyn Error` that has been borrowed from its box.
#[derive(Debug)]
pub enum Unboxed {}

#[diagnostic::do_not_recommend]
impl<E: Error + 'static> AnyError<Itself> for E {
    fn as_dyn_error(&self) -> &(dyn Error + 'static) {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<B: Deref<Target: AnyError<Unboxed>>> AnyError<Boxed> for B {
    fn as_dyn_error(&self) -> &(dyn Error + 'static) {
        (**self).as_dyn_error()
    }
}

macro_rules! dyn_errors {
    ($($error:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl AnyError<Unboxed> for $error {
            fn as_dyn_error(&self) -> &(dyn Error + 'static) {
                self
            }
        }

        #[diagnostic::do_not_recommend]
        impl Retryable for $error {
            /// What [`retryable`] decides.
            fn decision(&self) -> Decision {
                retryable(self)
            }
        }
    )*};
}

dyn_errors!(dyn Error, dyn Error + Send, dyn Error + Send + Sync);

/// An error and its causes, from the outermost inward. `io::Error::source` skips the error that the `io::Error` wraps,
/// and returns the source of that error. Here the wrapped error is included too.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| inner(*error)).take(LONGEST)
}

fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// The decision of a cause whose type this crate knows. An `io::Error` whose kind is not transient decides nothing, so
/// that the search goes on with the error that it wraps.
fn ours(cause: &(dyn Error + 'static)) -> Option<Decision> {
    if let Some(elapsed) = cause.downcast_ref::<Elapsed>() {
        return Some(elapsed.decision());
    }
    if let Some(judged) = known::<Judged<io::Error>>(cause) {
        return Some(judged);
    }
    #[cfg(feature = "tokio")]
    if cause.is::<tokio::time::error::Elapsed>() {
        return Some(Decision::Retry);
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return Some(error.decision()).filter(|decision| *decision != Decision::Stop);
    }
    #[cfg(feature = "openai")]
    return crate::openai::of_cause(cause);
    #[cfg(not(feature = "openai"))]
    None
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::io::ErrorKind::{ConnectionRefused, InvalidData, NotFound, Other};
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    /// An error of no type that is known, around one that may be.
    #[derive(Debug)]
    struct Around(Option<Box<dyn Error + Send + Sync>>);

    impl fmt::Display for Around {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("around")
        }
    }

    impl Error for Around {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.as_deref().map(|error| error as _)
        }
    }

    impl Retryable for Around {
        fn decision(&self) -> Decision {
            Decision::Throttled(None)
        }
    }

    fn around(error: impl Error + Send + Sync + 'static) -> Around {
        Around(Some(Box::new(error)))
    }

    #[cfg(feature = "openai")]
    #[test]
    fn what_a_service_said_decides() {
        for (status, expected) in [(429, Decision::Throttled(None)), (503, Decision::Retry), (400, Decision::Stop)] {
            let status = http::StatusCode::from_u16(status).unwrap();
            let error = crate::openai::ApiError::from_response(status, &http::HeaderMap::new(), b"");
            assert_eq!(retryable(&around(error)), expected, "{status}");
        }
    }

    #[test]
    fn the_first_that_is_known_decides() {
        let refused = || io::Error::from(ConnectionRefused);
        for (error, expected) in [
            (around(refused()), Decision::Retry),
            (around(around(around(refused()))), Decision::Retry),
            (around(io::Error::from(NotFound)), Decision::Stop),
            (around(Elapsed::new(Duration::ZERO)), Decision::Retry),
            (around(io::Error::new(Other, refused())), Decision::Retry),
            (around(io::Error::new(InvalidData, around(Elapsed::new(Duration::ZERO)))), Decision::Retry),
            (around(io::Error::new(ConnectionRefused, around(io::Error::from(NotFound)))), Decision::Retry),
            (around(Judged::stop(refused())), Decision::Stop),
            (Around(None), Decision::Stop),
        ] {
            assert_eq!(retryable(&error), expected, "{error:?}");
        }
    }

    #[test]
    fn every_kind_of_box_is_looked_into() {
        let refused = || around(io::Error::from(ConnectionRefused));
        assert_eq!(retryable(&refused()), Decision::Retry);
        assert_eq!(retryable(&Box::<dyn Error>::from(refused())), Decision::Retry);
        assert_eq!(retryable(&Box::<dyn Error + Send + Sync>::from(refused())), Decision::Retry);
        assert_eq!(retryable(&(Box::new(refused()) as Box<dyn Error + Send>)), Decision::Retry);
        assert_eq!(retryable(&*Box::<dyn Error>::from(refused())), Decision::Retry);
        assert_eq!(retryable(&anyhow::Error::from(refused()).context("c")), Decision::Retry);
        assert_eq!(Box::<dyn Error + Send + Sync>::from(refused()).decision(), Decision::Retry);
        assert_eq!((Arc::new(refused()) as Arc<dyn Error + Send + Sync>).decision(), Decision::Retry);
    }

    #[test]
    fn a_type_that_the_user_names_is_asked_before_its_causes() {
        let error = anyhow::Error::from(around(io::Error::from(ConnectionRefused))).context("c");
        assert_eq!(retryable(&error), Decision::Retry);
        assert_eq!(retryable_with(&error, known::<Around>), Decision::Throttled(None));
        assert_eq!(retryable_with(&error, |cause| cause.is::<Around>().then_some(false)), Decision::Stop);
    }

    #[test]
    fn an_error_that_is_its_own_cause_has_an_end() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("endless")
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        assert_eq!(retryable(&Endless), Decision::Stop);
    }
}
