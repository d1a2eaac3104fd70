//! How an error is written for people, chosen by method resolution.
//!
//! On `&&&&Shown(&error)` it tries the method of `&&&&Shown` first (`Error`), then that of `&&&Shown` (a box of one), of
//! `&&Shown` (`Display`), of `&Shown` (`Debug`), and that of `Shown`, which any error has. The method's name is one that no
//! trait of the user's has.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::ops::Deref;

use crate::describe::Described;

/// An error that is to be described.
pub struct Shown<'a, E>(pub &'a E);

// Derived, both would be asked of the error too (rust-lang/rust#26925).
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

/// The choice of a box that holds one: `Box<dyn Error>`, `anyhow::Error`.
pub trait ViaBox<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Deref<Target: DynError>> ViaBox<'a> for &&&Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Error(self.0.as_dyn_error()))
    }
}

/// A `dyn Error`, which may borrow: the choice of a method must not ask for more than it has.
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
