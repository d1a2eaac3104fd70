//! `tests/api/api.txt` lists all that users can name of persevere, with all features, and the traits that each type
//! has, derived and automatic ones too: a change of it is seen in review.
//!
//! `API=overwrite cargo test -p persevere-api -- --ignored` writes it anew. It needs a nightly compiler, and builds all
//! dependencies with it, so that only the gate runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The documentation as JSON; `None` without a nightly compiler.
fn documented() -> Option<PathBuf> {
    let nightly = |command: &mut Command| command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").output();
    if !nightly(Command::new("cargo").args(["+nightly", "--version"])).is_ok_and(|output| output.status.success()) {
        return None;
    }
    let target = root().join("target/nightly");
    let mut command = Command::new("cargo");
    command.args(["+nightly", "rustdoc", "--quiet", "-p", "persevere", "--all-features", "--target-dir"]).arg(&target);
    command.args(["--", "-Zunstable-options", "--output-format", "json"]).current_dir(root());
    let output = nightly(command.env_remove("RUSTDOCFLAGS")).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(target.join("doc/persevere.json"))
}

/// Says that nothing was compared, as the gate says it.
fn skipped(why: &str) {
    println!("\n== skipped: the public interface: {why}");
}

/// The lines without the auto traits that only the standard library can name.
fn listed(api: &str) -> String {
    let unnamed = |line: &&str| !line.contains("core::marker::Freeze for ") && !line.contains("UnsafeUnpin for ");
    api.lines().filter(unnamed).flat_map(|line| [line, "\n"]).collect()
}

#[test]
#[ignore = "it builds all dependencies with a nightly compiler"]
fn the_public_interface_is_the_one_that_is_written_down() {
    let Some(documented) = documented() else {
        skipped("there is no nightly compiler to describe it");
        return;
    };
    let api = match public_api::Builder::from_rustdoc_json(documented).omit_blanket_impls(true).build() {
        Ok(api) => listed(&api.to_string()),
        // Its format changes with the compiler.
        Err(error) => {
            skipped(&format!("the description is of another compiler: {error}"));
            return;
        }
    };
    let file = root().join("tests/api/api.txt");
    if std::env::var_os("API").is_some() {
        fs::write(&file, &api).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let (written, now) = (lines(&written), lines(&api));
    let changes: Vec<String> = written
        .difference(&now)
        .map(|line| format!("- {line}"))
        .chain(now.difference(&written).map(|line| format!("+ {line}")))
        .collect();
    assert!(changes.is_empty() && now.len() > 200, "\n{}\n", changes.join("\n"));
}
