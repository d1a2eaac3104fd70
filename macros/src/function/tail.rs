//! The async block that a function returns at the end of its body: alone, in `Box::pin(..)`, or before `.boxed()`.
//!
//! The statements before the block run once, when the function is called. The block is repeated.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::scan::{is_block, is_ident, is_punct, take_boxed, take_ident, take_pin};
use crate::spans::with_content;

/// A body that ends in an async block: what stands before the block, around it, and in it.
pub(crate) struct Tail {
    /// The statements before the block.
    pub(crate) before: Vec<TokenTree>,
    /// The path and the parentheses of a `Box::pin(..)` around the block.
    wrapper: Option<(TokenStream, Group)>,
    /// A `.boxed()` or `.boxed_local()` behind the block, else nothing.
    method: TokenStream,
    /// The word `move`, if the block has it.
    capture: Option<TokenTree>,
    /// The word `async`.
    keyword: TokenTree,
    /// The block itself.
    pub(crate) block: Group,
}

impl Tail {
    /// Finds the block, if the body ends in one.
    ///
    /// It errs to no: a block that stands in another expression is not found. The whole body then runs again for the
    /// future of each attempt.
    pub(crate) fn find(body: &Group) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
        if let [TokenTree::Group(group)] = &tokens[..] {
            if group.delimiter() == Delimiter::None {
                return Self::find(group);
            }
        }
        // `return async { .. };` is a tail as well. Without the `return` the future would be dropped.
        let discarded = tokens.last().is_some_and(|token| is_punct(token, ';'));
        if discarded {
            tokens.pop();
        }
        let method = take_boxed(&mut tokens);
        let wrapper = take_pin(&mut tokens);
        let (mut inner, path) = match wrapper {
            Some((path, group)) => (group.stream().into_iter().collect(), Some((path, group))),
            None => (std::mem::take(&mut tokens), None),
        };
        if path.is_some() && inner.last().is_some_and(|token| is_punct(token, ',')) {
            inner.pop();
        }
        let TokenTree::Group(block) = inner.pop()? else { return None };
        if block.delimiter() != Delimiter::Brace {
            return None;
        }
        let capture = take_ident(&mut inner, "move");
        let keyword = take_ident(&mut inner, "async")?;
        let before = if path.is_some() {
            if !inner.is_empty() {
                return None;
            }
            tokens
        } else {
            inner
        };
        let returned = match before.last() {
            Some(token) if is_ident(token, "return") => true,
            Some(token) => (is_block(token) || is_punct(token, ';')) && !discarded,
            None => !discarded,
        };
        returned.then_some(Self { before, wrapper: path, method, capture, keyword, block })
    }

    /// Whether nothing stands around the block.
    pub(crate) fn is_bare(&self) -> bool {
        self.wrapper.is_none() && self.method.is_empty()
    }

    /// The tail with another content in its block.
    pub(crate) fn with(&self, content: TokenStream) -> TokenStream {
        self.around(&self.capture.to_token_stream(), content)
    }

    /// The tail with another content in its block, which is made `move`.
    pub(crate) fn moving(&self, content: TokenStream) -> TokenStream {
        let capture = self.capture.as_ref().map_or_else(|| quote!(move), ToTokens::to_token_stream);
        self.around(&capture, content)
    }

    fn around(&self, capture: &TokenStream, content: TokenStream) -> TokenStream {
        let Self { wrapper, method, keyword, block, .. } = self;
        let block = with_content(block, content);
        let block = quote!(#keyword #capture #block);
        let wrapped = match wrapper {
            Some((path, group)) => {
                let group = with_content(group, block);
                quote!(#path #group)
            }
            None => block,
        };
        quote!(#wrapped #method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(body: &str) -> Option<Tail> {
        let tokens: TokenStream = format!("{{ {body} }}").parse().unwrap();
        let Some(TokenTree::Group(group)) = tokens.into_iter().next() else { unreachable!() };
        Tail::find(&group)
    }

    fn text(tokens: &[TokenTree]) -> String {
        tokens.iter().cloned().collect::<TokenStream>().to_string()
    }

    #[test]
    fn tails_are_found() {
        for (body, before) in [
            ("async { 1 }", ""),
            ("async move { 1 }", ""),
            ("let a = 1 ; async move { a }", "let a = 1 ;"),
            ("if a { return b ; } Box::pin(async move { 1 })", "if a { return b ; }"),
            ("if a { b() } async { 1 }", "if a { b() }"),
            ("let a = 1 ; ::std::boxed::Box::pin(async { 1 } ,)", "let a = 1 ;"),
            ("f(a) ; async move { 1 }.boxed()", "f (a) ;"),
            ("return Box::pin(async move { 1 }) ;", "return"),
            ("a() ; return async move { 1 }", "a () ; return"),
        ] {
            let tail = find(body).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(text(&tail.before).replace(' ', ""), before.replace(' ', ""), "{body}");
            let whole = format!("{} {}", text(&tail.before), tail.with(tail.block.stream()));
            let expected: TokenStream = body.trim_end_matches(" ;").replace(" ,)", ")").parse().unwrap();
            assert_eq!(whole.replace(' ', ""), expected.to_string().replace(' ', ""));
        }
    }

    #[test]
    fn other_bodies_have_no_async_tail() {
        for body in [
            "",
            "1",
            "inner(x)",
            "Ok(async { 1 })",
            "let a = async { 1 } ;",
            "spawn(async { 1 })",
            "x + async { 1 }",
            "async { 1 } ;",
            "a() ; Box::pin(async { 1 }) ;",
            "if a { b() } async { 1 } ;",
            "async { 1 }.fuse()",
            "async { 1 }.boxed(a)",
            "async { 1 }.await",
        ] {
            assert!(find(body).is_none(), "{body}");
        }
    }
}
