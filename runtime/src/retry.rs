//! Retrying without the attribute: the same policy, decision, events and state of a call, for closures and for
//! functions of others.

use std::fmt;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::time::Duration;

use crate::call::clock::Stopwatch;
use crate::call::limit::{TimesOut, Within, ended};
use crate::call::observe::{Described, undescribed};
use crate::call::outcome::{Outcome, Verdict, accepted, succeeds};
use crate::call::report::silent;
use crate::call::running::Running;
use crate::call::site::Site;
use crate::call::timer::pause_with;
use crate::call::turn::{Now, Paced, asynchronous_now, blocking_now, returned, wait_after_turn};
use crate::call::wait::Wait;
use crate::upstream::{Answer, Turn, Upstream};
use crate::{Decision, Elapsed, Event, Policy, Retryable};

impl Policy {
    /// Calls an async function or closure under this policy, as `#[retry]` would.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// # #[derive(Debug)] struct Busy;
    /// # async fn fetch(url: &str) -> Result<String, Busy> { Ok(url.to_uppercase()) }
    /// # #[cfg(feature = "tokio")]
    /// # async fn run() {
    /// let page = Policy::new()
    ///     .max(5)
    ///     .initial(Duration::from_secs(1))
    ///     .retry(|| fetch("/index"))
    ///     .on(|error| matches!(error, Busy))
    ///     .notify(|event| eprintln!("attempt {} failed", event.attempt()))
    ///     .call()
    ///     .await;
    /// assert_eq!(page.unwrap(), "/INDEX");
    /// # }
    /// # use std::task::{Context, Poll, Waker};
    /// # #[cfg(feature = "tokio")]
    /// # assert!(matches!(std::pin::pin!(run()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(())));
    /// ```
    ///
    /// An `async` closure may stand there too, unless it changes what it captures: the futures of those that do cannot
    /// yet be told to be `Send`.
    pub fn retry<F, A>(self, attempt: F) -> Retry<F, A::Output, Async<Tokio>>
    where
        F: FnMut() -> A,
        A: Future<Output: Outcome>,
    {
        Retry::new(self, attempt, Async(Tokio))
    }

    /// Calls a function or closure that blocks under this policy, as `#[retry]` would.
    ///
    /// ```
    /// use persevere::Policy;
    ///
    /// let config = Policy::new().retry_blocking(|| std::fs::read_to_string("/no/such/file")).call();
    /// assert_eq!(config.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    /// ```
    pub fn retry_blocking<F, O>(self, attempt: F) -> Retry<F, O, Blocking<Thread>>
    where
        F: FnMut() -> O,
        O: Outcome,
    {
        Retry::new(self, attempt, Blocking(Thread))
    }
}

/// A call that is about to be made under a [`Policy`]. Its methods are named like the keys of `#[retry]`.
#[must_use = "nothing is called before `call`"]
pub struct Retry<F, O: Outcome, S, P = OwnDecision, U = Accepted<O>, N = Silent<O>, Q = Unpaced> {
    call: What<F, O>,
    on: P,
    until: U,
    notify: N,
    sleep: S,
    upstream: Q,
}

/// What is called, and what does not depend on the type of a hook.
struct What<F, O: Outcome> {
    site: Site,
    attempt: F,
    describe: Describe<O>,
    timeout: Option<(Duration, TimedOut<O>)>,
    outcome: PhantomData<fn() -> O>,
}

/// An `until` to which every value is good.
type Accepted<O> = fn(&<O as Outcome>::Value) -> bool;

/// A hook that does nothing.
type Silent<O> = fn(&Event<'_, <O as Outcome>::Error>);

/// How the error is written for `tracing`.
type Describe<O> = fn(&<O as Outcome>::Error) -> Option<Described<'_>>;

/// Makes the outcome of an attempt that took too long.
type TimedOut<O> = fn(Elapsed) -> O;

impl<F, O: Outcome, S> Retry<F, O, S> {
    fn new(policy: Policy, attempt: F, sleep: S) -> Self {
        let function = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
        let call = What {
            site: Site::new(policy, function),
            attempt,
            describe: undescribed,
            timeout: None,
            outcome: PhantomData,
        };
        Self { call, on: OwnDecision, until: accepted, notify: silent, sleep, upstream: Unpaced }
    }
}

impl<F, O: Outcome, S, P, U, N, Q> Retry<F, O, S, P, U, N, Q> {
    /// Which errors are retried, as a [`Decision`] or a `bool`. Default: what the error type's [`Retryable`] says.
    pub fn on<D: Verdict, J: Fn(&O::Error) -> D>(self, on: J) -> Retry<F, O, S, Judge<J>, U, N, Q> {
        let Self { call, until, notify, sleep, upstream, .. } = self;
        Retry { call, on: Judge(on), until, notify, sleep, upstream }
    }

    /// When an `Ok` value is good: one that is not is tried again, and returned as it is after the last attempt.
    /// Default: always.
    pub fn until<V: Fn(&O::Value) -> bool>(self, until: V) -> Retry<F, O, S, P, V, N, Q> {
        let Self { call, on, notify, sleep, upstream, .. } = self;
        Retry { call, on, until, notify, sleep, upstream }
    }

    /// What is told before each wait and when the call gives up. Default: nothing.
    pub fn notify<M: Fn(&Event<'_, O::Error>)>(self, notify: M) -> Retry<F, O, S, P, U, M, Q> {
        let Self { call, on, until, sleep, upstream, .. } = self;
        Retry { call, on, until, notify, sleep, upstream }
    }

    /// The pacing that all calls to one service share. Default: none.
    ///
    /// ```
    /// use persevere::{Policy, Upstream};
    ///
    /// static DISK: Upstream = Upstream::new();
    ///
    /// let config = Policy::new().retry_blocking(|| std::fs::read_to_string("/no/such/file")).upstream(&DISK).call();
    /// assert!(config.is_err());
    /// ```
    pub fn upstream(self, upstream: &Upstream) -> Retry<F, O, S, P, U, N, &Upstream> {
        let Self { call, on, until, notify, sleep, .. } = self;
        Retry { call, on, until, notify, sleep, upstream }
    }

    /// What events call the function. Default: the path of the function, or of the one that the closure is in.
    pub fn name(mut self, function: &'static str) -> Self {
        self.call.site.function = function;
        self
    }

    /// Lets `tracing` tell the error, by its `Display`, and not only its type. The attribute finds out by itself
    /// whether it can; a method has to be told.
    pub fn display_error(mut self) -> Self
    where
        O::Error: fmt::Display,
    {
        self.call.describe = |error| Some(Described::Display(error));
        self
    }

    /// What the expansion of the attribute does after an attempt: the wait has begun, or the call is over.
    fn settle<R>(&self, outcome: O, running: &mut Running<Stopwatch>, start: impl FnOnce(Wait) -> R) -> Result<R, O>
    where
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let Self { call: What { site, describe, .. }, on, until, notify, .. } = self;
        let success = succeeds(&outcome, until);
        if success && !running.is_told(site) {
            return Err(outcome);
        }
        let on = |error: &O::Error| on.classify(error);
        let Some(wait) = running.again_with(&outcome, success, site, &on, notify, describe) else {
            return Err(outcome);
        };
        // Not while the call waits.
        drop(outcome);
        Ok(start(wait))
    }
}

impl<F, O: Outcome, S, P, U, N> Retry<F, O, S, P, U, N, &Upstream> {
    /// The same where attempts queue for their turns, but for the wait.
    fn settle_turn(&self, state: &mut Queueing<O>, answer: Answer) -> Result<Wait, O>
    where
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let Self { call: What { site, describe, .. }, on, until, notify, upstream, .. } = self;
        let Queueing { running, turn, last, now } = state;
        let on = |error: &O::Error| on.classify(error);
        let told = running.is_told(site);
        let after = |error: Option<&O::Error>, ended| {
            let pace = Paced::new(upstream, turn, *now);
            running.after(error, ended, Some(&pace), site, &on, notify, describe)
        };
        let success = answer.is_go() && last.as_ref().is_some_and(|outcome| succeeds(outcome, until));
        if success {
            upstream.succeeded(*now);
            if !told {
                return returned(last);
            }
        }
        wait_after_turn(answer, last, success, after)
    }
}

/// The state of a call whose attempts queue for their turns.
struct Queueing<O> {
    running: Running<Stopwatch>,
    turn: Turn,
    last: Option<O>,
    now: Now,
}

impl<O> Queueing<O> {
    fn new(clock: Stopwatch, now: Now) -> Self {
        Self { running: Running::new(clock), turn: Turn::new(), last: None, now }
    }

    /// Whether the next attempt may be made.
    fn ask(&mut self, upstream: &Upstream, site: &Site) -> Answer {
        let Self { running, turn, last, now } = self;
        Paced::new(upstream, turn, *now).ask(running, site, last)
    }
}

impl<F, O: Outcome, T, P, U, N, Q> Retry<F, O, Async<T>, P, U, N, Q> {
    /// What waits instead of tokio's timer: a function that returns a future.
    pub fn sleep<S: Fn(Duration) -> W, W: Future>(self, sleep: S) -> Retry<F, O, Async<With<S>>, P, U, N, Q> {
        let Self { call, on, until, notify, upstream, .. } = self;
        Retry { call, on, until, notify, sleep: Async(With(sleep)), upstream }
    }

    /// The limit of one attempt. What takes longer is an error made from [`Elapsed`]. Default: none.
    pub fn timeout(mut self, limit: Duration) -> Self
    where
        O::Error: TimesOut,
    {
        self.call.timeout = Some((limit, ended));
        self
    }

    /// One attempt.
    async fn attempt<A>(&mut self, running: &Running<Stopwatch>) -> O
    where
        F: FnMut() -> A,
        A: Future<Output = O>,
        T: Timer,
    {
        let Self { call: What { site, attempt, timeout, .. }, sleep: Async(timer), .. } = self;
        let attempt = pin!(attempt());
        match *timeout {
            None => attempt.await,
            Some((timeout, ended)) => {
                Within::new(attempt, running.limit(timeout, site), |wait| timer.start(wait), ended).await
            }
        }
    }
}

impl<F, O: Outcome, T, P, U, N> Retry<F, O, Async<T>, P, U, N> {
    /// Makes the call.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub async fn call<A>(mut self) -> O
    where
        F: FnMut() -> A,
        A: Future<Output = O>,
        T: Timer,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut running = Running::new(Stopwatch::asynchronous(&self.call.site));
        loop {
            let timer = {
                let outcome = self.attempt(&running).await;
                match self.settle(outcome, &mut running, |wait| self.sleep.0.start(wait)) {
                    Err(outcome) => return outcome,
                    Ok(timer) => timer,
                }
            };
            if let Some(timer) = timer {
                timer.await;
            }
        }
    }
}

impl<F, O: Outcome, T, P, U, N> Retry<F, O, Async<T>, P, U, N, &Upstream> {
    /// Makes the call, each attempt at its turn.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub async fn call<A>(mut self) -> O
    where
        F: FnMut() -> A,
        A: Future<Output = O>,
        T: Timer,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut state = Queueing::new(Stopwatch::asynchronous(&self.call.site), asynchronous_now);
        loop {
            let answer = state.ask(self.upstream, &self.call.site);
            if answer.is_go() {
                state.last = Some(self.attempt(&state.running).await);
            }
            let timer = match self.settle_turn(&mut state, answer) {
                Err(outcome) => return outcome,
                Ok(wait) => self.sleep.0.start(wait),
            };
            if let Some(timer) = timer {
                timer.await;
            }
        }
    }
}

impl<F, O: Outcome, T, P, U, N, Q> Retry<F, O, Blocking<T>, P, U, N, Q> {
    /// What waits instead of the thread's own sleep.
    pub fn sleep<S: Fn(Duration)>(self, sleep: S) -> Retry<F, O, Blocking<With<S>>, P, U, N, Q> {
        let Self { call, on, until, notify, upstream, .. } = self;
        Retry { call, on, until, notify, sleep: Blocking(With(sleep)), upstream }
    }
}

impl<F, O: Outcome, T, P, U, N> Retry<F, O, Blocking<T>, P, U, N> {
    /// Makes the call.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub fn call(mut self) -> O
    where
        F: FnMut() -> O,
        T: Pause,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut running = Running::new(Stopwatch::blocking(&self.call.site));
        loop {
            let outcome = (self.call.attempt)();
            if let Err(outcome) = self.settle(outcome, &mut running, |wait| self.sleep.0.pause(wait)) {
                return outcome;
            }
        }
    }
}

impl<F, O: Outcome, T, P, U, N> Retry<F, O, Blocking<T>, P, U, N, &Upstream> {
    /// Makes the call, each attempt at its turn.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub fn call(mut self) -> O
    where
        F: FnMut() -> O,
        T: Pause,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut state = Queueing::new(Stopwatch::blocking(&self.call.site), blocking_now);
        loop {
            let answer = state.ask(self.upstream, &self.call.site);
            if answer.is_go() {
                state.last = Some((self.call.attempt)());
            }
            match self.settle_turn(&mut state, answer) {
                Err(outcome) => return outcome,
                Ok(wait) => self.sleep.0.pause(wait),
            }
        }
    }
}

/// A call that is awaited, and what waits for it.
pub struct Async<T>(T);

/// A call that blocks, and what waits for it.
pub struct Blocking<T>(T);

/// tokio's timer.
pub struct Tokio;

/// The thread's own sleep.
pub struct Thread;

/// A function of the caller's.
pub struct With<T>(T);

/// A call that queues for nothing.
pub struct Unpaced;

/// The error type's own [`Retryable`].
pub struct OwnDecision;

/// A function of the error.
pub struct Judge<J>(J);

/// What tells which errors are retried.
#[diagnostic::on_unimplemented(
    message = "`call` cannot tell which errors of type `{E}` to retry",
    label = "its errors are not `persevere::Retryable`",
    note = "say which errors to retry before: `.on(|error| true)`",
    note = "or implement `persevere::Retryable` for `{E}`"
)]
pub trait Classify<E> {
    fn classify(&self, error: &E) -> Decision;
}

impl<E: Retryable> Classify<E> for OwnDecision {
    fn classify(&self, error: &E) -> Decision {
        error.decision()
    }
}

impl<E, D: Verdict, J: Fn(&E) -> D> Classify<E> for Judge<J> {
    fn classify(&self, error: &E) -> Decision {
        self.0(error).into_decision()
    }
}

/// What waits for an async call.
#[diagnostic::on_unimplemented(
    message = "an async call needs a timer",
    label = "nothing here can wait without blocking",
    note = "enable the feature `tokio` of `persevere`, or name another timer: `.sleep(smol::Timer::after)`"
)]
pub trait Timer {
    type Wait: Future;

    fn start(&self, wait: Wait) -> Option<Pin<Box<Self::Wait>>>;
}

#[cfg(feature = "tokio")]
impl Timer for Tokio {
    type Wait = tokio::time::Sleep;

    fn start(&self, wait: Wait) -> Option<Pin<Box<Self::Wait>>> {
        crate::call::timer::timer(wait)
    }
}

impl<S: Fn(Duration) -> W, W: Future> Timer for With<S> {
    type Wait = W;

    fn start(&self, wait: Wait) -> Option<Pin<Box<W>>> {
        wait.due().map(|wait| Box::pin(self.0(wait)))
    }
}

/// What waits for a call that blocks.
pub trait Pause {
    fn pause(&self, wait: Wait);
}

impl Pause for Thread {
    fn pause(&self, wait: Wait) {
        pause_with(&std::thread::sleep, wait);
    }
}

impl<S: Fn(Duration)> Pause for With<S> {
    fn pause(&self, wait: Wait) {
        pause_with(&self.0, wait);
    }
}
