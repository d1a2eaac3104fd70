//! The engine: what follows an attempt, for the expansion of the attribute and for closures alike.

pub(crate) mod clock;
pub(crate) mod limit;
pub(crate) mod observe;
pub(crate) mod outcome;
pub(crate) mod report;
pub(crate) mod running;
pub(crate) mod settle;
pub(crate) mod site;
pub(crate) mod state;
pub(crate) mod timer;
pub(crate) mod turn;
pub(crate) mod wait;
