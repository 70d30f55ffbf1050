//! Imports that are interrupted by Ctrl-C or killed. Nothing that was loaded is lost, and the rest
//! can be loaded later.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use aws_sdk_s3::primitives::ByteStream;
use serde_json::{Value, json};

use crate::command::served::{PATIENCE, Served};
use crate::command::{Done, Lineup, lineups};

const ROWS: u32 = 20_000;

/// Starts the import of a file of some 90 chunks and waits until the first is loaded.
fn halfway(lineup: &Lineup) -> Child {
    let file = lineup.file("rows.csv", lineups::text(ROWS));
    let command = ["import", file.to_str().unwrap(), "--chunk-bytes", "16384"];
    let child = lineup.command(command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let began = Instant::now();
    while results(&lineup.data()).is_empty() {
        assert!(began.elapsed() < PATIENCE, "no chunk was loaded");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child
}

/// The result objects of all imports, as the embedded S3 keeps them.
fn results(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .flat_map(|path| match path.is_dir() {
            true => results(&path),
            false if path.parent().is_some_and(|parent| parent.ends_with("results")) => vec![path],
            false => Vec::new(),
        })
        .collect()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// The only import. Checks that it is not complete.
fn only_import(lineup: &Lineup) -> Value {
    let imports: Value = serde_json::from_str(&lineup.run(["imports", "--json"]).succeeded()).unwrap();
    assert_eq!(imports.as_array().unwrap().len(), 1, "{imports}");
    assert_eq!(imports[0]["state"], json!("INTERRUPTED"), "{imports}");
    let id = imports[0]["import_id"].as_str().unwrap();
    let shown: Value = serde_json::from_str(&lineup.run(["show", id, "--json"]).succeeded()).unwrap();
    let count = |state: &str| {
        let chunks = shown["chunk_states"].as_array().unwrap();
        chunks.iter().filter(|chunk| chunk["state"] == json!(state)).count()
    };
    assert!(count("LOADED") >= 1 && count("MISSING") >= 1, "{shown}");
    // It was not summed up, and says what is loaded all the same.
    let loaded =
        shown["chunk_states"].as_array().unwrap().iter().map(|chunk| chunk["rows"]["read"].as_u64().unwrap());
    assert_eq!(shown["rows"]["read"], json!(loaded.sum::<u64>()), "{shown}");
    shown
}

/// Runs a command that loads the rest, and checks that the import is complete.
fn complete(lineup: &Lineup, args: &[&str]) {
    let report: Value = serde_json::from_str(&lineup.run(args).succeeded()).unwrap();
    assert_eq!(report["outcome"], json!("SUCCEEDED"), "{report}");
    assert_eq!(report["rows"], json!({"read": ROWS, "written": ROWS, "rejected": 0, "replaced": 0}));
    assert_eq!(lineup.items().len(), ROWS as usize);
}

#[test]
fn ctrl_c_stops_the_import_and_a_redrive_loads_the_rest() {
    let lineup = Lineup::new();
    let child = halfway(&lineup);
    signal(&child, "-INT");
    let done = Done::of(child.wait_with_output().unwrap());
    assert_eq!(done.code, 130, "{done}");
    let shown = only_import(&lineup);
    let id = shown["import_id"].as_str().unwrap();
    assert!(done.stderr.contains(&format!("`lineup redrive {id}` goes on with the rest")), "{done}");
    complete(&lineup, &["redrive", id, "--json"]);
}

#[test]
fn an_import_whose_processes_are_killed_is_interrupted_and_a_rerun_loads_the_rest() {
    let lineup = Lineup::new();
    let child = halfway(&lineup);
    signal(&child, "-KILL");
    let done = Done::of(child.wait_with_output().unwrap());
    assert_eq!(done.stdout, "");
    let shown = only_import(&lineup);
    complete(&lineup, &["rerun", shown["import_id"].as_str().unwrap(), "--json"]);
}

#[tokio::test]
async fn an_upload_whose_services_are_killed_at_once_is_imported_at_the_next_start() {
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let body = ByteStream::from(lineups::text(100).into_bytes());
    served.s3().put_object().bucket("lineup-uploads").key("a.csv").body(body).send().await.unwrap();
    // Dropping it kills the process, most likely before the import has begun.
    drop(served);
    let imports: Value = serde_json::from_str(&lineup.run(["imports", "--json"]).succeeded()).unwrap();
    let import = &imports.as_array().unwrap()[0];
    if import["state"] == json!("INTERRUPTED") {
        lineup.run(["redrive", import["import_id"].as_str().unwrap()]).succeeded();
    }
    assert_eq!((imports.as_array().unwrap().len(), lineup.items().len()), (1, 100));
}
