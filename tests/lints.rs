//! Functions that forbid every lint which ordinary code can live with: the expansion sets none of them off, and allows
//! none but `clippy::shadow_same`, which is denied here.

#![forbid(
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused
)]
#![forbid(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    impl_trait_redundant_captures,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_abi,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_code,
    unreachable_patterns,
    unreachable_pub,
    unsafe_code,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![forbid(clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::as_underscore,
    clippy::assertions_on_result_states,
    clippy::cfg_not_test,
    clippy::clone_on_ref_ptr,
    clippy::cognitive_complexity,
    clippy::dbg_macro,
    clippy::decimal_literal_representation,
    clippy::default_numeric_fallback,
    clippy::deref_by_slicing,
    clippy::else_if_without_else,
    clippy::empty_drop,
    clippy::empty_structs_with_brackets,
    clippy::error_impl_error,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::exit,
    clippy::expect_used,
    clippy::field_scoped_visibility_modifiers,
    clippy::float_arithmetic,
    clippy::float_cmp_const,
    clippy::get_unwrap,
    clippy::if_then_some_else_none,
    clippy::impl_trait_in_params,
    clippy::indexing_slicing,
    clippy::infinite_loop,
    clippy::integer_division,
    clippy::integer_division_remainder_used,
    clippy::iter_over_hash_type,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::lossy_float_literal,
    clippy::map_err_ignore,
    clippy::mem_forget,
    clippy::min_ident_chars,
    clippy::missing_assert_message,
    clippy::missing_docs_in_private_items,
    clippy::mixed_read_write_in_expression,
    clippy::module_name_repetitions,
    clippy::modulo_arithmetic,
    clippy::multiple_inherent_impl,
    clippy::multiple_unsafe_ops_per_block,
    clippy::needless_raw_strings,
    clippy::non_ascii_literal,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::partial_pub_fields,
    clippy::pattern_type_mismatch,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::pub_use,
    clippy::pub_without_shorthand,
    clippy::rc_buffer,
    clippy::rc_mutex,
    clippy::redundant_type_annotations,
    clippy::ref_patterns,
    clippy::renamed_function_params,
    clippy::rest_pat_in_fully_bound_structs,
    clippy::return_and_then,
    clippy::same_name_method,
    clippy::semicolon_inside_block,
    clippy::semicolon_outside_block,
    clippy::shadow_reuse,
    clippy::shadow_unrelated,
    clippy::single_char_lifetime_names,
    clippy::str_to_string,
    clippy::string_add,
    clippy::string_slice,
    clippy::todo,
    clippy::try_err,
    clippy::undocumented_unsafe_blocks,
    clippy::unimplemented,
    clippy::unnecessary_self_imports,
    clippy::unneeded_field_pattern,
    clippy::unreachable,
    clippy::unused_result_ok,
    clippy::unused_trait_names,
    clippy::unwrap_in_result,
    clippy::unwrap_used,
    clippy::use_debug,
    clippy::wildcard_enum_match_arm
)]
#![deny(clippy::shadow_same)]

use std::error::Error;
use std::fmt;
use std::future::{Ready, ready};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persevere::{Decision, Event, Jitter, Policy, Retryable, retry};

/// An attempt that failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Busy {
    /// The number of the attempt.
    call: u32,
    /// What was called.
    service: &'static str,
}

impl Busy {
    /// Whether another attempt is worth it.
    const fn is_early(&self) -> bool {
        self.call < 9
    }
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was busy at call {}", self.service, self.call)
    }
}

impl Error for Busy {}

impl From<Busy> for io::Error {
    fn from(_: Busy) -> Self {
        io::ErrorKind::ResourceBusy.into()
    }
}

impl Retryable for Busy {
    fn decision(&self) -> Decision {
        Decision::Retry
    }
}

/// An error of which each kind of variant decides.
#[derive(Debug, Retryable)]
#[non_exhaustive]
pub enum StoreError<E> {
    /// Passes.
    #[retryable]
    Busy(u32),
    /// So does this.
    #[retryable]
    Lost,
    /// Does not.
    Closed,
    /// Nor does this.
    NoSuchKey {
        /// Which key.
        key: String,
    },
    /// The service refused.
    #[retryable(throttled, after = wait)]
    Refused {
        /// For how long.
        wait: Option<Duration>,
    },
    /// It refused in other words.
    #[retryable(throttled, after = 0)]
    TooMany(Duration),
    /// A variant whose field has the name of another one's.
    #[retryable(throttled, after = wait)]
    Again {
        /// For how long.
        wait: Option<Duration>,
    },
    /// A client's error.
    #[retryable(transparent)]
    Client(E),
    /// An error of the system's.
    #[retryable(transparent = source)]
    Reading {
        /// What was read.
        path: String,
        /// Why not.
        source: io::Error,
    },
    /// What a function decides.
    #[retryable(with = is_server)]
    Status(String),
    /// Which is no longer used.
    #[deprecated]
    #[retryable]
    Old,
}

/// Whether the service is at fault.
fn is_server(status: &str) -> bool {
    status.starts_with('5')
}

/// An error that decides as a whole.
#[derive(Clone, Copy, Debug, Retryable)]
#[non_exhaustive]
#[retryable(after = wait)]
pub struct Held {
    /// For how long.
    pub wait: Duration,
}

/// One that is always alike.
#[derive(Clone, Copy, Debug, Retryable)]
#[non_exhaustive]
#[retryable]
pub struct Passing;

#[test]
fn derived_verdicts() {
    let refused = StoreError::<Busy>::Refused { wait: None };
    assert_eq!(refused.decision(), Decision::Throttled(None), "no wait is named");
    assert_eq!(StoreError::<Busy>::Status("404".to_owned()).decision(), Decision::Stop, "it is the caller's");
    assert_eq!(Passing.decision(), Decision::Retry, "it passes");
    assert_eq!(Held { wait: Duration::ZERO }.decision(), Decision::RetryAfter(Duration::ZERO), "it is asked for");
}

/// Counts the calls of one test.
#[derive(Debug, Default)]
struct Calls(AtomicU32);

impl Calls {
    /// `Err` at the first call and the second, then `Ok(7)`.
    fn fails_twice(&self) -> Result<u32, Busy> {
        let call = self.0.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        if call < 3 { Err(Busy { call, service: "a test" }) } else { Ok(7) }
    }
}

/// Calls it, and asserts that it took three calls to come to what is expected.
#[track_caller]
fn check<T: fmt::Debug + PartialEq, E: fmt::Debug>(call: impl FnOnce(&Calls) -> Result<T, E>, expected: &T) {
    let calls = Calls::default();
    let returned = call(&calls);
    assert_eq!(returned.ok().as_ref(), Some(expected), "what it returned");
    assert_eq!(calls.0.into_inner(), 3, "calls");
}

/// Runs a future that never has to wait for anything.
fn run<T, E: Error + Send + Sync + 'static>(
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, Box<dyn Error + Send + Sync>> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output?),
        Poll::Pending => Err("it waits".into()),
    }
}

/// As short as can be.
#[retry(initial = "0s")]
fn one_line(calls: &Calls) -> Result<u32, Busy> {
    calls.fails_twice()
}

/// As short as can be.
#[retry(initial = "0s", sleep = ready)]
async fn one_line_async(calls: &Calls) -> Result<u32, Busy> {
    calls.fails_twice()
}

/// Every key that takes a literal.
#[retry(
    max = 4,
    initial = "0s",
    factor = 1.5,
    cap = "9s",
    jitter = 0.25,
    max_retry_after = "1m 30s",
    on = Busy::is_early,
    notify = log,
    sleep = no_wait,
    crate = ::persevere
)]
fn literals(calls: &Calls) -> Result<u32, Busy> {
    let number = calls.fails_twice()?;
    if number > 9 {
        return Err(Busy { call: number, service: "ten" });
    }
    Ok(number)
}

/// Every key as an expression, over the parameters.
#[retry(
    policy = policy,
    max = max.saturating_add(1),
    initial = delay,
    factor = f64::from(max),
    cap = delay.saturating_mul(2),
    jitter = Jitter::Equal,
    max_retry_after = Duration::from_secs(9),
    on = up_to(max),
    notify = |event| count(event.attempt(), max),
    sleep = |wait| ready(wait)
)]
async fn expressions(calls: &Calls, policy: Policy, max: u32, delay: Duration) -> Result<u32, Busy> {
    let number = calls.fails_twice()?;
    ready(()).await;
    Ok(number)
}

/// Told of every failure.
fn log(event: &Event<'_, Busy>) {
    assert!(event.error().is_some_and(Busy::is_early), "{:?}", event.error());
}

/// What a closure may call.
fn count(attempt: u32, max: u32) {
    assert!(attempt < max, "attempt {attempt} of {max}");
}

/// The sleep of a sync function.
const fn no_wait(_: Duration) {}

/// What a call may return that `on` is.
fn up_to(most: u32) -> impl Fn(&Busy) -> bool {
    move |busy| busy.call <= most
}

/// Something with methods.
#[derive(Clone, Debug)]
struct Client {
    /// Calls in total.
    max: u32,
    /// The ceiling of the first wait.
    delay: Duration,
    /// How often an attempt was begun.
    begun: u32,
}

impl Client {
    /// A client that does not wait.
    const fn new() -> Self {
        Self { max: 4, delay: Duration::ZERO, begun: 0 }
    }

    /// By reference.
    #[retry(max = self.max, initial = self.delay, on = |busy| busy.call < self.max, notify = |event| count(event.attempt(), self.max))]
    fn get(&self, calls: &Calls) -> Result<u32, Busy> {
        Ok(calls.fails_twice()?.saturating_add(self.begun))
    }

    /// By exclusive reference.
    #[retry(max = self.max, initial = self.delay, jitter = decorrelated, sleep = ready)]
    async fn put(&mut self, calls: &Calls, (left, right): (u32, u32)) -> Result<&'static str, Busy> {
        self.begun = self.begun.saturating_add(left).saturating_add(right);
        let number = calls.fails_twice()?;
        if number == self.begun { Ok("put") } else { Ok("not put") }
    }

    /// By value.
    #[retry(max = 4, initial = "0s", jitter = none)]
    fn consume(mut self, calls: &Calls) -> Result<u32, Busy> {
        self.begun = self.begun.saturating_add(1);
        calls.fails_twice().map(|number| number.saturating_add(self.begun))
    }

    /// By a smart pointer.
    #[retry(initial = "0s", jitter = full, sleep = ready)]
    async fn shared(self: Arc<Self>, calls: &Calls) -> io::Result<u32> {
        Ok(calls.fails_twice()?.saturating_add(self.begun))
    }
}

/// Something with a default method.
trait Api {
    /// What to add.
    fn number(&self) -> u32;

    /// A default method.
    #[retry(initial = "0s", jitter = equal)]
    fn call(&self, calls: &Calls) -> Result<u32, Busy> {
        Ok(calls.fails_twice()?.saturating_add(self.number()))
    }
}

impl Api for Client {
    fn number(&self) -> u32 {
        self.begun
    }
}

/// Generic over the work and what it returns.
#[retry(max = 4, initial = "0s", sleep = ready, on = |_| true)]
async fn generic<F, Fut, T, E>(work: F) -> Result<T, E>
where
    F: Fn() -> Fut + Send + Sync,
    Fut: Future<Output = Result<T, E>> + Send,
    T: Send,
    E: Send,
{
    work().await
}

/// A reference that is moved, one that is pointed elsewhere, and one that is borrowed again.
#[retry(initial = "0s")]
fn references(calls: &Calls, list: &mut [u32], mut text: &str, all: &mut Vec<u32>) -> Result<usize, Busy> {
    for number in list {
        *number = number.saturating_add(1);
    }
    let longer = format!("{text}!");
    text = &longer;
    all.push(1);
    calls.fails_twice().map(|_| text.len().saturating_add(all.len()))
}

/// Patterns and parameters without a name.
#[retry(max = tries, initial = "0s")]
fn patterns(
    calls: &Calls,
    tries: u32,
    [first, ..]: [u32; 3],
    _: u8,
    shown: &impl fmt::Display,
) -> Result<String, Busy> {
    calls.fails_twice().map(|number| format!("{number} {first} {shown}"))
}

/// What it returns is opaque.
#[retry(initial = "0s")]
fn opaque<'numbers>(
    calls: &Calls,
    numbers: &'numbers [u32],
) -> Result<impl Iterator<Item = &'numbers u32> + use<'numbers>, Busy> {
    let _number: u32 = calls.fails_twice()?;
    Ok(numbers.iter())
}

/// Errors of any type.
#[retry(max = 4, initial = "0s", on = |error| error.is::<Busy>())]
fn boxed_errors(calls: &Calls, text: &str) -> Result<u32, Box<dyn Error + Send + Sync>> {
    let number: u32 = text.parse()?;
    Ok(calls.fails_twice()?.saturating_add(number))
}

/// It returns a future.
#[retry(initial = "0s", sleep = ready)]
fn future(calls: &Calls) -> impl Future<Output = Result<u32, Busy>> + Send {
    let plus = 1;
    async move { Ok(calls.fails_twice()?.saturating_add(plus)) }
}

/// It returns a future in a box.
#[retry(initial = "0s", sleep = ready)]
fn boxed_future(calls: &Calls) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
    Box::pin(async move { calls.fails_twice() })
}

/// It passes another function's future on.
#[retry(initial = "0s", sleep = ready)]
fn passed_on(calls: &Calls) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> {
    Box::pin(one_attempt(calls))
}

/// One attempt.
fn one_attempt(calls: &Calls) -> Ready<Result<u32, Busy>> {
    ready(calls.fails_twice())
}

/// It only ever returns.
#[inline]
#[retry(initial = "0s")]
fn r#loop(calls: &Calls) -> Outcome {
    loop {
        match calls.fails_twice() {
            Ok(number) if number > 9 => {}
            outcome => return outcome,
        }
    }
}

/// A `Result` by another name.
type Outcome = Result<u32, Busy>;

#[test]
fn functions() {
    check(one_line, &7);
    check(literals, &7);
    check(|calls| patterns(calls, 4, [1, 2, 3], 4, &"five"), &"7 1 five".to_owned());
    check(|calls| opaque(calls, &[1, 2]).map(Iterator::count), &2);
    check(|calls| boxed_errors(calls, "1"), &8);
    check(r#loop, &7);
}

#[test]
fn async_functions() {
    check(|calls| run(one_line_async(calls)), &7);
    check(|calls| run(expressions(calls, Policy::new(), 3, Duration::ZERO)), &7);
    check(|calls| run(generic(|| one_attempt(calls))), &7);
}

#[test]
fn functions_that_return_a_future() {
    check(|calls| run(future(calls)), &8);
    check(|calls| run(boxed_future(calls)), &7);
    check(|calls| run(passed_on(calls)), &7);
}

#[test]
fn methods() {
    let mut client = Client::new();
    check(|calls| client.get(calls), &7);
    check(|calls| client.call(calls), &7);
    check(|calls| client.clone().consume(calls), &10);
    check(|calls| run(Arc::new(client.clone()).shared(calls)), &7);
    check(|calls| run(client.put(calls, (1, 1))), &"not put");
    assert_eq!(client.begun, 6, "what each attempt did is kept");
}

#[test]
fn references_as_parameters() {
    let (mut list, mut all) = ([0], Vec::new());
    check(|calls| references(calls, &mut list, "a", &mut all), &5);
    assert_eq!(list, [3], "what each attempt did is kept");
}
