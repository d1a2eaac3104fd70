//! What a call takes from the heap. A program that counts has [`COUNTING`] for its global allocator.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Runtime;

use crate::contestant::Contestant;
use crate::scenario::Scenario;

pub static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CALLS: u32 = 50;

/// Allocations per call, if the contestant takes part. What only the first call of a thread allocates is not counted.
#[must_use]
pub fn count(contestant: &Contestant, scenario: Scenario, runtime: &Runtime) -> Option<f64> {
    if !contestant.takes_part(scenario) {
        return None;
    }
    contestant.run(scenario, runtime, 1);
    let region = Region::new(COUNTING);
    contestant.run(scenario, runtime, CALLS.into());
    let change = region.change();
    Some((change.allocations + change.reallocations) as f64 / f64::from(CALLS))
}
