//! The mistakes that are found, collected so that one compilation shows them all.

use std::cell::RefCell;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Error;

/// The mistakes of one expansion.
#[derive(Default)]
pub(crate) struct Errors {
    found: RefCell<Vec<Error>>,
}

impl Errors {
    /// Reports a mistake on the tokens at fault.
    pub(crate) fn on(&self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(Error::new_spanned(tokens, message));
    }

    pub(crate) fn push(&self, error: Error) {
        self.found.borrow_mut().push(error);
    }

    /// Adds the mistakes of another collection, which are printed behind those of this one.
    pub(crate) fn append(&self, others: Self) {
        self.found.borrow_mut().extend(others.found.into_inner());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().is_empty()
    }

    /// The errors as code that makes rustc print them.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.found.into_inner().iter().map(Error::to_compile_error).collect()
    }

    #[cfg(test)]
    pub(crate) fn into_messages(self) -> Vec<String> {
        self.found.into_inner().iter().map(ToString::to_string).collect()
    }
}

/// The candidate that the user probably meant, if one is close enough to be worth saying.
pub(crate) fn meant<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(written, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4 && *distance < candidate.len() - 1)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_are_close_or_none() {
        let keys = ["max", "initial", "factor", "on"];
        assert_eq!(meant("intial", keys), Some("initial"));
        assert_eq!(meant("maxx", keys), Some("max"));
        assert_eq!(meant("colour", keys), None);
        assert_eq!(meant("om", keys), None, "half of the name is another one");
        assert_eq!(meant("initxyz", keys), None);
        assert_eq!((meant("names", ["name"]), meant("mane", ["name"])), (Some("name"), Some("name")));
    }
}
