//! The statements before a final async block, which run once.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use super::plan::Plan;
use crate::function::scan;
use crate::spans::{block, call_at, name};

/// The statements, and the async block behind them.
///
/// Something among the statements may return another future from the function, which would not be repeated: a macro,
/// most of all. Such statements stand in a closure, and the compiler refuses whatever returns from it, except the block
/// at the end:
/// ```text
/// before(move |kept| { STATEMENTS kept.at_end(Box::pin(async move { .. })) })
/// ```
pub(crate) fn rendered(plan: &Plan<'_>, statements: &[TokenTree], end: TokenStream) -> TokenStream {
    let site = plan.spans.site;
    // A `return` as the last token returns the block itself.
    let (last, others) = statements.split_last().map_or((None, statements), |(last, others)| (Some(last), others));
    let returns = last.is_some_and(|token| scan::is_ident(token, "return"));
    if !scan::may_leave(if returns { others } else { statements }) {
        return statements.iter().cloned().chain(end).collect();
    }
    let span = scan::suspect(statements).map_or(plan.spans.function, |name| site.located_at(name.span()));
    let (before, kept, at_end) = (plan.runtime(site, "before"), name("kept", site), Ident::new("at_end", span));
    let end = call_at(span, &quote_spanned!(span=> #kept.#at_end), end);
    let content = statements.iter().cloned().chain(end).collect();
    let content = block(site, content).to_token_stream();
    call_at(site, &before, quote_spanned!(site=> move |#kept| #content))
}
