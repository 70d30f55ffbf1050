//! Warnings: rows that are loaded but look wrong.

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::habits::{Habits, LIMIT};
use super::sighting::Sightings;
use crate::origin::Origin;
use crate::reading::Reading;

/// Something about rows that are loaded but look wrong. Two sets that overlap on a stage are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What kind it is.
    pub kind: WarningKind,
    /// How many rows it is about.
    pub count: u64,
    /// What looks wrong, and the option that would change it.
    pub text: String,
    /// The first of them: `line 4: Bea Ash 01:00-02:30`.
    pub first: Vec<String>,
}

/// A kind of warning. In JSON `night-starts` and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningKind {
    /// Starts before 06:00 that seem to be in the night after their date.
    NightStarts,
    /// Times that seem to be in the afternoon.
    Mornings,
    /// Sets longer than 8 hours.
    LongSets,
    /// Sets that end when they start.
    EndEqualsStart,
    /// Stages that differ only in case, accents or punctuation.
    StageSpellings,
    /// Popularities that cannot be read.
    Popularity,
    /// Sets that start while their performer is still on at another stage.
    DoubleBookings,
    /// There was too much to compare.
    NotChecked,
}

/// The warnings about a file that was read like this. `origin` says where its lines stand in what was uploaded.
pub fn warnings(facts: &Facts, reading: &Reading, origin: &Origin) -> Vec<Warning> {
    let habits = &facts.habits;
    let mut warnings = Vec::new();
    let mut add = |kind, sightings: &Sightings, text: String| {
        if sightings.count > 0 {
            let first = Habits::shown(sightings, origin);
            warnings.push(Warning { kind, count: sightings.count, text, first });
        }
    };
    let rows = |sightings: &Sightings, verb: [&str; 2]| match sightings.count {
        1 => format!("1 row {}", verb[0]),
        count => format!("{count} rows {}", verb[1]),
    };
    if reading.day_starts.is_none() {
        let nights = habits.misdated_nights();
        let text = rows(&nights, ["starts", "start"])
            + " before 06:00 on the date of a late set of the same stage: are they in the night after? Then say --day-starts 06:00";
        add(WarningKind::NightStarts, &nights, text);
    }
    if !reading.pm && !habits.has_half_days && !habits.has_afternoons {
        let text = rows(&habits.mornings, ["starts", "start"])
            + " before 09:00, none from 13:00 on, and no time has am or pm: if they are in the afternoon, say --pm";
        add(WarningKind::Mornings, &habits.mornings, text);
    }
    let text = rows(&habits.long, ["is", "are"])
        + " longer than 8 hours: is the end right? If times lack am and pm, say --pm";
    add(WarningKind::LongSets, &habits.long, text);
    let text = rows(&habits.without_length, ["ends", "end"]) + " when the set starts, and count as 24 hours";
    add(WarningKind::EndEqualsStart, &habits.without_length, text);
    let alike = habits.alike_stages();
    let text =
        format!("{} differ only in case, accents or punctuation, and are kept apart", stages(alike.count));
    add(WarningKind::StageSpellings, &alike, text);
    let text = rows(&habits.popularities, ["has", "have"])
        + " a Popularity that is no number from 1 to 100, and loaded without it";
    add(WarningKind::Popularity, &habits.popularities, text);
    if habits.is_cut {
        let text =
            format!("only the first {LIMIT} stages and stage-days were checked for nights and spellings");
        warnings.push(Warning { kind: WarningKind::NotChecked, count: 0, text, first: Vec::new() });
    }
    warnings
}

fn stages(groups: u64) -> String {
    if groups == 1 { "names of 1 stage".to_owned() } else { format!("names of {groups} stages") }
}
