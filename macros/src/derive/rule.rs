//! What each variant decides: its own attribute or the type's, with the fields that it names found.

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, ExprPath, Fields, Ident, Member, Type};

use super::attribute::{Retryable, Verdict, ours};
use crate::errors::{Errors, meant};

/// A variant, or a struct as a whole, and what it decides.
pub(crate) struct Case<'a> {
    /// `None` for a struct.
    pub(crate) variant: Option<&'a Ident>,
    pub(crate) fields: &'a Fields,
    pub(crate) rule: Rule<'a>,
}

/// What an error decides.
pub(crate) enum Rule<'a> {
    Stop,
    Retry,
    Throttled,
    /// A field holds a wait.
    Wait {
        kind: WaitKind,
        field: Field<'a>,
    },
    /// A field decides.
    Field(Field<'a>),
    /// A function decides, which is given the fields of the variant.
    Fields(&'a ExprPath),
    /// A function decides, which is given the error.
    Whole(&'a ExprPath),
}

/// Whose wait a field holds.
#[derive(Clone, Copy)]
pub(crate) enum WaitKind {
    /// The server's.
    After,
    /// The server's, which refuses because of a rate limit.
    ThrottledAfter,
    /// The one that replaces the policy's.
    In,
}

/// A field that decides.
pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    pub(crate) ty: &'a Type,
    /// The span of the word that names it, where an unsuitable type is reported.
    pub(crate) span: Span,
}

/// What every variant decides. A mistake is reported, and only its own variant is left out.
pub(crate) fn decide<'a>(
    input: &'a DeriveInput,
    default: Option<&'a Verdict>,
    variants: &'a [Retryable],
    errors: &Errors,
) -> Vec<Case<'a>> {
    match &input.data {
        Data::Enum(data) => {
            let mut unfit = Vec::new();
            let cases = data.variants.iter().zip(variants).filter_map(|(variant, said)| {
                let owner = Owner { name: &variant.ident, fields: &variant.fields };
                let rule = match (&said.verdict, default) {
                    (Some(verdict), _) => owner.rule(verdict, false).map_err(|mistake| mistake.report(errors)).ok()?,
                    (None, None) => Rule::Stop,
                    (None, Some(verdict)) => {
                        owner.rule(verdict, true).map_err(|mistake| unfit.push((owner.name, mistake))).ok()?
                    }
                };
                Some(Case { variant: Some(&variant.ident), fields: &variant.fields, rule })
            });
            let cases = cases.collect();
            report_unfit(unfit, errors);
            cases
        }
        Data::Struct(data) => {
            let owner = Owner { name: &input.ident, fields: &data.fields };
            let rule = default.map_or(Ok(Rule::Stop), |verdict| owner.rule(verdict, true));
            let rule = rule.map_err(|mistake| mistake.report(errors)).ok();
            rule.map(|rule| Case { variant: None, fields: &data.fields, rule }).into_iter().collect()
        }
        Data::Union(data) => {
            errors.on(
                data.union_token,
                "a union does not know which of its fields it holds: write `impl Retryable` by hand",
            );
            Vec::new()
        }
    }
}

/// Reports the variants that the attribute of the type does not fit: as one mistake, because the attribute is written
/// once.
fn report_unfit(unfit: Vec<(&Ident, Mistake)>, errors: &Errors) {
    let names: Vec<String> = unfit.iter().map(|(name, _)| format!("`{name}`")).collect();
    let Some((_, Mistake { at, .. })) = unfit.into_iter().next() else { return };
    let (say, their) = if names.len() == 1 { ("says", "its") } else { ("say", "their") };
    errors.push(syn::Error::new(
        at,
        format!(
            "{} {say} nothing of {their} own, and this does not fit {their} fields: write an attribute there, such as \
             `#[retryable(stop)]`",
            names.join(", "),
        ),
    ));
}

/// A mistake, on the word at fault.
struct Mistake {
    at: Span,
    message: String,
}

impl Mistake {
    fn new(at: Span, message: String) -> Self {
        Self { at, message }
    }

    fn report(self, errors: &Errors) {
        errors.push(syn::Error::new(self.at, self.message));
    }
}

/// The variant or the struct whose fields an attribute may name.
struct Owner<'a> {
    name: &'a Ident,
    fields: &'a Fields,
}

impl<'a> Owner<'a> {
    fn rule(&self, verdict: &'a Verdict, of_type: bool) -> Result<Rule<'a>, Mistake> {
        Ok(match verdict {
            Verdict::Stop => Rule::Stop,
            Verdict::Retry => Rule::Retry,
            Verdict::Throttled => Rule::Throttled,
            Verdict::After { field, throttled: false } => {
                Rule::Wait { kind: WaitKind::After, field: self.find("after", field)? }
            }
            Verdict::After { field, throttled: true } => {
                Rule::Wait { kind: WaitKind::ThrottledAfter, field: self.find("after", field)? }
            }
            Verdict::In { field } => Rule::Wait { kind: WaitKind::In, field: self.find("in", field)? },
            Verdict::Transparent { field: Some(field), .. } => Rule::Field(self.find("transparent", field)?),
            Verdict::Transparent { word, field: None } => Rule::Field(self.only(word)?),
            Verdict::With { function } if of_type => Rule::Whole(function),
            Verdict::With { function } => Rule::Fields(function),
        })
    }

    /// The field of this name or number.
    fn find(&self, word: &str, named: &Member) -> Result<Field<'a>, Mistake> {
        let is_it = |member: &Member| match (member, named) {
            (Member::Named(name), Member::Named(named)) => name.unraw() == named.unraw(),
            (Member::Unnamed(index), Member::Unnamed(named)) => index.index == named.index,
            _ => false,
        };
        let mut fields = self.fields.members().zip(self.fields);
        fields
            .find(|(member, _)| is_it(member))
            .map(|(member, field)| Field { member, ty: &field.ty, span: named.span() })
            .ok_or_else(|| Mistake::new(named.span(), self.no_such_field(word, named)))
    }

    fn no_such_field(&self, word: &str, named: &Member) -> String {
        let owner = self.name;
        let written = match named {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        };
        match (self.fields, named) {
            (Fields::Unit, _) => format!("`{owner}` has no fields, and so none that is called `{written}`"),
            (Fields::Unnamed(_), Member::Named(_)) => {
                format!("the fields of `{owner}` have numbers and no names: write `{word} = 0` for the first")
            }
            (Fields::Named(fields), _) => {
                let known: Vec<String> =
                    fields.named.iter().filter_map(|field| Some(field.ident.as_ref()?.unraw().to_string())).collect();
                match meant(&written, known.iter().map(String::as_str)) {
                    Some(name) => format!("`{owner}` has no field `{written}`; did you mean `{name}`?"),
                    None => format!("`{owner}` has no field `{written}`; its fields are `{}`", known.join("`, `")),
                }
            }
            (Fields::Unnamed(fields), Member::Unnamed(_)) => {
                format!("`{owner}` has no field `{written}`; the last is `{}`", fields.unnamed.len().saturating_sub(1))
            }
        }
    }

    /// The only field.
    fn only(&self, word: &Ident) -> Result<Field<'a>, Mistake> {
        let mut fields = self.fields.members().zip(self.fields);
        match (fields.next(), fields.next()) {
            (Some((member, field)), None) => Ok(Field { member, ty: &field.ty, span: word.span() }),
            (None, _) => Err(Mistake::new(
                word.span(),
                format!(
                    "`transparent` asks the field, and `{}` has none: write `#[retryable]` or `#[retryable(stop)]`",
                    self.name
                ),
            )),
            (Some((first, _)), Some(_)) => Err(Mistake::new(
                word.span(),
                format!(
                    "`{}` has several fields: name the one that decides, such as `transparent = {}`",
                    self.name,
                    self.source().unwrap_or(first).to_token_stream()
                ),
            )),
        }
    }

    /// The field that is an error's source by its name.
    fn source(&self) -> Option<Member> {
        self.fields.members().find(|member| matches!(member, Member::Named(name) if *name == "source"))
    }
}

/// Reports attributes on fields, where they say nothing.
pub(crate) fn check_fields<'a, I>(fields: I, place: &str, errors: &Errors)
where
    I: IntoIterator<Item = &'a Fields>,
{
    for attr in fields.into_iter().flatten().flat_map(|field| ours(&field.attrs)) {
        errors.push(syn::Error::new(
            attr.path().span(),
            format!("write this above the {place}, which names the field: `#[retryable(after = field)]`"),
        ));
    }
}
