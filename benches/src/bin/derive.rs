//! What `#[derive(Retryable)]` costs beside the `impl` by hand: lines given to LLVM, for a thiserror enum of eight variants.

use std::io;

use persevere_benches::cargo::{Package, persevere};
use persevere_benches::table::{Table, beside};

/// The enum; the places of attributes are filled in or left empty.
const ERROR: &str = r#"
use std::time::Duration;

#[derive(Debug, thiserror::Error DERIVE)]
pub enum StoreError {
    #[error("cannot reach the store")] TRANSPARENT
    Io(#[from] std::io::Error),
    #[error("no answer in time")] TRANSPARENT
    TooSlow(#[from] persevere::Elapsed),
    #[error("too many requests")] THROTTLED
    TooMany { wait: Option<Duration> },
    #[error("the store is being moved")] AFTER
    Moving { wait: Duration },
    #[error("deadlock")] RETRY
    Deadlock,
    #[error("the store is busy with {0}")] RETRY
    Busy(String),
    #[error("no key {key}")]
    NoSuchKey { key: String },
    #[error("not allowed")]
    NotAllowed,
}
"#;

const BY_HAND: &str = r#"
impl persevere::Retryable for StoreError {
    fn decision(&self) -> persevere::Decision {
        use persevere::Decision;
        match self {
            Self::Io(error) => error.decision(),
            Self::TooSlow(error) => error.decision(),
            Self::TooMany { wait } => Decision::Throttled(*wait),
            Self::Moving { wait } => Decision::RetryAfter(*wait),
            Self::Deadlock | Self::Busy(_) => Decision::Retry,
            Self::NoSuchKey { .. } | Self::NotAllowed => Decision::Stop,
        }
    }
}
"#;

fn source(is_derived: bool, implementation: &str) -> String {
    let places = [
        (" DERIVE", ", persevere::Retryable"),
        ("TRANSPARENT", "#[retryable(transparent)]"),
        ("THROTTLED", "#[retryable(throttled, after = wait)]"),
        ("AFTER", "#[retryable(after = wait)]"),
        ("RETRY", "#[retryable]"),
    ];
    let error = places.iter().fold(ERROR.to_owned(), |text, (place, attribute)| {
        text.replace(place, if is_derived { attribute } else { "" })
    });
    error + implementation
}

fn main() -> io::Result<()> {
    let dependencies = format!("{}thiserror = \"2\"\n", persevere(", default-features = false"));
    let rows = [("neither", source(false, "")), ("by hand", source(false, BY_HAND)), ("derived", source(true, ""))];
    let mut lines = Vec::new();
    for (name, source) in &rows {
        let package =
            Package::write(&format!("derive-{}", name.replace(' ', "-")), &dependencies, &[("lib.rs", source)])?;
        lines.push([package.llvm_lines(&[])?, package.llvm_lines(&["--release"])?]);
    }
    println!("Lines of LLVM for the `impl`, above the enum alone (ratio to the `impl` by hand):\n");
    let above = |row: usize, column: usize| Some(lines[row][column] - lines[0][column]);
    let mut table = Table::new(["", "debug", "release"]);
    for (row, (name, _)) in rows.iter().enumerate().skip(1) {
        let cells = [0, 1].map(|column| beside(above(row, column), above(1, column), 0));
        table.row([(*name).to_owned()].into_iter().chain(cells));
    }
    table.print();
    Ok(())
}
