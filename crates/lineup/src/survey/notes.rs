//! What was understood of a file, in sentences for the message.

use super::facts::Facts;
use crate::date::DateOrder;
use crate::header::{Columns, KnownColumn, Role};
use crate::origin::Origin;
use crate::reading::Reading;
use crate::text::TextEncoding;

/// What was understood of a file, in sentences for the message: nothing for a file in the documented form.
/// `header_encoding` is that of the file down to the end of its header.
pub fn notes(
    columns: &Columns,
    header_encoding: TextEncoding,
    reading: &Reading,
    facts: &Facts,
    origin: &Origin,
) -> Vec<String> {
    let mut notes = Vec::new();
    if [reading.encoding, header_encoding].contains(&TextEncoding::Windows1252) {
        notes.push("The text was read as Windows-1252, because it is not UTF-8.".to_owned());
    }
    let renamed = columns.iter().filter_map(|column| match column.role {
        Role::Known(known) if !column.name.eq_ignore_ascii_case(known.name()) => {
            Some(format!("{:?} as {}", column.name, known.name()))
        }
        _ => None,
    });
    let renamed: Vec<_> = renamed.collect();
    if !renamed.is_empty() {
        notes.push(format!("Columns were read by their meaning: {}.", renamed.join(", ")));
    }
    notes.extend(reading.stage.as_ref().map(|stage| {
        if columns.has(KnownColumn::Stage) {
            format!("The stage of rows without one is {stage}, as --stage says.")
        } else {
            format!("The stage of every row is {stage}, as --stage says.")
        }
    }));
    notes.extend(date_order(reading, facts, origin));
    notes
}

fn date_order(reading: &Reading, facts: &Facts, origin: &Origin) -> Option<String> {
    let order = reading.dates.order?;
    let any = facts.day_first.as_ref().or(facts.month_first.as_ref()).or(facts.either_first.as_ref())?;
    let (form, proof) = match order {
        DateOrder::DayFirst => ("day first", facts.day_first.as_ref()),
        DateOrder::MonthFirst => ("month first", facts.month_first.as_ref()),
    };
    Some(match proof {
        Some(proof) => format!("Dates were read {form}: {} has {:?}.", origin.place(proof.line), proof.text),
        None => {
            format!("Dates were read {form}, as was said: {} has {:?}.", origin.place(any.line), any.text)
        }
    })
}
