//! The service: what it allows, and what it answers.

use std::collections::VecDeque;
use std::f64::consts::TAU;
use std::ops::Range;
use std::time::Duration;

use super::client::whole;
use super::number;
use persevere::__private::Refill;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng as _};

/// What the service allows, in units of a request, or where calls have costs, of a token.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    /// `rate` a second, and `burst` at once after a pause.
    Bucket { rate: f64, burst: f64 },
    /// A bucket where refusals use up what has come together for the next request.
    StrictBucket { rate: f64, burst: f64 },
    /// So many in each minute.
    Minute(f64),
    /// So many in any second, those that are refused included.
    Log(f64),
}

/// What a refusal says about when to come back.
#[derive(Clone, Copy, Debug)]
pub enum Hint {
    Exact,
    WholeSeconds,
    /// So many seconds, whatever the limit will allow then.
    Always(f64),
    None,
}

/// How the service behaves.
#[derive(Clone, Debug)]
pub struct Service {
    pub limit: Limit,
    pub hint: Hint,
    /// When every request is answered with an error, in seconds.
    pub outage: Range<f64>,
    /// The share of all requests that is refused whatever the limit allows.
    pub strays: f64,
    /// From when on, in seconds, the limit is by what factor another one.
    pub changes: &'static [(f64, f64)],
    /// The median time of a request that is served, in seconds.
    pub latency: f64,
}

/// What an answer says in its headers: the limit, what remains of it, and in how many seconds all of it will.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Headers {
    pub limit: f64,
    pub remaining: f64,
    pub reset: f64,
}

impl Headers {
    pub fn said(self) -> persevere::__private::StatedLimit {
        let Self { limit, remaining, reset } = self;
        // As OpenAI writes it: in milliseconds, and how long until all is there again.
        let reset = Duration::from_secs_f64((reset * 1_000.0).ceil().max(0.0) / 1_000.0);
        persevere::__private::StatedLimit {
            limit: whole(limit),
            remaining: whole(remaining),
            refill: Refill::Steady(reset),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Reply {
    Success,
    Error,
    Refusal(Option<Duration>),
}

/// The median time of a request that is turned away, in seconds.
const TURNED_AWAY: f64 = 0.05;
/// Of 100 requests that are served, so many fail.
const ERRORS: f64 = 0.01;

/// A service at work.
pub struct Running<'a> {
    service: &'a Service,
    /// What is left of the allowance, and for a bucket, when it was that much; for a minute, when that began.
    allowance: f64,
    since: f64,
    /// When the requests of the last second came.
    log: VecDeque<f64>,
    pub random: Xoshiro256PlusPlus,
}

impl Limit {
    /// What it allows in a second.
    pub fn rate(self) -> f64 {
        match self {
            Self::Bucket { rate, .. } | Self::StrictBucket { rate, .. } => rate,
            Self::Minute(allowance) => allowance / 60.0,
            Self::Log(allowance) => allowance,
        }
    }

    /// What it allows at once.
    pub fn burst(self) -> f64 {
        match self {
            Self::Bucket { burst, .. } | Self::StrictBucket { burst, .. } => burst,
            Self::Minute(allowance) | Self::Log(allowance) => allowance,
        }
    }

    fn times(self, factor: f64) -> Self {
        match self {
            Self::Bucket { rate, burst } => Self::Bucket { rate: rate * factor, burst: burst * factor },
            Self::StrictBucket { rate, burst } => Self::StrictBucket { rate: rate * factor, burst: burst * factor },
            Self::Minute(allowance) => Self::Minute(allowance * factor),
            Self::Log(allowance) => Self::Log(allowance * factor),
        }
    }
}

impl Service {
    pub fn limit_at(&self, now: f64) -> Limit {
        let change = self.changes.iter().rev().find(|(from, _)| *from <= now);
        self.limit.times(change.map_or(1.0, |(_, factor)| *factor))
    }

    /// In how many seconds it serves so much, if it is always asked for more.
    pub fn serves(&self, amount: f64) -> f64 {
        let limit = self.limit.rate();
        let mut left = amount
            - match self.limit {
                Limit::Minute(allowance) => return (amount / allowance).floor() * 60.0,
                _ => self.limit.burst(),
            };
        let (mut now, mut rate) = (0.0, limit);
        for (from, factor) in self.changes {
            if left <= (from - now) * rate {
                break;
            }
            left -= (from - now) * rate;
            (now, rate) = (*from, limit * factor);
        }
        now + left / rate
    }
}

impl<'a> Running<'a> {
    pub fn new(service: &'a Service, seed: u64) -> Self {
        let random = Xoshiro256PlusPlus::seed_from_u64(seed);
        Self { service, allowance: service.limit.burst(), since: 0.0, log: VecDeque::new(), random }
    }

    /// What it replies to a request, how long that takes, and what the headers say.
    pub fn reply(&mut self, now: f64, cost: f64) -> (Reply, Duration, Option<Headers>) {
        if self.service.outage.contains(&now) {
            return (Reply::Error, self.time(TURNED_AWAY), None);
        }
        let stray = self.service.strays > 0.0 && self.random.random_bool(self.service.strays);
        let admitted = if stray { Err(0.0) } else { self.admit(now, cost) };
        let told = Some(self.headers(now));
        if let Err(wait) = admitted {
            let hint = match self.service.hint {
                _ if stray => None,
                Hint::Exact => Some(wait),
                Hint::WholeSeconds => Some(wait.ceil()),
                Hint::Always(seconds) => Some(seconds),
                Hint::None => None,
            };
            return (Reply::Refusal(hint.map(Duration::from_secs_f64)), self.time(TURNED_AWAY), told);
        }
        let reply = if self.random.random_bool(ERRORS) { Reply::Error } else { Reply::Success };
        (reply, self.time(self.service.latency), told)
    }

    /// Whether the limit allows a request, or else when it will.
    fn admit(&mut self, now: f64, cost: f64) -> Result<(), f64> {
        let limit = self.service.limit_at(now);
        match limit {
            Limit::Bucket { rate, burst } | Limit::StrictBucket { rate, burst } => {
                self.allowance = (self.allowance + (now - self.since) * rate).min(burst);
                self.since = now;
            }
            Limit::Minute(allowance) => {
                let begun = (now / 60.0).floor() * 60.0;
                if begun > self.since {
                    (self.allowance, self.since) = (allowance, begun);
                }
            }
            Limit::Log(allowance) => {
                self.log.retain(|at| *at > now - 1.0);
                self.allowance = allowance - number(self.log.len());
                self.log.push_back(now);
            }
        }
        // A token more or less is lost in rounding.
        if self.allowance >= cost - 1e-6 {
            self.allowance -= cost;
            return Ok(());
        }
        Err(match limit {
            Limit::Bucket { rate, .. } => (cost - self.allowance) / rate,
            Limit::StrictBucket { rate, .. } => {
                self.allowance = 0.0;
                cost / rate
            }
            Limit::Minute(_) => self.since + 60.0 - now,
            Limit::Log(_) => self.log[0] + 1.0 - now,
        })
    }

    fn headers(&self, now: f64) -> Headers {
        let limit = self.service.limit_at(now);
        let reset = match limit {
            Limit::Bucket { rate, burst } | Limit::StrictBucket { rate, burst } => (burst - self.allowance) / rate,
            Limit::Minute(_) => self.since + 60.0 - now,
            Limit::Log(_) => 1.0,
        };
        Headers { limit: limit.burst(), remaining: self.allowance.max(0.0).floor(), reset }
    }

    /// Log-normal, a fifth wide.
    fn time(&mut self, median: f64) -> Duration {
        let (distance, angle): (f64, f64) = (self.random.random(), self.random.random());
        let normal = (-2.0 * (1.0 - distance).ln()).sqrt() * (TAU * angle).cos();
        Duration::from_secs_f64(median * (0.2 * normal).exp())
    }
}
