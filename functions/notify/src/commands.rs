//! Commands that people paste into a POSIX shell.

use uuid::Uuid;

/// The most chunks that a command names. A command without numbers loads all missing chunks.
pub const CHUNKS_NAMED: usize = lineup_contracts::Summary::FAILED_IN_STATE;

/// `text` as one word of a POSIX shell. Between single quotes, every character except a single quote
/// is literal (POSIX.1-2024, Shell Command Language, section 2.2.2).
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The command that loads the missing chunks in the same execution.
pub fn redrive(import_id: Uuid) -> String {
    format!("lineup redrive {import_id}")
}

/// As [`redrive`], with the aws command.
pub fn aws_redrive(execution_arn: &str) -> String {
    let region = region(execution_arn);
    format!("aws stepfunctions redrive-execution{region} --execution-arn {}", quoted(execution_arn))
}

/// The command that loads `chunks` in a new execution; if `chunks` is empty, all missing ones.
pub fn rerun(import_id: Uuid, chunks: &[u32]) -> String {
    let chunks: String = chunks.iter().map(|chunk| format!(" --chunk {chunk}")).collect();
    format!("lineup rerun {import_id}{chunks}")
}

/// As [`rerun`], with the aws command.
pub fn aws_rerun(state_machine_arn: &str, import_id: Uuid, chunks: &[u32]) -> String {
    // This JSON holds a UUID and numbers only, so nothing needs escaping.
    let numbers = chunks.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let chunks = if numbers.is_empty() { numbers } else { format!(r#","chunks":[{numbers}]"#) };
    let input = format!(r#"{{"rerun":{{"import_id":"{import_id}"{chunks}}}}}"#);
    aws_start(state_machine_arn, &input)
}

/// The command that removes what the guard kept.
pub fn replace(import_id: Uuid) -> String {
    format!("{} --replace", rerun(import_id, &[]))
}

/// As [`replace`], with the aws command.
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

/// The command that shows every chunk with its state and error.
pub fn show(import_id: Uuid) -> String {
    format!("lineup show {import_id}")
}

/// The command that prints every rejected row.
pub fn rejects(import_id: Uuid) -> String {
    format!("lineup rejects {import_id}")
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
    fn a_rerun_names_its_chunks_or_all_that_are_missing() {
        let id = Uuid::nil();
        assert_eq!(rerun(id, &[17, 40]), format!("lineup rerun {id} --chunk 17 --chunk 40"));
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
        assert_eq!(replace(id), format!("lineup rerun {id} --replace"));
        let command = aws_replace("arn", id);
        let input = command.split_once("--input '").and_then(|(_, input)| input.strip_suffix('\''));
        let input: Value = serde_json::from_str(input.unwrap()).unwrap();
        let rerun: Rerun = serde_json::from_value(input["rerun"].clone()).unwrap();
        assert_eq!(rerun, Rerun { import_id: id, chunks: None, replace: true });
    }
}
