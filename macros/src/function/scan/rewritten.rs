//! The statements that `#[async_trait]` has written, and its name for `self`.

use proc_macro2::{Ident, TokenStream, TokenTree};

use super::signature::leading_attributes;
use super::tokens::{is_block, is_ident, is_punct, tokens};
use super::variables::mentions;
use crate::spans::with_content;

/// How many tokens the first statement has, if it is one of those with which `#[async_trait]` moves the arguments into
/// the future: `let name = name;`, `let __self = self;`, `let pattern = __arg1;`, `let pattern = { let __arg1 = __arg1;
/// __arg1 };` and, before them, `if let .. = None::<Outcome> { return __ret; }`.
///
/// It errs to no: any other statement belongs to the attempt, and is repeated.
pub(crate) fn async_trait_statement(tokens: &[TokenTree]) -> Option<usize> {
    let keyword = leading_attributes(tokens);
    if tokens.get(keyword).is_some_and(|token| is_ident(token, "if")) {
        let returns = |token: &TokenTree| matches!(token, TokenTree::Group(group) if is_block(token) && mentions(group.stream(), "__ret"));
        return tokens.iter().position(returns).map(|end| end + 1);
    }
    let end = tokens.iter().position(|token| is_punct(token, ';'))?;
    let statement = tokens.get(keyword..end)?;
    let equals = statement.iter().position(|token| is_punct(token, '='))?;
    let (pattern, value) = (&statement[..equals], &statement[equals + 1..]);
    let is_argument = |name: &Ident| name.to_string().starts_with("__arg");
    let [keyword, .., last] = pattern else { return None };
    let moves = match value {
        [TokenTree::Ident(name)] => {
            let name = name.to_string();
            is_ident(last, &name) || is_ident(last, "__self") || name.starts_with("__arg")
        }
        [TokenTree::Group(group)] => {
            matches!(&self::tokens(group)[..], [keyword, TokenTree::Ident(name), ..]
                if is_ident(keyword, "let") && is_argument(name))
        }
        _ => false,
    };
    (is_ident(keyword, "let") && moves).then_some(end + 1)
}

/// The index of the first statement of `#[async_trait]` that takes apart an argument `__arg..` which `used` mentions.
pub(crate) fn taken_apart(statements: &[TokenTree], used: &TokenStream) -> Option<usize> {
    let mut start = 0;
    while let Some(length) = async_trait_statement(&statements[start..]) {
        let statement = &statements[start..start + length];
        let is_argument = |token: &TokenTree| {
            let TokenTree::Ident(name) = token else { return false };
            name.to_string().starts_with("__arg") && mentions(used.clone(), name)
        };
        let inner = statement.iter().rev().find_map(|token| match token {
            TokenTree::Group(group) => Some(tokens(group)),
            _ => None,
        });
        if is_ident(&statement[0], "let") && statement.iter().chain(inner.iter().flatten()).any(is_argument) {
            return Some(start);
        }
        start += length;
    }
    None
}

/// The name in `let __self = self;`, with which `#[async_trait]` renames `self`, wherever it stands.
pub(crate) fn renamed_self(tokens: TokenStream) -> Option<Ident> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let named = tokens.windows(3).find_map(|statement| match statement {
        [TokenTree::Ident(name), equals, value] if is_punct(equals, '=') && is_ident(value, "self") => {
            (name == "__self").then(|| name.clone())
        }
        _ => None,
    });
    named.or_else(|| {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => renamed_self(group.stream()),
            _ => None,
        })
    })
}

/// The tokens with `name` for every `self`, each shown where `self` was.
pub(crate) fn renamed(tokens: TokenStream, name: &Ident) -> TokenStream {
    let rename = |token| match token {
        TokenTree::Ident(ident) if ident == "self" => {
            let mut name = name.clone();
            name.set_span(name.span().located_at(ident.span()));
            name.into()
        }
        TokenTree::Group(group) => with_content(&group, renamed(group.stream(), name)).into(),
        other => other,
    };
    tokens.into_iter().map(rename).collect()
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn self_has_another_name_where_it_is_given_one() {
        for statements in [
            quote!(let __self = self;),
            quote!(Box::pin(async move {
                let __self = self;
                __self.load()
            })),
        ] {
            assert_eq!(renamed_self(statements).unwrap().to_string(), "__self");
        }
        for statements in [quote!(let this = self;), quote!(let __self = other;), quote!(f(__self.name, self))] {
            assert_eq!(renamed_self(statements.clone()), None, "{statements}");
        }
    }
}
