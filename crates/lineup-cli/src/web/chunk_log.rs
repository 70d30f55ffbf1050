//! What happened in the execution of a chunk. The files of the Map Run's ResultWriter name it; while the Map Run goes on,
//! its list of children does.

use aws_sdk_sfn::types::ExecutionStatus;
use jiff::Timestamp;
use lineup_aws::imports::Imports;
use lineup_contracts::layout::Layout;
use lineup_web::ExecutionEvent;
use serde::Deserialize;
use uuid::Uuid;

use super::{history, live_chunk};
use crate::rerun;
use crate::target::Target;

/// The most files that are looked through. A file has thousands of children.
const MOST_FILES: usize = 40;

/// A child execution in a file of the ResultWriter (Step Functions guide, "ResultWriter").
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LoggedChild {
    execution_arn: String,
    #[serde(default)]
    input: String,
    #[serde(default)]
    stop_date: String,
}

/// What happened in an execution of a chunk.
#[derive(Default)]
pub(super) struct ChunkHistory {
    /// In order.
    pub(super) events: Vec<ExecutionEvent>,
    /// Whether there will be more.
    pub(super) goes_on: bool,
}

impl ChunkHistory {
    /// When it began.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.events.first().map(|event| event.at)
    }
}

/// The history of the latest execution of a chunk; an empty one before it began, and after 90 days. A Map Run that goes on
/// is asked for it, one that has ended has written it down.
pub(super) async fn of(
    target: &Target,
    imports: &Imports,
    import_id: Uuid,
    chunk: u32,
    execution: Option<&str>,
) -> anyhow::Result<ChunkHistory> {
    let live = live_chunk::find(target, imports, import_id, execution, chunk).await?;
    let arn = match live {
        Some(arn) => Some(arn),
        None => finished(imports, import_id, chunk).await?,
    };
    let Some(arn) = arn else { return Ok(ChunkHistory::default()) };
    let Some(described) = rerun::find_execution(target, &arn).await? else {
        return Ok(ChunkHistory::default());
    };
    let goes_on = *described.status() == ExecutionStatus::Running;
    Ok(ChunkHistory { events: history::events(target, &arn).await?, goes_on })
}

/// The latest execution of a chunk in a Map Run that has ended.
async fn finished(imports: &Imports, import_id: Uuid, chunk: u32) -> anyhow::Result<Option<String>> {
    let folder = format!("{}/", Layout(import_id).map_runs());
    let mut keys = Vec::new();
    imports
        .objects()
        .list(imports.bucket(), &folder, |key| keys.extend(is_result(key).then(|| key.to_owned())))
        .await?;
    let mut latest: Option<(String, String)> = None;
    for key in keys.into_iter().take(MOST_FILES) {
        let Some(file) = imports.objects().get(imports.bucket(), &key).await? else { continue };
        for (stopped, arn) in children(&file, chunk) {
            if latest.as_ref().is_none_or(|(before, _)| *before <= stopped) {
                latest = Some((stopped, arn));
            }
        }
    }
    Ok(latest.map(|(_, arn)| arn))
}

fn is_result(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.ends_with(".json") && ["SUCCEEDED_", "FAILED_"].iter().any(|begin| name.starts_with(begin))
}

/// When the executions of a chunk ended, and their ARNs. A file that cannot be read has none: the log is no reason to show no chunk.
fn children(file: &[u8], chunk: u32) -> Vec<(String, String)> {
    let children: Vec<LoggedChild> = serde_json::from_slice(file).unwrap_or_default();
    let is_of = |child: &LoggedChild| live_chunk::number(&child.input) == Some(chunk);
    children.into_iter().filter(is_of).map(|child| (child.stop_date, child.execution_arn)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_execution_of_a_chunk_is_found_by_its_input() {
        let child = |chunk: u32, arn: &str| {
            let input = json!({"chunk": {"chunk": chunk, "start": 0, "end": 9, "first_line": 2}}).to_string();
            json!({"ExecutionArn": arn, "Input": input, "Status": "SUCCEEDED", "StopDate": "2025-07-12T10:00:00Z"})
        };
        let file = json!([child(1, "arn:one"), child(2, "arn:two")]).to_string();
        assert_eq!(children(file.as_bytes(), 2), [("2025-07-12T10:00:00Z".to_owned(), "arn:two".to_owned())]);
        assert!(children(b"{}", 2).is_empty());
        assert!(
            is_result("imports/x/map-runs/y/SUCCEEDED_0.json")
                && !is_result("imports/x/map-runs/y/manifest.json")
        );
    }
}
