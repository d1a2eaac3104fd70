//! The signature of a function, read as far as the expansion has to know it.
//!
//! Generics, bounds and where clauses stay tokens, so that they may have syntax that is newer than this macro.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Lit, Token, Type};

use super::scan;
use crate::errors::Errors;

/// What is known of a signature.
pub(crate) struct Signature {
    pub(crate) ident: Ident,
    /// The word `async`.
    pub(crate) asyncness: Option<Ident>,
    /// Whether `#[async_trait]` has rewritten the function, which then declares a lifetime `'async_trait`.
    pub(crate) is_async_trait: bool,
    /// The type behind the arrow.
    pub(crate) output: Option<Type>,
}

impl Signature {
    /// Reads everything from behind the visibility up to the body; reports what cannot be repeated.
    pub(crate) fn parse(input: ParseStream<'_>, errors: &Errors) -> Option<Self> {
        let mut asyncness = None;
        while !input.peek(Token![fn]) {
            let Ok(word) = input.call(Ident::parse_any) else {
                // This is the name of an ABI, as in `extern "C"`.
                input.parse::<Lit>().ok()?;
                continue;
            };
            if word == "async" {
                asyncness = Some(word);
            } else if word == "const" {
                errors.on(word, "a `const fn` cannot wait: remove `const` or `#[retry]`");
            } else if word == "gen" {
                errors.on(word, "a `gen fn` yields values and returns no `Result`: put `#[retry]` on what it calls");
            }
        }
        input.parse::<Token![fn]>().ok()?;
        let ident = input.call(Ident::parse_any).ok()?;
        let rest: Vec<TokenTree> = input.parse::<TokenStream>().ok()?.into_iter().collect();
        let (generics, rest) = rest.split_at(scan::parameters(&rest)?);
        let is_async_trait = scan::has_lifetime(generics, "async_trait");
        let output = match rest {
            [_, dash, _, rest @ ..] if scan::is_punct(dash, '-') => {
                Some(read_type(&rest[..scan::return_type_end(rest)]))
            }
            _ => None,
        };
        Some(Self { ident, asyncness, is_async_trait, output })
    }
}

/// The type of these tokens. If syn cannot read the type, its tokens are kept, which the expansion can repeat all the
/// same.
fn read_type(tokens: &[TokenTree]) -> Type {
    let tokens: TokenStream = tokens.iter().cloned().collect();
    syn::parse2(tokens.clone()).unwrap_or(Type::Verbatim(tokens))
}
