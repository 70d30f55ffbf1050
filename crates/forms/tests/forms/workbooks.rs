//! Workbooks.

use std::io::{Cursor, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::{converted, gzip, lines, records, refused, zip};

const HEADER: [&str; 5] = ["Performer", "Stage", "Start", "End", "Date"];

fn write_row(sheet: &mut Worksheet, row: u32, values: &[&str]) {
    for (column, value) in values.iter().enumerate().filter(|(_, value)| !value.is_empty()) {
        sheet.write_string(row, column as u16, *value).unwrap();
    }
}

fn sheet(name: &str, rows: &[&[&str]]) -> Worksheet {
    let mut sheet = Worksheet::new();
    sheet.set_name(name).unwrap();
    for (row, values) in rows.iter().enumerate() {
        write_row(&mut sheet, row as u32, values);
    }
    sheet
}

fn book(sheets: Vec<Worksheet>) -> Vec<u8> {
    let mut workbook = Workbook::new();
    for sheet in sheets {
        workbook.push_worksheet(sheet);
    }
    workbook.save_to_buffer().unwrap()
}

#[test]
fn cells_are_written_as_their_number_format_shows_them() {
    let mut sheet = sheet("Lineup", &[&HEADER]);
    let evening = ExcelDateTime::from_ymd(2025, 7, 12).unwrap().and_hms(20, 30, 0).unwrap();
    let formats = ["yyyy-mm-dd", "hh:mm", "dd/mm/yyyy hh:mm", "d-mmm-yy", "h:mm AM/PM", "[h]:mm"];
    for (column, format) in (0..).zip(formats) {
        sheet.write_with_format(1, column, &evening, &Format::new().set_num_format(format)).unwrap();
    }
    sheet.write_with_format(2, 0, 1.5 / 24.0, &Format::new().set_num_format("[h]:mm")).unwrap();
    sheet.write_number(2, 1, 95.0).unwrap();
    sheet.write_number(2, 2, 20.25).unwrap();
    sheet.write_boolean(2, 3, true).unwrap();
    sheet.write_formula(2, 4, Formula::new("=1+1").set_result("cached")).unwrap();
    sheet.write_formula(2, 5, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
    let (converted, text) = converted(&book(vec![sheet]));
    assert_eq!(converted.form, "Excel workbook");
    let text = lines(&text);
    let rows: Vec<&str> = text.lines().collect();
    assert!(rows[1].starts_with("2025-07-12,20:30,2025-07-12 20:30,2025-07-12,20:30,"), "{text}");
    assert_eq!(rows[2], "1:30,95,20.25,true,cached,#DIV/0!");
}

#[test]
fn a_sheet_a_day_is_one_text_and_other_sheets_are_named() {
    let file = book(vec![
        sheet("Info", &[&["The festival"], &["Stage", "Capacity"], &["Main", "5000"]]),
        sheet(
            "Friday",
            &[&["Line-up 2025"], &[], &HEADER, &["A", "Main", "20:00", "21:00", "2025-07-11"], &[], &["B"]],
        ),
        sheet("Empty", &[]),
        sheet("Saturday", &[&["performer", " STAGE", "start", "end", "date"], &[], &["C", "Main"]]),
        sheet(
            "Sunday",
            &[
                &["Other way round"],
                &["Date", "End", "Start", "Stage", "Performer"],
                &["2025-07-13", "21:00", "20:00", "Tent", "D", "more"],
            ],
        ),
        sheet("Stages", &[&["Stage", "Opens"], &["Main", "12:00"]]),
    ]);
    let (converted, text) = converted(&file);
    assert_eq!(
        lines(&text),
        "Performer,Stage,Start,End,Date\nA,Main,20:00,21:00,2025-07-11\n\nB,,,,\n\nC,Main,,,\nD,Tent,20:00,21:00,2025-07-13,more\n"
    );
    assert_eq!(converted.left_out, ["Info (another header)", "Stages (another header)"]);
    let places: Vec<String> = records(&text).iter().map(|(line, _)| converted.origin.place(*line)).collect();
    assert_eq!(
        places,
        [
            "sheet Friday, row 3",
            "sheet Friday, row 4",
            "sheet Friday, row 6",
            "sheet Saturday, row 3",
            "sheet Sunday, row 3"
        ]
    );
}

#[test]
fn line_breaks_in_cells_do_not_move_the_rows() {
    let file = book(vec![sheet("S", &[&HEADER, &["A\nB\n\nC", "x"], &["\n", "\"y\", z"], &["D", "w"]])]);
    let (converted, text) = converted(&file);
    let records = records(&text);
    assert_eq!(records[1].1[0], "A\nB\n\nC");
    assert_eq!(records[2].1[..2], ["\n", "\"y\", z"]);
    assert_eq!(converted.origin.place(records[3].0), "sheet S, row 4");
}

#[test]
fn hidden_sheets_are_named_and_not_read() {
    let mut draft = sheet("Draft", &[&HEADER, &["Old", "Main"]]);
    draft.set_hidden(true);
    let (converted, text) = converted(&book(vec![sheet("Lineup", &[&HEADER, &["A", "Main"]]), draft]));
    assert_eq!(records(&text).len(), 2);
    assert_eq!(converted.left_out, ["Draft (hidden)"]);
}

#[test]
fn a_workbook_whose_rows_are_all_hidden_says_so() {
    let mut draft = sheet("Draft", &[&HEADER, &["Old", "Main"]]);
    draft.set_hidden(true);
    let error = refused(&book(vec![sheet("Empty", &[]), draft]));
    assert_eq!(
        error,
        "every sheet of the Excel workbook that has a row is hidden (Draft): show the one that is meant"
    );
    let mut file = xls(false, &[(0, 0, Ok("Performer"))]);
    let state = [&[0, 0, 1, 0][..], b"S"].concat();
    let at = file.windows(state.len()).position(|bytes| bytes == state).unwrap();
    file[at] = 1;
    assert!(refused(&file).starts_with("every sheet of the Excel 97 workbook that has a row is hidden (S)"));
}

#[test]
fn hidden_sheets_of_an_open_document_spreadsheet_are_named_and_not_read() {
    let row = |values: &[&str]| {
        let cells: String = values.iter().map(|text| text_cell(text)).collect();
        format!("<table:table-row>{cells}</table:table-row>")
    };
    let style = "<style:style style:name=\"ta2\" style:family=\"table\">\
        <style:table-properties table:display=\"false\"/></style:style>";
    let tables = format!(
        "{style}<table:table table:name=\"Fri\">{}{}</table:table>\
         <table:table table:name=\"Draft\" table:style-name=\"ta2\">{}{}</table:table>",
        row(&HEADER),
        row(&["A", "Main"]),
        row(&HEADER),
        row(&["Old", "Main"]),
    );
    let (converted, text) = converted(&ods(&tables));
    assert_eq!((records(&text).len(), &converted.left_out[..]), (2, &["Draft (hidden)".to_owned()][..]));
}

#[test]
fn a_merged_cell_has_its_value_once() {
    let mut sheet = sheet("S", &[&HEADER, &["A", "", "20:00"], &["B", "", "21:00"]]);
    sheet.merge_range(1, 1, 2, 1, "Main", &Format::new()).unwrap();
    let (_, text) = converted(&book(vec![sheet]));
    assert_eq!(lines(&text), "Performer,Stage,Start,End,Date\nA,Main,20:00,,\nB,,21:00,,\n");
}

#[test]
fn a_workbook_without_a_known_header_is_read_from_what_looks_like_one() {
    let (converted, text) = converted(&book(vec![
        sheet("Fr", &[&["Sommerfest"], &["Wer", "Wo", "Von"], &["A", "Halle", "20:00"]]),
        sheet("Sa", &[&["Wer", "Wo", "Von"], &["B", "Halle", "21:00"]]),
    ]));
    assert_eq!(lines(&text), "Wer,Wo,Von\nA,Halle,20:00\nB,Halle,21:00\n");
    assert_eq!(converted.left_out, [""; 0]);
    assert!(
        refused(&book(vec![sheet("Empty", &[])]))
            .starts_with("no sheet of the Excel workbook has a row in it")
    );
}

/// A workbook whose only sheet is this XML; its styles are: none, a date, a time.
fn raw_book(properties: &str, sheet_data: &str) -> Vec<u8> {
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let rels = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let workbook = format!(
        "<workbook xmlns:r=\"{office}\">{properties}<sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>"
    );
    let book_rels = format!(
        "<Relationships><Relationship Id=\"rId1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"{office}/styles\" Target=\"styles.xml\"/></Relationships>"
    );
    let styles = "<styleSheet><cellXfs count=\"3\"><xf/><xf numFmtId=\"14\"/><xf numFmtId=\"20\"/></cellXfs></styleSheet>";
    let sheet = format!("<worksheet><sheetData>{sheet_data}</sheetData></worksheet>");
    zip(&[
        ("[Content_Types].xml", types.as_bytes()),
        ("_rels/.rels", rels.as_bytes()),
        ("xl/workbook.xml", workbook.as_bytes()),
        ("xl/_rels/workbook.xml.rels", book_rels.as_bytes()),
        ("xl/styles.xml", styles.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
    ])
}

fn header_cells() -> String {
    let cell = |name: &str| format!("<c t=\"inlineStr\"><is><t>{name}</t></is></c>");
    format!("<row>{}</row>", HEADER.map(cell).concat())
}

#[test]
fn both_date_systems_are_read() {
    let row = "<row><c><v>1</v></c><c/><c s=\"2\"><v>0.75</v></c><c/><c s=\"1\"><v>44388</v></c></row>";
    for (properties, date) in [("", "2021-07-11"), ("<workbookPr date1904=\"1\"/>", "2025-07-12")] {
        let (_, text) = converted(&raw_book(properties, &format!("{}{row}", header_cells())));
        assert_eq!(lines(&text).lines().nth(1).unwrap(), format!("1,,18:00,,{date}"));
    }
}

#[test]
fn rows_that_are_not_written_in_the_file_are_blank_lines() {
    let data = format!("{}<row r=\"1048576\"><c r=\"B1048576\"><v>7</v></c></row>", header_cells());
    let (converted, text) = converted(&raw_book("", &data));
    assert_eq!(records(&text)[1], (1_048_576, ["", "7", "", "", ""].map(str::to_owned).to_vec()));
    assert_eq!(converted.origin.place(1_048_576), "sheet S, row 1048576");
}

#[test]
fn bombs_of_cells_of_text_and_of_stated_texts_are_refused() {
    let row = format!("<row>{}</row>", "<c s=\"1\"/>".repeat(1000));
    let cells = raw_book("", &format!("{}{}", header_cells(), row.repeat(200)));
    let limits = forms::ConversionLimits { cells: 100_000, ..crate::limits() };
    let error = crate::converted_within(&cells, &limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the size of the workbook reached 100001 cells, and 100000 cells is the most that is read: delete rows and \
         columns without values, or save it as CSV"
    );
    let text =
        raw_book("", &format!("<row><c t=\"inlineStr\"><is><t>{}</t></is></c></row>", "a".repeat(3 << 20)));
    assert!(refused(&text).starts_with("a text in the workbook reached 1."), "{}", refused(&text));
    let limits = forms::ConversionLimits { decoded_bytes: 1 << 20, ..crate::limits() };
    let error = crate::converted_within(&cells, &limits).unwrap_err();
    assert!(error.to_string().starts_with("the workbook, decompressed, reached 1.0 MiB"), "{error}");
}

#[test]
fn a_workbook_that_is_cut_off_or_hollow_is_refused() {
    let file = book(vec![sheet("S", &[&HEADER, &["A", "Main"]])]);
    for length in [100, file.len() / 2, file.len() - 1] {
        let error = refused(&file[..length]);
        assert!(error.contains("data of this file is damaged ("), "{error}");
    }
    let hollow = zip(&[("[Content_Types].xml", b"<Types/>")]);
    assert!(refused(&hollow).starts_with("the Excel workbook data of this file is damaged ("));
    let open = raw_book("", "<row><c><v>1");
    assert!(refused(&open).starts_with("the Excel workbook data of this file is damaged ("));
    let backwards = raw_book(
        "",
        "<row r=\"5\"><c r=\"A5\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>",
    );
    assert!(refused(&backwards).contains("its rows are out of order"));
}

/// An OpenDocument spreadsheet with this content of its tables.
fn ods(tables: &str) -> Vec<u8> {
    let content = format!(
        "<office:document-content><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    );
    zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest></manifest:manifest>"),
        ("content.xml", content.as_bytes()),
    ])
}

fn text_cell(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

#[test]
fn an_open_document_spreadsheet_is_read() {
    let header = format!("<table:table-row>{}</table:table-row>", HEADER.map(text_cell).concat());
    let row = format!(
        "<table:table-row>{}<table:table-cell/><table:table-cell office:value-type=\"time\" office:time-value=\"PT20H30M00S\"/>\
         <table:table-cell office:value-type=\"float\" office:value=\"21\"/>\
         <table:table-cell office:value-type=\"date\" office:date-value=\"2025-07-12\"/></table:table-row>",
        text_cell("A &amp; B")
    );
    let blank = "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>";
    let end = "<table:table-row table:number-rows-repeated=\"1048500\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>";
    let tables = format!("<table:table table:name=\"Fri\">{header}{row}{blank}{row}{end}</table:table>");
    let (converted, text) = converted(&gzip(&ods(&tables)));
    assert_eq!(converted.form, "gzip > OpenDocument spreadsheet");
    let row = "A & B,,20:30,21,2025-07-12";
    assert_eq!(lines(&text), format!("Performer,Stage,Start,End,Date\n{row}\n\n\n\n{row}\n"));
    assert_eq!(converted.origin.place(6), "sheet Fri, row 6");
}

#[test]
fn repeats_of_an_open_document_spreadsheet_are_no_bomb() {
    let cell = "<table:table-cell table:number-columns-repeated=\"16000\" office:value-type=\"float\" office:value=\"1\"/>";
    for rows in [
        format!("<table:table-row table:number-rows-repeated=\"1000000\">{cell}</table:table-row>"),
        format!("<table:table-row>{cell}</table:table-row>").repeat(2000),
    ] {
        let tables = format!("<table:table table:name=\"Fri\">{rows}</table:table>");
        let error = refused(&ods(&tables));
        assert!(
            error.starts_with("the size of the workbook reached ") && error.contains(" cells, and 5000000"),
            "{error}"
        );
    }
}

/// A compound file with this stream.
fn compound(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    file.create_stream(name).unwrap().write_all(bytes).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A record of an Excel workbook before 2007: its type, its length, its data.
fn record(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

/// The smallest such workbook: a sheet with these cells, each a row, a column and a text or number.
fn xls(date1904: bool, cells: &[(u16, u16, Result<&str, f64>)]) -> Vec<u8> {
    let begin = |kind: u16| record(0x0809, &[&[0, 6][..], &kind.to_le_bytes(), &[0; 12]].concat());
    let end = record(0x000a, &[]);
    let cell = |(row, column, value): &(u16, u16, Result<&str, f64>)| {
        let place = [row.to_le_bytes(), column.to_le_bytes(), [0; 2]].concat();
        match value {
            // A text of characters of one byte.
            Ok(text) => record(
                0x0204,
                &[&place[..], &(text.len() as u16).to_le_bytes(), &[0], text.as_bytes()].concat(),
            ),
            Err(number) => record(0x0203, &[&place[..], &number.to_le_bytes()].concat()),
        }
    };
    let sheet: Vec<u8> = [begin(0x10), cells.iter().flat_map(cell).collect(), end.clone()].concat();
    // The format of all cells is that of style 0, a date.
    let style = record(0x00e0, &[&[0, 0, 14, 0][..], &[0; 16]].concat());
    let system = record(0x0022, &[u8::from(date1904), 0]);
    let globals = [begin(5), record(0x0042, &[0xb0, 4]), system, style].concat();
    let sheet_start = globals.len() + 4 + 9 + end.len();
    let named = record(0x0085, &[&(sheet_start as u32).to_le_bytes()[..], &[0, 0, 1, 0, b'S']].concat());
    compound("Workbook", &[globals, named, end, sheet].concat())
}

#[test]
fn a_workbook_of_excel_97_is_read() {
    for (date1904, serial) in [(false, 45_850.0), (true, 44_388.0)] {
        let header = (0..).zip(HEADER).map(|(column, name)| (0, column, Ok(name)));
        let values = [(2, 0, Ok("A, B")), (2, 2, Err(20.5 / 24.0)), (2, 4, Err(serial))];
        let cells: Vec<_> = header.chain(values).collect();
        let (converted, text) = converted(&zip(&[("a.xls", &xls(date1904, &cells))]));
        assert_eq!(converted.form, "zip > Excel 97 workbook");
        assert_eq!(lines(&text), "Performer,Stage,Start,End,Date\n\n\"A, B\",,20:30,,2025-07-12\n");
        assert_eq!(converted.origin.place(3), "sheet S, row 3");
    }
}

/// A file of some KB takes gigabytes, since the area between its cells is loaded.
#[test]
fn two_cells_far_from_each_other_are_no_bomb() {
    let error = refused(&xls(false, &[(0, 0, Err(1.0)), (65_535, 255, Err(1.0))]));
    assert!(
        error.starts_with("the size of the workbook reached 16777216 cells, and 5000000 cells"),
        "{error}"
    );
}

#[test]
fn compound_files_that_are_no_workbook_say_what_they_are() {
    let mut broken = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    broken.resize(2048, 0xff);
    let cases = [
        (broken, "the Excel 97 workbook data of this file is damaged ("),
        (
            compound("EncryptedPackage", b"x"),
            "the Excel workbook is protected by a password: save it without one",
        ),
        (compound("WordDocument", b"x"), "this is a Word document: put its table into a spreadsheet"),
        (compound("Other", b"x"), "this is a compound file that is no Excel workbook: "),
    ];
    for (file, text) in cases {
        assert!(refused(&file).starts_with(text), "{}", refused(&file));
    }
}
