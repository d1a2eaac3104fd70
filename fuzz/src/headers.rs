//! Headers, by themselves and all together.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use persevere::openai::{ApiError, retryable};
use persevere::{Decision, Upstream};

use super::bodies::judged;

/// Fri, 29 Sep 2023 16:26:57 GMT.
pub(super) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_696_004_817)
}

/// The wait that a refusal with these headers asks for.
fn wait(pairs: &[(&'static str, &[u8])], body: &[u8]) -> Option<Duration> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::from_static(name), HeaderValue::from_bytes(value).ok()?);
    }
    refused(&headers, body)
}

fn refused(headers: &HeaderMap, body: &[u8]) -> Option<Duration> {
    let upstream = Upstream::new();
    upstream.learn(headers);
    let error = ApiError::from_response_at(StatusCode::TOO_MANY_REQUESTS, headers, body, now());
    judged(&error);
    let response = error.response().unwrap();
    match retryable(&error) {
        Decision::Throttled(wait) => {
            assert_eq!(wait, response.retry_after());
            wait
        }
        decision => {
            assert_eq!((decision, response.should_retry()), (Decision::Stop, Some(false)));
            None
        }
    }
}

pub fn retry_after(data: &[u8]) {
    if let Some(wait) = wait(&[("retry-after", data)], b"") {
        // `retry-after-ms` of a thousand times the number names this wait too, but for the precision of a float.
        let seconds = String::from_utf8_lossy(data).trim().parse::<f64>().ok().filter(|seconds| *seconds < 1e15);
        if let Some(seconds) = seconds {
            let same = self::wait(&[("retry-after-ms", (seconds * 1000.0).to_string().as_bytes())], b"").unwrap();
            assert!(same.abs_diff(wait).as_secs_f64() <= wait.as_secs_f64() / 1e12 + 2e-9, "{same:?}, {wait:?}");
        }
    }
}

pub fn retry_after_ms(data: &[u8]) {
    let alone = wait(&[("retry-after-ms", data)], b"");
    let first = wait(&[("retry-after-ms", data), ("retry-after", b"7")], b"");
    assert!(alone.is_none() || alone == first, "{alone:?}, {first:?}");
}

pub fn ratelimit_reset(data: &[u8]) {
    let spent = wait(&[("x-ratelimit-remaining", b"0"), ("x-ratelimit-reset", data)], b"");
    for (remaining, expected) in [(" 0 ", spent), ("1", None), ("", None), ("-", None)] {
        let wait = wait(&[("x-ratelimit-remaining", remaining.as_bytes()), ("x-ratelimit-reset", data)], b"");
        assert_eq!(wait, expected);
    }
    let body = serde_json::json!({"metadata": {"headers": {
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": String::from_utf8_lossy(data),
    }}});
    wait(&[], body.to_string().as_bytes());
}

/// The value of `RateLimit`, and after a line feed that of `RateLimit-Policy`.
pub fn ratelimit(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (limit, policy) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    wait(&[("ratelimit", limit), ("ratelimit-policy", policy)], b"");
    wait(&[("ratelimit-remaining", limit), ("ratelimit-reset", policy), ("ratelimit-limit", policy)], b"");
}

/// A date of HTTP or of ISO 8601, from which as many seconds are counted as lie between it and the response's own.
pub fn date(data: &[u8]) {
    wait(&[("retry-after", data), ("date", data)], b"");
    let here = wait(&[("retry-after", data)], b"");
    if let Some(here) = here.filter(|_| String::from_utf8_lossy(data).contains(':')) {
        let earlier = wait(&[("retry-after", data), ("date", b"Fri, 29 Sep 2023 16:26:47 GMT")], b"");
        assert_eq!(earlier, Some(here + Duration::from_secs(10)));
    }
    let body = serde_json::json!({"error": {"resets_at": String::from_utf8_lossy(data)}});
    wait(&[], body.to_string().as_bytes());
}

/// Lines of a name, a colon and a value; what stands behind an empty line is the body.
pub fn headers(data: &[u8]) {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        rest = after;
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(&line[colon + 1..])) {
            headers.append(name, value);
        }
    }
    Upstream::new().learn(&headers);
    for status in [200, 400, 429, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        judged(&ApiError::from_response_at(status, &headers, rest, now()));
    }
}
