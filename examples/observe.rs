//! What a `tracing` subscriber and a `metrics` recorder see of a call that recovers and of one that gives up.
//!
//! ```sh
//! cargo run --features observe --example observe
//! ```
//!
//! Look at the fields of each event and at the counters in the end. The client has the limits of the OpenAI SDK's
//! clients: how often and how long it tries is a matter of each request.

use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use persevere::openai::{self, ApiError, retryable};
use persevere::{Attempt, retry};
use tracing_subscriber::EnvFilter;

struct Client {
    max_retries: u32,
    timeout: Duration,
    /// What the service answers, attempt by attempt; the last answer is repeated.
    answers: &'static [Answer],
}

#[derive(Clone, Copy)]
enum Answer {
    Reply,
    RateLimit,
    Overloaded,
    Silence,
}

impl Client {
    /// One request of a chat completion.
    #[retry(
        policy = openai::POLICY,
        max = self.max_retries + 1,
        initial = "20ms",
        timeout = self.timeout,
        deadline = "10s",
        on = retryable,
        attempt = attempt
    )]
    async fn complete(&self, _prompt: &str) -> Result<&'static str, ApiError> {
        let status = match self.answer(attempt) {
            Answer::Reply => return Ok("Hello!"),
            Answer::Silence => std::future::pending().await,
            Answer::RateLimit => http::StatusCode::TOO_MANY_REQUESTS,
            Answer::Overloaded => http::StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut headers = http::HeaderMap::new();
        headers.insert("retry-after-ms", http::HeaderValue::from_static("30"));
        Err(ApiError::from_response(status, &headers, b""))
    }

    fn answer(&self, attempt: Attempt) -> Answer {
        let asked = attempt.retries() as usize;
        self.answers.get(asked).or(self.answers.last()).copied().unwrap_or(Answer::Reply)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let filter = EnvFilter::builder().with_default_directive("persevere=trace".parse()?).from_env()?;
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stdout).init();
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install()?;

    let client = |answers| Client { max_retries: 2, timeout: Duration::from_millis(50), answers };
    println!("A call that recovers:");
    let recovers = client(&[Answer::RateLimit, Answer::Silence, Answer::Reply]);
    println!("-> {:?}", recovers.complete("Say hello.").await.map_err(|error| error.to_string()));
    println!("A call that gives up:");
    let gives_up = client(&[Answer::Overloaded]);
    println!("-> {:?}", gives_up.complete("Say hello.").await.map_err(|error| error.to_string()));

    println!("What was counted:");
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        match value {
            DebugValue::Counter(count) => println!("{} = {count}", key.key()),
            DebugValue::Gauge(value) => println!("{} = {value}", key.key()),
            DebugValue::Histogram(seconds) => println!("{} = {seconds:.3?} seconds", key.key()),
        }
    }
    Ok(())
}
