//! What `#[retry]` costs, beside the bare call, a loop written by hand, and other crates. Each program in `bin/`
//! measures one thing and prints a table; the last ones are kept in `README.md`.

pub mod allocations;
pub mod cargo;
pub mod contestant;
pub mod contestants;
pub mod instructions;
pub mod operation;
pub mod scenario;
pub mod table;
pub mod thousand;
