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

/// The tests that the table of function shapes names exist.
#[test]
fn every_shape_in_the_documentation_has_its_tests() {
    let page = include_str!("../macros/src/retry.md");
    let table = page.lines().skip_while(|line| !line.starts_with("| function | tests |")).skip(2);
    let mut named = 0;
    for row in table.take_while(|line| line.starts_with('|')) {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for test in tests.split(", ") {
            let (module, function) = test.trim_matches('`').split_once("::").expect(row);
            let file = format!("{}/shapes/{module}.rs", env!("CARGO_MANIFEST_DIR"));
            let source = std::fs::read_to_string(&file).expect(&file);
            assert!(source.contains(&format!("fn {function}()")), "{file} has no test {function}");
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
}

/// Editors offer every key; `crate` cannot be imported.
#[test]
fn editors_know_every_key_of_the_table() {
    let table = include_str!("../README.md").lines().skip_while(|line| !line.starts_with("| key |")).skip(2);
    let rows = table.take_while(|line| line.starts_with("| `"));
    let keys = rows.map(|row| row["| `".len()..].split('`').next().unwrap());
    let known = include_str!("../runtime/src/expansion/keys.rs")
        .lines()
        .skip_while(|line| !line.starts_with("keys! {"))
        .skip(1);
    let mut known: Vec<&str> = known.map(str::trim).filter(|line| !line.starts_with("///") && *line != "}").collect();
    known.push("crate");
    assert_eq!(keys.collect::<Vec<_>>(), known);
}

/// The package of the macros does not run the examples of its pages.
#[test]
fn the_examples_of_every_page_are_run() {
    let pages = format!("{}/../macros/src", env!("CARGO_MANIFEST_DIR"));
    let mut number = 0;
    for file in std::fs::read_dir(pages).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(include_str!("documentation.rs").contains(&format!("src/{name}\")]")), "{name}");
            number += 1;
        }
    }
    assert!(number > 0);
}
