//! The paragraph about retries in the function's own documentation, which editors show on hover.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, MetaNameValue};

use crate::attribute::{
    DEFAULT_CAP, DEFAULT_FACTOR, DEFAULT_INITIAL, DEFAULT_MAX, DEFAULT_MAX_RETRY_AFTER, Jitter, Options, PolicyOptions,
    Value,
};

/// How many ceilings are listed one by one at most.
const LISTED: u32 = 5;

/// The paragraph, which follows what the user wrote. There is none where the user wrote nothing: with one,
/// `missing_docs` would not report the function, and rustdoc would not show the documentation of the trait's method.
pub(crate) fn paragraph(options: &Options, attrs: &[Attribute]) -> TokenStream {
    let written: Vec<String> = attrs.iter().filter_map(documentation).collect();
    if !attrs.iter().any(is_documentation) {
        return TokenStream::new();
    }
    let lines = || written.iter().flat_map(|text| text.lines());
    // rustdoc removes the indentation that all lines share. If the paragraph had less than the user's lines, some of
    // theirs would be left, and from four spaces on markdown takes them for a code block.
    let indent = " ".repeat(lines().filter(|line| !line.trim().is_empty()).map(indentation).min().unwrap_or(0));
    let fence = open_fence(lines()).map(|fence| format!("{indent}{fence}\n")).unwrap_or_default();
    let text = format!("{fence}\n{indent}# Retries\n\n{indent}{}", describe(options));
    quote_spanned!(Span::mixed_site()=> #[doc = #text])
}

fn is_documentation(attr: &Attribute) -> bool {
    matches!(&attr.meta, Meta::NameValue(meta) if meta.path.is_ident("doc"))
}

/// The text of a doc comment, if it is a literal.
fn documentation(attr: &Attribute) -> Option<String> {
    let Meta::NameValue(MetaNameValue { value: Expr::Lit(ExprLit { lit: Lit::Str(text), .. }), .. }) = &attr.meta
    else {
        return None;
    };
    is_documentation(attr).then(|| text.value())
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// The fence that closes a code block which the user left open, in which the paragraph would disappear.
fn open_fence<'a>(lines: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut open: Option<&str> = None;
    for line in lines {
        let line = line.trim();
        let marker = if line.starts_with('~') { '~' } else { '`' };
        let (fence, rest) = line.split_at(line.len() - line.trim_start_matches(marker).len());
        open = match open {
            Some(first) if fence.starts_with(first) && rest.trim().is_empty() => None,
            None if fence.len() >= 3 && !(marker == '`' && rest.contains('`')) => Some(fence),
            open => open,
        };
    }
    open
}

/// What is known of a value while compiling.
enum Known<T> {
    Value(T),
    /// The policy after `policy = ...` sets it, into which the macro cannot look.
    Policy,
    RunTime,
}

fn known<T: Clone>(policy: &PolicyOptions, value: Option<&Value<T>>, default: T) -> Known<T> {
    match value {
        Some(Value::Literal(value)) => Known::Value(value.clone()),
        Some(Value::Expr(_)) => Known::RunTime,
        None if policy.base.is_some() => Known::Policy,
        None => Known::Value(default),
    }
}

fn describe(options: &Options) -> String {
    let policy = &options.policy;
    let (calls, max) = match known(policy, policy.max.as_ref(), DEFAULT_MAX) {
        Known::Value(1) => return format!("A single attempt, which is not repeated.{}", limits(options)),
        Known::Value(max) => (format!("At most {max} attempts"), Some(max)),
        Known::Policy => ("As many attempts as its policy says".to_owned(), None),
        Known::RunTime => ("A number of attempts that is decided at run time".to_owned(), None),
    };
    let asked = match known(policy, policy.max_retry_after.as_ref(), DEFAULT_MAX_RETRY_AFTER) {
        Known::Value(longest) => format!(" A wait that the server names comes first, if it is at most {longest:?}."),
        Known::Policy | Known::RunTime => String::new(),
    };
    format!("{calls}, {}.{asked}{}", waits(policy, max), limits(options))
}

fn limits(options: &Options) -> String {
    let told = |value: &Value<Duration>| match value {
        Value::Literal(limit) => format!("{limit:?}"),
        Value::Expr(_) => "a time that is decided at run time".to_owned(),
    };
    let timeout = options
        .timeout
        .as_ref()
        .map(|(_, timeout)| format!(" Each attempt ends after {} at the latest.", told(timeout)));
    let until = options.until.as_ref().map(|_| " If `until` refuses a value, the call is retried.".to_owned());
    let deadline = options
        .policy
        .deadline
        .as_ref()
        .map(|limit| format!(" No wait ends later than {} after the call began.", told(limit)));
    until.into_iter().chain(timeout).chain(deadline).collect()
}

fn waits(policy: &PolicyOptions, max: Option<u32>) -> String {
    let initial = known(policy, policy.initial.as_ref(), DEFAULT_INITIAL);
    let factor = known(policy, policy.factor.as_ref(), DEFAULT_FACTOR);
    let cap = known(policy, policy.cap.as_ref(), DEFAULT_CAP);
    let jitter = known(policy, policy.jitter.as_ref(), Jitter::Full);
    let (initial, factor, cap, jitter) = match (initial, factor, cap, jitter) {
        (Known::Value(initial), ..) if initial.is_zero() => return "without a wait in between".to_owned(),
        (Known::Value(initial), Known::Value(factor), Known::Value(cap), Known::Value(jitter)) => {
            (initial, factor, cap, jitter)
        }
        (Known::RunTime, ..) | (_, Known::RunTime, ..) | (_, _, Known::RunTime, _) | (.., Known::RunTime) => {
            return "with waits that are decided at run time".to_owned();
        }
        _ => return "with the waits of its policy".to_owned(),
    };
    // Without `cap`, an `initial` that is longer than the default cap replaces it.
    let longest = if policy.cap.is_some() { cap } else { cap.max(initial) };
    let (first, factor, bound) = match jitter {
        Jitter::None | Jitter::Fraction(0.0) => (initial, factor, ""),
        Jitter::Decorrelated => (initial.saturating_mul(3), 3.0, "up to "),
        Jitter::Equal | Jitter::Full | Jitter::Fraction(_) => (initial, factor, "up to "),
    };
    let ceiling = |wait: u32| ceiling(first, factor, longest, wait);
    let Some(waits) = max.map(|max| max - 1) else {
        return format!("with waits of {bound}{:?} at first and {longest:?} at most", ceiling(1));
    };
    let listed: Vec<String> = (1..=waits.min(LISTED)).map(|wait| format!("{:?}", ceiling(wait))).collect();
    let listed = match &listed[..] {
        [only] => return format!("with a wait of {bound}{only} in between"),
        [first @ .., last] if waits <= LISTED => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and so on to {:?}", listed.join(", "), ceiling(waits)),
    };
    let worst = if bound.is_empty() { "" } else { "at worst " };
    let total = total(ceiling, longest, waits).map_or_else(String::new, |total| format!(", {worst}{total:?} in all"));
    format!("with waits of {bound}{listed}{total}")
}

/// The ceiling of a wait, as `Policy::ceiling` of the runtime computes it, but in floating point throughout, which is
/// exact enough to be read. The runtime depends on this crate, which therefore cannot call it; a test compares the two.
fn ceiling(initial: Duration, factor: f64, longest: Duration, wait: u32) -> Duration {
    let grown = initial.as_secs_f64() * factor.powf(f64::from(wait - 1));
    Duration::try_from_secs_f64(grown).map_or(longest, |grown| grown.min(longest))
}

/// The sum of all ceilings. `None` if it overflows, or if more than 1000 waits stay below the longest ceiling: they
/// have to be added one by one, which takes too long while compiling.
fn total(ceiling: impl Fn(u32) -> Duration, longest: Duration, waits: u32) -> Option<Duration> {
    let mut total = Duration::ZERO;
    for wait in 1..=waits {
        let next = ceiling(wait);
        if next == longest {
            return total.checked_add(longest.checked_mul(waits - wait + 1)?);
        }
        if wait > 1000 {
            return None;
        }
        total = total.checked_add(next)?;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use quote::quote;
    use syn::parse_quote;

    use super::*;
    use crate::attribute;
    use crate::errors::Errors;
    use crate::function::Item;

    fn describe(arguments: TokenStream) -> String {
        let errors = Errors::default();
        let function = quote!(
            fn f() -> Result<(), E> {}
        );
        let item = Item::parse(&function, &errors).unwrap();
        let options = Options::new(attribute::parse(arguments, &errors), Some(&item), &errors);
        assert!(errors.is_empty());
        super::describe(&options)
    }

    #[test]
    fn literals_are_told_in_numbers() {
        const ASKED: &str = " A wait that the server names comes first, if it is at most 120s.";
        for (arguments, says) in [
            (quote!(), "At most 3 attempts, with waits of up to 500ms and 1s, at worst 1.5s in all."),
            (quote!(max = 2), "At most 2 attempts, with a wait of up to 500ms in between."),
            (
                quote!(max = 5, initial = "1s", jitter = none),
                "At most 5 attempts, with waits of 1s, 2s, 4s and 8s, 15s in all.",
            ),
            (
                quote!(max = 10, initial = "1s", factor = 3, cap = "20s", jitter = 0.25),
                "At most 10 attempts, with waits of up to 1s, 3s, 9s, 20s, 20s and so on to 20s, at worst 133s in all.",
            ),
            (
                quote!(max = 4, initial = "1s", jitter = decorrelated),
                "At most 4 attempts, with waits of up to 3s, 9s and 27s, at worst 39s in all.",
            ),
            (quote!(max = 9, initial = "0s"), "At most 9 attempts, without a wait in between."),
            (
                quote!(max = 4294967295, initial = "1s", factor = 1.0000001),
                "At most 4294967295 attempts, with waits of up to 1s, 1.0000001s, 1.0000002s, 1.0000003s, 1.0000004s and so on to 60s.",
            ),
        ] {
            assert_eq!(describe(arguments), format!("{says}{ASKED}"));
        }
        assert_eq!(describe(quote!(max = 1)), "A single attempt, which is not repeated.");
        assert_eq!(
            describe(quote!(max = 1, timeout = "5s")),
            "A single attempt, which is not repeated. Each attempt ends after 5s \
             at the latest."
        );
    }

    #[test]
    fn expressions_are_said_to_be_decided_at_run_time() {
        for (arguments, says) in [
            (
                quote!(max = self.max, initial = "1s", max_retry_after = "5s"),
                "A number of attempts that is decided at run time, with waits of up to 1s at first and 60s at most. A wait \
                 that the server names comes first, if it is at most 5s.",
            ),
            (
                quote!(max = 2, initial = delay, max_retry_after = longest),
                "At most 2 attempts, with waits that are decided at run time.",
            ),
            (quote!(policy = BASE), "As many attempts as its policy says, with the waits of its policy."),
            (quote!(policy = BASE, max = 7), "At most 7 attempts, with the waits of its policy."),
            (
                quote!(policy = BASE, max = 2, timeout = "10s", deadline = limit),
                "At most 2 attempts, with the waits of its policy. Each attempt ends after 10s at the latest. No wait ends \
                 later than a time that is decided at run time after the call began.",
            ),
        ] {
            assert_eq!(describe(arguments), says);
        }
    }

    #[test]
    fn only_a_documented_function_gets_a_paragraph() {
        let options = Options::default();
        assert!(paragraph(&options, &[]).is_empty());
        assert!(paragraph(&options, &[parse_quote!(#[doc(hidden)])]).is_empty());
        assert!(!paragraph(&options, &[parse_quote!(#[doc = "Loads."])]).is_empty());
    }

    #[test]
    fn the_paragraph_is_indented_as_what_stands_before_it() {
        let options = Options::default();
        for (written, expected) in
            [("Loads.", "\n# Retries\n\nAt most"), ("     Loads.\n\n       More.", "\n     # Retries\n\n     At most")]
        {
            let text = text(&paragraph(&options, &[parse_quote!(#[doc = #written])]));
            assert!(text.starts_with(expected), "{text}");
        }
    }

    #[test]
    fn a_code_block_that_is_left_open_ends_before_the_paragraph() {
        let options = Options::default();
        for (written, expected) in [
            ("Loads.\n```\nload();", "```\n\n# Retries"),
            ("Loads.\n~~~~text\n```\n~~~", "~~~~\n\n# Retries"),
            ("Loads.\n```\nload();\n```", "\n# Retries"),
            ("```` ``` ````", "\n# Retries"),
        ] {
            let text = text(&paragraph(&options, &[parse_quote!(#[doc = #written])]));
            assert!(text.starts_with(expected), "{text}");
        }
    }

    fn text(attribute: &TokenStream) -> String {
        let attribute: Attribute = parse_quote!(#attribute);
        documentation(&attribute).unwrap()
    }

    #[test]
    fn the_ceilings_are_those_of_the_runtime() {
        for (initial, factor, cap) in [(100, 2.0, 60_000), (1000, 1.5, 9000), (7, 10.0, 3_600_000), (50, 1.0, 50)] {
            let [initial, cap] = [initial, cap].map(Duration::from_millis);
            let policy = persevere::Policy::new().initial(initial).factor(factor).cap(cap);
            for wait in 1..40 {
                assert_eq!(ceiling(initial, factor, cap, wait), policy.ceiling(wait), "{policy:?} {wait}");
            }
        }
    }

    #[test]
    fn a_thousand_waits_are_added() {
        let second = Duration::from_secs(1);
        let sum = |waits| total(|_| second, 2 * second, waits);
        assert_eq!([sum(999), sum(1_000), sum(1_001)], [Some(999 * second), Some(1_000 * second), None]);
        assert_eq!(total(|_| second, second, 1_001), Some(1_001 * second));
    }
}
