//! 64 tasks under one rate limit, which do the same work three times: first each call retries on its own, then an
//! `Upstream` paces them all, by what is refused, and then by what the headers of each answer say of the limit, too.
//!
//! ```sh
//! cargo run --features fleet --example fleet                       # the picture goes to target/fleet.svg
//! cargo run --features fleet --example fleet -- docs/fleet.svg     # or here
//! cargo run --features fleet --example fleet -- --calls 60         # a tenth of the work
//! ```
//!
//! The service is a real one, on loopback, which this program starts: it serves 100 requests a second and refuses the
//! rest with a 429 that says exactly when to come back. It takes 90 ms for an answer, a tenth of what a model takes,
//! and the waits between attempts are a tenth of the usual ones, so that a minute's work is over in six seconds.

#[path = "../tests/fleet/service.rs"]
mod service;

use std::error::Error;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use persevere::openai::reqwest::check;
use persevere::openai::{ApiError, retryable};
use persevere::{Upstream, retry};
use plotters::prelude::*;
use reqwest::Response;
use serde_json::json;
use service::{Arrival, Limit, Service};
use tokio::task::JoinSet;

const TASKS: u32 = 64;
const LIMIT: Limit = Limit { rate: 100.0, burst: 10.0, latency: Duration::from_millis(90) };

/// It learns from refusals.
static BY_REFUSALS: Upstream = Upstream::new();
/// It learns from the headers of each answer.
static BY_HEADERS: Upstream = Upstream::new();

#[retry(max = 6, initial = "100ms", on = retryable, upstream = BY_REFUSALS)]
async fn complete_paced(client: &Client) -> Result<(), ApiError> {
    check(client.ask().await?).await?.bytes().await?;
    Ok(())
}

#[retry(max = 6, initial = "100ms", on = retryable, upstream = BY_HEADERS)]
async fn complete_told(client: &Client) -> Result<(), ApiError> {
    check(BY_HEADERS.learn_from(client.ask().await?)).await?.bytes().await?;
    Ok(())
}

/// A call that retries on its own, without `upstream`.
#[retry(max = 6, initial = "100ms", on = retryable)]
async fn complete_alone(client: &Client) -> Result<(), ApiError> {
    check(client.ask().await?).await?.bytes().await?;
    Ok(())
}

struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    /// One request of a chat completion.
    async fn ask(&self) -> Result<Response, reqwest::Error> {
        let request = json!({"model": "loopback", "messages": [{"role": "user", "content": "Say hello."}]});
        self.http.post(&self.url).json(&request).send().await
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some((calls, picture)) = arguments() else {
        eprintln!("usage: fleet [--calls NUMBER] [where the picture goes]");
        return ExitCode::from(2);
    };
    match compare(calls, &picture).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            eprintln!("Error: {failed} calls failed although they were paced");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many calls to make, and where the picture goes.
fn arguments() -> Option<(u32, PathBuf)> {
    let (mut calls, mut picture) = (600, PathBuf::from("target/fleet.svg"));
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--calls" {
            calls = arguments.next()?.parse().ok().filter(|calls| *calls > 0)?;
        } else if argument.starts_with('-') {
            return None;
        } else {
            picture = argument.into();
        }
    }
    Some((calls, picture))
}

/// Says how many of the paced calls failed.
async fn compare(calls: u32, picture: &Path) -> Result<u32, Box<dyn Error>> {
    println!("{TASKS} tasks make {calls} calls to a service that allows {} requests a second.", LIMIT.rate);
    let alone = run("without upstream", How::Alone, calls).await?;
    let paced = run("with upstream", How::Refused, calls).await?;
    let told = run("and its headers", How::Told, calls).await?;
    println!("\n{:18}{:>22}{:>14}{:>17}", "", "requests per success", "failed calls", "time over ideal");
    for run in [&alone, &paced, &told] {
        let (requests, time) = (run.requests_per_call(), run.time_over_ideal());
        println!("{:18}{requests:>22.2}{:>14}{time:>17.2}", run.name, run.failed);
    }
    let drawn = draw([&alone, &paced, &told])?;
    if let Some(directory) = picture.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(picture, drawn)?;
    println!("\nThe picture is {}", picture.display());
    Ok(paced.failed + told.failed)
}

/// What came of the work.
struct Run {
    name: &'static str,
    succeeded: u32,
    failed: u32,
    time: Duration,
    arrivals: Vec<Arrival>,
}

impl Run {
    fn requests_per_call(&self) -> f64 {
        number(self.arrivals.len()) / f64::from(self.succeeded)
    }

    /// How much longer it took than the limit demands for as many calls as succeeded.
    fn time_over_ideal(&self) -> f64 {
        self.time.as_secs_f64() / LIMIT.ideal(self.succeeded).as_secs_f64()
    }

    /// How far it is: the calls that are done, and what became of the requests and the calls.
    fn show(&self, calls: u32, live: bool) -> io::Result<()> {
        let Self { name, succeeded, failed, ref arrivals, .. } = *self;
        let (done, requests) = (succeeded + failed, arrivals.len());
        let refused = arrivals.iter().filter(|arrival| arrival.refused).count();
        let bar: String = (0..10).map(|tenth| if done * 10 > calls * tenth { '#' } else { '.' }).collect();
        let told = format!("{name:16} [{bar}] {done} calls, {requests} requests, {refused} refused, {failed} failed");
        let mut terminal = io::stdout().lock();
        let (start, end) = if live { ("\r", "") } else { ("", "\n") };
        write!(terminal, "{start}{told}{end}")?;
        terminal.flush()
    }

    /// What was asked of the service over time.
    fn bars(&self) -> Vec<Bar> {
        let mut bars = Vec::new();
        for arrival in &self.arrivals {
            while bars.last().is_none_or(|bar: &Bar| arrival.at.as_secs_f64() >= bar.start + BAR) {
                bars.push(Bar { start: number(bars.len()) * BAR, succeeded: 0.0, refused: 0.0 });
            }
            if let Some(bar) = bars.last_mut() {
                *if arrival.refused { &mut bar.refused } else { &mut bar.succeeded } += 1.0 / BAR;
            }
        }
        bars
    }
}

/// In seconds: how much of the time a bar stands for.
const BAR: f64 = 0.25;
const SUCCEEDED: RGBColor = RGBColor(46, 139, 87);
const REFUSED: RGBColor = RGBColor(205, 60, 60);

/// A bar of the picture, in seconds and requests a second.
struct Bar {
    start: f64,
    succeeded: f64,
    refused: f64,
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// How calls are paced.
#[derive(Clone, Copy)]
enum How {
    Alone,
    Refused,
    Told,
}

/// What the tasks share.
struct Work {
    client: Client,
    how: How,
    unbegun: AtomicU32,
    succeeded: AtomicU32,
    failed: AtomicU32,
}

impl Work {
    /// Makes call after call until none is left.
    async fn go_on(self: Arc<Self>) {
        while self.unbegun.fetch_update(Relaxed, Relaxed, |unbegun| unbegun.checked_sub(1)).is_ok() {
            let client = &self.client;
            let outcome = match self.how {
                How::Alone => complete_alone(client).await,
                How::Refused => complete_paced(client).await,
                How::Told => complete_told(client).await,
            };
            let count = if outcome.is_ok() { &self.succeeded } else { &self.failed };
            count.fetch_add(1, Relaxed);
        }
    }
}

async fn run(name: &'static str, how: How, calls: u32) -> Result<Run, Box<dyn Error>> {
    // The service is on this machine: no proxy leads there.
    let http = reqwest::Client::builder().no_proxy().build()?;
    let service = Service::start(LIMIT)?;
    let client = Client { http, url: service.url() };
    let (unbegun, succeeded, failed) = (calls.into(), 0.into(), 0.into());
    let work = Arc::new(Work { client, how, unbegun, succeeded, failed });
    let started = Instant::now();
    let mut tasks: JoinSet<()> = (0..TASKS).map(|_| Arc::clone(&work).go_on()).collect();
    let so_far = || Run {
        name,
        succeeded: work.succeeded.load(Relaxed),
        failed: work.failed.load(Relaxed),
        time: started.elapsed(),
        arrivals: service.arrivals(),
    };
    // A line that is written anew, or where that makes no sense, one after the other.
    let live = io::stdout().is_terminal();
    let mut ticks = tokio::time::interval(Duration::from_millis(if live { 100 } else { 1000 }));
    loop {
        tokio::select! {
            ended = tasks.join_next() => match ended {
                Some(ended) => ended?,
                None => break,
            },
            _ = ticks.tick() => so_far().show(calls, live)?,
        }
    }
    let run = so_far();
    run.show(calls, live)?;
    if live {
        println!();
    }
    Ok(run)
}

/// The requests over time, of each run in a chart of its own, as the text of an SVG.
fn draw(runs: [&Run; 3]) -> Result<String, Box<dyn Error>> {
    let longest = runs.map(|run| run.time.as_secs_f64()).into_iter().fold(0.0, f64::max) + BAR;
    let bars = runs.map(Run::bars);
    let highest = bars.iter().flatten().map(|bar| bar.succeeded + bar.refused).fold(LIMIT.rate, f64::max);
    let mut drawn = String::new();
    let picture = SVGBackend::with_string(&mut drawn, (1_410, 380)).into_drawing_area();
    // The page that shows it may be dark.
    picture.fill(&WHITE)?;
    for ((run, bars), area) in runs.into_iter().zip(bars).zip(picture.split_evenly((1, 3))) {
        let Run { name, succeeded, failed, .. } = run;
        let requests = run.requests_per_call();
        let title = format!(
            "{name}: {requests:.2} requests per successful call, {failed} of {} calls failed",
            succeeded + failed
        );
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .caption(title, ("sans-serif", 16))
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..longest, 0.0..highest * 1.05)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .max_light_lines(1)
            .x_desc("seconds")
            .y_desc("requests a second")
            .y_label_formatter(&|rate| format!("{rate:.0}"))
            .draw()?;
        let upright = |start: f64, from, to, color: RGBColor| {
            Rectangle::new([(start, from), (start + 0.9 * BAR, to)], color.filled())
        };
        let square = |color: RGBColor| move |(x, y)| Rectangle::new([(x, y - 5), (x + 14, y + 5)], color.filled());
        chart
            .draw_series(bars.iter().map(|bar| upright(bar.start, 0.0, bar.succeeded, SUCCEEDED)))?
            .label("succeeded")
            .legend(square(SUCCEEDED));
        chart
            .draw_series(
                bars.iter().map(|bar| upright(bar.start, bar.succeeded, bar.succeeded + bar.refused, REFUSED)),
            )?
            .label("refused")
            .legend(square(REFUSED));
        chart
            .draw_series([PathElement::new([(0.0, LIMIT.rate), (longest, LIMIT.rate)], BLACK)])?
            .label("the limit")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 14, y)], BLACK));
        chart.configure_series_labels().position(SeriesLabelPosition::UpperRight).background_style(WHITE).draw()?;
    }
    picture.present()?;
    drop(picture);
    Ok(drawn)
}
