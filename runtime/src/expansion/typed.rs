//! Functions that give the values of an attribute their types, so that a value of another type is one error, on it.

use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use crate::call::outcome::{Outcome, Verdict};
use crate::upstream::Turn;
use crate::values::{Integer, Limit};
use crate::{Decision, Event, Policy, Retryable, Upstream};

/// A value of the type that a function returns, in a branch that is never taken. From it the compiler learns the type
/// before it reads the body, so that `?` and `into()` in the body know what to become.
#[must_use]
pub fn never<O>() -> O {
    std::process::abort()
}

/// The type that a function returns, where the expansion may not name it: `impl Trait` is part of it. The compiler
/// learns it from a `return` of [`never`](Self::never).
pub struct Returns<O>(PhantomData<fn() -> O>);

impl<O> Returns<O> {
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// No outcome: a `None` of the right type.
    #[inline]
    #[must_use]
    pub const fn nothing(&self) -> Option<O> {
        None
    }

    /// [`never`], with the type that the function returns.
    #[must_use]
    pub fn never(&self) -> O {
        never()
    }
}

/// Returns a hook that is evaluated before the first attempt. A closure that is only stored in a variable would be
/// taken to accept one lifetime, and not any ([rust-lang/rust#58052](https://github.com/rust-lang/rust/issues/58052)):
/// passing it through a function with a bound tells the compiler.
///
/// The bound that the outcome is a `Result` stands on the methods. On their `impl` it would be a second error: that
/// there is no such method.
impl<O> Returns<O> {
    #[inline]
    pub fn classifier<D, P>(&self, on: P) -> P
    where
        O: Outcome,
        D: Verdict,
        P: Fn(&O::Error) -> D,
    {
        on
    }

    #[inline]
    pub fn hook<N>(&self, notify: N) -> N
    where
        O: Outcome,
        N: Fn(&Event<'_, O::Error>),
    {
        notify
    }

    #[inline]
    pub fn accepter<U>(&self, until: U) -> U
    where
        O: Outcome,
        U: Fn(&O::Value) -> bool,
    {
        until
    }
}

/// Returns a `notify` that is written where it is called, as a `dyn Fn`. If its type is wrong, that is an error here,
/// and no second one at the call, which does not see the type any more.
#[inline]
pub fn hook_in_place<'a, O, E, N>(_: &Returns<O>, notify: &'a N) -> &'a (dyn Fn(&Event<'_, E>) + 'a)
where
    O: Outcome<Error = E>,
    N: Fn(&Event<'_, E>),
{
    notify
}

/// Calls a function's body for the future of one attempt. As an argument the closure is an `FnOnce`, so that the future
/// that it returns may borrow again what the closure has borrowed exclusively: `self.load()` where `self` is
/// `&mut Self`.
#[inline]
pub fn called<F>(body: impl FnOnce() -> F) -> F {
    body()
}

/// What the attempt before returned, for the body. The variable `last` is borrowed exclusively: a future that captures
/// the borrow is then `Send` if the outcome is, even if the outcome is not `Sync`.
#[inline]
pub fn previous<O>(last: &mut Option<O>) -> Option<&O> {
    last.as_ref()
}

/// Calls an `on` that is written as a closure. As an argument of this function the closure gets the type of its
/// parameter from `P`; if it were called where it is written, it would have to name that type.
#[inline]
pub fn judge<E, D: Verdict, P: Fn(&E) -> D>(error: &E, on: &P) -> D {
    on(error)
}

/// Returns a `sleep` that is evaluated before the first attempt. A closure gets the type of its parameter from the
/// bound.
#[inline]
pub fn sleeper<R, S: Fn(Duration) -> R>(sleep: S) -> S {
    sleep
}

/// The type of a place that `upstream` may name: an [`Upstream`], or a pointer to one.
#[diagnostic::on_unimplemented(
    message = "`upstream` is of type `{Self}`, which is no `Upstream`",
    label = "not an `Upstream`",
    note = "name a `static` of the type `persevere::Upstream`, a field that holds one, or what derefs to one"
)]
pub trait AsUpstream {
    fn as_upstream(&self) -> &Upstream;
}

impl AsUpstream for Upstream {
    #[inline]
    fn as_upstream(&self) -> &Upstream {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<P: Deref<Target: AsUpstream>> AsUpstream for P {
    #[inline]
    fn as_upstream(&self) -> &Upstream {
        (**self).as_upstream()
    }
}

/// The upstream that a place holds or points to.
#[inline]
pub fn upstream<U: AsUpstream>(place: &U) -> &Upstream {
    place.as_upstream()
}

/// Holds for `P` if the value of an expression after `upstream` may be a `P`: a pointer to an [`Upstream`] that other
/// calls share. It is implemented for `()`, with the type of the value as a parameter: if the value itself lacked the
/// trait, rustc would propose to borrow it.
#[diagnostic::on_unimplemented(
    message = "`upstream` is a value of type `{P}` that is made for this call, and paces no other",
    label = "this does not outlive the call",
    note = "name a `static` of the type `persevere::Upstream`, a field that holds one, or what points to a shared one"
)]
pub trait Outliving<P> {}

#[diagnostic::do_not_recommend]
impl<P: Deref<Target: AsUpstream>> Outliving<P> for () {}

/// Returns the value after `upstream`. The value passes through a function, so that the lifetime of a temporary in it
/// is not extended to the whole call: `&Upstream::new()` is an error, and so is a borrowed `const`.
#[inline]
pub fn outliving<P>(pointer: P) -> P
where
    (): Outliving<P>,
{
    pointer
}

/// The `on` of a function that names none.
pub fn retryable<E: Retryable>(error: &E) -> Decision {
    error.decision()
}

/// The value of `policy`.
#[inline]
#[must_use]
pub const fn policy(policy: Policy) -> Policy {
    policy
}

/// The turn of a call, each attempt of which takes `cost` tokens.
#[inline]
pub fn turn_of<'u>(cost: impl Integer) -> Turn<'u> {
    Turn::of(cost.into_u32())
}

/// The value of `timeout`. If it is absent, the result is `Duration::MAX`, which stands for no timeout.
#[inline]
pub fn timeout(limit: impl Limit) -> Duration {
    limit.into_limit().unwrap_or(Duration::MAX)
}
