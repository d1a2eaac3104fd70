// What a function needs that only the compiler can tell: our words in its frame.
use persevere::retry;

struct Failed;

#[retry]
fn error_is_not_retryable() -> Result<(), Failed> {
    Ok(())
}

#[retry(sleep = std::future::ready)]
async fn async_error_is_not_retryable() -> Result<(), Failed> {
    Ok(())
}

// These cases are built without the feature `tokio`.
#[retry(on = |_| true)]
async fn async_without_a_timer() -> Result<(), Failed> {
    Ok(())
}

#[retry]
fn option() -> Option<u32> {
    None
}

#[retry(sleep = std::future::ready)]
async fn async_number() -> u32 {
    1
}

type Reply = std::pin::Pin<Box<dyn Future<Output = Result<u32, Failed>>>>;

#[retry(on = |_| true, notify = |event| drop(event.error()))]
fn a_future_under_another_name(reply: fn() -> Reply) -> Reply {
    reply()
}

fn main() {
    let _ = (error_is_not_retryable(), async_error_is_not_retryable(), option(), async_number());
}
