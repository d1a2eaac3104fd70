//! Retrying without the attribute: closures, and functions of others.
//!
//! The policy, decisions, events and state of a call are those of `#[retry]`.

use std::fmt;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::time::Duration;

use crate::call::clock::Stopwatch;
use crate::call::full::FullCall;
use crate::call::function::FunctionPolicy;
use crate::call::limit::{TimesOut, Within, timed_out};
use crate::call::observe::undescribed;
use crate::call::outcome::{Outcome, Verdict, accepted, succeeds};
use crate::call::report::silent;
use crate::call::timer::pause_with;
use crate::call::turn::{Now, Paced, asynchronous_now, blocking_now, returned, wait_after_turn};
use crate::call::wait::Wait;
use crate::told::Described;
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
    /// An `async` closure may stand there too, unless it changes what it captures: a bound cannot yet say that its futures
    /// are `Send` ([rust-lang/rust#146790](https://github.com/rust-lang/rust/issues/146790)).
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
    called: Called<F, O>,
    on: P,
    until: U,
    notify: N,
    sleep: S,
    upstream: Q,
}

/// The closure that is called, and all that does not depend on the type of a hook.
struct Called<F, O: Outcome> {
    function: FunctionPolicy,
    attempt: F,
    describe: Describe<O>,
    timeout: Option<(Duration, TimedOut<O>)>,
    /// The tokens that an attempt takes of its upstream's limit.
    cost: u64,
    outcome: PhantomData<fn() -> O>,
}

/// The `until` of a call that names none.
type Accepted<O> = fn(&<O as Outcome>::Value) -> bool;

/// The `notify` of a call that names none.
type Silent<O> = fn(&Event<'_, <O as Outcome>::Error>);

/// Tells how the error is written for `tracing`.
type Describe<O> = fn(&<O as Outcome>::Error) -> Option<Described<'_>>;

/// Makes the outcome of an attempt that took too long.
type TimedOut<O> = fn(Elapsed) -> O;

impl<F, O: Outcome, S> Retry<F, O, S> {
    fn new(policy: Policy, attempt: F, sleep: S) -> Self {
        let path = std::any::type_name::<F>().trim_end_matches("::{{closure}}");
        let called = Called {
            function: FunctionPolicy::new(policy, path),
            attempt,
            describe: undescribed,
            timeout: None,
            cost: 1,
            outcome: PhantomData,
        };
        Self { called, on: OwnDecision, until: accepted, notify: silent, sleep, upstream: Unpaced }
    }
}

impl<F, O: Outcome, S, P, U, N, Q> Retry<F, O, S, P, U, N, Q> {
    /// Which errors are retried, as a [`Decision`] or a `bool`. Default: what the error type's [`Retryable`] says.
    pub fn on<D: Verdict, J: Fn(&O::Error) -> D>(self, on: J) -> Retry<F, O, S, Judge<J>, U, N, Q> {
        let Self { called, until, notify, sleep, upstream, .. } = self;
        Retry { called, on: Judge(on), until, notify, sleep, upstream }
    }

    /// Which `Ok` values are good. If it returns false, the call is retried; the last value is returned unchanged. Default:
    /// all are good.
    pub fn until<V: Fn(&O::Value) -> bool>(self, until: V) -> Retry<F, O, S, P, V, N, Q> {
        let Self { called, on, notify, sleep, upstream, .. } = self;
        Retry { called, on, until, notify, sleep, upstream }
    }

    /// Is called before each wait and when the call gives up. Default: nothing.
    pub fn notify<M: Fn(&Event<'_, O::Error>)>(self, notify: M) -> Retry<F, O, S, P, U, M, Q> {
        let Self { called, on, until, sleep, upstream, .. } = self;
        Retry { called, on, until, notify, sleep, upstream }
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
        let Self { called, on, until, notify, sleep, .. } = self;
        Retry { called, on, until, notify, sleep, upstream }
    }

    /// What events call the function. Default: the path of the function, or of the one that the closure is in.
    pub fn name(mut self, path: &'static str) -> Self {
        self.called.function.path = path;
        self
    }

    /// Lets `tracing` write the error with its `Display`, and not only its type. The attribute finds out by itself whether
    /// the error has one, which a method cannot.
    pub fn display_error(mut self) -> Self
    where
        O::Error: fmt::Display,
    {
        self.called.describe = |error| Some(Described::Display(error));
        self
    }

    /// What the expansion of the attribute does after an attempt: it begins the wait, or returns the outcome of the call.
    fn settle<R>(&self, outcome: O, call: &mut FullCall<Stopwatch>, start: impl FnOnce(Wait) -> R) -> Result<R, O>
    where
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let Self { called: Called { function, describe, .. }, on, until, notify, .. } = self;
        let success = succeeds(&outcome, until);
        if success && !call.reports_success(function) {
            return Err(outcome);
        }
        let on = |error: &O::Error| on.classify(error);
        let Some(wait) = call.after_attempt(&outcome, success, function, &on, notify, describe) else {
            return Err(outcome);
        };
        // The outcome may be large, and is not kept while the call waits.
        drop(outcome);
        Ok(start(wait))
    }
}

impl<'u, F, O: Outcome, S, P, U, N> Retry<F, O, S, P, U, N, &'u Upstream> {
    /// How many tokens each attempt takes, where the upstream [limits](Upstream::tokens) them: what the caller expects
    /// it to use. Zero takes nothing, and more than the whole limit takes all of it. Default: 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Policy, Upstream};
    ///
    /// static MODEL: Upstream = Upstream::new().tokens(30_000, Duration::from_secs(60));
    ///
    /// # fn ask(prompt: &str) -> std::io::Result<String> { Ok(prompt.to_owned()) }
    /// let prompt = "Say hello.";
    /// let tokens = prompt.len() as u64 / 4 + 200;
    /// let reply = Policy::new().retry_blocking(|| ask(prompt)).upstream(&MODEL).cost(tokens).call();
    /// # assert_eq!(reply.unwrap(), prompt);
    /// ```
    pub fn cost(mut self, tokens: u64) -> Self {
        self.called.cost = tokens;
        self
    }

    /// What the expansion of the attribute does after an attempt under an upstream, or after it asked for a turn: the wait,
    /// or the outcome of the call.
    fn settle_turn(&self, state: &mut Queueing<'u, O>, answer: Answer) -> Result<Wait, O>
    where
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let Self { called: Called { function, describe, .. }, on, until, notify, upstream, .. } = self;
        let Queueing { call, turn, last, now } = state;
        let on = |error: &O::Error| on.classify(error);
        let reported = call.reports_success(function);
        let success = answer.is_go() && last.as_ref().is_some_and(|outcome| succeeds(outcome, until));
        if success {
            upstream.served(turn, *now);
            if !reported {
                return returned(last);
            }
        }
        let after = |error: Option<&O::Error>, end| {
            let pace = Paced::new(upstream, turn, *now);
            call.after_turn(error, end, Some(&pace), function, &on, notify, describe)
        };
        wait_after_turn(answer, last, success, after)
    }
}

/// The state of a call whose attempts queue for their turns.
struct Queueing<'u, O> {
    call: FullCall<Stopwatch>,
    turn: Turn<'u>,
    last: Option<O>,
    now: Now,
}

impl<'u, O> Queueing<'u, O> {
    fn new(clock: Stopwatch, now: Now, cost: u64) -> Self {
        Self { call: FullCall::new(clock), turn: Turn::of(cost), last: None, now }
    }

    /// Asks whether the next attempt may be made now.
    fn ask(&mut self, upstream: &'u Upstream, function: &FunctionPolicy) -> Answer {
        let Self { call, turn, last, now } = self;
        call.ask_turn(&mut Paced::new(upstream, turn, *now), function, last)
    }
}

impl<F, O: Outcome, T, P, U, N, Q> Retry<F, O, Async<T>, P, U, N, Q> {
    /// Waits instead of tokio's timer: a function that returns a future.
    pub fn sleep<S: Fn(Duration) -> W, W: Future>(self, sleep: S) -> Retry<F, O, Async<With<S>>, P, U, N, Q> {
        let Self { called, on, until, notify, upstream, .. } = self;
        Retry { called, on, until, notify, sleep: Async(With(sleep)), upstream }
    }

    /// The limit of one attempt. One that takes longer fails with an error made from [`Elapsed`]. Default: none.
    pub fn timeout(mut self, limit: Duration) -> Self
    where
        O::Error: TimesOut,
    {
        self.called.timeout = Some((limit, timed_out));
        self
    }

    /// One attempt.
    async fn attempt<A>(&mut self, call: &FullCall<Stopwatch>) -> O
    where
        F: FnMut() -> A,
        A: Future<Output = O>,
        T: Timer,
    {
        let Self { called: Called { function, attempt, timeout, .. }, sleep: Async(timer), .. } = self;
        let attempt = pin!(attempt());
        match *timeout {
            None => attempt.await,
            Some((timeout, timed_out)) => {
                Within::new(attempt, call.limit(timeout, function), |wait| timer.start(wait), timed_out).await
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
        let mut call = FullCall::new(Stopwatch::asynchronous(&self.called.function));
        loop {
            let timer = {
                let outcome = self.attempt(&call).await;
                match self.settle(outcome, &mut call, |wait| self.sleep.0.start(wait)) {
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
        let mut state =
            Queueing::new(Stopwatch::asynchronous(&self.called.function), asynchronous_now, self.called.cost);
        loop {
            let answer = state.ask(self.upstream, &self.called.function);
            if answer.is_go() {
                state.last = Some(self.attempt(&state.call).await);
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
    /// Waits instead of the thread's own sleep.
    pub fn sleep<S: Fn(Duration)>(self, sleep: S) -> Retry<F, O, Blocking<With<S>>, P, U, N, Q> {
        let Self { called, on, until, notify, upstream, .. } = self;
        Retry { called, on, until, notify, sleep: Blocking(With(sleep)), upstream }
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
        let mut call = FullCall::new(Stopwatch::blocking(&self.called.function));
        loop {
            let outcome = (self.called.attempt)();
            if let Err(outcome) = self.settle(outcome, &mut call, |wait| self.sleep.0.pause(wait)) {
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
        let mut state = Queueing::new(Stopwatch::blocking(&self.called.function), blocking_now, self.called.cost);
        loop {
            let answer = state.ask(self.upstream, &self.called.function);
            if answer.is_go() {
                state.last = Some((self.called.attempt)());
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

/// Tells which errors are retried.
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

/// Waits for an async call.
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

/// Waits for a call that blocks.
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
