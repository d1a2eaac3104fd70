//! One attempt: the user's body as an expression of the loop, and what is done with it until it has an outcome.

use std::time::Duration;

use proc_macro2::{Group, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;

use super::plan::{AttemptForm, EndForm, Naming, Plan, Shape};
use super::{settings, waits};
use crate::function::{ReborrowedParam, scan};
use crate::spans::{block, call_at, start};

/// One attempt, as an expression: the body in its place, a closure that is called, or a block to be awaited.
///
/// The user's braces stay, or the compiler would say twice what it says of them. An `if` or a label keeps them from being
/// unnecessary ones.
pub(crate) fn render(plan: &Plan<'_>, body: &Group, params: &[ReborrowedParam]) -> TokenStream {
    let site = plan.spans.site;
    let previous = previous(plan);
    let params: Vec<TokenStream> = params
        .iter()
        .map(|ReborrowedParam { attrs, name, mutability, exclusive }| {
            let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
            // The name is the user's, so that clippy takes the variable for theirs.
            quote_spanned!(site=> #(#attrs)* #[allow(clippy::shadow_same)] let #mutability #name = #value;)
        })
        .chain(previous)
        .chain(plan.borrowed_whole.iter().map(|name| quote_spanned!(site=> let _ = &#name;)))
        .collect();
    let body_span = body.span();
    let place = site.located_at(body_span);
    // With the second branch our code behind a body that never ends is reachable, as far as rustc knows.
    let guarded = || {
        let never = plan.runtime(site, "never");
        quote_spanned!(place=> if true #body else { #never() })
    };
    if let AttemptForm::InPlace { may_diverge } = plan.attempt {
        let body = if may_diverge { guarded() } else { quote_spanned!(place=> '__persevere: #body) };
        return if params.is_empty() { body } else { block(place, quote!(#(#params)* #body)).into_token_stream() };
    }
    let is_block = plan.attempt == AttemptForm::Block;
    let is_nameable = plan.outcome.naming != Naming::NotAtAll;
    // A closure says what it returns, if it may.
    let learn = (is_block || !is_nameable).then(|| learn_outcome(plan));
    let block = if learn.is_none() && params.is_empty() {
        body.clone()
    } else {
        let body = if plan.may_break { guarded() } else { quote_spanned!(place=> '__persevere: #body) };
        block(body_span, quote!(#learn #(#params)* #body))
    };
    // What holds the body is shown as the user's own: of a closure that a macro has made, rustc names no variable.
    let span = plan.spans.body;
    if is_block {
        return quote_spanned!(span=> async #block);
    }
    let outcome = is_nameable.then(|| {
        let outcome = &plan.outcome.with_lifetimes;
        quote_spanned!(span=> -> #outcome)
    });
    let closure = quote_spanned!(span=> || #outcome #block);
    quote_spanned!(plan.spans.function=> (#closure)())
}

/// The future of one attempt, for a function that is called for it. `boxed` is the type of that future, where branches of
/// the body may return different ones.
pub(crate) fn called(plan: &Plan<'_>, body: &Group, boxed: Option<&Type>) -> TokenStream {
    let site = plan.spans.site;
    if plan.is_in_place() {
        let place = site.located_at(body.span());
        let body = quote_spanned!(place=> '__persevere: #body);
        // Each attempt may borrow for its own time only.
        return match boxed.map(|ty| scan::without_lifetimes(ty.to_token_stream())) {
            Some(ty) => {
                let future = plan.name("future");
                let ty = ty.into_iter().collect::<TokenStream>();
                block(place, quote_spanned!(place=> let #future: #ty = #body; #future)).into_token_stream()
            }
            None => body,
        };
    }
    let returns = boxed.map(|ty| quote_spanned!(site=> -> #ty));
    let span = plan.spans.outcome;
    call_at(span, &plan.runtime(span, "called"), quote_spanned!(plan.spans.body=> || #returns #body))
}

/// A statement that is never reached: it tells the compiler what is returned before it reads the body.
pub(crate) fn learn_outcome(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    let never = if plan.outcome.naming == Naming::Whole {
        let (never, outcome) = (plan.runtime(site, "never"), &plan.outcome.named);
        quote_spanned!(site=> #never::<#outcome>())
    } else {
        let returns = plan.name("returns");
        quote_spanned!(site=> #returns.never())
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

/// What the body and the closures of hooks know of the attempt, if they ask.
pub(crate) fn named(plan: &Plan<'_>) -> Option<TokenStream> {
    let name = plan.attempt_name?;
    let [call, waited] = ["call", "waited"].map(|text| plan.name(text));
    let (site, settings) = (plan.spans.site, settings::policy(plan));
    Some(quote_spanned!(site=> let #name = #call.attempt(#settings, #waited);))
}

/// What the attempt before returned, if the body asks.
pub(crate) fn previous(plan: &Plan<'_>) -> Option<TokenStream> {
    let name = plan.previous?;
    let (site, last, borrowed) = (plan.spans.site, plan.name("last"), plan.runtime(plan.spans.site, "previous"));
    Some(quote_spanned!(site=> let #name = #borrowed(&mut #last);))
}

/// What was waited before an attempt counts from there anew.
pub(crate) fn begun(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.attempt_name?;
    let (waited, none) = (plan.name("waited"), settings::duration(plan, Duration::ZERO));
    Some(quote_spanned!(plan.spans.site=> #waited = #none;))
}
