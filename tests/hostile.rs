//! Whatever a server sends, an error comes of it that keeps the status and the request id, and no wait that the server
//! has not named; and a wait that it names, in whichever notation, is the one that comes out.
#![cfg(feature = "openai")]

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use persevere::Decision;
use persevere::openai::{ApiError, retryable, unprocessed};
use proptest::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

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

/// The header or the text that names a wait, if any of them does. A date is recognized by its year, and a sentence by
/// its phrase and by numbers that are large enough.
fn is_named(wait: Duration, headers: &HeaderMap, body: &str, now: SystemTime) -> bool {
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let number = |name| text(name).and_then(|text| text.trim().parse::<f64>().ok());
    // What is too long for a `Duration` is the longest one, and what is too short the shortest.
    let is = |seconds: f64| {
        let named = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).max(Duration::from_nanos(1));
        seconds > 0.0 && named.abs_diff(wait) <= Duration::from_nanos(1)
    };
    if number("retry-after-ms").is_some_and(|milliseconds| is(milliseconds / 1000.0))
        || number("retry-after").is_some_and(is)
    {
        return true;
    }
    let ends = now + wait.min(Duration::from_secs(1 << 40));
    let year = 1970 + ends.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() / 31_556_952;
    // At the turn of the year, and where a zone turns it.
    // Of three digits a year counts from 1900, by RFC 5322, 4.3.
    let years = [year - 1, year, year + 1].map(|year| [year, year % 100, year.saturating_sub(1900)]).concat();
    let is_year = |word: &str| word.parse().is_ok_and(|word: u64| years.contains(&word));
    let has_year = |date: &str| date.split(|c: char| !c.is_ascii_digit()).any(is_year);
    if text("retry-after").is_some_and(|date| date.contains(':') && has_year(&date)) {
        return true;
    }
    let body = body.to_ascii_lowercase();
    let numbers = body.split(|c: char| !c.is_ascii_digit() && c != '.').filter_map(|number| number.parse::<f64>().ok());
    let longest = numbers.sum::<f64>() * 86_400.0;
    ["try again in ", "retry after "].iter().any(|phrase| body.contains(phrase)) && wait.as_secs_f64() <= longest
}

/// A duration as the services write it: in which header, or as which message.
fn notations(milliseconds: u64, now: SystemTime) -> Vec<(&'static str, String)> {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    let mut notations = vec![
        ("retry-after-ms", format!("{milliseconds}")),
        ("retry-after-ms", format!("{milliseconds}.0")),
        ("retry-after", format!("{seconds}.{rest:03}")),
        ("retry-after", format!(" {seconds}.{rest:03}000 ")),
        ("message", format!("Rate limit reached. Please try again in {milliseconds}ms. Visit https://x/1.")),
        ("message", format!("Limit 3, Used 4. Please try again in {seconds}.{rest:03}s. See 7m.")),
        ("message", format!("Please retry after {seconds}.{rest:03} seconds.")),
        ("message", {
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            format!("Please try again in {hours}h{minutes}m{seconds}.{rest:03}s.")
        }),
        ("message", {
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            format!("Please try again in {minutes}m{seconds}s{rest}ms.")
        }),
        ("message", {
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            format!("PLEASE RETRY AFTER {minutes} minutes and {seconds}.{rest:03} seconds")
        }),
    ];
    if rest == 0 {
        let date = httpdate::fmt_http_date(now + Duration::from_secs(seconds));
        let [weekday, day, month, year, clock, zone] = date.split(' ').collect::<Vec<_>>()[..] else { unreachable!() };
        let short = &year[2..];
        notations.extend([
            ("retry-after", format!("{seconds}")),
            ("retry-after", format!("Sunday, {day}-{month}-{short} {clock} {zone}")),
            ("retry-after", format!("{} {month} {day:>2} {clock} {year}", weekday.trim_end_matches(','))),
            ("retry-after", format!("{day} {month} {year} {clock} +0000")),
            ("message", format!("Please retry after {seconds} seconds. Contact us at https://x/1 after 9 days.")),
            ("retry-after", date),
        ]);
    }
    notations
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_a_server_sends_is_lost_or_absurd(
        status in 400_u16..1000,
        pairs in prop::collection::vec((0..NAMES.len(), value()), 0..4),
        body in body(),
        seconds in 0_u64..5_000_000_000,
        id in "[!-~]{1,40}",
    ) {
        let status = StatusCode::from_u16(status).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::from_static(NAMES[name]), value);
            }
        }
        headers.insert("x-request-id", HeaderValue::from_str(&id).unwrap());
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let error = ApiError::from_response_at(status, &headers, &body, now);
        let response = error.response().unwrap();
        prop_assert_eq!(response.status(), status);
        prop_assert_eq!(response.request_id(), Some(id.as_str()));
        prop_assert_eq!(response.body(), String::from_utf8_lossy(&body));
        let starts = format!("{}", status.as_u16());
        prop_assert!(error.to_string().starts_with(&starts));

        let decision = retryable(&error);
        if let Some(wait) = decision.server_wait() {
            prop_assert!(!wait.is_zero(), "a wait of nothing is none");
            prop_assert!(is_named(wait, &headers, response.body(), now), "{wait:?}");
        }
        // Only these are retried without the server's saying so.
        if decision != Decision::Stop && response.should_retry() != Some(true) {
            prop_assert!(matches!(status.as_u16(), 408 | 409 | 429 | 500..));
        }
        if matches!(decision, Decision::Throttled(_)) && status.as_u16() != 429 {
            prop_assert!(response.code().is_some() || response.error_type().is_some());
        }
    }

    #[test]
    fn a_wait_is_read_as_it_was_written(
        // Three weeks: what a float holds to the nanosecond.
        seconds in prop_oneof![0_u64..100, 0_u64..2_000_000],
        rest in prop_oneof![Just(0_u64), 0_u64..1000],
        now in 0_u64..2_000_000_000,
    ) {
        prop_assume!(seconds + rest > 0);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        let wait = Duration::from_millis(seconds * 1000 + rest);
        for (place, text) in notations(seconds * 1000 + rest, now) {
            let mut headers = HeaderMap::new();
            let mut body = String::new();
            if place == "message" {
                body = serde_json::json!({"error": {"message": text}}).to_string();
            } else {
                headers.insert(place, HeaderValue::from_str(&text).unwrap());
            }
            let decision = |status| {
                retryable(&ApiError::from_response_at(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), now))
            };
            prop_assert_eq!(decision(429), Decision::Throttled(Some(wait)), "{}: {}", place, text);
            let of_failure = if place == "message" { Decision::Retry } else { Decision::RetryAfter(wait) };
            prop_assert_eq!(decision(503), of_failure, "{}: {}", place, text);
        }
    }
}

/// Bodies that services send, broken: cut, with pieces of one in another, with bytes that are other ones. A few thousand
/// here; by hand as many as the variable says.
///
/// ```sh
/// PERSEVERE_BODIES=10000000 cargo test --release -p persevere-tests --test hostile broken
/// ```
#[test]
fn broken_bodies_are_judged_without_a_panic() {
    let count: u64 = std::env::var("PERSEVERE_BODIES").map_or(4000, |count| count.parse().unwrap());
    let files = [include_str!("providers/refusals.jsonl"), include_str!("providers/others.jsonl")];
    let rows =
        files.into_iter().flat_map(str::lines).map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap());
    let whole: Vec<Vec<u8>> = rows.map(|row| row["body"].as_str().unwrap().into()).collect();
    let pieces =
        ["{", "}", "[", "]", "\"", "\\", ":", ",", "0", "429", "limit ", "retry in ", "s", "\u{fffd}", "余额不足"];
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    for _ in 0..count {
        let mut body = whole[random.random_range(0..whole.len())].clone();
        for _ in 0..random.random_range(1..6) {
            let at = random.random_range(0..=body.len());
            let end = random.random_range(at..=body.len());
            match random.random_range(0..5) {
                0 => body.truncate(at),
                1 => drop(body.drain(at..end)),
                2 => drop(body.splice(at..at, pieces[random.random_range(0..pieces.len())].bytes())),
                3 => body[at..end].iter_mut().take(3).for_each(|byte| *byte = random.random()),
                _ => {
                    let other = &whole[random.random_range(0..whole.len())];
                    let from = random.random_range(0..=other.len());
                    drop(body.splice(at..end, other[from..].iter().copied()));
                }
            }
        }
        let status = StatusCode::from_u16([200, 400, 429, 498, 500, 503, 529][random.random_range(0..7)]).unwrap();
        let error = ApiError::from_response(status, &HeaderMap::new(), &body);
        let decision = retryable(&error);
        assert_ne!(decision.server_wait(), Some(Duration::ZERO));
        let text = String::from_utf8_lossy(&body);
        for printed in [error.to_string(), format!("{error:?}")] {
            assert!(printed.len() < 8000 && !printed.contains('\n'), "{printed}: {text}");
        }
        drop((ApiError::from_event(&text), unprocessed(&error)));
    }
}

#[cfg(feature = "async-openai")]
mod what_async_openai_keeps_of_an_unread_body {
    use async_openai::error::OpenAIError;

    use super::*;

    fn decide(body: &str) -> Decision {
        let error = serde_json::from_str::<u8>("").unwrap_err();
        retryable(&OpenAIError::JSONDeserialize(error, body.to_owned()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_body_is_judged_and_no_wait_made_up(body in body()) {
            let body = String::from_utf8_lossy(&body);
            if let Some(wait) = decide(&body).server_wait() {
                prop_assert!(is_named(wait, &HeaderMap::new(), &body, SystemTime::UNIX_EPOCH), "{wait:?}");
            }
            if !body.bytes().any(|byte| byte.is_ascii_digit()) {
                prop_assert_eq!(decide(&body).server_wait(), None, "what names no number names no wait");
            }
        }

        #[test]
        fn a_reply_is_not_retried_whatever_it_says(text in "\\PC{0,60}") {
            for said in [text.as_str(), "Rate limit: too many requests, try again in 5s"] {
                let reply = serde_json::json!({"output": [said, text], "status": "completed"});
                prop_assert_eq!(decide(&reply.to_string()), Decision::Stop);
            }
        }

        #[test]
        fn the_status_that_a_body_tells_is_the_status(
            status in 400_u16..600,
            place in prop::sample::select(&["code", "status", "statusCode", "status_code"][..]),
            quoted in any::<bool>(),
            milliseconds in 1_u64..1_000_000_000,
        ) {
            let number = if quoted { status.to_string().into() } else { serde_json::Value::from(status) };
            let body = serde_json::json!({place: number, "message": format!("Try again in {milliseconds}ms.")});
            for body in [body.to_string(), serde_json::json!({"error": body}).to_string()] {
                let status = StatusCode::from_u16(status).unwrap();
                let same = ApiError::from_response(status, &HeaderMap::new(), body.as_bytes());
                prop_assert_eq!(decide(&body), retryable(&same), "{}", body);
            }
        }
    }
}

/// Found by the test above, whose own look at years did not know of them.
#[test]
fn a_year_of_three_digits_counts_from_1900() {
    let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from_static("1 Jan 205 7:7"))]);
    let error = ApiError::from_response_at(StatusCode::SERVICE_UNAVAILABLE, &headers, b"", SystemTime::UNIX_EPOCH);
    assert_eq!(retryable(&error), Decision::RetryAfter(Duration::from_secs(4_260_236_820)));
}
