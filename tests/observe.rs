//! What `tracing` and `metrics` are told, by a real subscriber and a real recorder.
#![cfg(all(feature = "tracing", feature = "metrics", feature = "testing"))]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use persevere::{Decision, Policy, retry, testing};
use tracing::Level;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, registry};

/// An event: its level, its target, and each field as text.
type Told = (Level, String, BTreeMap<String, String>);

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Told>>>);

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

/// The fields of a span, which an event in it has too.
struct OfSpan(BTreeMap<String, String>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Collector {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        context.span(id).unwrap().extensions_mut().insert(OfSpan(fields));
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        for span in context.event_scope(event).into_iter().flatten() {
            let extensions = span.extensions();
            let of_span = &extensions.get::<OfSpan>().unwrap().0;
            fields.extend(of_span.iter().map(|(name, value)| (format!("{}.{name}", span.name()), value.clone())));
        }
        let metadata = event.metadata();
        self.0.lock().unwrap().push((*metadata.level(), metadata.target().to_owned(), fields));
    }
}

/// Subscribers of several threads share what `tracing` has cached of who wants what, and now and then one misses an
/// event.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What a subscriber is told that wants all of it.
fn told(run: impl FnOnce()) -> Vec<Told> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let collector = Collector::default();
    tracing::subscriber::with_default(registry().with(collector.clone()), run);
    collector.0.lock().unwrap().clone()
}

#[derive(Debug)]
struct Refused(u32);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused {}", self.0)
    }
}

#[retry(
    max = 3,
    initial = "1s",
    jitter = none,
    on = |error| if error.0 == 404 { Decision::Stop } else { Decision::Throttled(Some(Duration::from_millis(250))) }
)]
fn ask(secret: &str, failures: &Cell<u32>, status: u32) -> Result<usize, Refused> {
    if failures.replace(failures.get().saturating_sub(1)) > 0 { Err(Refused(status)) } else { Ok(secret.len()) }
}

fn fields<const N: usize>(fields: [(&str, &str); N]) -> BTreeMap<String, String> {
    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn an_event_per_wait_and_per_give_up() {
    let _waits = testing::thread().record_waits();
    let events = told(|| {
        ask("the key", &Cell::new(9), 429).unwrap_err();
    });
    let failed = |attempt| {
        fields([
            ("message", "an attempt failed, another follows"),
            ("retry.code.function.name", "\"observe::ask\""),
            ("exception.type", "\"observe::Refused\""),
            ("exception.message", "refused 429"),
            ("retry.attempt", attempt),
            ("retry.max", "3"),
            ("retry.wait", "0.25"),
            ("retry.server_directed", "true"),
            ("retry.asked", "0.25"),
        ])
    };
    let given_up = fields([
        ("message", "no attempt succeeded"),
        ("retry.code.function.name", "\"observe::ask\""),
        ("exception.type", "\"observe::Refused\""),
        ("exception.message", "refused 429"),
        ("retry.attempt", "3"),
        ("retry.max", "3"),
        ("retry.reason", "\"attempts\""),
    ]);
    let target = || "persevere".to_owned();
    assert_eq!(
        events,
        [
            (Level::WARN, target(), failed("1")),
            (Level::WARN, target(), failed("2")),
            (Level::ERROR, target(), given_up)
        ]
    );
}

#[test]
fn what_is_not_retried_is_a_warning_and_success_is_silent() {
    let events = told(|| {
        ask("the key", &Cell::new(9), 404).unwrap_err();
        ask("the key", &Cell::new(0), 404).unwrap();
    });
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].0, &*events[0].2["retry.reason"]), (Level::WARN, "\"not_retryable\""));
}

#[test]
fn arguments_are_never_told() {
    let _waits = testing::thread().record_waits();
    let events = told(|| {
        ask("the key", &Cell::new(9), 429).unwrap_err();
    });
    assert_eq!(events.len(), 3);
    assert!(!format!("{events:?}").contains("the key"));
}

#[test]
fn an_error_is_written_by_display_or_debug_or_not_at_all() {
    #[derive(Debug)]
    struct OnlyDebug;
    struct Neither;

    #[retry(max = 1, on = |_| true)]
    fn debugged() -> Result<(), OnlyDebug> {
        Err(OnlyDebug)
    }
    #[retry(max = 1, on = |_| true)]
    fn silent() -> Result<(), Neither> {
        Err(Neither)
    }
    #[retry(max = 1, on = |_| true)]
    fn generic<E: Clone + fmt::Display>(error: &E) -> Result<(), E> {
        Err(error.clone())
    }
    #[retry(max = 1, on = |_| true)]
    fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err("no such host".into())
    }
    let events = told(|| {
        let _outcomes = (debugged(), silent().map_err(drop), boxed(), generic(&7));
    });
    let messages: Vec<&str> =
        events.iter().filter_map(|(.., fields)| fields.get("exception.message").map(String::as_str)).collect();
    assert_eq!(messages, ["OnlyDebug", "no such host", "7"]);
}

#[test]
fn a_value_that_is_tried_again_has_no_exception() {
    #[retry(max = 2, initial = "0s", on = |_: &Refused| true, until = |_| false)]
    fn poll() -> Result<u32, Refused> {
        Ok(1)
    }
    let events = told(|| assert_eq!(poll().unwrap(), 1));
    assert_eq!(events.len(), 2);
    assert!(events.iter().all(|(.., fields)| !fields.keys().any(|name| name.starts_with("exception"))), "{events:?}");
}

#[test]
fn a_filter_finds_the_target_and_nothing_is_evaluated_when_it_is_off() {
    struct Loud;
    impl fmt::Display for Loud {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("it is written")
        }
    }
    #[retry(max = 2, initial = "0s", on = |_| true)]
    fn loud() -> Result<(), Loud> {
        Err(Loud)
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let run = |filter: EnvFilter| {
        let collector = Collector::default();
        let subscriber = registry().with(collector.clone().with_filter(filter));
        tracing::subscriber::with_default(subscriber, || {
            let _waits = testing::thread().record_waits();
            ask("", &Cell::new(9), 429).unwrap_err();
        });
        collector.0.lock().unwrap().len()
    };
    assert_eq!(run(EnvFilter::new("persevere=error")), 1);
    assert_eq!(run(EnvFilter::new("persevere=warn")), 3);
    assert_eq!(run(EnvFilter::new("observe=trace")), 0);
    assert_eq!(run(EnvFilter::new("off,persevere[retry{code.function.name=observe::ask}]=trace")), 3);
    assert_eq!(run(EnvFilter::new("off,persevere[retry{code.function.name=observe::other}]=trace")), 0);
    let off = registry().with(Collector::default().with_filter(LevelFilter::OFF));
    tracing::subscriber::with_default(off, || assert!(loud().is_err()));
    assert!(loud().is_err());
}

#[test]
fn metrics_count_calls_retries_and_reasons_and_measure_waits() {
    #[retry(max = 2, initial = Duration::from_secs(2), jitter = none, deadline = "1s", on = |_| true)]
    fn late() -> Result<(), Refused> {
        Err(Refused(1))
    }
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let _waits = testing::thread().record_waits();
        ask("", &Cell::new(0), 429).unwrap();
        ask("", &Cell::new(1), 429).unwrap();
        ask("", &Cell::new(9), 429).unwrap_err();
        ask("", &Cell::new(9), 404).unwrap_err();
        late().unwrap_err();
    });
    let mut found: Vec<String> = Vec::new();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let (name, labels) = key.key().clone().into_parts();
        let mut labels: Vec<String> = labels.iter().map(|label| format!("{}={}", label.key(), label.value())).collect();
        labels.sort();
        let value = match value {
            DebugValue::Histogram(values) => format!("{:?}", values.iter().map(|value| value.0).collect::<Vec<_>>()),
            DebugValue::Counter(count) => count.to_string(),
            DebugValue::Gauge(_) => panic!("there is no gauge"),
        };
        found.push(format!("{} {} {value}", name.as_str(), labels.join(" ")));
    }
    found.sort();
    assert_eq!(
        found,
        [
            "persevere.call.attempts function=observe::ask [3.0, 1.0]",
            "persevere.call.attempts function=observe::late [1.0]",
            "persevere.calls.retried function=observe::ask 2",
            "persevere.give_ups function=observe::ask reason=attempts 1",
            "persevere.give_ups function=observe::ask reason=not_retryable 1",
            "persevere.give_ups function=observe::late reason=deadline 1",
            "persevere.retries function=observe::ask 3",
            "persevere.wait.duration function=observe::ask [0.25, 0.25, 0.25]",
        ]
    );
}

#[test]
fn closures_are_told_under_the_function_that_they_are_in_or_a_name() {
    let fail = || Err::<(), _>(Refused(1));
    let events = told(|| {
        let policy = Policy::new().max(1);
        policy.retry_blocking(fail).on(|_| true).call().unwrap_err();
        policy.retry_blocking(fail).on(|_| true).name("inventory").display_error().call().unwrap_err();
    });
    let messages: Vec<_> = events.iter().map(|(.., fields)| fields.get("exception.message").cloned()).collect();
    assert_eq!(messages, [None, Some("refused 1".to_owned())]);
    let names: Vec<&str> = events.iter().map(|(.., fields)| &*fields["retry.code.function.name"]).collect();
    assert_eq!(
        names,
        ["\"observe::closures_are_told_under_the_function_that_they_are_in_or_a_name\"", "\"inventory\""]
    );
}

/// An error whose message and whose cause have a secret in an address.
#[derive(Debug)]
struct Unreachable(std::io::Error);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot reach https://user:SECRET@host/v1?key=SECRET")
    }
}

impl std::error::Error for Unreachable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn all_causes_are_told_on_one_line_and_no_secret() {
    fn unreachable() -> Unreachable {
        Unreachable(std::io::Error::other("refused\nby https://host/?token=SECRET"))
    }

    const TOLD: &str = "cannot reach https://[redacted]@host/v1?[redacted]: refused by https://host/?[redacted]";

    #[retry(max = 1, on = |_| true, notify = |event| seen.lock().unwrap().push((event.to_string(), format!("{event:?}"))))]
    fn typed(seen: &Mutex<Vec<(String, String)>>) -> Result<(), Unreachable> {
        Err(unreachable())
    }
    #[retry(max = 1, on = |_| true, until = |()| true, notify = |event| seen.lock().unwrap().push((event.to_string(), format!("{event:?}"))))]
    fn boxed(seen: &Mutex<Vec<(String, String)>>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err(unreachable().into())
    }
    #[retry(max = 1, on = |_| true, notify = |event| seen.lock().unwrap().push((event.to_string(), format!("{event:?}"))))]
    fn in_context(seen: &Mutex<Vec<(String, String)>>) -> anyhow::Result<()> {
        Err(anyhow::Error::new(unreachable()).context("cannot reach"))
    }
    #[retry(max = 1, on = |_| true)]
    fn borrowed(at: &str) -> Result<(), Borrowed<'_>> {
        Err(Borrowed(at))
    }

    let seen = Mutex::default();
    let events = told(|| {
        typed(&seen).unwrap_err();
        boxed(&seen).unwrap_err();
        in_context(&seen).unwrap_err();
        borrowed("https://host/?key=SECRET").unwrap_err();
    });
    let messages: Vec<&str> = events.iter().map(|(.., fields)| &*fields["exception.message"]).collect();
    assert_eq!(messages, [TOLD, TOLD, TOLD, "at https://host/?[redacted]"]);
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen[0].0, format!("attempt 1 of 1 failed: {TOLD}; giving up: all attempts are used up"));
    for (display, debug) in &seen {
        assert!(display.contains(TOLD), "{display}");
        assert!(!display.contains("SECRET") && !debug.contains("SECRET"), "{display} {debug}");
    }
    assert!(!format!("{events:?}").contains("SECRET"), "{events:?}");
}

/// An error that borrows.
#[derive(Debug)]
struct Borrowed<'a>(&'a str);

impl fmt::Display for Borrowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.0)
    }
}

impl std::error::Error for Borrowed<'_> {}

#[test]
fn types_are_told_by_their_public_path() {
    #[retry(max = 1, on = |_| true)]
    fn of_system() -> std::io::Result<()> {
        Err(std::io::ErrorKind::NotFound.into())
    }
    #[retry(max = 1, on = |_| true)]
    fn of_service() -> Result<(), persevere::openai::ApiError> {
        Err(persevere::openai::ApiError::timeout("no answer"))
    }
    let events = told(|| {
        of_system().unwrap_err();
        of_service().unwrap_err();
    });
    let types: Vec<&str> = events.iter().map(|(.., fields)| &*fields["exception.type"]).collect();
    assert_eq!(types, ["\"std::io::Error\"", "\"persevere::openai::ApiError\""]);
}

#[test]
fn metrics_are_described_with_their_units() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let _waits = testing::thread().record_waits();
        ask("", &Cell::new(9), 429).unwrap_err();
    });
    for (key, unit, description, _) in snapshotter.snapshot().into_vec() {
        let name = key.key().name();
        let expected = if name.ends_with("duration") { metrics::Unit::Seconds } else { metrics::Unit::Count };
        assert_eq!(unit, Some(expected), "{name}");
        assert!(description.is_some_and(|description| description.ends_with('.')), "{name}");
    }
}
