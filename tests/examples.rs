//! The chat examples, run as a user runs them.
#![cfg(all(feature = "tokio", feature = "reqwest", feature = "ureq"))]

use std::process::Command;

/// The exit code, and what was printed to standard output and standard error.
fn run(example: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", example, "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("OPENAI_API_KEY")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// The beginnings of the lines that tell what happened, in order.
fn told(output: &str) -> Vec<String> {
    let beginnings =
        ["Attempt 1", "Attempt 2", "Attempt 3", "Attempt 4", "Attempt 5", "Retrying", "Giving up", "Response"];
    let beginning = |line: &str| beginnings.iter().find(|beginning| line.starts_with(**beginning)).copied();
    output.lines().filter_map(beginning).map(str::to_owned).collect()
}

fn check(example: &str) {
    let scenario = |name| run(example, &["--scenario", name]);
    let recovers = |attempts: usize| {
        let mut lines: Vec<String> = Vec::new();
        for attempt in 1..=attempts {
            lines.extend([format!("Attempt {attempt}"), "Retrying".to_owned()]);
        }
        lines
    };

    let (code, output, errors) = run(example, &[]);
    let mut expected = recovers(2);
    expected.push("Response".to_owned());
    assert_eq!((code, told(&output)), (Some(0), expected.clone()), "{output}{errors}");
    assert!(output.contains("Attempt 1 failed: 429 Too Many Requests: Rate limit reached"), "{output}");
    assert!(output.contains("Response: Hello!"), "{output}");

    let (code, output, errors) = scenario("rate-limit");
    assert_eq!((code, told(&output)), (Some(0), expected), "{output}{errors}");

    let (code, output, errors) = scenario("flaky-network");
    let mut expected = recovers(3);
    expected.push("Response".to_owned());
    assert_eq!((code, told(&output)), (Some(0), expected), "{output}{errors}");

    let (code, output, errors) = scenario("outage");
    let mut expected = recovers(4);
    expected.extend(["Attempt 5", "Giving up"].map(str::to_owned));
    assert_eq!((code, told(&output)), (Some(1), expected), "{output}{errors}");
    assert!(errors.contains("Error: 503 Service Unavailable"), "{errors}");

    for (name, error) in [("quota", "429 Too Many Requests: You exceeded"), ("bad-key", "401 Unauthorized: Incorrect")]
    {
        let (code, output, errors) = scenario(name);
        assert_eq!(
            (code, told(&output)),
            (Some(1), ["Attempt 1", "Giving up"].map(str::to_owned).to_vec()),
            "{output}"
        );
        assert!(errors.contains(error), "{errors}");
    }

    for mistake in [&["--scenario", "nope"][..], &["--scenario"], &["nope"], &["--scenario", "quota", "more"]] {
        let (code, output, errors) = run(example, mistake);
        assert_eq!((code, output.as_str()), (Some(2), ""), "{mistake:?}");
        assert!(errors.contains("rate-limit, outage, quota, bad-key, flaky-network"), "{errors}");
    }
}

#[test]
fn chat_tells_what_happened_in_every_scenario() {
    check("chat");
}

#[test]
fn chat_blocking_tells_what_happened_in_every_scenario() {
    check("chat_blocking");
}

#[cfg(feature = "async-openai")]
#[test]
fn async_openai_tells_what_happened_in_every_scenario() {
    check("async_openai");
}

#[test]
fn streaming_repeats_until_a_stream_begins_and_not_what_has_begun() {
    let (code, output, errors) = run("streaming", &[]);
    let retried = ["Attempt 1", "Retrying", "Attempt 2", "Retrying"].map(str::to_owned);
    let mut expected = retried.to_vec();
    expected.push("Response".to_owned());
    assert_eq!((code, told(&output)), (Some(0), expected), "{output}{errors}");
    assert!(output.contains("Response: Hello! How can I help you today?"), "{output}");

    // The third answer begins and is cut off.
    let (code, output, errors) = run("streaming", &["--scenario", "flaky-network"]);
    assert_eq!((code, told(&output)), (Some(1), retried.to_vec()), "{output}{errors}");
    assert!(errors.starts_with("Error: connection error"), "{errors}");
}

#[cfg(all(feature = "tracing", feature = "metrics"))]
#[test]
fn observe_prints_what_a_subscriber_and_a_recorder_saw() {
    let (code, output, errors) = run("observe", &[]);
    assert_eq!(code, Some(0), "{output}{errors}");
    let (recovered, rest) = output.split_once("A call that gives up:").unwrap();
    let (gave_up, counted) = rest.split_once("What was counted:").unwrap();
    let events = |text: &str, level| text.lines().filter(|line| line.contains(level)).count();
    assert_eq!((events(recovered, " WARN "), events(recovered, " ERROR ")), (2, 0), "{output}");
    assert_eq!((events(gave_up, " WARN "), events(gave_up, " ERROR ")), (2, 1), "{output}");
    for said in ["exception.message=429 Too Many Requests", "exception.message=request timed out", "-> Ok(\"Hello!\")"]
    {
        assert!(recovered.contains(said), "{output}");
    }
    assert!(gave_up.contains("retry.reason=\"attempts\"") && gave_up.contains("-> Err(\"503 "), "{output}");
    assert!(counted.contains("persevere.retries") && counted.contains("persevere.wait.duration"), "{output}");
    assert!(!output.contains("Say hello."), "arguments are not told: {output}");
}
