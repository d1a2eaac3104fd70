//! What the chat examples have in common: which service they ask, and what they print.

#![allow(dead_code, reason = "each example uses a part of it")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use persevere::{Event, Next};
use serde_json::Value;
use support::{Response, Server, Step};

const GREETING: &str = "Hello! How can I help you today?";

/// The service to ask: the real one, or a scripted server that lives as long as this.
pub struct Service {
    pub base_url: String,
    pub api_key: String,
    pub model: String,
    server: Option<Server>,
}

impl Service {
    /// Reads the command line and the environment; on a mistake says what is valid, and returns the exit code.
    pub fn from_environment() -> Result<Self, ExitCode> {
        Self::new(&Response::chat(GREETING))
    }

    /// Reads the command line and the environment; a scripted server replies with streams.
    pub fn streaming_from_environment() -> Result<Self, ExitCode> {
        Self::new(&Response::stream(GREETING))
    }

    fn new(reply: &Response) -> Result<Self, ExitCode> {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let scenario = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => None,
            ["--scenario", name] => Some(name),
            _ => return Err(usage("expected no argument, or `--scenario NAME`")),
        };
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let (api_key, base_url) = (variable("OPENAI_API_KEY"), variable("OPENAI_BASE_URL"));
        match scenario {
            // A server of one's own, such as Ollama or vLLM, asks for no key.
            None if api_key.is_some() || base_url.is_some() => Ok(Self {
                base_url: base_url
                    .map_or_else(|| "https://api.openai.com/v1".to_owned(), |url| url.trim_end_matches('/').to_owned()),
                api_key: api_key.unwrap_or_else(|| "none".to_owned()),
                model: variable("OPENAI_MODEL").unwrap_or_else(|| "gpt-4o-mini".to_owned()),
                server: None,
            }),
            scenario => Self::scripted(scenario.unwrap_or("rate-limit"), reply),
        }
    }

    /// Whether the server is our own, on this machine: no proxy leads there.
    pub const fn is_local(&self) -> bool {
        self.server.is_some()
    }

    fn scripted(scenario: &str, reply: &Response) -> Result<Self, ExitCode> {
        let Some((name, script)) = scenarios(reply).into_iter().find(|(name, _)| *name == scenario) else {
            return Err(usage(&format!("unknown scenario `{scenario}`")));
        };
        let server = Server::start(script).map_err(|error| failed(error.into()))?;
        println!("Asking a scripted server at {} (scenario {name})", server.url());
        Ok(Self {
            base_url: server.url(),
            api_key: "sk-scripted".to_owned(),
            model: "scripted".to_owned(),
            server: Some(server),
        })
    }
}

fn scenarios(reply: &Response) -> [(&'static str, Vec<Step>); 5] {
    let slow_down = |milliseconds| {
        let message = "Rate limit reached for requests per minute";
        Response::error(429, "rate_limit_exceeded", message).header("retry-after-ms", milliseconds).into()
    };
    let overloaded = Response::error(503, "server_is_overloaded", "The engine is currently overloaded");
    let quota = Response::error(429, "insufficient_quota", "You exceeded your current quota, please check your plan");
    let bad_key = Response::error(401, "invalid_api_key", "Incorrect API key provided");
    [
        ("rate-limit", vec![slow_down("300"), slow_down("500"), reply.clone().into()]),
        ("outage", vec![overloaded.into()]),
        ("quota", vec![quota.into()]),
        ("bad-key", vec![bad_key.into()]),
        (
            "flaky-network",
            vec![Step::ResetAfter, Step::ResetBefore, Step::Truncate(reply.clone()), reply.clone().into()],
        ),
    ]
}

fn usage(mistake: &str) -> ExitCode {
    let names = scenarios(&Response::chat(GREETING)).map(|(name, _)| name).join(", ");
    eprintln!("{mistake}; the scenarios are {names}");
    ExitCode::from(2)
}

/// The hook: says what failed, and what happens next.
pub fn report<E: Error + 'static>(event: &Event<'_, E>) {
    if let Some(error) = event.error() {
        println!("Attempt {} failed: {}", event.attempt(), chain(error));
    }
    match event.next() {
        Next::Retry { .. } => println!("Retrying {}", event.next().to_string().trim_start_matches("retrying ")),
        Next::GiveUp(reason) => println!("Giving up: {reason}"),
        _ => {}
    }
}

/// Prints what the model said.
pub fn answer(reply: &[u8]) -> ExitCode {
    let parsed: Result<Value, _> = serde_json::from_slice(reply);
    match parsed.as_ref().map(|reply| reply["choices"][0]["message"]["content"].as_str()) {
        Ok(Some(content)) => said(content),
        _ => failed("this is not a chat completion".into()),
    }
}

/// Prints what the model said, where the client has parsed the reply.
pub fn said(content: &str) -> ExitCode {
    println!("Response: {content}");
    ExitCode::SUCCESS
}

/// Prints the error that the call ended with.
pub fn failed(error: Box<dyn Error>) -> ExitCode {
    eprintln!("Error: {}", chain(&*error));
    ExitCode::FAILURE
}

/// An error and its causes on one line.
fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
