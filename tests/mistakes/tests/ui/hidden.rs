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

fn main() {}
