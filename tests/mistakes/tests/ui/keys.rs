use std::io::Result;

use persevere::retry;

#[retry(maxx = 5)]
fn misspelt() -> Result<()> {
    Ok(())
}

#[retry(intial = "1s")]
fn transposed() -> Result<()> {
    Ok(())
}

#[retry(colour = 5)]
fn unknown() -> Result<()> {
    Ok(())
}

#[retry(Max = 5)]
fn capital() -> Result<()> {
    Ok(())
}

#[retry(max = 5, max = 6)]
fn repeated() -> Result<()> {
    Ok(())
}

#[retry(attempts = 5)]
fn attempts() -> Result<()> {
    Ok(())
}

#[retry(retries = 5)]
fn retries() -> Result<()> {
    Ok(())
}

#[retry(max_retries = 5)]
fn max_retries() -> Result<()> {
    Ok(())
}

#[retry(delay = "1s")]
fn delay() -> Result<()> {
    Ok(())
}

#[retry(when = |_| true)]
fn when() -> Result<()> {
    Ok(())
}

#[retry(if = |_| true)]
fn if_() -> Result<()> {
    Ok(())
}

#[retry(backoff = "exponential")]
fn backoff() -> Result<()> {
    Ok(())
}

#[retry(max_delay = "1m")]
fn max_delay() -> Result<()> {
    Ok(())
}

#[retry(multiplier = 2)]
fn multiplier() -> Result<()> {
    Ok(())
}

#[retry(max)]
fn no_value() -> Result<()> {
    Ok(())
}

#[retry(max =)]
fn empty_value() -> Result<()> {
    Ok(())
}

#[retry(max = , initial = "1s")]
fn empty_value_before_a_comma() -> Result<()> {
    Ok(())
}

#[retry(max(5))]
fn parentheses() -> Result<()> {
    Ok(())
}

#[retry(max: 5)]
fn colon() -> Result<()> {
    Ok(())
}

#[retry(max == 5)]
fn comparison() -> Result<()> {
    Ok(())
}

#[retry(max 5)]
fn no_equals() -> Result<()> {
    Ok(())
}

#[retry(5)]
fn positional_number() -> Result<()> {
    Ok(())
}

#[retry("1s")]
fn positional_duration() -> Result<()> {
    Ok(())
}

#[retry(|_| true)]
fn positional_closure() -> Result<()> {
    Ok(())
}

#[retry(max = 5 initial = "1s")]
fn missing_comma() -> Result<()> {
    Ok(())
}

#[retry(max = 5; initial = "1s")]
fn semicolon() -> Result<()> {
    Ok(())
}

#[retry(max = 5,, initial = "1s")]
fn two_commas() -> Result<()> {
    Ok(())
}

#[retry(maxx = 5, initial = 1, factor = 0.5, jitter = 2, attempts = 3, cap)]
fn each_mistake_is_reported() -> Result<()> {
    Ok(())
}

fn main() {
    let _ = (misspelt(), repeated(), parentheses(), missing_comma(), each_mistake_is_reported());
}
