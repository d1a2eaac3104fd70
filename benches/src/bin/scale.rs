//! Calls that all wait at once on one tokio runtime: the memory that each holds, and the time to start and to finish
//! them.
//!
//! Every call fails once, waits five seconds without jitter, so that all waits end together, and succeeds. Each
//! contestant runs in a process of its own.

use std::alloc::System;
use std::env;
use std::error::Error;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use persevere::retry;
use persevere_benches::allocations::COUNTING;
use persevere_benches::contestant::runtime;
use persevere_benches::contestants::{BY_HAND, PERSEVERE};
use persevere_benches::operation::{ATTEMPTS, Answer, Failure, add_one, refusals_left, refuse};
use persevere_benches::table::{Table, beside, median};
use stats_alloc::{Region, StatsAlloc};
use tokio::task::{JoinHandle, yield_now};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = COUNTING;

const CALLS: u32 = 100_000;
const WAIT: Duration = Duration::from_secs(5);
const RUNS: usize = 5;

/// What a task that waits costs whatever it waits for.
const TIMER: &str = "timer alone";
const NAMES: [&str; 3] = [TIMER, BY_HAND, PERSEVERE[0]];
const MEASURED: [&str; 4] = ["heap bytes per call", "resident bytes per call", "ms to start", "ms to finish"];

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(name) = env::args().nth(1) {
        let measured = match &*name {
            TIMER => measure(timer_alone),
            BY_HAND => measure(by_hand),
            _ => measure(persevere),
        };
        println!("{}", measured.map(|figure| figure.to_string()).join(" "));
        return Ok(());
    }
    let mut runs: Vec<[Vec<f64>; 4]> = NAMES.iter().map(|_| <[Vec<f64>; 4]>::default()).collect();
    for _ in 0..RUNS {
        for (name, run) in NAMES.iter().zip(&mut runs) {
            let output = Command::new(env::current_exe()?).arg(name).output()?;
            let report = String::from_utf8(output.stdout)?;
            for (figures, figure) in run.iter_mut().zip(report.split_whitespace()) {
                figures.push(figure.parse()?);
            }
        }
    }
    let figures: Vec<[f64; 4]> = runs.into_iter().map(|run| run.map(median)).collect();
    println!("{CALLS} calls waiting at once (ratio to the loop by hand), median of {RUNS} runs:\n");
    let by_hand = NAMES.iter().position(|name| *name == BY_HAND).map(|row| figures[row]);
    let mut table = Table::new([""].into_iter().chain(MEASURED));
    for (name, figures) in NAMES.iter().zip(&figures) {
        let cells = (0..4).map(|column| beside(Some(figures[column]), by_hand.map(|figures| figures[column]), 0));
        table.row([(*name).to_owned()].into_iter().chain(cells));
    }
    table.print();
    Ok(())
}

/// What [`MEASURED`] names.
fn measure<F: Future<Output = Answer> + Send + 'static>(call: fn(u64) -> F) -> [f64; 4] {
    let runtime = runtime();
    runtime.block_on(async {
        let mut tasks: Vec<JoinHandle<Answer>> = Vec::with_capacity(CALLS as usize);
        refuse(CALLS);
        let (resident, heap, start) = (resident(), Region::new(COUNTING), Instant::now());
        for number in 0..CALLS.into() {
            tasks.push(tokio::spawn(call(number)));
        }
        while refusals_left() > 0 {
            yield_now().await;
        }
        let started = start.elapsed();
        let per_call = |bytes: f64| bytes / f64::from(CALLS);
        let change = heap.change();
        let held = change.bytes_allocated as f64 - change.bytes_deallocated as f64;
        let resident_then = self::resident() - resident;
        for task in tasks {
            // It cannot fail twice.
            let _ = task.await;
        }
        let finished = start.elapsed().saturating_sub(WAIT);
        [per_call(held), per_call(resident_then), milliseconds(started), milliseconds(finished)]
    })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// Bytes of the process in memory, where the system tells; elsewhere zero.
fn resident() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or_default() * 1024.0
}

async fn timer_alone(number: u64) -> Answer {
    if add_one(number).is_err() {
        tokio::time::sleep(WAIT).await;
    }
    add_one(number)
}

async fn by_hand(number: u64) -> Answer {
    let mut attempt = 1;
    loop {
        match add_one(number) {
            Err(failure) if failure.is_transient() && attempt < ATTEMPTS => {
                let wait = WAIT.saturating_mul(2_u32.saturating_pow(attempt - 1));
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

#[retry(max = 5, initial = "5s", jitter = none, on = Failure::is_transient)]
async fn persevere(number: u64) -> Answer {
    add_one(number)
}
