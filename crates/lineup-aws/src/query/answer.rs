//! The answer to a question.

use std::fmt;

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
    /// No stage has the name. One differs only in case, accents or spaces, and was queried instead.
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
        /// The most similar names, the closest first; may be empty.
        closest: Vec<String>,
    },
    /// No performer has exactly this name.
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
