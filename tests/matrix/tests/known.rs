//! `known.txt` lists the cells of the matrix that do not compile yet, and none that does.

#[path = "../../rustc/mod.rs"]
mod rustc;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{env, fs};

use rustc::{Compiler, Message, Toolchain};

/// A cell: `shape keys body`, what `known.txt` says of it, and its file.
struct Cell {
    name: String,
    said: String,
    file: PathBuf,
}

fn cells() -> Vec<Cell> {
    let list = include_str!(concat!(env!("OUT_DIR"), "/all.txt"));
    let cell = |line: &str| {
        let [said, shape, keys, body, file] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        Cell { name: format!("{shape} {keys} {body}"), said: said.to_owned(), file: file.into() }
    };
    list.lines().map(cell).collect()
}

/// The first error of each cell that has one.
///
/// An error of an early stage keeps the compiler from later ones, so that it is asked again without the cells it has refused.
fn errors(cells: &[Cell]) -> BTreeMap<String, Message> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("known");
    let compiler = Compiler::new(Toolchain::Own, &["--package", env!("CARGO_PKG_NAME"), "--test=known"], &folder);
    let file = folder.join("main.rs");
    let support = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cells/support.rs");
    let mut errors = BTreeMap::new();
    loop {
        let mut source = format!("fn main() {{}} #[macro_use] {}", rustc::module("support", &support));
        for (index, cell) in cells.iter().enumerate().filter(|(_, cell)| !errors.contains_key(&cell.name)) {
            source.push_str(&rustc::module(&format!("cell_{index}"), &cell.file));
        }
        fs::write(&file, source).expect("the list of modules can be written");
        let dependencies = ["async_trait", "futures_util", "persevere", "tokio", "tracing"];
        let messages = compiler.check(&file, &dependencies, &["--edition=2024", "--test"]);
        let before = errors.len();
        for message in messages.into_iter().filter(|message| message.level == "error") {
            // Its place may be the definition of what the cell uses.
            let cell = cells.iter().find(|cell| message.rendered.contains(&cell.file.display().to_string()));
            let cell = cell.unwrap_or_else(|| panic!("no cell is at fault:\n{}", message.rendered));
            errors.entry(cell.name.clone()).or_insert(message);
        }
        if errors.len() == before {
            return errors;
        }
    }
}

#[test]
fn what_is_known_not_to_compile_does_not_compile() {
    let known: Vec<Cell> = cells().into_iter().filter(|cell| cell.said == "compile").collect();
    let errors = errors(&known);
    let mended: BTreeSet<&str> =
        known.iter().map(|cell| cell.name.as_str()).filter(|name| !errors.contains_key(*name)).collect();
    assert!(mended.is_empty(), "these compile now; take them off known.txt: {mended:#?}");
}

/// The bodies of a set of keys on a shape, and whether each fails.
type Bodies<'a> = Vec<(&'a str, bool)>;

/// What `known.txt` has to say of what does not compile, without the reasons. Run it by its name after a change of the macro or
/// of the matrix, with `PERSEVERE_MATRIX=whole`; `SHAPES` is how the names of the shapes begin that it is to look at.
#[test]
#[ignore = "it asks the compiler of every cell, and only prints"]
fn survey() {
    let only = env::var("SHAPES").unwrap_or_default();
    let cells: Vec<Cell> = cells().into_iter().filter(|cell| cell.name.starts_with(&only)).collect();
    // With many errors at once the compiler takes its time.
    let errors: BTreeMap<String, Message> = cells.chunks(300).flat_map(errors).collect();
    let mut shapes: BTreeMap<&str, BTreeMap<&str, Bodies<'_>>> = BTreeMap::new();
    for cell in &cells {
        let [shape, keys, body] = cell.name.split(' ').collect::<Vec<_>>()[..] else { unreachable!("{}", cell.name) };
        let bodies = shapes.entry(shape).or_default().entry(keys).or_default();
        bodies.push((body, errors.contains_key(&cell.name)));
    }
    for (shape, sets) in shapes {
        let fails = |bodies: &Bodies<'_>| bodies.iter().all(|(_, fails)| *fails);
        let failing: Vec<&str> = sets.iter().filter(|(_, bodies)| fails(bodies)).map(|(keys, _)| *keys).collect();
        if failing.len() == sets.len() {
            println!("compile {shape} * *");
            continue;
        }
        if !failing.is_empty() {
            println!("compile {shape} {} *", failing.join("|"));
        }
        for (keys, bodies) in sets.into_iter().filter(|(_, bodies)| !fails(bodies)) {
            for (body, _) in bodies.into_iter().filter(|(_, fails)| *fails) {
                println!("compile {shape} {keys} {body}");
            }
        }
    }
    for (name, error) in errors {
        println!("== {name}\n{}", error.rendered);
    }
}
