//! Packages that are made to be built, and the time that it takes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A package outside of every workspace but its own, with a target directory of its own.
pub struct Package {
    pub directory: PathBuf,
}

impl Package {
    /// Writes it, with the versions that this workspace has locked.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(name: &str, dependencies: &str, files: &[(&str, &str)]) -> io::Result<Self> {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
        let directory = benches.join("target/packages").join(name);
        fs::create_dir_all(directory.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"built\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}"
        );
        fs::write(directory.join("Cargo.toml"), manifest)?;
        fs::copy(benches.join("Cargo.lock"), directory.join("Cargo.lock"))?;
        for (file, text) in files {
            fs::write(directory.join("src").join(file), text)?;
        }
        Ok(Self { directory })
    }

    /// Where cargo builds it.
    #[must_use]
    pub fn target(&self) -> PathBuf {
        self.directory.join("target")
    }

    /// As if its first file had been changed.
    ///
    /// # Errors
    ///
    /// If there is no such file.
    pub fn touch(&self) -> io::Result<()> {
        let file = self.directory.join("src/lib.rs");
        let text = fs::read(&file)?;
        fs::write(file, text)
    }

    /// The lines of all functions in what rustc gives to LLVM.
    ///
    /// # Errors
    ///
    /// If it cannot be built.
    pub fn llvm_lines(&self, profile: &[&str]) -> io::Result<f64> {
        self.touch()?;
        let arguments = ["--emit=llvm-ir", "-Cno-prepopulate-passes", "-Cdebuginfo=0", "-Ccodegen-units=1"];
        self.cargo(&[&["rustc", "--lib"], profile, &["--"], &arguments[..]].concat(), &[])?;
        let folder = if profile.is_empty() { "debug" } else { "release" };
        let text = fs::read_to_string(self.newest(folder, "ll")?)?;
        let (mut lines, mut inside) = (0_u32, false);
        for line in text.lines() {
            inside |= line.starts_with("define ");
            lines += u32::from(inside);
            inside &= line != "}";
        }
        Ok(lines.into())
    }

    /// The file that rustc has left last for a profile.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn newest(&self, folder: &str, extension: &str) -> io::Result<PathBuf> {
        let directory = self.target().join(folder).join("deps");
        let mut files = Vec::new();
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_one = Path::new(&name).extension().is_some_and(|it| it == extension);
            if name.to_string_lossy().starts_with("built") && is_one {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        let newest = files.into_iter().max().map(|(_, path)| path);
        newest.ok_or_else(|| io::Error::other(format!("rustc has left no .{extension} in {}", directory.display())))
    }

    /// Runs cargo on it, all of it from the beginning where something has changed, and says how long that took.
    ///
    /// # Errors
    ///
    /// If cargo fails, or cannot be run.
    pub fn cargo(&self, arguments: &[&str], variables: &[(&str, &str)]) -> io::Result<Duration> {
        let start = Instant::now();
        let output = Command::new("cargo")
            .args(arguments)
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", self.target())
            .env("CARGO_INCREMENTAL", "0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()?;
        let time = start.elapsed();
        if output.status.success() {
            return Ok(time);
        }
        let report = String::from_utf8_lossy(&output.stderr);
        Err(io::Error::other(format!(
            "cargo {} failed in {}:\n{report}",
            arguments.join(" "),
            self.directory.display()
        )))
    }
}

/// The line of `[dependencies]` that names this repository's persevere, with these options more.
#[must_use]
pub fn persevere(options: &str) -> String {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime");
    format!("persevere = {{ path = {:?}{options} }}\n", runtime.display().to_string())
}
