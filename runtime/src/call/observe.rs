//! What the features `tracing` and `metrics` record of a call that does not succeed at once.
//!
//! Without these features nothing is evaluated.

#[cfg(feature = "tracing")]
use std::time::Duration;

use crate::Event;
#[cfg(any(feature = "tracing", feature = "metrics"))]
use crate::Next;
#[cfg(feature = "tracing")]
use crate::Reason;
use crate::describe::Described;
#[cfg(feature = "tracing")]
use crate::describe::public_path;

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
        message: event.described.or_else(|| event.error.and_then(describe)),
    });
    #[cfg(not(feature = "tracing"))]
    let _ = (event, describe);
}

/// Counts in `metrics`, under names that every exporter can write. The values of labels are only names of functions and
/// reasons, both fixed in the code, so that the number of time series is bounded.
#[cfg(feature = "metrics")]
fn count(function: &'static str, attempt: u32, next: Next) {
    describe_metrics();
    match next {
        Next::Retry { wait, .. } => {
            if attempt == 1 {
                metrics::counter!(CALLS_RETRIED, "function" => function).increment(1);
            }
            metrics::counter!(RETRIES, "function" => function).increment(1);
            metrics::histogram!(WAIT, "function" => function).record(wait);
        }
        Next::GiveUp(reason) => {
            metrics::counter!(GIVE_UPS, "function" => function, "reason" => reason.as_str()).increment(1);
            metrics::histogram!(ATTEMPTS, "function" => function).record(attempt);
        }
        Next::Held { wait, reason } => {
            metrics::histogram!(HOLD, "function" => function, "reason" => reason.as_str()).record(wait);
        }
        Next::Success => metrics::histogram!(ATTEMPTS, "function" => function).record(attempt),
    }
}

#[cfg(feature = "metrics")]
const CALLS_RETRIED: &str = "persevere.calls.retried";
#[cfg(feature = "metrics")]
const RETRIES: &str = "persevere.retries";
#[cfg(feature = "metrics")]
const GIVE_UPS: &str = "persevere.give_ups";
#[cfg(feature = "metrics")]
const ATTEMPTS: &str = "persevere.call.attempts";
#[cfg(feature = "metrics")]
const WAIT: &str = "persevere.wait.duration";
#[cfg(feature = "metrics")]
const HOLD: &str = "persevere.hold.duration";

/// Describes the metrics to the recorder, once per thread, because a thread may have a recorder of its own.
#[cfg(feature = "metrics")]
fn describe_metrics() {
    use std::cell::Cell;

    use metrics::{Unit, describe_counter, describe_histogram};

    thread_local!(static DESCRIBED: Cell<bool> = const { Cell::new(false) });
    if DESCRIBED.replace(true) {
        return;
    }
    describe_counter!(CALLS_RETRIED, Unit::Count, "Calls that began at least one retry.");
    describe_counter!(RETRIES, Unit::Count, "Retries begun.");
    describe_counter!(GIVE_UPS, Unit::Count, "Calls that gave up, by the reason.");
    describe_histogram!(
        ATTEMPTS,
        Unit::Count,
        "Attempts of the calls that gave up, or that reported a success after retries."
    );
    describe_histogram!(WAIT, Unit::Seconds, "Waits between attempts.");
    describe_histogram!(HOLD, Unit::Seconds, "Waits for a turn under an upstream, by the reason.");
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

/// Writes an event to `tracing`. The fields have the names of OpenTelemetry's semantic conventions, where those have
/// one.
#[cfg(feature = "tracing")]
fn trace(event: &Traced<'_>) {
    let &Traced { function, attempt, max, next, error, message } = event;
    let message = message.map(tracing::field::display);
    // The time is rounded to milliseconds; nobody needs more digits.
    let seconds = |time: Duration| (time.as_secs_f64() * 1000.0).round() / 1000.0;
    // Filters can select by the fields of a span, but not by those of an event. So the event gets a span of its own,
    // and the name of the function is a field of the span only.
    let _span = tracing::warn_span!(target: "persevere", "retry", code.function.name = function).entered();
    macro_rules! event {
        ($level:expr, { $($fields:tt)* }, $text:literal) => {
            tracing::event!(
                target: "persevere",
                $level,
                "exception.type" = error.map(public_path),
                exception.message = message,
                retry.attempt = attempt,
                retry.max = max,
                $($fields)*
                $text
            )
        };
    }
    match next {
        Next::Retry { wait, server, asked } => event!(
            tracing::Level::WARN,
            { retry.wait = seconds(wait), retry.server_directed = server, retry.asked = asked.map(seconds), },
            "an attempt failed, another follows"
        ),
        // The caller may well expect an error that is not retried, so that it is only a warning.
        Next::GiveUp(reason @ Reason::NotRetryable) => {
            event!(tracing::Level::WARN, { retry.reason = reason.as_str(), }, "an attempt failed with what is not retried");
        }
        // A call that was stopped is only a warning too: whoever shut the worker down did so on purpose.
        Next::GiveUp(reason @ Reason::Stopped) => {
            event!(tracing::Level::WARN, { retry.reason = reason.as_str(), }, "the call was stopped while it waited");
        }
        Next::GiveUp(reason) => {
            event!(tracing::Level::ERROR, { retry.reason = reason.as_str(), }, "no attempt succeeded");
        }
        Next::Held { wait, reason } => event!(
            tracing::Level::DEBUG,
            { retry.wait = seconds(wait), retry.reason = reason.as_str(), },
            "an attempt queues for its turn"
        ),
        Next::Success => event!(tracing::Level::DEBUG, {}, "an attempt succeeded after others had failed"),
    }
}

/// The `describe` of a call that does not know how its error is written: `tracing` gets only the type of the error.
#[must_use]
pub const fn undescribed<E>(_: &E) -> Option<Described<'_>> {
    None
}
