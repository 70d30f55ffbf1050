//! The routes of an import through the definition, and the transitions that Step Functions charges for them.
//!
//! Every state that is entered is a transition, and every child execution that a Distributed Map starts is one more
//! (Step Functions guide, "Transitions in Distributed Map state").

use serde_json::json;

use crate::definition::{Definition, DefinitionError, Scenario};
use crate::file::ImportFile;

/// The definition of this version.
pub(crate) const DEFINITION: &str = include_str!("../../../statemachine/import.asl.json");

/// How an import goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportCase {
    /// Every chunk is loaded.
    Imported,
    /// The file is no text, and is converted first; then every chunk is loaded.
    Converted,
    /// A Distributed Map surveys the rows; then every chunk is loaded.
    Surveyed,
    /// The file takes the place of an earlier version; nothing of that is removed.
    NewVersion,
    /// The same, and rows that it does not have any more are removed.
    Removing,
    /// The event was delivered before.
    Duplicate,
    /// A folder or a lock file, which the rule let through.
    NotAFile,
    /// The file can never be loaded.
    NoLineup,
    /// Chunks failed; the execution waits for a redrive.
    ChunksFailed,
}

impl ImportCase {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Imported,
        Self::Converted,
        Self::Surveyed,
        Self::NewVersion,
        Self::Removing,
        Self::NoLineup,
        Self::ChunksFailed,
        Self::Duplicate,
        Self::NotAFile,
    ];

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Imported => "an import whose chunks all load",
            Self::Converted => "an import of a workbook, a container or JSON",
            Self::Surveyed => "an import of more than 64 MiB of rows",
            Self::NewVersion => "a new version of a file that has all rows of the one before",
            Self::Removing => "a new version that lacks rows",
            Self::Duplicate => "an event that is delivered again",
            Self::NotAFile => "a folder or a lock file",
            Self::NoLineup => "a file that is no lineup",
            Self::ChunksFailed => "an import with failed chunks, up to the wait for a redrive",
        }
    }

    /// What makes the way of a file longer than that of a small text that is the first version of its lineup.
    pub(crate) fn longer(file: &ImportFile) -> impl Iterator<Item = Self> {
        let version = if file.removed_rows > 0.0 { Self::Removing } else { Self::NewVersion };
        let cases = [
            (file.is_converted, Self::Converted),
            (file.is_surveyed_by_map(), Self::Surveyed),
            (file.is_new_version, version),
        ];
        cases.into_iter().filter(|(is, _)| *is).map(|(_, case)| case)
    }

    fn scenario(self, chunks: u64) -> Scenario {
        let event = |key: &str| {
            let object = json!({"key": key, "etag": "e", "sequencer": "s"});
            json!({"detail": {"bucket": {"name": "uploads"}, "object": object}})
        };
        let scenario = Scenario::default()
            .input(event("lineup.csv"))
            .output("Summarize", json!({"outcome": "SUCCEEDED", "rows": {}, "chunks": {}}));
        let split = json!({"duplicate_of": null, "convert": false, "held": true, "source": {}, "chunks": {"count": chunks}});
        let waits = {
            let mut split = split.clone();
            split["held"] = json!(false);
            split
        };
        let hold = |obsolete| json!({"held": true, "superseded": false, "obsolete": obsolete});
        match self {
            Self::Imported => scenario.output("Split", split),
            Self::Surveyed => {
                scenario.output("Split", json!({"survey": 1, "chunks": {}})).output("Decide", split)
            }
            Self::NewVersion => scenario.output("Split", waits).output("Hold", hold(0)),
            Self::Removing => scenario
                .output("Split", waits)
                .output("Hold", hold(1))
                .output("Remove", json!({"done": true})),
            Self::Converted => scenario.output("Split", json!({"convert": true})).output("Split", split),
            Self::Duplicate => scenario.output("Split", json!({"duplicate_of": "arn"})),
            Self::NotAFile => scenario.input(event("folder/")),
            Self::NoLineup => scenario.fails("Split", "InvalidInput"),
            Self::ChunksFailed => Scenario::default()
                .input(event("lineup.csv"))
                .output("Split", split)
                .output("Summarize", json!({"outcome": "FAILED"}))
                .fails("AwaitRedrive", "ChunksNotLoaded"),
        }
    }
}

/// What a chunk's child execution does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildCase {
    /// It loads its chunk in so many invocations, at least one.
    Loaded(u64),
    /// Its function fails.
    Failed,
}

impl ChildCase {
    fn scenario(self) -> Scenario {
        let load = |done: bool| json!({"done": done, "progress": {}});
        match self {
            Self::Failed => Scenario::default().fails("Load", "InvalidInput"),
            Self::Loaded(invocations) => {
                let more = 1..invocations;
                let not_done =
                    more.fold(Scenario::default(), |scenario, _| scenario.output("Load", load(false)));
                not_done.output("Load", load(true))
            }
        }
    }
}

/// The routes through one definition.
///
/// ```
/// use lineup_costs::{ChildCase, ImportCase, Routes};
///
/// let routes = Routes::of_this_version()?;
/// let (one, two) = (routes.transitions(ImportCase::Imported, 1, 1)?, routes.transitions(ImportCase::Imported, 2, 1)?);
/// assert_eq!(two - one, 1 + routes.child(ChildCase::Loaded(1))?.len() as u64);
/// # Ok::<_, lineup_costs::DefinitionError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Routes(Definition);

impl Routes {
    /// The routes through `statemachine/import.asl.json`.
    ///
    /// # Errors
    /// [`DefinitionError::Malformed`].
    pub fn of_this_version() -> Result<Self, DefinitionError> {
        Definition::parse(DEFINITION).map(Self)
    }

    /// The states of an import, without those of its child executions.
    ///
    /// # Errors
    /// [`DefinitionError`]: the definition has no such route.
    pub fn import(&self, case: ImportCase) -> Result<Vec<String>, DefinitionError> {
        self.0.route(&case.scenario(1))
    }

    /// The states of a chunk's child execution.
    ///
    /// # Errors
    /// [`DefinitionError`]: the definition has no such route.
    pub fn child(&self, case: ChildCase) -> Result<Vec<String>, DefinitionError> {
        self.0.item_processor("LoadChunks")?.route(&case.scenario())
    }

    /// The transitions of an import of `chunks` chunks, each loaded in `invocations` invocations. All chunks are
    /// loaded but in [`ImportCase::ChunksFailed`], where all fail at once, without retries.
    ///
    /// # Errors
    /// [`DefinitionError`]: the definition has no such route.
    pub fn transitions(
        &self,
        case: ImportCase,
        chunks: u64,
        invocations: u64,
    ) -> Result<u64, DefinitionError> {
        let route = self.0.route(&case.scenario(chunks))?;
        let child = match case {
            ImportCase::ChunksFailed => ChildCase::Failed,
            _ => ChildCase::Loaded(invocations),
        };
        let mut transitions = route.len() as u64;
        for map in route.iter().filter(|state| self.0.is_map(state)) {
            let child = self.0.item_processor(map)?.route(&child.scenario())?;
            transitions += chunks * (1 + child.len() as u64);
        }
        Ok(transitions)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// As the test of the definition on the embedded engine (crates/lineup-model/tests/model/import.rs) finds them.
    #[test]
    fn an_import_goes_through_these_states() {
        let routes = Routes::of_this_version().unwrap();
        let begins = |case, route: &[&str]| assert!(routes.import(case).unwrap().starts_with(&owned(route)));
        begins(ImportCase::Imported, &["Route", "Split"]);
        begins(ImportCase::Converted, &["Route", "Split", "Claimed", "Convert", "Split", "Claimed"]);
        begins(
            ImportCase::Surveyed,
            &["Route", "Split", "Claimed", "Survey", "Decide", "Claimed", "LoadChunks"],
        );
        begins(ImportCase::NewVersion, &["Route", "Split", "Claimed", "Hold", "Holding", "LoadChunks"]);
        let removing = routes.import(ImportCase::Removing).unwrap();
        assert_eq!(removing[6..9], owned(&["Obsolete", "Remove", "RemoveDone"]));
        for (case, last) in [
            (ImportCase::Imported, "Imported"),
            (ImportCase::Converted, "Imported"),
            (ImportCase::Surveyed, "Imported"),
            (ImportCase::NewVersion, "Imported"),
            (ImportCase::Removing, "Imported"),
            (ImportCase::Duplicate, "AlreadyImported"),
            (ImportCase::NotAFile, "NotAFile"),
            (ImportCase::NoLineup, "ImportFailed"),
            (ImportCase::ChunksFailed, "AwaitRedrive"),
        ] {
            let route = routes.import(case).unwrap();
            assert_eq!(route.last().map(String::as_str), Some(last), "{route:?}");
            let loads = !matches!(case, ImportCase::Duplicate | ImportCase::NotAFile | ImportCase::NoLineup);
            assert_eq!(route.iter().any(|state| state == "LoadChunks"), loads, "{route:?}");
        }
        assert_eq!(routes.child(ChildCase::Loaded(1)).unwrap(), ["Load", "ChunkDone", "Loaded"]);
        assert_eq!(routes.child(ChildCase::Failed).unwrap(), ["Load"]);
    }

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// A definition with a state more on the way of every import.
    fn with_a_state_before(state: &str, of: impl Fn(&mut Value) -> &mut Value) -> Routes {
        let mut definition: Value = serde_json::from_str(DEFINITION).unwrap();
        let machine = of(&mut definition);
        machine["States"]["Added"] = json!({"Type": "Pass", "ResultPath": null, "Next": state});
        for name in ["Route", "Outcome", "Load"] {
            let known = machine["States"].get(name).is_some();
            if known && machine["States"][name]["Next"] == state {
                machine["States"][name]["Next"] = "Added".into();
            }
            if known && machine["States"][name]["Default"] == state {
                machine["States"][name]["Default"] = "Added".into();
            }
        }
        Routes(Definition::parse(&definition.to_string()).unwrap())
    }

    #[test]
    fn a_state_that_is_added_changes_the_figure() {
        let before = Routes::of_this_version().unwrap();
        let of = |routes: &Routes| routes.transitions(ImportCase::Imported, 7, 1).unwrap();
        assert_eq!(of(&with_a_state_before("Split", |machine| machine)), of(&before) + 1);
        let in_each_chunk =
            with_a_state_before("ChunkDone", |machine| &mut machine["States"]["LoadChunks"]["ItemProcessor"]);
        assert_eq!(of(&in_each_chunk), of(&before) + 7);
    }

    #[test]
    fn a_chunk_that_goes_on_costs_two_transitions_more() {
        let routes = Routes::of_this_version().unwrap();
        let of = |invocations| routes.transitions(ImportCase::Imported, 10, invocations).unwrap();
        assert_eq!(of(3) - of(1), 10 * 2 * 2);
    }
}
