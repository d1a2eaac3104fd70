//! What an `Upstream` does for calls that share a rate-limited service, as a table: eight scenarios under a virtual
//! clock, each with the retries of the OpenAI SDKs, with full jitter, with the service's hint and full jitter, and with
//! the latter paced by an `Upstream`.
//!
//! ```sh
//! cargo run --release --example pacing            # 20 runs each
//! cargo run --release --example pacing -- 1000
//! ```

#[path = "../tests/pacing/simulation.rs"]
mod simulation;

use std::process::ExitCode;

use simulation::{Client, Outcome, Scenario, scenarios};

fn main() -> ExitCode {
    let runs = match std::env::args().nth(1).map(|runs| runs.parse()) {
        None => 20,
        Some(Ok(runs @ 1..)) => runs,
        Some(_) => {
            eprintln!("usage: pacing [how many runs of each]");
            return ExitCode::FAILURE;
        }
    };
    println!("The mean of {runs} runs, and the worst. Time is over the ideal.");
    for scenario in scenarios() {
        println!("\n{}: {}", scenario.name, scenario.about);
        println!("{:23}{:>20}{:>20}{:>20}", "", "requests per call", "% of calls failed", "time");
        for (name, client) in [
            ("SDK", Client::Sdk),
            ("full jitter", Client::FullJitter),
            ("hint, full jitter", Client::Hint),
            ("hint, jitter, upstream", Client::Upstream),
        ] {
            let outcomes: Vec<Outcome> = (0..runs).map(|seed| scenario.run(client, seed)).collect();
            report(name, &scenario, &outcomes);
        }
    }
    ExitCode::SUCCESS
}

fn report(name: &str, scenario: &Scenario, outcomes: &[Outcome]) {
    let requests = column(outcomes, 3, |outcome| number(outcome.requests()) / f64::from(outcome.completed));
    let failed = column(outcomes, 2, |outcome| 100.0 * f64::from(outcome.failed) / f64::from(scenario.calls));
    let time = column(outcomes, 3, |outcome| outcome.end / scenario.ideal());
    println!("{name:23}{requests:>20}{failed:>20}{time:>20}");
    if !scenario.outage.is_empty() {
        let dark = column(outcomes, 0, |outcome| number(outcome.sent_in(&scenario.outage)));
        let peak = column(outcomes, 0, |outcome| number(outcome.peak_after(scenario.outage.end)));
        println!("{:23}{dark} requests during the outage; at most {peak} in a second after it", "");
    }
}

/// The mean and the worst.
fn column(outcomes: &[Outcome], digits: usize, value: impl Fn(&Outcome) -> f64) -> String {
    let values: Vec<f64> = outcomes.iter().map(value).collect();
    let mean = values.iter().sum::<f64>() / number(values.len());
    let worst = values.into_iter().fold(0.0, f64::max);
    format!("{mean:.digits$} ({worst:.digits$})")
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
