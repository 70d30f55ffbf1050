//! `lineup query`: answers questions about the lineup.

mod found;

use std::io::{self, IsTerminal, Write};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{ToSpan, Zoned};
use lineup::clash;
use lineup::clock_time::ClockTime;
use lineup::row::{Performance, moment};
use lineup_aws::query::{Answer, Cost, Note, Programme, Queries};
use lineup_table::attribute;

use crate::args::{Format, QueryArgs, QueryCommand};
use crate::calendar;
use crate::exit::{CommandError, Exit};
use crate::extra_columns;
use crate::performance_writer::PerformanceWriter;
use crate::target::Target;
use found::{FoundRows, QueryResult};

/// How many acts are looked up at a time.
const ACTS_IN_FLIGHT: usize = 4;

/// Writes the answer to stdout, and notes about it to stderr.
pub(crate) async fn run(target: &Target, args: &QueryArgs) -> anyhow::Result<Exit> {
    check(args)?;
    let recorded = match uses_festival_days(&args.query) {
        true => calendar::day_starts(target).await?,
        false => None,
    };
    let queries = target.queries().with_day_starts(recorded.unwrap_or(ClockTime::MIDNIGHT));
    if let QueryCommand::Popular { above, date: None, limit: None } = args.query
        && args.format() != Format::Ics
    {
        return popular(target, &queries, above, args).await;
    }
    let found = ask(&queries, args, recorded).await?;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    match (&found.rows, args.format()) {
        // RFC 5545 wants an event at least.
        (FoundRows::Performances(sets), Format::Ics) if sets.is_empty() => {}
        (FoundRows::Performances(sets), Format::Ics) => {
            calendar::write_found(target, &queries, sets, args.zone.as_ref(), &mut stdout).await?;
        }
        (_, format) => found.write(&mut stdout, format)?,
    }
    stdout.flush()?;
    Ok(write_notes(&found, &args.query))
}

/// Writes every performance by popularity. There may be any number of them, so each block is written once it is read.
async fn popular(target: &Target, queries: &Queries, above: u8, args: &QueryArgs) -> anyhow::Result<Exit> {
    let mut blocks = queries.popular_blocks(above);
    let mut block = blocks.next().await?;
    if block.is_none() {
        log(blocks.cost());
        let found = QueryResult::of(FoundRows::Performances(Vec::new()), None);
        found.write(&mut io::stdout().lock(), args.format())?;
        return Ok(write_notes(&found, &args.query));
    }
    let stdout = io::BufWriter::new(io::stdout().lock());
    let columns = match args.format() {
        Format::Csv => extra_columns::of_imports(target, None).await?,
        _ => None,
    };
    let mut writer = PerformanceWriter::of(args.format(), columns, stdout)?;
    while let Some(performances) = block {
        performances.iter().try_for_each(|performance| writer.write(performance))?;
        block = blocks.next().await?;
    }
    let unnamed = writer.finish()?;
    log(blocks.cost());
    extra_columns::note_unnamed(&mut io::stderr(), &unnamed, "`--format jsonl` has it");
    Ok(if unnamed.0.is_empty() { Exit::Succeeded } else { Exit::Failed })
}

/// Fails, as a usage error, if the answer is no sets and is to be a calendar.
fn check(args: &QueryArgs) -> anyhow::Result<()> {
    let has_sets = !matches!(
        args.query,
        QueryCommand::Search { .. }
            | QueryCommand::Clashes { .. }
            | QueryCommand::Gaps { .. }
            | QueryCommand::Days
            | QueryCommand::Stages { .. }
    );
    match args.format() {
        Format::Ics if !has_sets => Err(usage(
            "--format ics writes sets into a calendar, and the answer to this question is no sets; choose another format",
        )),
        _ => Ok(()),
    }
}

/// Whether the question is about a festival day.
fn uses_festival_days(question: &QueryCommand) -> bool {
    matches!(
        question,
        QueryCommand::Gaps { day_starts: None, .. }
            | QueryCommand::Stage { date: Some(_), .. }
            | QueryCommand::Popular { date: Some(_), .. }
    )
}

async fn ask(
    queries: &Queries,
    args: &QueryArgs,
    recorded: Option<ClockTime>,
) -> anyhow::Result<QueryResult> {
    match &args.query {
        QueryCommand::Performer { name } => Ok(performances(queries.performer(name).await?)),
        QueryCommand::Search { text, limit } => search(queries, text, *limit as usize).await,
        QueryCommand::Now { at, stage } => {
            let moment = at.unwrap_or_else(|| now(args.zone.as_ref()));
            Ok(performances(queries.now(moment, stage.as_deref()).await?))
        }
        QueryCommand::Next { at, stage } => {
            let moment = at.unwrap_or_else(|| now(args.zone.as_ref()));
            Ok(performances(queries.next(moment, stage.as_deref()).await?))
        }
        QueryCommand::Clashes { acts } => clashes(queries, acts).await,
        QueryCommand::Gaps { stage, date, day_starts } => {
            let day_starts = day_starts.or(recorded).unwrap_or_else(calendar::usual_day_starts);
            gaps(queries, stage, *date, day_starts).await
        }
        QueryCommand::Stage { name, date, from, to } => {
            if from.is_some() && from == to && *to != Some(ClockTime::MIDNIGHT) {
                return Err(usage("--from and --to are the same time: make --to later"));
            }
            let programme = Programme { date: *date, from: *from, to: *to };
            Ok(performances(queries.stage(name, programme).await?))
        }
        QueryCommand::At { stage, moment, next } => at(queries, stage, *moment, *next).await,
        QueryCommand::Between { from, to, stage } => {
            if from >= to {
                return Err(usage("TO must be later than FROM"));
            }
            Ok(performances(queries.between(*from, *to, stage.as_deref()).await?))
        }
        QueryCommand::Popular { above, date, limit } => {
            let limit = limit.map(|limit| limit as usize);
            Ok(performances(queries.popular(*above, *date, limit).await?))
        }
        QueryCommand::Days => {
            let Answer { found, cost, note } = queries.days().await?;
            log(cost);
            let days = found.iter().map(Date::to_string).collect();
            Ok(QueryResult::of(found::values(&[attribute::DATE], days), note))
        }
        QueryCommand::Stages { date } => {
            let Answer { found, cost, note } = queries.stages(*date).await?;
            log(cost);
            Ok(QueryResult::of(found::values(&[attribute::STAGE], found), note))
        }
    }
}

/// What a clock shows now, in a zone or on this machine. The only place of the questions that has a clock.
fn now(zone: Option<&TimeZone>) -> DateTime {
    let now = Zoned::now();
    zone.map_or_else(|| now.datetime(), |zone| now.with_time_zone(zone.clone()).datetime())
}

async fn search(queries: &Queries, text: &str, limit: usize) -> anyhow::Result<QueryResult> {
    let Answer { found, cost, note } = queries.search(text, limit).await?;
    log(cost);
    let mut said = Vec::new();
    if found.similar {
        said.push(format!("no name contains {text:?}; these are similar"));
    }
    if found.more > 0 && !found.similar {
        said.push(format!("up to {} more names contain it: --limit shows more", found.more));
    }
    if !found.unsearched.is_nothing() {
        said.push(format!("not every name was looked through{}", found.unsearched));
    }
    let said = (!said.is_empty()).then(|| said.join("\n"));
    Ok(QueryResult { said, ..QueryResult::of(found::names(found.names), note) })
}

async fn clashes(queries: &Queries, acts: &[String]) -> anyhow::Result<QueryResult> {
    let asked = acts.iter().map(|act| queries.performer(act));
    let answers: Vec<_> = stream::iter(asked).buffered(ACTS_IN_FLIGHT).try_collect().await?;
    let (mut sets, mut notes) = (Vec::new(), Vec::new());
    for Answer { found, cost, note } in answers {
        log(cost);
        match (note, found.is_empty()) {
            // What clashes with it is not known: no clash is to be read out of it.
            (Some(note), true) => return Err(CommandError::NothingFound(note.to_string()).into()),
            (note, _) => notes.extend(note),
        }
        sets.push(found);
    }
    let rows = found::clashes(&clash::clashes(&sets));
    Ok(QueryResult { notes, ..QueryResult::of(rows, None) })
}

async fn gaps(
    queries: &Queries,
    stage: &str,
    date: Option<Date>,
    day_starts: ClockTime,
) -> anyhow::Result<QueryResult> {
    let Answer { found, cost, note } = match date {
        Some(date) => {
            let from = moment(date, day_starts);
            queries.between(from, from.saturating_add(1.day()), Some(stage)).await?
        }
        None => queries.stage(stage, Programme::default()).await?,
    };
    log(cost);
    let mut gaps = clash::gaps(&found, day_starts);
    gaps.retain(|gap| date.is_none_or(|date| gap.day == date));
    Ok(QueryResult::of(found::gaps(&gaps), note))
}

async fn at(queries: &Queries, stage: &str, moment: DateTime, next: bool) -> anyhow::Result<QueryResult> {
    let Answer { found, cost, note } = queries.at(stage, moment, next).await?;
    log(cost);
    let on = found.on.len();
    let rows = FoundRows::Performances(found.on.into_iter().chain(found.next).collect());
    Ok(QueryResult { on: Some(on), ..QueryResult::of(rows, note) })
}

fn performances(answer: Answer<Vec<Performance>>) -> QueryResult {
    log(answer.cost);
    QueryResult::of(FoundRows::Performances(answer.found), answer.note)
}

fn log(cost: Cost) {
    tracing::info!(cost.requests, cost.read_units, "the question is answered");
}

/// Writes notes to stderr if the rows need any. Returns the exit code.
fn write_notes(found: &QueryResult, question: &QueryCommand) -> Exit {
    let nothing = found.len() == 0;
    let mut lines: Vec<String> = found.notes.iter().map(Note::to_string).collect();
    lines.extend(found.said.clone());
    let is_said = found
        .notes
        .iter()
        .any(|note| matches!(note, Note::NoSuchPerformer { .. } | Note::NoSuchStage { .. }));
    match found.on {
        _ if nothing && !is_said => lines.push(nothing_found(question).to_owned()),
        Some(0) if !nothing => lines.push("nobody plays at that moment; the next set is shown".to_owned()),
        Some(on) if !nothing && io::stdout().is_terminal() => lines.extend(next_rows(found.len() - on)),
        _ => {}
    }
    for line in lines {
        // If stderr is closed, the note cannot be shown anywhere.
        let _ = writeln!(io::stderr(), "{line}");
    }
    if nothing { Exit::NothingFound } else { Exit::Succeeded }
}

fn next_rows(next: usize) -> Option<String> {
    (next > 0).then(|| format!("the last {next} of these {} next", if next == 1 { "is" } else { "are" }))
}

fn nothing_found(question: &QueryCommand) -> &'static str {
    match question {
        QueryCommand::Performer { .. } => "no performer has this name",
        QueryCommand::Search { .. } => "no performer and no stage has such a name",
        QueryCommand::Now { .. } => "nobody plays at that moment (`lineup query next` shows who is on next)",
        QueryCommand::Next { .. } => "no set starts after that moment",
        QueryCommand::Clashes { .. } => "these acts do not clash",
        QueryCommand::Gaps { .. } => "nothing is free between the sets then",
        QueryCommand::Stage { .. } => "the stage has no set then",
        QueryCommand::At { next: false, .. } => {
            "nobody plays there at that moment (--next shows who is on next)"
        }
        QueryCommand::At { next: true, .. } => "nobody plays there at that moment, nor later",
        QueryCommand::Between { .. } => "there is no set in that range",
        QueryCommand::Popular { .. } => "no set has such a popularity",
        QueryCommand::Days => "the table has no sets; import a file first",
        QueryCommand::Stages { .. } => "there are no stages then",
    }
}

fn usage(text: &str) -> anyhow::Error {
    CommandError::Usage(text.to_owned()).into()
}
