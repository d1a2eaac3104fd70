//! Mistakes in bodies: what the compiler says of them under `#[retry]` is what it says without, but for those that
//! `differences.txt` lists with both.
//!
//! `TRYBUILD=overwrite` writes that list anew, as it does for the other mistakes.

#[path = "../../../rustc/mod.rs"]
mod rustc;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use rustc::{Compiler, Message, Toolchain};

/// The mistakes. `//- name` begins one, `//# RETRY` stands for the attribute.
const CASES: &str = include_str!("cases.rs");

/// What differs, and how.
const DIFFERENCES: &str = "tests/bodies/differences.txt";

/// Why the compiler says something else of some mistakes, which begin so.
const REASONS: [(&str, &str); 7] = [
    (
        "moved",
        "The body runs again, so that what it moves away is missing. Of what a closure moves rustc shows the closure: the head.",
    ),
    ("assigned_parameter", "To the body the parameter is a variable outside of it, which rustc says in other words."),
    (
        "wrong_lifetime|lifetime_of|static",
        "The outcome passes through a variable of the loop. rustc shows the first word of the last value; the type, if a \
         `return` may give another.",
    ),
    ("question", "rustc says what the `?` leaves: a closure or a block, in which the body stands."),
    (
        "closure_captures|spawned",
        "The parameter is borrowed by the body, which outlives no attempt: rustc shows the longer borrow.",
    ),
    ("break|continue", "The body stands in a loop, and is a closure or a labeled block in it."),
    (
        "unused_assignment|unconditional",
        "The next attempt may read what the last has assigned, and a call may end without one.",
    ),
];

/// The words of ours that nobody is to see.
const OURS: [&str; 4] = ["__persevere", "__private", "expansion::", "persevere::call"];

/// What is said of each case, in the order of its places.
type Said = BTreeMap<&'static str, Vec<Message>>;

fn cases() -> Vec<(&'static str, &'static str)> {
    let cases = CASES.split("//- ").skip(1);
    cases.map(|case| case.split_once('\n').expect("a case follows its name")).collect()
}

/// What the compiler says of all cases, with this attribute in place of `//# RETRY`.
fn said(compiler: &Compiler, folder: &Path, attribute: impl Fn(&str) -> &'static str) -> Said {
    fs::create_dir_all(folder).expect("the folder of the cases can be made");
    let path = |name: &str| folder.join(format!("{name}.rs"));
    for (name, case) in cases() {
        let text = case.replace("//# RETRY", attribute(case));
        fs::write(path(name), format!("use crate::support::*;\n{text}")).expect("a case can be written");
    }
    let main = folder.join("main.rs");
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bodies/support.rs");
    let mut said = Said::new();
    // An error of an early stage keeps the compiler from later ones: it is asked again without the cases that it has refused.
    loop {
        let mut source = format!("#[allow(dead_code)] {}", rustc::module("support", &support));
        for (name, _) in cases().into_iter().filter(|(name, _)| !said.contains_key(name)) {
            source.push_str("#[allow(unused_imports)] ");
            source.push_str(&rustc::module(name, &path(name)));
        }
        fs::write(&main, source).expect("the list of modules can be written");
        let messages = compiler.check(&main, &["persevere"], &["--edition=2024", "--crate-type=lib"]);
        let stopped = messages.iter().any(|message| message.level == "error");
        let mut news: BTreeMap<PathBuf, Vec<Message>> = BTreeMap::new();
        for message in messages {
            news.entry(message.file.clone()).or_default().push(message);
        }
        let before = said.len();
        for (name, _) in cases() {
            let Some(mut messages) = news.remove(&path(name)) else { continue };
            // A warning may be all that there is to say, but not while errors keep the compiler from the rest.
            if !stopped || messages.iter().any(|message| message.level == "error") {
                messages.sort_by_key(|message| (message.start, message.end, message.text.clone()));
                said.insert(name, messages);
            }
        }
        assert!(news.is_empty(), "no case is at fault: {news:#?}");
        if !stopped || said.len() == before {
            return said;
        }
    }
}

/// A line for each message: what a reader sees first.
fn shown(name: &str, said: &Said) -> String {
    let (_, source) = cases().into_iter().find(|(known, _)| *known == name).expect("a case of this name");
    // The file has a line before the case.
    let line = |number: u64| source.lines().nth(usize::try_from(number).expect("few lines") - 2).unwrap_or_default();
    let mut lines = String::new();
    for Message { level, code, text, start, end, .. } in said.get(name).into_iter().flatten() {
        let column = |column: u64| usize::try_from(column).expect("a short line") - 1;
        let place: String = if start.0 == end.0 {
            line(start.0).chars().skip(column(start.1)).take(column(end.1) - column(start.1)).collect()
        } else {
            format!("{} ..", line(start.0).chars().skip(column(start.1)).collect::<String>())
        };
        writeln!(lines, "{level}[{code}] {}:{}: `{place}`: {text}", start.0, start.1).expect("a `String` takes all");
    }
    if lines.is_empty() { "nothing\n".to_owned() } else { lines }
}

#[test]
fn what_is_said_of_a_body_is_what_is_said_without_the_attribute() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bodies");
    let compiler = Compiler::new(Toolchain::Own, &["--package=persevere", "--no-default-features"], &folder);
    let without = said(&compiler, &folder.join("without"), |_| "");
    let with = said(&compiler, &folder.join("with"), |case| {
        if case.contains("async ") { "#[retry(on = |_| true, sleep = ready)]" } else { "#[retry(on = |_| true)]" }
    });
    let mut differences = String::new();
    let mut ours = Vec::new();
    for (name, _) in cases() {
        let (plain, repeated) = (shown(name, &without), shown(name, &with));
        if plain != repeated {
            let begins = |starts: &str| starts.split('|').any(|start| name.starts_with(start));
            let reason =
                REASONS.iter().find(|(starts, _)| begins(starts)).map_or("-- for no known reason", |(_, why)| why);
            write!(differences, "== {name}\n{reason}\n-- without\n{plain}-- with\n{repeated}\n")
                .expect("a `String` takes all");
        }
        for message in with.get(name).into_iter().flatten() {
            if OURS.iter().any(|word| message.rendered.contains(word)) {
                ours.push(format!("== {name}\n{}", message.rendered));
            }
        }
    }
    if env::var("TRYBUILD").is_ok_and(|value| value == "overwrite") {
        fs::write(DIFFERENCES, &differences).expect("the list can be written");
    }
    let known = fs::read_to_string(DIFFERENCES).expect("the list can be read");
    assert!(!known.contains("for no known reason"), "{DIFFERENCES}: every difference has a reason");
    assert!(ours.is_empty(), "names of ours are shown:\n{}", ours.join("\n"));
    assert!(
        differences == known,
        "{DIFFERENCES} says otherwise; with TRYBUILD=overwrite it is written anew:\n{differences}"
    );
}
