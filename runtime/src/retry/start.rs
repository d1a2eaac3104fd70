//! The methods of a policy that begin a call without the attribute: they take a closure.

use super::Retry;
use super::attempts::{Plain, WithAttempt};
use super::kinds::{Async, Blocking, Thread, Tokio};
use crate::call::outcome::Outcome;
use crate::{Attempt, Policy};

impl Policy {
    /// Calls an async function or closure under this policy, as `#[retry]` would.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::Policy;
    ///
    /// # #[derive(Debug)] struct Busy;
    /// # async fn fetch(url: &str) -> Result<String, Busy> { Ok(url.to_uppercase()) }
    /// # #[cfg(feature = "tokio")]
    /// # async fn run() {
    /// let page = Policy::new()
    ///     .max(5)
    ///     .initial(Duration::from_secs(1))
    ///     .retry(|| fetch("/index"))
    ///     .on(|error| matches!(error, Busy))
    ///     .notify(|event| eprintln!("attempt {} failed", event.attempt()))
    ///     .call()
    ///     .await;
    /// assert_eq!(page.unwrap(), "/INDEX");
    /// # }
    /// # use std::task::{Context, Poll, Waker};
    /// # #[cfg(feature = "tokio")]
    /// # assert!(matches!(std::pin::pin!(run()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(())));
    /// ```
    ///
    /// An `async` closure may stand there too, unless it changes what it captures: a bound cannot yet say that its
    /// futures are `Send` ([rust-lang/rust#146790](https://github.com/rust-lang/rust/issues/146790)).
    pub fn retry<F, A>(self, attempt: F) -> Retry<Plain<F>, A::Output, Async<Tokio>>
    where
        F: FnMut() -> A,
        A: Future<Output: Outcome>,
    {
        Retry::new::<F>(self, Plain(attempt), Async(Tokio))
    }

    /// [`retry`](Self::retry) for a closure that takes the running [`Attempt`] and the result of the previous one, as
    /// the keys `attempt` and `previous` of `#[retry]` give them to the body. The closure's future cannot borrow the
    /// previous result; clone what you need before the async block.
    ///
    /// ```
    /// use persevere::{Attempt, Policy};
    ///
    /// # async fn ask(prompt: String) -> Result<u32, String> { prompt.parse().map_err(|_| "7".to_owned()) }
    /// # #[cfg(feature = "tokio")]
    /// # async fn run() {
    /// type Previous<'a> = Option<&'a Result<u32, String>>;
    ///
    /// let answer = Policy::new().retry_with(|attempt: Attempt, previous: Previous<'_>| {
    ///     let hint = previous.and_then(|reply| reply.as_ref().err()).cloned();
    ///     assert_eq!(hint.is_some(), attempt.number() > 1);
    ///     ask(hint.unwrap_or_else(|| "What is the answer?".to_owned()))
    /// });
    /// assert_eq!(answer.on(|_| true).sleep(std::future::ready).call().await, Ok(7));
    /// # }
    /// # use std::task::{Context, Poll, Waker};
    /// # #[cfg(feature = "tokio")]
    /// # assert!(matches!(std::pin::pin!(run()).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(())));
    /// ```
    pub fn retry_with<F, A>(self, attempt: F) -> Retry<WithAttempt<F>, A::Output, Async<Tokio>>
    where
        F: FnMut(Attempt, Option<&A::Output>) -> A,
        A: Future<Output: Outcome>,
    {
        Retry::new::<F>(self, WithAttempt(attempt), Async(Tokio))
    }

    /// Calls a function or closure that blocks under this policy, as `#[retry]` would.
    ///
    /// ```
    /// use persevere::Policy;
    ///
    /// let read = || std::fs::read_to_string("/no/such/file");
    /// let config = Policy::new().retry_blocking(read).call();
    /// assert_eq!(config.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    /// ```
    pub fn retry_blocking<F, O>(self, attempt: F) -> Retry<Plain<F>, O, Blocking<Thread>>
    where
        F: FnMut() -> O,
        O: Outcome,
    {
        Retry::new::<F>(self, Plain(attempt), Blocking(Thread))
    }

    /// [`retry_blocking`](Self::retry_blocking) for a closure that takes the running [`Attempt`] and the result of the
    /// previous one, as the keys `attempt` and `previous` of `#[retry]` give them to the body.
    ///
    /// ```
    /// use std::time::Duration;
    /// use persevere::{Attempt, Policy};
    ///
    /// type Previous<'a> = Option<&'a Result<u32, String>>;
    ///
    /// let answer = Policy::new()
    ///     .initial(Duration::ZERO)
    ///     .retry_blocking_with(|attempt: Attempt, previous: Previous<'_>| match previous {
    ///         Some(Err(reply)) => reply.parse().map_err(|_| "no number".to_owned()),
    ///         _ => Err(format!("{}", attempt.number() + 6)),
    ///     })
    ///     .on(|_| true)
    ///     .call();
    /// assert_eq!(answer, Ok(7));
    /// ```
    pub fn retry_blocking_with<F, O>(self, attempt: F) -> Retry<WithAttempt<F>, O, Blocking<Thread>>
    where
        F: FnMut(Attempt, Option<&O>) -> O,
        O: Outcome,
    {
        Retry::new::<F>(self, WithAttempt(attempt), Blocking(Thread))
    }
}
