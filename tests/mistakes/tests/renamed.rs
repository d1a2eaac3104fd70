//! The runtime under another name: without `crate =` each attribute is one error, which says what to write.

#[path = "../../rustc/mod.rs"]
mod rustc;

use std::fs;
use std::path::Path;

use rustc::{Compiler, Toolchain};

/// Three mistakes, and what is right.
const SOURCE: &str = "
#[again::retry]
pub fn sync() -> std::io::Result<()> { Ok(()) }

#[again::retry(sleep = std::future::ready, deadline = \"5s\", on = |_| true, notify = |_| ())]
pub async fn limited() -> std::io::Result<()> { Ok(()) }

#[derive(again::Retryable)]
pub enum Failed { Busy }

#[again::retry(crate = ::again)]
pub fn right() -> Result<(), Right> { Ok(()) }

#[derive(again::Retryable)]
#[retryable(crate = ::again)]
pub enum Right { Busy }
";

/// What is said of the source in a package with these dependencies.
fn said(dependencies: &str) -> Vec<(u64, String)> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("renamed");
    let compiler = Compiler::new(Toolchain::Own, &["--package=persevere", "--no-default-features"], &folder);
    let compiler = compiler.with_manifest(&folder);
    fs::write(folder.join("Cargo.toml"), format!("[package]\nname = \"renamed\"\n\n[dependencies]\n{dependencies}\n"))
        .expect("a manifest can be written");
    let file = folder.join("lib.rs");
    fs::write(&file, SOURCE).expect("a source can be written");
    let messages = compiler.check(&file, &["again=persevere"], &["--edition=2024", "--crate-type=lib"]);
    messages.into_iter().map(|message| (message.start.0, message.text)).collect()
}

#[test]
fn a_name_that_only_the_manifest_knows_is_one_error_each() {
    let renamed = "`Cargo.toml` calls `persevere` by another name: write";
    assert_eq!(
        said("again = { version = \"0.1\", package = \"persevere\" }"),
        [
            (2, format!("{renamed} `crate = ::again`")),
            (5, format!("{renamed} `crate = ::again`")),
            (8, format!("{renamed} `#[retryable(crate = ::again)]`")),
        ]
    );
    let absent = "`Cargo.toml` has no dependency `persevere`: write where it is to be found, such as";
    assert_eq!(
        said("again = \"0.1\""),
        [
            (2, format!("{absent} `crate = other::persevere`")),
            (5, format!("{absent} `crate = other::persevere`")),
            (8, format!("{absent} `#[retryable(crate = other::persevere)]`")),
        ]
    );
}
