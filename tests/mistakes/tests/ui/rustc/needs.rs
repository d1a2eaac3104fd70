// What a function needs that only the compiler can tell: our words in its frame.
use persevere::retry;

struct Failed;

#[retry]
fn error_is_not_retryable() -> Result<(), Failed> {
    Ok(())
}

type Replied<T> = Result<T, Failed>;

#[retry]
fn error_of_an_alias_is_not_retryable() -> Replied<u32> {
    Ok(1)
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

#[retry(on = |_| true)]
fn a_future_without_a_timer() -> impl Future<Output = Result<(), Failed>> {
    async { Ok(()) }
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

async fn reply() -> Result<u32, Failed> {
    Ok(1)
}

#[retry(on = { let seen = std::rc::Rc::new(1); move |_| *seen > 0 }, sleep = std::future::ready)]
fn a_hook_that_stays_on_its_thread() -> impl Future<Output = Result<u32, Failed>> {
    reply()
}

fn sent<T: Send>(_: T) {}

fn main() {
    sent(a_hook_that_stays_on_its_thread());
    let _ = (error_is_not_retryable(), async_error_is_not_retryable(), option(), async_number());
}
