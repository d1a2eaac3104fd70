//! What `#[async_trait]` and `#[instrument]` leave behind when they are expanded before this attribute.
//!
//! The statements that move the arguments into a future run once; the rest is the attempt.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;

use super::scan::{is_ident, statement_end, tokens};
use super::signature::Signature;
use crate::spans::with_content;

/// What `#[async_trait]`, expanded first, puts at the start of the block: the statements that move the arguments into
/// the future. They are run once; the rest is the attempt.
pub(crate) fn split_async_trait(signature: &Signature, block: &Group) -> (TokenStream, Group) {
    if !signature.is_async_trait {
        return (TokenStream::new(), block.clone());
    }
    let tokens = tokens(block);
    let mut start = 0;
    while start < tokens.len() {
        let end = statement_end(&tokens, start);
        let mut words = tokens[start..end].iter().filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word),
            _ => None,
        });
        let once = match words.next() {
            Some(keyword) if keyword == "if" => true,
            Some(keyword) if keyword == "let" => !words.any(belongs_to_attempt),
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
fn belongs_to_attempt(name: &Ident) -> bool {
    name == "__ret" || name.to_string().starts_with("__tracing")
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
    let tokens = tokens(&rest);
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
