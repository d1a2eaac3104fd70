//! The sets of keys. `NUMBER` is an expression over the parameters or `self` of the shape, which is 4 or more.

use crate::shapes::Shape;

/// A set of keys.
pub(crate) struct Keys {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static str,
    /// Whether the second attempt succeeds with a value that `until` refuses.
    pub(crate) until: bool,
    /// Whether `notify` counts what it hears.
    pub(crate) heard: bool,
    /// Whether the body looks at the attempt `a`.
    pub(crate) attempt: bool,
}

impl Keys {
    /// Whether the set makes sense on a shape.
    pub(crate) fn fit(&self, shape: &Shape) -> bool {
        let names = |word| self.arguments.contains(word);
        // A sync function cannot be interrupted.
        let is_interrupted = names("timeout = ") && !shape.asynchronous;
        let has_no_number = names("NUMBER") && shape.number.is_empty();
        let cannot_see_it = (self.attempt || self.previous()) && shape.body_elsewhere;
        !is_interrupted && !has_no_number && !cannot_see_it
    }

    const fn new(name: &'static str, arguments: &'static str) -> Self {
        Self { name, arguments, until: false, heard: false, attempt: false }
    }

    const fn until(self) -> Self {
        Self { until: true, ..self }
    }

    const fn heard(self) -> Self {
        Self { heard: true, ..self }
    }

    const fn attempt(self) -> Self {
        Self { attempt: true, ..self }
    }

    /// Whether the body looks at what the attempt before returned, `p`.
    pub(crate) fn previous(&self) -> bool {
        self.arguments.contains("previous = p")
    }
}

pub(crate) const KEYS: &[Keys] = &[
    Keys::new("none", ""),
    Keys::new("literals", "max = 4, initial = \"1ms\", factor = 1.5, cap = \"1m 30s\", jitter = equal, max_retry_after = \"9s\""),
    Keys::new("no_wait", "initial = \"0s\""),
    Keys::new("max_expression", "max = NUMBER, initial = Duration::from_millis(u64::from(NUMBER))"),
    Keys::new("on_path", "on = busy"),
    Keys::new("on_closure", "on = |error| error.is_busy()"),
    Keys::new("on_number", "on = |error| error.call() < NUMBER"),
    Keys::new("on_move", "on = move |error| error.is_busy()"),
    Keys::new("on_block", "on = { let most = 2; move |error: &Busy| error.call() <= most }"),
    Keys::new("on_untyped_block", "on = { |error| error.is_busy() }"),
    Keys::new("until_path", "until = rich").until(),
    Keys::new("until_closure", "until = |value| value.is_rich()").until(),
    Keys::new("until_number", "until = |value| NUMBER > 0 && value.is_rich()").until(),
    Keys::new("until_move", "until = move |value| value.is_rich()").until(),
    Keys::new("notify_path", "notify = heard").heard(),
    Keys::new("notify_closure", "notify = |event| hear(event.attempt(), event.error().map(|error| error.call()))").heard(),
    Keys::new("notify_number", "notify = |event| hear(event.attempt(), Some(NUMBER))").heard(),
    Keys::new("timeout", "timeout = \"5s\""),
    Keys::new("deadline", "deadline = \"10m\""),
    Keys::new("both_limits", "timeout = Duration::from_secs(u64::from(NUMBER)), deadline = \"10m\""),
    Keys::new("upstream", "upstream = UPSTREAM"),
    Keys::new("upstream_method", "upstream = upstream()"),
    Keys::new("attempt", "attempt = a").attempt(),
    Keys::new(
        "attempt_in_hooks",
        "attempt = a, on = |error| numbered(a.number()) && error.is_busy(), notify = |event| hear(a.number(), Some(event.max()))",
    )
    .heard(),
    Keys::new(
        "attempt_with_upstream",
        "attempt = a, upstream = UPSTREAM, on = |error| numbered(a.number()) && error.is_busy(), \
         until = |value| numbered(a.number()) && value.is_rich()",
    )
    .until()
    .attempt(),
    Keys::new("previous", "previous = p"),
    Keys::new("previous_without_waits", "previous = p, initial = \"0s\""),
    Keys::new("previous_with_limits", "previous = p, timeout = \"5s\", deadline = \"10m\""),
    Keys::new("previous_with_upstream", "previous = p, attempt = a, upstream = UPSTREAM, until = rich").until().attempt(),
    Keys::new("name", "name = \"a name\""),
    Keys::new("name_in_notify", "name = \"a name\", notify = |event| named(event)").heard(),
    Keys::new("cost", "upstream = UPSTREAM, cost = 3"),
    Keys::new("cost_expression", "upstream = UPSTREAM, cost = NUMBER, previous = p, notify = heard").heard(),
    Keys::new("sleep_that_goes_on", "sleep = |wait| GOES_ON(wait)"),
    Keys::new("sleep_with_previous", "sleep = GOES_ON, previous = p, until = rich").until(),
    Keys::new("policy", "policy = POLICY"),
    Keys::new("policy_expression", "policy = POLICY.max(NUMBER), initial = \"2ms\""),
    Keys::new("sleep_path", "sleep = SLEEP"),
    Keys::new("sleep_closure", "sleep = |wait| SLEEP(wait)"),
    Keys::new(
        "all",
        "max = NUMBER, initial = \"1ms\", factor = 1.5, cap = \"2s\", jitter = full, max_retry_after = \"9s\", policy = POLICY, \
         deadline = \"10m\", upstream = UPSTREAM, cost = NUMBER, attempt = a, previous = p, name = \"all\", sleep = SLEEP, \
         on = |error| error.call() < NUMBER && error.is_busy(), until = |value| value.is_rich(), \
         notify = |event| hear(event.attempt(), Some(NUMBER))",
    )
    .until()
    .heard()
    .attempt(),
];
