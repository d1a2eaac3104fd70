//! Whatever a server sends, an error comes of it that keeps the status and the request id, and no absurd wait.
#![cfg(feature = "openai")]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use persevere::Decision;
use persevere::openai::{ApiError, retryable};
use proptest::prelude::*;

/// Values that are almost what the parsers read, and bytes that are nothing.
fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        "[-+]?[0-9]{0,9}\\.?[0-9]{0,9}(e[-+]?[0-9]{0,4})?( ?(ms|s|m|h))?".prop_map(String::into_bytes),
        "(Fri|Friday|Foo)?,? ?[0-9]{0,3}[ -](Jan|Feb|Sep|Foo)[ -][0-9]{0,6} [0-9]{0,3}(:[0-9]{0,3}){0,3} ?(GMT|Z|XYZ|[-+][0-9]{0,5})?"
            .prop_map(String::into_bytes),
        "(Mon|Sun) (Jan|Feb) [ 0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} [0-9]{4}".prop_map(String::into_bytes),
        "(nan|inf|true|false|[0-9]m[0-9]s|,){0,3}".prop_map(String::into_bytes),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just("null".to_owned()),
        "\"[a-z_ ]{0,30}\"",
        "\"(Please )?(try again in|retry after) [0-9.]{0,20} ?(ms|s|m|h|d|seconds)?([0-9]s)?\"",
        "[0-9]{1,5}",
        "\\[{0,200}\\]{0,200}",
        "\\{\"a\":1\\}",
    ];
    let fields = (word.clone(), word.clone(), word.clone(), word)
        .prop_map(|(a, b, c, d)| format!("{{\"message\":{a},\"type\":{b},\"param\":{c},\"code\":{d}}}"));
    prop_oneof![
        any::<Vec<u8>>(),
        fields.clone().prop_map(String::into_bytes),
        fields.clone().prop_map(|fields| format!("{{\"error\":{fields}}}").into_bytes()),
        (fields, 0..100_usize).prop_map(|(fields, length)| fields
            .chars()
            .take(length)
            .collect::<String>()
            .into_bytes()),
    ]
}

const NAMES: [&str; 6] = [
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "content-type",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_server_sends_is_lost_or_absurd(
        status in 400_u16..1000,
        pairs in prop::collection::vec((0..NAMES.len(), value()), 0..4),
        body in body(),
        seconds in 0_u64..5_000_000_000,
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::from_static(NAMES[name]), value);
            }
        }
        headers.insert("x-request-id", HeaderValue::from_static("req_7"));
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let error = ApiError::from_response_at(status, &headers, &body, now);
        let response = error.response().unwrap();
        prop_assert_eq!(response.status(), status);
        prop_assert_eq!(response.request_id(), Some("req_7"));
        prop_assert_eq!(response.body(), String::from_utf8_lossy(&body));
        let starts = format!("{}", status.as_u16());
        prop_assert!(error.to_string().starts_with(&starts));

        let decision = retryable(&error);
        if let Some(wait) = decision.server_wait() {
            prop_assert!(!wait.is_zero(), "a wait of nothing is none");
        }
        // Only these are retried without the server's saying so.
        if decision != Decision::Stop && response.should_retry() != Some(true) {
            prop_assert!(matches!(status.as_u16(), 408 | 409 | 429 | 500..));
        }
        if matches!(decision, Decision::Throttled(_)) && status.as_u16() != 429 {
            prop_assert!(response.code().is_some() || response.error_type().is_some());
        }
    }
}
