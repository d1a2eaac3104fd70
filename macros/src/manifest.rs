//! By which name the crate that is compiled knows the runtime, as its manifest says.
//!
//! A wrong path to the runtime would be one compiler error for each place where the expansion uses it, and none would
//! say what to write. So the manifest is read first. Where it cannot be read or is unclear, nothing is reported.

use std::cell::RefCell;
use std::path::PathBuf;
use std::{env, fs};

use proc_macro2::Span;
use syn::Path;

use crate::errors::Errors;

/// What a manifest says of the runtime.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// It is a dependency under its own name, or the manifest does not show otherwise.
    AsPersevere,
    As(String),
    Not,
}

thread_local! {
    /// The manifest that was read last. A compiler needs that of one crate only, but once for each function.
    static LAST: RefCell<Option<(PathBuf, Known)>> = const { RefCell::new(None) };
}

/// Reports that this crate knows the runtime by another name, or does not know it. The caller asks only where the user
/// gives no path to the runtime. `written` turns a path into the argument that gives it, for the message.
pub(crate) fn check(written: impl Fn(&str) -> String, errors: &Errors) {
    let message = match known() {
        Known::AsPersevere => return,
        Known::As(name) => {
            let written = written(&format!("::{name}"));
            format!("`Cargo.toml` calls `persevere` by another name: write `{written}`")
        }
        Known::Not => {
            let written = written("other::persevere");
            format!("`Cargo.toml` has no dependency `persevere`: write where it is to be found, such as `{written}`")
        }
    };
    errors.push(syn::Error::new(Span::call_site(), message));
}

/// The path of the runtime, if this crate knows it by another name only.
pub(crate) fn path() -> Option<Path> {
    let Known::As(name) = known() else { return None };
    syn::parse_str(&format!("::{name}")).ok()
}

/// Whether the manifest has no dependency that is the runtime, so that no path that the macro could write leads to it.
pub(crate) fn is_absent() -> bool {
    known() == Known::Not
}

fn known() -> Known {
    manifest().map_or(Known::AsPersevere, known_of)
}

/// The manifest of the crate that is compiled, as cargo tells it.
fn manifest() -> Option<PathBuf> {
    let file = env::var_os("CARGO_MANIFEST_PATH").map(PathBuf::from);
    file.or_else(|| env::var_os("CARGO_MANIFEST_DIR").map(|folder| PathBuf::from(folder).join("Cargo.toml")))
}

/// What this manifest says. It is read again only after another one.
fn known_of(file: PathBuf) -> Known {
    LAST.with_borrow_mut(|last| match last {
        Some((known_file, known)) if *known_file == file => known.clone(),
        _ => {
            let known = fs::read_to_string(&file).map_or(Known::AsPersevere, |text| read(&text));
            *last = Some((file, known.clone()));
            known
        }
    })
}

/// Reads a manifest line by line. In doubt it answers `AsPersevere`, so that nothing is reported.
fn read(manifest: &str) -> Known {
    if !manifest.contains("persevere") {
        return Known::Not;
    }
    let mut table = "";
    let mut renamed = None;
    for line in manifest.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        if let Some(header) = line.strip_prefix('[') {
            table = header.split(']').next().unwrap_or_default().trim();
        }
        if is_word_of(line) {
            return Known::AsPersevere;
        }
        let compact = line.replace(' ', "");
        if table.contains("dependencies") && compact.contains("package=\"persevere\"") {
            let name = match table.rsplit_once("dependencies.") {
                Some((_, name)) => name,
                None => compact.split(['=', '.']).next().unwrap_or_default(),
            };
            renamed = Some(name.trim_matches('"').replace('-', "_"));
        }
    }
    renamed.map_or(Known::AsPersevere, Known::As)
}

/// Whether `persevere` stands in a line outside of quotes, as the name of a dependency does. A comment behind a value
/// counts too: it leaves the manifest in doubt.
fn is_word_of(line: &str) -> bool {
    let unquoted = line.split('"').step_by(2);
    unquoted
        .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')))
        .any(|word| word == "persevere")
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    #[test]
    fn a_manifest_says_by_which_name_the_runtime_is_known() {
        for (manifest, known) in [
            ("[dependencies]\npersevere = \"1\"", Known::AsPersevere),
            ("[dependencies.persevere]\npath = \"..\"", Known::AsPersevere),
            ("[dependencies]\npersevere.workspace = true", Known::AsPersevere),
            ("[package]\nname = \"persevere\"", Known::AsPersevere),
            ("[dependencies]\nagain = { version = \"1\", package = \"persevere\" }", Known::As("again".to_owned())),
            ("[dependencies]\nonce-more.package=\"persevere\"", Known::As("once_more".to_owned())),
            ("[dev-dependencies.again]\npackage = \"persevere\" # why", Known::As("again".to_owned())),
            ("[target.'cfg(unix)'.dependencies]\nagain={package=\"persevere\"}", Known::As("again".to_owned())),
            (
                "[dependencies]\npersevere = \"2\"\nold = { version = \"1\", package = \"persevere\" }",
                Known::AsPersevere,
            ),
            (
                "[dependencies]\nagain = { version = \"1\", package = \"persevere\" }\nlog = \"1\"",
                Known::As("again".to_owned()),
            ),
            ("[package.metadata.docs]\npackage = \"persevere\"", Known::AsPersevere),
            ("[dependencies]\nfacade = \"1\"", Known::Not),
            ("[dependencies]\nfacade = \"1\" # has persevere", Known::AsPersevere),
        ] {
            assert_eq!(read(manifest), known, "{manifest}");
        }
    }

    #[test]
    fn another_name_is_a_path_and_no_name_is_absence() {
        let file = manifest().unwrap();
        for (known, expected, absent) in [
            (Known::AsPersevere, None, false),
            (Known::As("again".to_owned()), Some(":: again"), false),
            (Known::Not, None, true),
        ] {
            LAST.set(Some((file.clone(), known)));
            let path = path().map(|path| path.to_token_stream().to_string());
            assert_eq!((path.as_deref(), is_absent()), (expected, absent));
        }
        LAST.set(None);
    }

    #[test]
    fn a_manifest_is_read_once_until_there_is_another() {
        let folder = env::temp_dir().join(format!("persevere-macros-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (one, other) = (folder.join("one.toml"), folder.join("other.toml"));
        fs::write(&one, "[dependencies]\nagain = { package = \"persevere\" }").unwrap();
        fs::write(&other, "[dependencies]").unwrap();
        let renamed = Known::As("again".to_owned());
        assert_eq!(known_of(one.clone()), renamed);
        fs::write(&one, "[dependencies]").unwrap();
        assert_eq!(known_of(one.clone()), renamed, "a function that is expanded later reads no file");
        assert_eq!(known_of(other), Known::Not);
        assert_eq!(known_of(one), Known::Not);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(known_of(folder), Known::AsPersevere, "what cannot be read is no mistake");
    }
}
