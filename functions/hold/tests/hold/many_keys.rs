//! What it costs to compare a file with a version before, as both grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::later;
use allocation_counter::measure;
use futures::future::BoxFuture;
use hold::{Executions, HoldContext, handle};
use jiff::Timestamp;
use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_aws::objects::Objects;
use lineup_contracts::layout::Layout;
use lineup_contracts::{LineupId, VersionChanges};
use lineup_testing::import::{HEADER, IMPORT_ID, chunk, put_source, put_split};
use lineup_testing::{FailingStore, MemoryStore};
use lineup_versions::{ImportEnd, ItemKey, LineupHolder, RunBuilder, RunEntry, Version};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use uuid::Uuid;

/// The import that is the version before.
const BEFORE: Uuid = Uuid::from_u128(1);
/// Of so many rows, the version before has one that the new one has not, and one is another.
const A_ROW_IN: u64 = 1_000;

#[derive(Debug)]
struct NoExecutions;

impl Executions for NoExecutions {
    fn has_ended<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>> {
        Box::pin(async { Ok(true) })
    }
}

/// The list of the keys of a version of this many rows.
fn list(rows: u64, is_new: bool) -> Vec<u8> {
    let mut builder = RunBuilder::new();
    for row in 0..rows {
        if is_new && row % A_ROW_IN == 0 {
            continue;
        }
        let key = ItemKey::new(format!("Performer {row}"), format!("2025-07-12#20:00#Stage {}", row % 12));
        let value = u128::from(row) + u128::from(is_new && row % A_ROW_IN == 1);
        builder.insert(&RunEntry { key, offset: row * 50, value, minutes: 60 }).unwrap();
    }
    builder.finish().unwrap().bytes
}

/// An import whose lineup has a version before.
struct TwoVersions {
    store: FailingStore,
    requests: Arc<AtomicU64>,
    list_bytes: u64,
}

impl TwoVersions {
    fn of(rows: u64) -> Self {
        let store = MemoryStore::default();
        let source = put_source(&store, b"no row is read".to_vec());
        put_split(&store, source, HEADER, &[chunk(1)]);
        let path = format!("imports/{}", Layout(IMPORT_ID).manifest());
        let mut manifest: Value = serde_json::from_slice(&store.get(&path).unwrap().body).unwrap();
        manifest["version"] = json!({"sequencer": "5", "import_id": IMPORT_ID});
        store.put(&path, manifest.to_string(), &[]);
        let lineup = LineupId::of("uploads", "a.csv");
        let mut list_bytes = 0;
        for (import_id, is_new) in [(BEFORE, false), (IMPORT_ID, true)] {
            let list = list(rows, is_new);
            list_bytes += list.len() as u64;
            store.put(&format!("imports/{}", lineup.keys(import_id)), list, &[]);
        }
        let (store, requests) = (FailingStore::new(store), Arc::<AtomicU64>::default());
        let counted = Arc::clone(&requests);
        store.fail(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            None
        });
        Self { store, requests, list_bytes }
    }

    /// Takes the hold, and compares. Returns the changes, the requests, and the most bytes that were allocated at a time.
    fn compare(&self) -> (VersionChanges, u64, u64) {
        let runtime = Builder::new_current_thread().build().unwrap();
        let imports = Imports::new(Objects::new(self.store.clone()), "imports");
        let context = HoldContext::new(imports.clone(), Arc::new(NoExecutions));
        runtime.block_on(is_imported(&imports));
        let input = json!({"state": {"import": {"import_id": IMPORT_ID}}, "execution_arn": "this"});
        let input = serde_json::from_value(input).unwrap();
        self.requests.store(0, Ordering::Relaxed);
        let measured = measure(|| {
            runtime.block_on(handle(&context, input, Timestamp::now(), later())).unwrap();
        });
        let requests = self.requests.load(Ordering::Relaxed);
        let changes = runtime.block_on(imports.changes(IMPORT_ID)).unwrap().unwrap();
        (changes, requests, measured.bytes_max)
    }
}

/// The version before is the current one.
async fn is_imported(imports: &Imports) {
    let lineup = Lineup::new(imports, LineupId::of("uploads", "a.csv"));
    let import = LineupHolder { version: Version::of_upload(BEFORE, "4"), execution: "before".to_owned() };
    lineup.change(|versions| versions.take(&import, Timestamp::MIN)).await.unwrap();
    let complete = ImportEnd::Complete { kept: false };
    lineup.change(|versions| versions.release(&import, complete, None)).await.unwrap();
}

/// Ten times the rows: as much memory, and a request more for each mebibyte of the lists. What stays in memory is the indexes, some 20 bytes for
/// each block of 64 KiB, the pieces of both lists that were read last, and the list of removed keys that is being written.
#[test]
fn comparing_ten_times_the_rows_takes_as_much_memory_and_a_request_a_mebibyte() {
    for rows in [20_000, 200_000] {
        let versions = TwoVersions::of(rows);
        let (changes, requests, most) = versions.compare();
        let counts =
            (changes.differences.removed, changes.differences.changed, changes.differences.unchanged);
        let in_a_thousand = rows / A_ROW_IN;
        assert_eq!(counts, (in_a_thousand, in_a_thousand, rows - 2 * in_a_thousand));
        println!(
            "{rows} rows: lists of {} bytes, {requests} requests, {most} bytes at most",
            versions.list_bytes
        );
        assert!(requests <= 20 + versions.list_bytes.div_ceil(1 << 20), "{requests} requests of {rows} rows");
        assert!(most < 12 << 20, "{most} bytes of {rows} rows");
    }
}
