//! All the ways to repeat a call. Each is what its own documentation shows, with a policy of five attempts, jitter, and
//! exponential backoff that begins with a millisecond or is zero.

mod backon;
mod backon_macros;
mod bare;
mod by_hand;
mod persevere;
mod persevere_keys;
mod retry;
mod retry_if;
mod retrying;
mod tokio_retry2;
mod tower;

use crate::contestant::Contestant;

/// The one that the ratios are to.
pub const BY_HAND: &str = "loop by hand";
pub const BARE: &str = "bare call";
pub const PERSEVERE: &str = "persevere";

/// Everyone, in the order of the tables.
#[must_use]
pub fn all() -> Vec<Contestant> {
    vec![
        bare::contestant(),
        by_hand::contestant(),
        persevere::contestant(),
        backon::contestant(),
        backon_macros::contestant(),
        tokio_retry2::contestant(),
        retry::contestant(),
        tower::contestant(),
        retry_if::contestant(),
        retrying::contestant(),
    ]
}

/// `#[retry]` with each key that has a price of its own, alone.
#[must_use]
pub fn keys() -> Vec<Contestant> {
    persevere_keys::contestants()
}
