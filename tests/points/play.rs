//! Plays the calls of one set of keys: to the end, dropped after each number of polls, and with a panic from each place.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use persevere::Upstream;
use tokio::runtime::Builder;

use super::user::{Blocking, Log, Outcome, REFUSALS, Script, State, slowed, slowed_blocking};

/// Polls a call so many times at the most. `None`: it has not ended.
async fn polled<T>(mut call: Pin<&mut impl Future<Output = T>>, most: usize) -> Option<T> {
    let mut polls = 0;
    poll_fn(|context| {
        if polls == most {
            return Poll::Ready(None);
        }
        polls += 1;
        match call.as_mut().poll(context) {
            Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
            Poll::Pending if polls == most => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Polls a call until it ends or panics. `None`: it has panicked.
async fn caught<T>(mut call: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => Poll::Ready(None),
    })
    .await
}

/// What stays behind of a call that is over: nothing but the turns that its attempts took.
struct Over {
    state: Rc<State>,
    /// How many places it had reached.
    count: usize,
}

impl Over {
    fn of(state: Rc<State>, at: &str) -> Self {
        assert!(!state.is_held(), "{at}: an attempt or a timer lives on");
        assert_eq!(state.upstream.status().waiting(), 0, "{at}: it is still counted as one that waits");
        Self { count: state.count(), state }
    }

    /// Checks the call after it, under the same upstream. `taken`: how many turns before it may be still to come.
    fn check(&self, next: &Self, taken: u32, at: &str) {
        assert_eq!(self.state.count(), self.count, "{at}: something is called afterwards");
        // The turn that was given up, and the next call's own, which it reserves if it comes within a second or so.
        let latest = LONGEST_SLOT * (taken + 2) + Duration::from_secs(1);
        let waited = next.state.waited_first();
        assert!(waited <= latest, "{at}: the next call waits for {waited:?}, which is more than {latest:?}");
    }
}

/// The time from one turn to the next, as slow as an upstream gets.
const LONGEST_SLOT: Duration = Duration::from_secs(2);

/// A call that must end as the script says.
async fn whole(upstream: &Rc<Upstream>, script: &Script, at: &str, make: &impl AsyncFn(&Log) -> Outcome) -> Over {
    let log = Log(State::begin(upstream, 0));
    assert_eq!(make(&log).await, script.outcome, "{at}");
    Over::of(log.0, at)
}

/// Whether a call's clock is tokio's, which is paused here. By any other clock the test takes no time at all, so that all
/// turns are still to come.
const PAUSED: bool = cfg!(feature = "tokio");

/// Plays a set of keys in an async call.
pub fn play(name: &str, script: &Script, make: impl AsyncFn(&Log) -> Outcome) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut dropped, mut panicked) = (0, 0);
        loop {
            let at = format!("{name}: dropped after {dropped} polls");
            let upstream = slowed(script).await;
            let log = Log(State::begin(&upstream, 0));
            let mut call = Box::pin(make(&log));
            let ended = polled(call.as_mut(), dropped).await;
            let count = log.count();
            drop(call);
            assert_eq!(log.count(), count, "{at}: something is called while it is dropped");
            let over = Over::of(log.0, &at);
            let taken = if PAUSED { 0 } else { REFUSALS + over.state.attempts() };
            over.check(&whole(&upstream, script, &at, &make).await, taken, &at);
            if ended.is_some() {
                break;
            }
            dropped += 1;
        }
        loop {
            let at = format!("{name}: with a panic from place {}", panicked + 1);
            let upstream = slowed(script).await;
            let log = Log(State::begin(&upstream, panicked + 1));
            let mut call = Box::pin(make(&log));
            let ended = caught(call.as_mut()).await;
            drop(call);
            let over = Over::of(log.0, &at);
            if ended.is_some() {
                assert!(over.count <= panicked, "{at}: it is caught");
                break;
            }
            assert_eq!(over.count, panicked + 1, "{at}: something is called after it");
            let taken = if PAUSED { 0 } else { REFUSALS + over.state.attempts() };
            over.check(&whole(&upstream, script, &at, &make).await, taken, &at);
            panicked += 1;
        }
        assert!(dropped > 2 && panicked > 2, "{name}: {dropped} {panicked}");
        println!("{name}: dropped at {dropped} points, a panic from {panicked} places");
    });
}

/// Plays a set of keys in a call that blocks.
pub fn play_blocking(name: &str, script: &Script, make: impl Fn(&Blocking) -> Outcome) {
    let mut panicked = 0;
    loop {
        let at = format!("{name}: with a panic from place {}", panicked + 1);
        let upstream = slowed_blocking(script);
        let log = Blocking(State::begin(&upstream, panicked + 1));
        let ended = catch_unwind(AssertUnwindSafe(|| make(&log)));
        let over = Over::of(log.0, &at);
        let next = Blocking(State::begin(&upstream, 0));
        assert_eq!(make(&next), script.outcome, "{at}");
        over.check(&Over::of(next.0, &at), REFUSALS + over.state.attempts(), &at);
        if ended.is_ok() {
            assert!(over.count <= panicked, "{at}: it is caught");
            break;
        }
        assert_eq!(over.count, panicked + 1, "{at}: something is called after it");
        panicked += 1;
    }
    assert!(panicked > 2, "{name}: {panicked}");
    println!("{name}: a panic from {panicked} places");
}
