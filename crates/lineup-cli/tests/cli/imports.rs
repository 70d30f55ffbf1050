//! Imports that end, and the commands that show and query them afterwards.
use std::io::Read;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};

use crate::command::served::PATIENCE;
use crate::command::{Done, Lineup, lineups, workspace};

#[test]
fn importing_a_file_twice_leaves_the_same_items() {
    let lineup = Lineup::new();
    let file = workspace().join("samples/weekend.csv");
    let (first, _) = lineup.import(&file, &[]);
    let once = lineup.items();
    let (second, _) = lineup.import(&file, &[]);
    assert_eq!(once.len(), 66);
    assert_eq!(lineup.items(), once);
    assert_ne!(first["import_id"], second["import_id"]);
    assert_eq!(first["rows"], second["rows"]);
}

#[test]
fn a_second_file_adds_to_the_first() {
    let lineup = Lineup::new();
    lineup.import(&workspace().join("samples/lineup.csv"), &[]);
    lineup.import(&workspace().join("samples/weekend.csv"), &[]);
    assert_eq!(lineup.items().len(), 3 + 66);
}

#[test]
fn the_message_is_printed_when_no_json_is_asked_for() {
    let lineup = Lineup::new();
    let file = workspace().join("samples/lineup.csv");
    let done = lineup.run(["import", file.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{done}");
    assert!(done.stdout.contains("lineup.csv"), "{done}");
    assert!(done.stdout.contains('3'), "{done}");
    assert_eq!(done.stderr, "", "stderr is no terminal, so no progress is drawn");
}

/// Python's `pty` module gives the command a terminal, and copies what the command draws there.
const ON_A_TERMINAL: &str =
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

#[test]
fn progress_is_drawn_on_a_terminal() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", lineups::text(5000));
    let drawn = std::process::Command::new("python3")
        .args(["-c", ON_A_TERMINAL, env!("CARGO_BIN_EXE_lineup"), "import", file.to_str().unwrap()])
        .args(["--chunk-bytes", "16384", "--data", lineup.data().to_str().unwrap()])
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&drawn.stdout);
    assert!(drawn.status.success(), "{text}");
    for drawn in ["Uploading", "Loading [", " of 23 chunks, ", " rows", "rows.csv is imported."] {
        assert!(text.contains(drawn), "{drawn:?} is not in {text:?}");
    }
}

#[test]
fn imports_are_listed_newest_first_and_shown_with_their_chunks() {
    let lineup = Lineup::new();
    let (first, _) = lineup.import(&workspace().join("samples/bad-rows.csv"), &[]);
    let file = lineup.file("rows.csv", lineups::text(2000));
    let (second, code) = lineup.import(&file, &["--chunk-bytes", "16384", "--concurrency", "2"]);
    assert_eq!(code, 0);
    let chunks = second["chunks"]["total"].as_u64().unwrap();
    assert!(chunks > 5, "{second}");

    let imports: Value = serde_json::from_str(&lineup.run(["imports", "--json"]).succeeded()).unwrap();
    let listed: Vec<_> = imports.as_array().unwrap().iter().map(|import| &import["import_id"]).collect();
    assert_eq!(listed, [&second["import_id"], &first["import_id"]]);
    assert_eq!(imports[1]["state"], json!("PARTIAL"));
    assert_eq!(imports[0]["file"], json!("rows.csv"));

    let id = second["import_id"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&lineup.run(["show", &id[..13], "--json"]).succeeded()).unwrap();
    let states = shown["chunk_states"].as_array().unwrap();
    assert_eq!(states.len() as u64, chunks);
    assert!(states.iter().all(|chunk| chunk["state"] == json!("LOADED")), "{shown}");
    let rows: u64 = states.iter().map(|chunk| chunk["rows"]["written"].as_u64().unwrap()).sum();
    assert_eq!(rows, 2000);

    let table = lineup.run(["show", id]).succeeded();
    assert_eq!(table.matches("LOADED").count() as u64, chunks, "{table}");
    let table = lineup.run(["imports"]).succeeded();
    assert!(
        table.contains(&id[..8])
            && !table.contains(&id[..9])
            && table.contains("PARTIAL")
            && table.contains("rows.csv"),
        "{table}"
    );
}

#[test]
fn an_id_that_no_import_has_finds_nothing() {
    let lineup = Lineup::new();
    lineup.import(&workspace().join("samples/lineup.csv"), &[]);
    for command in ["show", "rejects", "redrive", "rerun"] {
        let stderr = lineup.run([command, "zz"]).failed(4);
        assert_eq!(stderr, "error: there is no import \"zz\"; `lineup imports` lists them\n");
    }
}

#[test]
fn a_rerun_loads_the_named_chunks_again_and_changes_nothing() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", lineups::text(2000));
    let (report, _) = lineup.import(&file, &["--chunk-bytes", "16384"]);
    let before = lineup.items();
    let id = report["import_id"].as_str().unwrap();
    let again = lineup.run(["rerun", id, "--chunk", "2", "--chunk", "4", "--json"]).succeeded();
    let again: Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["rows"], report["rows"]);
    assert_ne!(again["execution_arn"], report["execution_arn"]);
    assert_eq!(lineup.items(), before);
    let stderr = lineup.run(["rerun", id, "--chunk", "9999"]).failed(2);
    assert!(stderr.contains("there is no chunk 9999"), "{stderr}");
    let stderr = lineup.run(["redrive", id]).failed(2);
    assert!(stderr.contains("nothing is missing"), "{stderr}");
}

#[test]
fn plan_cuts_where_the_import_cuts() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", lineups::text(2000));
    let (report, _) = lineup.import(&file, &["--chunk-bytes", "20000"]);
    let shown = lineup.run(["show", report["import_id"].as_str().unwrap(), "--json"]).succeeded();
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let cut =
        |chunk: &Value| ["chunk", "start", "end", "first_line"].map(|field| chunk[field].as_u64().unwrap());
    let imported: Vec<_> = shown["chunk_states"].as_array().unwrap().iter().map(cut).collect();

    let plan = lineup.run(["plan", file.to_str().unwrap(), "--chunk-bytes", "20000", "--json"]).succeeded();
    let mut planned: Vec<Value> = plan.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let totals = planned.pop().unwrap();
    assert_eq!(planned.iter().map(cut).collect::<Vec<_>>(), imported);
    assert_eq!(totals["records"], json!(2000));
    assert_eq!(totals["chunks"], json!(imported.len()));
}

#[test]
fn a_reader_that_stops_reading_is_no_error() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", lineups::text(3000));
    lineup.import(&file, &[]);
    let plan = ["plan", file.to_str().unwrap(), "--chunk-bytes", "16384"];
    for args in [&["export"][..], &["export", "--format", "json"], &["export", "--format", "jsonl"], &plan] {
        let mut command = lineup.command(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        // The pipe is closed here, like that of `| head -c 1`.
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

/// Where there is no space, or the folder cannot be written, the end of an execution is not written down. A command that follows
/// it must not wait for that for ever. Here nothing can be written over the execution's record.
#[test]
fn an_execution_whose_end_cannot_be_written_ends_the_command_and_what_is_loaded_stays() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", lineups::text(20_000));
    let mut command = lineup.command(["import", file.to_str().unwrap(), "--chunk-bytes", "16384"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    let obstacle = loop {
        assert!(began.elapsed() < PATIENCE, "no execution was started");
        let folders = std::fs::read_dir(lineup.data().join("executions")).into_iter().flatten();
        let record =
            folders.map(|folder| folder.unwrap().path().join("execution.json")).find(|path| path.exists());
        if let Some(record) = record {
            break record.with_extension("new");
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    };
    std::fs::create_dir(&obstacle).unwrap();
    // How it ended is told all the same: the engine knows it.
    let said = Done::of(child.wait_with_output().unwrap()).succeeded();
    assert!(said.contains("rows.csv is imported."), "{said}");
    // The other commands work while it cannot be written, and all that was loaded is there.
    let imports: Value = serde_json::from_str(&lineup.run(["imports", "--json"]).succeeded()).unwrap();
    assert_eq!(imports[0]["rows"]["written"], json!(20_000), "{imports}");
    assert_eq!(lineup.items().len(), 20_000);
    std::fs::remove_dir(&obstacle).unwrap();
}
