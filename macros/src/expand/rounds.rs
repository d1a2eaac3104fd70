//! The loop around an attempt: what is asked after each round, and what ends the call.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::Token;

use super::ends::{borrowed_outcome, result};
use super::plan::{ClockForm, Naming, Plan, PolicyForm, Question, Shape, StateForm, WaitForm};
use super::{attempt, hooks, settings, waits};
use crate::attribute::Hook;
use crate::spans::{TwoTokens, call_at, name};

/// The loop around an attempt, to be the last of a block.
pub(crate) fn repeated(plan: &Plan<'_>, attempt: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let (call, state) = (plan.name("call"), state(plan));
    let round = match plan.question {
        Question::Turn => round_of_turns(plan, attempt),
        Question::Failure { .. } | Question::Everything => round(plan, attempt),
    };
    let last = plan.keeps_outcome().then(|| last_outcome(plan));
    let pause = waits::pause(plan);
    // If a closure around the body moves a variable away, rustc's error points at the loop: so the loop is shown at the
    // function's name.
    let span = if plan.is_in_place() { site } else { plan.spans.function };
    let repeat = quote_spanned!(span=> loop { #round #pause });
    quote_spanned!(site=> let mut #call = #state; #last #repeat)
}

/// A call before its first attempt.
fn state(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    match plan.state {
        StateForm::PlainAsync => {
            // Without the feature `tokio` there is no timer: the compiler reports that here, by a bound of `new`.
            let (span, ty) = (site.located_at(plan.spans.timer), plan.runtime(plan.spans.timer, "PlainAsyncCall"));
            quote_spanned!(span=> #ty::new())
        }
        StateForm::Plain => {
            let ty = plan.runtime(site, "PlainCall");
            quote_spanned!(site=> #ty::new())
        }
        StateForm::Full(clock) => {
            let (ty, clock) = (plan.runtime(site, "FullCall"), self::clock(plan, clock));
            quote_spanned!(site=> #ty::new(#clock))
        }
    }
}

/// The clock of a call.
fn clock(plan: &Plan<'_>, clock: ClockForm) -> TokenStream {
    let site = plan.spans.site;
    let start = match clock {
        ClockForm::Untimed => return plan.runtime(site, "Untimed").into_token_stream(),
        ClockForm::Blocking => "blocking",
        ClockForm::Asynchronous => "asynchronous",
    };
    let (settings, stopwatch) = (settings::policy(plan), plan.runtime(site, "Stopwatch"));
    let start = Ident::new(start, site);
    quote_spanned!(site=> #stopwatch::#start(#settings))
}

/// An attempt, and what is decided about it. The outcome is dropped before the wait, unless `previous` or a hook needs
/// it.
fn round(plan: &Plan<'_>, attempt: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let (named, begun) = (attempt::named(plan), attempt::begun(plan));
    let (attempt, outcome) = (attempt::ended(plan, attempt), plan.name("outcome"));
    let is_typed = plan.is_in_place() || plan.shape == Shape::Called;
    let (colon, ty) = if is_typed { (Some(Token![:](site)), Some(&plan.outcome.named)) } else { (None, None) };
    let decided = match plan.question {
        Question::Failure { never_waits } => ask_of_failure(plan, never_waits),
        Question::Everything | Question::Turn => ask_everything(plan),
    };
    // Where the body returns the future of an attempt, the variable is declared before the body, so that the future may
    // borrow from it.
    let previous = (plan.shape == Shape::Called).then(|| attempt::previous(plan)).flatten();
    let made = quote_spanned!(site=> #named #begun #previous let #outcome #colon #ty = #attempt;);
    if matches!(plan.wait, WaitForm::NextAttempt | WaitForm::State) {
        return quote_spanned!(site=> { #made #decided });
    }
    let (wait, last) = (plan.name("wait"), plan.name("last"));
    // The question about everything is several statements, which are a value only in braces.
    let value =
        if plan.question == Question::Everything { quote_spanned!(site=> { #decided }) } else { decided.clone() };
    if plan.keeps_outcome() {
        let [some, none] = ["Some", "None"].map(|item| plan.runtime(site, item));
        return quote_spanned! {site=>
            let #wait = {
                #made
                #last = #none;
                let #wait = #value;
                #last = #some(#outcome);
                #wait
            };
        };
    }
    let waited = waits::with_outcome(plan);
    // The hook gets the outcome by value: if it ends the call, the call returns it.
    waited.map_or_else(
        || quote_spanned!(site=> let #wait = { #made #decided };),
        |(name, waited)| quote_spanned!(site=> let #name = { #made let #wait = #value; #waited };),
    )
}

/// The wait before the next attempt, if one is to follow a failure, else the end of the call.
fn ask_of_failure(plan: &Plan<'_>, never_waits: bool) -> TokenStream {
    let (site, [call, error]) = (plan.spans.site, ["call", "error"].map(|text| plan.name(text)));
    let (borrowed, result) = (borrowed_outcome(plan), result(plan));
    // A type that may be no `Result` goes through a function of the runtime, whose bound makes the compiler report it.
    let split = (!plan.outcome.is_result).then(|| {
        let split = plan.runtime(plan.spans.outcome, "split");
        call_at(plan.spans.outcome, &split, borrowed.to_token_stream())
    });
    let borrowed = split.is_none().then_some(borrowed);
    let method = if never_waits { "after_failure_at_once" } else { "after_failure" };
    let method = Ident::new(method, site.located_at(plan.spans.on));
    let policy = match &plan.policy {
        PolicyForm::Bytes(bytes) => {
            let (bytes, function) = (Literal::byte_string(bytes), &plan.function);
            plan.name
                .map_or_else(|| quote_spanned!(site=> #bytes; #function), |name| quote_spanned!(site=> #bytes; = #name))
        }
        PolicyForm::Constant(_) | PolicyForm::PerCall(_) => settings::policy(plan),
    };
    let notify = plan.notify.as_ref().map(|_| {
        let notify = hooks::notify(plan);
        quote_spanned!(site=> , #notify)
    });
    let (verdict, ask) = (hooks::verdict(plan), plan.runtime(site, "after_failure"));
    // Without an observer the error is not needed. `error`, not `()`, where the body stands in place: with `()` LLVM
    // keeps the error in registers across the cold call, which costs a success five instructions.
    let unread = if plan.is_in_place() { error.to_token_stream() } else { quote_spanned!(site=> ()) };
    quote_spanned! {site=>
        #ask!(
            #call.#method, #split #borrowed, #error or #unread, #verdict,
            #policy, #result #notify
        )
    }
}

/// The wait before the next attempt, whatever the outcome is, else the end of the call.
fn ask_everything(plan: &Plan<'_>) -> TokenStream {
    let site = plan.spans.site;
    let [call, success, wait, next] = ["call", "success", "wait", "next"].map(|text| plan.name(text));
    let [some, none] = ["Some", "None"].map(|item| plan.runtime(site, item));
    let (borrowed, result) = (borrowed_outcome(plan), result(plan));
    let succeeds = succeeds(plan, &borrowed);
    let untold = is_untold(plan);
    let asked = asked(plan, "after_attempt", &quote_spanned!(site=> #borrowed, #success,));
    quote_spanned! {site=>
        let #success = #succeeds;
        let #next = if #success #untold { #none } else { #call.#asked };
        match #next {
            #some(#wait) => #wait,
            #none => #result,
        }
    }
}

/// A round under an upstream, which may say that it is not yet this call's turn. The outcome outlives the wait: if the
/// next turn would come too late, the call returns it.
fn round_of_turns(plan: &Plan<'_>, attempt: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let [outcome, wait, error, end] = ["outcome", "wait", "error", "end"].map(|text| plan.name(text));
    let [upstream, turn, call, last, answer] =
        ["upstream", "turn", "call", "last", "answer"].map(|text| plan.name(text));
    let [some, ok, err, paced] = ["Some", "Ok", "Err", "Paced"].map(|item| plan.runtime(site, item));
    let now = plan.runtime(site, if plan.blocks() { "blocking_now" } else { "asynchronous_now" });
    let pace = quote_spanned!(site=> #paced::new(#upstream, &mut #turn, #now));
    let (named, begun) = (attempt::named(plan), attempt::begun(plan));
    let (attempt, result) = (attempt::ended(plan, attempt), result(plan));
    let settings = settings::policy(plan);
    let after = asked(plan, "after_turn", &quote_spanned!(site=> #error, #end, #some(&#pace),));
    let untold = is_untold(plan);
    // The outcome of the attempt before is kept until the body has seen it.
    let ask = if plan.previous.is_some() {
        quote_spanned!(site=> #call.ask(&mut #pace, #settings))
    } else {
        quote_spanned!(site=> #call.ask_turn(&mut #pace, #settings, &mut #last))
    };
    let (previous, dropped) = if plan.previous.is_some() {
        let none = plan.runtime(site, "None");
        let previous = (plan.shape == Shape::Called).then(|| attempt::previous(plan)).flatten();
        (previous, Some(quote_spanned!(site=> #last = #none;)))
    } else {
        (None, None)
    };
    let success = plan.name("success");
    let succeeds = succeeds(plan, &borrowed_outcome(plan));
    // The variable is shown at the return type: an error about that type has been reported there, and is not repeated.
    let kept = name("last", plan.spans.outcome);
    let kept = quote_spanned!(kept.span()=> &mut #kept);
    let wait_after = call_at(
        site,
        &plan.runtime(site, "wait_after_turn"),
        quote_spanned! {site=>
            #answer, #kept, #success, |#error, #end| #call.#after
        },
    );
    quote_spanned! {site=>
        let #wait = {
            let #answer = #ask;
            let mut #success = false;
            #named
            if #answer.is_go() {
                #begun
                #previous
                let #outcome = #attempt;
                #dropped
                #success = #succeeds;
                if #success {
                    #upstream.served(&#turn, #now);
                }
                if #success #untold {
                    #result;
                }
                #last = #some(#outcome);
            }
            match #wait_after {
                #err(#outcome) => #result,
                #ok(#wait) => #wait,
            }
        };
    }
}

/// The variable for the outcome that outlives the waits: for `previous`, or under an upstream.
fn last_outcome(plan: &Plan<'_>) -> TokenStream {
    let (site, last, ty) = (plan.spans.site, plan.name("last"), &plan.outcome.named);
    if plan.outcome.naming != Naming::Whole && plan.previous.is_some() {
        // The body reads the variable, so the compiler has to know its type before the body.
        let returns = plan.name("returns");
        return quote_spanned!(site=> let mut #last = #returns.nothing(););
    }
    let [option, none] = ["Option", "None"].map(|item| plan.runtime(site, item));
    quote_spanned!(site=> let mut #last: #option<#ty> = #none;)
}

/// The call of a method that asks everything about an attempt.
fn asked(plan: &Plan<'_>, method: &str, first: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let span = plan.on.as_deref().map_or(site, Hook::start);
    let settings = settings::policy(plan);
    let (on, notify, describe) = (hooks::on(plan), hooks::notify(plan), plan.runtime(site, "describe"));
    let hooked = plan.notify.as_ref().map(|_| Ident::new("notify", site));
    let arguments = quote_spanned!(site=> #first #settings, #on, #notify, #describe!(#hooked));
    call_at(span, &Ident::new(method, site.located_at(span)).into_token_stream(), arguments)
}

/// Whether the attempt succeeded, shown at `until`, whose type is checked here.
fn succeeds(plan: &Plan<'_>, outcome: &TwoTokens) -> TokenStream {
    let until = hooks::until(plan);
    let succeeds = plan.runtime(plan.spans.until, "succeeds");
    call_at(plan.spans.until, &succeeds, quote_spanned!(plan.spans.site=> #outcome, #until))
}

/// The condition that a success is not to be reported, with `&&` before it. `None` where a success is never reported.
fn is_untold(plan: &Plan<'_>) -> Option<TokenStream> {
    let (call, site) = (plan.name("call"), plan.spans.site);
    plan.may_notify_success.then(|| {
        let settings = settings::policy(plan);
        quote_spanned!(site=> && !#call.reports_success(#settings))
    })
}
