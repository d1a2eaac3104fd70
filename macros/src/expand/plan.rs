//! Every decision about one function's expansion, made once, before anything is rendered.

use std::time::Duration;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Expr, Path, PathArguments, Type, TypePath};

use super::wire;
use crate::attribute::{Hook, Options, PolicyOptions, Value};
use crate::function::{Item, is_result, scan, ungroup, without_impl};
use crate::spans::{start, start_of};

/// What rendering reads. It never looks at the attribute's options, nor at the body.
pub(crate) struct Plan<'a> {
    pub(crate) shape: Shape,
    pub(crate) outcome: OutcomeType,
    pub(crate) policy: PolicyForm<'a>,
    pub(crate) state: StateForm,
    pub(crate) attempt: AttemptForm,
    pub(crate) end: EndForm<'a>,
    pub(crate) question: Question,
    pub(crate) wait: WaitForm,
    pub(crate) timer: Timer<'a>,
    pub(crate) on: Option<&'a Hook>,
    pub(crate) until: Option<&'a Hook>,
    pub(crate) notify: Option<&'a Hook>,
    /// The expression after `upstream`: attempts queue there for their turns.
    pub(crate) upstream: Option<&'a Expr>,
    /// The name that the body calls its attempt by.
    pub(crate) attempt_name: Option<&'a Ident>,
    /// Whether the policy may want to know of success: only a `policy` known at run time may.
    pub(crate) may_notify_success: bool,
    /// The function's name, as events tell it.
    pub(crate) function: String,
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
    /// The type as a body may name it, with `_` for what it may not.
    pub(crate) named: TokenStream,
    /// Whether the body may not name all of it, so that the compiler has to learn it.
    pub(crate) is_unnameable: bool,
    /// Whether it is called `Result`. Of another type the runtime says that it is none.
    pub(crate) is_called_result: bool,
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
        let Options { policy, timeout, attempt, upstream, on, until, notify, sleep, runtime } = options;
        let outcome_type = OutcomeType::of(outcome);
        let spans = Spans::of(item, shape, outcome, options);
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
        let stays_in_loop = shape != Shape::Called
            && timeout.is_none()
            && upstream.is_none()
            && !outcome_type.is_unnameable
            && !scan::may_leave(body);
        let attempt_form = match shape {
            _ if stays_in_loop => AttemptForm::InPlace { may_diverge: scan::may_diverge(body) },
            Shape::Sync | Shape::Called => AttemptForm::Closure,
            Shape::Async | Shape::AsyncBlock => AttemptForm::Block,
        };
        let end = match (timeout, attempt_form) {
            (Some((key, timeout)), _) if !blocks => EndForm::Within(key, timeout),
            (_, AttemptForm::InPlace { .. }) => EndForm::None,
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
            end,
            question,
            wait,
            timer,
            on: on.as_ref(),
            until: until.as_ref(),
            notify: notify.as_ref(),
            upstream: upstream.as_ref(),
            attempt_name: attempt.as_ref(),
            may_notify_success: policy.base.is_some(),
            function: item.signature.ident.to_string(),
            runtime: runtime.as_ref(),
            spans,
        }
    }

    /// Whether a call blocks its thread.
    pub(crate) fn blocks(&self) -> bool {
        self.shape == Shape::Sync
    }

    pub(crate) fn is_in_place(&self) -> bool {
        matches!(self.attempt, AttemptForm::InPlace { .. })
    }
}

impl OutcomeType {
    fn of(outcome: Option<&Type>) -> Self {
        let named = outcome.map_or_else(|| quote!(_), |ty| without_impl(ty).into_token_stream());
        Self {
            is_unnameable: scan::is_unnameable(named.clone()),
            is_called_result: outcome.is_some_and(is_result),
            named,
        }
    }
}

impl Spans {
    fn of(item: &Item, shape: Shape, outcome: Option<&Type>, options: &Options) -> Self {
        let site = Span::mixed_site();
        let shown = outcome.unwrap_or(&item.returns);
        let outcome = match shown {
            Type::Path(TypePath { qself: None, path, .. }) => start_of(path),
            other => start(other),
        };
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
            on: options.on.as_ref().map_or(error_type, Hook::start),
            error_type,
            until: options.until.as_ref().map_or(site, Hook::start),
            timer,
            function: site.located_at(item.signature.ident.span()),
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
