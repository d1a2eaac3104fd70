use std::time::Duration;

use super::headers::positive;

/// What stands before a wait: OpenAI's "Please try again in 9.816s.", Azure's "Please retry after 37 seconds."
const PHRASES: [&str; 2] = ["try again in ", "retry after "];

/// The wait that a message for people names; the services say it there, and not always in a header.
pub(super) fn wait(message: &str) -> Option<Duration> {
    let lower = message.to_ascii_lowercase();
    PHRASES.iter().find_map(|phrase| lower.split_once(phrase).and_then(|(_, rest)| leading_wait(rest)))
}

fn leading_wait(text: &str) -> Option<Duration> {
    positive(leading_seconds(text)?.min(f64::MAX))
}

/// The duration at the start of a text: numbers with units, one after the other, as in `7m12s`.
pub(super) fn leading_seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim_start();
    let mut seconds = None;
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after.trim_start(), |c| c.is_ascii_alphabetic());
        let unit = match unit {
            "ms" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => break,
        };
        let number: f64 = number.parse().ok()?;
        seconds = Some(seconds.unwrap_or(0.0) + number * unit);
        let after = after.trim_start();
        rest = after.strip_prefix("and ").map_or(after, str::trim_start);
    }
    seconds
}

fn split(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !wanted(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_found_in_messages() {
        for (message, milliseconds) in [
            ("Rate limit reached for gpt-4o (TPM): Limit 30000. Please try again in 9.816s. Visit https://x.", 9816),
            ("Please try again in 644ms. Visit", 644),
            ("Please try again in 6ms.", 6),
            ("Please try again in 7m12s.", 432_000),
            ("Please try again in 1h2m3s", 3_723_000),
            ("please TRY AGAIN IN 20s", 20_000),
            ("Please retry after 37 seconds. Please go here", 37_000),
            ("Try again in 3 seconds.", 3000),
            ("Please retry after 1 minute.", 60_000),
            ("Please try again in 2d", 172_800_000),
            ("Please try again in 1m 30s.", 90_000),
            ("Please retry after 1 minute and 30 seconds.", 90_000),
            ("Please retry after 1 hour 5 minutes.", 3_900_000),
        ] {
            assert_eq!(wait(message), Some(Duration::from_millis(milliseconds)), "{message}");
        }
    }

    #[test]
    fn other_messages_name_no_wait() {
        for message in [
            "",
            "Please try again later",
            "try again in ",
            "try again in a moment",
            "try again in 5",
            "try again in 5.",
            "try again in 0s",
            "try again in -5s",
            "try again in 1.2.3s",
            "try again in 5 parsecs",
            "retry after ٥s",
            "retry after the 5s",
        ] {
            assert_eq!(wait(message), None, "{message}");
        }
    }

    #[test]
    fn absurd_waits_are_long_not_wrong() {
        let digits = format!("try again in {}s", "9".repeat(400));
        assert_eq!(wait(&digits), Some(Duration::MAX));
    }
}
