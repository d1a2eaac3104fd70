//- async_fn_bounds
#![feature(async_trait_bounds)]

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call<F: async Fn(u32) -> u32>(work: F) -> Result<u32, Busy> {
    Ok(fails_twice()? + work(1).await)
}

fn main() {
    check(run(call(add)), 9);
}

//- async_fn_bounds_in_a_where_clause
#![feature(async_trait_bounds)]

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call<F>(work: F) -> Result<u32, Busy>
where
    F: async Fn(u32) -> u32,
{
    Ok(fails_twice()? + work(1).await)
}

fn main() {
    check(run(call(add)), 9);
}

//- async_fn_bounds_of_a_parameter
#![feature(async_trait_bounds)]

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call(work: impl async Fn(u32) -> u32) -> Result<u32, Busy> {
    Ok(fails_twice()? + work(1).await)
}

fn main() {
    check(run(call(add)), 9);
}

//- async_fn_bounds_of_a_parameter_beside_a_mut_reference
#![feature(async_trait_bounds)]

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call(work: impl async Fn(u32) -> u32, list: &mut Vec<u32>, mut text: &str) -> Result<u32, Busy> {
    let list = list;
    list.push(1);
    let longer = format!("{text}b");
    text = &longer;
    assert_eq!(text, "ab");
    Ok(fails_twice()? + work(1).await)
}

fn main() {
    check(run(call(add, &mut Vec::new(), "a")), 9);
}

//- async_fn_bounds_of_what_is_returned
#![feature(async_trait_bounds)]

#[retry(initial = "0s", on = |_| true)]
fn call() -> Result<impl async Fn(u32) -> u32, Busy> {
    fails_twice()?;
    Ok(add)
}

fn main() {
    let work = call().unwrap();
    check(Ok(run(work(1))), 2);
}

//- return_type_notation
#![feature(return_type_notation)]

trait Load {
    async fn load(&self) -> u32;
}

impl Load for u32 {
    async fn load(&self) -> u32 {
        *self
    }
}

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call<T: Load<load(..): Send>>(from: T) -> Result<u32, Busy> {
    Ok(fails_twice()? + from.load().await)
}

fn main() {
    check(run(call(1)), 8);
}

//- return_type_notation_in_a_where_clause
#![feature(return_type_notation)]

trait Load {
    async fn load(&self) -> u32;
}

impl Load for u32 {
    async fn load(&self) -> u32 {
        *self
    }
}

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call<T: Load>(from: T) -> Result<u32, Busy>
where
    T::load(..): Send,
{
    Ok(fails_twice()? + from.load().await)
}

fn main() {
    check(run(call(1)), 8);
}

//- return_type_notation_of_a_method_in_a_block_of_a_macro
#![feature(return_type_notation)]

trait Load {
    async fn load(&self) -> u32;
}

impl Load for u32 {
    async fn load(&self) -> u32 {
        *self
    }
}

macro_rules! make {
    ($body:block) => {
        #[retry(initial = "0s", on = |_| true)]
        fn call<T: Load<load(..): Send>>(_: T) -> Result<u32, Busy> $body
    };
}

make!({ fails_twice() });

fn main() {
    check(call(1), 7);
}

//- unreadable_parameter_in_a_block_of_a_macro
#![feature(async_trait_bounds)]

macro_rules! make {
    ($body:block) => {
        #[retry(initial = "0s", sleep = ready, on = |_| true)]
        async fn call(_: impl async Fn(u32) -> u32) -> Result<u32, Busy> $body
    };
}

make!({ fails_twice() });

fn main() {
    check(run(call(add)), 7);
}

//- gen_fn
//# refused
#![feature(gen_blocks)]

#[retry(initial = "0s", on = |_| true)]
gen fn call() -> Result<u32, Busy> {
    yield fails_twice();
}

fn main() {
    check(call().next().unwrap(), 7);
}

//- async_gen_fn
//# refused
#![feature(gen_blocks)]

#[retry(initial = "0s", on = |_| true)]
async gen fn call() -> Result<u32, Busy> {
    yield fails_twice();
}

fn main() {
    drop(call());
}

//- gen_fn_in_a_block_of_a_macro
//# refused
#![feature(gen_blocks)]

macro_rules! make {
    ($body:block) => {
        #[retry(initial = "0s", on = |_| true)]
        gen fn call() -> Result<u32, Busy> $body
    };
}

make!({
    yield fails_twice();
});

fn main() {
    check(call().next().unwrap(), 7);
}

//- gen_fn_where_deprecation_is_allowed
//# refused
#![feature(gen_blocks)]
#![allow(deprecated)]

#[retry(initial = "0s", on = |_| true)]
gen fn call() -> Result<u32, Busy> {
    yield fails_twice();
}

fn main() {
    check(call().next().unwrap(), 7);
}

//- do_yeet
#![feature(yeet_expr)]

#[retry(initial = "0s", on = |_| true)]
fn call() -> Result<u32, Busy> {
    match fails_twice() {
        Ok(number) => Ok(number),
        Err(error) => do yeet error,
    }
}

fn main() {
    check(call(), 7);
}

//- do_yeet_async
#![feature(yeet_expr)]

#[retry(initial = "0s", sleep = ready, on = |_| true)]
async fn call() -> Result<u32, Busy> {
    match fails_twice() {
        Ok(number) => Ok(number),
        Err(error) => do yeet error,
    }
}

fn main() {
    check(run(call()), 7);
}

//- default_function
#![feature(specialization)]
#![allow(incomplete_features)]

trait Call {
    fn call(&self) -> Result<u32, Busy>;
}

impl<T> Call for T {
    #[retry(initial = "0s", on = |_| true)]
    default fn call(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + 1)
    }
}

fn main() {
    check(1.call(), 8);
}

//- default_unsafe_function
#![feature(specialization)]
#![allow(incomplete_features)]

trait Call {
    unsafe fn call(&self) -> Result<u32, Busy>;
}

impl<T> Call for T {
    #[retry(initial = "0s", on = |_| true)]
    default unsafe fn call(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + 1)
    }
}

fn main() {
    check(unsafe { 1.call() }, 8);
}

//- default_async_function
//# refused_without
#![feature(specialization)]
#![allow(incomplete_features)]

trait Call {
    async fn call(&self) -> Result<u32, Busy>;
}

impl<T> Call for T {
    #[retry(initial = "0s", sleep = ready, on = |_| true)]
    default async fn call(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + 1)
    }
}

fn main() {
    check(run(1.call()), 8);
}

//- default_extern_function
#![feature(specialization)]
#![allow(incomplete_features)]

trait Call {
    extern "Rust" fn call(&self) -> Result<u32, Busy>;
}

impl<T> Call for T {
    #[retry(initial = "0s", on = |_| true)]
    default extern "Rust" fn call(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + 1)
    }
}

fn main() {
    check(1.call(), 8);
}

//- final_function
#![feature(final_associated_functions)]

trait Call {
    #[retry(initial = "0s", on = |_| true)]
    final fn call(&self) -> Result<u32, Busy> {
        Ok(fails_twice()? + 1)
    }
}

impl Call for u32 {}

fn main() {
    check(1_u32.call(), 8);
}

//- unsafe_binders_in_parameters
#![feature(unsafe_binders)]
#![allow(incomplete_features)]

#[retry(initial = "0s", on = |_| true)]
fn call(_: Option<unsafe<'a> &'a u32>) -> Result<u32, Busy> {
    fails_twice()
}

fn main() {
    check(call(None), 7);
}

//- the_never_type_in_parameters
#![feature(never_type)]

#[retry(initial = "0s", on = |_| true)]
fn call(_: Option<!>) -> Result<u32, Busy> {
    fails_twice()
}

fn main() {
    check(call(None), 7);
}

//- pinned_references
#![feature(pin_ergonomics)]
#![allow(incomplete_features)]

#[retry(initial = "0s", on = |_| true)]
fn call(_: &pin mut u32) -> Result<u32, Busy> {
    fails_twice()
}

fn main() {
    check(call(&pin mut 1), 7);
}

//- try_blocks
#![feature(try_blocks)]

#[retry(initial = "0s", on = |_| true)]
fn call() -> Result<u32, Busy> {
    let number: Result<u32, Busy> = try { fails_twice()? + 1 };
    number
}

fn main() {
    check(call(), 8);
}
