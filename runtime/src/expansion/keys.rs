//! The keys of `#[retry]`, for editors.
//!
//! Inside rust-analyzer the expansion names the keys that are written, so that the editor completes them and shows
//! these texts on hover. A compiler never sees them named.

/// Declares a key as something that can be imported.
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident)+) => {
        $(
            $(#[doc = $doc])+
            #[expect(non_camel_case_types, reason = "it is named like the key")]
            pub enum $key {}
        )+
    };
}

pub(super) use keys;

keys! {
    /// `max = 5`: attempts in total, the first one included. Default 3.
    max
    /// `initial = "500ms"`: ceiling of the first wait; zero disables the policy's own waits. Default 500 ms.
    initial
    /// `factor = 2`: the ceiling is multiplied by it after each wait; at least 1. Default 2.
    factor
    /// `cap = "60s"`: the ceiling never grows past it. Default 60 s, or `initial` if that is longer.
    cap
    /// `jitter = full`: how a wait is drawn under its ceiling: `none`, `equal`, `full`, `decorrelated`, or a fraction
    /// from 0 to 1. Default `full`.
    jitter
    /// `on = |error| ...`: which errors are retried, as a `Decision` or a `bool`. Default: the error type's
    /// `Retryable`.
    on
    /// `until = |value| ...`: if it returns `false` for an `Ok` value, the call is retried; after the last attempt that
    /// value is returned unchanged. Default: every value is accepted.
    until
    /// `timeout = "10s"`: time limit of one attempt, of async functions; the error type must implement
    /// `From<Elapsed>`. Default: none.
    timeout
    /// `deadline = "60s"`: no attempt starts after this much time since the call began; a running attempt is cut short
    /// only if `timeout` is set too. Default: none.
    deadline
    /// `max_retry_after = "120s"`: the longest wait accepted from the server; if it asks for more, the error is
    /// returned at once. Default 120 s.
    max_retry_after
    /// `upstream = SERVICE`: a `static Upstream`, the pacing that all calls to one service share. Default: none.
    upstream
    /// `cost = 200`: with `upstream`, the number of tokens that each attempt uses of a token limit. Default 1.
    cost
    /// `notify = |event| ...`: called before each wait or queueing, and when the call gives up. Default: nothing.
    notify
    /// `attempt = attempt`: the name under which the body finds its attempt: the number, whether it is the last, the
    /// time left. Default: none.
    attempt
    /// `previous = previous`: the name under which the body finds the result of the previous attempt, as
    /// `Option<&Result<T, E>>`. Default: none.
    previous
    /// `name = "Client::complete"`: the name of the function in events, metrics and logs. Default: its module
    /// path and name, without the type of a method.
    name
    /// `policy = POLICY`: the base that the other keys override.
    policy
    /// `sleep = |wait| ...`: replaces the timer; `ControlFlow::Break(())` from it ends the call with its last result.
    /// Default: tokio's, or for sync functions the thread's.
    sleep
}
