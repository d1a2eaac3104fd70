//! The waits between attempts, and the timers that measure them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};

use super::hooks;
use super::plan::{Plan, Timer, WaitForm};
use crate::attribute::Hook;
use crate::spans::{call_at, name};

/// The wait between two attempts, unless the next attempt waits for it.
pub(crate) fn pause(plan: &Plan<'_>) -> Option<TokenStream> {
    let site = plan.spans.site;
    let wait = plan.name("wait").into_token_stream();
    let pause = match (plan.wait, plan.timer) {
        (WaitForm::NextAttempt, _) => return None,
        (WaitForm::State, _) => {
            let call = plan.name("call");
            return Some(quote_spanned!(site.located_at(plan.spans.timer)=> #call.sleep().await;));
        }
        (WaitForm::Timer, _) => awaited(plan, &timer(plan)),
        (WaitForm::Thread, Timer::Own) => call_at(site, &plan.runtime(site, "pause"), wait),
        (WaitForm::Thread, Timer::Hook(hook) | Timer::SharedHook(hook)) => with_hook(plan, hook, "pause_with"),
    };
    let added = add_to_waited(plan);
    Some(quote_spanned!(site=> #added #pause;))
}

/// The timer of a wait, as an expression.
pub(crate) fn timer(plan: &Plan<'_>) -> TokenStream {
    let span = plan.spans.timer;
    let wait = name("wait", span).into_token_stream();
    match plan.timer {
        Timer::Own => call_at(span, &plan.runtime(span, "timer"), wait),
        Timer::Hook(hook) => with_hook(plan, hook, "timer_with"),
        Timer::SharedHook(_) => call_at(span, &name("timer", span), wait),
    }
}

/// A wait that is handed to the hook after `sleep`, by a function of the runtime.
pub(crate) fn with_hook(plan: &Plan<'_>, hook: &Hook, function: &'static str) -> TokenStream {
    let (span, sleep, wait) = (hook.start(), hooks::borrowed(plan, hook, "sleep"), plan.name("wait"));
    call_at(span, &plan.runtime(span, function), quote_spanned!(plan.spans.site=> #sleep, #wait))
}

/// A timer to its end, if there is one.
fn awaited(plan: &Plan<'_>, timer: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let (some, sleep) = (plan.runtime(site, "Some"), plan.name("sleep"));
    let awaited = name("sleep", site.located_at(plan.spans.timer));
    let awaited = quote_spanned!(awaited.span()=> #awaited.await);
    quote_spanned! {site=>
        if let #some(#sleep) = #timer {
            #awaited;
        }
    }
}

/// What the body is to know of a wait, if it asks for its attempt.
fn add_to_waited(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.attempt_name?;
    let [wait, waited] = ["wait", "waited"].map(|text| plan.name(text));
    Some(quote_spanned!(plan.spans.site=> #waited = #waited.saturating_add(#wait.duration());))
}
