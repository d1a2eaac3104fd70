use std::io::Result;

use persevere::retry;

#[retry(max = 5 +)]
fn half_a_sum() -> Result<()> {
    Ok(())
}

#[retry(on = |error|, max = 5)]
fn half_a_closure() -> Result<()> {
    Ok(())
}

#[retry(policy = Policy::)]
fn half_a_path() -> Result<()> {
    Ok(())
}

#[retry(max = (5 5), factor = 0)]
fn nonsense_in_parentheses() -> Result<()> {
    Ok(())
}

#[retry(max => 5)]
fn arrow() -> Result<()> {
    Ok(())
}

#[retry(max = = 5)]
fn two_equals() -> Result<()> {
    Ok(())
}

#[retry(max = 5 = 6)]
fn assignment() -> Result<()> {
    Ok(())
}

#[retry("max" = 5)]
fn key_in_quotes() -> Result<()> {
    Ok(())
}

#[retry(ma)]
fn half_a_key() -> Result<()> {
    Ok(())
}

fn main() {
    let _ = (half_a_sum(), half_a_closure(), half_a_key());
}
