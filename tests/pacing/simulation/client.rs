//! The contestants: how a process retries, and what it does before each attempt.

use std::cell::RefCell;
use std::time::Duration;

use persevere::__private::{CallState, Time, Turn, TurnAnswer};
use persevere::{Decision, Jitter, Next, Policy, Upstream};
use rand::RngExt as _;
use rand::rngs::Xoshiro256PlusPlus;

use super::Scenario;
use super::service::{Headers, Reply, Service};

/// How calls are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// As the OpenAI SDKs do it: twice, after exactly what the service names, or else with a quarter of jitter.
    Sdk,
    /// With full jitter, whatever the service names.
    FullJitter,
    /// After what the service names and full jitter, each call on its own.
    Hint,
    /// As `Hint`, under the rate limiter of the AWS SDKs' adaptive mode, one for each process.
    Aws,
    /// As `Hint`, under a limiter that is told the process's share of the limit.
    Exact,
    /// As `Hint`, under an `Upstream` for each process, which learns from refusals.
    Upstream,
    /// As `Upstream`, where the limit is declared.
    Declared,
    /// As `Upstream`, where answers say the limit.
    Headers,
}

/// As patient as bulk work is.
const PATIENT: Policy = Policy::new().max(6).initial(Duration::from_secs(1));
const SDK: Policy = Policy::new().max(3).cap(Duration::from_secs(8)).jitter(Jitter::Fraction(0.25));
const SDK_HINTED: Policy = SDK.jitter(Jitter::None);

/// What the calls of a process share.
pub enum Process {
    Nothing,
    Aws(RefCell<Aws>),
    Exact(RefCell<Exact>),
    Upstream(Upstream),
}

/// One call.
pub struct Caller<'a> {
    client: Client,
    call: CallState,
    turn: Turn<'a>,
    /// The limit is of tokens.
    counts_tokens: bool,
    first: bool,
    /// Since when it has been waiting for this attempt.
    since: Option<Duration>,
    /// Its place is kept: it is sent when it wakes up.
    reserved: bool,
}

/// What to do before an attempt.
pub enum Asked {
    Go,
    Sleep(Duration),
    /// The turn would come too late.
    Over,
}

/// What an answer means.
pub enum Received {
    Retry(Duration),
    End { completed: bool },
}

impl Process {
    pub fn new(client: Client, scenario: &Scenario) -> Self {
        match client {
            Client::Sdk | Client::FullJitter | Client::Hint => Self::Nothing,
            Client::Aws => Self::Aws(RefCell::default()),
            Client::Exact => Self::Exact(RefCell::new(Exact::new(scenario))),
            Client::Upstream | Client::Headers => Self::Upstream(match scenario.max_wait {
                Some(longest) => Upstream::new().max_wait(longest),
                None => Upstream::new(),
            }),
            Client::Declared => Self::Upstream(scenario.declared()),
        }
    }
}

impl<'a> Caller<'a> {
    pub fn new(client: Client, cost: f64) -> Self {
        let (call, turn) = (CallState::new(), Turn::of(u32::try_from(whole(cost)).unwrap_or(u32::MAX)));
        Self { client, call, turn, counts_tokens: cost > 1.0, first: true, since: None, reserved: false }
    }

    /// Whether the request may be sent now.
    pub fn ask(
        &mut self,
        process: &'a Process,
        now: Duration,
        cost: f64,
        max_wait: Option<Duration>,
        random: &mut Xoshiro256PlusPlus,
    ) -> Asked {
        if std::mem::take(&mut self.reserved) {
            return Asked::Go;
        }
        let since = *self.since.get_or_insert(now);
        let left = max_wait.map(|longest| longest.saturating_sub(now.saturating_sub(since)));
        let asked = match process {
            Process::Nothing => Asked::Go,
            Process::Aws(aws) => aws.borrow_mut().ask(now.as_secs_f64(), left),
            Process::Exact(exact) => exact.borrow_mut().reserve(now.as_secs_f64(), cost, left),
            Process::Upstream(upstream) if upstream.is_calm(&mut self.turn) => Asked::Go,
            Process::Upstream(upstream) => {
                match upstream.ask(&mut self.turn, nanos(now), self.first, None, || random.random()) {
                    TurnAnswer::Go => Asked::Go,
                    TurnAnswer::Sleep(wait) => Asked::Sleep(wait),
                    TurnAnswer::NoTurn => Asked::Over,
                }
            }
        };
        self.reserved = matches!((&asked, process), (Asked::Sleep(_), Process::Exact(_)));
        if matches!(asked, Asked::Go) {
            self.since = None;
        }
        asked
    }

    /// The answer has come.
    pub fn receive(
        &mut self,
        process: &'a Process,
        reply: Reply,
        told: Option<Headers>,
        now: Duration,
        random: &mut Xoshiro256PlusPlus,
    ) -> Received {
        let decision = match reply {
            Reply::Success => None,
            Reply::Error => Some(Decision::Retry),
            Reply::Refusal(hint) => Some(Decision::Throttled(hint.filter(|_| self.client != Client::FullJitter))),
        };
        match process {
            Process::Nothing | Process::Exact(_) => {}
            Process::Aws(aws) => aws.borrow_mut().update(now.as_secs_f64(), matches!(reply, Reply::Refusal(_))),
            Process::Upstream(upstream) => {
                if let (Client::Headers, Some(told)) = (self.client, told) {
                    let said = Some(told.said());
                    let (requests, tokens) = if self.counts_tokens { (None, said) } else { (said, None) };
                    upstream.learn_limits(requests, tokens, nanos(now));
                }
                match decision {
                    None => upstream.served(&self.turn, || nanos(now)),
                    Some(decision) => upstream.failed(&self.turn, nanos(now), decision),
                }
            }
        }
        let Some(decision) = decision else { return Received::End { completed: true } };
        let policy = match (self.client, decision.server_wait()) {
            (Client::Sdk, Some(_)) => SDK_HINTED,
            (Client::Sdk, None) => SDK,
            _ => PATIENT,
        };
        self.first = false;
        match self.call.failed(&policy, decision, Time::default, || random.random()) {
            Next::Retry { wait, .. } => Received::Retry(wait),
            _ => Received::End { completed: false },
        }
    }
}

/// Sleeps, unless that is too long.
fn sleep(wait: Duration, left: Option<Duration>) -> Asked {
    if left.is_some_and(|left| wait > left) { Asked::Over } else { Asked::Sleep(wait) }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a small whole number")]
pub fn whole(number: f64) -> u64 {
    number as u64
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap()
}

/// The client-side rate limiter of the AWS SDKs' adaptive mode: the sending rate follows a cubic curve, as TCP's does.
/// Constants and steps are those of `ClientRateLimiter` in the AWS SDK for Rust; times are in seconds.
#[derive(Default)]
pub struct Aws {
    enabled: bool,
    rate: f64,
    capacity: f64,
    tokens: f64,
    refilled: f64,
    measured: f64,
    bucket: f64,
    requests: f64,
    max_rate: f64,
    throttled_at: f64,
}

impl Aws {
    const LEAST: f64 = 0.5;
    const SMOOTH: f64 = 0.8;
    const BETA: f64 = 0.7;
    const SCALE: f64 = 0.4;

    fn refill(&mut self, now: f64) {
        self.tokens = (self.tokens + (now - self.refilled) * self.rate).min(self.capacity);
        self.refilled = now;
    }

    fn ask(&mut self, now: f64, left: Option<Duration>) -> Asked {
        if !self.enabled {
            return Asked::Go;
        }
        self.refill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Asked::Go;
        }
        // Not less than a microsecond, or rounding would keep it from ever being enough.
        let wait = Duration::from_secs_f64(((1.0 - self.tokens) / self.rate).max(1e-6));
        sleep(wait, left)
    }

    fn update(&mut self, now: f64, throttled: bool) {
        self.requests += 1.0;
        let bucket = (now * 2.0).floor() / 2.0;
        if bucket > self.bucket {
            let current = self.requests / (bucket - self.bucket);
            self.measured = current * Self::SMOOTH + self.measured * (1.0 - Self::SMOOTH);
            (self.requests, self.bucket) = (0.0, bucket);
        }
        let rate = if throttled {
            let used = if self.enabled { self.measured.min(self.rate) } else { self.measured };
            self.max_rate = used;
            self.throttled_at = now;
            self.enabled = true;
            used * Self::BETA
        } else {
            let window = (self.max_rate * (1.0 - Self::BETA) / Self::SCALE).cbrt();
            Self::SCALE * (now - self.throttled_at - window).powi(3) + self.max_rate
        };
        let rate = rate.min(2.0 * self.measured);
        self.refill(now);
        self.rate = rate.max(Self::LEAST);
        self.capacity = rate.max(1.0);
        self.tokens = self.tokens.min(self.capacity);
    }
}

/// A limiter that is told the limit, and how much of it is the process's.
pub struct Exact {
    service: Service,
    share: f64,
    /// When the whole burst will be there again, in seconds.
    full: f64,
}

impl Exact {
    fn new(scenario: &Scenario) -> Self {
        Self { service: scenario.service.clone(), share: 1.0 / f64::from(scenario.processes), full: 0.0 }
    }

    fn reserve(&mut self, now: f64, cost: f64, left: Option<Duration>) -> Asked {
        let limit = self.service.limit_at(now);
        let rate = limit.rate() * self.share;
        let burst = limit.burst().min(limit.rate()) * self.share;
        let full = self.full.max(now) + cost / rate;
        let wait = Duration::from_secs_f64((full - burst.max(cost) / rate - now).max(0.0));
        let asked = if wait.is_zero() { Asked::Go } else { sleep(wait, left) };
        if !matches!(asked, Asked::Over) {
            self.full = full;
        }
        asked
    }
}
