//! In a process of its own, as all calls of a process count their time from one moment.
#![cfg(feature = "tokio")]

use std::cell::Cell;
use std::time::Duration;

use persevere::{Decision, Next, Policy, Upstream};
use tokio::runtime::Builder;

#[derive(Debug)]
struct Refused;

async fn refused(upstream: &Upstream) {
    let refused = Policy::new().max(1).retry(|| async { Err::<(), _>(Refused) });
    refused.on(|_| Decision::Throttled(None)).upstream(upstream).call().await.unwrap_err();
}

/// Times before the first that was ever asked for would all be one moment, at which a turn never comes.
#[test]
fn a_test_whose_clock_was_days_ahead_does_not_stop_the_time_of_the_next() {
    static AHEAD: Upstream = Upstream::new();
    static NOW: Upstream = Upstream::new();

    let paused = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    paused.block_on(async {
        tokio::time::advance(Duration::from_secs(86_400)).await;
        refused(&AHEAD).await;
    });
    let real = Builder::new_current_thread().enable_time().build().unwrap();
    real.block_on(async {
        refused(&NOW).await;
        refused(&NOW).await;
        // Longer than the gap between two turns after so few refusals.
        std::thread::sleep(Duration::from_millis(9));
        let held = Cell::new(0);
        let call = Policy::new().retry(|| async { Ok::<_, Refused>(1) }).on(|_| true);
        let count = |event: &persevere::Event<'_, Refused>| {
            held.set(held.get() + u32::from(matches!(event.next(), Next::Held { .. })));
        };
        assert_eq!(call.notify(count).upstream(&NOW).call().await.unwrap(), 1);
        assert_eq!(held.get(), 0, "its turn has come");
    });
}
