//! Takes out of the errors of clients what is secret in their URLs, before they are kept.

use std::error::Error;
use std::io;

use crate::redact::redacted;

type Boxed = Box<dyn Error + Send + Sync>;

/// The error, without the secrets of URLs if its type is known. An error of another type is kept as it is, because it
/// may be downcast later.
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
    #[cfg(feature = "async-openai")]
    let error = match error.downcast::<async_openai::error::OpenAIError>() {
        Ok(error) => return Box::new(of_openai(*error)),
        Err(error) => error,
    };
    match error.downcast::<io::Error>() {
        Ok(error) => Box::new(of_io(*error)),
        Err(error) => of_text(error),
    }
}

/// The I/O error, without the secrets in the error or the text that it wraps.
pub(super) fn of_io(error: io::Error) -> io::Error {
    if error.get_ref().is_none() {
        return error;
    }
    let kind = error.kind();
    match error.into_inner() {
        Some(inner) => io::Error::new(kind, self::error(inner)),
        None => kind.into(),
    }
}

/// The error, without its secrets if it is nothing but a text, like a `Box<dyn Error>` that is made from a string.
fn of_text(error: Boxed) -> Boxed {
    let text = error.to_string();
    // The type of such an error has no public name. It is recognized by its `Debug`, which is that of its text.
    let is_text = error.source().is_none() && format!("{error:?}") == format!("{text:?}");
    match redacted(&text) {
        std::borrow::Cow::Owned(redacted) if is_text => redacted.into(),
        _ => error,
    }
}

/// Scrubs the error of reqwest that the client wraps, and the texts that the client keeps.
#[cfg(feature = "async-openai")]
fn of_openai(error: async_openai::error::OpenAIError) -> async_openai::error::OpenAIError {
    use async_openai::error::OpenAIError::{Boxed, InvalidArgument, JSONDeserialize, Reqwest, StreamError};
    use async_openai::error::StreamError::{EventStream, UnknownEvent};
    match error {
        Reqwest(error) => Reqwest(of_reqwest(error)),
        Boxed(error) => Boxed(self::error(error)),
        InvalidArgument(text) => InvalidArgument(redacted(&text).into_owned()),
        JSONDeserialize(error, content) => JSONDeserialize(error, redacted(&content).into_owned()),
        StreamError(error) => StreamError(match *error {
            EventStream(text) => EventStream(redacted(&text).into_owned()).into(),
            UnknownEvent(event) => UnknownEvent(event).into(),
        }),
        other => other,
    }
}

/// The error, in whose URL the query, the user and the path segments that look like keys are hidden.
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

/// The error, without the secrets in an address that it holds as text.
#[cfg(feature = "ureq")]
pub(super) fn of_ureq(error: ureq::Error) -> ureq::Error {
    use ureq::Error::{BadUri, ConnectProxyFailed, Io, RequireHttpsOnly};
    match error {
        BadUri(text) => BadUri(redacted(&text).into_owned()),
        RequireHttpsOnly(text) => RequireHttpsOnly(redacted(&text).into_owned()),
        ConnectProxyFailed(text) => ConnectProxyFailed(redacted(&text).into_owned()),
        Io(error) => Io(of_io(error)),
        other => other,
    }
}
