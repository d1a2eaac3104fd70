//! Streams a reply. Only the request is retried, until the response's status has arrived: once the stream runs, the
//! caller has received a part of the answer, and a retry would send that again.
//!
//! Each attempt carries the same idempotency key, so that a service which has begun to work on a request whose answer
//! got lost can tell that it is the same one.
//!
//! ```sh
//! cargo run --example streaming
//! ```
//!
//! Look at the two functions: `begin` is repeated, `read` is not.

use std::error::Error;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use persevere::openai::reqwest::check;
use persevere::openai::{ApiError, retryable};
use persevere::retry;
use reqwest::{Client, Response};
use scenario::{Service, report};
use serde_json::{Value, json};

/// Retries until the service has begun to answer.
#[retry(max = 5, initial = "200ms", on = retryable, notify = report)]
async fn begin(client: &Client, service: &Service, prompt: &str, key: &str) -> Result<Response, ApiError> {
    let body = json!({"model": service.model, "stream": true, "messages": [{"role": "user", "content": prompt}]});
    let request = client.post(format!("{}/chat/completions", service.base_url)).bearer_auth(&service.api_key);
    check(request.header("idempotency-key", key).json(&body).send().await?).await
}

/// Reads what has begun, once, up to the event that says it is whole.
async fn read(mut response: Response) -> Result<String, Box<dyn Error>> {
    let (mut text, mut unread) = (String::new(), Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(ApiError::from)? {
        unread.extend_from_slice(&chunk);
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii) else { continue };
            if data == b"[DONE]" {
                return Ok(text);
            }
            let event: Value = serde_json::from_slice(data)?;
            if !event["error"].is_null() {
                return Err(format!("the stream says {}", event["error"]).into());
            }
            text.push_str(event["choices"][0]["delta"]["content"].as_str().unwrap_or_default());
        }
    }
    Err("the stream ended before its last event".into())
}

#[tokio::main]
async fn main() -> ExitCode {
    let service = match Service::streaming_from_environment() {
        Ok(service) => service,
        Err(code) => return code,
    };
    let client = if service.is_local() { Client::builder().no_proxy() } else { Client::builder() };
    let client = match client.build() {
        Ok(client) => client,
        Err(error) => return scenario::failed(error.into()),
    };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let key = format!("{}-{}", std::process::id(), since.as_nanos());
    let outcome = match begin(&client, &service, "Say hello.", &key).await {
        Ok(response) => read(response).await,
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(text) => scenario::said(&text),
        Err(error) => scenario::failed(error),
    }
}
