//! How calls that share a rate-limited service fare with an `Upstream`, under a virtual clock.

mod simulation;

use simulation::{Client, Outcome, Scenario, scenarios};

/// The example `pacing` runs more of them.
const SEEDS: u64 = 6;

fn ratio(part: usize, whole: u32) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(whole)
}

/// Every outcome of a scenario, after what holds for all.
fn outcomes(name: &str, client: Client) -> (Scenario, Vec<Outcome>) {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == name).unwrap();
    let outcomes: Vec<Outcome> = (0..SEEDS).map(|seed| scenario.run(client, seed)).collect();
    for outcome in &outcomes {
        assert_eq!(outcome.completed + outcome.failed, u32::from(scenario.calls), "every call has an end");
    }
    (scenario, outcomes)
}

/// Asserts that no run sends more requests per completed call, fails more of them, or takes longer over the ideal.
fn within(name: &str, requests: f64, failed: f64, time: f64) {
    let (scenario, outcomes) = outcomes(name, Client::Upstream);
    for (seed, outcome) in outcomes.iter().enumerate() {
        let per_call = ratio(outcome.requests(), outcome.completed);
        assert!(per_call <= requests, "seed {seed}: {per_call} requests per call");
        let lost = f64::from(outcome.failed) / f64::from(scenario.calls);
        assert!(lost <= failed, "seed {seed}: {lost} of the calls failed");
        let over = outcome.end / scenario.ideal();
        assert!(over <= time, "seed {seed}: {over} times the ideal time");
    }
}

#[test]
fn exact_hints() {
    within("S1", 1.15, 0.0, 1.2);
}

#[test]
fn hints_in_whole_seconds() {
    within("S2", 1.15, 0.0, 1.25);
}

#[test]
fn no_hints() {
    within("S3", 1.25, 0.0, 1.15);
}

#[test]
fn refusals_that_use_up_allowance() {
    within("S4", 1.3, 0.0, 1.2);
}

#[test]
fn a_minute_window() {
    within("S5", 1.05, 0.0, 1.1);
}

#[test]
fn twenty_processes_that_know_nothing_of_each_other() {
    within("S6", 1.5, 0.002, 1.35);
}

#[test]
fn an_outage_is_left_alone_and_ends_without_a_rush() {
    within("S7", 1.15, 0.002, 1.2);
    let (scenario, outcomes) = outcomes("S7", Client::Upstream);
    for (seed, outcome) in outcomes.iter().enumerate() {
        let dark = outcome.sent_in(&scenario.outage);
        assert!(dark <= 200, "seed {seed}: {dark} requests during the outage");
        let peak = outcome.peak_after(scenario.outage.end);
        assert!(peak <= 75, "seed {seed}: {peak} requests in a second, where 50 are served");
    }
}

#[test]
fn below_the_limit_nothing_changes() {
    assert_eq!(outcomes("S8", Client::Upstream).1, outcomes("S8", Client::Hint).1);
}

/// That the scenarios are as hard as they are meant to be.
#[test]
fn without_it_calls_collide() {
    for client in [Client::Sdk, Client::FullJitter, Client::Hint] {
        for (name, requests, failed) in [("S1", 1.4, 0.0), ("S3", 3.0, 0.08), ("S4", 7.0, 0.4), ("S6", 3.0, 0.08)] {
            let (scenario, outcomes) = outcomes(name, client);
            for outcome in outcomes {
                let per_call = ratio(outcome.requests(), outcome.completed);
                assert!(per_call >= requests, "{client:?}, {}: {per_call}", scenario.about);
                let lost = f64::from(outcome.failed) / f64::from(scenario.calls);
                assert!(lost >= failed, "{client:?}, {}: {lost}", scenario.about);
            }
        }
    }
    let (scenario, outcomes) = outcomes("S7", Client::Hint);
    assert!(outcomes.iter().all(|outcome| outcome.sent_in(&scenario.outage) > 600));
}
