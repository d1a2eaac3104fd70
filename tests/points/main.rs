//! A call is dropped after each number of polls, and a panic comes from each place of the user's code: for each key alone,
//! for all together, and for each way in which a call can end, in async and blocking functions and closures. Nothing is
//! called afterwards, nothing stays behind, no lock is poisoned, and no turn is lost for longer than its slot.
//!
//! `sets` lists the sets of keys, and the forms in which each is played; `extra` has what fits no such list; `play` drops
//! and counts; `user` is the user's code.

mod extra;
mod play;
mod sets;
mod user;
