//! Files whose runs are gathered in groups, and whose keys are merged in several ranges.

use std::collections::{BTreeMap, BTreeSet};

use lineup_aws::key_merge::KeyMerge;
use lineup_aws::lineups::Lineup;
use lineup_contracts::{LineupId, Manifest};
use lineup_versions::PerformerRange;

use super::*;

/// How many rows the file has.
const ROWS: usize = 300;

/// A file in which a third of the rows have the key of another one, in the same chunk or in one far from it.
struct Repeated {
    file: String,
    /// The performer of each row, and the byte at which it begins.
    rows: Vec<(String, u64)>,
}

fn repeated() -> Repeated {
    let note = "x".repeat(400);
    let (mut file, mut rows) = (HEADER.to_owned(), Vec::new());
    for n in 0..ROWS {
        let performer = match n % 6 {
            // The row before it, and a row far behind or before it.
            1 => format!("Performer {}", n - 1),
            3 => format!("Performer {}", (n * 7 + 3) % ROWS),
            _ => format!("Performer {n}"),
        };
        rows.push((performer.clone(), file.len() as u64));
        file += &format!("{performer},Main,20:00,21:00,2025-07-12,{note}\n");
    }
    Repeated { file, rows }
}

/// Splits the file and surveys it, pass after pass, however often an invocation stops. Returns how many passes and how many stops there were.
async fn import(uploaded: &Uploaded) -> (u32, usize) {
    let (mut passes, mut stops) = (0, 0);
    let mut plan = uploaded.split().await.unwrap();
    loop {
        plan = match plan.survey {
            Some(pass) => {
                passes = passes.max(pass);
                uploaded.survey_all(&plan).await;
                uploaded.decide(pass).await.unwrap()
            }
            None if plan.unfinished => {
                stops += 1;
                uploaded.split().await.unwrap()
            }
            None => return (passes, stops),
        }
    }
}

/// Each key of the list, with the offset of the row that has it.
async fn keys(uploaded: &Uploaded) -> BTreeMap<String, u64> {
    let lineup = Lineup::new(&uploaded.imports, LineupId::of("uploads", "big.csv"));
    let list = lineup.keys(uploaded.detail.import_id()).await.unwrap().unwrap();
    let mut lists = [list.into()];
    let mut merge = KeyMerge::new(&mut lists, &PerformerRange::default());
    let mut keys = BTreeMap::new();
    while merge.advance().await.unwrap() {
        let earlier = keys.insert(merge.entry().key.performer.clone(), merge.entry().offset);
        assert_eq!(earlier, None, "each key stands once");
    }
    keys
}

async fn names(uploaded: &Uploaded) -> Vec<u8> {
    let id = LineupId::of("uploads", "big.csv").names(uploaded.detail.import_id());
    uploaded.objects.get(&format!("imports/{id}")).expect("a list of names").body.to_vec()
}

/// The offsets of all rows that the chunks leave out.
async fn left_out(uploaded: &Uploaded) -> BTreeSet<u64> {
    let manifest: Manifest = serde_json::from_value(uploaded.manifest()).unwrap();
    let mut all = BTreeSet::new();
    for chunk in manifest.skips {
        all.extend(uploaded.imports.skips(manifest.import_id, chunk).await.unwrap().as_slice());
    }
    all
}

/// Of each key the last row is written, and no other that another chunk has.
fn check(repeated: &Repeated, uploaded: &Uploaded, keys: &BTreeMap<String, u64>, left_out: &BTreeSet<u64>) {
    let lines = uploaded.objects.get(&format!("imports/{}", uploaded.layout().chunks())).unwrap().body;
    let chunks = serde_json::Deserializer::from_slice(&lines).into_iter::<Chunk>().map(Result::unwrap);
    let chunks: Vec<Chunk> = chunks.collect();
    let chunk_of = |offset: u64| chunks.iter().find(|chunk| offset < chunk.end).unwrap().chunk;
    let last: BTreeMap<String, u64> = repeated.rows.iter().cloned().collect();
    assert_eq!(*keys, last);
    for (performer, offset) in &repeated.rows {
        let last = last[performer];
        assert!(
            *offset == last || chunk_of(*offset) == chunk_of(last) || left_out.contains(offset),
            "{performer}"
        );
        assert!(*offset != last || !left_out.contains(offset), "{performer}");
    }
}

#[tokio::test]
async fn gathered_runs_and_ranges_say_what_one_merge_says() {
    let repeated = repeated();
    let in_one = uploaded(repeated.file.clone(), &[]);
    assert_eq!(import(&in_one).await, (1, 0));
    let expected = (keys(&in_one).await, names(&in_one).await);
    check(&repeated, &in_one, &expected.0, &left_out(&in_one).await);
    for (runs, range_keys, passes) in
        [(256, u64::MAX, 1), (256, 20, 1), (3, u64::MAX, 2), (2, 1, 4), (4, 50, 2)]
    {
        for time in [Duration::from_secs(900), Duration::ZERO] {
            let mut uploaded = uploaded(repeated.file.clone(), &[]);
            (uploaded.merging, uploaded.time) = (Merging { held_bytes: 0, runs, range_keys }, time);
            let case = format!("{runs} runs, {range_keys} keys, {time:?}");
            let (passed, stops) = import(&uploaded).await;
            assert_eq!(passed, passes, "{case}");
            assert_eq!(stops > 0, time.is_zero() && range_keys < 100, "{case}: {stops} stops");
            assert_eq!((keys(&uploaded).await, names(&uploaded).await), expected, "{case}");
            check(&repeated, &uploaded, &expected.0, &left_out(&uploaded).await);
        }
    }
}

#[tokio::test]
async fn performers_on_two_stages_at_once_are_found_in_every_range() {
    let row = |n: usize, stage: &str| {
        format!("Performer {n:03},{stage},20:00,21:00,2025-07-12,{}\n", "x".repeat(400))
    };
    let rows = (0..100).map(|n| row(n, "Main") + &row(n, "Tent"));
    let file = rows.fold(HEADER.to_owned(), |file, rows| file + &rows);
    let mut warnings = Vec::new();
    for range_keys in [u64::MAX, 30] {
        let mut uploaded = uploaded(file.clone(), &[]);
        uploaded.merging = Merging { held_bytes: 0, runs: 2, range_keys };
        import(&uploaded).await;
        warnings.push(uploaded.manifest()["warnings"].clone());
    }
    assert_eq!(warnings[0][0]["count"], json!(100), "{}", warnings[0]);
    assert_eq!(warnings[0], warnings[1]);
}

#[tokio::test]
async fn the_performers_of_rejected_rows_of_all_chunks_are_known_after_gathering() {
    let mut file = repeated().file;
    for n in [3, 150, 290] {
        file = file.replace(&format!("Performer {n},Main,20:00"), &format!("Performer {n},Main,nonsense"));
    }
    let mut found = Vec::new();
    for runs in [256, 2] {
        let mut uploaded = uploaded(file.clone(), &[]);
        uploaded.merging = Merging { held_bytes: 0, runs, range_keys: 50 };
        import(&uploaded).await;
        found.push(uploaded.imports.rejected_performers(uploaded.detail.import_id()).await.unwrap());
    }
    assert!(found[0].has("Performer 150") && !found[0].has("Performer 151"));
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn a_redrive_gathers_the_group_that_is_missing_and_no_other() {
    let mut uploaded = uploaded(repeated().file, &[]);
    uploaded.merging = Merging { held_bytes: 0, runs: 4, range_keys: u64::MAX };
    let first = uploaded.split().await.unwrap();
    uploaded.survey_all(&first).await;
    let plan = uploaded.decide(1).await.unwrap();
    let groups = uploaded.listed(&plan);
    assert!(groups.len() > 1, "{groups:?}");
    for group in &groups[1..] {
        uploaded.survey(&plan, *group).await.unwrap();
    }
    let error = uploaded.decide(2).await.unwrap_err();
    assert_eq!(error.name(), ErrorName::ChunksNotSurveyed);
    let again = uploaded.split().await.unwrap();
    assert_eq!((again.survey, uploaded.listed(&again)), (Some(2), vec![groups[0]]));
    uploaded.survey_all(&again).await;
    assert_eq!(uploaded.decide(2).await.unwrap().survey, None);
}

#[tokio::test(start_paused = true)]
async fn whichever_call_of_a_group_fails_run_again_it_leaves_the_same() {
    let mut undisturbed = uploaded(repeated().file, &[]);
    undisturbed.merging = Merging { held_bytes: 0, runs: 4, range_keys: u64::MAX };
    let first = undisturbed.split().await.unwrap();
    undisturbed.survey_all(&first).await;
    let plan = undisturbed.decide(1).await.unwrap();
    let group = undisturbed.listed(&plan)[0];
    let before = undisturbed.written();
    undisturbed.survey(&plan, group).await.unwrap();
    let parts = [
        "2/survey.json",
        "1/00002.json",
        "1/00003.run",
        "1/00001.replaced",
        "2/00001.run",
        "2/00001.replaced",
        "2/00001.json",
    ];
    for (part, fault) in
        parts.into_iter().flat_map(|part| [(part, Fault::InternalError), (part, Fault::AnswerLost)])
    {
        let uploaded = uploaded(repeated().file, &[]);
        for (path, body) in &before {
            uploaded.objects.put(path, body.clone(), &[]);
        }
        let ordered = fault.clone();
        uploaded.store.fail(move |operation| operation.contains(part).then(|| ordered.clone()));
        let error = uploaded.survey(&plan, group).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::Unavailable, "{part} {fault:?}");
        uploaded.store.heal();
        uploaded.survey(&plan, group).await.unwrap();
        assert_eq!(uploaded.written(), undisturbed.written(), "{part} {fault:?}");
    }
}
