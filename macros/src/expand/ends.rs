//! The end of a call, and what is reported of it.

use proc_macro2::{Ident, Literal, Punct, Spacing, TokenStream};
use quote::quote_spanned;

use super::plan::{Plan, PolicyForm};
use super::{hooks, settings};
use crate::spans::{TwoTokens, name};

/// Ends the call with the outcome that its `sleep` gave back.
pub(crate) fn stopped(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    let (call, outcome, result) = (plan.name("call"), borrowed_outcome(plan), result(plan));
    let policy = match &plan.policy {
        PolicyForm::Bytes(bytes) => {
            let (bytes, function) = (Literal::byte_string(bytes), settings::function(plan));
            quote_spanned!(site=> #bytes, #function)
        }
        PolicyForm::Constant(_) | PolicyForm::PerCall(_) => settings::policy(plan),
    };
    let (notify, describe) = (hooks::notify(plan), plan.runtime(site, "describe"));
    let stopped = Ident::new("stopped", site.located_at(plan.spans.outcome));
    // A closure after `notify` may read the variable after `attempt`, which is therefore declared here too.
    let named = plan.attempt_name.map(|name| {
        let settings = settings::policy(plan);
        quote_spanned!(site=> let #name = #call.last_attempt(#settings); let _ = #name;)
    });
    quote_spanned!(site=> #named #call.#stopped(#outcome, #policy, #notify, #describe!()); #result;)
}

/// The end of the call.
pub(crate) fn result(plan: &Plan<'_>) -> TwoTokens {
    let outcome = name("outcome", plan.spans.returned);
    TwoTokens(Ident::new("return", outcome.span()).into(), outcome)
}

/// The outcome of an attempt, borrowed.
pub(crate) fn borrowed_outcome(plan: &Plan<'_>) -> TwoTokens {
    let outcome = name("outcome", plan.spans.outcome);
    let mut and = Punct::new('&', Spacing::Alone);
    and.set_span(outcome.span());
    TwoTokens(and.into(), outcome)
}
