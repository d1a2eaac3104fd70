//! The names of the variables of the expansion, and the paths by which it reaches the runtime.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::plan::Plan;
use crate::spans::{RuntimePath, name, prefixed};

impl Plan<'_> {
    /// A variable of the expansion.
    pub(crate) fn name(&self, text: &str) -> Ident {
        prefixed(text, self.spans.site)
    }

    /// The path of the runtime crate, shown at `span`.
    pub(crate) fn krate(&self, span: Span) -> TokenStream {
        let span = self.spans.site.located_at(span);
        if self.runtime.is_some() { name("crate", span).to_token_stream() } else { quote_spanned!(span=> ::persevere) }
    }

    /// The path of something in the runtime that only the expansion uses, shown at `span`.
    pub(crate) fn runtime(&self, span: Span, item: &'static str) -> RuntimePath {
        let span = self.spans.site.located_at(span);
        RuntimePath { span, alias: self.runtime.map(|_| name("crate", span)), item }
    }

    /// The path after `crate`, named once at the start of the function, so that a wrong one is one error.
    pub(crate) fn import(&self) -> Option<TokenStream> {
        let path = self.runtime?;
        let alias = self.name("crate");
        Some(quote_spanned!(self.spans.site=> use #path as #alias;))
    }
}
