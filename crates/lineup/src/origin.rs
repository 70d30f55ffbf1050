//! Where the lines of a converted file stand in the file that was uploaded.
//!
//! A workbook, JSON or a compressed file is converted to delimited text before it is read. Planners have the file
//! that they uploaded, so messages name its rows and objects, not the lines of the text.

use serde::{Deserialize, Serialize};

/// Where the lines of a text stand in the file that it was made of. In JSON `{"form": "lines"}`,
/// `{"form": "rows", "sheets": [{"name": "Friday", "first_line": 1, "first_row": 3}]}` or `{"form": "objects"}`.
///
/// ```
/// use lineup::origin::{Origin, SheetOrigin};
///
/// let sheet = |name: &str, first_line, first_row| SheetOrigin { name: name.into(), first_line, first_row };
/// let workbook = Origin::Rows { sheets: vec![sheet("Friday", 1, 3), sheet("Saturday", 40, 4)] };
/// assert_eq!(workbook.place(2), "sheet Friday, row 4");
/// assert_eq!(workbook.place(41), "sheet Saturday, row 5");
/// assert_eq!(Origin::Objects.place(7), "object 6");
/// assert_eq!(Origin::Lines.place(7), "line 7");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "lowercase")]
pub enum Origin {
    /// The text has the lines of the file: one that was uploaded as text, compressed or in UTF-16.
    #[default]
    Lines,
    /// Each line is a row of a sheet.
    Rows {
        /// The sheets in the order of their lines. The first begins with the header, the others below theirs.
        sheets: Vec<SheetOrigin>,
    },
    /// Line 1 has the keys of the objects; line n + 1 is object n, from 1.
    Objects,
}

/// The lines that come of one sheet: from `first_line` to that of the next sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetOrigin {
    /// The name of the sheet.
    pub name: String,
    /// The line of its first row, from 1.
    pub first_line: u64,
    /// The number of that row in the sheet, from 1.
    pub first_row: u64,
}

impl Origin {
    /// What a planner calls the line with this number, from 1.
    pub fn place(&self, line: u64) -> String {
        match self {
            Self::Objects if line <= 1 => "the keys of the objects".to_owned(),
            Self::Objects => format!("object {}", line - 1),
            Self::Rows { sheets } => match sheets.iter().rev().find(|sheet| sheet.first_line <= line) {
                Some(SheetOrigin { name, first_line, first_row }) => {
                    format!("sheet {name}, row {}", first_row.saturating_add(line - first_line))
                }
                None => format!("line {line}"),
            },
            Self::Lines => format!("line {line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(name: &str, first_line: u64, first_row: u64) -> SheetOrigin {
        SheetOrigin { name: name.to_owned(), first_line, first_row }
    }

    #[test]
    fn a_sheet_without_rows_shares_no_line_with_the_next() {
        let sheets = vec![sheet("Friday", 1, 1), sheet("Saturday", 2, 2), sheet("Sunday", 2, 2)];
        let origin = Origin::Rows { sheets };
        assert_eq!(origin.place(1), "sheet Friday, row 1");
        assert_eq!(origin.place(2), "sheet Sunday, row 2");
    }

    #[test]
    fn no_line_panics() {
        let origin = Origin::Rows { sheets: vec![sheet("Friday", 5, u64::MAX)] };
        assert_eq!(origin.place(0), "line 0");
        assert_eq!(origin.place(u64::MAX), format!("sheet Friday, row {}", u64::MAX));
        assert_eq!(Origin::Objects.place(0), "the keys of the objects");
        assert_eq!(Origin::Rows { sheets: Vec::new() }.place(3), "line 3");
    }

    #[test]
    fn json_says_the_form_first() {
        let rows = Origin::Rows { sheets: vec![sheet("Friday", 1, 3)] };
        let json = serde_json::to_value(&rows).unwrap();
        let expected = serde_json::json!(
            {"form": "rows", "sheets": [{"name": "Friday", "first_line": 1, "first_row": 3}]}
        );
        assert_eq!(json, expected);
        for origin in [Origin::Lines, rows, Origin::Objects] {
            let json = serde_json::to_string(&origin).unwrap();
            assert_eq!(serde_json::from_str::<Origin>(&json).unwrap(), origin, "{json}");
        }
    }
}
