//! The limits of a service, as the headers of an answer state them.

use std::time::Duration;

use http::{HeaderMap, Response};

use super::headers::{date, value};
use super::waits::{self, Unit, number};
use crate::call::turn::asynchronous_now;
use crate::upstream::{Refill, StatedLimit};
use crate::{Upstream, clocks};

const MINUTE: Duration = Duration::from_secs(60);

impl Upstream {
    /// Learns the limits from the headers of an answer, of a success as of a refusal, so that no request has to be
    /// refused to find them. Call it in the body of the function, for each answer:
    ///
    /// ```
    /// use persevere::Upstream;
    ///
    /// static MODEL: Upstream = Upstream::new();
    ///
    /// # let mut headers = http::HeaderMap::new();
    /// # for (name, value) in [("limit", "600"), ("remaining", "599"), ("reset", "100ms")] {
    /// #     let name = http::HeaderName::try_from(format!("x-ratelimit-{name}-requests")).unwrap();
    /// #     headers.insert(name, http::HeaderValue::from_static(value));
    /// # }
    /// MODEL.learn(&headers);
    /// assert_eq!(MODEL.status().requests(), Some(10.0));
    /// ```
    ///
    /// It knows `x-ratelimit-limit-requests`, `-remaining-requests` and `-reset-requests`, and the same of `-tokens`
    /// (OpenAI, Azure, Groq and others); `anthropic-ratelimit-requests-*` and `-tokens-*` or `-input-tokens-*`;
    /// `RateLimit` and `RateLimit-Policy` of the [IETF's draft], and the `RateLimit-Limit`, `-Remaining` and `-Reset`
    /// before; and plain `x-ratelimit-limit`, `-remaining` and `-reset`. Other headers are no concern of it, and what
    /// makes no sense is as if it were not there.
    ///
    /// Answers come late and out of order: less than is known is believed at once, and more when for five seconds
    /// nothing less was said. What remains is shared with the service's other callers. No header holds a call for more
    /// than a minute.
    ///
    /// [IETF's draft]: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
    pub fn learn(&self, headers: &HeaderMap) {
        let (requests, tokens) = limits(headers);
        if requests.is_some() || tokens.is_some() {
            self.learn_limits(requests, tokens, asynchronous_now());
        }
    }

    /// As [`learn`](Self::learn), of the response of a client, which is handed on: `check(MODEL.learn_from(response))`.
    ///
    /// ```
    /// use persevere::Upstream;
    ///
    /// static MODEL: Upstream = Upstream::new();
    ///
    /// # let limit = "limit=600, remaining=599, reset=60";
    /// # let response = http::Response::builder().header("ratelimit", limit).body("hello");
    /// let response = MODEL.learn_from(response?);
    /// assert_eq!(*response.body(), "hello");
    /// assert!(MODEL.status().requests().is_some());
    /// # Ok::<_, http::Error>(())
    /// ```
    pub fn learn_from<R: HasHeaders>(&self, response: R) -> R {
        self.learn(response.headers());
        response
    }
}

/// A response whose headers can be read: `http`'s, which is ureq's, and reqwest's.
pub trait HasHeaders {
    /// The headers.
    fn headers(&self) -> &HeaderMap;
}

impl<B> HasHeaders for Response<B> {
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

#[cfg(feature = "reqwest")]
impl HasHeaders for reqwest::Response {
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

/// The limits of requests and of tokens that the headers state.
fn limits(headers: &HeaderMap) -> (Option<StatedLimit>, Option<StatedLimit>) {
    let openai = |unit| {
        let [limit, remaining, reset] =
            ["limit", "remaining", "reset"].map(|part| format!("x-ratelimit-{part}-{unit}"));
        refilled(headers, [&limit, &remaining, &reset])
    };
    let anthropic = |unit| {
        let [limit, remaining] = ["limit", "remaining"].map(|part| format!("anthropic-ratelimit-{unit}-{part}"));
        // The header for the reset is not read: it is in whole seconds, too coarse to compute a rate from.
        refilled(headers, [&limit, &remaining, ""])
    };
    let requests = openai("requests").or_else(|| anthropic("requests"));
    let requests = requests.or_else(|| draft(headers)).or_else(|| window(headers, "ratelimit"));
    let tokens = openai("tokens").or_else(|| anthropic("tokens")).or_else(|| anthropic("input-tokens"));
    (requests.or_else(|| window(headers, "x-ratelimit")), tokens)
}

/// A limit that comes back little by little. Azure does not always state when: its limits are per minute, as those of
/// Anthropic are.
fn refilled(headers: &HeaderMap, [limit, remaining, reset]: [&str; 3]) -> Option<StatedLimit> {
    let limit = amount(&value(headers, limit)?)?;
    let remaining = value(headers, remaining).and_then(|text| amount(&text)).unwrap_or(limit);
    // A value without a digit is no time; it must not be read as a time of zero.
    let said = value(headers, reset).filter(|text| text.bytes().any(|byte| byte.is_ascii_digit()));
    let refill = match said.filter(|_| !reset.is_empty()) {
        Some(_) => Refill::Steady(wait(headers, reset).unwrap_or_default()),
        None => Refill::Every(MINUTE),
    };
    Some(StatedLimit { limit, remaining, refill })
}

/// A limit that comes back all at once: `ratelimit-limit`, `-remaining`, `-reset`.
fn window(headers: &HeaderMap, prefix: &str) -> Option<StatedLimit> {
    let [limit, remaining, reset] = ["limit", "remaining", "reset"].map(|part| format!("{prefix}-{part}"));
    let limit = amount(&value(headers, &limit)?)?;
    let remaining = value(headers, &remaining).and_then(|text| amount(&text))?;
    Some(StatedLimit { limit, remaining, refill: Refill::Window(wait(headers, &reset)?) })
}

/// The limit by the IETF's `RateLimit`: `"default";r=50;t=30`, with its size in the `RateLimit-Policy` of the same
/// name. Of several limits the one is taken that leaves the least for each second. Before draft 8 it is
/// `limit=100, remaining=50, reset=30`.
fn draft(headers: &HeaderMap) -> Option<StatedLimit> {
    let text = value(headers, "ratelimit")?;
    let policies = value(headers, "ratelimit-policy").unwrap_or_default();
    if text.contains("remaining") {
        let part = |name| parameter(text.split(','), name);
        let (remaining, reset) = (part("remaining")?, part("reset")?);
        let limit = part("limit").unwrap_or(remaining);
        return told(limit, remaining, reset);
    }
    let said = text.split(',').filter_map(|item| {
        let name = item.split(';').next()?.trim();
        let policy =
            policies.split(',').find(|policy| policy.split(';').next().is_some_and(|other| other.trim() == name));
        let policy = policy.unwrap_or_default();
        if policy.contains("qu=") && !policy.contains("qu=\"requests\"") {
            return None;
        }
        let remaining = parameter(item.split(';'), "r")?;
        let limit = parameter(policy.split(';'), "q").unwrap_or(remaining);
        // If no time is stated, the whole window is taken.
        let reset = parameter(item.split(';'), "t").or_else(|| parameter(policy.split(';'), "w"))?;
        told(limit, remaining, reset)
    });
    said.max_by(|one, other| time_of_one(one).total_cmp(&time_of_one(other)))
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no 53 bits")]
fn time_of_one(told: &StatedLimit) -> f64 {
    match told.refill {
        Refill::Window(end) => end.as_secs_f64() / told.remaining as f64,
        Refill::Steady(_) | Refill::Every(_) => 0.0,
    }
}

fn told(limit: u64, remaining: u64, reset: u64) -> Option<StatedLimit> {
    let limit = limit.max(remaining);
    (reset > 0).then_some(StatedLimit { limit, remaining, refill: Refill::Window(Duration::from_secs(reset)) })
}

/// The whole number behind `name=`.
fn parameter<T: AsRef<str>>(mut parts: impl Iterator<Item = T>, name: &str) -> Option<u64> {
    parts.find_map(|part| {
        let (found, value) = part.as_ref().split_once('=')?;
        if found.trim().eq_ignore_ascii_case(name) { amount(value) } else { None }
    })
}

/// A whole number; a negative one is taken as zero. `100;w=60` is 100.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and makes 0 of what is less"
)]
fn amount(text: &str) -> Option<u64> {
    let number = number(text.split([';', ',']).next()?.trim()).filter(|number| number.is_finite())?;
    Some(number as u64)
}

/// The time that a header names: seconds, `6m0s`, or a point in time, which is counted from the answer's own `Date`.
fn wait(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let now = || date(headers).unwrap_or_else(clocks::system);
    waits::field(&value(headers, name)?, Unit::Moment)?.from(now)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn said(pairs: &[(&str, &str)]) -> (Option<StatedLimit>, Option<StatedLimit>) {
        let header = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap())
        };
        limits(&pairs.iter().map(header).collect())
    }

    fn steady(limit: u64, remaining: u64, milliseconds: u64) -> StatedLimit {
        StatedLimit { limit, remaining, refill: Refill::Steady(Duration::from_millis(milliseconds)) }
    }

    fn window(limit: u64, remaining: u64, seconds: u64) -> StatedLimit {
        StatedLimit { limit, remaining, refill: Refill::Window(Duration::from_secs(seconds)) }
    }

    #[test]
    fn openai_s_headers_are_read() {
        let (requests, tokens) = said(&[
            ("x-ratelimit-limit-requests", "500"),
            ("x-ratelimit-remaining-requests", "499"),
            ("x-ratelimit-reset-requests", "120ms"),
            ("x-ratelimit-limit-tokens", "30000"),
            ("x-ratelimit-remaining-tokens", "29000"),
            ("x-ratelimit-reset-tokens", "1m2.5s"),
        ]);
        assert_eq!((requests, tokens), (Some(steady(500, 499, 120)), Some(steady(30_000, 29_000, 62_500))));
    }

    #[test]
    fn azure_says_no_reset_and_means_a_minute() {
        let (requests, tokens) =
            said(&[("x-ratelimit-limit-tokens", "10000"), ("x-ratelimit-remaining-tokens", "9000")]);
        let refill = Refill::Every(MINUTE);
        assert_eq!((requests, tokens), (None, Some(StatedLimit { limit: 10_000, remaining: 9_000, refill })));
    }

    #[test]
    fn anthropic_s_headers_are_read() {
        let (requests, tokens) = said(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "49"),
            ("anthropic-ratelimit-requests-reset", "2026-08-25T07:41:44Z"),
            ("anthropic-ratelimit-input-tokens-limit", "40000"),
            ("anthropic-ratelimit-input-tokens-remaining", "39000"),
        ]);
        let refill = Refill::Every(MINUTE);
        assert_eq!(requests, Some(StatedLimit { limit: 50, remaining: 49, refill }));
        assert_eq!(tokens, Some(StatedLimit { limit: 40_000, remaining: 39_000, refill }));
    }

    #[test]
    fn the_draft_s_headers_are_read_in_all_their_versions() {
        for (pairs, expected) in [
            (
                &[("ratelimit", "\"a\";r=50;t=30"), ("ratelimit-policy", "\"a\";q=100;w=60")][..],
                Some(window(100, 50, 30)),
            ),
            (&[("ratelimit", "\"a\";r=50"), ("ratelimit-policy", "\"a\";q=100;w=60")], Some(window(100, 50, 60))),
            (
                &[
                    ("ratelimit", "\"hour\";r=900;t=1800, \"second\";r=0;t=1"),
                    ("ratelimit-policy", "\"second\";q=10;w=1, \"hour\";q=1000;w=3600"),
                ],
                Some(window(10, 0, 1)),
            ),
            (&[("ratelimit", "limit=100, remaining=50, reset=30")], Some(window(100, 50, 30))),
            (
                &[("ratelimit-limit", "100, 100;w=60"), ("ratelimit-remaining", "50"), ("ratelimit-reset", "30")],
                Some(window(100, 50, 30)),
            ),
            (&[("ratelimit", "\"a\";r=5;t=3"), ("ratelimit-policy", "\"a\";q=9;w=9;qu=\"content-bytes\"")], None),
        ] {
            assert_eq!(said(pairs), (expected, None), "{pairs:?}");
        }
    }

    #[test]
    fn plain_headers_name_seconds_or_a_moment_by_the_answer_s_own_clock() {
        for reset in ["30", "1696004847", "1696004847000"] {
            let (requests, _) = said(&[
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", "7"),
                ("x-ratelimit-reset", reset),
                ("date", "Fri, 29 Sep 2023 16:26:57 GMT"),
            ]);
            assert_eq!(requests, Some(window(100, 7, 30)), "{reset}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_there() {
        for value in ["", "soon", "nan", "inf", "-inf", "0x10", "\u{665}"] {
            let pairs = [("limit", value), ("remaining", "1"), ("reset", "1s")];
            let headers: HeaderMap = pairs
                .iter()
                .filter_map(|(name, value)| {
                    let name = HeaderName::try_from(format!("x-ratelimit-{name}-requests")).ok()?;
                    Some((name, HeaderValue::from_str(value).ok()?))
                })
                .collect();
            assert_eq!(limits(&headers), (None, None), "{value}");
        }
        let (requests, _) = said(&[
            ("x-ratelimit-limit-requests", "10"),
            ("x-ratelimit-remaining-requests", "-5"),
            ("x-ratelimit-reset-requests", "-5"),
        ]);
        assert_eq!(requests, Some(steady(10, 0, 0)));
        assert_eq!(said(&[("retry-after", "5")]), (None, None));
        for reset in ["", "soon", "nan", "inf"] {
            let (requests, _) = said(&[
                ("x-ratelimit-limit-requests", "10"),
                ("x-ratelimit-remaining-requests", "0"),
                ("x-ratelimit-reset-requests", reset),
            ]);
            let minute = StatedLimit { limit: 10, remaining: 0, refill: Refill::Every(MINUTE) };
            assert_eq!(requests, Some(minute), "a reset of {reset:?} is none, and not at once");
        }
        let upstream = Upstream::new();
        upstream.learn(&HeaderMap::new());
        assert_eq!(upstream.status(), Upstream::new().status());
    }

    /// A minute's limit of six hundred requests, in the headers of a response.
    fn response() -> Response<&'static str> {
        Response::builder().header("ratelimit", "limit=600, remaining=600, reset=60").body("hello").unwrap()
    }

    #[test]
    fn what_the_headers_say_is_learnt() {
        let upstream = Upstream::new();
        upstream.learn(&HeaderMap::new());
        assert_eq!(upstream.status().requests(), None);
        upstream.learn(response().headers());
        assert_eq!(upstream.status().requests(), Some(10.0));
    }

    #[test]
    fn a_response_is_handed_on() {
        let upstream = Upstream::new();
        assert_eq!(*upstream.learn_from(response()).body(), "hello");
        assert_eq!(upstream.status().requests(), Some(10.0));
    }

    #[cfg(feature = "reqwest")]
    #[test]
    fn a_response_of_reqwest_is_handed_on() {
        let upstream = Upstream::new();
        assert_eq!(upstream.learn_from(reqwest::Response::from(response())).status(), 200);
        assert_eq!(upstream.status().requests(), Some(10.0));
    }

    #[test]
    fn a_reset_at_once_says_nothing() {
        assert_eq!(said(&[("ratelimit", "limit=600, remaining=600, reset=0")]), (None, None));
    }

    #[test]
    fn of_several_windows_the_slowest_counts_wherever_it_stands() {
        let policy = ("ratelimit-policy", "\"hour\";q=1000;w=3600, \"minute\";q=50;w=60");
        let hour = Some(window(1_000, 900, 3_600));
        for limits in ["\"hour\";r=900;t=3600, \"minute\";r=40;t=60", "\"minute\";r=40;t=60, \"hour\";r=900;t=3600"] {
            assert_eq!(said(&[policy, ("ratelimit", limits)]).0, hour, "{limits}");
        }
    }
}
