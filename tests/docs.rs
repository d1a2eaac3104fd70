//! What is said in two places is said alike.

#[test]
fn the_readme_and_the_attribute_have_one_table_of_keys() {
    let table = |text: &'static str| -> Vec<&'static str> {
        let rows = text.lines().skip_while(|line| !line.starts_with("| key |"));
        rows.take_while(|line| line.starts_with('|')).collect()
    };
    let readme = table(include_str!("../README.md"));
    assert!(readme.len() > 2, "the table of keys is there");
    assert_eq!(readme, table(include_str!("../macros/src/retry.md")));
}
