//! What the compiler says about the user's own code is still said.
#![deny(missing_docs, unused, unreachable_code)]

use persevere::retry;

#[retry]
pub fn undocumented() -> std::io::Result<()> {
    Ok(())
}

/// Documented.
#[retry]
pub fn documented() -> std::io::Result<()> {
    Ok(())
}

#[retry]
fn never_called() -> std::io::Result<()> {
    Ok(())
}

/// Has a parameter and variables that nobody needs.
#[retry]
pub fn unused_variables(parameter: u32) -> std::io::Result<()> {
    let variable = 1;
    let mut constant = 2;
    println!("{constant}");
    Ok(())
}

/// Has a parameter that need not be mutable, and one that is borrowed again for each attempt.
#[retry]
pub fn unused_mut(mut parameter: String, exclusive: &mut u32) -> std::io::Result<()> {
    println!("{parameter}");
    Ok(())
}

/// Ignores a result.
#[retry]
pub fn unused_result() -> std::io::Result<()> {
    documented();
    Ok(())
}

/// Goes on after it has returned.
#[retry]
pub fn unreachable() -> std::io::Result<()> {
    return Ok(());
    println!("never");
}

/// Lints of an async function, whose body is a future.
#[retry(sleep = std::future::ready)]
pub async fn asynchronous(parameter: u32, mut text: &str) -> std::io::Result<()> {
    let variable = 1;
    println!("{text}");
    return Ok(());
    println!("never");
}

fn main() {}
