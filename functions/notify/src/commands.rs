//! Commands that people paste into a POSIX shell.

use std::path::Path;

use uuid::Uuid;

/// The most chunks that a command names. A command without numbers loads all missing chunks.
pub const CHUNKS_NAMED: usize = lineup_contracts::Summary::FAILED_IN_STATE;

/// `text` as one word of a POSIX shell. Between single quotes, every character except a single quote
/// is literal (POSIX.1-2024, Shell Command Language, section 2.2.2).
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// `text` as one word of a POSIX shell, without quotes if no character of it needs them.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

/// How the readers of a command call `lineup`: with the option that says where the data lies, if they need it.
///
/// ```
/// use notify::commands::LineupCommand;
///
/// let command = LineupCommand::on_stack("festival");
/// assert_eq!(command.show("5f3c"), "lineup --stack festival show 5f3c");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineupCommand(String);

impl Default for LineupCommand {
    fn default() -> Self {
        Self::of("lineup".to_owned())
    }
}

impl std::fmt::Display for LineupCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl LineupCommand {
    /// The words before the subcommand, as a shell takes them.
    pub fn of(words: String) -> Self {
        Self(words)
    }

    /// For a deployed stack.
    pub fn on_stack(name: &str) -> Self {
        Self::of(format!("lineup --stack {}", word(name)))
    }

    /// For the embedded services on a folder.
    pub fn on_folder(folder: &Path) -> Self {
        Self::of(format!("lineup --data {}", word(&folder.to_string_lossy())))
    }

    /// The command that loads the missing chunks in the same execution.
    pub fn redrive(&self, import_id: Uuid) -> String {
        format!("{self} redrive {import_id}")
    }

    /// The command that loads `chunks` in a new execution; if `chunks` is empty, all missing ones.
    pub fn rerun(&self, import_id: Uuid, chunks: &[u32]) -> String {
        let chunks: String = chunks.iter().map(|chunk| format!(" --chunk {chunk}")).collect();
        format!("{self} rerun {import_id}{chunks}")
    }

    /// The command that removes what the guard kept.
    pub fn replace(&self, import_id: Uuid) -> String {
        format!("{} --replace", self.rerun(import_id, &[]))
    }

    /// The command that shows every chunk with its state and error.
    pub fn show(&self, import_id: impl std::fmt::Display) -> String {
        format!("{self} show {import_id}")
    }

    /// The command that prints every rejected row.
    pub fn rejects(&self, import_id: Uuid) -> String {
        format!("{self} rejects {import_id}")
    }
}

/// As [`LineupCommand::redrive`], with the aws command.
pub fn aws_redrive(execution_arn: &str) -> String {
    let region = region(execution_arn);
    format!("aws stepfunctions redrive-execution{region} --execution-arn {}", quoted(execution_arn))
}

/// As [`LineupCommand::rerun`], with the aws command.
pub fn aws_rerun(state_machine_arn: &str, import_id: Uuid, chunks: &[u32]) -> String {
    // This JSON holds a UUID and numbers only, so nothing needs escaping.
    let numbers = chunks.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let chunks = if numbers.is_empty() { numbers } else { format!(r#","chunks":[{numbers}]"#) };
    let input = format!(r#"{{"rerun":{{"import_id":"{import_id}"{chunks}}}}}"#);
    aws_start(state_machine_arn, &input)
}

/// As [`LineupCommand::replace`], with the aws command.
pub fn aws_replace(state_machine_arn: &str, import_id: Uuid) -> String {
    let input = format!(r#"{{"rerun":{{"import_id":"{import_id}","replace":true}}}}"#);
    aws_start(state_machine_arn, &input)
}

fn aws_start(state_machine_arn: &str, input: &str) -> String {
    format!(
        "aws stepfunctions start-execution{} --state-machine-arn {} --input {}",
        region(state_machine_arn),
        quoted(state_machine_arn),
        quoted(input)
    )
}

/// The `--region` option for `arn`. The user's aws command may be configured for another region.
fn region(arn: &str) -> String {
    let plain =
        |region: &&str| !region.is_empty() && region.chars().all(|c| c == '-' || c.is_ascii_alphanumeric());
    arn.split(':').nth(3).filter(plain).map(|region| format!(" --region {region}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use lineup_contracts::Rerun;
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_quote_in_a_name_stays_inside_the_word() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn a_command_says_where_the_data_lies_and_quotes_what_a_shell_would_split() {
        for (folder, expected) in [
            ("fest/2025.data", "lineup --data fest/2025.data redrive"),
            ("my data", "lineup --data 'my data' redrive"),
            ("it's", r"lineup --data 'it'\''s' redrive"),
            ("", "lineup --data '' redrive"),
        ] {
            let command = LineupCommand::on_folder(Path::new(folder)).redrive(Uuid::nil());
            assert_eq!(command, format!("{expected} {}", Uuid::nil()));
        }
    }

    #[test]
    fn a_rerun_names_its_chunks_or_all_that_are_missing() {
        let id = Uuid::nil();
        assert_eq!(
            LineupCommand::default().rerun(id, &[17, 40]),
            format!("lineup rerun {id} --chunk 17 --chunk 40")
        );
        for (chunks, expected) in [(&[17, 40][..], Some(vec![17, 40])), (&[], None)] {
            let command = aws_rerun("arn", id, chunks);
            let input = command.split_once("--input '").and_then(|(_, input)| input.strip_suffix('\''));
            let input: Value = serde_json::from_str(input.unwrap()).unwrap();
            let rerun: Rerun = serde_json::from_value(input["rerun"].clone()).unwrap();
            assert_eq!(rerun, Rerun { import_id: id, chunks: expected, replace: false });
        }
    }

    #[test]
    fn a_rerun_that_removes_what_was_kept_says_so_to_the_state_machine() {
        let id = Uuid::nil();
        assert_eq!(LineupCommand::default().replace(id), format!("lineup rerun {id} --replace"));
        let command = aws_replace("arn", id);
        let input = command.split_once("--input '").and_then(|(_, input)| input.strip_suffix('\''));
        let input: Value = serde_json::from_str(input.unwrap()).unwrap();
        let rerun: Rerun = serde_json::from_value(input["rerun"].clone()).unwrap();
        assert_eq!(rerun, Rerun { import_id: id, chunks: None, replace: true });
    }
}
