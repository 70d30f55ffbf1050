//! A data folder on a device of its own, which is full or cannot be written.
//!
//! The device is a small file system in memory, in a mount namespace that ends with the test. Not every machine lets a test make
//! one; then the test says that it was skipped.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::command::served::PATIENCE;
use crate::command::{Done, Lineup, lineups, skip, workspace};

/// What the reading commands must still answer.
const READING: [&[&str]; 5] = [
    &["imports"],
    &["lineups"],
    &["query", "performer", "Megan Thee Stallion"],
    &["export"],
    &["query", "days"],
];

/// A small device with the data folder.
struct Device {
    lineup: Lineup,
    /// The process that keeps the namespace.
    holder: Child,
    /// How others enter it.
    user_namespace: bool,
}

impl Device {
    /// A device of so many MiB; `None`, if this machine allows none.
    fn of(test: &str, megabytes: u32) -> Option<Self> {
        let lineup = Lineup::new();
        std::fs::create_dir(lineup.data()).unwrap();
        for user_namespace in [false, true] {
            let unshare = if user_namespace { "-Urm" } else { "-m" };
            let mount = format!(
                "mount -t tmpfs -o size={megabytes}m tmpfs '{}' && echo ready && exec sleep 600",
                lineup.data().display()
            );
            let holder = Command::new("unshare")
                .args([unshare, "sh", "-c", &mount])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn();
            let Ok(mut holder) = holder else { continue };
            let mut ready = String::new();
            let said = holder.stdout.take().map(|said| {
                use std::io::{BufRead, BufReader};
                BufReader::new(said).read_line(&mut ready)
            });
            if said.is_some() && ready == "ready\n" {
                let device = Self { lineup, holder, user_namespace };
                if device.enter("true").status().is_ok_and(|status| status.success()) {
                    return Some(device);
                }
                skip(test, "the mount namespace of the test cannot be entered");
                return None;
            }
            let _ = holder.wait();
        }
        skip(test, "this machine lets nobody mount a file system in a namespace");
        None
    }

    /// A program that sees the device.
    fn enter(&self, program: &str) -> Command {
        let mut command = self.lineup.program("nsenter");
        command.args(["-t", &self.holder.id().to_string(), "-m"]);
        if self.user_namespace {
            command.args(["-U", "--preserve-credentials"]);
        }
        command.arg(program);
        command
    }

    fn run(&self, args: &[&str]) -> Done {
        Done::of(self.enter(env!("CARGO_BIN_EXE_lineup")).args(args).output().unwrap())
    }

    fn shell(&self, script: &str) {
        let done = Done::of(self.enter("sh").args(["-c", script]).output().unwrap());
        assert_eq!(done.code, 0, "{done}");
    }

    /// Takes all the space that is left.
    fn fill(&self) {
        self.shell(&format!(
            "cat /dev/zero > '{0}/filler' 2> /dev/null; test -s '{0}/filler'",
            self.lineup.data().display()
        ));
    }

    fn make_room(&self) {
        self.shell(&format!("rm '{}/filler'", self.lineup.data().display()));
    }

    fn remount(&self, options: &str) {
        self.shell(&format!("mount -o remount,{options} '{}'", self.lineup.data().display()));
    }

    fn import(&self, file: &Path, more: &[&str]) -> Done {
        self.run(&[&["import", file.to_str().unwrap()], more].concat())
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // The file system goes with the last process of its namespace.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

fn sample() -> std::path::PathBuf {
    workspace().join("samples/lineup.csv")
}

#[test]
fn a_device_that_fills_up_while_a_file_is_imported_ends_the_import_and_a_redrive_loads_the_rest() {
    let Some(device) = Device::of("a_device_that_fills_up", 10) else { return };
    device.import(&sample(), &[]).succeeded();
    let file = device.lineup.file("rows.csv", lineups::text(20_000));
    let began = Instant::now();
    let said = device.import(&file, &["--chunk-bytes", "65536"]).failed(1);
    assert!(began.elapsed() < PATIENCE);
    assert!(said.contains("there is no space left in"), "{said}");
    let redrive = said.split('`').find(|part| part.starts_with("lineup redrive ")).unwrap();
    let id = redrive.rsplit(' ').next().unwrap();
    for command in READING {
        device.run(command).succeeded();
    }
    assert!(device.run(&["imports"]).succeeded().contains("rows.csv"));
    let refused = device.run(&["redrive", id]).failed(1);
    assert!(refused.contains("there is no space left in"), "{refused}");
    device.remount("size=300m");
    let report: Value = serde_json::from_str(&device.run(&["redrive", id, "--json"]).succeeded()).unwrap();
    assert_eq!(report["rows"]["written"], 20_000, "{report}");
    assert_eq!(device.run(&["export", "--format", "jsonl"]).succeeded().lines().count(), 20_000 + 3);
}

#[test]
fn on_a_full_device_questions_are_answered_and_what_writes_is_refused_at_once() {
    let Some(device) = Device::of("on_a_full_device", 20) else { return };
    let imported = device.import(&sample(), &["--json"]).succeeded();
    let imported: Value = serde_json::from_str(&imported).unwrap();
    let id = imported["import_id"].as_str().unwrap();
    device.fill();
    // Each process needs some space again: what the one before gave up is taken, or it is not.
    for _ in 0..2 {
        for command in READING {
            device.run(command).succeeded();
        }
        device.run(&["show", id]).succeeded();
        for writing in [&["import", sample().to_str().unwrap()][..], &["redrive", id], &["rerun", id]] {
            let said = device.run(writing).failed(1);
            assert!(said.starts_with("error: there is no space left in"), "{said}");
            assert!(said.contains("make some and run the command again"), "{said}");
        }
    }
    device.make_room();
    device.import(&sample(), &[]).succeeded();
}

#[test]
fn a_file_that_does_not_fit_is_not_uploaded_and_says_so() {
    let Some(device) = Device::of("a_file_that_does_not_fit", 4) else { return };
    device.import(&sample(), &[]).succeeded();
    let file = device.lineup.file("rows.csv", lineups::text(100_000));
    let said = device.import(&file, &[]).failed(1);
    assert!(said.contains("cannot upload") || said.contains("there is no space left in"), "{said}");
    assert!(said.to_lowercase().contains("no space left"), "{said}");
    assert_eq!(device.run(&["imports", "--json"]).succeeded().matches("rows.csv").count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_with_what_to_do() {
    let Some(device) = Device::of("a_folder_that_cannot_be_written", 20) else { return };
    device.import(&sample(), &[]).succeeded();
    device.remount("ro");
    let import = ["import", sample().to_str().unwrap()].map(str::to_owned);
    let import: Vec<&str> = import.iter().map(String::as_str).collect();
    for command in READING.into_iter().chain([&import[..]]) {
        let said = device.run(command).failed(1);
        assert!(said.contains("cannot be written") && said.contains("--data"), "{said}");
    }
    device.remount("rw");
    device.run(&["imports"]).succeeded();
}
