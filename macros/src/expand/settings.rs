//! The policy of a call as code, where it is not in bytes.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use super::plan::{Plan, PolicyForm};
use crate::attribute::{Jitter, PolicyOptions, Value};
use crate::spans::{call_at, start};

/// A constant with a policy that is known while compiling and the name of the function. A constant takes no room in a
/// future.
pub(crate) fn constant(plan: &Plan<'_>) -> Option<TokenStream> {
    let PolicyForm::Constant(options) = &plan.policy else { return None };
    let site = plan.spans.site;
    let (name, ty, value) = (constant_name(plan), plan.runtime(site, "FunctionPolicy"), built(plan, options));
    Some(quote_spanned!(site=> const #name: #ty = #value;))
}

/// A variable with a policy of values that are known only at run time and the name of the function.
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

/// The name of the constant. Hygiene does not keep items apart, so the name is one that no user writes.
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

/// The calls of methods of `Policy`, one for each key that the user gives.
fn settings(plan: &Plan<'_>, options: &PolicyOptions, krate: &TokenStream) -> TokenStream {
    let site = plan.spans.site;
    let PolicyOptions { base: _, max, initial, factor, cap, jitter, max_retry_after, deadline } = options;
    let number = |value: &f64| Literal::f64_suffixed(*value).into_token_stream();
    let duration = |value: &Duration| duration(plan, *value);
    let variant = |value: &Jitter| jitter_variant(*value, krate);
    let values = [
        argument(["max", "with_max"], max.as_ref(), ToTokens::to_token_stream),
        argument(["initial", "with_initial"], initial.as_ref(), duration),
        argument(["factor", "with_factor"], factor.as_ref(), number),
        argument(["cap", "with_cap"], cap.as_ref(), duration),
        argument(["jitter", "with_jitter"], jitter.as_ref(), variant),
        argument(["max_retry_after", "with_max_retry_after"], max_retry_after.as_ref(), duration),
        argument(["deadline", "with_deadline"], deadline.as_ref(), duration),
    ];
    let settings = values.into_iter().flatten().map(|(method, value)| {
        let span = start(&value);
        // The call is shown at its value, where the compiler then reports a wrong type of a value known only at run
        // time.
        let argument = call_at(span, &Ident::new(method, site.located_at(span)).to_token_stream(), value);
        quote_spanned!(site=> .#argument)
    });
    settings.collect()
}

/// The name that the function has in events: its path, unless the attribute gives another.
pub(crate) fn function(plan: &Plan<'_>) -> TokenStream {
    if let Some(name) = plan.name {
        return name.to_token_stream();
    }
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

/// A value as an argument of one of two methods: of the one that is `const`, or of the one for values known at run
/// time.
fn argument<T>(
    [constant, per_call]: [&'static str; 2],
    value: Option<&Value<T>>,
    literal: impl Fn(&T) -> TokenStream,
) -> Option<(&'static str, TokenStream)> {
    value.map(|value| {
        let method = if matches!(value, Value::Literal(_)) { constant } else { per_call };
        (method, value.as_tokens(literal))
    })
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
