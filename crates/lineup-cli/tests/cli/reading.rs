//! What a user reads while commands work and when they have ended, besides the messages: several files, progress, commands to
//! paste, completions.

use serde_json::Value;

use crate::command::{Done, Lineup, workspace};

const SATURDAY: &str = "Performer,Stage,Start,End,Date\nNova,Dune,20:00,21:00,2025-07-12\n";
const SUNDAY: &str =
    "Performer,Stage,Start,End,Date\nAda,Dune,20:00,21:00,2025-07-13\nIda,Dune,late,23:00,2025-07-13\n";

#[test]
fn several_files_are_imported_with_a_line_each_and_the_worst_exit_code() {
    let lineup = Lineup::new();
    let [saturday, sunday] =
        [("saturday.csv", SATURDAY), ("sunday.csv", SUNDAY)].map(|(name, text)| lineup.file(name, text));
    let files = [saturday.to_str().unwrap(), sunday.to_str().unwrap()];
    let done = lineup.run(["import", files[0], files[1]]);
    assert_eq!(done.code, 3, "{done}");
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{done}");
    assert!(lines[0].starts_with("saturday.csv is imported (1 rows)  (import "), "{done}");
    assert!(lines[1].starts_with("sunday.csv is imported, 1 row rejected  (import "), "{done}");
    assert_eq!(lineup.items().len(), 2);

    let done = lineup.run(["import", files[1], files[0], "--json"]);
    assert_eq!(done.code, 3, "{done}");
    let reports: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        reports.iter().map(|report| report["outcome"].as_str().unwrap()).collect::<Vec<_>>(),
        ["PARTIAL", "SUCCEEDED"]
    );
}

#[test]
fn a_file_that_cannot_be_imported_does_not_keep_the_others_from_it() {
    let lineup = Lineup::new();
    let notes = lineup.file("notes.txt", "remember the milk\n");
    let saturday = lineup.file("saturday.csv", SATURDAY);
    for command in ["check", "import"] {
        let done = lineup.run([command, notes.to_str().unwrap(), saturday.to_str().unwrap()]);
        assert_eq!(done.code, 1, "{done}");
        assert!(done.stdout.contains("saturday.csv"), "{done}");
    }
    assert_eq!(lineup.items().len(), 1);
}

#[test]
fn files_that_would_take_each_others_place_are_refused_before_anything_starts() {
    let lineup = Lineup::new();
    std::fs::create_dir(lineup.data().with_file_name("b")).unwrap();
    let files = [lineup.file("day.csv", SATURDAY), lineup.file("b/day.csv", SUNDAY)];
    let [one, other] = files.each_ref().map(|file| file.to_str().unwrap());
    for (args, why) in [
        (vec!["import", one, other], "two of the files are called day.csv"),
        (vec!["import", one, other, "--as", "festival.csv"], "--as names one lineup"),
        (vec!["import", one, "-"], "stdin cannot be one of several files"),
    ] {
        let stderr = lineup.run(args).failed(2);
        assert!(stderr.contains(why), "{stderr}");
    }
    assert!(!lineup.data().exists());
}

#[test]
fn commands_to_paste_name_the_folder_that_was_given() {
    let lineup = Lineup::new();
    let sunday = lineup.file("sunday.csv", SUNDAY);
    let data = lineup.data().with_file_name("my data");
    let run = |args: &[&str]| {
        let mut command = lineup.command(["--data", data.to_str().unwrap()]);
        Done::of(command.args(args).env_remove("LINEUP_DATA").output().unwrap())
    };
    let done = run(&["import", sunday.to_str().unwrap()]);
    assert_eq!(done.code, 3, "{done}");
    let rejects = done.stdout.lines().find(|line| line.contains(" rejects ")).unwrap().trim();
    let expected = format!("lineup --data '{}' rejects ", data.display());
    assert!(rejects.starts_with(&expected), "{rejects}");

    let id = rejects.rsplit(' ').next().unwrap();
    assert!(
        run(&["rejects", id, "--fix"])
            .stderr
            .contains(&format!("lineup --data '{}' import fix.csv", data.display()))
    );
    assert!(
        run(&["show", "zz"]).failed(4).contains(&format!("`lineup --data '{}' imports`", data.display()))
    );
    // Whoever has the folder in the environment needs no option.
    let done = Done::of(lineup.command(["show", "zz"]).env("LINEUP_DATA", &data).output().unwrap());
    assert!(done.failed(4).contains("`lineup imports`"));
}

#[test]
fn without_a_terminal_verbose_says_each_phase_and_chunk_and_quiet_says_nothing() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", crate::command::lineups::text(2000));
    let import = |more: &str| {
        let done = lineup.run(["import", file.to_str().unwrap(), "--chunk-bytes", "16384", more]);
        assert_eq!(done.code, 0, "{done}");
        done.stderr
    };
    let verbose = import("--verbose");
    assert!(verbose.starts_with("Uploading\n"), "{verbose}");
    assert!(verbose.contains("Loading "), "{verbose}");
    assert_eq!(import("--quiet"), "");
}

#[test]
fn a_local_import_has_about_twenty_chunks_to_show_how_far_it_is() {
    let lineup = Lineup::new();
    let file = lineup.file("rows.csv", crate::command::lineups::text(60_000));
    let (report, code) = lineup.import(&file, &[]);
    assert_eq!(code, 0, "{report}");
    let chunks = report["chunks"]["total"].as_u64().unwrap();
    let mebibytes = std::fs::metadata(&file).unwrap().len() >> 20;
    assert!((mebibytes.max(1)..=mebibytes + 2).contains(&chunks), "{chunks} chunks of {mebibytes} MiB");
}

#[test]
fn a_rerun_of_an_import_that_misses_nothing_says_so() {
    let lineup = Lineup::new();
    let (report, _) = lineup.import(&workspace().join("samples/lineup.csv"), &[]);
    let id = report["import_id"].as_str().unwrap();
    let stderr = lineup.run(["rerun", id]).failed(2);
    assert!(
        stderr.contains("so nothing is missing") && stderr.contains(&format!("lineup rerun {id} --chunk N")),
        "{stderr}"
    );
}

#[test]
fn every_shell_has_completions_and_every_command_a_manual_page() {
    let lineup = Lineup::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = lineup.run(["completions", shell]).succeeded();
        assert!(script.contains("rejects") && script.contains("chunk-bytes"), "{shell}");
    }
    assert!(lineup.run(["man"]).succeeded().contains(".TH lineup 1"));
    let folder = lineup.data().with_file_name("man1");
    lineup.run(["man", "--dir", folder.to_str().unwrap()]).succeeded();
    let page = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(page("lineup.1").contains("lineup\\-import"));
    assert!(page("lineup-import.1").contains("chunk\\-bytes"));
    assert!(page("lineup-query-stage.1").contains("programme"));
    assert!(!folder.join("lineup-function.1").exists(), "hidden commands have no page");
}

#[test]
fn an_option_for_a_date_where_there_is_none_is_not_taken_for_the_folder_of_the_data() {
    let lineup = Lineup::new();
    let stderr = lineup.run(["query", "performer", "Nova", "--date", "2025-07-12"]).failed(2);
    assert!(stderr.contains("unexpected argument '--date'") && !stderr.contains("--data'"), "{stderr}");
    let stderr = lineup.run(["query", "performer", "Nova", "--dat", "x"]).failed(2);
    assert!(stderr.contains("a similar argument exists: '--data'"), "{stderr}");
}

#[test]
fn missing_credentials_are_one_line_that_says_what_to_do() {
    let lineup = Lineup::new();
    let mut command = lineup.command(["--stack", "festival", "imports"]);
    command
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("HOME", lineup.data())
        .env("AWS_REGION", "eu-west-1");
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ] {
        command.env_remove(name);
    }
    let stderr = Done::of(command.output().unwrap()).failed(1);
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("credentials") && stderr.contains("aws configure"), "{stderr}");
}
