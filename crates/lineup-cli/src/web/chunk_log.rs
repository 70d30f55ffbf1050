//! What happened in the execution of a chunk. The files of the Map Run's ResultWriter name it.

use lineup_aws::imports::Imports;
use lineup_contracts::layout::Layout;
use lineup_web::ExecutionEvent;
use serde::Deserialize;
use uuid::Uuid;

use super::history;
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

/// The part of its input that says which chunk it was to load.
#[derive(Deserialize)]
struct LoggedInput {
    chunk: LoggedChunk,
}

#[derive(Deserialize)]
struct LoggedChunk {
    chunk: u32,
}

/// The events of the latest execution of a chunk; none before its Map Run has ended, and none after 90 days.
pub(super) async fn events(
    target: &Target,
    imports: &Imports,
    import_id: Uuid,
    chunk: u32,
) -> anyhow::Result<Vec<ExecutionEvent>> {
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
    match latest {
        Some((_, arn)) if rerun::find_execution(target, &arn).await?.is_some() => {
            history::events(target, &arn).await
        }
        _ => Ok(Vec::new()),
    }
}

fn is_result(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or_default();
    name.ends_with(".json") && ["SUCCEEDED_", "FAILED_"].iter().any(|begin| name.starts_with(begin))
}

/// When the executions of a chunk ended, and their ARNs. A file that cannot be read has none: the log is no reason to show no chunk.
fn children(file: &[u8], chunk: u32) -> Vec<(String, String)> {
    let children: Vec<LoggedChild> = serde_json::from_slice(file).unwrap_or_default();
    let is_of = |child: &LoggedChild| {
        serde_json::from_str::<LoggedInput>(&child.input).is_ok_and(|input| input.chunk.chunk == chunk)
    };
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
