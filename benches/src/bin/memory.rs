//! The size of every contestant's future, and what it takes from the heap.

use std::alloc::System;

use persevere_benches::allocations::{COUNTING, count};
use persevere_benches::contestant::{Contestant, runtime};
use persevere_benches::contestants::{BY_HAND, all, keys};
use persevere_benches::scenario::Scenario;
use persevere_benches::table::{Table, beside};
use stats_alloc::StatsAlloc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = COUNTING;

const SCENARIOS: [Scenario; 4] =
    [Scenario::SyncSuccess, Scenario::AsyncSuccess, Scenario::SyncWaits, Scenario::AsyncWaits];

fn main() {
    let by_hand = all().iter().find(|contestant| contestant.name == BY_HAND).and_then(size);
    println!("Bytes of the future (ratio to the loop by hand), and allocations per call:\n");
    print(all(), by_hand);
    println!("\nThe same of `#[retry]` with one more key:\n");
    print(keys(), by_hand);
}

fn size(contestant: &Contestant) -> Option<f64> {
    contestant.size.map(|size| size as f64)
}

fn print(contestants: Vec<Contestant>, by_hand: Option<f64>) {
    let runtime = runtime();
    let mut table = Table::new(["", "future"].into_iter().chain(SCENARIOS.map(Scenario::name)));
    for contestant in contestants {
        let size = beside(size(&contestant), by_hand, 0);
        let counts = SCENARIOS.map(|scenario| beside(count(&contestant, scenario, &runtime), None, 1));
        table.row([contestant.name.to_owned(), size].into_iter().chain(counts));
    }
    table.print();
}
