//! Versions that are compared in several ranges of performers, over several invocations.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use hold::{Executions, HoldContext, handle};
use jiff::Timestamp;
use lineup_aws::imports::Imports;
use lineup_aws::key_list::KeyList;
use lineup_aws::key_merge::KeyMerge;
use lineup_aws::lineups::Lineup;
use lineup_aws::objects::Objects;
use lineup_contracts::layout::Layout;
use lineup_contracts::{LineupId, VersionChanges};
use lineup_testing::MemoryStore;
use lineup_testing::import::{HEADER, IMPORT_ID, chunk, put_source, put_split};
use lineup_versions::{
    ImportEnd, ItemKey, LineupHolder, PerformerRange, RejectedPerformers, RunEntry, Version,
};
use serde_json::{Value, json};
use uuid::Uuid;

const BEFORE: Uuid = Uuid::from_u128(1);
const FAILED: Uuid = Uuid::from_u128(2);

#[derive(Debug)]
struct AllEnded;

impl Executions for AllEnded {
    fn has_ended<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>> {
        Box::pin(async { Ok(true) })
    }
}

/// A new version of a lineup, with a version before and an import between them that failed.
struct Versions {
    store: MemoryStore,
    imports: Imports,
    lineup: Lineup,
}

/// What came of comparing them.
#[derive(Debug, PartialEq)]
struct Found {
    changes: VersionChanges,
    /// The performers of the keys that are removed, and of those that stay.
    obsolete: Vec<String>,
    kept: Vec<String>,
}

impl Versions {
    /// Of the sets of 1,000 performers, each version has those whose number it takes.
    async fn of(is_new: fn(u64) -> bool, rejected: Option<&str>) -> Self {
        let store = MemoryStore::default();
        let source = put_source(&store, b"no row is read".to_vec());
        put_split(&store, source, HEADER, &[chunk(1)]);
        let path = format!("imports/{}", Layout(IMPORT_ID).manifest());
        let mut manifest: Value = serde_json::from_slice(&store.get(&path).unwrap().body).unwrap();
        manifest["version"] = json!({"sequencer": "5", "import_id": IMPORT_ID});
        store.put(&path, manifest.to_string(), &[]);
        let imports = Imports::new(Objects::new(store.clone()), "imports");
        let lineup = Lineup::new(&imports, LineupId::of("uploads", "a.csv"));
        let versions = Self { store, imports, lineup };
        versions.list(BEFORE, |n| !n.is_multiple_of(3)).await;
        versions.list(FAILED, |n| n.is_multiple_of(7)).await;
        versions.list(IMPORT_ID, is_new).await;
        versions.release(BEFORE, "3", ImportEnd::Complete { kept: false }).await;
        versions.release(FAILED, "4", ImportEnd::Failed).await;
        if let Some(performer) = rejected {
            let mut rejected = RejectedPerformers::default();
            rejected.add(Some(performer));
            versions.imports.put_rejected_performers(IMPORT_ID, &rejected).await.unwrap();
        }
        versions
    }

    async fn list(&self, import_id: Uuid, has: fn(u64) -> bool) {
        let mut list = self.lineup.keys_place(import_id).writer();
        for n in (0..1_000).filter(|n| has(*n)) {
            // A long key that shares little with the one before, so that a block has some 30 of them: ranges begin with a block.
            let stage = format!("{n:04}").repeat(225);
            let key = ItemKey::new(format!("Performer {n:04}"), format!("2025-07-12#20:00#{stage}"));
            list.push(&RunEntry { key, offset: n, value: n.into(), minutes: 60 }).await.unwrap();
        }
        list.finish().await.unwrap();
    }

    async fn release(&self, import_id: Uuid, sequencer: &str, end: ImportEnd) {
        let version = Version::of_upload(import_id, sequencer);
        let import = LineupHolder { version, execution: import_id.to_string() };
        self.lineup.change(|versions| versions.take(&import, Timestamp::MIN)).await.unwrap();
        self.lineup.change(|versions| versions.release(&import, end, None)).await.unwrap();
    }

    /// Compares, however often an invocation stops. Returns what came of it, and how often one stopped.
    async fn compare(&self, range_keys: u64, time: Duration) -> (Found, usize) {
        let context =
            HoldContext { range_keys, ..HoldContext::new(self.imports.clone(), Arc::new(AllEnded)) };
        let input = json!({"state": {"import": {"import_id": IMPORT_ID}}, "execution_arn": "this"});
        let mut stops = 0;
        loop {
            let input = serde_json::from_value(input.clone()).unwrap();
            let held = handle(&context, input, Timestamp::UNIX_EPOCH, Instant::now() + time).await.unwrap();
            if held.held {
                break;
            }
            assert_eq!(held.wait_seconds, Some(1), "it goes on at once");
            stops += 1;
        }
        let changes = self.imports.changes(IMPORT_ID).await.unwrap().unwrap();
        let obsolete = match changes.obsolete {
            0 => None,
            _ => Some(self.imports.obsolete(IMPORT_ID).await.unwrap()),
        };
        let kept = self.lineup.kept_keys(IMPORT_ID).await.unwrap();
        (Found { changes, obsolete: performers(obsolete).await, kept: performers(kept).await }, stops)
    }
}

async fn performers(list: Option<KeyList>) -> Vec<String> {
    let mut lists: Vec<_> = list.map(Into::into).into_iter().collect();
    let mut keys = KeyMerge::new(&mut lists, &PerformerRange::default());
    let mut performers = Vec::new();
    while keys.advance().await.unwrap() {
        performers.push(keys.entry().key.performer.clone());
    }
    performers
}

#[tokio::test]
async fn ranges_find_what_one_comparison_finds_however_often_an_invocation_stops() {
    let most = |n: u64| !n.is_multiple_of(5);
    let few = |n: u64| n.is_multiple_of(5);
    // The guard lets nothing go where most performers are gone.
    for (is_new, rejected, obsolete, kept) in
        [(most as fn(u64) -> bool, None, 143, 0), (most, Some("Performer 0010"), 142, 1), (few, None, 0, 571)]
    {
        let (expected, stops) = Versions::of(is_new, rejected).await.compare(u64::MAX, Duration::ZERO).await;
        assert_eq!((expected.obsolete.len(), expected.kept.len(), stops), (obsolete, kept, 0));
        for (range_keys, time) in [(1, Duration::from_secs(900)), (200, Duration::ZERO), (1, Duration::ZERO)]
        {
            let versions = Versions::of(is_new, rejected).await;
            let (found, stops) = versions.compare(range_keys, time).await;
            assert_eq!(found, expected, "{range_keys} keys, {time:?}");
            assert_eq!(stops > 0, time.is_zero(), "{range_keys} keys, {time:?}: {stops} stops");
        }
    }
}

#[tokio::test]
async fn forgetting_an_import_deletes_every_part_of_its_lists() {
    // Most performers are gone: what they had stays, and has a part in each range.
    let versions = Versions::of(|n| n.is_multiple_of(5), None).await;
    versions.compare(1, Duration::from_secs(900)).await;
    let of_import = || {
        let paths = versions.store.paths("imports/lineups/").into_iter();
        paths.filter(|path| path.contains(&IMPORT_ID.to_string())).count()
    };
    assert!(of_import() > 20, "{} objects", of_import());
    versions.lineup.forget([IMPORT_ID]).await.unwrap();
    assert_eq!(of_import(), 0);
    assert!(versions.lineup.keys(BEFORE).await.unwrap().is_some(), "that of another import stays");
}
