use proc_macro2::{TokenStream, TokenTree};
use syn::buffer::Cursor;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Token};

use crate::errors::{Errors, meant};

/// What a key of the attribute sets.
#[derive(Clone, Copy, PartialEq, Eq)]
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
    Notify,
    Attempt,
    Policy,
    Sleep,
    Crate,
}

/// The keys as they are written, and an example of each.
const KEYS: [Known; 16] = [
    ("max", Key::Max, "max = 5"),
    ("initial", Key::Initial, "initial = \"500ms\""),
    ("factor", Key::Factor, "factor = 2"),
    ("cap", Key::Cap, "cap = \"60s\""),
    ("jitter", Key::Jitter, "jitter = full"),
    ("on", Key::On, "on = |error| true"),
    ("until", Key::Until, "until = |value| true"),
    ("timeout", Key::Timeout, "timeout = \"10s\""),
    ("deadline", Key::Deadline, "deadline = \"60s\""),
    ("max_retry_after", Key::MaxRetryAfter, "max_retry_after = \"120s\""),
    ("upstream", Key::Upstream, "upstream = SERVICE"),
    ("notify", Key::Notify, "notify = |event| eprintln!(\"{event}\")"),
    ("attempt", Key::Attempt, "attempt = attempt"),
    ("policy", Key::Policy, "policy = Policy::new()"),
    ("sleep", Key::Sleep, "sleep = std::thread::sleep"),
    ("crate", Key::Crate, "crate = ::persevere"),
];

/// What other libraries call our keys, and what ours are.
const FOREIGN: [(&[&str], &str); 14] = [
    (
        &["attempts", "max_attempts", "tries", "times", "max_tries", "stop", "count", "limit", "maximum"],
        "`max`, which counts all calls",
    ),
    (
        &["retries", "max_retries", "max_times"],
        "`max`, which counts the first call too: where others write 4 retries, write `max = 5`",
    ),
    (
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
        ],
        "`initial`",
    ),
    (
        &["when", "if", "while", "retry_if", "retry_on", "condition", "predicate", "filter", "classifier", "retryable"],
        "`on`",
    ),
    (&["backoff", "strategy", "exponential"], "`initial`, `factor` and `cap`, or a whole `policy`"),
    (&["max_delay", "max_interval", "max_wait", "max_backoff"], "`cap`"),
    (&["multiplier", "exponent", "exp_base", "growth", "rate"], "`factor`"),
    (
        &["on_retry", "before_sleep", "hook", "callback", "log", "logger", "on_backoff", "on_giveup", "on_give_up"],
        "`notify`",
    ),
    (&["notify_success", "on_success"], "`policy = Policy::new().notify_success(true)`, beside `notify`"),
    (&["sleeper", "timer", "sleep_fn"], "`sleep`"),
    (
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
    ),
    (
        &["rate_limit", "rate_limiter", "limiter", "throttle", "budget"],
        "`upstream`, a `static Upstream` that calls share",
    ),
    (&["attempt_timeout", "per_attempt_timeout", "request_timeout"], "`timeout`"),
    (&["retry_if_result", "retry_on_result", "validate", "accept"], "`until`, which says when a value is good"),
];

/// One `key = value`.
pub(crate) struct Arg {
    pub(crate) key: Key,
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

/// Reads the attribute's arguments. A mistake is reported and costs only its own argument.
pub(crate) fn parse(tokens: TokenStream, errors: &Errors) -> Vec<Arg> {
    let parser = |input: ParseStream<'_>| {
        let mut args: Vec<Arg> = Vec::new();
        while !input.is_empty() {
            match parse_arg(input, errors) {
                Some(arg) if args.iter().any(|earlier| earlier.key == arg.key) => {
                    errors.on(&arg.name, format!("`{}` is given twice; keep one of them", arg.name));
                }
                Some(arg) => args.push(arg),
                None => {}
            }
        }
        Ok(args)
    };
    parser.parse2(tokens).unwrap_or_else(|error| {
        errors.push(error);
        Vec::new()
    })
}

/// Reads one argument and the comma after it; `None` if it was reported as wrong.
fn parse_arg(input: ParseStream<'_>, errors: &Errors) -> Option<Arg> {
    let Ok(name) = input.call(Ident::parse_any) else {
        report_no_key(input, errors);
        skip_to_comma(input);
        return None;
    };
    let key = find_key(&name, errors);
    if !input.peek(Token![=]) || input.peek(Token![==]) || input.peek(Token![=>]) {
        if let Some((written, _, example)) = key {
            if input.peek(Token![,]) || input.is_empty() {
                errors.on(&name, format!("`{written}` needs a value: `{example}`"));
            } else {
                errors.on(&name, format!("expected `=` after `{written}`: write `{example}`"));
            }
        }
        skip_to_comma(input);
        return None;
    }
    let equals = input.parse::<Token![=]>();
    if input.is_empty() || input.peek(Token![,]) || input.peek(Token![=]) {
        if let (Some((written, _, example)), Ok(equals)) = (key, equals) {
            errors.on(equals, format!("`{written}` needs a value: `{example}`"));
        }
        skip_to_comma(input);
        return None;
    }
    let value = parse_value(input, &name, key, errors)?;
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            errors.push(input.error("missing `,` before this key"));
        } else {
            errors.push(input.error(format!("expected `,` or the end after the value of `{name}`")));
            skip_to_comma(input);
        }
    }
    key.map(|(_, key, _)| Arg { key, name, value })
}

/// Reads a value; one that cannot be read is reported and passed over.
fn parse_value(input: ParseStream<'_>, name: &Ident, key: Option<Known>, errors: &Errors) -> Option<Expr> {
    // Most values are one literal, which is seen in a fraction of the time that parsing an expression takes.
    let ends = |rest: Cursor<'_>| rest.eof() || rest.punct().is_some_and(|(punct, _)| punct.as_char() == ',');
    if input.cursor().literal().is_some_and(|(_, rest)| ends(rest)) {
        let lit = Lit::new(input.parse().ok()?);
        return Some(Expr::Lit(ExprLit { attrs: Vec::new(), lit }));
    }
    // On a fork: what goes wrong inside of brackets would be reported once more when they are left.
    let ahead = input.fork();
    let parsed = ahead.parse::<Expr>();
    let ended = ahead.is_empty();
    match parsed {
        Ok(value @ (Expr::Assign(_) | Expr::Let(_))) => {
            input.advance_to(&ahead);
            errors.on(value, format!("`{name}` needs a value, not an assignment"));
        }
        Ok(value) => {
            input.advance_to(&ahead);
            return Some(value);
        }
        Err(_) if ended => {
            let example = key.map_or("max = 5", |(_, _, example)| example);
            let last = std::iter::from_fn(|| input.parse::<TokenTree>().ok()).last();
            errors.on(last, format!("the value of `{name}` is incomplete: write it like `{example}`"));
        }
        Err(error) => {
            errors.push(error);
            skip_to_comma(input);
            return None;
        }
    }
    skip_to_comma(input);
    None
}

/// A key as it is written, what it sets, and an example.
type Known = (&'static str, Key, &'static str);

fn find_key(name: &Ident, errors: &Errors) -> Option<Known> {
    let written = name.unraw().to_string();
    let found = KEYS.iter().find(|(key, ..)| *key == written).copied();
    if found.is_none() {
        errors.on(name, unknown_key(&written));
    }
    found
}

fn unknown_key(written: &str) -> String {
    if let Some((_, ours)) = FOREIGN.iter().find(|(names, _)| names.contains(&written)) {
        return format!("unknown key `{written}`; here it is {ours}");
    }
    let names = KEYS.map(|(name, ..)| name);
    match meant(&written.to_lowercase(), names) {
        Some(name) => format!("unknown key `{written}`; did you mean `{name}`?"),
        None => format!("unknown key `{written}`; the keys are `{}`", names.join("`, `")),
    }
}

/// Something stands where a key is expected: most often the value that other macros take first.
fn report_no_key(input: ParseStream<'_>, errors: &Errors) {
    let message = if input.peek(LitInt) {
        "every value needs its key: `max = 5`"
    } else if input.peek(LitStr) && input.peek2(Token![=]) {
        "keys are written without quotes: `max = 5`"
    } else if input.peek(LitStr) {
        "every value needs its key: `initial = \"500ms\"`"
    } else {
        "expected `key = value`, such as `max = 5`"
    };
    errors.push(input.error(message));
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && input.parse::<Token![,]>().is_err() {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_key_and_no_other() {
        let table = include_str!("retry.md").lines().skip_while(|line| !line.starts_with("| key |"));
        let rows = table.take_while(|line| line.starts_with('|'));
        let rows = rows.filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
        let mut documented: Vec<&str> = rows.map(|(key, _)| key).collect();
        let mut keys = KEYS.map(|(key, ..)| key);
        documented.sort_unstable();
        keys.sort_unstable();
        assert_eq!(documented, keys);
    }

    #[test]
    fn no_foreign_name_hides_one_of_ours() {
        for (names, _) in FOREIGN {
            assert!(names.iter().all(|name| KEYS.iter().all(|(key, ..)| key != name)), "{names:?}");
        }
    }
}
