//! Why a file was not converted.

use std::error::Error;
use std::fmt;
use std::io;

/// Why a file was not converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// A container or workbook breaks the rules of its form, or ends too early.
    #[error("the {form} data of this file is damaged ({source}): save or copy it again, and upload it whole")]
    Damaged {
        /// What it is: "gzip", "Excel workbook".
        form: String,
        /// What the reader of that form says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A form that is recognised and not read.
    #[error("this is {what}: {advice}")]
    Unsupported {
        /// What it is.
        what: String,
        /// What the planner can do.
        advice: &'static str,
    },
    /// It needs a password.
    #[error("the {form} is protected by a password: save it without one, and upload it again")]
    Encrypted {
        /// What is protected.
        form: &'static str,
    },
    /// Containers in containers.
    #[error(
        "there are more than {limit} containers within each other ({form}): unpack the file, and upload what is in it"
    )]
    TooDeep {
        /// The containers, from the outside.
        form: String,
        /// How many are opened.
        limit: usize,
    },
    /// A zip without a file.
    #[error("the zip has no file in it: put the lineup into it, or upload the lineup itself")]
    EmptyZip,
    /// A zip with several files.
    #[error("the zip has {count} files in it ({}): upload each alone, or a zip with one", Names(names, *count))]
    SeveralFiles {
        /// The first of them.
        names: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// A workbook without a cell that has a value.
    #[error("no sheet of the {form} has a row in it")]
    NoRows {
        /// What it is.
        form: &'static str,
    },
    /// A workbook whose sheets with values are all hidden.
    #[error("every sheet of the {form} that has a row is hidden ({}): show the one that is meant", sheets.join(", "))]
    HiddenRows {
        /// What it is.
        form: &'static str,
        /// The sheets.
        sheets: Vec<String>,
    },
    /// JSON that is broken, or has something else than an object where a row belongs.
    #[error("the JSON cannot be read at {place}: {reason}")]
    Json {
        /// "object 6 (line 43)".
        place: String,
        /// What is wrong.
        reason: String,
    },
    /// JSON that holds no array of objects, or whose rows lie deeper than that.
    #[error(
        "{found}: upload one array of objects, an object for each performance, or one such object a line"
    )]
    JsonShape {
        /// What was found.
        found: String,
    },
    /// A limit was reached.
    #[error("{what} reached {reached}, and {limit} is the most that is read: {advice}")]
    Limit {
        /// What was measured.
        what: String,
        /// How far it had come.
        reached: Amount,
        /// The most that is read.
        limit: Amount,
        /// What the planner can do.
        advice: &'static str,
    },
    /// The caller asked to stop: its deadline was near.
    #[error(
        "the file takes too long to convert: {read} were read and {written} written in the time that there is. \
         Cut it into smaller files, or save it as CSV"
    )]
    Stopped {
        /// What was read, decompressed.
        read: Amount,
        /// What was written.
        written: Amount,
    },
    /// The uploaded file could not be read.
    #[error("cannot read the file")]
    Source(#[source] io::Error),
    /// A temporary file could not be written or read.
    #[error("cannot use a temporary file")]
    Scratch(#[source] io::Error),
    /// The text could not be written.
    #[error("cannot write the converted file")]
    Output(#[source] io::Error),
}

impl ConvertError {
    /// Whether the file is at fault, and not the machine: trying again comes to the same.
    ///
    /// ```
    /// assert!(forms::ConvertError::EmptyZip.is_of_the_file());
    /// assert!(!forms::ConvertError::Output(std::io::ErrorKind::StorageFull.into()).is_of_the_file());
    /// ```
    pub const fn is_of_the_file(&self) -> bool {
        !matches!(self, Self::Source(_) | Self::Scratch(_) | Self::Output(_))
    }

    pub(crate) fn damaged(form: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Damaged { form: form.to_owned(), source: source.into() }
    }
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Bytes.
    Bytes(u64),
    /// Cells of a workbook.
    Cells(u64),
    /// Keys of objects, or columns of a sheet.
    Columns(u64),
    /// Arrays and objects within each other.
    Levels(u64),
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Bytes(bytes) if bytes >= 1 << 30 => {
                write!(f, "{:.1} GiB", bytes as f64 / f64::from(1 << 30))
            }
            Self::Bytes(bytes) if bytes >= 1 << 20 => {
                write!(f, "{:.1} MiB", bytes as f64 / f64::from(1 << 20))
            }
            Self::Bytes(bytes) => write!(f, "{bytes} bytes"),
            Self::Cells(cells) => write!(f, "{cells} cells"),
            Self::Columns(columns) => write!(f, "{columns} columns"),
            Self::Levels(levels) => write!(f, "{levels} levels"),
        }
    }
}

/// The names of some of `count` files.
struct Names<'n>(&'n [String], usize);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.1 > self.0.len() { ", …" } else { "" };
        write!(f, "{}{more}", self.0.join(", "))
    }
}
