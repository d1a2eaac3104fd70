use std::time::Duration;

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprPath, ExprUnary, Ident, Lit, Path, UnOp};

use crate::args::{Arg, Key};
use crate::duration;
use crate::errors::{Errors, meant};
use crate::item::Item;
use crate::spans::{start, start_of};

// The runtime's defaults.
pub(crate) const DEFAULT_MAX: u32 = 3;
pub(crate) const DEFAULT_INITIAL: Duration = Duration::from_millis(500);
pub(crate) const DEFAULT_FACTOR: f64 = 2.0;
pub(crate) const DEFAULT_CAP: Duration = Duration::from_secs(60);
pub(crate) const DEFAULT_MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The checked meaning of the attribute's arguments.
#[derive(Default)]
pub(crate) struct Policy {
    /// The expression after `policy`.
    pub(crate) base: Option<Expr>,
    pub(crate) max: Option<Value<u32>>,
    pub(crate) initial: Option<Value<Duration>>,
    pub(crate) factor: Option<Value<f64>>,
    pub(crate) cap: Option<Value<Duration>>,
    pub(crate) jitter: Option<Value<Jitter>>,
    pub(crate) max_retry_after: Option<Value<Duration>>,
    pub(crate) deadline: Option<Value<Duration>>,
    /// With the key, where a function that cannot have one is told so.
    pub(crate) timeout: Option<(Ident, Value<Duration>)>,
    pub(crate) attempt: Option<Ident>,
    /// The expression after `upstream`.
    pub(crate) upstream: Option<Expr>,
    pub(crate) on: Option<Hook>,
    pub(crate) until: Option<Hook>,
    pub(crate) notify: Option<Hook>,
    pub(crate) sleep: Option<Hook>,
    pub(crate) runtime: Option<Path>,
}

/// What a key is set to.
pub(crate) enum Value<T> {
    /// Known while compiling, and in range.
    Literal(T),
    /// Known when the function is called.
    Expr(Expr),
}

/// The variants of the runtime's `Jitter` that can be written without an expression.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Jitter {
    None,
    Equal,
    Full,
    Decorrelated,
    Fraction(f64),
}

/// A function that the user gives.
pub(crate) enum Hook {
    /// A path, which means the same wherever it stands.
    Path(Expr),
    /// A closure that borrows what it captures. It stands where it is called: nothing is borrowed while the body runs.
    Closure(Expr),
    /// Anything else is evaluated once, before the first attempt.
    Evaluated(Expr),
    /// The same, and it may be a closure, whose parameter has to be given a type there.
    EvaluatedClosure(Expr),
}

impl Hook {
    fn new(value: Expr) -> Self {
        match value {
            Expr::Path(_) => Self::Path(value),
            Expr::Closure(ref closure) if closure.capture.is_none() => Self::Closure(value),
            Expr::Closure(_) | Expr::Block(_) | Expr::If(_) | Expr::Match(_) | Expr::Macro(_) => {
                Self::EvaluatedClosure(value)
            }
            _ => Self::Evaluated(value),
        }
    }

    /// The same, evaluated before the first attempt if it means something there.
    fn evaluated(self) -> Self {
        match self {
            Self::Closure(value) => Self::EvaluatedClosure(value),
            other => other,
        }
    }

    /// Where it stands.
    pub(crate) fn start(&self) -> Span {
        match self {
            Self::Path(Expr::Path(ExprPath { qself: None, path, .. })) => start_of(path),
            Self::Path(value) | Self::Closure(value) | Self::Evaluated(value) | Self::EvaluatedClosure(value) => {
                start(value)
            }
        }
    }
}

impl Policy {
    /// Checks every argument by itself, then against the others.
    pub(crate) fn new(args: Vec<Arg>, item: Option<&Item>, errors: &Errors) -> Self {
        let mut policy = Self::default();
        let mut written = (None, None);
        for Arg { key, name, value } in args {
            let value = ungroup(value);
            match key {
                Key::Max => policy.max = max(value, errors),
                Key::Factor => policy.factor = factor(value, errors),
                Key::Jitter => policy.jitter = jitter(value, item, errors),
                Key::Initial => {
                    written.0 = Some(value.clone());
                    policy.initial = duration(&name, value, errors);
                }
                Key::Cap => {
                    written.1 = Some(value.clone());
                    policy.cap = duration(&name, value, errors);
                }
                Key::MaxRetryAfter => policy.max_retry_after = duration(&name, value, errors),
                Key::Deadline => policy.deadline = positive(&name, value, "`max = 1` makes a single attempt", errors),
                Key::Timeout => {
                    let value = positive(&name, value, "with none, an attempt may take its time", errors);
                    policy.timeout = value.map(|value| (name, value));
                }
                Key::Attempt => policy.attempt = attempt(&value, errors),
                Key::Until => policy.until = code(value, "until", "`until = |value| ...`", errors),
                Key::On => policy.on = code(value, "on", "`on = |error| ...`", errors),
                Key::Notify => policy.notify = code(value, "notify", "`notify = |event| ...`", errors),
                Key::Sleep => policy.sleep = code(value, "sleep", "`sleep = |wait| ...`", errors),
                Key::Policy => {
                    let message = "`policy` is a `persevere::Policy`, such as the name of a constant";
                    policy.base = named(value, message, errors);
                }
                Key::Upstream => {
                    let message = "`upstream` is the name of a `static` of the type `persevere::Upstream`";
                    policy.upstream = named(value, message, errors);
                }
                Key::Crate => policy.runtime = path(value, errors),
            }
        }
        match (&policy.initial, &policy.cap, written) {
            (Some(Value::Literal(initial)), Some(Value::Literal(cap)), (Some(start), Some(end))) if initial > cap => {
                let (start, end) = (start.to_token_stream(), end.to_token_stream());
                let message =
                    format!("`initial` ({start}) is longer than `cap` ({end}): lower `initial` or raise `cap`");
                errors.on(start, message);
            }
            (None, Some(Value::Literal(cap)), (_, Some(end))) if policy.base.is_none() && *cap < DEFAULT_INITIAL => {
                let end = end.to_token_stream();
                let message = format!(
                    "`cap` ({end}) is shorter than `initial`, which is \"500ms\" by default: write `initial` too"
                );
                errors.on(end, message);
            }
            _ => {}
        }
        if policy.timeout.is_some() {
            // It is also called while an attempt runs.
            policy.sleep = policy.sleep.map(Hook::evaluated);
        }
        policy
    }

    /// Whether it is known that the call waits for nobody but the server, and looks at no clock.
    pub(crate) fn is_at_once(&self) -> bool {
        let known = matches!(self.initial, Some(Value::Literal(Duration::ZERO)));
        known && !self.is_timed() && self.upstream.is_none() && self.until.is_none()
    }

    /// Whether the call may have a deadline.
    pub(crate) fn is_timed(&self) -> bool {
        self.deadline.is_some() || self.base.is_some()
    }

    /// The policy of a function that asks only what follows a failure, if all of it is known while compiling: in bytes
    /// that the runtime's `Written` reads.
    pub(crate) fn written(&self) -> Option<Vec<u8>> {
        fn literal<T: Copy>(value: Option<&Value<T>>, default: T) -> T {
            match value {
                Some(Value::Literal(value)) => *value,
                Some(Value::Expr(_)) | None => default,
            }
        }
        let Self { attempt, timeout, until, upstream, .. } = self;
        let asks_more = attempt.is_some() || timeout.is_some() || until.is_some() || upstream.is_some();
        if asks_more || self.is_timed() || !self.is_constant() {
            return None;
        }
        let initial = literal(self.initial.as_ref(), DEFAULT_INITIAL);
        let jitter = match literal(self.jitter.as_ref(), Jitter::Full) {
            Jitter::None => 0.0,
            Jitter::Equal => 0.5,
            Jitter::Full => 1.0,
            Jitter::Fraction(fraction) => fraction,
            // It has more to remember than the others.
            Jitter::Decorrelated => return None,
        };
        let mut bytes = Vec::with_capacity(56);
        let duration = |bytes: &mut Vec<u8>, duration: Duration| {
            bytes.extend(duration.as_secs().to_le_bytes());
            bytes.extend(duration.subsec_nanos().to_le_bytes());
        };
        bytes.extend(literal(self.max.as_ref(), DEFAULT_MAX).to_le_bytes());
        duration(&mut bytes, initial);
        bytes.extend(literal(self.factor.as_ref(), DEFAULT_FACTOR).to_le_bytes());
        duration(&mut bytes, literal(self.cap.as_ref(), DEFAULT_CAP.max(initial)));
        bytes.extend(jitter.to_le_bytes());
        duration(&mut bytes, literal(self.max_retry_after.as_ref(), DEFAULT_MAX_RETRY_AFTER));
        Some(bytes)
    }

    /// Whether all of it is known while compiling.
    pub(crate) fn is_constant(&self) -> bool {
        fn literal<T>(value: Option<&Value<T>>) -> bool {
            !matches!(value, Some(Value::Expr(_)))
        }
        self.base.is_none()
            && literal(self.max.as_ref())
            && literal(self.factor.as_ref())
            && literal(self.jitter.as_ref())
            && [&self.initial, &self.cap, &self.max_retry_after, &self.deadline]
                .into_iter()
                .all(|value| literal(value.as_ref()))
    }
}

impl Jitter {
    const NAMES: [(&str, Self); 4] =
        [("none", Self::None), ("equal", Self::Equal), ("full", Self::Full), ("decorrelated", Self::Decorrelated)];
}

/// Takes off parentheses, and the invisible groups that `macro_rules!` leaves around a fragment.
fn ungroup(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => ungroup(*group.expr),
        Expr::Paren(paren) => ungroup(*paren.expr),
        other => other,
    }
}

/// A literal, and whether a minus stands before it; `None` for what is known only at run time.
fn literal(value: &Expr) -> Option<(&Lit, bool)> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some((lit, false)),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr).map(|(lit, minus)| (lit, !minus)),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

fn max(value: Expr, errors: &Errors) -> Option<Value<u32>> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let message = match literal {
        Lit::Int(_) if minus => "`max` counts calls: at least 1".to_owned(),
        Lit::Int(number) if !matches!(number.suffix(), "" | "u32") => {
            format!("`max` is a plain number: write `max = {}`", number.base10_digits())
        }
        Lit::Int(number) => match number.base10_parse::<u32>() {
            Ok(0) => "`max` counts the first call too: at least 1, which never retries".to_owned(),
            Ok(max) => return Some(Value::Literal(max)),
            Err(_) => format!("`max` is at most {}", u32::MAX),
        },
        Lit::Str(text) if text.value().trim().parse::<u32>().is_ok() => {
            format!("`max` is a number without quotes: `max = {}`", text.value().trim())
        }
        _ => "`max` is a whole number of calls, such as `max = 5`".to_owned(),
    };
    errors.on(&value, message);
    None
}

fn duration(name: &Ident, value: Expr, errors: &Errors) -> Option<Value<Duration>> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let written = literal.to_token_stream().to_string();
    let message = match literal {
        Lit::Str(text) if !minus => match duration::parse(&text.value()) {
            Ok(duration) => return Some(Value::Literal(duration)),
            Err(message) => message,
        },
        Lit::Int(_) | Lit::Float(_) if minus => format!("`{name}` cannot be negative"),
        Lit::Int(number) if number.suffix().is_empty() => unitless(name, number.base10_digits()),
        Lit::Float(number) if number.suffix().is_empty() => unitless(name, number.base10_digits()),
        Lit::Int(_) | Lit::Float(_) if duration::parse(&written).is_ok() => {
            format!("a duration is a string: write `{name} = \"{written}\"`")
        }
        _ => format!("`{name}` is a duration: a string with a unit, such as `{name} = \"500ms\"`, or a `Duration`"),
    };
    errors.on(&value, message);
    None
}

/// A duration of which zero makes no sense.
fn positive(name: &Ident, value: Expr, instead: &str, errors: &Errors) -> Option<Value<Duration>> {
    let written = value.to_token_stream();
    let parsed = duration(name, value, errors)?;
    if matches!(parsed, Value::Literal(Duration::ZERO)) {
        errors.on(written, format!("`{name}` is longer than zero; {instead}"));
        return None;
    }
    Some(parsed)
}

/// The name that the body calls its attempt by.
fn attempt(value: &Expr, errors: &Errors) -> Option<Ident> {
    let name =
        lone_ident(value).filter(|name| *name != "self" && *name != "Self" && *name != "crate" && *name != "super");
    if name.is_none() {
        errors.on(value, "`attempt` is a name for the body to use: `attempt = attempt`, then `attempt.number()`");
    }
    name.cloned()
}

fn unitless(name: &Ident, digits: &str) -> String {
    format!("`{name}` needs a unit: write `{name} = \"{digits}s\"` for seconds, or `\"{digits}ms\"`")
}

fn factor(value: Expr, errors: &Errors) -> Option<Value<f64>> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let message = match number(literal) {
        Some(factor) if factor >= 1.0 && factor.is_finite() && !minus => return Some(Value::Literal(factor)),
        Some(factor) if factor.is_infinite() && !minus => "`factor` is too large to be a number".to_owned(),
        Some(_) => "`factor` is at least 1: with 1 all waits are alike, with 2 they double".to_owned(),
        None => "`factor` is a plain number, such as `factor = 2` or `factor = 1.5`".to_owned(),
    };
    errors.on(&value, message);
    None
}

fn jitter(value: Expr, item: Option<&Item>, errors: &Errors) -> Option<Value<Jitter>> {
    const CHOICE: &str = "write `none`, `equal`, `full`, `decorrelated`, or a fraction from 0 to 1";

    let message = if let Some((literal, minus)) = literal(&value) {
        match number(literal) {
            Some(fraction) if (0.0..=1.0).contains(&fraction) && (!minus || fraction == 0.0) => {
                return Some(Value::Literal(Jitter::Fraction(fraction)));
            }
            Some(_) => "a fraction of `jitter` is from 0 (no jitter) to 1 (`full`)".to_owned(),
            None => match literal {
                Lit::Str(text) if Jitter::NAMES.iter().any(|(name, _)| *name == text.value()) => {
                    format!("`jitter` is a name without quotes: `jitter = {}`", text.value())
                }
                _ => format!("not a jitter; {CHOICE}"),
            },
        }
    } else if let Some(ident) = lone_ident(&value) {
        let written = ident.to_string();
        if let Some((_, jitter)) = Jitter::NAMES.iter().find(|(name, _)| *name == written) {
            return Some(Value::Literal(*jitter));
        }
        match meant(&written.to_lowercase(), Jitter::NAMES.map(|(name, _)| name)) {
            Some(name) if !mentions(item, ident) => format!("unknown jitter `{written}`; did you mean `{name}`?"),
            None if !mentions(item, ident) && written.starts_with(char::is_lowercase) => {
                format!("unknown jitter `{written}`; {CHOICE}")
            }
            _ => return Some(Value::Expr(value)),
        }
    } else {
        return Some(Value::Expr(value));
    };
    errors.on(&value, message);
    None
}

fn mentions(item: Option<&Item>, name: &Ident) -> bool {
    item.is_none_or(|item| item.mentions(name))
}

/// A value that has to be a function: anything but a literal may be one.
fn code(value: Expr, key: &str, example: &str, errors: &Errors) -> Option<Hook> {
    if literal(&value).is_some() {
        errors.on(&value, format!("`{key}` is the name of a function, or a closure: {example}"));
        return None;
    }
    Some(Hook::new(value))
}

/// A value that nothing written out can be.
fn named(value: Expr, message: &str, errors: &Errors) -> Option<Expr> {
    if literal(&value).is_some() || matches!(value, Expr::Closure(_)) {
        errors.on(&value, message);
        return None;
    }
    Some(value)
}

fn path(value: Expr, errors: &Errors) -> Option<Path> {
    match value {
        Expr::Path(path) if path.qself.is_none() => Some(path.path),
        other => {
            let message = match literal(&other) {
                Some((Lit::Str(text), _)) => format!("`crate` is a path without quotes: `crate = {}`", text.value()),
                _ => "`crate` is the path of the persevere crate, such as `crate = ::persevere`".to_owned(),
            };
            errors.on(&other, message);
            None
        }
    }
}

fn lone_ident(value: &Expr) -> Option<&Ident> {
    match value {
        Expr::Path(path) if path.qself.is_none() => path.path.get_ident(),
        _ => None,
    }
}

fn number(literal: &Lit) -> Option<f64> {
    match literal {
        Lit::Int(number) if number.suffix().is_empty() => number.base10_digits().parse().ok(),
        Lit::Float(number) if matches!(number.suffix(), "" | "f64") => number.base10_digits().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::args;

    fn written(arguments: TokenStream) -> Option<persevere::Policy> {
        let errors = Errors::default();
        let policy = Policy::new(args::parse(arguments, &errors), None, &errors);
        assert!(errors.is_empty());
        policy.written().map(|bytes| persevere::__private::written(&bytes.try_into().unwrap()))
    }

    #[test]
    fn what_is_written_is_what_the_runtime_reads() {
        let seconds = Duration::from_secs;
        let full = persevere::Policy::new().cap(seconds(60)).jitter(1.0.into());
        for (arguments, policy) in [
            (quote!(), full),
            (quote!(max = 4_294_967_295), full.max(u32::MAX)),
            (quote!(initial = "1m 0.000000001s"), full.initial(Duration::new(60, 1)).cap(Duration::new(60, 1))),
            (
                quote!(initial = "0s", factor = 1.5, jitter = none),
                full.initial(seconds(0)).factor(1.5).jitter(0.0.into()),
            ),
            (quote!(cap = "2h", jitter = equal), full.cap(seconds(7200)).jitter(0.5.into())),
            (quote!(jitter = 0.25, max_retry_after = "7s"), full.jitter(0.25.into()).max_retry_after(seconds(7))),
        ] {
            assert_eq!(written(arguments.clone()), Some(policy), "{arguments}");
        }
    }

    #[test]
    fn what_is_known_at_run_time_or_asks_more_is_not_written() {
        for arguments in [
            quote!(max = tries),
            quote!(policy = BASE),
            quote!(deadline = "1s"),
            quote!(timeout = "1s"),
            quote!(jitter = decorrelated),
            quote!(until = done),
            quote!(attempt = attempt),
            quote!(upstream = SERVICE),
        ] {
            assert_eq!(written(arguments.clone()), None, "{arguments}");
        }
    }
}
