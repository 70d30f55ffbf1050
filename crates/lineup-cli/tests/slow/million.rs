//! Imports many rows with processes that are killed (SIGKILL) several times, and then a corrected version of the file, and checks
//! the memory of every process.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::served::PATIENCE;
use crate::command::{Done, Lineup, lineups};

/// The variable for the number of rows; `make long` has a million.
const ROWS: &str = "LINEUP_SLOW_ROWS";
/// The default number of rows.
const FEW: u32 = 200_000;
/// How often the run is killed before the last run may end by itself.
const KILLS: usize = 4;
/// A run is killed after it has loaded this many chunks, so that the kill falls within loading on a slow machine
/// too. A kill before the upload is claimed is not tested here: the next command would import the file.
const LOADED: std::ops::RangeInclusive<usize> = 1..=12;
/// The most time between these chunks and the kill.
const LATER: Duration = Duration::from_secs(2);
/// The variable for the seed of the moments of the kills. A failure prints its seed.
const SEED: &str = "LINEUP_KILL_SEED";
/// The most memory of a process, in KiB, besides the list of names that `split` makes and the pieces of runs that it reads.
const LIMIT: u64 = 200 << 10;
/// The most memory of these, in bytes of a row. Each row has a performer of its own.
const SPLIT_BYTES_A_ROW: u64 = 48;
/// How often peaks are read. A peak never falls, so only growth since a process's last sample is missed.
const SAMPLE_EVERY: Duration = Duration::from_millis(100);

/// The peak resident memory of each process, by its id: its command line and KiB.
type Peaks = BTreeMap<u32, (String, u64)>;

/// Then a corrected version of the file takes its place.
#[test]
fn many_rows_survive_sigkills_at_random_moments_with_the_memory_of_every_process_bounded() {
    let seed = std::env::var(SEED).map_or(5, |seed| seed.parse().unwrap());
    let rows = std::env::var(ROWS).map_or(FEW, |rows| rows.parse().unwrap());
    println!("{SEED}={seed} {ROWS}={rows}");
    let lineup = Lineup::new();
    let file = lineup.file("million.csv", "");
    let mut output = BufWriter::new(File::create(&file).unwrap());
    lineups::write(&mut output, rows);
    output.flush().unwrap();

    // Some 72 chunks. A kill loses only the few chunks that are being loaded.
    let chunk_bytes = (u64::from(rows) * 21 / 20).to_string();
    let import =
        ["import", file.to_str().unwrap(), "--chunk-bytes", &chunk_bytes, "--json"].map(str::to_owned);
    let (reports, peaks) = import_with_kills(&lineup, import.to_vec(), &mut fastrand::Rng::with_seed(seed));

    let all = json!({"read": rows, "written": rows, "rejected": 0, "replaced": 0});
    assert!(reports.iter().all(|report| report["rows"] == all), "{reports:?}");
    println!("{rows} rows, {} bytes", fs::metadata(&file).unwrap().len());
    for (name, kib) in peaks.values() {
        println!("{:>7.1} MiB  {name}", *kib as f64 / 1024.0);
    }
    assert!(
        peaks.values().any(|(name, _)| name.contains("function load")),
        "the sandboxes were seen: {peaks:?}"
    );
    assert_bounded(&peaks, rows);
    assert_table_is_the_file(&lineup, rows);
    correct(&lineup, &file, rows);
    commands_read_no_more_than_in_a_small_folder(&lineup);
}

/// As Linux counts what it reads of files and connections, so that the speed of the machine does not matter. The large folder also
/// gets a thousand executions more.
fn commands_read_no_more_than_in_a_small_folder(large: &Lineup) {
    let small = Lineup::new();
    small.import(&small.file("small.csv", lineups::text(1000)), &[]);
    let executions = large.data().join("executions");
    let ended = fs::read_dir(&executions).unwrap().next().unwrap().unwrap().path();
    for copy in 0..1000 {
        let folder = executions.join(format!("copy-{copy}"));
        fs::create_dir(&folder).unwrap();
        for file in ["execution.json", "history.jsonl"] {
            fs::copy(ended.join(file), folder.join(file)).unwrap();
        }
    }
    let (few, many) = (bytes_read(&small), bytes_read(large));
    println!("{few} bytes read to list the imports of a small folder, {many} of this one");
    assert!(many < few * 2, "{few} bytes in a small folder, {many} in a large one");
}

/// How many bytes `lineup imports` reads ("rchar" in proc_pid_io(5)): those of a shell that has waited for it.
fn bytes_read(lineup: &Lineup) -> u64 {
    let count = [r#""$@" > /dev/null && cat /proc/$$/io"#, "sh", env!("CARGO_BIN_EXE_lineup"), "imports"];
    let done = Done::of(lineup.program("sh").arg("-c").args(count).output().unwrap());
    field(&done.succeeded(), "rchar:").unwrap()
}

/// Imports the file without its last row under the same name.
fn correct(lineup: &Lineup, file: &Path, rows: u32) {
    let mut output = BufWriter::new(File::create(file).unwrap());
    lineups::write(&mut output, rows - 1);
    output.flush().unwrap();
    let command = lineup.command(["import", file.to_str().unwrap(), "--json"]);
    let (began, mut peaks) = (Instant::now(), Peaks::new());
    let child = { command }.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let done = watch(lineup, child, None, &mut peaks);
    println!("{:>6.1} s  the corrected file", began.elapsed().as_secs_f64());
    let report: Value = serde_json::from_str(&done.succeeded()).unwrap();
    let changes = &report["changes"]["differences"];
    let counts = ["added", "changed", "removed", "unchanged"].map(|name| changes[name].as_u64());
    assert_eq!(counts, [Some(0), Some(0), Some(1), Some(u64::from(rows) - 1)], "{report}");
    assert_bounded(&peaks, rows);
    assert_table_is_the_file(lineup, rows - 1);
}

fn assert_bounded(peaks: &Peaks, rows: u32) {
    let more = u64::from(rows) * SPLIT_BYTES_A_ROW / 1024;
    let limit = |name: &str| if name.contains("function split") { LIMIT + more } else { LIMIT };
    let over: Vec<_> = peaks.values().filter(|(name, kib)| *kib > limit(name)).collect();
    assert!(over.is_empty(), "over {LIMIT} KiB, split {more} more: {over:?}");
}

/// Runs the import and the commands that continue it, kills them at random moments, and lets the last one
/// end by itself. Returns the last report of each import, and the memory of all processes.
fn import_with_kills(
    lineup: &Lineup,
    import: Vec<String>,
    random: &mut fastrand::Rng,
) -> (Vec<Value>, Peaks) {
    let (mut peaks, mut reports, mut killed) = (Peaks::new(), Vec::new(), 0);
    let mut command = Some(import.clone());
    for run in 0.. {
        let Some(args) = command else { break };
        let kill = (run < KILLS).then(|| Kill {
            chunks: loaded(lineup) + random.usize(LOADED),
            then: LATER.mul_f64(random.f64()),
        });
        let began = Instant::now();
        let child = lineup.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let done = watch(lineup, child, kill, &mut peaks);
        let how = if done.code < 0 { "killed" } else { "ended" };
        println!("{:>6.1} s  {}: {how} at {} chunks", began.elapsed().as_secs_f64(), args[0], loaded(lineup));
        if done.code < 0 {
            killed += 1;
        } else {
            assert_eq!(done.code, 0, "{done}");
            reports.push(serde_json::from_str(&done.stdout).unwrap());
        }
        command = next(lineup, &import, random);
    }
    assert_eq!(killed, KILLS, "each kill came while chunks were loading");
    (reports, peaks)
}

/// When a run is killed.
struct Kill {
    /// The number of chunks that must be loaded first.
    chunks: usize,
    /// The time to wait after that.
    then: Duration,
}

/// How many chunks have a result.
fn loaded(lineup: &Lineup) -> usize {
    let imports = fs::read_dir(lineup.data().join("s3/lineup-imports/imports"));
    let results =
        imports.into_iter().flatten().flatten().flat_map(|id| fs::read_dir(id.path().join("results")));
    results.map(Iterator::count).sum()
}

/// The next command. An interrupted import is redriven, or re-run if it has chunks. If the upload was not
/// claimed, the file is imported again. `None` when all is loaded.
fn next(lineup: &Lineup, import: &[String], random: &mut fastrand::Rng) -> Option<Vec<String>> {
    let imports: Value = serde_json::from_str(&lineup.run(["imports", "--json"]).succeeded()).unwrap();
    let imports = imports.as_array().unwrap();
    if imports.is_empty() {
        return Some(import.to_vec());
    }
    let entry = imports.iter().find(|entry| entry["state"] != json!("SUCCEEDED"))?;
    assert_eq!(entry["state"], json!("INTERRUPTED"), "{entry}");
    let id = entry["import_id"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&lineup.run(["show", id, "--json"]).succeeded()).unwrap();
    let is_split = shown["chunk_states"].as_array().is_some_and(|chunks| !chunks.is_empty());
    let how = if is_split && random.bool() { "rerun" } else { "redrive" };
    Some(vec![how.to_owned(), id.to_owned(), "--json".to_owned()])
}

/// Checks that the exported items are exactly the rows of the file.
fn assert_table_is_the_file(lineup: &Lineup, rows: u32) {
    let exported = lineup.run(["export", "--format", "jsonl"]).succeeded();
    let mut seen = vec![false; rows as usize];
    for line in exported.lines() {
        let item: Value = serde_json::from_str(line).unwrap();
        let number = item["Performer"]
            .as_str()
            .unwrap()
            .split(['"', ' ', ','])
            .find_map(|word| word.parse::<usize>().ok());
        let number = number.unwrap();
        assert_eq!(row(&item), lineups::line(number as u32));
        let seen = &mut seen[number];
        assert!(!*seen, "twice: {line}");
        *seen = true;
    }
    let missing: Vec<_> =
        seen.iter().zip(0..).filter(|(seen, _)| !**seen).map(|(_, row)| row).collect::<Vec<u32>>();
    assert!(missing.is_empty(), "{} rows are missing, the first {:?}", missing.len(), missing.first());
}

/// The row of the file from which an exported item was made.
fn row(item: &Value) -> String {
    let text = |name: &str| item[name].as_str().unwrap();
    let popularity = item["Popularity"].as_u64().map(|popularity| popularity.to_string()).unwrap_or_default();
    format!(
        "\"{}\",{},{},{},{},{popularity},{}",
        text("Performer"),
        text("Stage"),
        text("Start"),
        text("End"),
        text("Date"),
        text("Note")
    )
}

/// Waits for the process, and samples its memory and that of its descendants. Kills it at the time of
/// `kill`, unless it has ended. Its descendants must end too.
fn watch(lineup: &Lineup, mut child: Child, kill: Option<Kill>, peaks: &mut Peaks) -> Done {
    let mut kill_at = None;
    while child.try_wait().unwrap().is_none() {
        let family = family(child.id());
        for &pid in &family {
            if let Some((name, kib)) = peak(pid) {
                let seen = peaks.entry(pid).or_insert((name, kib));
                seen.1 = seen.1.max(kib);
            }
        }
        if let (None, Some(kill)) = (kill_at, &kill)
            && loaded(lineup) >= kill.chunks
        {
            kill_at = Some(Instant::now() + kill.then);
        }
        if kill_at.is_some_and(|at| Instant::now() >= at) {
            // SIGKILL.
            child.kill().unwrap();
            child.wait().unwrap();
            assert_ended(&family[1..]);
        } else {
            std::thread::sleep(SAMPLE_EVERY);
        }
    }
    Done::of(child.wait_with_output().unwrap())
}

/// Waits until none of the sandboxes runs. They must end with the run, even if it is killed.
fn assert_ended(processes: &[u32]) {
    let began = Instant::now();
    let runs = |pid: &u32| peak(*pid).is_some_and(|(name, _)| name.contains("function"));
    while let Some(pid) = processes.iter().find(|pid| runs(pid)) {
        assert!(began.elapsed() < PATIENCE, "process {pid} outlives the run that started it");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The process and all of its descendants.
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
