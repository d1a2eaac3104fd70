//! Nothing but what `tests/` looks at.
