//! Several commands at once on one data folder: one process has it, others join that one or wait for its end.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use embedded_aws::DataLock;
use serde_json::{Value, json};

use crate::command::served::{PATIENCE, Served};
use crate::command::{Done, Lineup, lineups, workspace};

/// The rows of an import that goes on for a while: some 45 chunks, one after the other.
const MANY: u32 = 10_000;
const SLOWLY: [&str; 4] = ["--chunk-bytes", "16384", "--concurrency", "1"];

/// A command that runs beside others, and the lines that it writes to stderr.
struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    fn start(lineup: &Lineup, args: &[&str]) -> Self {
        let mut command = lineup.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, lines) = channel();
        // Whoever does not read on does not keep the command from writing on.
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).for_each(|line| drop(send.send(line)))
        });
        Self { child, lines }
    }

    fn import(lineup: &Lineup, file: &str, more: &[&str]) -> Self {
        Self::start(lineup, &[&["import", file, "--json"], more].concat())
    }

    fn pid(&self) -> String {
        self.child.id().to_string()
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.pid()]).status().unwrap().success());
    }

    /// Waits until it says this on stderr.
    fn says(&self, text: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line says {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Waits for its end.
    fn done(self) -> Done {
        let Self { child, lines } = self;
        let output = child.wait_with_output().unwrap();
        let stderr: Vec<String> = lines.iter().collect();
        Done { stderr: stderr.join("\n"), ..Done::of(output) }
    }

    /// Waits for its end, which is to be a success. Returns what it printed as JSON.
    fn report(self) -> Value {
        serde_json::from_str(&self.done().succeeded()).unwrap()
    }
}

/// Writes a file with the rows from `from` up to `to`.
fn rows(lineup: &Lineup, name: &str, from: u32, to: u32) -> String {
    let lines = std::iter::once(lineups::HEADER.to_owned()).chain((from..to).map(lineups::line));
    let text: String = lines.map(|line| line + "\n").collect();
    lineup.file(name, text).to_str().unwrap().to_owned()
}

/// The state and the loaded chunks of the import of this file; `None` before it is claimed.
fn state(lineup: &Lineup, file: &str) -> Option<(String, usize)> {
    let listed = lineup.run(["imports", "--json"]);
    let imports: Vec<Value> = serde_json::from_str(&listed.stdout).unwrap_or_default();
    let import = imports.into_iter().find(|import| import["file"] == json!(file))?;
    let id = import["import_id"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&lineup.run(["show", id, "--json"]).stdout).ok()?;
    let chunks = shown["chunk_states"]
        .as_array()
        .map_or(0, |chunks| chunks.iter().filter(|chunk| chunk["state"] == json!("LOADED")).count());
    Some((import["state"].as_str().unwrap().to_owned(), chunks))
}

/// Waits until an import runs, of which a chunk is loaded.
fn wait_until_it_loads(lineup: &Lineup, file: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let state = state(lineup, file);
        if state.as_ref().is_some_and(|(state, chunks)| state == "RUNNING" && *chunks > 0) {
            return;
        }
        assert!(Instant::now() < deadline, "{file}: {state:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn sample() -> String {
    workspace().join("samples/lineup.csv").to_str().unwrap().to_owned()
}

fn server_file(lineup: &Lineup) -> PathBuf {
    lineup.data().join("server.json")
}

#[test]
fn commands_join_serve_and_it_says_where_it_is_to_its_user_alone() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let file = server_file(&lineup);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let said: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(said["endpoints"]["shared"], json!(served.variables["AWS_ENDPOINT_URL"]), "{said}");
    assert_eq!((&said["command"], &said["serves"]), (&json!("lineup serve"), &json!(true)), "{said}");
    assert!(said["token"].as_str().unwrap().len() >= 64 && said["pid"].is_u64(), "{said}");

    let message = lineup.run(["import", &sample()]).succeeded();
    assert!(message.contains("lineup.csv is imported.") && message.contains("3 written"), "{message}");
    served.wait_for_line("lineup.csv is imported.");
    let answer = lineup.run(["query", "performer", "megan"]).succeeded();
    assert!(answer.contains("Main Stage") && answer.contains("20:00"), "{answer}");
    let removed = lineup.run(["remove", "lineup.csv", "--yes"]).succeeded();
    assert!(removed.contains("3 removed"), "{removed}");

    let second = lineup.run(["serve", "--port", "0", "--aws-port", "0"]).failed(1);
    for text in ["is served already", "`lineup serve`", &served.variables["AWS_ENDPOINT_URL"]] {
        assert!(second.contains(text), "{text}: {second}");
    }
    assert_eq!(served.interrupt(), 0);
    assert!(!file.exists(), "nobody is to look for it");
    assert!(lineup.run(["imports"]).succeeded().contains("lineup.csv"));
}

#[test]
fn two_imports_and_ten_queries_at_once_beside_one_serve_are_all_exact() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    lineup.run(["import", &sample()]).succeeded();
    let questions: [&[&str]; 10] = [
        &["query", "performer", "Megan Thee Stallion"],
        &["query", "performer", "megan"],
        &["query", "stage", "Main Stage", "--date", "2025-07-12"],
        &["query", "search", "main"],
        &["query", "now", "--at", "2025-07-12 20:30"],
        &["query", "next", "--at", "2025-07-12 12:00", "--stage", "Main Stage"],
        &["query", "stages", "--date", "2025-07-12"],
        &["query", "performer", "Megan Thee Stallion", "--json"],
        &["timetable"],
        &["lineups", "lineup.csv", "--json"],
    ];
    let alone: Vec<String> = questions.iter().map(|question| lineup.run(*question).succeeded()).collect();

    let (a, b) = (rows(&lineup, "a.csv", 0, 4_000), rows(&lineup, "b.csv", 4_000, 8_000));
    let imports = [&a, &b].map(|file| Running::import(&lineup, file, &["--chunk-bytes", "65536"]));
    let asked: Vec<Running> = questions.iter().map(|question| Running::start(&lineup, question)).collect();
    for ((asked, alone), question) in asked.into_iter().zip(alone).zip(questions) {
        assert_eq!(asked.done().succeeded(), alone, "{question:?}");
    }
    for import in imports {
        let report = import.report();
        assert_eq!(report["outcome"], json!("SUCCEEDED"), "{report}");
        assert_eq!(report["rows"], json!({"read": 4_000, "written": 4_000, "rejected": 0, "replaced": 0}));
    }
    for (name, rows) in [("a.csv", 4_000), ("b.csv", 4_000), ("lineup.csv", 3)] {
        let exported = lineup.run(["export", "--lineup", name, "--format", "jsonl"]).succeeded();
        assert_eq!(exported.lines().count(), rows, "{name}");
    }
    assert_eq!(lineup.items().len(), 8_003);
    assert_eq!(served.interrupt(), 0);
}

#[test]
fn each_of_two_commands_that_import_the_same_file_at_once_tells_of_its_own_import() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let file = rows(&lineup, "a.csv", 0, 500);
    let imports = [(); 2].map(|()| Running::import(&lineup, &file, &[]));
    let reports = imports.map(|import| {
        let done = import.done();
        serde_json::from_str::<Value>(&done.stdout).unwrap_or_else(|_| panic!("{done}"))
    });
    assert_ne!(reports[0]["import_id"], reports[1]["import_id"]);
    assert_ne!(reports[0]["execution_arn"], reports[1]["execution_arn"]);
    let good = reports.iter().filter(|report| report["outcome"] == json!("SUCCEEDED")).count();
    let over = reports.iter().filter(|report| report["outcome"] == json!("SUPERSEDED")).count();
    assert!(good >= 1 && good + over == 2, "{reports:?}");
    assert_eq!(lineup.items().len(), 500);
    assert_eq!(served.interrupt(), 0);
}

#[test]
fn ctrl_c_in_a_command_that_joined_stops_its_own_import_alone() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let (a, b) = (rows(&lineup, "a.csv", 0, MANY), rows(&lineup, "b.csv", MANY, MANY + 3_000));
    let stopped = Running::import(&lineup, &a, &SLOWLY);
    wait_until_it_loads(&lineup, "a.csv");
    let other = Running::import(&lineup, &b, &SLOWLY);
    wait_until_it_loads(&lineup, "b.csv");
    stopped.signal("-INT");
    let done = stopped.done();
    assert_eq!(done.code, 130, "{done}");
    let redrive = done.stderr.split('`').find(|part| part.starts_with("lineup redrive ")).unwrap();
    let id = redrive.rsplit(' ').next().unwrap();

    let report = other.report();
    assert_eq!((&report["outcome"], &report["rows"]["written"]), (&json!("SUCCEEDED"), &json!(3_000)));
    assert_eq!(state(&lineup, "a.csv").unwrap().0, "INTERRUPTED");
    let report: Value = serde_json::from_str(&lineup.run(["redrive", id, "--json"]).succeeded()).unwrap();
    assert_eq!((&report["outcome"], &report["rows"]["written"]), (&json!("SUCCEEDED"), &json!(MANY)));
    assert_eq!(lineup.items().len(), MANY as usize + 3_000);
    assert_eq!(served.interrupt(), 0);
}

#[test]
fn ctrl_c_right_after_the_upload_stops_the_import_though_its_services_go_on() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let file = rows(&lineup, "a.csv", 0, MANY);
    let import = Running::import(&lineup, &file, &[&SLOWLY[..], &["--verbose"]].concat());
    import.says("Waiting for the import to start");
    import.signal("-INT");
    let done = import.done();
    assert_eq!(done.code, 130, "{done}");
    assert!(done.stderr.contains("Stopped import"), "{done}");
    // It may have been stopped before it was claimed.
    let state = state(&lineup, "a.csv").map(|(state, _)| state);
    assert!(matches!(state.as_deref(), None | Some("INTERRUPTED")), "{state:?}");
    assert_eq!(served.interrupt(), 0);
}

#[test]
fn an_import_whose_server_ends_says_so_and_how_it_goes_on() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let file = rows(&lineup, "a.csv", 0, MANY);
    let import = Running::import(&lineup, &file, &SLOWLY);
    wait_until_it_loads(&lineup, "a.csv");
    assert_eq!(served.interrupt(), 0);
    let done = import.done();
    assert_eq!(done.code, 1, "{done}");
    assert!(done.stderr.contains("`lineup serve` (process "), "{done}");
    assert!(!done.stderr.contains("again"), "it is to be redriven: {done}");
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    assert!(report["cause"].as_str().unwrap().contains("has ended"), "{report}");
    let redrive = done.stderr.split('`').find(|part| part.starts_with("lineup redrive ")).unwrap();
    let id = redrive.rsplit(' ').next().unwrap();
    lineup.run(["redrive", id]).succeeded();
    assert_eq!(lineup.items().len(), MANY as usize);
}

#[test]
fn beside_an_import_reading_commands_join_and_writing_ones_wait_for_its_end() {
    let lineup = Lineup::new();
    lineup.run(["import", &sample()]).succeeded();
    let file = rows(&lineup, "a.csv", 0, MANY);
    let first = Running::import(&lineup, &file, &SLOWLY);
    // The state of an import of another process is known from that process alone.
    wait_until_it_loads(&lineup, "a.csv");
    let answer = lineup.run(["query", "performer", "megan"]).succeeded();
    assert!(answer.contains("Main Stage"), "{answer}");

    let sample = sample();
    let refused = lineup.run(["import", &sample, "--no-wait"]).failed(1);
    assert!(refused.contains(&format!("is in use by process {}", first.pid())), "{refused}");
    let second = Running::import(&lineup, &sample, &[]);
    let waits = second.says("Waiting for");
    for text in ["`lineup import`", &format!("(process {})", first.pid()), "Ctrl-C", "--no-wait"] {
        assert!(waits.contains(text), "{text}: {waits}");
    }
    assert_eq!(state(&lineup, "a.csv").unwrap().0, "RUNNING");
    first.signal("-INT");
    assert_eq!(first.done().code, 130);
    let report = second.report();
    assert_eq!((&report["outcome"], &report["rows"]["written"]), (&json!("SUCCEEDED"), &json!(3)));
    assert_eq!(state(&lineup, "a.csv").unwrap().0, "INTERRUPTED");
}

/// Starts an export of so many rows that it cannot be done before somebody reads them.
fn export_halfway(lineup: &Lineup) -> (Running, BufReader<std::process::ChildStdout>) {
    let mut export = Running::start(lineup, &["export", "--format", "jsonl"]);
    let mut stdout = BufReader::new(export.child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with('{'), "{line}");
    (export, stdout)
}

#[test]
fn a_reading_command_whose_server_is_killed_fails_and_says_why() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let file = rows(&lineup, "a.csv", 0, MANY);
    lineup.run(["import", &file]).succeeded();
    let (export, mut stdout) = export_halfway(&lineup);
    // Dropping it kills the process.
    drop(served);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let done = export.done();
    assert_eq!(done.code, 1, "half an answer is none: {done}");
    assert!(done.stderr.contains("`lineup serve`") && done.stderr.contains("has ended"), "{done}");
    assert!(rest.lines().count() < MANY as usize);

    // What the killed process has left is not believed.
    assert!(server_file(&lineup).exists());
    assert_eq!(lineup.items().len(), MANY as usize);
    assert!(!server_file(&lineup).exists());
}

#[test]
fn an_import_that_is_done_waits_for_a_command_that_still_reads() {
    let lineup = Lineup::new();
    let file = rows(&lineup, "a.csv", 0, 5_000);
    lineup.run(["import", &file]).succeeded();
    let file = rows(&lineup, "b.csv", MANY, 2 * MANY);
    let import = Running::import(&lineup, &file, &SLOWLY);
    wait_until_it_loads(&lineup, "b.csv");
    let (export, mut stdout) = export_halfway(&lineup);
    import.signal("-INT");
    import.says("Waiting for a command that reads");
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(export.done().code, 0);
    assert!(rest.lines().count() >= 4_999, "{}", rest.lines().count());
    assert_eq!(import.done().code, 130);
}

#[test]
fn a_server_of_another_build_is_refused_by_name() {
    let lineup = Lineup::new();
    lineup.run(["import", &sample()]).succeeded();
    let served = Served::start(&lineup);
    let other = lineup.file("lineup", std::fs::read(env!("CARGO_BIN_EXE_lineup")).unwrap());
    let mut program = std::fs::OpenOptions::new().append(true).open(&other).unwrap();
    std::io::Write::write_all(&mut program, b"\0").unwrap();
    drop(program);
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o700)).unwrap();
    let sample = sample();
    let run = |args: &[&str]| Done::of(lineup.program(other.to_str().unwrap()).args(args).output().unwrap());
    for args in [&["query", "days"][..], &["import", &sample]] {
        let refused = run(args).failed(1);
        for text in ["`lineup serve` (process ", "of another build of lineup, version ", "--data"] {
            assert!(refused.contains(text), "{text}: {refused}");
        }
    }
    assert_eq!(served.interrupt(), 0);
    assert!(run(&["query", "days"]).succeeded().contains("2025-07-12"), "alone it is as good");
}

#[test]
fn a_folder_of_a_process_that_says_nothing_is_in_use_and_what_was_left_there_is_not_believed() {
    let lineup = Lineup::new();
    lineup.run(["import", &sample()]).succeeded();
    let served = Served::start(&lineup);
    let left = std::fs::read(server_file(&lineup)).unwrap();
    drop(served);
    std::fs::write(server_file(&lineup), left).unwrap();
    let held = DataLock::acquire(&lineup.data()).unwrap();
    for args in [&["query", "days", "--no-wait"][..], &["import", &sample(), "--no-wait"]] {
        let refused = lineup.run(args).failed(1);
        assert!(refused.contains(&format!("is in use by process {}", std::process::id())), "{refused}");
    }
    drop(held);
    lineup.run(["query", "days"]).succeeded();
}
