//! Nothing secret of a URL is in any error text that this crate writes, logs or keeps, whichever client's error it is.
#![cfg(all(feature = "async-openai", feature = "ureq", feature = "tracing", feature = "testing"))]

#[path = "support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::{fmt, iter};

use async_openai::error::{OpenAIError, StreamError};
use http::{HeaderMap, StatusCode};
use persevere::openai::ApiError;
use persevere::{Event, Judged, causes, retry, testing};
use support::{Port, Response, Server};

/// What stands in the place of a secret in each URL below.
const CANARY: &str = "CANARY";

/// Addresses that nobody can be asked at, each with its secret elsewhere.
fn addresses(host: &str) -> Vec<String> {
    vec![
        format!("http://{host}/x?key=CANARY"),
        format!("http://{host}/x?fields=items(id)&key=CANARY"),
        format!("http://user:CANARY@{host}/x"),
        format!("http://CANARY@{host}/x"),
        format!("http://{host}/bot110201543:AACANARY0vGWJxfSeofSAs0K5PALDsaw/x"),
        format!("http://{host}/sk-CANARY-0123456789"),
        format!("http://{host}/x#CANARY"),
        format!("ftp://{host}/x?key=CANARY"),
        "no address?key=CANARY".to_owned(),
    ]
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn by_reqwest(url: &str) -> reqwest::Error {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    block_on(client.get(url).send()).unwrap_err()
}

fn by_ureq(url: &str) -> ureq::Error {
    ureq::Agent::from(ureq::Agent::config_builder().proxy(None).build()).get(url).call().unwrap_err()
}

fn by_ureq_with_https_only(url: &str) -> ureq::Error {
    ureq::Agent::from(ureq::Agent::config_builder().proxy(None).https_only(true).build()).get(url).call().unwrap_err()
}

/// Where each address leads, and where a redirect leads in a circle.
fn for_each_url(mut look: impl FnMut(&str)) {
    let port = Port::take().unwrap();
    for url in addresses(&port.url().replace("http://", "")) {
        look(&url);
    }
    let around =
        Server::start([Response::new(302, "").header("location", "/?key=CANARY&x=/chat/completions")]).unwrap();
    look(&format!("{}/?key=CANARY&x=/chat/completions", around.url()));
}

/// All that can be read of an error: both ways in which it is written, and both of each of its causes.
fn written(error: &(dyn Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| (*error).source());
    chain.map(|error| format!("{error}\n{error:#}\n{error:?}\n{error:#?}\n")).collect::<Vec<_>>().concat()
}

#[track_caller]
fn no_canary(written: &str) {
    assert!(!written.contains(CANARY), "{written}");
}

/// A user's own error, which has the address in its message.
#[derive(Debug)]
struct Unreachable {
    url: String,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot reach ({})", self.url)
    }
}

impl Error for Unreachable {}

#[test]
fn our_own_errors_keep_no_secret_of_reqwest() {
    for_each_url(|url| {
        for error in [
            ApiError::from(by_reqwest(url)),
            ApiError::connection(by_reqwest(url)),
            ApiError::timeout(by_reqwest(url)),
            ApiError::other(by_reqwest(url)),
        ] {
            no_canary(&written(&error));
        }
    });
}

#[test]
fn our_own_errors_keep_no_secret_of_ureq() {
    for_each_url(|url| {
        for by_ureq in [by_ureq, by_ureq_with_https_only] {
            for error in [
                ApiError::from(by_ureq(url)),
                ApiError::connection(by_ureq(url)),
                ApiError::timeout(by_ureq(url)),
                ApiError::other(by_ureq(url)),
            ] {
                no_canary(&written(&error));
            }
        }
        for make in [ureq::Error::BadUri, ureq::Error::RequireHttpsOnly, ureq::Error::ConnectProxyFailed] {
            no_canary(&written(&ApiError::from(make(url.to_owned()))));
        }
        let io = || ureq::Error::Io(io::Error::other(format!("connecting to {url}")));
        no_canary(&written(&ApiError::from(io())));
        no_canary(&written(&ApiError::connection(io())));
    });
}

#[test]
fn our_own_errors_keep_no_secret_of_async_openai() {
    for_each_url(|url| {
        let cut = || serde_json::from_str::<u8>("").unwrap_err();
        for error in [
            OpenAIError::Reqwest(by_reqwest(url)),
            OpenAIError::Boxed(Box::new(by_reqwest(url))),
            OpenAIError::Boxed(format!("GET {url}: refused").into()),
            OpenAIError::JSONDeserialize(cut(), format!("{{\"url\": \"{url}\"}}")),
            OpenAIError::JSONDeserialize(cut(), format!("no JSON from {url}")),
            OpenAIError::InvalidArgument(format!("bad base {url}")),
            OpenAIError::StreamError(Box::new(StreamError::EventStream(format!(
                "Transport error: {}",
                by_reqwest(url)
            )))),
        ] {
            no_canary(&written(&ApiError::connection(error)));
        }
    });
}

/// A URL in a text, in an I/O error, and in what a service repeats.
#[test]
fn our_own_errors_keep_no_secret_of_a_text() {
    for_each_url(|url| {
        let text = || format!("GET {url}: refused");
        for error in [
            ApiError::connection(text()),
            ApiError::timeout(text()),
            ApiError::other(text()),
            ApiError::connection(io::Error::other(text())),
            ApiError::connection(io::Error::other(io::Error::other(text()))),
            ApiError::connection(io::Error::new(io::ErrorKind::ConnectionRefused, by_reqwest(url))),
        ] {
            no_canary(&written(&error));
        }
        let body =
            serde_json::json!({"error": {"message": text(), "code": url, "param": url, "type": url}}).to_string();
        for error in [
            ApiError::from_response(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes()),
            ApiError::from_response(StatusCode::BAD_GATEWAY, &HeaderMap::new(), text().as_bytes()),
            ApiError::from_event(&body).unwrap(),
        ] {
            no_canary(&written(&error));
            no_canary(&written(error.response().unwrap()));
        }
    });
}

/// What is not ours is kept as it is, since it may be looked for by its type; what we write of it has no secret.
#[test]
fn what_we_write_of_a_user_s_error_has_no_secret() {
    for_each_url(|url| {
        let error = || Unreachable { url: url.to_owned() };
        for error in [ApiError::connection(error()), ApiError::other(error())] {
            no_canary(&format!("{error} {error:#} {error:?} {error:#?}"));
            assert!(error.source().unwrap().is::<Unreachable>());
        }
        let judged = Judged::stop(error());
        no_canary(&format!("{judged} {judged:#} {judged:?} {judged:#?}"));
        let address = reqwest::Url::parse(url);
        let judged = Judged::stop(address);
        no_canary(&format!("{judged:?}"));
    });
}

/// What a subscriber writes that writes everything.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn logged(run: impl FnOnce()) -> String {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    // The clients' own events are not ours.
    let ours = tracing_subscriber::filter::Targets::new().with_target("persevere", tracing::Level::TRACE);
    let subscriber = tracing_subscriber::layer::SubscriberExt::with(subscriber, ours);
    tracing::subscriber::with_default(subscriber, run);
    String::from_utf8(log.0.lock().unwrap().clone()).unwrap()
}

type Seen = Mutex<Vec<String>>;

/// Writes an event in each way in which it can be.
fn see<E: fmt::Display + fmt::Debug>(seen: &Seen, event: &Event<'_, E>) {
    seen.lock().unwrap().extend([event.to_string(), format!("{event:?}"), format!("{event:#?}")]);
}

/// Events of an error type: through `notify`, `Display` and `Debug`, and through `tracing`.
macro_rules! told {
    ($seen:ident, $url:ident, $error:ty, $make:expr) => {{
        #[retry(max = 2, on = |_| true, notify = |event| see(seen, event))]
        fn fail(seen: &Seen, url: &str) -> Result<(), $error> {
            let make: fn(&str) -> $error = $make;
            Err(make(url))
        }
        fail(&$seen, $url).unwrap_err();
    }};
}

#[test]
fn events_of_any_error_have_no_secret() {
    let _waits = testing::thread().record_waits();
    for_each_url(|url| {
        let seen = Seen::default();
        let log = logged(|| {
            told!(seen, url, reqwest::Error, by_reqwest);
            told!(seen, url, ureq::Error, by_ureq);
            told!(seen, url, OpenAIError, |url| OpenAIError::Reqwest(by_reqwest(url)));
            told!(seen, url, ApiError, |url| ApiError::connection(Unreachable { url: url.to_owned() }));
            told!(seen, url, anyhow::Error, |url| anyhow::Error::new(by_reqwest(url)).context(format!("asking {url}")));
            told!(seen, url, Box<dyn Error + Send + Sync>, |url| format!("asking {url}").into());
            told!(seen, url, Unreachable, |url| Unreachable { url: url.to_owned() });
            told!(seen, url, Judged<Unreachable>, |url| Judged::retry(Unreachable { url: url.to_owned() }));
            told!(seen, url, String, |url| format!("redirected to {url}"));
        });
        let seen = seen.into_inner().unwrap().join("\n");
        assert_eq!(log.lines().count(), 18, "{log}");
        assert!(log.contains("cannot reach") && seen.contains("cannot reach"), "{log}{seen}");
        no_canary(&log);
        no_canary(&seen);
    });
}

/// An error that is written by `Debug` alone.
#[test]
fn events_of_an_error_without_display_have_no_secret() {
    #[derive(Debug)]
    struct Failed {
        #[expect(dead_code, reason = "it is printed")]
        at: Result<reqwest::Url, String>,
    }

    #[retry(max = 2, on = |_| true)]
    fn fail(url: &str) -> Result<(), Failed> {
        Err(Failed { at: reqwest::Url::parse(url).map_err(|_| url.to_owned()) })
    }

    let _waits = testing::thread().record_waits();
    for_each_url(|url| {
        let log = logged(|| drop(fail(url)));
        assert!(log.contains("Failed"), "{log}");
        no_canary(&log);
    });
}

#[test]
fn a_verdict_is_found_behind_what_has_been_taken_out() {
    let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "http://user:CANARY@host");
    assert_eq!(causes::retryable(&ApiError::connection(refused)), persevere::Decision::Retry);
}
