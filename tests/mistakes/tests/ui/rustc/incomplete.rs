// Code as it is while it is typed: the compiler's own error, once.
use persevere::retry;

#[retry]
fn half_a_signature(x: ) -> std::io::Result<u32> {
    Ok(1)
}

#[retry]
fn half_an_expression(text: &str) -> std::io::Result<usize> {
    text.
}

#[retry(sleep = std::future::ready)]
async fn half_a_statement(text: &str) -> std::io::Result<usize> {
    let length =
}

fn main() {
    // The functions are there all the same.
    let _ = (half_an_expression(""), half_a_statement(""));
}
