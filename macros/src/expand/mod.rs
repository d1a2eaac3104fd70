//! The expansion of one function: read, checked, planned, rendered.

mod attempt;
mod before;
mod ends;
mod hooks;
mod names;
mod once;
mod plan;
mod rounds;
mod settings;
mod waits;
mod wire;

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::attribute::{self, Hook, Key, Options};
use crate::errors::Errors;
use crate::function::{Body, Form, Future, Item, Tail, Unwrapped, renamed_self, scan, unwrap};
use crate::spans::{block, joined};
use crate::{docs, ide, manifest};
use plan::{Plan, Shape};

/// The whole macro: the function as a loop, or the function as it was and every mistake.
pub(crate) fn retry(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let (errors, item_errors) = (Errors::default(), Errors::default());
    let hints = ide::hints(&arguments, "keys");
    let item = Item::parse(tokens, &item_errors);
    let arguments = match item.as_ref().and_then(|item| renamed_self(&item.signature, &item.body.stream())) {
        Some(name) => scan::renamed(arguments, &name),
        None => arguments,
    };
    let arguments = attribute::parse(arguments, &errors);
    if arguments.iter().all(|argument| argument.key != Key::Crate) {
        manifest::check(|path| format!("crate = {path}"), &errors);
    }
    errors.append(item_errors);
    let options = Options::new(arguments, item.as_ref(), &errors);
    let item = item.map(|item| (Body::of(&item), item));
    if let Some((body, item)) = &item {
        check(&options, body, item, &errors);
    }
    match item {
        Some((body, item)) if errors.is_empty() => expand(item, &body, &options, hints.as_ref()),
        // The function is kept: without it, each place that calls it would be another error.
        item => {
            let errors = errors.into_compile_errors();
            let item = match hints {
                Some(hints) => item.map_or_else(|| tokens.clone(), |(_, item)| item.unchanged(&hints)),
                None => tokens.clone(),
            };
            quote!(#errors #item)
        }
    }
}

/// Reports the keys that this function cannot have.
fn check(options: &Options, body: &Body, item: &Item, errors: &Errors) {
    if let Some((timeout, _)) = options.timeout.as_ref().filter(|_| body.blocks(item)) {
        errors.on(
            timeout,
            "a sync function cannot be interrupted: give the client a timeout of its own, or write `deadline = ...`, \
             which limits the whole call between its attempts",
        );
    }
    // Hooks and the upstream stand behind the statements that run once. A variable of these would hide a parameter of
    // the same name, so a hook that reads the name is refused.
    if let Form::AsyncBlock(tail, _) = &body.form {
        let is_hidden = |name: &Ident| scan::shadows(&tail.before, name);
        let hooks = [&options.on, &options.until, &options.notify, &options.sleep];
        let hooks = hooks.into_iter().flatten().map(Hook::body);
        for value in hooks.chain(options.upstream.iter().map(ToTokens::to_token_stream)) {
            if let Some(name) = scan::first_read(&value.into_iter().collect::<Vec<_>>(), &is_hidden) {
                let message = format!(
                    "the body has a variable `{name}`, which would be meant here: give that variable another name"
                );
                errors.on(name, message);
            }
        }
    }
}

/// Expands a function. With the names shortened, as `call` for `__persevere_call`,
/// ```text
/// async fn load(key: &str) -> Result<String, Error> { BODY }
/// ```
/// becomes
/// ```text
/// async fn load(key: &str) -> Result<String, Error> {
///     let mut call = PlainAsyncCall::new();
///     loop {
///         {
///             let outcome = call.make(async {
///                 if false { return never::<Result<String, Error>>(); }
///                 'attempt: { BODY }
///             }).await;
///             after_failure!(call.after_failure, &outcome, error or (), on(error), b"POLICY"; "load", return outcome)
///         }
///     }
/// }
/// ```
/// where `after_failure!` stands for
/// ```text
///             let next = match &outcome {
///                 Err(error) => call.after_failure(on(error), b"POLICY", "path::load", ()),
///                 _ => None,
///             };
///             match next { Some(wait) => wait, _ => return outcome }
/// ```
/// In a sync function the attempt is a closure that is called instead. The value of its round is a wait, which is given
/// to `pause(wait)`. A body that cannot leave the loop needs neither closure nor block: it stands there as `let
/// outcome: Result<String, Error> = 'attempt: { BODY }` or `= if true { BODY } else { never() }`. In an async function
/// the round is then followed by `call.sleep().await`.
///
/// Where there is more to a call than its failures, `call` is a `FullCall`, and finds its policy in a `FunctionPolicy`.
/// With `until`, and with a `policy`, which may ask for reports of success, everything is asked at once by
/// `call.after_attempt`. With a `timeout`, the block is awaited as `within(pin!(async { .. }), call.limit(..), |wait|
/// timer(wait))`; with a `deadline`, the call is `FullCall::new(Stopwatch::asynchronous(..))`. [`Plan`] decides all of
/// it.
fn expand(mut item: Item, body: &Body, options: &Options, hints: Option<&TokenStream>) -> TokenStream {
    let (items, content) = match &body.form {
        Form::Function => function(&mut item, options, &body.content),
        Form::AsyncBlock(tail, future) => async_block(&mut item, options, tail, future.as_ref()),
        Form::Called(tail, future) => called(&item, options, tail.as_ref(), future, &body.content),
    };
    let retries = docs::paragraph(options, &item.attrs);
    let inner_attrs = item.inner_attrs.iter().map(ToTokens::to_token_stream);
    let content = joined(inner_attrs.chain(hints.cloned()).chain([items, content]));
    item.with(&retries, &block(item.body.span(), content))
}

/// The items of an expansion, which come before all statements.
fn items(plan: &Plan<'_>) -> TokenStream {
    joined(plan.import().into_iter().chain(settings::constant(plan)))
}

/// A `fn` that blocks or an `async fn`: the loop stands in its body.
fn function(item: &mut Item, options: &Options, body: &Group) -> (TokenStream, TokenStream) {
    let params = item.reborrow_references(&[]);
    let shape = if item.signature.asyncness.is_some() { Shape::Async } else { Shape::Sync };
    let plan = Plan::decide(item, options, shape, Some(&item.returns), &item.tokens);
    let (values, once) = (once::values(&plan), once::evaluated(&plan));
    let repeated = rounds::repeated(&plan, &attempt::render(&plan, body, &params));
    (items(&plan), joined([values, once, repeated]))
}

/// A function that ends in an async block runs as it is up to that block, in which the loop then stands.
fn async_block(item: &mut Item, options: &Options, tail: &Tail, future: Option<&Future>) -> (TokenStream, TokenStream) {
    let params = item.reborrow_references(&tail.before);
    let Unwrapped { once: moved, block } = unwrap(&item.signature, &tail.block);
    let output = future.and_then(|future| future.output.as_ref());
    let plan = Plan::decide(item, options, Shape::AsyncBlock, output, &scan::tokens(&block));
    let attempt = attempt::render(&plan, &block, &params);
    let (once, repeated) = (once::evaluated(&plan), rounds::repeated(&plan, &attempt));
    let first = once::values(&plan);
    if tail.before.is_empty() {
        return (items(&plan), tail.with(quote!(#moved #first #once #repeated)));
    }
    // The values stand before the statements that run once, which may give the parameters' names to other variables.
    let end = quote!(#moved #once #repeated);
    let end = if first.is_empty() { tail.with(end) } else { tail.moving(end) };
    (items(&plan), joined([first, before::rendered(&plan, &tail.before, end)]))
}

/// A function that returns a future and does not end in an async block, or returns before it: for each attempt its body
/// runs again and returns a new future.
/// ```text
/// fn load(key: &str) -> impl Future<Output = Result<String, Error>> { BODY }
/// ```
/// becomes
/// ```text
/// fn load(key: &str) -> impl Future<Output = Result<String, Error>> {
///     async move { ..loop { .. let outcome: Result<String, Error> = called(|| { BODY }).await; .. } }
/// }
/// ```
fn called(
    item: &Item,
    options: &Options,
    tail: Option<&Tail>,
    future: &Future,
    body: &Group,
) -> (TokenStream, TokenStream) {
    let site = Span::mixed_site();
    let plan = Plan::decide(item, options, Shape::Called, future.output.as_ref(), &item.tokens);
    let attempt = attempt::called(&plan, body, future.boxed.then_some(&item.returns));
    let (values, once, repeated) = (once::values(&plan), once::evaluated(&plan), rounds::repeated(&plan, &attempt));
    let repeated = quote!(#values #once #repeated);
    // The block has a span of the user's code: of what a block from a macro holds, rustc names no variable.
    let awaited = |content| {
        let (span, content) = (plan.spans.body, block(plan.spans.body, content));
        quote_spanned!(span=> async move #content)
    };
    let content = if let Some(tail) = tail {
        tail.moving(repeated)
    } else if future.boxed {
        let (boxed, repeated) = (plan.runtime(site, "Box"), awaited(repeated));
        quote_spanned!(site=> #boxed::pin(#repeated))
    } else {
        let repeated = awaited(repeated);
        // With a statement before the block, clippy does not propose to write `async fn` instead.
        quote_spanned!(site=> const _: () = (); #repeated)
    };
    (items(&plan), content)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Return-type notation, and whatever comes after it, stands in tokens that nobody reads.
    #[test]
    fn a_signature_newer_than_the_parser_is_repeated() {
        let function = quote!(
            fn load<S: Service<load(..): Send>>(service: S) -> Result<u32, Failed>
            where
                u32 = u64,
            {
                service.load()
            }
        );
        let repeated = retry(quote!(on = |_| true), &function).to_string();
        assert!(repeated.contains("loop"), "{repeated}");
    }

    /// Whether these arguments are a mistake.
    fn is_wrong(arguments: TokenStream) -> bool {
        let function = quote!(
            fn load() -> Result<(), ()> {
                Ok(())
            }
        );
        retry(arguments, &function).to_string().contains("compile_error")
    }

    #[test]
    fn waits_may_be_as_long_as_their_limits() {
        assert!(!is_wrong(quote!(initial = "1s", cap = "1s")) && is_wrong(quote!(initial = "1001ms", cap = "1s")));
        assert!(!is_wrong(quote!(cap = "500ms")) && is_wrong(quote!(cap = "499ms")));
        assert!(!is_wrong(quote!(policy = P, cap = "499ms")));
        assert!(
            !is_wrong(quote!(deadline = "500ms", jitter = none)) && is_wrong(quote!(deadline = "499ms", jitter = none))
        );
        assert!(!is_wrong(quote!(initial = "9s", deadline = "9s", jitter = none)));
        assert!(!is_wrong(quote!(policy = P, deadline = "499ms", jitter = none)));
        assert!(!is_wrong(quote!(deadline = "499ms")), "jitter may make the first wait shorter");
    }
}
