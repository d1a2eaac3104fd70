//! Everything that is evaluated once per call, before the first attempt.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use super::attempt::learn_outcome;
use super::plan::{EndForm, Naming, Plan, Timer, UpstreamForm};
use super::{hooks, settings, waits};
use crate::attribute::{Hook, Value};
use crate::spans::{block, call_at, name, start};

/// The values that are known only at run time, as statements of their own. They may stand before statements of the
/// body.
pub(crate) fn values(plan: &Plan<'_>) -> TokenStream {
    let policy = settings::per_call(plan);
    let timeout = match plan.end {
        EndForm::Within(_, timeout @ Value::Expr(_)) => Some(self::timeout(plan, timeout)),
        _ => None,
    };
    let turn = matches!(plan.cost, Some(Value::Expr(_))).then(|| new_turn(plan));
    policy.into_iter().chain(timeout).chain(turn).collect()
}

/// The statements before the loop, except those of [`values`].
pub(crate) fn evaluated(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    let mut once = TokenStream::new();
    if plan.outcome.naming != Naming::Whole {
        let (returns, ty, learn) = (plan.name("returns"), plan.runtime(site, "Returns"), learn_outcome(plan));
        let outcome = if plan.outcome.naming == Naming::InPart { plan.outcome.named.clone() } else { quote!(_) };
        once.extend(quote_spanned!(site=> let #returns = #ty::<#outcome>::new(); #learn));
    }
    let sleep = match plan.timer {
        Timer::Own => None,
        Timer::Hook(hook) | Timer::SharedHook(hook) => Some(hook),
    };
    for (hook, text, function) in [
        (plan.on.as_deref(), "on", "classifier"),
        (plan.until.as_deref(), "until", "accepter"),
        (plan.notify.as_deref(), "notify", "hook"),
        (sleep, "sleep", "sleeper"),
    ] {
        let value = match hook {
            Some(Hook::Evaluated(value)) => value.to_token_stream(),
            Some(Hook::EvaluatedClosure(value)) => hooks::typed(plan, value, function),
            Some(Hook::Path(_) | Hook::Closure(_)) | None => continue,
        };
        let name = plan.name(text);
        once.extend(quote_spanned!(site=> let #name = #value;));
    }
    if let EndForm::Within(_, timeout @ Value::Literal(_)) = plan.end {
        once.extend(self::timeout(plan, timeout));
    }
    if let Some(form) = plan.upstream {
        let (UpstreamForm::Place(upstream) | UpstreamForm::Value(upstream)) = form;
        let span = site.located_at(start(upstream));
        let [shared, outliving] = ["upstream", "outliving"].map(|function| plan.runtime(span, function));
        let name = plan.name("upstream");
        let owner = self::name("owner", span);
        let borrowed = match form {
            UpstreamForm::Place(place) => quote_spanned!(span=> &#place),
            UpstreamForm::Value(value) => {
                let value = call_at(span, &outliving, value.to_token_stream());
                once.extend(quote_spanned!(span=> let #owner = #value;));
                quote_spanned!(span=> &#owner)
            }
        };
        let shared = call_at(span, &shared, borrowed);
        once.extend(quote_spanned!(span=> let #name = #shared;));
        if !matches!(plan.cost, Some(Value::Expr(_))) {
            once.extend(new_turn(plan));
        }
    }
    if let Timer::SharedHook(hook) = plan.timer {
        let span = site.located_at(plan.spans.timer);
        let [timer, wait] = ["timer", "wait"].map(|text| name(text, span));
        let started = block(span, waits::with_hook(plan, hook, "timer_with"));
        once.extend(quote_spanned!(span=> let #timer = |#wait| #started;));
    }
    if plan.attempt_name.is_some() {
        let (name, none) = (plan.name("waited"), settings::duration(plan, Duration::ZERO));
        once.extend(quote_spanned!(site=> let mut #name = #none;));
    }
    once
}

/// The variable for the turn of a call, which knows how many tokens an attempt takes of the upstream's limits.
fn new_turn(plan: &Plan<'_>) -> TokenStream {
    let (site, turn, ty) = (plan.spans.site, plan.name("turn"), plan.runtime(plan.spans.site, "Turn"));
    let new = match plan.cost {
        None => quote_spanned!(site=> #ty::new()),
        Some(cost) => {
            let cost = cost.as_tokens(ToTokens::to_token_stream);
            let span = site.located_at(start(&cost));
            call_at(span, &plan.runtime(span, "turn_of"), cost)
        }
    };
    quote_spanned!(site=> let mut #turn = #new;)
}

fn timeout(plan: &Plan<'_>, timeout: &Value<Duration>) -> TokenStream {
    let name = plan.name("timeout");
    let value = timeout.as_tokens(|timeout| settings::duration(plan, *timeout));
    let value = call_at(start(&value), &plan.runtime(start(&value), "timeout"), value);
    quote_spanned!(plan.spans.site=> let #name = #value;)
}
