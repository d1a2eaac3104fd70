use std::io::Result;

use persevere::retry;

#[retry(max = 0)]
fn max_zero() -> Result<()> {
    Ok(())
}

#[retry(max = "5")]
fn max_string() -> Result<()> {
    Ok(())
}

#[retry(max = "many")]
fn max_word() -> Result<()> {
    Ok(())
}

#[retry(max = -1)]
fn max_negative() -> Result<()> {
    Ok(())
}

#[retry(max = 4294967296)]
fn max_too_large() -> Result<()> {
    Ok(())
}

#[retry(max = 5f32)]
fn max_suffix() -> Result<()> {
    Ok(())
}

#[retry(max = 2.5)]
fn max_fraction() -> Result<()> {
    Ok(())
}

#[retry(max = true)]
fn max_bool() -> Result<()> {
    Ok(())
}

#[retry(initial = 1)]
fn initial_without_unit() -> Result<()> {
    Ok(())
}

#[retry(initial = 0.5)]
fn initial_fraction_without_unit() -> Result<()> {
    Ok(())
}

#[retry(initial = "1")]
fn initial_string_without_unit() -> Result<()> {
    Ok(())
}

#[retry(initial = "1 parsec")]
fn initial_unknown_unit() -> Result<()> {
    Ok(())
}

#[retry(initial = "")]
fn initial_empty() -> Result<()> {
    Ok(())
}

#[retry(initial = "soon")]
fn initial_word() -> Result<()> {
    Ok(())
}

#[retry(initial = -1)]
fn initial_negative() -> Result<()> {
    Ok(())
}

#[retry(initial = true)]
fn initial_bool() -> Result<()> {
    Ok(())
}

#[retry(initial = 1s)]
fn initial_without_quotes() -> Result<()> {
    Ok(())
}

#[retry(cap = "99999999999999999999s")]
fn cap_too_long() -> Result<()> {
    Ok(())
}

#[retry(cap = "0.1ns")]
fn cap_too_fine() -> Result<()> {
    Ok(())
}

#[retry(max_retry_after = 120)]
fn max_retry_after_without_unit() -> Result<()> {
    Ok(())
}

#[retry(initial = "2m", cap = "1m 30s")]
fn initial_above_cap() -> Result<()> {
    Ok(())
}

#[retry(factor = 0.5)]
fn factor_below_one() -> Result<()> {
    Ok(())
}

#[retry(factor = -2)]
fn factor_negative() -> Result<()> {
    Ok(())
}

#[retry(factor = 1e999)]
fn factor_infinite() -> Result<()> {
    Ok(())
}

#[retry(factor = "2")]
fn factor_string() -> Result<()> {
    Ok(())
}

#[retry(jitter = 1.5)]
fn jitter_above_one() -> Result<()> {
    Ok(())
}

#[retry(jitter = -0.5)]
fn jitter_negative() -> Result<()> {
    Ok(())
}

#[retry(jitter = "full")]
fn jitter_string() -> Result<()> {
    Ok(())
}

#[retry(jitter = "some")]
fn jitter_unknown_string() -> Result<()> {
    Ok(())
}

#[retry(jitter = ful)]
fn jitter_misspelt() -> Result<()> {
    Ok(())
}

#[retry(jitter = Full)]
fn jitter_capital() -> Result<()> {
    Ok(())
}

#[retry(jitter = uniform)]
fn jitter_unknown() -> Result<()> {
    Ok(())
}

#[retry(jitter = true)]
fn jitter_bool() -> Result<()> {
    Ok(())
}

#[retry(on = true)]
fn on_bool() -> Result<()> {
    Ok(())
}

#[retry(on = "retryable")]
fn on_string() -> Result<()> {
    Ok(())
}

#[retry(notify = "println")]
fn notify_string() -> Result<()> {
    Ok(())
}

#[retry(sleep = 1)]
fn sleep_number() -> Result<()> {
    Ok(())
}

#[retry(policy = "fast")]
fn policy_string() -> Result<()> {
    Ok(())
}

#[retry(crate = "persevere")]
fn crate_string() -> Result<()> {
    Ok(())
}

#[retry(crate = 1)]
fn crate_number() -> Result<()> {
    Ok(())
}

#[retry(cap = "100ms")]
fn cap_below_the_default_initial() -> Result<()> {
    Ok(())
}

fn main() {
    // Every function is there, so that its use is no second error.
    let _ = (max_zero(), initial_above_cap(), jitter_above_one(), on_bool());
}
