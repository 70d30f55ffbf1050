//! The timetable of what was imported: in the terminal, and as files.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::command::{Lineup, workspace};

const EVIL: &str = "Performer,Stage,Start,End,Date\n\
    <img src=x onerror=alert(1)>,Main Stage,20:00,21:00,2025-07-12\n\
    Night Owl,Tent,02:00,03:00,2025-07-13\n\
    Lark,Tent,08:00,09:00,2025-07-13\n";

/// A lineup with the sample imported, and the folder for its copy.
fn sample() -> (Lineup, PathBuf) {
    let lineup = Lineup::new();
    assert_eq!(lineup.import(&workspace().join("samples/lineup.csv"), &[]).1, 0);
    let site = lineup.data().with_file_name("site");
    (lineup, site)
}

#[test]
fn the_sample_is_shown_by_stage_in_time_order() {
    let (lineup, _) = sample();
    insta::assert_snapshot!(lineup.run(["timetable"]).succeeded(), @"
    Saturday 12 July 2025

    River Stage
      18:15–19:30  Hozier

    Main Stage
      20:00–21:30  Megan Thee Stallion
      22:15–23:45  Fontaines D.C.
    ");
    assert_eq!(
        lineup.run(["timetable", "--date", "2025-07-12"]).succeeded(),
        lineup.run(["timetable"]).succeeded()
    );
    let none = lineup.run(["timetable", "--date", "2025-07-14"]).failed(4);
    assert!(none.contains("no set starts in the 24 hours from 2025-07-14 06:00"), "{none}");
}

#[test]
fn the_sample_is_written_as_pages_and_calendars() {
    let (lineup, site) = sample();
    let printed = lineup.run(["timetable", "--html", site.to_str().unwrap(), "--json"]).succeeded();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["days"], json!([{"date": "2025-07-12", "sets": 3, "pages": ["2025-07-12.html"]}]));
    assert_eq!((&printed["files"], &printed["removed"]), (&json!(11), &json!(0)));
    let read = |path: &str| std::fs::read_to_string(site.join(path)).unwrap();
    assert!(read("index.html").contains("Saturday 12 July 2025"));
    assert!(read("2025-07-12.html").contains("<b>Megan Thee Stallion</b>"));
    assert!(read("all.ics").contains("\r\nDTSTART:20250712T200000\r\n"));
    assert_eq!(std::fs::read_dir(site.join("performers")).unwrap().count(), 3);

    // Again, over the earlier copy; but not over a folder of the planner's own.
    let again = lineup.run(["timetable", "--html", site.to_str().unwrap()]).succeeded();
    assert!(again.contains("open index.html there"), "{again}");
    let own = lineup.file("notes.txt", "mine");
    let refused = lineup.run(["timetable", "--html", own.parent().unwrap().to_str().unwrap()]).failed(2);
    assert!(refused.contains("name another folder, or add --force"), "{refused}");
}

#[test]
fn a_name_of_markup_is_only_text_and_a_night_belongs_to_the_day_before() {
    let lineup = Lineup::new();
    assert_eq!(lineup.import(&lineup.file("evil.csv", EVIL), &[]).1, 0);
    let site = lineup.data().with_file_name("site");
    lineup.run(["timetable", "--html", site.to_str().unwrap(), "--date", "2025-07-12"]).succeeded();
    let page = std::fs::read_to_string(site.join("2025-07-12.html")).unwrap();
    assert!(page.contains("<b>&lt;img src=x onerror=alert(1)&gt;</b>") && !page.contains("<img"), "{page}");
    assert!(page.contains("Night Owl") && !page.contains("Lark"), "{page}");
    assert!(!site.join("2025-07-13.html").exists());

    // With the days from 08:00 as those from 06:00; with days from midnight the night is on the next day.
    let shown = |day: &str, starts: &str| {
        lineup.run(["timetable", "--date", day, "--day-starts", starts]).succeeded()
    };
    assert!(
        shown("2025-07-13", "08:00").contains("Lark") && !shown("2025-07-13", "08:00").contains("Night Owl")
    );
    assert!(shown("2025-07-13", "00:00").contains("Night Owl"));
}
