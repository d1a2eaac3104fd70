//! Whether code in a body may leave it early, by a `return`, a `?`, a `break` or inside a macro, or may never end.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenTree};

use super::tokens::{is_block, is_ident, is_punct, tokens};

/// Whether something among the tokens of a body may leave it before its end, or may hide what does: a macro, an
/// attribute. A `loop` counts too: it may have no end, after which the compiler would find our code unreachable.
///
/// It errs to yes: `if !done` looks like a macro. Such a body goes into a closure or an async block of its own, which
/// is right for every body and only costs compile time. An error to no would let a `return` leave the whole call.
pub(crate) fn may_leave(body: &[TokenTree]) -> bool {
    let mut after_name = false;
    body.iter().any(|token| match token {
        TokenTree::Ident(name) => {
            after_name = true;
            ["return", "break", "continue", "loop", "do", "yield", "become"].contains(&name.to_string().as_str())
        }
        TokenTree::Punct(punct) => {
            let calls = after_name && punct.as_char() == '!' && punct.spacing() == Spacing::Alone;
            after_name = false;
            calls || matches!(punct.as_char(), '?' | '#')
        }
        TokenTree::Group(group) => {
            // An invisible group may hold the name of a macro: an argument of a `macro_rules!` around this function.
            after_name = group.delimiter() == Delimiter::None;
            may_leave(&tokens(group))
        }
        TokenTree::Literal(_) => {
            after_name = false;
            false
        }
    })
}

/// Whether a body may end in a call that never returns, after which the compiler would find our code unreachable.
///
/// It errs to yes: only a call of a method and an `.await` are taken to return. The guard that a yes brings is right
/// for every body. It errs to no for a method or a future whose value is `!`: rustc then warns of an unreachable
/// statement at the attribute. Such a function has nothing to retry.
pub(crate) fn may_diverge(body: &[TokenTree]) -> bool {
    match body {
        [.., dot, TokenTree::Ident(word)] => !(is_punct(dot, '.') && word == "await"),
        [.., dot, TokenTree::Ident(_), TokenTree::Group(arguments)] => {
            !(is_punct(dot, '.') && arguments.delimiter() == Delimiter::Parenthesis)
        }
        _ => true,
    }
}

/// Whether the statements before an async block leave the function by a `return`. As their last token, `return` returns
/// the block and does not count.
///
/// It errs to yes for a `return` in the arguments of a macro, and for one inside the expression of a closure without
/// braces: such a function is repeated as a whole, which is right.
///
/// It errs to no for a `return` that a macro hides, and in a block that only looks like the body of a closure. So
/// `expand/before.rs` puts statements in which [`may_leave`] finds something into a closure, and the compiler refuses a
/// `return` in them.
pub(crate) fn returns_early(before: &[TokenTree]) -> bool {
    let mut own_body = false;
    before.iter().enumerate().any(|(index, token)| {
        let previous = index.checked_sub(1).map(|index| &before[index]);
        let follows = |character| previous.is_some_and(|token| is_punct(token, character));
        let follows_word = |word| previous.is_some_and(|token| is_ident(token, word));
        match token {
            TokenTree::Ident(word) if word == "return" => !follows('|') && index + 1 < before.len(),
            TokenTree::Ident(word) => {
                own_body |= word == "fn";
                false
            }
            TokenTree::Punct(punct) => {
                // This is the arrow of `|argument| -> Type {`.
                let arrow = punct.as_char() == '-' && before.get(index + 1).is_some_and(|token| is_punct(token, '>'));
                own_body |= arrow && follows('|');
                own_body &= punct.as_char() != ';';
                false
            }
            TokenTree::Group(group) if is_block(token) => {
                let is_own = own_body || follows('|') || follows_word("async") || follows_word("move");
                own_body = false;
                !is_own && returns_early_within(group)
            }
            TokenTree::Group(group) => returns_early_within(group),
            TokenTree::Literal(_) => false,
        }
    })
}

/// Whether a `return` stands in a group. As the last token of a group it does not return the async block.
fn returns_early_within(group: &Group) -> bool {
    let mut inner = tokens(group);
    inner.push(Punct::new(';', Spacing::Alone).into());
    returns_early(&inner)
}

/// The name of a macro that is called among the tokens, to report an error there: the first that may return from the
/// function, else the first.
///
/// It errs to yes for `return !(..)` and the like. It only decides where an error is shown.
pub(crate) fn suspect(tokens: &[TokenTree]) -> Option<Ident> {
    let called = macros(tokens);
    let goes_on = |name: &&Ident| GO_ON.iter().any(|known| *name == known);
    called.iter().find(|name| !goes_on(name)).or(called.first()).cloned()
}

/// Macros of well-known crates that do not return from the function around them.
const GO_ON: [&str; 18] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "concat",
    "debug",
    "debug_assert",
    "env",
    "eprintln",
    "error",
    "format",
    "info",
    "json",
    "matches",
    "println",
    "trace",
    "vec",
    "warn",
    "write",
];

fn macros(tokens: &[TokenTree]) -> Vec<Ident> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match (token, tokens.get(index + 1), tokens.get(index + 2)) {
            (TokenTree::Ident(name), Some(call), Some(TokenTree::Group(_))) if is_punct(call, '!') => {
                found.extend(["if", "while", "match", "in"].iter().all(|word| name != word).then(|| name.clone()));
            }
            (TokenTree::Group(group), ..) => found.extend(macros(&super::tokens(group))),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;

    use super::*;

    fn parsed(text: &str) -> Vec<TokenTree> {
        text.parse::<TokenStream>().unwrap().into_iter().collect()
    }

    #[test]
    fn a_body_that_may_have_no_end_is_any_but_a_method() {
        for text in ["client.load(key)", "let key = key(); client.load(key).await", "load(key).await"] {
            assert!(!may_diverge(&parsed(text)), "{text}");
        }
        for text in [
            "std::process::exit(1)",
            "load.get",
            "client.load(key);",
            "match self.key { _ => std::process::exit(1) }",
            "",
        ] {
            assert!(may_diverge(&parsed(text)), "{text}");
        }
    }

    #[test]
    fn what_may_leave_a_body_is_found_wherever_it_stands() {
        for text in [
            "load(key)?",
            "if bad { return Err(Bad); } Ok(1)",
            "items.iter().map(|item| { return item; }).count()",
            "[1, (2, { break 3 })]",
            "{ { continue } }",
            "loop { step() }",
            "format!(\"{key}\")",
            "std::panic!()",
            "#[cfg(windows)] { leave() } Ok(1)",
        ] {
            assert!(may_leave(&parsed(text)), "{text}");
        }
        // `$name!(key)` in a `macro_rules!`, where `$name` is an invisible group.
        let name = Group::new(Delimiter::None, "bail".parse().unwrap());
        let call: Vec<TokenTree> = [name.into()].into_iter().chain(parsed("!(key)")).collect();
        assert!(may_leave(&call));
        for text in [
            "client.load(key).await",
            "if a != b && !c { Ok(!d) } else { Err(Bad) }",
            "match key { Key::Return => Ok(1), _ if done => Ok(2), _ => Err(Bad) }",
            "for item in items { add(item, \"return?\"); } Ok(r#loops)",
        ] {
            assert!(!may_leave(&parsed(text)), "{text}");
        }
    }

    #[test]
    fn a_return_before_a_block_leaves_unless_it_is_in_a_body_of_its_own() {
        for text in [
            "return other();",
            "if a { return other(); }",
            "if a || b { return other(); }",
            "if a | -b != 0 { return other(); }",
            "let add = |n: u32| n + 1; if a { return other(); }",
            "match a { Some(_) => {} None => return other() }",
        ] {
            assert!(returns_early(&parsed(text)), "{text}");
        }
        for text in [
            "let a = 1; return",
            "fn inner() -> u32 { return 1; }",
            "let add = |n: u32| { return n + 1; };",
            "let add = |n: u32| -> u32 { return n + 1; };",
            "let add = |n: u32| return n + 1;",
            "let job = async { return 1; };",
            "let job = async move { return 1; };",
        ] {
            assert!(!returns_early(&parsed(text)), "{text}");
        }
    }

    #[test]
    fn the_macro_that_may_return_is_found_at_any_depth() {
        for (text, name) in [
            ("if bad { log(); bail!(key) }", Some("bail")),
            ("println!(key); bail!(key)", Some("bail")),
            ("println!(key); warn!(key)", Some("println")),
            ("let a = (1); bail!(key)", Some("bail")),
            ("if !(a) { b() }", None),
        ] {
            assert_eq!(suspect(&parsed(text)).map(|name| name.to_string()).as_deref(), name, "{text}");
        }
    }
}
