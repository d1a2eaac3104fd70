//! Every look at tokens that are not parsed, and to which side each of them errs.
//!
//! A body stays the tokens that the user wrote: to parse it is what an attribute takes its time for, and what breaks on
//! syntax that is newer than the parser. A look at tokens can be wrong, so each says in which direction, and why the
//! function is repeated correctly all the same.

use proc_macro2::{Delimiter, Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use syn::buffer::Cursor;

use crate::spans::with_content;

/// The tokens of a group, to be looked at more than once.
pub(crate) fn tokens(group: &Group) -> Vec<TokenTree> {
    group.stream().into_iter().collect()
}

pub(crate) fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

pub(crate) fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == name)
}

pub(crate) fn is_block(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

/// Whether something among the tokens of a body may leave it before its end, or hides what does: a macro, an attribute.
/// A `loop` counts too: it may have no end, after which the compiler would find our code unreachable.
///
/// It errs to yes: `if !done` looks like a macro. Such a body goes into a closure or an async block of its own, which is
/// right for every body and only costs compile time. An error to no would let a `return` leave the whole call.
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
            // A name may be what `macro_rules!` was given.
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
/// It errs to yes: only a call of a method, or what is awaited of one, is known to return. The guard that a yes brings
/// is right for every body. It errs to no for a method that is declared `-> !`: rustc then warns of an unreachable
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

/// The lifetimes of a type, but for `'static`: `_` stands for one that is not named.
///
/// It errs to none for a path that hides its lifetime, as `Ref<T>` does. Whatever then borrows from a parameter that is
/// borrowed anew for each attempt is refused by rustc.
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

/// The type with every lifetime to be inferred but `'static`.
pub(crate) fn without_lifetimes(ty: TokenStream) -> TokenStream {
    let mut after_quote = false;
    let infer = |token| {
        let starts = is_punct(&token, '\'');
        let is_name = std::mem::replace(&mut after_quote, starts);
        match token {
            TokenTree::Ident(name) if is_name && name != "static" => Ident::new("_", name.span()).into(),
            TokenTree::Group(group) => with_content(&group, without_lifetimes(group.stream())).into(),
            other => other,
        }
    };
    ty.into_iter().map(infer).collect()
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

/// Whether what stands before an async block leaves the function by a `return` of its own. `return` as the last token is
/// that of the block.
///
/// It errs to yes for a `return` in the arguments of a macro, and in a closure whose body is neither braced nor the
/// `return` itself: such a function is repeated as a whole. It errs to no for a macro that hides its `return`.
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
                // `|argument| -> Type {`
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

/// Whether a `return` stands in a group, where its being last means nothing.
fn returns_early_within(group: &Group) -> bool {
    let mut inner = tokens(group);
    inner.push(Punct::new(';', Spacing::Alone).into());
    returns_early(&inner)
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

fn punctuation(token: &TokenTree) -> Option<char> {
    if let TokenTree::Punct(punct) = token { Some(punct.as_char()) } else { None }
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
        TokenTree::Group(group) => first_read(&self::tokens(group), is_variable),
        _ => None,
    })
}

/// Where the parameters stand among the tokens from `fn` on, or from behind the name: the first parentheses that are not
/// those of generics.
///
/// In generics it follows `<` and `>`, of which an expression in braces hides its own. If it were wrong, no type of an
/// outcome would be found, which is reported.
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

/// Where a return type ends: at `where`, at the `;` of a function without a body, or with the tokens. It does not err, as
/// neither stands in a type outside of a group.
pub(crate) fn return_type_end(tokens: &[TokenTree]) -> usize {
    tokens.iter().position(|token| is_ident(token, "where") || is_punct(token, ';')).unwrap_or(tokens.len())
}

/// Whether a lifetime of this name stands among the tokens, outside of groups.
pub(crate) fn has_lifetime(tokens: &[TokenTree], name: &str) -> bool {
    tokens.windows(2).any(|pair| is_punct(&pair[0], '\'') && is_ident(&pair[1], name))
}

/// Whether `fn` follows, after words that may stand before it. One word among them may be unknown.
///
/// It errs to yes: what then is no function is refused when the signature is parsed.
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

/// How many tokens the first statement has, if it is one of those with which `#[async_trait]` moves the arguments into the
/// future: `let name = name;`, `let __self = self;`, `let pattern = __arg1;`, `let pattern = { let __arg1 = __arg1; __arg1
/// };` and, before them, `if let .. = None::<Outcome> { return __ret; }`.
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
            is_ident(last, &name) || is_ident(last, "__self") && name == "self" || name.starts_with("__arg")
        }
        [TokenTree::Group(group)] => {
            matches!(&self::tokens(group)[..], [keyword, TokenTree::Ident(name), ..]
                if is_ident(keyword, "let") && is_argument(name))
        }
        _ => false,
    };
    (is_ident(keyword, "let") && moves).then_some(end + 1)
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

/// The tokens with another name for `self`, each shown where it was.
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

/// Splits off a final word.
pub(crate) fn take_ident(tokens: &mut Vec<TokenTree>, name: &str) -> Option<TokenTree> {
    if tokens.last().is_some_and(|token| is_ident(token, name)) { tokens.pop() } else { None }
}

/// Splits off a final `.boxed()` or `.boxed_local()`.
///
/// It takes any method of that name for the one of the `futures` crate. One that is not either returns a future all the
/// same, or the function does not compile.
pub(crate) fn take_boxed(tokens: &mut Vec<TokenTree>) -> TokenStream {
    if let [.., dot, method, TokenTree::Group(arguments)] = &tokens[..] {
        let boxed = is_ident(method, "boxed") || is_ident(method, "boxed_local");
        if is_punct(dot, '.') && boxed && arguments.stream().is_empty() {
            return tokens.split_off(tokens.len() - 3).into_iter().collect();
        }
    }
    TokenStream::new()
}

/// Splits off a final `path::pin( .. )`, whatever the path before `pin` is.
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

#[cfg(test)]
mod tests {
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
        for text in [
            "client.load(key).await",
            "if a != b && !c { Ok(!d) } else { Err(Bad) }",
            "match key { Key::Return => Ok(1), _ if done => Ok(2), _ => Err(Bad) }",
            "for item in items { add(item, \"return?\"); } Ok(r#loops)",
        ] {
            assert!(!may_leave(&parsed(text)), "{text}");
        }
    }
}
