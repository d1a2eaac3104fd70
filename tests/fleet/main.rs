//! Many tasks under one rate limit, for real: a service on loopback, and the clock on the wall.
#![cfg(all(feature = "tokio", feature = "reqwest"))]

#[cfg(all(feature = "tracing", feature = "metrics"))]
mod holds;
mod service;

use std::sync::Arc;
use std::time::{Duration, Instant};

use persevere::openai::reqwest::check;
use persevere::openai::{ApiError, retryable};
use persevere::{Upstream, retry};
use service::{Limit, Service};
use tokio::task::JoinSet;

const TASKS: usize = 64;
/// For each task.
const CALLS: usize = 5;
const LIMIT: Limit = Limit { rate: 100.0, burst: 10.0, latency: Duration::from_millis(90) };

struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    async fn complete(&self) -> Result<(), ApiError> {
        check(self.http.post(&self.url).body("{}").send().await?).await?.bytes().await?;
        Ok(())
    }
}

/// Lets all tasks make their calls, and says how many failed, how many requests it took, and how long.
async fn work<F>(call: impl Fn(Arc<Client>) -> F + Copy + Send + 'static) -> (usize, usize, Duration)
where
    F: Future<Output = Result<(), ApiError>> + Send,
{
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let service = Service::start(LIMIT).unwrap();
    let client = Arc::new(Client { http, url: service.url() });
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..TASKS {
        let client = Arc::clone(&client);
        tasks.spawn(async move {
            let mut failed = 0;
            for _ in 0..CALLS {
                failed += usize::from(call(Arc::clone(&client)).await.is_err());
            }
            failed
        });
    }
    let failed = tasks.join_all().await.into_iter().sum();
    let arrivals = service.arrivals();
    let served = arrivals.iter().filter(|arrival| !arrival.refused).count();
    assert_eq!(served, TASKS * CALLS - failed, "every failure was a refusal");
    assert!(arrivals.is_sorted_by_key(|arrival| arrival.at));
    (failed, arrivals.len(), started.elapsed())
}

#[tokio::test]
async fn paced_calls_do_not_fail_and_are_hardly_ever_refused() {
    static MODEL: Upstream = Upstream::new();

    #[retry(max = 6, initial = "100ms", on = retryable, upstream = MODEL)]
    async fn call(client: Arc<Client>) -> Result<(), ApiError> {
        client.complete().await
    }
    let (failed, requests, time) = work(call).await;
    assert_eq!(failed, 0);
    assert!(requests <= TASKS * CALLS * 3 / 2, "{requests} requests");
    let ideal = LIMIT.ideal(u32::try_from(TASKS * CALLS).unwrap());
    assert!(time < ideal * 2, "{time:?}, and {ideal:?} at best");
}

/// That the service is as hard to ask as it is meant to be.
#[tokio::test]
async fn calls_on_their_own_are_refused_again_and_again() {
    #[retry(max = 6, initial = "100ms", on = retryable)]
    async fn call(client: Arc<Client>) -> Result<(), ApiError> {
        client.complete().await
    }
    let (failed, requests, _) = work(call).await;
    assert!(failed > 0);
    assert!(requests >= TASKS * CALLS * 2, "{requests} requests");
}
