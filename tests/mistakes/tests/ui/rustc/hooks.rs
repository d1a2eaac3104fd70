//! Hooks that are none, and upstreams that pace nothing.

use persevere::{Event, Upstream, retry};

#[derive(Debug)]
enum Failed {
    A,
}

fn busy() -> bool {
    true
}

#[retry(on = |_| true, upstream = Upstream::new())]
fn an_upstream_of_its_own() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, notify = async |_| ())]
fn an_async_notify() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = |_| true, notify = |_: Event<'_, Failed>| ())]
fn a_notify_by_value() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = busy())]
fn a_called_on() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = [Failed::A])]
fn an_on_that_is_a_list() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = Failed::A)]
fn an_on_that_is_an_error() -> Result<(), Failed> {
    Ok(())
}

#[retry(on = async |_| true)]
fn an_async_on() -> Result<(), Failed> {
    Ok(())
}

type Outcome<T> = Option<T>;

mod aliased {
    pub(crate) type Result<T> = Option<T>;
}

#[retry(on = |_| true)]
fn an_alias_of_an_option() -> Outcome<u32> {
    None
}

#[retry(on = |_| true)]
fn an_alias_of_an_option_called_result() -> aliased::Result<u32> {
    None
}

fn main() {}
