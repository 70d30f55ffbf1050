//! The help texts, and the messages for a wrong command line.

use crate::command::Lineup;

const COMMANDS: [&str; 21] = [
    "import",
    "diff",
    "lineups",
    "remove",
    "restore",
    "prune",
    "check",
    "timetable",
    "export",
    "imports",
    "show",
    "rejects",
    "redrive",
    "rerun",
    "plan",
    "cost",
    "serve",
    "web",
    "query",
    "completions",
    "man",
];

#[test]
fn the_help_lists_the_commands_and_the_exit_codes() {
    insta::assert_snapshot!("help", Lineup::new().run(["--help"]).succeeded());
}

#[test]
fn each_command_has_a_help_with_examples() {
    let lineup = Lineup::new();
    for command in COMMANDS {
        let help = lineup.run([command, "--help"]).succeeded();
        assert!(help.contains("Example"), "{help}");
        insta::assert_snapshot!(format!("help_{command}"), help);
    }
}

#[test]
fn a_wrong_command_line_is_exit_code_2_and_says_why() {
    let lineup = Lineup::new();
    for (args, why) in [
        (&["improt"][..], "unrecognized subcommand 'improt'"),
        (&["import"][..], "<FILE>"),
        (&["import", "a.csv", "--chunk-bytes", "100"][..], "100 is not in 16384..=16777216"),
        (&["import", "a.csv", "--concurrency", "0"][..], "0 is not in 1..=10000"),
        (&["export", "--format", "xml"][..], "[possible values: csv, json, jsonl, ics]"),
        (&["rerun", "5f3c", "--chunk", "0"][..], "'--chunk <N>'"),
    ] {
        let stderr = lineup.run(args).failed(2);
        assert!(stderr.contains(why), "{args:?}: {stderr}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_exit_code_2_before_anything_starts() {
    let lineup = Lineup::new();
    let folder = std::env::temp_dir();
    for command in ["import", "plan"] {
        let missing = lineup.run([command, "no/such.csv"]).failed(2);
        assert_eq!(missing, "error: cannot read no/such.csv: there is no such file; check the path\n");
        let stderr = lineup.run([command, folder.to_str().unwrap()]).failed(2);
        assert!(stderr.contains("it is a folder; name the files in it, such as "), "{stderr}");
        let stderr = lineup.run([command, "/dev/null"]).failed(2);
        assert!(stderr.contains("it is not a regular file"), "{stderr}");
    }
    assert!(!lineup.data().exists(), "nothing was started");
}

#[test]
fn asking_where_nothing_was_imported_finds_nothing_and_creates_nothing() {
    let lineup = Lineup::new();
    for args in [
        &["imports"][..],
        &["show", "5f3c"],
        &["rejects", "5f3c"],
        &["export"],
        &["timetable"],
        &["query", "days"],
    ] {
        let stderr = lineup.run(args).failed(4);
        assert!(stderr.contains("import a file first"), "{args:?}: {stderr}");
    }
    assert!(!lineup.data().exists());
}
