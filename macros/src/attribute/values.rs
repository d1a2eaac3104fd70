//! The values of the keys: what each may be, and what is wrong with any other.

use std::time::Duration;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Expr, ExprClosure, ExprLit, ExprPath, ExprUnary, Ident, Lit, LitStr, Path, ReturnType, Stmt, UnOp, parse_quote,
};

use super::duration;
use crate::errors::{Errors, meant};
use crate::function::{Item, scan};
use crate::spans::{start, start_of};

/// The value of a key.
pub(crate) enum Value<T> {
    /// A value that is known while compiling, and in range.
    Literal(T),
    /// An expression whose value is known when the function is called.
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
#[derive(Clone)]
pub(crate) enum Hook {
    /// A path, which means the same wherever it stands.
    Path(Expr),
    /// A closure that borrows what it captures. It stands where it is called, so that nothing is borrowed while the
    /// body runs.
    Closure(Expr),
    /// Any other expression, which is evaluated once, before the first attempt.
    Evaluated(Expr),
    /// An expression that is evaluated once, before the first attempt, and may be a closure. A closure that is only
    /// stored in a variable would not know the type of its parameter, so the value goes through a function of the
    /// runtime whose bound tells it.
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

    /// This hook, with the return type `bool` if it is a closure that never returns. Without one the compiler would
    /// infer a type that is no answer to `on` or `until`, and refuse the closure.
    fn answering(self) -> Self {
        match self {
            Self::Closure(Expr::Closure(closure)) => Self::Closure(Expr::Closure(answering(closure))),
            Self::EvaluatedClosure(Expr::Closure(closure)) => Self::EvaluatedClosure(Expr::Closure(answering(closure))),
            other => other,
        }
    }

    /// This hook, evaluated before the first attempt unless it is a path.
    pub(crate) fn evaluated(self) -> Self {
        match self {
            Self::Closure(value) => Self::EvaluatedClosure(value),
            other => other,
        }
    }

    /// The tokens in which variables are looked for. Of a closure they are its body, without the names of the
    /// parameters: within the body such a name is the parameter, even if a variable outside of it has the same name.
    pub(crate) fn body(&self) -> TokenStream {
        let (Self::Path(value) | Self::Closure(value) | Self::Evaluated(value) | Self::EvaluatedClosure(value)) = self;
        match value {
            Expr::Closure(closure) => without_parameters(closure),
            other => other.to_token_stream(),
        }
    }

    /// Whether the hook is a closure that reads a variable of this name.
    pub(crate) fn is_closure_over(&self, name: &Ident) -> bool {
        let (Self::Closure(Expr::Closure(closure)) | Self::EvaluatedClosure(Expr::Closure(closure))) = self else {
            return false;
        };
        scan::mentions(without_parameters(closure), name)
    }

    /// This hook as one that stands where it is called, if it is a closure. It loses its `move`: it then borrows what
    /// it would move, so that the next attempt has that too.
    pub(crate) fn in_place(&self) -> Self {
        match self {
            Self::EvaluatedClosure(Expr::Closure(closure)) => {
                Self::Closure(Expr::Closure(ExprClosure { capture: None, ..closure.clone() }))
            }
            other => other.clone(),
        }
    }

    /// The span of its first token.
    pub(crate) fn start(&self) -> Span {
        match self {
            Self::Path(Expr::Path(ExprPath { qself: None, path, .. })) => start_of(path),
            Self::Path(value) | Self::Closure(value) | Self::Evaluated(value) | Self::EvaluatedClosure(value) => {
                start(value)
            }
        }
    }
}

fn answering(mut closure: ExprClosure) -> ExprClosure {
    if matches!(closure.output, ReturnType::Default) && diverges(&closure.body) {
        let body = &closure.body;
        closure.body = parse_quote!({ #body });
        closure.output = parse_quote!(-> ::core::primitive::bool);
    }
    closure
}

/// Whether an expression says by its form that it has no value: a `match` without arms, or a macro such as `todo!`.
fn diverges(value: &Expr) -> bool {
    match value {
        Expr::Match(value) => value.arms.is_empty(),
        Expr::Macro(value) => value.mac.path.segments.last().is_some_and(|name| {
            ["todo", "unreachable", "unimplemented", "panic"].iter().any(|diverging| name.ident == diverging)
        }),
        Expr::Paren(value) => diverges(&value.expr),
        Expr::Block(block) => matches!(&block.block.stmts[..], [Stmt::Expr(value, _)] if diverges(value)),
        _ => false,
    }
}

/// The body of a closure, without the names of its parameters.
fn without_parameters(closure: &ExprClosure) -> TokenStream {
    let parameters = closure.inputs.to_token_stream();
    let is_own =
        |token: &TokenTree| matches!(token, TokenTree::Ident(name) if scan::mentions(parameters.clone(), name));
    scan::without(closure.body.to_token_stream(), &is_own)
}

impl Jitter {
    const NAMES: [(&str, Self); 4] =
        [("none", Self::None), ("equal", Self::Equal), ("full", Self::Full), ("decorrelated", Self::Decorrelated)];
}

/// Takes off parentheses, and the invisible groups that `macro_rules!` leaves around a fragment.
pub(crate) fn ungroup(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => ungroup(*group.expr),
        Expr::Paren(paren) => ungroup(*paren.expr),
        other => other,
    }
}

/// A literal, and whether a minus stands before it. `None` for a value that is known only at run time.
fn literal(value: &Expr) -> Option<(&Lit, bool)> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => Some((lit, false)),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => literal(expr).map(|(lit, minus)| (lit, !minus)),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

pub(crate) fn max(value: Expr, errors: &Errors) -> Option<Value<u32>> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let message = match literal {
        Lit::Int(_) if minus => "`max` counts calls: at least 1".to_owned(),
        Lit::Int(number) if !is_integer_suffix(number.suffix()) => {
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

pub(crate) fn cost(value: Expr, errors: &Errors) -> Option<Value<u32>> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let message = match literal {
        Lit::Int(_) if minus => "`cost` cannot be negative: 0 takes nothing".to_owned(),
        Lit::Int(number) if !is_integer_suffix(number.suffix()) => {
            format!("`cost` is a plain number: write `cost = {}`", number.base10_digits())
        }
        Lit::Int(number) => match number.base10_parse::<u32>() {
            Ok(cost) => return Some(Value::Literal(cost)),
            Err(_) => format!("`cost` is at most {}", u32::MAX),
        },
        Lit::Str(text) if text.value().trim().parse::<u32>().is_ok() => {
            format!("`cost` is a number without quotes: `cost = {}`", text.value().trim())
        }
        _ => "`cost` is a whole number of tokens, such as `cost = 200`".to_owned(),
    };
    errors.on(&value, message);
    None
}

pub(crate) fn duration(name: &Ident, value: Expr, errors: &Errors) -> Option<Value<Duration>> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let written = literal.to_token_stream().to_string();
    let message = match literal {
        Lit::Str(text) if !text.suffix().is_empty() => {
            let whole = [&text.value(), text.suffix()].concat();
            let meant = if duration::parse(&whole).is_ok() { whole } else { text.value() };
            format!("nothing stands behind the quotes of a duration: write `{name} = \"{meant}\"`")
        }
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

/// A duration that must not be zero. `instead` tells the user what to write for zero.
pub(crate) fn positive_duration(name: &Ident, value: Expr, instead: &str, errors: &Errors) -> Option<Value<Duration>> {
    let written = value.to_token_stream();
    let parsed = duration(name, value, errors)?;
    if matches!(parsed, Value::Literal(Duration::ZERO)) {
        errors.on(written, format!("`{name}` is longer than zero; {instead}"));
        return None;
    }
    Some(parsed)
}

/// The name after `attempt` or `previous`: the body has a variable of that name.
pub(crate) fn binding(value: &Expr, message: &str, errors: &Errors) -> Option<Ident> {
    let name =
        lone_ident(value).filter(|name| *name != "self" && *name != "Self" && *name != "crate" && *name != "super");
    if name.is_none() {
        errors.on(value, message);
    }
    name.cloned()
}

/// The name that the function has in events.
pub(crate) fn name(value: &Expr, errors: &Errors) -> Option<LitStr> {
    let message = match value {
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. })
            if !name.value().trim().is_empty() && name.suffix().is_empty() =>
        {
            return Some(name.clone());
        }
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => {
            "`name` is what events call the function, and not empty: `name = \"Client::complete\"`".to_owned()
        }
        Expr::Path(path) if path.qself.is_none() => {
            let written = path.to_token_stream().to_string().replace(' ', "");
            format!("`name` is a string literal: `name = \"{written}\"`")
        }
        _ => "`name` is a string literal, known while compiling: `name = \"Client::complete\"`".to_owned(),
    };
    errors.on(value, message);
    None
}

fn unitless(name: &Ident, digits: &str) -> String {
    format!("`{name}` needs a unit: write `{name} = \"{digits}s\"` for seconds, or `\"{digits}ms\"`")
}

pub(crate) fn factor(value: Expr, errors: &Errors) -> Option<Value<f64>> {
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

pub(crate) fn jitter(value: Expr, item: Option<&Item>, errors: &Errors) -> Option<Value<Jitter>> {
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
pub(crate) fn hook(value: Expr, key: &str, example: &str, errors: &Errors) -> Option<Hook> {
    if literal(&value).is_some() {
        errors.on(&value, format!("`{key}` is the name of a function, or a closure: {example}"));
        return None;
    }
    Some(Hook::new(value))
}

/// A hook whose answer is used: `on` or `until`.
pub(crate) fn answering_hook(value: Expr, key: &str, example: &str, errors: &Errors) -> Option<Hook> {
    hook(value, key, example, errors).map(Hook::answering)
}

/// A value that may be any expression but a literal or a closure. `message` says what it has to be.
pub(crate) fn not_written_out(value: Expr, message: &str, errors: &Errors) -> Option<Expr> {
    if literal(&value).is_some() || matches!(value, Expr::Closure(_)) {
        errors.on(&value, message);
        return None;
    }
    Some(value)
}

/// The expression after `upstream`. An `Arc::new(..)` or the like makes an upstream that no other call shares. Its type
/// is that of a shared one, so that the compiler would accept it: it is refused by its form.
pub(crate) fn upstream(value: Expr, errors: &Errors) -> Option<Expr> {
    let made = match &value {
        Expr::Reference(reference) => &*reference.expr,
        other => other,
    };
    if makes_pointer(made) {
        errors.on(
            &value,
            "`upstream` is made for this call here, and paces no other: name a `static` of the type \
             `persevere::Upstream`, a field that holds one, or what points to a shared one",
        );
        return None;
    }
    let message = "`upstream` is the name of a `static` of the type `persevere::Upstream`";
    not_written_out(value, message, errors)
}

/// Whether an expression is `Arc::new(..)` or the like.
fn makes_pointer(value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    let Expr::Path(function) = &*call.func else { return false };
    let mut names = function.path.segments.iter().rev().map(|segment| &segment.ident);
    let is_one_of =
        |name: Option<&Ident>, known: [&str; 3]| name.is_some_and(|name| known.iter().any(|one| name == one));
    is_one_of(names.next(), ["new", "default", "from"]) && is_one_of(names.next(), ["Arc", "Rc", "Box"])
}

pub(crate) fn path(value: Expr, errors: &Errors) -> Option<Path> {
    match value {
        Expr::Path(path) if path.qself.is_none() && may_be_imported(&path.path) => Some(path.path),
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

/// Whether a path may stand after `use`.
fn may_be_imported(path: &Path) -> bool {
    path.segments.iter().all(|segment| segment.arguments.is_none() && segment.ident != "Self")
}

fn lone_ident(value: &Expr) -> Option<&Ident> {
    // The path of `<T>::name` begins with `::`, so that it is no lone name either.
    let Expr::Path(path) = value else { return None };
    path.path.get_ident()
}

fn is_integer_suffix(suffix: &str) -> bool {
    let signed = suffix.replacen('u', "i", 1);
    matches!(&*signed, "" | "i8" | "i16" | "i32" | "i64" | "i128" | "isize")
}

fn is_float_suffix(suffix: &str) -> bool {
    matches!(suffix, "" | "f32" | "f64")
}

fn number(literal: &Lit) -> Option<f64> {
    match literal {
        Lit::Int(number) if is_float_suffix(number.suffix()) || is_integer_suffix(number.suffix()) => {
            number.base10_digits().parse().ok()
        }
        Lit::Float(number) if is_float_suffix(number.suffix()) => number.base10_digits().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
