//! What a page runs: each export is a call, which tells its outcome and the number of its attempts, or a refusal, which
//! tells what it decides.
#![cfg(target_family = "wasm")]

use std::cell::Cell;
use std::fmt::Debug;
use std::future::ready;
use std::time::Duration;

use http::{HeaderMap, HeaderName, StatusCode};
use persevere::openai::{ApiError, retryable};
use persevere::{Decision, Jitter, Policy, Upstream};
use wasm_bindgen::prelude::wasm_bindgen;

#[derive(Debug)]
enum Failed {
    Refused,
    #[cfg(feature = "web")]
    Late,
}

/// Fails twice, then succeeds.
fn fails_twice(calls: &Cell<u32>) -> Result<u32, Failed> {
    calls.set(calls.get() + 1);
    if calls.get() < 3 { Err(Failed::Refused) } else { Ok(7) }
}

fn fails(calls: &Cell<u32>) -> Result<u32, Failed> {
    calls.set(calls.get() + 1);
    Err(Failed::Refused)
}

fn told<T: Debug>(result: T, calls: &Cell<u32>) -> String {
    format!("{result:?} after {}", calls.get())
}

/// What a refusal with these headers decides.
fn refused(headers: &[(&'static str, &str)]) -> String {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a date is a value of a header")))
        .collect();
    format!("{:?}", retryable(&ApiError::from_response(StatusCode::SERVICE_UNAVAILABLE, &headers, b"")))
}

#[wasm_bindgen]
pub fn date_in_five_seconds() -> String {
    refused(&[("retry-after", "Thu, 01 Jan 2026 00:00:05 GMT")])
}

#[wasm_bindgen]
pub fn date_five_seconds_after_the_response() -> String {
    refused(&[("retry-after", "Thu, 01 Jan 1998 00:00:05 GMT"), ("date", "Thu, 01 Jan 1998 00:00:00 GMT")])
}

#[wasm_bindgen]
pub fn last_date() -> String {
    refused(&[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")])
}

#[wasm_bindgen]
pub fn blocking_without_waits() -> String {
    let calls = Cell::new(0);
    let call = Policy::new().initial(Duration::ZERO).retry_blocking(|| fails_twice(&calls)).on(|_| true);
    told(call.call(), &calls)
}

#[wasm_bindgen]
pub fn blocking_with_a_wait() -> String {
    let calls = Cell::new(0);
    told(Policy::new().retry_blocking(|| fails(&calls)).on(|_| true).call(), &calls)
}

#[wasm_bindgen]
pub fn blocking_with_a_deadline() -> String {
    let calls = Cell::new(0);
    let policy = Policy::new().initial(Duration::ZERO).deadline(Duration::from_secs(5));
    told(policy.retry_blocking(|| fails_twice(&calls)).on(|_| true).call(), &calls)
}

#[wasm_bindgen]
pub fn blocking_success_under_an_upstream() -> String {
    static CALM: Upstream = Upstream::new();
    let calls = Cell::new(2);
    told(Policy::new().retry_blocking(|| fails_twice(&calls)).on(|_| true).upstream(&CALM).call(), &calls)
}

#[wasm_bindgen]
pub fn blocking_failure_under_an_upstream() -> String {
    static REFUSING: Upstream = Upstream::new();
    let calls = Cell::new(0);
    let call = Policy::new().max(1).retry_blocking(|| fails(&calls)).on(|_| Decision::Throttled(None));
    told(call.upstream(&REFUSING).call(), &calls)
}

/// A wait that full jitter draws, told and not waited.
#[wasm_bindgen]
pub async fn draw() -> String {
    let (calls, asked) = (Cell::new(0), Cell::new(Duration::ZERO));
    let policy = Policy::new().max(2).initial(Duration::from_secs(60)).jitter(Jitter::Full);
    let call = policy.retry(async || fails(&calls)).on(|_| true).sleep(|wait| {
        asked.set(wait);
        ready(())
    });
    let result = call.call().await;
    format!("{}, {:?} asked", told(result, &calls), asked.get())
}

#[wasm_bindgen]
pub async fn sleep_of_its_own() -> String {
    let (calls, asked) = (Cell::new(0), Cell::new(Duration::ZERO));
    let policy = Policy::new().initial(Duration::from_secs(1)).jitter(Jitter::None);
    let call = policy.retry(async || fails_twice(&calls)).on(|_| true).sleep(|wait| {
        asked.set(asked.get() + wait);
        ready(())
    });
    let result = call.call().await;
    format!("{}, {:?} asked", told(result, &calls), asked.get())
}

/// With the feature, the clocks and the timer are JavaScript's.
#[cfg(feature = "web")]
mod with_clock {
    use persevere::{Elapsed, retry};

    use super::*;

    impl From<Elapsed> for Failed {
        fn from(_: Elapsed) -> Self {
            Self::Late
        }
    }

    #[wasm_bindgen]
    pub async fn waits() -> String {
        #[retry(initial = "60ms", jitter = none, on = |_| true)]
        async fn load(calls: &Cell<u32>) -> Result<u32, Failed> {
            fails_twice(calls)
        }
        let calls = Cell::new(0);
        told(load(&calls).await, &calls)
    }

    #[wasm_bindgen]
    pub async fn parts_of_a_millisecond() -> String {
        let calls = Cell::new(0);
        let policy = Policy::new().max(2).initial(Duration::from_nanos(1_000_001)).jitter(Jitter::None);
        told(policy.retry(async || fails(&calls)).on(|_| true).call().await, &calls)
    }

    #[wasm_bindgen]
    pub async fn timeout() -> String {
        #[retry(max = 2, initial = "10ms", jitter = none, timeout = "50ms", on = |_| true)]
        async fn load(calls: &Cell<u32>) -> Result<u32, Failed> {
            calls.set(calls.get() + 1);
            std::future::pending().await
        }
        let calls = Cell::new(0);
        told(load(&calls).await, &calls)
    }

    #[wasm_bindgen]
    pub async fn deadline() -> String {
        #[retry(max = 100, initial = "40ms", jitter = none, factor = 1, deadline = "210ms", on = |_| true)]
        async fn load(calls: &Cell<u32>) -> Result<u32, Failed> {
            fails(calls)
        }
        let calls = Cell::new(0);
        told(load(&calls).await, &calls)
    }

    #[wasm_bindgen]
    pub async fn upstream() -> String {
        static MODEL: Upstream = Upstream::new();
        #[retry(initial = "20ms", upstream = MODEL, on = |_| Decision::Throttled(Some(Duration::from_millis(100))))]
        async fn load(calls: &Cell<u32>) -> Result<u32, Failed> {
            fails_twice(calls)
        }
        let calls = Cell::new(0);
        told(load(&calls).await, &calls)
    }

    #[wasm_bindgen]
    pub async fn sixty_days() -> String {
        let (calls, wait) = (Cell::new(0), Duration::from_secs(60 * 24 * 3600));
        let policy = Policy::new().max(2).initial(wait).cap(wait).jitter(Jitter::None);
        told(policy.retry(async || fails(&calls)).on(|_| true).call().await, &calls)
    }
}
