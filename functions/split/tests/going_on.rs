#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]
//! A split that takes several invocations, some of which are killed, is that of one.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_contracts::error::{Named, chain};
use lineup_contracts::layout::Layout;
use lineup_contracts::{Plan, S3Detail, SplitInput};
use lineup_testing::{FailingStore, Fault, MemoryStore, nth};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use split::{Error, SplitContext, handle};

/// How an invocation ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// By itself, in as much time as it needs.
    Whole,
    /// Its time has passed when it begins, so that it scans one range.
    Stopped,
    /// It is killed when it waits for the nth time for its scans.
    Killed(usize),
    /// It is killed before or after the effect of its nth call to the imports bucket.
    KilledAt(usize, bool),
}

/// A file, in the form in which it is uploaded.
#[derive(Debug, Clone)]
struct File {
    text: Vec<u8>,
    /// Whether the upload is something else, and `convert` made the text of it.
    is_converted: bool,
}

struct Uploaded {
    objects: MemoryStore,
    store: FailingStore,
    context: SplitContext,
    detail: S3Detail,
}

impl Uploaded {
    fn new(file: &File, chunk_bytes: u64, range_bytes: u64) -> Self {
        let objects = MemoryStore::default();
        let upload = if file.is_converted { b"PK\x03\x04a workbook".to_vec() } else { file.text.clone() };
        let etag = objects.put("uploads/a.csv", upload, &[]);
        let store = FailingStore::new(objects.clone());
        let imports = Imports::new(Objects::new(store.clone()), "imports");
        let context =
            SplitContext { chunk_bytes, range_bytes, surveyed_bytes: 0, ..SplitContext::new(imports) };
        let object = json!({"key": "a.csv", "etag": etag, "sequencer": "0055"});
        let detail =
            serde_json::from_value(json!({"bucket": {"name": "uploads"}, "object": object})).unwrap();
        let uploaded = Self { objects, store, context, detail };
        if file.is_converted {
            uploaded.convert(&file.text);
        }
        uploaded
    }

    fn layout(&self) -> Layout {
        Layout(self.detail.import_id())
    }

    fn convert(&self, text: &[u8]) {
        let key = self.layout().converted_text();
        let etag = self.objects.put(&format!("imports/{key}"), text.to_vec(), &[]);
        let source =
            json!({"bucket": "imports", "key": key, "version_id": null, "etag": etag, "size": text.len()});
        let conversion = json!({"text": source, "origin": {"form": "lines"}, "form": "zip", "left_out": []});
        let conversion = serde_json::to_vec(&conversion).unwrap();
        self.objects.put(&format!("imports/{}", self.layout().conversion()), conversion, &[]);
    }

    /// Invokes it once. `None`: it was killed.
    async fn invoke(&self, end: End) -> Option<Result<Plan, Error>> {
        let input = SplitInput { detail: self.detail.clone(), execution_arn: "one".into(), surveyed: None };
        let time = if let End::Stopped = end { Duration::ZERO } else { Duration::from_secs(900) };
        let mut invocation = pin!(handle(&self.context, input, Instant::now() + time));
        let mut waits = if let End::Killed(waits) = end { waits } else { usize::MAX };
        if let End::KilledAt(call, has_effect) = end {
            let fault = if has_effect { Fault::AnswerLost } else { Fault::Reset };
            let of_imports = |operation: &str| {
                operation.contains("imports/imports/") && !operation.contains("converted.csv")
            };
            self.store.order(nth(of_imports, move |number| (number == call).then(|| fault.clone())));
        }
        let ended = poll_fn(|context| match invocation.as_mut().poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if waits == 0 => Poll::Ready(None),
            Poll::Pending => {
                waits -= 1;
                Poll::Pending
            }
        });
        let ended = ended.await;
        self.store.heal();
        // A request that failed stands for a sandbox that was killed at it.
        let killed = |error: &Error| chain(error).contains("connection") || error.name().is_retried();
        ended.filter(|ended| !ended.as_ref().is_err_and(killed))
    }

    /// Invokes it until the split is finished or the file is refused, as the state machine does. Returns the
    /// outcome and how many invocations stopped early.
    async fn split(&self, ends: &[End]) -> (Result<Plan, String>, usize) {
        let mut stops = 0;
        for end in ends.iter().copied().chain(std::iter::repeat(End::Stopped)) {
            match self.invoke(end).await {
                Some(Ok(plan)) if plan.unfinished => stops += 1,
                Some(ended) => {
                    return (ended.map_err(|error| format!("{:?} {}", error.name(), chain(&error))), stops);
                }
                None => {}
            }
        }
        unreachable!("the ends never end")
    }

    /// The chunks that the plan lists. A split that is killed when it has begun the survey lists those without facts next time, which are all.
    fn listed(&self, plan: Result<Plan, String>) -> Result<Vec<u8>, String> {
        let list = plan?.chunks.unwrap();
        Ok(self.objects.get(&format!("{}/{}", list.bucket, list.key)).unwrap().body.to_vec())
    }

    /// Every object that is left, but for how far the split came, and the list that is mentioned above.
    fn written(&self) -> BTreeMap<String, Vec<u8>> {
        let of_several = |path: &String| path.ends_with("/split.json") || path.ends_with("/missing.jsonl");
        let left = self.objects.paths("imports/").into_iter().filter(|path| !of_several(path));
        left.map(|path| (path.clone(), self.objects.get(&path).unwrap().body.to_vec())).collect()
    }
}

/// Files of every form that is split: delimiters, line ends, quotes over lines, byte order mark, text that is not UTF-8,
/// blank lines behind the header; and files that are refused at their end.
fn file() -> impl Strategy<Value = File> {
    let cell = select(vec![
        "Ada",
        "\"two\nlines\"",
        "\"a \"\"quote\"\"\"",
        "\"a,b;c\td\"",
        "M\u{fc}ller",
        "x\"y",
        "",
    ]);
    let end = select(vec!["", "\n", "\n\n\n", "\"open"]);
    let form =
        (select(vec![",", ";", "\t", "|"]), select(vec!["\n", "\r\n", "\r"]), any::<bool>(), any::<bool>());
    (form, vec(cell, 0..40), 0..30_usize, end, any::<bool>()).prop_map(
        |((delimiter, line_end, mark, latin1), cells, blank, end, is_converted)| {
            let row = |cell: &str| [cell, "Main", "20:00", "21:00", "2025-07-12"].join(delimiter) + line_end;
            let header = ["Performer", "Stage", "Start", "End", "Date"].join(delimiter) + line_end;
            let rows: String = cells.iter().copied().map(row).collect();
            let text =
                [if mark { "\u{feff}" } else { "" }, &header, &line_end.repeat(blank), &rows, end].concat();
            let text = match latin1 && !mark {
                true => text.chars().map(|letter| u8::try_from(letter).unwrap()).collect(),
                false => text.into_bytes(),
            };
            File { text, is_converted }
        },
    )
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        1 => Just(End::Whole),
        4 => Just(End::Stopped),
        2 => (0..4_usize).prop_map(End::Killed),
        2 => (1..9_usize, any::<bool>()).prop_map(|(call, has_effect)| End::KilledAt(call, has_effect)),
    ]
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

proptest! {
    #[test]
    fn several_invocations_some_of_them_killed_give_what_one_gives(
        file in file(), ends in vec(end(), 0..12), chunk_bytes in 1..300_u64, range_bytes in 30..300_u64,
    ) {
        let at_once = Uploaded::new(&file, chunk_bytes, range_bytes);
        let (whole, stops) = run(at_once.split(&[End::Whole]));
        prop_assert_eq!(stops, 0);
        let bit_by_bit = Uploaded::new(&file, chunk_bytes, range_bytes);
        let (plan, _) = run(bit_by_bit.split(&ends));
        prop_assert_eq!(bit_by_bit.listed(plan), at_once.listed(whole));
        prop_assert_eq!(bit_by_bit.written(), at_once.written());
    }
}

fn rows(rows: usize) -> File {
    let row = |n| format!("Performer {n},Main,20:00,21:00,2025-07-12\n");
    let text =
        (0..rows).map(row).fold("Performer,Stage,Start,End,Date\n".to_owned(), |file, row| file + &row);
    File { text: text.into_bytes(), is_converted: false }
}

#[tokio::test]
async fn each_invocation_comes_a_range_further_however_little_time_it_has() {
    let file = rows(100);
    let uploaded = Uploaded::new(&file, 500, 1_000);
    let (plan, stops) = uploaded.split(&[]).await;
    assert!(plan.is_ok());
    assert_eq!(
        stops,
        file.text.len().div_ceil(1_000) - 2,
        "the first range has the header, and the second is scanned with it"
    );
}

#[tokio::test]
async fn the_error_of_the_last_invocation_is_that_of_one_pass() {
    let mut file = rows(100);
    file.text.extend(b"Ada,\"never closed\n");
    let (refused, stops) = Uploaded::new(&file, 500, 1_000).split(&[]).await;
    assert!(stops > 2);
    assert!(refused.unwrap_err().contains("opens on line 102"));
}

/// A stack may be updated between two invocations.
#[tokio::test]
async fn what_was_left_of_other_chunks_is_not_gone_on_with() {
    let file = rows(100);
    let mut uploaded = Uploaded::new(&file, 500, 1_000);
    assert!(uploaded.invoke(End::Stopped).await.unwrap().unwrap().unfinished);
    uploaded.context.chunk_bytes = 700;
    uploaded.split(&[End::Whole]).await.0.unwrap();
    let fresh = Uploaded::new(&file, 700, 1_000);
    fresh.split(&[End::Whole]).await.0.unwrap();
    assert_eq!(uploaded.written(), fresh.written());
}

/// A file that `split` surveys itself pays no request for what another invocation may have left, and does not stop.
#[tokio::test]
async fn a_small_file_neither_stops_nor_looks_for_an_earlier_stop() {
    let mut uploaded = Uploaded::new(&rows(100), 500, 1_000);
    uploaded.context.surveyed_bytes = 1 << 20;
    uploaded.store.fail(|operation| {
        assert!(!operation.ends_with("split.json"), "{operation}");
        None
    });
    let plan = uploaded.invoke(End::Stopped).await.unwrap().unwrap();
    assert!(!plan.unfinished && plan.chunks.is_some());
}
