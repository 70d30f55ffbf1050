//! Names that are not written as in the table are found by the lists that imports leave.

use std::collections::BTreeSet;

use lineup::row::Performance;
use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_aws::objects::Objects;
use lineup_aws::query::{Note, PERFORMERS_SHOWN, Programme, Queries};
use lineup_contracts::LineupId;
use lineup_table::Item;
use lineup_testing::MemoryStore;
use lineup_versions::{
    HoldAnswer, HoldStep, ItemKey, LineupVersions, NameKind, NameListBuilder, RunBuilder, RunEntry, Version,
};
use uuid::Uuid;

use super::RUNTIME;
use super::lineups;
use super::server::Server;

fn set(performer: &str, stage: &str, start: &str) -> Performance {
    Performance {
        performer: performer.to_owned(),
        stage: stage.to_owned(),
        date: lineup::date::parse("2025-07-12").unwrap(),
        start: start.parse().unwrap(),
        end: "23:59".parse().unwrap(),
        ..Performance::blank()
    }
}

/// A table, and the lists of what was imported into it.
struct Imported {
    server: Server,
    imports: Imports,
    queries: Queries,
    tables: lineup_aws::schema::Tables,
}

impl Imported {
    async fn none() -> Self {
        let server = Server::start().await;
        let imports = Imports::new(Objects::new(MemoryStore::default()), "imports");
        let tables = server.tables().await;
        let queries = server.queries(&tables).with_names(imports.clone());
        Self { server, imports, queries, tables }
    }

    /// Rows of a lineup as the current version.
    async fn import(&self, name: &str, rows: &[Performance]) -> (Lineup, Uuid) {
        let items = lineups::items(rows);
        self.server.load(&self.tables, &items);
        let lineup = Lineup::new(&self.imports, LineupId::of("uploads", name));
        let import_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes());
        lineup.put_names(import_id, names(&items)).await.unwrap();
        let current = Some(Version::of_upload(import_id, "1"));
        let next =
            LineupVersions { may_hold: current.iter().cloned().collect(), current, ..Default::default() };
        let step = |_: &LineupVersions| HoldStep { next: Some(next.clone()), answer: HoldAnswer::Held };
        lineup.change(step).await.unwrap();
        (lineup, import_id)
    }

    async fn performer(&self, name: &str) -> (Vec<String>, Option<Note>) {
        let answer = self.queries.performer(name).await.unwrap();
        let found: BTreeSet<String> = answer.found.into_iter().map(|set| set.performer).collect();
        (found.into_iter().collect(), answer.note)
    }

    async fn searched(&self, text: &str, limit: usize) -> Vec<(NameKind, String)> {
        let names = self.queries.search(text, limit).await.unwrap().found.names;
        names.into_iter().map(|found| (found.kind, found.name)).collect()
    }
}

fn names(items: &[Item]) -> Vec<u8> {
    let keys: BTreeSet<ItemKey> = items
        .iter()
        .map(Item::key)
        .map(|(performer, performance)| ItemKey::new(performer, performance))
        .collect();
    let mut names = NameListBuilder::default();
    keys.iter().for_each(|key| names.add(key));
    names.finish().unwrap().unwrap()
}

#[test]
fn the_first_way_to_read_a_name_that_finds_anything_answers() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let rows = [
            set("Björk", "Main Stage", "18:00"),
            set("BJÖRK", "Tent", "19:00"),
            set("Björk Tribute", "Tent", "20:00"),
            set("Stormzy", "MAIN STAGE", "20:00"),
        ];
        all.import("a.csv", &rows).await;
        for (asked, found) in [
            ("Björk", &["Björk"][..]),
            (" Björk ", &["Björk"]),
            ("bjork", &["BJÖRK", "Björk"]),
            ("tribute", &["Björk Tribute"]),
            ("ork", &["BJÖRK", "Björk", "Björk Tribute"]),
            ("Stormzi", &[]),
            ("Nobody", &[]),
        ] {
            assert_eq!(all.performer(asked).await.0, found, "{asked}");
        }
        assert_eq!(all.performer("Björk").await.1, None);
        let note = all.performer("Stormzi").await.1.unwrap().to_string();
        assert_eq!(note, "no performer is called \"Stormzi\"; did you mean \"Stormzy\"?");
        let note = all.performer("Nobody").await.1.unwrap().to_string();
        assert_eq!(note, "no performer is called \"Nobody\"");
    });
}

#[test]
fn an_exact_name_costs_one_request_and_no_other_way_reads_the_whole_table() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let rows: Vec<_> = (0..60).map(|number| set(&format!("Act {number}"), "Main", "18:00")).collect();
        all.import("a.csv", &rows).await;
        let cost = async |name| all.queries.performer(name).await.unwrap().cost.requests;
        assert_eq!((cost("Act 1").await, cost("act 1").await), (1, 2));
        assert_eq!(cost("act").await, 1 + PERFORMERS_SHOWN as u64);
        let note = all.performer("act").await.1.unwrap();
        assert!(matches!(note, Note::PartOf { more: 40, .. }), "{note:?}");
        assert!(cost("zzzzz").await == 1);
    });
}

#[test]
fn the_lists_of_all_lineups_are_read_and_one_without_a_list_is_named() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        all.import("a.csv", &[set("Ada", "Main", "18:00")]).await;
        let (lineup, import_id) = all.import("b.csv", &[set("Björk", "Main", "20:00")]).await;
        assert_eq!(all.performer("bjork").await.0, ["Björk"]);
        // An earlier version of lineup left no list.
        lineup.forget([import_id]).await.unwrap();
        assert_eq!(all.performer("Björk").await.0, ["Björk"]);
        let note = all.performer("bjork").await.1.unwrap().to_string();
        assert!(note.contains("one lineup has no list of names"), "{note}");
        assert_eq!(all.performer("ada").await.0, ["Ada"]);
    });
}

#[test]
fn names_of_rows_that_the_guard_kept_are_found() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let (lineup, import_id) = all.import("a.csv", &[set("Ada", "Main", "18:00")]).await;
        let kept = lineups::items(&[set("Björk", "Main", "20:00")]);
        all.server.load(&all.tables, &kept);
        let mut run = RunBuilder::new();
        kept.iter().for_each(|item| run.insert(&RunEntry::of(item, 0)).unwrap());
        lineup.replace_kept_keys(import_id, run.finish().unwrap().bytes).await.unwrap();
        assert_eq!(all.performer("bjork").await.0, ["Björk"]);
    });
}

#[test]
fn a_name_whose_rows_are_gone_is_not_suggested() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let (lineup, import_id) = all.import("a.csv", &[set("Stormzy", "Main", "18:00")]).await;
        let gone = lineups::items(&[set("Stormza", "Tent", "18:00"), set("Stormzy", "Main", "18:00")]);
        lineup.put_names(import_id, names(&gone)).await.unwrap();
        let note = all.performer("Stormzi").await.1.unwrap().to_string();
        assert!(note.ends_with("did you mean \"Stormzy\"?"), "{note}");
        assert!(all.searched("stormza", 10).await == [(NameKind::Performer, "Stormzy".to_owned())]);
        assert!(all.searched("tent", 10).await.is_empty());
    });
}

#[test]
fn stages_that_differ_in_case_alone_are_found_together() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let rows = [
            set("Ada", "Main Stage", "18:00"),
            set("Bob", "MAIN STAGE", "19:00"),
            set("Cy", "Máin Stage", "20:00"),
        ];
        all.import("a.csv", &rows).await;
        let stage = async |name: &str| all.queries.stage(name, Programme::default()).await.unwrap();
        let found = stage("Main Stage").await;
        assert_eq!(found.found.iter().map(|set| set.performer.as_str()).collect::<Vec<_>>(), ["Ada", "Bob"]);
        let note = found.note.unwrap().to_string();
        assert!(note.starts_with("showing \"MAIN STAGE\" and \"Main Stage\" together"), "{note}");
        assert_eq!(stage("Máin Stage").await.note, None);
        assert_eq!(stage("main stage").await.found.len(), 3);
        let at = all.queries.at("main stage", "2025-07-12T17:00".parse().unwrap(), true).await.unwrap();
        assert_eq!((at.found.on.len(), at.found.next[0].performer.as_str()), (0, "Ada"));
    });
}

#[test]
fn a_search_finds_performers_and_stages_the_closest_first() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let rows = [
            set("The Main Act", "Main", "18:00"),
            set("Mainline", "Tent", "19:00"),
            set("Ada", "Main Stage", "20:00"),
        ];
        all.import("a.csv", &rows).await;
        let (performer, stage) = (NameKind::Performer, NameKind::Stage);
        let named = |names: &[(NameKind, &str)]| -> Vec<(NameKind, String)> {
            names.iter().map(|(kind, name)| (*kind, (*name).to_owned())).collect()
        };
        assert_eq!(
            all.searched("MAIN", 10).await,
            named(&[
                (stage, "Main"),
                (performer, "Mainline"),
                (stage, "Main Stage"),
                (performer, "The Main Act")
            ])
        );
        let answer = all.queries.search("main", 2).await.unwrap().found;
        assert_eq!((answer.names.len(), answer.more, answer.similar), (2, 2, false));
        let answer = all.queries.search("mainlime", 2).await.unwrap().found;
        assert!(answer.similar && answer.names[0].name == "Mainline");
        assert!(all.searched("zzz", 10).await.is_empty() && all.searched("", 10).await.is_empty());
    });
}

#[test]
fn what_is_on_now_and_what_is_next_on_each_stage() {
    RUNTIME.block_on(async {
        let all = Imported::none().await;
        let later =
            Performance { date: lineup::date::parse("2025-07-20").unwrap(), ..set("Late", "Tent", "12:00") };
        let rows = [
            Performance { end: "19:00".parse().unwrap(), ..set("Ada", "Main", "18:00") },
            set("Bob", "Main", "19:00"),
            set("Cy", "Tent", "20:00"),
            set("Dee", "Tent", "20:00"),
            set("Eve", "Tent", "21:00"),
            later,
        ];
        all.import("a.csv", &rows).await;
        let at = |text: &str| text.parse().unwrap();
        let names = |found: Vec<Performance>| found.into_iter().map(|set| set.performer).collect::<Vec<_>>();
        for (moment, stage, on, next) in [
            ("2025-07-12T17:59", None, &[][..], &["Ada", "Cy", "Dee"][..]),
            ("2025-07-12T18:00", None, &["Ada"], &["Bob", "Cy", "Dee"]),
            ("2025-07-12T18:59:59", None, &["Ada"], &["Bob", "Cy", "Dee"]),
            ("2025-07-12T19:00", None, &["Bob"], &["Cy", "Dee"]),
            ("2025-07-12T20:00", Some("tent"), &["Cy", "Dee"], &["Eve"]),
            ("2025-07-12T23:59", None, &[], &["Late"]),
            ("2025-07-12T23:59", Some("Main"), &[], &[]),
            ("2025-07-20T12:00", None, &["Late"], &[]),
        ] {
            let now = all.queries.now(at(moment), stage).await.unwrap().found;
            assert_eq!(names(now), on, "on at {moment} {stage:?}");
            let after = all.queries.next(at(moment), stage).await.unwrap().found;
            assert_eq!(names(after), next, "after {moment} {stage:?}");
        }
    });
}
