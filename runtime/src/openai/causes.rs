//! Finds, of an error and its causes, the outermost one whose type is known.

use super::error::ApiError;
use super::facts::{ApiFailure, Facts};
use super::status::ApiStatusError;
use super::transport::{self, Cause};
use crate::Elapsed;

/// The facts of the outermost known error.
pub(super) fn first_known(error: Cause<'_>) -> Option<Facts<'_>> {
    transport::chain(error).find_map(known)
}

/// The facts of an error, without its causes, if its type is known.
pub(super) fn known(error: Cause<'_>) -> Option<Facts<'_>> {
    if let Some(error) = error.downcast_ref::<ApiError>() {
        return Some(error.facts());
    }
    if let Some(error) = error.downcast_ref::<ApiStatusError>() {
        return Some(error.facts());
    }
    #[cfg(feature = "reqwest")]
    if let Some(error) = error.downcast_ref::<reqwest::Error>() {
        return Some(error.facts());
    }
    #[cfg(feature = "ureq")]
    if let Some(error) = error.downcast_ref::<ureq::Error>() {
        return Some(error.facts());
    }
    #[cfg(feature = "async-openai")]
    if let Some(error) = error.downcast_ref::<async_openai::error::OpenAIError>() {
        return Some(error.facts());
    }
    if let Some(error) = error.downcast_ref::<serde_json::Error>() {
        return Some(transport::of_json(error));
    }
    if error.is::<Elapsed>() {
        return Some(Facts::transport());
    }
    if let Some(facts) = error.downcast_ref().and_then(transport::of_io) {
        return Some(facts);
    }
    transport::of_text(error)
}
