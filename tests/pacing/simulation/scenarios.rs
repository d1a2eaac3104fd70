//! The scenarios.

use std::time::Duration;

use super::service::{Hint, Limit, Service};
use super::{Costs, Load, Scenario};

const MINUTE: f64 = 60.0;

pub fn scenarios() -> Vec<Scenario> {
    let mut all = refused();
    all.extend(hard());
    all.extend(known());
    all
}

const fn service(limit: Limit, hint: Hint) -> Service {
    Service { limit, hint, outage: 0.0..0.0, strays: 0.0, changes: &[], latency: 0.9 }
}

const fn bucket(rate: f64, burst: f64) -> Limit {
    Limit::Bucket { rate, burst }
}

/// 64 tasks with 1,000 calls, 50 a second and exact hints.
fn bulk() -> Scenario {
    Scenario {
        name: "",
        about: "",
        load: Load::Tasks(64),
        processes: 1,
        calls: 1_000,
        costs: Costs::One,
        service: service(bucket(50.0, 10.0), Hint::Exact),
        max_wait: None,
    }
}

/// Where the limit is learned from refusals.
fn refused() -> Vec<Scenario> {
    vec![
        Scenario { name: "S1", about: "64 tasks, 1,000 calls, 50/s, exact hints", ..bulk() },
        Scenario {
            name: "S2",
            about: "the same, hints in whole seconds",
            service: service(bucket(50.0, 10.0), Hint::WholeSeconds),
            ..bulk()
        },
        Scenario {
            name: "S3",
            about: "64 tasks, 600 calls, 10/s, no hints",
            calls: 600,
            service: service(bucket(10.0, 5.0), Hint::None),
            ..bulk()
        },
        Scenario {
            name: "S4",
            about: "the same, exact hints, refusals use up allowance",
            calls: 600,
            service: service(Limit::StrictBucket { rate: 10.0, burst: 5.0 }, Hint::Exact),
            ..bulk()
        },
        Scenario {
            name: "S5",
            about: "64 tasks, 1,500 calls, 600 a minute, exact hints",
            calls: 1_500,
            service: service(Limit::Minute(600.0), Hint::Exact),
            ..bulk()
        },
        Scenario {
            name: "S6",
            about: "20 processes of 16 tasks, 2,000 calls, 50/s, exact hints",
            load: Load::Tasks(320),
            processes: 20,
            calls: 2_000,
            ..bulk()
        },
        Scenario {
            name: "S7",
            about: "S1 with 3,000 calls and an outage of 30 s",
            calls: 3_000,
            service: Service { outage: 30.0..60.0, ..bulk().service },
            ..bulk()
        },
        Scenario {
            name: "S8",
            about: "8 tasks, 400 calls, below the limit",
            load: Load::Tasks(8),
            calls: 400,
            ..bulk()
        },
    ]
}

/// Where hints are no help, or the calls of others are in the way.
fn hard() -> Vec<Scenario> {
    vec![
        Scenario {
            name: "H1",
            about: "18 calls a second, 3,000 in all, 20/s, every refusal says 60 s",
            load: Load::Arrivals(18.0),
            calls: 3_000,
            service: service(bucket(20.0, 10.0), Hint::Always(60.0)),
            ..bulk()
        },
        Scenario {
            name: "H2",
            about: "64 tasks, 1,500 calls, 20/s, every refusal says 10 s",
            calls: 1_500,
            service: service(bucket(20.0, 10.0), Hint::Always(10.0)),
            ..bulk()
        },
        Scenario {
            name: "H3",
            about: "64 tasks, 3,000 calls, 50/s, every refusal says 5 s",
            calls: 3_000,
            service: service(bucket(50.0, 10.0), Hint::Always(5.0)),
            ..bulk()
        },
        Scenario {
            name: "F1",
            about: "3 processes of 64 tasks, 6,000 calls, 50/s, exact hints",
            load: Load::Tasks(192),
            processes: 3,
            calls: 6_000,
            ..bulk()
        },
        Scenario {
            name: "N1",
            about: "64 tasks, 5,000 calls, below the limit, 5 % of all requests refused at random",
            calls: 5_000,
            service: Service { strays: 0.05, ..service(bucket(100.0, 100.0), Hint::Exact) },
            ..bulk()
        },
        Scenario {
            name: "M1",
            about: "24 calls a second, 3,000 in all, 20 in each second, refused ones too, max_wait 2 s",
            load: Load::Arrivals(24.0),
            calls: 3_000,
            service: service(Limit::Log(20.0), Hint::Exact),
            max_wait: Some(Duration::from_secs(2)),
            ..bulk()
        },
    ]
}

/// Where the service or the user says what the limit is.
fn known() -> Vec<Scenario> {
    let second = || Service { latency: 0.45, ..service(bucket(100.0, 100.0), Hint::Exact) };
    vec![
        Scenario { name: "K1", about: "64 tasks, 3,000 calls, 100/s", calls: 3_000, service: second(), ..bulk() },
        Scenario {
            name: "K2",
            about: "512 tasks, 6,000 calls, 100/s",
            load: Load::Tasks(512),
            calls: 6_000,
            service: second(),
            ..bulk()
        },
        Scenario {
            name: "K3",
            about: "64 tasks, 1,000 calls, 30,000 tokens a minute, costs 1 : 50, estimates off by 20 %",
            costs: Costs::Tokens,
            service: service(bucket(30_000.0 / MINUTE, 30_000.0), Hint::Exact),
            ..bulk()
        },
        Scenario {
            name: "K4",
            about: "4 processes of 64 tasks, 12,000 calls, 100/s",
            load: Load::Tasks(256),
            processes: 4,
            calls: 12_000,
            service: second(),
            ..bulk()
        },
        Scenario {
            name: "K5",
            about: "64 tasks, 6,000 calls, 100/s, from 20 s on 50/s, from 40 s on 100/s",
            calls: 6_000,
            service: Service { changes: &[(20.0, 0.5), (40.0, 1.0)], ..second() },
            ..bulk()
        },
    ]
}
