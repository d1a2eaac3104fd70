use std::thread;
use std::time::Duration;

use super::BY_HAND;
use crate::contestant::Contestant;
use crate::operation::{ATTEMPTS, Answer, add_one};

const INITIAL: Duration = Duration::from_millis(1);
const CAP: Duration = Duration::from_mins(1);

pub(super) fn contestant() -> Contestant {
    Contestant::new(BY_HAND).blocking(call, call_at_once).asynchronous(call_async, call_async_at_once)
}

/// The wait after an attempt: exponential backoff with full jitter.
fn wait(initial: Duration, attempt: u32) -> Duration {
    let ceiling = initial.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(CAP);
    ceiling.mul_f64(rand::random())
}

fn call(number: u64) -> Answer {
    let mut attempt = 1;
    loop {
        match add_one(number) {
            Err(failure) if failure.is_transient() && attempt < ATTEMPTS => {
                thread::sleep(wait(INITIAL, attempt));
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

fn call_at_once(number: u64) -> Answer {
    let mut attempt = 1;
    loop {
        match add_one(number) {
            Err(failure) if failure.is_transient() && attempt < ATTEMPTS => {
                thread::sleep(wait(Duration::ZERO, attempt));
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn call_async(number: u64) -> Answer {
    let mut attempt = 1;
    loop {
        match add_one(number) {
            Err(failure) if failure.is_transient() && attempt < ATTEMPTS => {
                let wait = wait(INITIAL, attempt);
                // tokio takes a millisecond over a wait of zero.
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn call_async_at_once(number: u64) -> Answer {
    let mut attempt = 1;
    loop {
        match add_one(number) {
            Err(failure) if failure.is_transient() && attempt < ATTEMPTS => {
                let wait = wait(Duration::ZERO, attempt);
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}
