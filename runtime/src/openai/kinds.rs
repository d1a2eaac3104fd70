//! What kind of refusal a response is, by the words in it.
//!
//! If a code or a type says it, that decides. Sentences are read only for what no code says.

use std::borrow::Cow;
use std::time::Duration;

use super::facts::{Cause, Facts};
use super::names::letters;
use super::sentence::Sentence;
use super::{waits, words};

/// The codes of an error, by their letters and digits.
pub(super) struct Words<'a> {
    /// The code, the type, and what else names the kind.
    words: Vec<Cow<'a, str>>,
}

impl<'a> Words<'a> {
    pub(super) fn of(facts: &'a Facts<'_>) -> Self {
        let first = [&facts.code, &facts.error_type].into_iter().flatten().map(|word| Cow::Owned(letters(word)));
        Self { words: first.chain(facts.words.iter().map(|word| Cow::Borrowed(word.as_str()))).collect() }
    }

    fn any(&self, is: impl Fn(&str) -> bool) -> bool {
        self.words.iter().any(|word| is(word))
    }

    fn is_one_of(&self, listed: &[&str]) -> bool {
        self.any(|word| listed.contains(&word) || listed.contains(&without_error(word)))
    }

    /// Whether a code is one of these, or ends in one after a prefix of the service's own. If the prefix names a rate
    /// (`tpm_quota_exhausted`), the code is about a rate, and does not count.
    fn ends_in_one_of(&self, listed: &[&str]) -> bool {
        self.any(|word| {
            let before = |listed: &&str| word.strip_suffix(listed).or_else(|| without_error(word).strip_suffix(listed));
            let before = listed.iter().find_map(before);
            before.is_some_and(|before| !words::RATE_UNITS.iter().any(|unit| before.contains(unit)))
        })
    }

    fn contains_one_of(&self, listed: &[&str]) -> bool {
        self.any(|word| listed.iter().any(|part| word.contains(part)))
    }

    pub(super) fn refused(&self) -> bool {
        self.is_one_of(&words::REFUSED)
    }

    pub(super) fn rate(&self) -> bool {
        self.contains_one_of(&words::RATE)
    }

    /// Whether a code names a rate. The `names` do not count: they say no more than the status 429 does.
    fn says_rate_beyond(&self, names: &[&str]) -> bool {
        let says = |word: &str| !names.contains(&word) && words::RATE.iter().any(|part| word.contains(part));
        self.refused() || self.any(says)
    }

    pub(super) fn overload(&self) -> bool {
        self.contains_one_of(&words::OVERLOAD)
    }

    /// Whether a refusal is for want of capacity: a code says so, or, if no code names a rate, the message does.
    pub(super) fn is_overload(&self, message: Option<&Sentence>) -> bool {
        let says = |message: &Sentence| {
            // OpenRouter names both an overload and a rate: "High demand for m - limited to 30 requests per minute".
            (message.says(&words::SAYS_OVERLOAD) && !message.says(&words::SHORT))
                || message.contains_any(&words::OVERLOAD_CHINESE)
        };
        self.overload()
            || (!self.says_rate_beyond(&["toomanyrequests", "resourceexhausted"]) && message.is_some_and(says))
    }

    /// Whether waiting does not help after a 429: there is no money, or the request by itself is larger than the limit.
    pub(super) fn is_final(&self, message: Option<&Sentence>) -> bool {
        let of_a_rate = |message: &Sentence| message.says(&words::ALLOCATED_PER_MINUTE);
        if self.ends_in_one_of(&words::FINAL) && !message.is_some_and(of_a_rate) {
            return true;
        }
        self.is_one_of(&words::TOO_LARGE)
            || message.is_some_and(|message| {
                message.says(&words::NO_MONEY)
                    || message.says(&words::SAYS_TOO_LARGE)
                    || message.contains_any(&words::FINAL_CHINESE)
                    || message.never_fits()
            })
    }

    /// Whether a 429 is for an allowance of a day or longer, or for one that has run out for good, and names no wait
    /// that is believed. If a code or the message speaks of minutes, or neither says how long, the 429 is retried.
    pub(super) fn is_used_up(&self, message: Option<&Sentence>, named: Option<Duration>) -> bool {
        // Google names a wait of seconds for an allowance of a day too, so that it is not believed.
        if self.any(|word| word.contains("perday") && word.contains("requests") || word.contains("perdayper")) {
            return true;
        }
        if named.is_some() {
            return false;
        }
        let says = |phrases: &[&[&str]]| message.is_some_and(|message| message.says(phrases));
        if says(&words::SHORT) {
            return false;
        }
        let names_rate = self.says_rate_beyond(&["toomanyrequests"]) || says(&words::SAYS_RATE);
        self.contains_one_of(&words::LONG_CODES)
            || says(&words::LONG)
            || says(&words::NO_ALLOWANCE)
            || message.is_some_and(|message| message.contains_any(&words::LONG_CHINESE))
            || (says(&words::USED_UP) && (says(&words::HOURS) || !names_rate))
            || (self.is_one_of(&words::ALLOWANCE) && !names_rate)
    }
}

/// A code without its ending `error` or `exception`: `rate_limit_exceeded_error`, `ThrottlingException`.
fn without_error(code: &str) -> &str {
    code.strip_suffix("error").or_else(|| code.strip_suffix("exception")).unwrap_or(code)
}

/// The status that a response stands for: that of its body, if its own is a success, or if its own is 500 or above and
/// the body says 429; else its own.
pub(super) fn meaning(facts: &Facts<'_>) -> Option<u16> {
    let Cause::Status(status) = facts.cause else { return None };
    Some(match (status, facts.told) {
        (500.., Some(429)) => 429,
        (..400, Some(told)) => told,
        (..400, None) => told_in_words(facts).unwrap_or(status),
        _ => status,
    })
}

/// The status that the words of a body stand for, if it is the error of a response whose own status is a success.
fn told_in_words(facts: &Facts<'_>) -> Option<u16> {
    const STATUSES: [(u16, &[&str]); 10] = [
        (402, &["paymentrequired", "billingerror"]),
        // Anthropic's types, OpenAI's codes, Google's names.
        (401, &["authenticationerror", "invalidapikey", "unauthenticated", "unauthorized"]),
        (403, &["permissionerror", "permissiondenied", "forbidden"]),
        (404, &["notfounderror", "notfound", "modelnotfound"]),
        (413, &["requesttoolarge"]),
        (408, &["requesttimeout"]),
        (409, &["aborted", "conflict"]),
        (500, &["servererror", "internalservererror", "internal", "apierror", "internalerror"]),
        (503, &["unavailable", "serviceunavailable"]),
        (504, &["timeouterror", "deadlineexceeded", "timeout"]),
    ];
    const BAD_REQUEST: [&str; 5] =
        ["invalidrequesterror", "invalidargument", "invalidprompt", "failedprecondition", "badrequest"];
    let words = Words::of(facts);
    if words.ends_in_one_of(&words::FINAL) || words.is_one_of(&words::ALLOWANCE) {
        return Some(429);
    }
    if words.overload() {
        return Some(503);
    }
    if words.refused() || words.rate() {
        return Some(429);
    }
    if words.is_one_of(&words::TOO_LARGE) {
        return Some(400);
    }
    if let Some((status, _)) = STATUSES.iter().find(|(_, listed)| words.is_one_of(listed)) {
        return Some(*status);
    }
    if words.is_one_of(&BAD_REQUEST) {
        return Some(400);
    }
    let message = Sentence::new(facts.message.as_deref()?);
    let refuses = message.says(&words::NO_MONEY)
        || message.says(&words::NO_ALLOWANCE)
        || message.says(&words::USED_UP)
        || message.says(&words::SAYS_RATE)
        || message.says(&words::REFUSES)
        || facts.message.as_deref().is_some_and(|message| waits::in_message(message).is_some())
        || message.contains_any(&words::FINAL_CHINESE);
    if refuses {
        Some(429)
    } else if message.says(&words::SAYS_OVERLOAD) || message.contains_any(&words::OVERLOAD_CHINESE) {
        Some(503)
    } else if message.says(&words::SAYS_FAILED) {
        Some(500)
    } else {
        None
    }
}
