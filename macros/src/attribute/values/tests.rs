use proc_macro2::{Delimiter, Group};
use quote::quote;

use super::*;
use crate::attribute::{Options, parse};

/// What is said of an argument of a function that has a parameter `ful`.
fn said(argument: &TokenStream) -> String {
    let errors = Errors::default();
    let function = quote!(
        fn f(ful: Jitter) -> Result<(), E> {}
    );
    let item = Item::parse(&function, &errors).unwrap();
    let options = Options::new(parse(quote!(upstream = U, #argument), &errors), Some(&item), &errors);
    assert!(options.upstream.is_some());
    errors.into_messages().join("; ")
}

#[test]
fn a_value_that_is_wrong_is_told_by_its_form() {
    const DURATION: &str =
        "`initial` is a duration: a string with a unit, such as `initial = \"500ms\"`, or a `Duration`";
    const FACTOR: &str = "`factor` is a plain number, such as `factor = 2` or `factor = 1.5`";
    // What `macro_rules!` leaves around a fragment.
    let one = Group::new(Delimiter::None, quote!(1));
    for (argument, expected) in [
        (quote!(max = -#one), "`max` counts calls: at least 1"),
        (quote!(cost = "many"), "`cost` is a whole number of tokens, such as `cost = 200`"),
        (quote!(cost = " 5"), "`cost` is a number without quotes: `cost = 5`"),
        (quote!(initial = 1.5s), "a duration is a string: write `initial = \"1.5s\"`"),
        (quote!(initial = 1parsec), DURATION),
        (quote!(initial = -"1s"), DURATION),
        (quote!(factor = 2px), FACTOR),
        (quote!(factor = 2.5px), FACTOR),
        (quote!(factor = 2u8), ""),
        (quote!(factor = 2.5f32), ""),
        (quote!(jitter = ful), ""),
        (quote!(jitter = fulll), "unknown jitter `fulll`; did you mean `full`?"),
        (quote!(jitter = <J>::ful), ""),
        (quote!(name = A::b), "`name` is a string literal: `name = \"A::b\"`"),
        (
            quote!(name = <A as B>::c),
            "`name` is a string literal, known while compiling: `name = \"Client::complete\"`",
        ),
    ] {
        assert_eq!(said(&argument), expected, "{argument}");
    }
}

fn closure(hook: Hook) -> ExprClosure {
    match hook {
        Hook::Closure(Expr::Closure(closure)) | Hook::EvaluatedClosure(Expr::Closure(closure)) => closure,
        _ => panic!("it is no closure"),
    }
}

#[test]
fn a_closure_that_never_returns_answers_with_a_bool() {
    for (written, never_returns) in [
        (quote!(|_| todo!()), true),
        (quote!(|_| (::std::panic!("no"))), true),
        (quote!(move |_| { unreachable!() }), true),
        (quote!(|error| match error {}), true),
        (quote!(|error| matches!(error, Busy)), false),
        (
            quote!(|error| {
                tell(error);
                todo!()
            }),
            false,
        ),
        (
            quote!(|error| match error {
                _ => true,
            }),
            false,
        ),
    ] {
        let hook = answering_hook(parse_quote!(#written), "on", "", &Errors::default()).unwrap();
        let output = closure(hook).output.to_token_stream().to_string();
        assert_eq!(output, if never_returns { "-> :: core :: primitive :: bool" } else { "" }, "{written}");
    }
    let typed = answering_hook(parse_quote!(|_| -> Decision { todo!() }), "on", "", &Errors::default()).unwrap();
    assert_eq!(closure(typed).output.to_token_stream().to_string(), "-> Decision");
}

#[test]
fn a_closure_is_over_a_variable_that_its_body_reads() {
    let name: Ident = parse_quote!(attempt);
    for (written, is_over) in [
        (quote!(|error| judge(error, attempt)), true),
        (quote!(move |error| judge(error, [attempt])), true),
        (quote!(|error| judge(error)), false),
        (quote!(move |attempt| judge(attempt)), false),
        (quote!(attempt), false),
    ] {
        assert_eq!(Hook::new(parse_quote!(#written)).is_closure_over(&name), is_over, "{written}");
    }
}
