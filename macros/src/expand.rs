use std::time::Duration;

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, PathArguments, Type};

use crate::errors::Errors;
use crate::item::{Item, Rebound, mentions};
use crate::policy::{Hook, Jitter, Policy, Value};
use crate::returned::{Future, is_result, ungroup};
use crate::spans::{block, call_at, name, start};
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

fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// ```text
/// async fn load(key: &str) -> Result<String, Error> { BODY }
/// ```
/// becomes
/// ```text
/// async fn load(key: &str) -> Result<String, Error> {
///     let returns = Returns::new();
///     if let Some(outcome) = returns.again().none() { return outcome; }
///     let mut call = Call::new();
///     loop {
///         let sleep = {
///             let attempt = returns.again();
///             let outcome = async {
///                 if let Some(outcome) = attempt.none() { return outcome; }
///                 match () { () => { BODY } }
///             }.await;
///             let after = |error, ended| after(
///                 error, ended, &mut call, &mut Untimed, None, &const { Policy::new() }, "path::load", &on, &notify,
///                 describe!()
///             );
///             match timer_after(&outcome, &until, false, after, |wait| timer(wait)) {
///                 None => return outcome,
///                 Some(sleep) => sleep,
///             }
///         };
///         if let Some(sleep) = sleep { sleep.await; }
///     }
/// }
/// ```
/// A sync function calls a closure with the same content instead, returns what succeeded, and hands the rest to
/// `again`, which blocks while it waits. With a `timeout`, the
/// block is awaited as `within(pin!(async { .. }), limit, |wait| timer(wait))`; with a `deadline`, a `Stopwatch` that
/// is started before the loop stands for `Untimed`.
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
    let import = Expansion::new(&item, policy, Shape::Sync).import();
    let content = if let Some(tail) = tail {
        // What stands before the block may give the parameters' names to something else.
        let rebound = if tail.before.is_empty() { item.rebind_references() } else { Vec::new() };
        let shape = Shape::Future(future.map(|future| Box::new(future.output)));
        let expansion = Expansion::new(&item, policy, shape);
        let (instrumented, block) = split_instrumented(&item.signature, &tail.block);
        let (moved, block) = split_async_trait(&item.signature, &block);
        let once = expansion.evaluated_once();
        let repeated = expansion.repeated(&expansion.attempt(&block, &rebound));
        let used = used(&once, &moved);
        let tail = tail.before.clone().into_iter().chain(tail.with(quote!(#once #instrumented #moved #used #repeated)));
        tail.collect()
    } else if let Some(future) = future {
        let expansion = Expansion::new(&item, policy, Shape::Future(Some(Box::new(future.output))));
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
        let expansion = Expansion::new(&item, policy, shape);
        let once = expansion.evaluated_once();
        let repeated = expansion.repeated(&expansion.attempt(&body, &rebound));
        quote!(#once #repeated)
    };

    let Item { attrs, vis, signature, inner_attrs, body, .. } = &item;
    let retries = docs::paragraph(policy, attrs);
    let braces = block(body.span(), quote!(#(#inner_attrs)* #hints #import #content));
    quote!(#(#attrs)* #retries #vis #signature #braces)
}

/// Statements for the arguments that are moved into a future after a key has read them, and perhaps read by nothing
/// else: the compiler would find them unused.
fn used(once: &TokenStream, moved: &TokenStream) -> TokenStream {
    let tokens: Vec<TokenTree> = moved.clone().into_iter().collect();
    let assigned = tokens.windows(2).filter_map(|pair| match pair {
        [TokenTree::Ident(name), TokenTree::Punct(equals)] if equals.as_char() == '=' => Some(name),
        _ => None,
    });
    let read = assigned.filter(|name| mentions(once.clone(), name));
    read.map(|name| quote_spanned!(Span::mixed_site()=> let _ = &#name;)).collect()
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
        let (_, content) = split_instrumented(&item.signature, &item.body);
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
    /// A function that returns a future, and what that resolves to, if the return type shows it.
    Future(Option<Box<Type>>),
}

/// Where the type of the errors stands, if the return type shows it, else where the return type does.
fn error_type(returns: &Type) -> Span {
    let Type::Path(path) = ungroup(returns) else { return start(returns) };
    match path.path.segments.last().map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) if arguments.args.len() > 1 => {
            arguments.args.last().map_or_else(|| start(returns), start)
        }
        _ => start(returns),
    }
}

/// One function's expansion. Tokens that an error may name are shown at what the user wrote: the return type where that
/// is no `Result`, a hook where that has the wrong type, `async` where there is no timer.
struct Expansion<'a> {
    site: Span,
    item: &'a Item,
    policy: &'a Policy,
    runtime: Option<&'a Path>,
    shape: Shape,
}

impl<'a> Expansion<'a> {
    fn new(item: &'a Item, policy: &'a Policy, shape: Shape) -> Self {
        Self { site: Span::mixed_site(), item, policy, runtime: policy.runtime.as_ref(), shape }
    }

    /// What an attempt returns, as far as the signature shows it.
    fn outcome(&self) -> &Type {
        match &self.shape {
            Shape::Future(Some(output)) => output,
            Shape::Sync | Shape::Async(_) | Shape::Future(None) => &self.item.returns,
        }
    }

    fn name(&self, text: &str) -> Ident {
        name(text, self.site)
    }

    /// The path of the runtime crate, shown at `span`.
    fn krate(&self, span: Span) -> TokenStream {
        let span = self.site.located_at(span);
        if self.runtime.is_some() { name("crate", span).to_token_stream() } else { quote_spanned!(span=> ::persevere) }
    }

    /// The path after `crate`, named once, so that a wrong one is one error.
    fn import(&self) -> Option<TokenStream> {
        let alias = self.name("crate");
        self.runtime.map(|path| quote_spanned!(self.site=> use #path as #alias;))
    }

    /// The path of something that only the expansion uses.
    fn runtime(&self, span: Span, item: &str) -> TokenStream {
        let krate = self.krate(span);
        let span = self.site.located_at(span);
        let item = Ident::new(item, span);
        quote_spanned!(span=> #krate::__private::#item)
    }

    /// Everything that is evaluated before the first attempt.
    fn evaluated_once(&self) -> TokenStream {
        let (site, policy) = (self.site, self.policy);
        let returns = self.name("returns");
        let new = self.runtime(site, "Returns");
        let learn = self.learn(&quote_spanned!(site=> #returns.again()));
        let output = match &self.shape {
            Shape::Future(Some(output)) => Some(quote_spanned!(site=> ::<#output>)),
            Shape::Sync | Shape::Async(_) | Shape::Future(None) => None,
        };
        let mut once = quote_spanned!(site=> let #returns = #new #output::new(); #learn);
        if !policy.is_constant() {
            let (name, value) = (self.name("policy"), self.built());
            once.extend(quote_spanned!(site=> let #name = #value;));
        }
        let returns = quote_spanned!(site=> &#returns,);
        for (hook, text, typed, arguments) in [
            (&policy.on, "on", "classifier", Some(&returns)),
            (&policy.until, "until", "accepter", Some(&returns)),
            (&policy.notify, "notify", "hook", Some(&returns)),
            (&policy.sleep, "sleep", "sleeper", None),
        ] {
            let value = match hook {
                Some(Hook::Evaluated(value)) => value.to_token_stream(),
                Some(Hook::EvaluatedClosure(value)) => {
                    call_at(start(value), &self.runtime(start(value), typed), quote!(#arguments #value))
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
        if policy.is_timed() {
            let (name, policy, stopwatch) = (self.name("clock"), self.policy(), self.runtime(site, "Stopwatch"));
            let start = Ident::new(if matches!(self.shape, Shape::Sync) { "blocking" } else { "asynchronous" }, site);
            once.extend(quote_spanned!(site=> let mut #name = #stopwatch::#start(#policy);));
        }
        once
    }

    /// A duration that is known while compiling.
    fn duration(&self, value: Duration) -> TokenStream {
        let (seconds, nanos) = (value.as_secs(), value.subsec_nanos());
        let duration = self.runtime(self.site, "Duration");
        quote_spanned!(self.site=> #duration::new(#seconds, #nanos))
    }

    /// A statement that never returns: it tells the compiler what is returned before it reads the body.
    fn learn(&self, returns: &TokenStream) -> TokenStream {
        let some = self.runtime(self.site, "Some");
        let outcome = name("outcome", start(self.outcome()));
        quote_spanned!(self.site=> if let #some(#outcome) = #returns.none() { return #outcome; })
    }

    /// The loop around an attempt, to be the last of a block.
    fn repeated(&self, attempt: &TokenStream) -> TokenStream {
        let site = self.site;
        let (call, new) = (self.name("call"), self.runtime(site, "Call"));
        let (last, round) =
            if self.policy.upstream.is_some() { self.paced(attempt) } else { (None, self.round(attempt)) };
        let repeat = quote_spanned!(self.place()=> loop { #round });
        quote_spanned!(site=> let mut #call = #new::new(); #last #repeat)
    }

    /// An attempt, and what is to be waited for then.
    fn round(&self, attempt: &TokenStream) -> TokenStream {
        let site = self.site;
        let [own, outcome, returns, wait, success, sleep] =
            ["attempt", "outcome", "returns", "wait", "success", "sleep"].map(|text| self.name(text));
        let [none, some, err] = ["None", "Some", "Err"].map(|item| self.runtime(site, item));
        let (numbered, attempt, result) = (self.numbered(), self.ended(attempt), self.result());
        let (until, told, after) = self.after(&none);
        let returned = name("outcome", start(self.outcome()));
        let borrowed = quote_spanned!(returned.span()=> &#returned);
        let timed = site.located_at(self.timed());
        let begin = if self.policy.sleep.is_none() && self.policy.attempt.is_none() {
            self.runtime(timed, if matches!(self.shape, Shape::Sync) { "pause" } else { "timer" })
        } else {
            let (waited, start) = (self.waited(), self.start());
            let begin = block(timed, quote!(#waited #start));
            quote_spanned!(timed=> |#wait| #begin)
        };
        let attempted = quote_spanned! {site=>
            #numbered
            let #own = #returns.again();
            let #outcome = #attempt;
        };
        if let Shape::Sync = self.shape {
            let succeeds = self.judged("succeeds", quote_spanned!(site=> #borrowed, #until));
            let is_told = told.map(|told| quote_spanned!(site=> && !#told));
            // At the same place as before, where what is wrong has been said.
            let arguments = quote_spanned!(site=> #returned, #success, #after, #begin);
            let again = call_at(timed, &self.runtime(timed, "again"), arguments);
            return quote_spanned! {site=>
                #attempted
                let #success = #succeeds;
                if #success #is_told {
                    #result;
                }
                if let #err(#outcome) = #again {
                    #result;
                }
            };
        }
        let told = told.unwrap_or_else(|| quote_spanned!(site=> false));
        let arguments = quote_spanned!(site=> #borrowed, #until, #told, #after, #begin);
        let place = if self.policy.until.is_some() { self.accepted() } else { timed };
        let timer_after = call_at(place, &self.runtime(place, "timer_after"), arguments);
        let awaited = self.awaited(&sleep.to_token_stream());
        quote_spanned! {site=>
            let #sleep = {
                #attempted
                match #timer_after {
                    #none => #result,
                    #some(#sleep) => #sleep,
                }
            };
            #awaited
        }
    }

    /// The same under an upstream, which may say that it is not yet this call's turn. The outcome outlives the wait,
    /// for the case that its next turn would come too late. What has to be declared before the loop comes first.
    fn paced(&self, attempt: &TokenStream) -> (Option<TokenStream>, TokenStream) {
        let site = self.site;
        let [own, outcome, returns, wait] = ["attempt", "outcome", "returns", "wait"].map(|text| self.name(text));
        let [upstream, turn, call, last, answer] =
            ["upstream", "turn", "call", "last", "answer"].map(|text| self.name(text));
        let [some, ok, err, paced] = ["Some", "Ok", "Err", "Paced"].map(|item| self.runtime(site, item));
        let blocking = matches!(self.shape, Shape::Sync);
        let now = self.runtime(site, if blocking { "blocking_now" } else { "asynchronous_now" });
        let pace = quote_spanned!(site=> #paced::new(#upstream, &mut #turn, #now));
        let (numbered, attempt, result) = (self.numbered(), self.ended(attempt), self.result());
        let (until, told, after) = self.after(&quote_spanned!(site=> #some(&#pace)));
        let is_told = told.map(|told| quote_spanned!(site=> && !#told));
        let (clock, policy, success) = (self.clock(false), self.policy(), self.name("success"));
        let returned = name("outcome", start(self.outcome()));
        let borrowed = quote_spanned!(returned.span()=> &#returned);
        let succeeds = self.judged("succeeds", quote_spanned!(site=> #borrowed, #until));
        // At the same place as before, where what is wrong has been said.
        let kept = name("last", returned.span());
        let kept = quote_spanned!(returned.span()=> &mut #kept);
        let wait_after = self.runtime(site, "wait_after_turn");
        let wait_after = call_at(site, &wait_after, quote_spanned!(site=> #answer, #kept, #success, #after));
        let (waited, start) = (self.waited(), self.start());
        let pause = if blocking { quote_spanned!(site=> #start;) } else { self.awaited(&start) };
        let declared = quote_spanned!(site=> let mut #last = #returns.again().none(););
        let round = quote_spanned! {site=>
            let #wait = {
                let #answer = #pace.ask(&#call, #clock, #policy, &mut #last);
                let mut #success = false;
                if #answer.is_go() {
                    #numbered
                    let #own = #returns.again();
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
            #waited
            #pause
        };
        (Some(declared), round)
    }

    /// The end of the call.
    fn result(&self) -> TokenStream {
        let result = name("outcome", start(self.outcome()));
        quote_spanned!(result.span()=> return #result)
    }

    /// What is asked about an attempt: `until`, whether success is of interest, and everything else, behind a closure.
    fn after(&self, pace: &TokenStream) -> (TokenStream, Option<TokenStream>, TokenStream) {
        let (site, [call, error, ended]) = (self.site, ["call", "error", "ended"].map(|text| self.name(text)));
        let judged = self.policy.on.as_ref().map_or(site, |on| start(on.expr()));
        let (clock, policy, function) = (self.clock(true), self.policy(), self.function());
        let (on, notify, describe) = (self.on(), self.notify(), self.runtime(site, "describe"));
        let arguments = quote_spanned! {site=>
            #error, #ended, &mut #call, #clock, #pace, #policy, #function, #on, #notify, #describe!()
        };
        let after = if self.policy.is_at_once() { "after_at_once" } else { "after" };
        let after = call_at(judged, &self.runtime(judged, after), arguments);
        (self.until(), self.told(), quote_spanned!(site=> |#error, #ended| #after))
    }

    /// The call of a function that asks about an attempt, shown at `until`, whose type it checks.
    fn judged(&self, function: &str, arguments: TokenStream) -> TokenStream {
        let span = self.accepted();
        call_at(span, &self.runtime(span, function), arguments)
    }

    /// Where it stands which values are good.
    fn accepted(&self) -> Span {
        self.policy.until.as_ref().map_or(self.site, |until| start(until.expr()))
    }

    /// An attempt with its end: for a future, when it is ready or its time is up.
    fn ended(&self, attempt: &TokenStream) -> TokenStream {
        let Some((key, _)) = self.policy.timeout.as_ref().filter(|_| !matches!(self.shape, Shape::Sync)) else {
            return match self.shape {
                Shape::Sync => attempt.clone(),
                Shape::Async(_) => quote_spanned!(self.place()=> #attempt.await),
                Shape::Future(_) => quote_spanned!(self.site.located_at(start(attempt))=> #attempt.await),
            };
        };
        // Here it is said that the error cannot be made from a timeout.
        let span = self.site.located_at(key.span());
        let [limit, pin] = ["limit", "pin"].map(|item| self.runtime(span, item));
        let timed = self.site.located_at(self.timed());
        let (timeout, clock, policy, wait) =
            (self.name("timeout"), self.clock(false), self.policy(), self.name("wait"));
        let started = self.timer();
        let pinned = call_at(span, &quote_spanned!(span=> #pin!), attempt.clone());
        let arguments = quote_spanned! {self.site=>
            #pinned, #limit(#timeout, #clock, #policy), |#wait| #started
        };
        let within = call_at(timed, &self.runtime(timed, "within"), arguments);
        quote_spanned!(timed=> #within.await)
    }

    /// What the body knows of its attempt, if it asks.
    fn numbered(&self) -> Option<TokenStream> {
        let name = self.policy.attempt.as_ref()?;
        let (site, [call, waited]) = (self.site, ["call", "waited"].map(|text| self.name(text)));
        let (clock, policy, attempt) = (self.clock(false), self.policy(), self.runtime(site, "attempt"));
        Some(quote_spanned!(site=> let #name = #attempt(&#call, #clock, #policy, &mut #waited);))
    }

    /// The clock of the call, to be read or also to be moved on.
    fn clock(&self, exclusive: bool) -> TokenStream {
        let site = self.site;
        let mutability = exclusive.then(|| quote_spanned!(site=> mut));
        let clock =
            if self.policy.is_timed() { self.name("clock").to_token_stream() } else { self.runtime(site, "Untimed") };
        quote_spanned!(site=> &#mutability #clock)
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
        let (told, call, policy) = (self.runtime(self.site, "is_told"), self.name("call"), self.policy());
        Some(quote_spanned!(self.site=> #told(&#call, #policy)))
    }

    /// Where errors of the body stand that its being repeated or borrowed from brings about: at the function's name.
    fn place(&self) -> Span {
        self.site.located_at(self.item.signature.ident.span())
    }

    /// One attempt, as an expression: a closure that is called, or a block to be awaited.
    fn attempt(&self, body: &Group, rebound: &[Rebound]) -> TokenStream {
        let site = self.site;
        let own = self.name("attempt");
        let learn = self.learn(&own.to_token_stream());
        let rebound = rebound.iter().map(|Rebound { cfg, name, mutability, exclusive }| {
            let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
            quote_spanned!(site=> #(#cfg)* let #mutability #name = #value;)
        });
        // As the arm of a match the user's braces are not unnecessary ones.
        let place = site.located_at(body.span());
        let body = quote_spanned!(place=> match () { () => #body });
        let block = block(place, quote!(#learn #(#rebound)* #body));
        match self.shape {
            Shape::Sync => quote_spanned!(self.place()=> (|| #block)()),
            Shape::Async(_) | Shape::Future(_) => quote_spanned!(self.place()=> async #block),
        }
    }

    /// The policy as an expression.
    fn built(&self) -> TokenStream {
        let site = self.site;
        let krate = self.krate(site);
        let base = self.policy.base.as_ref().map_or_else(
            || quote_spanned!(site=> #krate::Policy::new()),
            |base| quote_spanned!(site=> #krate::__private::policy(#base)),
        );
        let settings = self.settings(&krate);
        quote!(#base #settings)
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
            ("max", tokens(policy.max.as_ref(), ToTokens::to_token_stream)),
            ("initial", tokens(policy.initial.as_ref(), duration)),
            ("factor", tokens(policy.factor.as_ref(), number)),
            ("cap", tokens(policy.cap.as_ref(), duration)),
            ("jitter", jitter),
            ("max_retry_after", tokens(policy.max_retry_after.as_ref(), duration)),
            ("deadline", tokens(policy.deadline.as_ref(), duration)),
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

    fn policy(&self) -> TokenStream {
        if self.policy.is_constant() {
            let value = self.built();
            quote_spanned!(self.site=> &const { #value })
        } else {
            let name = self.name("policy");
            quote_spanned!(self.site=> &#name)
        }
    }

    fn on(&self) -> TokenStream {
        self.policy.on.as_ref().map_or_else(
            || self.forwarding(&self.runtime(error_type(self.outcome()), "retryable")),
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
                    let returns = self.name("returns");
                    let typed = call_at(span, &self.runtime(span, "hook"), quote_spanned!(span=> &#returns, #closure));
                    quote_spanned!(span=> &#typed)
                }
                _ => self.borrowed(notify, "notify"),
            },
        )
    }

    fn borrowed(&self, hook: &Hook, text: &str) -> TokenStream {
        let span = self.site.located_at(start(hook.expr()));
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
    fn forwarding(&self, path: &TokenStream) -> TokenStream {
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

    /// The wait between two attempts: to its end, or for a future the timer.
    fn start(&self) -> TokenStream {
        if !matches!(self.shape, Shape::Sync) {
            return self.timer();
        }
        self.policy.sleep.as_ref().map_or_else(
            || call_at(self.site, &self.runtime(self.site, "pause"), self.name("wait").to_token_stream()),
            |hook| self.pause_with(hook, "pause_with"),
        )
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
            (Some(hook), _) => start(hook.expr()),
            (None, Shape::Async(span)) => *span,
            (None, _) => start(&self.item.returns),
        }
    }

    /// The timer of a wait.
    fn timer(&self) -> TokenStream {
        let span = self.timed();
        match (&self.policy.sleep, &self.policy.timeout) {
            (None, _) => call_at(span, &self.runtime(span, "timer"), name("wait", span).to_token_stream()),
            (Some(hook), None) => self.pause_with(hook, "timer_with"),
            (Some(_), Some(_)) => {
                call_at(span, &name("timer", span).to_token_stream(), name("wait", span).to_token_stream())
            }
        }
    }

    fn pause_with(&self, hook: &Hook, function: &str) -> TokenStream {
        let span = start(hook.expr());
        let (sleep, wait) = (self.borrowed(hook, "sleep"), self.name("wait"));
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
fn tokens<T>(value: Option<&Value<T>>, literal: impl Fn(&T) -> TokenStream) -> Option<TokenStream> {
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
