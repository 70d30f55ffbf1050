//! Questions about a lineup, answered without a scan.
//!
//! [`Queries`] has a method for each question. `docs/data-model.md` says which
//! table or index answers it and what that costs. A question that fans out
//! over stage-days takes them from the calendar, which `load` writes before the rows.
//!
//! Every query reads all pages of its results. A fan-out runs in parallel, at
//! most [`IN_FLIGHT`] requests at a time, and fails whole if a part fails. The
//! calendar is read strongly consistently; rows are read eventually
//! consistently, as indexes allow nothing else, so a row that was written
//! less than about a second ago may be missing.

mod ask;
mod calendar;
mod error;
mod names;
mod popular;
mod stage;
mod stage_day;

pub use ask::Cost;
pub use error::QueryError;
pub use stage::{At, Programme};

use std::fmt;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::civil::{Date, DateTime};
use lineup::row::{Performance, trimmed};
use lineup_table::attribute;

use crate::schema::Tables;
use ask::Ask;

/// How many requests of one query are under way at a time.
pub const IN_FLIGHT: usize = 16;

/// The questions, asked of one pair of tables.
#[derive(Debug, Clone)]
pub struct Queries {
    client: Client,
    tables: Tables,
}

/// What was found, what it cost, and what there is to say about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// What was found.
    pub found: T,
    /// What finding it cost.
    pub cost: Cost,
    /// Something about a name in the question.
    pub note: Option<Note>,
}

/// What there is to say about a name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// No stage has the name; one has it in other case, accents or spaces, and that was asked instead.
    ReadAs {
        /// The name that was asked for.
        asked: String,
        /// The name that the stage has.
        stage: String,
    },
    /// No stage has the name.
    NoSuchStage {
        /// The name that was asked for.
        asked: String,
        /// The most similar names, the closest first; perhaps none.
        closest: Vec<String>,
    },
    /// No performer has the name, which is compared to the letter.
    NoSuchPerformer {
        /// The name that was asked for.
        asked: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadAs { asked, stage } => write!(f, "no stage is called {asked:?}; showing {stage:?}"),
            Self::NoSuchStage { asked, closest } => {
                write!(f, "no stage is called {asked:?}")?;
                match closest.as_slice() {
                    [] => write!(f, "; `lineup query stages` lists them"),
                    names => write!(f, "; did you mean {}?", or(names)),
                }
            }
            Self::NoSuchPerformer { asked } => {
                write!(f, "no performer is called {asked:?} (names of performers are exact, to the letter)")
            }
        }
    }
}

/// `"A", "B" or "C"`.
fn or(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl Queries {
    /// Queries of `tables`.
    pub fn new(client: Client, tables: Tables) -> Self {
        Self { client, tables }
    }

    /// All performances of a performer, in time order. The name is exact but for space around it: an
    /// index of folded names would cost a write unit more for every row.
    ///
    /// # Errors
    /// [`QueryError`]; so for all questions.
    pub async fn performer(&self, name: &str) -> Result<Answer<Vec<Performance>>, QueryError> {
        let name = trimmed(name);
        let ask = Ask::new(self);
        let query = ask
            .performances()
            .key_condition_expression("#performer = :performer")
            .expression_attribute_names("#performer", attribute::PERFORMER)
            .expression_attribute_values(":performer", AttributeValue::S(name.to_owned()));
        let found = in_time_order(ask.performances_of(query).await?);
        let note = found.is_empty().then(|| Note::NoSuchPerformer { asked: name.to_owned() });
        Ok(ask.answer(found, note))
    }

    /// The days that have performances, in order.
    pub async fn days(&self) -> Result<Answer<Vec<Date>>, QueryError> {
        let ask = Ask::new(self);
        let found = ask.days(None).await?;
        Ok(ask.answer(found, None))
    }

    /// The stages that have performances, on one day or at all, sorted by name.
    pub async fn stages(&self, date: Option<Date>) -> Result<Answer<Vec<String>>, QueryError> {
        let ask = Ask::new(self);
        let found = match date {
            Some(date) => ask.stages_of(date).await?,
            None => ask.stages().await?,
        };
        Ok(ask.answer(found, None))
    }

    /// Every performance of which some part lies between `from` and before
    /// `to`, on one stage or on all, in time order.
    pub async fn between(
        &self,
        from: DateTime,
        to: DateTime,
        stage: Option<&str>,
    ) -> Result<Answer<Vec<Performance>>, QueryError> {
        if from >= to {
            return Err(QueryError::EmptyRange { from: from.to_string(), to: to.to_string() });
        }
        let ask = Ask::new(self);
        let (found, note) = match stage {
            Some(stage) => ask.of_stage(stage, |stage| ask.overlapping_on(stage, from, to)).await?,
            None => (ask.overlapping(from, to).await?, None),
        };
        Ok(ask.answer(found, note))
    }
}

/// Sorts by start, then by end, stage and performer, so that an answer has one order.
fn in_time_order(mut performances: Vec<Performance>) -> Vec<Performance> {
    performances.sort_by(|one, other| time_order(one).cmp(&time_order(other)));
    performances
}

fn time_order(of: &Performance) -> impl Ord + '_ {
    (of.start_moment(), of.end_moment(), &of.stage, &of.performer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_suggests_names_as_people_read_them() {
        let note = |closest: &[&str]| {
            let closest = closest.iter().map(|name| (*name).to_owned()).collect();
            Note::NoSuchStage { asked: "Man Stage".to_owned(), closest }.to_string()
        };
        assert_eq!(note(&["Main Stage"]), "no stage is called \"Man Stage\"; did you mean \"Main Stage\"?");
        assert!(note(&["A", "B", "C"]).ends_with("did you mean \"A\", \"B\" or \"C\"?"));
        assert!(note(&[]).ends_with("`lineup query stages` lists them"));
    }
}
