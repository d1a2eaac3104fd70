//! The async block that a function returns, found in its body's tokens: `async { .. }` at the end of the body, alone,
//! in
//! `Box::pin(..)`, or before `.boxed()`. What stands before it is run when the function is called; the block is what is
//! repeated.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Generics, Signature};

use crate::spans::with_content;

/// A body that ends in an async block, in four parts.
pub(crate) struct Tail {
    /// The statements before it.
    pub(crate) before: TokenStream,
    /// Around the block: `Box::pin`, and the method called on it.
    wrapper: Option<(TokenStream, Group)>,
    method: TokenStream,
    /// `move`, if it says so.
    capture: Option<TokenTree>,
    keyword: TokenTree,
    /// The block itself.
    pub(crate) block: Group,
}

impl Tail {
    pub(crate) fn find(body: &Group) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
        if let [TokenTree::Group(group)] = &tokens[..] {
            if group.delimiter() == Delimiter::None {
                return Self::find(group);
            }
        }
        // `return async { .. };` is a tail as well; without the `return` nothing is returned.
        let discarded = tokens.last().is_some_and(|token| is_punct(token, ';'));
        if discarded {
            tokens.pop();
        }
        let method = take_boxed(&mut tokens);
        let wrapper = take_pin(&mut tokens);
        let (mut inner, path) = match wrapper {
            Some((path, group)) => (group.stream().into_iter().collect(), Some((path, group))),
            None => (std::mem::take(&mut tokens), None),
        };
        if path.is_some() && inner.last().is_some_and(|token| is_punct(token, ',')) {
            inner.pop();
        }
        let TokenTree::Group(block) = inner.pop()? else { return None };
        if block.delimiter() != Delimiter::Brace {
            return None;
        }
        let capture = take_ident(&mut inner, "move");
        let keyword = take_ident(&mut inner, "async")?;
        let before = if path.is_some() {
            if !inner.is_empty() {
                return None;
            }
            tokens
        } else {
            inner
        };
        let returned = match before.last() {
            Some(token) if is_ident(token, "return") => true,
            Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace && !discarded,
            Some(token) => is_punct(token, ';') && !discarded,
            None => !discarded,
        };
        returned.then(|| Self { before: before.into_iter().collect(), wrapper: path, method, capture, keyword, block })
    }

    /// The tail with another content in its block.
    pub(crate) fn with(&self, content: TokenStream) -> TokenStream {
        let Self { wrapper, method, capture, keyword, block, .. } = self;
        let block = with_content(block, content);
        let block = quote!(#keyword #capture #block);
        let wrapped = match wrapper {
            Some((path, group)) => {
                let group = with_content(group, block);
                quote!(#path #group)
            }
            None => block,
        };
        quote!(#wrapped #method)
    }
}

/// Splits off a final `.boxed()` or `.boxed_local()`.
fn take_boxed(tokens: &mut Vec<TokenTree>) -> TokenStream {
    if let [.., dot, method, TokenTree::Group(arguments)] = &tokens[..] {
        let boxed = is_ident(method, "boxed") || is_ident(method, "boxed_local");
        if is_punct(dot, '.') && boxed && arguments.stream().is_empty() {
            return tokens.split_off(tokens.len() - 3).into_iter().collect();
        }
    }
    TokenStream::new()
}

/// Splits off a final `path::pin( .. )`.
fn take_pin(tokens: &mut Vec<TokenTree>) -> Option<(TokenStream, Group)> {
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

/// What `#[async_trait]`, expanded first, puts at the start of the block: the statements that move the arguments into
/// the future. They are run once; the rest is the attempt.
pub(crate) fn split_async_trait(signature: &Signature, block: &Group) -> (TokenStream, Group) {
    if !declares(&signature.generics, "async_trait") {
        return (TokenStream::new(), block.clone());
    }
    let tokens: Vec<TokenTree> = block.stream().into_iter().collect();
    let mut start = 0;
    while start < tokens.len() {
        let end = statement_end(&tokens, start);
        let mut words = tokens[start..end].iter().filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        });
        let once = match words.next() {
            Some(keyword) if keyword == "if" => true,
            Some(keyword) if keyword == "let" => !words.any(is_of_an_attempt),
            _ => false,
        };
        if !once {
            break;
        }
        start = end;
    }
    let (once, rest) = tokens.split_at(start);
    (once.iter().cloned().collect(), with_content(block, rest.iter().cloned().collect()))
}

/// The names that `#[async_trait]` and `#[instrument]` give to what belongs to the attempt.
fn is_of_an_attempt(name: &Ident) -> bool {
    name == "__ret" || name.to_string().starts_with("__tracing")
}

fn declares(generics: &Generics, lifetime: &str) -> bool {
    generics.lifetimes().any(|parameter| parameter.lifetime.ident == lifetime)
}

/// Behind the `;` of a `let`, or behind the braces of an `if`.
fn statement_end(tokens: &[TokenTree], start: usize) -> usize {
    let is_if = tokens.get(start).is_some_and(|token| is_ident(token, "if"));
    let is_end = |token: &TokenTree| {
        is_punct(token, ';')
            || (is_if && matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace))
    };
    tokens[start..].iter().position(is_end).map_or(tokens.len(), |end| start + end + 1)
}

fn take_ident(tokens: &mut Vec<TokenTree>, name: &str) -> Option<TokenTree> {
    if tokens.last().is_some_and(|token| is_ident(token, name)) { tokens.pop() } else { None }
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

/// What `#[instrument]`, expanded first, leaves moves the arguments into the span's future or closure. They belong to
/// every attempt, so those blocks have to borrow. Gives what is to be run once, and the body.
pub(crate) fn split_instrumented(signature: &Signature, body: &Group, tokens: &[TokenTree]) -> (TokenStream, Group) {
    let mut once = TokenStream::new();
    if !tokens.iter().any(|token| is_ident(token, "__tracing_attr_span")) {
        return (once, body.clone());
    }
    let mut kept = TokenStream::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |distance: usize| index.checked_sub(distance).and_then(|index| tokens.get(index));
        let is = |token: Option<&TokenTree>, name| token.is_some_and(|token| is_ident(token, name));
        match token {
            // `let __tracing_instrument_future = async move { .. };`
            TokenTree::Ident(word) if word == "move" && is(before(3), "__tracing_instrument_future") => {}
            TokenTree::Group(group) if is(before(4), "__tracing_instrument_future") => {
                kept.extend(borrowing(signature, group, &mut once).to_token_stream());
            }
            // `match (move || { .. })() { .. }`
            TokenTree::Group(group) if is(before(1), "match") => {
                let mut closure = group.stream().into_iter().peekable();
                closure.next_if(|token| is_ident(token, "move"));
                kept.extend(with_content(group, closure.collect()).to_token_stream());
            }
            other => kept.extend([other.clone()]),
        }
    }
    (once, with_content(body, kept))
}

/// A block that moves nothing: what is to be run once goes to `once`, and `async move { .. }.await`, with which
/// `#[instrument(err)]` looks at the outcome, loses its `move`.
fn borrowing(signature: &Signature, block: &Group, once: &mut TokenStream) -> Group {
    let (moved, rest) = split_async_trait(signature, block);
    once.extend(moved);
    let tokens: Vec<TokenTree> = rest.stream().into_iter().collect();
    let is = |index: Option<usize>, name| {
        index.and_then(|index| tokens.get(index)).is_some_and(|token| is_ident(token, name))
    };
    let mut kept = TokenStream::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(word)
                if word == "move" && is(index.checked_sub(1), "async") && is(Some(index + 3), "await") => {}
            TokenTree::Group(group) if is(index.checked_sub(2), "async") && is(Some(index + 2), "await") => {
                kept.extend(borrowing(signature, group, once).to_token_stream());
            }
            other => kept.extend([other.clone()]),
        }
    }
    with_content(&rest, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(body: &str) -> Option<Tail> {
        let tokens: TokenStream = format!("{{ {body} }}").parse().unwrap();
        let Some(TokenTree::Group(group)) = tokens.into_iter().next() else { unreachable!() };
        Tail::find(&group)
    }

    #[test]
    fn tails_are_found() {
        for (body, before) in [
            ("async { 1 }", ""),
            ("async move { 1 }", ""),
            ("let a = 1 ; async move { a }", "let a = 1 ;"),
            ("if a { return b ; } Box::pin(async move { 1 })", "if a { return b ; }"),
            ("let a = 1 ; ::std::boxed::Box::pin(async { 1 } ,)", "let a = 1 ;"),
            ("f(a) ; async move { 1 }.boxed()", "f (a) ;"),
            ("return Box::pin(async move { 1 }) ;", "return"),
            ("a() ; return async move { 1 }", "a () ; return"),
        ] {
            let tail = find(body).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(tail.before.to_string().replace(' ', ""), before.replace(' ', ""), "{body}");
            let whole = format!("{} {}", tail.before, tail.with(tail.block.stream()));
            let expected: TokenStream = body.trim_end_matches(" ;").replace(" ,)", ")").parse().unwrap();
            assert_eq!(whole.replace(' ', ""), expected.to_string().replace(' ', ""));
        }
    }

    #[test]
    fn other_bodies_have_no_async_tail() {
        for body in [
            "",
            "1",
            "inner(x)",
            "Ok(async { 1 })",
            "let a = async { 1 } ;",
            "spawn(async { 1 })",
            "x + async { 1 }",
            "async { 1 } ;",
            "a() ; Box::pin(async { 1 }) ;",
        ] {
            assert!(find(body).is_none(), "{body}");
        }
    }
}
