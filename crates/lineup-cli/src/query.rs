//! `lineup query`: answers questions about the lineup.

use std::io::{self, IsTerminal, Write};

use jiff::civil::{Date, DateTime};
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_aws::query::{Answer, Cost, Note, Programme, Queries};
use lineup_table::attribute;

use crate::args::{Format, QueryArgs, QueryCommand};
use crate::exit::{CommandError, Exit};
use crate::performance_writer::PerformanceWriter;
use crate::render;
use crate::target::Target;

/// Writes the answer to stdout, and notes about it to stderr.
pub(crate) async fn run(target: &Target, args: &QueryArgs) -> anyhow::Result<Exit> {
    let queries = Queries::new(target.dynamodb.clone(), target.tables.clone());
    if let QueryCommand::Popular { above, date: None, limit: None } = args.query {
        return popular(&queries, above, args).await;
    }
    let found = ask(&queries, &args.query).await?;
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    found.write(&mut stdout, args.format)?;
    stdout.flush()?;
    Ok(write_note(&found, &args.query))
}

/// Writes every performance by popularity. There may be any number of them, so each block is written once it is read.
async fn popular(queries: &Queries, above: u8, args: &QueryArgs) -> anyhow::Result<Exit> {
    let mut blocks = queries.popular_blocks(above);
    let mut block = blocks.next().await?;
    if block.is_none() {
        log(blocks.cost());
        let found = QueryResult { rows: FoundRows::Performances(Vec::new()), note: None, on: None };
        found.write(&mut io::stdout().lock(), args.format)?;
        return Ok(write_note(&found, &args.query));
    }
    let stdout = io::BufWriter::new(io::stdout().lock());
    let mut writer = PerformanceWriter::of(args.format, stdout)?;
    while let Some(performances) = block {
        performances.iter().try_for_each(|performance| writer.write(performance))?;
        block = blocks.next().await?;
    }
    writer.finish()?;
    log(blocks.cost());
    Ok(Exit::Succeeded)
}

/// The answer to a question.
#[derive(Debug)]
struct QueryResult {
    rows: FoundRows,
    note: Option<Note>,
    /// For `query at`: how many of the rows are on at the moment. The others are next.
    on: Option<usize>,
}

#[derive(Debug)]
enum FoundRows {
    Performances(Vec<Performance>),
    Values(&'static str, Vec<String>),
}

impl QueryResult {
    fn write(&self, output: &mut impl Write, format: Format) -> anyhow::Result<()> {
        match &self.rows {
            FoundRows::Performances(found) => render::performances(output, format, found),
            FoundRows::Values(name, found) => render::values(output, format, name, found),
        }
    }

    fn is_empty(&self) -> bool {
        match &self.rows {
            FoundRows::Performances(found) => found.is_empty(),
            FoundRows::Values(_, found) => found.is_empty(),
        }
    }
}

async fn ask(queries: &Queries, question: &QueryCommand) -> anyhow::Result<QueryResult> {
    match question {
        QueryCommand::Performer { name } => Ok(performances(queries.performer(name).await?)),
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
            let answer = queries.days().await?;
            let days = answer.found.iter().map(Date::to_string).collect();
            Ok(values(attribute::DATE, days, answer.cost))
        }
        QueryCommand::Stages { date } => {
            let answer = queries.stages(*date).await?;
            Ok(values(attribute::STAGE, answer.found, answer.cost))
        }
    }
}

async fn at(queries: &Queries, stage: &str, moment: DateTime, next: bool) -> anyhow::Result<QueryResult> {
    let Answer { found, cost, note } = queries.at(stage, moment, next).await?;
    log(cost);
    let on = found.on.len();
    let rows = FoundRows::Performances(found.on.into_iter().chain(found.next).collect());
    Ok(QueryResult { rows, note, on: Some(on) })
}

fn performances(answer: Answer<Vec<Performance>>) -> QueryResult {
    log(answer.cost);
    QueryResult { rows: FoundRows::Performances(answer.found), note: answer.note, on: None }
}

fn values(name: &'static str, found: Vec<String>, cost: Cost) -> QueryResult {
    log(cost);
    QueryResult { rows: FoundRows::Values(name, found), note: None, on: None }
}

fn log(cost: Cost) {
    tracing::info!(cost.requests, cost.read_units, "the question is answered");
}

/// Writes a note to stderr if the rows need one. Returns the exit code.
fn write_note(found: &QueryResult, question: &QueryCommand) -> Exit {
    let nothing = found.is_empty();
    let text = match (&found.note, found.on) {
        (Some(note @ Note::ReadAs { .. }), _) if nothing => {
            Some(format!("{note}: {}", nothing_found(question)))
        }
        (Some(note), _) => Some(note.to_string()),
        (None, _) if nothing => Some(nothing_found(question).to_owned()),
        (None, Some(0)) => Some("nobody plays at that moment; the next set is shown".to_owned()),
        (None, Some(on)) if io::stdout().is_terminal() => next_rows(found, on),
        _ => None,
    };
    if let Some(text) = text {
        // If stderr is closed, the note cannot be shown anywhere.
        let _ = writeln!(io::stderr(), "{text}");
    }
    if nothing { Exit::NothingFound } else { Exit::Succeeded }
}

fn next_rows(found: &QueryResult, on: usize) -> Option<String> {
    let FoundRows::Performances(rows) = &found.rows else { return None };
    let next = rows.len() - on;
    (next > 0).then(|| format!("the last {next} of these {} next", if next == 1 { "is" } else { "are" }))
}

fn nothing_found(question: &QueryCommand) -> &'static str {
    match question {
        QueryCommand::Performer { .. } => "no performer has this name (names of performers are exact)",
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
