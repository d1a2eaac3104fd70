//! What a deadline is used for: a simulation of calls whose attempts all fail, before and after the last wait is drawn anew.
//!
//! `cargo test -p persevere-tests --test deadline -- --nocapture` prints the figures.
#![cfg(all(feature = "tokio", feature = "testing"))]

use std::cell::Cell;
use std::time::Duration;

use futures_util::future::join_all;
use persevere::{Policy, testing};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::{Instant, sleep};

const DEADLINE: f64 = 60.0;
const LENGTH: f64 = 0.2;
const SEEDS: u64 = 10_000;
/// So many calls begin together.
const TOGETHER: u64 = 64;

/// A call: how many attempts it made, and when the last one began.
#[derive(Clone, Copy)]
struct Call {
    attempts: u32,
    last: f64,
}

/// What is done with a wait that does not fit.
#[derive(Clone, Copy)]
enum Rule {
    GiveUp,
    CutToTheRoom,
}

/// A call with full jitter from 1 s to 60 s.
fn simulated(seed: u64, rule: Rule) -> Call {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mut ceiling, mut call) = (1.0_f64, Call { attempts: 1, last: 0.0 });
    loop {
        let elapsed = call.last + LENGTH;
        let mut wait = random.random::<f64>() * ceiling;
        if elapsed + wait > DEADLINE {
            let room = DEADLINE - elapsed - LENGTH;
            match rule {
                Rule::CutToTheRoom if room >= 1.0 => wait = room,
                _ => return call,
            }
        }
        call = Call { attempts: call.attempts + 1, last: elapsed + wait };
        ceiling = (2.0 * ceiling).min(60.0);
    }
}

/// The call that persevere makes.
async fn made() -> Call {
    let (attempts, last, began) = (Cell::new(0), Cell::new(0.0), Instant::now());
    let policy =
        Policy::new().max(u32::MAX).initial(Duration::from_secs(1)).deadline(Duration::from_secs_f64(DEADLINE));
    let attempt = || async {
        attempts.set(attempts.get() + 1);
        last.set(began.elapsed().as_secs_f64());
        sleep(Duration::from_secs_f64(LENGTH)).await;
        Err::<(), ()>(())
    };
    policy.retry(attempt).on(|()| true).call().await.unwrap_err();
    assert!(last.get() <= DEADLINE, "an attempt began after the deadline");
    Call { attempts: attempts.get(), last: last.get() }
}

struct Figures {
    unused: f64,
    most_unused: f64,
    attempts: f64,
}

#[expect(clippy::cast_precision_loss, reason = "there are few calls")]
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

fn figures(rule: &str, calls: &[Call]) -> Figures {
    let unused = || calls.iter().map(|call| (DEADLINE - call.last - LENGTH).max(0.0));
    let figures = Figures {
        unused: mean(unused()),
        most_unused: unused().fold(0.0, f64::max),
        attempts: mean(calls.iter().map(|call| f64::from(call.attempts))),
    };
    println!(
        "{rule:>16}: {:4.1} s unused on average, {:4.1} s at worst, {:4.1} attempts",
        figures.unused, figures.most_unused, figures.attempts
    );
    figures
}

/// The most of the calls whose last attempts begin within a tenth of a second, which is what the service sees at once.
fn most_at_once(rule: &str, calls: &[Call]) -> usize {
    let mut last: Vec<f64> = calls.iter().map(|call| call.last).collect();
    last.sort_by(f64::total_cmp);
    let within = |from: &f64| last.iter().filter(|at| (*from..*from + 0.1).contains(*at)).count();
    let most = last.iter().map(within).max().unwrap_or(0);
    println!(
        "{rule:>16}: {} calls that began together make their last attempts from {:.1} s to {:.1} s, {most} of them \
         within 0.1 s",
        last.len(),
        last[0],
        last[last.len() - 1]
    );
    most
}

#[tokio::test(start_paused = true)]
async fn a_call_uses_its_deadline_and_calls_do_not_end_together() {
    let before: Vec<Call> = (0..SEEDS).map(|seed| simulated(seed, Rule::GiveUp)).collect();
    let cut: Vec<Call> = (0..SEEDS).map(|seed| simulated(seed, Rule::CutToTheRoom)).collect();
    let mut after = Vec::new();
    for seed in 0..SEEDS {
        let _seed = testing::thread().seed(seed);
        after.push(made().await);
    }
    let (before, _, after) = (figures("given up", &before), figures("cut", &cut), figures("drawn anew", &after));
    assert!(before.unused > 15.0 && before.most_unused > 45.0, "the simulation is of another policy");
    assert!(after.unused < 0.7 && after.most_unused < 1.0 + LENGTH + 0.01, "{}", after.most_unused);
    assert!(after.attempts > before.attempts + 3.0);

    let cut: Vec<Call> = (0..TOGETHER).map(|seed| simulated(seed, Rule::CutToTheRoom)).collect();
    let before: Vec<Call> = (0..TOGETHER).map(|seed| simulated(seed, Rule::GiveUp)).collect();
    let _seed = testing::thread().seed(7);
    let together = join_all((0..TOGETHER).map(|_| made())).await;
    most_at_once("given up", &before);
    assert!(most_at_once("cut", &cut) > 60, "the simulation is of another policy");
    assert!(most_at_once("drawn anew", &together) < 16);
}
