//! What services send when they refuse, recorded beside this file, and what the classifier makes of it.
#![cfg(feature = "openai")]

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
}

impl Refusal {
    /// All of a file, as if they had come at `now`.
    fn all(file: &str, now: SystemTime) -> Vec<Self> {
        file.lines().map(|line| Self::new(&serde_json::from_str(&at(line, now)).unwrap())).collect()
    }

    fn new(row: &Value) -> Self {
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
        }
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

/// Whether two decisions are one, the wait to the millisecond.
fn agree(one: Decision, other: Decision) -> bool {
    let kind = std::mem::discriminant;
    kind(&one) == kind(&other)
        && match (one.server_wait(), other.server_wait()) {
            (Some(one), Some(other)) => one.abs_diff(other) <= Duration::from_millis(1),
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

fn understood(file: &str, rows: &str) {
    let refusals = Refusal::all(rows, now());
    let mut wrong = Vec::new();
    for (index, refusal) in refusals.iter().enumerate() {
        let error = refusal.error(now());
        let (decision, printed) = (retryable(&error), error.to_string());
        if !agree(decision, refusal.decision) {
            wrong.push(format!("{index} {}: {decision:?}, not {:?}: {printed}", refusal.service, refusal.decision));
        }
        if !refusal.says.as_ref().is_none_or(|says| printed.contains(says)) {
            wrong.push(format!("{index} {}: {:?} is not in {printed:?}", refusal.service, refusal.says));
        }
        assert!(!printed.contains('\n'), "{printed}");
    }
    println!("{file}, from the response alone: {} agree, {} differ", refusals.len() - wrong.len(), wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
