//! Which variables tokens read, assign to and hide.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::tokens::{is_ident, is_punct, punctuation, tokens};
use crate::spans::with_content;

/// Whether the name stands among the tokens.
///
/// It errs to yes, since a field or another crate's item may have the name of a parameter. A yes takes a value for an
/// expression that the compiler judges, or adds a statement that reads a variable: neither changes what is repeated.
pub(crate) fn mentions<N: ?Sized>(tokens: TokenStream, name: &N) -> bool
where
    Ident: PartialEq<N>,
{
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

/// The tokens without those that are not wanted, in groups too.
pub(crate) fn without(tokens: TokenStream, is_unwanted: &dyn Fn(&TokenTree) -> bool) -> TokenStream {
    let kept = tokens.into_iter().filter(|token| !is_unwanted(token)).map(|token| match token {
        TokenTree::Group(group) => with_content(&group, without(group.stream(), is_unwanted)).into(),
        other => other,
    });
    kept.collect()
}

/// Whether the statements give this name to a variable of their own: it stands in the pattern of a `let` that is not
/// nested.
///
/// It errs to yes for a constant or a field in a pattern, and to no for a variable that a macro declares.
pub(crate) fn shadows(statements: &[TokenTree], name: &Ident) -> bool {
    let mut in_pattern = false;
    statements.iter().any(|token| match token {
        TokenTree::Ident(word) if word == "let" => {
            in_pattern = true;
            false
        }
        TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | ';') => {
            in_pattern = false;
            false
        }
        token => in_pattern && mentions(token.clone().into(), name),
    })
}

/// Whether the statements assign to this variable or borrow it mutably.
///
/// It errs to yes for a field of that name.
pub(crate) fn assigns(statements: &[TokenTree], name: &Ident) -> bool {
    statements.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            let borrows = index > 0 && is_ident(&statements[index - 1], "mut");
            // The first two tokens behind it that are no part of a comparison: `=`, `+=`, `<<=`.
            let operator: String = statements[index + 1..].iter().map_while(punctuation).take(3).collect();
            let assigns = ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];
            borrows || assigns.iter().any(|assign| operator.starts_with(assign)) && !operator.starts_with("==")
        }
        TokenTree::Group(group) => assigns(&tokens(group), name),
        _ => false,
    })
}

/// Whether the statements look at what this variable points to: at a field, an element, a method, or by `*` or `&mut`.
///
/// It errs to yes for a field of that name.
pub(crate) fn looks_behind(statements: &[TokenTree], name: &Ident) -> bool {
    statements.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            let before = index.checked_sub(1).map(|index| &statements[index]);
            let after = statements.get(index + 1);
            before.is_some_and(|token| is_punct(token, '*') || is_ident(token, "mut"))
                || after.is_some_and(|token| match token {
                    TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
                    token => is_punct(token, '.'),
                })
        }
        TokenTree::Group(group) => looks_behind(&tokens(group), name),
        _ => false,
    })
}

/// The first of the tokens that reads one of the variables for which `is_variable` holds. What follows a dot is a field or
/// a method, what follows or precedes a colon part of a path, a field or a type.
pub(crate) fn first_read(tokens: &[TokenTree], is_variable: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    tokens.iter().enumerate().find_map(|(index, token)| match token {
        TokenTree::Ident(name) => {
            let next_to = |index: Option<usize>, characters: &[char]| {
                let token = index.and_then(|index| tokens.get(index));
                token.and_then(punctuation).is_some_and(|character| characters.contains(&character))
            };
            let is_part = next_to(index.checked_sub(1), &['.', ':']) || next_to(Some(index + 1), &[':']);
            (!is_part && is_variable(name)).then(|| name.clone())
        }
        TokenTree::Group(group) => first_read(&super::tokens(group), is_variable),
        _ => None,
    })
}
