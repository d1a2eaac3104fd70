//! For the tests of code that retries.
//!
//! It offers no retries, fewer attempts, waits that are recorded instead of waited, and jitter that is the same in
//! every run.
//!
//! ```
//! use std::time::Duration;
//! use persevere::{retry, testing};
//!
//! #[retry(max = 4, initial = "1s", jitter = none)]
//! fn load(calls: &mut u32) -> std::io::Result<u32> {
//!     *calls += 1;
//!     Err(std::io::ErrorKind::TimedOut.into())
//! }
//!
//! let waits = testing::thread().record_waits();
//! let mut calls = 0;
//! load(&mut calls).unwrap_err();
//! assert_eq!(calls, 4);
//! // Nothing has slept.
//! assert_eq!(waits.recorded(), [1, 2, 4].map(Duration::from_secs));
//!
//! {
//!     let _guard = testing::thread().no_retries();
//!     load(&mut calls).unwrap_err();
//!     assert_eq!(calls, 5);
//! }
//! load(&mut calls).unwrap_err();
//! assert_eq!(calls, 9, "the guard is gone");
//! ```
//!
//! Each of these methods returns a guard, and the change lasts until the guard is dropped, also when a test panics.
//! Guards nest: the innermost number of attempts and the innermost seed apply, and a wait is recorded by all guards
//! that record. [`thread`](thread()) changes the calls of the current thread only, so that tests can run in parallel;
//! create the guard on the thread that polls the future. [`process`] changes the calls of all threads that have no
//! guards of their own, for code that spawns onto other threads.
//!
//! A recorded wait counts against a `deadline` as if it had been waited. A `timeout` of an attempt stays what it is.
//! tokio's paused clock works without this module.
//!
//! The module needs the feature `testing`, which belongs in `[dev-dependencies]`.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// Changes for the calls of this thread.
#[must_use]
pub const fn thread() -> Scope {
    Scope { process: false }
}

/// Changes for the calls of every thread that has no guards of its own.
///
/// One thread at a time: a test that asks while another has such a guard waits until that is gone. What such a test
/// spawns must not ask for one.
#[must_use]
pub const fn process() -> Scope {
    Scope { process: true }
}

/// The calls that a change is for: those of a [`thread`](thread()) or of the [`process`].
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    process: bool,
}

impl Scope {
    /// Every call makes one attempt.
    #[must_use = "it lasts as long as its guard"]
    pub fn no_retries(self) -> Guard {
        self.max_attempts(1)
    }

    /// Every call makes at most this many attempts; 0 is taken as 1. A call whose `max` is less keeps its own.
    #[must_use = "it lasts as long as its guard"]
    pub fn max_attempts(self, max: u32) -> Guard {
        self.with(Change::MaxAttempts(max.max(1)))
    }

    /// No call waits between attempts: its waits are noted instead. A `sleep` hook is not called.
    #[must_use = "it lasts as long as its guard"]
    pub fn record_waits(self) -> Recording {
        let waits = Arc::default();
        Recording { guard: self.with(Change::Record(Arc::clone(&waits))), waits }
    }

    /// The jitter of every call is drawn from this seed, in the order in which calls ask.
    #[must_use = "it lasts as long as its guard"]
    pub fn seed(self, seed: u64) -> Guard {
        self.with(Change::Seed(Xoshiro256PlusPlus::seed_from_u64(seed)))
    }

    fn with(self, change: Change) -> Guard {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        if self.process {
            Holder::take();
            lock(&PROCESS).push((id, change));
        } else {
            THREAD.with_borrow_mut(|changes| changes.push((id, change)));
        }
        Guard { id, scope: self, not_send: PhantomData }
    }
}

/// The change lasts as long as this guard lives.
#[derive(Debug)]
pub struct Guard {
    id: usize,
    scope: Scope,
    /// A thread's guard is dropped by that thread.
    not_send: PhantomData<*const ()>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let remove = |changes: &mut Changes| changes.retain(|(id, _)| *id != self.id);
        if self.scope.process {
            remove(&mut lock(&PROCESS));
            Holder::give_back();
        } else {
            // A thread that ends has nothing to restore.
            let _gone = THREAD.try_with(|changes| remove(&mut changes.borrow_mut()));
        }
    }
}

/// Waits are recorded instead of waited as long as this guard lives.
#[derive(Debug)]
pub struct Recording {
    #[expect(dead_code, reason = "held for its end")]
    guard: Guard,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Recording {
    /// All waits up to now, in the order in which they began.
    #[must_use]
    pub fn recorded(&self) -> Vec<Duration> {
        lock(&self.waits).clone()
    }
}

type Changes = Vec<(usize, Change)>;

#[derive(Debug)]
enum Change {
    MaxAttempts(u32),
    Record(Arc<Mutex<Vec<Duration>>>),
    /// A generator that is the same on every platform, which `SmallRng` is not.
    Seed(Xoshiro256PlusPlus),
}

thread_local! {
    static THREAD: RefCell<Changes> = const { RefCell::new(Vec::new()) };
}

static PROCESS: Mutex<Changes> = Mutex::new(Vec::new());

/// The thread whose guards hold for the process, and how many they are.
struct Holder {
    thread: ThreadId,
    guards: u32,
}

static HOLDER: Mutex<Option<Holder>> = Mutex::new(None);
static FREE: Condvar = Condvar::new();

impl Holder {
    fn take() {
        let thread = thread::current().id();
        let mut holder = lock(&HOLDER);
        loop {
            match &mut *holder {
                Some(taken) if taken.thread != thread => {
                    holder = FREE.wait(holder).unwrap_or_else(PoisonError::into_inner);
                }
                Some(own) => {
                    own.guards += 1;
                    return;
                }
                None => {
                    *holder = Some(Self { thread, guards: 1 });
                    return;
                }
            }
        }
    }

    fn give_back() {
        let mut holder = lock(&HOLDER);
        if let Some(own) = &mut *holder {
            own.guards -= 1;
            if own.guards == 0 {
                *holder = None;
                FREE.notify_one();
            }
        }
    }
}

/// Locks, whether or not a test has panicked meanwhile: no change is ever left half made.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks the changes that hold on this thread: its own, if it has any, else those of the process.
fn changes<R>(ask: impl FnOnce(&mut Changes) -> R) -> R {
    let mut ask = Some(ask);
    let own = THREAD.try_with(|changes| {
        let mut changes = changes.borrow_mut();
        (!changes.is_empty()).then(|| ask.take().map(|ask| ask(&mut changes))).flatten()
    });
    match (own.ok().flatten(), ask) {
        (None, Some(ask)) => ask(&mut lock(&PROCESS)),
        (Some(answer), _) => answer,
        (None, None) => unreachable!("who was asked has answered"),
    }
}

/// The most attempts of a call that may make `max`.
pub(crate) fn max_attempts(max: u32) -> u32 {
    let innermost = changes(|changes| {
        changes.iter().rev().find_map(|(_, change)| match change {
            Change::MaxAttempts(max) => Some(*max),
            _ => None,
        })
    });
    innermost.map_or(max, |innermost| innermost.min(max))
}

/// Whether a wait is recorded instead of waited.
pub(crate) fn record(wait: Duration) -> bool {
    changes(|changes| {
        let recorders = changes.iter().filter_map(|(_, change)| match change {
            Change::Record(waits) => Some(waits),
            _ => None,
        });
        recorders.map(|waits| lock(waits).push(wait)).count() > 0
    })
}

/// A random number from a seed, if there is one.
pub(crate) fn sample() -> Option<f64> {
    changes(|changes| {
        changes.iter_mut().rev().find_map(|(_, change)| match change {
            Change::Seed(random) => Some(random.random()),
            _ => None,
        })
    })
}
