//! The checked meaning of all arguments together.

use std::time::Duration;

use quote::ToTokens;
use syn::{Expr, Ident, LitStr, Path};

use super::args::Arg;
use super::keys::Key;
use super::policy::{DEFAULT_INITIAL, PolicyOptions};
use super::values::{self, Hook, Jitter, Value};
use crate::errors::Errors;
use crate::function::Item;

/// The values of all keys. A key that is not given is `None`.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) policy: PolicyOptions,
    /// The key and its value. If the function cannot have a timeout, the error is reported at the key.
    pub(crate) timeout: Option<(Ident, Value<Duration>)>,
    /// The name of the variable by which the body knows its attempt.
    pub(crate) attempt: Option<Ident>,
    /// The name of the variable by which the body knows what the attempt before returned.
    pub(crate) previous: Option<Ident>,
    /// The name that the function has in events.
    pub(crate) name: Option<LitStr>,
    /// The expression after `upstream`.
    pub(crate) upstream: Option<Expr>,
    /// How many tokens an attempt takes of the upstream's limit: units of the service, not tokens of Rust.
    pub(crate) cost: Option<Value<u32>>,
    pub(crate) on: Option<Hook>,
    pub(crate) until: Option<Hook>,
    pub(crate) notify: Option<Hook>,
    pub(crate) sleep: Option<Hook>,
    /// The path after `crate`.
    pub(crate) runtime: Option<Path>,
}

impl Options {
    /// Checks each value by itself, then the keys against each other.
    pub(crate) fn new(args: Vec<Arg>, item: Option<&Item>, errors: &Errors) -> Self {
        let mut options = Self::default();
        let mut written = Written::default();
        let mut cost = None;
        for Arg { key, name, value } in args {
            let value = values::ungroup(value);
            let policy = &mut options.policy;
            match key {
                Key::Max => policy.max = values::max(value, errors),
                Key::Factor => policy.factor = values::factor(value, errors),
                Key::Jitter => policy.jitter = values::jitter(value, item, errors),
                Key::Initial => {
                    written.initial = Some(value.clone());
                    policy.initial = values::duration(&name, value, errors);
                }
                Key::Cap => {
                    written.cap = Some(value.clone());
                    policy.cap = values::duration(&name, value, errors);
                }
                Key::MaxRetryAfter => policy.max_retry_after = values::duration(&name, value, errors),
                Key::Deadline => {
                    written.deadline = Some(value.clone());
                    policy.deadline =
                        values::positive_duration(&name, value, "`max = 1` makes a single attempt", errors);
                }
                Key::Timeout => {
                    let instead = "with none, an attempt may take its time";
                    let value = values::positive_duration(&name, value, instead, errors);
                    options.timeout = value.map(|value| (name, value));
                }
                Key::Attempt => {
                    let message =
                        "`attempt` is a name for the body to use: `attempt = attempt`, then `attempt.number()`";
                    options.attempt = values::binding(&value, message, errors);
                }
                Key::Previous => {
                    let message = "`previous` is a name for the body to use: `previous = previous`, then `if let Some(Err(error)) = previous`";
                    options.previous = values::binding(&value, message, errors);
                }
                Key::Name => options.name = values::name(&value, errors),
                Key::Until => options.until = values::answering_hook(value, "until", "`until = |value| ...`", errors),
                Key::On => options.on = values::answering_hook(value, "on", "`on = |error| ...`", errors),
                Key::Notify => options.notify = values::hook(value, "notify", "`notify = |event| ...`", errors),
                Key::Sleep => options.sleep = values::hook(value, "sleep", "`sleep = |wait| ...`", errors),
                Key::Policy => {
                    let message = "`policy` is a `persevere::Policy`, such as the name of a constant";
                    policy.base = values::not_written_out(value, message, errors);
                }
                Key::Upstream => options.upstream = values::upstream(value, errors),
                Key::Cost => {
                    cost = Some(name);
                    options.cost = values::cost(value, errors);
                }
                Key::Crate => options.runtime = values::path(value, errors),
            }
        }
        if let (Some(previous), true) = (&options.previous, options.previous == options.attempt) {
            errors.on(
                previous,
                format!("`{previous}` is the attempt already: write another name after one of the two keys"),
            );
        }
        if let (Some(cost), None) = (cost, &options.upstream) {
            let message = "`cost` is what an attempt takes of a limit that calls share: write `upstream = ...` too";
            errors.on(&cost, message);
        }
        check_cap(&options.policy, &written, errors);
        check_deadline(&options.policy, written.deadline.as_ref(), errors);
        if options.timeout.is_some() {
            // With a timeout the hook is also called while an attempt runs. So it cannot stand where it is called, as a
            // closure otherwise does: it is evaluated once, before the first attempt.
            options.sleep = options.sleep.map(Hook::evaluated);
        }
        options
    }
}

/// Values as the user wrote them, which an error shows.
#[derive(Default)]
struct Written {
    initial: Option<Expr>,
    cap: Option<Expr>,
    deadline: Option<Expr>,
}

/// Reports an `initial` above the `cap`, where both are known.
fn check_cap(policy: &PolicyOptions, written: &Written, errors: &Errors) {
    let Some(Value::Literal(cap)) = policy.cap else { return };
    let Some(written_cap) = written.cap.as_ref().map(ToTokens::to_token_stream) else { return };
    match (&policy.initial, &written.initial) {
        (Some(Value::Literal(initial)), Some(written_initial)) if *initial > cap => {
            let message = format!(
                "`initial` ({}) is longer than `cap` ({written_cap}): lower `initial` or raise `cap`",
                written_initial.to_token_stream()
            );
            errors.on(written_initial, message);
        }
        (None, _) if policy.base.is_none() && cap < DEFAULT_INITIAL => {
            let message = format!(
                "`cap` ({written_cap}) is shorter than `initial`, which is \"500ms\" by default: write `initial` too"
            );
            errors.on(written_cap, message);
        }
        _ => {}
    }
}

/// Reports a `deadline` into which not even the first wait fits, where that is known.
fn check_deadline(policy: &PolicyOptions, written: Option<&Expr>, errors: &Errors) {
    let (Some(Value::Literal(deadline)), Some(written)) = (&policy.deadline, written) else { return };
    let first = match &policy.initial {
        Some(Value::Literal(initial)) => *initial,
        None if policy.base.is_none() => DEFAULT_INITIAL,
        _ => return,
    };
    let is_exact = matches!(policy.jitter, Some(Value::Literal(Jitter::None | Jitter::Fraction(0.0))));
    if is_exact && first > *deadline {
        let message = format!(
            "`deadline` ({}) ends before the first wait, which is {first:?} without jitter: lower `initial` or raise `deadline`",
            written.to_token_stream()
        );
        errors.on(written, message);
    }
}
