//! The compiler, called on a file as cargo would call it, and what it says as data. Tests include it with `#[path]`,
//! and each uses a part.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Whose compiler it is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Toolchain {
    /// The one that runs the tests.
    Own,
    Nightly,
}

impl Toolchain {
    fn command(self, tool: &str) -> Command {
        if self == Self::Nightly {
            let mut command = Command::new("rustup");
            command.args(["run", "nightly", tool]);
            return command;
        }
        Command::new(env::var_os(tool.to_uppercase()).unwrap_or_else(|| tool.into()))
    }

    /// Whether it is installed.
    pub(crate) fn is_there(self) -> bool {
        self.command("rustc").arg("--version").output().is_ok_and(|output| output.status.success())
    }
}

/// A compiler that knows the dependencies of a package.
pub(crate) struct Compiler {
    toolchain: Toolchain,
    externs: HashMap<String, PathBuf>,
    folder: PathBuf,
    /// The folder of the manifest that macros are told of, if it is not that of the test.
    manifest: Option<PathBuf>,
}

/// A message of the compiler about a place in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Message {
    /// `error` or `warning`.
    pub(crate) level: String,
    /// `E0382`, or the name of a lint.
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) file: PathBuf,
    /// The line and the column where the first primary span begins.
    pub(crate) start: (u64, u64),
    /// And where it ends.
    pub(crate) end: (u64, u64),
    /// All of it, as a terminal shows it.
    pub(crate) rendered: String,
}

impl Compiler {
    /// Has cargo build what these arguments name, with its dependencies.
    pub(crate) fn new(toolchain: Toolchain, arguments: &[&str], folder: &Path) -> Self {
        let mut build = toolchain.command("cargo");
        let output =
            build.args(["build", "--quiet", "--message-format=json"]).args(arguments).output().expect("cargo starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut externs = HashMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(artifact) = serde_json::from_str::<Value>(line) else { continue };
            let name = artifact["target"]["name"].as_str().unwrap_or_default().replace('-', "_");
            let files =
                artifact["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str).map(PathBuf::from);
            let library = |file: &PathBuf| {
                file.extension()
                    .is_some_and(|ending| ["rlib", "so", "dylib", "dll"].iter().any(|known| ending == *known))
            };
            if let Some(file) = files.into_iter().find(library) {
                externs.insert(name, file);
            }
        }
        fs::create_dir_all(folder).expect("the folder for what is compiled can be made");
        Self { toolchain, externs, folder: folder.to_owned(), manifest: None }
    }

    /// The compiler as cargo would call it for the package in this folder.
    pub(crate) fn with_manifest(self, folder: &Path) -> Self {
        Self { manifest: Some(folder.to_owned()), ..self }
    }

    /// Checks a file with these dependencies, each by its name or as `other=name` by another, and returns what the compiler says of it.
    pub(crate) fn check(&self, file: &Path, dependencies: &[&str], options: &[&str]) -> Vec<Message> {
        self.compile(file, dependencies, &[options, &["--emit=metadata"]].concat())
    }

    /// Compiles a file with these dependencies, and returns what the compiler says of it.
    pub(crate) fn compile(&self, file: &Path, dependencies: &[&str], options: &[&str]) -> Vec<Message> {
        let mut rustc = self.toolchain.command("rustc");
        rustc.args(["--error-format=json", "--out-dir"]).arg(&self.folder).args(options);
        if let Some(folder) = &self.manifest {
            rustc.env("CARGO_MANIFEST_DIR", folder).env_remove("CARGO_MANIFEST_PATH");
        }
        for name in dependencies {
            let (called, name) = name.split_once('=').unwrap_or((name, name));
            let library = &self.externs[name];
            rustc.arg("--extern").arg(format!("{called}={}", library.display()));
            // What cargo was asked for itself stands above the folder of its dependencies.
            let folder = library.parent().expect("it stands in a folder");
            for folder in [folder.to_owned(), folder.join("deps")] {
                rustc.arg("-L").arg(format!("dependency={}", folder.display()));
            }
        }
        let output = rustc.arg(file).output().expect("rustc starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let messages: Vec<Message> = stderr.lines().filter_map(Message::read).collect();
        assert!(output.status.success() || !messages.is_empty(), "{stderr}");
        messages
    }
}

impl Message {
    fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let spans = value["spans"].as_array()?;
        let primary = spans.iter().find(|span| span["is_primary"] == true)?;
        let span = outermost(primary);
        let number = |key: &str| span[key].as_u64();
        Some(Self {
            level: text(&value["level"])?,
            code: text(&value["code"]["code"]).unwrap_or_default(),
            text: text(&value["message"])?,
            file: text(&span["file_name"])?.into(),
            start: (number("line_start")?, number("column_start")?),
            end: (number("line_end")?, number("column_end")?),
            rendered: text(&value["rendered"])?,
        })
    }
}

/// Where a span that a macro made was called from, if it stands in another file.
fn outermost(span: &Value) -> &Value {
    let mut span = span;
    while span["file_name"].as_str().is_some_and(|file| file.contains(".cargo") || file.contains("/rustc/")) {
        let Some(call) = span["expansion"].get("span") else { break };
        span = call;
    }
    span
}

/// The declaration of a module that stands in this file.
pub(crate) fn module(name: &str, file: &Path) -> String {
    let file = file.to_str().expect("the path of a test is text");
    format!("#[path = {file:?}] pub mod {name};\n")
}
