//! Retrying without the attribute: closures, and functions of others.
//!
//! The policy, decisions, events and state of a call are those of `#[retry]`.

mod attempts;
mod kinds;
mod start;

use std::fmt;
use std::marker::PhantomData;
use std::pin::pin;
use std::time::Duration;

use crate::call::clock::Stopwatch;
use crate::call::full::FullCall;
use crate::call::function::FunctionPolicy;
use crate::call::limit::{TimesOut, Within, timed_out};
use crate::call::observe::undescribed;
use crate::call::outcome::{Outcome, Verdict, accepted, succeeds};
use crate::call::report::silent;
use crate::call::stop::{PauseEnd, WaitEnd, pause_with, sleeping};
use crate::call::turn::{Now, Paced, asynchronous_now, blocking_now, returned, wait_after_turn};
use crate::call::wait::Wait;
use crate::describe::Described;
use crate::upstream::{Turn, TurnAnswer, Upstream};
use crate::values::{Integer, Limit};
use crate::{Elapsed, Event, Policy};
use attempts::{Attempts, Memory};
use kinds::{Async, Blocking, Classify, Judge, OwnDecision, Pause, Timer, Unpaced, With};

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

/// The closure that makes the attempts, and all settings that do not depend on the type of a hook.
struct Called<F, O: Outcome> {
    function: FunctionPolicy,
    attempt: F,
    describe: Describe<O>,
    timeout: Option<(Duration, TimedOut<O>)>,
    /// The tokens that an attempt takes of its upstream's limit.
    cost: u32,
    outcome: PhantomData<fn() -> O>,
}

impl<F: Attempts<O>, O: Outcome> Called<F, O> {
    /// Begins an attempt. This is not an async function, because its future would hold the outcome of the attempt
    /// before.
    fn make(&mut self, call: &FullCall<Stopwatch>, waited: Duration, previous: Option<&O>) -> F::Made {
        let Self { function, attempt, .. } = self;
        attempt.make(|| call.attempt(function, waited), previous)
    }
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
    fn new<C>(policy: Policy, attempt: F, sleep: S) -> Self {
        let path = std::any::type_name::<C>().trim_end_matches("::{{closure}}");
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
    /// Which errors are retried, as a [`Decision`](crate::Decision) or a `bool`. Default: what the error type's
    /// [`Retryable`](crate::Retryable) says.
    pub fn on<D: Verdict, J: Fn(&O::Error) -> D>(self, on: J) -> Retry<F, O, S, Judge<J>, U, N, Q> {
        let Self { called, until, notify, sleep, upstream, .. } = self;
        Retry { called, on: Judge(on), until, notify, sleep, upstream }
    }

    /// Which `Ok` values are accepted. If it returns `false`, the call is retried; after the last attempt the value is
    /// returned unchanged. Default: all are accepted.
    pub fn until<V: Fn(&O::Value) -> bool>(self, until: V) -> Retry<F, O, S, P, V, N, Q> {
        let Self { called, on, notify, sleep, upstream, .. } = self;
        Retry { called, on, until, notify, sleep, upstream }
    }

    /// The hook, which is called before each wait or queueing, and when the call gives up; [`Event`] says when else.
    /// It must not block in async calls. Default: nothing.
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
    /// let config = Policy::new()
    ///     .retry_blocking(|| std::fs::read_to_string("/no/such/file"))
    ///     .upstream(&DISK)
    ///     .call();
    /// assert!(config.is_err());
    /// ```
    pub fn upstream(self, upstream: &Upstream) -> Retry<F, O, S, P, U, N, &Upstream> {
        let Self { called, on, until, notify, sleep, .. } = self;
        Retry { called, on, until, notify, sleep, upstream }
    }

    /// The name of the function in events, metrics and logs. Default: the path of the function, or of the one that the
    /// closure is in.
    pub fn name(mut self, path: &'static str) -> Self {
        self.called.function.path = path;
        self
    }

    /// Lets `tracing` write the error with its `Display`, and not only its type. The attribute finds out by itself
    /// whether the error has one, which a method cannot.
    pub fn display_error(mut self) -> Self
    where
        O::Error: fmt::Display,
    {
        self.called.describe = |error| Some(Described::Display(error));
        self
    }

    /// Does what the expansion of the attribute does after an attempt. `Ok`: the wait, and the outcome before it.
    /// `Err`: the outcome that the call returns.
    fn settle(&self, outcome: O, call: &mut FullCall<Stopwatch>) -> Result<(Wait, O), O>
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
        Ok((wait, outcome))
    }

    /// Reports that `sleep` ended the call, and returns its outcome.
    fn stopped(&self, outcome: O, call: &FullCall<Stopwatch>) -> O
    where
        N: Fn(&Event<'_, O::Error>),
    {
        let Self { called: Called { function, describe, .. }, notify, .. } = self;
        call.stopped(&outcome, function, notify, describe);
        outcome
    }
}

impl<'u, F, O: Outcome, S, P, U, N> Retry<F, O, S, P, U, N, &'u Upstream> {
    /// The number of tokens that each attempt uses of the upstream's [token limit](Upstream::tokens). An attempt with
    /// cost 0 uses none of it, but still counts against a request limit. A cost above the whole limit uses the whole
    /// limit. Default: 1.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Policy, Upstream};
    ///
    /// static MODEL: Upstream = Upstream::new().tokens(30_000, Duration::from_secs(60));
    ///
    /// # fn ask(prompt: &str) -> std::io::Result<String> { Ok(prompt.to_owned()) }
    /// let prompt = "Say hello.";
    /// let tokens = prompt.len() / 4 + 200;
    /// let call = Policy::new().retry_blocking(|| ask(prompt));
    /// let reply = call.upstream(&MODEL).cost(tokens).call();
    /// # assert_eq!(reply.unwrap(), prompt);
    /// ```
    pub fn cost(mut self, tokens: impl Integer) -> Self {
        self.called.cost = tokens.into_u32();
        self
    }

    /// Does what the expansion of the attribute does under an upstream, after an attempt or a request for a turn. `Ok`:
    /// the wait. `Err`: the outcome that the call returns.
    fn settle_turn(&self, state: &mut Queueing<'u, O>, answer: TurnAnswer) -> Result<Wait, O>
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
    fn new(clock: Stopwatch, now: Now, cost: u32) -> Self {
        Self { call: FullCall::new(clock), turn: Turn::of(cost), last: None, now }
    }

    /// Asks whether the next attempt may be made now. If so, the outcome of the attempt before is dropped, unless the
    /// next attempt gets it.
    fn ask<M: Memory<O>>(&mut self, upstream: &'u Upstream, function: &FunctionPolicy) -> TurnAnswer {
        let Self { call, turn, last, now } = self;
        let mut pace = Paced::new(upstream, turn, *now);
        if M::TELLS { call.ask(&mut pace, function) } else { call.ask_turn(&mut pace, function, last) }
    }

    /// The outcome of a call that `sleep` ended. A first attempt that queues has none, and is made at once.
    fn stopped(&mut self, upstream: &Upstream) -> Option<O> {
        let last = self.last.take();
        if last.is_none() {
            upstream.rush(&mut self.turn);
        }
        last
    }
}

impl<F, O: Outcome, T, P, U, N, Q> Retry<F, O, Async<T>, P, U, N, Q> {
    /// Waits instead of tokio's timer: a function that returns a future. It may resolve to `()`, to `ControlFlow<()>`,
    /// or to what timers return, such as an `Instant`; only `Break(())` has an effect, and ends the call with its last
    /// result.
    ///
    /// It also measures [`timeout`](Self::timeout). If the future completes at its first poll, as in tests, that limit
    /// is not applied; if it resolves to `Break(())`, the attempt times out.
    pub fn sleep<S: Fn(Duration) -> W, W: Future<Output: WaitEnd>>(
        self,
        sleep: S,
    ) -> Retry<F, O, Async<With<S>>, P, U, N, Q> {
        let Self { called, on, until, notify, upstream, .. } = self;
        Retry { called, on, until, notify, sleep: Async(With(sleep)), upstream }
    }

    /// The time limit of one attempt, without the time in which it queues under an [`Upstream`]. One that exceeds it
    /// fails with an error that is built from [`Elapsed`]. Default, and with `None`: no limit.
    pub fn timeout(mut self, limit: impl Limit) -> Self
    where
        O::Error: TimesOut,
    {
        self.called.timeout = limit.into_limit().map(|limit| (limit, timed_out as TimedOut<O>));
        self
    }

    /// Awaits the end of one attempt, or its timeout.
    async fn ended<A>(&mut self, attempt: A, call: &FullCall<Stopwatch>) -> O
    where
        A: Future<Output = O>,
        T: Timer,
    {
        let Self { called: Called { function, timeout, .. }, sleep: Async(timer), .. } = self;
        let attempt = pin!(attempt);
        match *timeout {
            None => attempt.await,
            Some((timeout, timed_out)) => {
                Within::new(attempt, call.limit(timeout, function), |wait| timer.start(wait, function.path), timed_out)
                    .await
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
        F: Attempts<O, Made = A>,
        A: Future<Output = O>,
        T: Timer,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut call = FullCall::new(Stopwatch::asynchronous(&self.called.function));
        let mut memory = F::Memory::default();
        loop {
            let sleeping = {
                let attempt = self.called.make(&call, memory.waited(), memory.previous());
                let outcome = self.ended(attempt, &call).await;
                memory.forget();
                match self.settle(outcome, &mut call) {
                    Err(outcome) => return outcome,
                    Ok((wait, outcome)) => {
                        memory.wait(wait.duration());
                        let path = self.called.function.path;
                        sleeping(|wait| self.sleep.0.start(wait, path), wait, memory.keep(outcome))
                    }
                }
            };
            if let Some(outcome) = sleeping.await.and_then(|rest| memory.take(rest)) {
                return self.stopped(outcome, &call);
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
        F: Attempts<O, Made = A>,
        A: Future<Output = O>,
        T: Timer,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut state =
            Queueing::new(Stopwatch::asynchronous(&self.called.function), asynchronous_now, self.called.cost);
        let mut memory = F::Memory::default();
        loop {
            let answer = state.ask::<F::Memory>(self.upstream, &self.called.function);
            if answer.is_go() {
                let attempt = self.called.make(&state.call, memory.waited(), state.last.as_ref());
                let outcome = self.ended(attempt, &state.call).await;
                memory.forget();
                state.last = Some(outcome);
            }
            let sleeping = match self.settle_turn(&mut state, answer) {
                Err(outcome) => return outcome,
                Ok(wait) => {
                    memory.wait(wait.duration());
                    let path = self.called.function.path;
                    sleeping(|wait| self.sleep.0.start(wait, path), wait, ())
                }
            };
            if sleeping.await.is_some() {
                if let Some(outcome) = state.stopped(self.upstream) {
                    return self.stopped(outcome, &state.call);
                }
            }
        }
    }
}

impl<F, O: Outcome, T, P, U, N, Q> Retry<F, O, Blocking<T>, P, U, N, Q> {
    /// Waits instead of the thread's own sleep: a function that returns `()` or `ControlFlow<()>`. `Break(())` ends the
    /// call with its last result, so that a worker which waits can be shut down. A first attempt that queues under an
    /// [`Upstream`] is then made at once, as there is no result yet.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use std::sync::mpsc::{self, RecvTimeoutError};
    /// use persevere::Policy;
    ///
    /// let (shutdown, stopped) = mpsc::channel::<()>();
    /// shutdown.send(()).unwrap();
    /// let outcome = Policy::new()
    ///     .retry_blocking(|| Err::<(), _>("unreachable"))
    ///     .on(|_| true)
    ///     .sleep(|wait| match stopped.recv_timeout(wait) {
    ///         Err(RecvTimeoutError::Timeout) => ControlFlow::Continue(()),
    ///         _ => ControlFlow::Break(()),
    ///     })
    ///     .call();
    /// assert_eq!(outcome, Err("unreachable"));
    /// ```
    pub fn sleep<S: Fn(Duration) -> R, R: PauseEnd>(self, sleep: S) -> Retry<F, O, Blocking<With<S>>, P, U, N, Q> {
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
        F: Attempts<O, Made = O>,
        T: Pause,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut call = FullCall::new(Stopwatch::blocking(&self.called.function));
        let mut memory = F::Memory::default();
        loop {
            let outcome = self.called.make(&call, memory.waited(), memory.previous());
            memory.forget();
            let (wait, outcome) = match self.settle(outcome, &mut call) {
                Err(outcome) => return outcome,
                Ok(waits) => waits,
            };
            memory.wait(wait.duration());
            let rest = pause_with(&|wait| self.sleep.0.pause(wait), wait, memory.keep(outcome));
            if let Some(outcome) = rest.and_then(|rest| memory.take(rest)) {
                return self.stopped(outcome, &call);
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
        F: Attempts<O, Made = O>,
        T: Pause,
        P: Classify<O::Error>,
        U: Fn(&O::Value) -> bool,
        N: Fn(&Event<'_, O::Error>),
    {
        let mut state = Queueing::new(Stopwatch::blocking(&self.called.function), blocking_now, self.called.cost);
        let mut memory = F::Memory::default();
        loop {
            let answer = state.ask::<F::Memory>(self.upstream, &self.called.function);
            if answer.is_go() {
                let outcome = self.called.make(&state.call, memory.waited(), state.last.as_ref());
                memory.forget();
                state.last = Some(outcome);
            }
            match self.settle_turn(&mut state, answer) {
                Err(outcome) => return outcome,
                Ok(wait) => {
                    memory.wait(wait.duration());
                    if pause_with(&|wait| self.sleep.0.pause(wait), wait, ()).is_some() {
                        if let Some(outcome) = state.stopped(self.upstream) {
                            return self.stopped(outcome, &state.call);
                        }
                    }
                }
            }
        }
    }
}
