//! The waits that a body names: in its fields, and in sentences for people.

use std::time::{Duration, SystemTime};

use super::date;

/// The unit of a field, if its value does not name one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
    /// A moment: seconds or milliseconds since 1970, or a date.
    Moment,
}

/// When another attempt is welcome.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wait {
    In(Duration),
    At(SystemTime),
}

impl Wait {
    /// The wait for a response that came at `now`.
    pub(super) fn from(self, now: impl FnOnce() -> SystemTime) -> Option<Duration> {
        let wait = match self {
            Self::In(wait) => wait,
            Self::At(moment) => moment.duration_since(now()).ok()?,
        };
        (!wait.is_zero()).then_some(wait)
    }
}

/// The wait that a field's value names: `47`, `"47s"`, `"1m30s"`, `{"seconds": 47}`, a moment.
pub(super) fn field(value: &str, unit: Unit) -> Option<Wait> {
    if value.starts_with('{') {
        let value: serde_json::Value = serde_json::from_str(value).ok()?;
        let part = |name: &str| value[name].as_f64().or_else(|| value[name].as_str()?.parse().ok());
        return positive(part("seconds")? + part("nanos").unwrap_or_default() / 1e9).map(Wait::In);
    }
    let value = value.trim();
    match (number(value), unit) {
        (Some(number), Unit::Milliseconds) => positive(number / 1000.0).map(Wait::In),
        (Some(number), Unit::Seconds) => positive(number).map(Wait::In),
        (Some(number), Unit::Moment) => moment(number),
        (None, _) => match leading_wait(value) {
            Some(wait) => Some(Wait::In(wait)),
            None => date::parse_iso(value).or_else(|| date::parse(value)).map(Wait::At),
        },
    }
}

/// A moment as a number: since 1970 in milliseconds or in seconds, or, if it is too small for that, the seconds until
/// then (Envoy's and Kong's `x-ratelimit-reset`).
pub(super) fn moment(number: f64) -> Option<Wait> {
    let since_epoch = if number >= 1e11 {
        number / 1000.0
    } else if number >= 1e9 {
        number
    } else {
        return positive(number).map(Wait::In);
    };
    let since_epoch = Duration::try_from_secs_f64(since_epoch).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(since_epoch).map(Wait::At)
}

/// What stands before a wait in a sentence.
const PHRASES: [&str; 13] = [
    // OpenAI: "Please try again in 9.816s."
    "try again in ",
    // Moonshot: "please try again after 1 seconds".
    "try again after ",
    // Azure: "Please retry after 37 seconds."
    "retry after",
    // Gemini: "Please retry in 34.07s."
    "retry in ",
    // Gemini Code Assist: "Your quota will reset after 33s."
    "reset after ",
    "resets after ",
    // Replicate: "Your rate limit resets in ~9s."
    "resets in ",
    "reset in ",
    // GitHub Models: "Please wait 61573 seconds before retrying."
    "please wait ",
    "wait for ",
    // Akamai: "You can submit the request after 49 seconds".
    "request after ",
    "available in ",
    // Azure's API Management: "Quota will be replenished in 06:12:44."
    "replenished in ",
];

/// The names of the header and of a field, in a sentence: a number without a unit after them is in seconds.
const NAMES: [&str; 2] = ["retry-after", "retry_after"];

/// Words that may stand between such a phrase and the number.
const FILLERS: [&str; 7] = ["~", ":", "=", "about ", "approximately ", "another ", "at least "];

/// The part of a message in which waits and words are looked for.
pub(super) const LONGEST_READ: usize = 64 << 10;

/// The beginning of a text, up to the longest part that is read, in lower case.
pub(super) fn lower(text: &str) -> String {
    let mut end = text.len().min(LONGEST_READ);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_ascii_lowercase()
}

/// The first wait that a message for people names; the services say it there, and not always elsewhere.
pub(super) fn in_message(message: &str) -> Option<Duration> {
    let lower = lower(message);
    let first = |phrase: &&str, read: fn(&str) -> Option<Duration>| {
        lower.match_indices(phrase).find_map(|(at, _)| {
            let mut rest = lower[at + phrase.len()..].trim_start();
            while let Some(after) = FILLERS.iter().find_map(|filler| rest.strip_prefix(filler)) {
                rest = after.trim_start();
            }
            read(rest).map(|wait| (at, wait))
        })
    };
    let phrases = PHRASES.iter().filter_map(|phrase| first(phrase, leading_wait));
    let names = NAMES.iter().filter_map(|name| first(name, |rest| leading_wait(rest).or_else(|| bare_seconds(rest))));
    phrases.chain(names).min_by_key(|(at, _)| *at).map(|(_, wait)| wait)
}

/// The seconds that a number without a unit stands for. It stands at the end of a sentence, or before a separator such
/// as a comma.
fn bare_seconds(text: &str) -> Option<Duration> {
    let (number, after) = split(text, |c| c.is_ascii_digit() || c == '.');
    let is_alone = !after.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == ':');
    let is_number = number.starts_with(|c: char| c.is_ascii_digit());
    let number = number.trim_end_matches('.');
    if is_alone && is_number { positive(number.parse().ok()?) } else { None }
}

fn leading_wait(text: &str) -> Option<Duration> {
    positive(leading_seconds(text)?.min(f64::MAX))
}

/// The duration at the start of a text: numbers with units, one after the other, as in `7m12s`, or as on a clock, as in
/// `06:12:44`.
pub(super) fn leading_seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim_start();
    if let Some(seconds) = clock(rest) {
        return Some(seconds);
    }
    let mut seconds = None;
    while rest.starts_with(|c: char| c.is_ascii_digit()) {
        let (number, after) = split(rest, |c| c.is_ascii_digit() || c == '.');
        let (unit, after) = split(after.trim_start(), |c| c.is_ascii_alphabetic());
        let unit = match unit {
            "ms" | "milliseconds" | "millisecond" => 0.001,
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

/// Hours, minutes and seconds of two digits each.
fn clock(text: &str) -> Option<f64> {
    let (digits, _) = split(text, |c| c.is_ascii_digit() || c == ':');
    let mut parts = digits.trim_end_matches(':').split(':').map(|part| part.parse().ok().filter(|_| part.len() == 2));
    let (hours, minutes, seconds): (u32, u32, u32) = (parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then(|| f64::from(hours * 3600 + minutes * 60 + seconds))
}

fn split(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !wanted(c)).unwrap_or(text.len()))
}

/// A decimal number, as Python reads one, but without underscores and foreign digits. What is too large for a float
/// is the largest float: an excessive wait, not the malformed one that the word `inf` is.
pub(super) fn number(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    Some(if digits { number.clamp(f64::MIN, f64::MAX) } else { number })
}

/// The wait of this many seconds; `None` if they are not positive and finite, the longest `Duration` if they are too
/// many.
pub(super) fn positive(seconds: f64) -> Option<Duration> {
    if !(seconds > 0.0 && seconds.is_finite()) {
        return None;
    }
    let wait = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    Some(wait.max(Duration::from_nanos(1)))
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
            ("Quota will be replenished in 06:12:44.", 22_364_000),
            ("Try again in 00:00:09", 9000),
            ("Too many requests. Retry-After: 5", 5000),
            ("retry_after=1.5, limit=3", 1500),
            ("Retry-After: 250ms.", 250),
        ] {
            assert_eq!(in_message(message), Some(Duration::from_millis(milliseconds)), "{message}");
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
            "try again in 6:12",
            "try again in 006:12:44",
            "retry-after: 2026-08-25",
            "retry-after: soon",
            "retry-after: 5x",
            "retry-after: .",
            "retry-after 0",
        ] {
            assert_eq!(in_message(message), None, "{message}");
        }
    }

    #[test]
    fn absurd_waits_are_long_not_wrong() {
        let digits = format!("try again in {}s", "9".repeat(400));
        assert_eq!(in_message(&digits), Some(Duration::MAX));
    }

    #[test]
    fn a_long_message_is_cut_before_a_character() {
        let text = format!("x{}", "\u{e9}".repeat(LONGEST_READ));
        assert_eq!(lower(&text).len(), LONGEST_READ - 1);
        assert_eq!(lower(&text[1..]).len(), LONGEST_READ);
    }
}
