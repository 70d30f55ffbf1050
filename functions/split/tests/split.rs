#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! `split` on an object store in memory. Tests choose the calls that fail.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use delimited::plan::Planner;
use delimited::{Chunk, Dialect};
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{ErrorName, Named, chain};
use lineup_contracts::layout::Layout;
use lineup_contracts::{Plan, S3Detail, SplitInput};
use lineup_testing::{FailingStore, Fault, Gate, MemoryStore, nth};
use serde_json::{Value, json};
use split::{Error, SplitContext, handle};

const HEADER: &str = "Performer,Stage,Start,End,Date\n";

fn lineup(rows: usize) -> String {
    let row = |n| format!("Performer {n},\"Main\nStage\",20:00,21:00,2025-07-12\n");
    (0..rows).map(row).fold(HEADER.to_owned(), |file, row| file + &row)
}

struct Uploaded {
    objects: MemoryStore,
    store: FailingStore,
    context: SplitContext,
    detail: S3Detail,
}

fn uploaded(file: impl Into<Vec<u8>>, metadata: &[(&str, &str)]) -> Uploaded {
    let objects = MemoryStore::default();
    let etag = objects.put("uploads/2025 lineup+1.csv", file.into(), metadata);
    let store = FailingStore::new(objects.clone());
    let imports = Imports::new(Objects::new(store.clone()), "imports");
    let context = SplitContext { chunk_bytes: 16 << 10, max_concurrency: 7, ..SplitContext::new(imports) };
    let detail = json!({
        "bucket": {"name": "uploads"},
        "object": {"key": "2025 lineup+1.csv", "etag": etag, "sequencer": "0055"}
    });
    Uploaded { objects, store, context, detail: serde_json::from_value(detail).unwrap() }
}

impl Uploaded {
    async fn split(&self, execution: &str) -> Result<Plan, Error> {
        let input =
            SplitInput { detail: self.detail.clone(), execution_arn: execution.to_owned(), surveyed: None };
        handle(&self.context, input, Instant::now() + Duration::from_secs(900)).await
    }

    fn layout(&self) -> Layout {
        Layout(self.detail.import_id())
    }

    /// Every object of the store, with its body.
    fn written(&self) -> BTreeMap<String, Vec<u8>> {
        let body = |path: &String| self.objects.get(path).unwrap().body.to_vec();
        self.objects.paths("").into_iter().map(|path| (path.clone(), body(&path))).collect()
    }

    fn json(&self, key: &str) -> Value {
        let object = self.objects.get(&format!("imports/{key}")).expect(key);
        serde_json::from_slice(&object.body).unwrap()
    }
}

#[tokio::test]
async fn a_file_becomes_chunks_that_cover_it_and_a_manifest_that_counts_them() {
    let file = lineup(2000);
    let uploaded = uploaded(file.clone(), &[]);
    let plan = uploaded.split("one").await.unwrap();
    let chunks = uploaded.context.imports.chunks(plan.import_id).await.unwrap();
    assert!(chunks.len() > 3);
    assert_eq!(plan.chunks.unwrap().count as usize, chunks.len());
    assert_eq!((plan.max_concurrency, plan.duplicate_of), (7, None));
    let (first, last) = (chunks.first().unwrap(), chunks.last().unwrap());
    assert_eq!((first.chunk, first.start, first.first_line), (1, HEADER.len() as u64, 2));
    assert_eq!(last.end, file.len() as u64);
    for pair in chunks.windows(2) {
        assert_eq!((pair[0].end, pair[0].chunk + 1), (pair[1].start, pair[1].chunk));
        assert!(file[pair[1].start as usize..].starts_with("Performer "));
    }
    let manifest = uploaded.json(&uploaded.layout().manifest());
    assert_eq!(manifest["chunks"], chunks.len());
    assert_eq!(manifest["source"]["size"], file.len());
    let column = |name: &&str| json!({"name": name, "known": name});
    let columns: Vec<_> = ["Performer", "Stage", "Start", "End", "Date"].iter().map(column).collect();
    assert_eq!(manifest["columns"], json!(columns));
}

#[tokio::test]
async fn a_duplicate_of_the_event_stops_at_the_claim_and_names_the_first_execution() {
    let uploaded = uploaded(lineup(3), &[]);
    uploaded.split("one").await.unwrap();
    let plan = uploaded.split("two").await.unwrap();
    assert_eq!(plan.duplicate_of.as_deref(), Some("one"));
    assert!(plan.source.is_none() && plan.chunks.is_none());
}

#[tokio::test]
async fn run_again_by_the_same_execution_it_goes_on_and_gives_the_same_plan() {
    let uploaded = uploaded(lineup(3), &[]);
    uploaded
        .store
        .fail(|operation| operation.ends_with("chunks.jsonl").then_some(Fault::Refused(403, "AccessDenied")));
    let denied = uploaded.split("one").await.unwrap_err();
    assert_eq!(denied.name(), ErrorName::AccessDenied);
    assert!(chain(&denied).starts_with("s3:PutObject on s3://imports/"), "{}", chain(&denied));
    uploaded.store.heal();
    let plan = uploaded.split("one").await.unwrap();
    assert_eq!(uploaded.split("one").await.unwrap(), plan);
}

/// The calls are: claim, manifest (which is absent), head and bytes of the source, chunk list, manifest.
#[tokio::test]
async fn whichever_call_fails_run_again_it_leaves_what_an_undisturbed_run_leaves() {
    let undisturbed = uploaded(lineup(2000), &[]);
    let plan = undisturbed.split("one").await.unwrap();
    for (fault, call) in (1..=6).flat_map(|call| [(Fault::Reset, call), (Fault::AnswerLost, call)]) {
        let uploaded = uploaded(lineup(2000), &[]);
        let ordered = fault.clone();
        uploaded.store.order(nth(|_| true, move |number| (number == call).then(|| ordered.clone())));
        let error = uploaded.split("one").await.unwrap_err();
        assert_eq!(error.name(), ErrorName::Unavailable, "{fault:?} of call {call}");
        assert_eq!(uploaded.split("one").await.unwrap(), plan, "{fault:?} of call {call}");
        assert_eq!(uploaded.written(), undisturbed.written(), "{fault:?} of call {call}");
    }
}

#[tokio::test]
async fn once_split_it_needs_no_source_any_more() {
    let uploaded = uploaded(lineup(3), &[]);
    let plan = uploaded.split("one").await.unwrap();
    uploaded.objects.delete("uploads/2025 lineup+1.csv");
    assert_eq!(uploaded.split("one").await.unwrap(), plan);
}

#[tokio::test]
async fn a_file_overwritten_or_deleted_since_the_event_is_source_changed() {
    let uploaded = uploaded(lineup(3), &[]);
    uploaded.objects.put("uploads/2025 lineup+1.csv", lineup(4), &[]);
    assert_eq!(uploaded.split("one").await.unwrap_err().name(), ErrorName::SourceChanged);
    uploaded.objects.delete("uploads/2025 lineup+1.csv");
    let error = uploaded.split("one").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::SourceChanged);
    assert!(error.to_string().contains("upload the file again"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_lineup_is_invalid_input_and_says_why() {
    let cases = [
        ("", "the file is empty"),
        (HEADER, "a header but no rows"),
        ("Performer,Start,End,Date\nA,1:00,2:00,2025-07-12\n", "no column Stage"),
        ("Performer,Stage,Start,End,Date\nA,\"B,1:00\n", "line 2"),
        ("%PDF-1.7\n", "PDF"),
        ("<!DOCTYPE html>\n<html></html>", "web page"),
        ("Performer,Stage,Start,End,Date\n,,,,\n \n", "a header but no rows"),
    ];
    for (file, reason) in cases {
        let error = uploaded(file, &[]).split("one").await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput, "{file:?}");
        assert!(chain(&error).contains(reason), "{}", chain(&error));
    }
}

/// It takes its lineup out of the table.
#[tokio::test]
async fn a_header_alone_is_one_empty_chunk_where_it_replaces_all() {
    for file in [HEADER, "Performer,Stage,Start,End,Date", "Performer,Stage,Start,End,Date\n\n\n"] {
        let uploaded = uploaded(file, &[("replace", "always")]);
        let plan = uploaded.split("one").await.unwrap();
        let chunks = uploaded.context.imports.chunks(plan.import_id).await.unwrap();
        let end = file.len() as u64;
        assert_eq!(chunks.iter().map(|chunk| (chunk.start, chunk.end)).collect::<Vec<_>>(), [(end, end)]);
        for mode in ["guarded", "never"] {
            let error = self::uploaded(file, &[("replace", mode)]).split("one").await.unwrap_err();
            assert!(chain(&error).contains("--replace always"), "{}", chain(&error));
        }
    }
}

/// A file whose dates may be read either way.
const EITHER: &str = "Performer,Stage,Start,End,Date\nA,Main,20:00,21:00,07/12/2025\n";

#[tokio::test]
async fn dates_that_may_be_read_either_way_are_asked_about_and_nothing_is_written() {
    let asked = uploaded(EITHER, &[]);
    let error = asked.split("one").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(chain(&error).contains("--dates dmy"), "{}", chain(&error));
    let manifest = format!("imports/{}", asked.layout().manifest());
    assert!(!asked.written().contains_key(&manifest), "{:?}", asked.written().keys());
}

#[tokio::test]
async fn what_the_planner_says_in_the_metadata_is_how_the_file_is_read() {
    let metadata = [("dates", "dmy"), ("day", "Saturday=2025-07-12;Sunday=2025-07-13"), ("pm", "true")];
    let said = uploaded(EITHER, &metadata);
    said.split("one").await.unwrap();
    let reading = said.json(&said.layout().manifest())["reading"].clone();
    assert_eq!(reading["dates"]["order"], json!("dmy"));
    assert_eq!(reading["dates"]["days"].as_array().map(Vec::len), Some(2));
    assert_eq!(reading["pm"], json!(true));
    let error = uploaded(EITHER, &[("dates", "ymd")]).split("one").await.unwrap_err();
    assert!(chain(&error).contains("dates \"ymd\""), "{}", chain(&error));
    assert_eq!(error.name(), ErrorName::InvalidInput);
}

#[tokio::test]
async fn a_blank_date_is_filled_from_the_chunk_before() {
    let row = |n: usize| format!("Performer {n},,20:00,21:00,,{}\n", "x".repeat(100));
    let rows: String = (0..400).map(row).collect();
    let file = format!("Performer,Stage,Start,End,Date,Note\nFirst,Main,19:00,20:00,2025-07-12,\n{rows}");
    let filled = uploaded(file, &[("fill-down", "true")]);
    let chunks = filled.split("one").await.unwrap().chunks.unwrap().count;
    let manifest = filled.json(&filled.layout().manifest());
    assert!(chunks > 2);
    assert_eq!(manifest["above"].as_object().map(serde_json::Map::len), Some(chunks as usize - 1));
    assert_eq!(manifest["above"]["2"], json!({"date": "2025-07-12", "stage": "Main"}));
}

#[tokio::test]
async fn warnings_and_what_was_understood_are_in_the_manifest() {
    let file = "Artist,Venue,Start,End,Date,Popularity\nA,Main,20:00,21:00,25/07/2025,many\n";
    let understood = uploaded(file, &[]);
    understood.split("one").await.unwrap();
    let manifest = understood.json(&understood.layout().manifest());
    assert_eq!(manifest["warnings"][0]["kind"], json!("popularity"));
    let notes = manifest["notes"].to_string();
    assert!(notes.contains("Artist") && notes.contains("day first: line 2"), "{notes}");
}

#[tokio::test]
async fn a_file_that_is_no_text_is_split_as_the_text_that_is_made_of_it() {
    let uploaded = uploaded("PK\u{3}\u{4}a workbook", &[]);
    let plan = uploaded.split("one").await.unwrap();
    assert_eq!((plan.convert, plan.source, plan.chunks), (true, None, None));
    let text = lineup(3);
    let path = format!("imports/{}", uploaded.layout().converted_text());
    let etag = uploaded.objects.put(&path, text.clone().into_bytes(), &[]);
    let (_, key) = path.split_once('/').unwrap();
    let source =
        json!({"bucket": "imports", "key": key, "version_id": null, "etag": etag, "size": text.len()});
    let conversion = json!({"text": source, "origin": {"form": "lines"}, "form": "gzip", "left_out": []});
    let conversion_path = format!("imports/{}", uploaded.layout().conversion());
    uploaded.objects.put(&conversion_path, serde_json::to_vec(&conversion).unwrap(), &[]);
    let plan = uploaded.split("one").await.unwrap();
    assert_eq!((plan.convert, plan.chunks.unwrap().count), (false, 1));
    assert_eq!(plan.source.unwrap().key, "2025 lineup+1.csv");
    let manifest = uploaded.json(&uploaded.layout().manifest());
    assert_eq!(manifest["conversion"]["text"]["key"], json!(key));
    assert!(manifest["notes"].to_string().contains("gzip"), "{manifest}");
}

#[tokio::test]
async fn the_uploader_may_ask_for_another_chunk_size_and_concurrency() {
    let metadata = [("chunk-bytes", "32768"), ("max-concurrency", "3")];
    let uploaded = uploaded(lineup(2000), &metadata);
    let plan = uploaded.split("one").await.unwrap();
    assert_eq!(plan.max_concurrency, 3);
    assert_eq!(uploaded.json(&uploaded.layout().manifest())["chunk_bytes"], 32768);
}

#[tokio::test]
async fn a_dry_run_keeps_what_the_survey_found_and_says_so_in_its_plan() {
    let file = lineup(3) + "Late,Main,late,21:00,2025-07-12\n";
    let dry = uploaded(file, &[("dry-run", "true")]);
    assert!(dry.split("one").await.unwrap().dry_run);
    let manifest = dry.json(&dry.layout().manifest());
    assert_eq!(manifest["dry_run"]["rows"], json!(4));
    assert_eq!(manifest["dry_run"]["rejects"]["count"], json!(1));
    assert!(dry.split("one").await.unwrap().dry_run, "run again, too");
    assert!(!uploaded(lineup(3), &[("dry-run", "false")]).split("one").await.unwrap().dry_run);
    let error = uploaded(lineup(3), &[("dry-run", "yes")]).split("one").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(error.to_string().contains("x-amz-meta-dry-run takes true or false"), "{error}");
}

#[tokio::test]
async fn metadata_that_cannot_be_used_is_named() {
    for (name, value) in [("chunk-bytes", "1"), ("chunk-bytes", "many"), ("max-concurrency", "0")] {
        let error = uploaded(lineup(3), &[(name, value)]).split("one").await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().contains(&format!("x-amz-meta-{name} is {value:?}")), "{error}");
    }
}

/// A source of four requests: one request reads 8 MiB.
fn large() -> String {
    lineup((25 << 20) / 50)
}

fn is_source(operation: &str) -> bool {
    operation.starts_with("GET uploads/")
}

/// The chunks of `file` in one pass.
fn planned(file: &str, chunk_bytes: u64) -> Vec<Chunk> {
    let mut planner = Planner::new(Dialect::default(), HEADER.len() as u64, 2, chunk_bytes);
    let mut chunks = Vec::new();
    planner.push(&file.as_bytes()[HEADER.len()..], |chunk| chunks.push(chunk));
    chunks.push(planner.finish().unwrap().0);
    chunks
}

impl Uploaded {
    async fn chunks(&self) -> Vec<Chunk> {
        let plan = self.split("one").await.unwrap();
        self.context.imports.chunks(plan.import_id).await.unwrap()
    }
}

/// If the ranges were read one after the other, the first would wait at the gate for ever.
#[tokio::test]
async fn ranges_of_a_large_file_arrive_side_by_side_and_give_the_chunks_of_one_pass() {
    let file = large();
    let uploaded = uploaded(file.clone(), &[]);
    let gate = Gate::default();
    uploaded.store.order(nth(is_source, move |request| {
        if request == 4 {
            gate.open();
        }
        (request > 1).then(|| Fault::Held(gate.clone()))
    }));
    assert_eq!(uploaded.chunks().await, planned(&file, 16 << 10));
}

#[tokio::test]
async fn a_range_whose_connection_breaks_goes_on_from_there() {
    let file = large();
    let uploaded = uploaded(file.clone(), &[]);
    let breaks = |request| [2, 3, 5].contains(&request).then_some(Fault::BreaksAfter(100_001));
    uploaded.store.order(nth(is_source, breaks));
    assert_eq!(uploaded.chunks().await, planned(&file, 16 << 10));
}

#[tokio::test]
async fn a_file_overwritten_between_two_ranges_is_source_changed() {
    let uploaded = uploaded(large(), &[]);
    let refused = |request| (request == 3).then_some(Fault::Refused(412, "PreconditionFailed"));
    uploaded.store.order(nth(is_source, refused));
    assert_eq!(uploaded.split("one").await.unwrap_err().name(), ErrorName::SourceChanged);
}

#[tokio::test]
async fn a_quote_that_stays_open_over_ranges_is_named_by_its_line() {
    let file = large().replace("\"Main\nStage\"", "Main").replacen("Performer 9,", "Performer 9,\"", 1);
    let error = uploaded(file, &[]).split("one").await.unwrap_err();
    assert_eq!(error.name(), ErrorName::InvalidInput);
    assert!(chain(&error).contains("opens on line 11 "), "{}", chain(&error));
}

#[tokio::test]
async fn blank_lines_that_fill_a_range_are_no_rows() {
    let mut file = HEADER.to_owned() + &"\n".repeat(9 << 20);
    let blank = uploaded(file.clone(), &[]).split("one").await.unwrap_err();
    assert!(chain(&blank).contains("a header but no rows"), "{}", chain(&blank));
    file += "A,B,1:00,2:00,2025-07-12\n";
    let chunks = uploaded(file.clone(), &[]).chunks().await;
    assert_eq!((chunks.len(), chunks[0].end, chunks[0].first_line), (1, file.len() as u64, (9 << 20) + 2));
}
