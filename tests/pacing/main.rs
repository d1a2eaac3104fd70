//! How calls that share a rate-limited service fare with an `Upstream`, under a virtual clock.

mod simulation;

use simulation::{Client, Outcome, Scenario, scenarios};

/// The example `pacing` runs more of them.
const SEEDS: u64 = 6;

/// Every outcome of a scenario, after what holds for all.
fn outcomes(name: &str, client: Client) -> (Scenario, Vec<Outcome>) {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == name).unwrap();
    let outcomes: Vec<Outcome> = (0..SEEDS).map(|seed| scenario.run(client, seed)).collect();
    for outcome in &outcomes {
        let ended = outcome.completed() + usize::try_from(outcome.failed).unwrap();
        assert_eq!(ended, usize::from(scenario.calls), "every call has an end");
    }
    (scenario, outcomes)
}

/// Asserts that no run sends more requests per completed call, fails more of them, or takes longer over the ideal.
fn within(name: &str, requests: f64, failed: f64, time: f64) {
    for (seed, outcome) in outcomes(name, Client::Upstream).1.iter().enumerate() {
        assert!(outcome.per_call() <= requests, "seed {seed}: {} requests per call", outcome.per_call());
        assert!(outcome.lost() <= failed, "seed {seed}: {} of the calls failed", outcome.lost());
        assert!(outcome.time() <= time, "seed {seed}: {} times the ideal time", outcome.time());
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
        let dark = outcome.sent_in(&scenario.service.outage);
        assert!(dark <= 200, "seed {seed}: {dark} requests during the outage");
        let peak = outcome.peak_after(scenario.service.outage.end);
        assert!(peak <= 75, "seed {seed}: {peak} requests in a second, where 50 are served");
    }
}

#[test]
fn a_hint_that_is_always_the_same_holds_nobody_for_long() {
    within("H1", 1.1, 0.0, 1.5);
    for outcome in outcomes("H1", Client::Upstream).1 {
        assert!(outcome.p99() <= 70.0, "{}", outcome.p99());
    }
    within("H2", 1.15, 0.0, 1.25);
    within("H3", 1.1, 0.0, 1.25);
}

#[test]
fn processes_under_one_limit_find_to_fair_shares() {
    within("F1", 1.15, 0.0, 1.15);
    let (_, outcomes) = outcomes("F1", Client::Upstream);
    let mean =
        |value: fn(&Outcome) -> f64| outcomes.iter().map(value).sum::<f64>() / simulation::number(outcomes.len());
    assert!(mean(Outcome::p99) <= 18.0 && mean(Outcome::fairness) >= 0.9, "{outcomes:?}");
}

/// Asserts that hardly anyone is refused after the first second where the limit is known, and that the work takes no
/// longer than that over the ideal, on average.
fn known(name: &str, client: Client, refused: f64, time: f64) {
    let (_, outcomes) = outcomes(name, client);
    let mean =
        |value: &dyn Fn(&Outcome) -> f64| outcomes.iter().map(value).sum::<f64>() / simulation::number(outcomes.len());
    for (seed, outcome) in outcomes.iter().enumerate() {
        assert_eq!(outcome.failed, 0, "{name} {client:?} {seed}");
        assert!(outcome.refused(1.0) <= refused, "{name} {client:?} {seed}: {}", outcome.refused(1.0));
    }
    let took = mean(&Outcome::time);
    assert!(took <= time, "{name} {client:?}: {took}");
    assert!(mean(&Outcome::fairness) >= 0.95, "{name} {client:?}");
}

#[test]
fn a_declared_limit_is_kept() {
    known("K1", Client::Declared, 0.0, 1.05);
    known("K2", Client::Declared, 0.0, 1.05);
    known("K3", Client::Declared, 0.01, 1.06);
    known("K4", Client::Declared, 0.0, 1.05);
}

#[test]
fn a_limit_that_answers_say_is_kept() {
    known("K1", Client::Headers, 0.0, 1.06);
    known("K2", Client::Headers, 0.01, 1.08);
    known("K3", Client::Headers, 0.01, 1.06);
    known("K4", Client::Headers, 0.02, 1.06);
    known("K5", Client::Headers, 0.02, 1.08);
}

/// A window that is said as if it came back little by little is neither rushed nor waited for.
#[test]
fn a_window_that_is_called_a_refill_is_kept() {
    known("S5", Client::Headers, 0.03, 1.35);
}

/// What its documentation says of them.
#[test]
fn where_it_does_not_help_it_costs_what_is_said() {
    within("N1", 1.1, 0.0, 5.0);
    within("M1", 4.2, 0.75, 1.1);
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
                assert!(outcome.per_call() >= requests, "{client:?}, {}: {}", scenario.about, outcome.per_call());
                assert!(outcome.lost() >= failed, "{client:?}, {}: {}", scenario.about, outcome.lost());
            }
        }
    }
    let (scenario, outcomes) = outcomes("S7", Client::Hint);
    assert!(outcomes.iter().all(|outcome| outcome.sent_in(&scenario.service.outage) > 600));
}

/// That the others are at their best: a limiter that knows the limit is never refused, the adaptive mode hardly.
#[test]
fn what_it_is_compared_with_works() {
    for (name, client, refused, time, p99) in [
        ("S1", Client::Exact, 0.0, 1.15, 4.0),
        ("S1", Client::Aws, 0.02, 1.9, 20.0),
        ("F1", Client::Exact, 0.0, 1.1, 9.0),
    ] {
        for (seed, outcome) in outcomes(name, client).1.iter().enumerate() {
            assert_eq!(outcome.failed, 0, "{client:?}, {name}, seed {seed}");
            assert!(outcome.refused(1.0) <= refused, "{client:?}, {name}, seed {seed}: {}", outcome.refused(1.0));
            assert!(outcome.time() <= time, "{client:?}, {name}, seed {seed}: {}", outcome.time());
            assert!(outcome.p99() <= p99, "{client:?}, {name}, seed {seed}: {}", outcome.p99());
            assert!(outcome.fairness() > 0.99, "{client:?}, {name}, seed {seed}: {}", outcome.fairness());
        }
    }
}
