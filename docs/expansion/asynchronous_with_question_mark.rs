use crate::{Failed, Upload};
pub async fn upload(text: &str) -> Result<u64, Failed> {
    let mut __persevere_call = ::persevere::__private::PlainAsyncCall::new();
    loop {
        {
            let __persevere_outcome = __persevere_call
                .make(async {
                    if false {
                        return ::persevere::__private::never::<Result<u64, Failed>>();
                    }
                    let _ = &text;
                    '__persevere: { Ok(text.send().await? + 1) }
                })
                .await;
            {
                let __persevere_next =
                    match &__persevere_outcome {
                        ::persevere::__private::Err(__persevere_error) =>
                            __persevere_call.after_failure(::persevere::__private::judge(__persevere_error,
                                    &|_| true),
                                b"\x05\0\0\0\0\0\0\0\0\0\0\0\0e\xcd\x1d\0\0\0\0\0\0\0@<\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0?x\0\0\0\0\0\0\0\0\0\0\0",
                                "persevere_expansion::asynchronous_with_question_mark::upload",
                                ()),
                        _ => ::persevere::__private::None,
                    };
                match __persevere_next {
                    ::persevere::__private::Some(__persevere_wait) => __persevere_wait,
                    _ => return __persevere_outcome,
                }
            }
        }
    }
}
