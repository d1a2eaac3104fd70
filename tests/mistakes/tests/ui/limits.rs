// Limits, values and attempts: mistakes that only these keys have.
use std::io::Result;

use persevere::retry;

#[retry(timeout = "5s")]
fn timeout_of_a_sync_function() -> Result<()> {
    Ok(())
}

#[retry(max = 3, timeout = "0s", deadline = "0ms")]
async fn no_time_at_all() -> Result<()> {
    Ok(())
}

#[retry(timeout = 5, deadline = 60)]
async fn no_units() -> Result<()> {
    Ok(())
}

#[retry(timeout = 5s)]
async fn no_quotes() -> Result<()> {
    Ok(())
}

#[retry(attempt = 1)]
fn attempt_is_a_number() -> Result<()> {
    Ok(())
}

#[retry(attempt = "n")]
fn attempt_is_a_string() -> Result<()> {
    Ok(())
}

#[retry(cost = 5)]
fn cost_of_no_limit() -> Result<()> {
    Ok(())
}

static SERVICE: persevere::Upstream = persevere::Upstream::new();

#[retry(upstream = SERVICE, cost = -1)]
fn cost_below_zero() -> Result<()> {
    Ok(())
}

#[retry(upstream = SERVICE, cost = 1.5)]
fn cost_is_a_fraction() -> Result<()> {
    Ok(())
}

#[retry(upstream = SERVICE, cost = "200")]
fn cost_in_quotes() -> Result<()> {
    Ok(())
}

#[retry(upstream = SERVICE, cost = 5k)]
fn cost_has_a_suffix() -> Result<()> {
    Ok(())
}

#[retry(upstream = SERVICE, cost = 9_999_999_999)]
fn cost_is_too_much() -> Result<()> {
    Ok(())
}

#[retry(upstream = SERVICE, tokens = 5)]
fn cost_by_another_name() -> Result<()> {
    Ok(())
}

#[retry(previous = 1)]
fn previous_is_a_number() -> Result<()> {
    Ok(())
}

#[retry(previous = "last")]
fn previous_is_a_string() -> Result<()> {
    Ok(())
}

#[retry(previous = self.last)]
fn previous_is_a_field() -> Result<()> {
    Ok(())
}

#[retry(attempt = now, previous = now)]
fn previous_is_the_attempt() -> Result<()> {
    Ok(())
}

#[retry(previous)]
fn previous_alone() -> Result<()> {
    Ok(())
}

#[retry(last_error = error)]
fn last_error() -> Result<()> {
    Ok(())
}

#[retry(name = "")]
fn name_is_empty() -> Result<()> {
    Ok(())
}

#[retry(name = Client::complete)]
fn name_is_a_path() -> Result<()> {
    Ok(())
}

#[retry(name = 5)]
fn name_is_a_number() -> Result<()> {
    Ok(())
}

#[retry(name = format!("load"))]
fn name_is_made() -> Result<()> {
    Ok(())
}

#[retry(attempt = self::n)]
fn attempt_is_a_path() -> Result<()> {
    Ok(())
}

#[retry(attempt = self)]
fn attempt_is_self() -> Result<()> {
    Ok(())
}

#[retry(attempt)]
fn attempt_has_no_name() -> Result<()> {
    Ok(())
}

#[retry(until = true)]
fn until_is_a_bool() -> Result<()> {
    Ok(())
}

#[retry(deadlin = "5s", attempt_timeout = "1s", max_elapsed_time = "9s", unti = good)]
fn almost() -> Result<()> {
    Ok(())
}

#[retry(upstream = "openai")]
fn upstream_is_a_string() -> Result<()> {
    Ok(())
}

#[retry(upstream = || 5, rate_limit = 5, upstraem = X)]
fn upstream_is_a_closure() -> Result<()> {
    Ok(())
}

fn main() {
    // Every function is there, so that its use is no second error.
    let _ = (timeout_of_a_sync_function(), attempt_is_a_number(), until_is_a_bool(), almost());
}
