//- moved_argument
//# RETRY
pub fn case(text: String) -> Result<usize, Busy> {
    drop(text);
    one()
}

//- moved_argument_async
//# RETRY
pub async fn case(text: String) -> Result<usize, Busy> {
    drop(text);
    later().await
}

//- moved_argument_twice
//# RETRY
pub fn case(text: String) -> Result<usize, Busy> {
    drop(text);
    drop(text);
    one()
}

//- moved_argument_question
//# RETRY
pub fn case(text: String) -> Result<usize, Busy> {
    let n = one()?;
    Ok(text.into_bytes().len() + n)
}

//- moved_argument_into_a_closure
//# RETRY
pub fn case(list: Vec<u8>) -> Result<usize, Busy> {
    let take = move || list.len();
    Ok(take() + one()?)
}

//- moved_argument_of_a_named_future
//# RETRY
pub fn case(text: String) -> impl Future<Output = Result<usize, Busy>> {
    async move { Ok(later().await? + drop_text(text)) }.named("case")
}

//- moved_argument_of_a_boxed_named_future
//# RETRY
pub fn case(text: String) -> std::pin::Pin<Box<dyn Future<Output = Result<usize, Busy>>>> {
    Box::pin(async move { Ok(later().await? + drop_text(text)) }.named("case"))
}

//- moved_argument_of_a_called_future
//# RETRY
pub fn case(text: String) -> impl Future<Output = Result<usize, Busy>> {
    // Not an `async fn`: it hands on another function's future.
    takes_whole_text(text)
}

//- moved_argument_into_a_future
//# RETRY
pub fn case(text: String) -> impl Future<Output = Result<usize, Busy>> {
    async move { Ok(text.into_bytes().len()) }
}

//- moved_local
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let text = String::new();
    drop(text);
    Ok(text.len() + one()?)
}

//- moved_in_a_loop
//# RETRY
pub async fn case(n: usize) -> Result<usize, Busy> {
    let text = String::new();
    for _ in 0..n {
        drop(text);
    }
    later().await
}

//- moved_self_field
pub struct Case(String);
impl Case {
    //# RETRY
    pub fn case(&self) -> Result<String, Busy> {
        one()?;
        Ok(self.0)
    }
}

//- mismatched_tail
//# RETRY
pub fn case() -> Result<usize, Busy> {
    "text"
}

//- mismatched_tail_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    "text"
}

//- mismatched_ok
//# RETRY
pub fn case() -> Result<usize, Busy> {
    Ok("text")
}

//- mismatched_ok_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    later().await?;
    Ok("text")
}

//- mismatched_return
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    if n > 1 {
        return n;
    }
    one()
}

//- mismatched_return_async
//# RETRY
pub async fn case(n: usize) -> Result<usize, Busy> {
    if n > 1 {
        return Ok(());
    }
    later().await
}

//- mismatched_question
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let n = io()?;
    Ok(n)
}

//- mismatched_question_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    let n = io()?;
    Ok(n)
}

//- mismatched_branches
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    if n > 1 { one() } else { "text" }
}

//- mismatched_argument
//# RETRY
pub fn case() -> Result<usize, Busy> {
    takes_text(1)?;
    one()
}

//- missing_semicolon_type
//# RETRY
pub fn case() -> Result<usize, Busy> {
    one();
}

//- missing_semicolon_type_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    later().await;
}

//- missing_tail_after_question
//# RETRY
pub fn case() -> Result<usize, Busy> {
    one()?;
}

//- missing_field
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let point = Point { x: 1 };
    Ok(point.x + one()?)
}

//- unknown_field
//# RETRY
pub fn case(point: Point) -> Result<usize, Busy> {
    Ok(point.z + one()?)
}

//- unknown_method
//# RETRY
pub fn case(text: &str) -> Result<usize, Busy> {
    one()?;
    Ok(text.length())
}

//- unknown_method_async
//# RETRY
pub async fn case(text: &str) -> Result<usize, Busy> {
    later().await?;
    Ok(text.length())
}

//- unknown_name
//# RETRY
pub fn case() -> Result<usize, Busy> {
    Ok(nobody + one()?)
}

//- unknown_name_async
//# RETRY
pub async fn case(number: usize) -> Result<usize, Busy> {
    Ok(numbr + later().await?)
}

//- unknown_type
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let n: Nothing = one()?;
    Ok(n)
}

//- assigned_behind_shared_self
pub struct Case(usize);
impl Case {
    //# RETRY
    pub fn case(&self) -> Result<usize, Busy> {
        self.0 += 1;
        one()
    }
}

//- assigned_behind_shared_self_question
pub struct Case(usize);
impl Case {
    //# RETRY
    pub fn case(&self) -> Result<usize, Busy> {
        self.0 += one()?;
        Ok(self.0)
    }
}

//- assigned_behind_shared_self_async
pub struct Case(usize);
impl Case {
    //# RETRY
    pub async fn case(&self) -> Result<usize, Busy> {
        self.0 += 1;
        later().await
    }
}

//- changed_behind_shared_self_question
pub struct Case(Vec<usize>);
impl Case {
    //# RETRY
    pub fn case(&self) -> Result<usize, Busy> {
        self.0.push(one()?);
        Ok(self.0.len())
    }
}

//- changed_behind_shared_parameter_question
//# RETRY
pub fn case(list: &Vec<usize>) -> Result<usize, Busy> {
    list.push(one()?);
    Ok(list.len())
}

//- assigned_behind_shared_parameter_question
//# RETRY
pub fn case(list: &[usize]) -> Result<usize, Busy> {
    list[0] += one()?;
    Ok(list[0])
}

//- assigned_through_shared_reference_question
//# RETRY
pub fn case(n: &usize) -> Result<usize, Busy> {
    *n += one()?;
    Ok(*n)
}

//- borrowed_behind_shared_self_return
pub struct Case(usize);
impl Case {
    //# RETRY
    pub fn case(&self) -> Result<usize, Busy> {
        if one().is_err() {
            return Err(Busy);
        }
        let n = &mut self.0;
        *n += 1;
        Ok(*n)
    }
}

//- changed_parameter_question
//# RETRY
pub fn case(list: Vec<usize>) -> Result<usize, Busy> {
    list.push(one()?);
    Ok(list.len())
}

//- changed_parameter_async
//# RETRY
pub async fn case(list: Vec<usize>) -> Result<usize, Busy> {
    list.push(later().await?);
    Ok(list.len())
}

//- assigned_behind_shared_self_await_question
pub struct Case(usize);
impl Case {
    //# RETRY
    pub async fn case(&self) -> Result<usize, Busy> {
        self.0 += later().await?;
        Ok(self.0)
    }
}

//- changed_behind_shared_self_async
pub struct Case(Vec<usize>);
impl Case {
    //# RETRY
    pub async fn case(&self) -> Result<usize, Busy> {
        self.0.push(later().await?);
        Ok(self.0.len())
    }
}

//- assigned_parameter
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    n += 1;
    Ok(n + one()?)
}

//- assigned_parameter_in_place
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    n += 1;
    Ok(n)
}

//- assigned_parameter_async
//# RETRY
pub async fn case(n: usize) -> Result<usize, Busy> {
    n += 1;
    Ok(n + later().await?)
}

//- assigned_local
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let n = one()?;
    n += 1;
    Ok(n)
}

//- borrowed_mutably_without_mut
//# RETRY
pub fn case(list: Vec<usize>) -> Result<usize, Busy> {
    list.push(one()?);
    Ok(list.len())
}

//- borrowed_mutably_without_mut_async
//# RETRY
pub async fn case(list: Vec<usize>) -> Result<usize, Busy> {
    list.push(later().await?);
    Ok(list.len())
}

//- borrowed_mutably_twice
//# RETRY
pub fn case(list: &mut Vec<usize>) -> Result<usize, Busy> {
    let first = &mut *list;
    let second = &mut *list;
    first.push(1);
    second.push(one()?);
    Ok(2)
}

//- borrowed_while_mutated
//# RETRY
pub async fn case(mut list: Vec<usize>) -> Result<usize, Busy> {
    let first = &list[0];
    list.push(later().await?);
    Ok(*first)
}

//- reference_to_a_local
//# RETRY
pub fn case() -> Result<&'static str, Busy> {
    let text = String::new();
    one()?;
    Ok(text.as_str())
}

//- reference_to_a_local_async
//# RETRY
pub async fn case(text: &str) -> Result<&str, Busy> {
    let longer = format!("{text}!");
    later().await?;
    Ok(&longer)
}

//- wrong_lifetime_of_ok
//# RETRY
pub fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    one()?;
    Ok(if text.is_empty() { text } else { other })
}

//- wrong_lifetime_of_ok_in_place
//# RETRY
pub fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    Ok(if text.is_empty() { text } else { other })
}

//- wrong_lifetime_of_ok_async
//# RETRY
pub async fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    later().await?;
    Ok(if text.is_empty() { text } else { other })
}

//- wrong_lifetime_of_ok_in_a_match
//# RETRY
pub fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    let is_empty = text.is_empty();
    match is_empty {
        true => Ok(other),
        false => Ok(text),
    }
}

//- wrong_lifetime_of_ok_returned
//# RETRY
pub fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    if text.is_empty() {
        return Ok(other);
    }
    Ok(text)
}

//- wrong_lifetime_of_ok_returned_async
//# RETRY
pub async fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    if text.is_empty() {
        return Ok(other);
    }
    later().await?;
    Ok(text)
}

//- wrong_lifetime_of_ok_await
//# RETRY
pub async fn case<'a>(text: &'a str, other: &str) -> Result<&'a str, Busy> {
    later().await.map(|n| if n > text.len() { other } else { text })
}

//- static_of_parameter_in_place
//# RETRY
pub fn case(text: &str) -> Result<&'static str, Busy> {
    Ok(text)
}

//- static_of_parameter_async
//# RETRY
pub async fn case(text: &str) -> Result<&'static str, Busy> {
    later().await?;
    Ok(text)
}

//- static_box_of_parameter
//# RETRY
pub fn case(text: &str) -> Result<Box<dyn std::fmt::Display>, Busy> {
    Ok(Box::new(text))
}

//- lifetime_of_a_function
//# RETRY
pub fn case<'a>(text: &'a str, other: &str) -> Result<Box<dyn Fn(&str) -> &'a str + 'a>, Busy> {
    Ok(Box::new(move |_| text))
}

//- lifetime_of_self_or_parameter
pub struct Case(String);
impl Case {
    //# RETRY
    pub async fn case(&self, other: &str) -> Result<&str, Busy> {
        later().await?;
        Ok(if self.0.is_empty() { other } else { &self.0 })
    }
}

//- static_of_parameter
//# RETRY
pub fn case(text: &str) -> Result<&'static str, Busy> {
    one()?;
    Ok(text)
}

//- missing_await
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    let n = later()?;
    Ok(n)
}

//- missing_await_tail
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    later()
}

//- await_in_sync
//# RETRY
pub fn case() -> Result<usize, Busy> {
    later().await
}

//- question_on_an_option
//# RETRY
pub fn case(list: &[usize]) -> Result<usize, Busy> {
    Ok(*list.first()? + one()?)
}

//- question_on_an_option_async
//# RETRY
pub async fn case(list: &[usize]) -> Result<usize, Busy> {
    Ok(*list.first()? + later().await?)
}

//- question_on_a_number
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    Ok(n? + one()?)
}

//- annotations_needed
//# RETRY
pub fn case(text: &str) -> Result<usize, Busy> {
    let n = text.parse().unwrap_or_default();
    one()
}

//- annotations_needed_collect
//# RETRY
pub async fn case(text: &str) -> Result<usize, Busy> {
    let words = text.split(' ').collect();
    later().await
}

//- annotations_needed_result
//# RETRY
pub fn case(text: &str) -> Result<usize, Busy> {
    let n = text.len().try_into()?;
    Ok(n)
}

//- wrong_number_of_arguments
//# RETRY
pub fn case() -> Result<usize, Busy> {
    takes_text("a", 1)?;
    one()
}

//- wrong_number_of_arguments_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    takes_text()?;
    later().await
}

//- non_exhaustive_match
//# RETRY
pub fn case(shape: Shape) -> Result<usize, Busy> {
    match shape {
        Shape::Round => one(),
    }
}

//- non_exhaustive_match_async
//# RETRY
pub async fn case(shape: Shape) -> Result<usize, Busy> {
    match shape {
        Shape::Round => later().await,
    }
}

//- private_field
//# RETRY
pub fn case(point: Hidden) -> Result<usize, Busy> {
    Ok(point.secret + one()?)
}

//- private_method
//# RETRY
pub async fn case(point: Hidden) -> Result<usize, Busy> {
    point.whisper();
    later().await
}

//- missing_trait_bound
//# RETRY
pub fn case<T>(value: T) -> Result<String, Busy> {
    one()?;
    Ok(value.to_string())
}

//- missing_operator
//# RETRY
pub fn case(point: Point) -> Result<usize, Busy> {
    let twice = point + 1;
    one()
}

//- closure_captures_by_reference
//# RETRY
pub fn case(n: usize) -> Result<Box<dyn Fn() -> usize>, Busy> {
    one()?;
    Ok(Box::new(|| n))
}

//- closure_mutates
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let mut n = one()?;
    let add = || n += 1;
    add();
    Ok(n)
}

//- spawned_borrow
//# RETRY
pub fn case(text: &str) -> Result<usize, Busy> {
    std::thread::spawn(|| println!("{text}"));
    one()
}

//- break_outside_of_a_loop
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    if n > 1 {
        break;
    }
    one()
}

//- continue_outside_of_a_loop
//# RETRY
pub async fn case(n: usize) -> Result<usize, Busy> {
    if n > 1 {
        continue;
    }
    later().await
}

//- unknown_label
//# RETRY
pub fn case() -> Result<usize, Busy> {
    loop {
        break 'outer one();
    }
}

//- use_of_uninitialized
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    let value: usize;
    if n > 1 {
        value = one()?;
    }
    Ok(value)
}

//- never_returns
//# RETRY
pub fn case() -> Result<usize, Busy> {
    ends()
}

//- never_returns_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    ends()
}

//- type_of_a_literal
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let small: u8 = 300;
    Ok(usize::from(small) + one()?)
}

//- unsafe_without_unsafe
//# RETRY
pub fn case(pointer: *const usize) -> Result<usize, Busy> {
    Ok(*pointer + one()?)
}

//- cast
//# RETRY
pub fn case(text: &str) -> Result<usize, Busy> {
    Ok(text as usize + one()?)
}

//- format_argument
//# RETRY
pub fn case(point: Point) -> Result<String, Busy> {
    one()?;
    Ok(format!("{point}"))
}

//- format_too_few
//# RETRY
pub fn case() -> Result<String, Busy> {
    one()?;
    Ok(format!("{} {}", 1))
}

//- missing_lifetime
//# RETRY
pub fn case(a: &str, b: &str) -> Result<&str, Busy> {
    one()?;
    Ok(if a > b { a } else { b })
}

//- missing_lifetime_in_a_body
//# RETRY
pub fn case() -> Result<usize, Busy> {
    struct Part {
        text: &str,
    }
    one()
}

//- unused_variable
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let unused = 1;
    one()
}

//- unused_variable_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    let unused = 1;
    later().await
}

//- unused_parameter
//# RETRY
pub fn case(unused: usize) -> Result<usize, Busy> {
    one()
}

//- unused_parameter_async
//# RETRY
pub async fn case(unused: usize, (a, b): (usize, usize)) -> Result<usize, Busy> {
    Ok(a + later().await?)
}

//- unused_mut
//# RETRY
pub fn case(mut text: String) -> Result<usize, Busy> {
    let mut n = one()?;
    Ok(n + text.len())
}

//- unused_mut_reference
//# RETRY
pub fn case(mut text: &str) -> Result<usize, Busy> {
    Ok(one()? + text.len())
}

//- unused_assignment
//# RETRY
pub fn case() -> Result<usize, Busy> {
    let mut n = 1;
    n = one()?;
    Ok(n)
}

//- unused_assignment_of_a_parameter
//# RETRY
pub fn case(mut n: usize) -> Result<usize, Busy> {
    n = one()?;
    Ok(n)
}

//- unused_must_use
//# RETRY
pub fn case() -> Result<usize, Busy> {
    one();
    one()
}

//- unused_must_use_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    later();
    later().await
}

//- unused_import
//# RETRY
pub fn case() -> Result<usize, Busy> {
    use std::collections::HashMap;
    one()
}

//- unused_parentheses
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    if (n > 1) {
        return one();
    }
    one()
}

//- unused_function
//# RETRY
pub fn case() -> Result<usize, Busy> {
    fn nobody() {}
    one()
}

//- unused_label
//# RETRY
pub fn case() -> Result<usize, Busy> {
    'outer: loop {
        return one();
    }
}

//- unreachable_code
//# RETRY
pub fn case() -> Result<usize, Busy> {
    return one();
    one()
}

//- unreachable_code_async
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    return later().await;
    later().await
}

//- unreachable_after_panic
//# RETRY
pub fn case() -> Result<usize, Busy> {
    panic!("always");
    one()
}

//- unreachable_pattern
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    match n {
        _ => one(),
        1 => one(),
    }
}

//- naming
//# RETRY
pub fn case(Number: usize) -> Result<usize, Busy> {
    let Other = Number;
    Ok(Other + one()?)
}

//- deprecated
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    old();
    later().await
}

//- unconditional_recursion
//# RETRY
pub fn case(n: usize) -> Result<usize, Busy> {
    case(n)
}

//- dead_function
//# RETRY
fn case() -> Result<usize, Busy> {
    one()
}

//- not_send
//# RETRY
pub async fn case() -> Result<usize, Busy> {
    let shared = std::rc::Rc::new(1);
    let n = later().await?;
    Ok(*shared + n)
}
pub fn send() {
    needs_send(case());
}
