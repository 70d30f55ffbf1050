use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::options::ReadOptions;

const NAMES: [&str; 7] = ["Performer", "Stage", " START ", "End", "Date", "Popularity", "Genre"];

fn reader_of(names: &[&str], options: &[(&str, &str)]) -> RowReader {
    let columns = Columns::from_names(names.iter().copied()).unwrap();
    RowReader::new(&columns, &ReadOptions::of(options.iter().copied()).unwrap().reading())
}

fn reader() -> RowReader {
    reader_of(&NAMES, &[])
}

fn read(fields: &[&[u8]]) -> Result<Performance, Reject> {
    reader().read(fields.iter().copied()).map(Option::unwrap)
}

const GOOD: [&[u8]; 7] =
    [b" Megan Thee Stallion ", b"Main Stage", b"8:00pm", b"21:00", b"2025-07-12", b"95", b" rap "];

/// Date, start and end of a row with these names, options and fields; or the reject.
fn times(names: &[&str], options: &[(&str, &str)], fields: &[&str]) -> String {
    let mut reader = reader_of(names, options);
    match reader.read(fields.iter().map(|field| field.as_bytes())) {
        Ok(Some(set)) => format!("{} {}-{}", set.date, set.start, set.end),
        Ok(None) => "no row".to_owned(),
        Err(reject) => reject.to_string(),
    }
}

#[test]
fn a_row_is_normalised() {
    let performance = read(&GOOD).unwrap();
    assert_eq!(performance.performer, "Megan Thee Stallion");
    assert_eq!(performance.start.to_string(), "20:00");
    assert_eq!(performance.popularity, Some(95));
    assert_eq!(performance.extras, [("Genre".into(), " rap ".to_owned())]);
}

#[test]
fn names_are_spelled_alike_whatever_spaces_they_were_typed_with() {
    let mut fields = GOOD;
    fields[0] = "Beyla\u{a0} O\u{308}st\u{200b}".as_bytes();
    assert_eq!(read(&fields).unwrap().performer, "Beyla \u{d6}st");
}

#[test]
fn an_empty_extra_or_popularity_is_left_out_and_a_popularity_never_costs_the_row() {
    let mut fields = GOOD;
    fields[6] = b"";
    for popularity in [&b" "[..], b"N/A", b"0", b"101", b"+80"] {
        fields[5] = popularity;
        let performance = read(&fields).unwrap();
        assert_eq!((performance.popularity, performance.extras.len()), (None, 0));
    }
    fields[5] = b"87.0";
    assert_eq!(read(&fields).unwrap().popularity, Some(87));
}

#[test]
fn what_is_wrong_with_a_row_is_said_with_column_and_value() {
    let cases: &[(usize, &[u8], &str)] = &[
        (0, b"", "Performer: missing"),
        (0, b" \t", "Performer: missing"),
        (1, b"", "Stage: missing"),
        (2, b"", "START: missing"),
        (2, b"late", "START \"late\": not a time (try 20:00 or 8:00pm)"),
        (3, b"20:00:30", "End \"20:00:30\": not a whole minute (try 20:00)"),
        (4, b"", "Date: missing"),
        (4, b"soon", "Date \"soon\": not a date (try 2025-07-12)"),
        (1, b"caf\xe9", "Stage \"caf\u{fffd}\": not UTF-8"),
        (6, b"\xff", "Genre \"\u{fffd}\": not UTF-8"),
    ];
    for (index, value, expected) in cases {
        let mut fields = GOOD;
        fields[*index] = value;
        assert_eq!(read(&fields).unwrap_err().to_string(), *expected);
    }
    let control = read(&[b"Nova\0Rye", GOOD[1], GOOD[2], GOOD[3], GOOD[4]]).unwrap_err().to_string();
    assert!(control.contains("control character"), "{control}");
}

#[test]
fn fields_at_the_end_may_be_missing_or_surplus_where_they_are_empty() {
    assert!(read(&GOOD[..5]).is_ok());
    let surplus = |field: &'static [u8]| read(&GOOD.iter().copied().chain([b"", field]).collect::<Vec<_>>());
    assert!(surplus(b" ").is_ok());
    assert_eq!(surplus(b"x").unwrap_err().to_string(), "9 fields where the header has 7");
    assert_eq!(read(&[b"x"]).unwrap_err().to_string(), "1 field where the header has 7");
}

#[test]
fn blank_records_and_repeated_headers_are_no_rows() {
    let records: [&[&[u8]]; 6] = [
        &[b""],
        &[b"  "],
        &[b"\x1a"],
        &[b"", b"", b" ", b"", b"", b"", b""],
        &[b"Performer", b"Stage", b"START", b"End", b"Date", b"Popularity", b"Genre"],
        &[b"\xef\xbb\xbfPerformer", b"Stage", b"START", b"End", b"Date"],
    ];
    for record in records {
        assert_eq!(reader().read(record.iter().copied()), Ok(None), "{record:?}");
    }
    // Text in a column that is only kept is text all the same.
    let note: [&[u8]; 7] = [b"", b"", b"", b"", b"", b"", b"all times local"];
    assert_eq!(reader().read(note.into_iter()).unwrap_err().to_string(), "Performer: missing");
    let mut band = GOOD;
    band[0] = b"Performer";
    assert_eq!(read(&band).unwrap().performer, "Performer");
}

const FIVE: [&str; 5] = ["Performer", "Stage", "Start", "End", "Date"];

#[test]
fn a_date_is_read_by_the_order_of_its_file() {
    let row = ["a", "s", "20:00", "21:30", "07/12/2025"];
    assert_eq!(times(&FIVE, &[("dates", "mdy")], &row), "2025-07-12 20:00-21:30");
    assert_eq!(times(&FIVE, &[("dates", "dmy")], &row), "2025-12-07 20:00-21:30");
    assert!(times(&FIVE, &[], &row).contains("--dates"), "{}", times(&FIVE, &[], &row));
}

#[test]
fn a_weekday_or_a_day_without_a_year_needs_what_was_said() {
    let row = |date: &'static str| ["a", "s", "20:00", "21:30", date];
    assert_eq!(times(&FIVE, &[("day", "Sat=2025-07-12")], &row("Saturday")), "2025-07-12 20:00-21:30");
    assert_eq!(times(&FIVE, &[("year", "2025")], &row("12 July")), "2025-07-12 20:00-21:30");
    assert!(times(&FIVE, &[], &row("Saturday")).contains("--day"));
    assert!(times(&FIVE, &[], &row("12 July")).contains("--year"));
}

#[test]
fn times_past_24_are_in_the_night_after() {
    assert_eq!(times(&FIVE, &[], &["a", "s", "24:00", "25:30", "2025-07-12"]), "2025-07-13 00:00-01:30");
    assert_eq!(times(&FIVE, &[], &["a", "s", "23:00", "26:00", "2025-07-12"]), "2025-07-12 23:00-02:00");
    assert_eq!(times(&FIVE, &[], &["a", "s", "23:00", "24:00", "2025-07-12"]), "2025-07-12 23:00-00:00");
}

#[test]
fn a_start_before_the_day_starts_is_in_the_night_after_its_date() {
    let options = [("day-starts", "06:00")];
    assert_eq!(times(&FIVE, &options, &["a", "s", "01:00", "02:30", "2025-07-12"]), "2025-07-13 01:00-02:30");
    assert_eq!(times(&FIVE, &options, &["a", "s", "06:00", "07:00", "2025-07-12"]), "2025-07-12 06:00-07:00");
    // 25:00 is there already.
    assert_eq!(times(&FIVE, &options, &["a", "s", "25:00", "26:00", "2025-07-12"]), "2025-07-13 01:00-02:00");
    // A date that stands with the time is the date of the calendar.
    let row = ["a", "s", "2025-07-13 01:00", "02:30", "2025-07-12"];
    assert_eq!(times(&FIVE, &options, &row), "2025-07-13 01:00-02:30");
}

#[test]
fn times_without_am_or_pm_are_in_the_afternoon_where_that_was_said() {
    let pm = [("pm", "true")];
    assert_eq!(times(&FIVE, &pm, &["a", "s", "12:45", "1:15", "2025-07-12"]), "2025-07-12 12:45-13:15");
    assert_eq!(times(&FIVE, &pm, &["a", "s", "8:30", "10:00", "2025-07-12"]), "2025-07-12 20:30-22:00");
    assert_eq!(times(&FIVE, &pm, &["a", "s", "11am", "13:00", "2025-07-12"]), "2025-07-12 11:00-13:00");
}

#[test]
fn an_end_may_be_in_the_start_a_duration_or_what_was_said() {
    let four = ["Performer", "Stage", "Time", "Date"];
    assert_eq!(times(&four, &[], &["a", "s", "8:00 PM - 9:30 PM", "2025-07-12"]), "2025-07-12 20:00-21:30");
    assert_eq!(times(&four, &[], &["a", "s", "23:10 – 00:30", "2025-07-12"]), "2025-07-12 23:10-00:30");
    assert_eq!(
        times(&four, &[("minutes", "60")], &["a", "s", "23:30", "2025-07-12"]),
        "2025-07-12 23:30-00:30"
    );
    assert_eq!(times(&four, &[], &["a", "s", "23:30", "2025-07-12"]), "End: missing");
    let duration = ["Performer", "Stage", "Start", "Duration", "Date"];
    assert_eq!(times(&duration, &[], &["a", "s", "23:30", "75 min", "2025-07-12"]), "2025-07-12 23:30-00:45");
    assert!(
        times(&duration, &[], &["a", "s", "23:30", "long", "2025-07-12"]).starts_with("Duration \"long\": ")
    );
}

#[test]
fn an_end_that_is_not_known_yet_is_none() {
    let names = ["Performer", "Stage", "Start", "Date", "End", "Duration"];
    for unknown in ["TBA", "tbd", "N/A", "?", "-", "–", "..."] {
        let row = ["a", "b", "20:00", "2025-07-12"];
        for fields in [[&row[..], &[unknown, ""]].concat(), [&row[..], &["", unknown]].concat()] {
            assert_eq!(times(&names, &[], &fields), "End: missing", "{unknown}");
            assert_eq!(times(&names, &[("minutes", "60")], &fields), "2025-07-12 20:00-21:00", "{unknown}");
        }
    }
    // A start has to be known.
    assert!(
        times(&names, &[], &["a", "b", "TBA", "2025-07-12", "21:00"])
            .starts_with("Start \"TBA\": not a time")
    );
    assert!(
        times(&names, &[], &["a", "b", "20:00", "2025-07-12", "late"])
            .starts_with("End \"late\": not a time")
    );
}

#[test]
fn rows_without_a_date_are_on_the_day_that_was_said() {
    let names = ["Performer", "Stage", "Start", "End", "Date"];
    let options = [("day", "2025-07-12"), ("day-starts", "06:00")];
    for (fields, expected) in [
        (["a", "b", "20:00", "21:00", ""], "2025-07-12 20:00-21:00"),
        (["a", "b", "01:00", "02:00", ""], "2025-07-13 01:00-02:00"),
        (["a", "b", "20:00", "21:00", "2025-07-14"], "2025-07-14 20:00-21:00"),
        (["a", "b", "2025-07-15 20:00", "21:00", ""], "2025-07-15 20:00-21:00"),
    ] {
        assert_eq!(times(&names, &options, &fields), expected, "{fields:?}");
    }
}

#[test]
fn the_marks_of_spreadsheets_and_the_numbers_of_programs_are_read() {
    let names = ["Performer", "Stage", "Start", "End", "Date"];
    let options = [("year", "2025"), ("dates", "mdy"), ("zone", "Europe/Berlin")];
    for (fields, expected) in [
        (["a", "b", "20:00", "21:00", "`July 12"], "2025-07-12 20:00-21:00"),
        (["a", "b", "'20:00", "'21:00", "'2025-07-12"], "2025-07-12 20:00-21:00"),
        (["a", "b", "20:00", "21:00", "712"], "2025-07-12 20:00-21:00"),
        (["a", "b", "2000", "2100", "0712"], "2025-07-12 20:00-21:00"),
        (["a", "b", "1752343200", "1752346800000", ""], "2025-07-12 20:00-21:00"),
        // Midnight of 12 July in Berlin.
        (["a", "b", "20:00", "21:00", "1752271200"], "2025-07-12 20:00-21:00"),
    ] {
        assert_eq!(times(&names, &options, &fields), expected, "{fields:?}");
    }
    for wrong in ["1399", "99", "17523432000"] {
        assert!(
            times(&names, &options, &["a", "b", "20:00", "21:00", wrong]).contains("not a date"),
            "{wrong}"
        );
    }
}

#[test]
fn performers_and_stages_may_be_objects_of_json() {
    let performer = r#"[{"id": 1, "name": "Nova Rye"}, {"id": 2, "name": "Ada Moor"}]"#;
    let fields =
        [performer, r#"{"id": 7, "name": "River Tent"}"#, "20:00", "21:00", "2025-07-12", "", performer];
    let set = read(&fields.map(str::as_bytes)).unwrap();
    assert_eq!((&*set.performer, &*set.stage), ("Nova Rye, Ada Moor", "River Tent"));
    assert_eq!(set.extras, [("Genre".into(), performer.to_owned())]);
}

#[test]
fn a_date_may_stand_with_the_time() {
    let four = ["Performer", "Stage", "Start", "End"];
    let row = |start, end| times(&four, &[], &["a", "s", start, end]);
    assert_eq!(row("2025-07-12T23:30:00", "2025-07-13T00:45:00"), "2025-07-12 23:30-00:45");
    assert_eq!(row("2025-07-12 20:00", "21:30"), "2025-07-12 20:00-21:30");
    assert_eq!(row("20:00", "21:30"), "Date: missing");
    assert!(row("2025-07-12 20:00", "2025-07-12 19:00").contains("not within the 24 hours after the start"));
    assert!(row("2025-07-12 20:00", "2025-07-14 21:00").contains("not within the 24 hours after the start"));
    assert_eq!(row("2025-07-12 20:00", "2025-07-13 20:00"), "2025-07-12 20:00-20:00");
}

#[test]
fn an_offset_is_local_time_as_written_and_utc_needs_a_zone() {
    let four = ["Performer", "Stage", "Start", "End"];
    let row = |options: &[(&str, &str)], start, end| times(&four, options, &["a", "s", start, end]);
    assert_eq!(row(&[], "2025-07-12T20:00:00+02:00", "2025-07-12T21:30:00+02:00"), "2025-07-12 20:00-21:30");
    let (start, end) = ("2025-07-12T22:30:00Z", "2025-07-12T23:30:00Z");
    assert!(row(&[], start, end).contains("--zone"));
    assert_eq!(row(&[("zone", "Europe/Berlin")], start, end), "2025-07-13 00:30-01:30");
}

#[test]
fn a_weekday_beside_the_date_only_checks_it() {
    let six = ["Performer", "Stage", "Start", "End", "Date", "Day"];
    let row = |start, day| times(&six, &[], &["a", "s", start, "23:00", "2025-07-12", day]);
    assert_eq!(row("20:00", "Saturday"), "2025-07-12 20:00-23:00");
    assert_eq!(row("20:00", "Day 2"), "2025-07-12 20:00-23:00");
    assert_eq!(row("20:00", "Friday"), "Date \"2025-07-12\": is a Saturday, not a Friday");
    // The day of the festival, beside the date of the calendar.
    assert_eq!(row("01:00", "Friday"), "2025-07-12 01:00-23:00");
}

#[test]
fn blank_dates_and_stages_are_those_above_where_that_was_said() {
    let mut reader = reader_of(&FIVE, &[("fill-down", "true")]);
    let mut row = |fields: [&str; 5]| {
        let set = reader.read(fields.iter().map(|field| field.as_bytes())).unwrap().unwrap();
        format!("{} {}", set.stage, set.date)
    };
    assert_eq!(row(["a", "Main", "20:00", "21:00", "2025-07-12"]), "Main 2025-07-12");
    assert_eq!(row(["b", "", "21:00", "22:00", ""]), "Main 2025-07-12");
    assert_eq!(row(["c", "Tent", "21:00", "22:00", ""]), "Tent 2025-07-12");
    assert_eq!(row(["d", " ", "22:00", "23:00", "2025-07-13"]), "Tent 2025-07-13");
    assert_eq!(*reader.above(), RowAbove { date: "2025-07-13".into(), stage: "Tent".into() });
    assert_eq!(times(&FIVE, &[], &["b", "", "21:00", "22:00", ""]), "Stage: missing");
}

const GOOD_ROWS: [[&str; 7]; 4] = [
    ["Megan", "Main Stage", "20:00", "21:00", "2025-07-12", "95", "rap"],
    ["M", "S", "8pm", "24:00", "2025-07-13", "", ""],
    ["Stormzy and others", "A very long name of a stage", "8pm", "9pm", "2026-07-13", "", "grime, mostly"],
    ["é", "é", "00:00", "00:00", "2024-02-29", "1", "\u{7}\""],
];

proptest! {
    #[test]
    fn no_record_panics(fields in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..12), 0..9)) {
        let _ = reader().read(fields.iter().map(Vec::as_slice));
    }

    #[test]
    fn a_row_is_read_the_same_whatever_was_read_before(rows in proptest::collection::vec(
        prop_oneof![select(&GOOD_ROWS[..]).prop_map(|row| row.map(str::to_owned).to_vec()), proptest::collection::vec("[a-z]{0,2}", 6..8)],
        0..12,
    )) {
        let (mut reader, mut one) = (reader(), Performance::blank());
        for row in &rows {
            let fields = || row.iter().map(|field| field.as_bytes());
            let read = reader.read_into(fields(), &mut one).map(|is_row| is_row.then(|| one.clone()));
            prop_assert_eq!(read, reader.read(fields()));
        }
    }
}

/// The stages of these rows, whose columns are Performer, Start, Date and, if `has_column`, Stage.
fn stages(has_column: bool, options: &[(&str, &str)], rows: &[&str]) -> Vec<String> {
    let names = ["Performer", "Start", "End", "Date", "Stage"];
    let options = ReadOptions::of(options.iter().copied()).unwrap();
    let header = names[..if has_column { 5 } else { 4 }].join(",");
    let header = crate::header::Header::read(header.as_bytes(), true, options.header()).unwrap().unwrap();
    let mut reader = RowReader::new(&header.columns, &options.reading());
    let mut stage = |stage: &&str| {
        let fields = ["Nova", "20:00", "21:00", "2025-07-12", stage];
        let fields = fields[..if has_column { 5 } else { 4 }].iter().map(|field| field.as_bytes());
        reader.read(fields).map_or_else(|reject| reject.to_string(), |set| set.unwrap().stage)
    };
    rows.iter().map(&mut stage).collect()
}

#[test]
fn a_stage_that_was_said_is_that_of_every_row_without_one() {
    let said = [("stage", "Main\u{a0}Stage")];
    assert_eq!(stages(false, &said, &["", ""]), ["Main Stage", "Main Stage"]);
    assert_eq!(stages(true, &said, &["Tent", " ", ""]), ["Tent", "Main Stage", "Main Stage"]);
    assert_eq!(stages(true, &[], &["Tent", " "]), ["Tent", "Stage: missing"]);
}

#[test]
fn the_stage_above_comes_before_the_one_that_was_said() {
    let both = [("stage", "Main"), ("fill-down", "")];
    assert_eq!(stages(true, &both, &["", "Tent", ""]), ["Main", "Tent", "Tent"]);
    assert_eq!(stages(false, &both, &["", ""]), ["Main", "Main"]);
}

#[test]
fn blank_records_and_repeated_headers_are_no_rows_where_the_stage_was_said() {
    let options = ReadOptions::of([("stage", "Main")]).unwrap();
    let header =
        crate::header::Header::read(b"Performer,Start,End", true, options.header()).unwrap().unwrap();
    let mut reader = RowReader::new(&header.columns, &options.reading());
    for fields in [["", "", " "], ["Performer", "Start", "End"]] {
        assert_eq!(reader.read(fields.map(str::as_bytes).into_iter()), Ok(None), "{fields:?}");
    }
}

#[test]
fn a_name_in_place_of_a_date_is_the_date_that_was_said() {
    let names = ["Performer", "Stage", "Start", "End", "Day"];
    let said = [("day", "Day 1=2025-07-12"), ("day", "Jour 2=2025-07-13")];
    let time = |day| times(&names, &said, &["Nova", "Main", "20:00", "21:00", day]);
    assert_eq!(time("day 1"), "2025-07-12 20:00-21:00");
    assert_eq!(time(" JOUR 2 "), "2025-07-13 20:00-21:00");
    assert_eq!(time("2025-07-14"), "2025-07-14 20:00-21:00");
    assert_eq!(time("Day 3"), "Day \"Day 3\": not a date (try 2025-07-12)");
}
