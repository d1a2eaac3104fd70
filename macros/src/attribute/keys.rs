//! The keys of the attribute in one table: how each is written, an example, and what other libraries call it.

use syn::Ident;
use syn::ext::IdentExt;

use crate::errors::{Errors, meant};

/// A key of the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Max,
    Initial,
    Factor,
    Cap,
    Jitter,
    On,
    Until,
    Timeout,
    Deadline,
    MaxRetryAfter,
    Upstream,
    Cost,
    Notify,
    Attempt,
    Previous,
    Name,
    Policy,
    Sleep,
    Crate,
}

/// One row of the table.
pub(crate) struct KnownKey {
    pub(crate) key: Key,
    /// The key as it is written.
    pub(crate) name: &'static str,
    /// An argument with this key, which errors show.
    pub(crate) example: &'static str,
    /// Names that other libraries use, each group with what an error answers to them.
    foreign: &'static [(&'static [&'static str], &'static str)],
}

/// All keys, in the order in which errors list them.
static KEYS: [KnownKey; 19] = [
    KnownKey {
        key: Key::Max,
        name: "max",
        example: "max = 5",
        foreign: &[
            (
                &["attempts", "max_attempts", "tries", "times", "max_tries", "stop", "count", "limit", "maximum"],
                "`max`, which counts all calls",
            ),
            (
                &["retries", "max_retries", "max_times"],
                "`max`, which counts the first call too: where others write 4 retries, write `max = 5`",
            ),
        ],
    },
    KnownKey {
        key: Key::Initial,
        name: "initial",
        example: "initial = \"500ms\"",
        foreign: &[(
            &[
                "delay",
                "min_delay",
                "base_delay",
                "initial_delay",
                "initial_interval",
                "base",
                "wait",
                "start",
                "init",
                "interval",
                "initial_backoff",
                "wait_initial",
            ],
            "`initial`",
        )],
    },
    KnownKey {
        key: Key::Factor,
        name: "factor",
        example: "factor = 2",
        foreign: &[(&["multiplier", "exponent", "exp_base", "wait_exp_base", "growth", "rate"], "`factor`")],
    },
    KnownKey {
        key: Key::Cap,
        name: "cap",
        example: "cap = \"60s\"",
        foreign: &[(&["max_delay", "max_interval", "max_wait", "wait_max", "max_backoff"], "`cap`")],
    },
    KnownKey {
        key: Key::Jitter,
        name: "jitter",
        example: "jitter = full",
        foreign: &[(&["wait_jitter"], "`jitter`, a part of the wait and not a time on top")],
    },
    KnownKey {
        key: Key::On,
        name: "on",
        example: "on = |error| true",
        foreign: &[(
            &[
                "when",
                "if",
                "while",
                "retry_if",
                "retry_on",
                "condition",
                "predicate",
                "filter",
                "classifier",
                "retryable",
                "retry",
            ],
            "`on`",
        )],
    },
    KnownKey {
        key: Key::Until,
        name: "until",
        example: "until = |value| true",
        foreign: &[(
            &["retry_if_result", "retry_on_result", "validate", "accept"],
            "`until`, which says when a value is good",
        )],
    },
    KnownKey {
        key: Key::Timeout,
        name: "timeout",
        example: "timeout = \"10s\"",
        foreign: &[(&["attempt_timeout", "per_attempt_timeout", "request_timeout"], "`timeout`")],
    },
    KnownKey {
        key: Key::Deadline,
        name: "deadline",
        example: "deadline = \"60s\"",
        foreign: &[(
            &[
                "max_elapsed",
                "max_elapsed_time",
                "total_timeout",
                "max_duration",
                "total_delay",
                "overall_timeout",
                "max_time",
                "stop_after_delay",
            ],
            "`deadline`",
        )],
    },
    KnownKey { key: Key::MaxRetryAfter, name: "max_retry_after", example: "max_retry_after = \"120s\"", foreign: &[] },
    KnownKey {
        key: Key::Upstream,
        name: "upstream",
        example: "upstream = SERVICE",
        foreign: &[(
            &["rate_limit", "rate_limiter", "limiter", "throttle", "budget"],
            "`upstream`, a `static Upstream` that calls share",
        )],
    },
    KnownKey {
        key: Key::Cost,
        name: "cost",
        example: "cost = 200",
        foreign: &[(
            &["tokens", "token_cost", "weight", "permits", "units"],
            "`cost`, how many tokens an attempt takes of a limit that its `upstream` has",
        )],
    },
    KnownKey {
        key: Key::Notify,
        name: "notify",
        example: "notify = |event| eprintln!(\"{event}\")",
        foreign: &[(
            &["on_retry", "before_sleep", "hook", "callback", "log", "logger", "on_backoff", "on_giveup", "on_give_up"],
            "`notify`",
        )],
    },
    KnownKey { key: Key::Attempt, name: "attempt", example: "attempt = attempt", foreign: &[] },
    KnownKey {
        key: Key::Previous,
        name: "previous",
        example: "previous = previous",
        foreign: &[(
            &["last", "last_error", "previous_error", "last_result"],
            "`previous`, what the attempt before returned",
        )],
    },
    KnownKey {
        key: Key::Name,
        name: "name",
        example: "name = \"Client::complete\"",
        foreign: &[(&["label", "operation", "span_name"], "`name`")],
    },
    KnownKey {
        key: Key::Policy,
        name: "policy",
        example: "policy = Policy::new()",
        foreign: &[
            (&["backoff", "strategy", "exponential"], "`initial`, `factor` and `cap`, or a whole `policy`"),
            (&["reraise"], "not needed: the last error is returned as it is"),
            (&["notify_success", "on_success"], "`policy = Policy::new().notify_success(true)`, beside `notify`"),
        ],
    },
    KnownKey {
        key: Key::Sleep,
        name: "sleep",
        example: "sleep = std::thread::sleep",
        foreign: &[(&["sleeper", "timer", "sleep_fn"], "`sleep`")],
    },
    KnownKey { key: Key::Crate, name: "crate", example: "crate = ::persevere", foreign: &[] },
];

/// The key of this name; an unknown one is reported with the key that was probably meant.
pub(crate) fn find(name: &Ident, errors: &Errors) -> Option<&'static KnownKey> {
    let written = name.unraw().to_string();
    let found = KEYS.iter().find(|known| known.name == written);
    if found.is_none() {
        errors.on(name, unknown_key(&written));
    }
    found
}

fn unknown_key(written: &str) -> String {
    let mut foreign = KEYS.iter().flat_map(|known| known.foreign);
    if let Some((_, ours)) = foreign.find(|(names, _)| names.contains(&written)) {
        return format!("unknown key `{written}`; here it is {ours}");
    }
    let names = KEYS.each_ref().map(|known| known.name);
    match meant(&written.to_lowercase(), names) {
        Some(name) => format!("unknown key `{written}`; did you mean `{name}`?"),
        None => format!("unknown key `{written}`; the keys are `{}`", names.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_key_and_no_other() {
        let table = include_str!("../retry.md").lines().skip_while(|line| !line.starts_with("| key |"));
        let rows = table.take_while(|line| line.starts_with('|'));
        let rows = rows.filter_map(|line| line.strip_prefix("| [`")?.split_once('`'));
        let mut documented: Vec<&str> = rows.map(|(key, _)| key).collect();
        let mut keys = KEYS.each_ref().map(|known| known.name);
        documented.sort_unstable();
        keys.sort_unstable();
        assert_eq!(documented, keys);
    }

    #[test]
    fn no_foreign_name_hides_one_of_ours() {
        for (names, _) in KEYS.iter().flat_map(|known| known.foreign) {
            assert!(names.iter().all(|name| KEYS.iter().all(|known| known.name != *name)), "{names:?}");
        }
    }
}
