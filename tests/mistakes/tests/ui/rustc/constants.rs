//! An upstream that is a constant, which is made anew wherever it is named.

use persevere::{Upstream, retry};

const PACE: Upstream = Upstream::new();

#[retry(on = |_| true, upstream = PACE, sleep = std::future::ready)]
async fn a_constant_upstream() -> Result<(), u32> {
    Ok(())
}

#[retry(on = |_| true, upstream = &PACE)]
fn a_reference_to_a_constant() -> Result<(), u32> {
    Ok(())
}

fn main() {}
