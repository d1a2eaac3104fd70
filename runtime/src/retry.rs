//! Retrying without the attribute: the same policy, decision, events and state of a call, for closures and for functions
//! of others.

use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::time::Duration;

use crate::__private::{
    Ended, Outcome, Stopwatch, Verdict, Wait, accepted, after, is_told, limit, pause, pause_with, silent, undescribed,
    wait_after_turn,
};
use crate::call::Call;
use crate::clock::Clock;
use crate::elapsed::{Elapsed, TimesOut, Within, ended};
use crate::paced::{Now, Paced, asynchronous_now, blocking_now};
use crate::upstream::{Answer, Turn, Upstream};
use crate::{Decision, Event, Policy, Retryable};

impl Policy {
    /// Calls an async function or closure under this policy, as `#[retry]` would.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// # #[derive(Debug)] struct Busy;
    /// # async fn fetch(url: &str) -> Result<String, Busy> { Ok(url.to_uppercase()) }
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
    /// # assert!(matches!(std::pin::pin!(run()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(())));
    /// ```
    pub fn retry<F, A>(self, attempt: F) -> Retry<Async, F, A::Output, Tokio>
    where
        F: FnMut() -> A,
        A: Future<Output: Outcome>,
    {
        Retry::new(self, attempt, Tokio)
    }

    /// Calls a function or closure that blocks under this policy, as `#[retry]` would.
    ///
    /// ```
    /// use persevere::Policy;
    ///
    /// let config = Policy::new().retry_blocking(|| std::fs::read_to_string("/no/such/file")).call();
    /// assert_eq!(config.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    /// ```
    pub fn retry_blocking<F, O>(self, attempt: F) -> Retry<Blocking, F, O, Thread>
    where
        F: FnMut() -> O,
        O: Outcome,
    {
        Retry::new(self, attempt, Thread)
    }
}

/// A call that is about to be made under a [`Policy`]. Its methods are named like the keys of `#[retry]`.
#[must_use = "nothing is called before `call`"]
pub struct Retry<K, F, O: Outcome, S, P = OwnDecision, U = fn(&<O as Outcome>::Value) -> bool, N = Silent<O>> {
    policy: Policy,
    attempt: F,
    function: &'static str,
    on: P,
    until: U,
    notify: N,
    sleep: S,
    timeout: Option<(Duration, TimedOut<O>)>,
    upstream: Option<&'static Upstream>,
    kind: PhantomData<K>,
}

/// A call that is awaited.
pub enum Async {}

/// A call that blocks.
pub enum Blocking {}

/// Makes the outcome of an attempt that took too long.
type TimedOut<O> = fn(Elapsed) -> O;

/// A hook that does nothing.
type Silent<O> = fn(&Event<'_, <O as Outcome>::Error>);

impl<K, F, O: Outcome, S> Retry<K, F, O, S> {
    fn new(policy: Policy, attempt: F, sleep: S) -> Self {
        Self {
            policy,
            attempt,
            function: std::any::type_name::<F>().trim_end_matches("::{{closure}}"),
            on: OwnDecision,
            until: accepted,
            notify: silent,
            sleep,
            timeout: None,
            upstream: None,
            kind: PhantomData,
        }
    }
}

impl<K, F, O: Outcome, S, P, U, N> Retry<K, F, O, S, P, U, N> {
    /// Which errors are retried, as a [`Decision`] or a `bool`. Default: what the error type's [`Retryable`] says.
    pub fn on<D: Verdict, Q: Fn(&O::Error) -> D>(self, on: Q) -> Retry<K, F, O, S, Judge<Q>, U, N> {
        let Self { policy, attempt, function, until, notify, sleep, timeout, upstream, kind, .. } = self;
        Retry { policy, attempt, function, on: Judge(on), until, notify, sleep, timeout, upstream, kind }
    }

    /// When an `Ok` value is good: one that is not is tried again, and returned as it is after the last attempt. Default:
    /// always.
    pub fn until<V: Fn(&O::Value) -> bool>(self, until: V) -> Retry<K, F, O, S, P, V, N> {
        let Self { policy, attempt, function, on, notify, sleep, timeout, upstream, kind, .. } = self;
        Retry { policy, attempt, function, on, until, notify, sleep, timeout, upstream, kind }
    }

    /// What is told before each wait and when the call gives up. Default: nothing.
    pub fn notify<M: Fn(&Event<'_, O::Error>)>(self, notify: M) -> Retry<K, F, O, S, P, U, M> {
        let Self { policy, attempt, function, on, until, sleep, timeout, upstream, kind, .. } = self;
        Retry { policy, attempt, function, on, until, notify, sleep, timeout, upstream, kind }
    }

    /// What waits instead of tokio's timer, or of the thread: a function of the `Duration`, which returns a future where
    /// the call is async.
    pub fn sleep<T>(self, sleep: T) -> Retry<K, F, O, With<T>, P, U, N> {
        let Self { policy, attempt, function, on, until, notify, timeout, upstream, kind, .. } = self;
        Retry { policy, attempt, function, on, until, notify, sleep: With(sleep), timeout, upstream, kind }
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
    pub fn upstream(mut self, upstream: &'static Upstream) -> Self {
        self.upstream = Some(upstream);
        self
    }

    /// What events call the function. Default: the path of the function, or of the one that the closure is in.
    pub fn name(mut self, function: &'static str) -> Self {
        self.function = function;
        self
    }
}

impl<K, F, O, S, P, U, N> Retry<K, F, O, S, P, U, N>
where
    O: Outcome,
    P: Classify<O::Error>,
    U: Fn(&O::Value) -> bool,
    N: Fn(&Event<'_, O::Error>),
{
    /// What the expansion of the attribute does before and after an attempt. `Ok` is a wait.
    fn step<C: Clock>(&self, state: &mut State<O, C>, answer: Answer) -> Result<Wait, O> {
        let Self { policy, function, on, notify, until, upstream, .. } = self;
        let State { call, clock, turn, last, now } = state;
        let on = |error: &O::Error| on.classify(error);
        let told = is_told(call, policy);
        let after = |ended: Ended<'_, O::Error>| {
            let pace = upstream.map(|upstream| Paced::new(upstream, turn, *now));
            after(&ended, call, clock, pace.as_ref(), policy, function, &on, notify, undescribed)
        };
        wait_after_turn(answer, last, until, told, upstream.map(|upstream| (upstream, *now)), after)
    }
}

/// The state of one call.
struct State<O, C> {
    call: Call,
    clock: C,
    turn: Turn,
    last: Option<O>,
    now: Now,
}

impl<O> State<O, Stopwatch> {
    fn new(clock: Stopwatch, now: Now) -> Self {
        Self { call: Call::new(), clock, turn: Turn::new(), last: None, now }
    }

    /// Whether the next attempt may be made.
    fn ask(&mut self, upstream: Option<&Upstream>, policy: &Policy) -> Answer {
        let Self { call, clock, turn, last, now } = self;
        if let Some(upstream) = upstream {
            return Paced::new(upstream, turn, *now).ask(call, clock, policy, last);
        }
        *last = None;
        Answer::Go
    }
}

impl<F, A, S, P, U, N> Retry<Async, F, A::Output, S, P, U, N>
where
    F: FnMut() -> A,
    A: Future<Output: Outcome>,
    S: Timer,
    P: Classify<<A::Output as Outcome>::Error>,
    U: Fn(&<A::Output as Outcome>::Value) -> bool,
    N: Fn(&Event<'_, <A::Output as Outcome>::Error>),
{
    /// The limit of one attempt. What takes longer is an error made from [`Elapsed`]. Default: none.
    pub fn timeout(mut self, limit: Duration) -> Self
    where
        <A::Output as Outcome>::Error: TimesOut,
    {
        self.timeout = Some((limit, ended::<A::Output>));
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub async fn call(mut self) -> A::Output {
        let mut state = State::new(Stopwatch::asynchronous(&self.policy), asynchronous_now);
        loop {
            let answer = state.ask(self.upstream, &self.policy);
            if answer.is_go() {
                let attempt = pin!((self.attempt)());
                state.last = Some(match self.timeout {
                    None => attempt.await,
                    Some((timeout, ended)) => {
                        let limit = limit(timeout, &state.clock, &self.policy);
                        Within::new(attempt, limit, |wait| self.sleep.start(wait), ended).await
                    }
                });
            }
            match self.step(&mut state, answer) {
                Err(outcome) => return outcome,
                Ok(wait) => {
                    if let Some(timer) = self.sleep.start(wait) {
                        timer.await;
                    }
                }
            }
        }
    }
}

impl<F, O, S, P, U, N> Retry<Blocking, F, O, S, P, U, N>
where
    F: FnMut() -> O,
    O: Outcome,
    S: Pause,
    P: Classify<O::Error>,
    U: Fn(&O::Value) -> bool,
    N: Fn(&Event<'_, O::Error>),
{
    /// Makes the call.
    ///
    /// # Errors
    ///
    /// The error of the last attempt.
    pub fn call(mut self) -> O {
        let mut state = State::new(Stopwatch::blocking(&self.policy), blocking_now);
        loop {
            let answer = state.ask(self.upstream, &self.policy);
            if answer.is_go() {
                state.last = Some((self.attempt)());
            }
            match self.step(&mut state, answer) {
                Err(outcome) => return outcome,
                Ok(wait) => self.sleep.pause(wait),
            }
        }
    }
}

/// The error type's own [`Retryable`].
pub struct OwnDecision;

/// A function of the error.
pub struct Judge<Q>(Q);

/// What tells which errors are retried.
pub trait Classify<E> {
    fn classify(&self, error: &E) -> Decision;
}

impl<E: Retryable> Classify<E> for OwnDecision {
    fn classify(&self, error: &E) -> Decision {
        error.decision()
    }
}

impl<E, D: Verdict, Q: Fn(&E) -> D> Classify<E> for Judge<Q> {
    fn classify(&self, error: &E) -> Decision {
        self.0(error).into_decision()
    }
}

/// tokio's timer.
pub struct Tokio;

/// The thread's own sleep.
pub struct Thread;

/// A function of the caller's.
pub struct With<T>(T);

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
        crate::sleep::timer(wait)
    }
}

impl<T: Fn(Duration) -> W, W: Future> Timer for With<T> {
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
        pause(wait);
    }
}

impl<T: Fn(Duration)> Pause for With<T> {
    fn pause(&self, wait: Wait) {
        pause_with(&self.0, wait);
    }
}
