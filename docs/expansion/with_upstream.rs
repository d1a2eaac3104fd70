use crate::{Failed, SERVICE, Upload};
pub async fn upload(text: &str) -> Result<u64, Failed> {
    const __PERSEVERE_POLICY: ::persevere::__private::FunctionPolicy = ::persevere::__private::FunctionPolicy::new(
        ::persevere::Policy::new(),
        "persevere_expansion::with_upstream::upload",
    );
    let __persevere_upstream = ::persevere::__private::upstream(&SERVICE);
    let mut __persevere_turn = ::persevere::__private::Turn::new();
    let mut __persevere_call = ::persevere::__private::FullCall::new(::persevere::__private::Untimed);
    let mut __persevere_last: ::persevere::__private::Option<Result<u64, Failed>> = ::persevere::__private::None;
    loop {
        let __persevere_wait = {
            let __persevere_answer = __persevere_call.ask_turn(
                &mut ::persevere::__private::Paced::new(
                    __persevere_upstream,
                    &mut __persevere_turn,
                    ::persevere::__private::asynchronous_now,
                ),
                &__PERSEVERE_POLICY,
                &mut __persevere_last,
            );
            let mut __persevere_success = false;
            if __persevere_answer.is_go() {
                let __persevere_outcome = async {
                    if false {
                        return ::persevere::__private::never::<Result<u64, Failed>>();
                    }
                    let _ = &text;
                    '__persevere: { text.send().await }
                }
                .await;
                __persevere_success =
                    ::persevere::__private::succeeds(&__persevere_outcome, &::persevere::__private::accepted);
                if __persevere_success {
                    __persevere_upstream.served(&__persevere_turn, ::persevere::__private::asynchronous_now);
                }
                if __persevere_success {
                    return __persevere_outcome;
                }
                __persevere_last = ::persevere::__private::Some(__persevere_outcome);
            }
            match ::persevere::__private::wait_after_turn(
                __persevere_answer,
                &mut __persevere_last,
                __persevere_success,
                |__persevere_error, __persevere_end| {
                    __persevere_call.after_turn(
                        __persevere_error,
                        __persevere_end,
                        ::persevere::__private::Some(&::persevere::__private::Paced::new(
                            __persevere_upstream,
                            &mut __persevere_turn,
                            ::persevere::__private::asynchronous_now,
                        )),
                        &__PERSEVERE_POLICY,
                        &|__persevere_argument| ::persevere::__private::retryable(__persevere_argument),
                        &::persevere::__private::silent,
                        ::persevere::__private::undescribed,
                    )
                },
            ) {
                ::persevere::__private::Err(__persevere_outcome) => return __persevere_outcome,
                ::persevere::__private::Ok(__persevere_wait) => __persevere_wait,
            }
        };
        if let ::persevere::__private::Some(__persevere_sleep) =
            ::persevere::__private::timer(__persevere_wait, &__PERSEVERE_POLICY)
        {
            __persevere_sleep.await;
        };
    }
}
