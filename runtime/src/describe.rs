//! How errors and waits are written for people: on one line, with all causes, without secrets.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::redact::redacted;

/// How many causes are written. There is a limit because an error may be its own cause.
const LONGEST: usize = 32;

/// An error, by the trait that it is written with.
#[derive(Clone, Copy)]
pub enum Described<'a> {
    /// By its own messages and those of its causes.
    Error(&'a (dyn Error + 'a)),
    /// By its `Display`, without causes.
    Display(&'a dyn fmt::Display),
    /// By its `Debug`, because it has no `Display`.
    Debug(&'a dyn fmt::Debug),
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&match self {
            Self::Error(error) => with_causes(*error),
            Self::Display(error) => one_line(&error.to_string()),
            Self::Debug(error) => one_line(&format!("{error:?}")),
        })
    }
}

/// The messages of an error and of its causes, each once, because many errors repeat the message of their cause. A
/// message that is part of what is written is left out; one that begins with the message before it replaces that one.
fn with_causes(error: &dyn Error) -> String {
    let mut told = String::new();
    let mut last = 0;
    for error in std::iter::successors(Some(error), |error| (*error).source()).take(LONGEST) {
        let message = one_line(&error.to_string());
        if told[last..].trim_end_matches(['.', ':']).is_empty() || message.starts_with(&told[last..]) {
            told.truncate(last);
        } else if told.contains(&message) {
            continue;
        } else {
            told.push_str(": ");
            last = told.len();
        }
        told.push_str(&message);
    }
    told
}

/// A message without line breaks, and without the secrets of the URLs in it.
fn one_line(message: &str) -> String {
    let message = redacted(message.trim());
    if !message.contains(char::is_control) {
        return message.into_owned();
    }
    message.split(char::is_control).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A time as a person would write it: `480 ms`, `1.5 s`, `2 min 30 s`.
pub(crate) struct Time(pub(crate) Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(time) = self;
        // The time is rounded before the unit is chosen, so that 999.9 ms are a second, and 59.96 s a minute.
        let millis = time.as_micros().saturating_add(500) / 1000;
        let tenths = time.as_millis().saturating_add(50) / 100;
        let seconds = time.as_millis().saturating_add(500) / 1000;
        if time.is_zero() {
            f.write_str("0 s")
        } else if millis == 0 {
            f.write_str("less than 1 ms")
        } else if millis < 1000 {
            write!(f, "{millis} ms")
        } else if tenths < 600 {
            match tenths % 10 {
                0 => write!(f, "{} s", tenths / 10),
                tenth => write!(f, "{}.{tenth} s", tenths / 10),
            }
        } else if seconds < 3600 {
            units(f, (seconds / 60, "min"), (seconds % 60, "s"))
        } else {
            let minutes = seconds.saturating_add(30) / 60;
            units(f, (minutes / 60, "h"), (minutes % 60, "min"))
        }
    }
}

fn units(f: &mut fmt::Formatter<'_>, (large, unit): (u128, &str), (small, smaller): (u128, &str)) -> fmt::Result {
    write!(f, "{large} {unit}")?;
    if small == 0 { Ok(()) } else { write!(f, " {small} {smaller}") }
}

/// The public path of a type. [`std::any::type_name`] gives the path of the module that defines it, which may be
/// private.
#[cfg(feature = "tracing")]
pub(crate) fn public_path(defined: &str) -> String {
    const PUBLIC: [(&str, &str); 12] = [
        ("persevere::openai::error::", "persevere::openai::"),
        ("persevere::openai::status::", "persevere::openai::"),
        ("persevere::elapsed::", "persevere::"),
        ("persevere::verdict::", "persevere::"),
        ("std::io::error::", "std::io::"),
        ("core::num::error::", "std::num::"),
        ("reqwest::error::", "reqwest::"),
        ("ureq::error::", "ureq::"),
        ("serde_json::error::", "serde_json::"),
        ("hyper::error::", "hyper::"),
        ("alloc::", "std::"),
        ("core::", "std::"),
    ];
    let mut public = String::new();
    let mut rest = defined;
    while !rest.is_empty() {
        if let Some((defined, path)) = PUBLIC.iter().find(|(defined, _)| rest.starts_with(defined)) {
            public.push_str(path);
            rest = &rest[defined.len()..];
        }
        // The rest of this path is copied, and the punctuation up to the next path (`<`, `, ` or `>`).
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let path = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        let end = rest[path..].find(is_path).map_or(rest.len(), |around| path + around);
        public.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    public
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Message(&'static str, Option<Box<Message>>);

    impl fmt::Display for Message {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Message {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    fn told(messages: &[&'static str]) -> String {
        let chain = messages.iter().rev().fold(None, |cause, message| Some(Box::new(Message(message, cause))));
        Described::Error(&*chain.unwrap()).to_string()
    }

    #[test]
    fn causes_are_told_once_on_one_line() {
        for (messages, expected) in [
            (&["connection error", "tcp connect error", "refused"][..], "connection error: tcp connect error: refused"),
            (&["reading a: not found", "not found"], "reading a: not found"),
            (&["same", "same", "other"], "same: other"),
            (&["a", "b", "a"], "a: b"),
            (&["timeout", "timeout: 5 s"], "timeout: 5 s"),
            (&["loading", "timeout", "timeout after 5 s"], "loading: timeout after 5 s"),
            (&["", "refused"], "refused"),
            (&["two\nlines\r\n", "more\tof it"], "two lines: more of it"),
            (
                &["for https://h/?key=SECRET", "GET https://u:SECRET@h/"],
                "for https://h/?[redacted]: GET https://[redacted]@h/",
            ),
        ] {
            assert_eq!(told(messages), expected);
        }
    }

    #[test]
    fn an_error_that_is_its_own_cause_has_an_end() {
        #[derive(Debug)]
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("endless")
            }
        }
        impl Error for Endless {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }
        assert_eq!(Described::Error(&Endless).to_string(), "endless");
    }

    #[test]
    fn times_are_written_as_people_do() {
        for (micros, expected) in [
            (0, "0 s"),
            (1, "less than 1 ms"),
            (480_412, "480 ms"),
            (999_700, "1 s"),
            (1_000_000, "1 s"),
            (1_540_000, "1.5 s"),
            (12_000_000, "12 s"),
            (59_960_000, "1 min"),
            (60_000_000, "1 min"),
            (150_400_000, "2 min 30 s"),
            (3_599_900_000, "1 h"),
            (5_400_000_000, "1 h 30 min"),
        ] {
            assert_eq!(Time(Duration::from_micros(micros)).to_string(), expected);
        }
        assert_eq!(Time(Duration::MAX).to_string(), "5124095576030431 h");
    }

    #[cfg(feature = "tracing")]
    #[test]
    fn types_are_told_by_the_path_under_which_they_are_found() {
        use std::any::type_name;
        assert_eq!(public_path(type_name::<std::io::Error>()), "std::io::Error");
        assert_eq!(public_path(type_name::<crate::Elapsed>()), "persevere::Elapsed");
        assert_eq!(public_path(type_name::<crate::Judged<std::io::Error>>()), "persevere::Judged<std::io::Error>");
        #[cfg(feature = "openai")]
        assert_eq!(public_path(type_name::<crate::openai::ApiError>()), "persevere::openai::ApiError");
        #[cfg(feature = "reqwest")]
        assert_eq!(public_path(type_name::<reqwest::Error>()), "reqwest::Error");
        #[cfg(feature = "ureq")]
        assert_eq!(public_path(type_name::<ureq::Error>()), "ureq::Error");
        assert_eq!(
            public_path(type_name::<Box<dyn Error + Send + Sync>>()),
            "std::boxed::Box<dyn std::error::Error + std::marker::Send + std::marker::Sync>"
        );
        assert_eq!(public_path("app::core::error::Failed"), "app::core::error::Failed");
    }
}
