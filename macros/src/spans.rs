//! Tokens of the expansion with the span of something that the user wrote, so that rustc reports errors there.
//!
//! "Shown at a span" means in this crate: has the location of that span.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _, quote};
use syn::Path;

/// Braces with the span of the user's braces, so that rustc reports errors about the block there.
pub(crate) fn block(span: Span, content: TokenStream) -> Group {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(span);
    braces
}

/// A group with the delimiters and the span of `group`, around other tokens.
pub(crate) fn with_content(group: &Group, content: TokenStream) -> Group {
    let mut replaced = Group::new(group.delimiter(), content);
    replaced.set_span(group.span());
    replaced
}

/// A call whose parentheses are shown at `span`: rustc then reports an error about the call there, not at the
/// attribute.
pub(crate) fn call_at(span: Span, function: &impl ToTokens, arguments: TokenStream) -> TokenStream {
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(Span::mixed_site().located_at(span));
    quote!(#function #parentheses)
}

/// The span of the first token. On stable Rust a macro cannot make one span of several.
pub(crate) fn start(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}

/// The span of the first token of a path.
pub(crate) fn start_of(path: &Path) -> Span {
    match (&path.leading_colon, path.segments.first()) {
        (Some(colon), _) => colon.spans[0],
        (None, Some(segment)) => segment.ident.span(),
        (None, None) => Span::mixed_site(),
    }
}

/// An identifier of the expansion, shown at `span`. Its mixed-site hygiene keeps it apart from the user's variables,
/// but not from items: a `let` would take a constant or a static of that name for its pattern. The prefix keeps it
/// apart from those.
pub(crate) fn name(name: &str, span: Span) -> Ident {
    prefixed(name, Span::mixed_site().located_at(span))
}

/// An identifier of the expansion, for a span that is mixed-site already.
pub(crate) fn prefixed(name: &str, span: Span) -> Ident {
    Ident::new(&["__persevere_", name].concat(), span)
}

/// Two tokens that are appended one by one, without a `TokenStream` of their own: making and joining streams takes most
/// of the time of rendering.
pub(crate) struct TwoTokens(pub(crate) TokenTree, pub(crate) Ident);

impl ToTokens for TwoTokens {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(self.0.clone());
        tokens.append(self.1.clone());
    }
}

/// Joins the streams and leaves out the empty ones.
pub(crate) fn joined(streams: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let mut streams = streams.into_iter().filter(|stream| !stream.is_empty());
    let mut joined = streams.next().unwrap_or_default();
    joined.extend(streams);
    joined
}

/// The path of an item of the runtime that only expansions use, shown at `span`. Its tokens are appended one by one, as
/// those of [`TwoTokens`] are.
pub(crate) struct RuntimePath {
    pub(crate) span: Span,
    /// The name under which the expansion imports the runtime, where the user writes `crate = ...`. Without one the
    /// path begins with `::persevere`.
    pub(crate) alias: Option<Ident>,
    pub(crate) item: &'static str,
}

impl ToTokens for RuntimePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { span, alias, item } = self;
        let separator = |tokens: &mut TokenStream| {
            for spacing in [Spacing::Joint, Spacing::Alone] {
                let mut colon = Punct::new(':', spacing);
                colon.set_span(*span);
                tokens.append(colon);
            }
        };
        if let Some(alias) = alias {
            tokens.append(alias.clone());
        } else {
            separator(tokens);
            tokens.append(Ident::new("persevere", *span));
        }
        for name in ["__private", item] {
            separator(tokens);
            tokens.append(Ident::new(name, *span));
        }
    }
}
