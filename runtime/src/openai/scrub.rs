//! Takes out of the errors of clients what is secret in their URLs, before they are kept.

use std::error::Error;

#[cfg(any(feature = "reqwest", feature = "ureq"))]
use crate::redact::redacted;

type Boxed = Box<dyn Error + Send + Sync>;

/// The error, without the secrets in the URLs of those that are known.
pub(super) fn error(error: Boxed) -> Boxed {
    #[cfg(feature = "reqwest")]
    let error = match error.downcast::<reqwest::Error>() {
        Ok(error) => return Box::new(of_reqwest(*error)),
        Err(error) => error,
    };
    #[cfg(feature = "ureq")]
    let error = match error.downcast::<ureq::Error>() {
        Ok(error) => return Box::new(of_ureq(*error)),
        Err(error) => error,
    };
    error
}

/// Without the query, the user and the segments of the path that look like keys.
#[cfg(feature = "reqwest")]
pub(super) fn of_reqwest(mut error: reqwest::Error) -> reqwest::Error {
    if let Some(url) = error.url_mut() {
        let redacted = redacted(url.as_str()).into_owned();
        if redacted != url.as_str() {
            match redacted.parse() {
                Ok(redacted) => *url = redacted,
                Err(_) => return error.without_url(),
            }
        }
    }
    error
}

/// The errors that hold an address as text.
#[cfg(feature = "ureq")]
pub(super) fn of_ureq(error: ureq::Error) -> ureq::Error {
    use ureq::Error::{BadUri, ConnectProxyFailed, RequireHttpsOnly};
    match error {
        BadUri(text) => BadUri(redacted(&text).into_owned()),
        RequireHttpsOnly(text) => RequireHttpsOnly(redacted(&text).into_owned()),
        ConnectProxyFailed(text) => ConnectProxyFailed(redacted(&text).into_owned()),
        other => other,
    }
}
