//! A model that is told why its last reply did not parse: `previous`.
//!
//! ```sh
//! cargo run --example reply
//! ```
//!
//! Look at the second prompt: it says what was wrong with the first reply.

use persevere::retry;

#[retry(max = 3, initial = "10ms", on = |_| true, previous = previous)]
fn ask(prompt: &str) -> Result<i64, String> {
    let prompt = match previous {
        Some(Err(refused)) => format!("{prompt}\nYour last reply was refused: {refused}. Answer with a number only."),
        _ => prompt.to_owned(),
    };
    let reply = model(&prompt);
    reply.parse().map_err(|error| format!("{reply:?}: {error}"))
}

/// Stands in for a model.
fn model(prompt: &str) -> &'static str {
    println!("Asked: {prompt}");
    if prompt.contains("number only") { "42" } else { "Certainly! It is 42." }
}

fn main() {
    println!("Answer: {:?}", ask("What is six times seven?"));
}
