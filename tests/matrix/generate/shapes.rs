//! The shapes of functions. `RETRY` stands for the attribute and `BODY` for the body; the function is called as `call` says.

/// A shape of function.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) asynchronous: bool,
    pub(crate) source: &'static str,
    pub(crate) call: &'static str,
    /// What the body does to its parameters before its step.
    pub(crate) touch: &'static str,
    /// What it makes of the number `n`, which is 1000, and of its parameters.
    pub(crate) value: &'static str,
    /// That value.
    pub(crate) expected: &'static str,
    /// An expression over the parameters or `self`, which is 4 or more.
    pub(crate) number: &'static str,
    /// Whether the body stands in another function than the attribute, or comes to it through a macro, so that it cannot see
    /// the attempt.
    pub(crate) body_elsewhere: bool,
}

impl Shape {
    const fn sync(name: &'static str, source: &'static str) -> Self {
        Self {
            name,
            asynchronous: false,
            source,
            call: "call(\"a\", 4)",
            touch: "",
            value: "n + number + text.len() as u32",
            expected: "1005",
            number: "number",
            body_elsewhere: false,
        }
    }

    const fn future(name: &'static str, source: &'static str) -> Self {
        Self { asynchronous: true, ..Self::sync(name, source) }
    }

    /// A method of `Four`, which has the number 4.
    const fn method(self, call: &'static str) -> Self {
        Self { call, value: "n + self.0", expected: "1004", number: "self.0", ..self }
    }

    /// The body counts its calls in `self`.
    const fn counts(self) -> Self {
        Self { touch: "self.0 += 1; ", expected: "1007", ..self }
    }

    const fn call(self, call: &'static str) -> Self {
        Self { call, ..self }
    }

    const fn touch(self, touch: &'static str) -> Self {
        Self { touch, ..self }
    }

    const fn value(self, value: &'static str, expected: &'static str) -> Self {
        Self { value, expected, ..self }
    }

    const fn number(self, number: &'static str) -> Self {
        Self { number, ..self }
    }

    const fn body_elsewhere(self) -> Self {
        Self { body_elsewhere: true, ..self }
    }
}

pub(crate) const SHAPES: &[Shape] = &[
    // Functions.
    Shape::sync("function", "RETRY fn call(text: &str, number: u32) -> Result<u32, Busy> BODY"),
    Shape::future("async_function", "RETRY async fn call(text: &str, number: u32) -> Result<u32, Busy> BODY"),
    Shape::sync("alias_of_result", "RETRY fn call(text: &str, number: u32) -> Answer<u32> BODY"),
    Shape::future("async_alias_of_result", "RETRY async fn call(text: &str, number: u32) -> Answer<u32> BODY"),
    // Receivers.
    Shape::sync("shared_self", "impl Four { RETRY fn call(&self) -> Result<u32, Busy> BODY }").method("Four(4).call()"),
    Shape::sync("exclusive_self", "impl Four { RETRY fn call(&mut self) -> Result<u32, Busy> BODY }")
        .method("Four(4).call()")
        .counts(),
    Shape::sync("owned_self", "impl Four { RETRY fn call(self) -> Result<u32, Busy> BODY }").method("Four(4).call()"),
    Shape::sync("mut_self", "impl Four { RETRY fn call(mut self) -> Result<u32, Busy> BODY }").method("Four(4).call()").counts(),
    Shape::sync("arc_self", "impl Four { RETRY fn call(self: Arc<Self>) -> Result<u32, Busy> BODY }")
        .method("Arc::new(Four(4)).call()"),
    Shape::sync("box_self", "impl Four { RETRY fn call(mut self: Box<Self>) -> Result<u32, Busy> BODY }")
        .method("Box::new(Four(4)).call()")
        .counts(),
    Shape::sync("pin_self", "impl Four { RETRY fn call(mut self: Pin<&mut Self>) -> Result<u32, Busy> BODY }")
        .method("Pin::new(&mut Four(4)).call()")
        .counts(),
    Shape::future("async_shared_self", "impl Four { RETRY async fn call(&self) -> Result<u32, Busy> BODY }")
        .method("Four(4).call()"),
    Shape::future("async_exclusive_self", "impl Four { RETRY async fn call(&mut self) -> Result<u32, Busy> BODY }")
        .method("Four(4).call()")
        .counts(),
    Shape::future("async_owned_self", "impl Four { RETRY async fn call(mut self) -> Result<u32, Busy> BODY }")
        .method("Four(4).call()")
        .counts(),
    Shape::future("async_arc_self", "impl Four { RETRY async fn call(self: Arc<Self>) -> Result<u32, Busy> BODY }")
        .method("Arc::new(Four(4)).call()"),
    Shape::future("async_rc_self", "impl Four { RETRY async fn call(self: &Rc<Self>) -> Result<u32, Busy> BODY }")
        .method("Rc::new(Four(4)).call()"),
    Shape::future("async_box_self", "impl Four { RETRY async fn call(mut self: Box<Self>) -> Result<u32, Busy> BODY }")
        .method("Box::new(Four(4)).call()")
        .counts(),
    Shape::future("async_pin_self", "impl Four { RETRY async fn call(mut self: Pin<&mut Self>) -> Result<u32, Busy> BODY }")
        .method("Pin::new(&mut Four(4)).call()")
        .counts(),
    // Traits.
    Shape::sync(
        "default_method",
        "trait Call { fn four(&self) -> u32; RETRY fn call(&self) -> Result<u32, Busy> BODY }\n\
         impl Call for Four { fn four(&self) -> u32 { self.0 } }",
    )
    .method("Four(4).call()")
    .value("n + self.four()", "1004")
    .number("self.four()"),
    Shape::future(
        "async_default_method",
        "trait Call { fn four(&self) -> u32; RETRY async fn call(&self) -> Result<u32, Busy> BODY }\n\
         impl Call for Four { fn four(&self) -> u32 { self.0 } }",
    )
    .method("Four(4).call()")
    .value("n + self.four()", "1004")
    .number("self.four()"),
    Shape::sync(
        "method_of_a_trait",
        "trait Call { fn call(&mut self) -> Result<u32, Busy>; }\n\
         impl Call for Four { RETRY fn call(&mut self) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call()")
    .counts(),
    Shape::future(
        "async_method_of_a_trait",
        "trait Call { async fn call(&mut self) -> Result<u32, Busy>; }\n\
         impl Call for Four { RETRY async fn call(&mut self) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call()")
    .counts(),
    Shape::future(
        "future_method_of_a_trait",
        "trait Call { fn call(&self) -> impl Future<Output = Result<u32, Busy>> + Send; }\n\
         impl Call for Four { RETRY fn call(&self) -> impl Future<Output = Result<u32, Busy>> + Send { async move BODY } }",
    )
    .method("Four(4).call()"),
    // Generics, and `impl Trait`.
    Shape::sync(
        "generic",
        "RETRY fn call<T: AsRef<str> + ?Sized, const N: usize>(text: &T, numbers: [u32; N]) -> Result<u32, Busy> \
         where [u32; N]: Clone BODY",
    )
    .call("call(\"a\", [4])")
    .value("n + text.as_ref().len() as u32 + numbers[0]", "1005")
    .number("numbers[0]"),
    Shape::future(
        "async_generic",
        "struct Of<T>(T);\n\
         impl<T: AsRef<str>> Of<T> { RETRY async fn call<const N: usize>(&self, numbers: [u32; { N }]) -> Result<u32, Busy> \
         where T: Clone BODY }",
    )
    .call("Of(\"a\").call([4])")
    .value("n + self.0.as_ref().len() as u32 + numbers[0]", "1005")
    .number("numbers[0]"),
    Shape::sync("impl_argument", "RETRY fn call(text: impl AsRef<str>, number: u32) -> Result<u32, Busy> BODY")
        .value("n + number + text.as_ref().len() as u32", "1005"),
    Shape::future("async_impl_argument", "RETRY async fn call(text: impl AsRef<str>, number: u32) -> Result<u32, Busy> BODY")
        .value("n + number + text.as_ref().len() as u32", "1005"),
    Shape::sync("impl_ok", "RETRY fn call(text: &str, number: u32) -> Result<impl Display + use<>, Busy> BODY"),
    Shape::future("async_impl_ok", "RETRY async fn call(text: &str, number: u32) -> Result<impl Display + use<>, Busy> BODY"),
    Shape::future(
        "future_of_impl_ok",
        "RETRY fn call(number: u32) -> impl Future<Output = Result<impl Display, Busy>> { async move BODY }",
    )
    .call("call(4)")
    .value("n + number", "1004"),
    Shape::sync("impl_ok_nested", "RETRY fn call(number: u32) -> Result<Wrapped<impl Display>, Busy> BODY")
        .call("call(4)")
        .value("Wrapped(n + number)", "1004"),
    // Parameters.
    Shape::sync("exclusive_parameter", "RETRY fn call(list: &mut Vec<u32>, number: u32) -> Result<u32, Busy> BODY")
        .call("call(&mut Vec::new(), 4)")
        .touch("let list = list; list.push(1); ")
        .value("n + list.len() as u32", "1003"),
    Shape::future(
        "async_exclusive_parameter",
        "RETRY async fn call(list: &mut Vec<u32>, number: u32) -> Result<u32, Busy> BODY",
    )
    .call("call(&mut Vec::new(), 4)")
    .touch("let list = list; list.push(1); ")
    .value("n + list.len() as u32", "1003"),
    Shape::sync("exclusive_parameter_static", "RETRY fn call(list: &mut Vec<u32>, number: u32) -> Result<&'static str, Busy> BODY")
        .call("call(&mut Vec::new(), 4)")
        .touch("let list = list; list.push(1); ")
        .value("leaked(n + list.len() as u32)", "1003"),
    Shape::future(
        "async_exclusive_parameter_static",
        "RETRY async fn call(list: &mut Vec<u32>, number: u32) -> Result<Cow<'static, str>, Busy> BODY",
    )
    .call("call(&mut Vec::new(), 4)")
    .touch("let list = list; list.push(1); ")
    .value("Cow::Owned((n + list.len() as u32).to_string())", "1003"),
    Shape::future(
        "future_exclusive_parameter",
        "RETRY fn call(list: &mut Vec<u32>, number: u32) -> impl Future<Output = Result<u32, Busy>> + '_ { async move BODY }",
    )
    .call("call(&mut Vec::new(), 4)")
    .touch("let list = list; list.push(1); ")
    .value("n + list.len() as u32", "1003"),
    Shape::sync("mut_text", "RETRY fn call(mut text: &str, number: u32) -> Result<u32, Busy> BODY")
        .touch("let longer = format!(\"{text}b\"); text = &longer; ")
        .value("n + number + text.len() as u32", "1006"),
    Shape::future("async_mut_text", "RETRY async fn call(mut text: &str, number: u32) -> Result<u32, Busy> BODY")
        .touch("let longer = format!(\"{text}b\"); text = &longer; ")
        .value("n + number + text.len() as u32", "1006"),
    Shape::future(
        "future_mut_text",
        "RETRY fn call(mut text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> { async move BODY }",
    )
    .touch("text = if text.len() > 1 { \"abc\" } else { \"ab\" }; ")
    .value("n + number + text.len() as u32", "1006"),
    Shape::future(
        "future_mut_text_after_a_statement",
        "RETRY fn call(mut text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> { let plus = number; async move BODY }",
    )
    .touch("text = if text.len() > 1 { \"abc\" } else { \"ab\" }; ")
    .value("n + plus + text.len() as u32", "1006"),
    Shape::sync("destructured", "RETRY fn call((text, number): (&str, u32), Four(four): Four) -> Result<u32, Busy> BODY")
        .call("call((\"a\", 4), Four(4))")
        .value("n + number + four + text.len() as u32", "1009")
        .number("number.min(four)"),
    Shape::future(
        "async_destructured",
        "RETRY async fn call((text, number): (&str, u32), Four(four): Four) -> Result<u32, Busy> BODY",
    )
    .call("call((\"a\", 4), Four(4))")
    .value("n + number + four + text.len() as u32", "1009")
    .number("number.min(four)"),
    Shape::future(
        "future_destructured",
        "RETRY fn call((text, number): (&'static str, u32), Four(mut four): Four) -> impl Future<Output = Result<u32, Busy>> \
         { async move BODY }",
    )
    .call("call((\"a\", 4), Four(4))")
    .touch("four += 1; ")
    .value("n + number + four + text.len() as u32", "1012")
    .number("number.min(four)"),
    Shape::sync("mut_owned", "RETRY fn call(mut text: String, number: u32) -> Result<u32, Busy> BODY")
        .call("call(\"a\".to_owned(), 4)")
        .touch("text.push('b'); ")
        .value("n + number + text.len() as u32", "1008"),
    Shape::future("async_mut_owned", "RETRY async fn call(mut text: String, number: u32) -> Result<u32, Busy> BODY")
        .call("call(\"a\".to_owned(), 4)")
        .touch("text.push('b'); ")
        .value("n + number + text.len() as u32", "1008"),
    Shape::sync("borrowed_ok", "RETRY fn call<'a>(text: &'a str, number: u32) -> Result<&'a str, Busy> BODY")
        .call("call(\"1005\", 4)")
        .value("{ let _ = number; if n < 1000 { \"0\" } else { text } }", "1005"),
    Shape::future("async_borrowed_ok", "RETRY async fn call(text: &str, number: u32) -> Result<&str, Busy> BODY")
        .call("call(\"1005\", 4)")
        .value("{ let _ = number; if n < 1000 { \"0\" } else { text } }", "1005"),
    Shape::future("async_borrowed_from_self", "struct Text(u32, String);\n\
        impl Text { RETRY async fn call(&self) -> Result<&str, Busy> BODY }")
        .method("async { Text(4, \"1004\".to_owned()).call().await.map(str::to_owned) }")
        .value("if n < 1000 { \"0\" } else { self.1.as_str() }", "1004"),
    // Functions that return a future.
    Shape::future("future", "RETRY fn call(text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> { async move BODY }"),
    Shape::future(
        "future_after_statements",
        "RETRY fn call(text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> + use<> \
         { let text = text.to_owned(); let length = text.len(); if length > 99 { once(); } async move BODY }",
    )
    .value("n + number + (length + text.len()) as u32", "1006"),
    Shape::future(
        "future_that_borrows",
        "impl Four { RETRY fn call(&self) -> impl Future<Output = Result<u32, Busy>> + '_ { async BODY } }",
    )
    .method("Four(4).call()"),
    Shape::future(
        "future_of_exclusive_self",
        "impl Four { RETRY fn call(&mut self) -> impl Future<Output = Result<u32, Busy>> + '_ { async move BODY } }",
    )
    .method("Four(4).call()")
    .counts(),
    Shape::future(
        "future_of_another_function",
        "async fn inner(text: &str, number: u32) -> Result<u32, Busy> BODY\n\
         RETRY fn call(text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> { inner(text, number) }",
    )
    .body_elsewhere(),
    Shape::future(
        "future_of_a_method",
        "impl Four { async fn inner(&self) -> Result<u32, Busy> BODY\n\
         RETRY fn call(&self) -> impl Future<Output = Result<u32, Busy>> + '_ { self.inner() } }",
    )
    .method("Four(4).call()")
    .body_elsewhere(),
    Shape::future(
        "future_of_an_exclusive_method",
        "impl Four { async fn inner(&mut self) -> Result<u32, Busy> BODY\n\
         RETRY fn call(&mut self) -> impl Future<Output = Result<u32, Busy>> + '_ { self.inner() } }",
    )
    .method("Four(4).call()")
    .counts()
    .body_elsewhere(),
    Shape::future(
        "future_in_a_local",
        "RETRY fn call(text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> { let f = async move BODY; f }",
    ),
    Shape::future(
        "future_in_a_span",
        "RETRY fn call(text: &str, number: u32) -> impl Future<Output = Result<u32, Busy>> \
         { async move BODY.instrument(Span::none()) }",
    ),
    Shape::future(
        "future_returned_early",
        "impl Four { async fn inner(&self) -> Result<u32, Busy> BODY\n\
         RETRY fn call(&self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + '_>> \
         { if self.0 == 4 { return Box::pin(self.inner()); } Box::pin(async { Err(Busy(0)) }) } }",
    )
    .method("Four(4).call()")
    .body_elsewhere(),
    Shape::future(
        "future_returned_early_as_a_block",
        "RETRY fn call(number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>>>> \
         { if number == 4 { return Box::pin(async move BODY); } Box::pin(async { Err(Busy(0)) }) }",
    )
    .call("call(4)")
    .value("n + number", "1004"),
    Shape::future(
        "future_returned_by_let_else",
        "RETRY fn call(text: &str, number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + '_>> \
         { let Some(_never) = never(text) else { return Box::pin(async move BODY) }; Box::pin(async { Err(Busy(0)) }) }",
    ),
    Shape::future(
        "boxed",
        "RETRY fn call(text: &str, number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> \
         { Box::pin(async move BODY) }",
    ),
    Shape::future(
        "boxed_after_statements",
        "RETRY fn call(text: &str, number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>> \
         { let text = text.to_owned(); Box::pin(async move BODY) }",
    ),
    Shape::future(
        "boxed_after_shadowing",
        "RETRY fn call(text: &'static str, number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>> \
         { let value = number; let number = 1_u32; let _ = number; Box::pin(async move BODY) }",
    )
    .value("n + value + text.len() as u32", "1005"),
    Shape::future(
        "boxed_exclusive_self",
        "impl Four { RETRY fn call(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send + '_>> \
         { Box::pin(async move BODY) } }",
    )
    .method("Four(4).call()")
    .counts(),
    Shape::future(
        "boxed_other_function",
        "async fn inner(text: &str, number: u32) -> Result<u32, Busy> BODY\n\
         RETRY fn call(text: &str, number: u32) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + '_>> \
         { Box::pin(inner(text, number)) }",
    )
    .body_elsewhere(),
    Shape::future(
        "boxed_exclusive_method",
        "impl Four { async fn inner(&mut self) -> Result<u32, Busy> BODY\n\
         RETRY fn call(&mut self) -> Pin<Box<dyn Future<Output = Result<u32, Busy>> + '_>> { Box::pin(self.inner()) } }",
    )
    .method("Four(4).call()")
    .counts()
    .body_elsewhere(),
    Shape::future(
        "box_future",
        "use futures_util::future::BoxFuture;\n\
         RETRY fn call(text: &str, number: u32) -> BoxFuture<'_, Result<u32, Busy>> { Box::pin(async move BODY) }",
    ),
    Shape::future(
        "local_box_future",
        "use futures_util::future::{FutureExt, LocalBoxFuture};\n\
         RETRY fn call<'a>(text: &'a str, number: u32) -> LocalBoxFuture<'a, Result<u32, Busy>> { async move BODY.boxed_local() }",
    ),
    Shape::future(
        "alias_of_a_boxed_future",
        "type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Busy>> + Send + 'a>>;\n\
         RETRY fn call(text: &str, number: u32) -> Later<'_, u32> { Box::pin(async move BODY) }",
    ),
    Shape::future(
        "own_box_future",
        "type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, Busy>> + Send + 'a>>;\n\
         RETRY fn call(text: &str, number: u32) -> BoxFuture<'_, u32> { Box::pin(async move BODY) }",
    ),
    Shape::future(
        "own_box_future_without_arguments",
        "type BoxFuture = Pin<Box<dyn Future<Output = Result<u32, Busy>> + Send>>;\n\
         RETRY fn call(number: u32) -> BoxFuture { Box::pin(async move BODY) }",
    )
    .call("call(4)")
    .value("n + number", "1004"),
    // `#[async_trait]`.
    Shape::future(
        "async_trait_shared",
        "#[async_trait] trait Call { async fn call(&self) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(&self) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call()")
    .call("Four(4).call()"),
    Shape::future(
        "async_trait_exclusive",
        "#[async_trait] trait Call { async fn call(&mut self, text: String) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(&mut self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .counts()
    .value("n + self.0 + text.len() as u32", "1008"),
    Shape::future(
        "async_trait_owned",
        "#[async_trait] trait Call { async fn call(self) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(mut self) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call()")
    .counts(),
    Shape::future(
        "async_trait_arc",
        "#[async_trait] trait Call { async fn call(self: Arc<Self>) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(self: Arc<Self>) -> Result<u32, Busy> BODY }",
    )
    .method("Arc::new(Four(4)).call()"),
    Shape::future(
        "async_trait_box",
        "#[async_trait] trait Call { async fn call(self: Box<Self>) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(mut self: Box<Self>) -> Result<u32, Busy> BODY }",
    )
    .method("Box::new(Four(4)).call()")
    .counts(),
    Shape::future(
        "async_trait_pin",
        "#[async_trait] trait Call { async fn call(self: Pin<&mut Self>) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(mut self: Pin<&mut Self>) -> Result<u32, Busy> BODY }",
    )
    .method("Pin::new(&mut Four(4)).call()")
    .counts(),
    Shape::future(
        "async_trait_without_self",
        "#[async_trait] trait Call { async fn call(text: &str, number: u32) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(text: &str, number: u32) -> Result<u32, Busy> BODY }",
    )
    .call("Four::call(\"a\", 4)"),
    Shape::future(
        "async_trait_default",
        "#[async_trait] trait Call: Sync { fn four(&self) -> u32; RETRY async fn call(&self) -> Result<u32, Busy> BODY }\n\
         impl Call for Four { fn four(&self) -> u32 { self.0 } }",
    )
    .method("Four(4).call()")
    .value("n + self.four()", "1004")
    .number("self.four()"),
    Shape::future(
        "async_trait_default_exclusive",
        "#[async_trait] trait Call: Send + Sync { fn four(&mut self) -> u32; RETRY async fn call(&mut self) -> Result<u32, Busy> BODY }\n\
         impl Call for Four { fn four(&mut self) -> u32 { self.0 += 1; self.0 } }",
    )
    .method("Four(4).call()")
    .touch("let four = self.four(); ").value("n + four", "1007")
    .number(""),
    Shape::future(
        "async_trait_parameters",
        "#[async_trait] trait Call { async fn call(&self, pair: (&str, u32), list: &mut Vec<u32>, four: Four) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(&self, (text, number): (&str, u32), list: &mut Vec<u32>, \
         Four(four): Four) -> Result<u32, Busy> BODY }",
    )
    .call("Four(4).call((\"a\", 4), &mut Vec::new(), Four(4))")
    .touch("list.push(1); ")
    .value("n + number + four + (text.len() + list.len()) as u32", "1012")
    .number("number.min(four)"),
    Shape::future(
        "async_trait_moved_exclusive_parameter",
        "#[async_trait] trait Call { async fn call(&self, list: &mut Vec<u32>) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(&self, list: &mut Vec<u32>) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(&mut Vec::new())")
    .touch("let list = list; list.push(1); ")
    .value("n + list.len() as u32", "1003"),
    Shape::future(
        "async_trait_mut_text",
        "#[async_trait] trait Call { async fn call(&self, text: &str) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(&self, mut text: &str) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\")")
    .touch("let longer = format!(\"{text}b\"); text = &longer; ")
    .value("n + text.len() as u32", "1002"),
    Shape::future(
        "async_trait_generic",
        "struct Array<const N: usize>(u32);\n\
         impl<const N: usize> Display for Array<N> { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result \
         { self.0.fmt(f) } }\n\
         #[async_trait] trait Call<T> { async fn call<U: AsRef<str> + Send + Sync>(&self, text: T, other: &U) -> Result<Array<{ 1 + 1 }>, Busy> \
         where T: 'async_trait; }\n\
         #[async_trait] impl<T: AsRef<str> + Send + Sync> Call<T> for Four { \
         RETRY async fn call<U: AsRef<str> + Send + Sync>(&self, text: T, other: &U) -> Result<Array<{ 1 + 1 }>, Busy> where T: 'async_trait BODY }",
    )
    .method("Four(4).call(\"a\", &\"b\")")
    .value("Array(n + self.0 + (text.as_ref().len() + other.as_ref().len()) as u32)", "1006"),
    Shape::future(
        "async_trait_not_send",
        "#[async_trait(?Send)] trait Call { async fn call(&self, number: Rc<u32>) -> Result<u32, Busy>; }\n\
         #[async_trait(?Send)] impl Call for Four { RETRY async fn call(&self, number: Rc<u32>) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(Rc::new(1))")
    .value("n + self.0 + *number", "1005"),
    Shape::future(
        "async_trait_object",
        "#[async_trait] trait Call: Send + Sync { async fn call(&self, text: &str) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY async fn call(&self, text: &str) -> Result<u32, Busy> BODY }",
    )
    .method("(Box::new(Four(4)) as Box<dyn Call>).call(\"a\")")
    .value("n + self.0 + text.len() as u32", "1005"),
    // `#[instrument]`.
    Shape::sync("instrument_above", "#[instrument(skip_all)] RETRY fn call(text: &str, number: u32) -> Result<u32, Busy> BODY"),
    Shape::sync("instrument_below", "RETRY #[instrument(skip_all)] fn call(text: &str, number: u32) -> Result<u32, Busy> BODY"),
    Shape::sync("instrument_ret_above", "#[instrument(ret)] RETRY fn call(text: String, number: u32) -> Result<u32, Busy> BODY")
        .call("call(\"a\".to_owned(), 4)"),
    Shape::sync("instrument_err_above", "#[instrument(err)] RETRY fn call(text: String, number: u32) -> Result<u32, Busy> BODY")
        .call("call(\"a\".to_owned(), 4)"),
    Shape::sync(
        "instrument_err_ret_above",
        "#[instrument(err(Debug), ret)] RETRY fn call(text: String, number: u32) -> Result<String, Busy> BODY",
    )
    .call("call(\"a\".to_owned(), 4)")
    .value("(n + number + text.len() as u32).to_string()", "1005"),
    Shape::sync("instrument_err_ret_below", "RETRY #[instrument(err, ret)] fn call(text: &str, number: u32) -> Result<u32, Busy> BODY"),
    Shape::sync(
        "instrument_ret_above_exclusive_self",
        "impl Four { #[instrument(skip_all, ret)] RETRY fn call(&mut self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .counts()
    .value("n + self.0 + text.len() as u32", "1008"),
    Shape::future(
        "async_instrument_above",
        "#[instrument(skip_all)] RETRY async fn call(text: String, number: u32) -> Result<u32, Busy> BODY",
    )
    .call("call(\"a\".to_owned(), 4)"),
    Shape::future(
        "async_instrument_ret_above",
        "#[instrument(ret)] RETRY async fn call(text: String, number: u32) -> Result<String, Busy> BODY",
    )
    .call("call(\"a\".to_owned(), 4)")
    .value("(n + number + text.len() as u32).to_string()", "1005"),
    Shape::future(
        "async_instrument_err_above",
        "#[instrument(err)] RETRY async fn call(text: String, (number, _): (u32, String)) -> Result<u32, Busy> BODY",
    )
    .call("call(\"a\".to_owned(), (4, String::new()))"),
    Shape::future(
        "async_instrument_err_ret_above",
        "impl Four { #[instrument(skip(self), err, ret)] RETRY async fn call(&mut self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .counts()
    .value("n + self.0 + text.len() as u32", "1008"),
    Shape::future(
        "async_instrument_err_ret_below",
        "RETRY #[instrument(err, ret)] async fn call(text: &str, number: u32) -> Result<u32, Busy> BODY",
    ),
    Shape::future(
        "async_trait_instrument_above",
        "#[async_trait] trait Call { async fn call(&self, text: String) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { #[instrument(skip_all)] RETRY async fn call(&self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .value("n + self.0 + text.len() as u32", "1005"),
    Shape::future(
        "async_trait_instrument_ret_above",
        "#[async_trait] trait Call { async fn call(&self, text: String) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { #[instrument(skip(self), ret)] RETRY async fn call(&self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .value("n + self.0 + text.len() as u32", "1005"),
    Shape::future(
        "async_trait_instrument_err_above",
        "#[async_trait] trait Call { async fn call(&mut self, text: String) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { #[instrument(skip(self), err)] RETRY async fn call(&mut self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .counts()
    .value("n + self.0 + text.len() as u32", "1008"),
    Shape::future(
        "async_trait_instrument_err_ret_above",
        "#[async_trait] trait Call { async fn call(&self, text: String, pair: (u32, String)) -> Result<String, Busy>; }\n\
         #[async_trait] impl Call for Four { #[instrument(skip(self), err, ret)] RETRY \
         async fn call(&self, text: String, (number, _): (u32, String)) -> Result<String, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned(), (4, String::new()))")
    .value("(n + self.0 + number + text.len() as u32).to_string()", "1009"),
    Shape::future(
        "async_trait_instrument_err_ret_below",
        "#[async_trait] trait Call { async fn call(&self, text: String) -> Result<u32, Busy>; }\n\
         #[async_trait] impl Call for Four { RETRY #[instrument(skip(self), err, ret)] async fn call(&self, text: String) -> Result<u32, Busy> BODY }",
    )
    .method("Four(4).call(\"a\".to_owned())")
    .value("n + self.0 + text.len() as u32", "1005"),
    // Functions made by macros.
    Shape::sync(
        "macro_block",
        "macro_rules! make { ($text:ident, $number:ident, $body:block) => \
         { RETRY fn call($text: &str, $number: u32) -> Result<u32, Busy> $body } }\n\
         make!(text, number, BODY);",
    )
    .number("")
    .body_elsewhere(),
    Shape::future(
        "async_macro_block",
        "macro_rules! make { ($text:ident, $number:ident, $ty:ty, $body:block) => \
         { RETRY async fn call($text: &str, $number: u32) -> $ty $body } }\n\
         make!(text, number, Result<u32, Busy>, BODY);",
    )
    .number("")
    .body_elsewhere(),
    Shape::future(
        "boxed_macro_block",
        "macro_rules! make { ($text:ident, $number:ident, $ty:ty, $body:block) => \
         { RETRY fn call<'a>($text: &'a str, $number: u32) -> $ty { Box::pin(async move $body) } } }\n\
         make!(text, number, Pin<Box<dyn Future<Output = Result<u32, Busy>> + 'a>>, BODY);",
    )
    .number("")
    .body_elsewhere(),
    Shape::sync("macro_item", "macro_rules! make { ($item:item) => { $item } }\n\
        make! { RETRY fn call(text: &str, number: u32) -> Result<u32, Busy> BODY }"),
    Shape::future(
        "async_macro_whole",
        "macro_rules! make { ($($token:tt)*) => { $($token)* } }\n\
         make! { impl Four { RETRY async fn call(&mut self) -> Result<u32, Busy> BODY } }",
    )
    .method("Four(4).call()")
    .counts(),
    // Others.
    Shape::sync("extern_function", "RETRY extern \"Rust\" fn call(text: &str, number: u32) -> Result<u32, Busy> BODY"),
    Shape::sync("nested_function", "fn call(text: &str, number: u32) -> Result<u32, Busy> { \
        RETRY fn inner(text: &str, number: u32) -> Result<u32, Busy> BODY inner(text, number) }"),
    Shape::future("async_closure_parameter", "RETRY async fn call<F: AsyncFn(u32) -> u32>(work: F, number: u32) -> Result<u32, Busy> BODY")
        .call("call(async |n| n + 1, 4)")
        .value("n + work(number).await", "1005"),
];
