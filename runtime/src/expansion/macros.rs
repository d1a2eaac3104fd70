//! Macros that the expansion calls. Expanding them is faster than receiving the same tokens from the attribute.

/// Asks for the wait before the next attempt after one that failed. If none follows, `$over` ends the call.
///
/// `$unread` is the report of a failure whose error is not read.
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_after_failure {
    (
        $call:ident.$after_failure:ident,
        $outcome:expr,
        $error:ident or $unread:expr,
        $verdict:expr,
        $policy:expr $(; $name:literal)? $(; = $whole:literal)?,
        $over:expr
        $(, $notify:expr)?
    ) => {{
        let __persevere_next = match $outcome {
            $crate::__private::Err($error) => $call.$after_failure(
                $verdict,
                $policy,
                $($crate::__private::concat!($crate::__private::module_path!(), "::", $name),)?
                $($whole,)?
                $crate::__persevere_report!($error, $unread $(, $notify)?),
            ),
            _ => $crate::__private::None,
        };
        match __persevere_next {
            $crate::__private::Some(__persevere_wait) => __persevere_wait,
            _ => $over,
        }
    }};
}

/// How an error is written: with its causes, else by `Display`, else by `Debug`, else not at all. This is a macro,
/// because a generic function cannot find out which traits the error has. Without the feature `tracing` only a `notify`
/// needs it.
#[cfg(feature = "tracing")]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_describe {
    () => {
        $crate::__persevere_describe!(notify)
    };
    (notify) => {
        |__persevere_error| {
            use $crate::__private::shown::{
                ViaBox as _, ViaDebug as _, ViaDisplay as _, ViaError as _, ViaNothing as _,
            };
            (&&&&$crate::__private::shown::Shown(__persevere_error)).__persevere_describe()
        }
    };
}

#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_describe {
    () => {
        $crate::__private::undescribed
    };
    (notify) => {
        |__persevere_error| {
            use $crate::__private::shown::{
                ViaBox as _, ViaDebug as _, ViaDisplay as _, ViaError as _, ViaNothing as _,
            };
            (&&&&$crate::__private::shown::Shown(__persevere_error)).__persevere_describe()
        }
    };
}

/// The report of an attempt that failed. With the feature `tracing` its error is always read, else only by a `notify`.
#[cfg(feature = "tracing")]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_report {
    ($error:expr, $unread:expr) => {
        $crate::__persevere_report!($error, $unread, &$crate::__private::silent)
    };
    ($error:expr, $unread:expr, $notify:expr) => {
        $crate::__private::with_hook($crate::__private::Some($error), $notify, $crate::__persevere_describe!())
    };
}

#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_report {
    ($error:expr, $unread:expr) => {
        $unread
    };
    ($error:expr, $unread:expr, $notify:expr) => {
        $crate::__private::with_hook($crate::__private::Some($error), $notify, $crate::__persevere_describe!(notify))
    };
}
