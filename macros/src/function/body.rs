//! How a function has to be repeated, by the form of its body and of its return type.

use proc_macro2::Group;

use super::item::Item;
use super::other_macros::split_instrumented;
use super::returned::{Future, is_result};
use super::tail::Tail;

/// A body, and where in it an attempt stands.
pub(crate) struct Body {
    pub(crate) content: Group,
    /// What the function returns, where that is written as a future.
    pub(crate) future: Option<Future>,
    /// The async block at the end of the body, where it ends in one.
    pub(crate) tail: Option<Tail>,
}

impl Body {
    pub(crate) fn of(item: &Item) -> Self {
        let (_, content) = split_instrumented(&item.signature, &item.body, &item.tokens);
        if item.signature.asyncness.is_some() {
            return Self { content, future: None, tail: None };
        }
        let tail = if is_result(&item.returns) { None } else { Tail::find(&content) };
        Self { content, future: Future::of(&item.returns), tail }
    }

    /// Whether a call of the function blocks its thread: it is no `async fn`, and returns no future.
    pub(crate) fn blocks(&self, item: &Item) -> bool {
        item.signature.asyncness.is_none() && self.future.is_none() && self.tail.is_none()
    }
}
