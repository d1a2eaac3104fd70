//! The macros of the [`persevere`](https://docs.rs/persevere) crate. Depend on `persevere`, which re-exports them.
#![warn(missing_docs)]

mod attribute;
mod derive;
mod docs;
mod errors;
mod expand;
mod function;
mod ide;
mod manifest;
mod spans;

use proc_macro::TokenStream;

#[doc = include_str!("retry.md")]
#[proc_macro_attribute]
pub fn retry(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::retry(args.into(), &item.into()).into()
}

#[doc = include_str!("retryable.md")]
#[proc_macro_derive(Retryable, attributes(retryable))]
pub fn derive_retryable(input: TokenStream) -> TokenStream {
    derive::retryable(input.into()).into()
}
