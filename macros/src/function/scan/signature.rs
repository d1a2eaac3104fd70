//! The parts of a function, and of its types.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use syn::buffer::Cursor;

use super::tokens::{is_ident, is_punct};
use crate::spans::with_content;

/// The lifetimes of a type except `'static`: `_` stands for one that has no name.
///
/// It errs to none for a path that hides its lifetime, as `Ref<T>` does. If the outcome then borrows from a parameter
/// that each attempt borrows again, rustc refuses the function.
pub(crate) fn lifetimes(ty: TokenStream) -> Vec<String> {
    let tokens: Vec<TokenTree> = ty.into_iter().collect();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1);
        match (token, next) {
            (token, Some(TokenTree::Ident(name))) if is_punct(token, '\'') => found.push(name.to_string()),
            (token, next) if is_punct(token, '&') && !next.is_some_and(|next| is_punct(next, '\'')) => {
                found.push("_".to_owned());
            }
            (TokenTree::Group(group), _) => found.extend(lifetimes(group.stream())),
            _ => {}
        }
    }
    found.retain(|name| name != "static");
    found
}

/// Whether there is a reference in a receiver, as in `&self` or `self: Pin<&mut Self>`. It does not err, as `&` is
/// nothing else there.
pub(crate) fn has_reference(receiver: TokenStream) -> bool {
    receiver.into_iter().any(|token| match token {
        TokenTree::Group(group) => has_reference(group.stream()),
        token => is_punct(&token, '&'),
    })
}

/// The type with `'_` for every lifetime except `'static`.
pub(crate) fn without_lifetimes(ty: TokenStream) -> TokenStream {
    inferring_lifetimes(ty, &|name| name != "static")
}

/// The type with `'_` for every lifetime, for the variable that holds an outcome. With the lifetimes in the type of the
/// variable, rustc would report a wrong one at the variable, and not at the value that the body returns.
///
/// A type that may declare lifetimes of its own, as `dyn for<'a> Fn(&'a str)` does, stays as it is.
pub(crate) fn any_lifetime(ty: TokenStream) -> TokenStream {
    if declares_lifetimes(ty.clone()) { ty } else { inferring_lifetimes(ty, &|_| true) }
}

fn inferring_lifetimes(ty: TokenStream, is_inferred: &dyn Fn(&Ident) -> bool) -> TokenStream {
    let mut after_quote = false;
    let infer = |token| {
        let starts = is_punct(&token, '\'');
        let is_name = std::mem::replace(&mut after_quote, starts);
        match token {
            TokenTree::Ident(name) if is_name && is_inferred(&name) => Ident::new("_", name.span()).into(),
            TokenTree::Group(group) => with_content(&group, inferring_lifetimes(group.stream(), is_inferred)).into(),
            other => other,
        }
    };
    ty.into_iter().map(infer).collect()
}

/// Whether a `_` stands for a type or for a part of one. `'_` is a lifetime. It does not err, as `_` is nothing else in
/// a type.
pub(crate) fn leaves_out_types(ty: TokenStream) -> bool {
    let mut after_quote = false;
    ty.into_iter().any(|token| {
        let is_lifetime = std::mem::replace(&mut after_quote, is_punct(&token, '\''));
        match token {
            TokenTree::Ident(name) => name == "_" && !is_lifetime,
            TokenTree::Group(group) => leaves_out_types(group.stream()),
            _ => false,
        }
    })
}

/// Whether a type may declare lifetimes of its own: by `for<'a>`, or in the arguments of a function, as `Fn(&str)`
/// does.
///
/// It errs to yes for a tuple behind a lifetime, as `Fn` may have any name. The type then keeps its lifetimes, which
/// only decides where an error is shown.
fn declares_lifetimes(ty: TokenStream) -> bool {
    let mut after_name = false;
    ty.into_iter().any(|token| {
        let is_called = std::mem::replace(&mut after_name, matches!(token, TokenTree::Ident(_)));
        match token {
            TokenTree::Ident(name) => name == "for",
            TokenTree::Group(group) => {
                is_called && group.delimiter() == Delimiter::Parenthesis || declares_lifetimes(group.stream())
            }
            _ => false,
        }
    })
}

/// The names of the parameters that are shared references: `&self`, `name: &T`.
///
/// It errs to no for an alias of a reference. It only decides where an error is shown.
pub(crate) fn shared_references(parameters: &Group) -> Vec<Ident> {
    let shared = |tokens: TokenStream| {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (name, ty) = match &tokens[leading_attributes(&tokens)..] {
            [TokenTree::Ident(name), _, ty @ ..] => (Some(name), ty),
            ty => (None, ty),
        };
        let [and, ty @ ..] = ty else { return None };
        let ty = if ty.first().is_some_and(|token| is_punct(token, '\'')) { ty.get(2..)? } else { ty };
        match (name, ty) {
            _ if !is_punct(and, '&') => None,
            // `&self`
            (None, [TokenTree::Ident(name)]) => Some(name.clone()),
            (Some(name), [first, ..]) if !is_ident(first, "mut") => Some(name.clone()),
            _ => None,
        }
    };
    at_commas(parameters).into_iter().filter_map(shared).collect()
}

/// Whether a body may not name this type: there is an `impl Trait` in it, or a macro that may make one.
///
/// It errs to yes: `Result<!, E>` has the `!` of a macro. The type is then learned from the body instead of being
/// named, which is right for every type.
pub(crate) fn is_unnameable(ty: TokenStream) -> bool {
    ty.into_iter().any(|token| match token {
        TokenTree::Ident(name) => name == "impl",
        TokenTree::Punct(punct) => punct.as_char() == '!',
        TokenTree::Group(group) => is_unnameable(group.stream()),
        TokenTree::Literal(_) => false,
    })
}

/// The index of the parameters among the tokens that start at `fn` or behind the name: the first parentheses outside of
/// generics.
///
/// It counts `<` and `>`. A constant expression in generics stands in braces, which are one token, so its operators do
/// not count. If it were wrong, no return type would be found, which is reported.
pub(crate) fn parameters(signature: &[TokenTree]) -> Option<usize> {
    let (mut depth, mut after_dash) = (0_u32, false);
    for (index, token) in signature.iter().enumerate() {
        match token {
            TokenTree::Group(group) if depth == 0 && group.delimiter() == Delimiter::Parenthesis => return Some(index),
            token if is_punct(token, '<') => depth += 1,
            token if is_punct(token, '>') && !after_dash => depth = depth.saturating_sub(1),
            _ => {}
        }
        after_dash = is_punct(token, '-');
    }
    None
}

/// The parameters of a function, each by itself.
///
/// A comma between `<` and `>` separates none. If these were ever miscounted, the pieces would be no parameters that
/// syn can read, and would be written out again as they were.
pub(crate) fn at_commas(parameters: &Group) -> Vec<TokenStream> {
    let (mut depth, mut after_dash) = (0_u32, false);
    let (mut parts, mut part) = (Vec::new(), TokenStream::new());
    for token in parameters.stream() {
        if is_punct(&token, '<') {
            depth += 1;
        } else if is_punct(&token, '>') && !after_dash {
            depth = depth.saturating_sub(1);
        } else if is_punct(&token, ',') && depth == 0 {
            parts.push(std::mem::take(&mut part));
            continue;
        }
        after_dash = is_punct(&token, '-');
        part.extend([token]);
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Where a return type ends: at `where`, at the `;` of a function without a body, or with the tokens. It does not err,
/// as neither stands in a type outside of a group.
pub(crate) fn return_type_end(tokens: &[TokenTree]) -> usize {
    tokens.iter().position(|token| is_ident(token, "where") || is_punct(token, ';')).unwrap_or(tokens.len())
}

/// Whether a lifetime of this name stands among the tokens, outside of groups.
pub(crate) fn has_lifetime(tokens: &[TokenTree], name: &str) -> bool {
    tokens.windows(2).any(|pair| is_punct(&pair[0], '\'') && is_ident(&pair[1], name))
}

/// Whether `fn` follows, after the words that may stand before it. The last of them may be unknown, as a keyword of a
/// newer Rust.
///
/// It errs to yes: tokens that are no function are refused when the signature is parsed.
pub(crate) fn starts_function(mut cursor: Cursor<'_>) -> bool {
    let mut is_known = true;
    loop {
        let Some((word, rest)) = cursor.ident() else {
            let Some((_, rest)) = cursor.literal() else { return false };
            cursor = rest;
            continue;
        };
        let word = word.to_string();
        if word == "fn" {
            return true;
        }
        if !is_known {
            return false;
        }
        is_known = ["const", "async", "gen", "unsafe", "safe", "default", "extern"].contains(&word.as_str());
        cursor = rest;
    }
}

/// The body of a function, also where `macro_rules!` made it of a `$body:block`. It does not err.
pub(crate) fn braced(token: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = token else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut tokens = group.stream().into_iter();
            let body = braced(&tokens.next()?)?;
            tokens.next().is_none().then_some(body)
        }
        Delimiter::Parenthesis | Delimiter::Bracket => None,
    }
}

/// How many tokens at the start are attributes. It does not err: `#` and brackets are nothing else before a function.
pub(crate) fn leading_attributes(head: &[TokenTree]) -> usize {
    let is_attr = |pair: &&[TokenTree]| match pair {
        [hash, TokenTree::Group(_)] => is_punct(hash, '#'),
        _ => false,
    };
    2 * head.chunks_exact(2).take_while(is_attr).count()
}

/// Whether a body starts with inner attributes. It does not err: `#!` starts nothing else.
pub(crate) fn has_inner_attributes(body: &[TokenTree]) -> bool {
    matches!(body, [hash, bang, ..] if is_punct(hash, '#') && is_punct(bang, '!'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> TokenStream {
        text.parse().unwrap()
    }

    #[test]
    fn lifetimes_are_inferred_where_a_type_declares_none() {
        for (ty, inferred) in [
            ("Result<&'a str, Failed<'static>>", "Result<&'_ str, Failed<'_>>"),
            ("Result<(&'a str, [&'b u8; 2]), E>", "Result<(&'_ str, [&'_ u8; 2]), E>"),
            ("Result<Box<dyn Error + 'a>, E>", "Result<Box<dyn Error + '_>, E>"),
            ("Result<Box<dyn Fn(&'a str) -> &'a str>, E>", "Result<Box<dyn Fn(&'a str) -> &'a str>, E>"),
            ("Result<for<'x> fn(&'x str) -> &'x str, E>", "Result<for<'x> fn(&'x str) -> &'x str, E>"),
            ("Result<Box<dyn for<'x> Load<'x>>, E>", "Result<Box<dyn for<'x> Load<'x>>, E>"),
        ] {
            assert_eq!(any_lifetime(parsed(ty)).to_string(), parsed(inferred).to_string());
        }
    }

    #[test]
    fn the_lifetime_of_what_lives_forever_is_kept() {
        let ty = without_lifetimes(parsed("BoxFuture<'a, Result<&'static str, (E, &'b u8)>>"));
        assert_eq!(ty.to_string(), parsed("BoxFuture<'_, Result<&'static str, (E, &'_ u8)>>").to_string());
    }

    #[test]
    fn lifetimes_are_found_in_every_part_of_a_type() {
        for (ty, found) in [
            ("Result<&'a str, E<'b>>", &["a", "b"][..]),
            ("Result<&str, &'static str>", &["_"]),
            ("Result<(&'a str, [&u8; 2]), E>", &["a", "_"]),
        ] {
            assert_eq!(lifetimes(parsed(ty)), found, "{ty}");
        }
    }

    #[test]
    fn a_lifetime_is_known_by_its_name_only() {
        let generics = |text: &str| parsed(text).into_iter().collect::<Vec<_>>();
        assert!(has_lifetime(&generics("<'life0, 'async_trait, T>"), "async_trait"));
        assert!(!has_lifetime(&generics("<'a, T>"), "async_trait"));
        assert!(!has_lifetime(&generics("<'a, async_trait>"), "async_trait"));
    }

    #[test]
    fn a_lifetime_to_be_inferred_leaves_out_no_type() {
        for (ty, leaves_out) in
            [("Result<&'_ str, E>", false), ("Result<_, E<'_>>", true), ("Result<(u8, _), E>", true)]
        {
            assert_eq!(leaves_out_types(parsed(ty)), leaves_out, "{ty}");
        }
    }

    #[test]
    fn shared_references_are_those_without_mut() {
        let parameters = "(&'a self, #[cfg(all())] a: &str, b: &mut u8, mut c: &u8, d: &'a mut u8, e: &'a u8, f: String, g: Vec<&u8>, \
             (h, i): &(u8, u8))";
        let Some(TokenTree::Group(parameters)) = parsed(parameters).into_iter().next() else { panic!("no parameters") };
        assert_eq!(shared_references(&parameters), ["self", "a", "e"]);
        let Some(TokenTree::Group(receiver)) = parsed("(self: &Self)").into_iter().next() else {
            panic!("no receiver")
        };
        assert_eq!(shared_references(&receiver), ["self"]);
    }

    #[test]
    fn a_comma_in_generics_separates_no_parameters() {
        let parameters = "(a: HashMap<A, B>, f: impl Fn(u8, u8) -> Vec<C>, b: Vec<Vec<u8>>, (c, d): (u8, u8),)";
        let Some(TokenTree::Group(parameters)) = parsed(parameters).into_iter().next() else { panic!("no parameters") };
        let parts: Vec<String> = at_commas(&parameters).iter().map(ToString::to_string).collect();
        let expected =
            ["a: HashMap<A, B>", "f: impl Fn(u8, u8) -> Vec<C>", "b: Vec<Vec<u8>>", "(c, d): (u8, u8)"].map(parsed);
        assert_eq!(parts, expected.map(|part| part.to_string()));
    }
}
