//! Tokens of ours that are shown where the user wrote something, so that errors stand there.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote};

/// Braces in the place of the user's, so that what the compiler says about them is said there.
pub(crate) fn block(span: Span, content: TokenStream) -> Group {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(span);
    braces
}

/// A group with another content, in its place.
pub(crate) fn with_content(group: &Group, content: TokenStream) -> Group {
    let mut replaced = Group::new(group.delimiter(), content);
    replaced.set_span(group.span());
    replaced
}

/// A call that is shown at `span` as a whole.
pub(crate) fn call_at(span: Span, function: &TokenStream, arguments: TokenStream) -> TokenStream {
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(Span::mixed_site().located_at(span));
    quote!(#function #parentheses)
}

/// Where the first token stands: on stable Rust a span cannot cover several.
pub(crate) fn start(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}

/// A name of the expansion: mixed-site, and with a prefix that keeps it from meeting a constant or a static of the
/// user's, which hygiene does not.
pub(crate) fn name(name: &str, span: Span) -> Ident {
    Ident::new(&format!("__persevere_{name}"), Span::mixed_site().located_at(span))
}
