//! An error, of which method resolution picks the way it is written: it tries `&&Shown` first, then `&Shown`, then
//! `Shown`. The name of the method is one that no trait of the user's has.

use std::fmt::{Debug, Display};

use crate::call::observe::Described;

pub struct Shown<'a, E>(pub &'a E);

impl<E> Clone for Shown<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Shown<'_, E> {}

pub trait ViaDisplay<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Display> ViaDisplay<'a> for &&Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Display(self.0))
    }
}

pub trait ViaDebug<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E: Debug> ViaDebug<'a> for &Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        Some(Described::Debug(self.0))
    }
}

pub trait ViaNothing<'a> {
    fn __persevere_describe(self) -> Option<Described<'a>>;
}

impl<'a, E> ViaNothing<'a> for Shown<'a, E> {
    fn __persevere_describe(self) -> Option<Described<'a>> {
        None
    }
}
