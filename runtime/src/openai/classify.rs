use super::failure::{ApiFailure, Cause, Facts};
use super::message;
use crate::Decision;

/// Codes and types of a 429 that no wait mends. The SDK retries them; OpenAI's documentation says not to.
pub(super) const QUOTA: [&str; 7] = [
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "billing_not_active",
    "billing_hard_limit_reached",
];

/// The service is short of capacity: a failure, whatever its status, and not the doing of this caller's rate.
const OVERLOAD: [&str; 2] = ["server_is_overloaded", "engine_overloaded"];

/// The service refuses for rate, whatever the status.
pub(super) const REFUSED: [&str; 2] = ["rate_limit_exceeded", "slow_down"];

/// Which errors of an OpenAI-compatible service deserve another attempt: the classifier for `on`.
///
/// The rules are in the [module's documentation](self::super).
///
/// ```
/// use persevere::Decision;
/// use persevere::openai::{ApiError, retryable};
///
/// let quota = br#"{"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}"#;
/// let headers = http::HeaderMap::new();
/// let too_many = http::StatusCode::TOO_MANY_REQUESTS;
/// assert_eq!(retryable(&ApiError::from_response(too_many, &headers, b"")), Decision::Throttled(None));
/// assert_eq!(retryable(&ApiError::from_response(too_many, &headers, quota)), Decision::Stop);
/// ```
#[must_use]
pub fn retryable<E: ApiFailure + ?Sized>(error: &E) -> Decision {
    decide(&error.facts())
}

fn decide(facts: &Facts<'_>) -> Decision {
    let status = match facts.cause {
        Cause::Transport => return Decision::Retry,
        Cause::Other => return Decision::Stop,
        Cause::Status(status) => status,
    };
    let too_many = status == 429;
    if too_many && (says(facts, &QUOTA) || is_too_large(facts)) {
        return Decision::Stop;
    }
    if !facts.should_retry.unwrap_or(matches!(status, 408 | 409 | 429 | 500..)) {
        return Decision::Stop;
    }
    if says(facts, &REFUSED) || (too_many && !says(facts, &OVERLOAD)) {
        return Decision::Throttled(facts.retry_after.or_else(|| facts.message.as_deref().and_then(message::wait)));
    }
    facts.retry_after.map_or(Decision::Retry, Decision::RetryAfter)
}

/// Whether the code or the type is one of `words`.
fn says(facts: &Facts<'_>, words: &[&str]) -> bool {
    [&facts.code, &facts.error_type].into_iter().flatten().any(|said| words.contains(&said.as_ref()))
}

/// A request that by itself exceeds the limit, which OpenAI reports like any other 429.
fn is_too_large(facts: &Facts<'_>) -> bool {
    facts.message.as_ref().is_some_and(|message| message.starts_with("Request too large"))
}
