//! Takes what is secret out of the URLs in a text, before it is printed, logged or kept.
//!
//! Some services take the key in the query (`?key=...`), in the path (`/bot<token>/`), or as the user, and the errors of
//! clients print the whole URL.

use std::borrow::Cow;

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

/// The text; of each URL in it without the query and the fragment, the user and the password, and the segments of the
/// path that look like keys.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    if !text.contains(['?', '@', '/']) {
        return Cow::Borrowed(text);
    }
    let mut redacted = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c| !is_delimiter(c)) {
        let end = rest[start..].find(is_delimiter).map_or(rest.len(), |length| start + length);
        let word = &rest[start..end];
        redacted.push_str(&rest[..start]);
        push_word(&mut redacted, word);
        rest = &rest[end..];
    }
    redacted.push_str(rest);
    if redacted == text { Cow::Borrowed(text) } else { Cow::Owned(redacted) }
}

/// What no URL contains, or what stands around one.
fn is_delimiter(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '"' | '<' | '>' | '`' | '\'' | '(' | ')' | '{' | '}' | '|' | '\\')
}

fn push_word(redacted: &mut String, word: &str) {
    let (before, address) = match word.find("://") {
        Some(at) => word.split_at(at + 3),
        // Without a scheme it is an address if it has a query: `host/path?key=value`.
        None if has_query(word) || word.starts_with("//") => ("", word),
        None => return redacted.push_str(word),
    };
    redacted.push_str(before);
    let (authority, path) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => {
            redacted.push_str(HIDDEN);
            redacted.push('@');
            redacted.push_str(host);
        }
        None => redacted.push_str(authority),
    }
    let (path, query) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            redacted.push('/');
        }
        redacted.push_str(if looks_like_key(segment) { HIDDEN } else { segment });
    }
    // A question mark at the end of a sentence hides nothing.
    if query.len() > 1 {
        redacted.push_str(&query[..1]);
        redacted.push_str(HIDDEN);
    } else {
        redacted.push_str(query);
    }
}

/// Whether there is a `?` with a `name=` behind it.
fn has_query(word: &str) -> bool {
    word.split_once('?').is_some_and(|(_, query)| query.contains('='))
}

/// Whether a part of a path is one that no person would choose: long, of letters and digits without a pattern, or with
/// the beginning that a service gives its keys.
fn looks_like_key(segment: &str) -> bool {
    // Letters and digits in a row that are no name of a model (`claude-3-5-sonnet-20241022`) or of a version.
    const LONG: usize = 16;
    const PREFIXES: [&str; 13] =
        ["sk-", "sk_", "pk-", "pk_", "rk_", "key-", "gsk_", "hf_", "xai-", "nvapi-", "AIza", "ghp_", "bot"];
    let has = |is: fn(&u8) -> bool| segment.as_bytes().iter().any(is);
    let has_digit = has(u8::is_ascii_digit);
    if has_digit && segment.len() >= 12 && PREFIXES.iter().any(|prefix| segment.starts_with(prefix)) {
        return true;
    }
    let mixed = |run: &str| {
        let digits = run.bytes().filter(u8::is_ascii_digit).count();
        run.len() >= LONG && digits >= 2 && digits < run.len()
    };
    let is_hex = |run: &str| run.len() >= 4 && run.bytes().all(|byte| byte.is_ascii_hexdigit());
    let runs = || segment.split(|c: char| !c.is_ascii_alphanumeric());
    // A UUID, or any other long number in hexadecimal.
    let hex: usize = runs().filter(|run| is_hex(run)).map(str::len).sum();
    runs().any(mixed) || (hex >= 24 && has_digit && runs().all(is_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_urls_are_taken_out() {
        for (text, expected) in [
            ("GET https://h/v1?key=SECRET: refused", "GET https://h/v1?[redacted] refused"),
            ("error for url (https://h/v1?a=1&key=SECRET)", "error for url (https://h/v1?[redacted])"),
            ("https://user:SECRET@h:8080/v1", "https://[redacted]@h:8080/v1"),
            ("https://SECRET@h", "https://[redacted]@h"),
            ("url: \"https://h/v1#SECRET\"", "url: \"https://h/v1#[redacted]\""),
            ("https://h/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send", "https://h/[redacted]/send"),
            ("https://h/sk-proj-4f9aC/v1", "https://h/[redacted]/v1"),
            ("https://h/0123456789abcdef0123456789abcdef/v1", "https://h/[redacted]/v1"),
            ("https://h/123e4567-e89b-12d3-a456-426614174000/v1", "https://h/[redacted]/v1"),
            ("bad uri: h/v1?key=SECRET", "bad uri: h/v1?[redacted]"),
            ("one https://a/?x=SECRET two https://b/?y=SECRET", "one https://a/?[redacted] two https://b/?[redacted]"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "",
            "connection refused",
            "model 'm' not found, try pulling it first",
            "See https://platform.openai.com/account/rate-limits to learn more.",
            "https://h/openai/deployments/gpt-4o-mini-2024-07-18/chat/completions",
            "https://h/models/claude-3-5-sonnet-20241022",
            "https://h/models/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            "What now? See a@b.c or /etc/hosts",
            "Is https://h/v1 up?",
        ] {
            assert!(matches!(redacted(text), Cow::Borrowed(_)), "{text}: {}", redacted(text));
        }
    }
}
