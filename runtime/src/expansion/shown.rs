//! How an error is written for `tracing`, chosen by method resolution.
//!
//! On `&&Shown(&error)` it tries the method of `&&Shown` first (`Display`), then that of `&Shown` (`Debug`), then that of
//! `Shown`, which any error has. The method's name is one that no trait of the user's has.

use std::fmt::{Debug, Display};

use crate::call::observe::Described;

/// An error that is to be described.
pub struct Shown<'a, E>(pub &'a E);

// Derived, both would be asked of the error too (rust-lang/rust#26925).
impl<E> Clone for Shown<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Shown<'_, E> {}

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
