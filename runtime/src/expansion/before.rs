//! The statements before a final async block, where something among them may leave the function.

use std::marker::PhantomData;

/// Runs the statements, and returns the future that stands behind them.
///
/// They stand in a closure, so that what leaves them early is not what the function returns: it is of a type that
/// `Kept::at_end` refuses, and never a future that nobody repeats.
#[inline]
pub fn before<T, R>(statements: impl FnOnce(Kept<'_, T, R>) -> R) -> T {
    let mut future = None;
    statements(Kept { future: &mut future, returned: PhantomData });
    // A closure that returns an `End` has called `at_end`, as nothing else makes one.
    future.unwrap_or_else(|| std::process::abort())
}

/// Where the future is kept. It knows the type that the closure returns before [`at_end`](Self::at_end) is called, so that
/// the compiler judges that type there, and says nothing else of it.
pub struct Kept<'a, T, R> {
    future: &'a mut Option<T>,
    returned: PhantomData<fn() -> R>,
}

impl<T, R> Kept<'_, T, R> {
    /// Keeps the future, and is the last expression of the statements.
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

/// Whether the statements end in the async block alone. There is one implementation, so that the compiler knows what the
/// closure returns if nothing in it does.
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
