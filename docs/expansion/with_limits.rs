use crate::{Failed, Upload};
pub async fn upload(text: &str) -> Result<u64, Failed> {
    const __PERSEVERE_POLICY: ::persevere::__private::FunctionPolicy = ::persevere::__private::FunctionPolicy::new(
        ::persevere::Policy::new().deadline(::persevere::__private::Duration::new(60u64, 0u32)),
        "persevere_expansion::with_limits::upload",
    );
    let __persevere_timeout = ::persevere::__private::timeout(::persevere::__private::Duration::new(10u64, 0u32));
    let mut __persevere_call =
        ::persevere::__private::FullCall::new(::persevere::__private::Stopwatch::asynchronous(&__PERSEVERE_POLICY));
    loop {
        let __persevere_wait = {
            let __persevere_outcome = ::persevere::__private::within(
                'p: {
                    super let mut pinned =
                                    async {
                                        if false {
                                            return ::persevere::__private::never::<Result<u64,
                                                        Failed>>();
                                        }
                                        let _ = &text;
                                        '__persevere: { text.send().await }
                                    };
                    break 'p unsafe { ::core::pin::Pin::new_unchecked(&mut pinned) };

                    #[expect(unreachable_code)]
                    ::core::pin::unreachable_pin_macro_type_constraint(pinned)
                },
                __persevere_call.limit(__persevere_timeout, &__PERSEVERE_POLICY),
                |__persevere_wait| ::persevere::__private::timer(__persevere_wait, &__PERSEVERE_POLICY),
            )
            .await;
            {
                let __persevere_next = match &__persevere_outcome {
                    ::persevere::__private::Err(__persevere_error) => __persevere_call.after_failure(
                        ::persevere::__private::retryable(__persevere_error),
                        &__PERSEVERE_POLICY,
                        (),
                    ),
                    _ => ::persevere::__private::None,
                };
                match __persevere_next {
                    ::persevere::__private::Some(__persevere_wait) => __persevere_wait,
                    _ => return __persevere_outcome,
                }
            }
        };
        if let ::persevere::__private::Some(__persevere_sleep) =
            ::persevere::__private::timer(__persevere_wait, &__PERSEVERE_POLICY)
        {
            __persevere_sleep.await;
        };
    }
}
