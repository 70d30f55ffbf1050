//! JSON.

use lineup::origin::Origin;

use crate::{converted, gzip, lines, records, refused};

fn text(json: &str) -> String {
    lines(&converted(json.as_bytes()).1)
}

#[test]
fn each_shape_gives_the_same_text() {
    let expected = "Performer,Stage\nStormzy,Main\n\"Tyler, The Creator\",\n";
    let cases = [
        ("JSON array", r#"[{"Performer":"Stormzy","Stage":"Main"},{"Performer":"Tyler, The Creator"}]"#),
        (
            "JSON Lines",
            "{\"Performer\":\"Stormzy\",\"Stage\":\"Main\"}\n\n \r\n{\"Performer\":\"Tyler, The Creator\"}\n",
        ),
        (
            "JSON object",
            r#"{"total": 2, "rows": [{"Performer":"Stormzy","Stage":"Main"},{"Performer":"Tyler, The Creator"}], "next": null}"#,
        ),
    ];
    for (form, json) in cases {
        let marked = format!("\u{feff}\n  {json}");
        let utf16: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (form, file) in [
            (form.to_owned(), json.as_bytes().to_vec()),
            (form.to_owned(), marked.into_bytes()),
            (format!("UTF-16 > {form}"), utf16),
            (format!("gzip > {form}"), gzip(json.as_bytes())),
        ] {
            let (converted, text) = converted(&file);
            assert_eq!(lines(&text), expected, "{form}");
            assert_eq!((converted.form, converted.origin), (form, Origin::Objects));
        }
    }
}

#[test]
fn scalars_are_written_as_they_stand() {
    let json = r#"[{"a": 1.50, "b": -2E+3, "c": true, "d": false, "e": null, "f": "1.50", "g": NaN, "h": 12345678901234567890}]"#;
    assert_eq!(text(json), "a,b,c,d,e,f,g,h\n1.50,-2E+3,true,false,,1.50,,12345678901234567890\n");
}

#[test]
fn values_that_are_arrays_or_objects_stay_json() {
    let json = r#"[{"tags": [ "a" , 1, { "x" : null }, [], {} ], "of": { "k\n" : "v\"\\" , "n" : [ true ] }, "z": 1}]"#;
    let (_, text) = converted(json.as_bytes());
    let fields = &records(&text)[1].1;
    assert_eq!(fields[0], r#"["a",1,{"x":null},[],{}]"#);
    assert_eq!(fields[1], r#"{"k\n":"v\"\\","n":[true]}"#);
    assert_eq!(fields[2], "1");
}

#[test]
fn columns_are_the_keys_of_all_objects_in_the_order_of_their_first() {
    assert_eq!(
        text(r#"[{"b":1},{"a":2,"b":3},{},{"c":4,"a":5},{"a":6,"a":7}]"#),
        "b,a,c\n1,,\n3,2,\n,,\n,5,4\n,7,\n"
    );
}

#[test]
fn escapes_and_surrogates_are_characters() {
    let json = r#"[{"a": "\u0042j\u00f6rk \ud83c\udfa4 \ud83c \udfa4 \ud83c\ud83c\udfa4 \/\t\b"}]"#;
    assert_eq!(text(json), "a\nBjörk 🎤 \u{fffd} \u{fffd} \u{fffd}🎤 /\t\u{8}\n");
}

#[test]
fn line_breaks_in_values_do_not_count_as_lines() {
    let json = r#"[{"a":"one\r\ntwo\rthree\nfour"},{"a":"five","b":"x"},{"a":""},{"a":"six"}]"#;
    let (converted, text) = converted(json.as_bytes());
    let records = records(&text);
    assert_eq!(records[1], (2, vec!["one\ntwo\nthree\nfour".to_owned(), String::new()]));
    assert_eq!(records[4].0, 5);
    assert_eq!(converted.origin.place(records[4].0), "object 4");
}

#[test]
fn an_object_with_no_values_is_a_line_of_its_own() {
    let (_, text) = converted(br#"[{"a":null},{"a":"x"},{}, {"a":"y"}]"#);
    let lines: Vec<u64> = records(&text).iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 3, 5]);
}

#[test]
fn broken_json_names_the_object_and_its_line() {
    let cases = [
        ("[{\"a\":1},\n{\"a\":2,}\n]", "object 2 (line 2): a key in quotes should stand where } is"),
        (
            "[{\"a\":1},\n{\"a\":2}",
            "object 2 (line 2): the file ends within it: it was not copied or saved whole",
        ),
        (
            "[{\"a\":1},\n{\"a\":\"2",
            "object 2 (line 2): the file ends within a text: it was not copied or saved whole",
        ),
        ("{\"a\":1}\n{\"a\":tru}", "object 2 (line 2): tru is no value"),
        ("[{\"a\":1}{\"a\":2}]", "object 1 (line 1): a comma or ] should stand where { is"),
        ("[{\"a\" 1}]", "object 1 (line 1): a key has no colon behind it"),
        ("[{\"a\":01}]", "object 1 (line 1): 01 is no value"),
        ("[{\"a\":\"\\x\"}]", "object 1 (line 1): \\x is no escape"),
        ("[{\"a\":1}] [", "object 1 (line 1): something follows the end of the JSON"),
        ("{\"a\":1}\n3", "object 1 (line 2): something follows the end of the JSON"),
        ("[{\"a\":1},\n\n7]", "object 2 (line 3): it is no object, as each row must be"),
    ];
    for (json, place) in cases {
        assert_eq!(refused(json.as_bytes()), format!("the JSON cannot be read at {place}"), "{json}");
    }
    let latin = b"[{\"a\":\"Bj\xf6rk\"}]";
    assert!(refused(latin).ends_with("object 1 (line 1): it is not in UTF-8: save the file in UTF-8"));
}

#[test]
fn a_nested_schedule_is_refused_with_where_its_rows_are() {
    // As pretalx and frab write schedule.json.
    let talk = r#"{"id":1,"date":"2025-07-12T10:00:00","start":"10:00","duration":"01:00","room":"Main","title":"T"}"#;
    let frab = format!(
        r#"{{"$schema":"x","schedule":{{"version":"1","conference":{{"title":"C","rooms":[{{"name":"Main"}}],
        "days":[{{"index":1,"date":"2025-07-12","rooms":{{"Main":[{talk},{talk}],"Side":[{talk}]}}}}]}}}}}}"#
    );
    assert_eq!(
        refused(frab.as_bytes()),
        "the rows seem to be in schedule.conference.days[].rooms (3 objects with the keys id, date, start, duration, \
         room, title), too deep to be read: upload one array of objects, an object for each performance, or one such \
         object a line"
    );
    let days =
        r#"[{"date":"2025-07-12","sets":[{"performer":"A","stage":"S","start":"20:00","end":"21:00"}]}]"#;
    assert!(refused(days.as_bytes()).starts_with("the rows seem to be in [].sets[] (1 objects with"));
    let days = format!(r#"{{"days":{days}}}"#);
    assert!(refused(days.as_bytes()).starts_with("the rows seem to be in days[].sets[] (1 objects with"));
}

#[test]
fn arrays_of_objects_within_rows_are_values() {
    let json = r#"[{"performer":"A","stage":"S","date":"2025-07-12","start":"20:00","end":"21:00","links":[{"url":"x"}]}]"#;
    let (_, text) = converted(json.as_bytes());
    assert_eq!(records(&text)[1].1[5], r#"[{"url":"x"}]"#);
    // The same, alone in its file.
    let one = &json[1..json.len() - 1];
    let (converted, text) = converted(one.as_bytes());
    assert_eq!((converted.form.as_str(), records(&text).len()), ("JSON Lines", 2));
}

#[test]
fn of_several_arrays_the_one_that_looks_like_a_lineup_is_read() {
    let json = r#"{"stages":[{"name":"S"}],"sets":[{"performer":"A","stage":"S","start":"20:00"}],"artists":[{"name":"A"}]}"#;
    let (converted, text) = converted(json.as_bytes());
    assert_eq!(lines(&text), "performer,stage,start\nA,S,20:00\n");
    assert_eq!(converted.left_out, ["stages[]", "artists[]"]);
    let json = r#"{"a":[{"x":1}],"b":[{"x":1},{"x":2}]}"#;
    assert!(
        refused(json.as_bytes())
            .starts_with("the JSON object has 2 arrays of objects, a (1), b (2): upload one")
    );
}

#[test]
fn an_object_with_lists_of_artists_and_stages_is_no_row() {
    let acts = r#""acts": [{"name": "Nova Rye", "stageId": 2, "startTime": 1752343200000}]"#;
    let lists = r#""artists": [{"id": 1, "name": "Nova Rye"}], "stages": [{"id": 2, "name": "Main"}]"#;
    let (converted, text) = converted(format!("{{{lists}, {acts}}}").as_bytes());
    assert_eq!(lines(&text), "name,stageId,startTime\nNova Rye,2,1752343200000\n");
    assert_eq!(converted.left_out, ["artists[]", "stages[]"]);
    // Nor is one whose lists are empty still.
    let (converted, _) = crate::converted(br#"{"stages": [], "slots": [], "bands": [{"name": "Nova Rye"}]}"#);
    assert_eq!(converted.form, "JSON object");
}

#[test]
fn json_without_rows_says_what_it_is() {
    let cases = [
        ("[]", "the JSON array is empty"),
        ("[1, 2]", "the JSON is an array of other things than objects"),
        ("[[\"Performer\"],[\"A\"]]", "the JSON is an array of other things than objects"),
        (
            "{\"1\":{\"a\":1},\"2\":{\"a\":2}}",
            "the file is one JSON object (the keys 1, 2) without an array of objects in it",
        ),
    ];
    for (json, found) in cases {
        assert!(
            refused(json.as_bytes()).starts_with(&format!("{found}: ")),
            "{json}: {}",
            refused(json.as_bytes())
        );
    }
}
