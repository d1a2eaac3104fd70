//! What kinds of errors there are: each is named for what it is, and judged by what it wraps, with every client.
#![cfg(all(feature = "reqwest", feature = "ureq"))]

#[path = "support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Read as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode};
use persevere::Decision::{self, Retry, Stop, Throttled};
use persevere::openai::{self, ApiError, ApiFailure, ErrorKind, Facts, retryable, unprocessed};
use serde_json::Value;
use support::{Port, Response, Server, Step};

/// A certificate of nobody, for `localhost`, and its key, which opens nothing.
const CERTIFICATE: &str = "MIIBmzCCAUGgAwIBAgIUGLX0SrSsFpHz3AIv47MVzvFxcXIwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNzE0NTA1NFoYDzIxMjYxMTAzMTQ1MDU0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARryAxW3rr0SNdakc0bisVO+aqMiGAM4MYwsbhdlWp9Bq8k964gBYFOTw3S6b8M7O4VDm+HOKzmVTnXyn4crKtZo28wbTAdBgNVHQ4EFgQUECC7HYEiH9AKjq0FzCJWSxN1/DUwHwYDVR0jBBgwFoAUECC7HYEiH9AKjq0FzCJWSxN1/DUwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwCgYIKoZIzj0EAwIDSAAwRQIhAJ/mmPah2ijuF/1+RPBx40CURfmxB1PNk6Q2HgJdamlAAiAgYd8Mi2888E0dlJ3RzN/KG729QjUvuzXHLWQ0tImnKg==";
const KEY: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgz1jiQbgYNH1SztIDB4pQsQRKceowv4zHEuD2NblkIIehRANCAARryAxW3rr0SNdakc0bisVO+aqMiGAM4MYwsbhdlWp9Bq8k964gBYFOTw3S6b8M7O4VDm+HOKzmVTnXyn4crKtZ";

fn status(status: u16, body: &str) -> ApiError {
    ApiError::from_response(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body.as_bytes())
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn by_reqwest_with(client: &reqwest::Client, url: &str) -> Result<Value, ApiError> {
    let response = client.post(format!("{url}/chat/completions")).body("{}").send().await?;
    Ok(openai::reqwest::check(response).await?.json().await?)
}

fn by_reqwest(url: &str) -> Result<Value, ApiError> {
    block_on(by_reqwest_with(&http(), url))
}

fn agent() -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    ureq::Agent::config_builder().proxy(None).http_status_as_error(false)
}

fn by_ureq_with(agent: &ureq::Agent, url: &str) -> Result<Value, ApiError> {
    let response = agent.post(format!("{url}/chat/completions")).send("{}")?;
    Ok(openai::ureq::check(response)?.body_mut().read_json()?)
}

fn by_ureq(url: &str) -> Result<Value, ApiError> {
    by_ureq_with(&agent().build().into(), url)
}

/// Both clients' errors for what a server does.
fn both(step: impl Into<Step>) -> [ApiError; 2] {
    let step = step.into();
    [by_reqwest, by_ureq].map(|ask| ask(&Server::start([step.clone()]).unwrap().url()).unwrap_err())
}

fn causes(error: &dyn Error) -> String {
    let chain = std::iter::successors(Some(error), |error| (*error).source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_reply_that_is_not_what_was_asked_for_is_no_connection_error() {
    for error in both(Response::new(200, "<html>not JSON</html>")) {
        assert!(matches!(error, ApiError::Other(_)), "{error:?}");
        assert_eq!(error.to_string(), "invalid request or reply");
        assert!(causes(&error).contains("expected value"), "{}", causes(&error));
        assert_eq!((retryable(&error), unprocessed(&error)), (Stop, Stop));
    }
}

#[test]
fn a_reply_that_ends_early_is_retried() {
    for body in ["", "  \n", "{\"choices\": [", "{\"id\": \"chatcmpl-1\", \"cho"] {
        for error in both(Response::new(200, body)) {
            assert!(matches!(error, ApiError::Connection(_)), "{body:?}: {error:?}");
            assert_eq!((retryable(&error), unprocessed(&error)), (Retry, Stop), "{body:?}");
        }
    }
}

#[test]
fn a_request_that_cannot_be_built_or_sent_is_tried_once() {
    for error in [by_reqwest("no address at all").unwrap_err(), by_ureq("no address at all").unwrap_err()] {
        assert!(matches!(error, ApiError::Other(_)), "{error:?}");
        assert_eq!(retryable(&error), Stop);
    }
    let port = Port::take().unwrap();
    let https_only = reqwest::Client::builder().no_proxy().https_only(true).build().unwrap();
    let agent = ureq::Agent::from(agent().https_only(true).build());
    for error in [
        block_on(by_reqwest_with(&https_only, &port.url())).unwrap_err(),
        by_ureq_with(&agent, &port.url()).unwrap_err(),
    ] {
        assert!(matches!(error, ApiError::Other(_)), "{error:?}");
        assert_eq!(retryable(&error), Stop, "{error:?}");
    }
}

#[test]
fn a_redirect_that_is_refused_is_tried_once() {
    for code in [302, 307] {
        let around = Response::new(code, "").header("location", "/v1/chat/completions");
        let around = Step::from(around);
        for ask in [by_reqwest, by_ureq] {
            let server = Server::start([around.clone()]).unwrap();
            let error = ask(&server.url()).unwrap_err();
            assert!(matches!(error, ApiError::Other(_)), "{code}: {error:?}");
            assert_eq!(retryable(&error), Stop, "{code}: {error:?}");
        }
    }
}

#[test]
fn what_ureq_refuses_by_itself_is_tried_once() {
    use ureq::Error::{BadUri, RedirectFailed, RequireHttpsOnly, TlsRequired, TooManyRedirects};
    for error in [BadUri("h".into()), RequireHttpsOnly("h".into()), TlsRequired, RedirectFailed, TooManyRedirects] {
        assert_eq!(retryable(&error), Stop, "{error:?}");
        assert!(matches!(ApiError::from(error), ApiError::Other(_)));
    }
}

/// Shows each that connects a certificate which nobody trusts.
fn untrusted() -> String {
    let decode = |text: &str| STANDARD.decode(text).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(decode(KEY)).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![decode(CERTIFICATE).into()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/v1", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let Ok(mut stream) = stream else { return };
            drop(rustls::Stream::new(&mut connection, &mut stream).read(&mut [0]));
        }
    });
    url
}

#[test]
fn a_certificate_that_nobody_trusts_is_shown_once() {
    let url = untrusted();
    for error in [by_reqwest(&url).unwrap_err(), by_ureq(&url).unwrap_err()] {
        assert!(causes(&error).contains("certificate"), "{}", causes(&error));
        assert_eq!((retryable(&error), unprocessed(&error)), (Stop, Stop), "{error:?}");
        assert!(matches!(error, ApiError::Connection(_)), "{error:?}");
    }
    #[cfg(feature = "async-openai")]
    {
        let config = async_openai::config::OpenAIConfig::new().with_api_base(&url).with_api_key("sk-scripted");
        let plain = async_openai::middleware::ReqwestService::new(http());
        let client = async_openai::Client::with_config(config).with_http_service(plain);
        let error = block_on(client.chat().create(async_openai::types::chat::CreateChatCompletionRequest::default()))
            .unwrap_err();
        assert_eq!(retryable(&error), Stop, "{error:?}");
    }
}

#[test]
fn wrapped_errors_are_judged_by_what_they_wrap() {
    let unauthorized = || status(401, "");
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    let eof = || serde_json::from_str::<Value>("{").unwrap_err();
    let io_in_json = || {
        struct Failing;
        impl io::Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        serde_json::from_reader::<_, Value>(Failing).unwrap_err()
    };
    let syntax = || serde_json::from_str::<Value>("<").unwrap_err();
    for (error, decision) in [
        (ApiError::connection(unauthorized()), Stop),
        (ApiError::timeout(unauthorized()), Stop),
        (ApiError::connection(io::Error::other(unauthorized())), Stop),
        (ApiError::connection(ApiError::connection(unauthorized())), Stop),
        (ApiError::connection(status(429, "")), Throttled(None)),
        (ApiError::connection(syntax()), Stop),
        (ApiError::connection(eof()), Retry),
        (ApiError::connection(io_in_json()), Retry),
        (ApiError::connection("unknown"), Retry),
        (ApiError::connection(io::Error::from(io::ErrorKind::PermissionDenied)), Retry),
        (ApiError::other(reset()), Retry),
        (ApiError::other(io_in_json()), Retry),
        (ApiError::other(eof()), Retry),
        (ApiError::other(ureq::Error::Json(io_in_json())), Retry),
        (ApiError::other(syntax()), Stop),
        (ApiError::other("unknown"), Stop),
        (ApiError::other(io::Error::from(io::ErrorKind::NotFound)), Stop),
        (ApiError::other(ureq::Error::TooManyRedirects), Stop),
        (ApiError::connection(ureq::Error::StatusCode(403)), Stop),
    ] {
        assert_eq!(retryable(&error), decision, "{}", causes(&error));
    }
}

#[test]
fn what_no_service_has_processed_is_told_from_what_one_may_have() {
    let refused = |kind: io::ErrorKind| ApiError::connection(io::Error::from(kind));
    for (error, decision) in [
        (status(429, ""), Throttled(None)),
        (status(503, r#"{"error": {"code": "slow_down"}}"#), Throttled(None)),
        (status(503, r#"{"error": {"code": "server_is_overloaded"}}"#), Retry),
        (status(529, r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#), Retry),
        (status(429, r#"{"error": {"code": "insufficient_quota"}}"#), Stop),
        (status(408, ""), Stop),
        (status(409, ""), Stop),
        (status(500, ""), Stop),
        (status(502, ""), Stop),
        (status(503, ""), Stop),
        (status(401, ""), Stop),
        (refused(io::ErrorKind::ConnectionRefused), Retry),
        (refused(io::ErrorKind::HostUnreachable), Retry),
        (refused(io::ErrorKind::ConnectionReset), Stop),
        (refused(io::ErrorKind::BrokenPipe), Stop),
        (ApiError::connection("unknown"), Stop),
        (ApiError::timeout("late"), Stop),
        (ureq::Error::HostNotFound.into(), Retry),
        (ureq::Error::Timeout(ureq::Timeout::Connect).into(), Retry),
        (ureq::Error::Timeout(ureq::Timeout::RecvResponse).into(), Stop),
        (ApiError::connection("stream error: refused stream before processing any application logic"), Retry),
    ] {
        assert_eq!(unprocessed(&error), decision, "{error}: {}", causes(&error));
    }
    let port = Port::take().unwrap();
    for error in [by_reqwest(&port.url()).unwrap_err(), by_ureq(&port.url()).unwrap_err()] {
        assert_eq!(unprocessed(&error), Retry, "a connection that is refused: {}", causes(&error));
    }
    for step in [Step::ResetAfter, Step::CloseAfter, Step::Truncate(Response::chat("hello"))] {
        for error in both(step.clone()) {
            assert_eq!((retryable(&error), unprocessed(&error)), (Retry, Stop), "{step:?}: {}", causes(&error));
        }
    }
    let mut headers = HeaderMap::new();
    headers.insert("x-should-retry", HeaderValue::from_static("true"));
    let error = ApiError::from_response(StatusCode::BAD_GATEWAY, &headers, b"");
    assert_eq!((retryable(&error), unprocessed(&error)), (Retry, Stop), "it may have been processed all the same");
}

#[test]
fn refusals_that_come_as_events_are_told_from_events() {
    let overloaded =
        r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}, "request_id": "req_9"}"#;
    let failed = r#"{"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "error": {"code": "rate_limit_exceeded", "message": "Please try again in 2s."}}}"#;
    let two = Duration::from_secs(2);
    for (event, kind, decision, says) in [
        (overloaded, ErrorKind::InternalServer, Retry, "Overloaded"),
        (failed, ErrorKind::RateLimit, Throttled(Some(two)), "try again"),
        (r#"{"type": "error", "code": "server_error", "message": "m"}"#, ErrorKind::InternalServer, Retry, "m"),
        (r#"{"error": {"message": "x", "type": "server_error"}}"#, ErrorKind::InternalServer, Retry, "x"),
        (
            r#"{"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}"#,
            ErrorKind::RateLimit,
            Throttled(None),
            "Rate limit",
        ),
        (r#"{"error": {"message": "q", "code": "insufficient_quota"}}"#, ErrorKind::RateLimit, Stop, "q"),
        (
            r#"{"error": {"code": 502, "message": "Provider returned error"}}"#,
            ErrorKind::InternalServer,
            Retry,
            "Provider",
        ),
        (
            r#"{"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}"#,
            ErrorKind::BadRequest,
            Stop,
            "no",
        ),
        (
            r#"{"type": "error", "error": {"type": "authentication_error", "message": "no"}}"#,
            ErrorKind::Authentication,
            Stop,
            "no",
        ),
        (r#"{"error": "the model has gone away"}"#, ErrorKind::Other, Stop, "gone away"),
        ("event: error\ndata: {\"code\": \"server_error\", \"message\": \"m\"}", ErrorKind::InternalServer, Retry, "m"),
        ("data: {\"error\": {\"code\": 503, \"message\": \"busy\"}}\n\n", ErrorKind::InternalServer, Retry, "busy"),
    ] {
        let error = ApiError::from_event(event).unwrap_or_else(|| panic!("{event}"));
        let response = error.response().unwrap();
        assert_eq!((response.status(), response.kind()), (StatusCode::OK, kind), "{event}");
        assert_eq!(retryable(&error), decision, "{event}");
        assert!(error.to_string().contains(says), "{error}");
    }
    assert_eq!(ApiError::from_event(overloaded).unwrap().response().unwrap().request_id(), Some("req_9"));
    for event in [
        "",
        "[DONE]",
        "data: [DONE]",
        "{}",
        r#"{"id": "c", "object": "chat.completion.chunk", "choices": [{"delta": {"content": "error: rate limit"}}]}"#,
        r#"{"type": "response.created", "response": {"id": "r", "status": "in_progress", "error": null}}"#,
        r#"{"type": "response.completed", "response": {"id": "r", "status": "completed", "error": null}}"#,
        r#"{"type": "message_start", "message": {"id": "m", "content": [], "usage": {}}}"#,
    ] {
        assert!(ApiError::from_event(event).is_none(), "{event}");
    }
}

#[test]
fn an_error_in_a_success_is_found_by_those_who_ask() {
    let refusal = r#"{"error": {"code": 429, "message": "Rate limited. Please retry in 3s."}}"#;
    let three = Throttled(Some(Duration::from_secs(3)));
    let success = |body: &str| Server::start([Response::new(200, body)]).unwrap();
    let by_reqwest = |url: String| {
        block_on(async {
            let response = http().post(format!("{url}/chat/completions")).send().await.unwrap();
            let response = openai::reqwest::check_body(response).await?;
            Ok::<_, ApiError>((response.status(), response.headers().clone(), response.text().await.unwrap()))
        })
    };
    let by_ureq = |url: String| {
        let response = ureq::Agent::from(agent().build()).post(format!("{url}/chat/completions")).send("{}").unwrap();
        let mut response = openai::ureq::check_body(response)?;
        let text = response.body_mut().read_to_string().unwrap();
        Ok::<_, ApiError>((response.status(), response.headers().clone(), text))
    };
    for ask in [&by_reqwest as &dyn Fn(String) -> _, &by_ureq] {
        let error = ask(success(refusal).url()).unwrap_err();
        assert_eq!(retryable(&error), three);
        assert_eq!(error.to_string(), "200 OK: Rate limited. Please retry in 3s. (code 429)");
        for body in [
            r#"{"choices": [], "error": null}"#,
            "not JSON",
            "",
            r#"{"base_resp": {"status_code": 0, "status_msg": "success"}}"#,
        ] {
            let (status, headers, text) = ask(success(body).url()).unwrap();
            assert_eq!((status, text.as_str()), (StatusCode::OK, body));
            assert_eq!(headers["content-type"], "application/json");
        }
        let failed =
            ask(success(r#"{"base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}"#).url());
        assert_eq!(retryable(&failed.unwrap_err()), Stop);
        let stream = Response::stream("hello").header("x-request-id", "req_1");
        let (_, headers, text) = ask(Server::start([stream]).unwrap().url()).unwrap();
        assert!(text.contains("[DONE]") && headers["x-request-id"] == "req_1");
    }
    let given = ApiError::from_response(StatusCode::OK, &HeaderMap::new(), refusal.as_bytes());
    assert_eq!(retryable(&given), three);
    assert_eq!(given.response().unwrap().kind(), ErrorKind::RateLimit);
}

#[test]
fn an_error_that_holds_a_response_is_judged_in_three_lines() {
    struct Refused(http::Response<Vec<u8>>);

    impl ApiFailure for Refused {
        fn facts(&self) -> Facts<'_> {
            Facts::status(self.0.status().as_u16()).headers(self.0.headers()).body(self.0.body())
        }
    }

    let refused = |status: u16, header: Option<(&str, &str)>, body: &str| {
        let mut response = http::Response::builder().status(status);
        if let Some((name, value)) = header {
            response = response.header(name, value);
        }
        retryable(&Refused(response.body(body.into()).unwrap()))
    };
    let throttled = |seconds| Throttled(Some(Duration::from_secs(seconds)));
    assert_eq!(refused(429, None, ""), Throttled(None));
    assert_eq!(refused(429, Some(("retry-after", "7")), ""), throttled(7));
    assert_eq!(refused(429, None, r#"{"detail": "Please retry in 5s."}"#), throttled(5));
    assert_eq!(refused(429, None, r#"{"error": "insufficient balance"}"#), Stop);
    assert_eq!(
        refused(503, None, r#"{"error": "loading", "estimated_time": 20}"#),
        Decision::RetryAfter(Duration::from_secs(20))
    );
    assert_eq!(refused(503, Some(("x-should-retry", "false")), ""), Stop);
    let dated = http::Response::builder()
        .status(503)
        .header("date", "Fri, 29 Sep 2023 16:26:37 GMT")
        .header("retry-after", "Fri, 29 Sep 2023 16:26:57 GMT");
    let dated = Refused(dated.body(Vec::new()).unwrap());
    assert_eq!(retryable(&dated), Decision::RetryAfter(Duration::from_secs(20)), "by the response's own clock");
}

#[test]
fn the_id_of_a_request_has_many_names() {
    let id = |name: &'static str, body: &str| {
        let mut headers = HeaderMap::new();
        if !name.is_empty() {
            headers.insert(name, HeaderValue::from_static("req_h"));
        }
        let error = ApiError::from_response(StatusCode::BAD_REQUEST, &headers, body.as_bytes());
        error.response().unwrap().request_id().map(str::to_owned)
    };
    let body = r#"{"type": "error", "error": {"type": "api_error", "message": "m"}, "request_id": "req_b"}"#;
    assert_eq!(id("x-request-id", body).as_deref(), Some("req_h"));
    assert_eq!(id("request-id", body).as_deref(), Some("req_h"));
    assert_eq!(id("", body).as_deref(), Some("req_b"));
    assert_eq!(id("", r#"{"code": "c", "message": "m", "requestId": "req_b"}"#).as_deref(), Some("req_b"));
    assert_eq!(id("", r#"{"id": "req_b", "message": "m"}"#).as_deref(), Some("req_b"));
    assert_eq!(id("", r#"{"error": {"message": "m"}}"#), None);
}

/// `anyhow::Error`, `eyre::Report` and `Box<dyn Error>` for what really happens: a refused port, a timeout, a type that the
/// user names, and what nobody knows.
#[test]
fn errors_in_a_box_are_judged_by_what_really_happened() {
    use anyhow::Context as _;
    use persevere::{Retryable, causes, retry};

    #[derive(Debug, Retryable)]
    enum Store {
        #[retryable]
        Deadlock,
        NoSuchKey,
    }

    impl std::fmt::Display for Store {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("store")
        }
    }

    impl Error for Store {}

    #[derive(Clone, Copy)]
    enum What<'a> {
        Refused(&'a str),
        ByReqwest(&'a str),
        Deadlock,
        NoSuchKey,
        Unknown,
    }

    fn fail<E>(what: What<'_>) -> Result<(), E>
    where
        E: From<io::Error> + From<reqwest::Error> + From<Store> + From<std::fmt::Error>,
    {
        match what {
            What::Refused(address) => drop(std::net::TcpStream::connect(address)?),
            What::ByReqwest(address) => drop(block_on(http().get(format!("http://{address}")).send())?),
            What::Deadlock => return Err(Store::Deadlock.into()),
            What::NoSuchKey => return Err(Store::NoSuchKey.into()),
            What::Unknown => return Err(std::fmt::Error.into()),
        }
        Ok(())
    }

    #[retry(max = 5, initial = "0s", on = |error| causes::retryable_with(error, causes::known::<Store>))]
    fn by_anyhow(attempts: &mut u32, what: What<'_>) -> anyhow::Result<()> {
        *attempts += 1;
        fail::<anyhow::Error>(what).context("asking")
    }

    #[retry(max = 5, initial = "0s", on = |error| causes::retryable_with(error, causes::known::<Store>))]
    fn by_eyre(attempts: &mut u32, what: What<'_>) -> eyre::Result<()> {
        *attempts += 1;
        fail::<eyre::Report>(what).map_err(|report| report.wrap_err("asking"))
    }

    #[retry(max = 5, initial = "0s", on = |error| causes::retryable_with(error, causes::known::<Store>))]
    fn by_box(attempts: &mut u32, what: What<'_>) -> Result<(), Box<dyn Error + Send + Sync>> {
        *attempts += 1;
        fail(what)
    }

    #[retry(max = 5, initial = "0s", timeout = "2ms", on = causes::retryable)]
    async fn late(attempts: &mut u32) -> anyhow::Result<()> {
        *attempts += 1;
        std::future::pending().await
    }

    let port = Port::take().unwrap();
    let address = port.url().replace("http://", "").split('/').next().unwrap().to_owned();
    for (what, expected) in [
        (What::Refused(&address), 5),
        (What::ByReqwest(&address), 5),
        (What::Deadlock, 5),
        (What::NoSuchKey, 1),
        (What::Unknown, 1),
    ] {
        let mut attempts = [0; 3];
        assert!(by_anyhow(&mut attempts[0], what).is_err());
        assert!(by_eyre(&mut attempts[1], what).is_err());
        assert!(by_box(&mut attempts[2], what).is_err());
        assert_eq!(attempts, [expected; 3]);
    }
    let mut attempts = 0;
    assert!(block_on(late(&mut attempts)).is_err());
    assert_eq!(attempts, 5);
}
