//! `lineup query`, as a planner asks who does not know how a name is written, and what time it is.

use serde_json::{Value, json};

use crate::command::Lineup;

const CSV: &str = "Performer,Stage,Start,End,Date\n\
    Björk,Main Stage,20:00,21:30,2025-07-12\n\
    Megan Thee Stallion,MAIN STAGE,22:00,23:30,2025-07-12\n\
    Wet Leg,Tent,21:00,22:30,2025-07-12\n\
    Late Act,Main Stage,23:45,01:00,2025-07-12\n\
    Night Act,Main Stage,02:00,03:00,2025-07-13\n";

fn festival() -> Lineup {
    let lineup = Lineup::new();
    let (report, code) = lineup.import(&lineup.file("festival.csv", CSV), &[]);
    assert_eq!(code, 0, "{report}");
    lineup
}

fn asked(lineup: &Lineup, args: &[&str]) -> Value {
    let args = [&["query"], args, &["--json"]].concat();
    serde_json::from_str(&lineup.run(args).succeeded()).unwrap()
}

fn performers(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().map(|row| row["Performer"].as_str().unwrap()).collect()
}

#[test]
fn names_are_found_however_they_are_typed() {
    let lineup = festival();
    for (name, found) in [
        ("Björk", "Björk"),
        ("bjork", "Björk"),
        ("thee stallion", "Megan Thee Stallion"),
        ("WETLEG", "Wet Leg"),
    ] {
        assert_eq!(performers(&asked(&lineup, &["performer", name])), [found], "{name}");
    }
    let done = lineup.run(["query", "performer", "bjork"]);
    assert!(done.stderr.contains("no performer is called \"bjork\"; showing \"Björk\""), "{done}");
    let stderr = lineup.run(["query", "performer", "Bjorg"]).failed(4);
    assert_eq!(stderr, "no performer is called \"Bjorg\"; did you mean \"Björk\"?\n");
    // A name that a new version does not have is not suggested.
    lineup.import(&lineup.file("festival.csv", CSV.replace("Wet Leg", "Dry Leg")), &[]);
    assert_eq!(
        lineup.run(["query", "performer", "wet leg"]).failed(4),
        "no performer is called \"wet leg\"\n"
    );
    lineup.run(["remove", "festival.csv", "--yes"]).succeeded();
    assert_eq!(lineup.run(["query", "performer", "bjork"]).failed(4), "no performer is called \"bjork\"\n");
}

#[test]
fn stages_that_differ_in_case_alone_are_one_programme() {
    let lineup = festival();
    let found = asked(&lineup, &["stage", "Main Stage", "--date", "2025-07-12"]);
    assert_eq!(performers(&found), ["Björk", "Megan Thee Stallion", "Late Act"]);
    let done = lineup.run(["query", "stage", "main stage", "--date", "2025-07-12"]);
    assert!(done.stderr.contains("showing \"MAIN STAGE\" and \"Main Stage\""), "{done}");
}

#[test]
fn a_search_lists_performers_and_stages() {
    let lineup = festival();
    assert_eq!(
        asked(&lineup, &["search", "act"]),
        json!([{"Kind": "performer", "Name": "Late Act"}, {"Kind": "performer", "Name": "Night Act"}])
    );
    assert_eq!(asked(&lineup, &["search", "TENT"]), json!([{"Kind": "stage", "Name": "Tent"}]));
    let done = lineup.run(["query", "search", "stage", "--limit", "1"]);
    assert!(done.stderr.contains("up to 1 more"), "{done}");
    assert!(lineup.run(["query", "search", "zzzz"]).failed(4).contains("no performer and no stage"));
}

#[test]
fn who_plays_now_and_who_is_next() {
    let lineup = festival();
    let now = |at: &str| asked(&lineup, &["now", "--at", at]);
    assert_eq!(performers(&now("2025-07-12 21:15")), ["Björk", "Wet Leg"]);
    assert_eq!(performers(&now("2025-07-13 00:30")), ["Late Act"]);
    let next = asked(&lineup, &["next", "--at", "2025-07-12 20:00"]);
    assert_eq!(performers(&next), ["Wet Leg", "Megan Thee Stallion", "Late Act"]);
    let next = asked(&lineup, &["next", "--stage", "tent", "--at", "2025-01-01 12:00"]);
    assert_eq!(performers(&next), ["Wet Leg"]);
    // The festival is over, whatever this machine's clock shows.
    assert!(lineup.run(["query", "now", "--zone", "Europe/Berlin"]).failed(4).contains("nobody plays"));
    assert!(lineup.run(["query", "next"]).failed(4).contains("no set starts after"));
    assert!(lineup.run(["query", "now", "--zone", "Mars"]).failed(2).contains("this is no time zone"));
}

#[test]
fn clashes_and_gaps_are_told_with_their_minutes() {
    let lineup = festival();
    let found = asked(&lineup, &["clashes", "bjork", "wet leg", "megan"]);
    let told: Vec<_> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["From"].as_str().unwrap(),
                row["Minutes"].as_u64().unwrap(),
                row["OtherPerformer"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("2025-07-12 21:00", 30, "Wet Leg"), ("2025-07-12 22:00", 30, "Megan Thee Stallion")]);
    assert!(lineup.run(["query", "clashes", "Björk", "Late Act"]).failed(4).contains("do not clash"));
    let stderr = lineup.run(["query", "clashes", "Björk", "Nobody"]).failed(4);
    assert!(stderr.contains("no performer is called \"Nobody\""), "{stderr}");
    assert_eq!(
        asked(&lineup, &["gaps", "--stage", "Main Stage", "--date", "2025-07-12"]),
        json!([
            {"FestivalDay": "2025-07-12", "From": "2025-07-12 21:30", "To": "2025-07-12 22:00", "Minutes": 30},
            {"FestivalDay": "2025-07-12", "From": "2025-07-12 23:30", "To": "2025-07-12 23:45", "Minutes": 15},
            {"FestivalDay": "2025-07-12", "From": "2025-07-13 01:00", "To": "2025-07-13 02:00", "Minutes": 60},
        ])
    );
}

/// `UID`, `SEQUENCE`, `DTSTART` of the events.
fn events(calendar: &str) -> Vec<(String, u64, String)> {
    let values = |name: &str| -> Vec<String> {
        calendar.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect()
    };
    let numbers = values("SEQUENCE:").into_iter().map(|number| number.parse().unwrap());
    values("UID:")
        .into_iter()
        .zip(numbers)
        .zip(values("DTSTART:"))
        .map(|((uid, number), at)| (uid, number, at))
        .collect()
}

#[test]
fn a_corrected_time_moves_the_event_and_does_not_double_it() {
    let lineup = festival();
    let wet_leg = ["query", "performer", "wet leg", "--format", "ics"];
    let before = events(&lineup.run(wet_leg).succeeded());
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].2, "20250712T210000");
    assert_eq!(events(&lineup.run(wet_leg).succeeded()), before, "nothing has changed");
    lineup
        .import(&lineup.file("festival.csv", CSV.replace("Tent,21:00,22:30", "Main Stage,18:00,19:00")), &[]);
    let after = events(&lineup.run(wet_leg).succeeded());
    assert_eq!((&after[0].0, &*after[0].2), (&before[0].0, "20250712T180000"));
    assert!(after[0].1 > before[0].1, "{} after {}", after[0].1, before[0].1);
    let utc = [&wet_leg[..], &["--zone", "Europe/Berlin"]].concat();
    assert_eq!(events(&lineup.run(utc).succeeded())[0].2, "20250712T160000Z");
    // The same set is the same event in every calendar, also where another set of its performer is not in it.
    let all = events(&lineup.run(["export", "--format", "ics"]).succeeded());
    assert_eq!(all.len(), 5);
    assert!(all.contains(&after[0]), "{all:?}");
    for args in [&["query", "days"][..], &["query", "gaps", "--stage", "Tent"], &["query", "search", "x"]] {
        let stderr = lineup.run([args, &["--format", "ics"]].concat()).failed(2);
        assert!(stderr.contains("no sets"), "{stderr}");
    }
    assert_eq!(lineup.run(["query", "performer", "Nobody", "--format", "ics"]).code, 4);
}

#[test]
fn questions_about_a_day_are_about_the_festival_day_that_the_import_was_told() {
    let lineup = festival();
    let on = |lineup: &Lineup, day: &str| {
        let found = asked(lineup, &["stage", "Main Stage", "--date", day]);
        performers(&found).len()
    };
    // Nobody has said when days start: 02:00 is the next day.
    assert_eq!((on(&lineup, "2025-07-12"), on(&lineup, "2025-07-13")), (3, 1));
    // Told so, the import reads a night as that of the date in its row.
    let nights = CSV.replace("03:00,2025-07-13", "03:00,2025-07-12");
    lineup.import(&lineup.file("festival.csv", nights), &["--day-starts", "05:00"]);
    assert_eq!(on(&lineup, "2025-07-12"), 4);
    lineup.run(["query", "stage", "Main Stage", "--date", "2025-07-13"]).failed(4);
    let night =
        asked(&lineup, &["stage", "Main Stage", "--date", "2025-07-12", "--from", "01:00", "--to", "03:00"]);
    assert_eq!(performers(&night), ["Night Act"]);
    // Calendar days stay what they are.
    assert_eq!(asked(&lineup, &["days"]), json!([{"Date": "2025-07-12"}, {"Date": "2025-07-13"}]));
}

/// In a folder of an earlier version of lineup no import has written when festival days start, but for the documents of lineups.
#[test]
fn when_festival_days_start_is_known_without_the_object_that_says_it_and_the_next_import_writes_it() {
    let lineup = festival();
    lineup.import(&lineup.file("nights.csv", CSV), &["--day-starts", "05:00"]);
    let on = || performers(&asked(&lineup, &["stage", "Main Stage", "--date", "2025-07-12"])).len();
    let said = lineup.data().join("s3/lineup-imports/lineups/day-starts.json.object");
    assert_eq!((on(), said.is_file()), (4, true));
    std::fs::remove_file(&said).unwrap();
    assert_eq!(on(), 4);
    let other = CSV.replace("2025", "2026");
    lineup.import(&lineup.file("other.csv", other), &[]);
    assert_eq!((on(), said.is_file()), (4, true));
}

#[test]
fn rejects_and_exports_have_the_formats_of_questions() {
    let lineup = Lineup::new();
    let file = lineup.file("bad.csv", format!("{CSV}X,Tent,late,22:00,2025-07-12\n"));
    let (report, _) = lineup.import(&file, &[]);
    let id = report["import_id"].as_str().unwrap();
    let rejects: Value = serde_json::from_str(&lineup.run(["rejects", id, "--json"]).succeeded()).unwrap();
    assert_eq!((rejects.as_array().unwrap().len(), &rejects[0]["value"]), (1, &json!("late")));
    assert!(lineup.run(["rejects", id, "--format", "table"]).succeeded().contains("late"));
    assert!(lineup.run(["rejects", id, "--format", "ics"]).failed(2).contains("no set"));
    let all: Value = serde_json::from_str(&lineup.run(["export", "--json"]).succeeded()).unwrap();
    assert_eq!(all.as_array().unwrap().len(), 5);
}
