use std::time::Duration;

use persevere::Retryable;

#[derive(Retryable)]
enum Words {
    #[retryable(throtled)]
    Misspelt,
    #[retryable(colour)]
    Unknown,
    #[retryable(Transparent)]
    Capital(std::io::Error),
    #[retryable(retry)]
    Retry,
    #[retryable(permanent)]
    Permanent,
    #[retryable(rate_limited)]
    RateLimited,
    #[retryable(delay = wait)]
    Delay { wait: Duration },
    #[retryable(source)]
    Source(std::io::Error),
    #[retryable(on = judge)]
    On(u8),
    #[retryable(crate = ::persevere)]
    Crate,
    #[retryable(5)]
    Positional,
    #[retryable("stop")]
    Quoted,
}

#[derive(Retryable)]
enum Values {
    #[retryable = "stop"]
    NameValue,
    #[retryable(stop = true)]
    StopWithValue,
    #[retryable(throttled(after = wait))]
    Parentheses { wait: Duration },
    #[retryable(after)]
    NoField { wait: Duration },
    #[retryable(after =)]
    NoValue { wait: Duration },
    #[retryable(after = "wait")]
    QuotedField { wait: Duration },
    #[retryable(after = self.wait)]
    Expression { wait: Duration },
    #[retryable(in = Duration::from_secs(1))]
    Constant,
    #[retryable(with = "judge")]
    QuotedPath(u8),
    #[retryable(with = |a, b| *a)]
    Closure(bool, bool),
    #[retryable(with = judge())]
    Called(u8),
    #[retryable(throttled after = wait)]
    MissingComma { wait: Duration },
    #[retryable(throttled; after = wait)]
    Semicolon { wait: Duration },
}

#[derive(Retryable)]
enum Contradictions {
    #[retryable(stop, throttled)]
    StopAndThrottled,
    #[retryable(after = wait, in = wait)]
    AfterAndIn { wait: Duration },
    #[retryable(throttled, throttled)]
    Twice,
    #[retryable]
    #[retryable(stop)]
    RetriedAndStopped,
    #[retryable(transparent, with = judge)]
    TransparentAndWith(u8),
}

#[derive(Retryable)]
enum Fields {
    #[retryable(after = wiat)]
    Misspelt { wait: Duration },
    #[retryable(after = colour)]
    Unknown { wait: Duration, code: u16 },
    #[retryable(after = wait)]
    Tuple(Duration),
    #[retryable(after = 1)]
    OutOfRange(Duration),
    #[retryable(after = 0)]
    Named { wait: Duration },
    #[retryable(after = wait)]
    Unit,
    #[retryable(transparent)]
    Several { source: std::io::Error, path: String },
    #[retryable(transparent)]
    SeveralOfATuple(std::io::Error, String),
    #[retryable(transparent)]
    None,
    OnAField(#[retryable(transparent)] std::io::Error),
}

#[derive(Retryable)]
#[retryable(transparent)]
enum Default {
    Io(std::io::Error),
    Closed,
    Reading { source: std::io::Error, path: String },
    #[retryable(stop)]
    Spoken,
}

#[derive(Retryable)]
#[retryable(after = wait)]
struct NoSuchField {
    delay: Duration,
}

#[derive(Retryable)]
struct OnAField {
    #[retryable(after)]
    wait: Duration,
}

#[derive(Retryable)]
union Union {
    a: u8,
    b: i8,
}

#[derive(Retryable)]
#[retryable(throtled, crate)]
enum Everything {
    #[retryable(stpo, after = wiat)]
    A { wait: Duration },
    #[retryable(transparent)]
    B,
}

// Where the derive has found a mistake, nothing else misses the `impl`.
#[persevere::retry]
fn no_second_error() -> Result<(), Everything> {
    Ok(())
}

fn main() {
    let _ = no_second_error();
}
