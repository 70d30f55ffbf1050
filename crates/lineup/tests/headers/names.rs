//! Which column of a header is which.

use lineup::header::{Columns, Header, HeaderError, HeaderOptions, KnownColumn, Role};
use lineup::origin::{Origin, SheetOrigin};

use crate::{columns, read, read_named, refused};

#[test]
fn columns_are_found_in_any_case_and_order_with_space_around_them() {
    let header = read(b" date ,END,start,\"Stage \",\tpErformer,My Notes\n").unwrap();
    assert_eq!(header.columns, columns(&["date", "END", "start", "Stage", "pErformer", "My Notes"]));
}

#[test]
fn missing_columns_are_named_with_those_that_were_found_and_the_likely_ones() {
    let cases = [
        (
            "\nArtist;Ort2;Start;Date\n",
            "the header on line 2 has no column Stage. It has \"Artist\", \"Ort2\", \"Start\", \"Date\": if this is \
             what is meant, say so with --column Stage=Ort2; or, if there is one stage, --stage \"Main Stage\"",
        ),
        (
            "Perfomer,Stage,Date,Begin of set\n",
            "the header on line 1 has no column Performer, Start. It has \"Perfomer\", \"Stage\", \"Date\", \"Begin \
             of set\": if this is what is meant, say so with --column Performer=Perfomer --column \"Start=Begin of \
             set\"",
        ),
        (
            "a,b,c\n1,2,3\n",
            "the header on line 1 has no column Performer, Stage, Start. It has \"a\", \"b\", \"c\": if one of these \
             is meant, name it, as in --column Performer=NAME",
        ),
        (
            "Program 2025\n\nx;y;z\n1;2;3\n",
            "the header on line 3 has no column Performer, Stage, Start. It has \"x\", \"y\", \"z\": if one of these \
             is meant, name it, as in --column Performer=NAME",
        ),
    ];
    for (file, message) in cases {
        assert_eq!(refused(file.as_bytes()).to_string(), message);
    }
}

#[test]
fn a_grid_is_told_that_each_performance_needs_a_row() {
    let grids = [
        "Time,Dune Stage,River Tent\n20:00,Nova Rye,Ada Moor\n",
        "Summer Sands\n\n;Dune Stage;River Tent\n20:00;Nova Rye;Ada Moor\n",
        "Samstag,Dune,River\n20:00,Nova Rye,Ada Moor\n",
        "12.07.2025\tDune\tRiver\n",
        "Day,Start,End,Dune,River\n",
        // Stages with the names of columns.
        "Time,Arena,Tent\n20:00,Nova Rye,Ada Moor\n",
        "Uhrzeit;Halle;Zelt;Garten\n",
        "Time,Hall,Room 1\n",
        ",Hall,Tent\n20:00,Nova Rye,Ada Moor\n",
        "Uhr;Hauptbühne;Zeltbühne\n",
        // A column for each time.
        "Stage,20:00,21:00,22:00\nDune,Nova Rye,Ada Moor,\n",
        ",8pm,9pm,10pm\nDune,Nova Rye,Ada Moor,\n",
        "Sands 2025\n\nBühne;20:00 - 21:00;21:00 - 22:00\n",
        "Day,Stage,20:00,,21:00\n",
        "Saturday,20h,21h30\n",
        "Programme,20:00,21:00,22:00,23:00\n",
    ];
    for file in grids {
        let error = refused(file.as_bytes());
        assert!(matches!(error, HeaderError::Grid { .. }), "{file}: {error}");
        let message = error.to_string();
        assert!(message.contains(
            "a grid with a column for each stage or time: lineup needs one row for each performance"
        ));
    }
    for file in [
        "Time,Artist,Dune,River\n",
        "Time,Venue,Who\n",
        "Time,Hall\n",
        "id,foo,bar\n",
        "Date,foo\n",
        "time,location_id,artist_id\n",
    ] {
        assert!(matches!(refused(file.as_bytes()), HeaderError::MissingColumns { .. }), "{file}");
    }
}

#[test]
fn a_file_without_a_header_is_told_to_have_one() {
    for file in [
        "2025-07-12,Nova Rye,Dune,20:00\nSaturday,Ada Moor,River,21:00\n",
        "Friday\tNova Rye\t20:00 - 21:30\tDune Stage\n",
        "\n\n17h30,Nova Rye,folk\n18h30,Ada Moor,soul\n",
        "Nova Rye,20:00,21:30\nAda Moor,18:15,19:00\n",
        "Nova Rye,Dune Stage,18:00,20:00,21:30\n",
    ] {
        let message = refused(file.as_bytes()).to_string();
        assert!(message.contains("looks like a row and not like a header"), "{file}: {message}");
        assert!(
            message.ends_with(
                "put a line above it that names the columns, such as Performer,Stage,Start,End,Date"
            )
        );
    }
}

#[test]
fn columns_are_known_by_synonyms_in_ten_languages() {
    let headers = [
        "Artist,Venue,Start Time,End Time,Day",
        "artist,stage,start_time,end_time,date",
        "artistName,stageName,startTime,endTime,date",
        "Act;Room;Set Start;Set End;Event Date",
        "Künstler;Bühne;Beginn;Ende;Datum",
        "Interpret;Spielort;von;bis;Tag",
        "Artiste;Scène;Heure de début;Heure de fin;Date",
        "Groupe;Lieu;Début;Fin;Jour",
        "Artista;Escenario;Hora de inicio;Hora de fin;Fecha",
        "Artista;Palco;Ora inizio;Ora fine;Data",
        "Artiest;Podium;Aanvang;Einde;Datum",
        "artista;palco;hora_inicio;hora_fim;dia",
        "Kunstner;Scene;Starttid;Sluttid;Dato",
        "Navn;Sted;Fra;Til;Dag",
        "Artist;Scene;Starter;Slutter;Ukedag",
        "Artist;Scen;Från;Till;Datum",
        "Titel;Lokal;Börjar;Slutar;Veckodag",
        "Session Title,Room/Location,Time Start,Time End,Date",
        "Title,Room,Start (HH:MM),End (HH:MM),Date (YYYY-MM-DD)",
        "Summary,Location,Start Time,End Time,Start Date",
        "name\tplace\tfrom\tto\tday",
        "#,Speaker,Track,Time,Ends,Date",
    ];
    for header in headers {
        let columns = read(header.as_bytes()).unwrap().columns;
        for known in [
            KnownColumn::Performer,
            KnownColumn::Stage,
            KnownColumn::Start,
            KnownColumn::End,
            KnownColumn::Date,
        ] {
            assert!(columns.has(known), "{header} has no {known:?}");
        }
    }
}

/// The names of the columns that are known, by what they are.
fn known(file: &str) -> Vec<(KnownColumn, String)> {
    let columns = read(file.as_bytes()).unwrap().columns;
    let known = |role: &Role| if let Role::Known(known) = role { Some(*known) } else { None };
    let mut found: Vec<_> =
        columns.iter().filter_map(|column| Some((known(&column.role)?, column.name.clone()))).collect();
    found.sort();
    found
}

#[test]
fn of_several_names_the_most_certain_wins_and_the_others_are_kept() {
    use KnownColumn::{Date, Duration, End, Performer, Popularity, Stage, Start};
    let cases: [(&str, &[(KnownColumn, &str)]); 13] = [
        ("Session,Title,Event,Room,Start", &[(Performer, "Title"), (Stage, "Room"), (Start, "Start")]),
        ("Title,Name,Stage,Start", &[(Performer, "Name"), (Stage, "Stage"), (Start, "Start")]),
        ("Summary,Title,Room,Start", &[(Performer, "Title"), (Stage, "Room"), (Start, "Start")]),
        ("Group,Title,Subject,Room,Start", &[(Performer, "Title"), (Stage, "Room"), (Start, "Start")]),
        (
            "Title,Artist,Performer,Venue,Stage,Time,Start",
            &[(Performer, "Performer"), (Stage, "Stage"), (Start, "Start")],
        ),
        ("Title,Artist,Place,Venue,Time", &[(Performer, "Artist"), (Stage, "Venue"), (Start, "Time")]),
        ("Artist,Headliner,Stage,Track,Start", &[(Performer, "Artist"), (Stage, "Stage"), (Start, "Start")]),
        (
            "Band,Stage,Start,End,Duration,Score",
            &[(Performer, "Band"), (Stage, "Stage"), (Start, "Start"), (End, "End"), (Popularity, "Score")],
        ),
        (
            "Band,Stage,Start,Duration (min),Length",
            &[(Performer, "Band"), (Stage, "Stage"), (Start, "Start"), (Duration, "Duration (min)")],
        ),
        (
            "Band,Stage,startDate,endDate",
            &[(Performer, "Band"), (Stage, "Stage"), (Start, "startDate"), (End, "endDate")],
        ),
        (
            "Band,Stage,Start Date,Start Time,End Date,End Time",
            &[
                (Performer, "Band"),
                (Stage, "Stage"),
                (Start, "Start Time"),
                (End, "End Time"),
                (Date, "Start Date"),
            ],
        ),
        ("Band,Stage,Date/Time", &[(Performer, "Band"), (Stage, "Stage"), (Start, "Date/Time")]),
        (
            "Band,Stage,Start,Day,Weekday",
            &[(Performer, "Band"), (Stage, "Stage"), (Start, "Start"), (Date, "Day")],
        ),
    ];
    for (file, expected) in cases {
        if file.ends_with("Length") {
            assert!(matches!(refused(file.as_bytes()), HeaderError::AmbiguousColumns { .. }));
            continue;
        }
        let expected: Vec<_> = expected.iter().map(|(known, name)| (*known, (*name).to_owned())).collect();
        assert_eq!(known(file), expected, "{file}");
    }
}

#[test]
fn a_day_beside_a_date_is_its_weekday() {
    let columns = read(b"Band,Stage,Start,Date,Day,Wochentag,Genre").unwrap().columns;
    let roles: Vec<Role> = columns.iter().skip(4).map(|column| column.role.clone()).collect();
    let kept = |name: &str| name.to_owned();
    let expected = [Role::Weekday(kept("Day")), Role::Weekday(kept("Wochentag")), Role::Extra(kept("Genre"))];
    assert_eq!(roles, expected);
    let json = serde_json::to_value(&columns).unwrap();
    assert_eq!(json[4], serde_json::json!({"name": "Day", "weekday": "Day"}));
    assert_eq!(serde_json::from_value::<Columns>(json).unwrap(), columns);
}

#[test]
fn of_two_equally_certain_names_the_planner_says_which_it_is() {
    let file = b"Artist,Band,Stage,Start,End,Date\n";
    assert_eq!(
        refused(file).to_string(),
        "the header on line 1 has 2 columns that may be Performer, \"Artist\", \"Band\": say which one it is, \
         --column Performer=Artist or --column Performer=Band"
    );
    let header = read_named(file, &[(KnownColumn::Performer, "BAND")]).unwrap();
    let role = |index: usize| header.columns.iter().nth(index).unwrap().role.clone();
    assert_eq!((role(0), role(1)), (Role::Extra("Artist".into()), Role::Known(KnownColumn::Performer)));
}

#[test]
fn what_the_planner_names_beats_every_name() {
    let file = b"Performer,Ort2,Start,End,Date,Real name\n";
    let named = [(KnownColumn::Stage, " ort 2 "), (KnownColumn::Performer, "real_name")];
    let header = read_named(file, &named).unwrap();
    let role = |index: usize| header.columns.iter().nth(index).unwrap().role.clone();
    assert_eq!(role(1), Role::Known(KnownColumn::Stage));
    assert_eq!(role(5), Role::Known(KnownColumn::Performer));
    // The name of a stored value is free only for that value.
    assert_eq!(role(0), Role::Extra("Performer (file)".into()));
}

#[test]
fn a_named_column_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let error = read_named(b"Artist,Stage,Start\n", &[(KnownColumn::Performer, "Akt")]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the header on line 1 has no column \"Akt\", which --column Performer=Akt names. It has \"Artist\", \
         \"Stage\", \"Start\""
    );
    let file = b"Artist,Stage,Start\n";
    for named in [
        [(KnownColumn::Performer, "Artist"), (KnownColumn::Stage, "Artist")],
        [(KnownColumn::Performer, "Artist"), (KnownColumn::Performer, "Stage")],
    ] {
        assert!(matches!(read_named(file, &named), Err(HeaderError::NamedTwice { .. })));
    }
    let file = b"Artist,artist,Stage,Start\n";
    assert!(read_named(file, &[(KnownColumn::Performer, "artist")]).is_ok());
    assert!(matches!(
        read_named(file, &[(KnownColumn::Performer, "ARTIST")]),
        Err(HeaderError::RepeatedColumn { count: 2, .. })
    ));
}

#[test]
fn a_message_shows_no_more_of_a_strange_header_than_people_read() {
    let names: Vec<String> = (0..5_000).map(|n| format!("{n}{}", "x".repeat(100))).collect();
    let message = refused(names.join(",").as_bytes()).to_string();
    assert!(message.len() < 1_500 && message.contains(", and 4980 more: "), "{message}");
}

#[test]
fn a_required_column_that_stands_twice_is_refused() {
    let error = refused(b"Performer,Stage,Start,End,Date, performer\n");
    assert_eq!(
        error.to_string(),
        "the header on line 1 has the column Performer 2 times: rename or remove all but one"
    );
}

#[test]
fn another_column_may_stand_twice() {
    assert_eq!(read(b"Performer,Stage,Start,End,Date,x,x\n").unwrap().columns.len(), 7);
}

#[test]
fn a_file_of_one_stage_needs_no_column_for_it() {
    let file =
        b"Festival am See,von Al\n\nK\xc3\xbcnstler,Beginn,Ende,Datum\nNova Rye,20:00,21:00,2025-07-12\n";
    let message = refused(file).to_string();
    assert!(message.contains("has no column Stage. It has "), "{message}");
    assert!(message.ends_with("; or, if there is one stage, --stage \"Main Stage\""), "{message}");
    let options = HeaderOptions { has_stage: true, ..HeaderOptions::default() };
    let header = Header::read(file, true, options).unwrap().unwrap();
    assert_eq!((header.line, header.columns.has(KnownColumn::Stage)), (3, false));
    // A title that could be two columns is no header, because it has no start.
    let file = b"Title,Location\nSands,Dune Park\n\nArtist,Start,End\n";
    assert_eq!(Header::read(file, true, options).unwrap().unwrap().line, 4);
    // A column that is there is read.
    let header = Header::read(b"Artist,Venue,Start\n", true, options).unwrap().unwrap();
    assert!(header.columns.has(KnownColumn::Stage));
}

#[test]
fn a_file_without_a_start_is_refused_whatever_was_said_of_its_stage() {
    let options = HeaderOptions { has_stage: true, ..HeaderOptions::default() };
    let message =
        Header::read(b"Artist,Genre,Ende\nNova,folk,21:00\n", true, options).unwrap_err().to_string();
    assert!(message.contains("has no column Start.") && !message.contains("--stage"), "{message}");
}

#[test]
fn of_a_converted_file_the_place_of_the_header_in_it_is_named() {
    let sheets = vec![SheetOrigin { name: "Friday".into(), first_line: 1, first_row: 3 }];
    let sheets = Origin::Rows { sheets };
    let cases = [
        ("a,b,c\n", "has no column Performer"),
        ("Time,Dune,River\n", "has the columns"),
        ("Artist,Band,Stage,Start\n", "has 2 columns that may be Performer"),
        ("Artist,artist,Stage,Start\n", "has the column Artist 2 times"),
    ];
    for (file, text) in cases {
        let error = refused(file.as_bytes());
        let placed = |origin: &Origin| error.clone().at(origin).to_string();
        assert!(placed(&Origin::Lines).starts_with(&format!("the header on line 1 {text}")), "{error}");
        assert!(placed(&sheets).starts_with(&format!("the header, sheet Friday, row 3, {text}")), "{error}");
        let objects = placed(&Origin::Objects);
        assert!(objects.starts_with(&format!("the header, the keys of the objects, {text}")), "{objects}");
    }
    let row = refused(b"20:00,Nova Rye\n").at(&sheets).to_string();
    assert!(row.starts_with("sheet Friday, row 3 looks like a row"), "{row}");
}
