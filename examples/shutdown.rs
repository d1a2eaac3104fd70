//! Threads that wait are shut down within milliseconds: a `sleep` that returns `ControlFlow::Break` ends its call.
//!
//! ```sh
//! cargo run --example shutdown
//! ```
//!
//! Look at `Shutdown::sleep`, and at the waits of half a minute that end when it says so.

use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use persevere::{Event, Upstream, retry};

static SERVICE: Upstream = Upstream::new();
static SHUTDOWN: Shutdown = Shutdown { requested: Mutex::new(false), changed: Condvar::new() };

#[retry(max = 9, initial = "1m", on = |_| true, upstream = SERVICE, sleep = |wait| SHUTDOWN.sleep(wait), notify = report)]
fn work(worker: u32) -> Result<(), String> {
    Err(format!("worker {worker} is refused"))
}

struct Shutdown {
    requested: Mutex<bool>,
    changed: Condvar,
}

impl Shutdown {
    fn sleep(&self, wait: Duration) -> ControlFlow<()> {
        let requested = self.requested.lock().unwrap_or_else(PoisonError::into_inner);
        let asleep = self.changed.wait_timeout_while(requested, wait, |requested| !*requested);
        let (requested, _) = asleep.unwrap_or_else(PoisonError::into_inner);
        if *requested { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn request(&self) {
        *self.requested.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }
}

fn report(event: &Event<'_, String>) {
    println!("{event}");
}

fn main() {
    let workers: Vec<_> = (1..=4).map(|worker| thread::spawn(move || work(worker))).collect();
    thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    SHUTDOWN.request();
    for worker in workers {
        println!("Ended: {:?}", worker.join());
    }
    println!("Shut down in time: {}", began.elapsed() < Duration::from_secs(1));
}
