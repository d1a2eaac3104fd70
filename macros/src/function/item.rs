//! The annotated function: what has to be known of its signature is parsed, all of it stays the user's tokens.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, Ident, Pat, PatIdent, Token, Type, Visibility};

use super::returned::{Future, ungroup};
use super::scan;
use super::signature::Signature;
use crate::errors::Errors;
use crate::spans::with_content;

/// The annotated function, and what was read of its signature.
pub(crate) struct Item {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) signature: Signature,
    /// Everything before the body.
    head: Vec<TokenTree>,
    /// The index of the parameters in `head`.
    parameters: Option<usize>,
    /// The attributes at the start of the body, which have to stay there.
    pub(crate) inner_attrs: Vec<Attribute>,
    /// The body in its braces, without the inner attributes.
    pub(crate) body: Group,
    /// The tokens of the body, as a list, because they are read more than once.
    pub(crate) tokens: Vec<TokenTree>,
    pub(crate) returns: Type,
}

impl Item {
    /// Reads a function; reports what cannot be retried.
    pub(crate) fn parse(tokens: &TokenStream, errors: &Errors) -> Option<Self> {
        let mut head: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let body = head.last().and_then(scan::braced);
        if body.is_some() {
            head.pop();
        }
        // Parsing takes most of the macro's time. So the body is not parsed, and the parameters only if the word `mut`
        // is among them: here an empty group stands for them.
        let start = head.iter().position(|token| scan::is_ident(token, "fn")).unwrap_or(0);
        let parameters = scan::parameters(&head[start..]).map(|index| start + index);
        let mut read = head.clone();
        if let Some(TokenTree::Group(group)) = parameters.and_then(|index| read.get_mut(index)) {
            *group = with_content(group, TokenStream::new());
        }
        let parser = |input: ParseStream<'_>| {
            // After a mistake the rest is dropped. syn would report the tokens that are left over, which is no second
            // mistake.
            let item = Self::parse_function(input, head, parameters, body.as_ref(), errors);
            drop_rest(input);
            Ok(item)
        };
        parser.parse2(read.into_iter().collect()).unwrap_or_else(|error| {
            errors.push(error);
            None
        })
    }

    fn parse_function(
        input: ParseStream<'_>,
        head: Vec<TokenTree>,
        parameters: Option<usize>,
        body: Option<&Group>,
        errors: &Errors,
    ) -> Option<Self> {
        let attrs = reported(input.call(Attribute::parse_outer), errors)?;
        reported(input.parse::<Visibility>(), errors)?;
        let start = input.cursor();
        if !scan::starts_function(start) {
            let token = start.token_tree().map(|(token, _)| token).or_else(|| body.cloned().map(TokenTree::Group));
            errors.on(token, "`#[retry]` repeats a function: put it on a `fn`");
            return None;
        }
        let Some(signature) = Signature::parse(input, errors) else {
            errors.on(start.token_tree().map(|(token, _)| token), "`#[retry]` cannot read this function's signature");
            return None;
        };
        let Some(body) = body else {
            errors.on(&signature.ident, "`#[retry]` needs a body to repeat: put it on the implementation");
            return None;
        };
        let (inner_attrs, body, tokens) = reported(split_inner_attrs(body), errors)?;
        let returns = returned(&signature, errors);
        Some(Self { attrs, signature, head, parameters, inner_attrs, body, tokens, returns: returns? })
    }

    /// The function with another body, and one more attribute.
    pub(crate) fn with(&self, attr: &TokenStream, body: &Group) -> TokenStream {
        let (attrs, rest) = self.head.split_at(scan::leading_attributes(&self.head));
        quote!(#(#attrs)* #attr #(#rest)* #body)
    }

    /// The function as it was, with `hints` at the start of its body.
    pub(crate) fn unchanged(&self, hints: &TokenStream) -> TokenStream {
        let (inner_attrs, content) = (&self.inner_attrs, self.body.stream());
        let body = with_content(&self.body, quote!(#(#inner_attrs)* #hints #content));
        self.with(&TokenStream::new(), &body)
    }

    fn parameters(&self) -> Option<&Group> {
        match self.head.get(self.parameters?) {
            Some(TokenTree::Group(group)) => Some(group),
            _ => None,
        }
    }

    /// Whether the parameters mention this name, so that it may be one of them.
    pub(crate) fn mentions(&self, name: &Ident) -> bool {
        self.parameters().is_some_and(|parameters| scan::mentions(parameters.stream(), name))
    }

    /// The parameters that are shared references, and of whose target the body uses a part: a field, a method, an
    /// element, or all of it by `*name`.
    pub(crate) fn shared_references(&self, body: &[TokenTree]) -> Vec<Ident> {
        let shared = self.parameters().map(scan::shared_references).unwrap_or_default();
        shared.into_iter().filter(|name| scan::looks_behind(body, name)).collect()
    }

    /// Finds the references among the parameters of which each attempt needs a variable of its own. That variable gets
    /// the `mut`, which the parameter loses unless `before` needs it. `before` are the statements that run once: a
    /// parameter that they hide with a variable of the same name, or a `&mut` that they mention and so may move, is
    /// left as it is.
    pub(crate) fn reborrow_references(&mut self, before: &[TokenTree]) -> Vec<ReborrowedParam> {
        let Some(parameters) = self.parameters().filter(|parameters| scan::mentions(parameters.stream(), "mut")) else {
            return Vec::new();
        };
        // A parameter that syn cannot read, as `impl async Fn()`, stays as it is.
        let mut inputs: Vec<Parameter> = scan::at_commas(parameters).into_iter().map(Parameter::read).collect();
        let outcome = Future::of(&self.returns).and_then(|future| future.output);
        let mut borrowed = scan::lifetimes(outcome.as_ref().unwrap_or(&self.returns).to_token_stream());
        if let Some(Parameter::Read(FnArg::Receiver(receiver))) = inputs.first() {
            // In the outcome a lifetime without a name is that of `self`, if `self` is a reference.
            if scan::has_reference(receiver.to_token_stream()) {
                borrowed.retain(|name| name != "_");
            }
        }
        let take = |input: &mut Parameter| ReborrowedParam::take_from(input, before, &borrowed);
        let reborrowed = inputs.iter_mut().filter_map(take).collect();
        let parameters = with_content(parameters, quote!(#(#inputs),*));
        if let Some(written) = self.parameters.and_then(|index| self.head.get_mut(index)) {
            *written = parameters.into();
        }
        reborrowed
    }
}

/// A parameter, as far as it can be read.
enum Parameter {
    Read(FnArg),
    Unread(TokenStream),
}

impl Parameter {
    fn read(tokens: TokenStream) -> Self {
        syn::parse2(tokens.clone()).map_or(Self::Unread(tokens), Self::Read)
    }
}

impl ToTokens for Parameter {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Read(parameter) => parameter.to_tokens(tokens),
            Self::Unread(unread) => tokens.extend(unread.clone()),
        }
    }
}

/// A parameter of which each attempt gets a variable of its own: of `mut name: &T` a copy, because the body may assign
/// a reference to something that ends with the attempt; of `name: &mut T` a new borrow, because the body may move it
/// away.
pub(crate) struct ReborrowedParam {
    /// Its `cfg`s, and the lints that the user sets for it. The new variable needs both.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) name: Ident,
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) exclusive: bool,
}

impl ReborrowedParam {
    /// `before` are the statements that run once. `borrowed` are the lifetimes of the outcome: a `&mut` with one of
    /// them and without `mut` is not borrowed again, because the outcome may borrow from it for longer than an attempt
    /// lasts.
    fn take_from(input: &mut Parameter, before: &[TokenTree], borrowed: &[String]) -> Option<Self> {
        let Parameter::Read(FnArg::Typed(parameter)) = input else { return None };
        let Type::Reference(reference) = ungroup(&parameter.ty) else { return None };
        let exclusive = reference.mutability.is_some();
        let Pat::Ident(PatIdent { by_ref: None, mutability, ident, subpat: None, .. }) = &mut *parameter.pat else {
            return None;
        };
        let lifetime = reference.lifetime.as_ref().map_or_else(|| "_".to_owned(), |name| name.ident.to_string());
        if mutability.is_none() && (!exclusive || borrowed.contains(&lifetime)) {
            return None;
        }
        let mentioned = !before.is_empty() && scan::mentions(before.iter().cloned().collect(), &*ident);
        if mentioned && (exclusive || scan::shadows(before, ident)) {
            return None;
        }
        let name = ident.clone();
        let kept = *mutability;
        if !(mentioned && scan::assigns(before, &name)) {
            *mutability = None;
        }
        let (mut attrs, mut others) = (Vec::new(), Vec::new());
        for attr in std::mem::take(&mut parameter.attrs) {
            let says = |names: &[&str]| names.iter().any(|name| attr.path().is_ident(name));
            // If the parameter is `mut`, an `#[expect]` moves to the new variable: the lint that it expects is now
            // reported there.
            if kept.is_some() && says(&["expect"]) {
                attrs.push(attr);
                continue;
            }
            if says(&["cfg", "cfg_attr", "allow", "warn", "deny", "forbid"]) {
                attrs.push(attr.clone());
            }
            others.push(attr);
        }
        parameter.attrs = others;
        Some(Self { attrs, name, mutability: kept, exclusive })
    }
}

fn reported<T>(result: syn::Result<T>, errors: &Errors) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}

fn drop_rest(input: ParseStream<'_>) {
    let _rest: syn::Result<TokenStream> = input.parse();
}

fn split_inner_attrs(body: &Group) -> syn::Result<(Vec<Attribute>, Group, Vec<TokenTree>)> {
    let tokens = scan::tokens(body);
    if !scan::has_inner_attributes(&tokens) {
        // The body stays the group that the user wrote. rustc reports half-typed code at its closing brace, once before
        // it expands the attribute and once in the expansion, and shows equal errors once. In a new group the closing
        // brace would have the span of the whole body, so that both would be shown.
        return Ok((Vec::new(), body.clone(), tokens));
    }
    let parser = |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse::<TokenStream>()?));
    let (attrs, rest) = parser.parse2(body.stream())?;
    Ok((attrs, with_content(body, rest.clone()), rest.into_iter().collect()))
}

/// The type that the function returns; reports what by its form cannot be a `Result`. A path may be one under any
/// name, which only the compiler can tell.
fn returned(signature: &Signature, errors: &Errors) -> Option<Type> {
    const NEEDED: &str = "`#[retry]` needs a function that returns a `Result`, to know a failed attempt";
    let Some(ty) = &signature.output else {
        errors.on(&signature.ident, format!("{NEEDED}; this one returns nothing"));
        return None;
    };
    match ungroup(ty) {
        Type::Never(_) => {
            errors.on(ty, format!("{NEEDED}; this one never returns"));
            None
        }
        Type::Array(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Reference(_) | Type::Slice(_) | Type::Tuple(_) => {
            errors.on(ty, NEEDED);
            None
        }
        _ => Some(ty.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parameters that are borrowed anew behind these statements, and the parameters as they are left.
    fn reborrowed(parameters: &TokenStream, before: TokenStream) -> (Vec<String>, String) {
        let function = quote!(
            fn f<'a>(#parameters) -> Result<&'a u8, &u8> {}
        );
        let mut item = Item::parse(&function, &Errors::default()).unwrap();
        let before: Vec<TokenTree> = before.into_iter().collect();
        let params = item.reborrow_references(&before);
        let names = params.iter().map(|param| param.name.to_string());
        (names.collect(), item.parameters().unwrap().to_string())
    }

    #[test]
    fn what_the_outcome_may_borrow_from_is_not_borrowed_anew() {
        for (parameters, expected) in [
            (quote!(list: &mut Vec<u8>, text: &'a mut str), &[][..]),
            (quote!(&self, list: &mut Vec<u8>, text: &'a mut str), &["list"]),
            (quote!(self, list: &mut Vec<u8>, text: &'b mut str), &["text"]),
            (quote!(&self, list: &Vec<u8>, mut text: &'a str), &["text"]),
        ] {
            assert_eq!(reborrowed(&parameters, quote!()).0, expected, "{parameters}");
        }
    }

    #[test]
    fn a_parameter_is_left_to_the_statements_that_need_it() {
        let left = |before| reborrowed(&quote!(&self, list: &mut Vec<u8>, mut text: &str), before);
        for (before, expected, mutable) in [
            (quote!(), &["list", "text"][..], false),
            (quote!(let other = 1;), &["list", "text"], false),
            (quote!(list.push(1);), &["text"], false),
            (quote!(let length = text.len();), &["list", "text"], false),
            (quote!(text = text.trim();), &["list", "text"], true),
            (quote!(let text = 1;), &["list"], true),
        ] {
            let (names, parameters) = left(before.clone());
            assert_eq!(names, expected, "{before}");
            assert_eq!(parameters.contains("mut text"), mutable, "{before}: {parameters}");
        }
    }
}
