//! Six functions, one for each kind of expansion. `docs/expansion/` shows what becomes of them.
#![allow(missing_docs, clippy::missing_errors_doc, reason = "only the expansions are of interest")]

use persevere::{Decision, Elapsed, Retryable, Upstream};

/// The error of the functions.
#[derive(Debug)]
pub struct Failed;

impl Retryable for Failed {
    fn decision(&self) -> Decision {
        Decision::Retry
    }
}

impl From<Elapsed> for Failed {
    fn from(_: Elapsed) -> Self {
        Self
    }
}

impl Upload for str {
    fn upload(&self) -> Result<u64, Failed> {
        self.len().try_into().map_err(|_| Failed)
    }

    async fn send(&self) -> Result<u64, Failed> {
        self.upload()
    }
}

/// What the functions call.
#[expect(async_fn_in_trait, reason = "nobody else implements it")]
pub trait Upload {
    fn upload(&self) -> Result<u64, Failed>;
    async fn send(&self) -> Result<u64, Failed>;
}

/// The service of the function that shares its pace.
pub static SERVICE: Upstream = Upstream::new();

pub mod sync {
    use crate::{Failed, Upload};

    #[persevere::retry]
    pub fn upload(text: &str) -> Result<u64, Failed> {
        text.upload()
    }
}

pub mod sync_with_question_mark {
    use crate::{Failed, Upload};

    #[persevere::retry(max = 5, on = |_| true)]
    pub fn upload(text: &str) -> Result<u64, Failed> {
        Ok(text.upload()? + 1)
    }
}

pub mod asynchronous {
    use crate::{Failed, Upload};

    #[persevere::retry]
    pub async fn upload(text: &str) -> Result<u64, Failed> {
        text.send().await
    }
}

pub mod asynchronous_with_question_mark {
    use crate::{Failed, Upload};

    #[persevere::retry(max = 5, on = |_| true)]
    pub async fn upload(text: &str) -> Result<u64, Failed> {
        Ok(text.send().await? + 1)
    }
}

pub mod with_limits {
    use crate::{Failed, Upload};

    #[persevere::retry(timeout = "10s", deadline = "60s")]
    pub async fn upload(text: &str) -> Result<u64, Failed> {
        text.send().await
    }
}

pub mod with_upstream {
    use crate::{Failed, SERVICE, Upload};

    #[persevere::retry(upstream = SERVICE)]
    pub async fn upload(text: &str) -> Result<u64, Failed> {
        text.send().await
    }
}
