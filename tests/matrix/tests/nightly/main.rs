//! What only the nightly compiler can read: a function with it is repeated, or refused by one error of ours. It is never
//! left as it was in silence.
//!
//! Without a nightly toolchain this test says that it is skipped.

#[path = "../../../rustc/mod.rs"]
mod rustc;

use std::fs;
use std::path::Path;
use std::process::Command;

use rustc::{Compiler, Toolchain};

/// The cases. `//- name` begins one, `//# refused` says that it is to be refused, `//# refused_without` that the compiler
/// refuses it without the attribute too, and `//# known` that it does not hold yet.
const CASES: &str = include_str!("cases.rs");

/// What all of them use.
const SUPPORT: &str = include_str!("support.rs");

#[test]
fn what_only_nightly_reads_is_repeated_or_refused() {
    if !Toolchain::Nightly.is_there() {
        eprintln!("skipped: there is no nightly toolchain");
        return;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nightly");
    let target = folder.join("target");
    let target = target.to_str().expect("the path of the target is text");
    let compiler = Compiler::new(
        Toolchain::Nightly,
        &["--package=persevere", "--no-default-features", "--target-dir", target],
        &folder,
    );
    let mut faults = Vec::new();
    for case in CASES.split("//- ").skip(1) {
        let (name, source) = case.split_once('\n').expect("a case follows its name");
        let says = |word: &str| source.lines().any(|line| line == word);
        let file = folder.join(format!("{name}.rs"));
        fs::write(&file, format!("{source}\n{SUPPORT}")).expect("a case can be written");
        let messages = compiler.compile(&file, &["persevere"], &["--edition=2024"]);
        let errors: Vec<_> = messages.iter().filter(|message| message.level == "error").collect();
        let fault = if says("//# refused_without") {
            let bare: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("#[retry")).collect();
            fs::write(&file, format!("{}\n{SUPPORT}", bare.join("\n"))).expect("a case can be written");
            let messages = compiler.compile(&file, &["persevere"], &["--edition=2024"]);
            let is_refused = !errors.is_empty() && messages.iter().any(|message| message.level == "error");
            (!is_refused).then(|| "the compiler takes it".to_owned())
        } else if says("//# refused") {
            let is_ours = matches!(errors[..], [only] if only.text.contains("`#[retry]`"));
            (!is_ours).then(|| format!("it is not refused by one error of ours: {errors:#?}"))
        } else if let Some(error) = errors.first() {
            Some(error.rendered.clone())
        } else {
            let output = Command::new(folder.join(name)).output().expect("a case runs");
            (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
        };
        match fault {
            Some(fault) if !says("//# known") => faults.push(format!("== {name}: {fault}")),
            None if says("//# known") => faults.push(format!("== {name} holds now; it is no longer known not to")),
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
