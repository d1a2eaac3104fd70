//! The examples, run as a user runs them.
//!
//! `cargo test` builds the examples along with these tests, unless it is told which test to build (`--test examples`).

#[path = "../../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::env::consts::EXE_EXTENSION;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Response, Server};

/// The exit code, and what was printed to standard output and standard error.
type Output = (Option<i32>, String, String);

fn run(example: &str, arguments: &[&str]) -> Output {
    output(command(example).args(arguments).env_remove("OPENAI_API_KEY").env_remove("OPENAI_BASE_URL"))
}

/// Runs an example as against the real thing, which is this server.
fn run_against(server: &Server, example: &str) -> Output {
    output(command(example).env("OPENAI_API_KEY", "sk-scripted").env("OPENAI_BASE_URL", server.url()))
}

/// Runs an example against a server of one's own, which asks for no key.
fn run_without_key(server: &Server, example: &str) -> Output {
    output(command(example).env_remove("OPENAI_API_KEY").env("OPENAI_BASE_URL", format!("{}/", server.url())))
}

fn command(example: &str) -> Command {
    let mut command = Command::new(built(example));
    command.env("NO_PROXY", "127.0.0.1");
    command
}

/// Where cargo puts an example: these tests are in `deps`, beside `examples`.
fn built(example: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let profile = tests.parent().and_then(Path::parent).unwrap();
    profile.join("examples").join(example).with_extension(EXE_EXTENSION)
}

fn output(command: &mut Command) -> Output {
    let output = command.output().expect("cargo has built the example");
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

#[cfg(feature = "chat_blocking")]
#[test]
fn chat_blocking_tells_what_happened_in_every_scenario() {
    check("chat_blocking");
}

#[cfg(feature = "async_openai")]
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

#[cfg(feature = "observe")]
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

#[test]
fn a_stream_that_does_not_end_well_is_an_error() {
    let stream = |events: &str| Response::new(200, format!("data: {{\"choices\": []}}\n\n{events}"));
    for (events, error) in [
        ("data: {\"error\": {\"message\": \"slow down\", \"code\": \"slow_down\"}}\n\ndata: [DONE]\n\n", "slow down"),
        ("data: {\"choices\": []}\n\n", "the stream ended before its last event"),
        ("data: <html>\n\n", "expected value"),
    ] {
        let (code, output, errors) = run_against(&Server::start([stream(events)]).unwrap(), "streaming");
        assert_eq!((code, told(&output)), (Some(1), Vec::new()), "{output}{errors}");
        assert!(errors.starts_with("Error: ") && errors.contains(error), "{errors}");
    }
}

#[test]
fn every_attempt_of_a_stream_carries_the_same_idempotency_key() {
    let busy = || Response::error(503, "server_is_overloaded", "busy");
    let server = Server::start([busy(), busy(), Response::stream("Hello!")]).unwrap();
    let keys_of = || {
        let already = server.requests().len();
        let (code, output, errors) = run_against(&server, "streaming");
        assert_eq!(code, Some(0), "{output}{errors}");
        let requests = server.requests().into_iter().skip(already);
        requests.map(|request| request.header("idempotency-key").unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (first, second) = (keys_of(), keys_of());
    assert_eq!((first.len(), second.len()), (3, 1));
    assert_eq!(BTreeSet::from_iter(&first).len(), 1, "{first:?}");
    assert_ne!(first[0], second[0], "another call is another request");
}

#[cfg(feature = "async_openai")]
#[test]
fn a_reply_without_choices_is_an_error() {
    let reply = r#"{"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": []}"#;
    let server = Server::start([Response::new(200, reply)]).unwrap();
    let (code, output, errors) = run_against(&server, "async_openai");
    assert_eq!((code, told(&output)), (Some(1), Vec::new()), "{output}{errors}");
    assert!(errors.starts_with("Error: the reply holds no text"), "{errors}");
}

#[cfg(feature = "pacing")]
#[test]
fn pacing_prints_a_table_of_the_scenario_that_is_named() {
    let (code, output, errors) = run("pacing", &["1", "S1"]);
    assert_eq!(code, Some(0), "{output}{errors}");
    assert_eq!(output.matches("requests per success").count(), 1, "{output}");
    assert!(output.lines().any(|line| line.starts_with("OpenAI SDK")), "{output}");

    let (code, output, errors) = run("pacing", &["many"]);
    assert_eq!((code, output.as_str()), (Some(1), ""));
    assert!(errors.starts_with("usage: pacing "), "{errors}");
}

#[cfg(feature = "fleet")]
#[test]
fn fleet_compares_and_draws() {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet/short.svg");
    drop(std::fs::remove_file(&picture));
    let (code, output, errors) = run("fleet", &["--calls", "150", picture.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{output}{errors}");
    let (_, summary) = output.split_once("time over ideal\n").unwrap();
    let row = |name| {
        let row = summary.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        row.split_whitespace().map(|value| value.parse().unwrap()).collect::<Vec<f64>>()
    };
    let (alone, paced, told) = (row("without upstream"), row("with upstream"), row("and its headers"));
    assert!(alone.len() == 3 && paced.len() == 3, "{summary}");
    assert!(paced[0] >= 1.0 && alone[0] > 1.5 * paced[0], "{summary}");
    assert!(paced[1] == 0.0 && paced[2] > 0.9, "{summary}");
    assert!(told[0] >= 1.0 && alone[0] > 1.5 * told[0] && told[1] == 0.0, "{summary}");

    let svg = std::fs::read_to_string(picture).unwrap();
    let elements = ["<svg ", "<rect ", "<line ", "<text ", "<polyline "];
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(elements.iter().all(|element| svg.contains(element)), "{svg}");
    let opened = svg.matches('<').count() - svg.matches("</").count();
    assert_eq!(opened, svg.matches("</").count() + svg.matches("/>").count(), "every element is closed");
    for word in
        ["without upstream: ", "with upstream: ", "and its headers: ", "succeeded", "refused", "the limit", "seconds"]
    {
        assert!(svg.contains(word), "{word}: {svg}");
    }

    for mistake in [&["--calls"][..], &["--calls", "0"], &["--calls", "many"], &["--nope"]] {
        let (code, output, errors) = run("fleet", mistake);
        assert_eq!((code, output.as_str()), (Some(2), ""), "{mistake:?}");
        assert!(errors.starts_with("usage: fleet "), "{errors}");
    }
}

#[test]
fn a_model_is_told_why_its_reply_was_refused() {
    let (code, output, errors) = run("reply", &[]);
    assert_eq!(code, Some(0), "{output}{errors}");
    assert!(output.contains("Your last reply was refused: \"Certainly! It is 42.\""), "{output}");
    assert!(output.ends_with("Answer: Ok(42)\n"), "{output}");
}

#[test]
fn an_expired_token_is_renewed() {
    let (code, output, errors) = run("token", &[]);
    let expected = "GET /models with the token \"stale\"\nRenewing the token: \"stale\" has expired\n\
         GET /models with the token \"fresh\"\nAnswer: Ok(\"200 OK\")\n";
    assert_eq!((code, output.as_str()), (Some(0), expected), "{errors}");
}

#[test]
fn limits_differ_by_kind_of_error() {
    let (code, output, errors) = run("kinds", &[]);
    assert_eq!(code, Some(0), "{output}{errors}");
    let attempts = |status: &str| output.lines().filter(|line| line.contains(&format!("failed: {status}"))).count();
    assert_eq!([attempts("429"), attempts("500"), attempts("400")], [10, 3, 1], "{output}");
    assert!(
        output
            .contains("attempt 1 of 10 failed: 500; retrying in 10 ms\nattempt 2 of 10 failed: 500; retrying in 20 ms")
    );
}

#[test]
fn workers_are_shut_down_while_they_wait() {
    let (code, output, errors) = run("shutdown", &[]);
    assert_eq!(code, Some(0), "{output}{errors}");
    assert_eq!(output.matches("giving up: its `sleep` ended the call").count(), 4, "{output}");
    assert!(output.ends_with("Shut down in time: true\n"), "{output}");
}

#[test]
fn a_server_of_one_s_own_is_asked_without_a_key() {
    let server = Server::start([Response::chat("Hello from here!")]).unwrap();
    let (code, output, errors) = run_without_key(&server, "chat");
    assert_eq!((code, output.as_str()), (Some(0), "Response: Hello from here!\n"), "{errors}");
    let paths: Vec<String> = server.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(paths, ["/v1/chat/completions"], "a slash at the end of the address changes nothing");
}

#[cfg(feature = "jitter")]
#[test]
fn a_herd_comes_back_spread_where_there_is_jitter() {
    let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("jitter.svg");
    let (code, output, errors) = run("jitter", &[picture.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{output}{errors}");
    let most = |jitter: &str| -> u32 {
        let line = output.lines().find_map(|line| line.strip_prefix(&format!("{jitter}: at most "))).expect(jitter);
        line.split(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(most("none"), 1_000);
    // A hundred of a thousand are expected in the first tenth of the first second, and few more than 160 there are never.
    assert!((100..220).contains(&most("full")), "{output}");
    assert!(std::fs::read_to_string(picture).unwrap().contains("jitter = decorrelated"));
}
