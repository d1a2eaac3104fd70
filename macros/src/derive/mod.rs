//! `#[derive(Retryable)]`: read, checked, written out.

mod attribute;
mod render;
mod rule;
mod words;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Meta};

use crate::errors::Errors;
use crate::{ide, manifest};
use attribute::{Retryable, ours};

/// The whole derive: the `impl`, or every mistake and an `impl` that stands in.
pub(crate) fn retryable(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let errors = Errors::default();
    let of_type = Retryable::parse(&input.attrs, true, &errors);
    let variants: Vec<Retryable> = match &input.data {
        Data::Enum(data) => {
            data.variants.iter().map(|variant| Retryable::parse(&variant.attrs, false, &errors)).collect()
        }
        Data::Struct(_) | Data::Union(_) => Vec::new(),
    };
    match &input.data {
        Data::Enum(data) => rule::check_fields(data.variants.iter().map(|variant| &variant.fields), "variant", &errors),
        Data::Struct(data) => rule::check_fields([&data.fields], "struct", &errors),
        Data::Union(_) => {}
    }
    let cases = rule::decide(&input, of_type.verdict.as_ref(), &variants, &errors);
    if of_type.runtime.is_none() {
        manifest::check(|path| format!("#[retryable(crate = {path})]"), &errors);
    }
    let runtime = of_type.runtime.or_else(manifest::path);
    let runtime = runtime.as_ref();
    let hints = ide::hints(&written(&input), "words");
    if errors.is_empty() {
        let implementation = render::implementation(&input, &cases, runtime);
        return quote!(#hints #implementation);
    }
    let is_reached = runtime.is_some() || !manifest::is_absent();
    let fallback = is_reached.then(|| render::fallback(&input, runtime));
    let errors = errors.into_compile_errors();
    quote!(#errors #hints #fallback)
}

/// All that is written in the attributes, as one list.
fn written(input: &DeriveInput) -> TokenStream {
    let variants = match &input.data {
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.attrs[..]).collect(),
        Data::Struct(_) | Data::Union(_) => Vec::new(),
    };
    let lists = std::iter::once(&input.attrs[..]).chain(variants).flat_map(ours).filter_map(|attr| match &attr.meta {
        Meta::List(list) => Some(list.tokens.to_token_stream()),
        _ => None,
    });
    quote!(#(#lists),*)
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group};
    use syn::parse_quote;

    use super::*;

    #[test]
    fn what_is_written_above_the_type_and_its_variants_is_one_list() {
        let input = parse_quote! {
            #[retryable(transparent, crate = a)]
            enum E {
                #[retryable(stop)]
                A,
                #[retryable]
                B,
                #[error("c")]
                C,
            }
        };
        assert_eq!(written(&input).to_string(), "transparent , crate = a , stop");
    }

    #[test]
    fn a_field_is_named_by_its_name_or_its_number() {
        let said = |value: TokenStream| {
            let input = quote!(
                enum E {
                    #[retryable(after = #value)]
                    A(Duration),
                }
            );
            retryable(input).to_string()
        };
        let invisible = Group::new(Delimiter::None, quote!(0));
        assert!([quote!(0), quote!(#invisible)].map(said).iter().all(|said| !said.contains("compile_error")));
        let wrong = [quote!(0u8), quote!((0)), quote!([0])].map(said);
        assert!(
            wrong.iter().all(|said| said.contains("`after` needs the name of a field, or its number")),
            "{wrong:?}"
        );
    }

    #[test]
    fn of_several_fields_the_source_is_proposed() {
        let said = |input| retryable(input).to_string();
        let with_source = said(quote!(
            #[retryable(transparent)]
            struct E {
                path: String,
                source: Io,
            }
        ));
        assert!(with_source.contains("such as `transparent = source`"), "{with_source}");
        let without = said(quote!(
            #[retryable(transparent)]
            struct E {
                path: String,
                cause: Io,
            }
        ));
        assert!(without.contains("such as `transparent = path`"), "{without}");
    }
}
