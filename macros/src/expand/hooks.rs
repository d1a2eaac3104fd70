//! The hooks, as arguments and as calls.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;

use super::plan::{Naming, Plan};
use crate::attribute::Hook;
use crate::spans::{call_at, name, start};

/// `on` as an argument.
pub(crate) fn on(plan: &Plan<'_>) -> TokenStream {
    plan.on.as_deref().map_or_else(
        || forwarding(plan, &plan.runtime(plan.spans.error_type, "retryable")),
        |on| borrowed(plan, on, "on"),
    )
}

/// The answer of `on` to the error at hand.
pub(crate) fn verdict(plan: &Plan<'_>) -> TokenStream {
    let span = plan.spans.on;
    let error = name("error", span).into_token_stream();
    let Some(on) = plan.on.as_deref() else {
        return call_at(span, &plan.runtime(span, "retryable"), error);
    };
    match on {
        Hook::Path(path) => call_at(span, path, error),
        Hook::Closure(closure) => call_at(span, &plan.runtime(span, "judge"), quote!(#error, &#closure)),
        // The hook is passed as an argument: if it is no function, the error names a bound and not our variable.
        Hook::Evaluated(_) => {
            let on = name("on", span);
            call_at(span, &plan.runtime(span, "judge"), quote_spanned!(span=> #error, &#on))
        }
        Hook::EvaluatedClosure(_) => call_at(span, &name("on", span).to_token_stream(), error),
    }
}

/// `until` as an argument.
pub(crate) fn until(plan: &Plan<'_>) -> TokenStream {
    plan.until.as_deref().map_or_else(
        || {
            let accepted = plan.runtime(plan.spans.site, "accepted");
            quote_spanned!(plan.spans.site=> &#accepted)
        },
        |until| borrowed(plan, until, "until"),
    )
}

/// `notify` as an argument.
pub(crate) fn notify(plan: &Plan<'_>) -> TokenStream {
    plan.notify.as_deref().map_or_else(
        || {
            let silent = plan.runtime(plan.spans.site, "silent");
            quote_spanned!(plan.spans.site=> &#silent)
        },
        |notify| match notify {
            Hook::Closure(closure) => {
                // The closure gets a call of its own, so that a closure of a wrong type is reported here and not at
                // `on`.
                let span = plan.spans.site.located_at(start(closure));
                let closure = quote_spanned!(span=> &#closure);
                let outcome = plan.spans.site.located_at(plan.spans.outcome);
                let (returns, placed) = (returns(plan, outcome), plan.runtime(span, "hook_in_place"));
                let returns = quote_spanned!(outcome=> &#returns);
                call_at(span, &placed, quote_spanned!(span=> #returns, #closure))
            }
            _ => borrowed(plan, notify, "notify"),
        },
    )
}

/// A hook as an argument. `text` is the name of its variable, if it is evaluated before the first attempt.
pub(crate) fn borrowed(plan: &Plan<'_>, hook: &Hook, text: &str) -> TokenStream {
    let span = plan.spans.site.located_at(hook.start());
    match hook {
        Hook::Path(path) => forwarding(plan, &path.to_token_stream()),
        Hook::Closure(closure) => quote_spanned!(span=> &#closure),
        Hook::Evaluated(_) | Hook::EvaluatedClosure(_) => {
            let name = name(text, span);
            quote_spanned!(span=> &#name)
        }
    }
}

/// A call of a function of the runtime that returns the hook it is given. From the bound of that function, which knows
/// this function's outcome, a closure learns the type of its parameter.
pub(crate) fn typed(plan: &Plan<'_>, hook: &Expr, function: &'static str) -> TokenStream {
    let span = start(hook);
    let hook = hook.to_token_stream();
    if function == "sleeper" {
        return call_at(span, &plan.runtime(span, function), hook);
    }
    // The method is shown at the return type, where the compiler then says once that it is no `Result`.
    let (returns, function) =
        (returns(plan, span), Ident::new(function, plan.spans.site.located_at(plan.spans.outcome)));
    call_at(span, &quote_spanned!(plan.spans.site.located_at(span)=> #returns.#function), hook)
}

/// A value of the runtime's `Returns`, which knows this function's outcome.
fn returns(plan: &Plan<'_>, span: Span) -> TokenStream {
    if plan.outcome.naming == Naming::Whole {
        let (returns, outcome) = (plan.runtime(span, "Returns"), &plan.outcome.named);
        quote_spanned!(plan.spans.site.located_at(span)=> #returns::<#outcome>::new())
    } else {
        name("returns", span).into_token_stream()
    }
}

/// A closure that calls a path. The argument is coerced as in any call, as from `&String` to `&str`. A function of a
/// wrong type is reported once, by its call: the path itself would be reported for the bound of each function of the
/// runtime that takes it.
fn forwarding(plan: &Plan<'_>, path: &impl ToTokens) -> TokenStream {
    let span = plan.spans.site.located_at(start(path));
    let argument = name("argument", span);
    let call = call_at(span, path, argument.to_token_stream());
    quote_spanned!(span=> &|#argument| #call)
}
