//! What the headers of a failed response say: whether to retry, and how long to wait.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use http::HeaderMap;

use super::date;
use super::waits::{self, Wait, leading_seconds, number, positive};

/// The most that is read of the body of a failed response, so that no server can fill the memory.
#[cfg(any(feature = "ureq", all(feature = "reqwest", not(all(target_family = "wasm", target_os = "unknown")))))]
pub(super) const LONGEST_BODY: u64 = 16 << 20;

/// Whether the body is a stream of events or of lines, which is not to be read ahead.
#[cfg(any(feature = "ureq", all(feature = "reqwest", not(all(target_family = "wasm", target_os = "unknown")))))]
pub(super) fn is_stream(headers: &HeaderMap) -> bool {
    let streams = ["text/event-stream", "application/x-ndjson", "application/jsonl", "application/stream+json"];
    let kind = value(headers, "content-type").unwrap_or_default().to_ascii_lowercase();
    streams.iter().any(|stream| kind.starts_with(stream))
}

/// The value of a header as text, without the white space around it. Several values are one, joined with commas
/// ([RFC 9110, 5.3](https://www.rfc-editor.org/rfc/rfc9110#section-5.3)); bytes that are not UTF-8 are Latin-1.
pub(super) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<Cow<'a, str>> {
    let mut values = headers.get_all(name).iter().map(|value| text(value.as_bytes()));
    let mut joined = values.next()?;
    for value in values {
        let joined = joined.to_mut();
        joined.push_str(", ");
        joined.push_str(&value);
    }
    Some(joined)
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.trim()),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect::<String>().trim().to_owned()),
    }
}

/// The request's id, by the name that the service gives the header.
pub(super) fn request_id(headers: &HeaderMap) -> Option<Cow<'_, str>> {
    // OpenAI; Anthropic; Amazon; Azure's API Management.
    ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id"]
        .into_iter()
        .find_map(|name| value(headers, name).filter(|id| !id.is_empty()))
}

/// `x-should-retry`: what the server itself says about another attempt.
pub(super) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    value(headers, "x-should-retry")?.parse().ok()
}

/// When the response was made, by its own clock.
pub(super) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    date::parse(&value(headers, "date")?)
}

/// The wait that the server asks for: by `retry-after`, else until the end of a window of which nothing remains. A
/// point in time is counted from the response's own `Date`, or, if it has none, from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: impl FnOnce() -> SystemTime) -> Option<Duration> {
    let now = || date(headers).unwrap_or_else(now);
    match asked(headers) {
        Some(asked) => asked.and_then(|wait| wait.from(now)),
        None => ratelimit(headers).or_else(|| reset_of_nothing(headers).and_then(|wait| wait.from(now))),
    }
}

/// `retry-after-ms`, else `retry-after` as seconds, else as a date. The first of these that can be read decides, even
/// if it names no wait because it is zero, negative, `inf` or `nan`.
#[expect(clippy::option_option, reason = "that no wait is asked for, or that nothing is said of one")]
fn asked(headers: &HeaderMap) -> Option<Option<Wait>> {
    if let Some(milliseconds) = value(headers, "retry-after-ms").and_then(|text| number(&text)) {
        return Some(positive(milliseconds / 1000.0).map(Wait::In));
    }
    let text = value(headers, "retry-after")?;
    match number(&text) {
        Some(seconds) => Some(positive(seconds).map(Wait::In)),
        None => date::parse(&text).map(|date| Some(Wait::At(date))),
    }
}

/// The wait by the IETF's `RateLimit`, if nothing remains of a limit; if nothing remains of several, the longest wait.
/// From draft 8 on it is `"default";r=0;t=12`; before that it was `limit=100, remaining=0, reset=12` or three headers.
fn ratelimit(headers: &HeaderMap) -> Option<Duration> {
    let seconds = |text: &str| number(text.trim()).and_then(positive);
    if let Some(text) = value(headers, "ratelimit") {
        let named = |item: &str, names: [&str; 2]| {
            let found = item.split([';', ',']).filter_map(|part| part.split_once('=')).find(|(name, _)| {
                let name = name.trim();
                names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted))
            });
            found.map(|(_, value)| value.trim().to_owned())
        };
        let is_old = text.contains("remaining");
        let items = text.split(',').filter(|_| !is_old).chain(is_old.then_some(&*text));
        let spent = items.filter(|item| named(item, ["r", "remaining"]).as_deref() == Some("0"));
        return spent.filter_map(|item| seconds(&named(item, ["t", "reset"])?)).max();
    }
    let spent = value(headers, "ratelimit-remaining")?.trim() == "0";
    seconds(&value(headers, "ratelimit-reset").filter(|_| spent)?)
}

/// The wait by `x-ratelimit-reset`, if `x-ratelimit-remaining` is zero.
fn reset_of_nothing(headers: &HeaderMap) -> Option<Wait> {
    let spent = value(headers, "x-ratelimit-remaining")?.trim() == "0";
    let text = value(headers, "x-ratelimit-reset").filter(|_| spent)?;
    waits::moment(number(&text)?)
}

/// `x-ratelimit-reset-*`: `6m0s`, `8.64s`, `20ms`, or whole seconds, as Azure writes them.
pub(super) fn reset(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let text = value(headers, name)?;
    let seconds = number(&text).or_else(|| leading_seconds(&text))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    /// Fri, 29 Sep 2023 16:26:37 GMT.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_696_004_797)
    }

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap()))
            .collect()
    }

    fn asked(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        retry_after(&headers(&pairs), now)
    }

    fn after(value: &str) -> Option<Duration> {
        asked(&[("retry-after", value)])
    }

    #[test]
    fn seconds_are_read() {
        for (value, seconds) in
            [("20", 20.0), ("0.5", 0.5), (" 5\t", 5.0), ("05", 5.0), ("5.", 5.0), (".5", 0.5), ("1e1", 10.0)]
        {
            assert_eq!(after(value), Some(Duration::from_secs_f64(seconds)), "{value}");
        }
    }

    #[test]
    fn milliseconds_come_first_and_decide_alone_if_they_are_a_number() {
        let both = |milliseconds| asked(&[("retry-after-ms", milliseconds), ("retry-after", "5")]);
        assert_eq!(both("36512"), Some(Duration::from_millis(36_512)));
        assert_eq!(both("999.5"), Some(Duration::from_micros(999_500)));
        for none in ["0", "-1", "nan", "inf"] {
            assert_eq!(both(none), None, "{none}");
        }
        for unreadable in ["", "abc", "20ms"] {
            assert_eq!(both(unreadable), Some(Duration::from_secs(5)), "{unreadable}");
        }
    }

    #[test]
    fn all_three_http_dates_are_read() {
        for date in ["Fri, 29 Sep 2023 16:26:57 GMT", "Friday, 29-Sep-23 16:26:57 GMT", "Fri Sep 29 16:26:57 2023"] {
            assert_eq!(after(date), Some(Duration::from_secs(20)), "{date}");
        }
        for past in ["Fri, 29 Sep 2023 16:26:37 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert_eq!(after(past), None, "{past}");
        }
    }

    #[test]
    fn what_is_no_wait_is_none() {
        for value in [
            "",
            "0",
            "-1",
            "-1e400",
            "nan",
            "inf",
            "-inf",
            "Infinity",
            "1_0",
            "1,000",
            "5s",
            "5 6",
            "6m0s",
            "0x10",
            "null",
            "٥",
            "²",
            "☃",
            "2023-09-29T16:26:57Z",
            "Fri, 31 Feb 2023 16:26:57 GMT",
            "Fri, 29 Sep 2023 25:26:57 GMT",
        ] {
            assert_eq!(after(value), None, "{value}");
        }
    }

    #[test]
    fn what_is_too_long_is_the_longest_wait_not_none() {
        for value in ["1e308", "1e400", &"9".repeat(400)] {
            assert_eq!(after(value), Some(Duration::MAX), "{value}");
        }
        assert_eq!(asked(&[("retry-after-ms", "1e400")]), Some(Duration::MAX));
    }

    #[test]
    fn the_shortest_wait_is_a_nanosecond() {
        assert_eq!(after("1e-12"), Some(Duration::from_nanos(1)));
    }

    #[test]
    fn several_values_are_no_number() {
        assert_eq!(asked(&[("retry-after", "5"), ("retry-after", "10")]), None);
        assert_eq!(
            asked(&[("retry-after-ms", "5"), ("retry-after-ms", "5"), ("retry-after", "9")]),
            Some(Duration::from_secs(9))
        );
    }

    #[test]
    fn bytes_that_are_not_text_are_latin_1() {
        assert_eq!(retry_after(&headers(&[("retry-after", b"\xa05")]), now), Some(Duration::from_secs(5)));
        assert_eq!(retry_after(&headers(&[("retry-after", b"\xff\xfe")]), now), None);
        assert_eq!(value(&headers(&[("x-request-id", b"req\xe9")]), "x-request-id").unwrap(), "reqé");
    }

    #[test]
    fn resets_are_read_in_every_notation() {
        for (text, milliseconds) in [
            ("1s", 1000),
            ("6m0s", 360_000),
            ("8.64s", 8640),
            ("20ms", 20),
            ("0s", 0),
            ("37", 37_000),
            ("1h2m3s", 3_723_000),
        ] {
            let headers = headers(&[("x-ratelimit-reset-tokens", text.as_bytes())]);
            let expected = Some(Duration::from_millis(milliseconds));
            assert_eq!(reset(&headers, "x-ratelimit-reset-tokens"), expected, "{text}");
        }
        for text in ["", "-1", "soon", "nan", "1e999", "s"] {
            let headers = headers(&[("x-ratelimit-reset-tokens", text.as_bytes())]);
            assert_eq!(reset(&headers, "x-ratelimit-reset-tokens"), None, "{text}");
        }
    }

    #[test]
    fn should_retry_is_exactly_true_or_false() {
        for (text, read) in [("true", Some(true)), ("false", Some(false)), ("True", None), ("1", None), ("", None)] {
            assert_eq!(should_retry(&headers(&[("x-should-retry", text.as_bytes())])), read, "{text}");
        }
        assert_eq!(should_retry(&headers(&[("x-should-retry", b"true"), ("x-should-retry", b"true")])), None);
    }

    #[cfg(any(feature = "reqwest", feature = "ureq"))]
    #[test]
    fn streams_are_known_by_their_type() {
        let stream = |kind: &'static str| {
            is_stream(&HeaderMap::from_iter([(http::header::CONTENT_TYPE, kind.parse().unwrap())]))
        };
        for kind in
            ["text/event-stream", "Text/Event-Stream; charset=utf-8", "application/x-ndjson", "application/jsonl"]
        {
            assert!(stream(kind), "{kind}");
        }
        assert!(!stream("application/json") && !stream("text/html") && !is_stream(&HeaderMap::new()));
    }
}
