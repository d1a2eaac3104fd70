//! Tokens of ours that are shown where the user wrote something, so that errors stand there.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _, quote};
use syn::Path;

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
pub(crate) fn call_at(span: Span, function: &impl ToTokens, arguments: TokenStream) -> TokenStream {
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(Span::mixed_site().located_at(span));
    quote!(#function #parentheses)
}

/// Where the first token stands: on stable Rust a span cannot cover several.
pub(crate) fn start(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}

/// Where a path starts.
pub(crate) fn start_of(path: &Path) -> Span {
    match (&path.leading_colon, path.segments.first()) {
        (Some(colon), _) => colon.spans[0],
        (None, Some(segment)) => segment.ident.span(),
        (None, None) => Span::mixed_site(),
    }
}

/// A name of the expansion, shown at `span`: mixed-site, and with a prefix that keeps it from meeting a constant or a
/// static of the user's, which hygiene does not.
pub(crate) fn name(name: &str, span: Span) -> Ident {
    prefixed(name, Span::mixed_site().located_at(span))
}

/// A name of the expansion with a span that is already mixed-site.
pub(crate) fn prefixed(name: &str, span: Span) -> Ident {
    Ident::new(&["__persevere_", name].concat(), span)
}

/// Tokens that write themselves out one by one: streams within streams are what expanding takes its time for.
pub(crate) struct TwoTokens(pub(crate) TokenTree, pub(crate) Ident);

impl ToTokens for TwoTokens {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(self.0.clone());
        tokens.append(self.1.clone());
    }
}

/// One stream of those that hold something.
pub(crate) fn joined(streams: impl IntoIterator<Item = TokenStream>) -> TokenStream {
    let mut streams = streams.into_iter().filter(|stream| !stream.is_empty());
    let mut joined = streams.next().unwrap_or_default();
    joined.extend(streams);
    joined
}

/// The path of something that only the expansion uses, shown at `span`. It writes itself out as [`TwoTokens`] does.
pub(crate) struct RuntimePath {
    pub(crate) span: Span,
    /// What stands for the crate, if that is not to be found by its name.
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
