//! The words of `#[retryable(..)]` in one table: how each is written, an example, and what others call it.

use syn::Ident;
use syn::ext::IdentExt;

use crate::errors::{Errors, meant};

/// A word of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Stop,
    Throttled,
    After,
    In,
    Transparent,
    With,
    Crate,
}

/// One row of the table.
pub(crate) struct KnownWord {
    pub(crate) word: Word,
    /// The word as it is written.
    pub(crate) name: &'static str,
    /// The word in use, which errors show.
    pub(crate) example: &'static str,
    /// Names that come to mind instead.
    foreign: &'static [&'static str],
}

static WORDS: [KnownWord; 7] = [
    KnownWord {
        word: Word::Stop,
        name: "stop",
        example: "stop",
        foreign: &["permanent", "fatal", "never", "no", "false", "abort", "give_up", "skip", "none"],
    },
    KnownWord {
        word: Word::Throttled,
        name: "throttled",
        example: "throttled",
        foreign: &["throttle", "rate_limit", "rate_limited", "too_many_requests", "refused", "slow_down"],
    },
    KnownWord {
        word: Word::After,
        name: "after",
        example: "after = retry_after",
        foreign: &["retry_after", "server_wait", "hint"],
    },
    KnownWord {
        word: Word::In,
        name: "in",
        example: "in = wait",
        foreign: &["retry_in", "wait", "delay", "sleep", "backoff"],
    },
    KnownWord {
        word: Word::Transparent,
        name: "transparent",
        example: "transparent",
        foreign: &["source", "from", "forward", "delegate", "inner", "flatten"],
    },
    KnownWord {
        word: Word::With,
        name: "with",
        example: "with = path::to::function",
        foreign: &["on", "if", "when", "by", "decide", "decide_with", "predicate", "classifier", "condition"],
    },
    KnownWord { word: Word::Crate, name: "crate", example: "crate = ::persevere", foreign: &["krate", "persevere"] },
];

/// The words that users try for an error that is simply retried, for which there is no word.
const RETRIED: [&str; 7] = ["retry", "retryable", "transient", "always", "true", "yes", "temporary"];

/// The word of this name; an unknown one is reported with the word that was probably meant.
pub(crate) fn find(name: &Ident, errors: &Errors) -> Option<&'static KnownWord> {
    let written = name.unraw().to_string();
    let found = WORDS.iter().find(|known| known.name == written);
    if found.is_none() {
        errors.on(name, unknown(&written));
    }
    found
}

fn unknown(written: &str) -> String {
    if RETRIED.contains(&written) {
        return format!("unknown word `{written}`; what is retried is `#[retryable]` alone");
    }
    if let Some(known) = WORDS.iter().find(|known| known.foreign.contains(&written)) {
        return format!("unknown word `{written}`; here it is `{}`", known.example);
    }
    let names = WORDS.each_ref().map(|known| known.name);
    match meant(&written.to_lowercase(), names) {
        Some(name) => format!("unknown word `{written}`; did you mean `{name}`?"),
        None => format!("unknown word `{written}`; the words are `{}`", names.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_word_and_no_other() {
        let table = include_str!("../retryable.md").lines().skip_while(|line| !line.starts_with("| on a variant |"));
        let rows = table.take_while(|line| line.starts_with('|')).filter(|line| line.contains("#[retryable"));
        let cells: String = rows.filter_map(|row| row.split('|').nth(1)).collect();
        for KnownWord { word, name, .. } in &WORDS {
            let listed = cells.split(|c: char| !c.is_alphanumeric()).any(|said| said == *name);
            assert_eq!(listed, *word != Word::Crate, "{name}");
        }
    }

    #[test]
    fn no_foreign_name_hides_one_of_ours() {
        for name in WORDS.iter().flat_map(|known| known.foreign).chain(&RETRIED) {
            assert!(WORDS.iter().all(|known| known.name != *name), "{name}");
        }
    }
}
