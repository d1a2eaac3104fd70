//! A call that remembers only how many attempts have failed.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::wire::{self, Written};
use crate::Decision;
use crate::call::clock::Untimed;
use crate::call::outcome::{Ended, Verdict};
use crate::call::report::Told;
use crate::call::settle::{at_once, settle};
use crate::call::site::Site;
use crate::call::state::Call;
use crate::call::timer::{Timed, Timer};
use crate::call::wait::Wait;

/// A call of a function whose policy is `Written`, and which asks of it only what follows a failure. It is told its
/// waits.
///
/// Most calls are such. The compiler has nothing to find out about a type without parameters, and how many attempts have
/// failed is all that there is to remember.
pub struct Waiting {
    failures: u32,
}

impl Waiting {
    /// A call before its first attempt.
    #[expect(clippy::new_without_default, reason = "only the expansion makes one")]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { failures: 0 }
    }

    /// The wait before the next attempt, if one is to follow one that failed.
    ///
    /// It depends on nothing of a function but the types of the verdict and of what is told: functions share it.
    #[cold]
    #[inline(never)]
    pub fn again<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<Wait>
    where
        D: Verdict,
        T: Told,
    {
        failed(&mut self.failures, verdict.into_decision(), policy, function, &told)
    }

    /// The same for a function that is known to wait only where an error names a wait.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<Wait>
    where
        D: Verdict,
        T: Told,
    {
        failed_at_once(&mut self.failures, verdict.into_decision(), policy, function, &told)
    }
}

/// The same that sleeps itself.
pub struct Sleeping {
    failures: u32,
    sleep: Sleep,
}

impl Sleeping {
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

    /// Whether a wait for the next attempt has begun.
    #[cold]
    #[inline(never)]
    pub fn again<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<()>
    where
        D: Verdict,
        T: Told,
    {
        let wait = failed(&mut self.failures, verdict.into_decision(), policy, function, &told)?;
        self.sleep.begin(wait);
        Some(())
    }

    /// The same for a function that is known to wait only where an error names a wait.
    #[cold]
    #[inline(never)]
    pub fn again_at_once<D, T>(&mut self, verdict: D, policy: &Written, function: &'static str, told: T) -> Option<()>
    where
        D: Verdict,
        T: Told,
    {
        let wait = failed_at_once(&mut self.failures, verdict.into_decision(), policy, function, &told)?;
        self.sleep.begin(wait);
        Some(())
    }

    /// The wait before the next attempt.
    #[inline]
    pub fn sleep(&mut self) -> &mut Sleep {
        &mut self.sleep
    }

    /// An attempt, when its time has come.
    #[inline]
    pub fn make<A: Future>(&mut self, attempt: A) -> Then<'_, A> {
        self.sleep.then(attempt)
    }
}

/// What follows a failure.
#[inline]
fn failed(
    failures: &mut u32,
    decision: Decision,
    policy: &Written,
    function: &'static str,
    told: &dyn Told,
) -> Option<Wait> {
    let (mut call, site) = (Call::after(*failures), Site::new(wire::policy(policy), function));
    let wait = settle(Ended::Failed, decision, &mut call, &mut Untimed, None, &site, told);
    *failures = call.failures();
    wait
}

/// The same where a wait is known to be zero unless the error names one.
#[inline]
fn failed_at_once<T: Told>(
    failures: &mut u32,
    decision: Decision,
    policy: &Written,
    function: &'static str,
    told: &T,
) -> Option<Wait> {
    if decision.names_wait() {
        return failed(failures, decision, policy, function, told);
    }
    let mut call = Call::after(*failures);
    let wait = at_once(&mut call, decision, wire::max(policy), function, told);
    *failures = call.failures();
    wait
}

/// What is waited for before the next attempt: nothing, or a timer that has been started.
pub struct Sleep(Option<Pin<Box<Timer>>>);

impl Sleep {
    /// Before the first attempt.
    #[inline]
    #[must_use]
    pub const fn none() -> Self
    where
        for<'a> Wait: Timed<'a>,
    {
        Self(None)
    }

    /// Starts the timer.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(crate) fn begin(&mut self, wait: Wait) {
        self.0 = crate::call::timer::timer(wait);
    }

    /// Where there is none, there is no `Sleep` to begin.
    #[cfg(not(feature = "tokio"))]
    pub(crate) fn begin(&mut self, _: Wait) {
        self.0 = None;
    }

    /// The next attempt, when its time has come.
    #[inline]
    pub(crate) fn then<A: Future>(&mut self, attempt: A) -> Then<'_, A> {
        Then { sleep: self, attempt }
    }

    #[cold]
    #[inline(never)]
    fn is_pending(&mut self, context: &mut Context<'_>) -> bool {
        if self.0.as_mut().is_some_and(|timer| timer.as_mut().poll(context).is_pending()) {
            return true;
        }
        // Not while the attempt runs.
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
    /// An attempt that waits for its time. One future, so that a round of the loop awaits once.
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
