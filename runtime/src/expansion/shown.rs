//! How an error is written for people, chosen by method resolution.
//!
//! For `&&&&Shown(&error)` the compiler tries the method of `&&&&Shown` first (for an `Error`), then that of `&&&Shown`
//! (for a box of one), of `&&Shown` (for `Display`), of `&Shown` (for `Debug`), and at last that of `Shown`, which
//! every error has. No trait of the user's has a method of this name.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::ops::Deref;

use crate::describe::Described;

/// An error that is to be described.
pub struct Shown<'a, E>(pub &'a E);

// A derive would add the bounds `E: Clone` and `E: Copy` (rust-lang/rust#26925).
impl<E> Clone for Shown<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Shown<'_, E> {}

/// The choice of an error that has causes.
pub trait ViaError<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Error> ViaError<'a> for &&&&Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Error(self.0))
    }
}

/// The choice of a box that holds an `Error`: `Box<dyn Error>`, `anyhow::Error`.
pub trait ViaBox<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Deref<Target: DynError>> ViaBox<'a> for &&&Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Error(self.0.as_dyn_error()))
    }
}

/// A `dyn Error` of any lifetime. Method resolution ignores lifetimes: if this were implemented for `'static` alone,
/// the method would be chosen for an error that borrows too, and then not compile.
pub trait DynError {
    fn as_dyn_error<'a>(&'a self) -> &'a (dyn Error + 'a);
}

impl DynError for dyn Error + '_ {
    fn as_dyn_error<'a>(&'a self) -> &'a (dyn Error + 'a) {
        self
    }
}

impl DynError for dyn Error + Send + '_ {
    fn as_dyn_error<'a>(&'a self) -> &'a (dyn Error + 'a) {
        self
    }
}

impl DynError for dyn Error + Send + Sync + '_ {
    fn as_dyn_error<'a>(&'a self) -> &'a (dyn Error + 'a) {
        self
    }
}

/// The choice of an error that has a `Display`.
pub trait ViaDisplay<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Display> ViaDisplay<'a> for &&Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Display(self.0))
    }
}

/// The choice of an error that has a `Debug` and no `Display`.
pub trait ViaDebug<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Debug> ViaDebug<'a> for &Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Debug(self.0))
    }
}

/// The choice of an error that has neither.
pub trait ViaNothing<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E> ViaNothing<'a> for Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        None
    }
}
