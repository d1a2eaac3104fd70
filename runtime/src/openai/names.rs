//! The names of the members that say what an error is, where a body has them.

use super::waits::Unit;

/// What a member says.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    /// A text for people, or an object with one.
    Message,
    /// A text for people that is of use where there is no message.
    Aside,
    Code,
    Type,
    Param,
    /// The kind of object that the body is, `"error"` among them.
    Object,
    /// Names the kind of error, beside `code` and `type`.
    Word,
    /// The HTTP status, or the name of it.
    Status,
    RequestId,
    /// Holds more about the error.
    Within,
    /// Holds the error.
    Error,
    Wait(Unit),
    /// How much of an allowance is left.
    Remaining,
}

/// Names by their letters and digits in lower case, so that `statusCode`, `status_code` and `StatusCode` are one. Of
/// several messages, that of the member which is listed first comes first; of several waits, only that one counts.
pub(super) const NAMES: [(&str, Role); 74] = [
    ("message", Role::Message),
    ("msg", Role::Message),
    ("messages", Role::Message),
    // An object in OpenAI's own shape; a text from Ollama, xAI, Hugging Face.
    ("error", Role::Message),
    ("errors", Role::Message),
    // FastAPI, which vLLM and many gateways are built on, and RFC 9457.
    ("detail", Role::Message),
    ("details", Role::Message),
    ("errormessage", Role::Message),
    // Baidu.
    ("errormsg", Role::Message),
    // MiniMax: `base_resp.status_msg`.
    ("statusmsg", Role::Message),
    // Apigee: `fault.faultstring`.
    ("faultstring", Role::Message),
    // OpenRouter: `metadata.raw` is what the service behind it said, as text.
    ("raw", Role::Message),
    // RFC 6749, 5.2.
    ("errordescription", Role::Aside),
    ("title", Role::Aside),
    ("description", Role::Aside),
    ("code", Role::Code),
    ("errorcode", Role::Code),
    ("errcode", Role::Code),
    ("type", Role::Type),
    ("errortype", Role::Type),
    // Amazon.
    ("amzntype", Role::Type),
    ("param", Role::Param),
    ("object", Role::Object),
    // Google's ErrorInfo and QuotaFailure, and Azure's inner errors.
    ("reason", Role::Word),
    ("quotaid", Role::Word),
    ("quotalimit", Role::Word),
    ("quotavalue", Role::Word),
    ("quotametric", Role::Word),
    ("errorcategory", Role::Word),
    ("status", Role::Status),
    ("statuscode", Role::Status),
    ("rawstatuscode", Role::Status),
    ("httpstatus", Role::Status),
    ("httpstatuscode", Role::Status),
    ("httpcode", Role::Status),
    ("requestid", Role::RequestId),
    // Cohere, Baidu; after the longer name.
    ("id", Role::RequestId),
    ("metadata", Role::Within),
    ("headers", Role::Within),
    // GraphQL.
    ("extensions", Role::Within),
    ("violations", Role::Within),
    ("innererror", Role::Within),
    ("upstreamerror", Role::Within),
    ("providererror", Role::Within),
    ("rawerror", Role::Within),
    ("originalerror", Role::Within),
    ("cause", Role::Within),
    ("body", Role::Within),
    // OpenAI's event `response.failed`, and Tencent, which capitalizes it.
    ("response", Role::Error),
    ("fault", Role::Error),
    ("baseresp", Role::Error),
    // Volcengine.
    ("responsemetadata", Role::Error),
    // Google's RetryInfo, as text or as an object of seconds and nanoseconds.
    ("retrydelay", Role::Wait(Unit::Seconds)),
    ("retryafterms", Role::Wait(Unit::Milliseconds)),
    ("retryaftermilliseconds", Role::Wait(Unit::Milliseconds)),
    ("retryafter", Role::Wait(Unit::Seconds)),
    ("retryafterseconds", Role::Wait(Unit::Seconds)),
    ("retryafterinseconds", Role::Wait(Unit::Seconds)),
    ("retryin", Role::Wait(Unit::Seconds)),
    ("retryinseconds", Role::Wait(Unit::Seconds)),
    // Codex.
    ("resetsinseconds", Role::Wait(Unit::Seconds)),
    ("resetinseconds", Role::Wait(Unit::Seconds)),
    ("resetsin", Role::Wait(Unit::Seconds)),
    ("resetafterseconds", Role::Wait(Unit::Seconds)),
    ("resetafter", Role::Wait(Unit::Seconds)),
    // Gemini Code Assist.
    ("quotaresetdelay", Role::Wait(Unit::Seconds)),
    ("waitseconds", Role::Wait(Unit::Seconds)),
    // Hugging Face, until a model is loaded.
    ("estimatedtime", Role::Wait(Unit::Seconds)),
    ("resetsat", Role::Wait(Unit::Moment)),
    ("resetat", Role::Wait(Unit::Moment)),
    ("retryat", Role::Wait(Unit::Moment)),
    ("quotaresettimestamp", Role::Wait(Unit::Moment)),
    // OpenRouter repeats its headers in `metadata.headers`.
    ("xratelimitreset", Role::Wait(Unit::Moment)),
    ("xratelimitremaining", Role::Remaining),
];

/// How much of a name or a code is read.
pub(super) const LONGEST_WORD: usize = 64;

/// A name or a code by its letters and digits in lower case, so that `insufficient_quota` and `InsufficientQuota` are
/// one.
pub(super) fn letters(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).take(LONGEST_WORD).map(|c| c.to_ascii_lowercase()).collect()
}

/// The index of a name in [`NAMES`].
pub(super) fn index_of(name: &str) -> Option<usize> {
    NAMES.iter().position(|(listed, _)| *listed == name)
}
