//! The statements before a final async block, if something among them may return from the function.

use std::marker::PhantomData;

/// Runs the statements, and returns the future that comes after them.
///
/// They run in a closure, so that a `return` among them returns from the closure. Its value then has a type that
/// `Kept::at_end` refuses, and the compiler reports it, instead of a future that is never retried.
#[inline]
pub fn before<T, R>(statements: impl FnOnce(Kept<'_, T, R>) -> R) -> T {
    let mut future = None;
    statements(Kept { future: &mut future, returned: PhantomData });
    // A closure that returns an `End` has called `at_end`, as nothing else makes one.
    future.unwrap_or_else(|| std::process::abort())
}

/// Holds the future. `R`, which the closure returns, is a parameter of this type, so that the compiler checks it at the
/// call of [`at_end`](Self::at_end), and reports no other error about it.
pub struct Kept<'a, T, R> {
    future: &'a mut Option<T>,
    returned: PhantomData<fn() -> R>,
}

impl<T, R> Kept<'_, T, R> {
    /// Keeps the future. Its call is the last expression of the closure.
    #[inline]
    pub fn at_end(self, future: T) -> R
    where
        Statements: EndOnlyIn<R>,
    {
        *self.future = Some(future);
        Statements::end()
    }
}

/// The statements before a final async block.
pub struct Statements;

/// What the closure around the statements returns.
pub struct End(());

/// Holds if the only way out of the statements is the async block at their end. There is one implementation, so that
/// the compiler infers `R` as `End` if no `return` in the closure says otherwise.
#[diagnostic::on_unimplemented(
    message = "something returns from this function before its final async block, and would not be repeated",
    label = "this, or a macro after it, returns a future of its own",
    note = "write the `return` out, and all of the function is repeated; or write an `async fn`, whose whole body is"
)]
pub trait EndOnlyIn<R> {
    fn end() -> R;
}

impl EndOnlyIn<End> for Statements {
    #[inline]
    fn end() -> End {
        End(())
    }
}
