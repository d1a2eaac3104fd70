//! What a hostile response costs: memory of a few times the body, time that grows with it, and no more print than a
//! person reads.
#![cfg(feature = "openai")]

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, StatusCode};
use peak_alloc::PeakAlloc;
use persevere::openai::{ApiError, retryable, unprocessed};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SIZE: usize = 2 << 20;

/// A body of some size that begins and ends so, with as many of `item` between as fit.
fn filled(before: &str, item: &str, after: &str) -> Vec<u8> {
    let count = SIZE / item.len();
    let mut body = String::with_capacity(before.len() + count * item.len() + after.len());
    body.push_str(before);
    for index in 0..count {
        body.push_str(&item.replace('#', &format!("{index:06}")));
    }
    body.push_str(after);
    body.into_bytes()
}

/// Bodies that once cost a hundred times their size, and further ones that try to.
fn bodies() -> Vec<(&'static str, Vec<u8>)> {
    let nested = "{\"a\":".repeat(120) + "1" + &"}".repeat(120) + ",";
    let escaped = "\\\"".repeat(100);
    let inner = "{\\\"error\\\":{\\\"message\\\":\\\"m #\\\"}} ";
    vec![
        ("a code of nested objects", filled("{\"error\":{\"code\":[", &nested, "1]}}")),
        ("a type of nested objects", filled("{\"error\":{\"type\":[", &nested, "1]}}")),
        ("a parameter of nested objects", filled("{\"error\":{\"param\":[", &nested, "1]}}")),
        ("a list of small objects", filled("[", "{\"\":0},", "{}]")),
        ("a code of small objects", filled("{\"error\":{\"code\":[", "{\"\":0},", "1]}}")),
        ("many names", filled("{", "\"#\":0,", "\"code\":1}")),
        ("one name many times", filled("{\"error\":{", "\"code\":\"#\",", "\"code\":1}}")),
        ("many errors", filled("{\"errors\":[", "{\"message\":\"m #\"},", "{}]}")),
        ("brackets", filled("", "[", "")),
        ("braces", filled("", "{\"error\":", "")),
        ("a message of escapes", filled("{\"error\":{\"message\":\"", &escaped, "\"}}")),
        ("a message of errors", filled("{\"error\":{\"message\":\"", inner, "\"}}")),
        (
            "a long message and others",
            filled("{\"error\":{\"message\":\"", "m # ", "\",\"details\":[{\"msg\":\"a\"},{\"msg\":\"b\"}]}}"),
        ),
        ("a message of limits", filled("{\"error\":{\"message\":\"", "limit 1, requested 1; ", "\"}}")),
        ("a message of waits", filled("{\"error\":{\"message\":\"", "retry in retry after ", "\"}}")),
        ("plain text", filled("a text ", "of words ", "")),
        ("bytes that are no text", vec![0xff; SIZE]),
        ("a page", filled("<title>", "4", "</title>")),
    ]
}

#[test]
fn a_hostile_response_costs_little() {
    let bodies = bodies();
    for status in [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE] {
        for (name, body) in &bodies {
            let (before, began) = (MEMORY.current_usage(), Instant::now());
            MEMORY.reset_peak_usage();
            let error = ApiError::from_response(status, &HeaderMap::new(), body);
            let decisions = (retryable(&error), unprocessed(&error));
            let printed = [error.to_string(), format!("{error:?}"), format!("{error:#?}")];
            let (peak, took) = (MEMORY.peak_usage() - before, began.elapsed());
            #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
            let times = peak as f64 / body.len() as f64;
            println!("{name}: {times:.1} times the body, {took:?}");
            // Bytes that are no text are three times as long as text.
            assert!(peak <= 7 * body.len(), "{name}: {peak} bytes for {}, {decisions:?}", body.len());
            // Less than a tenth of a second on a machine that does nothing else.
            assert!(took < Duration::from_secs(20), "{name}: {took:?}");
            for printed in printed {
                assert!(printed.len() < 8000, "{name}: {} bytes are printed", printed.len());
            }
        }
    }

    let mut headers = HeaderMap::new();
    for _ in 0..24_000 {
        headers.append("x-request-id", HeaderValue::from_static("req_0123456789"));
    }
    let (before, began) = (MEMORY.current_usage(), Instant::now());
    MEMORY.reset_peak_usage();
    let error = ApiError::from_response(StatusCode::BAD_GATEWAY, &headers, b"");
    assert!(MEMORY.peak_usage() - before < 2 << 20, "{} bytes", MEMORY.peak_usage() - before);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(error.response().unwrap().request_id().unwrap().len(), 24_000 * 16 - 2);
    assert!(error.to_string().len() < 1000, "{error}");
}
