//! The fast path's calls: they remember only how many attempts have failed.
//!
//! Most functions have literal values and no key that asks more of a call. Their state is a number, and the compiler
//! has nothing to find out about a type without parameters. [`FullCall`](crate::call::full::FullCall) does all of this
//! too, so that the macro could do without this file; calls would only take longer to compile.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::wire::{self, PolicyBytes};
use crate::call::clock::Untimed;
use crate::call::function::FunctionPolicy;
use crate::call::outcome::{AttemptEnd, Outcome, Verdict};
use crate::call::report::{Report, with_hook};
use crate::call::settle::{settle, settle_at_once, stopped};
use crate::call::state::CallState;
use crate::call::timer::{Timed, Timer};
use crate::call::wait::Wait;
use crate::describe::Described;
use crate::{Decision, Event};

/// A call that holds no timer, because the expansion waits: that of a sync function, or of an async one with
/// `sleep = ...`.
pub struct PlainCall {
    failures: u32,
}

impl PlainCall {
    /// A call before its first attempt.
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { failures: 0 }
    }

    /// The wait before the next attempt, if one follows the attempt that failed.
    ///
    /// Its only type parameters are the verdict and the report, so that many functions share one instance of it.
    #[cold]
    #[inline(never)]
    pub fn after_failure<D, R>(
        &mut self,
        verdict: D,
        policy: &PolicyBytes,
        path: &'static str,
        report: R,
    ) -> Option<Wait>
    where
        D: Verdict,
        R: Report,
    {
        after_failure(&mut self.failures, verdict.into_decision(), policy, path, &report)
    }

    /// The wait before the next attempt, of a function that waits only if an error names a wait.
    #[cold]
    #[inline(never)]
    pub fn after_failure_at_once<D, R>(
        &mut self,
        verdict: D,
        policy: &PolicyBytes,
        path: &'static str,
        report: R,
    ) -> Option<Wait>
    where
        D: Verdict,
        R: Report,
    {
        after_failure_at_once(&mut self.failures, verdict.into_decision(), policy, path, &report)
    }

    /// Reports that the `sleep` before the next attempt ended the call.
    #[cold]
    #[inline(never)]
    pub fn stopped<O, N, T>(&self, outcome: &O, policy: &PolicyBytes, path: &'static str, notify: &N, describe: T)
    where
        O: Outcome,
        N: Fn(&Event<'_, O::Error>) + ?Sized,
        T: Fn(&O::Error) -> Option<Described<'_>>,
    {
        let report = with_hook(outcome.split().err(), notify, describe);
        stopped(&CallState::after(self.failures), wire::max(policy), path, &report);
    }
}

/// A call of an async function, which holds the timer of its wait.
pub struct PlainAsyncCall {
    failures: u32,
    sleep: Sleep,
}

impl PlainAsyncCall {
    /// A call before its first attempt.
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self
    where
        for<'a> Wait: Timed<'a>,
    {
        Self { failures: 0, sleep: Sleep::none() }
    }

    /// Begins the wait before the next attempt, if one follows the attempt that failed.
    #[cold]
    #[inline(never)]
    pub fn after_failure<D, R>(&mut self, verdict: D, policy: &PolicyBytes, path: &'static str, report: R) -> Option<()>
    where
        D: Verdict,
        R: Report,
    {
        let wait = after_failure(&mut self.failures, verdict.into_decision(), policy, path, &report)?;
        self.sleep.begin(wait, path);
        Some(())
    }

    /// Begins the wait before the next attempt, of a function that waits only if an error names a wait.
    #[cold]
    #[inline(never)]
    pub fn after_failure_at_once<D, R>(
        &mut self,
        verdict: D,
        policy: &PolicyBytes,
        path: &'static str,
        report: R,
    ) -> Option<()>
    where
        D: Verdict,
        R: Report,
    {
        let wait = after_failure_at_once(&mut self.failures, verdict.into_decision(), policy, path, &report)?;
        self.sleep.begin(wait, path);
        Some(())
    }

    /// The wait before the next attempt, to be awaited.
    #[inline]
    pub fn sleep(&mut self) -> &mut Sleep {
        &mut self.sleep
    }

    /// The wait before `attempt` and the attempt itself, to be awaited as one.
    #[inline]
    pub fn make<A: Future>(&mut self, attempt: A) -> Then<'_, A> {
        Then { sleep: &mut self.sleep, attempt }
    }
}

#[inline]
fn after_failure(
    failures: &mut u32,
    decision: Decision,
    policy: &PolicyBytes,
    path: &'static str,
    report: &dyn Report,
) -> Option<Wait> {
    let function = FunctionPolicy::new(wire::policy(policy), path);
    let mut state = CallState::after(*failures);
    let wait = settle(AttemptEnd::Failed, decision, &mut state, &mut Untimed, None, &function, report);
    *failures = state.failures;
    wait
}

#[inline]
fn after_failure_at_once<R: Report>(
    failures: &mut u32,
    decision: Decision,
    policy: &PolicyBytes,
    path: &'static str,
    report: &R,
) -> Option<Wait> {
    if decision.names_wait() {
        return after_failure(failures, decision, policy, path, report);
    }
    let mut state = CallState::after(*failures);
    let wait = settle_at_once(&mut state, decision, wire::max(policy), path, report);
    *failures = state.failures;
    wait
}

impl CallState {
    /// The state after this many failures. It does not know the last wait. Only decorrelated jitter needs that, and a
    /// policy with it is not written as bytes.
    const fn after(failures: u32) -> Self {
        let mut state = Self::new();
        state.failures = failures;
        state
    }
}

/// The wait before the next attempt: nothing, or a timer that runs.
pub struct Sleep(Option<Pin<Box<Timer>>>);

impl Sleep {
    const fn none() -> Self {
        Self(None)
    }

    #[cfg(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown")))]
    #[inline]
    fn begin(&mut self, wait: Wait, path: &str) {
        self.0 = crate::call::timer::start(wait, path);
    }

    /// Without tokio this is never called: nothing makes a `PlainAsyncCall` then.
    #[cfg(not(any(feature = "tokio", all(feature = "web", target_family = "wasm", target_os = "unknown"))))]
    fn begin(&mut self, _: Wait, _: &str) {
        self.0 = None;
    }

    #[cold]
    #[inline(never)]
    fn is_pending(&mut self, context: &mut Context<'_>) -> bool {
        if self.0.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_pending()) {
            return true;
        }
        // The timer is freed before the attempt runs, because it is on the heap.
        self.0 = None;
        false
    }
}

impl Future for Sleep {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0.is_some() && self.is_pending(context) { Poll::Pending } else { Poll::Ready(()) }
    }
}

pin_project! {
    /// A wait and the attempt after it, as one future: a round of the loop awaits once, which makes the function's own
    /// future smaller.
    pub struct Then<'a, A> {
        sleep: &'a mut Sleep,
        #[pin]
        attempt: A,
    }
}

impl<A: Future> Future for Then<'_, A> {
    type Output = A::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<A::Output> {
        let this = self.project();
        if this.sleep.0.is_some() && this.sleep.is_pending(context) {
            return Poll::Pending;
        }
        this.attempt.poll(context)
    }
}
