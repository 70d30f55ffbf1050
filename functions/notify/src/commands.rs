//! Commands that people paste into a POSIX shell.

use uuid::Uuid;

/// `text` as one word of a POSIX shell (POSIX.1-2024, Shell Command Language,
/// section 2.2.2: between single quotes every character but a single quote is itself).
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Loads what is missing, in the same execution.
pub(crate) fn redrive(import_id: Uuid) -> String {
    format!("lineup redrive {import_id}")
}

/// The same with the aws command.
pub(crate) fn aws_redrive(execution_arn: &str) -> String {
    format!("aws stepfunctions redrive-execution --execution-arn {}", quoted(execution_arn))
}

/// Loads chunks in a new execution: these, or all that are missing where there are none.
pub(crate) fn rerun(import_id: Uuid, chunks: &[u32]) -> String {
    let chunks: String = chunks.iter().map(|chunk| format!(" --chunk {chunk}")).collect();
    format!("lineup rerun {import_id}{chunks}")
}

/// The same with the aws command.
pub(crate) fn aws_rerun(state_machine_arn: &str, import_id: Uuid, chunks: &[u32]) -> String {
    // A UUID and numbers: nothing in this JSON needs escaping.
    let numbers = chunks.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
    let chunks = if numbers.is_empty() { numbers } else { format!(r#","chunks":[{numbers}]"#) };
    let input = format!(r#"{{"rerun":{{"import_id":"{import_id}"{chunks}}}}}"#);
    format!(
        "aws stepfunctions start-execution --state-machine-arn {} --input {}",
        quoted(state_machine_arn),
        quoted(&input)
    )
}

/// Shows every rejected row.
pub(crate) fn rejects(import_id: Uuid) -> String {
    format!("lineup rejects {import_id}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use lineup::contract::Rerun;
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
            assert_eq!(rerun, Rerun { import_id: id, chunks: expected });
        }
    }
}
