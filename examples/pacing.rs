//! What an `Upstream` does for calls that share a rate-limited service, as a table. Each scenario is played under a
//! virtual clock: with the retries of the OpenAI SDKs, with full jitter, and with the service's hint and full jitter;
//! and with the latter under the AWS SDKs' adaptive mode, under an `Upstream`, and under a limiter that is told the
//! exact limit.
//!
//! ```sh
//! cargo run --release --features pacing --example pacing                # 40 runs of each
//! cargo run --release --features pacing --example pacing -- 1000
//! cargo run --release --features pacing --example pacing -- 40 S1 H1    # only these scenarios
//! ```

#[path = "../tests/pacing/simulation/mod.rs"]
mod simulation;

use std::process::ExitCode;

use simulation::{Client, Outcome, Scenario, number, scenarios};

const CLIENTS: [(&str, Client); 8] = [
    ("OpenAI SDK", Client::Sdk),
    ("full jitter", Client::FullJitter),
    ("hint, full jitter", Client::Hint),
    ("AWS adaptive", Client::Aws),
    ("upstream", Client::Upstream),
    ("upstream, declared", Client::Declared),
    ("upstream, headers", Client::Headers),
    ("exact limit", Client::Exact),
];

/// A column of the table: its title, its digits, and what stands in it.
type Column = (&'static str, usize, fn(&Outcome) -> f64);

const COLUMNS: [Column; 6] = [
    ("requests per success", 3, Outcome::per_call),
    ("% failed", 1, |outcome| 100.0 * outcome.lost()),
    ("time over ideal", 3, Outcome::time),
    ("p99 s", 1, Outcome::p99),
    ("% refused, 1 s on", 2, |outcome| 100.0 * outcome.refused(1.0)),
    ("Jain", 2, Outcome::fairness),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let runs = match arguments.next().map(|runs| runs.parse()) {
        None => 40,
        Some(Ok(runs @ 1..)) => runs,
        Some(_) => {
            eprintln!("usage: pacing [how many runs of each [the scenarios]]");
            return ExitCode::FAILURE;
        }
    };
    let names: Vec<String> = arguments.collect();
    println!("The mean of {runs} runs, and the worst.");
    for scenario in scenarios() {
        if names.is_empty() || names.iter().any(|name| name == scenario.name) {
            table(&scenario, runs);
        }
    }
    ExitCode::SUCCESS
}

fn table(scenario: &Scenario, runs: u64) {
    println!("\n{}: {}", scenario.name, scenario.about);
    print!("{:19}", "");
    for (title, ..) in COLUMNS {
        print!("{title:>22}");
    }
    println!();
    for (name, client) in CLIENTS {
        let outcomes: Vec<Outcome> = (0..runs).map(|seed| scenario.run(client, seed)).collect();
        print!("{name:19}");
        for (title, digits, value) in COLUMNS {
            print!("{:>22}", column(&outcomes, digits, title == "Jain", value));
        }
        println!();
        let outage = &scenario.service.outage;
        if !outage.is_empty() {
            let dark = column(&outcomes, 0, false, |outcome| number(outcome.sent_in(outage)));
            let peak = column(&outcomes, 0, false, |outcome| number(outcome.peak_after(outage.end)));
            println!("{:19}{dark} requests during the outage; at most {peak} in a second after it", "");
        }
    }
}

/// The mean and the worst.
fn column(outcomes: &[Outcome], digits: usize, least: bool, value: impl Fn(&Outcome) -> f64) -> String {
    let values: Vec<f64> = outcomes.iter().map(value).collect();
    let mean = values.iter().sum::<f64>() / number(values.len());
    let worst = if least { values.into_iter().fold(1.0, f64::min) } else { values.into_iter().fold(0.0, f64::max) };
    format!("{mean:.digits$} ({worst:.digits$})")
}
