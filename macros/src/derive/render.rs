//! The `impl`, written out.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Ident, Member, Path};

use super::rule::{Case, Field, Rule, WaitKind};
use crate::function::scan;
use crate::spans::call_at;

/// The name of the runtime crate where the user gives it a path.
const ALIAS: &str = "__persevere_crate";

/// The `impl` for a type, from what each of its variants decides.
///
/// ```text
/// #[automatically_derived]
/// impl ::persevere::Retryable for StoreError {
///     fn decision(&self) -> ::persevere::Decision {
///         match self {
///             Self::Busy { .. } | Self::Closed { .. } => ::persevere::Decision::Retry,
///             Self::Full { wait: field, .. } => ::persevere::__private::NamedWait::after(field),
///             Self::Io { 0: field } => ::persevere::Retryable::decision(field),
///         }
///     }
/// }
/// ```
pub(crate) fn implementation(input: &DeriveInput, cases: &[Case<'_>], runtime: Option<&Path>) -> TokenStream {
    let site = Span::mixed_site();
    let root = root(runtime);
    let body = body(cases, &root);
    let DeriveInput { ident, generics, .. } = input;
    let mut bounded = generics.clone();
    let bounds: Vec<TokenStream> = cases.iter().filter_map(|case| bound(case, input, &root)).collect();
    if !bounds.is_empty() {
        let where_clause = bounded.make_where_clause();
        where_clause
            .predicates
            .extend(bounds.into_iter().filter_map(|bound| syn::parse2::<syn::WherePredicate>(bound).ok()));
    }
    let (_, arguments, _) = generics.split_for_impl();
    let (parameters, _, conditions) = bounded.split_for_impl();
    let implementation = quote_spanned! {site=>
        #[automatically_derived]
        impl #parameters #root::Retryable for #ident #arguments #conditions {
            fn decision(&self) -> #root::Decision {
                #body
            }
        }
    };
    let Some(path) = runtime else { return implementation };
    let alias = Ident::new(ALIAS, site);
    quote_spanned! {site=>
        const _: () = {
            use #path as #alias;
            #implementation
        };
    }
}

/// The `impl` that stands in where there is a mistake, so that it causes no second error.
pub(crate) fn fallback(input: &DeriveInput, runtime: Option<&Path>) -> TokenStream {
    let case = |fields| Case { variant: None, fields, rule: Rule::Stop };
    implementation(input, &[case(&syn::Fields::Unit)], runtime)
}

fn root(runtime: Option<&Path>) -> TokenStream {
    let site = Span::mixed_site();
    if runtime.is_some() {
        return Ident::new(ALIAS, site).into_token_stream();
    }
    quote_spanned!(site=> ::persevere)
}

fn body(cases: &[Case<'_>], root: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    match cases {
        [] => quote_spanned!(site=> match *self {}),
        [Case { variant: None, fields, rule }] => {
            let decision = decision(rule, fields, root);
            let pattern = pattern(fields, rule);
            pattern.map_or(decision.clone(), |pattern| quote_spanned!(site=> let Self #pattern = self; #decision))
        }
        _ => {
            let arms = arms(cases, root);
            if let [(_, decision)] = &arms[..] {
                if cases.iter().all(|case| pattern(case.fields, &case.rule).is_none()) {
                    return decision.clone();
                }
            }
            let arms = arms.iter().map(|(patterns, decision)| quote_spanned!(site=> #(#patterns)|* => #decision,));
            quote_spanned!(site=> match self { #(#arms)* })
        }
    }
}

/// The arms of the match. Variants with the same decision, whatever their fields hold, share an arm.
fn arms(cases: &[Case<'_>], root: &TokenStream) -> Vec<(Vec<TokenStream>, TokenStream)> {
    let site = Span::mixed_site();
    let mut arms: Vec<(Vec<TokenStream>, TokenStream)> = Vec::new();
    let mut plain: Vec<(&'static str, usize)> = Vec::new();
    for Case { variant, fields, rule } in cases {
        let held = pattern(fields, rule).unwrap_or_else(|| quote_spanned!(site=> { .. }));
        let whole = quote_spanned!(site=> Self::#variant #held);
        let Some(name) = plain_name(rule) else {
            arms.push((vec![whole], decision(rule, fields, root)));
            continue;
        };
        if let Some((_, at)) = plain.iter().find(|(known, _)| *known == name) {
            arms[*at].0.push(whole);
        } else {
            plain.push((name, arms.len()));
            arms.push((vec![whole], decision(rule, fields, root)));
        }
    }
    arms
}

/// A name for the decision of a rule that looks at no field, by which arms are merged. `None` for any other rule.
fn plain_name(rule: &Rule<'_>) -> Option<&'static str> {
    match rule {
        Rule::Stop => Some("stop"),
        Rule::Retry => Some("retry"),
        Rule::Throttled => Some("throttled"),
        Rule::Whole(_) => Some("whole"),
        Rule::Wait { .. } | Rule::Field(_) | Rule::Fields(_) => None,
    }
}

/// The pattern for the fields that a rule needs, in braces, by which tuples can be matched too. `None` where a rule
/// needs no field.
fn pattern(fields: &syn::Fields, rule: &Rule<'_>) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let bound: Vec<(Member, Ident)> = match rule {
        Rule::Wait { field, .. } | Rule::Field(field) => vec![(field.member.clone(), binding(field))],
        Rule::Fields(_) => fields.members().enumerate().map(|(index, member)| (member, numbered(index))).collect(),
        Rule::Stop | Rule::Retry | Rule::Throttled | Rule::Whole(_) => return None,
    };
    let rest = (bound.len() < fields.len()).then(|| quote_spanned!(site=> ..));
    let bound = bound.iter().map(|(member, name)| quote_spanned!(site=> #member: #name));
    Some(quote_spanned!(site=> { #(#bound,)* #rest }))
}

/// The name of a field that decides, shown where the attribute names it.
fn binding(field: &Field<'_>) -> Ident {
    crate::spans::name("field", field.span)
}

fn numbered(index: usize) -> Ident {
    crate::spans::name(&format!("field_{index}"), Span::mixed_site())
}

fn decision(rule: &Rule<'_>, fields: &syn::Fields, root: &TokenStream) -> TokenStream {
    let site = Span::mixed_site();
    match rule {
        Rule::Stop => quote_spanned!(site=> #root::Decision::Stop),
        Rule::Retry => quote_spanned!(site=> #root::Decision::Retry),
        Rule::Throttled => quote_spanned!(site=> #root::Decision::Throttled(#root::__private::None)),
        Rule::Wait { kind, field } => {
            let method = Ident::new(
                match kind {
                    WaitKind::After => "after",
                    WaitKind::ThrottledAfter => "throttled_after",
                    WaitKind::In => "retry_in",
                },
                site,
            );
            call_at(
                field.span,
                &quote_spanned!(site=> #root::__private::NamedWait::#method),
                binding(field).into_token_stream(),
            )
        }
        Rule::Field(field) => {
            call_at(field.span, &quote_spanned!(site=> #root::Retryable::decision), binding(field).into_token_stream())
        }
        Rule::Fields(function) => {
            let fields = (0..fields.len()).map(numbered);
            judged(function, &quote!(#(#fields),*), root)
        }
        Rule::Whole(function) => judged(function, &quote_spanned!(site=> self), root),
    }
}

/// The decision of a function of the user's, which may return a `bool`.
fn judged(function: &syn::ExprPath, arguments: &TokenStream, root: &TokenStream) -> TokenStream {
    let span = crate::spans::start(function);
    let called = call_at(span, function, arguments.clone());
    call_at(span, &quote_spanned!(Span::mixed_site()=> #root::__private::Verdict::into_decision), called)
}

/// The bound that the type of a deciding field has to meet, if the type depends on the parameters of the error.
fn bound(case: &Case<'_>, input: &DeriveInput, root: &TokenStream) -> Option<TokenStream> {
    let site = Span::mixed_site();
    let (ty, bound) = match &case.rule {
        Rule::Wait { field, .. } => (field.ty, quote_spanned!(site=> #root::__private::NamedWait)),
        Rule::Field(field) => (field.ty, quote_spanned!(site=> #root::Retryable)),
        Rule::Stop | Rule::Retry | Rule::Throttled | Rule::Fields(_) | Rule::Whole(_) => return None,
    };
    let tokens = ty.to_token_stream();
    // A name of another module's item counts too. Its field then gets a bound that it meets, or none, and the compiler
    // reports what its type lacks.
    let mentions = |name: &Ident| scan::mentions(tokens.clone(), name);
    let depends = input.generics.type_params().any(|param| mentions(&param.ident));
    // There is no bound for a field that holds the error's own type: to prove it, the compiler would need this `impl`,
    // in a circle.
    (depends && !mentions(&input.ident)).then(|| quote!(#tokens: #bound))
}
