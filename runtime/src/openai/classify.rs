//! The classifiers: which errors are retried.

use std::time::Duration;

use super::causes;
use super::error::ApiError;
use super::facts::{ApiFailure, Cause, Facts, Otherwise, Source};
use super::kinds::{self, Words};
use super::sentence::Sentence;
use super::status::ApiStatusError;
use super::{waits, words};
use crate::{Decision, Retryable};

/// Which errors of an OpenAI-compatible service are retried: the classifier for `on`.
///
/// The rules are in the [module's documentation](self::super).
///
/// ```
/// use persevere::Decision;
/// use persevere::openai::{ApiError, retryable};
///
/// let quota = br#"{"error": {"code": "insufficient_quota"}}"#;
/// let headers = http::HeaderMap::new();
/// let too_many = http::StatusCode::TOO_MANY_REQUESTS;
/// let error = ApiError::from_response(too_many, &headers, b"");
/// assert_eq!(retryable(&error), Decision::Throttled(None));
/// let error = ApiError::from_response(too_many, &headers, quota);
/// assert_eq!(retryable(&error), Decision::Stop);
/// ```
#[must_use]
pub fn retryable<E: ApiFailure + ?Sized>(error: &E) -> Decision {
    of_facts(error.facts())
}

fn of_facts(facts: Facts<'_>) -> Decision {
    with_known(facts, |facts| match facts.cause {
        Cause::Transport | Cause::NotConnected => Decision::Retry,
        Cause::Other | Cause::Wrapped(..) => Decision::Stop,
        Cause::Status(_) => of_response(facts),
    })
}

/// Which errors are retried if the request must not be processed twice: only those after which the service cannot have
/// processed it. The classifier for `on` of calls that cost much or change something.
///
/// These are retried:
///
/// - a 429, as by [`retryable`]: the service refused before it began;
/// - a failure whose code says that the service did not take the request: `rate_limit_exceeded`, `slow_down`, an
///   overload (Anthropic's `overloaded_error`, OpenAI's `server_is_overloaded`);
/// - a connection that was not made: refused, unreachable, a name that was not found, and an HTTP/2 stream that the
///   server refused.
///
/// Requests that may have been processed are not retried: those that ended with a timeout, a connection that broke, a
/// 408, a 409, a 500, a 502, a 503 without such a code, whatever `x-should-retry` says; `x-should-retry: false` is
/// heeded.
///
/// Use [`retryable`] for chat completions and embeddings: the worst that a second one costs is its tokens. Use this one
/// for what is kept or paid by the piece: images, videos, fine-tuning jobs, batches, uploads, agents whose tools act.
/// Where the service knows idempotency keys, [`retryable`] with the same key in each attempt retries more and is as
/// safe.
///
/// ```
/// use persevere::Decision;
/// use persevere::openai::{ApiError, unprocessed};
/// use persevere::retry;
/// # use http::{HeaderMap, StatusCode};
///
/// #[retry(max = 5, initial = "1s", on = unprocessed)]
/// fn begin_fine_tuning(file: &str) -> Result<String, ApiError> {
///     Ok(format!("job for {file}"))
/// }
/// # assert_eq!(begin_fine_tuning("f").unwrap(), "job for f");
///
/// let status = |status| ApiError::from_response(status, &HeaderMap::new(), b"");
/// let refused = status(StatusCode::TOO_MANY_REQUESTS);
/// assert_eq!(unprocessed(&refused), Decision::Throttled(None));
/// assert_eq!(unprocessed(&status(StatusCode::BAD_GATEWAY)), Decision::Stop);
/// assert_eq!(unprocessed(&ApiError::timeout("no answer")), Decision::Stop);
/// ```
#[must_use]
pub fn unprocessed<E: ApiFailure + ?Sized>(error: &E) -> Decision {
    with_known(error.facts(), |facts| match facts.cause {
        Cause::NotConnected => Decision::Retry,
        Cause::Status(_) if is_refused_by_name(facts) => of_response(facts),
        Cause::Transport | Cause::Status(_) | Cause::Other | Cause::Wrapped(..) => Decision::Stop,
    })
}

/// The decision of [`retryable`] on an error of any type, without its causes; `None` if the type is not known.
pub(crate) fn of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<Decision> {
    causes::known(cause).map(of_facts)
}

/// Calls `decide` with the facts of the error that decides: if the error only wraps another one, those of the outermost
/// known error in it.
fn with_known(mut facts: Facts<'_>, decide: fn(&Facts<'_>) -> Decision) -> Decision {
    while let Cause::Wrapped(Source(error), otherwise) = facts.cause {
        facts = match (causes::first_known(error), otherwise) {
            (Some(known), _) => known,
            (None, Otherwise::Transport) => Facts::transport(),
            (None, Otherwise::Other) => Facts::other(),
        };
    }
    decide(&facts)
}

fn is_refused_by_name(facts: &Facts<'_>) -> bool {
    let words = Words::of(facts);
    kinds::meaning(facts) == Some(429) || words.refused() || words.rate() || words.overload()
}

fn of_response(facts: &Facts<'_>) -> Decision {
    let status = kinds::meaning(facts).unwrap_or_default();
    let too_many = status == 429;
    let words = Words::of(facts);
    let message = facts.message.as_deref().map(Sentence::new);
    let named = named_wait(facts);
    if too_many && (words.is_final(message.as_ref()) || words.is_used_up(message.as_ref(), named)) {
        return Decision::Stop;
    }
    // MiniMax sends "insufficient balance" with a 500.
    if status >= 500 && message.as_ref().is_some_and(|message| message.says(&words::NO_MONEY)) {
        return Decision::Stop;
    }
    let is_overload = words.is_overload(message.as_ref());
    // 498 is Groq's flex processing without capacity; elsewhere it is a token that is not valid.
    let retried = matches!(status, 408 | 409 | 429 | 500..) || (status == 498 && is_overload);
    if !facts.should_retry.unwrap_or(retried) {
        return Decision::Stop;
    }
    let failed = too_many && is_overload && !words.refused();
    if words.refused() || (too_many && !failed) || (words.rate() && !is_overload) {
        return Decision::Throttled(named);
    }
    let wait = if failed { named } else { facts.retry_after.or(facts.body_wait) };
    wait.map_or(Decision::Retry, Decision::RetryAfter)
}

/// The wait that a refusal names: in a header, else in a field, else in the message.
fn named_wait(facts: &Facts<'_>) -> Option<Duration> {
    if facts.retry_after.is_some() {
        return facts.retry_after;
    }
    let in_message = facts.message.as_deref().and_then(waits::in_message);
    match (facts.body_wait, in_message) {
        // Google's field has the wait of the message without its fraction.
        (Some(field), Some(message)) if message > field && message.abs_diff(field) < Duration::from_secs(1) => {
            Some(message)
        }
        (field, message) => field.or(message),
    }
}

/// Implements `Retryable` by calling [`retryable`].
macro_rules! retryable_as_judged {
    ($($(#[$attribute:meta])* $error:ty),* $(,)?) => {$(
        $(#[$attribute])*
        impl Retryable for $error {
            /// What [`retryable`] decides.
            fn decision(&self) -> Decision {
                retryable(self)
            }
        }
    )*};
}

retryable_as_judged! {
    ApiError,
    ApiStatusError,
    #[cfg(feature = "reqwest")]
    reqwest::Error,
    #[cfg(feature = "ureq")]
    ureq::Error,
    #[cfg(feature = "async-openai")]
    async_openai::error::OpenAIError,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The decision on a refusal with a field that says seven seconds.
    fn with_field(message: &str) -> Decision {
        let body = format!(r#"{{"error": {{"message": "{message}", "details": [{{"retryDelay": "7s"}}]}}}}"#);
        retryable(&ApiError::from_response(
            http::StatusCode::TOO_MANY_REQUESTS,
            &http::HeaderMap::new(),
            body.as_bytes(),
        ))
    }

    #[test]
    fn the_message_adds_the_fraction_of_a_second_and_no_more() {
        let throttled = |milliseconds| Decision::Throttled(Some(Duration::from_millis(milliseconds)));
        assert_eq!(with_field("Please retry in 7.9s."), throttled(7_900));
        assert_eq!(with_field("Please retry in 8s."), throttled(7_000));
        assert_eq!(with_field("Please retry in 6.9s."), throttled(7_000));
    }

    /// What a code says of a rate counts before what a message says of a capacity.
    #[test]
    fn codes_count_before_messages() {
        let decision = |status: u16, code: &str, message: &str, wait: Option<&str>| {
            let body = format!(r#"{{"error": {{"code": "{code}", "message": "{message}"}}}}"#);
            let wait = wait.map(|wait| (http::header::RETRY_AFTER, wait.parse().unwrap()));
            let headers = http::HeaderMap::from_iter(wait);
            retryable(&ApiError::from_response(http::StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes()))
        };
        let throttled = Decision::Throttled(None);
        assert_eq!(decision(429, "rpm_rate_limit_hit", "The model is overloaded", None), throttled);
        assert_eq!(decision(429, "some", "The model is overloaded", None), Decision::Retry);
        assert_eq!(decision(500, "rpm_rate_limit_hit", "failed", None), throttled);
        assert_eq!(decision(500, "some", "failed", None), Decision::Retry);
        assert_eq!(
            decision(429, "requests_per_day", "refused", Some("5")),
            Decision::Stop,
            "no wait of seconds mends it"
        );
        assert_eq!(decision(429, "rpm_rate_limit_hit", "Usage limit reached", None), throttled);
        assert_eq!(decision(429, "some", "Usage limit reached", None), Decision::Stop);
    }

    /// A success whose body is an error stands for the status that its words mean.
    #[test]
    fn an_error_in_a_success_means_what_it_says() {
        let decision = |message: &str| {
            let event = format!(r#"{{"error": {{"message": "{message}"}}}}"#);
            retryable(&ApiError::from_event(&event).unwrap())
        };
        let throttled = |seconds: Option<u64>| Decision::Throttled(seconds.map(Duration::from_secs));
        assert_eq!(decision("Rate limit reached"), throttled(None));
        assert_eq!(decision("Please slow down"), throttled(None));
        assert_eq!(decision("Too many tokens"), throttled(None));
        assert_eq!(decision("Come back, please wait 20 seconds."), throttled(Some(20)));
        assert_eq!(decision("Limited to 9 API calls"), throttled(None));
        assert_eq!(decision("Retry after 20s"), throttled(Some(20)));
        assert_eq!(decision("The model is overloaded"), Decision::Retry);
        assert_eq!(decision("\u{8d1f}\u{8f7d}\u{8fc7}\u{9ad8}"), Decision::Retry, "overloaded, in Chinese");
        assert_eq!(decision("no such model"), Decision::Stop);
        let code = r#"{"error": {"code": "usage_limit_reached", "message": "Nine calls a minute"}}"#;
        assert_eq!(retryable(&ApiError::from_event(code).unwrap()), throttled(None));
    }
}
