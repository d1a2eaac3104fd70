//! A policy in a configuration file, with durations as the attribute writes them.

use std::fmt;
use std::time::Duration;

use serde::de::{Error, Unexpected, Visitor};
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Jitter, Policy, duration};

/// One table is a policy. Every field may be left out; an unknown one is an error, and so is a value that makes no
/// sense.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Jitter, Policy};
///
/// let table = r#"{"max": 5, "initial": "1s", "deadline": "1m 30s", "jitter": 0.25}"#;
/// let policy: Policy = serde_json::from_str(table)?;
/// let expected = Policy::new()
///     .max(5)
///     .initial(Duration::from_secs(1))
///     .jitter(Jitter::Fraction(0.25))
///     .deadline(Duration::from_secs(90));
/// assert_eq!(policy, expected);
///
/// let error = serde_json::from_str::<Policy>(r#"{"max_retries": 5}"#).unwrap_err();
/// assert!(error.to_string().starts_with("unknown field `max_retries`"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Table { max, initial, factor, cap, jitter, max_retry_after, deadline, notify_success } =
            Table::deserialize(deserializer)?;
        let mut policy = Self::new();
        if let Some(max) = max {
            if max == 0 {
                let expected = &"a number of calls of at least 1, the first one included";
                return Err(D::Error::invalid_value(Unexpected::Unsigned(0), expected));
            }
            policy = policy.max(max);
        }
        if let Some(factor) = factor {
            if !(factor >= 1.0 && factor.is_finite()) {
                return Err(D::Error::invalid_value(Unexpected::Float(factor), &"a `factor` of at least 1"));
            }
            policy = policy.factor(factor);
        }
        if let Some(Written(initial)) = initial {
            policy = policy.initial(initial);
        }
        if let Some(Written(cap)) = cap {
            if cap < policy.initial {
                let (cap, initial) = (duration::write(cap), duration::write(policy.initial));
                return Err(D::Error::custom(format_args!("`cap` ({cap}) is shorter than `initial` ({initial})")));
            }
            policy = policy.cap(cap);
        }
        if let Some(jitter) = jitter {
            policy = policy.jitter(jitter);
        }
        if let Some(Written(longest)) = max_retry_after {
            policy = policy.max_retry_after(longest);
        }
        if let Some(Written(deadline)) = deadline {
            if deadline.is_zero() {
                return Err(D::Error::custom("`deadline` is longer than zero; `max = 1` makes a single attempt"));
            }
            policy = policy.deadline(deadline);
        }
        Ok(policy.notify_success(notify_success))
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The pattern names every field, so that a new field of `Policy` does not compile until it is written here.
        let &Self { max, initial, factor, cap, jitter, max_retry_after, deadline, notify_success } = self;
        let fields = 6 + usize::from(cap.is_some()) + usize::from(deadline.is_some());
        let mut table = serializer.serialize_struct("Policy", fields)?;
        table.serialize_field("max", &max)?;
        // `Deserialize` refuses a `cap` below `initial`. Such a cap limits the first wait too, so it is written as
        // `initial`.
        table.serialize_field("initial", &Written(cap.map_or(initial, |cap| initial.min(cap))))?;
        // `Deserialize` refuses an infinite factor, and JSON would write it as `null`.
        table.serialize_field("factor", &factor.min(f64::MAX))?;
        match cap {
            Some(cap) => table.serialize_field("cap", &Written(cap))?,
            None => table.skip_field("cap")?,
        }
        table.serialize_field("jitter", &jitter)?;
        table.serialize_field("max_retry_after", &Written(max_retry_after))?;
        match deadline {
            Some(deadline) => table.serialize_field("deadline", &Written(deadline))?,
            None => table.skip_field("deadline")?,
        }
        table.serialize_field("notify_success", &notify_success)?;
        table.end()
    }
}

/// The fields of a policy, as far as they are given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table of the keys of a policy")]
struct Table {
    max: Option<u32>,
    initial: Option<Written>,
    factor: Option<f64>,
    cap: Option<Written>,
    jitter: Option<Jitter>,
    max_retry_after: Option<Written>,
    deadline: Option<Written>,
    #[serde(default)]
    notify_success: bool,
}

/// A duration as a string with units.
struct Written(Duration);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration::write(self.0))
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Written;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a duration: a string with a unit, such as \"500ms\" or \"1m 30s\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
                duration::parse(text).map(Written).map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// A jitter by its name, or as a fraction.
impl Serialize for Jitter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = match *self {
            Self::None => "none",
            Self::Equal => "equal",
            Self::Full => "full",
            Self::Decorrelated => "decorrelated",
            Self::Fraction(fraction) if fraction.is_nan() => "full",
            Self::Fraction(fraction) => return serializer.serialize_f64(fraction.clamp(0.0, 1.0)),
        };
        serializer.serialize_str(name)
    }
}

/// `"none"`, `"equal"`, `"full"`, `"decorrelated"`, or a fraction from 0 to 1.
impl<'de> Deserialize<'de> for Jitter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameOrFraction;

        impl Visitor<'_> for NameOrFraction {
            type Value = Jitter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`none`, `equal`, `full`, `decorrelated`, or a fraction from 0 to 1")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Jitter, E> {
                match name {
                    "none" => Ok(Jitter::None),
                    "equal" => Ok(Jitter::Equal),
                    "full" => Ok(Jitter::Full),
                    "decorrelated" => Ok(Jitter::Decorrelated),
                    _ => Err(E::invalid_value(Unexpected::Str(name), &self)),
                }
            }

            fn visit_f64<E: Error>(self, fraction: f64) -> Result<Jitter, E> {
                if (0.0..=1.0).contains(&fraction) {
                    Ok(Jitter::Fraction(fraction))
                } else {
                    Err(E::invalid_value(Unexpected::Float(fraction), &self))
                }
            }

            fn visit_u64<E: Error>(self, whole: u64) -> Result<Jitter, E> {
                u32::try_from(whole)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(whole), &self))
                    .and_then(|whole| NameOrFraction.visit_f64(whole.into()))
            }

            fn visit_i64<E: Error>(self, whole: i64) -> Result<Jitter, E> {
                u64::try_from(whole)
                    .map_err(|_| E::invalid_value(Unexpected::Signed(whole), &self))
                    .and_then(|whole| NameOrFraction.visit_u64(whole))
            }
        }

        deserializer.deserialize_any(NameOrFraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Policy, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let full = Policy::new().max(u32::MAX).initial(Duration::from_nanos(1)).factor(1.5).cap(Duration::MAX);
        for jitter in [Jitter::None, Jitter::Equal, Jitter::Full, Jitter::Decorrelated, Jitter::Fraction(0.25)] {
            let full = full.jitter(jitter).deadline(Duration::from_millis(90_500)).notify_success(true);
            for policy in [Policy::new().jitter(jitter), full] {
                let written = serde_json::to_string(&policy).unwrap();
                assert_eq!(read(&written), Ok(policy), "{written}");
            }
        }
        assert_eq!(read("{}"), Ok(Policy::new()));
        assert_eq!(read(r#"{"jitter": 1, "cap": null}"#), Ok(Policy::new().jitter(1.0.into())));
        let written = serde_json::to_string(&Policy::new()).unwrap();
        assert_eq!(
            written,
            r#"{"max":3,"initial":"500ms","factor":2.0,"jitter":"full","max_retry_after":"120s","notify_success":false}"#
        );
    }

    #[test]
    fn an_infinite_factor_is_not_read_back_as_the_default() {
        // JSON knows no infinity: it would be written as `null`.
        let steep = Policy::new().factor(f64::INFINITY);
        let written = serde_json::to_string(&steep).unwrap();
        let back = read(&written).unwrap();
        assert_eq!(back, Policy::new().factor(f64::MAX), "{written}");
        assert!((1..9).all(|n| back.ceiling(n) == steep.ceiling(n)));
    }

    #[test]
    fn a_policy_that_no_table_could_say_is_written_as_what_it_does() {
        let second = Duration::from_secs(1);
        for (policy, means) in [
            (Policy::new().initial(9 * second).cap(second), Policy::new().initial(second).cap(second)),
            (Policy::new().jitter(7.0.into()), Policy::new().jitter(1.0.into())),
            (Policy::new().jitter((-7.0).into()), Policy::new().jitter(0.0.into())),
            (Policy::new().jitter(f64::NAN.into()), Policy::new().jitter(Jitter::Full)),
        ] {
            assert_eq!(read(&serde_json::to_string(&policy).unwrap()), Ok(means), "{policy:?}");
        }
    }

    /// `MessagePack` writes the number of fields first, and reads no more than these.
    #[test]
    fn the_fields_are_as_many_as_is_said() {
        let policy = Policy::new();
        let second = Duration::from_secs(1);
        for policy in [policy, policy.cap(second), policy.cap(second).deadline(second)] {
            let bytes = rmp_serde::to_vec_named(&policy).unwrap();
            assert_eq!(rmp_serde::from_slice(&bytes).ok(), Some(policy), "{bytes:?}");
        }
    }

    #[test]
    fn a_fraction_that_is_no_number_is_full_jitter() {
        assert_eq!(serde_json::to_string(&Jitter::Fraction(f64::NAN)).unwrap(), "\"full\"");
        assert_eq!(serde_json::to_string(&Jitter::Fraction(7.0)).unwrap(), "1.0");
    }

    #[test]
    fn unknown_and_senseless_fields_are_errors() {
        for (json, says) in [
            (r#"{"retries": 3}"#, "unknown field `retries`, expected one of `max`, `initial`"),
            ("5", "invalid type: integer `5`, expected a table of the keys of a policy"),
            (r#"{"max": 0}"#, "invalid value: integer `0`, expected a number of calls of at least 1"),
            (r#"{"max": -1}"#, "invalid value: integer `-1`"),
            (r#"{"max": "3"}"#, "invalid type: string \"3\""),
            (r#"{"factor": 0.5}"#, "invalid value: floating point `0.5`, expected a `factor` of at least 1"),
            (r#"{"initial": 500}"#, "invalid type: integer `500`, expected a duration: a string with a unit"),
            (r#"{"initial": "500"}"#, "`500` has no unit"),
            (r#"{"initial": "1M"}"#, "unknown unit `M`; did you mean `m`?"),
            (r#"{"cap": "100ms"}"#, "`cap` (100ms) is shorter than `initial` (500ms)"),
            (r#"{"jitter": 1.5}"#, "invalid value: floating point `1.5`, expected `none`, `equal`"),
            (r#"{"jitter": -1}"#, "invalid value: integer `-1`"),
            (r#"{"jitter": "some"}"#, "invalid value: string \"some\""),
            (r#"{"deadline": "0s"}"#, "`deadline` is longer than zero"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.starts_with(says), "{json}: {error}");
        }
    }
}
