//! To add a key: functions under it in a module of its own, and that module's line in [`contestants`].

use crate::contestant::Contestant;

pub(super) fn contestants() -> Vec<Contestant> {
    vec![
        deadline::contestant(),
        timeout::contestant(),
        attempt::contestant(),
        until::contestant(),
        notify::contestant(),
        upstream::contestant(),
        declared::contestant(),
        previous::contestant(),
    ]
}

/// What is given to a hook or a body is used, or it would not be computed.
fn seen(attempt: u32) {
    let _ = std::hint::black_box(attempt);
}

/// The functions under `#[retry]` with something more between its brackets.
macro_rules! blocking {
    ($($key:tt)*) => {
        #[persevere::retry(max = 5, initial = "1ms", on = crate::operation::Failure::is_transient, $($key)*)]
        fn call(number: u64) -> crate::operation::Answer {
            crate::operation::add_one(number)
        }

        #[persevere::retry(max = 5, initial = "0s", on = crate::operation::Failure::is_transient, $($key)*)]
        fn call_at_once(number: u64) -> crate::operation::Answer {
            crate::operation::add_one(number)
        }
    };
}

macro_rules! asynchronous {
    ($($key:tt)*) => {
        #[persevere::retry(max = 5, initial = "1ms", on = crate::operation::Failure::is_transient, $($key)*)]
        async fn call_async(number: u64) -> crate::operation::Answer {
            crate::operation::add_one(number)
        }

        #[persevere::retry(max = 5, initial = "0s", on = crate::operation::Failure::is_transient, $($key)*)]
        async fn call_async_at_once(number: u64) -> crate::operation::Answer {
            crate::operation::add_one(number)
        }
    };
}

macro_rules! contestant {
    ($name:ident) => {
        pub(super) fn contestant() -> crate::contestant::Contestant {
            crate::contestant::Contestant::new(concat!("`", stringify!($name), "`"))
                .blocking(call, call_at_once)
                .asynchronous(call_async, call_async_at_once)
        }
    };
}

mod deadline {
    contestant!(deadline);
    blocking!(deadline = "10s");
    asynchronous!(deadline = "10s");
}

mod timeout {
    /// A sync function cannot be interrupted.
    pub(super) fn contestant() -> crate::contestant::Contestant {
        crate::contestant::Contestant::new("`timeout`").asynchronous(call_async, call_async_at_once)
    }

    asynchronous!(timeout = "10s");
}

mod attempt {
    use persevere::retry;

    use super::seen;
    use crate::operation::{Answer, Failure, add_one};

    contestant!(attempt);

    #[retry(max = 5, initial = "1ms", on = Failure::is_transient, attempt = attempt)]
    fn call(number: u64) -> Answer {
        seen(attempt.number());
        add_one(number)
    }

    #[retry(max = 5, initial = "0s", on = Failure::is_transient, attempt = attempt)]
    fn call_at_once(number: u64) -> Answer {
        seen(attempt.number());
        add_one(number)
    }

    #[retry(max = 5, initial = "1ms", on = Failure::is_transient, attempt = attempt)]
    async fn call_async(number: u64) -> Answer {
        seen(attempt.number());
        add_one(number)
    }

    #[retry(max = 5, initial = "0s", on = Failure::is_transient, attempt = attempt)]
    async fn call_async_at_once(number: u64) -> Answer {
        seen(attempt.number());
        add_one(number)
    }
}

mod until {
    contestant!(until);
    blocking!(until = |number| *number < u64::MAX);
    asynchronous!(until = |number| *number < u64::MAX);
}

mod notify {
    use super::seen;

    contestant!(notify);
    blocking!(notify = |event| seen(event.attempt()));
    asynchronous!(notify = |event| seen(event.attempt()));
}

mod upstream {
    static UPSTREAM: persevere::Upstream = persevere::Upstream::new();

    contestant!(upstream);
    blocking!(upstream = UPSTREAM);
    asynchronous!(upstream = UPSTREAM);
}

/// An upstream with a limit that no call has to wait for.
mod declared {
    use std::time::Duration;

    use persevere::Upstream;

    static UPSTREAM: Upstream = Upstream::new().requests(u64::MAX, Duration::from_secs(1));

    pub(super) fn contestant() -> crate::contestant::Contestant {
        crate::contestant::Contestant::new("`upstream`, declared")
            .blocking(call, call_at_once)
            .asynchronous(call_async, call_async_at_once)
    }

    blocking!(upstream = UPSTREAM);
    asynchronous!(upstream = UPSTREAM);
}

mod previous {
    use persevere::retry;

    use super::seen;
    use crate::operation::{Answer, Failure, add_one};

    contestant!(previous);

    #[retry(max = 5, initial = "1ms", on = Failure::is_transient, previous = previous)]
    fn call(number: u64) -> Answer {
        seen(u32::from(previous.is_some()));
        add_one(number)
    }

    #[retry(max = 5, initial = "0s", on = Failure::is_transient, previous = previous)]
    fn call_at_once(number: u64) -> Answer {
        seen(u32::from(previous.is_some()));
        add_one(number)
    }

    #[retry(max = 5, initial = "1ms", on = Failure::is_transient, previous = previous)]
    async fn call_async(number: u64) -> Answer {
        seen(u32::from(previous.is_some()));
        add_one(number)
    }

    #[retry(max = 5, initial = "0s", on = Failure::is_transient, previous = previous)]
    async fn call_async_at_once(number: u64) -> Answer {
        seen(u32::from(previous.is_some()));
        add_one(number)
    }
}
