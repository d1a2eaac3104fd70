//! What the attribute says: its arguments, each value checked, and the keys checked against each other.

mod args;
mod duration;
mod keys;
mod options;
mod policy;
mod values;

pub(crate) use args::parse;
pub(crate) use keys::Key;
pub(crate) use options::Options;
pub(crate) use policy::{
    DEFAULT_CAP, DEFAULT_FACTOR, DEFAULT_INITIAL, DEFAULT_MAX, DEFAULT_MAX_RETRY_AFTER, PolicyOptions,
};
pub(crate) use values::{Hook, Jitter, Value};
