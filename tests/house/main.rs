//! The rules of the house that no compiler keeps: which module imports which, how long a file is, and how it begins.
//!
//! A module is a file. It imports another if its code names something that is defined there, in a `use` or in a path
//! where it is needed; what `lib.rs` or a `mod.rs` only re-exports counts as imported from where it is defined. A folder
//! imports what its files import. Code for tests (`#[cfg(test)]`) is left out.

mod imports;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use imports::Imports;
use source::Crate;

static RUNTIME: LazyLock<Crate> = LazyLock::new(|| read("runtime/src"));
static MACROS: LazyLock<Crate> = LazyLock::new(|| read("macros/src"));

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(sources: &str) -> Crate {
    let sources = root().join(sources);
    Crate::read(&|file| fs::read_to_string(sources.join(file)).ok())
}

/// The files of both crates outside of their tests: where each is, and its text.
fn files() -> impl Iterator<Item = (String, &'static str)> {
    let of = |folder: &'static str, sources: &'static Crate| {
        sources.files.iter().map(move |file| (format!("{folder}/src/{}", file.name), &*file.text))
    };
    of("runtime", &RUNTIME).chain(of("macros", &MACROS))
}

/// Fails with everything that is wrong, not with the first of it.
#[track_caller]
fn nothing(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn modules_of_the_runtime_import_without_a_circle() {
    nothing(&Imports::of(&RUNTIME).circles());
}

#[test]
fn modules_of_the_macros_import_without_a_circle() {
    nothing(&Imports::of(&MACROS).circles());
}

/// The engine knows neither of the doors to it: what the expansion names, and closures.
#[test]
fn the_engine_imports_nothing_from_the_expansion_or_from_retry() {
    let imports = Imports::of(&RUNTIME);
    let forbidden = |file: &str| file.starts_with("expansion/") || file.starts_with("retry/");
    nothing(&imports.from(|file| file.starts_with("call/"), forbidden));
}

#[test]
fn a_file_is_under_five_hundred_lines() {
    let long = files().filter(|(_, text)| text.lines().count() > 500);
    nothing(&long.map(|(file, text)| format!("{file}: {} lines", text.lines().count())).collect::<Vec<_>>());
}

#[test]
fn a_module_begins_with_a_line_that_says_what_it_is() {
    let says = |text: &str| {
        let mut lines = text.lines();
        lines.next().is_some_and(|line| line.starts_with("//! ") && line.ends_with('.'))
            && lines.next().is_none_or(|line| !line.starts_with("//!") || line == "//!")
    };
    let silent = files().filter(|(_, text)| !says(text));
    nothing(&silent.map(|(file, text)| format!("{file}: {:?}", text.lines().next())).collect::<Vec<_>>());
}

/// The text of every file below a folder that may hold comments of ours, and where it is.
fn texts(folder: &str, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            if name != "target" {
                texts(&path, into);
            }
        } else if Path::new(&name).extension().is_some_and(|extension| extension == "rs") {
            into.push((path.clone(), fs::read_to_string(root().join(path)).unwrap()));
        }
    }
}

/// What a comment leans on may move away.
#[test]
fn no_comment_begins_with_the_same() {
    let mut texts_of_ours = Vec::new();
    for folder in ["runtime/src", "macros/src", "examples", "benches/src", "fuzz/src", "tests"] {
        texts(folder, &mut texts_of_ours);
    }
    let mut wrong = Vec::new();
    for (file, text) in texts_of_ours {
        let mut begins = true;
        for (number, line) in text.lines().enumerate() {
            let comment = line.trim_start().strip_prefix("//").map(|line| line.trim_start_matches(['/', '!']).trim());
            if begins && comment.is_some_and(|comment| comment.starts_with("The same")) {
                wrong.push(format!("{file}:{}: {}", number + 1, line.trim()));
            }
            begins = comment.is_none_or(str::is_empty);
        }
    }
    nothing(&wrong);
}

/// The checks above, on crates that break the rules.
mod broken {
    use super::{Crate, Imports};

    fn imports(files: &[(&str, &str)]) -> Imports {
        let read = |name: &str| files.iter().find(|(file, _)| *file == name).map(|(_, text)| (*text).to_owned());
        Imports::of(&Crate::read(&read))
    }

    /// The circles of a crate of two modules.
    fn circles(first: &str, second: &str) -> Vec<String> {
        imports(&[
            ("lib.rs", "mod first; mod second; pub use first::First;"),
            ("first.rs", first),
            ("second.rs", second),
        ])
        .circles()
    }

    #[test]
    fn a_circle_is_found_wherever_the_path_stands() {
        let first = "use crate::second::Second; pub struct First;";
        for second in [
            "use crate::first::First; pub struct Second;",
            "use crate::First; pub struct Second;",
            "use super::first; pub struct Second;",
            "use crate::{first::{self as other, First as _}}; pub struct Second;",
            "pub struct Second; fn f() -> crate::First { todo!() }",
            "pub struct Second; fn f() { println!(\"{}\", crate::first::name()); }",
            "pub struct Second; fn f() { use super::First; }",
            "pub struct Second; impl Second { fn f(&self, _: &super::first::First) {} }",
            "pub struct Second; mod inner { use super::super::First; }",
            "pub struct Second; macro_rules! m { () => { $crate::first::name() } }",
            "use super::*; pub struct Second; fn f(_: first::First) {}",
            "#[cfg(not(test))] use crate::First; pub struct Second;",
            "#[cfg(any(test, feature = \"a\"))] use crate::First; pub struct Second;",
        ] {
            let found = circles(first, second);
            assert!(found.iter().any(|circle| circle.contains("second.rs imports ")), "{second}: {found:?}");
        }
    }

    #[test]
    fn no_circle_is_found_where_there_is_none() {
        let first = "use crate::second::Second; pub struct First;";
        for second in [
            "use std::fmt; pub struct Second; impl fmt::Debug for Second {}",
            "pub struct Second; #[cfg(test)] mod tests { use crate::First; }",
            "pub struct Second; #[cfg(all(test, loom))] fn f(_: crate::First) {}",
            "pub struct Second; #[test] fn f() { crate::first::name(); }",
            "/// As [`crate::First`].\npub(crate) struct Second;",
            "pub struct Second; fn f() { ::first::name(); }",
            "use first_of_all::First; pub struct Second;",
        ] {
            assert_eq!(circles(first, second), Vec::<String>::new(), "{second}");
        }
    }

    #[test]
    fn a_re_export_counts_where_it_leads() {
        let files = [
            ("lib.rs", "mod door; mod engine; mod user; pub use door::inner::Thing;"),
            ("door/mod.rs", "pub mod inner; pub use crate::engine::Engine;"),
            ("door/inner.rs", "pub struct Thing;"),
            ("engine.rs", "pub struct Engine;"),
            ("user.rs", "use crate::Thing; use crate::door::Engine;"),
        ];
        let imports = imports(&files);
        assert_eq!(imports.of_file("user.rs"), ["door/inner.rs", "engine.rs"]);
        // It has passed through the door all the same.
        assert_eq!(imports.from(|file| file == "user.rs", |file| file == "door/mod.rs").len(), 1);
    }

    #[test]
    fn folders_that_import_each_other_are_a_circle_though_no_file_is_in_one() {
        let files = [
            ("lib.rs", "mod call; mod upstream;"),
            ("call/mod.rs", "mod turn; pub mod wait;"),
            ("call/turn.rs", "use crate::upstream::Upstream;"),
            ("call/wait.rs", "pub struct Wait;"),
            ("upstream.rs", "mod pace; pub struct Upstream;"),
            ("upstream/pace.rs", "use crate::call::wait::Wait;"),
        ];
        let found = imports(&files).circles();
        assert!(
            found.len() == 1 && found[0].contains("call/turn.rs") && found[0].contains("upstream/pace.rs"),
            "{found:?}"
        );
    }

    #[test]
    fn an_import_turned_round_is_found() {
        let files = |wait| {
            [
                ("lib.rs", "#[path = \"expansion/mod.rs\"] pub mod __private; mod call; mod retry;"),
                ("expansion/mod.rs", "pub use crate::call::wait::Wait; mod plain;"),
                ("expansion/plain.rs", "use crate::call::wait::Wait; pub struct Plain;"),
                ("retry/mod.rs", "use crate::call::wait::Wait; pub struct Retry;"),
                ("call/mod.rs", "pub mod wait;"),
                ("call/wait.rs", wait),
            ]
        };
        let forbidden = |wait| {
            let doors = |file: &str| file.starts_with("expansion/") || file.starts_with("retry/");
            imports(&files(wait)).from(|file| file.starts_with("call/"), doors)
        };
        assert_eq!(forbidden("pub struct Wait;"), [""; 0]);
        assert_eq!(
            forbidden("use crate::__private::Wait as Other; pub struct Wait;"),
            ["call/wait.rs imports crate::__private::Wait from expansion/mod.rs"]
        );
        assert_eq!(
            forbidden("pub struct Wait; fn f(_: crate::__private::plain::Plain, _: crate::retry::Retry) {}"),
            [
                "call/wait.rs imports crate::__private::plain::Plain from expansion/mod.rs",
                "call/wait.rs imports crate::__private::plain::Plain from expansion/plain.rs",
                "call/wait.rs imports crate::retry::Retry from retry/mod.rs",
            ]
        );
    }
}
