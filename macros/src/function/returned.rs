//! What the return type of a function shows: whether it is a future, and of what.

use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, Token, Type, TypeParamBound, TypePath,
    parse_quote,
};

/// A type that is a future by its form. An alias may stand for a future as well; then only an async block at the end of
/// the body shows it.
pub(crate) struct Future {
    /// The type of the value to which the future resolves, if it is written out.
    pub(crate) output: Option<Type>,
    /// Whether it is a `Pin<Box<dyn Future>>`, not an `impl Future`.
    pub(crate) boxed: bool,
}

impl Future {
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        match ungroup(ty) {
            Type::ImplTrait(ty) => output(&ty.bounds).map(|output| Self { output: Some(output), boxed: false }),
            Type::Path(ty) => Self::in_pin(ty).or_else(|| Self::in_alias(ty)),
            _ => None,
        }
    }

    fn in_pin(ty: &TypePath) -> Option<Self> {
        let inner = argument(ty, "Pin")?;
        let Type::Path(inner) = ungroup(inner) else { return None };
        let Type::TraitObject(object) = ungroup(argument(inner, "Box")?) else { return None };
        output(&object.bounds).map(|output| Self { output: Some(output), boxed: true })
    }

    /// The aliases of the `futures` crate for a boxed future. A user's own `BoxFuture<'a, T>` may stand for a future of
    /// `Result<T, MyError>`, so the argument is taken for the outcome only if it is called `Result`.
    fn in_alias(ty: &TypePath) -> Option<Self> {
        let output = argument(ty, "BoxFuture").or_else(|| argument(ty, "LocalBoxFuture"))?;
        Some(Self { output: is_result(output).then(|| without_impl(output)), boxed: true })
    }
}

/// Whether the type is called `Result` and says what its errors are. With one argument it is an alias, as
/// `io::Result<T>` is, and may stand for any type.
pub(crate) fn is_whole_result(ty: &Type) -> bool {
    let Type::Path(path) = ungroup(ty) else { return false };
    is_result(ty) && path.path.segments.last().and_then(arguments).is_some_and(|arguments| arguments.args.len() > 1)
}

/// Whether the type is called `Result`, so that it is no future. A type of any other name may be an alias of a future.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(ungroup(ty), Type::Path(ty) if ty.path.segments.last().is_some_and(|segment| segment.ident == "Result"))
}

/// Takes off parentheses, and the invisible groups that `macro_rules!` leaves around a fragment.
pub(crate) fn ungroup(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => ungroup(&group.elem),
        Type::Paren(paren) => ungroup(&paren.elem),
        other => other,
    }
}

/// The last type argument of a path that ends in `name`.
fn argument<'a>(ty: &'a TypePath, name: &str) -> Option<&'a Type> {
    let segment = ty.path.segments.last().filter(|segment| segment.ident == name)?;
    arguments(segment)?.args.iter().rev().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}

/// The `Output` of a bound `Future<Output = ..>`, which has no other associated type.
fn output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let future = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        arguments(future)?.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) => Some(without_impl(&output.ty)),
            _ => None,
        })
    })
}

/// The type with `_` for every `impl Trait`, which may stand in a signature but not in a body.
pub(crate) fn without_impl(ty: &Type) -> Type {
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
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        infer_impl(ty);
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn future(text: &str) -> Option<(String, bool)> {
        let ty: Type = syn::parse_str(text).unwrap();
        Future::of(&ty).map(|future| (future.output.into_token_stream().to_string().replace(' ', ""), future.boxed))
    }

    #[test]
    fn futures_are_known_by_their_form() {
        for (text, output, boxed) in [
            ("impl Future<Output = Result<u32, E>>", "Result<u32,E>", false),
            ("impl std::future::Future<Output = R> + Send + 'a + use<'a>", "R", false),
            ("impl Send + Future<Output = Result<impl Display, E>>", "Result<_,E>", false),
            ("Pin<Box<dyn Future<Output = R> + Send + '_>>", "R", true),
            ("::std::pin::Pin<::std::boxed::Box<dyn Send + ::std::future::Future<Output = R>>>", "R", true),
            ("BoxFuture<'a, Result<u32, E>>", "Result<u32,E>", true),
            ("BoxFuture<'a, u32>", "", true),
        ] {
            assert_eq!(future(text), Some((output.to_owned(), boxed)), "{text}");
        }
        for text in ["Result<u32, E>", "impl Send", "Pin<Box<u32>>", "Result<impl Future<Output = u32>, E>", "Answer"] {
            assert_eq!(future(text), None, "{text}");
        }
    }

    fn text(ty: &Type) -> String {
        ty.into_token_stream().to_string()
    }

    #[test]
    fn every_impl_trait_of_a_type_is_left_to_be_inferred() {
        for (written, inferred) in [
            ("Result<impl Display, E>", "Result<_, E>"),
            ("Result<(u8, impl Display), E>", "Result<(u8, _), E>"),
            ("Result<[impl Display; 2], E>", "Result<[_; 2], E>"),
            ("Result<&'a (impl Display), E>", "Result<&'a (_), E>"),
            ("Result<Vec<Box<impl Display>>, (impl Error)>", "Result<Vec<Box<_>>, (_)>"),
            ("Result<Box<dyn Display>, E>", "Result<Box<dyn Display>, E>"),
        ] {
            let [written, inferred] = [written, inferred].map(|text| syn::parse_str::<Type>(text).unwrap());
            assert_eq!(text(&without_impl(&written)), text(&inferred));
        }
        // `$ok` in a `macro_rules!` is an invisible group.
        let group = proc_macro2::Group::new(proc_macro2::Delimiter::None, quote::quote!(impl Display));
        let group = syn::parse2(proc_macro2::TokenTree::from(group).into()).unwrap();
        assert_eq!(text(&without_impl(&group)), "_");
    }
}
