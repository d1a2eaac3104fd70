//! One way to repeat a call, in a form in which all can be measured alike.

use std::hint::black_box;
use std::pin::{Pin, pin};

use tokio::runtime::{Builder, Runtime};

use crate::operation::{Answer, refuse};
use crate::scenario::Scenario;

/// Makes a number of calls of which each has this many attempts refused.
type Calls = Box<dyn Fn(&Runtime, u32, u64)>;

/// A function with two policies.
struct Entry {
    backing_off: Calls,
    at_once: Calls,
}

pub struct Contestant {
    pub name: &'static str,
    /// The size of the async function's future.
    pub size: Option<usize>,
    blocking: Option<Entry>,
    asynchronous: Option<Entry>,
}

impl Contestant {
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self { name, size: None, blocking: None, asynchronous: None }
    }

    /// Its sync functions: one that begins with waits of a millisecond, and one whose waits are zero.
    #[must_use]
    pub fn blocking(mut self, backing_off: fn(u64) -> Answer, at_once: fn(u64) -> Answer) -> Self {
        self.blocking = Some(Entry { backing_off: blocking(backing_off), at_once: blocking(at_once) });
        self
    }

    /// Its async functions: one that begins with waits of a millisecond, and one whose waits are zero.
    #[must_use]
    pub fn asynchronous<F, G>(mut self, backing_off: fn(u64) -> F, at_once: fn(u64) -> G) -> Self
    where
        F: Future<Output = Answer> + 'static,
        G: Future<Output = Answer> + 'static,
    {
        self.size = Some(size_of_val(&backing_off(0)));
        self.asynchronous = Some(Entry { backing_off: asynchronous(backing_off), at_once: asynchronous(at_once) });
        self
    }

    fn calls(&self, scenario: Scenario) -> Option<&Calls> {
        let entry = if scenario.is_async() { &self.asynchronous } else { &self.blocking };
        entry.as_ref().map(|entry| if scenario.is_at_once() { &entry.at_once } else { &entry.backing_off })
    }

    #[must_use]
    pub fn takes_part(&self, scenario: Scenario) -> bool {
        self.calls(scenario).is_some()
    }

    /// Makes so many calls, if it takes part.
    pub fn run(&self, scenario: Scenario, runtime: &Runtime, number: u64) {
        if let Some(calls) = self.calls(scenario) {
            calls(runtime, scenario.failures(), number);
        }
    }
}

/// # Panics
///
/// If there is no runtime to be had, as there is nothing to measure then.
#[must_use]
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime of one thread")
}

fn blocking(call: fn(u64) -> Answer) -> Calls {
    Box::new(move |_, failures, calls| {
        for number in 0..calls {
            refuse(failures);
            // By a pointer that is not known, so that the function is never inlined.
            let _ = black_box(black_box(call)(number));
        }
    })
}

fn asynchronous<F: Future<Output = Answer> + 'static>(call: fn(u64) -> F) -> Calls {
    Box::new(move |runtime, failures, calls| {
        runtime.block_on(async {
            for number in 0..calls {
                refuse(failures);
                let mut future = pin!(black_box(call)(number));
                // As above, for `poll`.
                let future: Pin<&mut dyn Future<Output = Answer>> = future.as_mut();
                let _ = black_box(black_box(future).await);
            }
        });
    })
}
