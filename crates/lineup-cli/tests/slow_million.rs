//! A million rows, and the memory of every process that loads them.
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![cfg(target_os = "linux")]

mod command;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use command::{Done, Lineup, lineups};
use serde_json::{Value, json};

const ROWS: u32 = 1_000_000;
/// What no process may exceed, in KiB.
const LIMIT: u64 = 200 << 10;
/// A peak never goes down, so all that is missed is what comes in the last moment of a process.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// The peak resident memory of each process, by its id: its command line and KiB.
type Peaks = BTreeMap<u32, (String, u64)>;

#[test]
fn a_million_rows_import_with_the_memory_of_every_process_bounded() {
    let lineup = Lineup::new();
    let file = lineup.file("million.csv", "");
    let mut output = BufWriter::new(File::create(&file).unwrap());
    lineups::write(&mut output, ROWS);
    output.flush().unwrap();

    let command = ["import", file.to_str().unwrap(), "--json"];
    let child = lineup.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (done, peaks) = watch(child);
    assert_eq!(done.code, 0, "{done}");
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(report["rows"], json!({"read": ROWS, "written": ROWS, "rejected": 0, "replaced": 0}));

    println!("{ROWS} rows, {} bytes, {} s", fs::metadata(&file).unwrap().len(), report["seconds"]);
    for (name, kib) in peaks.values() {
        println!("{:>7.1} MiB  {name}", *kib as f64 / 1024.0);
    }
    assert!(
        peaks.values().any(|(name, _)| name.contains("function load")),
        "the sandboxes were seen: {peaks:?}"
    );
    let over: Vec<_> = peaks.values().filter(|(_, kib)| *kib > LIMIT).collect();
    assert!(over.is_empty(), "over {LIMIT} KiB: {over:?}");
    assert_eq!(lineup.run(["export", "--format", "jsonl"]).succeeded().lines().count(), ROWS as usize);
}

/// Waits for the process, and looks at it and its descendants meanwhile.
fn watch(mut child: Child) -> (Done, Peaks) {
    let mut peaks = Peaks::new();
    while child.try_wait().unwrap().is_none() {
        for pid in family(child.id()) {
            if let Some((name, kib)) = peak(pid) {
                let seen = peaks.entry(pid).or_insert((name, kib));
                seen.1 = seen.1.max(kib);
            }
        }
        std::thread::sleep(SAMPLE_EVERY);
    }
    (Done::of(child.wait_with_output().unwrap()), peaks)
}

/// The process and all that descend from it.
fn family(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            Some((pid, field(&status(pid)?, "PPid:")?))
        })
        .collect();
    let mut family = vec![root];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| pid));
        next += 1;
    }
    family
}

fn status(pid: u32) -> Option<String> {
    fs::read_to_string(format!("/proc/{pid}/status")).ok()
}

fn field<T: std::str::FromStr>(status: &str, name: &str) -> Option<T> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// The command line and the peak resident memory ("VmHWM" in proc_pid_status(5)) of a process.
fn peak(pid: u32) -> Option<(String, u64)> {
    let kib = field(&status(pid)?, "VmHWM:")?;
    let command = fs::read(Path::new("/proc").join(pid.to_string()).join("cmdline")).ok()?;
    let arguments: Vec<_> = command.split(|byte| *byte == 0).skip(1).map(String::from_utf8_lossy).collect();
    Some((format!("lineup {}", arguments.join(" ").trim()), kib))
}
