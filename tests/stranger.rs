//! A stranger's first minute: the packages as they would be published, and the README's program, built from them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// An empty folder below the one for tests' files.
fn empty(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _none = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A folder of the system's for what is temporary, so that no settings of this workspace apply in it. It is removed at
/// the end.
struct Elsewhere(PathBuf);

impl Elsewhere {
    fn new() -> Self {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
        let folder = std::env::temp_dir().join(format!("persevere-stranger-{}-{now}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.0);
    }
}

/// Runs it, and returns what it prints.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let (printed, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{printed}{errors}");
    printed.into_owned()
}

/// Cargo, as a user would run it who has nothing to do with this workspace.
fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO_") && name != "CARGO_HOME") {
        cargo.env_remove(name);
    }
    cargo.env_remove("RUSTFLAGS").current_dir(folder);
    cargo
}

/// The first code block of the README in this language.
fn block(language: &str) -> String {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let lines = readme.lines().skip_while(|line| *line != format!("```{language}")).skip(1);
    lines.take_while(|line| *line != "```").flat_map(|line| [line, "\n"]).collect()
}

/// Both packages, unpacked side by side.
fn packages() -> PathBuf {
    let target = empty("packages");
    let mut package = cargo(&root());
    package.args(["package", "-p", "persevere-macros", "-p", "persevere", "--no-verify", "--allow-dirty", "--quiet"]);
    run(package.arg("--target-dir").arg(&target));
    let folder = target.join("package");
    let version = env!("CARGO_PKG_VERSION");
    for name in ["persevere", "persevere-macros"] {
        run(Command::new("tar").arg("-xzf").arg(format!("{name}-{version}.crate")).current_dir(&folder));
        fs::rename(folder.join(format!("{name}-{version}")), folder.join(name)).unwrap();
    }
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn the_readme_s_program_runs_with_the_packages_as_published() {
    let packages = packages();
    for name in ["persevere", "persevere-macros"] {
        let files = files(&packages.join(name));
        let has = |file: &str| files.iter().any(|path| path.ends_with(file));
        for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE", "src/lib.rs"] {
            assert!(has(file), "{name} has no {file}");
        }
        for file in ["tests.rs", "stress.rs", "interleavings.rs"] {
            assert!(!has(file), "{name} has {file}");
        }
        assert!(!files.iter().any(|path| path.components().any(|part| part.as_os_str() == "tests")), "{files:?}");
    }

    let (dependencies, program) = (block("toml"), block("rust"));
    assert!(dependencies.lines().count() + program.lines().count() <= 25, "it fits the first screen");
    let elsewhere = Elsewhere::new();
    let project = &elsewhere.0;
    let patch = |name: &str| format!("{name} = {{ path = {:?} }}\n", packages.join(name));
    let manifest = format!(
        "[package]\nname = \"stranger\"\nedition = \"2024\"\n\n{dependencies}\n[workspace]\n\n[patch.crates-io]\n{}{}",
        patch("persevere"),
        patch("persevere-macros")
    );
    fs::write(project.join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(project.join("src")).unwrap();
    fs::write(project.join("src/main.rs"), program).unwrap();

    // What the program depends on is built only once. Its own files have another name each time.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stranger");
    let printed = run(cargo(project).args(["run", "--quiet", "--target-dir"]).arg(&target));
    run(cargo(project).args(["clean", "--quiet", "-p", "stranger", "--target-dir"]).arg(&target));
    // The README shows one run; each draws its own waits.
    let without_waits = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split("; retrying in ").next().unwrap().to_owned()).collect()
    };
    assert_eq!(without_waits(&printed), without_waits(&block("text")));
}
