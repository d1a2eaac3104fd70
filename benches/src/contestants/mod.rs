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
/// A body without and with `?`: `#[retry]` repeats the one where it stands, and the other in a closure or block.
pub const BARE: [&str; 2] = ["bare call", "bare call, `?`"];
pub const PERSEVERE: [&str; 2] = ["persevere", "persevere, `?`"];

/// Everyone, in the order of the tables.
#[must_use]
pub fn all() -> Vec<Contestant> {
    let [bare, bare_asking] = bare::contestants();
    let [persevere, persevere_asking] = persevere::contestants();
    vec![
        bare,
        bare_asking,
        by_hand::contestant(),
        persevere,
        persevere_asking,
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
