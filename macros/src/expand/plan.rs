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

/// What rendering reads. It never looks at the attribute's options, nor at the body.
pub(crate) struct Plan<'a> {
    pub(crate) shape: Shape,
    pub(crate) outcome: OutcomeType,
    pub(crate) policy: PolicyForm<'a>,
    pub(crate) state: StateForm,
    pub(crate) attempt: AttemptForm,
    /// Whether the body has a `break` or a `continue`, of which rustc says other things in a block with a label.
    pub(crate) may_break: bool,
    /// The shared references that the closure or the async block around a body is to borrow as a whole. If it borrowed what
    /// is behind one, and the body changed that, rustc would show the closure.
    pub(crate) borrowed_whole: Vec<Ident>,
    pub(crate) end: EndForm<'a>,
    pub(crate) question: Question,
    pub(crate) wait: WaitForm,
    pub(crate) timer: Timer<'a>,
    pub(crate) on: Option<Cow<'a, Hook>>,
    pub(crate) until: Option<Cow<'a, Hook>>,
    pub(crate) notify: Option<Cow<'a, Hook>>,
    /// The expression after `upstream`: attempts queue there for their turns.
    pub(crate) upstream: Option<UpstreamForm<'a>>,
    /// How many tokens an attempt takes there, if not one.
    pub(crate) cost: Option<&'a Value<u32>>,
    /// The name that the body calls its attempt by.
    pub(crate) attempt_name: Option<&'a Ident>,
    /// The name by which the body calls what the attempt before returned.
    pub(crate) previous: Option<&'a Ident>,
    /// Whether the policy may want to know of success: only a `policy` known at run time may.
    pub(crate) may_notify_success: bool,
    /// The function's name, which events tell with its module.
    pub(crate) function: String,
    /// What events tell instead.
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
    /// A function that is called for the future of each attempt.
    Called,
}

/// The type that an attempt returns.
pub(crate) struct OutcomeType {
    /// The type as a body may name it, with `_` for what it may not, and for the lifetimes.
    pub(crate) named: TokenStream,
    /// The type with its lifetimes, for a closure: rustc then holds what the body returns to them.
    pub(crate) with_lifetimes: TokenStream,
    pub(crate) naming: Naming,
    /// Whether it is a `Result` by its form. Of another type the runtime says that it is none, if so.
    pub(crate) is_result: bool,
}

/// How much of a type a body may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Naming {
    Whole,
    /// There is an `impl Trait` in it, which the compiler learns from what the function returns.
    InPart,
    /// There may be one where it cannot be replaced: in a macro, in the arguments of an alias.
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

/// What remembers a call between its attempts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateForm {
    /// The number of failures.
    Plain,
    /// The number of failures, and the timer of the running wait.
    PlainAsync,
    /// All that the runtime's state machine asks for, with this clock.
    Full(ClockForm),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClockForm {
    /// No clock is ever read.
    Untimed,
    /// The system's time.
    Blocking,
    /// The timer's time, which a test may hold still.
    Asynchronous,
}

/// What one attempt is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttemptForm {
    /// The user's block stands in the loop as it is: it cannot leave the loop, and this compiles in less time and takes
    /// less room in a future. `may_diverge`: the block needs a guard, or our code behind it may be unreachable.
    InPlace { may_diverge: bool },
    /// A closure that is called, so that `return` and `?` end the attempt only.
    Closure,
    /// An async block that is awaited, so that `return` and `?` end the attempt only.
    Block,
}

/// What is done with an attempt until it has an outcome.
#[derive(Clone, Copy)]
pub(crate) enum EndForm<'a> {
    /// Nothing: it is the outcome.
    None,
    /// It is awaited.
    Awaited,
    /// It is handed to the state, which first waits for its time, and awaited with it.
    AwaitedByState,
    /// It is awaited up to the timeout, which stands after this key.
    Within(&'a Ident, &'a Value<Duration>),
}

/// What the state is asked after an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// What follows a failure.
    Failure { never_waits: bool },
    /// What follows a failure, a value that `until` refuses, or a success that is told.
    Everything,
    /// What follows an attempt or the wait for its turn, where calls share an upstream.
    Turn,
}

/// What waits between two attempts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitForm {
    /// The next attempt, in the state.
    NextAttempt,
    /// The state.
    State,
    /// A timer of the round.
    Timer,
    /// The thread.
    Thread,
}

/// What the expression after `upstream` is, less `&`. Either has to outlive the call, or nothing would be shared.
#[derive(Clone, Copy)]
pub(crate) enum UpstreamForm<'a> {
    /// A place, which the call borrows: a static, a field. A constant is made anew where it is named, which rustc refuses
    /// to borrow for longer.
    Place(&'a Expr),
    /// A value, which points to what is shared: an `Arc`, a reference.
    Value(&'a Expr),
}

/// What measures a wait.
#[derive(Clone, Copy)]
pub(crate) enum Timer<'a> {
    /// The runtime's own: tokio's, or the thread's sleep.
    Own,
    /// The hook after `sleep`.
    Hook(&'a Hook),
    /// The hook after `sleep`, behind one closure, where attempts and waits both start timers: made once, a hook of
    /// another type is one mistake.
    SharedHook(&'a Hook),
}

/// Where tokens of ours are shown that an error may name.
pub(crate) struct Spans {
    /// The expansion's own place.
    pub(crate) site: Span,
    /// The return type: it may be no `Result`.
    pub(crate) outcome: Span,
    /// Where the body's last value starts, which an attempt returns, else the return type: a lifetime of it may be wrong.
    pub(crate) returned: Span,
    /// `on`, else the error type, else the return type: the error type may not be `Retryable`.
    pub(crate) on: Span,
    /// The error type, else the return type.
    pub(crate) error_type: Span,
    /// `until`, which may have the wrong type.
    pub(crate) until: Span,
    /// `sleep`, else what makes the function wait for a timer: there may be none.
    pub(crate) timer: Span,
    /// The function's name, for errors that the body's being repeated or borrowed from brings about.
    pub(crate) function: Span,
    /// The function's name as the user wrote it, for what is to look like theirs.
    pub(crate) body: Span,
}

impl<'a> Plan<'a> {
    /// Decides. `outcome` is the type of an attempt, if the signature shows it, and `body` the tokens of one, unless the
    /// function is called for it.
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
            // A hook's timer may be of any type, which the state cannot hold.
            PolicyForm::Bytes(_) if !blocks && sleep.is_none() => StateForm::PlainAsync,
            PolicyForm::Bytes(_) => StateForm::Plain,
            _ if !policy.may_have_deadline() => StateForm::Full(ClockForm::Untimed),
            _ if blocks => StateForm::Full(ClockForm::Blocking),
            _ => StateForm::Full(ClockForm::Asynchronous),
        };
        // To call for a future takes no time, and the call is no part of what a limit or an upstream looks at.
        let stays_in_loop = (shape == Shape::Called || timeout.is_none() && upstream.is_none())
            && outcome_type.naming != Naming::NotAtAll
            && !scan::may_leave(body)
            // Of a closure without a value rustc says that its last statement may have a `;` too much.
            && !(blocks && body.last().is_none_or(|last| scan::is_punct(last, ';')));
        let attempt_form = match shape {
            _ if stays_in_loop => AttemptForm::InPlace { may_diverge: scan::may_diverge(body) },
            Shape::Sync | Shape::Called => AttemptForm::Closure,
            Shape::Async | Shape::AsyncBlock => AttemptForm::Block,
        };
        // The type of what a `move` closure is given is not known before the body, or its attempt only in the loop.
        let in_loop = |hook: &Hook| {
            outcome_type.naming != Naming::Whole || attempt.as_ref().is_some_and(|name| hook.is_closure_over(name))
        };
        let placed = |hook: &'a Option<Hook>| {
            hook.as_ref().map(|hook| if in_loop(hook) { Cow::Owned(hook.in_place()) } else { Cow::Borrowed(hook) })
        };
        let (on, until, notify) = (placed(on), placed(until), placed(notify));
        // A future that borrows them must not borrow the variables, which it may outlive.
        let borrows_whole = !stays_in_loop && matches!(shape, Shape::Sync | Shape::Async);
        let borrowed_whole = if borrows_whole { item.shared_references(body) } else { Vec::new() };
        let may_break = !stays_in_loop
            && ["break", "continue"].iter().any(|word| scan::mentions(body.iter().cloned().collect(), *word));
        let end = match (timeout, attempt_form) {
            (Some((key, timeout)), _) if !blocks => EndForm::Within(key, timeout),
            (_, AttemptForm::InPlace { .. }) if shape != Shape::Called => EndForm::None,
            _ if blocks => EndForm::None,
            // A function must not be called before its time, so that its future cannot wait for it.
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

    /// What a future resolves to whose type has a name of its own.
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
