//! docs/tour.md, docs/glossary.md and docs/development.md name files, and beside them what these define:
//! `` `path/to/file.rs`, `name` ``.
//! Both exist, and the commands of the tour show what it says. docs/semantics.md is tested in lineup-testing.

use std::fs;
use std::path::Path;

use lineup::header::{KnownColumn, synonyms_of};
use lineup::options::FILE_OPTIONS;

use crate::command::{Done, Lineup, workspace};

/// What a path that is meant as a file of the repository begins with.
const FOLDERS: [&str; 7] =
    ["crates/", "docs/", "embedded/", "functions/", "samples/", "statemachine/", "tools/"];

/// What stands before a name where Rust defines it.
const KEYWORDS: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "mod"];

/// A file that a document names, and the names that stand right behind it.
struct Citation {
    file: String,
    names: Vec<String>,
}

fn document(name: &str) -> String {
    fs::read_to_string(workspace().join("docs").join(name)).unwrap()
}

/// The text without its fenced blocks, as one line.
fn prose(document: &str) -> String {
    let outside = document.split("\n```").step_by(2);
    outside.collect::<Vec<_>>().join(" ").replace('\n', " ")
}

/// The fenced blocks, in order: their language, and their lines.
fn blocks(document: &str) -> Vec<(&str, Vec<&str>)> {
    let inside = document.split("\n```").skip(1).step_by(2);
    inside.filter_map(|block| block.split_once('\n')).map(|(of, text)| (of, text.lines().collect())).collect()
}

/// Folders and patterns are none.
fn is_file(code: &str) -> bool {
    let of_the_repository = FOLDERS.iter().any(|folder| code.starts_with(folder));
    of_the_repository && !code.contains(['*', '<']) && Path::new(code).extension().is_some()
}

/// Names belong to a file as long as there is nothing but a comma between them.
fn citations(prose: &str) -> Vec<Citation> {
    let mut citations: Vec<Citation> = Vec::new();
    let mut beside_a_file = false;
    let parts: Vec<&str> = prose.split('`').collect();
    for pair in parts.chunks_exact(2) {
        let (between, code) = (pair[0], pair[1].to_owned());
        if is_file(&code) {
            citations.push(Citation { file: code, names: Vec::new() });
            beside_a_file = true;
        } else if beside_a_file && between == ", " {
            citations.last_mut().unwrap().names.push(code);
        } else {
            beside_a_file = false;
        }
    }
    citations
}

/// Whether the file defines the name: each part of `Type::function`, or a state of the definition.
fn defines(file: &str, text: &str, name: &str) -> bool {
    if file.ends_with(".json") {
        return text.contains(&format!("\"{name}\": {{"));
    }
    name.split("::").all(|part| KEYWORDS.iter().any(|keyword| has_word(text, &format!("{keyword} {part}"))))
}

/// Whether the text has these words, with no longer word at the end.
fn has_word(text: &str, words: &str) -> bool {
    let goes_on = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.match_indices(words).any(|(at, _)| !text[at + words.len()..].starts_with(goes_on))
}

/// What the citation names and is not there.
fn missing(Citation { file, names }: &Citation) -> Vec<String> {
    let Ok(text) = fs::read_to_string(workspace().join(file)) else { return vec![file.clone()] };
    let missing = names.iter().filter(|name| !defines(file, &text, name));
    missing.map(|name| format!("{file}, {name}")).collect()
}

#[test]
fn every_file_and_every_name_that_the_documents_cite_exists() {
    for (name, least) in [("tour.md", 80), ("glossary.md", 100), ("development.md", 10)] {
        let citations = citations(&prose(&document(name)));
        let found: usize = citations.iter().map(|citation| 1 + citation.names.len()).sum();
        assert!(found >= least, "only {found} files and names are found in docs/{name}");
        let missing: Vec<String> = citations.iter().flat_map(missing).collect();
        assert!(missing.is_empty(), "docs/{name} names what does not exist: {missing:#?}");
    }
}

#[test]
fn a_name_that_a_file_only_uses_is_not_defined_there() {
    let text = "use crate::Chunk;\npub struct Chunks(Vec<Chunk>);\nfn chunk_of() {}";
    assert!(defines("a.rs", text, "Chunks") && defines("a.rs", text, "Chunks::chunk_of"));
    assert!(!defines("a.rs", text, "Chunk") && !defines("a.rs", text, "chunk"));
    assert!(
        defines("a.json", r#"{"Split": {}}"#, "Split") && !defines("a.json", r#"{"Next": "Split"}"#, "Split")
    );
}

/// Word, meaning, definition, other names.
#[test]
fn the_glossary_is_in_order_and_says_of_each_word_where_it_is_defined() {
    let document = document("glossary.md");
    let rows: Vec<Vec<&str>> = document
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let undefined: Vec<_> =
        rows.iter().filter(|row| row.len() != 4 || citations(row[2]).is_empty()).collect();
    assert!(undefined.is_empty(), "{undefined:#?}");
    let words: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    assert!(words.len() > 50 && words.is_sorted(), "{words:#?}");
}

/// The shell that a reader has, with the built command instead of `cargo run --`.
fn run(lineup: &Lineup, line: &str) -> String {
    let script = format!("cargo() {{ shift 2; \"$LINEUP\" \"$@\"; }}\n{line}");
    let mut shell = lineup.program("sh");
    shell.args(["-c", &script]).env("LINEUP", env!("CARGO_BIN_EXE_lineup")).current_dir(workspace());
    Done::of(shell.output().unwrap()).succeeded()
}

#[test]
fn the_commands_of_the_tour_show_what_it_says() {
    let document = document("tour.md");
    let lineup = Lineup::new();
    let (mut commands, mut printed) = (0, String::new());
    for (language, lines) in blocks(&document) {
        match language {
            "sh" => printed.clear(),
            "text" => lines.iter().for_each(|line| assert!(printed.contains(line), "{line}: {printed}")),
            _ => continue,
        }
        // The data folder is the test's own.
        let set_up = |line: &str| line.starts_with("export ") || line.starts_with("rm ");
        for line in lines.iter().filter(|line| language == "sh" && !set_up(line)) {
            let output = run(&lineup, line);
            assert!(!output.is_empty(), "{line} prints nothing");
            printed.push_str(&output);
            commands += 1;
        }
    }
    assert!(commands >= 15, "only {commands} commands are found in docs/tour.md");
}

/// docs/files.md with its two tables as the code has them.
fn files_document() -> String {
    let columns = KnownColumn::ALL.map(|column| {
        let names: Vec<_> = synonyms_of(column).collect();
        format!("| {} | {} |\n", column.name(), names.join(", "))
    });
    let options = FILE_OPTIONS.map(|option| {
        let value = option.value.map(|value| format!(" {value}").replace('|', "\\|")).unwrap_or_default();
        let metadata = option.value.map_or("true", |value| value).replace('|', "\\|");
        let repeats = if option.repeats { "; may be repeated" } else { "" };
        format!(
            "| `--{name}{value}` | `{name}={metadata}` | {}{repeats} |\n",
            option.help,
            name = option.name
        )
    });
    let columns = format!("| column | names, the best first |\n|---|---|\n{}", columns.concat());
    let options = format!("| option | metadata | what it says |\n|---|---|---|\n{}", options.concat());
    with_table(&with_table(&document("files.md"), "columns", &columns), "options", &options)
}

/// The document with this table between `<!-- name -->` and `<!-- end of name -->`.
fn with_table(document: &str, name: &str, table: &str) -> String {
    let (before, rest) = document.split_once(&format!("<!-- {name} -->\n")).unwrap();
    let (_, after) = rest.split_once(&format!("<!-- end of {name} -->\n")).unwrap();
    format!("{before}<!-- {name} -->\n{table}<!-- end of {name} -->\n{after}")
}

/// `UPDATE_SAMPLES=1` rewrites the tables.
#[test]
fn the_page_on_files_has_every_column_name_and_every_option_of_the_code() {
    let made = files_document();
    if std::env::var_os("UPDATE_SAMPLES").is_some() {
        fs::write(workspace().join("docs/files.md"), &made).unwrap();
    }
    assert!(
        made == document("files.md"),
        "docs/files.md is behind the code: UPDATE_SAMPLES=1 rewrites its tables"
    );
}
