use std::time::Duration;

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, PathArguments, Token, Type, TypePath};

use crate::errors::Errors;
use crate::item::{Item, Rebound, mentions};
use crate::policy::{Hook, Jitter, Policy, Value};
use crate::returned::{Future, has_impl, is_result, ungroup, without_impl};
use crate::spans::{Pair, Runtime, block, call_at, joined, name, prefixed, start, start_of};
use crate::tail::{Tail, split_async_trait, split_instrumented};
use crate::{args, docs, ide};

/// The whole macro: the function as a loop, or the function as it was and every mistake.
pub(crate) fn retry(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let errors = Errors::default();
    let hints = ide::hints(&arguments);
    let arguments = args::parse(arguments, &errors);
    let item = Item::parse(tokens, &errors);
    let policy = Policy::new(arguments, item.as_ref(), &errors);
    if let (Some((timeout, _)), Some(item)) = (&policy.timeout, &item) {
        if Body::of(item).blocks(item) {
            errors.on(
                timeout,
                "a sync function cannot be interrupted: give the client a timeout of its own, or write `deadline = ...`, \
                 which limits the whole call between its attempts",
            );
        }
    }
    match item {
        Some(item) if errors.is_empty() => expand(item, &policy, hints.as_ref()),
        None if errors.is_empty() => unread(tokens),
        // The function is kept, so that nothing else in the file misses it.
        item => {
            let errors = errors.into_compile_errors();
            let item = match hints {
                Some(hints) => item.map_or_else(|| tokens.clone(), |item| item.unchanged(&hints)),
                None => tokens.clone(),
            };
            quote!(#errors #item)
        }
    }
}

/// A function whose signature cannot be read. Most often the compiler has said what is wrong with it, and an error more
/// would be one too many; but if it is only newer than this macro, the function must not go unrepeated in silence.
fn unread(tokens: &TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut().filter(|token| is_block(token)) {
        let content = body.stream();
        let warned = quote_spanned! {Span::mixed_site()=>
            const _: () = {
                #[deprecated(note = "`#[retry]` cannot read this function's signature, and does not repeat it")]
                const UNREAD: () = ();
                UNREAD
            };
            #content
        };
        *body = block(body.span(), warned);
    }
    tokens.into_iter().collect()
}

fn tokens(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// ```text
/// async fn load(key: &str) -> Result<String, Error> { BODY }
/// ```
/// becomes
/// ```text
/// async fn load(key: &str) -> Result<String, Error> {
///     let mut running = Sleeping::new();
///     loop {
///         {
///             let outcome = running.make(async {
///                 if false { return never::<Result<String, Error>>(); }
///                 'attempt: { BODY }
///             }).await;
///             again!(running.again, &outcome, error or (), on(error), b"POLICY"; "load", return outcome)
///         }
///     }
/// }
/// ```
/// where the end of the round is
/// ```text
///             let next = match &outcome {
///                 Err(error) => running.again(on(error), b"POLICY", "path::load", ()),
///                 _ => None,
///             };
///             match next { Some(wait) => wait, _ => return outcome }
/// ```
/// A sync function calls a closure with the same content instead; what the round ends with is a wait, for
/// `pause(wait)`. A body that cannot leave the loop stands there as it is, as
/// `let outcome: Result<String, Error> = 'attempt: { BODY }` or `= if true { BODY } else { never() }`, and an async one is
/// followed by `running.sleep().await`.
///
/// Where there is more to a call than its failures, it is a `Running`, which is told its waits and finds its policy in a
/// `Site`. So it is with values known at run time, and with some keys. With `until`, and with a `policy` that may want to
/// know of success, everything is asked at once by `running.again_with`. With a `timeout`, the block is awaited as
/// `within(pin!(async { .. }), running.limit(..), |wait| timer(wait))`; with a `deadline`, the call is
/// `Running::new(Stopwatch::asynchronous(..))`.
///
/// A function that returns a future is run as it is up to the async block at its end, in which the loop then stands; if
/// it does not end in one, all of it is an attempt:
/// ```text
/// fn load(key: &str) -> impl Future<Output = Result<String, Error>> { BODY }
/// ```
/// becomes
/// ```text
/// fn load(key: &str) -> impl Future<Output = Result<String, Error>> {
///     async move { ..loop { .. let outcome = (|| { BODY })().await; .. } }
/// }
/// ```
fn expand(mut item: Item, policy: &Policy, hints: Option<&TokenStream>) -> TokenStream {
    let site = Span::mixed_site();
    let Body { content: body, future, tail } = Body::of(&item);
    let import = import(policy);
    let content = if let Some(tail) = tail {
        // What stands before the block may give the parameters' names to something else.
        let rebound = if tail.before.is_empty() { item.rebind_references() } else { Vec::new() };
        let shape = Shape::Future(future.map(|future| Box::new(future.output)));
        let (instrumented, block) = split_instrumented(&item.signature, &tail.block, &tokens(&tail.block));
        let (moved, block) = split_async_trait(&item.signature, &block);
        let expansion = Expansion::new(&item, policy, shape).in_place(&tokens(&block));
        let once = expansion.evaluated_once();
        let repeated = expansion.repeated(&expansion.attempt(&block, &rebound));
        let used = used(&once, &moved);
        let tail = tail.before.clone().into_iter().chain(tail.with(quote!(#once #instrumented #moved #used #repeated)));
        tail.collect()
    } else if let Some(future) = future {
        let expansion = Expansion::new(&item, policy, Shape::Called(Box::new(future.output)));
        let returns = if future.boxed { Some(&item.returns) } else { None }.map(|ty| quote_spanned!(site=> -> #ty));
        let once = expansion.evaluated_once();
        let place = site.located_at(start(&item.returns));
        let repeated = expansion.repeated(&quote_spanned!(place=> (|| #returns #body)()));
        let whole = quote_spanned!(site=> async move { #once #repeated });
        let boxed = expansion.runtime(site, "Box");
        if future.boxed {
            quote_spanned!(site=> #boxed::pin(#whole))
        } else {
            // With a statement before the block, clippy does not propose to write `async fn` instead.
            quote_spanned!(site=> const _: () = (); #whole)
        }
    } else {
        let rebound = item.rebind_references();
        let shape = item.signature.asyncness.map_or(Shape::Sync, |token| Shape::Async(token.span));
        let expansion = Expansion::new(&item, policy, shape).in_place(&item.tokens);
        let once = expansion.evaluated_once();
        let repeated = expansion.repeated(&expansion.attempt(&body, &rebound));
        joined([once, repeated])
    };

    let retries = docs::paragraph(policy, &item.attrs);
    let inner_attrs = item.inner_attrs.iter().map(ToTokens::to_token_stream);
    let content = joined(inner_attrs.chain(hints.cloned()).chain(import).chain([content]));
    item.with(&retries, &block(item.body.span(), content))
}

/// The path after `crate`, named once, so that a wrong one is one error.
fn import(policy: &Policy) -> Option<TokenStream> {
    let path = policy.runtime.as_ref()?;
    let alias = name("crate", Span::mixed_site());
    Some(quote_spanned!(Span::mixed_site()=> use #path as #alias;))
}

/// Statements for the arguments that are moved into a future after a key has read them, and perhaps read by nothing
/// else: the compiler would find them unused.
fn used(once: &TokenStream, moved: &TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = moved.clone().into_iter().collect();
    let assigned = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(name), TokenTree::Punct(equals)] if equals.as_char() == '=' => Some(name),
        _ => None,
    });
    let read = assigned.filter(|name| mentions(once.clone(), *name));
    read.map(|name| quote_spanned!(Span::mixed_site()=> let _ = &#name;)).collect()
}

/// Whether something among the tokens of a body may leave it before its end, or hides what does: a macro, an attribute.
/// A `loop` may have no end, after which the compiler would find our code unreachable.
fn may_leave(body: &[TokenTree]) -> bool {
    let mut after_name = false;
    body.iter().any(|token| match token {
        TokenTree::Ident(name) => {
            after_name = true;
            ["return", "break", "continue", "loop", "yield", "become"].contains(&name.to_string().as_str())
        }
        TokenTree::Punct(punct) => {
            let calls = after_name && punct.as_char() == '!' && punct.spacing() == Spacing::Alone;
            after_name = false;
            calls || matches!(punct.as_char(), '?' | '#')
        }
        TokenTree::Group(group) => {
            // A name may be what `macro_rules!` was given.
            after_name = group.delimiter() == Delimiter::None;
            may_leave(&tokens(group))
        }
        TokenTree::Literal(_) => {
            after_name = false;
            false
        }
    })
}

/// Whether a body ends in the call of a method, or in what is awaited of it. Functions that have no end are seldom
/// methods, and a method that has none is not worth repeating.
fn ends_in_method(body: &[TokenTree]) -> bool {
    let is_dot = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '.');
    match body {
        [.., dot, TokenTree::Ident(word)] => is_dot(dot) && word == "await",
        [.., dot, TokenTree::Ident(_), TokenTree::Group(arguments)] => {
            is_dot(dot) && arguments.delimiter() == Delimiter::Parenthesis
        }
        _ => false,
    }
}

/// What a function has to be repeated, by the form of its body and of its return type.
struct Body {
    content: Group,
    /// What the function returns, where that is written as a future.
    future: Option<Future>,
    /// Where the body ends in an async block, that.
    tail: Option<Tail>,
}

impl Body {
    fn of(item: &Item) -> Self {
        let (_, content) = split_instrumented(&item.signature, &item.body, &item.tokens);
        if item.signature.asyncness.is_some() {
            return Self { content, future: None, tail: None };
        }
        let tail = if is_result(&item.returns) { None } else { Tail::find(&content) };
        Self { content, future: Future::of(&item.returns), tail }
    }

    /// Whether it is that of a sync function.
    fn blocks(&self, item: &Item) -> bool {
        item.signature.asyncness.is_none() && self.future.is_none() && self.tail.is_none()
    }
}

/// How a function waits, and what it returns.
enum Shape {
    Sync,
    /// An `async fn`, and where it says so.
    Async(Span),
    /// A function that ends in an async block, and what that resolves to, if the return type shows it.
    Future(Option<Box<Type>>),
    /// A function that is called for the future of each attempt, and what that resolves to.
    Called(Box<Type>),
}

/// One function's expansion. Tokens that an error may name are shown at what the user wrote: the return type where that
/// is no `Result`, a hook where that has the wrong type, `async` where there is no timer.
struct Expansion<'a> {
    site: Span,
    item: &'a Item,
    policy: &'a Policy,
    runtime: Option<&'a Path>,
    shape: Shape,
    /// The type of the outcome, as a body may name it.
    named: TokenStream,
    /// Whether a body may not: there is an `impl Trait` in it, or a macro that may make one.
    hidden: bool,
    /// Where what is returned is shown.
    returned: Span,
    /// The policy in bytes, if it can be written so.
    written: Option<Vec<u8>>,
    /// Whether the body of an attempt stands in the loop as it is.
    in_place: bool,
    /// Whether such a body may have no end.
    endless: bool,
}

impl<'a> Expansion<'a> {
    fn new(item: &'a Item, policy: &'a Policy, shape: Shape) -> Self {
        let named = match &shape {
            Shape::Future(None) => quote!(_),
            Shape::Future(Some(output)) | Shape::Called(output) => output.to_token_stream(),
            Shape::Sync | Shape::Async(_) => without_impl(&item.returns).into_token_stream(),
        };
        let mut expansion = Self {
            site: Span::mixed_site(),
            item,
            policy,
            runtime: policy.runtime.as_ref(),
            hidden: has_impl(named.clone()),
            returned: Span::mixed_site(),
            written: policy.written(),
            shape,
            named,
            in_place: false,
            endless: false,
        };
        expansion.returned = match expansion.outcome() {
            Type::Path(TypePath { qself: None, path, .. }) => start_of(path),
            other => start(other),
        };
        expansion
    }

    /// What an attempt returns, as far as the signature shows it.
    fn outcome(&self) -> &Type {
        match &self.shape {
            Shape::Future(Some(output)) | Shape::Called(output) => output,
            Shape::Sync | Shape::Async(_) | Shape::Future(None) => &self.item.returns,
        }
    }

    fn name(&self, text: &str) -> Ident {
        prefixed(text, self.site)
    }

    /// Where it stands which errors are retried.
    fn judged_at(&self) -> Span {
        match &self.policy.on {
            Some(on) => on.start(),
            None => self.error_type(),
        }
    }

    /// Where the type of the errors stands, if the return type shows it, else where the return type does.
    fn error_type(&self) -> Span {
        let Type::Path(path) = ungroup(self.outcome()) else { return self.returned };
        match path.path.segments.last().map(|segment| &segment.arguments) {
            Some(PathArguments::AngleBracketed(arguments)) if arguments.args.len() > 1 => {
                arguments.args.last().map_or(self.returned, start)
            }
            _ => self.returned,
        }
    }

    /// The path of the runtime crate, shown at `span`.
    fn krate(&self, span: Span) -> TokenStream {
        let span = self.site.located_at(span);
        if self.runtime.is_some() { name("crate", span).to_token_stream() } else { quote_spanned!(span=> ::persevere) }
    }

    /// The path of something that only the expansion uses.
    fn runtime(&self, span: Span, item: &'static str) -> Runtime {
        let span = self.site.located_at(span);
        Runtime { span, alias: self.runtime.map(|_| name("crate", span)), item }
    }

    /// Everything that is evaluated before the first attempt.
    fn evaluated_once(&self) -> TokenStream {
        let (site, policy) = (self.site, self.policy);
        let mut once = TokenStream::new();
        if self.hidden {
            let (returns, new, learn) = (self.name("returns"), self.runtime(site, "Returns"), self.learn());
            once.extend(quote_spanned!(site=> let #returns = #new::new(); #learn));
        }
        if !policy.is_constant() {
            let (name, value) = (self.name("site"), self.built());
            once.extend(quote_spanned!(site=> let #name = #value;));
        }
        for (hook, text, typed) in [
            (&policy.on, "on", "classifier"),
            (&policy.until, "until", "accepter"),
            (&policy.notify, "notify", "hook"),
            (&policy.sleep, "sleep", "sleeper"),
        ] {
            let value = match hook {
                Some(Hook::Evaluated(value)) => value.to_token_stream(),
                Some(Hook::EvaluatedClosure(value)) => {
                    call_at(start(value), &self.typed(start(value), typed), value.to_token_stream())
                }
                Some(Hook::Path(_) | Hook::Closure(_)) | None => continue,
            };
            let name = self.name(text);
            once.extend(quote_spanned!(site=> let #name = #value;));
        }
        if let Some((_, timeout)) = &policy.timeout {
            let name = self.name("timeout");
            let value = timeout.as_tokens(|timeout| self.duration(*timeout));
            let value = call_at(start(&value), &self.runtime(start(&value), "timeout"), value);
            once.extend(quote_spanned!(site=> let #name = #value;));
        }
        if let Some(upstream) = &policy.upstream {
            let (name, krate, turn) = (self.name("upstream"), self.krate(start(upstream)), self.name("turn"));
            let span = site.located_at(start(upstream));
            let new = self.runtime(site, "Turn");
            once.extend(quote_spanned!(span=> let #name: &#krate::Upstream = &#upstream;));
            once.extend(quote_spanned!(site=> let mut #turn = #new::new();));
        }
        if policy.timeout.is_some() && policy.sleep.is_some() {
            // Attempts and waits both start timers; made once, a hook of another type is one mistake.
            let span = site.located_at(self.timed());
            let [timer, wait] = ["timer", "wait"].map(|text| name(text, span));
            let started = policy.sleep.as_ref().map(|hook| self.pause_with(hook, "timer_with"));
            let started = block(span, quote!(#started));
            once.extend(quote_spanned!(span=> let #timer = |#wait| #started;));
        }
        if policy.attempt.is_some() {
            let (name, none) = (self.name("waited"), self.duration(Duration::ZERO));
            once.extend(quote_spanned!(site=> let mut #name = #none;));
        }
        once
    }

    /// A duration that is known while compiling.
    fn duration(&self, value: Duration) -> TokenStream {
        let (seconds, nanos) = (value.as_secs(), value.subsec_nanos());
        let duration = self.runtime(self.site, "Duration");
        quote_spanned!(self.site=> #duration::new(#seconds, #nanos))
    }

    /// A statement that is never reached: it tells the compiler what is returned before it reads the body.
    fn learn(&self) -> TokenStream {
        let site = self.site;
        let never = if self.hidden {
            let returns = self.name("returns");
            quote_spanned!(site=> #returns.never())
        } else {
            let (never, outcome) = (self.runtime(site, "never"), &self.named);
            quote_spanned!(site=> #never::<#outcome>())
        };
        quote_spanned!(site=> if false { return #never; })
    }

    /// What gives a hook its type, for this function's outcome.
    fn typed(&self, span: Span, function: &'static str) -> TokenStream {
        let (typed, outcome) = (self.runtime(span, function), &self.named);
        let span = self.site.located_at(span);
        match function {
            "sleeper" => typed.into_token_stream(),
            "classifier" => quote_spanned!(span=> #typed::<#outcome, _, _>),
            _ => quote_spanned!(span=> #typed::<#outcome, _>),
        }
    }

    /// The loop around an attempt, to be the last of a block.
    fn repeated(&self, attempt: &TokenStream) -> TokenStream {
        let site = self.site;
        let running = self.name("running");
        let new = if self.sleeps() {
            // Where there is no timer, this is told.
            let (span, ty) = (site.located_at(self.timed()), self.runtime(self.timed(), "Sleeping"));
            quote_spanned!(span=> #ty::new())
        } else if self.written.is_some() {
            let ty = self.runtime(site, "Waiting");
            quote_spanned!(site=> #ty::new())
        } else {
            let (ty, clock) = (self.runtime(site, "Running"), self.clock());
            quote_spanned!(site=> #ty::new(#clock))
        };
        let (last, round) =
            if self.policy.upstream.is_some() { self.paced(attempt) } else { (None, self.round(attempt)) };
        let pause = self.pause();
        // What is moved away in it is an error that names the loop.
        let span = if self.in_place { site } else { self.place() };
        let repeat = quote_spanned!(span=> loop { #round #pause });
        quote_spanned!(site=> let mut #running = #new; #last #repeat)
    }

    /// What tells the time to a call.
    fn clock(&self) -> TokenStream {
        let site = self.site;
        if !self.policy.is_timed() {
            return self.runtime(site, "Untimed").into_token_stream();
        }
        let (settings, stopwatch) = (self.site(), self.runtime(site, "Stopwatch"));
        let start = Ident::new(if self.blocks() { "blocking" } else { "asynchronous" }, site);
        quote_spanned!(site=> #stopwatch::#start(#settings))
    }

    fn blocks(&self) -> bool {
        matches!(self.shape, Shape::Sync)
    }

    /// Whether the call holds its timer itself. A hook's may be of any type.
    fn sleeps(&self) -> bool {
        self.written.is_some() && !self.blocks() && self.policy.sleep.is_none()
    }

    /// Whether an attempt is handed to what waits for its time. A function must not be called before.
    fn waits_first(&self) -> bool {
        let awaited = matches!(self.shape, Shape::Async(_) | Shape::Future(_));
        awaited && self.sleeps() && !self.in_place
    }

    /// An attempt, and what is decided about it. The outcome is gone before the wait.
    fn round(&self, attempt: &TokenStream) -> TokenStream {
        let site = self.site;
        let (numbered, attempt, result) = (self.numbered(), self.ended(attempt), self.result());
        let (borrowed, outcome) = (self.borrowed_outcome(), self.name("outcome"));
        let (colon, ty) = if self.in_place { (Some(Token![:](site)), Some(&self.named)) } else { (None, None) };
        let decided = if self.policy.until.is_some() || self.policy.base.is_some() {
            let [running, success, wait, next] = ["running", "success", "wait", "next"].map(|text| self.name(text));
            let [some, none] = ["Some", "None"].map(|item| self.runtime(site, item));
            let until = self.until();
            let succeeds = self.judged("succeeds", quote_spanned!(site=> #borrowed, #until));
            let is_told = self.told().map(|told| quote_spanned!(site=> && !#told));
            let again = self.asked("again_with", &quote_spanned!(site=> #borrowed, #success,));
            quote_spanned! {site=>
                let #success = #succeeds;
                let #next = if #success #is_told { #none } else { #running.#again };
                match #next {
                    #some(#wait) => #wait,
                    #none => #result,
                }
            }
        } else {
            // Where the type may be no `Result`, the runtime says so.
            let split = (!is_result(self.outcome())).then(|| self.runtime(self.returned, "split"));
            self.again(split, &borrowed, &result)
        };
        let round = quote_spanned! {site=>
            {
                #numbered
                let #outcome #colon #ty = #attempt;
                #decided
            }
        };
        if self.sleeps() {
            return round;
        }
        let wait = self.name("wait");
        quote_spanned!(site=> let #wait = #round;)
    }

    /// The wait before the next attempt, if one is to follow, else the end of the call.
    fn again(&self, split: Option<Runtime>, borrowed: &Pair, result: &Pair) -> TokenStream {
        let (site, [running, error]) = (self.site, ["running", "error"].map(|text| self.name(text)));
        let outcome = split.map(|split| call_at(self.returned, &split, borrowed.to_token_stream()));
        let borrowed = outcome.is_none().then_some(borrowed);
        let written = self.written.as_deref().map(Literal::byte_string);
        let method = if self.policy.is_at_once() { "again_at_once" } else { "again" };
        let method = Ident::new(method, site.located_at(self.judged_at()));
        let function = written.is_some().then(|| self.item.signature.ident.to_string());
        let semicolon = written.is_some().then(|| Token![;](site));
        let settings = written.is_none().then(|| self.site());
        let notify = self.policy.notify.as_ref().map(|_| {
            let notify = self.notify();
            quote_spanned!(site=> , #notify)
        });
        let (verdict, again) = (self.verdict(), self.runtime(site, "again"));
        // What is cheaper to hand on where nobody looks at it.
        let unseen = if self.in_place { error.to_token_stream() } else { quote_spanned!(site=> ()) };
        quote_spanned! {site=>
            #again!(
                #running.#method, #outcome #borrowed, #error or #unseen, #verdict,
                #written #semicolon #function #settings, #result #notify
            )
        }
    }

    /// What `on` says of the error.
    fn verdict(&self) -> TokenStream {
        let span = self.judged_at();
        let error = name("error", span).into_token_stream();
        let Some(on) = &self.policy.on else {
            return call_at(span, &self.runtime(span, "retryable"), error);
        };
        match on {
            Hook::Path(path) => call_at(span, path, error),
            Hook::Closure(closure) => call_at(span, &self.runtime(span, "judge"), quote!(#error, &#closure)),
            Hook::Evaluated(_) | Hook::EvaluatedClosure(_) => call_at(span, &name("on", span).to_token_stream(), error),
        }
    }

    /// The wait between two attempts, unless the next attempt waits for it.
    fn pause(&self) -> Option<TokenStream> {
        let site = self.site;
        if self.waits_first() {
            return None;
        }
        if self.sleeps() {
            let running = self.name("running");
            return Some(quote_spanned!(site.located_at(self.timed())=> #running.sleep().await;));
        }
        let (waited, wait) = (self.waited(), self.name("wait").into_token_stream());
        let pause = if !self.blocks() {
            self.awaited(&self.timer())
        } else if let Some(hook) = &self.policy.sleep {
            self.pause_with(hook, "pause_with")
        } else {
            call_at(site, &self.runtime(site, "pause"), wait)
        };
        Some(quote_spanned!(site=> #waited #pause;))
    }

    /// The same under an upstream, which may say that it is not yet this call's turn. The outcome outlives the wait,
    /// for the case that its next turn would come too late. What has to be declared before the loop comes first.
    fn paced(&self, attempt: &TokenStream) -> (Option<TokenStream>, TokenStream) {
        let site = self.site;
        let [outcome, wait, error, ended] = ["outcome", "wait", "error", "ended"].map(|text| self.name(text));
        let [upstream, turn, running, last, answer] =
            ["upstream", "turn", "running", "last", "answer"].map(|text| self.name(text));
        let [option, none, some, ok, err, paced] =
            ["Option", "None", "Some", "Ok", "Err", "Paced"].map(|item| self.runtime(site, item));
        let blocking = self.blocks();
        let now = self.runtime(site, if blocking { "blocking_now" } else { "asynchronous_now" });
        let pace = quote_spanned!(site=> #paced::new(#upstream, &mut #turn, #now));
        let (numbered, attempt, result) = (self.numbered(), self.ended(attempt), self.result());
        let after = self.asked("after", &quote_spanned!(site=> #error, #ended, #some(&#pace),));
        let (until, is_told) = (self.until(), self.told().map(|told| quote_spanned!(site=> && !#told)));
        let (settings, success, ty) = (self.site(), self.name("success"), &self.named);
        let returned = name("outcome", self.returned);
        let borrowed = self.borrowed_outcome();
        let succeeds = self.judged("succeeds", quote_spanned!(site=> #borrowed, #until));
        // At the same place as before, where what is wrong has been said.
        let kept = name("last", returned.span());
        let kept = quote_spanned!(returned.span()=> &mut #kept);
        let wait_after = self.runtime(site, "wait_after_turn");
        let wait_after = call_at(
            site,
            &wait_after,
            quote_spanned! {site=>
                #answer, #kept, #success, |#error, #ended| #running.#after
            },
        );
        let declared = quote_spanned!(site=> let mut #last: #option<#ty> = #none;);
        let round = quote_spanned! {site=>
            let #wait = {
                let #answer = #pace.ask(&#running, #settings, &mut #last);
                let mut #success = false;
                if #answer.is_go() {
                    #numbered
                    let #outcome = #attempt;
                    #success = #succeeds;
                    if #success {
                        #upstream.succeeded(#now);
                    }
                    if #success #is_told {
                        #result;
                    }
                    #last = #some(#outcome);
                }
                match #wait_after {
                    #err(#outcome) => #result,
                    #ok(#wait) => #wait,
                }
            };
        };
        (Some(declared), round)
    }

    /// The end of the call.
    fn result(&self) -> Pair {
        let outcome = name("outcome", self.returned);
        Pair(Ident::new("return", outcome.span()).into(), outcome)
    }

    fn borrowed_outcome(&self) -> Pair {
        let outcome = name("outcome", self.returned);
        let mut and = Punct::new('&', Spacing::Alone);
        and.set_span(outcome.span());
        Pair(and.into(), outcome)
    }

    /// The call of a method that asks everything about an attempt.
    fn asked(&self, method: &str, first: &TokenStream) -> TokenStream {
        let site = self.site;
        let span = self.policy.on.as_ref().map_or(site, Hook::start);
        let settings = self.site();
        let (on, notify, describe) = (self.on(), self.notify(), self.runtime(site, "describe"));
        let arguments = quote_spanned!(site=> #first #settings, #on, #notify, #describe!());
        call_at(span, &Ident::new(method, site.located_at(span)).into_token_stream(), arguments)
    }

    /// The call of a function that asks about an attempt, shown at `until`, whose type it checks.
    fn judged(&self, function: &'static str, arguments: TokenStream) -> TokenStream {
        let span = self.accepted();
        call_at(span, &self.runtime(span, function), arguments)
    }

    /// Where it stands which values are good.
    fn accepted(&self) -> Span {
        self.policy.until.as_ref().map_or(self.site, Hook::start)
    }

    /// An attempt with its end: for a future, when it is ready or its time is up.
    fn ended(&self, attempt: &TokenStream) -> TokenStream {
        let Some((key, _)) = self.policy.timeout.as_ref().filter(|_| !self.blocks()) else {
            let span = match self.shape {
                _ if self.in_place => return attempt.clone(),
                Shape::Sync => return attempt.clone(),
                Shape::Async(_) => self.place(),
                Shape::Future(_) | Shape::Called(_) => self.site.located_at(start(attempt)),
            };
            if !self.waits_first() {
                return quote_spanned!(span=> #attempt.await);
            }
            let running = self.name("running");
            return quote_spanned!(span=> #running.make(#attempt).await);
        };
        // Here it is said that the error cannot be made from a timeout.
        let span = self.site.located_at(key.span());
        let pin = self.runtime(span, "pin");
        let timed = self.site.located_at(self.timed());
        let ([timeout, running, wait], settings) =
            (["timeout", "running", "wait"].map(|text| self.name(text)), self.site());
        let started = self.timer();
        let pinned = call_at(span, &quote_spanned!(span=> #pin!), attempt.clone());
        let arguments = quote_spanned! {self.site=>
            #pinned, #running.limit(#timeout, #settings), |#wait| #started
        };
        let within = call_at(timed, &self.runtime(timed, "within"), arguments);
        quote_spanned!(timed=> #within.await)
    }

    /// What the body knows of its attempt, if it asks.
    fn numbered(&self) -> Option<TokenStream> {
        let name = self.policy.attempt.as_ref()?;
        let (site, [running, waited]) = (self.site, ["running", "waited"].map(|text| self.name(text)));
        let settings = self.site();
        Some(quote_spanned!(site=> let #name = #running.attempt(#settings, &mut #waited);))
    }

    fn until(&self) -> TokenStream {
        self.policy.until.as_ref().map_or_else(
            || {
                let accepted = self.runtime(self.site, "accepted");
                quote_spanned!(self.site=> &#accepted)
            },
            |until| self.borrowed(until, "until"),
        )
    }

    /// Whether the call's success is of interest: only a policy that is not written here can say so.
    fn told(&self) -> Option<TokenStream> {
        self.policy.base.as_ref()?;
        let (running, settings) = (self.name("running"), self.site());
        Some(quote_spanned!(self.site=> #running.is_told(#settings)))
    }

    /// Where errors of the body stand that its being repeated or borrowed from brings about: at the function's name.
    fn place(&self) -> Span {
        self.site.located_at(self.item.signature.ident.span())
    }

    /// Leaves a body as it is that cannot leave the loop: that compiles in less time, and takes less room in a future.
    fn in_place(mut self, body: &[TokenTree]) -> Self {
        let Policy { timeout, upstream, .. } = self.policy;
        self.in_place = timeout.is_none() && upstream.is_none() && !self.hidden && !may_leave(body);
        self.endless = !ends_in_method(body);
        self
    }

    /// One attempt, as an expression: a closure that is called, or a block to be awaited.
    fn attempt(&self, body: &Group, rebound: &[Rebound]) -> TokenStream {
        let site = self.site;
        let outcome = &self.named;
        let rebound: Vec<TokenStream> = rebound
            .iter()
            .map(|Rebound { cfg, name, mutability, exclusive }| {
                let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
                quote_spanned!(site=> #(#cfg)* let #mutability #name = #value;)
            })
            .collect();
        let place = site.located_at(body.span());
        // The user's braces stay, or the compiler would say twice what it says of them. An `if` or a label keeps them
        // from being unnecessary ones.
        if self.in_place {
            let body = if self.endless {
                // So that our code is not unreachable then.
                let never = self.runtime(site, "never");
                quote_spanned!(place=> if true #body else { #never() })
            } else {
                quote_spanned!(place=> '__persevere: #body)
            };
            return if rebound.is_empty() {
                body
            } else {
                block(place, quote!(#(#rebound)* #body)).into_token_stream()
            };
        }
        let body = quote_spanned!(place=> '__persevere: #body);
        let learn = if self.blocks() && !self.hidden { None } else { Some(self.learn()) };
        let block = block(place, quote!(#learn #(#rebound)* #body));
        if !self.blocks() {
            quote_spanned!(self.place()=> async #block)
        } else if self.hidden {
            quote_spanned!(self.place()=> (|| #block)())
        } else {
            quote_spanned!(self.place()=> (|| -> #outcome #block)())
        }
    }

    /// The policy and the function's path, as an expression.
    fn built(&self) -> TokenStream {
        let site = self.site;
        let krate = self.krate(site);
        let base = self.policy.base.as_ref().map_or_else(
            || quote_spanned!(site=> #krate::Policy::new()),
            |base| quote_spanned!(site=> #krate::__private::policy(#base)),
        );
        let (settings, function, new) = (self.settings(&krate), self.function(), self.runtime(site, "Site"));
        quote_spanned!(site=> #new::new(#base #settings, #function))
    }

    /// The calls of the runtime's methods that set what is set.
    fn settings(&self, krate: &TokenStream) -> TokenStream {
        let (site, policy) = (self.site, self.policy);
        let number = |value: &f64| Literal::f64_suffixed(*value).into_token_stream();
        let duration = |value: &Duration| self.duration(*value);
        let jitter = match &policy.jitter {
            Some(Value::Expr(value)) => Some(quote_spanned!(site=> #krate::__private::jitter(#value))),
            Some(Value::Literal(jitter)) => Some(jitter_variant(*jitter, krate)),
            None => None,
        };
        let values = [
            ("max", argument(policy.max.as_ref(), ToTokens::to_token_stream)),
            ("initial", argument(policy.initial.as_ref(), duration)),
            ("factor", argument(policy.factor.as_ref(), number)),
            ("cap", argument(policy.cap.as_ref(), duration)),
            ("jitter", jitter),
            ("max_retry_after", argument(policy.max_retry_after.as_ref(), duration)),
            ("deadline", argument(policy.deadline.as_ref(), duration)),
        ];
        let settings = values.into_iter().filter_map(|(method, value)| {
            let method = Ident::new(method, site);
            value.map(|value| {
                let argument = call_at(start(&value), &method.to_token_stream(), value);
                quote_spanned!(site=> .#argument)
            })
        });
        settings.collect()
    }

    fn site(&self) -> TokenStream {
        if self.policy.is_constant() {
            let value = self.built();
            quote_spanned!(self.site=> &const { #value })
        } else {
            let name = self.name("site");
            quote_spanned!(self.site=> &#name)
        }
    }

    fn on(&self) -> TokenStream {
        self.policy.on.as_ref().map_or_else(
            || self.forwarding(&self.runtime(self.error_type(), "retryable")),
            |on| self.borrowed(on, "on"),
        )
    }

    fn notify(&self) -> TokenStream {
        self.policy.notify.as_ref().map_or_else(
            || {
                let silent = self.runtime(self.site, "silent");
                quote_spanned!(self.site=> &#silent)
            },
            |notify| match notify {
                Hook::Closure(closure) => {
                    // By a call of its own, so that a closure of another type is shown here and not at `on`.
                    let span = self.site.located_at(start(closure));
                    let typed = call_at(span, &self.typed(span, "hook"), closure.to_token_stream());
                    quote_spanned!(span=> &#typed)
                }
                _ => self.borrowed(notify, "notify"),
            },
        )
    }

    fn borrowed(&self, hook: &Hook, text: &str) -> TokenStream {
        let span = self.site.located_at(hook.start());
        match hook {
            Hook::Path(path) => self.forwarding(&path.to_token_stream()),
            Hook::Closure(closure) => quote_spanned!(span=> &#closure),
            Hook::Evaluated(_) | Hook::EvaluatedClosure(_) => {
                let name = name(text, span);
                quote_spanned!(span=> &#name)
            }
        }
    }

    /// A closure around a path: the argument is coerced as in any call, and what the path needs is checked once.
    fn forwarding(&self, path: &impl ToTokens) -> TokenStream {
        let span = self.site.located_at(start(path));
        let argument = name("argument", span);
        let call = call_at(span, path, argument.to_token_stream());
        quote_spanned!(span=> &|#argument| #call)
    }

    fn function(&self) -> TokenStream {
        let name = self.item.signature.ident.to_string();
        let [concat, module_path] = ["concat", "module_path"].map(|name| self.runtime(self.site, name));
        quote_spanned!(self.site=> #concat!(#module_path!(), "::", #name))
    }

    /// What the body is to know of a wait, if it asks.
    fn waited(&self) -> Option<TokenStream> {
        self.policy.attempt.as_ref()?;
        let [wait, waited] = ["wait", "waited"].map(|text| self.name(text));
        Some(quote_spanned!(self.site=> #waited = #waited.saturating_add(#wait.duration());))
    }

    /// A timer to its end, if there is one.
    fn awaited(&self, timer: &TokenStream) -> TokenStream {
        let (some, sleep) = (self.runtime(self.site, "Some"), self.name("sleep"));
        let awaited = name("sleep", self.site.located_at(self.timed()));
        let awaited = quote_spanned!(awaited.span()=> #awaited.await);
        quote_spanned! {self.site=>
            if let #some(#sleep) = #timer {
                #awaited;
            }
        }
    }

    /// Where it stands that a wait is not the thread's.
    fn timed(&self) -> Span {
        match (&self.policy.sleep, &self.shape) {
            (Some(hook), _) => hook.start(),
            (None, Shape::Async(span)) => *span,
            (None, _) => start(&self.item.returns),
        }
    }

    /// The timer of a wait.
    fn timer(&self) -> TokenStream {
        let span = self.timed();
        let wait = name("wait", span).into_token_stream();
        match (&self.policy.sleep, &self.policy.timeout) {
            (None, _) => call_at(span, &self.runtime(span, "timer"), wait),
            (Some(hook), None) => self.pause_with(hook, "timer_with"),
            (Some(_), Some(_)) => call_at(span, &name("timer", span), wait),
        }
    }

    fn pause_with(&self, hook: &Hook, function: &'static str) -> TokenStream {
        let (span, sleep, wait) = (hook.start(), self.borrowed(hook, "sleep"), self.name("wait"));
        call_at(span, &self.runtime(span, function), quote_spanned!(self.site=> #sleep, #wait))
    }
}

impl<T> Value<T> {
    fn as_tokens(&self, literal: impl Fn(&T) -> TokenStream) -> TokenStream {
        match self {
            Self::Literal(value) => literal(value),
            Self::Expr(value) => value.to_token_stream(),
        }
    }
}

/// A value as an argument.
fn argument<T>(value: Option<&Value<T>>, literal: impl Fn(&T) -> TokenStream) -> Option<TokenStream> {
    value.map(|value| value.as_tokens(literal))
}

/// A variant of the runtime's `Jitter`.
fn jitter_variant(jitter: Jitter, krate: &TokenStream) -> TokenStream {
    let variant = match jitter {
        Jitter::None => quote!(None),
        Jitter::Equal => quote!(Equal),
        Jitter::Full => quote!(Full),
        Jitter::Decorrelated => quote!(Decorrelated),
        Jitter::Fraction(fraction) => quote!(Fraction(#fraction)),
    };
    quote_spanned!(Span::mixed_site()=> #krate::Jitter::#variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_that_cannot_be_read_is_warned_of() {
        let function = quote!(
            fn load() -> Result<u32, Failed>
            where
                u32 = u64,
            {
                Ok(1)
            }
        );
        let kept = retry(quote!(on = |_| true), &function).to_string();
        assert!(kept.contains("cannot read this function's signature"), "{kept}");
    }

    #[test]
    fn a_body_that_may_have_no_end_is_any_but_a_method() {
        for text in ["client.load(key)", "let key = key(); client.load(key).await", "load(key).await"] {
            assert!(ends_in_method(&parsed(text)), "{text}");
        }
        for text in [
            "std::process::exit(1)",
            "load.get",
            "client.load(key);",
            "match self.key { _ => std::process::exit(1) }",
            "",
        ] {
            assert!(!ends_in_method(&parsed(text)), "{text}");
        }
    }

    fn parsed(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    #[test]
    fn what_may_leave_a_body_is_found_wherever_it_stands() {
        for text in [
            "load(key)?",
            "if bad { return Err(Bad); } Ok(1)",
            "items.iter().map(|item| { return item; }).count()",
            "[1, (2, { break 3 })]",
            "{ { continue } }",
            "loop { step() }",
            "format!(\"{key}\")",
            "std::panic!()",
            "#[cfg(windows)] { leave() } Ok(1)",
        ] {
            assert!(may_leave(&parsed(text)), "{text}");
        }
        for text in [
            "client.load(key).await",
            "if a != b && !c { Ok(!d) } else { Err(Bad) }",
            "match key { Key::Return => Ok(1), _ if done => Ok(2), _ => Err(Bad) }",
            "for item in items { add(item, \"return?\"); } Ok(r#loops)",
        ] {
            assert!(!may_leave(&parsed(text)), "{text}");
        }
    }
}
