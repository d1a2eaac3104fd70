//! What fits no list of sets: keys that only an attribute has, hooks that are evaluated first, and `tracing`.

use persevere::{Decision, Event, Policy, retry};

use super::play::{play, play_blocking};
use super::user::{Blocking, Log, Outcome, SERVED};

const THROTTLED: Decision = Decision::Throttled(None);

#[test]
fn attempt_and_previous() {
    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait), attempt = now,
        previous = before)]
    async fn call(log: &Log) -> Outcome {
        log.read(now, before);
        log.attempt().await
    }
    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait), attempt = now,
        previous = before, upstream = log.upstream, notify = |event| log.hear(event))]
    async fn paced(log: &Log) -> Outcome {
        log.read(now, before);
        log.attempt().await
    }
    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait), attempt = now,
        previous = before)]
    fn blocking(log: &Blocking) -> Outcome {
        log.read(now, before);
        log.attempt()
    }
    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait), attempt = now,
        previous = before, upstream = log.upstream, notify = |event| log.hear(event))]
    fn paced_blocking(log: &Blocking) -> Outcome {
        log.read(now, before);
        log.attempt()
    }
    play("an async function", &SERVED, call);
    play("an async function under an upstream", &SERVED, paced);
    play_blocking("a function", &SERVED, blocking);
    play_blocking("a function under an upstream", &SERVED, paced_blocking);
}

#[test]
fn reported_success() {
    #[retry(policy = log.key(Policy::new().max(9).notify_success(true)), on = |_| log.judge(THROTTLED),
        sleep = |wait| log.sleep(wait), notify = |event| log.hear(event), upstream = log.upstream, cost = log.key(3))]
    async fn call(log: &Log) -> Outcome {
        log.attempt().await
    }
    #[retry(policy = log.key(Policy::new().max(9).notify_success(true)), on = |_| log.judge(THROTTLED),
        sleep = |wait| log.sleep(wait), notify = |event| log.hear(event))]
    fn blocking(log: &Blocking) -> Outcome {
        log.attempt()
    }
    play("an async function", &SERVED, call);
    play_blocking("a function", &SERVED, blocking);
}

/// The hooks are what functions return, which are called before the first attempt.
#[test]
fn hooks_that_are_evaluated() {
    #[retry(max = 9, initial = "1s", on = log.key(|_: &_| log.judge(THROTTLED)), sleep = log.key(|wait| log.sleep(wait)),
        until = log.key(|_: &_| log.accept()), notify = log.key(|event: &Event<'_, _>| log.hear(event)),
        upstream = log.key(&log.upstream))]
    async fn call(log: &Log) -> Outcome {
        log.attempt().await
    }
    #[retry(max = 9, initial = "1s", on = log.key(|_: &_| log.judge(THROTTLED)), sleep = log.key(|wait| log.sleep(wait)),
        until = log.key(|_: &_| log.accept()), notify = log.key(|event: &Event<'_, _>| log.hear(event)),
        upstream = log.key(&log.upstream))]
    fn blocking(log: &Blocking) -> Outcome {
        log.attempt()
    }
    play("an async function", &SERVED, call);
    play_blocking("a function", &SERVED, blocking);
}

/// A subscriber writes each error with its `Display`.
#[cfg(feature = "tracing")]
#[test]
fn traced() {
    use std::cell::Cell;
    use std::fmt::Write as _;

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Metadata, Subscriber};

    struct Writing;

    impl Visit for Writing {
        fn record_debug(&mut self, _: &Field, value: &dyn std::fmt::Debug) {
            write!(String::new(), "{value:?}").unwrap();
        }
    }

    impl Subscriber for Writing {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &tracing::Event<'_>) {
            event.record(&mut Self);
        }

        fn enter(&self, _: &Id) {
            ENTERED.set(ENTERED.get() + 1);
        }

        fn exit(&self, _: &Id) {
            ENTERED.set(ENTERED.get() - 1);
        }
    }

    thread_local!(static ENTERED: Cell<i32> = const { Cell::new(0) });

    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait))]
    async fn call(log: &Log) -> Outcome {
        log.attempt().await
    }
    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait),
        upstream = log.upstream)]
    async fn paced(log: &Log) -> Outcome {
        log.attempt().await
    }
    #[retry(max = 9, initial = "1s", on = |_| log.judge(THROTTLED), sleep = |wait| log.sleep(wait))]
    fn blocking(log: &Blocking) -> Outcome {
        log.attempt()
    }
    tracing::subscriber::with_default(Writing, || {
        play("an async function", &SERVED, call);
        play("an async function under an upstream", &SERVED, paced);
        play_blocking("a function", &SERVED, blocking);
        play_blocking("a closure", &SERVED, |log| {
            let call = Policy::new().max(9).retry_blocking(|| log.attempt()).on(|_| log.judge(THROTTLED));
            call.sleep(|wait| log.sleep(wait)).display_error().call()
        });
    });
    assert_eq!(ENTERED.get(), 0, "each span that was entered is left");
}
