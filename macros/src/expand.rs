use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{AngleBracketedGenericArguments, Expr, GenericArgument, PathArguments, Type, parse_quote};

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
/// and a sync function the same with a closure for the `async` block and a blocking pause.
fn expand(mut item: Item, policy: &Policy) -> TokenStream {
    let site = Span::mixed_site();
    let names = Names::new(policy, site);
    let Names { runtime, call, outcome, wait, .. } = &names;

    let rebound = item.rebind_references();
    let once = names.evaluated_once(policy);
    let attempt = attempt(&item, &rebound, &names);
    let policy_argument = names.policy(policy);
    let function = names.function(&item);
    // The error's type is in the return type, so what is wrong with it is shown there.
    let returns = item.returns.to_token_stream().into_iter().next().map_or(site, |token| token.span());
    let returns = site.located_at(returns);
    let on = names.hook(policy.on.as_ref(), &names.on, || quote_spanned!(returns=> #runtime::__private::retryable));
    let notify =
        names.hook(policy.notify.as_ref(), &names.notify, || quote_spanned!(site=> #runtime::__private::silent));
    let pause = names.pause(policy, item.signature.asyncness.is_some());
    let borrowed = quote_spanned!(returns=> &#outcome);

    let Item { attrs, vis, signature, inner_attrs, body, .. } = &item;
    let mut braces = Group::new(
        proc_macro2::Delimiter::Brace,
        quote_spanned! {site=>
            #(#inner_attrs)*
            #once
            let mut #call = #runtime::__private::Call::new();
            loop {
                let #wait = {
                    let #outcome = #attempt;
                    match #runtime::__private::wait_after(#borrowed, &mut #call, #policy_argument, #function, #on, #notify) {
                        #runtime::__private::None => return #outcome,
                        #runtime::__private::Some(#wait) => #wait,
                    }
                };
                #pause
            }
        },
    );
    braces.set_span(body.span());
    quote!(#(#attrs)* #vis #signature #braces)
}

/// One attempt, as an expression of the function's return type: a closure that is called, a block that is awaited.
fn attempt(item: &Item, rebound: &[Rebound], names: &Names) -> TokenStream {
    let Names { site, runtime, outcome, .. } = names;
    let (site, body) = (*site, &item.body);
    let returns = without_impl(&item.returns);
    let rebound = rebound.iter().map(|Rebound { cfg, name, mutability, exclusive }| {
        let value = if *exclusive { quote_spanned!(site=> &mut *#name) } else { quote!(#name) };
        quote_spanned!(site=> #(#cfg)* let #mutability #name = #value;)
    });
    // The first statement is never run: it tells the compiler the type before it reads the body.
    let block = quote_spanned! {site=>
        {
            if let #runtime::__private::Some(#outcome) = #runtime::__private::None::<#returns> {
                return #outcome;
            }
            #(#rebound)*
            #body
        }
    };
    if item.signature.asyncness.is_some() {
        quote_spanned!(site=> async #block.await)
    } else {
        quote_spanned!(site=> (|| #block)())
    }
}

/// The names of the expansion: mixed-site, and with a prefix that keeps them from meeting a constant or a static of
/// the user's, which hygiene does not.
struct Names {
    site: Span,
    runtime: TokenStream,
    call: Ident,
    outcome: Ident,
    wait: Ident,
    policy: Ident,
    on: Ident,
    notify: Ident,
    sleep: Ident,
}

impl Names {
    fn new(policy: &Policy, site: Span) -> Self {
        let name = |name: &str| Ident::new(&format!("__persevere_{name}"), site);
        let runtime =
            policy.runtime.as_ref().map_or_else(|| quote_spanned!(site=> ::persevere), ToTokens::to_token_stream);
        Self {
            site,
            runtime,
            call: name("call"),
            outcome: name("outcome"),
            wait: name("wait"),
            policy: name("policy"),
            on: name("on"),
            notify: name("notify"),
            sleep: name("sleep"),
        }
    }

    /// Everything that is evaluated before the first attempt.
    fn evaluated_once(&self, policy: &Policy) -> TokenStream {
        let Self { site, runtime, .. } = self;
        let mut once = TokenStream::new();
        if !policy.is_constant() {
            let (name, value) = (&self.policy, self.built(policy));
            once.extend(quote_spanned!(*site=> let #name: #runtime::Policy = #value;));
        }
        for (hook, name) in [(&policy.on, &self.on), (&policy.notify, &self.notify), (&policy.sleep, &self.sleep)] {
            if let Some(hook) = hook.as_ref().filter(|hook| !is_repeatable(hook)) {
                once.extend(quote_spanned!(*site=> let #name = #hook;));
            }
        }
        once
    }

    /// The policy as an expression.
    fn built(&self, policy: &Policy) -> TokenStream {
        let Self { site, runtime, .. } = self;
        let base = policy.base.as_ref().map_or_else(
            || quote_spanned!(*site=> #runtime::Policy::new()),
            |base| quote_spanned!(*site=> #runtime::__private::policy(#base)),
        );
        let settings = policy.settings.iter().map(|Setting { method, value }| {
            let argument = value.to_argument(runtime);
            quote_spanned!(*site=> .#method(#argument))
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

    /// A function to be borrowed: where it was written, so that a closure's parameter has a type and nothing is
    /// borrowed while the body runs; or under its name, if it was evaluated before.
    fn hook(&self, hook: Option<&Expr>, name: &Ident, default: impl FnOnce() -> TokenStream) -> TokenStream {
        let (span, value) = match hook {
            Some(hook) if is_repeatable(hook) => (start(hook), hook.to_token_stream()),
            Some(hook) => (start(hook), name.to_token_stream()),
            None => (self.site, default()),
        };
        let span = self.site.located_at(span);
        quote_spanned!(span=> &#value)
    }

    fn function(&self, item: &Item) -> TokenStream {
        let Self { site, runtime, .. } = self;
        let name = item.signature.ident.to_string();
        quote_spanned! {*site=>
            #runtime::__private::concat!(#runtime::__private::module_path!(), "::", #name)
        }
    }

    fn pause(&self, policy: &Policy, asynchronous: bool) -> TokenStream {
        let Self { site, runtime, wait, sleep, .. } = self;
        let site = *site;
        let hook = policy.sleep.as_ref().map(|hook| self.hook(Some(hook), sleep, TokenStream::new));
        match (asynchronous, hook) {
            (false, None) => quote_spanned!(site=> #runtime::__private::pause(#wait);),
            (false, Some(hook)) => quote_spanned!(site=> #runtime::__private::pause_with(#hook, #wait);),
            (true, hook) => {
                let timer = match hook {
                    None => quote_spanned!(site=> #runtime::__private::timer(#wait)),
                    Some(hook) => quote_spanned!(site=> #runtime::__private::timer_with(#hook, #wait)),
                };
                quote_spanned! {site=>
                    if let #runtime::__private::Some(#sleep) = #timer {
                        #runtime::__private::ignore(#sleep.await);
                    }
                }
            }
        }
    }
}

/// A path or a closure means the same wherever it stands.
fn is_repeatable(hook: &Expr) -> bool {
    matches!(hook, Expr::Path(_) | Expr::Closure(_))
}

fn start(tokens: &impl ToTokens) -> Span {
    tokens.to_token_stream().into_iter().next().map_or_else(Span::mixed_site, |token| token.span())
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
