//! `hold` on an object store in memory, with executions that end when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::later;
use futures::future::BoxFuture;
use hold::{Executions, HoldContext, handle};
use jiff::{SignedDuration, Timestamp};
use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_aws::objects::Objects;
use lineup_contracts::layout::Layout;
use lineup_contracts::{HoldOutput, LineupId, VersionChanges};
use lineup_testing::MemoryStore;
use lineup_testing::import::{HEADER, IMPORT_ID, chunk, put_source, put_split};
use lineup_versions::{
    HoldAnswer, ItemKey, KeptBecause, LineupHolder, RejectedPerformers, RunEntry, Version,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// All executions but the one that asks, which have ended or not.
#[derive(Debug, Default)]
struct OtherExecutions(AtomicBool);

impl Executions for OtherExecutions {
    fn has_ended<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<bool, lineup_aws::Error>> {
        Box::pin(async { Ok(self.0.load(Ordering::Relaxed)) })
    }
}

struct Held {
    context: HoldContext,
    others: Arc<OtherExecutions>,
    lineup: Lineup,
    now: Timestamp,
}

/// An import of one chunk, uploaded with the sequencer 5 if it keeps a version.
fn split(keeps_version: bool) -> Held {
    let store = MemoryStore::default();
    let source = put_source(&store, b"no row is read".to_vec());
    put_split(&store, source, HEADER, &[chunk(1)]);
    let path = format!("imports/{}", Layout(IMPORT_ID).manifest());
    if keeps_version {
        let mut manifest: Value = serde_json::from_slice(&store.get(&path).unwrap().body).unwrap();
        manifest["version"] = json!({"sequencer": "5", "import_id": IMPORT_ID});
        store.put(&path, manifest.to_string(), &[]);
    }
    let imports = Imports::new(Objects::new(store), "imports");
    let others = Arc::<OtherExecutions>::default();
    let lineup = Lineup::new(&imports, LineupId::of("uploads", "a.csv"));
    let now = "2025-07-01T12:00:00Z".parse().unwrap();
    Held { context: HoldContext::new(imports, Arc::clone(&others) as _), others, lineup, now }
}

impl Held {
    /// As a re-run that says that the file is the whole lineup.
    async fn let_go(&self) -> HoldOutput {
        let state = json!({"rerun": {"import_id": IMPORT_ID, "replace": true}});
        let input = json!({"state": state, "execution_arn": "this"});
        handle(&self.context, serde_json::from_value(input).unwrap(), self.now, later()).await.unwrap()
    }

    /// The import before kept these performers' sets, for this reason.
    async fn kept(&self, performers: &[&str], because: KeptBecause) {
        let mut list = self.lineup.kept_keys_place(IMPORT_ID).writer();
        for performer in performers {
            let key = ItemKey::new(*performer, "2025-07-12#20:00#Main");
            list.push(&RunEntry { key, offset: 0, value: 0, minutes: 60 }).await.unwrap();
        }
        list.finish().await.unwrap();
        let changes = VersionChanges { kept: Some(because), ..VersionChanges::default() };
        self.context.imports.put_changes(IMPORT_ID, changes).await.unwrap();
    }

    async fn rejected(&self, performer: Option<&str>) {
        let mut rejected = RejectedPerformers::default();
        rejected.add(performer);
        self.context.imports.put_rejected_performers(IMPORT_ID, &rejected).await.unwrap();
    }

    async fn hold(&self, waited: Option<u64>) -> HoldOutput {
        let hold = waited.map(|seconds| json!({"held": false, "wait_seconds": seconds}));
        let state = json!({"import": {"import_id": IMPORT_ID}, "hold": hold});
        let input = json!({"state": state, "execution_arn": "this"});
        handle(&self.context, serde_json::from_value(input).unwrap(), self.now, later()).await.unwrap()
    }

    /// Another execution takes the hold, for an upload with this sequencer.
    async fn taken_by_another(&self, sequencer: &str) {
        let version = Version::of_upload(Uuid::from_u128(9), sequencer);
        let other = LineupHolder { version, execution: "other".to_owned() };
        let taken = self.lineup.change(|versions| versions.take(&other, self.now)).await.unwrap();
        assert_eq!(taken.answer, HoldAnswer::Held);
    }
}

fn waits(seconds: u64) -> HoldOutput {
    HoldOutput { wait_seconds: Some(seconds), ..HoldOutput::default() }
}

#[tokio::test]
async fn an_import_that_keeps_no_version_holds_at_once_and_leaves_no_document() {
    let held = split(false);
    assert_eq!(held.hold(None).await, HoldOutput { held: true, ..HoldOutput::default() });
    assert_eq!(held.lineup.versions().await.unwrap(), Default::default());
}

#[tokio::test]
async fn the_holder_holds_again() {
    let held = split(true);
    for _ in 0..2 {
        assert!(held.hold(None).await.held);
    }
    assert_eq!(held.lineup.versions().await.unwrap().holder.unwrap().execution, "this");
}

#[tokio::test]
async fn who_waits_for_a_running_import_waits_twice_as_long_each_time() {
    let held = split(true);
    held.taken_by_another("4").await;
    assert_eq!(held.hold(None).await, waits(15));
    assert_eq!(held.hold(Some(15)).await, waits(30));
    assert_eq!(held.hold(Some(600)).await, waits(600));
}

#[tokio::test]
async fn the_hold_of_an_execution_that_ended_is_taken_over_once_its_invocations_must_have_ended() {
    let mut held = split(true);
    held.taken_by_another("4").await;
    held.others.0.store(true, Ordering::Relaxed);
    assert_eq!(held.hold(None).await, waits(600), "16 minutes, of which it waits ten first");
    held.now += SignedDuration::from_mins(15);
    assert_eq!(held.hold(Some(600)).await, waits(61));
    held.now += SignedDuration::from_mins(1);
    // The other import left no list of its keys, so that nothing of it can be removed.
    assert_eq!(held.hold(Some(61)).await, HoldOutput { held: true, ..HoldOutput::default() });
    let changes = held.context.imports.changes(IMPORT_ID).await.unwrap().unwrap();
    assert_eq!(changes.not_compared, [Uuid::from_u128(9)]);
}

#[tokio::test]
async fn an_older_upload_is_superseded_by_a_newer_one() {
    let held = split(true);
    held.taken_by_another("6").await;
    assert_eq!(held.hold(None).await, HoldOutput { superseded: true, ..HoldOutput::default() });
}

#[tokio::test]
async fn what_the_guard_kept_is_let_go_but_nothing_of_a_performer_with_a_rejected_row_and_a_repeat_says_the_same()
 {
    let held = split(true);
    held.kept(&["Ada", "Bob", "Cy"], KeptBecause::MostPerformersGone { gone: 3, of: 4 }).await;
    held.rejected(Some("Bob")).await;
    assert_eq!(held.hold(None).await.obsolete, 0, "nobody said so");
    for _ in 0..2 {
        assert_eq!(held.let_go().await, HoldOutput { held: true, obsolete: 2, ..HoldOutput::default() });
    }
    let imports = &held.context.imports;
    let changes = imports.changes(IMPORT_ID).await.unwrap().unwrap();
    assert_eq!((changes.let_go, changes.kept, changes.spared), (true, None, 1));
    assert_eq!(imports.obsolete(IMPORT_ID).await.unwrap().index().entries(), 2);
    let kept = held.lineup.kept_keys(IMPORT_ID).await.unwrap().unwrap();
    assert_eq!(kept.index().entries(), 3, "until they are removed, the next version is compared with them");
}

#[tokio::test]
async fn nothing_is_let_go_where_the_performer_of_a_rejected_row_cannot_be_read() {
    let held = split(true);
    held.kept(&["Ada"], KeptBecause::Never).await;
    held.rejected(None).await;
    assert_eq!(held.let_go().await.obsolete, 0);
    let changes = held.context.imports.changes(IMPORT_ID).await.unwrap().unwrap();
    assert_eq!((changes.let_go, changes.kept), (false, Some(KeptBecause::UnreadablePerformers(1))));
}
