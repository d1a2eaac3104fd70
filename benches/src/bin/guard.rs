//! Fails when `#[retry]` costs more than it may.
//!
//! The bounds are relative to the bare call where they are about success, so that they hold whatever the machine makes
//! of the operation itself. An option `--bound NAME=NUMBER` sets another one, to see the guard fail.

use std::alloc::System;
use std::env;
use std::io;
use std::process::ExitCode;

use persevere_benches::allocations::{self, COUNTING};
use persevere_benches::contestant::{Contestant, runtime};
use persevere_benches::contestants::{BARE, PERSEVERE, all};
use persevere_benches::instructions::{are_counted, can_be_counted, count};
use persevere_benches::scenario::Scenario;
use stats_alloc::StatsAlloc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = COUNTING;

/// What is measured, in words and as `--bound` names it, and the most that it may be.
struct Bound {
    name: &'static str,
    meaning: &'static str,
    most: f64,
}

const FUTURE: Bound = Bound { name: "future", meaning: "bytes of the future above the bare one", most: 48.0 };
const SUCCESS: Bound = Bound { name: "allocations", meaning: "allocations of a call that succeeds", most: 0.0 };
const WAIT: Bound = Bound { name: "allocations-per-wait", meaning: "allocations of a real wait", most: 1.0 };
const SYNC: Bound = Bound { name: "sync", meaning: "instructions of a sync success above the bare call", most: 16.0 };
const ASYNC: Bound =
    Bound { name: "async", meaning: "instructions of an async success above the bare call", most: 61.0 };
const SYNC_FAILURES: Bound =
    Bound { name: "sync-failures", meaning: "instructions of four failures without waits, sync", most: 376.0 };
const ASYNC_FAILURES: Bound =
    Bound { name: "async-failures", meaning: "instructions of four failures without waits, async", most: 689.0 };

fn main() -> io::Result<ExitCode> {
    if are_counted() {
        return Ok(ExitCode::SUCCESS);
    }
    let Some(mut guard) = Guard::from_arguments(env::args().skip(1)) else {
        eprintln!("usage: guard [--bound NAME=NUMBER]...");
        return Ok(ExitCode::FAILURE);
    };
    let bare = [contestant(BARE[0])?, contestant(BARE[1])?];
    let persevere = [contestant(PERSEVERE[0])?, contestant(PERSEVERE[1])?];

    let size = |contestant: &Contestant| contestant.size.map(|size| size as f64);
    guard.check(&FUTURE, above(persevere.each_ref().map(size), bare.each_ref().map(size)));

    let runtime = runtime();
    let allocated =
        |scenario| most(persevere.each_ref().map(|contestant| allocations::count(contestant, scenario, &runtime)));
    guard.check(&SUCCESS, most([allocated(Scenario::SyncSuccess), allocated(Scenario::AsyncSuccess)]));
    let per_wait = |scenario: Scenario| Some(allocated(scenario)? / f64::from(scenario.failures()));
    guard.check(&WAIT, most([per_wait(Scenario::SyncWaits), per_wait(Scenario::AsyncWaits)]));

    if can_be_counted() {
        // Where the body stands in the loop. What LLVM makes of a closure is in the tables.
        let counted = |contestants: &[Contestant; 2], scenario| count(&contestants[0], scenario);
        for (bound, scenario) in [(&SYNC, Scenario::SyncSuccess), (&ASYNC, Scenario::AsyncSuccess)] {
            guard.check(bound, difference(counted(&persevere, scenario)?, counted(&bare, scenario)?));
        }
        guard.check(&SYNC_FAILURES, counted(&persevere, Scenario::SyncFailures)?);
        guard.check(&ASYNC_FAILURES, counted(&persevere, Scenario::AsyncFailures)?);
    } else {
        println!("skipped: instructions are counted by valgrind, which is not installed");
    }
    Ok(if guard.broken { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn contestant(name: &str) -> io::Result<Contestant> {
    let found = all().into_iter().find(|contestant| contestant.name == name);
    found.ok_or_else(|| io::Error::other(format!("there is no {name} to measure")))
}

/// The greater of two, where both are known.
fn most([one, other]: [Option<f64>; 2]) -> Option<f64> {
    Some(one?.max(other?))
}

/// The greater of two differences.
fn above([one, other]: [Option<f64>; 2], bare: [Option<f64>; 2]) -> Option<f64> {
    most([difference(one, bare[0]), difference(other, bare[1])])
}

fn difference(value: Option<f64>, bare: Option<f64>) -> Option<f64> {
    Some(value? - bare?)
}

#[derive(Default)]
struct Guard {
    /// Bounds by name that stand for the stated ones.
    others: Vec<(String, f64)>,
    broken: bool,
}

impl Guard {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut others = Vec::new();
        while let Some(argument) = arguments.next() {
            let bound = (argument == "--bound").then(|| arguments.next())??;
            let (name, most) = bound.split_once('=')?;
            let known = [&FUTURE, &SUCCESS, &WAIT, &SYNC, &ASYNC, &SYNC_FAILURES, &ASYNC_FAILURES];
            known.iter().find(|bound| bound.name == name)?;
            others.push((name.to_owned(), most.parse().ok()?));
        }
        Some(Self { others, broken: false })
    }

    fn check(&mut self, bound: &Bound, value: Option<f64>) {
        let Bound { name, meaning, most } = *bound;
        let most = self.others.iter().find(|(other, _)| other == name).map_or(most, |(_, most)| *most);
        // What was not measured has not kept its bound.
        let kept = value.is_some_and(|value| value <= most);
        let value = value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.1}"));
        println!("{} {name}: {meaning}: {value}, at most {most}", if kept { "kept  " } else { "BROKEN" });
        self.broken |= !kept;
    }
}
