//! The report of an attempt that is over: to the function's `notify`, and to `tracing` and `metrics`.

use super::observe;
use crate::describe::Described;
use crate::{Event, Next};

/// Passes on how an attempt ended, and what follows it.
pub trait Report {
    /// Calls `notify`.
    fn hook(&self, path: &'static str, attempt: u32, max: u32, next: Next);

    /// Informs `tracing` and `metrics`.
    fn observers(&self, path: &'static str, attempt: u32, max: u32, next: Next);
}

/// The report of a failure whose error is not read, if the body stands in the loop as it is. It is `&E`, not `()`: with
/// `()` LLVM keeps the error in registers across the cold call, which costs the success of a small function five
/// instructions.
impl<E> Report for &E {
    #[inline]
    fn hook(&self, _: &'static str, _: u32, _: u32, _: Next) {}

    #[inline]
    fn observers(&self, path: &'static str, attempt: u32, max: u32, next: Next) {
        ().observers(path, attempt, max, next);
    }
}

/// The report of a failure whose error is not read, if the body is a closure or an async block. It is `()`, not `&E`: a
/// reference would force the error, which is moved out of the body, into memory, which costs five instructions.
impl Report for () {
    #[inline]
    fn hook(&self, _: &'static str, _: u32, _: u32, _: Next) {}

    #[inline]
    fn observers(&self, path: &'static str, attempt: u32, max: u32, next: Next) {
        observe::record(&Event { function: path, attempt, max, error: None::<&()>, described: None, next }, |()| None);
    }
}

/// The report of an attempt whose error is read: by `notify`, or by `describe`, which tells `tracing` how it is
/// written.
pub struct WithHook<'a, E, N: ?Sized, T> {
    error: Option<&'a E>,
    notify: &'a N,
    describe: T,
}

/// Makes the report of an attempt whose error is read. `error` is `None` if the attempt did not fail.
#[inline]
pub fn with_hook<'a, E, N, T>(error: Option<&'a E>, notify: &'a N, describe: T) -> WithHook<'a, E, N, T>
where
    N: Fn(&Event<'_, E>) + ?Sized,
    T: Fn(&E) -> Option<Described<'_>>,
{
    WithHook { error, notify, describe }
}

impl<E, N, T> Report for WithHook<'_, E, N, T>
where
    N: Fn(&Event<'_, E>) + ?Sized,
    T: Fn(&E) -> Option<Described<'_>>,
{
    #[inline]
    fn hook(&self, path: &'static str, attempt: u32, max: u32, next: Next) {
        let described = self.error.and_then(&self.describe);
        (self.notify)(&Event { function: path, attempt, max, error: self.error, described, next });
    }

    #[inline]
    fn observers(&self, path: &'static str, attempt: u32, max: u32, next: Next) {
        observe::record(
            &Event { function: path, attempt, max, error: self.error, described: None, next },
            &self.describe,
        );
    }
}

/// The `notify` of a function that names none.
#[inline]
pub fn silent<E>(_: &Event<'_, E>) {}

#[cfg(all(test, feature = "metrics"))]
mod tests {
    use super::*;
    use crate::Reason;

    /// The expansion only makes these where no feature wants to read the error.
    #[test]
    fn what_reads_no_error_is_counted_all_the_same() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            Report::observers(&&"error", "app::read", 3, 3, Next::GiveUp(Reason::Attempts));
            Report::observers(&(), "app::write", 3, 3, Next::GiveUp(Reason::Attempts));
        });
        let text = recorder.handle().render();
        for function in ["app::read", "app::write"] {
            let counted = format!("persevere_give_ups{{function=\"{function}\",reason=\"attempts\"}} 1");
            assert!(text.contains(&counted), "{text}");
        }
    }
}
