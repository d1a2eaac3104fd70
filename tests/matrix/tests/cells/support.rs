//! What the cells use.
#![allow(dead_code, unused_imports, reason = "which of it depends on the cells that are compiled")]

pub(crate) use std::borrow::Cow;
pub(crate) use std::fmt::Display;
pub(crate) use std::pin::Pin;
pub(crate) use std::rc::Rc;
pub(crate) use std::sync::Arc;
pub(crate) use std::time::Duration;

pub(crate) use async_trait::async_trait;
pub(crate) use persevere::{Policy, Upstream, retry};
pub(crate) use tracing::{Instrument, Span, instrument};

use std::cell::Cell;
use std::error::Error;
use std::fmt::{self, Debug};
use std::ops::ControlFlow;

use persevere::{Decision, Elapsed, Event, Retryable, testing};

/// An error that says which call failed. It is not `Copy`, as most are not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Busy(pub(crate) u32);

impl Busy {
    pub(crate) fn is_busy(&self) -> bool {
        self.0 > 0
    }

    pub(crate) fn call(&self) -> u32 {
        self.0
    }
}

impl Retryable for Busy {
    fn decision(&self) -> Decision {
        busy(self).into()
    }
}

impl Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "busy at call {}", self.0)
    }
}

impl Error for Busy {}

impl From<Elapsed> for Busy {
    fn from(_: Elapsed) -> Self {
        Self(0)
    }
}

pub(crate) type Answer<T, E = Busy> = Result<T, E>;

/// A type with an argument.
pub(crate) struct Wrapped<T>(pub(crate) T);

impl<T: Display> Display for Wrapped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

pub(crate) static UPSTREAM: Upstream = Upstream::new();

pub(crate) fn upstream() -> &'static Upstream {
    &UPSTREAM
}

pub(crate) const POLICY: Policy = Policy::new().max(5).initial(Duration::from_millis(3));

pub(crate) fn busy(error: &Busy) -> bool {
    error.is_busy()
}

/// What `until` asks of a value.
pub(crate) trait Rich {
    fn is_rich(&self) -> bool;
}

impl<T: Display> Rich for T {
    fn is_rich(&self) -> bool {
        rich(self)
    }
}

pub(crate) fn rich(value: &impl Display) -> bool {
    value.to_string().parse::<u32>().is_ok_and(|value| value >= 1000)
}

pub(crate) fn leaked(number: u32) -> &'static str {
    number.to_string().leak()
}

pub(crate) fn never(text: &str) -> Option<&str> {
    (text.len() > 99).then_some(text)
}

pub(crate) fn once() {
    panic!("never called");
}

pub(crate) fn pause(_: Duration) {}

pub(crate) fn pause_later(_: Duration) -> impl Future<Output = ()> {
    tokio::time::sleep(Duration::from_secs(60))
}

pub(crate) fn go_on(_: Duration) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(crate) async fn go_on_later(wait: Duration) -> ControlFlow<()> {
    pause_later(wait).await;
    ControlFlow::Continue(())
}

macro_rules! attempt {
    ($outcome:expr) => {
        match $outcome {
            Ok(value) => value,
            Err(error) => return Err(error.into()),
        }
    };
}

thread_local! {
    static CALLS: Cell<u32> = const { Cell::new(0) };
    static HEARD: Cell<u32> = const { Cell::new(0) };
}

/// Fails at the first call and the second, then gives 1000.
pub(crate) fn step() -> Result<u32, Busy> {
    let call = CALLS.get() + 1;
    CALLS.set(call);
    if call < 3 { Err(Busy(call)) } else { Ok(1000) }
}

/// Fails at the first call, gives 0 at the second, then 1000.
pub(crate) fn step_or_poor() -> Result<u32, Busy> {
    step().or_else(|error| if error.0 == 2 { Ok(0) } else { Err(error) })
}

pub(crate) async fn step_later() -> Result<u32, Busy> {
    tokio::task::yield_now().await;
    step()
}

pub(crate) async fn step_or_poor_later() -> Result<u32, Busy> {
    tokio::task::yield_now().await;
    step_or_poor()
}

/// Whether this is the number of the running attempt: in the body its step is yet to come.
pub(crate) fn numbered(number: u32) -> bool {
    let calls = CALLS.get();
    assert!(number == calls || number == calls + 1, "attempt {number} after {calls} calls");
    true
}

/// The attempt before is known from the second on, and failed as often as there were calls unless its value was refused.
pub(crate) fn follows<T>(previous: Option<&Result<T, Busy>>) {
    let calls = CALLS.get();
    assert_eq!(previous.is_some(), calls > 0, "before call {}", calls + 1);
    if let Some(Err(error)) = previous {
        assert_eq!(error.0, calls);
    }
}

pub(crate) fn named(event: &Event<'_, Busy>) {
    assert_eq!(event.function(), "a name");
    heard(event);
}

pub(crate) fn heard<E>(event: &Event<'_, E>) {
    hear(event.attempt(), None);
}

pub(crate) fn hear(attempt: u32, call: Option<u32>) {
    assert_eq!(attempt, CALLS.get(), "call {call:?}");
    HEARD.set(HEARD.get() + 1);
}

/// Runs a future to its end. It is boxed, or the runtime would be compiled for each of them.
pub(crate) fn run(future: Pin<Box<dyn Future<Output = Shown> + '_>>) -> Shown {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime starts").block_on(future)
}

/// An outcome as text.
pub(crate) type Shown = Result<String, String>;

pub(crate) fn shown<T: Display, E: Debug>(outcome: Result<T, E>) -> Shown {
    outcome.map(|value| value.to_string()).map_err(|error| format!("{error:?}"))
}

/// The function returns what is expected, from its third call, and `notify` was called as often as it should.
#[track_caller]
pub(crate) fn check(call: &dyn Fn() -> Shown, expected: &str, heard: u32) {
    let _waits = testing::thread().record_waits();
    assert_eq!(call().as_deref(), Ok(expected));
    assert_eq!(CALLS.get(), 3, "calls");
    assert_eq!(HEARD.get(), heard, "calls of `notify`");
}
