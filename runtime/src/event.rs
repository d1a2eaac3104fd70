//! What `notify` is told about a call: what happened, what happens next, and why.

use std::fmt;
use std::time::Duration;

use crate::describe::{Described, Time};

/// The argument of a `notify` hook: which attempt of which function failed, with which error, and what happens next.
///
/// The hook is called before each wait and once when the call gives up. It is not called if the first attempt
/// succeeds. If a call queues under an [`Upstream`](crate::Upstream), the hook is called before each of those waits,
/// also before the first attempt. If [`Policy::notify_success`](crate::Policy::notify_success) is set, it is also
/// called for a success after retries.
///
/// A wait that was announced may still be replaced by a give-up. The time that the hook takes counts toward the
/// deadline: if the wait would then end past it, the hook is called again, with [`Reason::Deadline`]. If `sleep` ends
/// the wait with `Break`, it is called again with [`Reason::Stopped`].
///
/// ```
/// use persevere::{Event, Next, retry};
///
/// fn report(event: &Event<'_, std::io::Error>) {
///     match event.next() {
///         Next::Retry { wait, .. } => {
///             eprintln!("attempt {} failed, again in {wait:?}", event.attempt());
///         }
///         Next::GiveUp(reason) => eprintln!("{} gave up: {reason}", event.function()),
///         _ => {}
///     }
/// }
///
/// #[retry(notify = report)]
/// fn load() -> std::io::Result<u32> {
///     Ok(1)
/// }
/// # assert_eq!(load().unwrap(), 1);
/// ```
pub struct Event<'a, E> {
    pub(crate) function: &'static str,
    pub(crate) attempt: u32,
    pub(crate) max: u32,
    pub(crate) error: Option<&'a E>,
    /// How the error is written. If it is `None`, the error is written by the `Display` of `E`, without its causes.
    pub(crate) described: Option<Described<'a>>,
    pub(crate) next: Next,
}

impl<'a, E> Event<'a, E> {
    /// The path of the annotated function: its module and its name.
    #[must_use]
    pub const fn function(&self) -> &'static str {
        self.function
    }

    /// The number of the attempt that is over, or that queues; the first is 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The most attempts that the call makes, the first one included.
    #[must_use]
    pub const fn max(&self) -> u32 {
        self.max
    }

    /// The error that the attempt failed with. `None` if it returned `Ok`: a value that `until` refuses, or success.
    #[must_use]
    pub const fn error(&self) -> Option<&'a E> {
        self.error
    }

    /// What happens next: a wait and another attempt, or the end.
    #[must_use]
    pub const fn next(&self) -> Next {
        self.next
    }
}

impl<E: fmt::Display> fmt::Display for Event<'_, E> {
    /// One line for a log: `attempt 2 of 5 failed: connection error: connection reset; retrying in 480 ms`.
    ///
    /// The line has the error with all its sources, without repetitions. From URLs in it, these parts are removed: the
    /// query, the fragment, the user name, the password, and segments of the path that look like API keys. The error of
    /// a closure is written by its own `Display`, without its sources.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempt, max, error, next, described, .. } = self;
        write!(f, "attempt {attempt} of {max} ")?;
        match (error, next) {
            (Some(error), _) => write!(f, "failed: {}; {next}", described.unwrap_or(Described::Display(error))),
            (None, Next::Success | Next::Held { .. }) => next.fmt(f),
            (None, _) => write!(f, "returned a value that `until` refuses; {next}"),
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Event<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, attempt, max, error, next, described: _ } = self;
        f.debug_struct("Event")
            .field("function", function)
            .field("attempt", attempt)
            .field("max", max)
            .field("error", &error.map(|error| format_args!("{}", Described::Debug(error)).to_string()))
            .field("next", next)
            .finish()
    }
}

/// What follows a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Next {
    /// Another attempt, after a wait.
    #[non_exhaustive]
    Retry {
        /// How long the call waits before the next attempt.
        wait: Duration,
        /// Whether the server asked for a wait, which then is part of this one.
        server: bool,
        /// The wait that the server asked for. The rest of `wait` is jitter, which keeps apart callers that were told
        /// the same.
        asked: Option<Duration>,
    },
    /// No further attempt: the caller gets the error, or the value that `until` refuses.
    GiveUp(Reason),
    /// The attempt succeeded after others had failed.
    Success,
    /// The attempt is not made yet: it queues for its turn under the call's [`Upstream`](crate::Upstream).
    #[non_exhaustive]
    Held {
        /// How long the call waits. After that it makes the attempt, or asks for its turn again.
        wait: Duration,
        /// Why it has to wait.
        reason: Hold,
    },
}

/// Why a call queues for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hold {
    /// The service rate-limits its callers, or a limit is declared.
    RateLimit,
    /// The service fails.
    Outage,
}

impl Hold {
    /// One word for logs and metrics: `rate_limit`, `outage`.
    ///
    /// ```
    /// assert_eq!(persevere::Hold::RateLimit.as_str(), "rate_limit");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RateLimit => "rate_limit",
            Self::Outage => "outage",
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RateLimit => "the service limits the rate",
            Self::Outage => "the service fails",
        })
    }
}

impl fmt::Display for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retry { wait, asked: None, .. } if wait.is_zero() => f.write_str("retrying at once"),
            Self::Retry { wait, asked, .. } => {
                write!(f, "retrying in {}", Time(*wait))?;
                match asked {
                    Some(asked) if asked == wait => f.write_str(" as asked"),
                    Some(asked) => write!(f, " ({} asked, {} jitter)", Time(*asked), Time(wait.saturating_sub(*asked))),
                    None => Ok(()),
                }
            }
            Self::GiveUp(reason) => write!(f, "giving up: {reason}"),
            Self::Success => f.write_str("succeeded"),
            Self::Held { wait, reason } => write!(f, "queues for {}: {reason}", Time(*wait)),
        }
    }
}

/// Why a call gave up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The classifier returned [`Decision::Stop`](crate::Decision::Stop).
    NotRetryable,
    /// That was the last of `max` attempts.
    Attempts,
    /// The server asked for a wait longer than `max_retry_after`.
    RetryAfterTooLong,
    /// The next wait would have ended past the `deadline`.
    Deadline,
    /// The turn under the call's [`Upstream`](crate::Upstream) would have come too late for its `max_wait`, or for the
    /// call's `deadline`.
    NoTurn,
    /// The budget for retries of the call's [`Upstream`](crate::Upstream) is used up.
    Budget,
    /// The function given as `sleep` ended the call, with [`ControlFlow::Break`](std::ops::ControlFlow).
    Stopped,
}

impl Reason {
    /// One word for logs and metrics: `not_retryable`, `attempts`, `retry_after_too_long`, `deadline`, `no_turn`,
    /// `budget`, `stopped`.
    ///
    /// ```
    /// assert_eq!(persevere::Reason::Deadline.as_str(), "deadline");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRetryable => "not_retryable",
            Self::Attempts => "attempts",
            Self::RetryAfterTooLong => "retry_after_too_long",
            Self::Deadline => "deadline",
            Self::NoTurn => "no_turn",
            Self::Budget => "budget",
            Self::Stopped => "stopped",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotRetryable => "this error is not retried",
            Self::Attempts => "all attempts are used up",
            Self::RetryAfterTooLong => "the server asks for a longer wait than allowed",
            Self::Deadline => "the deadline comes before the next attempt",
            Self::NoTurn => "its next turn would come too late",
            Self::Budget => "the budget for retries is used up",
            Self::Stopped => "its `sleep` ended the call",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_as_one_line() {
        let mut event = Event {
            function: "app::load",
            attempt: 2,
            max: 5,
            error: Some(&"connection reset"),
            described: None,
            next: Next::Retry { wait: Duration::from_millis(1500), server: false, asked: None },
        };
        assert_eq!(event.to_string(), "attempt 2 of 5 failed: connection reset; retrying in 1.5 s");
        let (wait, asked) = (Duration::from_micros(480_412), Some(Duration::from_millis(300)));
        event.next = Next::Retry { wait, server: true, asked };
        assert_eq!(event.next.to_string(), "retrying in 480 ms (300 ms asked, 180 ms jitter)");
        let at_once = Next::Retry { wait: Duration::ZERO, server: false, asked: None };
        assert_eq!(at_once.to_string(), "retrying at once");
        event.next = Next::Retry { wait, server: true, asked: Some(wait) };
        assert_eq!(event.next.to_string(), "retrying in 480 ms as asked");
        event.next = Next::GiveUp(Reason::Attempts);
        assert_eq!(event.to_string(), "attempt 2 of 5 failed: connection reset; giving up: all attempts are used up");
        event.error = None;
        assert_eq!(
            event.to_string(),
            "attempt 2 of 5 returned a value that `until` refuses; giving up: all attempts are used up"
        );
        event.next = Next::Success;
        assert_eq!(event.to_string(), "attempt 2 of 5 succeeded");
        assert_eq!(
            format!("{event:?}"),
            "Event { function: \"app::load\", attempt: 2, max: 5, error: None, next: Success }"
        );
    }

    #[test]
    fn labels_are_one_word_each() {
        assert_eq!([Hold::RateLimit, Hold::Outage].map(Hold::as_str), ["rate_limit", "outage"]);
    }
}
