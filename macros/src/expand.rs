use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{AngleBracketedGenericArguments, Expr, GenericArgument, Path, PathArguments, Type, parse_quote};

use crate::args;
use crate::errors::Errors;
use crate::item::{Item, Rebound};
use crate::policy::{Policy, Setting};

/// The whole macro: the function as a loop, or the function as it was and every mistake.
pub(crate) fn retry(arguments: TokenStream, tokens: &TokenStream) -> TokenStream {
    let errors = Errors::default();
    let arguments = args::parse(arguments, &errors);
    let item = Item::parse(tokens, &errors);
    let checked = item.map(|item| (Policy::new(arguments, &item, &errors), item));
    match checked {
        Some((policy, item)) if errors.is_empty() => expand(item, &policy),
        // The item is kept, so that nothing else in the file misses it.
        _ => {
            let errors = errors.into_compile_errors();
            quote!(#tokens #errors)
        }
    }
}

/// ```text
/// async fn load(key: &str) -> Result<String, Error> { BODY }
/// ```
/// becomes
/// ```text
/// async fn load(key: &str) -> Result<String, Error> {
///     let mut call = Call::new();
///     loop {
///         let wait = {
///             let outcome = async {
///                 if let Some(outcome) = None::<Result<String, Error>> { return outcome; }
///                 { BODY }
///             }.await;
///             match wait_after(&outcome, &mut call, &const { Policy::new() }, "path::load", &on, &notify) {
///                 None => return outcome,
///                 Some(wait) => wait,
///             }
///         };
///         if let Some(timer) = timer(wait) { timer.await }
///     }
/// }
/// ```
/// A sync function calls a closure `(|| -> Result<String, Error> { { BODY } })()` instead, and blocks while it waits.
fn expand(mut item: Item, policy: &Policy) -> TokenStream {
    let rebound = item.rebind_references();
    let names = Names::new(policy);
    let Names { site, call, outcome, wait, .. } = &names;
    let site = *site;

    let once = names.evaluated_once(policy);
    let attempt = attempt(&item, &rebound, &names);
    let on = names.on(policy, &item.returns);
    let notify = names.notify(policy);
    let policy_argument = names.policy(policy);
    let function = names.function(&item);
    let pause = names.pause(policy, item.signature.asyncness.map(|token| token.span));

    // A type that is no `Result` is shown on the return type, an `on` of the wrong type on what was written there.
    let returned = Ident::new(&outcome.to_string(), site.located_at(start(&item.returns)));
    let returned = quote_spanned!(returned.span()=> &#returned);
    let judged = policy.on.as_ref().map_or(site, start);
    let wait_after = names.runtime(judged, "wait_after");
    let next = call_at(
        judged,
        &wait_after,
        quote_spanned! {site=>
            #returned, &mut #call, #policy_argument, #function, #on, #notify
        },
    );
    let [new, none, some] = ["Call", "None", "Some"].map(|name| names.runtime(site, name));

    let Item { attrs, vis, signature, inner_attrs, body, .. } = &item;
    let braces = block(
        body.span(),
        quote_spanned! {site=>
            #(#inner_attrs)*
            #once
            let mut #call = #new::new();
            loop {
                let #wait = {
                    let #outcome = #attempt;
                    match #next {
                        #none => return #outcome,
                        #some(#wait) => #wait,
                    }
                };
                #pause
            }
        },
    );
    quote!(#(#attrs)* #vis #signature #braces)
}

/// One attempt, as an expression of the function's return type: a closure that is called, a block that is awaited.
fn attempt(item: &Item, rebound: &[Rebound], names: &Names<'_>) -> TokenStream {
    let Names { site, outcome, .. } = names;
    let (site, body) = (*site, &item.body);
    let returns = without_impl(&item.returns);
    let rebound = rebound.iter().map(|Rebound { cfg, name, mutability, exclusive }| {
        let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
        quote_spanned!(site=> #(#cfg)* let #mutability #name = #value;)
    });
    if item.signature.asyncness.is_none() {
        let block = block(body.span(), quote!(#(#rebound)* #body));
        return quote_spanned!(site=> (|| -> #returns #block)());
    }
    let [none, some] = ["None", "Some"].map(|name| names.runtime(site, name));
    // The first statement never returns: it tells the compiler the block's type before it reads the body.
    let block = block(
        body.span(),
        quote_spanned! {site=>
            if let #some(#outcome) = #none::<#returns> {
                return #outcome;
            }
            #(#rebound)*
            #body
        },
    );
    quote_spanned!(site=> async #block.await)
}

/// A call that is shown at `span` as a whole.
fn call_at(span: Span, function: &TokenStream, arguments: TokenStream) -> TokenStream {
    let mut parentheses = Group::new(Delimiter::Parenthesis, arguments);
    parentheses.set_span(Span::mixed_site().located_at(span));
    quote!(#function #parentheses)
}

/// Braces in the place of the user's, so that what the compiler says about them is said there.
fn block(span: Span, content: TokenStream) -> Group {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(span);
    braces
}

/// The names of the expansion: mixed-site, and with a prefix that keeps them from meeting a constant or a static of
/// the user's, which hygiene does not.
struct Names<'a> {
    site: Span,
    runtime: Option<&'a Path>,
    call: Ident,
    error: Ident,
    notify: Ident,
    on: Ident,
    outcome: Ident,
    policy: Ident,
    sleep: Ident,
    wait: Ident,
}

impl<'a> Names<'a> {
    fn new(policy: &'a Policy) -> Self {
        let site = Span::mixed_site();
        let name = |name: &str| Ident::new(&format!("__persevere_{name}"), site);
        Self {
            site,
            runtime: policy.runtime.as_ref(),
            call: name("call"),
            error: name("error"),
            notify: name("notify"),
            on: name("on"),
            outcome: name("outcome"),
            policy: name("policy"),
            sleep: name("sleep"),
            wait: name("wait"),
        }
    }

    /// The path of the runtime crate, shown at `span` where an error names it.
    fn krate(&self, span: Span) -> TokenStream {
        let span = self.site.located_at(span);
        self.runtime.map_or_else(|| quote_spanned!(span=> ::persevere), ToTokens::to_token_stream)
    }

    /// The path of something that only the expansion uses.
    fn runtime(&self, span: Span, name: &str) -> TokenStream {
        let krate = self.krate(span);
        let span = self.site.located_at(span);
        let name = Ident::new(name, span);
        quote_spanned!(span=> #krate::__private::#name)
    }

    /// Everything that is evaluated before the first attempt.
    fn evaluated_once(&self, policy: &Policy) -> TokenStream {
        let site = self.site;
        let mut once = TokenStream::new();
        if !policy.is_constant() {
            let (name, value) = (&self.policy, self.built(policy));
            once.extend(quote_spanned!(site=> let #name = #value;));
        }
        for (hook, name) in [(&policy.on, &self.on), (&policy.notify, &self.notify), (&policy.sleep, &self.sleep)] {
            if let Some(hook) = hook.as_ref().filter(|hook| !is_repeatable(hook)) {
                once.extend(quote_spanned!(site=> let #name = #hook;));
            }
        }
        once
    }

    /// The policy as an expression.
    fn built(&self, policy: &Policy) -> TokenStream {
        let site = self.site;
        let krate = self.krate(site);
        let base = policy.base.as_ref().map_or_else(
            || quote_spanned!(site=> #krate::Policy::new()),
            |base| quote_spanned!(site=> #krate::__private::policy(#base)),
        );
        let settings = policy.settings.iter().map(|Setting { method, value }| {
            let argument = value.to_argument(&krate);
            quote_spanned!(site=> .#method(#argument))
        });
        quote!(#base #(#settings)*)
    }

    fn policy(&self, policy: &Policy) -> TokenStream {
        if policy.is_constant() {
            let value = self.built(policy);
            quote_spanned!(self.site=> &const { #value })
        } else {
            let name = &self.policy;
            quote_spanned!(self.site=> &#name)
        }
    }

    fn on(&self, policy: &Policy, returns: &Type) -> TokenStream {
        policy.on.as_ref().map_or_else(
            || {
                // In a closure the bound is checked once; as a function's own it would be reported twice.
                let span = self.site.located_at(error_type(returns));
                let retryable = self.runtime(span, "retryable");
                let error = Ident::new(&self.error.to_string(), span);
                quote_spanned!(span=> &|#error| #retryable(#error))
            },
            |on| self.borrowed(on, &self.on),
        )
    }

    fn notify(&self, policy: &Policy) -> TokenStream {
        policy.notify.as_ref().map_or_else(
            || {
                let silent = self.runtime(self.site, "silent");
                quote_spanned!(self.site=> &#silent)
            },
            |notify| self.borrowed(notify, &self.notify),
        )
    }

    /// A function to be borrowed: where it was written, so that a closure's parameter has a type and nothing is
    /// borrowed while the body runs; or under its name, if it was evaluated before.
    fn borrowed(&self, hook: &Expr, name: &Ident) -> TokenStream {
        let span = self.site.located_at(start(hook));
        if is_repeatable(hook) {
            quote_spanned!(span=> &#hook)
        } else {
            let name = Ident::new(&name.to_string(), span);
            quote_spanned!(span=> &#name)
        }
    }

    fn function(&self, item: &Item) -> TokenStream {
        let name = item.signature.ident.to_string();
        let [concat, module_path] = ["concat", "module_path"].map(|name| self.runtime(self.site, name));
        quote_spanned!(self.site=> #concat!(#module_path!(), "::", #name))
    }

    /// The wait between two attempts; `asynchronous` is where the function says `async`.
    fn pause(&self, policy: &Policy, asynchronous: Option<Span>) -> TokenStream {
        let Self { site, wait, sleep, .. } = self;
        let site = *site;
        let hook = policy.sleep.as_ref().map(|hook| (start(hook), self.borrowed(hook, sleep)));
        let Some(asynchronous) = asynchronous else {
            return match hook {
                None => {
                    let pause = self.runtime(site, "pause");
                    quote_spanned!(site=> #pause(#wait);)
                }
                Some((span, hook)) => {
                    let pause_with = self.runtime(span, "pause_with");
                    {
                        let call = call_at(span, &pause_with, quote_spanned!(site=> #hook, #wait));
                        quote_spanned!(site=> #call;)
                    }
                }
            };
        };
        let (span, timer) = match hook {
            None => {
                let span = site.located_at(asynchronous);
                let wait = Ident::new(&wait.to_string(), span);
                (span, call_at(span, &self.runtime(span, "timer"), wait.to_token_stream()))
            }
            Some((span, hook)) => {
                let span = site.located_at(span);
                (span, call_at(span, &self.runtime(span, "timer_with"), quote_spanned!(site=> #hook, #wait)))
            }
        };
        let some = self.runtime(site, "Some");
        let sleep = Ident::new(&sleep.to_string(), span);
        let awaited = quote_spanned!(span=> #sleep.await);
        quote_spanned! {site=>
            if let #some(#sleep) = #timer {
                #awaited;
            }
        }
    }
}

/// A path or a closure means the same wherever it stands.
fn is_repeatable(hook: &Expr) -> bool {
    matches!(hook, Expr::Path(_) | Expr::Closure(_))
}

/// Where the first token stands: on stable Rust a span cannot cover several.
fn start(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
}

/// Where the type of the errors stands, if the return type shows it, else where the return type does.
fn error_type(returns: &Type) -> Span {
    let Type::Path(path) = returns else { return start(returns) };
    match path.path.segments.last().map(|segment| &segment.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) if arguments.args.len() > 1 => {
            arguments.args.last().map_or_else(|| start(returns), start)
        }
        _ => start(returns),
    }
}

/// The type with `_` for every `impl Trait`, which only a signature may name.
fn without_impl(ty: &Type) -> Type {
    let mut ty = ty.clone();
    infer_impl(&mut ty);
    ty
}

fn infer_impl(ty: &mut Type) {
    match ty {
        Type::ImplTrait(_) => *ty = parse_quote!(_),
        Type::Array(array) => infer_impl(&mut array.elem),
        Type::Group(group) => infer_impl(&mut group.elem),
        Type::Paren(paren) => infer_impl(&mut paren.elem),
        Type::Reference(reference) => infer_impl(&mut reference.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer_impl),
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) =
                    &mut segment.arguments
                {
                    for argument in args {
                        if let GenericArgument::Type(ty) = argument {
                            infer_impl(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}
