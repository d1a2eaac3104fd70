//! The attribute macro of the [`persevere`](https://docs.rs/persevere) crate, which re-exports it: depend on that one.
#![warn(missing_docs)]

mod attribute;
mod docs;
mod errors;
mod expand;
mod function;
mod ide;
mod spans;

use proc_macro::TokenStream;

#[doc = include_str!("retry.md")]
#[proc_macro_attribute]
pub fn retry(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::retry(args.into(), &item.into()).into()
}
