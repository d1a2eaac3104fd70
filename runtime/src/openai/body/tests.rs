//! What is read of bodies that no recorded service sent: the bounds, and what counts before what.

use super::*;

#[test]
fn what_is_for_people_to_read_is_known() {
    let long = "x".repeat(LONGEST_WORD + 1);
    for text in ["overloaded", "local_rate_limited.v2-b", "no capacity", "no\ncapacity left", "no capacity\ndata: none"]
    {
        assert_eq!(Said::read(text).aside.as_deref(), Some(text), "{text}");
    }
    for text in ["", "1 thing", "a;b", "no\tcapacity", "no \u{1}capacity", &long] {
        assert_eq!(Said::read(text).aside, None, "{text}");
    }
}

#[cfg(feature = "async-openai")]
#[test]
fn an_error_is_found_in_what_a_client_prints() {
    let message = |text| Said::read_again(text).message;
    assert_eq!(message("[402] Insufficient Balance").as_deref(), Some("[402] Insufficient Balance"));
    assert_eq!(message(r#"{"error": {"message": "slow down"}}"#).as_deref(), Some("slow down"));
    assert_eq!([message("<p></p>"), message(r#"{"error": {"code": "too_many"}}"#)], [None, None]);
}

fn codes(text: &str) -> (Option<String>, Vec<String>) {
    let said = Said::read(text);
    (said.code, said.words)
}

fn message(text: &str) -> Option<String> {
    Said::read(text).message
}

#[test]
fn a_page_is_read_as_far_as_an_element_of_it_is_short_and_near() {
    let title = |before: usize, length: usize| {
        Said::read(&format!(
            "<{:before$}<title>503{:x<length$}</title>",
            "",
            "",
            before = before - 1,
            length = length - 3
        ))
        .aside
    };
    assert_eq!(title(3_999, 9).as_deref(), Some("503xxxxxx"));
    assert_eq!(title(4_000, 9), None);
    assert_eq!(title(1, 3_999).map(|title| title.len()), Some(3_999));
    assert_eq!(title(1, 4_000), None);
}

#[test]
fn an_error_is_followed_eight_steps_inward() {
    let objects = |steps: usize| format!("{}{{\"message\": \"m\"}}{}", "{\"error\": ".repeat(steps), "}".repeat(steps));
    assert_eq!((message(&objects(7)).as_deref(), message(&objects(8))), (Some("m"), None));
    let lists = |steps: usize| format!("{}{{\"message\": \"m\"}}{}", "[".repeat(steps), "]".repeat(steps));
    assert_eq!((message(&lists(7)).as_deref(), message(&lists(8))), (Some("m"), None));
    // A text in a list is a step, and what stands in it begins with the next.
    let texts = |steps: usize| {
        let text = |inner: String, _| serde_json::to_string(&[format!("[{{\"metadata\": {inner}}}]")]).unwrap();
        (0..steps).fold("{\"id\": \"deep\"}".to_owned(), text)
    };
    assert_eq!(Said::read(&texts(2)).request_id.as_deref(), Some("deep"));
    assert_eq!(Said::read(&texts(3)).request_id, None);
}

#[test]
fn sixty_four_values_are_looked_into() {
    let full = format!("[{}]", ["{}"; 16].join(","));
    // The body, four lists, and what is in three of them are 56.
    let body = |last: usize| {
        let last = [vec!["{}"; last], vec!["{\"id\": \"last\"}"]].concat().join(",");
        format!("{{\"metadata\": {full}, \"headers\": {full}, \"extensions\": {full}, \"violations\": [{last}]}}")
    };
    assert_eq!(Said::read(&body(10)).request_id.as_deref(), Some("last"));
    assert_eq!(Said::read(&body(11)).request_id, None);
}

#[test]
fn only_the_error_itself_says_what_the_code_of_the_response_is() {
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    let a = || Some("a".to_owned());
    assert_eq!(codes(r#"[{"code": "a"}]"#), (a(), words(&["a"])));
    assert_eq!(codes(r#"[{"code": "a"}, {"code": "b"}]"#), (None, words(&["a", "b"])));
    assert_eq!(codes(r#"{"errors": [{"code": "a"}, {"code": "b"}]}"#), (None, words(&["a", "b"])));
    assert_eq!(codes(r#"{"error": [{"code": "a"}, {"code": "b"}]}"#), (a(), words(&["a", "b"])));
    assert_eq!(codes(r#"{"error": {"code": "a"}, "code": "b"}"#), (a(), words(&["a", "b"])));
    assert_eq!(codes(r#"{"details": {"error": {"code": "a"}}}"#), (None, words(&["a"])));
    assert_eq!(codes(r#"{"metadata": {"metadata": {"error": {"code": "a"}}}}"#), (None, words(&["a"])));
    let within = Said::read(r#"{"error": {"message": "m", "details": [{"code": "a", "type": "t", "param": "p"}]}}"#);
    assert_eq!((within.code, within.error_type, within.param), (None, None, None));
}

#[test]
fn the_type_error_of_a_body_says_nothing() {
    let error_type = |text| Said::read(text).error_type;
    assert_eq!(error_type(r#"{"type": "error", "message": "m"}"#), None);
    assert_eq!(error_type(r#"{"type": "invalid", "message": "m"}"#).as_deref(), Some("invalid"));
    assert_eq!(error_type(r#"{"error": {"type": "error"}}"#).as_deref(), Some("error"));
}

#[test]
fn each_field_is_of_its_type() {
    let said = Said::read(r#"{"request_id": 5, "title": 5, "code": "429x"}"#);
    assert_eq!((said.request_id, said.aside, said.status), (None, None, None));
    assert_eq!(Said::read(r#"{"code": "429 x"}"#).status, Some(429));
}

#[test]
fn a_reset_is_a_wait_when_nothing_is_left() {
    let waits = |text: &str| Said::read(text).wait_at(|| SystemTime::UNIX_EPOCH);
    let headers = |left| format!(r#"{{"x-ratelimit-reset": "30", "x-ratelimit-remaining": "{left}"}}"#);
    assert_eq!([waits(&headers("0")), waits(&headers("5"))], [Some(Duration::from_secs(30)), None]);
    let first = waits(r#"{"error": {"retry_after": 5}, "retry_after": 7}"#);
    assert_eq!(first, Some(Duration::from_secs(5)), "that of the error counts before that beside it");
}

#[test]
fn a_message_says_everything_once() {
    for (text, expected) in [
        (r#"{"message": "slow down", "detail": "slow"}"#, "slow down"),
        (r#"{"message": "slow", "detail": "slow down"}"#, "slow down"),
        (r#"{"message": "busy -", "detail": "slow down"}"#, "busy: slow down"),
    ] {
        assert_eq!(message(text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(message(r#"{"message": "{\"message\": \" \"}"}"#), None, "there is nothing to be said");
    let length =
        |length| message(&format!(r#"{{"message": "{}", "detail": "new"}}"#, "x".repeat(length))).unwrap().len();
    assert_eq!(length(LONGEST_NESTED), LONGEST_NESTED + ": new".len());
    assert_eq!(length(LONGEST_NESTED + 1), LONGEST_NESTED + 1);
}

#[test]
fn what_else_there_is_to_read_is_said_once() {
    let aside = |one: &str, other: &str| {
        Said::read(&format!(r#"{{"title": "{one}", "description": "{other}"}}"#)).aside.unwrap()
    };
    assert_eq!([aside("one", "other"), aside("one other", "other")], ["one: other", "one other"]);
    let length = |length| aside(&"x".repeat(length), "new").len();
    assert_eq!(length(LONGEST_NESTED), LONGEST_NESTED + ": new".len());
    assert_eq!(length(LONGEST_NESTED + 1), LONGEST_NESTED + 1);
}

#[test]
fn codes_are_few_and_short() {
    let list = format!("[{}]", [r#"{"code": "a"}"#; 16].join(","));
    assert_eq!(Said::read(&format!(r#"{{"code": "", "metadata": {list}}}"#)).words.len(), 16);
    assert_eq!(Said::read(&format!(r#"{{"code": "b", "metadata": {list}, "cause": {list}}}"#)).words.len(), 32);
    let count = |value: String| Said::read(&format!(r#"{{"code": {value}}}"#)).words.len();
    let text = |length: usize| count(format!("\"{}\"", "x".repeat(length - 2)));
    assert_eq!([text(8 * LONGEST_WORD), text(8 * LONGEST_WORD + 1)], [1, 0]);
    let object = |length: usize| count(format!("{{\"a\": \"{}\"}}", "x".repeat(length - 9)));
    assert_eq!([object(8 * LONGEST_WORD), object(8 * LONGEST_WORD + 1)], [1, 0]);
    let number = |length| count("1".repeat(length));
    assert_eq!([number(LONGEST_WORD), number(LONGEST_WORD + 1)], [1, 0]);
}

#[test]
fn a_status_message_is_an_error_with_a_code_that_is_not_zero() {
    let is_error = |text| Said::read(text).is_error;
    assert!(is_error(r#"{"status_msg": "no", "status_code": 1004}"#));
    assert!(!is_error(r#"{"status_msg": "success", "status_code": 0}"#));
    assert!(!is_error(r#"{"status_msg": "success"}"#) && !is_error(r#"{"status_code": 1004}"#));
}
