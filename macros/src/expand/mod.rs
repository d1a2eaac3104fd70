//! The expansion of one function: read, checked, planned, rendered.

mod attempt;
mod hooks;
mod names;
mod once;
mod plan;
mod rounds;
mod settings;
mod waits;
mod wire;

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::attribute::{self, Options};
use crate::errors::Errors;
use crate::function::{Body, Future, Item, Tail, scan, split_async_trait, split_instrumented};
use crate::spans::{block, joined, start};
use crate::{docs, ide};
use plan::{Plan, Shape};

/// The whole macro: the function as a loop, or the function as it was and every mistake.
pub(crate) fn retry(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let errors = Errors::default();
    let hints = ide::hints(&arguments, "keys");
    let arguments = attribute::parse(arguments, &errors);
    let item = Item::parse(tokens, &errors);
    let options = Options::new(arguments, item.as_ref(), &errors);
    if let (Some((timeout, _)), Some(item)) = (&options.timeout, &item) {
        if Body::of(item).blocks(item) {
            errors.on(
                timeout,
                "a sync function cannot be interrupted: give the client a timeout of its own, or write `deadline = ...`, \
                 which limits the whole call between its attempts",
            );
        }
    }
    match item {
        Some(item) if errors.is_empty() => expand(item, &options, hints.as_ref()),
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
/// where the end of the round is
/// ```text
///             let next = match &outcome {
///                 Err(error) => call.after_failure(on(error), b"POLICY", "path::load", ()),
///                 _ => None,
///             };
///             match next { Some(wait) => wait, _ => return outcome }
/// ```
/// A sync function calls a closure with this content instead; what its round ends with is a wait, for `pause(wait)`. A
/// body that cannot leave the loop stands there as it is, as `let outcome: Result<String, Error> = 'attempt: { BODY }` or
/// `= if true { BODY } else { never() }`, and an async one is followed by `call.sleep().await`.
///
/// Where there is more to a call than its failures, `call` is a `FullCall`, and finds its policy in a `FunctionPolicy`.
/// With `until`, and with a `policy` that may want to know of success, everything is asked at once by
/// `call.after_attempt`. With a `timeout`, the block is awaited as `within(pin!(async { .. }), call.limit(..), |wait|
/// timer(wait))`; with a `deadline`, the call is `FullCall::new(Stopwatch::asynchronous(..))`. [`Plan`] decides all of it.
fn expand(mut item: Item, options: &Options, hints: Option<&TokenStream>) -> TokenStream {
    let body = Body::of(&item);
    let (import, content) = if let Some(tail) = body.tail {
        async_block(&mut item, options, &tail, body.future)
    } else if let Some(future) = body.future {
        called(&item, options, &future, &body.content)
    } else {
        function(&mut item, options, &body.content)
    };
    let retries = docs::paragraph(options, &item.attrs);
    let inner_attrs = item.inner_attrs.iter().map(ToTokens::to_token_stream);
    let content = joined(inner_attrs.chain(hints.cloned()).chain(import).chain([content]));
    item.with(&retries, &block(item.body.span(), content))
}

/// A `fn` that blocks or an `async fn`: the loop stands in its body.
fn function(item: &mut Item, options: &Options, body: &Group) -> (Option<TokenStream>, TokenStream) {
    let params = item.reborrow_references();
    let shape = if item.signature.asyncness.is_some() { Shape::Async } else { Shape::Sync };
    let plan = Plan::decide(item, options, shape, Some(&item.returns), &item.tokens);
    let once = once::evaluated(&plan);
    let repeated = rounds::repeated(&plan, &attempt::render(&plan, body, &params));
    (plan.import(), joined([once, repeated]))
}

/// A function that ends in an async block runs as it is up to that block, in which the loop then stands.
fn async_block(
    item: &mut Item,
    options: &Options,
    tail: &Tail,
    future: Option<Future>,
) -> (Option<TokenStream>, TokenStream) {
    // What stands before the block may give the parameters' names to something else.
    let params = if tail.before.is_empty() { item.reborrow_references() } else { Vec::new() };
    let (instrumented, block) = split_instrumented(&item.signature, &tail.block, &scan::tokens(&tail.block));
    let (moved, block) = split_async_trait(&item.signature, &block);
    let output = future.map(|future| future.output);
    let plan = Plan::decide(item, options, Shape::AsyncBlock, output.as_ref(), &scan::tokens(&block));
    let once = once::evaluated(&plan);
    let repeated = rounds::repeated(&plan, &attempt::render(&plan, &block, &params));
    let used = once::used(&once, &moved);
    let end = tail.with(quote!(#once #instrumented #moved #used #repeated));
    (plan.import(), tail.before.clone().into_iter().chain(end).collect())
}

/// A function that returns a future and does not end in an async block is called for the future of each attempt:
/// ```text
/// fn load(key: &str) -> impl Future<Output = Result<String, Error>> { BODY }
/// ```
/// becomes
/// ```text
/// fn load(key: &str) -> impl Future<Output = Result<String, Error>> {
///     async move { ..loop { .. let outcome = (|| { BODY })().await; .. } }
/// }
/// ```
fn called(item: &Item, options: &Options, future: &Future, body: &Group) -> (Option<TokenStream>, TokenStream) {
    let site = Span::mixed_site();
    let plan = Plan::decide(item, options, Shape::Called, Some(&future.output), &[]);
    let returns = if future.boxed { Some(&item.returns) } else { None }.map(|ty| quote_spanned!(site=> -> #ty));
    let once = once::evaluated(&plan);
    let place = site.located_at(start(&item.returns));
    let repeated = rounds::repeated(&plan, &quote_spanned!(place=> (|| #returns #body)()));
    let whole = quote_spanned!(site=> async move { #once #repeated });
    let content = if future.boxed {
        let boxed = plan.runtime(site, "Box");
        quote_spanned!(site=> #boxed::pin(#whole))
    } else {
        // With a statement before the block, clippy does not propose to write `async fn` instead.
        quote_spanned!(site=> const _: () = (); #whole)
    };
    (plan.import(), content)
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
}
