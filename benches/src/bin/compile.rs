//! What a thousand repeated functions add to a build: time, lines given to LLVM, and bytes of machine code.

use std::env;
use std::fs;
use std::io;
use std::process::Command;

use persevere_benches::cargo::Package;
use persevere_benches::table::{Table, beside, median};
use persevere_benches::thousand::{EACH, Style};

const MODES: [(&str, &[&str]); 3] =
    [("check", &["check"]), ("debug build", &["build"]), ("release build", &["build", "--release"])];

fn main() -> io::Result<()> {
    let runs: usize = env::args().nth(1).and_then(|runs| runs.parse().ok()).filter(|runs| *runs > 0).unwrap_or(3);
    let mut packages = Vec::new();
    for style in Style::ALL {
        let package = Package::write(&style.name().replace(' ', "-"), &style.dependencies(), &[("lib.rs", "")])?;
        // Once without the functions: what they depend on is not their cost.
        for (_, arguments) in MODES {
            package.cargo(arguments, &[])?;
        }
        fs::write(package.directory.join("src/lib.rs"), style.source())?;
        packages.push((style, package));
    }
    emitted(&packages)?;
    for (name, arguments) in MODES {
        timed(&packages, runs, name, arguments)?;
    }
    Ok(())
}

fn row(packages: &[(Style, Package)], style: Style) -> Option<usize> {
    packages.iter().position(|(other, _)| *other == style)
}

/// Prints what rustc and LLVM make of each function.
fn emitted(packages: &[(Style, Package)]) -> io::Result<()> {
    let mut sizes = Vec::new();
    for (_, package) in packages {
        sizes.push([Some(package.llvm_lines(&[])?), text(package)?]);
    }
    println!("Per function, above the bare one (ratio to the loops by hand):\n");
    let bare = row(packages, Style::Bare).map(|row| sizes[row]).unwrap_or_default();
    let by_hand = row(packages, Style::ByHand);
    let above = |row: usize, column: usize| Some((sizes[row][column]? - bare[column]?) / (4 * EACH) as f64);
    let mut table = Table::new(["", "LLVM lines, debug", "text bytes, release"]);
    for (row, (style, _)) in packages.iter().enumerate().filter(|(_, (style, _))| *style != Style::Bare) {
        let cells = [0, 1].map(|column| beside(above(row, column), by_hand.and_then(|row| above(row, column)), 0));
        table.row([style.name().to_owned()].into_iter().chain(cells));
    }
    table.print();
    if sizes.iter().any(|[_, text]| text.is_none()) {
        println!("\nskipped: text bytes are read by `size`, which is not installed");
    }
    Ok(())
}

/// Prints how long the functions take. Every run builds everyone in turn, so that a machine that is busy for a while is
/// so for all.
fn timed(packages: &[(Style, Package)], runs: usize, name: &str, arguments: &[&str]) -> io::Result<()> {
    let mut times: Vec<Vec<f64>> = packages.iter().map(|_| Vec::new()).collect();
    for _ in 0..runs {
        for ((_, package), times) in packages.iter().zip(&mut times) {
            package.touch()?;
            times.push(package.cargo(arguments, &[])?.as_secs_f64());
        }
    }
    let seconds: Vec<f64> = times.into_iter().map(median).collect();
    println!("\nSeconds for a crate of {} functions (ratio to the loops by hand), median of {runs} runs:\n", 4 * EACH);
    let mut table = Table::new(["", name]);
    let by_hand = row(packages, Style::ByHand).map(|row| seconds[row]);
    for ((style, _), seconds) in packages.iter().zip(&seconds) {
        table.row([style.name().to_owned(), beside(Some(*seconds), by_hand, 2)]);
    }
    table.print();
    Ok(())
}

/// The bytes of all functions' machine code, where there is a program to read them.
fn text(package: &Package) -> io::Result<Option<f64>> {
    package.touch()?;
    package.cargo(&["rustc", "--lib", "--release", "--", "--emit=obj", "-Ccodegen-units=1"], &[])?;
    let object = package.newest("release", "o")?;
    let Ok(output) = Command::new("size").arg("-A").arg(object).output() else { return Ok(None) };
    let report = String::from_utf8_lossy(&output.stdout);
    let sections = report.lines().filter(|line| line.starts_with(".text"));
    Ok(Some(sections.filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).sum()))
}
