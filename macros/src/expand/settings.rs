//! The policy of a call as code, where it is not in bytes.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::plan::{Plan, PolicyForm};
use crate::attribute::{Jitter, PolicyOptions, Value};
use crate::spans::{call_at, start};

/// The item for a policy that is known while compiling, and the name of the function. A future has no room to keep for it.
pub(crate) fn constant(plan: &Plan<'_>) -> Option<TokenStream> {
    let PolicyForm::Constant(options) = &plan.policy else { return None };
    let site = plan.spans.site;
    let (name, ty, value) = (constant_name(plan), plan.runtime(site, "FunctionPolicy"), built(plan, options));
    Some(quote_spanned!(site=> const #name: #ty = #value;))
}

/// The variable for a policy of values that are known at run time, and the name of the function.
pub(crate) fn per_call(plan: &Plan<'_>) -> Option<TokenStream> {
    let PolicyForm::PerCall(options) = &plan.policy else { return None };
    let (name, value) = (plan.name("function"), built(plan, options));
    Some(quote_spanned!(plan.spans.site=> let #name = #value;))
}

/// A reference to what [`constant`] or [`per_call`] declares.
pub(crate) fn policy(plan: &Plan<'_>) -> TokenStream {
    let name = if let PolicyForm::Constant(_) = plan.policy { constant_name(plan) } else { plan.name("function") };
    quote_spanned!(plan.spans.site=> &#name)
}

/// The name of a constant policy, which stands in the function as items do: without hygiene.
fn constant_name(plan: &Plan<'_>) -> Ident {
    Ident::new("__PERSEVERE_POLICY", plan.spans.site)
}

/// The policy and the name of the function, as an expression.
fn built(plan: &Plan<'_>, options: &PolicyOptions) -> TokenStream {
    let site = plan.spans.site;
    let krate = plan.krate(site);
    let base = options.base.as_ref().map_or_else(
        || quote_spanned!(site=> #krate::Policy::new()),
        |base| quote_spanned!(site=> #krate::__private::policy(#base)),
    );
    let (settings, function, new) =
        (settings(plan, options, &krate), function(plan), plan.runtime(site, "FunctionPolicy"));
    quote_spanned!(site=> #new::new(#base #settings, #function))
}

/// The calls of the runtime's methods that set what is set.
fn settings(plan: &Plan<'_>, options: &PolicyOptions, krate: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let PolicyOptions { base: _, max, initial, factor, cap, jitter, max_retry_after, deadline } = options;
    let number = |value: &f64| Literal::f64_suffixed(*value).into_token_stream();
    let duration = |value: &Duration| duration(plan, *value);
    let jitter = match jitter {
        Some(Value::Expr(value)) => Some(quote_spanned!(site=> #krate::__private::jitter(#value))),
        Some(Value::Literal(jitter)) => Some(jitter_variant(*jitter, krate)),
        None => None,
    };
    let values = [
        ("max", argument(max.as_ref(), ToTokens::to_token_stream)),
        ("initial", argument(initial.as_ref(), duration)),
        ("factor", argument(factor.as_ref(), number)),
        ("cap", argument(cap.as_ref(), duration)),
        ("jitter", jitter),
        ("max_retry_after", argument(max_retry_after.as_ref(), duration)),
        ("deadline", argument(deadline.as_ref(), duration)),
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

/// The path of the function, as events tell it.
fn function(plan: &Plan<'_>) -> TokenStream {
    let (site, name) = (plan.spans.site, &plan.function);
    let [concat, module_path] = ["concat", "module_path"].map(|name| plan.runtime(site, name));
    quote_spanned!(site=> #concat!(#module_path!(), "::", #name))
}

/// A duration that is known while compiling.
pub(crate) fn duration(plan: &Plan<'_>, value: Duration) -> TokenStream {
    let (seconds, nanos) = (value.as_secs(), value.subsec_nanos());
    let duration = plan.runtime(plan.spans.site, "Duration");
    quote_spanned!(plan.spans.site=> #duration::new(#seconds, #nanos))
}

impl<T> Value<T> {
    pub(crate) fn as_tokens(&self, literal: impl Fn(&T) -> TokenStream) -> TokenStream {
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
