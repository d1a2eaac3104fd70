//! Writes a file for each cell of the matrix, a shape of function under a set of keys with a body: `cells/SHAPE/KEYS/BODY.rs`,
//! so that an error of the compiler names the combination. Beside them stand `holding.rs`, the modules of those that hold,
//! and `known.rs`, the list of those that are known not to compile.

#[path = "generate/bodies.rs"]
mod bodies;
#[path = "generate/keys.rs"]
mod keys;
#[path = "generate/known.rs"]
mod known;
#[path = "generate/shapes.rs"]
mod shapes;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use bodies::BODIES;
use keys::{KEYS, Keys};
use known::{Fault, Known};
use shapes::{SHAPES, Shape};

fn main() -> io::Result<()> {
    for changed in ["build.rs", "generate", "known.txt"] {
        println!("cargo::rerun-if-changed={changed}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo runs this"));
    // Every set of keys on every shape: what the list of the known is written from.
    println!("cargo::rerun-if-env-changed=PERSEVERE_MATRIX");
    let whole = env::var("PERSEVERE_MATRIX").is_ok_and(|value| value == "whole");
    let known = Known::read(&fs::read_to_string("known.txt")?);
    let mut holding: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    let mut all = String::new();
    for (shape_index, shape) in SHAPES.iter().enumerate() {
        for (keys_index, keys) in KEYS.iter().enumerate().filter(|(_, keys)| keys.fit(shape)) {
            for (body_index, (body, text)) in BODIES.iter().enumerate() {
                // Every shape meets every body, and a third of the sets of keys, each with one of the bodies in turn.
                let is_in_turn = (shape_index * 2 + keys_index) % BODIES.len() == body_index;
                let is_kept = whole || (shape_index + keys_index) % 3 == 0;
                if !(keys.arguments.is_empty() || is_in_turn && is_kept) {
                    continue;
                }
                let fault = known.fault(shape.name, keys.name, body);
                let path = write(&out, [shape.name, keys.name, body], &cell(shape, keys, text, fault))?;
                let fault = fault.map_or("holds", Fault::word);
                writeln!(all, "{fault} {} {} {body} {path}", shape.name, keys.name).expect("a `String` takes all");
                if fault != "compile" {
                    let modules = holding.entry(shape.name).or_default().entry(keys.name).or_default();
                    writeln!(modules, "#[path = {path:?}] mod {body};").expect("a `String` takes all");
                }
            }
        }
    }
    let mut modules = String::new();
    for (shape, keys) in holding {
        writeln!(modules, "mod {shape} {{").expect("a `String` takes all");
        for (keys, bodies) in keys {
            writeln!(modules, "mod {keys} {{ {bodies} }}").expect("a `String` takes all");
        }
        modules.push_str("}\n");
    }
    fs::write(out.join("holding.rs"), modules)?;
    fs::write(out.join("all.txt"), all)
}

/// Writes the file of a cell, and returns its path.
fn write(out: &Path, [shape, keys, body]: [&str; 3], text: &str) -> io::Result<String> {
    let folder = out.join("cells").join(shape).join(keys);
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{body}.rs"));
    fs::write(&path, text)?;
    Ok(path.display().to_string())
}

/// The function with its test.
fn cell(shape: &Shape, keys: &Keys, body: &str, fault: Option<Fault>) -> String {
    let step = match (shape.asynchronous, keys.until) {
        (false, false) => "step()",
        (false, true) => "step_or_poor()",
        (true, false) => "step_later().await",
        (true, true) => "step_or_poor_later().await",
    };
    let attempt = if keys.attempt { "numbered(a.number()); " } else { "" };
    let previous = if keys.previous() { "follows(p); " } else { "" };
    let touch = format!("{attempt}{previous}{}", shape.touch);
    let body = body.replace("TOUCH", &touch).replace("STEP", step).replace("VALUE", shape.value);
    let sleep = if shape.asynchronous { "pause_later" } else { "pause" };
    let goes_on = if shape.asynchronous { "go_on_later" } else { "go_on" };
    let arguments = keys.arguments.replace("NUMBER", shape.number).replace("SLEEP", sleep).replace("GOES_ON", goes_on);
    let retry = if arguments.is_empty() { "#[retry]".to_owned() } else { format!("#[retry({arguments})]") };
    let source = shape.source.replace("RETRY", &retry).replace("BODY", &body);
    let heard = if keys.heard { 2 } else { 0 };
    let wrong = if fault == Some(Fault::Run) { "#[should_panic]\n" } else { "" };
    let (call, expected) = (shape.call, shape.expected);
    let call = if shape.asynchronous {
        format!("run(Box::pin(async {{ shown({call}.await) }}))")
    } else {
        format!("shown({call})")
    };
    // Its methods would be another's too if the cells shared it.
    let four = if source.contains("Four") { "struct Four(u32);\n" } else { "" };
    format!(
        "use crate::support::*;\n{four}{source}\n#[test]\n{wrong}fn holds() {{\n    check(&|| {call}, {expected:?}, {heard});\n}}\n"
    )
}
