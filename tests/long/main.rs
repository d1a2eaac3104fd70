//! A fleet of callers and a service that fails in every way, for as long as one likes: each call has exactly one end, and
//! nothing grows. In a process of its own, since it watches what the process holds.
//!
//! A minute, or an hour:
//!
//! ```sh
//! PERSEVERE_LONG=3600 cargo test -p persevere-tests --test long -- --nocapture
//! ```
//!
//! In an hour, beside other work on two cores: 381205 calls, of which 362266 succeeded, 14758 gave up and 4181 were
//! dropped, in 503953 attempts; 69346 of them met a 503, 6789 a reset, 8485 an answer that never came or stood still, 6788
//! half of a body, 18230 a clock that was five hours wrong. Of what was held, the median of the last half was 1530 KiB of
//! heap (of the first half 1537), 18740 KiB resident (18720), 29 handles (29) and 20 threads (20).
//!
//! The clock that steps is the service's, in `Retry-After` and `Date`. A test cannot set the system's own.
#![cfg(all(feature = "tokio", feature = "reqwest", feature = "ureq"))]

mod ledger;
mod service;
mod watch;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use ledger::{Call, Ledger};
use persevere::openai::{self, ApiError, retryable};
use persevere::{Policy, Upstream, retry};
use service::{Fate, Service};
use tokio::task::JoinSet;
use watch::{Held, Watch};

static MODEL: Upstream = Upstream::new();

/// An attempt is given up after so long, by the attribute or by the client.
const PATIENCE: Duration = Duration::from_millis(400);
/// How long a call may last, and then one attempt.
const DEADLINE: Duration = Duration::from_secs(10);
/// Between two calls of a task.
const PAUSE: Duration = Duration::from_millis(200);

struct Client {
    http: reqwest::Client,
    url: String,
    ledger: Ledger,
    over: AtomicBool,
}

impl Client {
    /// One attempt. What it returns is what the service has answered.
    async fn ask(&self, call: &Call<'_>) -> Result<String, ApiError> {
        let attempt = call.attempt();
        let response = self.http.post(&self.url).body(call.id.clone()).send().await?;
        let body = openai::reqwest::check(response).await?.bytes().await?;
        Ok(attempt.answered(&body))
    }
}

#[retry(max = 6, initial = "50ms", cap = "1s", timeout = PATIENCE, deadline = DEADLINE, on = retryable,
    upstream = MODEL, notify = |event| call.hear(event))]
async fn paced(client: &Client, call: &Call<'_>) -> Result<String, ApiError> {
    client.ask(call).await
}

#[retry(max = 5, initial = "50ms", timeout = PATIENCE, on = retryable, notify = |event| call.hear(event))]
async fn alone(client: &Client, call: &Call<'_>) -> Result<String, ApiError> {
    client.ask(call).await
}

async fn closure(client: &Client, call: &Call<'_>) -> Result<String, ApiError> {
    let policy = Policy::new().max(5).initial(Duration::from_millis(50)).deadline(DEADLINE);
    let asked = policy.retry(|| client.ask(call)).on(retryable).timeout(PATIENCE).notify(|event| call.hear(event));
    asked.call().await
}

#[retry(max = 5, initial = "50ms", deadline = DEADLINE, on = retryable, notify = |event| call.hear(event))]
fn blocking(agent: &ureq::Agent, url: &str, call: &Call<'_>) -> Result<String, ApiError> {
    let attempt = call.attempt();
    let mut response = openai::ureq::check(agent.post(url).send(&call.id)?)?;
    Ok(attempt.answered(&response.body_mut().read_to_vec()?))
}

/// The calls of a task, until the run is over. Of the async ones, some are dropped on their way.
async fn work<F>(client: Arc<Client>, task: String, make: F)
where
    F: AsyncFn(&Client, &Call<'_>) -> Result<String, ApiError>,
{
    for number in 0.. {
        if client.over.load(Ordering::SeqCst) {
            return;
        }
        let call = client.ledger.begin(format!("{task} {number}"));
        let dropped = number % 16 == 7;
        let patience = if dropped { PATIENCE / 8 } else { DEADLINE * 3 };
        let result = tokio::time::timeout(patience, make(&client, &call)).await;
        assert!(dropped || result.is_ok(), "{} has not ended", call.id);
        call.end(result.ok());
        tokio::time::sleep(PAUSE).await;
    }
}

fn work_blocking(client: &Client, task: usize) {
    let config = ureq::Agent::config_builder().proxy(None).http_status_as_error(false).timeout_global(Some(PATIENCE));
    let agent = ureq::Agent::from(config.build());
    for number in 0.. {
        if client.over.load(Ordering::SeqCst) {
            return;
        }
        let call = client.ledger.begin(format!("blocking {task} {number}"));
        let result = blocking(&agent, &client.url, &call);
        call.end(Some(result));
        thread::sleep(PAUSE);
    }
}

/// The whole fleet, for so long; it panics if a call has not ended long after.
fn run(service: &Service, time: Duration) -> io::Result<Arc<Client>> {
    let pooled = reqwest::Client::builder().no_proxy().pool_idle_timeout(Duration::from_secs(2));
    let http = pooled.build().map_err(io::Error::other)?;
    let client = Arc::new(Client { http, url: service.url(), ledger: Ledger::default(), over: AtomicBool::new(false) });
    let threads: Vec<_> = (0..4)
        .map(|task| {
            let client = Arc::clone(&client);
            thread::spawn(move || work_blocking(&client, task))
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for task in 0..24 {
            tasks.spawn(work(Arc::clone(&client), format!("paced {task}"), paced));
        }
        for task in 0..12 {
            tasks.spawn(work(Arc::clone(&client), format!("alone {task}"), alone));
            tasks.spawn(work(Arc::clone(&client), format!("closure {task}"), closure));
        }
        tokio::time::sleep(time).await;
        client.over.store(true, Ordering::SeqCst);
        let ended = tokio::time::timeout(DEADLINE * 4, tasks.join_all()).await;
        assert!(ended.is_ok(), "calls have not ended: {}", client.ledger);
    });
    for thread in threads {
        thread.join().unwrap();
    }
    Ok(client)
}

#[test]
fn nothing_is_lost_and_nothing_grows() {
    let time = Duration::from_secs(env::var("PERSEVERE_LONG").map_or(60, |seconds| seconds.parse().unwrap()));
    let before = Held::now();
    let service = Service::start().unwrap();
    let (running, over) = mpsc::channel();
    let watch = thread::spawn(move || Watch::keep(time, &over));
    let client = run(&service, time).unwrap();
    drop(running);
    let watch = watch.join().unwrap();

    println!("{}", client.ledger);
    for fate in Fate::ALL {
        println!("{:>9} requests: {fate:?}", service.met(fate));
    }
    println!("{watch}");
    client.ledger.assert_whole(service.met(Fate::Served));
    for fate in Fate::ALL {
        assert!(service.met(fate) > 0, "{fate:?}");
    }
    watch.assert_steady();
    assert_eq!(MODEL.status().waiting(), 0, "nobody queues any more");

    // When all clients are gone, so is what they held.
    drop((client, service));
    let patience = Instant::now() + Duration::from_secs(10);
    let left = loop {
        let left = Held::now();
        if (left.handles, left.threads) == (before.handles, before.threads) || Instant::now() > patience {
            break left;
        }
        thread::sleep(Duration::from_millis(20));
    };
    println!("at the end:           {left}");
    assert_eq!((left.handles, left.threads), (before.handles, before.threads));
}
