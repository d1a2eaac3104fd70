//! Failures that do not come from the service: of the connection, of TLS, of a reply that ends early.

use std::error::Error;
use std::io;

use super::facts::Facts;
use crate::{Decision, Retryable};

/// How many causes are looked at. There is a limit because an error may be its own cause.
const LONGEST: usize = 32;

pub(super) type Cause<'a> = &'a (dyn Error + 'static);

/// An error and its causes, from the outermost inward. `io::Error::source` skips the error that the `io::Error` wraps,
/// and returns the source of that error. Here the wrapped error is included too.
pub(super) fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |error| inner(*error)).take(LONGEST)
}

fn inner(error: Cause<'_>) -> Option<Cause<'_>> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// The facts of an I/O error by its kind; `None` if the kind says nothing.
pub(super) fn of_io<'a>(error: &io::Error) -> Option<Facts<'a>> {
    use io::ErrorKind::{
        AddrNotAvailable, ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable, NotConnected,
    };
    match error.kind() {
        ConnectionRefused | HostUnreachable | NetworkUnreachable | NetworkDown | NotConnected | AddrNotAvailable => {
            Some(Facts::not_connected())
        }
        _ => (error.decision() == Decision::Retry).then(Facts::transport),
    }
}

/// The facts of a reply that is not the JSON that was expected. One that ends early, or that could not be read, counts
/// as a failure of the connection: services under load send such replies with a status of 200.
pub(super) fn of_json<'a>(error: &serde_json::Error) -> Facts<'a> {
    if error.is_eof() || error.is_io() { Facts::transport() } else { Facts::other() }
}

/// The facts of an error that is recognized by its text, because its type belongs to a crate that is no dependency of
/// this one.
pub(super) fn of_text<'a>(error: Cause<'_>) -> Option<Facts<'a>> {
    /// A certificate that is not trusted, in the words of rustls, OpenSSL, macOS and Windows.
    const UNTRUSTED: [&str; 5] = [
        "invalid peer certificate",
        "certificate verify failed",
        "certificate was not trusted",
        "certificate is not trusted",
        "certificate chain",
    ];
    /// HTTP/2's `REFUSED_STREAM`, in the words of h2.
    const REFUSED_STREAM: &str = "refused stream before processing any application logic";
    let text = error.to_string();
    if UNTRUSTED.iter().any(|words| text.contains(words)) {
        Some(Facts::other())
    } else if text.contains(REFUSED_STREAM) {
        Some(Facts::not_connected())
    } else {
        // The error of tower's timeout.
        (text == "request timed out").then(Facts::transport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_followed_into_what_an_io_error_wraps_and_not_for_ever() {
        let texts = |error: &io::Error| chain(error).map(ToString::to_string).collect::<Vec<_>>();
        let plain = io::Error::from(io::ErrorKind::TimedOut);
        assert_eq!(texts(&plain), ["timed out"]);
        assert_eq!(texts(&io::Error::other(io::Error::other("inner"))), ["inner", "inner", "inner"]);
        let nested = (0..2 * LONGEST).fold(plain, |error, _| io::Error::other(error));
        assert_eq!(texts(&nested).len(), LONGEST);
    }
}
