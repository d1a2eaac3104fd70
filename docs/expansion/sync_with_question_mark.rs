use crate::{Failed, Upload};
pub fn upload(text: &str) -> Result<u64, Failed> {
    let mut __persevere_call = ::persevere::__private::PlainCall::new();
    loop {
        let __persevere_wait = {
            let __persevere_outcome = (|| -> Result<u64, Failed> {
                let _ = &text;
                '__persevere: { Ok(text.upload()? + 1) }
            })();
            {
                let __persevere_next =
                        match &__persevere_outcome {
                            ::persevere::__private::Err(__persevere_error) =>
                                __persevere_call.after_failure(::persevere::__private::judge(__persevere_error,
                                        &|_| true),
                                    b"\x05\0\0\0\0\0\0\0\0\0\0\0\0e\xcd\x1d\0\0\0\0\0\0\0@<\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf0?x\0\0\0\0\0\0\0\0\0\0\0",
                                    "persevere_expansion::sync_with_question_mark::upload", ()),
                            _ => ::persevere::__private::None,
                        };
                match __persevere_next {
                    ::persevere::__private::Some(__persevere_wait) => __persevere_wait,
                    _ => return __persevere_outcome,
                }
            }
        };
        ::persevere::__private::pause(__persevere_wait);
    }
}
