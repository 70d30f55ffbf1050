//! What `lineup export` names, leaves out and numbers.

use std::collections::HashMap;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use lineup_table::{Item, Value};

use crate::command::Lineup;
use crate::command::served::Served;

const KNOWN: &str = "Performer,Stage,Date,Start,End,Popularity";

/// Two lineups, each with a column of its own.
fn two_lineups() -> Lineup {
    let lineup = Lineup::new();
    let rock = "Performer,Stage,Start,End,Date,Genre\nA,Tent,20:00,21:00,2025-07-12,rock\n";
    let art = "Performer,Stage,Start,End,Date,Artwork,Empty\nA,Tent,10:00,11:00,2025-07-12,x,\n";
    lineup.import(&lineup.file("rock.csv", rock), &[]);
    lineup.import(&lineup.file("art.csv", art), &[]);
    lineup
}

fn header(lineup: &Lineup, more: &[&str]) -> String {
    let text = lineup.run([&["export"], more].concat()).succeeded();
    text.lines().next().unwrap().to_owned()
}

#[test]
fn the_header_of_csv_names_the_columns_of_the_versions_that_are_in_the_table() {
    let lineup = two_lineups();
    assert_eq!(header(&lineup, &[]), format!("{KNOWN},Artwork,Empty,Genre"));
    assert_eq!(header(&lineup, &["--all-columns"]), format!("{KNOWN},Artwork,Genre"), "those of rows");
    assert_eq!(header(&lineup, &["--lineup", "art.csv"]), format!("{KNOWN},Artwork,Empty"));
    let without = "Performer,Stage,Start,End,Date\nA,Tent,20:00,21:00,2025-07-12\n";
    lineup.import(&lineup.file("rock.csv", without), &[]);
    assert_eq!(header(&lineup, &["--lineup", "rock.csv"]), KNOWN);
    let popular = lineup.run(["query", "popular", "--format", "csv"]);
    assert_eq!(popular.code, 4, "{popular}");
}

/// A stack deletes what it keeps of an import after ImportRetentionDays; its rows stay.
#[test]
fn without_the_record_of_an_import_the_header_names_what_rows_have() {
    let lineup = two_lineups();
    let imports = lineup.data().join("s3/lineup-imports/imports");
    for folder in std::fs::read_dir(imports).unwrap() {
        std::fs::remove_file(folder.unwrap().path().join("manifest.json.object")).unwrap();
    }
    assert_eq!(header(&lineup, &[]), format!("{KNOWN},Artwork,Genre"));
}

#[test]
fn a_column_of_another_program_is_named_and_left_out_until_all_columns_are_asked_for() {
    let lineup = two_lineups();
    put(&Served::start(&lineup));
    let done = lineup.run(["export"]);
    assert_eq!(done.code, 3, "{done}");
    assert!(!done.stdout.contains("by hand") && done.stdout.contains("\nB,Tent,2025-07-12,22:00,"), "{done}");
    assert!(done.stderr.contains("left out: the column \"Note\" of 1 row, which no import names"), "{done}");
    let all = lineup.run(["export", "--all-columns"]).succeeded();
    assert!(all.starts_with(&format!("{KNOWN},Artwork,Genre,Note\n")) && all.contains("by hand"), "{all}");
    let popular = lineup.run(["query", "popular", "--format", "csv"]);
    assert_eq!(popular.code, 1, "{popular}");
    assert!(popular.stderr.contains("\"Note\"") && popular.stdout.contains("\nB,Tent,"), "{popular}");
}

/// Puts a performance that no import wrote.
fn put(served: &Served) {
    let variable = |name: &str| served.variables[name].clone();
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new(variable("AWS_REGION")))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(variable("AWS_ENDPOINT_URL_DYNAMODB"));
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    let set = lineup::row::Performance {
        performer: "B".to_owned(),
        stage: "Tent".to_owned(),
        date: lineup::date::parse("2025-07-12").unwrap(),
        start: "22:00".parse().unwrap(),
        end: "23:00".parse().unwrap(),
        popularity: Some(90),
        extras: vec![("Note".into(), "by hand".to_owned())],
    };
    let item = Item::new(set).unwrap();
    let value = |value: Value| match value {
        Value::S(text) => AttributeValue::S(text.to_owned()),
        Value::N(number) => AttributeValue::N(number.to_string()),
    };
    let attributes: HashMap<String, AttributeValue> =
        item.attributes().map(|(name, of)| (name.to_owned(), value(of))).collect();
    let put = client.put_item().table_name("Performances").set_item(Some(attributes));
    tokio::runtime::Runtime::new().unwrap().block_on(put.send()).unwrap();
}

/// The key and the start of each event.
fn events(calendar: &str) -> Vec<(&str, &str)> {
    let values = |name: &'static str| calendar.lines().filter_map(move |line| line.strip_prefix(name));
    values("UID:").zip(values("DTSTART:")).collect()
}

#[test]
fn a_set_is_the_same_event_in_the_calendar_of_its_lineup_and_in_that_of_all() {
    let lineup = two_lineups();
    let calendar = |more: &[&str]| lineup.run([&["export", "--format", "ics"], more].concat());
    let (all, rock) = (calendar(&[]).succeeded(), calendar(&["--lineup", "rock.csv"]).succeeded());
    let (all, rock) = (events(&all), events(&rock));
    assert_eq!((all.len(), rock.len(), rock[0].1), (2, 1, "20250712T200000"));
    assert!(all.contains(&rock[0]) && all[0].0 != all[1].0, "{all:?} {rock:?}");
    let utc = calendar(&["--lineup", "rock.csv", "--zone", "Europe/London"]).succeeded();
    assert_eq!(events(&utc), [(rock[0].0, "20250712T190000Z")]);
    let refused = lineup.run(["export", "--zone", "Europe/London"]).failed(2);
    assert!(refused.contains("--format ics"), "{refused}");
}
