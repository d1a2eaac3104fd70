//! `Upstream`: what the calls to one service share. Its atomics, and the settings that are made before the calls.

use std::fmt;
use std::time::Duration;

use crate::Decision;
use atomic::AtomicU64;
use atomic::Ordering::Relaxed;
use budget::Budget;
use limit::Limit;
pub use limit::{Refill, StatedLimit};
use pace::Pace;
pub use status::Status;
pub use turn::{Turn, TurnAnswer};

mod answers;
mod atomic;
mod budget;
mod hints;
#[cfg(all(test, loom))]
mod interleavings;
mod limit;
mod pace;
mod queue;
mod status;
#[cfg(all(test, not(loom)))]
mod stress;
#[cfg(all(test, not(loom)))]
mod tests;
mod time;
mod turn;

/// Paces all calls to one service together, if the service rate-limits them, fails, or has a declared limit.
///
/// Calls that retry independently cannot keep to a limit that they share: refused calls come back at the same time, and
/// most of them are refused again. With an `Upstream`, refusals slow all calls down to the rate that the service
/// accepts, and the calls queue for their turns. Queueing does not count as an attempt. A single refusal that names no
/// wait of more than a second slows no other call down. While the service refuses nothing and no limit is declared, no
/// call queues, and an `Upstream` costs a call two atomic loads.
///
/// ```
/// use std::time::Duration;
/// use persevere::{Upstream, retry};
///
/// /// For a batch: every call waits for its turn, however long that takes.
/// static BATCH: Upstream = Upstream::new();
///
/// /// For people who wait: nobody queues for more than two seconds, and an outage is
/// /// not made worse.
/// static CHAT: Upstream =
///     Upstream::new().max_wait(Duration::from_secs(2)).budget(10, 0.1);
///
/// #[retry(max = 6, initial = "1s", upstream = BATCH)]
/// fn embed(text: &str) -> std::io::Result<usize> {
///     Ok(text.len())
/// }
/// # assert_eq!(embed("abc").unwrap(), 3);
/// # let _ = &CHAT;
/// ```
///
/// An async function under an `Upstream` keeps the last result while it waits, in case its turn comes too late: its
/// future is `Send` only if the value and the error are.
///
/// On targets without 64-bit atomics, an `Upstream` uses a lock instead of atomics.
///
/// It learns from [`Decision`]s: [`Throttled`](Decision::Throttled) means that the service rate-limits,
/// [`Retry`](Decision::Retry), [`RetryAfter`](Decision::RetryAfter) and [`RetryIn`](Decision::RetryIn) are failures,
/// and an error that is not retried is an answer, like a success.
///
/// # Refused, said, or declared
///
/// An `Upstream` gets to know a limit in three ways:
///
/// - From refusals, without any setting. This works for every service. Some requests are refused: one in eleven if 64
///   tasks make 600 calls under a limit of 100 requests a second.
/// - From the headers of responses, if the service sends its limit in them (feature `openai`): `learn` or `learn_from`
///   reads each response, and hardly any request is refused after the first second. What remains of a limit is shared
///   with other processes under it, which see the same headers.
/// - By declaration, with [`requests`](Self::requests) and [`tokens`](Self::tokens): if the limits are correct and no
///   other client uses them, hardly any request is refused, from the first call on. Several processes declare a share
///   each. Only this way knows before a call how many tokens the call will use.
///
/// They may be combined: the strictest limit holds, and refusals still slow all calls down if the others are wrong.
///
/// # One for each limit
///
/// Calls that share a limit belong under one `Upstream`: with OpenAI, the calls for one model with one key. If two
/// limits share an `Upstream`, the stricter slows both; two `Upstream`s for one limit each learn half of it, slowly.
/// If the model is known only at run time, a map holds one for each: `upstream = self.limits.get(model)`, where `get`
/// returns a `&Upstream` or an `Arc<Upstream>`.
///
/// An `Upstream` is per process. Processes under one limit converge to equal shares of it without communication, at
/// the price of some more refusals: three of 64 tasks each, 1.09 requests per successful call; twenty of 16 tasks
/// each, 1.47.
///
/// # In an outage
///
/// Eight failures without a success in between are an outage. The calls are then spread further and further apart,
/// down to one every two seconds, instead of each trying as often as it can. Once the service answers again, every
/// success doubles the rate. A call that queues meanwhile has not failed: it is made when its turn comes. To get the
/// error instead, set [`max_wait`](Self::max_wait), or a deadline on the call.
///
/// # Hints
///
/// Each call waits as long as its refusal says. If that is more than a second, it is tested whether the wait applies to
/// all calls: they are held for about half a second, and then one request is sent. Only if that is refused too, no
/// other is sent before the time is over, or a minute. Many gateways always name the same time: once such a hint was
/// found to be untrue, the next ones hold no other call up.
///
/// # What it replaces
///
/// It replaces a rate limiter, a circuit breaker (in an outage the calls are spread apart until the service answers),
/// and a retry budget ([`budget`](Self::budget)). It does not limit how many calls are in flight or queue: use a
/// semaphore for these.
///
/// # Where it does not help
///
/// - If more than a few percent of the requests are refused for reasons other than the process's own rate: slowing
///   down does not help against these. With 5 %, at random, the work of 64 tasks takes 3.8 times as long.
/// - If other clients under the same limit do not pace themselves and saturate it: they take what is left free for
///   them.
/// - If people wait and there are simply too many calls: without [`max_wait`](Self::max_wait) the calls queue. With
///   it, first attempts are made at once that would queue for longer. If the service counts refusals against the
///   limit, these use up the allowance of others: at 1.2 times what the limit allows, 70 % of the calls fail under a
///   `max_wait` of two seconds, where a limiter that turns calls away itself fails 18 %.
/// - If the limit leaves a process less than a request in four seconds and is not declared: the slowest pace is one
///   every two seconds.
///
/// The example `pacing` of the repository simulates such scenarios, and prints a table of them.
pub struct Upstream {
    /// The bits of a [`Pace`].
    pace: AtomicU64,
    /// When the next free turn is. All times are in nanoseconds since a fixed but arbitrary moment, which is the same
    /// for all calls.
    next: AtomicU64,
    /// When the pace was last slowed down.
    cut_at: AtomicU64,
    /// When the service last answered, while there is a pace.
    last_ok: AtomicU64,
    /// Until when a hint holds all calls.
    hold: AtomicU64,
    /// The bits of the [`Hints`].
    hints: AtomicU64,
    /// What is spent of the budget, in thousandths of a retry.
    spent: AtomicU64,
    requests: Limit,
    tokens: Limit,
    /// How many calls wait for their turns.
    waiting: AtomicU64,
    max_wait: Option<Duration>,
    budget: Option<Budget>,
}

impl Upstream {
    /// An upstream without a declared limit, a longest wait or a budget: no call queues yet, and failures are retried
    /// as often as the policy says.
    #[cfg(not(all(test, loom)))]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            pace: AtomicU64::new(0),
            next: AtomicU64::new(0),
            cut_at: AtomicU64::new(0),
            last_ok: AtomicU64::new(0),
            hold: AtomicU64::new(0),
            hints: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            requests: Limit::new(),
            tokens: Limit::new(),
            waiting: AtomicU64::new(0),
            max_wait: None,
            budget: None,
        }
    }

    /// The longest that a call queues for one turn. Default: as long as it takes.
    ///
    /// If the turn would come later, a first attempt is made at once, and a retry is not made: the call returns the
    /// error that it would have retried. With zero no call queues; retries are only left out while the service is
    /// busy.
    #[must_use]
    pub const fn max_wait(mut self, longest: Duration) -> Self {
        self.max_wait = Some(longest);
        self
    }

    /// Limits the retries of failures: `retries` at first, and `per_success` more for every success. If the budget is
    /// used up, the error is returned at once. Default: no budget.
    ///
    /// `budget(10, 0.1)` allows ten retries at first, and then one for every ten successes. Retries after rate
    /// limiting are free, as they are paced anyway. Fractions below a thousandth are rounded; negative ones and what
    /// is no number are taken as 0, and with `budget(0, 0.0)` no failure is ever retried.
    ///
    /// It is for services that would rather fail fast than wait, and keeps them from adding to an overload. It hurts
    /// where work has to be done: in an outage of seconds a batch uses its budget up, and then fails the very calls
    /// that one more retry would have saved. It also costs a successful call one more load.
    #[must_use]
    pub const fn budget(mut self, retries: u32, per_success: f64) -> Self {
        self.budget = Some(Budget::new(retries, per_success));
        self
    }

    /// Declares that the service allows `most` requests in every `per`, so that no request has to be refused to learn
    /// it. Default: no declared limit.
    ///
    /// Attempts are spread over the time: what is due in a second may go at once, then each at its turn. Several
    /// processes under one limit declare their shares of it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Upstream;
    ///
    /// const MINUTE: Duration = Duration::from_secs(60);
    ///
    /// static MODEL: Upstream =
    ///     Upstream::new().requests(500, MINUTE).tokens(90_000, MINUTE);
    /// # assert_eq!(MODEL.status().tokens(), Some(1500.0));
    /// ```
    ///
    /// Zero requests count as one, and a limit with a `per` of zero as none.
    #[cfg(not(all(test, loom)))]
    #[must_use]
    pub const fn requests(mut self, most: u64, per: Duration) -> Self {
        self.requests = Limit::declared(most, per);
        self.limited()
    }

    /// Declares that the service allows `most` tokens in every `per`, of which each attempt uses as many as the key
    /// `cost` says, or else one. Default: no declared limit.
    ///
    /// A cost is what the caller expects: for a model, the tokens of the prompt and those that the reply may have. A
    /// cost of zero uses none of this limit. A cost above `most` uses the whole limit: the attempt is made alone, once
    /// all of it is available. Otherwise as [`requests`](Self::requests).
    #[cfg(not(all(test, loom)))]
    #[must_use]
    pub const fn tokens(mut self, most: u64, per: Duration) -> Self {
        self.tokens = Limit::declared(most, per);
        self.limited()
    }

    /// From now on every attempt asks for its turn.
    #[cfg(not(all(test, loom)))]
    const fn limited(mut self) -> Self {
        self.pace = AtomicU64::new(Pace::LIMITED.to_bits());
        self
    }

    /// The present pace, limits and queue. They are read one after the other, while calls go on.
    #[must_use]
    pub fn status(&self) -> Status {
        let pace = Pace::from_bits(self.pace.load(Relaxed));
        Status {
            pace: (!pace.is_calm()).then(|| 1e6 / f64::from(pace.gap)),
            requests: self.requests.per_second(),
            tokens: self.tokens.per_second(),
            waiting: self.waiting.load(Relaxed),
        }
    }

    /// Whether the call may make its attempt without asking for a turn. It is called before every attempt.
    #[doc(hidden)]
    #[inline]
    pub fn is_calm(&self, turn: &mut Turn<'_>) -> bool {
        let pace = Pace::from_bits(self.pace.load(Relaxed));
        if pace.is_free() {
            turn.take(pace.epoch);
        }
        pace.is_free()
    }

    /// Whether the budget allows a retry that the policy allows. If so, the retry is charged to the budget.
    #[doc(hidden)]
    #[must_use]
    pub fn affords(&self, decision: Decision) -> bool {
        match (self.budget, decision) {
            (Some(budget), Decision::Retry | Decision::RetryIn(_) | Decision::RetryAfter(_)) => {
                self.spent.fetch_update(Relaxed, Relaxed, |spent| budget.spend(spent)).is_ok()
            }
            _ => true,
        }
    }

    /// Whether there is a pace because of an outage, and not because of refusals.
    #[doc(hidden)]
    #[must_use]
    pub fn is_failing(&self) -> bool {
        Pace::from_bits(self.pace.load(Relaxed)).is_outage()
    }
}

#[cfg(not(all(test, loom)))]
impl Default for Upstream {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pace, max_wait, budget, .. } = self;
        let pace = Pace::from_bits(pace.load(Relaxed));
        f.debug_struct("Upstream")
            .field("pace", &pace)
            .field("max_wait", max_wait)
            .field("budget", budget)
            .finish_non_exhaustive()
    }
}
