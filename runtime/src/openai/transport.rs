//! What failures are that no service had a part in: of the connection, of TLS, of a reply that ends early.

use std::error::Error;
use std::io;

use super::facts::Facts;
use crate::{Decision, Retryable};

/// How many causes are looked at.
const LONGEST: usize = 32;

pub(super) type Cause<'a> = &'a (dyn Error + 'static);

/// An error and its causes, from the outermost inward. The cause that an [`io::Error`] gives is that of the error it
/// was made of; that error itself is among these too.
pub(super) fn chain(error: Cause<'_>) -> impl Iterator<Item = Cause<'_>> {
    std::iter::successors(Some(error), |error| inner(*error)).take(LONGEST)
}

fn inner(error: Cause<'_>) -> Option<Cause<'_>> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

/// What is known of an I/O error by its kind, unless that says nothing.
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

/// A reply that is not the JSON that was expected; one that ends early, or that could not be read, is a connection that
/// failed. Services under load send it with a status of 200.
pub(super) fn of_json<'a>(error: &serde_json::Error) -> Facts<'a> {
    if error.is_eof() || error.is_io() { Facts::transport() } else { Facts::other() }
}

/// What is known by its text alone, since the type of it belongs to a crate that is no dependency of ours.
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
