use std::time::Duration;

use persevere::{Event, retry};

struct Failed;

fn other_error(_: &u32) -> bool {
    true
}

fn two_arguments(_: &Failed, _: u32) -> bool {
    true
}

fn by_value(_: Failed) -> bool {
    true
}

fn no_decision(_: &Failed) -> u32 {
    1
}

fn nothing(_: &Failed) {}

fn other_event(_: &Event<'_, u32>) {}

fn no_event(_: &Failed) {}

async fn async_sleep(_: Duration) {}

fn seconds(_: u64) {}

#[retry(on = other_error)]
fn on_for_another_error() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = two_arguments)]
fn on_with_two_arguments() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = by_value)]
fn on_by_value() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = no_decision)]
fn on_returns_a_number() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = nothing)]
fn on_returns_nothing() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |error| error.busy())]
fn on_calls_an_unknown_method() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = nowhere)]
fn on_is_not_found() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, notify = other_event)]
fn notify_for_another_error() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, notify = no_event)]
fn notify_takes_no_event() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, sleep = async_sleep)]
fn sync_with_async_sleep() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, sleep = std::thread::sleep)]
async fn async_with_sync_sleep() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, sleep = seconds)]
fn sleep_takes_a_number() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, sleep = |_| true)]
fn sleep_says_true() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, sleep = |_| std::future::ready("done"))]
async fn async_sleep_says_more() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, max = limit)]
fn max_is_an_option(limit: Option<u32>) -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, initial = seconds)]
fn initial_is_a_number(seconds: u64) -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, factor = growth)]
fn factor_is_a_whole_number(growth: u32) -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, jitter = spread)]
fn jitter_is_a_string(spread: &str) -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, policy = 3 + 4)]
fn policy_is_a_number() -> Result<(), Failed> {
    Ok(())
}

fn main() {}

static SERVICE: persevere::Upstream = persevere::Upstream::new();

#[retry(upstream = SERVICE, cost = tokens, on = |_| true)]
fn cost_is_an_option(tokens: Option<u32>) -> Result<(), Failed> {
    Ok(())
}
