// What only the compiler can tell about limits, values and attempts.
use std::future::{Ready, ready};
use std::time::Duration;

use persevere::{Decision, Retryable, retry};

#[derive(Debug)]
struct Failed;

impl Retryable for Failed {
    fn decision(&self) -> Decision {
        Decision::Retry
    }
}

fn timer(_: Duration) -> Ready<()> {
    ready(())
}

#[retry(timeout = "5s", sleep = timer)]
async fn error_is_not_made_from_a_timeout() -> Result<(), Failed> {
    Ok(())
}

#[retry(timeout = limit, sleep = timer)]
async fn nor_is_this_one(limit: Duration) -> Result<(), Failed> {
    Ok(())
}

#[retry(timeout = seconds, sleep = timer)]
async fn timeout_is_a_number(seconds: u64) -> std::io::Result<()> {
    Ok(())
}

#[retry(deadline = seconds)]
fn deadline_is_a_number(seconds: u64) -> Result<(), Failed> {
    Ok(())
}

fn of_another_type(_: &str) -> bool {
    true
}

fn of_the_result(_: &Result<u32, Failed>) -> bool {
    true
}

fn no_answer(_: &u32) {}

async fn later(_: &u32) -> bool {
    true
}

#[retry(until = of_another_type)]
fn until_takes_another_type() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = of_the_result)]
fn until_takes_the_result() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = no_answer)]
fn until_answers_nothing() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = later)]
fn until_answers_later() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = |value, _| true)]
fn until_takes_two() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = |value| value.is_done())]
fn until_calls_an_unknown_method() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = |value| value)]
fn until_answers_with_a_number() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(until = missing)]
fn until_is_nothing() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(attempt = n)]
#[deny(unused_variables)]
fn attempt_is_not_used() -> Result<u32, Failed> {
    Ok(1)
}

static NUMBER: u32 = 7;

#[retry(upstream = NUMBER)]
fn upstream_is_a_number() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(upstream = NOWHERE)]
fn upstream_is_nowhere() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(upstream = persevere::Upstream)]
fn upstream_is_a_type() -> Result<u32, Failed> {
    Ok(1)
}

static SERVICE: persevere::Upstream = persevere::Upstream::new();

#[retry(upstream = SERVICE)]
fn not_a_result() -> Option<u32> {
    None
}

#[retry(upstream = SERVICE, on = |error| 5)]
fn on_answers_with_a_number() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(upstream = SERVICE)]
fn moves_its_argument(text: String) -> Result<String, Failed> {
    Ok(text)
}

#[retry(timeout = "5s", sleep = std::thread::sleep)]
async fn the_timer_blocks() -> std::io::Result<()> {
    Ok(())
}

#[retry(timeout = "5s", sleep = |wait: u64| ready(wait))]
async fn the_timer_takes_a_number() -> std::io::Result<()> {
    Ok(())
}

fn main() {}
