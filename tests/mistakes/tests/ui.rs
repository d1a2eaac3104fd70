//! Mistakes, and what the compiler prints for them.
//!
//! `ui/` holds the cases in our own words; `ui/rustc/` those that quote the compiler's, which may change with it.

#[test]
fn mistakes_are_explained_where_they_are() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.compile_fail("tests/ui/rustc/*.rs");
}
