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
/// The user's braces stay: in new ones the closing brace would have another span, and rustc would report half-typed
/// code once more. An `if` or a label keeps them from being unnecessary ones.
pub(crate) fn render(plan: &Plan<'_>, body: &Group, params: &[ReborrowedParam]) -> TokenStream {
    let site = plan.spans.site;
    let previous = previous(plan);
    let params: Vec<TokenStream> = params
        .iter()
        .map(|ReborrowedParam { attrs, name, mutability, exclusive }| {
            let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
            // The name has the user's span, so that clippy would report `shadow_same` as if the user had written this
            // `let`.
            quote_spanned!(site=> #(#attrs)* #[allow(clippy::shadow_same)] let #mutability #name = #value;)
        })
        .chain(previous)
        .chain(plan.borrowed_whole.iter().map(|name| quote_spanned!(site=> let _ = &#name;)))
        .collect();
    let body_span = body.span();
    let place = site.located_at(body_span);
    // A body in an `if` instead of a labeled block. With the second branch, rustc takes our code behind a body that
    // never ends for reachable. Without a label, rustc says of a `break` in the body what it says of one in any
    // function.
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
    // A closure declares the type that it returns, if that may be named. An async block cannot declare one.
    let learn = (is_block || !is_nameable).then(|| learn_outcome(plan));
    let block = if learn.is_none() && params.is_empty() {
        body.clone()
    } else {
        let body = if plan.may_break { guarded() } else { quote_spanned!(place=> '__persevere: #body) };
        block(body_span, quote!(#learn #(#params)* #body))
    };
    // The closure or block around the body has the span of the user's code. Of a closure that a macro has made, rustc's
    // errors do not name the captured variables.
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

/// The future of one attempt, for a function whose body returns it. `boxed` is the type of that future, where branches
/// of the body may return different ones.
pub(crate) fn called(plan: &Plan<'_>, body: &Group, boxed: Option<&Type>) -> TokenStream {
    let site = plan.spans.site;
    if plan.is_in_place() {
        let place = site.located_at(body.span());
        let body = quote_spanned!(place=> '__persevere: #body);
        // The lifetimes of the type are inferred: the future of an attempt may borrow for the time of that attempt
        // only.
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

/// A statement that is never reached: from it the compiler learns the type of the outcome before it reads the body.
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

/// An attempt up to its outcome. A future is awaited: alone, together with the wait before it, or up to the timeout.
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
            // An error type that is not `From<Elapsed>` is reported at the key.
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

/// The variable by which the body and the closures of hooks know the attempt, if the user names one.
pub(crate) fn named(plan: &Plan<'_>) -> Option<TokenStream> {
    let name = plan.attempt_name?;
    let [call, waited] = ["call", "waited"].map(|text| plan.name(text));
    let (site, settings) = (plan.spans.site, settings::policy(plan));
    Some(quote_spanned!(site=> let #name = #call.attempt(#settings, #waited);))
}

/// The variable by which the body knows what the attempt before returned, if the user names one.
pub(crate) fn previous(plan: &Plan<'_>) -> Option<TokenStream> {
    let name = plan.previous?;
    let (site, last, borrowed) = (plan.spans.site, plan.name("last"), plan.runtime(plan.spans.site, "previous"));
    Some(quote_spanned!(site=> let #name = #borrowed(&mut #last);))
}

/// Sets the time that the call has waited back to zero: for the next attempt only the waits after this one count.
pub(crate) fn begun(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.attempt_name?;
    let (waited, none) = (plan.name("waited"), settings::duration(plan, Duration::ZERO));
    Some(quote_spanned!(plan.spans.site=> #waited = #none;))
}
