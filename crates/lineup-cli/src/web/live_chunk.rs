//! The execution of a chunk while its Map Run goes on.
//!
//! A list of the children of a Map Run has no inputs, so that it does not say which child has which chunk. But they are
//! started in the order of the chunks, those that start side by side aside. So a few are asked, as in a dictionary.

use aws_sdk_sfn::types::ExecutionStatus;
use futures::FutureExt;
use futures::future::BoxFuture;
use lineup_aws::error::CallFailure;
use lineup_aws::imports::Imports;
use lineup_contracts::Claim;
use lineup_contracts::layout::Layout;
use serde::Deserialize;
use uuid::Uuid;

use super::executions;
use crate::rerun;
use crate::target::Target;

/// How many children a page of the list has: the maximum (API reference, ListExecutions).
const PAGE: i32 = 1_000;
/// The most children that are listed. Of more, those that started last are.
const MOST_CHILDREN: usize = 20_000;
/// What the ARN of a Map Run of chunks has: its label in the definition (Step Functions guide, "Using Map state in
/// Distributed mode", `Label`).
const LABEL: &str = "/LoadChunks:";
/// Children that start side by side, at most, as far as the search knows.
const NEAR: usize = 16;

/// The part of a child's input that says which chunk it is to load.
#[derive(Deserialize)]
struct LoggedInput {
    chunk: LoggedChunk,
}

#[derive(Deserialize)]
struct LoggedChunk {
    chunk: u32,
}

/// The number of the chunk in a child's input.
pub(super) fn number(input: &str) -> Option<u32> {
    serde_json::from_str(input).ok().map(|LoggedInput { chunk }| chunk.chunk)
}

/// The child of a chunk in an execution of its import that goes on; in the one that claimed it without a name. `None` if
/// that has ended, or the child has not begun.
pub(super) async fn find(
    target: &Target,
    imports: &Imports,
    import_id: Uuid,
    execution: Option<&str>,
    chunk: u32,
) -> anyhow::Result<Option<String>> {
    let parent = match execution {
        Some(name) => executions::arn(&target.state_machine_arn, name),
        None => {
            let key = Layout(import_id).claim();
            let claim = imports.objects().get_json::<Claim>(imports.bucket(), &key).await?;
            claim.map(|claim| claim.execution_arn)
        }
    };
    let Some(parent) = parent else { return Ok(None) };
    let described = rerun::find_execution(target, &parent).await?;
    if described.is_none_or(|described| *described.status() != ExecutionStatus::Running) {
        return Ok(None);
    }
    let Some(map_run) = map_run(target, &parent).await? else { return Ok(None) };
    let children = children(target, &map_run).await?;
    let at = search(children.len(), chunk, |at| chunk_of(target, children[at].clone()).boxed()).await?;
    Ok(at.map(|at| children[at].clone()))
}

/// The chunk that a child has.
async fn chunk_of(target: &Target, child: String) -> anyhow::Result<Option<u32>> {
    let described = rerun::find_execution(target, &child).await?;
    Ok(described.and_then(|described| number(described.input()?)))
}

/// The Map Run of the chunks that an execution began last.
async fn map_run(target: &Target, execution: &str) -> anyhow::Result<Option<String>> {
    let listed = target.sfn.list_map_runs().execution_arn(execution).send().await;
    let listed = listed.map_err(|error| CallFailure::of(error).on("states:ListMapRuns", execution))?;
    let of_chunks = listed.map_runs.into_iter().filter(|run| run.map_run_arn.contains(LABEL));
    Ok(of_chunks.max_by_key(|run| run.start_date).map(|run| run.map_run_arn))
}

/// The children of a Map Run, the one that began first at the beginning.
async fn children(target: &Target, map_run: &str) -> anyhow::Result<Vec<String>> {
    let mut pages =
        target.sfn.list_executions().map_run_arn(map_run).max_results(PAGE).into_paginator().send();
    let mut children = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| CallFailure::of(error).on("states:ListExecutions", map_run))?;
        children.extend(page.executions.into_iter().map(|child| child.execution_arn));
        if children.len() >= MOST_CHILDREN {
            break;
        }
    }
    children.reverse();
    Ok(children)
}

/// The place of a chunk among `count` children; `read` gives the chunk of a place.
async fn search<'r>(
    count: usize,
    wanted: u32,
    read: impl Fn(usize) -> BoxFuture<'r, anyhow::Result<Option<u32>>>,
) -> anyhow::Result<Option<usize>> {
    let (mut from, mut until) = (0, count);
    while until - from > NEAR {
        let middle = from + (until - from) / 2;
        match read(middle).await? {
            Some(found) if found == wanted => return Ok(Some(middle)),
            Some(found) if found < wanted => from = middle + 1,
            _ => until = middle,
        }
    }
    for at in from.saturating_sub(NEAR)..count.min(until + NEAR) {
        if read(at).await? == Some(wanted) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn found(chunks: &[u32], wanted: u32) -> (Option<u32>, usize) {
        let asked = Cell::new(0);
        let read = |at: usize| {
            asked.set(asked.get() + 1);
            std::future::ready(Ok(Some(chunks[at]))).boxed()
        };
        let at = search(chunks.len(), wanted, read).await.unwrap();
        (at.map(|at| chunks[at]), asked.get())
    }

    #[tokio::test]
    async fn a_chunk_is_found_by_few_questions_also_where_neighbours_changed_places() {
        let mut chunks: Vec<u32> = (1..=10_000).collect();
        chunks.chunks_mut(9).for_each(|side_by_side| side_by_side.reverse());
        for wanted in [1, 2, 17, 4_999, 5_000, 5_001, 9_999, 10_000] {
            let (found, asked) = found(&chunks, wanted).await;
            assert_eq!(found, Some(wanted));
            assert!(asked <= 60, "{wanted}: {asked}");
        }
    }

    #[tokio::test]
    async fn a_chunk_that_has_not_begun_is_not_found() {
        assert_eq!(found(&[], 1).await, (None, 0));
        assert_eq!(found(&[2, 5, 9], 7).await.0, None);
        assert_eq!(found(&(1..=100).collect::<Vec<_>>(), 200).await.0, None);
    }

    #[test]
    fn the_map_run_of_the_chunks_has_the_label_of_the_definition() {
        let definition = include_str!("../../../../statemachine/import.asl.json");
        let definition: serde_json::Value = serde_json::from_str(definition).unwrap();
        let label = definition["States"]["LoadChunks"]["Label"].as_str().unwrap();
        assert_eq!(LABEL, format!("/{label}:"));
    }

    #[test]
    fn a_child_says_its_chunk_in_its_input() {
        assert_eq!(number(r#"{"import_id": "x", "chunk": {"chunk": 7, "start": 0}}"#), Some(7));
        assert_eq!(number("[]"), None);
    }
}
