//! Tasks that work through calls to one rate-limited service, under a virtual clock. The service and the tasks are
//! made up; the policies, the waits and the pacing are the real ones.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::f64::consts::TAU;
use std::ops::Range;
use std::time::Duration;

use persevere::__private::{Answer, Call, Turn};
use persevere::{Decision, Jitter, Next, Policy, Upstream};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// How calls are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// As the OpenAI SDKs do it: twice, after exactly what the service names, or else with a quarter of jitter.
    Sdk,
    /// With full jitter, whatever the service names.
    FullJitter,
    /// After what the service names and full jitter, each call on its own.
    Hint,
    /// The same, all calls of a process together.
    Upstream,
}

/// What the service allows.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// `rate` requests a second, and `burst` at once after a pause.
    Bucket { rate: f64, burst: f64 },
    /// The same, where refusals use up what has come together for the next request.
    StrictBucket { rate: f64, burst: f64 },
    /// So many requests in each minute.
    Minute(f64),
}

/// What a refusal says about when to come back.
#[derive(Clone, Copy, Debug)]
pub enum Hint {
    Exact,
    WholeSeconds,
    None,
}

#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    pub tasks: u16,
    /// Among which the tasks are shared out, each with an `Upstream` of its own.
    pub processes: u16,
    pub calls: u16,
    pub limit: Limit,
    pub hint: Hint,
    /// When the service answers every request with an error, in seconds.
    pub outage: Range<f64>,
}

/// What came of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub completed: u32,
    pub failed: u32,
    /// When each request was sent, in seconds.
    pub sent: Vec<f64>,
    /// When the last call ended, in seconds.
    pub end: f64,
}

/// As patient as bulk work is.
const PATIENT: Policy = Policy::new().max(6).initial(Duration::from_secs(1));
const SDK: Policy = Policy::new().max(3).cap(Duration::from_secs(8)).jitter(Jitter::Fraction(0.25));
const SDK_HINTED: Policy = SDK.jitter(Jitter::None);

/// The median time of a request that is served, in seconds, and of one that is turned away.
const SERVED: f64 = 0.9;
const TURNED_AWAY: f64 = 0.05;
/// Of 100 requests that are served, so many fail.
const ERRORS: f64 = 0.01;

pub fn scenarios() -> [Scenario; 8] {
    let bulk = Scenario {
        name: "S1",
        about: "64 tasks, 1,000 calls, 50/s, exact hints",
        tasks: 64,
        processes: 1,
        calls: 1_000,
        limit: Limit::Bucket { rate: 50.0, burst: 10.0 },
        hint: Hint::Exact,
        outage: 0.0..0.0,
    };
    let slow = Scenario { calls: 600, ..bulk.clone() };
    [
        bulk.clone(),
        Scenario { name: "S2", about: "the same, hints in whole seconds", hint: Hint::WholeSeconds, ..bulk.clone() },
        Scenario {
            name: "S3",
            about: "64 tasks, 600 calls, 10/s, no hints",
            limit: Limit::Bucket { rate: 10.0, burst: 5.0 },
            hint: Hint::None,
            ..slow.clone()
        },
        Scenario {
            name: "S4",
            about: "the same, exact hints, refusals use up allowance",
            limit: Limit::StrictBucket { rate: 10.0, burst: 5.0 },
            ..slow
        },
        Scenario {
            name: "S5",
            about: "64 tasks, 1,500 calls, 600 a minute, exact hints",
            calls: 1_500,
            limit: Limit::Minute(600.0),
            ..bulk.clone()
        },
        Scenario {
            name: "S6",
            about: "20 processes of 16 tasks, 2,000 calls, 50/s, exact hints",
            tasks: 320,
            processes: 20,
            calls: 2_000,
            ..bulk.clone()
        },
        Scenario {
            name: "S7",
            about: "S1 with 3,000 calls and an outage of 30 s",
            calls: 3_000,
            outage: 30.0..60.0,
            ..bulk.clone()
        },
        Scenario { name: "S8", about: "8 tasks, 400 calls, below the limit", tasks: 8, calls: 400, ..bulk },
    ]
}

impl Scenario {
    /// How long the calls take at best, if the tasks are as quick as they can and the limit is used to the full.
    pub fn ideal(&self) -> f64 {
        let (calls, tasks) = (f64::from(self.calls), f64::from(self.tasks));
        let limited = match self.limit {
            Limit::Bucket { rate, burst } | Limit::StrictBucket { rate, burst } => (calls - burst) / rate,
            Limit::Minute(requests) => (calls / requests).floor() * 60.0 + calls % requests * SERVED / tasks,
        };
        let busy = calls * SERVED / tasks;
        limited.max(busy) + SERVED + (self.outage.end - self.outage.start)
    }

    /// Lets all calls be made. The same seed, the same run.
    pub fn run(&self, client: Client, seed: u64) -> Outcome {
        let mut service = Service::new(self, seed);
        let upstreams: Vec<Upstream> = (0..self.processes).map(|_| Upstream::new()).collect();
        let mut tasks: Vec<Task<'_>> =
            upstreams.iter().cycle().take(self.tasks.into()).map(|upstream| Task::new(client, upstream)).collect();
        let mut outcome = Outcome::default();
        let mut unbegun = self.calls;
        // The earliest first, and at the same time in the order of the tasks.
        let mut queue: BinaryHeap<Reverse<(Duration, usize)>> =
            (0..tasks.len()).map(|task| Reverse((Duration::ZERO, task))).collect();
        while let Some(Reverse((now, number))) = queue.pop() {
            let task = &mut tasks[number];
            let wait = match task.step {
                Step::Idle if unbegun == 0 => continue,
                Step::Idle => {
                    unbegun -= 1;
                    task.begin()
                }
                Step::Asking => {
                    let wait = task.ask(now, &mut service.random);
                    wait.unwrap_or_else(|| {
                        outcome.sent.push(now.as_secs_f64());
                        let (reply, time) = service.reply(now.as_secs_f64());
                        task.step = Step::Sent(reply);
                        time
                    })
                }
                Step::Sent(reply) => match task.receive(reply, now, &mut service.random) {
                    Received::Retry(wait) => wait,
                    Received::End { completed } => {
                        *if completed { &mut outcome.completed } else { &mut outcome.failed } += 1;
                        outcome.end = now.as_secs_f64();
                        Duration::ZERO
                    }
                },
            };
            queue.push(Reverse((now + wait, number)));
        }
        outcome
    }
}

impl Outcome {
    pub fn requests(&self) -> usize {
        self.sent.len()
    }

    /// The requests that were sent within a time.
    pub fn sent_in(&self, time: &Range<f64>) -> usize {
        self.sent.iter().filter(|sent| time.contains(sent)).count()
    }

    /// The most requests that were sent within any one second after a time.
    pub fn peak_after(&self, start: f64) -> usize {
        let sent = &self.sent[self.sent.partition_point(|sent| *sent < start)..];
        let within = |(first, from): (usize, &f64)| sent.partition_point(|sent| *sent < from + 1.0) - first;
        sent.iter().enumerate().map(within).max().unwrap_or(0)
    }
}

/// What a task does next.
#[derive(Clone, Copy)]
enum Step {
    Idle,
    Asking,
    Sent(Reply),
}

#[derive(Clone, Copy)]
enum Reply {
    Success,
    Error,
    Refusal(Option<Duration>),
}

enum Received {
    Retry(Duration),
    End { completed: bool },
}

/// One call after the other.
struct Task<'a> {
    client: Client,
    upstream: &'a Upstream,
    call: Call,
    turn: Turn,
    first: bool,
    step: Step,
}

impl<'a> Task<'a> {
    fn new(client: Client, upstream: &'a Upstream) -> Self {
        Self { client, upstream, call: Call::new(), turn: Turn::new(), first: true, step: Step::Idle }
    }

    fn begin(&mut self) -> Duration {
        *self = Self { step: Step::Asking, ..Self::new(self.client, self.upstream) };
        Duration::ZERO
    }

    /// How long to wait before asking again, or `None` where the request may be sent.
    fn ask(&mut self, now: Duration, random: &mut Xoshiro256PlusPlus) -> Option<Duration> {
        if self.client != Client::Upstream || self.upstream.is_calm(&mut self.turn) {
            return None;
        }
        match self.upstream.ask(&mut self.turn, nanos(now), self.first, None, || random.random()) {
            Answer::Go => None,
            Answer::Sleep(wait) => Some(wait),
            Answer::NoTurn => unreachable!("without a deadline and `max_wait`, every call gets its turn"),
        }
    }

    fn receive(&mut self, reply: Reply, now: Duration, random: &mut Xoshiro256PlusPlus) -> Received {
        let paced = self.client == Client::Upstream;
        let decision = match reply {
            Reply::Success => {
                if paced {
                    self.upstream.succeeded(|| nanos(now));
                }
                self.step = Step::Idle;
                return Received::End { completed: true };
            }
            Reply::Error => Decision::Retry,
            Reply::Refusal(hint) => Decision::Throttled(hint.filter(|_| self.client != Client::FullJitter)),
        };
        if paced {
            self.upstream.failed(&self.turn, nanos(now), decision);
        }
        let policy = match (self.client, decision.server_wait()) {
            (Client::Sdk, Some(_)) => SDK_HINTED,
            (Client::Sdk, None) => SDK,
            _ => PATIENT,
        };
        let next = self.call.failed(&policy, decision, || Duration::ZERO, || random.random());
        if let Next::Retry { wait, .. } = next {
            self.step = Step::Asking;
            self.first = false;
            return Received::Retry(wait);
        }
        self.step = Step::Idle;
        Received::End { completed: false }
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

struct Service<'a> {
    scenario: &'a Scenario,
    /// What is left of the allowance, and for a bucket, when it was that much; for a minute, when that began.
    allowance: f64,
    since: f64,
    random: Xoshiro256PlusPlus,
}

impl<'a> Service<'a> {
    fn new(scenario: &'a Scenario, seed: u64) -> Self {
        let allowance = match scenario.limit {
            Limit::Bucket { burst, .. } | Limit::StrictBucket { burst, .. } => burst,
            Limit::Minute(requests) => requests,
        };
        Self { scenario, allowance, since: 0.0, random: Xoshiro256PlusPlus::seed_from_u64(seed) }
    }

    /// What it replies to a request, and how long that takes.
    fn reply(&mut self, now: f64) -> (Reply, Duration) {
        if self.scenario.outage.contains(&now) {
            return (Reply::Error, self.time(TURNED_AWAY));
        }
        if let Err(wait) = self.admit(now) {
            let hint = match self.scenario.hint {
                Hint::Exact => Some(wait),
                Hint::WholeSeconds => Some(wait.ceil()),
                Hint::None => None,
            };
            return (Reply::Refusal(hint.map(Duration::from_secs_f64)), self.time(TURNED_AWAY));
        }
        let reply = if self.random.random_bool(ERRORS) { Reply::Error } else { Reply::Success };
        (reply, self.time(SERVED))
    }

    /// Whether the limit allows a request, or else when it will.
    fn admit(&mut self, now: f64) -> Result<(), f64> {
        match self.scenario.limit {
            Limit::Bucket { rate, burst } | Limit::StrictBucket { rate, burst } => {
                self.allowance = (self.allowance + (now - self.since) * rate).min(burst);
                self.since = now;
            }
            Limit::Minute(requests) => {
                let begun = (now / 60.0).floor() * 60.0;
                if begun > self.since {
                    (self.allowance, self.since) = (requests, begun);
                }
            }
        }
        if self.allowance >= 1.0 {
            self.allowance -= 1.0;
            return Ok(());
        }
        Err(match self.scenario.limit {
            Limit::Bucket { rate, .. } => (1.0 - self.allowance) / rate,
            Limit::StrictBucket { rate, .. } => {
                self.allowance = 0.0;
                1.0 / rate
            }
            Limit::Minute(_) => self.since + 60.0 - now,
        })
    }

    /// Log-normal, a fifth wide.
    fn time(&mut self, median: f64) -> Duration {
        let (distance, angle): (f64, f64) = (self.random.random(), self.random.random());
        let normal = (-2.0 * (1.0 - distance).ln()).sqrt() * (TAU * angle).cos();
        Duration::from_secs_f64(median * (0.2 * normal).exp())
    }
}
