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
    use quote::quote;

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

    /// The variable belongs to a process, so the test runs itself again in one that has it.
    #[test]
    fn only_for_rust_analyzer_the_keys_are_imported() {
        const VARIABLE: &str = "RUST_ANALYZER_INTERNALS_DO_NOT_USE";
        let function = quote!(
            fn load() -> Result<(), E> {
                store()
            }
        );
        let of_function = |arguments| crate::expand::retry(arguments, &function).to_string();
        let (right, wrong) = (of_function(quote!(max = 5, on = |_| true)), of_function(quote!(max = 5, ini)));
        let of_type = crate::derive::retryable(quote!(
            #[retryable(throttled, after = 0)]
            struct E(Duration);
        ));
        assert!(wrong.contains("compile_error") && wrong.contains("fn load () -> Result < () , E >"), "{wrong}");
        assert!(right.contains("store ()") && wrong.contains("store ()"));
        let imports = [
            (right, "keys :: * ; use self :: { max as _ , on as _ } ;"),
            (wrong, "keys :: * ; use self :: { max as _ , ini as _ } ;"),
            (of_type.to_string(), "words :: * ; use self :: { throttled as _ , after as _ } ;"),
        ];
        let is_set = std::env::var_os(VARIABLE).is_some();
        for (expansion, import) in imports {
            assert_eq!(expansion.contains(import), is_set, "{expansion}");
        }
        if !is_set {
            let this = ["--exact", "ide::tests::only_for_rust_analyzer_the_keys_are_imported"];
            let mut again = std::process::Command::new(std::env::current_exe().unwrap());
            let output = again.args(this).env(VARIABLE, "1").output().unwrap();
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.contains("1 passed"), "{said}");
        }
    }
}
