use std::time::Duration;

use persevere::Retryable;

struct Foreign;

#[derive(Retryable)]
enum Types {
    #[retryable(after = seconds)]
    Seconds { seconds: u64 },
    #[retryable(throttled, after = 0)]
    Text(String),
    #[retryable(in = wait)]
    Borrowed { wait: &'static Duration },
    #[retryable(transparent)]
    Foreign(Foreign),
    #[retryable(transparent = source)]
    Optional { source: Option<std::io::Error>, path: String },
    #[retryable(with = no_decision)]
    NoDecision(u8),
    #[retryable(with = too_few)]
    TooFew(u8, u8),
    #[retryable(with = missing)]
    Missing(u8),
}

fn no_decision(_: &u8) -> String {
    String::new()
}

fn too_few(_: &u8) -> bool {
    true
}

#[derive(Retryable)]
enum Bounded<S> {
    #[retryable(transparent)]
    Source(S),
}

#[persevere::retry]
fn unbounded() -> Result<(), Bounded<Foreign>> {
    Ok(())
}

fn main() {
    let _ = unbounded();
}
