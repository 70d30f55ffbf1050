//! Prints the cost of each question, in requests and read units, on lineups of
//! several sizes, as in the tables of `docs/data-model.md`.
//!
//! `cargo run -p lineup-aws --example query_cost -- 1000 100000`
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/aws/query/server.rs"]
#[allow(dead_code, missing_docs)]
mod server;

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_aws::query::{Cost, Programme, Queries};
use lineup_table::{CalendarEntry, Item};
use server::Server;

const FIRST_DAY: Date = Date::constant(2025, 7, 1);
/// Sets of a stage on a day, 55 minutes each, from 00:00 to 24:00, as at the largest festivals.
const SETS_A_DAY: usize = 24;

/// A lineup with a number of rows.
struct Shape {
    rows: usize,
    days: usize,
    stages: usize,
    performers: usize,
}

impl Shape {
    /// More days and stages with more rows. Every performer plays four times.
    fn of(rows: usize) -> Self {
        let stage_days = rows.div_ceil(SETS_A_DAY);
        let days = ((stage_days as f64).sqrt() / 2.0).ceil().max(3.0) as usize;
        Self { rows, days, stages: stage_days.div_ceil(days), performers: rows.div_ceil(4) }
    }

    fn row(&self, number: usize) -> Performance {
        let (stage_day, set) = (number / SETS_A_DAY, number % SETS_A_DAY);
        let hour = set as u8;
        Performance {
            performer: format!("Performer {:07}", number * 7 % self.performers),
            stage: format!("Stage {:04}", stage_day / self.days),
            date: FIRST_DAY.saturating_add(i64::try_from(stage_day % self.days).unwrap().days()),
            start: ClockTime::new(hour, 0).unwrap(),
            end: ClockTime::new(hour, 55).unwrap(),
            popularity: Some((number * 37 % 100 + 1) as u8),
            extras: vec![("Genre".into(), "a genre of some length".to_owned())],
        }
    }
}

/// A question, its number of results and its cost.
struct Asked(&'static str, usize, Cost);

async fn ask_all(queries: &Queries) -> Vec<Asked> {
    let day = FIRST_DAY.saturating_add(1.day());
    let at = |hour: i8| -> DateTime { day.at(hour, 0, 0, 0) };
    let (stage, noon) = ("Stage 0001", at(12));
    let programme = |date, from, to| Programme { date, from, to };
    let time = |hour| ClockTime::new(hour, 0);
    let mut asked = Vec::new();
    macro_rules! ask {
        ($name:literal, $question:expr, $count:expr) => {{
            let answer = $question.await.unwrap();
            asked.push(Asked($name, $count(&answer.found), answer.cost));
        }};
    }
    ask!("performer P", queries.performer("Performer 0000007"), Vec::len);
    ask!("stage S", queries.stage(stage, Programme::default()), Vec::len);
    ask!("stage S --date D", queries.stage(stage, programme(Some(day), None, None)), Vec::len);
    ask!(
        "stage S --date D --from 18:00 --to 20:00",
        queries.stage(stage, programme(Some(day), time(18), time(20))),
        Vec::len
    );
    ask!("at S M", queries.at(stage, noon, false), |found: &lineup_aws::query::StageMoment| found.on.len());
    ask!("at S M --next", queries.at(stage, noon, true), |found: &lineup_aws::query::StageMoment| found
        .on
        .len()
        + found.next.len());
    ask!("between (two hours, one stage)", queries.between(at(18), at(20), Some(stage)), Vec::len);
    ask!("between (two hours, all stages)", queries.between(at(18), at(20), None), Vec::len);
    ask!("popular --above 99", queries.popular(99, None, None), Vec::len);
    ask!("popular --above 80 --date D", queries.popular(80, Some(day), None), Vec::len);
    ask!("popular --above 80 --limit 10", queries.popular(80, None, Some(10)), Vec::len);
    ask!("days", queries.days(), Vec::len);
    ask!("stages --date D", queries.stages(Some(day)), Vec::len);
    ask!("stages", queries.stages(None), Vec::len);
    asked
}

/// Loads a lineup. Returns its write units, its bytes and the number of its calendar entries.
fn load(server: &Server, tables: &lineup_aws::schema::Tables, shape: &Shape) -> (usize, usize, usize) {
    let (mut write_units, mut bytes) = (0, 0);
    let mut calendar = std::collections::BTreeSet::new();
    for start in (0..shape.rows).step_by(20_000) {
        let numbers = start..shape.rows.min(start + 20_000);
        let items: Vec<Item> = numbers.map(|number| Item::new(shape.row(number)).unwrap()).collect();
        for item in &items {
            write_units += item.write_units();
            bytes += item.bytes();
            calendar.extend(CalendarEntry::of(&item.performance().stage, item.performance().date));
        }
        server.put(&tables.performances, items.iter().map(server::attributes).collect());
    }
    server.put(&tables.calendar, calendar.iter().map(server::entry).collect());
    (write_units, bytes, calendar.len())
}

/// The most rows that share one value of a key, for each key that was considered.
fn hottest(shape: &Shape) -> Vec<(&'static str, usize)> {
    let most = |key: &dyn Fn(&Item) -> String| {
        let mut rows: HashMap<String, usize> = HashMap::new();
        for number in 0..shape.rows {
            *rows.entry(key(&Item::new(shape.row(number)).unwrap())).or_default() += 1;
        }
        rows.into_values().max().unwrap_or_default()
    };
    let text = |item: &Item, name: &str| {
        let value = item.attributes().find(|(other, _)| *other == name);
        value.map(|(_, value)| format!("{value:?}")).unwrap_or_default()
    };
    vec![
        ("Performer (the table)", most(&|item| text(item, "Performer"))),
        ("StageDay (ByStageDay)", most(&|item| text(item, "StageDay"))),
        ("PopularityShard (ByPopularity)", most(&|item| text(item, "PopularityShard"))),
        ("Date alone", most(&|item| text(item, "Date"))),
        ("Stage alone", most(&|item| text(item, "Stage"))),
        ("one constant popularity bucket", shape.rows),
    ]
}

#[tokio::main]
async fn main() {
    let sizes: Vec<usize> =
        std::env::args().skip(1).map(|size| size.parse().expect("a number of rows")).collect();
    let sizes = if sizes.is_empty() { vec![1_000, 100_000] } else { sizes };
    for rows in sizes {
        let shape = Shape::of(rows);
        let server = Server::start().await;
        let tables = server.tables().await;
        let (write_units, bytes, entries) = load(&server, &tables, &shape);
        let queries = server.queries(&tables);
        println!(
            "### {rows} rows: {} days, {} stages, {} performers\n",
            shape.days, shape.stages, shape.performers
        );
        println!(
            "{:.0} bytes and {:.1} write units a row; {entries} calendar entries: {:.3} write units a row.\n",
            bytes as f64 / rows as f64,
            write_units as f64 / rows as f64,
            entries as f64 / rows as f64,
        );
        println!("| question | found | requests | read units |\n| --- | ---: | ---: | ---: |");
        for Asked(name, found, cost) in ask_all(&queries).await {
            println!("| `{name}` | {found} | {} | {} |", cost.requests, cost.read_units);
        }
        println!("\n| partition key | rows of the fullest partition |\n| --- | ---: |");
        for (key, most) in hottest(&shape) {
            println!("| {key} | {most} |");
        }
        println!();
    }
}
