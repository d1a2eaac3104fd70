//! Nanoseconds per call of every contestant, by criterion. Each round measures everyone, so that a machine that is busy
//! for a while is so for all, and the figure is the least of the rounds: what else runs only adds.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use criterion::Criterion;
use persevere_benches::contestant::{Contestant, runtime};
use persevere_benches::contestants::{BY_HAND, all};
use persevere_benches::scenario::Scenario;
use persevere_benches::table::{Table, beside};
use tokio::runtime::Runtime;

const ROUNDS: u32 = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let (runtime, contestants) = (runtime(), all());
    let directory = PathBuf::from("target/criterion");
    let mut criterion = Criterion::default()
        .output_directory(&directory)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(50))
        .measurement_time(Duration::from_millis(150));
    let by_hand = contestants.iter().position(|contestant| contestant.name == BY_HAND);

    let mut columns = Vec::new();
    for scenario in Scenario::IMMEDIATE {
        let mut rounds: Vec<Vec<f64>> = contestants.iter().map(|_| Vec::new()).collect();
        for round in 0..ROUNDS {
            for (contestant, times) in contestants.iter().zip(&mut rounds) {
                if contestant.takes_part(scenario) {
                    // As criterion names the directory of its results.
                    let id = format!("{} - {} - {round}", scenario.name(), contestant.name).replace('?', "_");
                    measure(&mut criterion, &id, contestant, scenario, &runtime);
                    times.push(nanoseconds(&directory, &id)?);
                }
            }
        }
        let column = rounds.into_iter().map(|times| times.into_iter().reduce(f64::min));
        columns.push(column.collect::<Vec<_>>());
    }

    println!("\nNanoseconds per call (ratio to the loop by hand), least of {ROUNDS} rounds:\n");
    let mut table = Table::new([""].into_iter().chain(Scenario::IMMEDIATE.map(Scenario::name)));
    for (row, contestant) in contestants.iter().enumerate() {
        let cells = columns.iter().map(|column| beside(column[row], by_hand.and_then(|row| column[row]), 1));
        table.row([contestant.name.to_owned()].into_iter().chain(cells));
    }
    table.print();
    Ok(())
}

fn measure(criterion: &mut Criterion, id: &str, contestant: &Contestant, scenario: Scenario, runtime: &Runtime) {
    criterion.bench_function(id, |bencher| {
        bencher.iter_custom(|calls| {
            let start = Instant::now();
            contestant.run(scenario, runtime, calls);
            start.elapsed()
        });
    });
}

/// The median that criterion has written down.
fn nanoseconds(directory: &Path, id: &str) -> Result<f64, Box<dyn Error>> {
    let path = directory.join(id).join("new/estimates.json");
    let estimates: serde_json::Value = serde_json::from_slice(&fs::read(path)?)?;
    estimates["median"]["point_estimate"].as_f64().ok_or_else(|| format!("criterion has no median of {id}").into())
}
