//! The built `lineup` binary, run as a user runs it, in a data folder of its own.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

pub(crate) mod lineups;
pub(crate) mod served;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Variables of the developer's shell that would change the command's behaviour.
const FOREIGN: [&str; 8] = [
    "LINEUP_STACK",
    "RUST_LOG",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SFN",
    "AWS_ENDPOINT_URL_DYNAMODB",
];

/// A folder with files to import, and the data folder of the embedded services.
pub(crate) struct Lineup {
    folder: TempDir,
}

/// The output and exit code of a command.
pub(crate) struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Lineup {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// Uses a folder that has data already.
    pub(crate) fn in_folder(folder: TempDir) -> Self {
        Self { folder }
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file to import.
    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A command, not yet spawned.
    pub(crate) fn command<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.program(env!("CARGO_BIN_EXE_lineup"));
        command.args(args);
        command
    }

    /// Another program, in the environment that the command has.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        FOREIGN.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.env("LINEUP_DATA", self.data()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Done {
        Done::of(self.command(args).output().unwrap())
    }

    /// Imports a file with `--json` and more arguments. Returns the object and the exit code.
    pub(crate) fn import(&self, file: &Path, more: &[&str]) -> (Value, i32) {
        let file = file.to_str().unwrap();
        let done = self.run([&["import", file, "--json"], more].concat());
        let lines: Vec<&str> = done.stdout.lines().collect();
        assert_eq!(lines.len(), 1, "exactly one JSON object on stdout: {done}");
        (serde_json::from_str(lines[0]).unwrap(), done.code)
    }

    /// Every item of the table, sorted.
    pub(crate) fn items(&self) -> Vec<Value> {
        let mut lines: Vec<String> =
            self.run(["export", "--format", "jsonl"]).succeeded().lines().map(str::to_owned).collect();
        lines.sort();
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Done {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            // A rejected row need not be UTF-8.
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks that the command succeeded. Returns its output.
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.code, 0, "{self}");
        self.stdout
    }

    /// Checks that the command failed with `code`. Returns its message.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self}");
        self.stderr
    }
}

impl std::fmt::Display for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// The workspace's folder.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Writes to the terminal that a test did not run. libtest would capture a usual print.
pub(crate) fn skip(test: &str, why: &str) {
    use std::io::Write;
    let mut stderr = std::fs::OpenOptions::new().write(true).open("/dev/stderr").unwrap();
    writeln!(stderr, "SKIPPED {test}: {why}").unwrap();
}
