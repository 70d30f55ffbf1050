//! What `load` wrote to its log about a chunk.
//!
//! On this machine its lines are read. Those of a stack are in CloudWatch: the page has the command that prints them, so that
//! the pages need no permission on logs, and this program no further SDK.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use anyhow::Context;
use jiff::{Timestamp, ToSpan};
use lineup::shown::one_line;
use lineup_contracts::log::chunk_label;
use lineup_web::FunctionOutput;
use uuid::Uuid;

use crate::target::FunctionLogs;

/// The function that works on a chunk.
const FUNCTION: &str = "load";
/// The most lines that are shown: the last ones.
const MOST_LINES: usize = 200;
/// The most characters of a line.
const LINE: usize = 4_000;
/// How much of each file is read, from its end. It is set aside when it has grown so long.
const MOST_BYTES: u64 = 8 << 20;

/// The lines about a chunk, or how to get them; `began` is when its execution did.
pub(super) async fn about(
    logs: &FunctionLogs,
    import_id: Uuid,
    chunk: u32,
    began: Option<Timestamp>,
) -> anyhow::Result<FunctionOutput> {
    let label = chunk_label(import_id, chunk);
    match logs {
        FunctionLogs::Stack(stack) => Ok(FunctionOutput::Elsewhere(command(stack, &label, began))),
        FunctionLogs::Folder(folder) => {
            let folder = folder.clone();
            let read = tokio::task::spawn_blocking(move || lines(&folder, &label)).await?;
            Ok(FunctionOutput::Lines(read.context("the function's log cannot be read")?))
        }
    }
}

/// The command that prints the lines from CloudWatch (API reference, FilterLogEvents: a term in double quotes is found as it
/// is).
fn command(stack: &str, label: &str, began: Option<Timestamp>) -> String {
    // CloudFormation takes an ARN, arn:…:stack/NAME/ID, for the name.
    let name = stack.split('/').nth(1).unwrap_or(stack);
    // Clocks may differ by a little.
    let from = began.map(|began| began.saturating_sub(1.minute()).unwrap_or(began).as_millisecond());
    let from = from.map(|from| format!(" --start-time {from}")).unwrap_or_default();
    format!(
        "aws logs filter-log-events --log-group-name /aws/lambda/{name}-{FUNCTION} --filter-pattern '\"{label}\"'{from} \
         --query 'events[].message' --output text"
    )
}

/// The last lines with a label, in the log and in the one that was set aside before it.
fn lines(folder: &Path, label: &str) -> io::Result<Vec<String>> {
    let mut lines = Vec::new();
    for file in [format!("{FUNCTION}.old.log"), format!("{FUNCTION}.log")] {
        let text = end(&folder.join(file))?;
        let text = String::from_utf8_lossy(&text);
        lines.extend(
            text.lines().filter(|line| line.contains(label)).map(|line| one_line(line, LINE).into_owned()),
        );
    }
    let before = lines.len().saturating_sub(MOST_LINES);
    Ok(lines.split_off(before))
}

/// The end of a file; nothing if there is none.
fn end(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MOST_BYTES)))?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_lines_of_a_chunk_are_those_with_its_label_and_the_last_ones() {
        let folder = tempfile::tempdir().unwrap();
        let logs = FunctionLogs::Folder(folder.path().to_owned());
        let about = async |chunk| about(&logs, Uuid::nil(), chunk, None).await.unwrap();
        assert_eq!(about(1).await, FunctionOutput::Lines(Vec::new()), "there is no log yet");
        let line = |chunk, text: &str| format!("ERROR {}: {text}\n", chunk_label(Uuid::nil(), chunk));
        std::fs::write(folder.path().join("load.old.log"), line(1, "before") + &line(11, "other")).unwrap();
        let many: String = (0..300).map(|number| line(2, &number.to_string())).collect();
        std::fs::write(folder.path().join("load.log"), line(1, "after") + &many).unwrap();
        let FunctionOutput::Lines(lines) = about(1).await else { panic!("they are on this machine") };
        assert_eq!(lines.len(), 2);
        assert!(lines[0].ends_with(": before") && lines[1].ends_with(": after"), "{lines:?}");
        let FunctionOutput::Lines(lines) = about(2).await else { panic!("they are on this machine") };
        assert!(lines.len() == MOST_LINES && lines[MOST_LINES - 1].ends_with(": 299"), "{lines:?}");
    }

    #[tokio::test]
    async fn the_lines_of_a_stack_are_printed_by_a_command_of_its_log_group() {
        let began: Timestamp = "2026-07-12T10:00:00Z".parse().unwrap();
        let stack = FunctionLogs::Stack("festival".to_owned());
        let output = about(&stack, Uuid::nil(), 7, Some(began)).await.unwrap();
        let FunctionOutput::Elsewhere(command) = output else { panic!("they are in CloudWatch") };
        assert!(command.contains("--log-group-name /aws/lambda/festival-load "), "{command}");
        assert!(command.contains(&format!("'\"{}\"'", chunk_label(Uuid::nil(), 7))), "{command}");
        assert!(command.contains("--start-time 1783850340000 "), "{command}");
        let template = include_str!("../../../../template.yaml");
        assert!(template.contains(r#"LogGroupName: !Sub "/aws/lambda/${AWS::StackName}-load""#));
        let by_arn = super::command("arn:aws:cloudformation:eu-west-1:1:stack/festival/9", "x", None);
        assert!(by_arn.contains("/aws/lambda/festival-load") && !by_arn.contains("--start-time"), "{by_arn}");
    }
}
