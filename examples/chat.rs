//! Asks a chat model a question, and retries transient failures.
//!
//! ```sh
//! cargo run --example chat                          # against a scripted server, which this program starts
//! cargo run --example chat -- --scenario outage     # rate-limit, outage, quota, bad-key or flaky-network
//! OPENAI_API_KEY=sk-... cargo run --example chat    # the real thing; also OPENAI_BASE_URL and OPENAI_MODEL
//! OPENAI_BASE_URL=http://localhost:11434/v1 OPENAI_MODEL=llama3.2 cargo run --example chat    # Ollama, without a key
//! ```
//!
//! Look at the attribute, and at what is printed for each attempt: what failed, how long the server asked to wait,
//! and what jitter added.

use std::process::ExitCode;
use std::time::Duration;

use persevere::openai::reqwest::check;
use persevere::openai::{ApiError, retryable};
use persevere::retry;
use scenario::{Service, answer, report};
use serde_json::json;

#[retry(max = 5, initial = "200ms", on = retryable, notify = report)]
async fn complete(client: &reqwest::Client, service: &Service, prompt: &str) -> Result<Vec<u8>, ApiError> {
    let request = json!({"model": service.model, "messages": [{"role": "user", "content": prompt}]});
    let request =
        client.post(format!("{}/chat/completions", service.base_url)).bearer_auth(&service.api_key).json(&request);
    let response = check(request.send().await?).await?;
    Ok(response.bytes().await?.to_vec())
}

#[tokio::main]
async fn main() -> ExitCode {
    let service = match Service::from_environment() {
        Ok(service) => service,
        Err(code) => return code,
    };
    let client = reqwest::Client::builder().timeout(Duration::from_secs(60));
    let client = if service.is_local() { client.no_proxy() } else { client };
    let client = match client.build() {
        Ok(client) => client,
        Err(error) => return scenario::failed(error.into()),
    };
    match complete(&client, &service, "Say hello.").await {
        Ok(reply) => answer(&reply),
        Err(error) => scenario::failed(error.into()),
    }
}
