use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

/// What the body of a failed response says. Nothing here is refused: what is not there is not there.
#[derive(Debug, Default)]
pub(super) struct ErrorBody {
    pub(super) message: Option<String>,
    pub(super) code: Option<String>,
    pub(super) r#type: Option<String>,
    pub(super) param: Option<String>,
    /// The status, which some gateways repeat: `{"statusCode": 429, ..}`.
    #[cfg(feature = "async-openai")]
    pub(super) status: Option<String>,
}

impl ErrorBody {
    /// Reads `{"error": {"message", "type", "param", "code"}}`, or the same fields without the outer object, as some
    /// gateways send them; the rule of the Python SDK, which reads no fields where `error` is not an object.
    pub(super) fn parse(text: &str) -> Self {
        let outer = object(text);
        let fields = match outer.get("error") {
            Some(error) => object(error.get()),
            None => outer,
        };
        let field = |name| fields.get(name).and_then(|value| scalar(value));
        Self {
            message: fields.get("message").and_then(|value| serde_json::from_str(value.get()).ok()),
            code: field("code"),
            r#type: field("type"),
            param: field("param"),
            #[cfg(feature = "async-openai")]
            status: ["statusCode", "status_code", "status"].into_iter().find_map(field),
        }
    }
}

/// The members of a JSON object, unread: none of them is followed inward, however deep it is nested, and of members
/// with the same name the last one counts.
fn object(text: &str) -> BTreeMap<String, &RawValue> {
    serde_json::from_str(text).unwrap_or_default()
}

/// A string as it is, everything else but `null` as it was written: some services send numbers as codes.
fn scalar(value: &RawValue) -> Option<String> {
    match serde_json::from_str(value.get()) {
        Ok(Value::Null) => None,
        Ok(Value::String(text)) => Some(text),
        _ => Some(value.get().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Message, code, type and param; empty for what the body does not say.
    fn fields(text: &str) -> [String; 4] {
        let ErrorBody { message, code, r#type, param, .. } = ErrorBody::parse(text);
        [message, code, r#type, param].map(Option::unwrap_or_default)
    }

    const NOTHING: [&str; 4] = [""; 4];

    #[test]
    fn the_usual_shape_is_read() {
        let body = r#"{"error": {"message": "m", "type": "t", "param": "p", "code": "c"}}"#;
        assert_eq!(fields(body), ["m", "c", "t", "p"]);
    }

    #[test]
    fn fields_without_the_outer_object_are_read() {
        assert_eq!(fields(r#"{"message": "m", "code": 429}"#), ["m", "429", "", ""]);
    }

    #[test]
    fn an_error_that_is_no_object_hides_the_fields_beside_it() {
        for error in [r#""text""#, "null", "[]", "7"] {
            let body = format!(r#"{{"error": {error}, "code": "c", "message": "m"}}"#);
            assert_eq!(fields(&body), NOTHING, "{error}");
        }
    }

    #[test]
    fn the_last_of_two_members_counts() {
        assert_eq!(fields(r#"{"error": {"code": "a", "code": "b"}}"#), ["", "b", "", ""]);
    }

    #[test]
    fn codes_of_other_types_are_kept_as_written() {
        for code in ["7", "-1.5", "true", r#"{"a":1}"#] {
            let body = format!(r#"{{"error": {{"code": {code}}}}}"#);
            assert_eq!(fields(&body), ["", code, "", ""]);
        }
        assert_eq!(ErrorBody::parse(r#"{"error": {"code": null}}"#).code, None);
    }

    #[test]
    fn what_is_not_json_says_nothing() {
        for text in ["", " \n", "<html>", "null", "5", r#""x""#, "[]", r#"{"error": {"code": "c"#, "{]"] {
            assert_eq!(fields(text), NOTHING, "{text}");
        }
    }

    #[test]
    fn deep_nesting_beside_the_fields_is_passed_over() {
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        let body = format!(r#"{{"error": {{"x": {deep}, "code": "c", "param": {deep}}}, "y": {deep}}}"#);
        assert_eq!(fields(&body), ["", "c", "", deep.as_str()]);
        assert_eq!(fields(&deep), NOTHING);
        assert_eq!(fields(&"[".repeat(10_000)), NOTHING);
    }
}
