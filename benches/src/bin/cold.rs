//! What a crate that depends on persevere builds from nothing, beside backon and the dependencies of a loop by hand,
//! and what each dependency has of it.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::{Command, ExitCode};
use std::time::Instant;

use persevere_benches::cargo::{Package, persevere};
use persevere_benches::table::{Table, beside, median};

/// Where a process that stands for rustc writes down its time.
const LOG: &str = "PERSEVERE_BENCHES_RUSTC_LOG";
const BY_HAND: &str = "rand and tokio, as by hand";
const RUNS: usize = 3;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    if let Some(log) = env::var_os(LOG) {
        return rustc(&log.to_string_lossy());
    }
    let tokio = "tokio = { version = \"1\", features = [\"time\"] }\n";
    let dependencies = [
        (BY_HAND, format!("rand = \"0.10\"\n{tokio}")),
        ("persevere", persevere("")),
        ("persevere with tokio only", persevere(", default-features = false, features = [\"tokio\"]")),
        ("persevere without features", persevere(", default-features = false")),
        ("backon", "backon = \"1\"\n".to_owned()),
        ("backon and backon-macros", "backon = \"1\"\nbackon-macros = \"1\"\n".to_owned()),
    ];
    let mut packages = Vec::new();
    for (name, dependencies) in dependencies {
        let package =
            Package::write(&format!("cold-{}", name.replace([' ', ','], "-")), &dependencies, &[("lib.rs", "")])?;
        packages.push((name, package, Vec::new()));
    }
    for _ in 0..RUNS {
        for (_, package, times) in &mut packages {
            clean(package)?;
            times.push(package.cargo(&["build"], &[])?.as_secs_f64());
        }
    }
    let mut shares = Vec::new();
    for (_, package, _) in &packages {
        shares.push(measure_shares(package)?);
    }
    let times: Vec<f64> = packages.iter().map(|(_, _, times)| median(times.clone())).collect();
    let by_hand = packages.iter().position(|(name, ..)| *name == BY_HAND).map(|row| times[row]);

    println!("Seconds of a cold debug build (ratio to the first), median of {RUNS} runs, and the crates in it:\n");
    let mut table = Table::new(["", "seconds", "crates"]);
    for (((name, ..), time), shares) in packages.iter().zip(&times).zip(&shares) {
        table.row([(*name).to_owned(), beside(Some(*time), by_hand, 1), shares.len().to_string()]);
    }
    table.print();

    println!("\nSeconds in rustc of each crate, build scripts' compilation included, one at a time:\n");
    let mut crates: Vec<String> = shares.iter().flat_map(|shares| shares.keys().cloned()).collect();
    crates.sort();
    crates.dedup();
    let mut table = Table::new([""].into_iter().chain(packages.iter().map(|(name, ..)| *name)));
    let cell = |seconds: Option<f64>| seconds.map_or_else(String::new, |seconds| format!("{seconds:.2}"));
    for name in &crates {
        table.row([name.clone()].into_iter().chain(shares.iter().map(|shares| cell(shares.get(name).copied()))));
    }
    table.row(["all".to_owned()].into_iter().chain(shares.iter().map(|shares| cell(Some(shares.values().sum())))));
    table.print();
    Ok(ExitCode::SUCCESS)
}

fn clean(package: &Package) -> std::io::Result<()> {
    let target = package.target();
    if target.exists() { fs::remove_dir_all(target) } else { Ok(()) }
}

/// Seconds by crate, from a build in which this program stands for rustc.
fn measure_shares(package: &Package) -> Result<BTreeMap<String, f64>, Box<dyn Error>> {
    clean(package)?;
    let log = package.directory.join("rustc.log");
    fs::write(&log, "")?;
    let program = env::current_exe()?;
    let variables = [("RUSTC_WRAPPER", &*program.to_string_lossy()), (LOG, &*log.to_string_lossy())];
    package.cargo(&["build", "-j1"], &variables)?;
    let mut shares = BTreeMap::new();
    for line in fs::read_to_string(&log)?.lines() {
        if let Some((name, seconds)) = line.split_once(' ') {
            // Not the empty crate that has the dependencies.
            if name != "built" {
                *shares.entry(name.to_owned()).or_default() += seconds.parse::<f64>()?;
            }
        }
    }
    Ok(shares)
}

/// Runs the rustc that the arguments name, and writes down for which package and how long.
fn rustc(log: &str) -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let rustc = arguments.next().ok_or("cargo names the rustc that is wrapped")?;
    let start = Instant::now();
    let status = Command::new(rustc).args(arguments).status()?;
    // Cargo also asks rustc about itself, for no package.
    if let Ok(package) = env::var("CARGO_PKG_NAME") {
        let line = format!("{package} {:.3}\n", start.elapsed().as_secs_f64());
        OpenOptions::new().append(true).open(log)?.write_all(line.as_bytes())?;
    }
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
