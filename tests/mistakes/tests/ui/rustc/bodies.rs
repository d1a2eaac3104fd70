use persevere::retry;

struct Failed;

#[retry(on = |_| true)]
fn mismatched() -> Result<u32, Failed> {
    let number: u32 = "text";
    Ok(number)
}

#[retry(on = |_| true)]
fn no_result() -> Result<u32, Failed> {
    7
}

#[retry(on = |_| true, sleep = std::future::ready)]
async fn async_mismatched() -> Result<u32, Failed> {
    let number: u32 = "text";
    Ok(number)
}

#[retry(on = |_| true)]
fn question_mark() -> Result<u32, Failed> {
    let number: u32 = "7".parse()?;
    Ok(number)
}

#[retry(on = |_| true)]
fn consumed(text: String) -> Result<String, Failed> {
    Ok(text)
}

#[retry(on = |_| true, sleep = std::future::ready)]
async fn async_consumed(text: String) -> Result<usize, Failed> {
    drop(text);
    Ok(1)
}

#[retry(on = |_| true)]
fn empty() -> Result<u32, Failed> {}

fn main() {}
