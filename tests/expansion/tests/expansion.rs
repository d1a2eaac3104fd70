//! `docs/expansion/` shows what the attribute makes of the functions here, as a nightly compiler prints it.
//! `EXPANSION=overwrite cargo test -p persevere-expansion` writes it anew.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[test]
fn the_documented_expansions_are_those_of_today() {
    let Some(expanded) = expand() else {
        println!("skipped: there is no nightly compiler to print expansions");
        return;
    };
    let folder = root().join("docs/expansion");
    let modules = modules(&expanded);
    assert_eq!(modules.len(), 6, "{expanded}");
    for (name, code) in modules {
        let file = folder.join(name).with_extension("rs");
        let code = formatted(&code);
        if std::env::var_os("EXPANSION").is_some() {
            fs::write(&file, &code).unwrap();
        }
        let shown = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(shown, code, "{} is not what the attribute expands to", file.display());
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The crate with its macros expanded; `None` without a nightly compiler.
fn expand() -> Option<String> {
    let nightly = |command: &mut Command| command.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").output();
    if !nightly(Command::new("cargo").args(["+nightly", "--version"])).is_ok_and(|output| output.status.success()) {
        return None;
    }
    let mut command = Command::new("cargo");
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["+nightly", "rustc", "--quiet", "--lib", "--profile", "check"]);
    // A folder of its own: the other one is locked while the tests are built.
    command.arg("--target-dir").arg(root().join("target/nightly"));
    command.args(["--", "-Zunpretty=expanded"]);
    let output = nightly(&mut command).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The content of each module.
fn modules(expanded: &str) -> BTreeMap<&str, String> {
    let module = |text| {
        let (name, rest): (&str, &str) = str::split_once(text, " {\n")?;
        let (content, _) = rest.split_once("\n}")?;
        Some((
            name,
            content.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect::<Vec<_>>().join("\n"),
        ))
    };
    expanded.split("\npub mod ").skip(1).filter_map(module).collect()
}

fn formatted(code: &str) -> String {
    let mut command = Command::new("rustfmt");
    command.args(["--edition", "2024"]).arg("--config-path").arg(root());
    let mut rustfmt = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    rustfmt.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    String::from_utf8(rustfmt.wait_with_output().unwrap().stdout).unwrap()
}
