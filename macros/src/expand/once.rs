//! Everything that is evaluated once per call, before the first attempt.

use std::time::Duration;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

use super::attempt::learn_outcome;
use super::plan::{EndForm, Plan, Timer};
use super::{hooks, settings, waits};
use crate::attribute::Hook;
use crate::function::scan;
use crate::spans::{block, call_at, name, start};

/// The statements before the loop.
pub(crate) fn evaluated(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    let mut once = TokenStream::new();
    // An item comes before all statements.
    once.extend(settings::declared(plan));
    if plan.outcome.is_unnameable {
        let (returns, new, learn) = (plan.name("returns"), plan.runtime(site, "Returns"), learn_outcome(plan));
        once.extend(quote_spanned!(site=> let #returns = #new::new(); #learn));
    }
    let sleep = match plan.timer {
        Timer::Own => None,
        Timer::Hook(hook) | Timer::SharedHook(hook) => Some(hook),
    };
    for (hook, text, typed) in [
        (plan.on, "on", "classifier"),
        (plan.until, "until", "accepter"),
        (plan.notify, "notify", "hook"),
        (sleep, "sleep", "sleeper"),
    ] {
        let value = match hook {
            Some(Hook::Evaluated(value)) => value.to_token_stream(),
            Some(Hook::EvaluatedClosure(value)) => {
                call_at(start(value), &hooks::typing(plan, start(value), typed), value.to_token_stream())
            }
            Some(Hook::Path(_) | Hook::Closure(_)) | None => continue,
        };
        let name = plan.name(text);
        once.extend(quote_spanned!(site=> let #name = #value;));
    }
    if let EndForm::Within(_, timeout) = plan.end {
        let name = plan.name("timeout");
        let value = timeout.as_tokens(|timeout| settings::duration(plan, *timeout));
        let value = call_at(start(&value), &plan.runtime(start(&value), "timeout"), value);
        once.extend(quote_spanned!(site=> let #name = #value;));
    }
    if let Some(upstream) = plan.upstream {
        let (name, krate, turn) = (plan.name("upstream"), plan.krate(start(upstream)), plan.name("turn"));
        let span = site.located_at(start(upstream));
        let new = plan.runtime(site, "Turn");
        once.extend(quote_spanned!(span=> let #name: &#krate::Upstream = &#upstream;));
        once.extend(quote_spanned!(site=> let mut #turn = #new::new();));
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

/// Statements for the arguments that are moved into a future after a key has read them, and perhaps read by nothing
/// else: the compiler would find them unused.
pub(crate) fn used(once: &TokenStream, moved: &TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = moved.clone().into_iter().collect();
    let read = scan::assigned(&tokens).filter(|name| scan::mentions(once.clone(), *name));
    read.map(|name| quote_spanned!(Span::mixed_site()=> let _ = &#name;)).collect()
}
