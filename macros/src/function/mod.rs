//! What the annotated function is: its signature, its return type, and how its body has to be repeated.

mod body;
mod item;
mod other_macros;
mod returned;
pub(crate) mod scan;
mod signature;
mod tail;

pub(crate) use body::{Body, Form};
pub(crate) use item::{Item, ReborrowedParam};
pub(crate) use other_macros::{Unwrapped, renamed_self, unwrap};
pub(crate) use returned::{Future, is_whole_result, ungroup, without_impl};
pub(crate) use tail::Tail;
