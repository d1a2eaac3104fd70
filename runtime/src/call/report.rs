//! Who is told of an attempt that is over: `notify`, and what observes.

use super::observe::{self, Described};
use crate::{Event, Next};

/// What is told of attempts that are over.
pub trait Told {
    /// Tells `notify`.
    fn hook(&self, function: &'static str, attempt: u32, max: u32, next: Next);

    /// Tells `tracing` and `metrics`.
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next);
}

/// An attempt of whose error nothing is told to anyone. By the error where that is returned from where it is, or LLVM
/// holds it in registers for an `again` that is inlined nowhere: that costs the success of small functions five
/// instructions.
impl<E> Told for &E {
    #[inline]
    fn hook(&self, _: &'static str, _: u32, _: u32, _: Next) {}

    #[inline]
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        ().observers(function, attempt, max, next);
    }
}

/// The same by nothing, where the error is moved out of a closure: to have to be in memory costs as much there.
impl Told for () {
    #[inline]
    fn hook(&self, _: &'static str, _: u32, _: u32, _: Next) {}

    #[inline]
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        observe::report(&Event { function, attempt, max, error: None::<&()>, next }, |()| None);
    }
}

/// An attempt of which a hook is told, or how its error is written.
pub struct Telling<'a, E, N, T> {
    error: Option<&'a E>,
    notify: &'a N,
    describe: T,
}

/// What is told of an attempt, with its error if it has one.
#[inline]
pub fn telling<'a, E, N, T>(error: Option<&'a E>, notify: &'a N, describe: T) -> Telling<'a, E, N, T>
where
    N: Fn(&Event<'_, E>),
    T: Fn(&E) -> Option<Described<'_>>,
{
    Telling { error, notify, describe }
}

impl<E, N, T> Told for Telling<'_, E, N, T>
where
    N: Fn(&Event<'_, E>),
    T: Fn(&E) -> Option<Described<'_>>,
{
    #[inline]
    fn hook(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        (self.notify)(&Event { function, attempt, max, error: self.error, next });
    }

    #[inline]
    fn observers(&self, function: &'static str, attempt: u32, max: u32, next: Next) {
        observe::report(&Event { function, attempt, max, error: self.error, next }, &self.describe);
    }
}

/// `notify`, where the function names none.
#[inline]
pub fn silent<E>(_: &Event<'_, E>) {}
