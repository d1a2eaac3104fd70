//! The waits between attempts, and the timers that measure them.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};

use super::plan::{Plan, Question, Timer, WaitForm};
use super::{ends, hooks, settings};
use crate::attribute::Hook;
use crate::spans::{call_at, name};

/// The wait between two attempts. There is none here if it is awaited together with the next attempt.
pub(crate) fn pause(plan: &Plan<'_>) -> Option<TokenStream> {
    let site = plan.spans.site;
    let wait = plan.name("wait").into_token_stream();
    let pause = match (plan.wait, plan.timer) {
        (WaitForm::NextAttempt, _) => return None,
        (WaitForm::State, _) => {
            let call = plan.name("call");
            return Some(quote_spanned!(site.located_at(plan.spans.timer)=> #call.sleep().await;));
        }
        (WaitForm::Timer, Timer::Own) => awaited(plan, &timer(plan)),
        (WaitForm::Thread, Timer::Own) => call_at(site, &plan.runtime(site, "pause"), wait),
        (_, Timer::Hook(hook) | Timer::SharedHook(hook)) => return Some(paused(plan, hook)),
    };
    let added = add_to_waited(plan);
    Some(quote_spanned!(site=> #added #pause;))
}

/// The start of a wait by a hook, with the last outcome, which the call returns if the hook ends it; and the name of
/// the variable for what [`pause`] has to finish. `None` without a hook. It is not for a call that keeps its outcome.
pub(crate) fn with_outcome(plan: &Plan<'_>) -> Option<(Ident, TokenStream)> {
    let hook = hook(plan)?;
    let (added, outcome) = (add_to_waited(plan), name("outcome", plan.spans.outcome));
    let begun = begun(plan, hook, &outcome.to_token_stream());
    Some((plan.name("sleep"), quote_spanned!(plan.spans.site=> #added #begun)))
}

fn hook<'a>(plan: &Plan<'a>) -> Option<&'a Hook> {
    match plan.timer {
        Timer::Own => None,
        Timer::Hook(hook) | Timer::SharedHook(hook) => Some(hook),
    }
}

/// A wait by a hook, as an expression: an `Option` with `outcome` if the hook ends the call, or a future of that.
fn begun(plan: &Plan<'_>, hook: &Hook, outcome: &TokenStream) -> TokenStream {
    let (site, span, wait) = (plan.spans.site, plan.spans.timer, plan.name("wait"));
    if plan.wait == WaitForm::Thread {
        let (span, sleep) = (hook.start(), hooks::borrowed(plan, hook, "sleep"));
        return call_at(span, &plan.runtime(span, "pause_with"), quote_spanned!(site=> #sleep, #wait, #outcome));
    }
    let timer = timer(plan);
    call_at(span, &plan.runtime(span, "sleeping"), quote_spanned!(site=> |#wait| #timer, #wait, #outcome))
}

/// The rest of a wait by a hook: if the hook ends the call, the call returns its last outcome.
fn paused(plan: &Plan<'_>, hook: &Hook) -> TokenStream {
    let site = plan.spans.site;
    let (some, outcome, stopped) =
        (plan.runtime(site, "Some"), name("outcome", plan.spans.outcome), ends::stopped(plan));
    let sleep = name("sleep", site.located_at(plan.spans.timer));
    let ended = if plan.wait == WaitForm::Thread {
        sleep.to_token_stream()
    } else {
        quote_spanned!(sleep.span()=> #sleep.await)
    };
    if !plan.keeps_outcome() {
        return quote_spanned!(site=> if let #some(#outcome) = #ended { #stopped });
    }
    let (last, added) = (plan.name("last"), add_to_waited(plan));
    let begun = begun(plan, hook, &quote_spanned!(site=> ()));
    // A call that queues for its first attempt has no outcome to return. If the hook ends it, it makes that attempt at
    // once.
    let rushed = (plan.question == Question::Turn).then(|| {
        let [upstream, turn] = ["upstream", "turn"].map(|text| plan.name(text));
        quote_spanned!(site=> #upstream.rush(&mut #turn);)
    });
    quote_spanned! {site=>
        #added
        let #sleep = #begun;
        if let #some(()) = #ended {
            if let #some(#outcome) = #last.take() {
                #stopped
            }
            #rushed
        }
    }
}

/// The timer of a wait, as an expression.
pub(crate) fn timer(plan: &Plan<'_>) -> TokenStream {
    let span = plan.spans.timer;
    let wait = name("wait", span).into_token_stream();
    match plan.timer {
        Timer::Own => {
            // The function's name goes into the message of the panic where no timer runs.
            let function = settings::policy(plan);
            call_at(span, &plan.runtime(span, "timer"), quote_spanned!(span=> #wait, #function))
        }
        Timer::Hook(hook) => with_hook(plan, hook, "timer_with"),
        Timer::SharedHook(_) => call_at(span, &name("timer", span), wait),
    }
}

/// A wait that is handed to the hook after `sleep`, by a function of the runtime.
pub(crate) fn with_hook(plan: &Plan<'_>, hook: &Hook, function: &'static str) -> TokenStream {
    let (span, sleep, wait) = (hook.start(), hooks::borrowed(plan, hook, "sleep"), plan.name("wait"));
    call_at(span, &plan.runtime(span, function), quote_spanned!(plan.spans.site=> #sleep, #wait))
}

/// A timer that is awaited. There is none for a wait of zero.
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

/// Adds a wait to the time that the body's `Attempt` says was waited, if the body has one.
fn add_to_waited(plan: &Plan<'_>) -> Option<TokenStream> {
    plan.attempt_name?;
    let [wait, waited] = ["wait", "waited"].map(|text| plan.name(text));
    Some(quote_spanned!(plan.spans.site=> #waited = #waited.saturating_add(#wait.duration());))
}
