//! What is said in two places is said alike.

#[test]
fn the_readme_and_the_attribute_have_one_table_of_keys() {
    // What the attribute's page links to from within, the README links to from without.
    let page = "https://docs.rs/persevere/latest/persevere/attr.retry.html#";
    let table = |text: &'static str| -> Vec<String> {
        let rows = text.lines().skip_while(|line| !line.starts_with("| key |"));
        rows.take_while(|line| line.starts_with('|')).map(|row| row.replace(page, "#")).collect()
    };
    let readme = table(include_str!("../README.md"));
    assert!(readme.len() > 2, "the table of keys is there");
    let page = include_str!("../macros/src/retry.md");
    assert_eq!(readme, table(page));
    for row in &readme[2..] {
        let (key, rest) = row.strip_prefix("| [`").and_then(|row| row.split_once("`](#")).expect(row);
        assert!(rest.starts_with(&format!("{key}) |")), "{row}");
        assert!(page.contains(&format!("\n## `{key}`\n")), "{key} has a part of its own");
    }
}

/// The rows of the table of functions that say "works", and the tests in `shapes/` that hold them.
const SHAPES: &[(&str, &[&str])] = &[
    (
        "`fn`, `async fn`, in editions 2018 to 2024",
        &["receivers::associated_functions_without_self", "bodies::the_question_mark_ends_an_attempt"],
    ),
    (
        "`&self`, `&mut self`, `self`, `mut self`",
        &[
            "receivers::shared_self",
            "receivers::exclusive_self_keeps_what_each_attempt_did_to_it",
            "receivers::owned_self",
        ],
    ),
    (
        "`self: Arc<Self>`, `Rc`, `Box`, `Pin<&mut Self>`",
        &["receivers::self_in_an_arc", "receivers::self_in_a_box", "receivers::pinned_self"],
    ),
    (
        "trait default methods, trait impls, generic impls",
        &[
            "receivers::default_methods_of_a_trait",
            "receivers::methods_of_a_trait_impl",
            "receivers::methods_of_a_generic_impl",
        ],
    ),
    (
        "`-> impl Future<Output = Result<..>>`",
        &["futures::impl_future", "futures::statements_before_the_future_run_once"],
    ),
    (
        "`-> Pin<Box<dyn Future<..>>>`, `-> BoxFuture<'_, Result<..>>`",
        &["futures::a_pinned_box", "futures::box_future_and_boxed"],
    ),
    (
        "functions that return the future of another method, also boxed, also with `&mut self`",
        &["unrepeated::the_future_of_a_method_on_exclusive_self"],
    ),
    ("a type alias of a future type, such as `-> Reply<'_>`", &["unrepeated::hooks_of_futures_under_other_names"]),
    (
        "a `return` before the async block at the end",
        &[
            "unrepeated::a_function_that_returns_before_its_async_block",
            "odd::functions_that_return_a_future_from_somewhere",
        ],
    ),
    ("a macro before the async block at the end", &["unrepeated::macros_before_the_async_block"]),
    ("methods in an `#[async_trait]`", &["async_trait::methods_of_an_impl", "async_trait::default_methods_of_a_trait"]),
    (
        "beside `#[instrument]`, `#[test]`, `cfg_attr`",
        &["attributes::below_instrument", "attributes::above_instrument"],
    ),
    ("beside `#[tokio::main]`, `#[tokio::test]`", &["attributes::tokio_main"]),
    (
        "generics, lifetimes, `where`, const generics",
        &["parameters::type_parameters_and_where_clauses", "parameters::const_parameters", "parameters::lifetimes"],
    ),
    ("`impl Trait` in parameters and in `Ok`", &["parameters::impl_trait_in_parameters", "returns::impl_trait_in_ok"]),
    (
        "patterns, `mut`, `ref` and `cfg` on parameters",
        &["parameters::patterns_are_taken_apart_once", "parameters::cfg_on_a_parameter"],
    ),
    (
        "`&mut T`, `impl FnMut`, `&mut dyn FnMut` parameters",
        &["parameters::a_mut_reference_may_be_moved_by_the_body", "parameters::closures_as_parameters"],
    ),
    (
        "a result that borrows from `&self` or a `&T` parameter",
        &["receivers::what_is_returned_may_borrow_from_shared_self", "returns::ok_may_borrow_from_a_parameter"],
    ),
    ("`io::Result<T>`, `anyhow::Result<T>`, other aliases", &["returns::aliases_of_result", "returns::anyhow"]),
    (
        r#"`unsafe fn`, `extern "C" fn`, raw identifiers"#,
        &["attributes::unsafe_functions", "attributes::extern_functions", "shadowing::raw_identifiers"],
    ),
    ("recursion", &["bodies::recursion", "futures::a_pinned_box_that_is_recursive"]),
    (
        "functions made by `macro_rules!`, of any fragment",
        &["macro_rules::expr", "macro_rules::block", "macro_rules::ty", "macro_rules::whole_traits"],
    ),
    (
        "modules that shadow `Result`, `Ok`, `std`, `core`, `tokio`, ..",
        &["shadowing::types_and_variants", "shadowing::crates_and_modules", "shadowing::modules_without_the_prelude"],
    ),
    (
        "spawned tasks, methods of trait objects",
        &["send::a_spawned_task", "send::a_trait_with_repeated_methods_makes_objects"],
    ),
];

#[test]
fn every_shape_in_the_documentation_has_its_tests() {
    let page = include_str!("../macros/src/retry.md");
    let table = page.lines().skip_while(|line| !line.starts_with("| function |")).skip(2);
    let rows: Vec<&str> = table.take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20);
    for row in &rows {
        let known = SHAPES.iter().any(|(function, _)| row.starts_with(&format!("| {function} |")));
        assert_eq!(known, row.contains("work") || row.contains("above it"), "{row}");
    }
    for (function, tests) in SHAPES {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| {function} |"))), "{function}");
        for test in *tests {
            let (module, name) = test.split_once("::").expect(test);
            let file = format!("{}/shapes/{module}.rs", env!("CARGO_MANIFEST_DIR"));
            let source = std::fs::read_to_string(&file).expect(&file);
            assert!(source.contains(&format!("fn {name}()")), "{file} has no test {name}");
        }
    }
}

/// Editors offer every key; `crate` cannot be imported.
#[test]
fn editors_know_every_key_of_the_table() {
    let table = include_str!("../README.md").lines().skip_while(|line| !line.starts_with("| key |")).skip(2);
    let rows = table.take_while(|line| line.starts_with("| [`"));
    let keys = rows.map(|row| row["| [`".len()..].split('`').next().unwrap());
    let known = include_str!("../runtime/src/expansion/keys.rs")
        .lines()
        .skip_while(|line| !line.starts_with("keys! {"))
        .skip(1);
    let mut known: Vec<&str> = known.map(str::trim).filter(|line| !line.starts_with("///") && *line != "}").collect();
    known.push("crate");
    assert_eq!(keys.collect::<Vec<_>>(), known);
}

/// Editors offer every word of the derive's attribute; `crate` and `in` are keywords, which cannot be imported.
#[test]
fn editors_know_every_word_of_the_derive() {
    let words = include_str!("../macros/src/derive/words.rs").split("name: \"").skip(1);
    let words = words.map(|rest| rest.split('"').next().unwrap()).filter(|word| !["in", "crate"].contains(word));
    let known = include_str!("../runtime/src/expansion/words.rs").lines().skip_while(|line| *line != "keys! {").skip(1);
    let known = known.map(str::trim).filter(|line| !line.starts_with("///") && *line != "}");
    assert_eq!(words.collect::<Vec<_>>(), known.collect::<Vec<_>>());
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

/// Every Markdown file of the repository, and where it is.
fn pages() -> Vec<(String, String)> {
    let root = format!("{}/..", env!("CARGO_MANIFEST_DIR"));
    let files = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/ARCHITECTURE.md", "benches/README.md"];
    let files = files.into_iter().chain(["macros/README.md", "macros/src/retry.md", "macros/src/retryable.md"]);
    files.map(|file| (file.to_owned(), std::fs::read_to_string(format!("{root}/{file}")).expect(file))).collect()
}

/// What stands in the round brackets of links and pictures.
fn links(text: &str) -> Vec<&str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link).collect()
}

#[test]
fn every_link_to_a_file_of_the_repository_leads_to_one() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let repository = env!("CARGO_PKG_REPOSITORY");
    let raw = repository.replace("github.com", "raw.githubusercontent.com");
    let (mut followed, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        for link in links(&text) {
            let here = root.join(&page).parent().unwrap().to_owned();
            let target = if let Some(path) = link.strip_prefix(&format!("{repository}/blob/main/")) {
                root.join(path)
            } else if let Some(path) = link.strip_prefix(&format!("{raw}/main/")) {
                root.join(path)
            } else if link.starts_with("https://") || link.starts_with('#') {
                continue;
            } else {
                here.join(link.split('#').next().unwrap())
            };
            followed += 1;
            if !target.exists() {
                wrong.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty() && followed > 5, "{followed} links; {wrong:#?}");
}

/// Run behind `cargo doc --all-features`, whose pages it looks at: `-- --ignored`.
#[test]
#[ignore = "it needs the documentation, which the gate builds first"]
fn every_link_to_the_documentation_leads_to_a_page_and_its_heading() {
    let rendered = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/doc");
    let guide = format!("{}/../runtime/src/lib.rs", env!("CARGO_MANIFEST_DIR"));
    let root = ("lib.rs".to_owned(), std::fs::read_to_string(guide).unwrap());
    let (mut followed, mut wrong) = (0, Vec::new());
    for (page, text) in pages().into_iter().chain([root]) {
        let addresses = text.split("https://docs.rs/persevere/latest/").skip(1);
        for address in addresses.map(|rest| rest.split([')', '\n', ' ']).next().unwrap()) {
            let (path, heading) = address.split_once('#').unwrap_or((address, ""));
            let file = if path.ends_with('/') { format!("{path}index.html") } else { path.to_owned() };
            let found = std::fs::read_to_string(rendered.join(&file)).unwrap_or_default();
            followed += 1;
            if found.is_empty() || !heading.is_empty() && !found.contains(&format!("id=\"{heading}\"")) {
                wrong.push(format!("{page}: {address}"));
            }
        }
    }
    assert!(wrong.is_empty() && followed > 40, "{followed} links; {wrong:#?}");
}

/// The README is read on the registry's page too, where only whole addresses lead anywhere.
#[test]
fn every_link_of_a_published_page_is_a_whole_address() {
    for (page, text) in pages().iter().filter(|(page, _)| page == "README.md" || page == "macros/README.md") {
        for link in links(text) {
            assert!(link.starts_with("https://"), "{page}: {link}");
        }
    }
}

/// The attribute reads durations while compiling, and a configuration file's are read at run time. Neither crate can use
/// the code of the other, so that the text stands in both.
#[test]
fn durations_are_read_alike_while_compiling_and_at_run_time() {
    fn reader(text: &str, end: &str) -> String {
        text.split_once(end).expect(end).0.trim_end().to_owned()
    }
    let attribute = reader(include_str!("../macros/src/attribute/duration.rs"), "\n#[cfg(test)]");
    assert!(attribute.contains("fn parse("));
    assert_eq!(attribute, reader(include_str!("../runtime/src/duration.rs"), "\n/// Writes a duration"));
}

/// A page of documentation shows that many columns of an example; the rest has to be scrolled to.
#[test]
fn no_line_of_an_example_is_cut_off() {
    const COLUMNS: usize = 85;
    let mut sources = Vec::new();
    let mut folders = vec![std::path::PathBuf::from("../runtime/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of sources") {
            let path = entry.expect("an entry of it").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "md") {
                let is_code = path.extension().is_some_and(|extension| extension == "rs");
                let text = std::fs::read_to_string(&path).expect("a source is text");
                sources.push((path.display().to_string(), is_code, text));
            }
        }
    }
    for page in ["../README.md", "../macros/README.md", "../macros/src/retry.md", "../macros/src/retryable.md"] {
        sources.push((page.to_owned(), false, std::fs::read_to_string(page).expect("a page is text")));
    }
    let mut lines = 0;
    for (source, is_code, text) in &sources {
        let mut in_example = false;
        for line in text.lines() {
            let line = if *is_code { line.trim_start() } else { line };
            let shown = match (is_code, line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))) {
                (true, None) => {
                    in_example = false;
                    continue;
                }
                (true, Some(comment)) => comment.strip_prefix(' ').unwrap_or(comment),
                (false, _) => line,
            };
            if shown.trim_start().starts_with("```") {
                in_example = !in_example;
            } else if in_example && !shown.starts_with("# ") {
                lines += 1;
                assert!(shown.chars().count() <= COLUMNS, "{source}: {shown}");
            }
        }
        assert!(!in_example, "{source}: an example has no end");
    }
    assert!(lines > 1000, "{lines} lines of examples were found");
}
