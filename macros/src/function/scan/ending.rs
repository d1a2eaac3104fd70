//! The end of a body: where its last value starts, and which tokens stand around that.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

use super::tokens::{is_ident, is_punct};
use super::variables::mentions;

/// The span of the first token of a body's last value, which stands behind the last `;`. `None` if the body has a
/// `return`.
///
/// With an `if` or a block before the value it errs to a token that is too early. It only decides where an error is
/// shown.
pub(crate) fn last_value(body: &[TokenTree]) -> Option<Span> {
    let start = body.iter().rposition(|token| is_punct(token, ';')).map_or(0, |end| end + 1);
    let first = body.get(start)?;
    let returns = mentions(body.iter().cloned().collect(), "return");
    (!returns).then(|| first.span())
}

/// Splits off the last token, if it is the word `name`.
pub(crate) fn take_ident(tokens: &mut Vec<TokenTree>, name: &str) -> Option<TokenTree> {
    if tokens.last().is_some_and(|token| is_ident(token, name)) { tokens.pop() } else { None }
}

/// Splits off a final `.boxed()` or `.boxed_local()`.
///
/// Any method of that name is taken for the one of the `futures` crate. Another one returns a future as well, or else
/// the function does not compile.
pub(crate) fn take_boxed(tokens: &mut Vec<TokenTree>) -> TokenStream {
    if let [.., dot, method, TokenTree::Group(arguments)] = &tokens[..] {
        let boxed = is_ident(method, "boxed") || is_ident(method, "boxed_local");
        if is_punct(dot, '.') && boxed && arguments.stream().is_empty() {
            return tokens.split_off(tokens.len() - 3).into_iter().collect();
        }
    }
    TokenStream::new()
}

/// Splits off a final `path::pin(..)`, whatever the path before `pin` is: `Box`, or `std::boxed::Box`.
pub(crate) fn take_pin(tokens: &mut Vec<TokenTree>) -> Option<(TokenStream, Group)> {
    let [.., pin, TokenTree::Group(arguments)] = &tokens[..] else { return None };
    if !is_ident(pin, "pin") || arguments.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let arguments = arguments.clone();
    let in_path =
        |token: &&TokenTree| is_punct(token, ':') || matches!(token, TokenTree::Ident(ident) if ident != "return");
    let length = tokens.iter().rev().skip(1).take_while(in_path).count();
    tokens.pop();
    let path = tokens.split_off(tokens.len() - length);
    Some((path.into_iter().collect(), arguments))
}
