//! Parts of the expansion that the compiler fills in faster than it takes as many tokens from the attribute.

/// The wait before the next attempt, if one is to follow; else `$over` ends the call. The compiler fills this in faster
/// than it takes as many tokens from the attribute.
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_again {
    (
        $running:ident.$again:ident,
        $outcome:expr,
        $error:ident or $unseen:expr,
        $verdict:expr,
        $settings:expr $(; $name:literal)?,
        $over:expr
        $(, $notify:expr)?
    ) => {{
        let __persevere_next = match $outcome {
            $crate::__private::Err($error) => $running.$again(
                $verdict,
                $settings,
                $($crate::__private::concat!($crate::__private::module_path!(), "::", $name),)?
                $crate::__persevere_told!($error, $unseen $(, $notify)?),
            ),
            _ => $crate::__private::None,
        };
        match __persevere_next {
            $crate::__private::Some(__persevere_wait) => __persevere_wait,
            _ => $over,
        }
    }};
}

/// How an error is written: by `Display`, else by `Debug`, else not at all. The expansion finds out which, since a
/// generic function cannot; without the feature it does not ask.
#[cfg(feature = "tracing")]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_describe {
    () => {
        |__persevere_error| {
            use $crate::__private::shown::{ViaDebug as _, ViaDisplay as _, ViaNothing as _};
            (&&$crate::__private::shown::Shown(__persevere_error)).__persevere_describe()
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
}

/// What is told of a failed attempt: its error, to a hook and to subscribers, or `$unseen` where there is neither.
#[cfg(feature = "tracing")]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_told {
    ($error:expr, $unseen:expr) => {
        $crate::__persevere_told!($error, $unseen, &$crate::__private::silent)
    };
    ($error:expr, $unseen:expr, $notify:expr) => {
        $crate::__private::telling($crate::__private::Some($error), $notify, $crate::__persevere_describe!())
    };
}

#[cfg(not(feature = "tracing"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __persevere_told {
    ($error:expr, $unseen:expr) => {
        $unseen
    };
    ($error:expr, $unseen:expr, $notify:expr) => {
        $crate::__private::telling($crate::__private::Some($error), $notify, $crate::__persevere_describe!())
    };
}
