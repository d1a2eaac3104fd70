//! Every scan of tokens that are not parsed, and to which side it errs.
//!
//! A body stays the tokens that the user wrote: parsing it would take most of an expansion's time, and would fail on
//! syntax that is newer than the parser. A scan can be wrong, so each says in which direction, and why the function is
//! repeated correctly all the same.

mod ending;
mod leaving;
mod rewritten;
mod signature;
mod tokens;
mod variables;

pub(crate) use ending::{last_value, take_boxed, take_ident, take_pin};
pub(crate) use leaving::{may_diverge, may_leave, returns_early, suspect};
pub(crate) use rewritten::{async_trait_statement, renamed, renamed_self, taken_apart};
pub(crate) use signature::{
    any_lifetime, at_commas, braced, has_inner_attributes, has_lifetime, has_reference, is_unnameable,
    leading_attributes, leaves_out_types, lifetimes, parameters, return_type_end, shared_references, starts_function,
    without_lifetimes,
};
pub(crate) use tokens::{is_block, is_ident, is_punct, tokens};
pub(crate) use variables::{assigns, first_read, looks_behind, mentions, shadows, without};
