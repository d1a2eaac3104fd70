//! Reads `#[retryable(..)]`: its words, each mistake by itself, then the words against each other.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, ExprPath, Ident, Index, Lit, Member, Meta, Path, Token, token};

use super::words::{self, KnownWord, Word};
use crate::errors::Errors;

/// What an error, or a variant of it, asks for.
pub(crate) enum Verdict {
    Stop,
    Retry,
    Throttled,
    /// A field holds the wait that the server asks for.
    After {
        field: Member,
        throttled: bool,
    },
    /// A field holds the wait that replaces the policy's.
    In {
        field: Member,
    },
    /// A field decides: the one that is named, or the only one.
    Transparent {
        word: Ident,
        field: Option<Member>,
    },
    /// A function decides.
    With {
        function: ExprPath,
    },
}

/// All `#[retryable]` of one item.
#[derive(Default)]
pub(crate) struct Retryable {
    /// `None` where the item says nothing.
    pub(crate) verdict: Option<Verdict>,
    /// The path after `crate`.
    pub(crate) runtime: Option<Path>,
}

/// A word and its value.
struct Said {
    known: &'static KnownWord,
    name: Ident,
    value: Option<Value>,
}

enum Value {
    Field(Member),
    Function(ExprPath),
    Crate(Path),
}

/// The attributes that are `#[retryable]`.
pub(crate) fn ours(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("retryable"))
}

impl Retryable {
    /// Reads what an item says; `on_type` is whether it is the type itself.
    pub(crate) fn parse(attrs: &[Attribute], on_type: bool, errors: &Errors) -> Self {
        let mut said: Vec<Said> = Vec::new();
        let mut bare = None;
        for attr in ours(attrs) {
            let written = match &attr.meta {
                Meta::Path(_) => TokenStream::new(),
                Meta::List(list) => list.tokens.clone(),
                Meta::NameValue(meta) => {
                    errors.on(&meta.path, "write `#[retryable]`, or `#[retryable(..)]` with words in parentheses");
                    continue;
                }
            };
            if written.is_empty() {
                bare = Some(attr);
            } else {
                parse_words(written, &mut said, errors);
            }
        }
        let mut read = Self::default();
        said.retain_mut(|said| match (&said.known.word, &mut said.value) {
            (Word::Crate, Some(Value::Crate(path))) => {
                if on_type {
                    read.runtime = Some(path.clone());
                } else {
                    errors.on(&said.name, "`crate` is said once, by the type: write it above the `enum`");
                }
                false
            }
            _ => true,
        });
        read.verdict = verdict(said, bare, errors);
        read
    }
}

/// The verdict of all words together: `throttled` and `after` combine, and any other word stands alone.
fn verdict(said: Vec<Said>, bare: Option<&Attribute>, errors: &Errors) -> Option<Verdict> {
    let mut verdict = bare.map(|_| Verdict::Retry);
    let mut first: Option<&'static KnownWord> = None;
    for Said { known, name, value } in said {
        verdict = match (known.word, value, verdict.take()) {
            (Word::Throttled, None, Some(Verdict::After { field, throttled: false }))
            | (Word::After, Some(Value::Field(field)), Some(Verdict::Throttled)) => {
                Some(Verdict::After { field, throttled: true })
            }
            (_, _, Some(earlier)) => {
                errors.on(&name, contradiction(known, first));
                Some(earlier)
            }
            (Word::Stop, _, None) => Some(Verdict::Stop),
            (Word::Throttled, _, None) => Some(Verdict::Throttled),
            (Word::After, Some(Value::Field(field)), None) => Some(Verdict::After { field, throttled: false }),
            (Word::In, Some(Value::Field(field)), None) => Some(Verdict::In { field }),
            (Word::Transparent, Some(Value::Field(field)), None) => {
                Some(Verdict::Transparent { word: name, field: Some(field) })
            }
            (Word::Transparent, _, None) => Some(Verdict::Transparent { word: name, field: None }),
            (Word::With, Some(Value::Function(function)), None) => Some(Verdict::With { function }),
            (_, _, None) => None,
        };
        first = first.or(Some(known));
    }
    verdict
}

fn contradiction(second: &KnownWord, first: Option<&KnownWord>) -> String {
    let KnownWord { name: second, .. } = second;
    match first {
        Some(first) if first.name == *second => format!("`{second}` is said twice; keep one of them"),
        Some(first) => {
            format!("`{}` and `{second}` contradict each other; keep one of them", first.name)
        }
        None => format!("`#[retryable]` and `{second}` contradict each other; keep one of them"),
    }
}

fn parse_words(tokens: TokenStream, said: &mut Vec<Said>, errors: &Errors) {
    let parser = |input: ParseStream<'_>| {
        while !input.is_empty() {
            said.extend(parse_word(input, errors));
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
}

/// Reads one word, its value and the comma after it; `None` if it was reported as wrong.
fn parse_word(input: ParseStream<'_>, errors: &Errors) -> Option<Said> {
    let Ok(name) = input.call(Ident::parse_any) else {
        let written = input.parse::<TokenTree>().ok();
        errors.on(written, "expected a word, such as `throttled` or `after = field`");
        skip_to_comma(input);
        return None;
    };
    let Some(known) = words::find(&name, errors) else {
        skip_to_comma(input);
        return None;
    };
    let value = match parse_value(input, known, &name) {
        Ok(value) => value,
        Err(error) => {
            errors.push(error);
            skip_to_comma(input);
            return None;
        }
    };
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        if input.peek(Ident::peek_any) {
            errors.push(input.error("missing `,` before this word"));
        } else {
            errors.push(input.error(format!("expected `,` or the end after `{}`", known.name)));
            skip_to_comma(input);
        }
    }
    Some(Said { known, name, value })
}

/// Reads the value of a word, if the word has one.
fn parse_value(input: ParseStream<'_>, known: &KnownWord, name: &Ident) -> syn::Result<Option<Value>> {
    let KnownWord { word, name: written, example, .. } = known;
    let equals = input.parse::<Option<Token![=]>>()?;
    match (word, equals) {
        (Word::Stop | Word::Throttled, Some(equals)) => {
            Err(syn::Error::new_spanned(equals, format!("`{written}` takes no value: write `{written}` alone")))
        }
        (Word::Stop | Word::Throttled, None) if input.peek(token::Paren) => Err(syn::Error::new_spanned(
            name,
            format!("`{written}` takes nothing in parentheses: write `{written}` alone"),
        )),
        (Word::Stop | Word::Throttled | Word::Transparent, None) => Ok(None),
        (_, None) => Err(syn::Error::new_spanned(name, format!("`{written}` needs a value: write `{example}`"))),
        (_, Some(equals)) if input.is_empty() || input.peek(Token![,]) => {
            Err(syn::Error::new_spanned(equals, format!("`{written}` needs a value: write `{example}`")))
        }
        (Word::With, Some(_)) => path(input, "`with` is the name of a function, without parentheses or quotes")
            .map(|path| Some(Value::Function(path))),
        (Word::Crate, Some(_)) => {
            let path = path(input, "`crate` is the path of the persevere crate, such as `crate = ::persevere`")?;
            Ok(Some(Value::Crate(path.path)))
        }
        (_, Some(_)) => field(input, written).map(|field| Some(Value::Field(field))),
    }
}

/// The path of a function or of a crate.
fn path(input: ParseStream<'_>, otherwise: &str) -> syn::Result<ExprPath> {
    let ahead = input.fork();
    match ahead.parse::<ExprPath>() {
        Ok(path) if ahead.is_empty() || ahead.peek(Token![,]) => {
            input.advance_to(&ahead);
            Ok(path)
        }
        _ => {
            let error = input.error(otherwise);
            if input.peek(Token![|]) || input.peek(Token![move]) {
                // The commas inside a closure do not end the value, so all that is left is dropped.
                input.parse::<TokenStream>()?;
            }
            Err(error)
        }
    }
}

/// The name of a field, or its number.
fn field(input: ParseStream<'_>, word: &str) -> syn::Result<Member> {
    let ahead = input.fork();
    let token = ungroup(ahead.parse::<TokenTree>()?);
    let ended = ahead.is_empty() || ahead.peek(Token![,]);
    let member = match &token {
        TokenTree::Ident(name) => Some(Member::Named(name.clone())),
        TokenTree::Literal(literal) => match Lit::new(literal.clone()) {
            Lit::Int(number) if number.suffix().is_empty() => {
                number.base10_parse().ok().map(|index| Member::Unnamed(Index { index, span: number.span() }))
            }
            Lit::Str(text) => {
                let message = format!("a field is named without quotes: `{word} = {}`", text.value());
                return Err(syn::Error::new_spanned(token, message));
            }
            _ => None,
        },
        _ => None,
    };
    match member {
        Some(member) if ended => {
            input.advance_to(&ahead);
            Ok(member)
        }
        _ => Err(syn::Error::new_spanned(
            token,
            format!("`{word}` needs the name of a field, or its number: `{word} = wait`, `{word} = 0`"),
        )),
    }
}

/// Takes off the invisible groups that `macro_rules!` leaves around a fragment.
fn ungroup(token: TokenTree) -> TokenTree {
    match &token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            let mut inner = group.stream().into_iter();
            match (inner.next(), inner.next()) {
                (Some(only), None) => ungroup(only),
                _ => token,
            }
        }
        _ => token,
    }
}

/// Passes over what belongs to an argument that was reported, and the comma after it.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && input.parse::<Option<Token![,]>>().ok().flatten().is_none() {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
