//! An error, of which method resolution picks the way it is written: it tries `&&Shown` first, then `&Shown`, then `Shown`.

use std::fmt::{Debug, Display, Formatter, Result};

pub struct Shown<'a, E>(pub &'a E);

impl<E> Clone for Shown<'_, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for Shown<'_, E> {}

pub trait ViaDisplay {
    fn show(self, f: &mut Formatter<'_>) -> Result;
}

impl<E: Display> ViaDisplay for &&Shown<'_, E> {
    fn show(self, f: &mut Formatter<'_>) -> Result {
        Display::fmt(self.0, f)
    }
}

pub trait ViaDebug {
    fn show(self, f: &mut Formatter<'_>) -> Result;
}

impl<E: Debug> ViaDebug for &Shown<'_, E> {
    fn show(self, f: &mut Formatter<'_>) -> Result {
        Debug::fmt(self.0, f)
    }
}

pub trait ViaNothing {
    fn show(self, f: &mut Formatter<'_>) -> Result;
}

impl<E> ViaNothing for Shown<'_, E> {
    fn show(self, _: &mut Formatter<'_>) -> Result {
        Ok(())
    }
}
