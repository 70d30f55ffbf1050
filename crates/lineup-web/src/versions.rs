//! Lineups and their versions, as the pages show them.

use jiff::Timestamp;
use uuid::Uuid;

use crate::shown_state::ShownState;

/// A lineup: what was imported under one name.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedLineup {
    /// What `--as` takes.
    pub name: String,
    /// The import whose rows the table has; none if none ended well yet.
    pub current: Option<Uuid>,
    /// When that began.
    pub imported: Option<Timestamp>,
    /// How many rows the table has of the lineup, where that is known.
    pub rows: Option<u64>,
    /// The import that writes now.
    pub writing: Option<Uuid>,
    /// What looked wrong in the current version: each warning with the first rows that it is about.
    pub warnings: Vec<(String, Vec<String>)>,
    /// Rows of the current version that were rejected.
    pub rejected: u64,
    /// How the current version differs from the one before.
    pub changes: Option<VersionDifferences>,
}

/// How a version differs from the one before, as its import wrote it down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionDifferences {
    /// `12 added, 3 changed, 1 removed, 50 unchanged`.
    pub counts: String,
    /// Why what the file does not have any more stays in the table.
    pub kept: Option<String>,
    /// The first performers that are gone.
    pub gone: Vec<String>,
    /// How many are gone.
    pub gone_count: u64,
}

/// A version of a lineup.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownVersion {
    /// Its import.
    pub import_id: Uuid,
    /// When that began.
    pub imported: Timestamp,
    /// How that ended.
    pub state: ShownState,
    /// How many rows it wrote.
    pub rows: u64,
    /// Whether it is what the table has.
    pub is_current: bool,
    /// Whether it can be brought back.
    pub is_restorable: bool,
    /// How it differs from the one before, where that is known.
    pub changes: Option<VersionDifferences>,
}

/// What an import of a file would change of its lineup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProposedChanges {
    /// The name of the lineup.
    pub lineup: String,
    /// The current version, with which the file was compared.
    pub before: Option<Uuid>,
    /// `12 added, 3 changed, 1 removed, 50 unchanged`; empty if nothing was compared.
    pub counts: String,
    /// The first sets that differ.
    pub sets: Vec<ProposedSet>,
    /// How many more do.
    pub more: usize,
    /// Why nothing was compared, or why nothing would be removed.
    pub note: Option<String>,
}

/// A set that an import would change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedSet {
    /// What becomes of it.
    pub change: ShownChange,
    /// Who plays.
    pub performer: String,
    /// Day, start and stage, in the table now or, if it is added, in the file.
    pub place: String,
    /// Where it moves.
    pub to: Option<String>,
}

/// What becomes of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownChange {
    /// Only the file has it.
    Added,
    /// It has another start or stage.
    Moved,
    /// Another column differs.
    Changed,
    /// Only the table has it.
    Removed,
}

impl ShownChange {
    /// In a word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Moved => "moved",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }

    /// The class of its colour.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Added => "good",
            Self::Moved => "running",
            Self::Changed => "mixed",
            Self::Removed => "bad",
        }
    }
}

/// Where a set came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOrigin {
    /// The name of the lineup that wrote it last.
    pub lineup: String,
    /// The import that is the current version of that lineup.
    pub import_id: Uuid,
    /// `line 17`, `sheet Friday, row 7`; none where the import left no list of its keys.
    pub place: Option<String>,
}
