//! Reads dates: of HTTP and of mail, as in `retry-after`, and of ISO 8601, as in bodies.
//!
//! Besides the three formats of HTTP ([RFC 9110, 5.6.7]) it reads in headers what the Python SDK reads: any case, a
//! wrong or no weekday, and the zones of mail ([RFC 5322, 3.3]); no zone or an unknown one is UTC. Unlike the SDK it
//! reads no impossible date, such as 31 February or 25 o'clock.
//!
//! [RFC 9110, 5.6.7]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
//! [RFC 5322, 3.3]: https://www.rfc-editor.org/rfc/rfc5322#section-3.3

use std::time::{Duration, SystemTime};

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The zones that have names, in hours from UTC.
const ZONES: [(&str, i64); 10] = [
    ("ast", -4),
    ("adt", -3),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// The point in time that a date names; `None` if the text is no date.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let lower = text.trim().trim_matches('"').to_ascii_lowercase();
    let (first, rest) = lower.split_once([' ', '\t', ',']).unwrap_or((&lower, ""));
    // A first word that ends in a comma is a weekday, whatever it says.
    let named = lower[first.len()..].starts_with(',') || WEEKDAYS.iter().any(|weekday| first.starts_with(weekday));
    let words = if named { rest } else { &lower };
    let mut words: Vec<&str> = words.split([' ', '\t', ',']).filter(|word| !word.is_empty()).collect();
    // `29-Sep-23`.
    if let Some((day, rest)) = words.first().and_then(|word| word.split_once('-')) {
        let (month, year) = rest.split_once('-')?;
        words.splice(..1, [day, month, year]);
    }
    // `16:26:57-0100`, `16:26:57+0100`.
    if let Some(at) = words.iter().position(|word| word.contains(':')) {
        if let Some(sign) = words[at].find(['+', '-']) {
            let (clock, zone) = words[at].split_at(sign);
            words.splice(at..=at, [clock, zone]);
        }
    }
    let [first, second, rest @ ..] = &words[..] else { return None };
    // `29 Sep`, or `Sep 29`.
    let (day, month) = if month_number(first).is_some() { (second, first) } else { (first, second) };
    // The year stands before the clock, or behind it and maybe behind the zone.
    let is_year = |word: &&str| number(word).is_some();
    let (digits, clock, zone) = match rest {
        [clock, year, zone @ ..] if clock.contains(':') && is_year(year) => (year, clock, zone.first()),
        [clock, zone, year, ..] if clock.contains(':') && is_year(year) => (year, clock, Some(zone)),
        [year, clock, zone @ ..] => (year, clock, zone.first()),
        _ => return None,
    };
    let zone = zone.copied().unwrap_or_default();
    let seconds = days(year(digits)?, month_number(month)?, number(day)?)? * 86_400 + time(clock)? - offset(zone);
    let from_epoch = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(from_epoch)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(from_epoch)
    }
}

/// The number of a month, from 1. The name may be written out.
fn month_number(word: &str) -> Option<i64> {
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let found =
        MONTHS.iter().position(|month| *month == word).or_else(|| FULL.iter().position(|month| *month == word))?;
    i64::try_from(found).ok().map(|month| month + 1)
}

/// A point in time as in `2026-08-25T07:41:44.5Z` ([RFC 3339]); `None` if it has no zone, since the zone cannot be
/// guessed.
///
/// [RFC 3339]: https://www.rfc-editor.org/rfc/rfc3339#section-5.6
pub(super) fn parse_iso(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.trim().split_once(['T', 't', ' '])?;
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || !(1..=12).contains(&month) {
        return None;
    }
    // `Z` is UTC, as every name is that is no known zone.
    let seconds = days(year, month, day)? * 86_400 + time(clock)? - offset(&zone.replace(':', ""));
    let nanos: u32 = format!("{fraction:0<9.9}").parse().ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds.try_into().ok()?, nanos))
}

/// A number of at most four digits.
fn number(word: &str) -> Option<i64> {
    let digits = (1..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    if digits { word.parse().ok() } else { None }
}

/// The year that the digits name ([RFC 5322, 4.3]): two digits are a year from 1969 to 2068, three count from 1900.
///
/// [RFC 5322, 4.3]: https://www.rfc-editor.org/rfc/rfc5322#section-4.3
fn year(digits: &str) -> Option<i64> {
    let year = number(digits)?;
    Some(match digits.len() {
        1 | 2 if year <= 68 => year + 2000,
        1..=3 => year + 1900,
        _ => year,
    })
}

/// The days from 1 January 1970 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Years begin in March here, so that the leap day is their last.
    let (shifted, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = shifted.div_euclid(4) - shifted.div_euclid(100) + shifted.div_euclid(400);
    Some(shifted * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468)
}

/// The seconds of `16:26:57` or `16:26`.
fn time(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    // A leap second is the first of the next minute.
    let possible = parts.next().is_none() && hours < 24 && minutes < 60 && seconds <= 60;
    possible.then_some(hours * 3600 + minutes * 60 + seconds)
}

/// The seconds by which a zone is ahead of UTC. An unknown zone is taken as UTC.
fn offset(zone: &str) -> i64 {
    let (sign, digits) = match zone.as_bytes() {
        [b'+', ..] => (1, &zone[1..]),
        [b'-', ..] => (-1, &zone[1..]),
        _ => return ZONES.iter().find(|(name, _)| *name == zone).map_or(0, |(_, hours)| hours * 3600),
    };
    number(digits).map_or(0, |digits| sign * (digits / 100 * 3600 + digits % 100 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fri, 29 Sep 2023 16:26:57 GMT.
    const MOMENT: u64 = 1_696_004_817;

    fn seconds(text: &str) -> Option<i64> {
        let moment = parse(text)?;
        let after = moment.duration_since(SystemTime::UNIX_EPOCH).map(|after| i64::try_from(after.as_secs()).unwrap());
        Some(after.unwrap_or_else(|before| -i64::try_from(before.duration().as_secs()).unwrap()))
    }

    #[test]
    fn one_moment_has_many_spellings() {
        for text in [
            "Fri, 29 Sep 2023 16:26:57 GMT",
            "Friday, 29-Sep-23 16:26:57 GMT",
            "Fri Sep 29 16:26:57 2023",
            "FRI, 29 SEP 2023 16:26:57 GMT",
            "Mon, 29 Sep 2023 16:26:57 GMT",
            "29 Sep 2023 16:26:57",
            "29 September 2023 16:26:57 UTC",
            "Fri, 29 Sep 2023 16:26:57 Z",
            "Fri, 29 Sep 2023 16:26:57 -0000",
            "Fri, 29 Sep 2023 09:26:57 -0700",
            "Fri, 29 Sep 2023 21:56:57 +0530",
            "Fri, 29 Sep 2023 12:26:57 EDT",
            "Fri, 29 Sep 2023 16:26:57 XYZ",
            "Fri,29 Sep 2023  16:26:57\tGMT",
            "Foo, 29 Sep 2023 16:26:57 GMT",
            "Sep 29 2023 16:26:57 GMT",
            "Fri Sep 29 16:26:57 GMT 2023",
            "Fri, 29 Sep 2023 15:26:57-0100",
            "Fri, 29 Sep 2023 16:26:57 +05:30",
            "Fri, 29 Sep 2023 16:26:57 +",
            "Fri, 29 Sep 2023 16:26:57 1234",
            "\"Fri, 29 Sep 2023 16:26:57 GMT\"",
        ] {
            assert_eq!(seconds(text), Some(MOMENT.try_into().unwrap()), "{text}");
        }
    }

    #[test]
    fn the_calendar_is_right() {
        for (text, expected) in [
            ("1 Jan 1970 00:00:00", 0),
            ("31 Dec 1969 23:59:59", -1),
            ("29 Feb 2000 00:00", 951_782_400),
            ("1 Mar 2000 00:00", 951_868_800),
            ("29 Feb 2024 12:00:00", 1_709_208_000),
            ("31 Dec 2016 23:59:60", 1_483_228_800),
            ("1 Jan 68 00:00", 3_092_601_600),
            ("1 Jan 69 00:00", -31_536_000),
            ("1 Jan 0035 00:00", -61_062_681_600),
            ("1 Jan 123 00:00", 1_672_531_200),
            ("31 Dec 9999 23:59:59", 253_402_300_799),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn moments_of_iso_8601_have_a_zone() {
        let moment = |text| parse_iso(text).map(|at| at.duration_since(SystemTime::UNIX_EPOCH).unwrap());
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2024-02-29T12:00:00.5z", 1_709_208_000, 500_000_000),
            ("2024-02-29 12:00:00.123456789123Z", 1_709_208_000, 123_456_789),
            ("2024-02-29t17:30+05:30", 1_709_208_000, 0),
            ("2024-02-29T07:00:00-0500", 1_709_208_000, 0),
            ("1000-01-01T00:00:00Z", -1, 0),
        ] {
            let expected = u64::try_from(seconds).ok().map(|seconds| Duration::new(seconds, nanos));
            assert_eq!(moment(text), expected, "{text}");
        }
        for text in [
            "2024-02-29T12:00:00",
            "2024-02-30T12:00:00Z",
            "2024-00-01T12:00:00Z",
            "2024-13-01T12:00:00Z",
            "999-01-01T12:00:00Z",
            "0-01-01T12:00:00Z",
            "2024-02-29T12:00:00.5xZ",
            "2024-02-29T12:00:00.x5Z",
            "1969-12-31T23:59:59Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn every_zone_with_a_name_is_behind_utc() {
        let zones = [("AST", 4), ("ADT", 3), ("EST", 5), ("EDT", 4), ("CST", 6)];
        for (zone, hours) in zones.into_iter().chain([("CDT", 5), ("MST", 7), ("MDT", 6), ("PST", 8), ("PDT", 7)]) {
            assert_eq!(seconds(&format!("1 Jan 1970 00:00:00 {zone}")), Some(hours * 3600), "{zone}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            ",",
            "-",
            "--",
            "Fri",
            "soon",
            "2023-09-29T16:26:57Z",
            "2023-09-29 16:26:57",
            "29 Foo 2023 16:26:57",
            "29 Sep 100000 16:26:57",
            "29 Sep 2023",
            "29 Sep 2023 16",
            "29 Sep 2023 16:26:57:58",
            "29 Sep 2023 24:00:00",
            "29 Sep 2023 25:26:57",
            "29 Sep 2023 16:60:57",
            "29 Sep 2023 16:26:61",
            "0 Sep 2023 16:26:57",
            "31 Sep 2023 16:26:57",
            "29 Feb 2023 16:26:57",
            "29 Feb 1900 16:26:57",
            "29 Septem 2023 16:26:57",
            "٢٩ Sep 2023 16:26:57",
            "29 Sep -2023 16:26:57",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
