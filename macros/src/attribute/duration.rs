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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, nanos) in [
            ("0s", 0),
            ("1ns", 1),
            ("250ms", 250_000_000),
            ("1us", 1_000),
            ("1µs", 1_000),
            ("1.5s", 1_500_000_000),
            (".5s", 500_000_000),
            ("2.s", 2_000_000_000),
            ("1.000000000000s", 1_000_000_000),
            ("1m 30s", 90_000_000_000),
            ("1m30s", 90_000_000_000),
            ("  1 min  30 sec ", 90_000_000_000),
            ("2h", 7_200_000_000_000),
            ("1 day", 86_400_000_000_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_nanos(nanos)), "{text}");
        }
        assert_eq!(parse("18446744073709551615.999999999s"), Ok(Duration::MAX));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, says) in [
            ("", "an empty duration"),
            ("1", "`1` has no unit"),
            ("1 5s", "`1` has no unit"),
            ("s", "expected a number before `s`"),
            ("-1s", "a duration cannot be negative"),
            ("1m -30s", "a duration cannot be negative"),
            ("1 parsec", "unknown unit `parsec`"),
            ("1M", "unknown unit `M`; did you mean `m`?"),
            ("1S", "unknown unit `S`; did you mean `s`?"),
            ("1..5s", "`1..5` is not a number"),
            (".s", "`.` is not a number"),
            ("1,5s", "`1` has no unit"),
            ("0.5ns", "`0.5` is finer than a nanosecond"),
            ("18446744073709551616s", "too long"),
            ("99999999999999999999999999999999999999999s", "too long"),
            ("999999999999999999999999999999d", "too long"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(says), "{text}: {error}");
        }
        let fine = format!("0.{}1s", "0".repeat(100));
        assert!(parse(&fine).unwrap_err().contains("finer than a nanosecond"));
    }
}
