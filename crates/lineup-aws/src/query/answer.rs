//! The answer to a question.

use std::fmt;

use lineup_versions::NameKind;

/// What a question cost, as DynamoDB reports it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cost {
    /// Requests that were answered.
    pub requests: u64,
    /// Read units (RCU) consumed: an eventually consistent read of 4 KB consumes half of one.
    pub read_units: f64,
}

/// The result of a question, its cost, and a note about a name in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// What was found.
    pub found: T,
    /// What finding it cost.
    pub cost: Cost,
    /// A note about a name in the question.
    pub note: Option<Note>,
}

/// A note about a name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Nothing has the name. What differs only in case, accents, punctuation or spaces was queried instead.
    ReadAs {
        /// What was asked for.
        kind: NameKind,
        /// The name that was asked for.
        asked: String,
        /// The names that there are, sorted.
        names: Vec<String>,
    },
    /// Stages that differ in case alone were queried together.
    Together {
        /// Their names, sorted.
        stages: Vec<String>,
    },
    /// No performer has the name. Those whose names contain it were queried instead.
    PartOf {
        /// The name that was asked for.
        asked: String,
        /// The performers, sorted.
        performers: Vec<String>,
        /// How many more there are.
        more: usize,
    },
    /// No stage has the name.
    NoSuchStage {
        /// The name that was asked for.
        asked: String,
        /// The most similar names, the closest first; may be empty.
        closest: Vec<String>,
    },
    /// No performer has the name.
    NoSuchPerformer {
        /// The name that was asked for.
        asked: String,
        /// The most similar names, the closest first; may be empty.
        closest: Vec<String>,
        /// Where it was not looked for.
        unsearched: Unsearched,
    },
}

/// Where a name was not looked for as it may be meant: performers are found there by their exact names alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsearched {
    /// There are no lists of names.
    pub no_lists: bool,
    /// How many lineups have rows whose names are in no list: an earlier version of lineup imported them, or they have too many rows.
    pub lineups: usize,
    /// There are more than [`MOST_NAMES`](super::MOST_NAMES): neither parts of names nor similar ones are looked for.
    pub too_many: bool,
}

impl Unsearched {
    /// Whether it was looked for everywhere.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadAs { kind, asked, names } => {
                let kind = match kind {
                    NameKind::Performer => "performer",
                    NameKind::Stage => "stage",
                };
                write!(f, "no {kind} is called {asked:?}; showing {}", list(names, "and"))
            }
            Self::Together { stages } => {
                write!(f, "showing {} together: their names differ in case alone", list(stages, "and"))
            }
            Self::PartOf { asked, performers, more } => {
                write!(f, "no performer is called {asked:?}; showing those whose names contain it: ")?;
                match more {
                    0 => f.write_str(&list(performers, "and")),
                    more => write!(
                        f,
                        "{} and {more} more, which are not shown (`lineup query search` lists names)",
                        quoted(performers).join(", ")
                    ),
                }
            }
            Self::NoSuchStage { asked, closest } => {
                write!(f, "no stage is called {asked:?}")?;
                match closest.as_slice() {
                    [] => write!(f, "; `lineup query stages` lists them"),
                    names => write!(f, "; did you mean {}?", list(names, "or")),
                }
            }
            Self::NoSuchPerformer { asked, closest, unsearched } => {
                write!(f, "no performer is called {asked:?}")?;
                if !closest.is_empty() {
                    write!(f, "; did you mean {}?", list(closest, "or"))?;
                }
                write!(f, "{unsearched}")
            }
        }
    }
}

impl fmt::Display for Unsearched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.no_lists {
            return f.write_str(" (names of performers are exact, to the letter)");
        }
        match self.lineups {
            0 => {}
            1 => f.write_str(
                " (one lineup has no list of names, and is asked for exact names alone: import it again)",
            )?,
            lineups => write!(
                f,
                " ({lineups} lineups have no list of names, and are asked for exact names alone: import them again)"
            )?,
        }
        match self.too_many {
            true => f.write_str(" (there are more than a million names: parts of names are not looked for)"),
            false => Ok(()),
        }
    }
}

fn quoted(names: &[String]) -> Vec<String> {
    names.iter().map(|name| format!("{name:?}")).collect()
}

/// `"A", "B" or "C"`, with the word before the last.
fn list(names: &[String], word: &str) -> String {
    let quoted = quoted(names);
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
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

    #[test]
    fn a_note_says_what_is_shown_and_what_was_not_looked_for() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let asked = || "bj".to_owned();
        let unsearched = Unsearched { lineups: 1, ..Unsearched::default() };
        let notes = [
            Note::ReadAs { kind: NameKind::Performer, asked: asked(), names: names(&["BJ", "Bj"]) },
            Note::Together { stages: names(&["Main", "MAIN"]) },
            Note::PartOf { asked: asked(), performers: names(&["Björk", "BJ Cole"]), more: 0 },
            Note::PartOf { asked: asked(), performers: names(&["Björk"]), more: 7 },
            Note::NoSuchPerformer {
                asked: asked(),
                closest: names(&["BK"]),
                unsearched: Unsearched::default(),
            },
            Note::NoSuchPerformer { asked: asked(), closest: Vec::new(), unsearched },
        ];
        let said: Vec<String> = notes.iter().map(Note::to_string).collect();
        assert_eq!(
            said,
            [
                "no performer is called \"bj\"; showing \"BJ\" and \"Bj\"",
                "showing \"Main\" and \"MAIN\" together: their names differ in case alone",
                "no performer is called \"bj\"; showing those whose names contain it: \"Björk\" and \"BJ Cole\"",
                "no performer is called \"bj\"; showing those whose names contain it: \"Björk\" and 7 more, which \
                 are not shown (`lineup query search` lists names)",
                "no performer is called \"bj\"; did you mean \"BK\"?",
                "no performer is called \"bj\" (one lineup has no list of names, and is asked for exact names \
                 alone: import it again)",
            ]
        );
    }
}
