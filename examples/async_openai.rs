//! The example `chat` with the client `async-openai`: its own retries off, and what the server says kept.
//!
//! ```sh
//! cargo run --features async_openai --example async_openai
//! cargo run --features async_openai --example async_openai -- --scenario quota
//! ```
//!
//! It needs async-openai with its feature `middleware`, and the crate `tower` with its feature `util`. Look at the
//! client: where its own retries are turned off, and what keeps the response.

use std::process::ExitCode;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs};
use persevere::openai::reqwest::check;
use persevere::openai::retryable;
use persevere::retry;
use scenario::{Service, report};

#[retry(max = 5, initial = "200ms", on = retryable, notify = report)]
async fn complete(client: &Client<OpenAIConfig>, model: &str, prompt: &str) -> Result<Option<String>, OpenAIError> {
    let message = ChatCompletionRequestUserMessage::from(prompt);
    let request = CreateChatCompletionRequestArgs::default().model(model).messages([message.into()]).build()?;
    let reply = client.chat().create(request).await?;
    Ok(reply.choices.into_iter().find_map(|choice| choice.message.content))
}

/// A client that sends each request once, and whose errors keep the headers: the wait that the server asks for.
fn client(service: &Service) -> Result<Client<OpenAIConfig>, reqwest::Error> {
    let http = reqwest::Client::builder();
    let http = if service.is_local() { http.no_proxy() } else { http }.build()?;
    let send = tower::service_fn(move |request: HttpRequestFactory| {
        let http = http.clone();
        async move {
            let response = http.execute(request.build().await?).await?;
            check(response).await.map_err(|error| OpenAIError::Boxed(Box::new(error)))
        }
    });
    let config = OpenAIConfig::new().with_api_base(&service.base_url).with_api_key(&service.api_key);
    Ok(Client::with_config(config).with_http_service(send))
}

#[tokio::main]
async fn main() -> ExitCode {
    let service = match Service::from_environment() {
        Ok(service) => service,
        Err(code) => return code,
    };
    let client = match client(&service) {
        Ok(client) => client,
        Err(error) => return scenario::failed(error.into()),
    };
    match complete(&client, &service.model, "Say hello.").await {
        Ok(Some(content)) => scenario::said(&content),
        Ok(None) => scenario::failed("the reply holds no text".into()),
        Err(error) => scenario::failed(error.into()),
    }
}
