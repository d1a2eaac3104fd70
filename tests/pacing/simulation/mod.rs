//! Tasks that work through calls to one rate-limited service, under a virtual clock. The service and the tasks are
//! made up; the policies, the waits and the pacing are the real ones.

mod client;
mod scenarios;
mod service;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::time::Duration;

use persevere::Upstream;
use rand::RngExt as _;

pub use client::Client;
use client::{Asked, Caller, Process, Received, whole};
pub use scenarios::scenarios;
use service::{Headers, Limit, Reply, Running, Service};

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    pub load: Load,
    /// Among which the calls are shared out.
    pub processes: u16,
    pub calls: u16,
    pub costs: Costs,
    pub service: Service,
    pub max_wait: Option<Duration>,
}

/// Where the calls come from.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// From so many tasks, each of which makes call after call.
    Tasks(u16),
    /// From outside, so many a second, at random.
    Arrivals(f64),
}

/// What a call costs.
#[derive(Clone, Copy, Debug)]
pub enum Costs {
    One,
    /// From 100 to 5,000, as likely for each order of magnitude; what the call believes is off by up to a fifth.
    Tokens,
}

/// What came of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    pub failed: u32,
    /// How long each completed call took, in seconds, in ascending order.
    pub took: Vec<f64>,
    /// How many calls each process has completed.
    pub shares: Vec<u32>,
    /// When each request was sent, in seconds, and whether it was refused.
    pub sent: Vec<(f64, bool)>,
    /// When the last call ended, in seconds.
    pub end: f64,
    /// How long it takes at best, in seconds, if the tasks are as quick as they can and the limit is used to the full.
    pub ideal: f64,
}

/// One call after the other.
struct Task<'a> {
    process: usize,
    caller: Caller<'a>,
    began: Duration,
    cost: Cost,
    step: Step,
}

/// What a call takes of the limit, and what it believes.
#[derive(Clone, Copy)]
struct Cost {
    real: f64,
    believed: f64,
}

/// What a task does next.
#[derive(Clone, Copy)]
enum Step {
    Idle,
    Asking,
    Sent(Reply, Option<Headers>),
}

impl Scenario {
    /// Lets all calls be made. The same seed, the same run.
    pub fn run(&self, client: Client, seed: u64) -> Outcome {
        let mut service = Running::new(&self.service, seed);
        let processes: Vec<Process> = (0..self.processes).map(|_| Process::new(client, self)).collect();
        let starts = self.starts(&mut service);
        let idle = |number| Task {
            process: number % processes.len(),
            caller: Caller::new(client, 1.0),
            began: Duration::ZERO,
            cost: Cost { real: 1.0, believed: 1.0 },
            step: Step::Idle,
        };
        let mut tasks: Vec<Task<'_>> = (0..starts.len()).map(idle).collect();
        let mut outcome = Outcome { shares: vec![0; processes.len()], ..Outcome::default() };
        let (mut unbegun, mut total, mut arrived) = (self.calls, 0.0, 0.0_f64);
        // The earliest first, and at the same time in the order of the tasks.
        let mut queue: BinaryHeap<Reverse<(Duration, usize)>> =
            starts.into_iter().enumerate().map(|(task, at)| Reverse((at, task))).collect();
        while let Some(Reverse((now, number))) = queue.pop() {
            let Task { process, caller, began, cost, step } = &mut tasks[number];
            let pacer = &processes[*process];
            let mut ended = |completed: bool| {
                outcome.end = now.as_secs_f64();
                if completed {
                    total += cost.real;
                    outcome.took.push(now.saturating_sub(*began).as_secs_f64());
                    outcome.shares[*process] += 1;
                } else {
                    outcome.failed += 1;
                }
                Step::Idle
            };
            let mut wait = Duration::ZERO;
            *step = match *step {
                Step::Idle if unbegun == 0 => continue,
                Step::Idle => {
                    unbegun -= 1;
                    *cost = self.cost(&mut service);
                    (*caller, *began) = (Caller::new(client, cost.believed), now);
                    arrived = now.as_secs_f64();
                    Step::Asking
                }
                Step::Asking => match caller.ask(pacer, now, cost.believed, self.max_wait, &mut service.random) {
                    Asked::Sleep(held) => {
                        wait = held;
                        Step::Asking
                    }
                    Asked::Go => {
                        let (reply, time, told) = service.reply(now.as_secs_f64(), cost.real);
                        outcome.sent.push((now.as_secs_f64(), matches!(reply, Reply::Refusal(_))));
                        wait = time;
                        Step::Sent(reply, told)
                    }
                    Asked::Over => ended(false),
                },
                Step::Sent(reply, told) => match caller.receive(pacer, reply, told, now, &mut service.random) {
                    Received::Retry(backoff) => {
                        wait = backoff;
                        Step::Asking
                    }
                    Received::End { completed } => ended(completed),
                },
            };
            if !(matches!((self.load, *step), (Load::Arrivals(_), Step::Idle))) {
                queue.push(Reverse((now + wait, number)));
            }
        }
        outcome.took.sort_by(f64::total_cmp);
        outcome.ideal = self.ideal(total, arrived);
        outcome
    }

    /// An upstream that is told the limit.
    fn declared(&self) -> Upstream {
        let limit = whole(self.service.limit.rate() * 60.0 / f64::from(self.processes));
        match self.costs {
            Costs::One => Upstream::new().requests(limit, MINUTE),
            Costs::Tokens => Upstream::new().tokens(limit, MINUTE),
        }
    }

    /// When each task begins.
    fn starts(&self, service: &mut Running<'_>) -> Vec<Duration> {
        match self.load {
            Load::Tasks(tasks) => vec![Duration::ZERO; tasks.into()],
            Load::Arrivals(rate) => {
                let mut now = 0.0;
                let mut arrival = || {
                    let sample: f64 = service.random.random();
                    now -= (1.0 - sample).ln() / rate;
                    Duration::from_secs_f64(now)
                };
                (0..self.calls).map(|_| arrival()).collect()
            }
        }
    }

    fn cost(&self, service: &mut Running<'_>) -> Cost {
        match self.costs {
            Costs::One => Cost { real: 1.0, believed: 1.0 },
            Costs::Tokens => {
                let (size, error): (f64, f64) = (service.random.random(), service.random.random());
                let real = (100.0 * 50.0_f64.powf(size)).round();
                Cost { real, believed: (real * (0.8 + 0.4 * error)).round() }
            }
        }
    }

    /// For completed calls that take `total` of the limit, where the last call comes at `arrived`.
    fn ideal(&self, total: f64, arrived: f64) -> f64 {
        let busy = match self.load {
            Load::Tasks(tasks) => f64::from(self.calls) * self.service.latency / f64::from(tasks),
            Load::Arrivals(_) => arrived,
        };
        let rest = match (self.service.limit, self.load) {
            (Limit::Minute(allowance), Load::Tasks(tasks)) => {
                total % allowance * self.service.latency / f64::from(tasks)
            }
            _ => 0.0,
        };
        let outage = self.service.outage.end - self.service.outage.start;
        busy.max(self.service.serves(total) + rest) + self.service.latency + outage
    }
}

impl Outcome {
    pub fn completed(&self) -> usize {
        self.took.len()
    }

    /// The requests for each completed call.
    pub fn per_call(&self) -> f64 {
        number(self.sent.len()) / number(self.completed())
    }

    /// The share of the calls that failed.
    pub fn lost(&self) -> f64 {
        f64::from(self.failed) / (f64::from(self.failed) + number(self.completed()))
    }

    /// The time over the ideal.
    pub fn time(&self) -> f64 {
        self.end / self.ideal
    }

    /// How long all but one in a hundred of the completed calls took at most, in seconds.
    pub fn p99(&self) -> f64 {
        self.took.get(self.took.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(0.0)
    }

    /// The share of the requests from a time on that were refused, of all requests.
    pub fn refused(&self, from: f64) -> f64 {
        number(self.sent.iter().filter(|(at, refused)| *refused && *at >= from).count()) / number(self.sent.len())
    }

    /// Jain's index of how fairly the processes share: from 1 for alike down to 1 over their number.
    pub fn fairness(&self) -> f64 {
        let sum: f64 = self.shares.iter().copied().map(f64::from).sum();
        let squares: f64 = self.shares.iter().map(|share| f64::from(*share).powi(2)).sum();
        sum * sum / (squares * number(self.shares.len()))
    }

    /// The requests that were sent within a time.
    pub fn sent_in(&self, time: &Range<f64>) -> usize {
        self.sent.iter().filter(|(at, _)| time.contains(at)).count()
    }

    /// The most requests that were sent within any one second after a time.
    pub fn peak_after(&self, start: f64) -> usize {
        let sent = &self.sent[self.sent.partition_point(|(at, _)| *at < start)..];
        let within = |(first, from): (usize, &(f64, bool))| sent.partition_point(|(at, _)| *at < from.0 + 1.0) - first;
        sent.iter().enumerate().map(within).max().unwrap_or(0)
    }
}

pub fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
