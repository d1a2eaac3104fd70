//! What the official Python SDK did, recorded beside this file, and what the classifier decides on the same responses;
//! in `wire`, what calls by real clients come to on the same failures.
//!
//! Where the two differ, it is for one of the reasons listed in [`on_purpose`], or for a client in `wire::on_purpose`,
//! and in just that way.
#![cfg(feature = "openai")]

#[cfg(all(feature = "async-openai", feature = "ureq"))]
#[path = "../support/mod.rs"]
mod support;
#[cfg(all(feature = "async-openai", feature = "ureq"))]
mod wire;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use persevere::Decision;
use persevere::openai::{ApiError, ApiStatusError, ErrorKind, retryable};
use serde_json::Value;

/// When the recording's clock stood still: Fri, 29 Sep 2023 16:26:37 GMT.
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_696_004_797)
}

fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Text, or the bytes that stand for it; none where the recording leaves a long one out.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        other => other["b64"].as_str().map(|text| STANDARD.decode(text).unwrap()),
    }
}

/// The headers as a client hands them over; none where an HTTP client refuses the response.
fn headers(pairs: &Value) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for pair in pairs.as_array()? {
        let name = HeaderName::from_bytes(pair[0].as_str()?.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_bytes(&bytes(&pair[1])?).ok()?);
    }
    Some(headers)
}

/// The error that a recorded step stands for, if it is a whole response that failed.
fn error(step: &Value) -> Option<ApiError> {
    let status = StatusCode::from_u16(u16::try_from(step["status"].as_u64()?).unwrap()).ok()?;
    if status.as_u16() < 400 || step.get("content_length").is_some() || step.get("after_body").is_some() {
        return None;
    }
    let headers = headers(&step["headers"])?;
    if headers.contains_key("content-encoding") {
        return None;
    }
    Some(ApiError::from_response_at(status, &headers, &bytes(&step["body"])?, now()))
}

/// Whether a decision leads to another attempt, and after which wait of the server's, with the SDK's limit.
fn outcome(decision: Decision) -> (bool, Option<Duration>) {
    let wait = decision.server_wait();
    let retried = decision != Decision::Stop && wait.is_none_or(|wait| wait <= Duration::from_secs(120));
    (retried, wait.filter(|_| retried))
}

/// Why the classifier decides otherwise than the SDK, and what then.
fn on_purpose(error: &ApiStatusError, header: &str) -> Option<(&'static str, Decision)> {
    const QUOTA: [&str; 4] = ["quota", "billing", "credit_balance", "limit_exceeded"];
    let refused = error.status() == StatusCode::TOO_MANY_REQUESTS;
    let says = |word: &&str| {
        [error.code(), error.error_type()]
            .into_iter()
            .flatten()
            .any(|said| said.contains(*word) && said != "rate_limit_exceeded")
    };
    let plain = if refused { Decision::Throttled(None) } else { Decision::Retry };
    if refused && QUOTA.iter().any(says) {
        Some(("quota and billing: no wait helps", Decision::Stop))
    } else if refused && error.message().is_some_and(|message| message.starts_with("Request too large")) {
        Some(("the request is larger than the limit: no wait helps", Decision::Stop))
    } else if let (true, Some(wait)) = (refused && error.retry_after().is_none(), error.message().and_then(named_wait))
    {
        Some(("the message names the wait", Decision::Throttled(Some(wait))))
    } else if header.contains('_') {
        Some(("underscores are no digits", plain))
    } else if header.chars().any(|c| c.is_numeric() && !c.is_ascii()) {
        Some(("foreign digits are no digits", plain))
    } else if impossible(header) {
        Some(("an impossible date is no date", plain))
    } else {
        None
    }
}

/// The waits that the recorded messages name.
fn named_wait(message: &str) -> Option<Duration> {
    let waits = [("in 644ms", 644), ("in 1s", 1000), ("in 20s", 20_000), ("in 6ms", 6), ("in 3 seconds", 3000)];
    let found = waits.into_iter().find(|(text, _)| message.contains(text));
    found.map(|(_, milliseconds)| Duration::from_millis(milliseconds))
}

/// A date that no calendar has or a time that no clock shows; the SDK counts on into the next day or month.
fn impossible(header: &str) -> bool {
    let words = header.split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<u32> = words.filter_map(|number| number.parse().ok()).collect();
    let [day, .., hours, minutes, seconds] = numbers[..] else { return false };
    let month = |names: &[&str]| names.iter().any(|name| header.contains(name));
    let days = if month(&["Feb"]) {
        29
    } else if month(&["Apr", "Jun", "Sep", "Nov"]) {
        30
    } else {
        31
    };
    day > days || hours > 23 || minutes > 59 || seconds > 60
}

#[derive(Default)]
struct Tally {
    agree: usize,
    differ: BTreeMap<&'static str, usize>,
    skipped: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn compare(&mut self, id: &str, error: &ApiError, header: &str, recorded: (bool, Option<Duration>)) {
        let decision = retryable(error);
        if outcome(decision) == recorded {
            self.agree += 1;
            return;
        }
        let (reason, expected) = on_purpose(error.response().unwrap(), header)
            .unwrap_or_else(|| panic!("{id}: the SDK {recorded:?}, ours {decision:?}: {error}"));
        assert_eq!(decision, expected, "{id}: {reason}");
        self.differ(reason);
    }

    fn differ(&mut self, reason: &'static str) {
        *self.differ.entry(reason).or_default() += 1;
    }

    fn skip(&mut self, reason: &'static str) {
        *self.skipped.entry(reason).or_default() += 1;
    }

    /// Prints the totals, and returns them: how many agree, differ on purpose, and do not apply.
    fn print(&self, file: &str) -> (usize, usize, usize) {
        let differ: usize = self.differ.values().sum();
        let skipped: usize = self.skipped.values().sum();
        println!("{file}: {} agree, {differ} differ on purpose, {skipped} do not apply", self.agree);
        for (reason, count) in &self.differ {
            println!("  {file}: {count} differ: {reason}");
        }
        for (reason, count) in &self.skipped {
            println!("  {file}: {count} do not apply: {reason}");
        }
        (self.agree, differ, skipped)
    }
}

/// All that stands in the headers which name a wait.
fn wait_headers(pairs: &Value) -> String {
    let pairs = pairs.as_array().into_iter().flatten();
    let text = pairs.filter_map(|pair| bytes(&pair[1])).map(|value| String::from_utf8_lossy(&value).into_owned());
    text.collect::<Vec<_>>().join("\n")
}

#[test]
fn decisions_are_those_of_the_sdk() {
    let mut tally = Tally::default();
    for row in rows(include_str!("decisions.jsonl")) {
        let id = row["id"].as_str().unwrap();
        let script = row["script"].as_array().unwrap();
        let observed = &row["observed"];
        let one_kind_of_answer = script.len() == 1 && observed["requests"].as_u64() > Some(0);
        let limited = row["client"]["max_retries"].as_u64().unwrap_or(2) > 0;
        let Some(error) = script.first().filter(|_| one_kind_of_answer && limited).and_then(error) else {
            tally.skip("a client has to meet it");
            continue;
        };
        let delays = observed["delays"].as_array().unwrap();
        let wait = delays.first().and_then(|delay| delay["s"].as_f64()).map(Duration::from_secs_f64);
        tally.compare(id, &error, &wait_headers(&script[0]["headers"]), (!delays.is_empty(), wait));
    }
    assert_eq!(tally.print("decisions, from the response alone"), (192, 18, 46), "no row gets lost");
}

#[test]
fn waits_are_those_of_the_sdk() {
    let mut tally = Tally::default();
    for row in rows(include_str!("retry_after.jsonl")) {
        let Some(headers) = headers(&row["headers"]) else {
            tally.skip("these headers are no HTTP");
            continue;
        };
        let id = row["headers"].to_string();
        for status in [400, 429, 500] {
            let retried = row["eligible"][status.to_string()].as_bool().unwrap();
            let wait = row["wait_s"].as_f64().filter(|_| retried).map(Duration::from_secs_f64);
            let error = ApiError::from_response_at(StatusCode::from_u16(status).unwrap(), &headers, b"", now());
            tally.compare(&id, &error, &wait_headers(&row["headers"]), (retried, wait));
        }
    }
    assert_eq!(tally.print("retry_after, each for 400, 429 and 500"), (294, 12, 0), "no row gets lost");
}

#[test]
fn errors_say_what_the_exceptions_of_the_sdk_say() {
    let mut tally = Tally::default();
    for row in rows(include_str!("exceptions.jsonl")) {
        let exception = &row["exception"];
        let Some(error) = row["script"].as_array().and_then(|script| script.first()).and_then(error) else {
            tally.skip("a client has to meet it");
            continue;
        };
        let error = error.response().unwrap();
        let id = &row["id"];
        let kind = match exception["class"].as_str().unwrap() {
            "openai.BadRequestError" => ErrorKind::BadRequest,
            "openai.AuthenticationError" => ErrorKind::Authentication,
            "openai.PermissionDeniedError" => ErrorKind::PermissionDenied,
            "openai.NotFoundError" => ErrorKind::NotFound,
            "openai.ConflictError" => ErrorKind::Conflict,
            "openai.UnprocessableEntityError" => ErrorKind::UnprocessableEntity,
            "openai.RateLimitError" => ErrorKind::RateLimit,
            "openai.InternalServerError" => ErrorKind::InternalServer,
            "openai.APIStatusError" => ErrorKind::Other,
            other => panic!("{id}: {other}"),
        };
        assert_eq!(error.kind(), kind, "{id}");
        assert_eq!(u64::from(error.status().as_u16()), exception["status_code"].as_u64().unwrap(), "{id}");
        let text = |field: &Value| match field {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        assert_eq!(error.code().map(str::to_owned), text(&exception["code"]), "{id}");
        assert_eq!(error.error_type().map(str::to_owned), text(&exception["type"]), "{id}");
        assert_eq!(error.param().map(str::to_owned), text(&exception["param"]), "{id}");
        assert_eq!(error.request_id().map(str::to_owned), text(&exception["request_id"]), "{id}");
        let message = exception["message"].as_str().unwrap().split_once(" - ").map(|(_, message)| message);
        assert_eq!(error.message(), message, "{id}");
        tally.agree += 1;
    }
    assert_eq!(tally.print("exceptions, from the response alone"), (35, 0, 36), "no row gets lost");
}
