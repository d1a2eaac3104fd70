//! The errors of HTTP clients, judged as they are.
#![cfg(all(feature = "reqwest", feature = "ureq"))]

#[path = "support/mod.rs"]
mod support;

use std::cell::Cell;
use std::time::Duration;

use persevere::openai::{self, ApiError, ApiFailure, Facts, retryable};
use persevere::{Decision, retry};
use serde_json::Value;
use support::{Port, Response, Server, Step};

fn server(step: impl Into<Step>) -> Server {
    Server::start([step.into()]).unwrap()
}

/// What the server does, and how many of three attempts are made.
fn attempts_of_three() -> [(Step, u32); 10] {
    [
        (busy().into(), 3),
        (Response::error(429, "slow_down", "no").into(), 3),
        (Response::error(401, "invalid_api_key", "no").into(), 1),
        (Step::ResetAfter, 3),
        (Step::CloseAfter, 3),
        (Step::Hang, 3),
        (Step::Truncate(Response::chat("hello")), 3),
        (Response::new(200, "<html>").into(), 1),
        (Response::new(200, "").into(), 3),
        (Response::new(200, "{\"choices\": [").into(), 3),
    ]
}

/// What is retried, and what is not: what the server answers, and how many of three requests arrive.
fn passing_and_not() -> [(Response, usize); 2] {
    [(busy(), 3), (Response::error(401, "invalid_api_key", "no"), 1)]
}

const PATIENCE: Duration = Duration::from_secs(20);

/// Patient with everything but a server that hangs.
fn timeout(step: &Step) -> Duration {
    if matches!(step, Step::Hang) { Duration::from_millis(300) } else { PATIENCE }
}

fn busy() -> Response {
    Response::error(503, "server_is_overloaded", "busy")
}

mod with_reqwest {
    use super::*;

    fn client(timeout: Duration) -> reqwest::Client {
        reqwest::Client::builder().no_proxy().timeout(timeout).build().unwrap()
    }

    /// Patient with everything.
    fn patient() -> reqwest::Client {
        client(PATIENCE)
    }

    #[retry(max = 3, initial = "0s", on = retryable, sleep = std::future::ready)]
    async fn ask(client: &reqwest::Client, url: &str, attempts: &Cell<u32>) -> Result<Value, reqwest::Error> {
        attempts.set(attempts.get() + 1);
        client.post(format!("{url}/chat/completions")).send().await?.error_for_status()?.json().await
    }

    async fn attempts(client: &reqwest::Client, url: &str) -> (Result<Value, reqwest::Error>, u32) {
        let attempts = Cell::new(0);
        (ask(client, url, &attempts).await, attempts.get())
    }

    #[tokio::test]
    async fn its_errors_are_retried_by_what_they_are() {
        for (step, expected) in attempts_of_three() {
            let server = server(step.clone());
            let (result, attempts) = attempts(&client(timeout(&step)), &server.url()).await;
            assert!(result.is_err());
            assert_eq!((attempts, server.requests().len()), (expected, expected as usize), "{step:?}");
        }
        let port = Port::take().unwrap();
        assert_eq!(attempts(&patient(), &port.url()).await.1, 3, "a connection that is refused");
        assert_eq!(attempts(&patient(), "no address at all").await.1, 1, "a request that cannot be built");
    }

    #[tokio::test]
    async fn its_errors_decide_by_themselves() {
        #[retry(max = 3, initial = "0s")]
        async fn ask(client: &reqwest::Client, url: &str) -> Result<reqwest::Response, reqwest::Error> {
            client.post(format!("{url}/chat/completions")).send().await?.error_for_status()
        }
        for (response, requests) in passing_and_not() {
            let server = server(response);
            ask(&patient(), &server.url()).await.unwrap_err();
            assert_eq!(server.requests().len(), requests);
        }
    }

    #[tokio::test]
    async fn its_errors_become_ours_and_are_judged_alike() {
        let post_with = async |client: reqwest::Client, url: &str| -> Result<Value, ApiError> {
            let response = client.post(format!("{url}/chat/completions")).send().await?;
            Ok(openai::reqwest::check(response).await?.json().await?)
        };
        let post = async |url: &str| post_with(patient(), url).await;
        let hang = server(Step::Hang);
        assert!(matches!(post_with(client(timeout(&Step::Hang)), &hang.url()).await, Err(ApiError::Timeout(_))));
        let broken = post(&server(Step::ResetAfter).url()).await.unwrap_err();
        assert!(matches!(broken, ApiError::Connection(_)));
        assert_eq!(retryable(&broken), Decision::Retry);
        for hopeless in [post("no address at all").await, post(&server(Response::new(200, "<html>")).url()).await] {
            assert_eq!(retryable(&hopeless.unwrap_err()), Decision::Stop);
        }
        let response = server(busy().header("retry-after", "7"));
        let error = post(&response.url()).await.unwrap_err();
        assert_eq!(error.response().unwrap().code(), Some("server_is_overloaded"));
        assert_eq!(retryable(&error), Decision::RetryAfter(Duration::from_secs(7)));

        let status = patient().post(response.url()).send().await.unwrap().error_for_status().unwrap_err();
        assert_eq!(ApiError::from(status).response().unwrap().status().as_u16(), 404);
    }

    #[tokio::test]
    async fn a_key_in_the_url_is_not_printed() {
        let port = Port::take().unwrap();
        let error = patient().get(format!("{}?api-key=secret", port.url())).send().await.unwrap_err();
        assert!(error.to_string().contains("secret"));
        let error = ApiError::from(error);
        let printed = format!("{error} {error:?} {}", std::error::Error::source(&error).unwrap());
        assert!(!printed.contains("secret"), "{printed}");
    }

    #[tokio::test]
    async fn a_failed_response_that_is_cut_off_is_a_connection_error() {
        let server = server(Step::Truncate(busy()));
        let response = patient().post(format!("{}/chat/completions", server.url())).send().await.unwrap();
        assert!(matches!(openai::reqwest::check(response).await, Err(ApiError::Connection(_))));
    }
}

mod with_ureq {
    use super::*;

    fn agent(status_as_error: bool, timeout: Duration) -> ureq::Agent {
        let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(status_as_error);
        config.timeout_global(Some(timeout)).build().into()
    }

    #[retry(max = 3, initial = "0s", on = retryable)]
    fn ask(agent: &ureq::Agent, url: &str, attempts: &Cell<u32>) -> Result<Value, ureq::Error> {
        attempts.set(attempts.get() + 1);
        agent.post(format!("{url}/chat/completions")).send_empty()?.body_mut().read_json()
    }

    fn attempts(timeout: Duration, url: &str) -> (Result<Value, ureq::Error>, u32) {
        let attempts = Cell::new(0);
        (ask(&agent(true, timeout), url, &attempts), attempts.get())
    }

    #[test]
    fn its_errors_are_retried_by_what_they_are() {
        for (step, expected) in attempts_of_three() {
            let server = server(step.clone());
            let (result, attempts) = attempts(timeout(&step), &server.url());
            assert!(result.is_err());
            assert_eq!((attempts, server.requests().len()), (expected, expected as usize), "{step:?}");
        }
        let port = Port::take().unwrap();
        assert_eq!(attempts(PATIENCE, &port.url()).1, 3, "a connection that is refused");
        assert_eq!(attempts(PATIENCE, "no address at all").1, 1, "a request that cannot be built");
    }

    #[test]
    fn its_errors_decide_by_themselves() {
        #[retry(max = 3, initial = "0s")]
        fn ask(agent: &ureq::Agent, url: &str) -> Result<(), ureq::Error> {
            agent.post(format!("{url}/chat/completions")).send_empty().map(drop)
        }
        for (response, requests) in passing_and_not() {
            let server = server(response);
            ask(&agent(true, PATIENCE), &server.url()).unwrap_err();
            assert_eq!(server.requests().len(), requests);
        }
    }

    #[test]
    fn its_errors_become_ours_and_are_judged_alike() {
        let post_within = |timeout, url: &str| -> Result<Value, ApiError> {
            let response = agent(false, timeout).post(format!("{url}/chat/completions")).send_empty()?;
            Ok(openai::ureq::check(response)?.body_mut().read_json()?)
        };
        let post = |url: &str| post_within(PATIENCE, url);
        let hang = server(Step::Hang);
        assert!(matches!(post_within(timeout(&Step::Hang), &hang.url()), Err(ApiError::Timeout(_))));
        let broken = post(&server(Step::ResetAfter).url()).unwrap_err();
        assert!(matches!(broken, ApiError::Connection(_)));
        assert_eq!(retryable(&broken), Decision::Retry);
        for hopeless in [post("no address at all"), post(&server(Response::new(200, "<html>")).url())] {
            assert_eq!(retryable(&hopeless.unwrap_err()), Decision::Stop);
        }
        let response = server(busy().header("retry-after", "7"));
        let error = post(&response.url()).unwrap_err();
        assert_eq!(error.response().unwrap().code(), Some("server_is_overloaded"));
        assert_eq!(retryable(&error), Decision::RetryAfter(Duration::from_secs(7)));

        let status = agent(true, PATIENCE).post(response.url()).send_empty().unwrap_err();
        assert_eq!(ApiError::from(status).response().unwrap().status().as_u16(), 404);
    }

    #[test]
    fn a_failed_response_that_is_cut_off_is_a_connection_error() {
        let server = server(Step::Truncate(busy()));
        let response = agent(false, PATIENCE).post(format!("{}/chat/completions", server.url())).send_empty().unwrap();
        assert!(matches!(openai::ureq::check(response), Err(ApiError::Connection(_))));
    }
}

#[cfg(feature = "async-openai")]
mod with_async_openai {
    use async_openai::Client;
    use async_openai::config::OpenAIConfig;
    use async_openai::error::OpenAIError;
    use async_openai::middleware::{HttpRequestFactory, ReqwestService};
    use async_openai::types::chat::{ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs};

    use super::*;

    fn http(timeout: Duration) -> reqwest::Client {
        reqwest::Client::builder().no_proxy().timeout(timeout).build().unwrap()
    }

    /// With its own retries off.
    fn client(url: &str) -> Client<OpenAIConfig> {
        client_within(PATIENCE, url)
    }

    fn client_within(timeout: Duration, url: &str) -> Client<OpenAIConfig> {
        let config = OpenAIConfig::new().with_api_base(url).with_api_key("sk-scripted");
        Client::with_config(config).with_http_service(ReqwestService::new(http(timeout)))
    }

    /// With its own retries off, and what the server says kept.
    fn attentive_client(url: &str) -> Client<OpenAIConfig> {
        let http = http(PATIENCE);
        client(url).with_http_service(tower::service_fn(move |request: HttpRequestFactory| {
            let http = http.clone();
            async move {
                let response = http.execute(request.build().await?).await?;
                openai::reqwest::check(response).await.map_err(|error| OpenAIError::Boxed(Box::new(error)))
            }
        }))
    }

    async fn ask_once(client: &Client<OpenAIConfig>) -> Result<String, OpenAIError> {
        let message = ChatCompletionRequestUserMessage::from("Say hello.");
        let request = CreateChatCompletionRequestArgs::default().model("m").messages([message.into()]).build()?;
        let reply = client.chat().create(request).await?;
        Ok(reply.choices.into_iter().find_map(|choice| choice.message.content).unwrap_or_default())
    }

    #[retry(max = 5, initial = "0s", on = retryable, sleep = std::future::ready)]
    async fn ask(client: &Client<OpenAIConfig>) -> Result<String, OpenAIError> {
        ask_once(client).await
    }

    #[tokio::test]
    async fn five_attempts_are_five_requests() {
        let server = server(busy());
        ask(&client(&server.url())).await.unwrap_err();
        assert_eq!(server.requests().len(), 5);
    }

    #[tokio::test]
    async fn its_errors_decide_by_themselves() {
        #[retry(max = 3, initial = "0s")]
        async fn ask(client: &Client<OpenAIConfig>) -> Result<String, OpenAIError> {
            ask_once(client).await
        }
        for (response, requests) in passing_and_not() {
            let server = server(response);
            ask(&client(&server.url())).await.unwrap_err();
            assert_eq!(server.requests().len(), requests);
        }
    }

    #[tokio::test]
    async fn its_errors_are_retried_by_what_is_left_of_them() {
        let unread = |status, body: &str| Step::from(Response::new(status, body));
        for (step, expected) in [
            (Step::from(Response::error(429, "slow_down", "no")), 5),
            (Response::error(429, "insufficient_quota", "no").into(), 1),
            (Response::error(401, "invalid_api_key", "no").into(), 1),
            (Response::error(409, "conflict", "no").into(), 5),
            (unread(429, r#"{"error": {"message": "m", "type": "t", "param": null, "code": 429}}"#), 5),
            (unread(429, r#"{"error": {"message": null, "type": "requests", "code": "rate_limit_exceeded"}}"#), 5),
            (unread(429, r#"{"error": {"message": null, "type": "insufficient_quota", "code": null}}"#), 1),
            (unread(429, r#"{"statusCode": 429, "message": "Try again in 3 seconds."}"#), 5),
            (unread(429, "<html><title>429 Too Many Requests</title></html>"), 5),
            (unread(401, r#"{"statusCode": 401, "message": "Unauthorized"}"#), 1),
            (unread(400, "<html>400</html>"), 1),
            (unread(503, "<html>overloaded</html>"), 5),
            (unread(200, "<html>"), 1),
            (unread(200, r#"{"output": ["rate limit", "too many requests"]}"#), 1),
            (Step::ResetAfter, 5),
            (Step::Hang, 5),
            (Step::Truncate(Response::chat("hello")), 5),
        ] {
            let server = server(step.clone());
            ask(&client_within(timeout(&step), &server.url())).await.unwrap_err();
            assert_eq!(server.requests().len(), expected, "{step:?}");
        }
        let replied = server(Response::chat("hello"));
        assert_eq!(ask(&client(&replied.url())).await.unwrap(), "hello");
    }

    #[test]
    fn what_a_service_failed_with_is_judged_by_its_cause() {
        #[derive(Debug)]
        struct Wrapped(Box<dyn std::error::Error + Send + Sync>);
        impl std::fmt::Display for Wrapped {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("wrapped")
            }
        }
        impl std::error::Error for Wrapped {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(self.0.as_ref())
            }
        }
        let io = std::io::Error::from;
        let late = tower::timeout::error::Elapsed::new;
        let causes: [(Box<dyn std::error::Error + Send + Sync>, Decision); 5] = [
            (ApiError::timeout("late").into(), Decision::Retry),
            (io(std::io::ErrorKind::ConnectionReset).into(), Decision::Retry),
            (io(std::io::ErrorKind::PermissionDenied).into(), Decision::Stop),
            (late().into(), Decision::Retry),
            ("something else".into(), Decision::Stop),
        ];
        for (cause, decision) in causes {
            let says = cause.to_string();
            let error = OpenAIError::Boxed(Box::new(Wrapped(cause)));
            assert_eq!(retryable(&error), decision, "{says}");
        }
    }

    #[tokio::test]
    async fn the_code_of_a_failure_is_found_in_the_body_that_it_kept() {
        let server = server(Response::error(503, "slow_down", "no"));
        let error = ask_once(&client(&server.url())).await.unwrap_err();
        assert_eq!(retryable(&error), Decision::Throttled(None));
    }

    #[tokio::test]
    async fn a_service_may_keep_what_the_server_says() {
        let server = server(Response::error(429, "slow_down", "no").header("retry-after", "7"));
        let error = ask_once(&attentive_client(&server.url())).await.unwrap_err();
        assert_eq!(retryable(&error), Decision::Throttled(Some(Duration::from_secs(7))));
        let error = ask_once(&client(&server.url())).await.unwrap_err();
        assert_eq!(retryable(&error), Decision::Throttled(None), "the client's own error has no headers");
    }
}

/// A body that is far too long keeps its status and its request id, whichever client reads it.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_is_read_so_far() {
    let response = Response::new(503, vec![b' '; 20_000_000]).header("x-request-id", "req_long");
    let server = server(response);
    let url = format!("{}/chat/completions", server.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let by_reqwest = openai::reqwest::check(client.post(&url).send().await.unwrap()).await.unwrap_err();
    let by_ureq = tokio::task::spawn_blocking(move || {
        let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).build();
        openai::ureq::check(ureq::Agent::from(config).post(url).send_empty().unwrap()).unwrap_err()
    });
    for error in [by_reqwest, by_ureq.await.unwrap()] {
        assert_eq!(error.response().unwrap().request_id(), Some("req_long"));
        assert_eq!(retryable(&error), Decision::Retry);
        assert!((16 << 20..18 << 20).contains(&error.response().unwrap().body().len()));
    }
}

#[test]
fn any_error_that_tells_its_facts_is_judged() {
    struct Own<'a>(Facts<'a>);

    impl ApiFailure for Own<'_> {
        fn facts(&self) -> Facts<'_> {
            self.0.clone()
        }
    }

    let second = Duration::from_secs(1);
    for (facts, decision) in [
        (Facts::transport(), Decision::Retry),
        (Facts::other(), Decision::Stop),
        (Facts::status(404), Decision::Stop),
        (Facts::status(503), Decision::Retry),
        (Facts::status(503).retry_after(Some(second)), Decision::RetryAfter(second)),
        (Facts::status(404).should_retry(Some(true)), Decision::Retry),
        (Facts::status(429), Decision::Throttled(None)),
        (Facts::status(429).message(Some("Please try again in 1s.")), Decision::Throttled(Some(second))),
        (Facts::status(429).code(Some("insufficient_quota")), Decision::Stop),
        (Facts::status(429).error_type(Some("insufficient_quota")), Decision::Stop),
    ] {
        assert_eq!(retryable(&Own(facts.clone())), decision, "{facts:?}");
        let boxed: Box<dyn ApiFailure + '_> = Box::new(Own(facts.clone()));
        assert_eq!(retryable(&boxed), decision, "{facts:?}");
    }
}
