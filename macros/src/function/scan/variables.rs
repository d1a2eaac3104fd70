//! Which variables tokens read, assign to and hide.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};

use super::tokens::{is_ident, is_punct, punctuation, tokens};
use crate::spans::with_content;

/// Whether the name stands among the tokens.
///
/// It errs to yes, since a field or another crate's item may have the name of a parameter. A yes leaves a value to the
/// compiler, or chooses another form for a hook, a parameter, a body or a span of `tracing`: no form changes what is
/// repeated.
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

/// The tokens without those for which `is_unwanted` holds, in groups too.
pub(crate) fn without(tokens: TokenStream, is_unwanted: &dyn Fn(&TokenTree) -> bool) -> TokenStream {
    let kept = tokens.into_iter().filter(|token| !is_unwanted(token)).map(|token| match token {
        TokenTree::Group(group) => with_content(&group, without(group.stream(), is_unwanted)).into(),
        other => other,
    });
    kept.collect()
}

/// Whether the statements declare a variable of this name: it stands in the pattern of a `let` that is not nested.
///
/// It errs to yes for a constant or a field in a pattern: a parameter then stays as it is, and a hook that reads the
/// name is refused. It errs to no for a variable that a macro declares: a hook then reads that variable.
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
/// It errs to yes for a field of that name, and for an arm `name => ..`. The parameter then keeps a `mut` that it may
/// not need.
pub(crate) fn assigns(statements: &[TokenTree], name: &Ident) -> bool {
    statements.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Ident(ident) if ident == name => {
            let borrows = index.checked_sub(1).is_some_and(|before| is_ident(&statements[before], "mut"));
            // These are up to three characters of punctuation behind the name, as in `<<=`. `==` compares.
            let operator: String = statements[index + 1..].iter().map_while(punctuation).take(3).collect();
            let assigns = ["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="];
            borrows || assigns.iter().any(|assign| operator.starts_with(assign)) && !operator.starts_with("==")
        }
        TokenTree::Group(group) => assigns(&tokens(group), name),
        _ => false,
    })
}

/// Whether the statements use what this variable points to: a field, an element, a method, or all of it by `*` or
/// `&mut`.
///
/// It errs to yes for a field of that name, and to no for a pattern that takes the target apart. It only decides where
/// an error is shown.
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

/// The first of the tokens that reads one of the variables for which `is_variable` holds. A name behind a dot is that
/// of a field or a method, and a name next to a colon is part of a path, a field or a type.
///
/// It errs to yes for the name of a macro or of a label: the hook is then refused, and works under another name. It
/// errs to no for a variable behind `..`: the hook then reads the variable of the body.
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

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    #[test]
    fn a_name_is_mentioned_at_any_depth() {
        for (tokens, is_there) in [
            (quote!(T), true),
            (quote!(Vec<T>), true),
            (quote!((u8, [T; 2])), true),
            (quote!(fn(u8) -> Box<dyn Fn(&T)>), true),
            (quote!((u8, [U; 2])), false),
        ] {
            assert_eq!(mentions(tokens.clone(), "T"), is_there, "{tokens}");
        }
    }

    fn list(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    fn key() -> Ident {
        Ident::new("key", proc_macro2::Span::call_site())
    }

    #[test]
    fn a_variable_is_declared_in_the_pattern_of_a_let() {
        for text in [
            "let key = 1;",
            "let mut key: u8 = 1;",
            "let (a, [key, ..]) = b;",
            "let reply::Reply { key } = b;",
            "let Some::<u8>(key) = b else { return };",
        ] {
            assert!(shadows(&list(text), &key()), "{text}");
        }
        for text in ["let a = key;", "let a; key = 1;", "use(key)", "{ let key = 1; }"] {
            assert!(!shadows(&list(text), &key()), "{text}");
        }
    }

    #[test]
    fn a_variable_is_assigned_or_borrowed_mutably() {
        for text in ["key = 1;", "a(); key += 1;", "key <<= 1;", "set(&mut key);", "if a { key = 1; }"] {
            assert!(assigns(&list(text), &key()), "{text}");
        }
        for text in ["key == 1", "a = key;", "key.len();", "set(&key);", "other = 1;", "key >= 1"] {
            assert!(!assigns(&list(text), &key()), "{text}");
        }
    }

    #[test]
    fn a_name_that_is_part_of_another_reads_no_variable() {
        for text in ["key", "a(b, key)", "[1, { key.len() }]", "&key"] {
            assert_eq!(first_read(&list(text), &|name| *name == key()), Some(key()), "{text}");
        }
        for text in ["a.key", "a::key", "key::A", "Reply { key: a }", "other"] {
            assert_eq!(first_read(&list(text), &|name| *name == key()), None, "{text}");
        }
    }
}
