//! What `#[async_trait]` and `#[instrument]` leave behind when they are expanded before this attribute.
//!
//! The statements that move the arguments into a future run once; the rest is the attempt.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::quote;

use super::scan::{self, is_ident, is_punct, tokens};
use super::signature::Signature;
use crate::spans::with_content;

/// A body that another macro wrote, in two parts.
pub(crate) struct Unwrapped {
    /// The statements that run once.
    pub(crate) once: TokenStream,
    /// The block that is repeated.
    pub(crate) block: Group,
}

/// Takes off what both macros have put around the attempt.
pub(crate) fn unwrap(signature: &Signature, block: &Group) -> Unwrapped {
    let Unwrapped { mut once, block } = split_instrumented(signature, block, &tokens(block));
    let (moved, block) = split_async_trait(signature, &block);
    once.extend(moved);
    Unwrapped { once, block }
}

/// `#[instrument]` leaves a future or a closure in its span, into which the arguments are moved. Every attempt needs
/// them, so these blocks lose their `move`.
pub(crate) fn split_instrumented(signature: &Signature, block: &Group, tokens: &[TokenTree]) -> Unwrapped {
    let mut once = TokenStream::new();
    if !tokens.iter().any(|token| is_ident(token, "__tracing_attr_span")) {
        return Unwrapped { once, block: block.clone() };
    }
    let mut kept: Vec<TokenTree> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |distance: usize| index.checked_sub(distance).and_then(|index| tokens.get(index));
        let is = |token: Option<&TokenTree>, name| token.is_some_and(|token| is_ident(token, name));
        match token {
            // `let __tracing_instrument_future = async move { .. };`, where only `move` can be a word in this place.
            TokenTree::Ident(_) if is(before(3), "__tracing_instrument_future") => {}
            TokenTree::Group(group) if is(before(4), "__tracing_instrument_future") => {
                kept.push(borrowing(signature, group, &mut once).into());
            }
            // `match (move || { .. })() { .. }` and `let x = (move || { .. })();`
            TokenTree::Group(group)
                if is(before(1), "match") || before(1).is_some_and(|token| is_punct(token, '=')) =>
            {
                let mut closure = group.stream().into_iter().peekable();
                closure.next_if(|token| is_ident(token, "move"));
                kept.push(with_content(group, closure.collect()).into());
            }
            other => kept.push(other.clone()),
        }
    }
    // What creates the span now runs after `let __self = self;`, so its fields have to say `__self` too.
    let kept = match renamed_self(signature, &once) {
        Some(name) => scan::renamed(kept.into_iter().collect(), &name),
        None => kept.into_iter().collect(),
    };
    let (once, kept) = with_span_kept(once, kept);
    Unwrapped { once, block: with_content(block, kept) }
}

/// A span may record an argument that `#[async_trait]` takes apart: after `let (a, b) = __arg1;` the argument is gone.
/// Such a span is made once, before that statement, and each attempt uses a clone of the span.
fn with_span_kept(once: TokenStream, kept: TokenStream) -> (TokenStream, TokenStream) {
    let once: Vec<TokenTree> = once.into_iter().collect();
    let Some(start) = scan::taken_apart(&once, &kept) else { return (once.into_iter().collect(), kept) };
    let kept: Vec<TokenTree> = kept.into_iter().collect();
    // The variable is first named by the `let` that makes it.
    let span = kept.windows(2).position(|pair| is_ident(&pair[1], "__tracing_attr_span"));
    let end = kept.iter().skip(span.unwrap_or(kept.len())).position(|token| is_punct(token, ';'));
    let (Some(span), Some(end)) = (span, end) else { return (once.into_iter().collect(), kept.into_iter().collect()) };
    let (made, rest) = kept[span..].split_at(end + 1);
    let (before, name) = (&kept[..span], &made[1]);
    let (first, apart) = once.split_at(start);
    (quote!(#(#first)* #(#made)* #(#apart)*), quote!(#(#before)* let #name = #name.clone(); #(#rest)*))
}

/// A block without what it moves: the statements that run once go to `once`, and an `async move { .. }.await`, by which
/// `#[instrument(err)]` looks at the outcome, loses its `move`.
fn borrowing(signature: &Signature, block: &Group, once: &mut TokenStream) -> Group {
    let (moved, rest) = split_async_trait(signature, block);
    once.extend(moved);
    let tokens = tokens(&rest);
    let is = |index: Option<usize>, name| {
        index.and_then(|index| tokens.get(index)).is_some_and(|token| is_ident(token, name))
    };
    let mut kept: Vec<TokenTree> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            // Only `move` can be a word between `async` and a block.
            TokenTree::Ident(_) if is(index.checked_sub(1), "async") && is(Some(index + 3), "await") => {}
            TokenTree::Group(group) if is(index.checked_sub(2), "async") && is(Some(index + 2), "await") => {
                kept.push(borrowing(signature, group, once).into());
            }
            other => kept.push(other.clone()),
        }
    }
    with_content(&rest, kept.into_iter().collect())
}

/// Splits off what `#[async_trait]` puts at the start of a block: the statements that move the arguments into the
/// future.
fn split_async_trait(signature: &Signature, block: &Group) -> (TokenStream, Group) {
    if !signature.is_async_trait {
        return (TokenStream::new(), block.clone());
    }
    let tokens = tokens(block);
    let mut start = 0;
    while let Some(end) = scan::async_trait_statement(&tokens[start..]) {
        start += end;
    }
    let (once, rest) = tokens.split_at(start);
    (once.iter().cloned().collect(), with_content(block, rest.iter().cloned().collect()))
}

/// The name that `#[async_trait]` has given to `self`, if it has given one. The values of the attribute still say
/// `self`.
pub(crate) fn renamed_self(signature: &Signature, body: &TokenStream) -> Option<Ident> {
    if signature.is_async_trait { scan::renamed_self(body.clone()) } else { None }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser as _;

    use super::*;
    use crate::errors::Errors;

    fn block(tokens: TokenStream) -> Group {
        crate::spans::block(proc_macro2::Span::call_site(), tokens)
    }

    fn signature() -> Signature {
        let parser = |input: syn::parse::ParseStream<'_>| Ok(Signature::parse(input, &Errors::default()));
        parser.parse2(quote!(fn f() -> Result<(), E>)).unwrap().unwrap()
    }

    #[test]
    fn only_the_closure_of_instrument_loses_its_move() {
        for (written, kept) in [
            (quote!(let x = (move || { 1 })();), quote!(let x = (|| { 1 })();)),
            (quote!(match (move || { 1 })() {}), quote!(match (|| { 1 })() {})),
            (quote!(span(move || 1);), quote!(span(move || 1);)),
            (quote!({ move || 1 }), quote!({ move || 1 })),
        ] {
            let written = block(quote!(let __tracing_attr_span = s; #written));
            let unwrapped = split_instrumented(&signature(), &written, &tokens(&written));
            assert_eq!(unwrapped.block.to_string(), block(quote!(let __tracing_attr_span = s; #kept)).to_string());
            assert!(unwrapped.once.is_empty());
        }
    }

    #[test]
    fn only_the_future_of_instrument_loses_its_move() {
        for (written, kept) in [
            (quote!({ 1 }), quote!({ 1 })),
            (quote!(match async move { 1 }.await {}), quote!(match async { 1 }.await {})),
            (quote!(let job = async move { 1 }; job.await), quote!(let job = async move { 1 }; job.await)),
            (quote!(client.load(key).await), quote!(client.load(key).await)),
            (quote!(run(async move { 1 }.await).await), quote!(run(async move { 1 }.await).await)),
        ] {
            let instrumented = |attempt: TokenStream| {
                block(quote!(let __tracing_attr_span = s; let __tracing_instrument_future = #attempt; run()))
            };
            let written = instrumented(quote!(async move { #written }));
            let unwrapped = split_instrumented(&signature(), &written, &tokens(&written));
            assert_eq!(unwrapped.block.to_string(), instrumented(quote!(async { #kept })).to_string());
        }
    }
}
