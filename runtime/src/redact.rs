//! Takes what is secret out of the URLs in a text, before it is printed, logged or kept.
//!
//! Some services take the key in the query (`?key=...`), in the path (`/bot<token>/`), or as the user, and the errors
//! of clients print the whole URL. If it is not clear where a URL ends, more is hidden rather than less.

use std::borrow::Cow;

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

/// The text, in which the query, the fragment, the user, the password, and the path segments that look like keys are
/// hidden in each URL.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    if !text.contains(['?', '@', '/', '&']) && !text.contains(": Some(\"") {
        return Cow::Borrowed(text);
    }
    let taken_apart = without_fields(text);
    let mut redacted = String::new();
    let mut rest = &*taken_apart;
    while let Some(start) = rest.find(|c| !is_delimiter(c)) {
        let end = rest[start..].find(is_delimiter).map_or(rest.len(), |length| start + length);
        redacted.push_str(&rest[..start]);
        // Punctuation that ends a sentence or closes a bracket is not part of the URL before it.
        let word = rest[start..end].trim_end_matches(['.', ',', ';', ':', '!', '\'', ')', ']', '}', '|']);
        push_word(&mut redacted, word);
        redacted.push_str(&rest[start + word.len()..end]);
        rest = &rest[end..];
    }
    redacted.push_str(rest);
    if redacted == text { Cow::Borrowed(text) } else { Cow::Owned(redacted) }
}

/// Whether no URL contains the character. Brackets, single quotes and bars may stand in one:
/// `?fields=items(id)&key=...`.
fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '`' | '\\')
}

/// The text without the values of the fields in which `url::Url` prints its parts by `Debug`.
fn without_fields(text: &str) -> Cow<'_, str> {
    const FIELDS: [&str; 4] = ["username: \"", "password: Some(\"", "query: Some(\"", "fragment: Some(\""];
    if !text.contains("scheme: \"") {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    for field in FIELDS {
        let mut from = 0;
        while let Some(at) = text[from..].find(field) {
            let start = from + at + field.len();
            let end = start + text[start..].find('"').unwrap_or(text.len() - start);
            if start < end {
                text.replace_range(start..end, HIDDEN);
            }
            from = start;
        }
    }
    // Here the path stands alone, without a host, so that nothing below would take it for a URL: its segments are
    // checked now.
    let mut from = 0;
    while let Some(at) = text[from..].find("path: \"") {
        let start = from + at + "path: \"".len();
        let end = start + text[start..].find('"').unwrap_or(text.len() - start);
        let mut path = String::new();
        push_segments(&mut path, &text[start..end]);
        text.replace_range(start..end, &path);
        from = start;
    }
    Cow::Owned(text)
}

fn push_word(redacted: &mut String, word: &str) {
    let Some(at) = word.find("://") else { return push_without_scheme(redacted, word) };
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    let scheme = word[..at].trim_end_matches(is_scheme).len();
    push_without_scheme(redacted, &word[..scheme]);
    redacted.push_str(&word[scheme..at + 3]);
    push_address(redacted, &word[at + 3..]);
}

/// Writes a word that has no scheme. An address is recognized by its query (`host/path?key=value`), its user
/// (`user:password@host`), or by two slashes. An `&name=` is the rest of a query that has white space in it.
fn push_without_scheme(redacted: &mut String, word: &str) {
    let is_named = |query: &str| query.split_once('=').is_some_and(|(name, _)| !name.is_empty());
    if let Some(address) = word.strip_prefix("//") {
        redacted.push_str("//");
        push_address(redacted, address);
    } else if word.split_once('?').is_some_and(|(path, query)| is_named(query) || path.contains('/')) {
        push_address(redacted, word);
    } else if let Some((before, _)) = word.split_once('&').filter(|(_, query)| is_named(query)) {
        redacted.push_str(before);
        redacted.push('&');
        redacted.push_str(HIDDEN);
    } else {
        push_user(redacted, word);
    }
}

fn push_address(redacted: &mut String, address: &str) {
    let authority = &address[..address.find(['/', '?', '#']).unwrap_or(address.len())];
    // A "port" that is not a number is the start of a password that contains `/`, `?` or `#`: `user:pass/word@host`.
    let is_cut = authority.rsplit_once(':').is_some_and(|(host, port)| {
        !host.starts_with('[') && !port.contains('@') && !port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let user = if is_cut { address.rfind('@') } else { authority.rfind('@') };
    let address = match user {
        Some(at) => {
            redacted.push_str(HIDDEN);
            &address[at..]
        }
        None => address,
    };
    let (path, query) = address.split_at(address.find(['?', '#']).unwrap_or(address.len()));
    push_segments(redacted, path);
    // A question mark at the end of a sentence hides nothing.
    if query.len() > 1 {
        redacted.push_str(&query[..1]);
        redacted.push_str(HIDDEN);
    } else {
        redacted.push_str(query);
    }
}

/// Writes a host and a path, without the segments that look like keys.
fn push_segments(redacted: &mut String, path: &str) {
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            redacted.push('/');
        }
        if index > 0 && looks_like_key(segment) {
            redacted.push_str(HIDDEN);
        } else {
            push_user(redacted, segment);
        }
    }
}

/// Writes a word, and hides all that stands before its last `@` if there is a colon in it: `user:password@host`, also
/// in the path of another URL.
fn push_user(redacted: &mut String, word: &str) {
    match word.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            redacted.push_str(HIDDEN);
            redacted.push('@');
            redacted.push_str(host);
        }
        _ => redacted.push_str(word),
    }
}

/// Whether a segment of a path was not chosen by a person: it is long, of letters and digits without a pattern, or it
/// begins as a service's keys do, or it is a whole query that has been escaped.
fn looks_like_key(segment: &str) -> bool {
    // From this length on, a run of letters and digits is a key. The runs in names of models
    // (`claude-3-5-sonnet-20241022`) and of versions are shorter.
    const LONG: usize = 16;
    const PREFIXES: [&str; 22] = [
        "sk-",
        "sk_",
        "pk-",
        "pk_",
        "rk_",
        "key-",
        "gsk_",
        "hf_",
        "xai-",
        "nvapi-",
        "AIza",
        "ghp_",
        "bot",
        "csk-",
        "eyJ",
        "fw_",
        "github_pat_",
        "glpat-",
        "pplx-",
        "r8_",
        "xox",
        "ya29.",
    ];
    let has = |is: fn(&u8) -> bool| segment.as_bytes().iter().any(is);
    let has_digit = has(u8::is_ascii_digit);
    if has_digit && segment.len() >= 12 && PREFIXES.iter().any(|prefix| segment.starts_with(prefix)) {
        return true;
    }
    if segment.contains("%3D") || segment.contains("%3d") {
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
            ("GET https://h/v1?key=SECRET: refused", "GET https://h/v1?[redacted]: refused"),
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

    /// Each of these once got through.
    #[test]
    fn no_shape_of_a_url_hides_a_secret() {
        for (text, expected) in [
            ("https://h/v1?fields=items(id)&key=SECRET", "https://h/v1?[redacted]"),
            ("(https://h/v1?a={b}|c&key=SECRET): refused", "(https://h/v1?[redacted]): refused"),
            ("'https://h/v1?a='b'&key=SECRET', twice", "'https://h/v1?[redacted]', twice"),
            ("https://h/v1?q=two words&key=SECRET", "https://h/v1?[redacted] words&[redacted]"),
            ("https://user:SEC/RET@h/v1", "https://[redacted]@h/v1"),
            ("https://user:SEC?RET@h/v1", "https://[redacted]@h/v1"),
            ("proxy user:SECRET@h:8080 refused", "proxy [redacted]@h:8080 refused"),
            ("https:\\/\\/user:SECRET@h\\/v1", "https:\\/\\[redacted]@h\\/v1"),
            ("https://a/https://user:SECRET@b/c", "https://a/https://[redacted]@b/c"),
            ("https://a,https://user:SECRET@b", "https://a,https://[redacted]@b"),
            ("h/v1?key=SECRET,https://b/v1", "h/v1?[redacted]https://b/v1"),
            ("redirected to /v1/chat?SECRET", "redirected to /v1/chat?[redacted]"),
            ("https://h/to/https%3A%2F%2Fb%2F%3Fkey%3DSECRET", "https://h/to/[redacted]"),
            (
                "Url { scheme: \"https\", username: \"SECRET\", password: Some(\"SECRET\"), path: \"/key-SECRET-12345/v1\", \
                 query: Some(\"key=SECRET\"), fragment: Some(\"SECRET\") }",
                "Url { scheme: \"https\", username: \"[redacted]\", password: Some(\"[redacted]\"), path: \"/[redacted]/v1\", \
                 query: Some(\"[redacted]\"), fragment: Some(\"[redacted]\") }",
            ),
            ("scheme: \"data\", fragment: Some(\"SECRET\")", "scheme: \"data\", fragment: Some(\"[redacted]\")"),
            ("scheme: \"https\", query: Some(\"key=SEC", "scheme: \"https\", query: Some(\"[redacted]"),
            ("scheme: \"https\", path: \"/v1/sk-SECRET-12345", "scheme: \"https\", path: \"/v1/[redacted]"),
            ("https://user:SECRET@h/v1/a@b", "https://[redacted]@h/v1/a@b"),
            ("https://h/v1/aB3dE5gH7jK9mN1p/x", "https://h/v1/[redacted]/x"),
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
            "https://h/publishers/anthropic/models/claude-sonnet-4@20250514:predict",
            "https://h/models/meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8",
            "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
            "http://[::1]:8080/v1, http://127.0.0.1:43210/v1 (refused); http://ec2-203-0-113-25.compute-1.amazonaws.com/v1.",
            "What now? See a@b.c or /etc/hosts",
            "Is https://h/v1 up?",
            "Is it https://h/v1? No, it is http://h.",
            "http://[::1]/users/a@b",
            "https://d111111abcdef8x9y2.cdn.example/v1",
            "https://h/bottom-sheets/bot7",
            "https://h/orders/1234567890123456",
            "https://h/cafe/1234/2024-05-06",
            "Url { scheme: \"https\", username: \"\", password: None, path: \"/v1\", query: None, fragment: None }",
            "rock & roll, a&b, {\"a\": 1}",
        ] {
            assert!(matches!(redacted(text), Cow::Borrowed(_)), "{text}: {}", redacted(text));
        }
    }
}
