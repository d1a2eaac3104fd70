//! The fast path: a policy that is known while compiling, as the bytes of one literal.
//!
//! A constant made by calls costs the compiler twenty times as much as a byte string. The runtime's `PolicyBytes` reads
//! what is written here. Without this file every function takes the general path, which does the same. `.ci/run` checks
//! that: it runs the tests of shapes once more with `PERSEVERE_GENERAL_PATH=1`, under which the macros leave the fast
//! path out.

use std::time::Duration;

use crate::attribute::{
    DEFAULT_CAP, DEFAULT_FACTOR, DEFAULT_INITIAL, DEFAULT_MAX, DEFAULT_MAX_RETRY_AFTER, Jitter, Options, PolicyOptions,
    Value,
};

/// How many bytes a policy takes.
const LENGTH: usize = 56;

/// The policy in bytes, if all of it is known while compiling and the call asks for no more than what follows a
/// failure.
pub(crate) fn policy_bytes(options: &Options) -> Option<Vec<u8>> {
    if option_env!("PERSEVERE_GENERAL_PATH").is_some() {
        return None;
    }
    let Options {
        policy,
        timeout,
        attempt,
        previous,
        name: _,
        upstream,
        cost: _,
        on: _,
        until,
        notify: _,
        sleep: _,
        runtime: _,
    } = options;
    if previous.is_some()
        || attempt.is_some()
        || timeout.is_some()
        || until.is_some()
        || upstream.is_some()
        || policy.may_have_deadline()
    {
        return None;
    }
    write(policy)
}

/// `max`, `initial`, `factor`, `cap`, `jitter` and `max_retry_after`, one after the other: numbers little-endian,
/// durations as seconds and nanoseconds.
fn write(policy: &PolicyOptions) -> Option<Vec<u8>> {
    let PolicyOptions { base: None, max, initial, factor, cap, jitter, max_retry_after, deadline: None } = policy
    else {
        return None;
    };
    let initial = literal(initial.as_ref(), DEFAULT_INITIAL)?;
    let jitter = match literal(jitter.as_ref(), Jitter::Full)? {
        Jitter::None => 0.0,
        Jitter::Equal => 0.5,
        Jitter::Full => 1.0,
        Jitter::Fraction(fraction) => fraction,
        // Decorrelated jitter draws from the last wait, which the number of failures does not tell.
        Jitter::Decorrelated => return None,
    };
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.extend(literal(max.as_ref(), DEFAULT_MAX)?.to_le_bytes());
    duration(&mut bytes, initial);
    bytes.extend(literal(factor.as_ref(), DEFAULT_FACTOR)?.to_le_bytes());
    duration(&mut bytes, literal(cap.as_ref(), DEFAULT_CAP.max(initial))?);
    bytes.extend(jitter.to_le_bytes());
    duration(&mut bytes, literal(max_retry_after.as_ref(), DEFAULT_MAX_RETRY_AFTER)?);
    Some(bytes)
}

/// The value, or its default; `None` if it is known only at run time.
fn literal<T: Copy>(value: Option<&Value<T>>, default: T) -> Option<T> {
    match value {
        Some(Value::Literal(value)) => Some(*value),
        Some(Value::Expr(_)) => None,
        None => Some(default),
    }
}

fn duration(bytes: &mut Vec<u8>, duration: Duration) {
    bytes.extend(duration.as_secs().to_le_bytes());
    bytes.extend(duration.subsec_nanos().to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;
    use crate::attribute;
    use crate::errors::Errors;

    fn read_back(arguments: TokenStream) -> Option<persevere::Policy> {
        let errors = Errors::default();
        let options = Options::new(attribute::parse(arguments, &errors), None, &errors);
        assert!(errors.is_empty());
        policy_bytes(&options).map(|bytes| persevere::__private::policy_from_bytes(&bytes.try_into().unwrap()))
    }

    #[test]
    fn the_runtime_reads_what_is_written() {
        let seconds = Duration::from_secs;
        let full = persevere::Policy::new().cap(seconds(60)).jitter(1.0.into());
        for (arguments, policy) in [
            (quote!(), full),
            (quote!(max = 4_294_967_295), full.max(u32::MAX)),
            (quote!(initial = "1m 0.000000001s"), full.initial(Duration::new(60, 1)).cap(Duration::new(60, 1))),
            (
                quote!(initial = "0s", factor = 1.5, jitter = none),
                full.initial(seconds(0)).factor(1.5).jitter(0.0.into()),
            ),
            (quote!(cap = "2h", jitter = equal), full.cap(seconds(7200)).jitter(0.5.into())),
            (quote!(jitter = 0.25, max_retry_after = "7s"), full.jitter(0.25.into()).max_retry_after(seconds(7))),
        ] {
            assert_eq!(read_back(arguments.clone()), Some(policy), "{arguments}");
        }
    }

    #[test]
    fn a_policy_of_run_time_values_or_a_call_that_asks_more_is_not_written() {
        for arguments in [
            quote!(max = tries),
            quote!(initial = delay),
            quote!(factor = growth),
            quote!(cap = longest),
            quote!(jitter = chosen()),
            quote!(max_retry_after = longest),
            quote!(policy = BASE),
            quote!(deadline = "1s"),
            quote!(timeout = "1s"),
            quote!(jitter = decorrelated),
            quote!(until = done),
            quote!(attempt = attempt),
            quote!(previous = previous),
            quote!(upstream = SERVICE),
        ] {
            assert_eq!(read_back(arguments.clone()), None, "{arguments}");
        }
    }
}
