use proptest::prelude::*;

use super::*;
use crate::date::DateOrder;
use crate::header::Header;
use crate::options::ReadOptions;
use crate::origin::{Origin, SheetOrigin};

const HEADER: &str = "Performer,Stage,Start,End,Date,Popularity\n";

/// The facts and the decision about a file with these rows, surveyed in `parts` chunks.
fn surveyed(rows: &[u8], options: &[(&str, &str)], parts: usize) -> (Facts, Result<Reading, UndecidedError>) {
    let file = [HEADER.as_bytes(), rows].concat();
    let options = ReadOptions::of(options.iter().copied()).unwrap();
    let header = Header::read(&file, true, options.header()).unwrap().unwrap();
    let lines: Vec<&[u8]> = rows.split_inclusive(|byte| *byte == b'\n').collect();
    let survey = |reading: &Reading| {
        let mut facts: Vec<Facts> = Vec::new();
        let mut line = 2;
        for part in lines.chunks(lines.len().div_ceil(parts).max(1)) {
            let mut surveyor = Surveyor::new(header.dialect, &header.columns, reading, 0, line);
            surveyor.push(&part.concat());
            facts.push(surveyor.finish().0);
            line += part.len() as u64;
        }
        // In reverse: the order of folding is the caller's.
        let mut all = Facts::default();
        facts.into_iter().rev().for_each(|facts| all.merge(facts));
        all
    };
    let facts = survey(&options.reading());
    let decided = decide(&facts, &options, &header.columns, &Origin::Lines);
    match &decided {
        Ok(reading) if *reading != options.reading() => (survey(reading), decided),
        _ => (facts, decided),
    }
}

fn row(number: usize, date: &str) -> String {
    format!("Act {number},Main,20:{:02},21:30,{date},\n", number % 60)
}

fn undecided(rows: &str, options: &[(&str, &str)]) -> String {
    surveyed(rows.as_bytes(), options, 1).1.unwrap_err().to_string()
}

#[test]
fn one_proof_decides_the_order_of_every_date() {
    for (proof, order) in [
        ("25/07/2025", DateOrder::DayFirst),
        ("07/25/2025", DateOrder::MonthFirst),
        ("Sat 07/12/2025", DateOrder::MonthFirst),
    ] {
        let rows = row(1, "07/12/2025") + &row(2, "07/11/2025") + &row(3, proof);
        let (facts, decided) = surveyed(rows.as_bytes(), &[], 1);
        assert_eq!((decided.unwrap().dates.order, facts.rejects.count), (Some(order), 0), "{proof}");
    }
}

#[test]
fn without_a_proof_or_with_proofs_of_both_the_planner_is_asked() {
    let text = undecided(&row(1, "07/12/2025"), &[]);
    assert!(text.contains("line 2 has the date \"07/12/2025\"") && text.contains("--dates dmy"), "{text}");
    let both = row(1, "25/07/2025") + &row(2, "07/26/2025");
    let text = undecided(&both, &[]);
    assert!(
        text.contains("line 2 has \"25/07/2025\"") && text.contains("line 3 has \"07/26/2025\""),
        "{text}"
    );
    let (facts, decided) = surveyed(both.as_bytes(), &[("dates", "dmy")], 1);
    assert_eq!((decided.is_ok(), facts.rejects.count), (true, 1));
}

#[test]
fn weekdays_and_dates_without_a_year_are_asked_for_ready_to_paste() {
    let rows = row(1, "Sunday") + &row(2, "Sat");
    assert!(
        undecided(&rows, &[]).ends_with("--day Saturday=2025-07-12 --day Sunday=2025-07-13"),
        "{}",
        undecided(&rows, &[])
    );
    assert!(undecided(&rows, &[("day", "Sat=2025-07-12")]).ends_with("--day Sunday=2025-07-13"));
    assert!(undecided(&row(1, "12 July"), &[]).contains("--year 2025"));
}

#[test]
fn a_file_is_windows_1252_where_nothing_in_it_is_multi_byte_utf_8() {
    let latin = b"Caf\xe9,Main,20:00,21:00,2025-07-12,\n";
    let (facts, decided) = surveyed(latin, &[], 1);
    assert_eq!((decided.unwrap().encoding, facts.rejects.count), (crate::text::TextEncoding::Windows1252, 0));
    let mixed = [&latin[..], "Zoë,Main,20:00,21:00,2025-07-12,\n".as_bytes()].concat();
    let (facts, decided) = surveyed(&mixed, &[], 1);
    assert_eq!((decided.unwrap().encoding, facts.rejects.count), (crate::text::TextEncoding::Utf8, 1));
}

/// The kinds of warnings about these rows.
fn kinds(rows: &str, options: &[(&str, &str)]) -> Vec<WarningKind> {
    let (facts, decided) = surveyed(rows.as_bytes(), options, 1);
    warnings(&facts, &decided.unwrap(), &Origin::Lines).iter().map(|warning| warning.kind).collect()
}

#[test]
fn rows_that_look_wrong_are_warned_about_by_kind() {
    let late = "A,Main,22:30,23:30,2025-07-12,\nB,Main,01:00,02:00,2025-07-12,\n";
    assert_eq!(kinds(late, &[]), [WarningKind::NightStarts]);
    assert_eq!(kinds(late, &[("day-starts", "06:00")]), []);
    let night_before = "Z,Main,23:00,23:50,2025-07-11,\n".to_owned() + late;
    assert_eq!(kinds(&night_before, &[]), []);
    let mornings = "A,Main,12:45,1:15,2025-07-12,\nB,Main,8:30,10:00,2025-07-12,\n";
    assert_eq!(kinds(mornings, &[]), [WarningKind::Mornings, WarningKind::LongSets]);
    assert_eq!(kinds(mornings, &[("pm", "true")]), []);
    assert_eq!(kinds("A,Main,20:00,20:00,2025-07-12,\n", &[]), [WarningKind::EndEqualsStart]);
    let stages = "A,Main Stage,20:00,21:00,2025-07-12,\nB,main-stage,21:00,22:00,2025-07-12,\n";
    assert_eq!(kinds(stages, &[]), [WarningKind::StageSpellings]);
    assert_eq!(kinds("A,Main,20:00,21:00,2025-07-12,N/A\n", &[]), [WarningKind::Popularity]);
    let overlapping = "A,Main,20:00,21:00,2025-07-12,5\nB,Main,20:30,21:30,2025-07-12,5\n";
    assert_eq!(kinds(overlapping, &[]), []);
}

#[test]
fn a_warning_names_the_first_rows() {
    let rows: String = (0..9).map(|n| format!("Act {n},Main,20:0{n},21:00,2025-07-12,many\n")).collect();
    let (facts, decided) = surveyed(rows.as_bytes(), &[], 1);
    let reading = decided.unwrap();
    let warning = &warnings(&facts, &reading, &Origin::Lines)[0];
    assert_eq!((warning.count, warning.first.len()), (9, SHOWN));
    assert_eq!(warning.first[0], "line 2: Act 0: many");
    assert_eq!(warnings(&facts, &reading, &Origin::Objects)[0].first[0], "object 1: Act 0: many");
}

proptest! {
    #[test]
    fn facts_fold_in_any_grouping(
        rows in proptest::collection::vec((0usize..4, "(07/12/2025|25/07/2025|12 July|Sat|soon|Day [0-9]{1,2}|2025-07-12|)", "(1|x|)"), 1..12),
        parts in 1usize..6,
    ) {
        let text: String = rows.iter().map(|(number, date, popularity)| {
            format!("Act {number},Stage {},2{number}:00,01:30,{date},{popularity}\n", number % 2)
        }).collect();
        let (whole, apart) = (surveyed(text.as_bytes(), &[], 1), surveyed(text.as_bytes(), &[], parts));
        prop_assert_eq!(whole, apart);
    }
}

#[test]
fn where_no_row_says_its_end_the_planner_is_asked_whatever_columns_there_are() {
    let rows = "Nova Rye,Main,20:00,TBA,2025-07-12,\nAda Moor,Main,21:00,,2025-07-12,\n";
    assert_eq!(
        undecided(rows, &[]),
        "no row says when its set ends: say how long a set takes, such as --minutes 60"
    );
    let (facts, decided) = surveyed(rows.as_bytes(), &[("minutes", "45")], 1);
    assert_eq!((decided.map(|reading| reading.minutes), facts.rejects.count), (Ok(Some(45)), 0));
}

#[test]
fn where_every_time_is_in_utc_the_planner_is_asked_for_the_zone() {
    let utc = "Nova Rye,Main,2025-07-12T18:00:00Z,2025-07-12T19:00:00Z,,\n";
    let text = undecided(utc, &[]);
    assert!(
        text.contains("line 2 has the time \"2025-07-12T18:00:00Z\", in UTC")
            && text.ends_with("--zone Europe/London"),
        "{text}"
    );
    assert!(surveyed(utc.as_bytes(), &[("zone", "Europe/London")], 1).1.is_ok());
    // One of several is a reject.
    let (facts, decided) = surveyed(format!("{utc}{}", row(1, "2025-07-12")).as_bytes(), &[], 1);
    assert_eq!((facts.rejects.count, decided.is_ok()), (1, true));
}

#[test]
fn notes_say_which_stage_was_said() {
    let options = ReadOptions::of([("stage", "Main Stage")]).unwrap();
    let note = |header: &str| {
        let header = Header::read(header.as_bytes(), true, options.header()).unwrap().unwrap();
        notes(&header.columns, header.encoding, &options.reading(), &Facts::default(), &Origin::Lines)
            .join(" ")
    };
    assert_eq!(note("Performer,Start"), "The stage of every row is Main Stage, as --stage says.");
    assert_eq!(
        note("Performer,Stage,Start"),
        "The stage of rows without one is Main Stage, as --stage says."
    );
}

#[test]
fn what_is_asked_names_the_row_of_the_sheet_or_the_object_that_was_uploaded() {
    let sheet = |name: &str, first_line, first_row| SheetOrigin { name: name.into(), first_line, first_row };
    let sheets = Origin::Rows { sheets: vec![sheet("Friday", 1, 3), sheet("Saturday", 3, 4)] };
    let utc = "Nova Rye,Main,2025-07-12T18:00:00Z,2025-07-12T19:00:00Z,,\n";
    let cases = [
        (row(1, "07/12/2025"), "sheet Friday, row 4 has the date", "object 1 has the date"),
        (
            row(1, "25/07/2025") + &row(2, "07/26/2025"),
            "and sheet Saturday, row 4 has \"07/26/2025\"",
            "and object 2 has \"07/26/2025\"",
        ),
        (row(1, "12 July"), "sheet Friday, row 4 has the date", "object 1 has the date"),
        (utc.to_owned(), "sheet Friday, row 4 has the time", "object 1 has the time"),
    ];
    let columns = Columns::from_names(HEADER.trim_end().split(',')).unwrap();
    let options = ReadOptions::default();
    for (rows, in_sheet, in_objects) in cases {
        let facts = surveyed(rows.as_bytes(), &[], 1).0;
        for (origin, expected) in [(&sheets, in_sheet), (&Origin::Objects, in_objects)] {
            let text = decide(&facts, &options, &columns, origin).unwrap_err().to_string();
            assert!(text.contains(expected) && !text.contains("line "), "{text}");
        }
    }
}

#[test]
fn names_of_days_are_asked_for_ready_to_paste() {
    let rows = row(1, "Day 2") + &row(2, "Day 1") + &row(3, "Day 2");
    assert_eq!(
        undecided(&rows, &[]),
        "the file has \"Day 2\" and the like in place of dates: say the date of each, such as \
         --day \"Day 2=2025-07-12\" --day \"Day 1=2025-07-13\""
    );
    assert!(undecided(&rows, &[("day", "Day 1=2025-07-12")]).ends_with(" --day \"Day 2=2025-07-12\""));
    let said = [("day", "Day 1=2025-07-12"), ("day", "day 2=2025-07-13")];
    let (facts, decided) = surveyed(rows.as_bytes(), &said, 1);
    assert_eq!((facts.dated, facts.rejects.count, decided.is_ok()), (3, 0, true));
    assert!(undecided(&row(1, "Friday night"), &[]).ends_with("such as --day \"Friday night=2025-07-12\""));
    assert!(undecided(&row(1, "It's $5"), &[]).ends_with("--day 'It'\\''s $5=2025-07-12'"));
    // What names no day is a reject, and so are many different names, and one in a file with dates.
    for rows in [row(1, "TBA"), row(1, "2025-07-12") + &row(2, "Day 2")] {
        let (facts, decided) = surveyed(rows.as_bytes(), &[], 1);
        assert_eq!((facts.rejects.count, decided.is_ok()), (1, true));
    }
    let many: String = (0..30).map(|n| row(n, &format!("soon {n}"))).collect();
    let (facts, decided) = surveyed(many.as_bytes(), &[], 1);
    assert_eq!((facts.rejects.count, decided.is_ok()), (30, true));
}
