//! What a planner can say about his file. [`FILE_OPTIONS`] is the one table of these options: the command
//! line, the metadata of an upload, the help and the document are made of it.

use jiff::civil::Date;

use crate::clock_time::ClockTime;
use crate::date::{self, DateOrder, DateRules, Weekday};
use crate::header::{HeaderOptions, KnownColumn};
use crate::reading::{Reading, Zone};
use crate::spelling;

/// An option about a file: `--dates dmy` on the command line, `dates=dmy` in the metadata of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileOption {
    /// The name of the option, and of the metadata (`x-amz-meta-…`).
    pub name: &'static str,
    /// The placeholder of its value; `None` for a switch, whose value in metadata is `true`.
    pub value: Option<&'static str>,
    /// Whether it can be said several times. In metadata, the values are joined by `;`.
    pub repeats: bool,
    /// What it says.
    pub help: &'static str,
}

impl FileOption {
    const fn new(name: &'static str, value: Option<&'static str>, repeats: bool, help: &'static str) -> Self {
        Self { name, value, repeats, help }
    }
}

/// The separator of repeated values in metadata.
pub const SEPARATOR: char = ';';

/// The longest stage that can be said, in bytes. With a longer one, no row fits the keys of the table: DynamoDB takes
/// sort keys of 1,024 bytes, and a moment stands there too.
pub const MAX_STAGE_BYTES: usize = 1000;

/// Every option about a file.
pub const FILE_OPTIONS: [FileOption; 10] = [
    FileOption::new(
        "column",
        Some("COLUMN=NAME"),
        true,
        "Read the column that the header calls NAME as COLUMN, such as Performer=Artist",
    ),
    FileOption::new(
        "dates",
        Some("dmy|mdy"),
        false,
        "Read 07/12/2025 as 7 December (dmy) or as 12 July (mdy)",
    ),
    FileOption::new(
        "day",
        Some("DAY=DATE"),
        true,
        "Read a weekday or another name in place of a date as this date, such as Saturday=2025-07-12 or \"Day 1=2025-07-12\"; or rows without any date as of one day, such as 2025-07-12",
    ),
    FileOption::new("year", Some("YEAR"), false, "Read dates without a year as days of this year"),
    FileOption::new(
        "day-starts",
        Some("TIME"),
        false,
        "Take a start before this time, such as 06:00, for the night after its date",
    ),
    FileOption::new("pm", None, false, "Take times below 12:00 without am or pm for the afternoon"),
    FileOption::new(
        "zone",
        Some("ZONE"),
        false,
        "Convert times in UTC (Z) to the local time of this zone, such as Europe/London or +02:00",
    ),
    FileOption::new("minutes", Some("N"), false, "Let a set without an end take this many minutes"),
    FileOption::new(
        "stage",
        Some("NAME"),
        false,
        "Let every row be on this stage, such as \"Main Stage\", if the file has no column Stage, or else each row whose stage is blank",
    ),
    FileOption::new("fill-down", None, false, "Read a blank date or stage as that of the row above"),
];

/// An option with a value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// There is no option of this name.
    #[error("there is no option {0}")]
    Unknown(String),
    /// The value is not one of the option's.
    #[error("{name} {value:?}: {expected}")]
    Value {
        /// The option's name.
        name: &'static str,
        /// The value.
        value: String,
        /// What would do.
        expected: String,
    },
}

/// What a planner said about a file.
///
/// ```
/// use lineup::options::ReadOptions;
///
/// let options = ReadOptions::of([("dates", "dmy"), ("day", "Saturday=2025-07-12")])?;
/// assert_eq!(options.reading().dates.days.len(), 1);
/// let error = ReadOptions::of([("dates", "ymd")]).unwrap_err();
/// assert_eq!(error.to_string(), r#"dates "ymd": dmy (day first) or mdy (month first)"#);
/// # Ok::<_, lineup::options::OptionError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReadOptions {
    /// The header's names of columns that it names in words of its own.
    pub columns: Vec<(KnownColumn, String)>,
    /// The order of dates such as 07/12/2025.
    pub dates: Option<DateOrder>,
    /// The dates of weekdays.
    pub days: Vec<(Weekday, Date)>,
    /// The dates of other names that stand in place of dates.
    pub named_days: Vec<(String, Date)>,
    /// See [`Reading::day`].
    pub day: Option<Date>,
    /// The year of dates without one.
    pub year: Option<i16>,
    /// See [`Reading::day_starts`].
    pub day_starts: Option<ClockTime>,
    /// See [`Reading::pm`].
    pub pm: bool,
    /// See [`Reading::zone`].
    pub zone: Option<Zone>,
    /// See [`Reading::minutes`].
    pub minutes: Option<u16>,
    /// See [`Reading::stage`].
    pub stage: Option<String>,
    /// See [`Reading::fill_down`].
    pub fill_down: bool,
}

impl ReadOptions {
    /// The options with these names and values. A name of a repeated option may stand several times.
    ///
    /// # Errors
    /// [`OptionError`]: the first that cannot be used.
    pub fn of<'o>(said: impl IntoIterator<Item = (&'o str, &'o str)>) -> Result<Self, OptionError> {
        let mut options = Self::default();
        said.into_iter().try_for_each(|(name, value)| options.set(name, value))?;
        Ok(options)
    }

    /// What they say about the header.
    pub fn header(&self) -> HeaderOptions<'_> {
        HeaderOptions { columns: &self.columns, has_stage: self.stage.is_some() }
    }

    /// How values are read as far as the planner said it. The file decides the rest.
    pub fn reading(&self) -> Reading {
        Reading {
            dates: DateRules {
                order: self.dates,
                year: self.year,
                days: self.days.clone(),
                named_days: self.named_days.clone(),
            },
            day: self.day,
            day_starts: self.day_starts,
            pm: self.pm,
            zone: self.zone.clone(),
            minutes: self.minutes,
            stage: self.stage.clone(),
            fill_down: self.fill_down,
            ..Reading::default()
        }
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), OptionError> {
        let value = value.trim();
        let option = FILE_OPTIONS.iter().find(|option| option.name == name);
        let name = option.ok_or_else(|| OptionError::Unknown(name.to_owned()))?.name;
        let known = match name {
            "column" => column(value).map(|column| self.columns.push(column)),
            "dates" => order(value).map(|order| self.dates = Some(order)),
            "day" => day(value).map(|day| match day {
                SaidDay::Every(date) => self.day = Some(date),
                SaidDay::Weekday(weekday, date) => self.days.push((weekday, date)),
                SaidDay::Named(name, date) => self.named_days.push((name, date)),
            }),
            "year" => year(value).map(|year| self.year = Some(year)),
            "day-starts" => time(value).map(|time| self.day_starts = Some(time)),
            "pm" => switch(value).map(|pm| self.pm = pm),
            "zone" => value
                .parse()
                .map(|zone| self.zone = Some(zone))
                .map_err(|error: crate::reading::ZoneError| error.to_string()),
            "minutes" => minutes(value).map(|minutes| self.minutes = Some(minutes)),
            "stage" => stage(value).map(|stage| self.stage = Some(stage)),
            "fill-down" => switch(value).map(|fill| self.fill_down = fill),
            _ => return Err(OptionError::Unknown(name.to_owned())),
        };
        known.map_err(|expected| OptionError::Value { name, value: value.to_owned(), expected })
    }
}

/// The options that make this reading, with their values; a switch has an empty one. The names of columns are
/// not part of it.
///
/// ```
/// use lineup::options::{ReadOptions, said};
///
/// let reading = ReadOptions::of([("dates", "mdy"), ("pm", "true")])?.reading();
/// assert_eq!(said(&reading), [("dates", "mdy".to_owned()), ("pm", String::new())]);
/// # Ok::<_, lineup::options::OptionError>(())
/// ```
pub fn said(reading: &Reading) -> Vec<(&'static str, String)> {
    let Reading { dates, day, day_starts, pm, zone, minutes, stage, fill_down, encoding: _ } = reading;
    let mut said = Vec::new();
    said.extend(dates.order.map(|order| ("dates", order.to_string())));
    said.extend(dates.days.iter().map(|(weekday, date)| ("day", format!("{weekday:?}={date}"))));
    said.extend(dates.named_days.iter().map(|(name, date)| ("day", format!("{name}={date}"))));
    said.extend(day.map(|date| ("day", date.to_string())));
    said.extend(dates.year.map(|year| ("year", year.to_string())));
    said.extend(day_starts.map(|time| ("day-starts", time.to_string())));
    said.extend(pm.then(|| ("pm", String::new())));
    said.extend(zone.as_ref().map(|zone| ("zone", zone.to_string())));
    said.extend(minutes.map(|minutes| ("minutes", minutes.to_string())));
    said.extend(stage.iter().map(|stage| ("stage", stage.clone())));
    said.extend(fill_down.then(|| ("fill-down", String::new())));
    said
}

fn column(value: &str) -> Result<(KnownColumn, String), String> {
    let names = || KnownColumn::ALL.map(KnownColumn::name).join(", ");
    let wrong = || format!("one of {} and the header's name, such as Performer=Artist", names());
    let (known, name) = value.split_once('=').ok_or_else(wrong)?;
    let known = KnownColumn::ALL.into_iter().find(|column| column.name().eq_ignore_ascii_case(known.trim()));
    match (known, name.trim()) {
        (Some(known), name) if !name.is_empty() => Ok((known, name.to_owned())),
        _ => Err(wrong()),
    }
}

fn order(value: &str) -> Result<DateOrder, String> {
    value.to_ascii_lowercase().parse().map_err(|_| "dmy (day first) or mdy (month first)".to_owned())
}

/// What `--day` says.
enum SaidDay {
    /// Every row without a date is on this one.
    Every(Date),
    Weekday(Weekday, Date),
    Named(String, Date),
}

fn day(value: &str) -> Result<SaidDay, String> {
    let wrong =
        || "a weekday or another name and its date, such as Saturday=2025-07-12, or a date".to_owned();
    if let Ok(date) = date::parse(value) {
        return Ok(SaidDay::Every(date));
    }
    let (name, text) = value.rsplit_once('=').ok_or_else(wrong)?;
    let (name, date) = (name.trim(), date::parse(text.trim()).map_err(|_| wrong())?);
    match date::weekday(name) {
        Some(weekday) if date.weekday() == weekday => Ok(SaidDay::Weekday(weekday, date)),
        Some(_) => Err(format!("{date} is a {:?}", date.weekday())),
        None if name.is_empty() => Err(wrong()),
        None => Ok(SaidDay::Named(name.to_owned(), date)),
    }
}

fn year(value: &str) -> Result<i16, String> {
    let year = value.parse().ok().filter(|year| (1900..=2999).contains(year));
    year.ok_or_else(|| "a year of four digits, such as 2025".to_owned())
}

fn time(value: &str) -> Result<ClockTime, String> {
    ClockTime::parse(value).map_err(|_| "a time, such as 06:00".to_owned())
}

fn minutes(value: &str) -> Result<u16, String> {
    let minutes = value.parse().ok().filter(|minutes| (1..=1440).contains(minutes));
    minutes.ok_or_else(|| "a number of minutes from 1 to 1440".to_owned())
}

/// The name in the spelling that keys have.
fn stage(value: &str) -> Result<String, String> {
    const EXAMPLE: &str = "a name, such as \"Main Stage\"";
    let key = spelling::key(value).map_err(|error| format!("{EXAMPLE}; this one {error}"))?;
    match key.len() {
        0 => Err(EXAMPLE.to_owned()),
        1..=MAX_STAGE_BYTES => Ok(key.into_owned()),
        _ => Err(format!("{EXAMPLE}, of at most {MAX_STAGE_BYTES} bytes")),
    }
}

fn switch(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "" | "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err("true or false".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value that each option takes, and one that it refuses.
    const VALUES: [(&str, &str, &str); 10] = [
        ("column", "performer = Artist", "Performer"),
        ("dates", "DMY", "ymd"),
        ("day", "Sat=2025-07-12", "Saturday=2025-07-13"),
        ("year", "2025", "25"),
        ("day-starts", "6:00", "30:00"),
        ("pm", "true", "maybe"),
        ("zone", "Europe/London", "Londn"),
        ("minutes", "60", "0"),
        ("stage", "Main Stage", "Main\0Stage"),
        ("fill-down", "", "2"),
    ];

    #[test]
    fn every_option_of_the_table_is_read_and_its_error_names_it() {
        for (option, (name, good, bad)) in FILE_OPTIONS.iter().zip(VALUES) {
            assert_eq!(option.name, name);
            assert_ne!(ReadOptions::of([(name, good)]).unwrap(), ReadOptions::default(), "{name}");
            let error = ReadOptions::of([(name, bad)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name} {bad:?}: ")), "{error}");
        }
        assert_eq!(ReadOptions::of([("date", "dmy")]), Err(OptionError::Unknown("date".into())));
    }

    #[test]
    fn repeated_options_add_up() {
        let options =
            ReadOptions::of([("day", "Sat=2025-07-12"), ("day", "So=2025-07-13"), ("column", "End=Ende")]);
        let options = options.unwrap();
        assert_eq!(options.days.len(), 2);
        assert_eq!(options.columns, [(KnownColumn::End, "Ende".to_owned())]);
    }

    #[test]
    fn a_day_is_one_of_all_rows_a_weekday_or_a_name_with_its_date() {
        let options = ReadOptions::of([
            ("day", "2025-07-12"),
            ("day", "Sat=2025-07-12"),
            ("day", "Day 1 = 2025-07-11"),
        ]);
        let reading = options.unwrap().reading();
        assert_eq!((reading.day, reading.dates.days.len()), (Some(Date::constant(2025, 7, 12)), 1));
        assert_eq!(reading.dates.named_day("DAY-1"), Some(Date::constant(2025, 7, 11)));
        assert_eq!(reading.dates.named_day("Day 2"), None);
        let day = said(&reading).into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(day, ["Saturday=2025-07-12", "Day 1=2025-07-11", "2025-07-12"]);
        for refused in ["Day 1", "=2025-07-12", "Day 1=12 July", "Day 1=2025-02-30", ""] {
            assert!(ReadOptions::of([("day", refused)]).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_stage_is_spelled_as_a_key_and_one_that_is_none_is_refused() {
        let options = ReadOptions::of([("stage", " Main\u{a0} Stage\u{200b}")]).unwrap();
        assert_eq!(options.reading().stage.as_deref(), Some("Main Stage"));
        assert_eq!(said(&options.reading()), [("stage", "Main Stage".to_owned())]);
        let refused = |value: &str| ReadOptions::of([("stage", value)]).unwrap_err().to_string();
        assert_eq!(refused(" "), "stage \"\": a name, such as \"Main Stage\"");
        assert!(refused("Main\u{7}").ends_with("this one has a control character (U+0007): remove it"));
        assert!(refused(&"é".repeat(501)).ends_with("of at most 1000 bytes"));
        assert!(ReadOptions::of([("stage", "é".repeat(500).as_str())]).is_ok());
    }
}
