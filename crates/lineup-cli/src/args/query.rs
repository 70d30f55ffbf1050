//! The arguments of `lineup query`.

use clap::{Args, Subcommand, value_parser};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use lineup::clock_time::ClockTime;
use lineup::{date, row};

use super::format::Format;

/// Answers questions about the lineup, without reading all of it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lineup query performer 'Megan Thee Stallion'
  lineup query search megan
  lineup query now
  lineup query next --stage 'Main Stage' --at '2025-07-12 20:30'
  lineup query at 'Main Stage' '2025-07-12 20:30' --next
  lineup query between '2025-07-12 18:00' '2025-07-12 20:00'
  lineup query clashes 'Megan Thee Stallion' 'Wet Leg'
  lineup query gaps --stage 'Main Stage' --date 2025-07-12
  lineup query popular --above 80 --limit 10 --json
  lineup query performer 'Wet Leg' --format ics --zone Europe/London > wet-leg.ics

Names may be written without case, accents and punctuation, and performers by a part of the name: the exact name counts
first, then the same without case and accents, then a part.

Times are 20:30 or 8:30pm, dates are 2025-07-12, moments are '2025-07-12 20:30'.
Exit codes: 0, 1 if the question could not be answered in full, 2 usage, 4 nothing found.")]
pub(crate) struct QueryArgs {
    /// The question
    #[command(subcommand)]
    pub query: QueryCommand,
    /// How to write the answer; the names in JSON are the attribute names of the table
    #[arg(long, value_enum, global = true, default_value_t = Format::Table)]
    pub format: Format,
    /// Short for --format json
    #[arg(long, global = true, conflicts_with = "format")]
    pub json: bool,
    /// The zone of the festival's clock, such as Europe/Berlin: for what time it is now (this machine's without it), and to
    /// write the times of --format ics in UTC (they have no zone without it)
    #[arg(long, global = true, value_name = "ZONE", value_parser = time_zone)]
    pub zone: Option<TimeZone>,
}

impl QueryArgs {
    /// How the answer is written.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

/// The questions.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// All sets of a performer, in time order
    #[command(after_help = "\
Examples:
  lineup query performer 'Megan Thee Stallion'
  lineup query performer megan --format ics > megan.ics")]
    Performer {
        /// The performer: the exact name, the same without case and accents, or a part of it
        name: String,
    },
    /// The performers and stages whose names contain a text, the closest first
    #[command(after_help = "\
Examples:
  lineup query search megan
  lineup query search stage --limit 5 --format jsonl")]
    Search {
        /// The text; case, accents, punctuation and spaces do not matter
        text: String,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u32).range(1..=10_000))]
        limit: u32,
    },
    /// Who plays now, on all stages
    #[command(after_help = "\
Examples:
  lineup query now
  lineup query now --at '2025-07-12 20:30' --stage 'Main Stage'")]
    Now {
        /// Another moment than now, as '2025-07-12 20:30'
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        at: Option<DateTime>,
        /// Only this stage
        #[arg(long, value_name = "NAME")]
        stage: Option<String>,
    },
    /// The next sets: of each stage that has one within 24 hours, or of one stage, however far it is
    #[command(after_help = "\
Examples:
  lineup query next --at '2025-07-12 18:00'
  lineup query next --at '2025-07-12 18:00' --stage 'Main Stage'")]
    Next {
        /// Another moment than now, as '2025-07-12 20:30'
        #[arg(long, value_name = "MOMENT", value_parser = moment)]
        at: Option<DateTime>,
        /// Only this stage
        #[arg(long, value_name = "NAME")]
        stage: Option<String>,
    },
    /// Which sets of these acts overlap, and for how long; exit code 4 if none do
    #[command(after_help = "\
Example:
  lineup query clashes 'Megan Thee Stallion' 'Wet Leg'")]
    Clashes {
        /// The acts, at least two; as for `performer`
        #[arg(required = true, num_args = 2.., value_name = "ACT")]
        acts: Vec<String>,
    },
    /// When nobody plays on a stage, between the first and the last set of a festival day
    #[command(after_help = "\
Examples:
  lineup query gaps --stage 'Main Stage'
  lineup query gaps --stage 'Main Stage' --date 2025-07-12 --day-starts 05:00")]
    Gaps {
        /// The stage
        #[arg(long, value_name = "NAME")]
        stage: String,
        /// Only this festival day
        #[arg(long, value_parser = date::parse)]
        date: Option<Date>,
        /// When a festival day starts; as the import was told, or 06:00
        #[arg(long, value_name = "HH:MM", value_parser = ClockTime::parse)]
        day_starts: Option<ClockTime>,
    },
    /// A stage's programme, in time order
    #[command(after_help = "\
Examples:
  lineup query stage 'Main Stage'
  lineup query stage 'Main Stage' --date 2025-07-12 --from 18:00 --to 02:00")]
    Stage {
        /// The stage; case and accents do not matter where no stage has just this name
        name: String,
        /// Only sets that start on this day; on this festival day, if the import was told when days start
        #[arg(long, value_parser = date::parse)]
        date: Option<Date>,
        /// Only sets that start at this time of the day or later
        #[arg(long, value_name = "TIME", value_parser = ClockTime::parse)]
        from: Option<ClockTime>,
        /// Only sets that start before this time of the day; of the next day, if it is before --from
        #[arg(long, value_name = "TIME", value_parser = ClockTime::parse_end)]
        to: Option<ClockTime>,
    },
    /// Who plays on a stage at a moment, overnight sets too
    #[command(after_help = "\
Examples:
  lineup query at 'Main Stage' '2025-07-12 20:30'
  lineup query at 'Main Stage' '2025-07-12 20:30' --next --json")]
    At {
        /// The stage
        stage: String,
        /// The moment, as '2025-07-12 20:30'
        #[arg(value_parser = moment)]
        moment: DateTime,
        /// Add the next set
        #[arg(long)]
        next: bool,
    },
    /// Every set of which some part lies in a range, on all stages, in time order
    #[command(after_help = "\
Examples:
  lineup query between 2025-07-12 2025-07-13
  lineup query between '2025-07-12 18:00' '2025-07-12 21:00' --stage 'Main Stage'")]
    Between {
        /// The beginning, as '2025-07-12 18:00' or 2025-07-12 for midnight
        #[arg(value_parser = moment_or_midnight)]
        from: DateTime,
        /// The end; a set that starts then is not in the range
        #[arg(value_parser = moment_or_midnight)]
        to: DateTime,
        /// Only this stage
        #[arg(long, value_name = "NAME")]
        stage: Option<String>,
    },
    /// Sets by popularity, the highest first
    #[command(after_help = "\
Examples:
  lineup query popular --above 80 --limit 10
  lineup query popular --format csv > popular.csv
  lineup query popular --date 2025-07-12 --json")]
    Popular {
        /// Only sets whose popularity is above this number
        #[arg(long, value_name = "N", default_value_t = 0, value_parser = value_parser!(u8).range(0..=100))]
        above: u8,
        /// Only sets that start on this day; on this festival day, if the import was told when days start
        #[arg(long, value_parser = date::parse)]
        date: Option<Date>,
        /// At most so many
        #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
        limit: Option<u32>,
    },
    /// The days that have sets: calendar days, on which sets after midnight have their own
    #[command(after_help = "\
Example:
  lineup query days")]
    Days,
    /// The stages, by name
    #[command(after_help = "\
Examples:
  lineup query stages
  lineup query stages --date 2025-07-12 --json")]
    Stages {
        /// Only stages that have sets on this calendar day
        #[arg(long, value_parser = date::parse)]
        date: Option<Date>,
    },
}

/// Reads the name of a time zone of the IANA database.
pub(super) fn time_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name.trim())
        .map_err(|_| "this is no time zone; write its name, such as Europe/Berlin".to_owned())
}

/// Reads `2025-07-12 20:30`, `2025-07-12T20:30`, `2025-07-12 8:30pm`; `24:00` is the end of the day.
fn moment(text: &str) -> Result<DateTime, String> {
    const FORM: &str = "write a date and a time, as '2025-07-12 20:30'";
    let text = text.trim();
    let (day, time) = text.split_once([' ', 'T', 't']).ok_or(FORM)?;
    let day = date::parse(day).map_err(|error| error.to_string())?;
    let clock = ClockTime::parse_end(time).map_err(|error| error.to_string())?;
    let end_of_day = time.trim().starts_with("24");
    let day = if end_of_day { day.tomorrow().map_err(|_| FORM)? } else { day };
    Ok(row::moment(day, clock))
}

/// Reads a [`moment`], or a date alone, which means its midnight.
fn moment_or_midnight(text: &str) -> Result<DateTime, String> {
    match date::parse(text) {
        Ok(day) => Ok(row::moment(day, ClockTime::MIDNIGHT)),
        Err(_) => moment(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_the_forms_that_lineups_use() {
        let cases = [
            ("2025-07-12 20:30", Ok("2025-07-12T20:30:00")),
            ("2025-07-12T20:30", Ok("2025-07-12T20:30:00")),
            (" 2025-07-12  8:30 pm ", Ok("2025-07-12T20:30:00")),
            ("2025-07-12 24:00", Ok("2025-07-13T00:00:00")),
            ("2025-07-12", Err("write a date and a time, as '2025-07-12 20:30'")),
            ("2025-02-30 20:00", Err("not a date (try 2025-07-12)")),
            ("2025-07-12 late", Err("not a time (try 20:00 or 8:00pm)")),
        ];
        for (text, expected) in cases {
            let read = moment(text).map(|moment| moment.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text:?}");
        }
        assert_eq!(moment_or_midnight("2025-07-12").unwrap().to_string(), "2025-07-12T00:00:00");
    }
}
