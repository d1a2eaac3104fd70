//! What an OpenAI error says, and which of them are retried.
#![cfg(feature = "openai")]

use std::error::Error as _;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use persevere::Decision::{self, Retry, RetryAfter, Stop, Throttled};
use persevere::Retryable;
use persevere::openai::{ApiError, ApiStatusError, ErrorKind, retryable};

fn response(status: u16, headers: &[(&'static str, &str)], body: &[u8]) -> ApiError {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
        .collect();
    ApiError::from_response(StatusCode::from_u16(status).unwrap(), &headers, body)
}

fn status_error(error: &ApiError) -> &ApiStatusError {
    error.response().expect("a response")
}

fn body(code: &str, kind: &str) -> Vec<u8> {
    serde_json::json!({"error": {"message": "m", "type": kind, "param": null, "code": code}}).to_string().into()
}

#[test]
fn every_status_has_its_kind_and_its_decision() {
    for status in 100..=999 {
        let (kind, decision) = match status {
            400 => (ErrorKind::BadRequest, Stop),
            401 => (ErrorKind::Authentication, Stop),
            403 => (ErrorKind::PermissionDenied, Stop),
            404 => (ErrorKind::NotFound, Stop),
            408 => (ErrorKind::Other, Retry),
            409 => (ErrorKind::Conflict, Retry),
            422 => (ErrorKind::UnprocessableEntity, Stop),
            429 => (ErrorKind::RateLimit, Throttled(None)),
            500.. => (ErrorKind::InternalServer, Retry),
            _ => (ErrorKind::Other, Stop),
        };
        let error = response(status, &[], b"");
        assert_eq!(status_error(&error).status().as_u16(), status);
        assert_eq!(status_error(&error).kind(), kind, "{status}");
        assert_eq!(retryable(&error), decision, "{status}");
        assert_eq!(error.decision(), decision, "{status}");
    }
}

/// Any of these says more than that the server failed, which the body says besides.
#[test]
fn of_two_reasons_in_an_error_in_a_success_the_refusal_counts() {
    for (code, kind, message, decision) in [
        ("insufficient_quota", "server_error", "m", Stop),
        ("usage_limit_reached", "server_error", "m", Stop),
        ("slow_down", "", "m", Throttled(None)),
        ("rate_limit_exceeded", "server_error", "m", Throttled(None)),
        ("ThrottlingException", "", "m", Throttled(None)),
        ("", "", "insufficient balance, server error", Stop),
        ("", "", "subscription expired, server error", Stop),
        ("", "", "Usage limit reached. Internal error", Stop),
        ("", "", "rate limit, server error", Throttled(None)),
        ("", "", "too many attempts, server error", Throttled(None)),
        ("", "", "server error. Please retry in 3s.", Throttled(Some(Duration::from_secs(3)))),
        ("", "", "server error: 余额不足", Stop),
        ("", "", "the model is overloaded", Retry),
        ("", "", "模型过载", Retry),
        ("", "", "server error", Retry),
        ("", "", "m", Stop),
    ] {
        let error = serde_json::json!({"error": {"message": message, "type": kind, "code": code}}).to_string();
        assert_eq!(retryable(&response(200, &[], error.as_bytes())), decision, "{error}");
    }
}

#[test]
fn transport_failures_are_retried_and_keep_their_cause() {
    let refused = || std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    for (error, says) in
        [(ApiError::connection(refused()), "connection error"), (ApiError::timeout(refused()), "request timed out")]
    {
        assert_eq!(retryable(&error), Retry);
        assert_eq!(error.to_string(), says);
        assert_eq!(error.source().unwrap().to_string(), refused().to_string());
        assert!(error.response().is_none());
    }
}

#[test]
fn the_server_overrides_the_status() {
    for (status, said, decision) in [
        (401, "true", Retry),
        (400, "true", Retry),
        (429, "true", Throttled(None)),
        (429, "false", Stop),
        (503, "false", Stop),
        (408, "false", Stop),
        (400, "True", Stop),
        (503, "no", Retry),
        (503, "", Retry),
    ] {
        assert_eq!(retryable(&response(status, &[("x-should-retry", said)], b"")), decision, "{status} {said}");
    }
}

#[test]
fn the_servers_wait_is_part_of_the_decision() {
    let seconds = Duration::from_secs;
    for (status, headers, decision) in [
        (429, &[("retry-after", "20")][..], Throttled(Some(seconds(20)))),
        (503, &[("retry-after", "20")], RetryAfter(seconds(20))),
        (429, &[("retry-after-ms", "1500"), ("retry-after", "20")], Throttled(Some(Duration::from_millis(1500)))),
        (400, &[("retry-after", "20")], Stop),
        (400, &[("x-should-retry", "true"), ("retry-after", "5")], RetryAfter(seconds(5))),
        (429, &[("retry-after", "0")], Throttled(None)),
        (503, &[("retry-after", "soon")], Retry),
        (429, &[("x-ratelimit-reset-requests", "1s")], Throttled(None)),
        (500, &[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], Retry),
        (503, &[("retry-after", "1e999")], RetryAfter(Duration::MAX)),
    ] {
        assert_eq!(retryable(&response(status, headers, b"")), decision, "{status} {headers:?}");
    }
}

#[test]
fn a_refusals_message_names_the_wait_where_no_header_does() {
    let body = |message: &str| {
        serde_json::json!({"error": {"message": message, "code": "rate_limit_exceeded"}}).to_string().into_bytes()
    };
    let message = body("Rate limit reached for gpt-4o. Please try again in 9.816s. Visit the limits page.");
    let named = Duration::from_millis(9816);
    for (status, headers, decision) in [
        (429, &[][..], Throttled(Some(named))),
        (503, &[], Throttled(Some(named))),
        (429, &[("retry-after", "0")], Throttled(Some(named))),
        (429, &[("retry-after", "2")], Throttled(Some(Duration::from_secs(2)))),
        (400, &[], Stop),
    ] {
        assert_eq!(retryable(&response(status, headers, &message)), decision, "{status} {headers:?}");
    }
    let azure = body("Requests have exceeded the token rate limit. Please retry after 37 seconds.");
    assert_eq!(retryable(&response(429, &[], &azure)), Throttled(Some(Duration::from_secs(37))));
    let failure = br#"{"error": {"message": "Please try again in 5s.", "code": "server_error"}}"#;
    assert_eq!(retryable(&response(500, &[], failure)), Retry, "a failure's message names no wait for a rate");
}

#[test]
fn a_date_is_counted_from_now() {
    let later = std::time::SystemTime::now() + Duration::from_secs(60);
    let error = response(503, &[("retry-after", &httpdate::fmt_http_date(later))], b"");
    let RetryAfter(wait) = retryable(&error) else { panic!("{error:?}") };
    assert!((Duration::from_secs(50)..=Duration::from_secs(60)).contains(&wait), "{wait:?}");
}

#[test]
fn no_wait_mends_a_quota() {
    for code in [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_not_active",
        "billing_hard_limit_reached",
    ] {
        for body in [body(code, "t"), body("c", code)] {
            assert_eq!(retryable(&response(429, &[("retry-after", "1")], &body)), Stop, "{code}");
            assert_eq!(retryable(&response(429, &[("x-should-retry", "true")], &body)), Stop, "{code}");
            assert_eq!(retryable(&response(500, &[], &body)), Retry, "only a 429 speaks of quota: {code}");
        }
    }
}

#[test]
fn no_wait_makes_a_request_smaller() {
    let body = br#"{"error": {"message": "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.", "type": "tokens", "code": "rate_limit_exceeded"}}"#;
    assert_eq!(retryable(&response(429, &[], body)), Stop);
}

#[test]
fn refusals_for_rate_are_told_from_failures() {
    let wait = Duration::from_secs(2);
    for (status, code, headers, decision) in [
        (429, "rate_limit_exceeded", &[][..], Throttled(None)),
        (503, "rate_limit_exceeded", &[("retry-after", "2")], Throttled(Some(wait))),
        (503, "slow_down", &[], Throttled(None)),
        (503, "server_is_overloaded", &[("retry-after", "2")], RetryAfter(wait)),
        (429, "engine_overloaded", &[], Retry),
        (429, "server_is_overloaded", &[("retry-after", "2")], RetryAfter(wait)),
        (400, "rate_limit_exceeded", &[], Stop),
    ] {
        assert_eq!(retryable(&response(status, headers, &body(code, "t"))), decision, "{status} {code}");
    }
}

#[test]
fn an_error_reads_as_a_person_would_want_it() {
    let request = ("x-request-id", "req_7");
    let full = br#"{"error": {"message": "Slow down", "type": "requests", "param": "model", "code": "slow_down"}}"#;
    let error = response(429, &[request], full);
    assert_eq!(error.to_string(), "429 Too Many Requests: Slow down (code slow_down, request req_7)");
    let status = status_error(&error);
    assert_eq!(status.code(), Some("slow_down"));
    assert_eq!(status.error_type(), Some("requests"));
    assert_eq!(status.param(), Some("model"));
    assert_eq!(status.message(), Some("Slow down"));
    assert_eq!(status.request_id(), Some("req_7"));
    assert_eq!(status.body().as_bytes(), full);
    assert!(error.source().is_none());

    assert_eq!(response(503, &[], b"<html>").to_string(), "503 Service Unavailable");
    assert_eq!(response(599, &[request], b"").to_string(), "599 (request req_7)");
    assert_eq!(response(404, &[], br#"{"error": {"code": 7}}"#).to_string(), "404 Not Found (code 7)");
    assert_eq!(response(404, &[], br#"{"error": {"message": ""}}"#).to_string(), "404 Not Found");
}

#[test]
fn the_time_to_a_full_allowance_is_told_and_not_waited_for() {
    let error = response(429, &[("x-ratelimit-reset-requests", "6m0s"), ("x-ratelimit-reset-tokens", "37")], b"");
    assert_eq!(status_error(&error).reset_requests(), Some(Duration::from_secs(360)));
    assert_eq!(status_error(&error).reset_tokens(), Some(Duration::from_secs(37)));
    assert_eq!(retryable(&error), Throttled(None));
}

#[test]
fn an_error_is_small_and_can_be_sent_anywhere() {
    fn anywhere<E: std::error::Error + Send + Sync + 'static>() {}
    anywhere::<ApiError>();
    assert!(size_of::<Result<(), ApiError>>() <= 24);
}

#[test]
fn hostile_headers_keep_status_and_request_id() {
    let digits = "9".repeat(400);
    let long = "x".repeat(100_000);
    for value in
        ["-1", "nan", "inf", "-inf", &digits, &long, "٥", "☃", "", ",", "1, 2", "\u{80}\u{ff}", "--5", "+", "1e", "e5"]
    {
        for name in ["retry-after", "retry-after-ms", "x-should-retry"] {
            let headers = [(name, value), (name, "7"), ("x-request-id", "req_7")];
            let error = response(429, &headers[..1], b"");
            assert_eq!(status_error(&error).kind(), ErrorKind::RateLimit);
            let expected = if value == digits && name != "x-should-retry" { Some(Duration::MAX) } else { None };
            assert_eq!(retryable(&error), Throttled(expected), "{name}: {value}");

            let error = response(429, &headers, b"");
            assert_eq!(status_error(&error).request_id(), Some("req_7"));
            assert_eq!(retryable(&error), Throttled(None), "several values are none");
        }
    }
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", HeaderValue::from_bytes(b"req_\xff\xfe").unwrap());
    headers.insert("retry-after", HeaderValue::from_bytes(b"\xff5").unwrap());
    let error = ApiError::from_response(StatusCode::TOO_MANY_REQUESTS, &headers, b"");
    assert_eq!(status_error(&error).request_id(), Some("req_ÿþ"));
    assert_eq!(retryable(&error), Throttled(None));
}

#[test]
fn hostile_bodies_keep_status_and_request_id() {
    let deep = |open: &str, close: &str| (open.repeat(10_000) + "1" + &close.repeat(10_000)).into_bytes();
    let huge = serde_json::json!({"error": {"message": "x".repeat(10_000_000), "code": "c"}}).to_string().into_bytes();
    let bodies: [(Vec<u8>, Option<&str>); 12] = [
        (b"".into(), None),
        (b"not json".into(), None),
        (b"\xff\xfe\x00".into(), None),
        (b"{\"error\": {\"message\": \"\xff\", \"code\": \"c\"}}".into(), Some("c")),
        (b"{\"error\": {\"code\": \"c\"".into(), None),
        (b"{\"error\": [{\"code\": \"c\"}]}".into(), Some("c")),
        (b"[{\"error\": {\"code\": \"c\"}}]".into(), Some("c")),
        (huge, Some("c")),
        (vec![b' '; 10_000_000], None),
        (deep("[", "]"), None),
        (deep("{\"error\":", "}"), None),
        ([&b"{\"error\": {\"details\": "[..], &deep("[", "]"), b", \"code\": \"c\"}}"].concat(), Some("c")),
    ];
    for (body, code) in bodies {
        let error = response(503, &[("x-request-id", "req_7")], &body);
        let status = status_error(&error);
        assert_eq!(status.kind(), ErrorKind::InternalServer);
        assert_eq!(status.request_id(), Some("req_7"));
        assert_eq!(status.code(), code, "{}", String::from_utf8_lossy(&body[..body.len().min(40)]));
        assert_eq!(retryable(&error), Decision::Retry);
        assert!(error.to_string().starts_with("503 Service Unavailable"));
    }
}
