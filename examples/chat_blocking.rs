//! The example `chat` without async: `ureq` in place of `reqwest`, and threads that sleep.
//!
//! ```sh
//! cargo run --features chat_blocking --example chat_blocking
//! cargo run --features chat_blocking --example chat_blocking -- --scenario flaky-network
//! ```
//!
//! Look at what differs from `chat`: the client alone, the attribute is unchanged.

use std::process::ExitCode;
use std::time::Duration;

use persevere::openai::ureq::check;
use persevere::openai::{ApiError, retryable};
use persevere::retry;
use scenario::{Service, answer, report};
use serde_json::json;
use ureq::Agent;

#[retry(max = 5, initial = "200ms", on = retryable, notify = report)]
fn complete(agent: &Agent, service: &Service, prompt: &str) -> Result<Vec<u8>, ApiError> {
    let request = json!({"model": service.model, "messages": [{"role": "user", "content": prompt}]});
    let response = agent
        .post(format!("{}/chat/completions", service.base_url))
        .header("authorization", format!("Bearer {}", service.api_key))
        .send_json(&request)?;
    Ok(check(response)?.body_mut().read_to_vec()?)
}

fn main() -> ExitCode {
    let service = match Service::from_environment() {
        Ok(service) => service,
        Err(code) => return code,
    };
    // A status of 400 or above is a response like any other: its headers and its body say what to do.
    let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
    let config = if service.is_local() { config.proxy(None) } else { config };
    match complete(&config.build().into(), &service, "Say hello.") {
        Ok(reply) => answer(&reply),
        Err(error) => scenario::failed(error.into()),
    }
}
