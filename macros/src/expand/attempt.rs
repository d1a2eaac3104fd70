//! One attempt: the user's body as an expression of the loop, and what is done with it until it has an outcome.

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::plan::{AttemptForm, EndForm, Plan, Shape};
use super::{settings, waits};
use crate::function::ReborrowedParam;
use crate::spans::{block, call_at, start};

/// One attempt, as an expression: the body in its place, a closure that is called, or a block to be awaited.
///
/// The user's braces stay, or the compiler would say twice what it says of them. An `if` or a label keeps them from being
/// unnecessary ones.
pub(crate) fn render(plan: &Plan<'_>, body: &Group, params: &[ReborrowedParam]) -> TokenStream {
    let site = plan.spans.site;
    let params: Vec<TokenStream> = params
        .iter()
        .map(|ReborrowedParam { cfg, name, mutability, exclusive }| {
            let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
            quote_spanned!(site=> #(#cfg)* let #mutability #name = #value;)
        })
        .collect();
    let place = site.located_at(body.span());
    if let AttemptForm::InPlace { may_diverge } = plan.attempt {
        let body = if may_diverge {
            // With the second branch our code behind a body that never ends is reachable, as far as rustc knows.
            let never = plan.runtime(site, "never");
            quote_spanned!(place=> if true #body else { #never() })
        } else {
            quote_spanned!(place=> '__persevere: #body)
        };
        return if params.is_empty() { body } else { block(place, quote!(#(#params)* #body)).into_token_stream() };
    }
    let body = quote_spanned!(place=> '__persevere: #body);
    let is_block = plan.attempt == AttemptForm::Block;
    // The closure of a nameable type says what it returns.
    let learn = (is_block || plan.outcome.is_unnameable).then(|| learn_outcome(plan));
    let block = block(place, quote!(#learn #(#params)* #body));
    if is_block {
        quote_spanned!(plan.spans.function=> async #block)
    } else if plan.outcome.is_unnameable {
        quote_spanned!(plan.spans.function=> (|| #block)())
    } else {
        let outcome = &plan.outcome.named;
        quote_spanned!(plan.spans.function=> (|| -> #outcome #block)())
    }
}

/// A statement that is never reached: it tells the compiler what is returned before it reads the body.
pub(crate) fn learn_outcome(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    let never = if plan.outcome.is_unnameable {
        let returns = plan.name("returns");
        quote_spanned!(site=> #returns.never())
    } else {
        let (never, outcome) = (plan.runtime(site, "never"), &plan.outcome.named);
        quote_spanned!(site=> #never::<#outcome>())
    };
    quote_spanned!(site=> if false { return #never; })
}

/// An attempt with its end: for a future, when it is ready or its time is up.
pub(crate) fn ended(plan: &Plan<'_>, attempt: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let span = if plan.shape == Shape::Async { plan.spans.function } else { site.located_at(start(attempt)) };
    match plan.end {
        EndForm::None => attempt.clone(),
        EndForm::Awaited => quote_spanned!(span=> #attempt.await),
        EndForm::AwaitedByState => {
            let call = plan.name("call");
            quote_spanned!(span=> #call.make(#attempt).await)
        }
        EndForm::Within(key, _) => {
            // At the key it is said that the error cannot be made from a timeout.
            let span = site.located_at(key.span());
            let pin = plan.runtime(span, "pin");
            let timer_span = site.located_at(plan.spans.timer);
            let [timeout, call, wait] = ["timeout", "call", "wait"].map(|text| plan.name(text));
            let (started, settings) = (waits::timer(plan), settings::policy(plan));
            let pinned = call_at(span, &quote_spanned!(span=> #pin!), attempt.clone());
            let arguments = quote_spanned! {site=>
                #pinned, #call.limit(#timeout, #settings), |#wait| #started
            };
            let within = call_at(timer_span, &plan.runtime(timer_span, "within"), arguments);
            quote_spanned!(timer_span=> #within.await)
        }
    }
}

/// What the body knows of its attempt, if it asks.
pub(crate) fn named(plan: &Plan<'_>) -> Option<TokenStream> {
    let name = plan.attempt_name?;
    let [call, waited] = ["call", "waited"].map(|text| plan.name(text));
    let settings = settings::policy(plan);
    Some(quote_spanned!(plan.spans.site=> let #name = #call.attempt(#settings, &mut #waited);))
}
