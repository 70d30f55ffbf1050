//! Answers are right and complete, and report their cost exactly.

use std::collections::BTreeSet;

use jiff::civil::Date;
use lineup::row::Performance;
use lineup_aws::export::{ExportedItem, ExportedTable, SEGMENTS, ScannedItem};
use lineup_aws::query::{Answer, Note, Programme, Queries};
use lineup_contracts::error::{ErrorName, Named};
use lineup_table::Item;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::RUNTIME;
use super::lineups::{self, Question, filtered, in_programme};
use super::server::Server;

fn row(performer: &str, stage: &str, moment: &str, end: &str, popularity: Option<u8>) -> Performance {
    let (date, start) = moment.split_once(' ').unwrap();
    Performance {
        performer: performer.to_owned(),
        stage: stage.to_owned(),
        date: lineup::date::parse(date).unwrap(),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        popularity,
        extras: Vec::new(),
    }
}

/// A server with these rows.
async fn with(rows: &[Performance]) -> (Server, Queries) {
    let server = Server::start().await;
    let tables = server.tables().await;
    server.load(&tables, &lineups::items(rows));
    let queries = server.queries(&tables);
    (server, queries)
}

fn performers(found: &[Performance]) -> Vec<&str> {
    found.iter().map(|performance| performance.performer.as_str()).collect()
}

/// Asks, and compares with the filter. Returns the number of requests.
async fn check(queries: &Queries, items: &[Item], question: &Question) -> Result<u64, TestCaseError> {
    let stages = |keep: &dyn Fn(&Performance) -> bool| -> Vec<String> {
        let kept = items.iter().map(Item::performance).filter(|row| keep(row)).map(|row| row.stage.clone());
        kept.collect::<BTreeSet<_>>().into_iter().collect()
    };
    // A name that no stage has may stand for stages that differ in case or accents. Of the days of a question, those that differ in case
    // alone are asked together; of all days they are in the lists of names, of which there are none here.
    let meant = |asked: &str, of_days: bool, note: &Option<Note>| match note {
        Some(Note::ReadAs { names, .. }) => names.clone(),
        _ if of_days => stages(&|row| row.stage.to_lowercase() == asked.to_lowercase()),
        _ => vec![asked.to_owned()],
    };
    match question {
        Question::Performer(name) => {
            let answer = queries.performer(name).await.unwrap();
            prop_assert_eq!(&answer.found, &filtered(items, |row| row.performer == *name));
            Ok(answer.cost.requests)
        }
        Question::Stage { name, date, from, to } => {
            let programme =
                Programme { date: *date, from: from.map(lineups::as_time), to: to.map(lineups::as_time) };
            let answer = queries.stage(name, programme).await.unwrap();
            let name = meant(name, date.is_some(), &answer.note);
            let keep = |row: &Performance| name.contains(&row.stage) && in_programme(row, *date, *from, *to);
            prop_assert_eq!(&answer.found, &filtered(items, keep));
            Ok(answer.cost.requests)
        }
        Question::At { stage, moment } => {
            let answer = queries.at(stage, *moment, true).await.unwrap();
            let stage = meant(stage, false, &answer.note);
            prop_assert_eq!(
                &answer.found.on,
                &filtered(items, |row| stage.contains(&row.stage) && row.is_on(*moment))
            );
            let later = filtered(items, |row| stage.contains(&row.stage) && row.start_moment() > *moment);
            let first = later.first().map(Performance::start_moment);
            let next: Vec<_> = later.into_iter().filter(|row| Some(row.start_moment()) == first).collect();
            prop_assert_eq!(&answer.found.next, &next);
            Ok(answer.cost.requests)
        }
        Question::Between { from, to, stage } => {
            let answer = queries.between(*from, *to, stage.as_deref()).await.unwrap();
            let stage = stage.as_deref().map(|stage| meant(stage, true, &answer.note));
            let on = |row: &Performance| stage.as_ref().is_none_or(|stage| stage.contains(&row.stage));
            prop_assert_eq!(&answer.found, &filtered(items, |row| on(row) && row.overlaps(*from, *to)));
            Ok(answer.cost.requests)
        }
        Question::Popular { above, date, limit } => {
            let answer = queries.popular(*above, *date, *limit).await.unwrap();
            let on = |row: &Performance| date.is_none_or(|date| row.date == date);
            let mut expected = filtered(items, |row| on(row) && row.popularity > Some(*above));
            expected.sort_by_key(|row| std::cmp::Reverse(row.popularity));
            popular(&answer, &expected, *limit)?;
            Ok(answer.cost.requests)
        }
        Question::Days => {
            let answer = queries.days().await.unwrap();
            let days: BTreeSet<Date> = items.iter().map(|item| item.performance().date).collect();
            prop_assert_eq!(&answer.found, &days.into_iter().collect::<Vec<_>>());
            Ok(answer.cost.requests)
        }
        Question::Stages(date) => {
            let answer = queries.stages(*date).await.unwrap();
            prop_assert_eq!(&answer.found, &stages(&|row| date.is_none_or(|date| row.date == date)));
            Ok(answer.cost.requests)
        }
    }
}

/// At a limit, any of several equally popular performances is right; everything else is exact.
fn popular(
    answer: &Answer<Vec<Performance>>,
    expected: &[Performance],
    limit: Option<usize>,
) -> Result<(), TestCaseError> {
    let found = &answer.found;
    let Some(limit) = limit else {
        prop_assert_eq!(found.as_slice(), expected);
        return Ok(());
    };
    prop_assert_eq!(found.len(), expected.len().min(limit));
    let cut = found.last().and_then(|row| row.popularity);
    let above = |rows: &[Performance]| -> Vec<Performance> {
        rows.iter().filter(|row| row.popularity > cut).cloned().collect()
    };
    prop_assert_eq!(above(found), above(&expected[..found.len()]));
    let distinct: BTreeSet<String> = found.iter().map(|row| format!("{row:?}")).collect();
    prop_assert_eq!(distinct.len(), found.len());
    prop_assert!(found.iter().all(|row| expected.contains(row)));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_question_finds_what_a_filter_over_the_rows_finds(
        rows in lineups::rows(),
        questions in proptest::collection::vec(lineups::question(), 12),
    ) {
        RUNTIME.block_on(async {
            let (server, queries) = with(&rows).await;
            let items = lineups::items(&rows);
            for question in &questions {
                let before = server.requests();
                let requests = check(&queries, &items, question).await?;
                prop_assert_eq!(requests, server.requests() - before, "every request is counted: {:?}", question);
            }
            Ok(())
        })?;
    }
}

#[test]
fn a_fan_out_fails_whole_whichever_of_its_requests_fails() {
    RUNTIME.block_on(async {
        let rows: Vec<Performance> = (0..40)
            .map(|number| row("a", &format!("Stage {number}"), "2025-07-12 20:00", "21:00", Some(90)))
            .collect();
        let (server, queries) = with(&rows).await;
        let moment = |text: &str| text.parse().unwrap();
        let (from, to) = (moment("2025-07-12T20:30"), moment("2025-07-12T21:00"));
        let all = queries.between(from, to, None).await.unwrap();
        assert_eq!((all.found.len(), all.cost.requests), (40, 1 + 1 + 40));
        for nth in 0..42 {
            server.fail(nth);
            let error = queries.between(from, to, None).await.unwrap_err();
            assert_eq!(error.name(), ErrorName::Unavailable, "request {nth}");
        }
        for nth in 0..16 {
            server.fail(nth);
            assert!(queries.popular(80, None, None).await.is_err(), "shard {nth}");
        }
    });
}

/// A note of half a kilobyte in each row, so that a stage-day of 3 MB has three pages.
#[test]
fn every_page_is_read() {
    RUNTIME.block_on(async {
        let note: Vec<(std::sync::Arc<str>, String)> = vec![("Note".into(), "x".repeat(2048))];
        let rows: Vec<Performance> = (0..1440)
            .map(|number| {
                let time = lineups::as_time(number).to_string();
                let set = row("a", "Main", &format!("2025-07-12 {time}"), "23:59", Some(50));
                Performance { extras: note.clone(), ..set }
            })
            .collect();
        let (_server, queries) = with(&rows).await;
        let programme = queries.stage("Main", Programme::default()).await.unwrap();
        assert_eq!(programme.found.len(), 1440);
        // One request for the calendar, and one for each megabyte, rounded up.
        assert_eq!(programme.cost.requests, 1 + 4);
        assert_eq!(queries.performer("a").await.unwrap().found.len(), 1440);
        assert_eq!(queries.popular(49, None, None).await.unwrap().found.len(), 1440);
        let next = queries.at("Main", "2025-07-12T11:59".parse().unwrap(), true).await.unwrap();
        assert_eq!(next.found.next.len(), 1);
    });
}

#[test]
fn blocks_by_popularity_are_the_whole_answer_in_its_order() {
    RUNTIME.block_on(async {
        let rows: Vec<Performance> = (0..2_000_u16)
            .map(|number| {
                let time = lineups::as_time(number % 1440).to_string();
                // Shards of one performer are unequal: some end long before others.
                let performer = if number < 1_200 { "a".to_owned() } else { format!("Act {number}") };
                let day = 12 + number / 1440;
                row(
                    &performer,
                    "Main",
                    &format!("2025-07-{day} {time}"),
                    "23:59",
                    Some((number % 7 + 60) as u8),
                )
            })
            .collect();
        let (_server, queries) = with(&rows).await;
        let mut blocks = queries.popular_blocks(61);
        let mut found = Vec::new();
        let mut sizes = Vec::new();
        while let Some(mut block) = blocks.next().await.unwrap() {
            assert!(block.iter().all(|row| row.popularity == block[0].popularity));
            sizes.push(block.len());
            found.append(&mut block);
        }
        assert_eq!(sizes.len(), 5, "a block of each popularity from 62 to 66: {sizes:?}");
        let expected = queries.popular(61, None, Some(5_000)).await.unwrap();
        assert_eq!(found, expected.found);
        assert!(blocks.cost().read_units >= expected.cost.read_units);
    });
}

#[test]
fn what_a_question_costs_does_not_grow_with_the_rest_of_the_table() {
    RUNTIME.block_on(async {
        let rows = |days: i8| -> Vec<Performance> {
            let sets = (1..=days).flat_map(|day| (0..24).map(move |hour| (day, hour)));
            sets.map(|(day, hour)| {
                let moment = format!("2025-07-{day:02} {hour:02}:00");
                row(&format!("Act {hour}"), "Main", &moment, "23:59", None)
            })
            .collect()
        };
        let mut costs = Vec::new();
        for days in [3, 28] {
            let (_server, queries) = with(&rows(days)).await;
            let at = queries.at("Main", "2025-07-02T12:30".parse().unwrap(), false).await.unwrap();
            let (from, to) = ("2025-07-02T18:00".parse().unwrap(), "2025-07-02T20:00".parse().unwrap());
            let between = queries.between(from, to, None).await.unwrap();
            costs.push((at.cost, between.cost));
        }
        assert_eq!(costs[0], costs[1]);
        // Two slices, and the stages of both days.
        assert_eq!((costs[0].0.requests, costs[0].0.read_units), (4, 2.0));
    });
}

/// A corrected version of a large lineup removes a row or two of most days.
#[test]
fn days_and_stages_that_lost_rows_are_asked_about_only_until_one_is_found() {
    RUNTIME.block_on(async {
        let stages = ["Main", "Tent", "Barn"];
        let rows = stages.map(|stage| row("Act", stage, "2025-07-12 20:00", "21:00", None));
        let later = row("Act", "Main", "2025-07-14 20:00", "21:00", None);
        let gone = stages.map(|stage| row("Gone", stage, "2025-07-13 20:00", "21:00", None));
        let server = Server::start().await;
        let tables = server.tables().await;
        server.load(&tables, &lineups::items(&[&rows[..], std::slice::from_ref(&later)].concat()));
        let queries = server.queries(&tables);
        let days = [rows[0].date, later.date];

        server.mark(&tables, &rows[..1]);
        let answer = queries.days().await.unwrap();
        assert_eq!(
            (answer.found.as_slice(), answer.cost.requests),
            (&days[..], 2),
            "two stages are not marked"
        );
        let answer = queries.stages(None).await.unwrap();
        assert_eq!((answer.found.len(), answer.cost.requests), (3, 3), "Main is not marked on the later day");

        server.mark(&tables, &rows);
        server.mark(&tables, &gone);
        assert_eq!(queries.days().await.unwrap().found, days);
        assert_eq!(queries.stages(None).await.unwrap().found, ["Barn", "Main", "Tent"]);
        assert!(queries.stages(Some(gone[0].date)).await.unwrap().found.is_empty());
    });
}

#[test]
fn a_set_past_midnight_is_on_after_midnight() {
    RUNTIME.block_on(async {
        let rows = [
            row("night", "Main", "2025-07-12 23:00", "01:00", None),
            row("dawn", "Main", "2025-07-13 01:00", "02:00", None),
        ];
        let (_server, queries) = with(&rows).await;
        for (moment, on, next) in [
            ("2025-07-12T22:59", vec![], vec!["night"]),
            ("2025-07-12T23:00", vec!["night"], vec!["dawn"]),
            ("2025-07-13T00:59", vec!["night"], vec!["dawn"]),
            ("2025-07-13T01:00", vec!["dawn"], vec![]),
            ("2025-07-13T02:00", vec![], vec![]),
        ] {
            let answer = queries.at("Main", moment.parse().unwrap(), true).await.unwrap();
            assert_eq!(performers(&answer.found.on), on, "{moment}");
            assert_eq!(performers(&answer.found.next), next, "{moment}");
        }
    });
}

#[test]
fn a_festival_day_has_the_sets_that_start_within_it_for_two_requests_a_stage() {
    RUNTIME.block_on(async {
        let rows = [
            row("dawn", "Main", "2025-07-12 05:59", "07:00", None),
            row("first", "Main", "2025-07-12 06:00", "07:00", None),
            row("night", "Tent", "2025-07-13 05:59", "07:00", None),
            row("next", "Tent", "2025-07-13 06:00", "07:00", None),
            row("later", "Tent", "2025-07-14 01:00", "07:00", None),
        ];
        let (_server, queries) = with(&rows).await;
        let day = "2025-07-12T06:00".parse().unwrap().."2025-07-13T06:00".parse().unwrap();
        let answer = queries.starting(Some(day.clone())).await.unwrap();
        assert_eq!(performers(&answer.found), ["first", "night"]);
        // The days, the stages of two days, and the slice of each stage-day.
        assert_eq!(answer.cost.requests, 5);
        let all = queries.starting(None).await.unwrap();
        assert_eq!(performers(&all.found), ["dawn", "first", "night", "next", "later"]);
        assert!(queries.starting(Some(day.start..day.start)).await.is_err());
    });
}

/// A regression: the table's sort key orders equal starts by stage, but an answer orders them by end.
#[test]
fn sets_with_one_start_have_the_same_order_in_every_answer() {
    RUNTIME.block_on(async {
        let rows = [
            row("twice", "A", "2025-07-12 23:59", "00:58", None),
            row("twice", "B", "2025-07-12 23:59", "00:00", None),
        ];
        let (_server, queries) = with(&rows).await;
        let stages = |found: &[Performance]| found.iter().map(|row| row.stage.clone()).collect::<Vec<_>>();
        let (from, to) = ("2025-07-12T00:00".parse().unwrap(), "2025-07-13T00:00".parse().unwrap());
        assert_eq!(stages(&queries.performer("twice").await.unwrap().found), ["B", "A"]);
        assert_eq!(stages(&queries.between(from, to, None).await.unwrap().found), ["B", "A"]);
    });
}

#[test]
fn a_stage_is_found_without_case_and_accents_or_suggested() {
    RUNTIME.block_on(async {
        let rows = [
            row("a", "Café Tànger", "2025-07-12 20:00", "21:00", None),
            row("b", "Main Stage", "2025-07-12 20:00", "21:00", None),
            row("c", "MAIN STAGE", "2025-07-12 20:00", "21:00", None),
        ];
        let (_server, queries) = with(&rows).await;
        let stage = async |name: &str| queries.stage(name, Programme::default()).await.unwrap();
        assert_eq!(performers(&stage("Main Stage").await.found), ["b"]);
        assert_eq!(stage("Main Stage").await.note, None);
        assert_eq!(performers(&stage("cafe tanger").await.found), ["a"]);
        let note = |answer: Answer<Vec<Performance>>| answer.note.unwrap().to_string();
        assert_eq!(
            note(stage("cafe tanger").await),
            "no stage is called \"cafe tanger\"; showing \"Café Tànger\""
        );
        // Two stages match equally well, so both are shown.
        assert_eq!(performers(&stage("main stage").await.found), ["c", "b"]);
        assert!(note(stage("main stage").await).ends_with("showing \"MAIN STAGE\" and \"Main Stage\""));
        assert!(note(stage("Man Stage").await).ends_with("did you mean \"MAIN STAGE\" or \"Main Stage\"?"));
        // The stage exists, but has no performance then.
        let empty = Programme { date: Some(Date::constant(2025, 7, 13)), ..Programme::default() };
        assert_eq!(queries.stage("Main Stage", empty).await.unwrap().note, None);
        let note = queries.performer("A").await.unwrap().note.unwrap().to_string();
        assert_eq!(note, "no performer is called \"A\" (names of performers are exact, to the letter)");
    });
}

/// A regression: an import trims names, a question did not, and found nothing.
#[test]
fn space_around_a_name_does_not_matter() {
    RUNTIME.block_on(async {
        let (_server, queries) = with(&[row("Megan", "Main Stage", "2025-07-12 20:00", "21:00", None)]).await;
        assert_eq!(performers(&queries.performer(" Megan ").await.unwrap().found), ["Megan"]);
        let stage = queries.stage("Main Stage ", Programme::default()).await.unwrap();
        assert_eq!((performers(&stage.found), stage.note), (vec!["Megan"], None));
    });
}

#[test]
fn an_empty_range_is_an_error_and_not_an_empty_answer() {
    RUNTIME.block_on(async {
        let (_server, queries) = with(&[]).await;
        let noon = "2025-07-12T12:00".parse().unwrap();
        let error = queries.between(noon, noon, None).await.unwrap_err();
        assert_eq!(error.name(), ErrorName::InvalidInput);
        let noon = Some(lineups::as_time(720));
        let programme = Programme { date: None, from: noon, to: noon };
        assert!(queries.stage("Main", programme).await.is_err());
    });
}

#[test]
fn a_table_that_does_not_exist_is_named() {
    RUNTIME.block_on(async {
        let server = Server::start().await;
        let error = server.queries(&Default::default()).performer("a").await.unwrap_err();
        assert_eq!(error.name(), ErrorName::ResourceNotFound);
        assert!(error.to_string().contains("Performances"), "{error}");
    });
}

#[test]
fn an_export_gives_every_item_once() {
    RUNTIME.block_on(async {
        use futures::TryStreamExt;
        let rows: Vec<Performance> = (0..1440)
            .map(|number| {
                let time = lineups::as_time(number).to_string();
                row(&format!("Act {}", number % 100), "Main", &format!("2025-07-12 {time}"), "23:59", None)
            })
            .collect();
        let server = Server::start().await;
        let tables = server.tables().await;
        server.load(&tables, &lineups::items(&rows));
        let sorted = |mut rows: Vec<Performance>| {
            rows.sort_by_key(|row| (row.start, row.performer.clone()));
            rows
        };
        for segments in [1, SEGMENTS] {
            let (client, name) = (server.client.clone(), tables.performances.clone());
            let table = ExportedTable { client, name, segments };
            let found: Vec<ExportedItem> = table.performances(None).try_collect().await.unwrap();
            let found: Vec<Performance> = found.into_iter().map(Result::unwrap).collect();
            assert_eq!(sorted(found), sorted(rows.clone()));

            let performers: Vec<Vec<ScannedItem>> = table.performers().try_collect().await.unwrap();
            assert_eq!(performers.len(), 100, "the sets of a performer are together, also across pages");
            let found = performers.into_iter().flatten().map(|scanned| scanned.item.unwrap()).collect();
            assert_eq!(sorted(found), sorted(rows.clone()));
            server.fail(1);
            assert!(table.performances(None).try_collect::<Vec<_>>().await.is_err());
            server.fail(1);
            assert!(table.performers().try_collect::<Vec<_>>().await.is_err());
        }
    });
}

/// Futures of questions are `Send`, so that a server can run them on its tasks.
#[test]
fn questions_can_be_asked_from_other_tasks() {
    fn is_send(_: impl Send) {}
    fn check(queries: &Queries, moment: jiff::civil::DateTime) {
        is_send(queries.between(moment, moment, None));
        is_send(queries.starting(None));
        is_send(queries.performer("Megan"));
        is_send(queries.search("meg", 10));
        is_send(queries.now(moment, None));
        is_send(queries.next(moment, Some("Main")));
        is_send(queries.at("Main", moment, true));
        is_send(queries.popular(80, None, Some(10)));
        is_send(queries.stage("Main", Programme::default()));
    }
    let _ = check;
}
