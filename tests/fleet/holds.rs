//! What `tracing` and `metrics` are told of calls that queue, by a real subscriber and a real recorder.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{Key, Label};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use persevere::{Decision, Upstream, retry};
use tokio::time::Instant;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry;

/// An event: its level, and each field as text.
type Told = (Level, BTreeMap<&'static str, String>);

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Told>>>);

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        self.0.lock().unwrap().push((*event.metadata().level(), fields));
    }
}

#[retry(max = attempts, initial = "0s", upstream = upstream, on = |decision| *decision)]
async fn ask(upstream: &'static Upstream, attempts: u32, answer: Result<(), Decision>) -> Result<(), Decision> {
    answer
}

/// How long a call is held, in seconds, once others have met this.
async fn held_after(upstream: &'static Upstream, attempts: u32, decision: Decision) -> f64 {
    ask(upstream, attempts, Err(decision)).await.unwrap_err();
    let started = Instant::now();
    ask(upstream, 1, Ok(())).await.unwrap();
    started.elapsed().as_secs_f64()
}

#[test]
fn every_hold_is_an_event_and_a_sample_of_the_histogram() {
    static LIMITED: Upstream = Upstream::new();
    static FAILING: Upstream = Upstream::new();

    let (collector, recorder) = (Collector::default(), DebuggingRecorder::new());
    let snapshotter = recorder.snapshotter();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let expected = tracing::subscriber::with_default(registry().with(collector.clone()), || {
        metrics::with_local_recorder(&recorder, || {
            runtime.block_on(async {
                let refused = Decision::Throttled(Some(Duration::from_secs(5)));
                [
                    ("rate_limit", held_after(&LIMITED, 1, refused).await),
                    ("outage", held_after(&FAILING, 8, Decision::Retry).await),
                ]
            })
        })
    });

    let events = collector.0.lock().unwrap().clone();
    let histograms = snapshotter.snapshot().into_vec();
    for (reason, held) in expected {
        assert!(held > 0.0, "{reason}");
        let mut waits = Vec::new();
        for (level, mut fields) in events.iter().cloned() {
            if fields["message"] == "an attempt queues for its turn" && fields["retry.reason"] == format!("{reason:?}")
            {
                assert_eq!(level, Level::DEBUG);
                waits.push(fields.remove("retry.wait").unwrap().parse::<f64>().unwrap());
                let others = [
                    ("message", "an attempt queues for its turn".to_owned()),
                    ("retry.attempt", "1".to_owned()),
                    ("retry.max", "1".to_owned()),
                    ("retry.reason", format!("{reason:?}")),
                ];
                assert_eq!(fields, BTreeMap::from(others), "nothing has failed");
            }
        }
        // tokio's timer counts whole milliseconds.
        assert!((waits.iter().sum::<f64>() - held).abs() < 0.01, "{reason}: {waits:?} of {held}");

        let labels = [Label::new("function", "fleet::holds::ask"), Label::new("reason", reason)];
        let key = Key::from_parts("persevere.hold.duration", labels.to_vec());
        let histogram = histograms.iter().find(|(found, ..)| *found.key() == key).map(|(.., value)| value);
        let samples = DebugValue::Histogram(waits.into_iter().map(Into::into).collect());
        assert_eq!(histogram, Some(&samples), "{reason}");
    }
}
