//! The closures that make attempts: without parameters, or with their attempt and what the one before returned.

use std::time::Duration;

use crate::Attempt;

/// A closure that makes an attempt.
pub trait Attempts<O> {
    /// What it returns: an outcome, or a future of one.
    type Made;
    /// What a call remembers between the attempts of the closure.
    type Memory: Memory<O>;

    fn make(&mut self, attempt: impl FnOnce() -> Attempt, previous: Option<&O>) -> Self::Made;
}

/// A closure without parameters.
pub struct Plain<F>(pub(super) F);

impl<O, M, F: FnMut() -> M> Attempts<O> for Plain<F> {
    type Made = M;
    type Memory = Nothing;

    #[inline]
    fn make(&mut self, _: impl FnOnce() -> Attempt, _: Option<&O>) -> M {
        self.0()
    }
}

/// A closure that gets its attempt, and what the attempt before returned.
pub struct WithAttempt<F>(pub(super) F);

impl<O, M, F: FnMut(Attempt, Option<&O>) -> M> Attempts<O> for WithAttempt<F> {
    type Made = M;
    type Memory = Last<O>;

    #[inline]
    fn make(&mut self, attempt: impl FnOnce() -> Attempt, previous: Option<&O>) -> M {
        self.0(attempt(), previous)
    }
}

/// What a call remembers between its attempts.
// Rust 1.85 does not count the bound of `Attempts::Memory`, which is why the trait has to be public.
#[allow(unreachable_pub)]
pub trait Memory<O>: Default {
    /// What [`keep`](Self::keep) hands back: the outcome if it is not remembered, else nothing.
    type Rest;
    /// Whether the next attempt gets the outcome.
    const TELLS: bool;

    /// The outcome of the attempt before.
    fn previous(&self) -> Option<&O>;

    /// The sum of the waits since the attempt before.
    fn waited(&self) -> Duration;

    fn wait(&mut self, wait: Duration);

    /// Forgets the attempt before.
    fn forget(&mut self);

    /// Remembers the outcome, if the next attempt gets it.
    fn keep(&mut self, outcome: O) -> Self::Rest;

    /// The outcome: `rest` if [`keep`](Self::keep) handed it back, else the one that was remembered.
    fn take(&mut self, rest: Self::Rest) -> Option<O>;
}

#[derive(Default)]
pub struct Nothing;

impl<O> Memory<O> for Nothing {
    type Rest = O;
    const TELLS: bool = false;

    #[inline]
    fn previous(&self) -> Option<&O> {
        None
    }

    #[inline]
    fn waited(&self) -> Duration {
        Duration::ZERO
    }

    #[inline]
    fn wait(&mut self, _: Duration) {}

    #[inline]
    fn forget(&mut self) {}

    #[inline]
    fn keep(&mut self, outcome: O) -> O {
        outcome
    }

    #[inline]
    fn take(&mut self, rest: O) -> Option<O> {
        Some(rest)
    }
}

/// The last outcome, and how long the call has waited since.
pub struct Last<O> {
    outcome: Option<O>,
    waited: Duration,
}

impl<O> Default for Last<O> {
    fn default() -> Self {
        Self { outcome: None, waited: Duration::ZERO }
    }
}

impl<O> Memory<O> for Last<O> {
    type Rest = ();
    const TELLS: bool = true;

    fn previous(&self) -> Option<&O> {
        self.outcome.as_ref()
    }

    fn waited(&self) -> Duration {
        self.waited
    }

    fn wait(&mut self, wait: Duration) {
        self.waited = self.waited.saturating_add(wait);
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn keep(&mut self, outcome: O) {
        self.outcome = Some(outcome);
    }

    fn take(&mut self, (): ()) -> Option<O> {
        self.outcome.take()
    }
}
