//! What once was passed over in silence.

use std::future::Future;

use persevere::retry;

#[retry(initial = "1m"ms)]
fn the_unit_stands_outside() -> std::io::Result<()> {
    Ok(())
}

#[retry(max = #[cfg(any())] 2)]
fn an_attribute_on_a_value() -> std::io::Result<()> {
    Ok(())
}

#[retry(initial = "-1s")]
fn a_negative_duration() -> std::io::Result<()> {
    Ok(())
}

#[retry(crate = Self)]
fn the_crate_is_a_type() -> std::io::Result<()> {
    Ok(())
}

#[retry(crate = a::<b>::c)]
fn the_crate_has_arguments() -> std::io::Result<()> {
    Ok(())
}

#[retry(wait_initial = "1s", wait_max = "5s", wait_exp_base = 2, wait_jitter = "1s", reraise = true, retry = busy)]
fn the_names_of_stamina_and_tenacity() -> std::io::Result<()> {
    Ok(())
}

#[retry(on = |error| error.kind() == kind)]
fn a_hook_over_a_hidden_parameter(kind: std::io::ErrorKind) -> impl Future<Output = std::io::Result<()>> {
    let kind = Some(kind);
    async move { if kind.is_some() { Ok(()) } else { Ok(()) } }
}

fn main() {}

#[retry(initial = "2s", deadline = "1s", jitter = none)]
fn a_deadline_that_no_wait_fits_into() -> std::io::Result<()> {
    Ok(())
}

#[retry(upstream = std::sync::Arc::new(persevere::Upstream::new()))]
fn a_pointer_that_is_made_for_the_call() -> std::io::Result<()> {
    Ok(())
}
