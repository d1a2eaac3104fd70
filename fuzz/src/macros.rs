//! The macros: they never panic, and write what parses wherever what they were given does.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{File, Item};

/// The text of a duration. Written with its nanoseconds it is the same duration.
pub fn duration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(read) = super::duration::parse(&text) {
        let written = format!("{}s {}ns", read.as_secs(), read.subsec_nanos());
        assert_eq!(super::duration::parse(&written), Ok(read), "{text}");
    }
}

/// The attribute's arguments, on functions of several kinds.
pub fn arguments(data: &[u8]) {
    const FUNCTIONS: [&str; 4] = [
        "fn load(a: u32, b: &str) -> Result<u32, Failed> { call(a, b) }",
        "async fn load(mut a: String) -> io::Result<u32> { call(&mut a).await }",
        "fn load(&self, n: u32) -> impl Future<Output = Result<u32, Failed>> { let n = n; async move { call(n).await } }",
        "fn load() {}",
    ];
    let Some(arguments) = tokens(data) else { return };
    for function in FUNCTIONS {
        expanded(arguments.clone(), &function.parse().unwrap());
    }
}

/// The arguments, a line feed, and the whole function.
pub fn function(data: &[u8]) {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let (Some(arguments), Some(function)) = (parts.next().and_then(tokens), parts.next().and_then(tokens)) else {
        return;
    };
    expanded(arguments, &function);
}

/// An enum or a struct that derives `Retryable`.
pub fn derive(data: &[u8]) {
    let Some(input) = tokens(data) else { return };
    // Of what is no item rustc derives nothing.
    let Ok(Item::Enum(_) | Item::Struct(_) | Item::Union(_)) = syn::parse2(input.clone()) else { return };
    parsed(super::derive::retryable(input.clone()), &input);
}

fn expanded(arguments: TokenStream, function: &TokenStream) {
    let is_item = syn::parse2::<Item>(function.clone()).is_ok_and(|item| !matches!(item, Item::Verbatim(_)));
    let output = super::expand::retry(arguments, function);
    if is_item {
        parsed(output, function);
    }
}

fn parsed(output: TokenStream, input: &TokenStream) {
    let written = output.to_string();
    if let Err(error) = syn::parse2::<File>(output) {
        panic!("{error}: {written}\nof {input}");
    }
}

/// The tokens of a text, where it is nothing that only a program writes: of what nests without an end, be it by brackets
/// or by `<`, rustc and syn both run out of stack.
fn tokens(data: &[u8]) -> Option<TokenStream> {
    let tokens: TokenStream = std::str::from_utf8(data).ok()?.parse().ok()?;
    let mut left = Left { tokens: 1000, angles: 48 };
    is_small(&tokens, 32, &mut left).then_some(tokens)
}

/// How much of a text may still come.
struct Left {
    tokens: usize,
    /// Each `<` may open a list of generics in the one before, also behind a name.
    angles: usize,
}

fn is_small(tokens: &TokenStream, depth: u32, left: &mut Left) -> bool {
    const LONGEST_ROW: u32 = 32;
    let mut row = 0;
    tokens.clone().into_iter().all(|token| {
        left.tokens = left.tokens.saturating_sub(1);
        row = if matches!(token, TokenTree::Punct(_)) { row + 1 } else { 0 };
        if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '<') {
            left.angles = left.angles.saturating_sub(1);
        }
        left.tokens > 0
            && left.angles > 0
            && row < LONGEST_ROW
            && match token {
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => false,
                TokenTree::Group(group) => depth > 0 && is_small(&group.stream(), depth - 1, left),
                _ => true,
            }
    })
}
