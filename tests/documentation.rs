//! The page of the attribute, whose examples need the runtime as the attribute's package does not.
#![cfg_attr(feature = "tokio", doc = include_str!("../macros/src/retry.md"))]
