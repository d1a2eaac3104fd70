//! The sets of keys, and the forms in which each is played.

use std::pin::Pin;
use std::time::Duration;

use persevere::{Attempt, Decision, Policy, retry};

use super::play::{play, play_blocking};
use super::user::{Blocking, FAILED, IMPATIENT, Log, Outcome, SERVED, THRIFTY, UNACCEPTED};

const HOUR: Duration = Duration::from_secs(3600);
const THROTTLED: Decision = Decision::Throttled(None);

/// The sets that every form has: a name, how its calls end, the keys of the policy, and the others.
macro_rules! sets {
    ($form:ident $log:ident $attempt:ident $sleep:tt) => {
        each! {
            $form $log $attempt [on = |_| $log.judge(THROTTLED),] $sleep;
            alone: SERVED [max = 9, initial = "1s"] [];
            at_once: SERVED [max = 9, initial = "0s"] [];
            at_once_with_notify: SERVED [max = 9, initial = "0s"] [notify = |event| $log.hear(event)];
            policy_evaluated: SERVED [max = $log.key(9), initial = $log.key(Duration::from_secs(1))] [];
            policy_of_no_hook: SERVED [max = 9, initial = "1s", factor = 3.0, cap = "9s", max_retry_after = "1m"] [name = "a"];
            until: SERVED [max = 9, initial = "1s"] [until = |_| $log.accept()];
            notify: SERVED [max = 9, initial = "1s"] [notify = |event| $log.hear(event)];
            deadline: SERVED [max = 9, initial = "1s", deadline = "1h"] [];
            deadline_evaluated: SERVED [max = 9, initial = "1s", deadline = $log.key(HOUR)] [];
            upstream: SERVED [max = 9, initial = "1s"] [upstream = &$log.upstream];
            cost: SERVED [max = 9, initial = "1s"] [upstream = &$log.upstream, cost = $log.key(3)];
            upstream_and_notify: SERVED [max = 9, initial = "1s"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
            all: SERVED [max = $log.key(9), initial = "1s", factor = 3.0, cap = "9s", max_retry_after = "1m", deadline = "9h"]
                [upstream = &$log.upstream, cost = $log.key(3), notify = |event| $log.hear(event),
                    until = |_| $log.accept(), name = "a"];
            out_of_attempts: FAILED [max = 3, initial = "1s"] [notify = |event| $log.hear(event)];
            out_of_attempts_under_upstream: FAILED [max = 3, initial = "1s"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
            past_the_deadline: FAILED [max = 9, initial = "1s", deadline = "1us"] [notify = |event| $log.hear(event)];
            past_the_deadline_under_upstream: FAILED [max = 9, initial = "1s", deadline = "1us"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
            unaccepted: UNACCEPTED [max = 5, initial = "1s"]
                [until = |_| $log.refuse(), notify = |event| $log.hear(event)];
            unaccepted_under_upstream: UNACCEPTED [max = 5, initial = "1s"]
                [upstream = &$log.upstream, until = |_| $log.refuse(), notify = |event| $log.hear(event)];
            no_turn: IMPATIENT [max = 9, initial = "1us"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
        }
        each! {
            $form $log $attempt [on = |_| $log.judge(Decision::Stop),] $sleep;
            not_retried: FAILED [max = 9, initial = "1s"] [notify = |event| $log.hear(event)];
            not_retried_under_upstream: FAILED [max = 9, initial = "1s"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
        }
        each! {
            $form $log $attempt [on = |_| $log.judge(Decision::Retry),] $sleep;
            out_of_budget: THRIFTY [max = 9, initial = "1s"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
        }
    };
}

/// The sets in which a `sleep` ends the call.
macro_rules! stopped {
    ($form:ident $log:ident $attempt:ident) => {
        each! {
            $form $log $attempt [on = |_| $log.judge(THROTTLED),] [sleep = |wait| $log.stop(wait),];
            stopped: FAILED [max = 9, initial = "1s"] [notify = |event| $log.hear(event)];
            stopped_before_the_deadline: FAILED [max = 9, initial = "1s", deadline = "1h"]
                [notify = |event| $log.hear(event)];
            stopped_under_upstream: FAILED [max = 9, initial = "1s"]
                [upstream = &$log.upstream, notify = |event| $log.hear(event)];
        }
    };
}

/// The sets that only async forms have.
macro_rules! timeouts {
    ($form:ident $log:ident $attempt:ident $sleep:tt) => {
        each! {
            $form $log $attempt [on = |_| $log.judge(THROTTLED),] $sleep;
            timeout: SERVED [max = 9, initial = "1s"] [timeout = HOUR];
            timeout_evaluated: SERVED [max = 9, initial = "1s"] [timeout = $log.key(HOUR)];
            timeout_and_all: SERVED [max = 9, initial = "1s", deadline = "99h"]
                [timeout = HOUR, upstream = &$log.upstream, cost = 3, notify = |event| $log.hear(event),
                    until = |_| $log.accept()];
        }
    };
}

macro_rules! each {
    ($form:ident $log:ident $attempt:ident $on:tt $sleep:tt; $($name:ident: $script:ident $policy:tt $keys:tt;)+) => {
        $($form! { $log $attempt $name $script $policy $on $sleep $keys })+
    };
}

macro_rules! functions {
    ($log:ident $attempt:ident $name:ident $script:ident
        [$($policy:tt)*] [$($on:tt)*] [$($sleep:tt)*] [$($keys:tt)*]) => {
        #[test]
        fn $name() {
            #[retry($($policy)*, $($on)* $($sleep)* $($keys)*)]
            async fn call($log: &Log) -> Outcome {
                $log.$attempt().await
            }
            #[retry($($policy)*, $($on)* $($sleep)* $($keys)*)]
            async fn ending_early($log: &Log) -> Outcome {
                let number = $log.$attempt().await?;
                Ok(number)
            }
            #[retry($($policy)*, $($on)* $($sleep)* $($keys)*)]
            fn boxed<'a>($log: &'a Log) -> Pin<Box<dyn Future<Output = Outcome> + 'a>> {
                Box::pin($log.$attempt())
            }
            play("an async function", &$script, call);
            play("an async function with `?`", &$script, ending_early);
            play("a function that returns a future", &$script, async |$log| boxed($log).await);
        }
    };
}

macro_rules! blocking_functions {
    ($log:ident $attempt:ident $name:ident $script:ident
        [$($policy:tt)*] [$($on:tt)*] [$($sleep:tt)*] [$($keys:tt)*]) => {
        #[test]
        fn $name() {
            #[retry($($policy)*, $($on)* $($sleep)* $($keys)*)]
            fn call($log: &Blocking) -> Outcome {
                $log.$attempt()
            }
            #[retry($($policy)*, $($on)* $($sleep)* $($keys)*)]
            fn ending_early($log: &Blocking) -> Outcome {
                let number = $log.$attempt()?;
                Ok(number)
            }
            play_blocking("a function", &$script, call);
            play_blocking("a function with `?`", &$script, ending_early);
        }
    };
}

macro_rules! closures {
    ($log:ident $attempt:ident $name:ident $script:ident
        [$($policy:tt)*] [$($on:tt)*] [$($sleep:tt)*] [$($keys:tt)*]) => {
        #[test]
        fn $name() {
            play("a closure", &$script, async |$log| {
                let call = policy!($($policy)*).retry(|| $log.$attempt());
                with_keys!(call, $($on)* $($sleep)* $($keys)*).call().await
            });
            play("a closure that gets its attempt", &$script, async |$log| {
                let call = policy!($($policy)*).retry_with(|attempt: Attempt, previous: Option<&Outcome>| {
                    $log.read(attempt, previous);
                    $log.$attempt()
                });
                with_keys!(call.display_error(), $($on)* $($sleep)* $($keys)*).call().await
            });
        }
    };
}

macro_rules! blocking_closures {
    ($log:ident $attempt:ident $name:ident $script:ident
        [$($policy:tt)*] [$($on:tt)*] [$($sleep:tt)*] [$($keys:tt)*]) => {
        #[test]
        fn $name() {
            play_blocking("a closure", &$script, |$log| {
                let call = policy!($($policy)*).retry_blocking(|| $log.$attempt());
                with_keys!(call, $($on)* $($sleep)* $($keys)*).call()
            });
            play_blocking("a closure that gets its attempt", &$script, |$log| {
                let call = policy!($($policy)*).retry_blocking_with(|attempt: Attempt, previous: Option<&Outcome>| {
                    $log.read(attempt, previous);
                    $log.$attempt()
                });
                with_keys!(call.display_error(), $($on)* $($sleep)* $($keys)*).call()
            });
        }
    };
}

macro_rules! policy {
    ($($key:ident = $value:expr),*) => { Policy::new()$(.$key($value.setting()))* };
}

macro_rules! with_keys {
    ($call:expr, $($key:ident = $value:expr),* $(,)?) => { $call$(.$key($value))* };
}

/// A value of the attribute as a method of `Policy` takes it.
trait Setting<T> {
    fn setting(self) -> T;
}

impl Setting<Self> for u32 {
    fn setting(self) -> Self {
        self
    }
}

impl Setting<Self> for f64 {
    fn setting(self) -> Self {
        self
    }
}

impl Setting<Self> for Duration {
    fn setting(self) -> Self {
        self
    }
}

impl Setting<Duration> for &str {
    fn setting(self) -> Duration {
        let (number, unit) = self.split_at(self.find(char::is_alphabetic).unwrap());
        let unit = match unit {
            "us" => Duration::from_micros(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => HOUR,
            other => panic!("{other}"),
        };
        unit * number.parse().unwrap()
    }
}

mod async_functions {
    use super::*;

    sets! { functions log attempt [sleep = |wait| log.sleep(wait),] }
    stopped! { functions log attempt }
    timeouts! { functions log attempt [sleep = |wait| log.sleep(wait),] }
}

mod async_functions_that_time_out {
    use super::*;

    timeouts! { functions log late [sleep = |wait| log.sleep(wait),] }
}

/// Their timer is tokio's.
#[cfg(feature = "tokio")]
mod async_functions_without_sleep {
    use super::*;

    sets! { functions log attempt [] }
    timeouts! { functions log attempt [] }
}

#[cfg(feature = "tokio")]
mod async_functions_that_time_out_without_sleep {
    use super::*;

    timeouts! { functions log late [] }
}

mod async_closures {
    use super::*;

    sets! { closures log attempt [sleep = |wait| log.sleep(wait),] }
    stopped! { closures log attempt }
    timeouts! { closures log attempt [sleep = |wait| log.sleep(wait),] }
}

mod async_closures_that_time_out {
    use super::*;

    timeouts! { closures log late [sleep = |wait| log.sleep(wait),] }
}

#[cfg(feature = "tokio")]
mod async_closures_without_sleep {
    use super::*;

    sets! { closures log attempt [] }
    timeouts! { closures log attempt [] }
}

mod functions_that_block {
    use super::*;

    sets! { blocking_functions log attempt [sleep = |wait| log.sleep(wait),] }
    stopped! { blocking_functions log attempt }
}

mod closures_that_block {
    use super::*;

    sets! { blocking_closures log attempt [sleep = |wait| log.sleep(wait),] }
    stopped! { blocking_closures log attempt }
}
