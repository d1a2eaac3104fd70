//! Durations as literals: `"250ms"`, `"1m 30s"`.

use std::time::Duration;

/// The units of a duration literal, and their nanoseconds.
const UNITS: [(&[&str], u128); 7] = [
    (&["ns"], 1),
    (&["us", "µs", "μs"], 1_000),
    (&["ms"], 1_000_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000_000),
    (&["m", "min", "mins", "minute", "minutes"], 60_000_000_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600_000_000_000),
    (&["d", "day", "days"], 86_400_000_000_000),
];

/// Reads a duration such as `250ms`, `1.5s` or `1m 30s`; says what is wrong with any other text.
///
/// It is written by hand, because the parsers of other crates accept too much: `1M` is a month to them, and `1 5s` is
/// 15 seconds. A call that waits for a month by mistake is worse than an error.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut total = 0_u128;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(format!("an empty duration; {EXAMPLE}"));
    }
    while !rest.is_empty() {
        let number = take(&mut rest, |c| c.is_ascii_digit() || c == '.');
        rest = rest.trim_start();
        let unit = take(&mut rest, char::is_alphabetic);
        rest = rest.trim_start();
        if number.is_empty() && rest.starts_with(['-', '−']) {
            return Err(format!("a duration cannot be negative; {EXAMPLE}"));
        }
        if number.is_empty() {
            let found = if unit.is_empty() { rest } else { unit };
            return Err(format!("expected a number before `{found}`; {EXAMPLE}"));
        }
        if unit.is_empty() {
            return Err(format!("`{number}` has no unit; {EXAMPLE}"));
        }
        let Some((_, nanos)) = UNITS.iter().find(|(names, _)| names.contains(&unit)) else {
            return Err(unknown_unit(unit));
        };
        total = scale(number, *nanos)?.checked_add(total).ok_or_else(too_long)?;
    }
    let (seconds, nanos) = (total / 1_000_000_000, total % 1_000_000_000);
    match (u64::try_from(seconds), u32::try_from(nanos)) {
        (Ok(seconds), Ok(nanos)) => Ok(Duration::new(seconds, nanos)),
        _ => Err(too_long()),
    }
}

fn unknown_unit(unit: &str) -> String {
    let lower = unit.to_lowercase();
    if UNITS.iter().any(|(names, _)| names.contains(&lower.as_str())) {
        return format!("unknown unit `{unit}`; did you mean `{lower}`?");
    }
    format!("unknown unit `{unit}`; the units are `ns`, `us`, `ms`, `s`, `m`, `h` and `d`")
}

const EXAMPLE: &str = "write a number and a unit, such as `\"250ms\"`, `\"1.5s\"` or `\"1m 30s\"`";

/// Splits off the longest prefix whose characters are all `wanted`.
fn take<'a>(text: &mut &'a str, wanted: impl Fn(char) -> bool) -> &'a str {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    let (prefix, rest) = text.split_at(end);
    *text = rest;
    prefix
}

/// A decimal number of units, in nanoseconds; digits below a nanosecond are an error, not rounded away.
fn scale(number: &str, unit: u128) -> Result<u128, String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let no_number = || format!("`{number}` is not a number; {EXAMPLE}");
    if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
        return Err(no_number());
    }
    let digits = |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<u128>() };
    let whole = digits(whole).ok().and_then(|whole| whole.checked_mul(unit)).ok_or_else(too_long)?;
    let fraction = fraction.trim_end_matches('0');
    let too_fine = || format!("`{number}` is finer than a nanosecond");
    let scaled = digits(fraction).ok().and_then(|fraction| fraction.checked_mul(unit)).ok_or_else(too_fine)?;
    let parts =
        u32::try_from(fraction.len()).ok().and_then(|places| 10_u128.checked_pow(places)).ok_or_else(too_fine)?;
    if scaled % parts != 0 {
        return Err(too_fine());
    }
    whole.checked_add(scaled / parts).ok_or_else(too_long)
}

fn too_long() -> String {
    "too long: the longest duration is `18446744073709551615s`".to_owned()
}

/// Writes a duration as a whole number of one unit: the largest of `s`, `ms`, `us` and `ns` that divides it.
pub(crate) fn write(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let units = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let (unit, name) = units.into_iter().find(|(unit, _)| nanos % unit == 0).unwrap_or((1, "ns"));
    format!("{}{name}", nanos / unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_and_every_fraction_is_exact() {
        for (text, nanos) in [
            ("1ns", 1),
            ("1.5us", 1_500),
            ("0.25ms", 250_000),
            (" 1.5 s ", 1_500_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("0.000000001s", 1),
            ("1m 30s", 90_000_000_000),
            ("1.5h0.5m", 5_430_000_000_000),
            ("1d", 86_400_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
        assert_eq!(parse("18446744073709551615.999999999s"), Ok(Duration::MAX));
    }

    #[test]
    fn each_mistake_is_said() {
        for (text, says) in [
            (" ", "an empty duration; write a number"),
            ("-5s", "a duration cannot be negative"),
            ("5s −3s", "a duration cannot be negative"),
            ("s", "expected a number before `s`"),
            ("+5s", "expected a number before `+5s`"),
            ("5", "`5` has no unit"),
            ("5 w", "unknown unit `w`; the units are"),
            (".s", "`.` is not a number"),
            ("1.2.3s", "`1.2.3` is not a number"),
            ("0.5ns", "`0.5` is finer than a nanosecond"),
            ("1.0000000005s", "`1.0000000005` is finer than a nanosecond"),
            ("18446744073709551616s", "too long: the longest duration is `18446744073709551615s`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(says), "{text}: {error}");
        }
    }
}
