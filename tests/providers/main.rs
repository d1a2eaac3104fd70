//! What services send when they refuse, recorded beside this file, and what the classifier makes of it.
#![cfg(feature = "openai")]

#[cfg(all(feature = "async-openai", feature = "ureq"))]
#[path = "../support/mod.rs"]
mod support;
#[cfg(all(feature = "async-openai", feature = "ureq"))]
mod wire;

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use persevere::Decision;
use persevere::openai::{ApiError, retryable};
use serde_json::Value;

/// When the responses came.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_790_000_000)
}

/// One refusal, and what the users of that service want.
struct Refusal {
    service: String,
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    decision: Decision,
    says: Option<String>,
    /// How far a wait may be from the one that is wanted.
    precision: Duration,
}

impl Refusal {
    /// A line of a file, as if the response had come at `now`.
    fn new(line: &str, now: SystemTime) -> Self {
        let row: Value = serde_json::from_str(&at(line, now)).unwrap();
        let headers = row["headers"].as_array().unwrap().iter().map(|pair| {
            let text = |index: usize| pair[index].as_str().unwrap();
            (HeaderName::from_bytes(text(0).as_bytes()).unwrap(), HeaderValue::from_str(text(1)).unwrap())
        });
        let wait = row["wait_s"].as_f64().map(Duration::from_secs_f64);
        Self {
            service: row["service"].as_str().unwrap().to_owned(),
            status: StatusCode::from_u16(row["status"].as_u64().unwrap().try_into().unwrap()).unwrap(),
            headers: headers.collect(),
            body: row["body"].as_str().unwrap().to_owned(),
            decision: match (row["decision"].as_str().unwrap(), wait) {
                ("stop", None) => Decision::Stop,
                ("retry", None) => Decision::Retry,
                ("retry", Some(wait)) => Decision::RetryAfter(wait),
                ("throttled", wait) => Decision::Throttled(wait),
                other => panic!("{other:?}"),
            },
            says: row["says"].as_str().map(str::to_owned),
            // A moment is written in whole seconds, and comes a while after `now`.
            precision: Duration::from_millis(if line.contains("NOW_S+") || line.contains("NOW_MS+") {
                5000
            } else {
                1
            }),
        }
    }

    /// Whether a decision is the one that its users want.
    fn is_met_by(&self, decision: Decision) -> bool {
        agree(decision, self.decision, self.precision)
    }

    /// Whether an error prints what its user looks for.
    fn is_said_in(&self, printed: &str) -> bool {
        self.says.as_ref().is_none_or(|says| printed.contains(says))
    }

    fn error(&self, now: SystemTime) -> ApiError {
        ApiError::from_response_at(self.status, &self.headers, self.body.as_bytes(), now)
    }
}

/// A row with its moments filled in: `NOW_MS+N` and `NOW_S+N`.
fn at(row: &str, now: SystemTime) -> String {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let filled = |row: &str, name: &str, now: u128| {
        let mut parts = row.split(name);
        let mut filled = parts.next().unwrap().to_owned();
        for part in parts {
            let (digits, rest) = part.split_at(part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len()));
            match digits.parse::<u128>() {
                Ok(later) => filled.push_str(&(now + later).to_string()),
                Err(_) => filled.push_str(name),
            }
            filled.push_str(rest);
        }
        filled
    };
    filled(&filled(row, "NOW_MS+", since.as_millis()), "NOW_S+", since.as_secs().into())
}

/// Whether two decisions are one, but for so much of the wait.
fn agree(one: Decision, other: Decision, precision: Duration) -> bool {
    let kind = std::mem::discriminant;
    kind(&one) == kind(&other)
        && match (one.server_wait(), other.server_wait()) {
            (Some(one), Some(other)) => one.abs_diff(other) <= precision,
            (one, other) => one == other,
        }
}

#[test]
fn every_refusal_is_understood() {
    understood("refusals", include_str!("refusals.jsonl"));
}

/// Those of further services and clients, which were no model for the rules.
#[test]
fn other_refusals_are_understood() {
    understood("others", include_str!("others.jsonl"));
}

/// Those that were written to try the rules: 357 of 389 were judged right before a rule was touched.
#[test]
fn other_wordings_are_understood() {
    understood("wordings", include_str!("wordings.jsonl"));
}

fn understood(file: &str, rows: &str) {
    let refusals: Vec<Refusal> = rows.lines().map(|line| Refusal::new(line, now())).collect();
    let mut wrong = Vec::new();
    for (index, refusal) in refusals.iter().enumerate() {
        let error = refusal.error(now());
        let (decision, printed) = (retryable(&error), error.to_string());
        if !refusal.is_met_by(decision) {
            wrong.push(format!("{index} {}: {decision:?}, not {:?}: {printed}", refusal.service, refusal.decision));
        }
        if !refusal.is_said_in(&printed) {
            wrong.push(format!("{index} {}: {:?} is not in {printed:?}", refusal.service, refusal.says));
        }
        assert!(!printed.contains('\n'), "{printed}");
    }
    println!("{file}, from the response alone: {} agree, {} differ", refusals.len() - wrong.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
