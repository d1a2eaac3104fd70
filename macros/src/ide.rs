//! Completion and hover for keys and words, inside rust-analyzer.
//!
//! rust-analyzer completes a token of an attribute by what may stand at that token's place in the expansion. So the
//! expansion imports the keys that are written, from a module of the runtime that declares all of them.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

/// An item that imports the written keys, also half-written ones, from `module` of the runtime. `None` where a compiler
/// expands the macro.
pub(crate) fn hints(arguments: &TokenStream, module: &str) -> Option<TokenStream> {
    // rust-analyzer sets this variable for the process in which it expands macros.
    std::env::var_os("RUST_ANALYZER_INTERNALS_DO_NOT_USE")?;
    let keys = keys(arguments);
    let module = Ident::new(module, Span::mixed_site());
    Some(quote_spanned! {Span::mixed_site()=>
        const _: () = {
            mod keys {
                use ::persevere::__private::#module::*;
                use self::{#(#keys as _),*};
            }
        };
    })
}

/// The identifier at the start of each argument, except `crate` and `in`: a keyword cannot be imported.
fn keys(arguments: &TokenStream) -> Vec<Ident> {
    let mut keys = Vec::new();
    let mut at_start = true;
    for token in arguments.clone() {
        match &token {
            TokenTree::Ident(key) if at_start && key != "crate" && key != "in" => keys.push(key.clone()),
            _ => {}
        }
        at_start = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',');
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_half_written_keys_are_found() {
        for (arguments, found) in [
            ("", ""),
            ("max = 5", "max"),
            ("max = 5, ini", "max ini"),
            ("ma", "ma"),
            ("max = , initial = \"1s\", crate = a", "max initial"),
            ("on = |e| f(e, g), jitter = full,", "on jitter"),
        ] {
            let keys: Vec<String> = keys(&arguments.parse().unwrap()).iter().map(ToString::to_string).collect();
            assert_eq!(keys.join(" "), found, "{arguments}");
        }
    }
}
