//! How a function has to be repeated, by the form of its body and of its return type.

use proc_macro2::Group;

use super::item::Item;
use super::other_macros::split_instrumented;
use super::returned::{Future, is_result};
use super::scan;
use super::tail::Tail;

/// A body, and the part of it that is an attempt.
pub(crate) struct Body {
    pub(crate) content: Group,
    pub(crate) form: Form,
}

/// The part of a body that is an attempt.
pub(crate) enum Form {
    /// All of it: a function that blocks, or an `async fn`.
    Function,
    /// The async block at its end. What stands before the block runs once.
    AsyncBlock(Tail, Option<Future>),
    /// The future that the body returns: for each attempt the whole body runs again and returns a new one.
    Called(Option<Tail>, Future),
}

impl Body {
    pub(crate) fn of(item: &Item) -> Self {
        let content = split_instrumented(&item.signature, &item.body, &item.tokens).block;
        if item.signature.asyncness.is_some() {
            return Self { content, form: Form::Function };
        }
        let future = Future::of(&item.returns);
        let tail = if is_result(&item.returns) { None } else { Tail::find(&content) };
        let form = match (tail, future) {
            // A `return` before the block returns a future that a loop in the block would not repeat, so the whole body
            // is repeated.
            (Some(tail), future) if scan::returns_early(&tail.before) => {
                let boxed = !tail.is_bare();
                Form::Called(Some(tail), future.unwrap_or(Future { output: None, boxed }))
            }
            (Some(tail), future) => Form::AsyncBlock(tail, future),
            (None, Some(future)) => Form::Called(None, future),
            (None, None) => Form::Function,
        };
        Self { content, form }
    }

    /// Whether a call of the function blocks its thread: it is no `async fn`, and returns no future.
    pub(crate) fn blocks(&self, item: &Item) -> bool {
        item.signature.asyncness.is_none() && matches!(self.form, Form::Function)
    }
}
