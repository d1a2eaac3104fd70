//! What the features `tracing` and `metrics` record of a call that does not succeed at once.
//!
//! Without them nothing is evaluated.

use std::fmt;

use crate::Event;
#[cfg(any(feature = "tracing", feature = "metrics"))]
use crate::Next;
#[cfg(feature = "tracing")]
use crate::Reason;

/// An error, by the trait that it is written with.
#[derive(Clone, Copy)]
pub enum Described<'a> {
    /// For people.
    Display(&'a dyn fmt::Display),
    /// For programmers, where there is nothing for people.
    Debug(&'a dyn fmt::Debug),
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Display(error) => error.fmt(f),
            Self::Debug(error) => error.fmt(f),
        }
    }
}

/// Records an attempt that is over. `describe` tells how the error is written.
pub(crate) fn record<E>(event: &Event<'_, E>, describe: impl Fn(&E) -> Option<Described<'_>>) {
    #[cfg(feature = "metrics")]
    count(event.function, event.attempt, event.next);
    #[cfg(feature = "tracing")]
    trace(&Traced {
        function: event.function,
        attempt: event.attempt,
        max: event.max,
        next: event.next,
        error: event.error.map(|_| std::any::type_name::<E>()),
        message: event.error.and_then(describe),
    });
    #[cfg(not(feature = "tracing"))]
    let _ = (event, describe);
}

/// Counts in `metrics`, under names that every exporter can write.
#[cfg(feature = "metrics")]
fn count(function: &'static str, attempt: u32, next: Next) {
    match next {
        Next::Retry { wait, .. } => {
            if attempt == 1 {
                metrics::counter!("persevere.calls.retried", "function" => function).increment(1);
            }
            metrics::counter!("persevere.retries", "function" => function).increment(1);
            metrics::histogram!("persevere.wait.duration", "function" => function).record(wait);
        }
        Next::GiveUp(reason) => {
            metrics::counter!("persevere.give_ups", "function" => function, "reason" => reason.as_str()).increment(1);
        }
        Next::Held { wait, reason } => {
            metrics::histogram!("persevere.hold.duration", "function" => function, "reason" => reason.as_str())
                .record(wait);
        }
        Next::Success => {}
    }
}

/// An event without the type of its error, so that what writes it is compiled once.
#[cfg(feature = "tracing")]
struct Traced<'a> {
    function: &'static str,
    attempt: u32,
    max: u32,
    next: Next,
    /// The type of the error.
    error: Option<&'static str>,
    message: Option<Described<'a>>,
}

/// Writes an event to `tracing`. The fields have the names of OpenTelemetry's semantic conventions, where those have one.
#[cfg(feature = "tracing")]
fn trace(event: &Traced<'_>) {
    let &Traced { function, attempt, max, next, error, message } = event;
    let message = message.map(tracing::field::display);
    // Filters choose by the values of a span's fields, not by those of an event: so the event gets a span of its own.
    let _span = tracing::warn_span!(target: "persevere", "retry", code.function.name = function).entered();
    macro_rules! event {
        ($level:expr, { $($fields:tt)* }, $text:literal) => {
            tracing::event!(
                target: "persevere",
                $level,
                code.function.name = function,
                "exception.type" = error,
                exception.message = message,
                retry.attempt = attempt,
                retry.max = max,
                $($fields)*
                $text
            )
        };
    }
    match next {
        Next::Retry { wait, server } => event!(
            tracing::Level::WARN,
            { retry.wait = wait.as_secs_f64(), retry.server_directed = server, },
            "an attempt failed, another follows"
        ),
        // An error that is not retried may be no failure to the caller, who judges it: it is no more than a warning.
        Next::GiveUp(reason @ Reason::NotRetryable) => {
            event!(tracing::Level::WARN, { retry.reason = reason.as_str(), }, "an attempt failed with what is not retried");
        }
        Next::GiveUp(reason) => {
            event!(tracing::Level::ERROR, { retry.reason = reason.as_str(), }, "no attempt succeeded");
        }
        Next::Held { wait, reason } => event!(
            tracing::Level::DEBUG,
            { retry.wait = wait.as_secs_f64(), retry.reason = reason.as_str(), },
            "an attempt queues for its turn"
        ),
        Next::Success => event!(tracing::Level::DEBUG, {}, "an attempt succeeded after others had failed"),
    }
}

/// The description of an error that nobody writes.
#[must_use]
pub const fn undescribed<E>(_: &E) -> Option<Described<'_>> {
    None
}
