use std::time::Duration;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::{Expr, ExprLit, ExprUnary, Ident, Lit, Path, UnOp};

use crate::args::{Arg, Key};
use crate::duration;
use crate::errors::{Errors, meant};
use crate::item::Item;

/// The checked meaning of the attribute's arguments.
#[derive(Default)]
pub(crate) struct Policy {
    /// The expression after `policy`.
    pub(crate) base: Option<Expr>,
    /// What is set on top of the base, in the order in which it was written.
    pub(crate) settings: Vec<Setting>,
    pub(crate) on: Option<Hook>,
    pub(crate) notify: Option<Hook>,
    pub(crate) sleep: Option<Hook>,
    pub(crate) runtime: Option<Path>,
}

/// A function that the user gives.
pub(crate) enum Hook {
    /// A path, which means the same wherever it stands.
    Path(Expr),
    /// A closure that borrows what it captures. It stands where it is called: nothing is borrowed while the body runs.
    Closure(Expr),
    /// Anything else is evaluated once, before the first attempt.
    Evaluated(Expr),
}

impl Hook {
    fn new(value: Expr) -> Self {
        match value {
            Expr::Path(_) => Self::Path(value),
            Expr::Closure(ref closure) if closure.capture.is_none() => Self::Closure(value),
            _ => Self::Evaluated(value),
        }
    }

    pub(crate) fn expr(&self) -> &Expr {
        match self {
            Self::Path(value) | Self::Closure(value) | Self::Evaluated(value) => value,
        }
    }
}

/// A call of one of the methods of the runtime's `Policy`.
pub(crate) struct Setting {
    pub(crate) method: Ident,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    /// Known while compiling, and in range.
    Number(TokenStream),
    Duration(Duration),
    Jitter(&'static str),
    Fraction(TokenStream),
    /// Known when the function is called.
    Expr(Expr),
    JitterExpr(Expr),
}

impl Policy {
    /// Checks every argument by itself, then against the others.
    pub(crate) fn new(args: Vec<Arg>, item: &Item, errors: &Errors) -> Self {
        let mut policy = Self::default();
        let mut initial = None;
        let mut cap = None;
        for Arg { key, name, value } in args {
            let value = ungroup(value);
            match key {
                Key::Max => policy.set(&name, max(value, errors)),
                Key::Factor => policy.set(&name, factor(value, errors)),
                Key::Jitter => policy.set(&name, jitter(value, item, errors)),
                Key::Initial | Key::Cap | Key::MaxRetryAfter => {
                    let written = value.to_token_stream();
                    let value = duration(&name, value, errors);
                    if let Some(Value::Duration(duration)) = value {
                        match key {
                            Key::Initial => initial = Some((duration, written)),
                            Key::Cap => cap = Some((duration, written)),
                            _ => {}
                        }
                    }
                    policy.set(&name, value);
                }
                Key::On => policy.on = code(value, "on", "`on = |error| ...`", errors),
                Key::Notify => policy.notify = code(value, "notify", "`notify = |event| ...`", errors),
                Key::Sleep => policy.sleep = code(value, "sleep", "`sleep = |wait| ...`", errors),
                Key::Policy => policy.base = base(value, errors),
                Key::Crate => policy.runtime = path(value, errors),
            }
        }
        if let (Some((initial, written)), Some((cap, longest))) = (initial, cap) {
            if initial > cap {
                errors.on(
                    &written,
                    format!("`initial` ({written}) is longer than `cap` ({longest}): lower `initial` or raise `cap`"),
                );
            }
        }
        policy
    }

    fn set(&mut self, name: &Ident, value: Option<Value>) {
        if let Some(value) = value {
            let method = Ident::new(&name.unraw().to_string(), Span::mixed_site());
            self.settings.push(Setting { method, value });
        }
    }

    /// Whether all of it is known while compiling.
    pub(crate) fn is_constant(&self) -> bool {
        let known = |setting: &Setting| !matches!(setting.value, Value::Expr(_) | Value::JitterExpr(_));
        self.base.is_none() && self.settings.iter().all(known)
    }
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

fn max(value: Expr, errors: &Errors) -> Option<Value> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let message = match literal {
        Lit::Int(_) if minus => "`max` counts calls: at least 1".to_owned(),
        Lit::Int(number) if !matches!(number.suffix(), "" | "u32") => {
            format!("`max` is a `u32`: write `max = {}`", number.base10_digits())
        }
        Lit::Int(number) => match number.base10_parse::<u32>() {
            Ok(0) => "`max` counts the first call too: at least 1, which never retries".to_owned(),
            Ok(_) => return Some(Value::Number(literal.to_token_stream())),
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

fn duration(name: &Ident, value: Expr, errors: &Errors) -> Option<Value> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let written = literal.to_token_stream().to_string();
    let message = match literal {
        Lit::Str(text) if !minus => match duration::parse(&text.value()) {
            Ok(duration) => return Some(Value::Duration(duration)),
            Err(message) => message,
        },
        Lit::Int(_) | Lit::Float(_) if minus => format!("`{name}` cannot be negative; the shortest is `\"0s\"`"),
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

fn unitless(name: &Ident, digits: &str) -> String {
    format!("`{name}` needs a unit: write `{name} = \"{digits}s\"` for seconds, or `\"{digits}ms\"`")
}

fn factor(value: Expr, errors: &Errors) -> Option<Value> {
    let Some((literal, minus)) = literal(&value) else { return Some(Value::Expr(value)) };
    let message = match number(literal) {
        Some(factor) if factor >= 1.0 && factor.is_finite() && !minus => return Some(Value::Number(float(factor))),
        Some(factor) if factor.is_infinite() && !minus => "`factor` is too large to be a number".to_owned(),
        Some(_) => "`factor` is at least 1, which keeps the waits from growing".to_owned(),
        None => "`factor` is a number without quotes, such as `factor = 2` or `factor = 1.5`".to_owned(),
    };
    errors.on(&value, message);
    None
}

fn jitter(value: Expr, item: &Item, errors: &Errors) -> Option<Value> {
    const NAMES: [(&str, &str); 4] =
        [("none", "None"), ("equal", "Equal"), ("full", "Full"), ("decorrelated", "Decorrelated")];
    const CHOICE: &str = "write `none`, `equal`, `full`, `decorrelated`, or a fraction from 0 to 1";

    let message = if let Some((literal, minus)) = literal(&value) {
        match number(literal) {
            Some(fraction) if (0.0..=1.0).contains(&fraction) && (!minus || fraction == 0.0) => {
                return Some(Value::Fraction(float(fraction)));
            }
            Some(_) => "a fraction of `jitter` is from 0 (no jitter) to 1 (`full`)".to_owned(),
            None => match literal {
                Lit::Str(text) if NAMES.iter().any(|(name, _)| *name == text.value()) => {
                    format!("`jitter` is a name without quotes: `jitter = {}`", text.value())
                }
                _ => format!("not a jitter; {CHOICE}"),
            },
        }
    } else if let Some(ident) = lone_ident(&value) {
        let written = ident.to_string();
        if let Some((_, variant)) = NAMES.iter().find(|(name, _)| *name == written) {
            return Some(Value::Jitter(variant));
        }
        match meant(&written.to_lowercase(), NAMES.map(|(name, _)| name)) {
            Some(name) if !item.mentions(ident) => format!("unknown jitter `{written}`; did you mean `{name}`?"),
            None if !item.mentions(ident) && written.starts_with(char::is_lowercase) => {
                format!("unknown jitter `{written}`; {CHOICE}")
            }
            _ => return Some(Value::JitterExpr(value)),
        }
    } else {
        return Some(Value::JitterExpr(value));
    };
    errors.on(&value, message);
    None
}

/// A value that has to be a function: anything but a literal may be one.
fn code(value: Expr, key: &str, example: &str, errors: &Errors) -> Option<Hook> {
    if literal(&value).is_some() {
        errors.on(&value, format!("`{key}` is the name of a function, or a closure: {example}"));
        return None;
    }
    Some(Hook::new(value))
}

fn base(value: Expr, errors: &Errors) -> Option<Expr> {
    if literal(&value).is_some() {
        errors.on(&value, "`policy` is a `persevere::Policy`, such as the name of a constant");
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
        Lit::Int(number) => number.base10_digits().parse().ok(),
        Lit::Float(number) => number.base10_digits().parse().ok(),
        _ => None,
    }
}

fn float(number: f64) -> TokenStream {
    TokenTree::from(proc_macro2::Literal::f64_suffixed(number)).into()
}

impl Value {
    /// The value as an argument of the method that sets it.
    pub(crate) fn to_argument(&self, runtime: &TokenStream) -> TokenStream {
        let site = Span::mixed_site();
        match self {
            Self::Number(number) => number.clone(),
            Self::Duration(duration) => {
                let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
                quote_spanned!(site=> #runtime::__private::Duration::new(#seconds, #nanos))
            }
            Self::Jitter(name) => {
                let variant = Ident::new(name, site);
                quote_spanned!(site=> #runtime::Jitter::#variant)
            }
            Self::Fraction(fraction) => quote_spanned!(site=> #runtime::Jitter::Fraction(#fraction)),
            Self::Expr(value) => value.to_token_stream(),
            Self::JitterExpr(value) => quote_spanned!(site=> #runtime::__private::jitter(#value)),
        }
    }
}
