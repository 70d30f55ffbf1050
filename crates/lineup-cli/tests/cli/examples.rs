//! The examples in the help texts are commands that work: each is run in a shell, in a folder of its own.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::command::{Done, Lineup, workspace};

/// Examples that no test runs: they need a stack or the internet, or run until Ctrl-C.
const LEFT_OUT: [&str; 5] = ["--stack", "curl ", "lineup serve", "lineup web", "aws s3"];

/// What an example says where there is nothing for it to do, or nobody who can be asked: the import of the examples has no chunk
/// that is missing, and nothing was kept of the version before.
const REFUSED: [(&str, &str); 7] = [
    ("lineup query now", "nobody plays at that moment"),
    ("lineup redrive 5f3c", "so nothing is missing"),
    ("lineup rerun 5f3c --replace", "so there is nothing to remove"),
    ("lineup rerun 5f3c --chunk 17 --chunk 40", "there is no chunk 17"),
    ("lineup rerun 5f3c", "so nothing is missing"),
    ("lineup remove lineup.csv", "--yes"),
    ("lineup prune", "--yes"),
];

/// The files that examples name.
const FILES: [&str; 8] = [
    "lineup.csv",
    "corrected.csv",
    "saturday.csv",
    "sunday.csv",
    "big.csv",
    "season.csv",
    "fix.csv",
    "samples/lineup.csv",
];

#[test]
fn every_example_of_every_help_works() {
    let lineup = prepared();
    let id = first_import(&lineup);
    let examples = examples(&lineup);
    assert!(examples.len() > 60, "{examples:?}");
    let has_jq = Command::new("jq").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !has_jq {
        eprintln!("SKIPPED: there is no jq, so examples with it are not run");
    }
    for example in examples {
        let left_out =
            LEFT_OUT.iter().any(|part| example.contains(part)) || (example.contains("jq ") && !has_jq);
        if left_out {
            continue;
        }
        let done = run(&lineup, &example.replace("5f3c", &id));
        match REFUSED.iter().find(|(command, _)| example == *command) {
            Some((_, why)) => assert!(done.stderr.contains(why), "{example}: {done}"),
            None => assert!([0, 3].contains(&done.code), "{example}: {done}"),
        }
    }
}

/// A data folder with two versions of a lineup, and the files that examples name.
fn prepared() -> Lineup {
    let lineup = Lineup::new();
    let sample = fs::read_to_string(workspace().join("samples/lineup.csv")).unwrap();
    let sample = sample.replace("Date\n", "Date,Popularity\n").replace("-12\n", "-12,95\n");
    let sample = sample + "Wet Leg,River Stage,20:30,21:15,2025-07-12,90\n";
    // A form is told by content, not by name.
    let folder = lineup.file("lineup.xlsx", &sample);
    fs::create_dir(folder.with_file_name("samples")).unwrap();
    FILES.iter().for_each(|name| drop(lineup.file(name, &sample)));
    lineup.run(["import", lineup.file("lineup.csv", &sample).to_str().unwrap()]).succeeded();
    let corrected = sample.replace("20:00", "20:05");
    lineup.run(["import", lineup.file("lineup.csv", corrected).to_str().unwrap()]).succeeded();
    lineup
}

/// The beginning of the id of the earlier version.
fn first_import(lineup: &Lineup) -> String {
    let listed = lineup.run(["imports", "--json"]).succeeded();
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    listed[1]["import_id"].as_str().unwrap()[..8].to_owned()
}

/// The lines under "Example" of all help texts, without what is said behind them.
fn examples(lineup: &Lineup) -> Vec<String> {
    let mut examples = Vec::new();
    let mut commands = vec![Vec::new()];
    while let Some(command) = commands.pop() {
        let help = lineup.run(command.iter().map(String::as_str).chain(["--help"])).succeeded();
        let below = |heading: &str| {
            let lines = help.lines().skip_while(move |line| !line.starts_with(heading)).skip(1);
            lines.take_while(|line| line.starts_with("  ")).map(str::to_owned).collect::<Vec<_>>()
        };
        let examples_here = below("Example");
        assert!(!examples_here.is_empty(), "lineup {command:?} has no example");
        let command_line = |line: &String| line.trim().split("     ").next().map(str::to_owned);
        examples.extend(examples_here.iter().filter_map(command_line));
        for line in below("Commands:").iter().filter(|line| !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                commands.push([command.clone(), vec![name.to_owned()]].concat());
            }
        }
    }
    examples
}

/// Runs an example in a copy of the folder, so that none depends on those before.
fn run(lineup: &Lineup, example: &str) -> Done {
    let folder = tempfile::tempdir().unwrap();
    copy(lineup.data().parent().unwrap(), folder.path());
    let copy = Lineup::in_folder(folder);
    let program = Path::new(env!("CARGO_BIN_EXE_lineup")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = copy.program("bash");
    let home = copy.data().with_file_name("home");
    fs::create_dir_all(home.join(".local/share/bash-completion/completions")).unwrap();
    fs::create_dir_all(home.join(".config/fish/completions")).unwrap();
    fs::create_dir_all(home.join(".zfunc")).unwrap();
    shell.current_dir(copy.data().parent().unwrap()).env("PATH", path).env("HOME", home);
    Done::of(shell.args(["-e", "-o", "pipefail", "-c", example]).output().unwrap())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let into = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &into)
        } else {
            drop(fs::copy(entry.path(), into))
        }
    }
}
