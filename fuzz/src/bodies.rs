//! Bodies and messages of responses, and what is printed of errors.

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use persevere::openai::{ApiError, ApiFailure, Facts, retryable, unprocessed};
use persevere::{Decision, Judged, causes};

/// A body, behind a byte that chooses the status.
pub fn body(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let statuses = [200, 400, 402, 408, 429, 498, 500, 503, 529];
    let status = StatusCode::from_u16(statuses[usize::from(*first) % statuses.len()]).unwrap();
    let error = ApiError::from_response_at(status, &HeaderMap::new(), body, super::headers::now());
    judged(&error);
    let response = error.response().unwrap();
    assert_eq!(response.body(), String::from_utf8_lossy(body));
    for printed in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
        assert!(printed.len() < 8000, "{} bytes are printed", printed.len());
    }
    assert!(!error.to_string().contains(char::is_control), "{error}");
    assert!(error.to_string().starts_with(status.as_str()));
    let same = Response(Facts::status(status.as_u16()).body(body));
    assert_eq!(retryable(&same) == Decision::Stop, retryable(&error) == Decision::Stop);
    let text = String::from_utf8_lossy(body);
    if let Some(error) = ApiError::from_event(&text) {
        judged(&error);
    }
}

/// A message, as a client keeps it that keeps nothing else.
pub fn message(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for status in [200, 400, 429, 500] {
        judged(&Response(Facts::status(status).message(Some(&text))));
    }
    judged(&ApiError::connection(&*text));
}

/// A text around addresses with secrets, none of which is printed.
pub fn printed(data: &[u8]) {
    const ADDRESSES: [&str; 4] = [
        "https://user:CANARY@h/v1",
        "https://h/v1?key=CANARY",
        "https://h/v1?a=1#CANARY",
        "https://h/bot110201543:AACANARY0vGWJxfSeofSAs0K5PALDsaw/send",
    ];
    let text = String::from_utf8_lossy(data);
    for address in ADDRESSES {
        let told = Judged::stop(format!("{text} {address} {text}"));
        for printed in [told.to_string(), format!("{told:?}")] {
            assert!(text.contains("CANARY") || !printed.contains("CANARY"), "{printed}");
        }
        let error: Box<dyn std::error::Error + Send + Sync> = told.to_string().into();
        assert!(causes::retryable(&error) == Decision::Stop || text.contains("timed out"));
    }
}

struct Response<'a>(Facts<'a>);

impl ApiFailure for Response<'_> {
    fn facts(&self) -> Facts<'_> {
        self.0.clone()
    }
}

/// Whatever is decided, a wait of nothing is none, and what is retried by the stricter classifier is by the other too.
pub(super) fn judged(error: &impl ApiFailure) {
    let decision = retryable(error);
    assert_ne!(decision.server_wait(), Some(Duration::ZERO));
    let strict = unprocessed(error);
    assert!(strict == Decision::Stop || strict == decision, "{strict:?}, but {decision:?}");
}
