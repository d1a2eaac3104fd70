//! Every decision about one function's expansion, made once, before anything is rendered.

use std::borrow::Cow;
use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, ExprUnary, LitStr, Path, PathArguments, Type, TypePath, UnOp};

use super::wire;
use crate::attribute::{Hook, Options, PolicyOptions, Value};
use crate::function::{Item, is_whole_result, scan, ungroup, without_impl};
use crate::spans::{RuntimePath, prefixed, start, start_of};

/// All that rendering reads. Rendering never looks at the attribute's options, nor at the body.
pub(crate) struct Plan<'a> {
    pub(crate) shape: Shape,
    pub(crate) outcome: OutcomeType,
    pub(crate) policy: PolicyForm<'a>,
    pub(crate) state: StateForm,
    pub(crate) attempt: AttemptForm,
    /// Whether the body has a `break` or a `continue`. In a labeled block rustc reports one that is outside of a loop
    /// by another error than without the attribute, so such a body gets no label.
    pub(crate) may_break: bool,
    /// The shared references that the closure or the async block around a body has to capture whole. If it captured
    /// only a part of what one points to, rustc would report a body that changes this part at the closure, not in the
    /// body.
    pub(crate) borrowed_whole: Vec<Ident>,
    pub(crate) end: EndForm<'a>,
    pub(crate) question: Question,
    pub(crate) wait: WaitForm,
    pub(crate) timer: Timer<'a>,
    pub(crate) on: Option<Cow<'a, Hook>>,
    pub(crate) until: Option<Cow<'a, Hook>>,
    pub(crate) notify: Option<Cow<'a, Hook>>,
    /// The expression after `upstream`, in which attempts queue for their turns.
    pub(crate) upstream: Option<UpstreamForm<'a>>,
    /// How many tokens an attempt takes of the upstream's limit, if not one.
    pub(crate) cost: Option<&'a Value<u32>>,
    /// The name of the variable by which the body knows its attempt.
    pub(crate) attempt_name: Option<&'a Ident>,
    /// The name of the variable by which the body knows what the attempt before returned.
    pub(crate) previous: Option<&'a Ident>,
    /// Whether a success may have to be reported: only the value of `policy = ...` can ask for that, into which the
    /// macro cannot look.
    pub(crate) may_notify_success: bool,
    /// The function's name, which events show behind the path of its module.
    pub(crate) function: String,
    /// The value of `name`, which events show instead of the path.
    pub(crate) name: Option<&'a LitStr>,
    /// The path after `crate`.
    pub(crate) runtime: Option<&'a Path>,
    pub(crate) spans: Spans,
}

/// How a function waits, and where its attempts come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A function that blocks its thread.
    Sync,
    /// An `async fn`.
    Async,
    /// A function that returns a future and ends in an async block: the block is repeated.
    AsyncBlock,
    /// A function that returns a future by other means: for each attempt its body runs again and returns a new one.
    Called,
}

/// The type that an attempt returns.
pub(crate) struct OutcomeType {
    /// The type as a body may name it, with `_` for an `impl Trait` and for each lifetime.
    pub(crate) named: TokenStream,
    /// The type with its lifetimes, for the return type of a closure: rustc then requires them of what the body
    /// returns.
    pub(crate) with_lifetimes: TokenStream,
    pub(crate) naming: Naming,
    /// Whether it is a `Result` by its form. Any other type goes through a function of the runtime, whose bound makes
    /// the compiler report one that is no `Result`.
    pub(crate) is_result: bool,
}

/// How much of a type a body may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Whole,
    /// There is an `impl Trait` in it, for which `_` stands: the compiler learns it from what the function returns.
    InPart,
    /// There may be an `impl Trait` that no `_` can replace: in a macro, or in the arguments of an alias.
    NotAtAll,
}

/// Where the policy of a call comes from.
pub(crate) enum PolicyForm<'a> {
    /// Bytes in a literal: see [`wire`].
    Bytes(Vec<u8>),
    /// A constant.
    Constant(&'a PolicyOptions),
    /// Values known at run time, evaluated before the first attempt.
    PerCall(&'a PolicyOptions),
}

/// What is remembered of a call between its attempts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateForm {
    /// The number of failures.
    Plain,
    /// The number of failures, and the timer of the running wait.
    PlainAsync,
    /// All that the runtime's state machine asks for, and a clock of this form.
    Full(ClockForm),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockForm {
    /// No clock is ever read.
    Untimed,
    /// The system's time.
    Blocking,
    /// The time of the timer, which a test may pause.
    Asynchronous,
}

/// The form of an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptForm {
    /// The user's block stands in the loop as it is, which it cannot leave. It compiles in less time than the other
    /// forms, and takes less room in a future. `may_diverge`: the block needs a guard, or our code behind it may be
    /// unreachable.
    InPlace { may_diverge: bool },
    /// A closure that is called, so that `return` and `?` end the attempt only.
    Closure,
    /// An async block that is awaited, so that `return` and `?` end the attempt only.
    Block,
}

/// The way from an attempt to its outcome.
#[derive(Clone, Copy)]
pub(crate) enum EndForm<'a> {
    /// Nothing is done: the value of the attempt is the outcome.
    None,
    /// The attempt is awaited.
    Awaited,
    /// The attempt is handed to the state, by `call.make(..)`: the wait before it and the attempt are awaited as one
    /// future.
    AwaitedByState,
    /// The attempt is awaited for no longer than the timeout. The key is kept because errors are shown there.
    Within(&'a Ident, &'a Value<Duration>),
}

/// The question to the state after an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// What follows a failure.
    Failure { never_waits: bool },
    /// What follows a failure, a value that `until` refuses, or a success that is reported.
    Everything,
    /// What follows an attempt or the wait for its turn, where calls share an upstream.
    Turn,
}

/// The part of the expansion that waits between two attempts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitForm {
    /// The future of the next attempt: `call.make(..)` waits before it makes the attempt.
    NextAttempt,
    /// The state, which holds the timer: `call.sleep().await`.
    State,
    /// A timer that the loop awaits.
    Timer,
    /// The thread, which sleeps.
    Thread,
}

/// The expression after `upstream`, without a `&`. In either form it has to outlive the call, or no other call would
/// share it.
#[derive(Clone, Copy)]
pub(crate) enum UpstreamForm<'a> {
    /// A place, which the call borrows: a static, a field. A constant is a new value wherever it is named, and rustc
    /// refuses to borrow that for longer than the statement.
    Place(&'a Expr),
    /// A value that points to what is shared: an `Arc`, a reference.
    Value(&'a Expr),
}

/// The timer that measures a wait.
#[derive(Clone, Copy)]
pub(crate) enum Timer<'a> {
    /// The runtime's own: tokio's, or the thread's sleep.
    Own,
    /// The hook after `sleep`.
    Hook(&'a Hook),
    /// The hook after `sleep`, where attempts and waits both start timers. It stands in one closure that both call, so
    /// that a hook of a wrong type is reported once.
    SharedHook(&'a Hook),
}

/// The spans of the tokens of the expansion that an error may point at. Behind the colon stands which error that is.
pub(crate) struct Spans {
    /// The attribute itself, with mixed-site hygiene: the names of the expansion do not meet those of the user.
    pub(crate) site: Span,
    /// The return type: it may be no `Result`.
    pub(crate) outcome: Span,
    /// The start of the body's last value, which an attempt returns, else the return type: a lifetime of the outcome
    /// may be wrong.
    pub(crate) returned: Span,
    /// `on`, else the error type, else the return type: the error type may be no `Retryable`.
    pub(crate) on: Span,
    /// The error type, else the return type: without `on`, the error type may be no `Retryable`.
    pub(crate) error_type: Span,
    /// `until`, which may have the wrong type.
    pub(crate) until: Span,
    /// `sleep`, else the word `async` or the return type, because of which the function needs a timer: there may be no
    /// timer.
    pub(crate) timer: Span,
    /// The function's name, for errors that arise because the body is repeated, or because a closure borrows for it.
    pub(crate) function: Span,
    /// The function's name with the user's own span, for the closure or the block around the body: rustc names captured
    /// variables only of a closure that no macro has made.
    pub(crate) body: Span,
}

impl<'a> Plan<'a> {
    /// Makes all decisions. `outcome` is the type that an attempt returns, if the signature shows it. `body` are the
    /// tokens of an attempt; where the body returns the future of an attempt, they are those of that body.
    pub(crate) fn decide(
        item: &'a Item,
        options: &'a Options,
        shape: Shape,
        outcome: Option<&Type>,
        body: &[TokenTree],
    ) -> Self {
        let Options { policy, timeout, attempt, previous, name, upstream, cost, on, until, notify, sleep, runtime } =
            options;
        let outcome_type = OutcomeType::of(item, outcome, runtime.as_ref());
        let spans = Spans::of(item, shape, outcome, body, options);
        let blocks = shape == Shape::Sync;

        let policy_form = match wire::policy_bytes(options) {
            Some(bytes) => PolicyForm::Bytes(bytes),
            None if policy.is_constant() => PolicyForm::Constant(policy),
            None => PolicyForm::PerCall(policy),
        };
        let state = match policy_form {
            // The timer that a hook makes may be of any type, and the state cannot hold a timer of an unknown type.
            PolicyForm::Bytes(_) if !blocks && sleep.is_none() => StateForm::PlainAsync,
            PolicyForm::Bytes(_) => StateForm::Plain,
            _ if !policy.may_have_deadline() => StateForm::Full(ClockForm::Untimed),
            _ if blocks => StateForm::Full(ClockForm::Blocking),
            _ => StateForm::Full(ClockForm::Asynchronous),
        };
        // A timeout limits a future, so the body has to be an async block. A round under an upstream declares no type
        // for the outcome, from which a body in its place would learn what to coerce a value to. Neither matters where
        // the body returns the future of an attempt: that future is limited, and has a type of its own.
        let stays_in_loop = (shape == Shape::Called || timeout.is_none() && upstream.is_none())
            && outcome_type.naming != Naming::NotAtAll
            && !scan::may_leave(body)
            // A sync body that ends in `;` has no value, which is an error. In a closure rustc reports it at the return
            // type, as without the attribute; of a body in its place it would show all of it.
            && !(blocks && body.last().is_none_or(|last| scan::is_punct(last, ';')));
        let attempt_form = match shape {
            _ if stays_in_loop => AttemptForm::InPlace { may_diverge: scan::may_diverge(body) },
            Shape::Sync | Shape::Called => AttemptForm::Closure,
            Shape::Async | Shape::AsyncBlock => AttemptForm::Block,
        };
        // A closure stands in the loop if the type of its parameter is not known before the body, or if it reads the
        // variable after `attempt`, which exists in the loop only.
        let in_loop = |hook: &Hook| {
            outcome_type.naming != Naming::Whole || attempt.as_ref().is_some_and(|name| hook.is_closure_over(name))
        };
        let placed = |hook: &'a Option<Hook>| {
            hook.as_ref().map(|hook| if in_loop(hook) { Cow::Owned(hook.in_place()) } else { Cow::Borrowed(hook) })
        };
        let (on, until, notify) = (placed(on), placed(until), placed(notify));
        // Only a closure or a block that ends before the function does may borrow the references themselves. A future
        // that the function returns outlives its parameters: it may only borrow what these point to.
        let borrows_whole = !stays_in_loop && matches!(shape, Shape::Sync | Shape::Async);
        let borrowed_whole = if borrows_whole { item.shared_references(body) } else { Vec::new() };
        let may_break = !stays_in_loop
            && ["break", "continue"].iter().any(|word| scan::mentions(body.iter().cloned().collect(), *word));
        let end = match (timeout, attempt_form) {
            // A function that blocks has none: it was reported.
            (Some((key, timeout)), _) => EndForm::Within(key, timeout),
            (_, AttemptForm::InPlace { .. }) if shape != Shape::Called => EndForm::None,
            _ if blocks => EndForm::None,
            // An async block may be made before the wait, as it runs only when it is awaited. A body that returns a
            // future may begin its work when it runs, so it runs after the wait.
            (_, AttemptForm::Block) if state == StateForm::PlainAsync => EndForm::AwaitedByState,
            _ => EndForm::Awaited,
        };
        let question = if upstream.is_some() {
            Question::Turn
        } else if until.is_some() || policy.base.is_some() {
            Question::Everything
        } else {
            Question::Failure { never_waits: policy.never_waits() && !policy.may_have_deadline() }
        };
        let wait = match end {
            EndForm::AwaitedByState => WaitForm::NextAttempt,
            _ if state == StateForm::PlainAsync => WaitForm::State,
            _ if blocks => WaitForm::Thread,
            _ => WaitForm::Timer,
        };
        let timer = match (sleep, timeout) {
            (None, _) => Timer::Own,
            (Some(hook), None) => Timer::Hook(hook),
            (Some(hook), Some(_)) => Timer::SharedHook(hook),
        };
        Self {
            shape,
            outcome: outcome_type,
            policy: policy_form,
            state,
            attempt: attempt_form,
            may_break,
            borrowed_whole,
            end,
            question,
            wait,
            timer,
            on,
            until,
            notify,
            upstream: upstream.as_ref().map(UpstreamForm::of),
            cost: cost.as_ref(),
            attempt_name: attempt.as_ref(),
            previous: previous.as_ref(),
            may_notify_success: policy.base.is_some(),
            function: item.signature.ident.to_string(),
            name: name.as_ref(),
            runtime: runtime.as_ref(),
            spans,
        }
    }

    /// Whether a call blocks its thread.
    pub(crate) fn blocks(&self) -> bool {
        self.shape == Shape::Sync
    }

    /// Whether the outcome of an attempt is kept in a variable of the call while the call waits.
    pub(crate) fn keeps_outcome(&self) -> bool {
        self.question == Question::Turn || self.previous.is_some()
    }

    pub(crate) fn is_in_place(&self) -> bool {
        matches!(self.attempt, AttemptForm::InPlace { .. })
    }
}

impl OutcomeType {
    fn of(item: &Item, outcome: Option<&Type>, runtime: Option<&Path>) -> Self {
        let is_result = outcome.is_some_and(is_whole_result);
        let Some(outcome) = outcome else { return Self::of_alias(item, runtime) };
        let with_lifetimes = without_impl(outcome).into_token_stream();
        let named = scan::any_lifetime(with_lifetimes.clone());
        let naming = if scan::is_unnameable(named.clone()) {
            Naming::NotAtAll
        } else if scan::leaves_out_types(named.clone()) {
            Naming::InPart
        } else {
            Naming::Whole
        };
        Self { named, with_lifetimes, naming, is_result }
    }

    /// The outcome of a future whose type is an alias, or has a name of its own.
    fn of_alias(item: &Item, runtime: Option<&Path>) -> Self {
        let (site, returns) = (Span::mixed_site(), &item.returns);
        if scan::is_unnameable(returns.to_token_stream()) {
            let (named, with_lifetimes) = (quote!(_), quote!(_));
            return Self { named, with_lifetimes, naming: Naming::NotAtAll, is_result: false };
        }
        let future = RuntimePath { span: site, alias: runtime.map(|_| prefixed("crate", site)), item: "Future" };
        let named = quote_spanned!(site=> <#returns as #future>::Output);
        Self { with_lifetimes: named.clone(), named, naming: Naming::Whole, is_result: false }
    }
}

impl<'a> UpstreamForm<'a> {
    fn of(value: &'a Expr) -> Self {
        match value {
            Expr::Reference(reference) => Self::of(&reference.expr),
            Expr::Group(group) => Self::of(&group.expr),
            Expr::Paren(paren) => Self::of(&paren.expr),
            Expr::Path(_) | Expr::Field(_) | Expr::Index(_) | Expr::Unary(ExprUnary { op: UnOp::Deref(_), .. }) => {
                Self::Place(value)
            }
            _ => Self::Value(value),
        }
    }
}

impl Spans {
    fn of(item: &Item, shape: Shape, outcome: Option<&Type>, body: &[TokenTree], options: &Options) -> Self {
        let site = Span::mixed_site();
        let shown = outcome.unwrap_or(&item.returns);
        let outcome = match shown {
            Type::Path(TypePath { qself: None, path, .. }) => start_of(path),
            other => start(other),
        };
        let returned = scan::last_value(body).filter(|_| shape != Shape::Called).unwrap_or(outcome);
        let error_type = error_type_span(shown).unwrap_or(outcome);
        let timer = match (&options.sleep, &item.signature.asyncness) {
            (Some(hook), _) => hook.start(),
            (None, Some(keyword)) => keyword.span(),
            (None, None) if shape == Shape::Sync => site,
            (None, None) => start(&item.returns),
        };
        Self {
            site,
            outcome,
            returned,
            on: options.on.as_ref().map_or(error_type, Hook::start),
            error_type,
            until: options.until.as_ref().map_or(site, Hook::start),
            timer,
            function: site.located_at(item.signature.ident.span()),
            body: item.signature.ident.span(),
        }
    }
}

/// The span of the last of several type arguments: of `E` in `Result<T, E>`.
fn error_type_span(outcome: &Type) -> Option<Span> {
    let Type::Path(path) = ungroup(outcome) else { return None };
    match path.path.segments.last().map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) if arguments.args.len() > 1 => arguments.args.last().map(start),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group};
    use syn::parse_quote;

    use super::*;

    #[test]
    fn a_place_is_borrowed_and_a_value_is_held() {
        // What `macro_rules!` leaves around a fragment.
        let fragment = Group::new(Delimiter::None, quote!(self.service));
        for (written, place) in [
            (quote!(SERVICE), Some("SERVICE")),
            (quote!(&self.service), Some("self . service")),
            (quote!(&(self.service)), Some("self . service")),
            (quote!(&#fragment), Some("self . service")),
            (quote!(services[0]), Some("services [0]")),
            (quote!(*service), Some("* service")),
            (quote!(self.service()), None),
            (quote!(!service), None),
        ] {
            let value: Expr = parse_quote!(#written);
            let found = match UpstreamForm::of(&value) {
                UpstreamForm::Place(place) => Some(place.to_token_stream().to_string()),
                UpstreamForm::Value(_) => None,
            };
            assert_eq!(found.as_deref(), place, "{written}");
        }
    }
}
