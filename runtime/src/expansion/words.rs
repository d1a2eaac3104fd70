//! The words of `#[retryable(..)]`, for editors. The keys of `#[retry]` are in `keys`.

use super::keys::keys;

keys! {
    /// `stop`: not retried. The default.
    stop
    /// `throttled`: the service rate-limited the request. With `after = field` the field may say for how long.
    throttled
    /// `after = field`: the server asks for the wait in that field, a `Duration` or an `Option<Duration>`.
    after
    /// `transparent`: the only field decides; `transparent = field`: that one does. The type of the field is
    /// `Retryable`.
    transparent
    /// `with = path`: a function decides. On a variant it is given references to the fields, on the type to the error.
    with
}
