//! What leaves a function before its final async block without being seen: nothing would repeat it.

use std::future::{Future, ready};
use std::pin::Pin;

use persevere::retry;

type Reply<'a> = Pin<Box<dyn Future<Output = std::io::Result<()>> + 'a>>;

macro_rules! early {
    ($is_early:expr) => {
        if $is_early {
            return Box::pin(async { Err(std::io::ErrorKind::Other.into()) });
        }
    };
}

#[retry(sleep = ready)]
fn a_return_in_a_macro(is_early: bool) -> Reply<'static> {
    let message = format!("{is_early}");
    early!(is_early);
    Box::pin(async move {
        drop(message.clone());
        Ok(())
    })
}

#[retry(sleep = ready)]
fn a_return_behind_the_type_of_a_function(is_early: bool) -> Reply<'static> {
    let _: fn() = if is_early { return Box::pin(async { Ok(()) }) } else { || {} };
    Box::pin(async { Ok(()) })
}

macro_rules! or_return {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Box::pin(async { Ok(()) }),
        }
    };
}

#[retry(sleep = ready, upstream = SERVICE, timeout = "1s")]
fn a_return_in_the_arm_of_a_macro<'a>(text: Option<&'a str>, list: &'a mut Vec<u32>) -> Reply<'a> {
    list.push(1);
    let text = or_return!(text);
    return Box::pin(async move {
        list.push(text.len() as u32);
        Ok(())
    });
}

static SERVICE: persevere::Upstream = persevere::Upstream::new();

fn main() {}
