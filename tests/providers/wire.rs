//! The recorded refusals from a server to real clients, and what their errors come to.

use std::time::SystemTime;

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::{HttpRequestFactory, ReqwestService};
use async_openai::types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs};
use http::HeaderMap;
use persevere::Decision;
use persevere::openai::{self, ApiError, retryable};
use serde_json::{Map, Value, json};

use super::support::{Response, Server};
use super::{Refusal, agree};

/// The refusals that were sent, each as if it came when it is asked for.
fn refusals() -> impl Iterator<Item = Refusal> {
    files([include_str!("refusals.jsonl"), include_str!("others.jsonl")])
}

fn files<const N: usize>(files: [&'static str; N]) -> impl Iterator<Item = Refusal> {
    files.into_iter().flat_map(str::lines).map(|line| Refusal::new(line, SystemTime::now()))
}

/// Starts a server that refuses so.
fn server(refusal: &Refusal) -> Server {
    let mut response = Response::new(refusal.status.as_u16(), refusal.body.as_bytes());
    for (name, value) in &refusal.headers {
        response = response.header(name.as_str(), value);
    }
    Server::start([response]).unwrap()
}

/// Asks for each refusal, and finds each as its users want it.
fn play(client: &str, ask: impl Fn(&str) -> ApiError) {
    let mut count = 0;
    for refusal in refusals() {
        count += 1;
        let server = server(&refusal);
        let error = ask(&server.url());
        let decision = retryable(&error);
        assert!(refusal.is_met_by(decision), "{}: {decision:?}, not {:?}", refusal.service, refusal.decision);
        let printed = error.to_string();
        assert!(refusal.is_said_in(&printed), "{}: {printed}", refusal.service);
    }
    println!("refusals, by {client}: {count} agree, 0 differ");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

#[test]
fn reqwest_says_what_the_service_said() {
    let (runtime, client) = (runtime(), http());
    play("reqwest", |url| {
        runtime.block_on(async {
            let response = client.post(format!("{url}/chat/completions")).body("{}").send().await.unwrap();
            openai::reqwest::check_body(response).await.unwrap_err()
        })
    });
}

#[test]
fn ureq_says_what_the_service_said() {
    let agent = ureq::Agent::from(ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build());
    play("ureq", |url| {
        let response = agent.post(format!("{url}/chat/completions")).send("{}").unwrap();
        openai::ureq::check_body(response).unwrap_err()
    });
}

async fn ask(client: &Client<OpenAIConfig>) -> OpenAIError {
    let message = ChatCompletionRequestUserMessage::from("Say hello.");
    let request = CreateChatCompletionRequestArgs::default().model("m").messages([message.into()]).build().unwrap();
    client.chat().create(request).await.unwrap_err()
}

fn config(url: &str) -> OpenAIConfig {
    OpenAIConfig::new().with_api_base(url).with_api_key("sk-scripted")
}

#[test]
fn async_openai_says_what_the_service_said_where_a_service_keeps_it() {
    let (runtime, http) = (runtime(), http());
    let mut count = 0;
    for refusal in refusals() {
        count += 1;
        let server = server(&refusal);
        let http = http.clone();
        let service = tower::service_fn(move |request: HttpRequestFactory| {
            let http = http.clone();
            async move {
                let response = http.execute(request.build().await?).await?;
                openai::reqwest::check_body(response).await.map_err(|error| OpenAIError::Boxed(Box::new(error)))
            }
        });
        let client = Client::with_config(config(&server.url())).with_http_service(service);
        let error = runtime.block_on(ask(&client));
        let decision = retryable(&error);
        assert!(refusal.is_met_by(decision), "{}: {decision:?}, not {:?}", refusal.service, refusal.decision);
        assert!(refusal.is_said_in(&error.to_string()), "{}: {error}", refusal.service);
    }
    println!("refusals, by async-openai with a service: {count} agree, 0 differ");
}

/// Why the plain client's error is judged otherwise, and how.
fn lost(refusal: &Refusal) -> (&'static str, Decision) {
    if refusal.body.trim().is_empty() {
        return ("an empty reply may be one that was cut off", Decision::Retry);
    }
    let without = ApiError::from_response(refusal.status, &HeaderMap::new(), refusal.body.as_bytes());
    if !refusal.is_met_by(retryable(&without)) {
        return ("the client keeps no headers", retryable(&without));
    }
    let body: Value = serde_json::from_str(&refusal.body).unwrap_or_default();
    let kept = ["message", "type", "param", "code"].map(|name| (name, body["error"][name].clone()));
    let kept = json!({"error": Map::from_iter(kept.map(|(name, value)| (name.to_owned(), value)))}).to_string();
    let kept = ApiError::from_response(refusal.status, &HeaderMap::new(), kept.as_bytes());
    ("the client keeps four fields of the error, none of them the wait", retryable(&kept))
}

#[test]
fn async_openai_by_itself_loses_what_it_does_not_keep() {
    let (runtime, http) = (runtime(), http());
    let mut differ = std::collections::BTreeMap::<&str, Vec<String>>::new();
    let (mut count, mut wrong) = (0, Vec::new());
    // The wordings too: where a status is lost, nothing else is left.
    for refusal in refusals().chain(files([include_str!("wordings.jsonl")])) {
        count += 1;
        let server = server(&refusal);
        let client = Client::with_config(config(&server.url())).with_http_service(ReqwestService::new(http.clone()));
        let error = runtime.block_on(ask(&client));
        let decision = retryable(&error);
        if refusal.is_met_by(decision) {
            continue;
        }
        let (reason, expected) = lost(&refusal);
        let service = &refusal.service;
        if !agree(decision, expected, refusal.precision) {
            wrong.push(format!("{service}: {decision:?}, not {:?}: {reason}: {error:?}", refusal.decision));
        }
        differ.entry(reason).or_default().push(format!("{service}: {decision:?}, not {:?}", refusal.decision));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let lost: usize = differ.values().map(Vec::len).sum();
    println!("refusals, by async-openai alone: {} agree, {lost} differ", count - lost);
    for (reason, which) in &differ {
        println!("  {} differ: {reason}\n    {}", which.len(), which.join("\n    "));
    }
    let counts: Vec<(&str, usize)> = differ.iter().map(|(reason, which)| (*reason, which.len())).collect();
    let expected = [
        ("an empty reply may be one that was cut off", 9),
        ("the client keeps four fields of the error, none of them the wait", 4),
        ("the client keeps no headers", 12),
    ];
    assert_eq!(counts, expected, "what is lost is what the page says");
}
