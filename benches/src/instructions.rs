//! Instructions per call, counted by valgrind's callgrind: they are the same on a busy machine. A program that counts
//! runs itself again under valgrind with two numbers of calls, so that what is not part of a call cancels out.

use std::env;
use std::io;
use std::process::{Command, Stdio};

use crate::contestant::{Contestant, runtime};
use crate::contestants::{all, keys};
use crate::scenario::Scenario;

/// The first argument of the program when it is to make calls and nothing else.
const MAKE_CALLS: &str = "make-calls";

/// Makes the calls that [`count`] has asked this process for, if it did. To be asked before anything else.
#[must_use]
pub fn are_counted() -> bool {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [first, scenario, name, calls] = &arguments[..] else { return false };
    let scenario = Scenario::IMMEDIATE.into_iter().find(|known| known.name() == scenario);
    let (true, Some(scenario), Ok(calls)) = (first == MAKE_CALLS, scenario, calls.parse()) else { return false };
    for contestant in all().into_iter().chain(keys()).filter(|contestant| contestant.name == name) {
        contestant.run(scenario, &runtime(), calls);
    }
    true
}

/// Whether valgrind is installed.
#[must_use]
pub fn can_be_counted() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Instructions per call, if the contestant takes part.
///
/// # Errors
///
/// If valgrind does not run, or its count cannot be read.
pub fn count(contestant: &Contestant, scenario: Scenario) -> io::Result<Option<f64>> {
    if !contestant.takes_part(scenario) {
        return Ok(None);
    }
    // Failures are fewer, since some contestants take a millisecond over each wait of zero.
    let calls: u32 = if scenario.failures() == 0 { 1000 } else { 200 };
    let (few, many) = (total(contestant, scenario, calls)?, total(contestant, scenario, 3 * calls)?);
    Ok(Some((many - few) / f64::from(2 * calls)))
}

fn total(contestant: &Contestant, scenario: Scenario, calls: u32) -> io::Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args([MAKE_CALLS, scenario.name(), contestant.name, &calls.to_string()])
        .output()?;
    let report = String::from_utf8_lossy(&output.stderr);
    let collected = report.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    collected.ok_or_else(|| io::Error::other(format!("valgrind did not say how much it collected:\n{report}")))
}
