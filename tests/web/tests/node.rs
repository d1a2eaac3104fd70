//! Builds the calls for a page and runs them in node.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

/// The module for node, built with these features.
fn module(features: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is a folder of the target folder");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--target=wasm32-unknown-unknown", "--features", features, "--target-dir"]);
    assert!(cargo.arg(target).status().expect("cargo starts").success(), "the features {features:?} do not build");
    let node = target.join(format!("node{features}"));
    let mut bindgen = Bindgen::new();
    bindgen.input_path(target.join("wasm32-unknown-unknown/debug/persevere_web.wasm"));
    bindgen.nodejs(true).expect("one kind of module is asked for");
    bindgen.generate(&node).expect("a module is written");
    node.join("persevere_web.js")
}

/// What each of these calls comes to, where JavaScript's random number is always this one.
fn run(module: &Path, random: &str, calls: &[&str]) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page.cjs");
    let output = Command::new("node").arg(page).arg(module).arg(random).args(calls).output().expect("node starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn check(module: &Path, expected: &[&str]) {
    let names: Vec<&str> = expected.iter().filter_map(|line| Some(line.split_once(':')?.0)).collect();
    assert_eq!(run(module, "0.5", &names), expected);
}

// One test, because the second build overwrites what the first one wrote.
#[test]
fn a_page_has_what_the_guide_says() {
    let everywhere = [
        "sleep_of_its_own: Ok(7) after 3, 3s asked; [], 0 passed",
        "blocking_without_waits: Ok(7) after 3; [], 0 passed",
        "blocking_with_a_wait: panic; [], 0 passed",
        "date_five_seconds_after_the_response: RetryAfter(5s); [], 0 passed",
        "blocking_success_under_an_upstream: Ok(7) after 3; [], 0 passed",
    ];
    let draws = |module: &Path| ["0.25", "0.75"].map(|random| run(module, random, &["draw"]));

    let without = module("");
    check(&without, &everywhere);
    check(
        &without,
        &[
            "blocking_with_a_deadline: panic; [], 0 passed",
            "blocking_failure_under_an_upstream: panic; [], 0 passed",
            "date_in_five_seconds: Retry; [], 0 passed",
            "last_date: Retry; [], 0 passed",
        ],
    );
    let [one, other] = draws(&without);
    assert_eq!(one, other, "every page draws the same numbers");

    let with = module("web");
    check(&with, &everywhere);
    check(
        &with,
        &[
            "waits: Ok(7) after 3; [60,120], 180 passed",
            "parts_of_a_millisecond: Err(Refused) after 2; [2], 2 passed",
            "timeout: Err(Late) after 2; [50,10,50], 110 passed",
            "deadline: Err(Refused) after 6; [40,40,40,40,40], 200 passed",
            "sixty_days: Err(Refused) after 2; [2147483647,2147483647,889032706], 5184000000 passed",
            "blocking_with_a_deadline: Ok(7) after 3; [], 0 passed",
            "blocking_failure_under_an_upstream: Err(Refused) after 1; [], 0 passed",
            "date_in_five_seconds: RetryAfter(5s); [], 0 passed",
        ],
    );
    let [one, other] = draws(&with);
    assert_ne!(one, other, "two pages draw other numbers");
    // To the hundred milliseconds that the service asks for, the call adds its own wait, which is drawn.
    let paced = run(&with, "0.5", &["upstream"]).concat();
    let passed = paced.rsplit_once("], ").and_then(|(_, passed)| passed.strip_suffix(" passed")?.parse().ok());
    assert!(paced.starts_with("upstream: Ok(7) after 3") && passed.is_some_and(|passed: u32| passed >= 200), "{paced}");
}
