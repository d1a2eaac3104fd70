//! Reads the arguments of the attribute, `key = value` one after the other, and reports each mistake by itself.

use proc_macro2::{TokenStream, TokenTree};
use syn::buffer::Cursor;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Ident, Lit, LitInt, LitStr, Token};

use super::keys::{self, Key, KnownKey};
use crate::errors::Errors;

/// One `key = value`.
pub(crate) struct Arg {
    pub(crate) key: Key,
    pub(crate) name: Ident,
    pub(crate) value: Expr,
}

/// Reads the attribute's arguments. A mistake is reported, and only its own argument is left out.
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
    let known = keys::find(&name, errors);
    if !input.peek(Token![=]) || input.peek(Token![==]) || input.peek(Token![=>]) {
        if let Some(KnownKey { name: written, example, .. }) = known {
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
        if let (Some(KnownKey { name: written, example, .. }), Ok(equals)) = (known, equals) {
            errors.on(equals, format!("`{written}` needs a value: `{example}`"));
        }
        skip_to_comma(input);
        return None;
    }
    let value = parse_value(input, &name, known, errors)?;
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
            errors.push(input.error("missing `,` before this key"));
        } else {
            errors.push(input.error(format!("expected `,` or the end after the value of `{name}`")));
            skip_to_comma(input);
        }
    }
    known.map(|known| Arg { key: known.key, name, value })
}

/// Reads a value. One that cannot be read is reported and passed over.
fn parse_value(input: ParseStream<'_>, name: &Ident, known: Option<&KnownKey>, errors: &Errors) -> Option<Expr> {
    if input.peek(Token![#]) {
        errors.push(input.error("an attribute has no place before a value: remove it"));
        skip_to_comma(input);
        return None;
    }
    if let Some(number) = endless_number(input.cursor()) {
        errors.on(number, format!("a number of more than {LONGEST_NUMBER} digits is longer than any value"));
        skip_to_comma(input);
        return None;
    }
    // Most values are one literal, which is seen in a fraction of the time that parsing an expression takes.
    let ends = |rest: Cursor<'_>| rest.eof() || rest.punct().is_some_and(|(punct, _)| punct.as_char() == ',');
    if input.cursor().literal().is_some_and(|(_, rest)| ends(rest)) {
        let lit = Lit::new(input.parse().ok()?);
        return Some(Expr::Lit(ExprLit { attrs: Vec::new(), lit }));
    }
    // The value is parsed on a fork. If parsing fails inside brackets, syn remembers the tokens that were left unread
    // in them, and would report them as a second error.
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
            let example = known.map_or("max = 5", |known| known.example);
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

/// A number with more digits is reported without being parsed: parsing takes time that grows with the square of the
/// length. The largest `f64` has 309.
const LONGEST_NUMBER: usize = 400;

/// The first number in a value that is longer than [`LONGEST_NUMBER`].
fn endless_number(mut cursor: Cursor<'_>) -> Option<TokenTree> {
    while let Some((token, rest)) = cursor.token_tree() {
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
            return None;
        }
        if let Some(number) = endless_in(token) {
            return Some(number);
        }
        cursor = rest;
    }
    None
}

/// The first such number in a token. A comma in brackets is within the value.
fn endless_in(token: TokenTree) -> Option<TokenTree> {
    match &token {
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let is_number = text.starts_with(|first: char| first.is_ascii_digit());
            (is_number && text.len() > LONGEST_NUMBER).then_some(token)
        }
        TokenTree::Group(group) => group.stream().into_iter().find_map(endless_in),
        TokenTree::Ident(_) | TokenTree::Punct(_) => None,
    }
}

/// Reports that a key is missing. Most often the user wrote a bare value, which other retry macros take as their first
/// argument.
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
    use quote::quote;
    use syn::buffer::TokenBuffer;

    use super::*;

    #[test]
    fn a_number_is_endless_from_four_hundred_and_one_digits() {
        let number = |digits: usize| "1".repeat(digits).parse::<TokenStream>().unwrap();
        let endless = |tokens: TokenStream| endless_number(TokenBuffer::new2(tokens).begin()).is_some();
        let (longest, longer) = (number(400), number(401));
        assert!(!endless(longest.clone()) && endless(longer.clone()));
        assert!(endless(quote!(1 + #longer)) && endless(quote!(f(1, [#longer]))));
        assert!(!endless(quote!(f(1, [#longest]), #longer)), "that is another value");
        let text = "1".repeat(401);
        assert!(!endless(quote!(#text)));
    }

    #[test]
    fn a_comma_is_missed_only_before_a_key() {
        for (arguments, keys, said) in [
            (quote!(max = 5 factor = 2), 2, "missing `,` before this key"),
            (quote!(max = 5 times, factor = 2), 2, "expected `,` or the end after the value of `max`"),
            (quote!(max = 5 6 = 7, factor = 2), 2, "expected `,` or the end after the value of `max`"),
        ] {
            let errors = Errors::default();
            assert_eq!(parse(arguments.clone(), &errors).len(), keys, "{arguments}");
            assert_eq!(errors.into_messages(), [said], "{arguments}");
        }
    }
}
