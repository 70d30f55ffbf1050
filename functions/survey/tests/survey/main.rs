#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! The survey of a large file, from `split` over its chunks to the decision, on an object store in memory.

mod gathering;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use delimited::Chunk;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_contracts::layout::Layout;
use lineup_contracts::{Plan, S3Detail, SplitInput, SurveyInput, SurveyOutput};
use lineup_testing::{FailingStore, Fault, MemoryStore};
use serde_json::{Value, json};
use split::{Merging, SplitContext};
use survey::SurveyContext;

const HEADER: &str = "Performer,Stage,Start,End,Date,Note\n";

/// A file of several chunks. `date` gives the date of the nth of its 200 rows.
fn lineup(date: impl Fn(usize) -> String) -> String {
    let note = "x".repeat(400);
    let row = |n: usize| format!("Performer {n},Main,20:00,21:00,{},{note}\n", date(n));
    (0..200).map(row).fold(HEADER.to_owned(), |file, row| file + &row)
}

struct Uploaded {
    objects: MemoryStore,
    store: FailingStore,
    imports: Imports,
    detail: S3Detail,
    merging: Merging,
    /// How long an invocation of `split` has.
    time: Duration,
}

fn uploaded(file: String, metadata: &[(&str, &str)]) -> Uploaded {
    let objects = MemoryStore::default();
    let etag = objects.put("uploads/big.csv", file.into_bytes(), metadata);
    let store = FailingStore::new(objects.clone());
    let imports = Imports::new(Objects::new(store.clone()), "imports");
    let object = json!({"key": "big.csv", "etag": etag, "sequencer": "0055"});
    let detail = json!({"bucket": {"name": "uploads"}, "object": object});
    Uploaded {
        objects,
        store,
        imports,
        detail: serde_json::from_value(detail).unwrap(),
        merging: Merging::default(),
        time: Duration::from_secs(900),
    }
}

impl Uploaded {
    /// `split`, which surveys rows of up to `surveyed_bytes` itself.
    async fn split_within(&self, surveyed_bytes: u64, surveyed: Option<u32>) -> Result<Plan, split::Error> {
        let context = SplitContext {
            chunk_bytes: 16 << 10,
            surveyed_bytes,
            merging: self.merging,
            ..SplitContext::new(self.imports.clone())
        };
        let detail = self.detail.clone();
        let stop_at = Instant::now() + self.time;
        split::handle(&context, SplitInput { detail, execution_arn: "one".into(), surveyed }, stop_at).await
    }

    async fn split(&self) -> Result<Plan, split::Error> {
        self.split_within(0, None).await
    }

    async fn decide(&self, pass: u32) -> Result<Plan, split::Error> {
        self.split_within(0, Some(pass)).await
    }

    /// The chunks of the plan's list.
    fn listed(&self, plan: &Plan) -> Vec<Chunk> {
        let list = plan.chunks.as_ref().unwrap();
        let lines = self.objects.get(&format!("{}/{}", list.bucket, list.key)).unwrap().body;
        serde_json::Deserializer::from_slice(&lines).into_iter().map(Result::unwrap).collect()
    }

    async fn survey(&self, plan: &Plan, chunk: Chunk) -> Result<SurveyOutput, survey::Error> {
        let (import_id, pass) = (plan.import_id, plan.survey.unwrap());
        let input = SurveyInput { import_id, pass, execution_arn: "one".into(), chunk };
        survey::handle(&SurveyContext::new(self.imports.clone()), input).await
    }

    /// Surveys every chunk of the plan. Returns how many.
    async fn survey_all(&self, plan: &Plan) -> usize {
        let chunks = self.listed(plan);
        for chunk in &chunks {
            self.survey(plan, *chunk).await.unwrap();
        }
        chunks.len()
    }

    fn layout(&self) -> Layout {
        Layout(self.detail.import_id())
    }

    fn manifest(&self) -> Value {
        let object = self.objects.get(&format!("imports/{}", self.layout().manifest())).expect("a manifest");
        serde_json::from_slice(&object.body).unwrap()
    }

    /// Every object of the import, with its body.
    fn written(&self) -> BTreeMap<String, Vec<u8>> {
        let body = |path: &String| self.objects.get(path).unwrap().body.to_vec();
        self.objects.paths("imports/").into_iter().map(|path| (path.clone(), body(&path))).collect()
    }
}

fn iso(_: usize) -> String {
    "2025-07-12".to_owned()
}

#[tokio::test]
async fn a_large_file_has_the_manifest_that_split_alone_would_have_written() {
    let dates = |n: usize| if n == 150 { "25/07/2025".to_owned() } else { "05/07/2025".to_owned() };
    for date in [&iso as &dyn Fn(usize) -> String, &dates] {
        let mapped = uploaded(lineup(date), &[]);
        let mut plan = mapped.split().await.unwrap();
        while let Some(pass) = plan.survey {
            assert!(mapped.survey_all(&plan).await > 4);
            plan = mapped.decide(pass).await.unwrap();
        }
        let alone = uploaded(lineup(date), &[]);
        let planned = alone.split_within(u64::MAX, None).await.unwrap();
        assert_eq!((&plan, mapped.manifest()), (&planned, alone.manifest()));
        assert_eq!(mapped.decide(1).await.unwrap(), plan, "decided again");
        assert_eq!(mapped.split().await.unwrap(), plan, "split again");
    }
}

#[tokio::test]
async fn the_last_row_of_a_key_is_found_over_all_chunks_and_the_rows_before_it_are_left_out() {
    // Row 3 repeats the key of row 2, in one chunk; the last row has it again.
    let repeated = |n: usize| if [3, 199].contains(&n) { 2 } else { n };
    let note = "x".repeat(400);
    let row = |n: usize| format!("Performer {},Main,20:00,21:00,2025-07-12,{note}\n", repeated(n));
    let rows: Vec<String> = (0..200).map(row).collect();
    let file = HEADER.to_owned() + &rows.concat();
    let offset = |n: usize| (HEADER.len() + rows[..n].concat().len()) as u64;
    for surveyed_bytes in [0, u64::MAX] {
        let uploaded = uploaded(file.clone(), &[]);
        let mut plan = uploaded.split_within(surveyed_bytes, None).await.unwrap();
        while let Some(pass) = plan.survey {
            uploaded.survey_all(&plan).await;
            plan = uploaded.decide(pass).await.unwrap();
        }
        assert_eq!(uploaded.manifest()["skips"], json!([1]), "within {surveyed_bytes}");
        let skips = uploaded.imports.skips(plan.import_id, 1).await.unwrap();
        assert_eq!(skips.as_slice(), [offset(2), offset(3)], "within {surveyed_bytes}");
    }
}

#[tokio::test]
async fn one_pass_is_enough_if_the_first_chunk_shows_how_dates_are_written() {
    let uploaded = uploaded(lineup(|n| format!("{:02}/07/2025", 13 + n % 10)), &[]);
    let plan = uploaded.split().await.unwrap();
    uploaded.survey_all(&plan).await;
    assert_eq!(uploaded.decide(1).await.unwrap().survey, None);
    assert_eq!(uploaded.manifest()["reading"]["dates"]["order"], json!("dmy"));
}

#[tokio::test]
async fn a_proof_in_the_last_chunk_has_all_of_them_surveyed_once_more_and_not_twice() {
    let uploaded = uploaded(lineup(|n| format!("{:02}/07/2025", if n == 199 { 13 } else { 5 })), &[]);
    let plan = uploaded.split().await.unwrap();
    uploaded.survey_all(&plan).await;
    let second = uploaded.decide(1).await.unwrap();
    assert_eq!(second.survey, Some(2));
    assert_eq!(uploaded.survey_all(&second).await, uploaded.listed(&plan).len());
    assert_eq!(uploaded.decide(2).await.unwrap().survey, None);
    assert!(uploaded.manifest()["notes"].to_string().contains("line 201"), "{}", uploaded.manifest());
}

#[tokio::test]
async fn what_a_later_chunk_contradicts_stops_the_file() {
    let date = |n: usize| match n {
        3 => "13/07/2025".to_owned(),
        190 => "07/13/2025".to_owned(),
        _ => "05/07/2025".to_owned(),
    };
    let uploaded = uploaded(lineup(date), &[]);
    let plan = uploaded.split().await.unwrap();
    uploaded.survey_all(&plan).await;
    let error = uploaded.decide(1).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(chain(&error).contains("line 5 ") && chain(&error).contains("line 192 "), "{}", chain(&error));
}

#[tokio::test]
async fn a_chunk_without_facts_is_an_error_and_a_redrive_surveys_that_chunk_alone() {
    let uploaded = uploaded(lineup(iso), &[]);
    let plan = uploaded.split().await.unwrap();
    let chunks = uploaded.listed(&plan);
    for chunk in chunks.iter().filter(|chunk| chunk.chunk != 3) {
        uploaded.survey(&plan, *chunk).await.unwrap();
    }
    let error = uploaded.decide(1).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::ChunksNotSurveyed);
    assert!(chain(&error).contains("the run left no record of it"), "{}", chain(&error));
    let again = uploaded.split().await.unwrap();
    assert_eq!((again.survey, uploaded.listed(&again)), (Some(1), vec![chunks[2]]));
    uploaded.survey_all(&again).await;
    // The redriven execution may come to `Split` before `Decide`: both decide.
    assert_eq!(uploaded.split().await.unwrap().chunks.unwrap().count as usize, chunks.len());
}

#[tokio::test]
async fn the_error_of_a_chunk_whose_file_was_overwritten_is_that_of_the_import() {
    let uploaded = uploaded(lineup(iso), &[]);
    let plan = uploaded.split().await.unwrap();
    let chunk = &uploaded.listed(&plan)[1];
    let child = |chunk: &Chunk, error: &str| {
        json!({"ExecutionArn": "arn", "Input": json!({"chunk": chunk}).to_string(), "Status": "FAILED",
               "Error": error, "Cause": "as ordered", "StopDate": "2025-07-12T10:00:00.000Z"})
    };
    let failed = json!([child(&uploaded.listed(&plan)[0], "Throttled"), child(chunk, "SourceChanged")]);
    uploaded.objects.put(
        &format!("imports/{}/run/FAILED_0.json", plan.map_runs_prefix),
        failed.to_string(),
        &[],
    );
    let error = uploaded.decide(1).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::SourceChanged);
    assert!(chain(&error).contains("chunk 2: SourceChanged: as ordered"), "{}", chain(&error));
}

#[tokio::test]
async fn a_file_overwritten_since_the_event_is_source_changed_in_its_chunks_too() {
    let uploaded = uploaded(lineup(iso), &[]);
    let plan = uploaded.split().await.unwrap();
    uploaded.objects.put("uploads/big.csv", "other", &[]);
    let error = uploaded.survey(&plan, uploaded.listed(&plan)[0]).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::SourceChanged);
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_a_chunk_fails_run_again_it_leaves_the_same_facts() {
    let undisturbed = uploaded(lineup(iso), &[]);
    let plan = undisturbed.split().await.unwrap();
    let chunk = undisturbed.listed(&plan)[1];
    undisturbed.survey(&plan, chunk).await.unwrap();
    for (part, fault) in ["survey.json", "big.csv", "00002.run", "00002.json"]
        .into_iter()
        .flat_map(|part| [(part, Fault::InternalError), (part, Fault::AnswerLost)])
    {
        let uploaded = uploaded(lineup(iso), &[]);
        uploaded.split().await.unwrap();
        let ordered = fault.clone();
        uploaded.store.fail(move |operation| operation.contains(part).then(|| ordered.clone()));
        let error = uploaded.survey(&plan, chunk).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::Unavailable, "{part} {fault:?}");
        uploaded.store.heal();
        uploaded.survey(&plan, chunk).await.unwrap();
        assert_eq!(uploaded.written(), undisturbed.written(), "{part} {fault:?}");
    }
}

#[tokio::test]
async fn blank_fields_are_filled_in_small_files_only() {
    let uploaded = uploaded(lineup(iso), &[("fill-down", "true")]);
    let error = uploaded.split().await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(chain(&error).contains("too large for fill-down"), "{}", chain(&error));
}
