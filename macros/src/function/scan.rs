//! Every look at tokens that are not parsed, and to which side each of them errs.
//!
//! A body stays the tokens that the user wrote: to parse it is what an attribute takes its time for, and what breaks on
//! syntax that is newer than the parser. A look at tokens can be wrong, so each says in which direction, and why the
//! function is repeated correctly all the same.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use syn::buffer::Cursor;

/// The tokens of a group, to be looked at more than once.
pub(crate) fn tokens(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

pub(crate) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

pub(crate) fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Whether something among the tokens of a body may leave it before its end, or hides what does: a macro, an attribute.
/// A `loop` counts too: it may have no end, after which the compiler would find our code unreachable.
///
/// It errs to yes: `if !done` looks like a macro. Such a body goes into a closure or an async block of its own, which is
/// right for every body and only costs compile time. An error to no would let a `return` leave the whole call.
pub(crate) fn may_leave(body: &[TokenTree]) -> bool {
    let mut after_name = false;
    body.iter().any(|token| match token {
        TokenTree::Ident(name) => {
            after_name = true;
            ["return", "break", "continue", "loop", "do", "yield", "become"].contains(&name.to_string().as_str())
        }
        TokenTree::Punct(punct) => {
            let calls = after_name && punct.as_char() == '!' && punct.spacing() == Spacing::Alone;
            after_name = false;
            calls || matches!(punct.as_char(), '?' | '#')
        }
        TokenTree::Group(group) => {
            // A name may be what `macro_rules!` was given.
            after_name = group.delimiter() == Delimiter::None;
            may_leave(&tokens(group))
        }
        TokenTree::Literal(_) => {
            after_name = false;
            false
        }
    })
}

/// Whether a body may end in a call that never returns, after which the compiler would find our code unreachable.
///
/// It errs to yes: only a call of a method, or what is awaited of one, is known to return. The guard that a yes brings
/// is right for every body. It errs to no for a method that is declared `-> !`: rustc then warns of an unreachable
/// statement at the attribute. Such a function has nothing to retry.
pub(crate) fn may_diverge(body: &[TokenTree]) -> bool {
    match body {
        [.., dot, TokenTree::Ident(word)] => !(is_punct(dot, '.') && word == "await"),
        [.., dot, TokenTree::Ident(_), TokenTree::Group(arguments)] => {
            !(is_punct(dot, '.') && arguments.delimiter() == Delimiter::Parenthesis)
        }
        _ => true,
    }
}

/// Whether the name stands among the tokens.
///
/// It errs to yes, since a field or another crate's item may have the name of a parameter. A yes takes a value for an
/// expression that the compiler judges, or adds a statement that reads a variable: neither changes what is repeated.
pub(crate) fn mentions<N: ?Sized>(tokens: TokenStream, name: &N) -> bool
where
    Ident: PartialEq<N>,
{
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// The names that stand before a `=` among the statements that `#[async_trait]` writes, which have no other form.
pub(crate) fn assigned(tokens: &[TokenTree]) -> impl Iterator<Item = &Ident> {
    tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(name), equals] if is_punct(equals, '=') => Some(name),
        _ => None,
    })
}

/// Whether a body may not name this type: there is an `impl Trait` in it, or a macro that may make one.
///
/// It errs to yes: `Result<!, E>` has the `!` of a macro. The type is then learned from the body instead of being
/// named, which is right for every type.
pub(crate) fn is_unnameable(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "impl",
        TokenTree::Punct(punct) => punct.as_char() == '!',
        TokenTree::Group(group) => is_unnameable(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// Whether a type has a reference or a lifetime.
///
/// It errs to yes, for `&'static str`, and to no for an alias that hides its lifetime. With a yes the parameters are not
/// borrowed anew for each attempt, with a no they are: if that is wrong, rustc refuses the body.
pub(crate) fn borrows(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => matches!(punct.as_char(), '&' | '\''),
        TokenTree::Group(group) => borrows(group.stream()),
        _ => false,
    })
}

/// Where the parameters stand among the tokens from `fn` on, or from behind the name: the first parentheses that are not
/// those of generics.
///
/// In generics it follows `<` and `>`, of which an expression in braces hides its own. If it were wrong, no type of an
/// outcome would be found, which is reported.
pub(crate) fn parameters(signature: &[TokenTree]) -> Option<usize> {
    let (mut depth, mut after_dash) = (0_u32, false);
    for (index, token) in signature.iter().enumerate() {
        match token {
            TokenTree::Group(group) if depth == 0 && group.delimiter() == Delimiter::Parenthesis => return Some(index),
            token if is_punct(token, '<') => depth += 1,
            token if is_punct(token, '>') && !after_dash => depth = depth.saturating_sub(1),
            _ => {}
        }
        after_dash = is_punct(token, '-');
    }
    None
}

/// Where a return type ends: at `where`, at the `;` of a function without a body, or with the tokens. It does not err, as
/// neither stands in a type outside of a group.
pub(crate) fn return_type_end(tokens: &[TokenTree]) -> usize {
    tokens.iter().position(|token| is_ident(token, "where") || is_punct(token, ';')).unwrap_or(tokens.len())
}

/// Whether a lifetime of this name stands among the tokens, outside of groups.
pub(crate) fn has_lifetime(tokens: &[TokenTree], name: &str) -> bool {
    tokens.windows(2).any(|pair| is_punct(&pair[0], '\'') && is_ident(&pair[1], name))
}

/// Whether `fn` follows, after words that may stand before it. One word among them may be unknown.
///
/// It errs to yes: what then is no function is refused when the signature is parsed.
pub(crate) fn starts_function(mut cursor: Cursor<'_>) -> bool {
    let mut is_known = true;
    loop {
        let Some((word, rest)) = cursor.ident() else {
            let Some((_, rest)) = cursor.literal() else { return false };
            cursor = rest;
            continue;
        };
        let word = word.to_string();
        if word == "fn" {
            return true;
        }
        if !is_known {
            return false;
        }
        is_known = ["const", "async", "gen", "unsafe", "safe", "default", "extern"].contains(&word.as_str());
        cursor = rest;
    }
}

/// The body of a function, also where `macro_rules!` made it of a `$body:block`. It does not err.
pub(crate) fn braced(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut tokens = group.stream().into_iter();
            let body = braced(&tokens.next()?)?;
            tokens.next().is_none().then_some(body)
        }
        Delimiter::Parenthesis | Delimiter::Bracket => None,
    }
}

/// How many tokens at the start are attributes. It does not err: `#` and brackets are nothing else before a function.
pub(crate) fn leading_attributes(head: &[TokenTree]) -> usize {
    let is_attr = |pair: &&[TokenTree]| match pair {
        [hash, TokenTree::Group(_)] => is_punct(hash, '#'),
        _ => false,
    };
    2 * head.chunks_exact(2).take_while(is_attr).count()
}

/// Whether a body starts with inner attributes. It does not err: `#!` starts nothing else.
pub(crate) fn has_inner_attributes(body: &[TokenTree]) -> bool {
    matches!(body, [hash, bang, ..] if is_punct(hash, '#') && is_punct(bang, '!'))
}

/// Behind the `;` of a `let`, or behind the braces of an `if`.
///
/// It is only asked about statements that `#[async_trait]` writes, which have no other form.
pub(crate) fn statement_end(tokens: &[TokenTree], start: usize) -> usize {
    let is_if = tokens.get(start).is_some_and(|token| is_ident(token, "if"));
    let is_end = |token: &TokenTree| is_punct(token, ';') || (is_if && is_block(token));
    tokens[start..].iter().position(is_end).map_or(tokens.len(), |end| start + end + 1)
}

/// Splits off a final word.
pub(crate) fn take_ident(tokens: &mut Vec<TokenTree>, name: &str) -> Option<TokenTree> {
    if tokens.last().is_some_and(|token| is_ident(token, name)) { tokens.pop() } else { None }
}

/// Splits off a final `.boxed()` or `.boxed_local()`.
///
/// It takes any method of that name for the one of the `futures` crate. One that is not either returns a future all the
/// same, or the function does not compile.
pub(crate) fn take_boxed(tokens: &mut Vec<TokenTree>) -> TokenStream {
    if let [.., dot, method, TokenTree::Group(arguments)] = &tokens[..] {
        let boxed = is_ident(method, "boxed") || is_ident(method, "boxed_local");
        if is_punct(dot, '.') && boxed && arguments.stream().is_empty() {
            return tokens.split_off(tokens.len() - 3).into_iter().collect();
        }
    }
    TokenStream::new()
}

/// Splits off a final `path::pin( .. )`, whatever the path before `pin` is.
pub(crate) fn take_pin(tokens: &mut Vec<TokenTree>) -> Option<(TokenStream, Group)> {
    let [.., pin, TokenTree::Group(arguments)] = &tokens[..] else { return None };
    if !is_ident(pin, "pin") || arguments.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let arguments = arguments.clone();
    let in_path =
        |token: &&TokenTree| is_punct(token, ':') || matches!(token, TokenTree::Ident(ident) if ident != "return");
    let length = tokens.iter().rev().skip(1).take_while(in_path).count();
    tokens.pop();
    let path = tokens.split_off(tokens.len() - length);
    Some((path.into_iter().collect(), arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    #[test]
    fn a_body_that_may_have_no_end_is_any_but_a_method() {
        for text in ["client.load(key)", "let key = key(); client.load(key).await", "load(key).await"] {
            assert!(!may_diverge(&parsed(text)), "{text}");
        }
        for text in [
            "std::process::exit(1)",
            "load.get",
            "client.load(key);",
            "match self.key { _ => std::process::exit(1) }",
            "",
        ] {
            assert!(may_diverge(&parsed(text)), "{text}");
        }
    }

    #[test]
    fn what_may_leave_a_body_is_found_wherever_it_stands() {
        for text in [
            "load(key)?",
            "if bad { return Err(Bad); } Ok(1)",
            "items.iter().map(|item| { return item; }).count()",
            "[1, (2, { break 3 })]",
            "{ { continue } }",
            "loop { step() }",
            "format!(\"{key}\")",
            "std::panic!()",
            "#[cfg(windows)] { leave() } Ok(1)",
        ] {
            assert!(may_leave(&parsed(text)), "{text}");
        }
        for text in [
            "client.load(key).await",
            "if a != b && !c { Ok(!d) } else { Err(Bad) }",
            "match key { Key::Return => Ok(1), _ if done => Ok(2), _ => Err(Bad) }",
            "for item in items { add(item, \"return?\"); } Ok(r#loops)",
        ] {
            assert!(!may_leave(&parsed(text)), "{text}");
        }
    }
}
