//! Real clients against the scripted server: what arrives there, what comes back, and after which waits.
#![cfg(all(feature = "reqwest", feature = "ureq"))]

#[path = "support/mod.rs"]
mod support;

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use persevere::openai::{self, ApiError, ErrorKind, retryable};
use persevere::retry;
use support::{Port, Response, Server, Step};

/// One attempt by `reqwest`; the waits are recorded and come to nothing.
#[retry(max = 4, initial = "1s", jitter = none, on = retryable, sleep = |wait| { waits.borrow_mut().push(wait); async {} })]
async fn ask(url: &str, timeout: Duration, waits: &RefCell<Vec<Duration>>) -> Result<String, ApiError> {
    let client = reqwest::Client::builder().timeout(timeout).no_proxy().build().unwrap();
    let response = client.post(format!("{url}/chat/completions")).body("{}").send().await?;
    Ok(openai::reqwest::check(response).await?.text().await?)
}

/// One attempt by `ureq`; the waits are recorded and come to nothing.
#[retry(max = 4, initial = "1s", jitter = none, on = retryable, sleep = |wait| waits.borrow_mut().push(wait))]
fn ask_blocking(url: &str, timeout: Duration, waits: &RefCell<Vec<Duration>>) -> Result<String, ApiError> {
    post_blocking(url, timeout)
}

fn post_blocking(url: &str, timeout: Duration) -> Result<String, ApiError> {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(Some(timeout)).build();
    let response = ureq::Agent::from(config).post(format!("{url}/chat/completions")).send("{}")?;
    Ok(openai::ureq::check(response)?.body_mut().read_to_string()?)
}

type Client<'a> = dyn Fn(&str, &RefCell<Vec<Duration>>) -> Result<String, ApiError> + 'a;
type Outcome = (Result<String, ApiError>, Vec<u128>, usize);

/// Longer than any answer takes here.
const PATIENT: Duration = Duration::from_secs(20);

/// Runs both clients against the script; each gives its outcome, its waits in milliseconds, and the requests that
/// arrived.
fn run(script: &[Step]) -> [Outcome; 2] {
    run_within(PATIENT, script)
}

fn run_within(timeout: Duration, script: &[Step]) -> [Outcome; 2] {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clients: [&Client<'_>; 2] =
        [&|url, waits| runtime.block_on(ask(url, timeout, waits)), &|url, waits| ask_blocking(url, timeout, waits)];
    clients.map(|client| {
        let server = Server::start(script.iter().cloned()).unwrap();
        let waits = RefCell::default();
        let result = client(&server.url(), &waits);
        (result, waits.borrow().iter().map(Duration::as_millis).collect(), server.requests().len())
    })
}

fn busy() -> Response {
    Response::error(503, "server_is_overloaded", "busy")
}

#[test]
fn failures_are_retried_until_the_server_answers() {
    for (result, waits, requests) in run(&[busy().into(), busy().into(), Response::chat("hello").into()]) {
        assert!(result.unwrap().contains("hello"));
        assert_eq!(waits, [1000, 2000]);
        assert_eq!(requests, 3);
    }
}

#[test]
fn the_last_error_comes_back_with_all_that_the_server_said() {
    let first = Response::error(500, "first", "first").header("x-request-id", "req_first");
    let last = Response::error(429, "last", "last").header("retry-after", "7");
    for (result, waits, requests) in run(&[first.into(), last.into()]) {
        let error = result.unwrap_err();
        let status = error.response().unwrap();
        assert_eq!(
            (status.kind(), status.code(), status.message()),
            (ErrorKind::RateLimit, Some("last"), Some("last"))
        );
        assert_eq!(status.request_id(), Some("req_failed"));
        assert_eq!(waits, [1000, 7000, 7000]);
        assert_eq!(requests, 4);
    }
}

#[test]
fn what_deserves_no_retry_is_asked_once() {
    for response in [
        Response::error(401, "invalid_api_key", "no"),
        Response::error(429, "insufficient_quota", "no"),
        busy().header("x-should-retry", "false"),
        busy().header("retry-after", "3600"),
    ] {
        for (result, waits, requests) in run(&[response.into()]) {
            assert!(result.unwrap_err().response().is_some());
            assert_eq!((waits.len(), requests), (0, 1));
        }
    }
}

#[test]
fn connections_that_break_are_connection_errors_and_retried() {
    let reply = Response::chat("hello");
    for (broken, arrive) in
        [(Step::ResetBefore, 1), (Step::ResetAfter, 2), (Step::CloseAfter, 2), (Step::Truncate(reply.clone()), 2)]
    {
        for (result, waits, requests) in run(&[broken.clone(), reply.clone().into()]) {
            assert!(result.unwrap().contains("hello"), "{broken:?}");
            assert_eq!(waits, [1000]);
            assert_eq!(requests, arrive, "{broken:?}");
        }
        for (result, _, _) in run(&[broken]) {
            assert!(matches!(result, Err(ApiError::Connection(_))));
        }
    }
}

#[test]
fn a_server_that_hangs_is_a_timeout_and_retried() {
    for (result, waits, requests) in
        run_within(Duration::from_millis(800), &[Step::Hang, busy().header("x-should-retry", "false").into()])
    {
        assert_eq!(result.unwrap_err().response().unwrap().kind(), ErrorKind::InternalServer);
        assert_eq!((waits.len(), requests), (1, 2));
    }
}

#[test]
fn refused_connections_are_connection_errors_and_retried() {
    let waits = RefCell::default();
    let port = Port::take().unwrap();
    let error = ask_blocking(&port.url(), PATIENT, &waits).unwrap_err();
    assert!(matches!(error, ApiError::Connection(_)), "{error:?}");
    assert_eq!(waits.borrow().len(), 3);
}

#[test]
fn a_server_may_refuse_for_a_while() {
    #[retry(max = 1000, initial = "2ms", factor = 1, jitter = none, on = |error| { seen.borrow_mut().push(error.to_string()); true })]
    fn poll(url: &str, seen: &RefCell<Vec<String>>) -> Result<String, ApiError> {
        post_blocking(url, PATIENT)
    }
    let server =
        Server::start([Step::from(busy()), Step::Refuse(Duration::from_millis(300)), Response::chat("hi").into()]);
    let server = server.unwrap();
    let seen = RefCell::default();
    assert!(poll(&server.url(), &seen).unwrap().contains("hi"));
    let seen = seen.into_inner();
    assert!(seen[0].starts_with("503"), "{seen:?}");
    assert!(seen.len() > 1 && seen[1..].iter().all(|error| error == "connection error"), "{seen:?}");
    assert_eq!(server.requests().len(), 2, "what is refused does not arrive");
}

#[test]
fn the_server_logs_what_arrived_and_when() {
    let server = Server::start([busy(), Response::chat("hi")]).unwrap();
    let client = ureq::Agent::from(ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build());
    let post = |path: &str| {
        let url = server.url().replace("/v1", path);
        client.post(url).header("X-Attempt", "1").send("{\"a\":1}").unwrap().status().as_u16()
    };
    assert_eq!(post("/v1/chat/completions"), 503);
    assert_eq!(post("/v1/chat/completions"), 200);
    assert_eq!(post("/v1/elsewhere"), 404);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!((requests[0].header("x-attempt"), requests[0].body.as_slice()), (Some("1"), &b"{\"a\":1}"[..]));
    assert!(requests.windows(2).all(|pair| pair[0].at <= pair[1].at));
    assert_eq!(server.gaps().len(), 2);
}

/// Speaks so much HTTP/2 as to refuse each request unprocessed, and counts them, until the client hangs up.
fn refuse_streams(listener: &TcpListener, refused: &AtomicUsize) -> io::Result<()> {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const HEADERS: u8 = 1;
    let mut stream = listener.accept()?.0;
    stream.read_exact(&mut [0; b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len()])?;
    stream.write_all(&SETTINGS)?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let [high, middle, low, kind, _flags, id @ ..] = head;
        let length = u32::from_be_bytes([0, high, middle, low]);
        io::copy(&mut Read::by_ref(&mut stream).take(length.into()), &mut io::sink())?;
        if kind == HEADERS {
            refused.fetch_add(1, Ordering::SeqCst);
            let reset = [&[0, 0, 4, 3, 0], &id[..], &[0, 0, 0, 7]].concat();
            stream.write_all(&reset)?;
        }
    }
}

#[test]
fn reqwest_does_not_repeat_by_itself_where_it_is_told_so() {
    #[retry(max = 5, initial = "0s", on = retryable)]
    async fn post(client: &reqwest::Client, url: &str) -> Result<(), ApiError> {
        client.post(url).body("{}").send().await?;
        Ok(())
    }
    let requests = |client: reqwest::ClientBuilder| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let refused = AtomicUsize::new(0);
        thread::scope(|scope| {
            scope.spawn(|| refuse_streams(&listener, &refused));
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let client = client.no_proxy().http2_prior_knowledge().build().unwrap();
            let error = runtime.block_on(post(&client, &url)).unwrap_err();
            assert!(matches!(error, ApiError::Connection(_)), "{error:?}");
        });
        refused.into_inner()
    };
    assert_eq!(requests(reqwest::Client::builder().retry(reqwest::retry::never())), 5);
    assert!(requests(reqwest::Client::builder()) > 5, "the server refuses what reqwest repeats");
}
