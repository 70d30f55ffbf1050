//! Ranges of performers: what one task compares.

use serde::{Deserialize, Serialize};

/// The keys of all performers from `from` on and before `until`, by bytes.
///
/// Work is cut between performers and never between two sets of one: whether a performer is gone, moved on a day, or
/// plays on two stages at once is then known where his keys are, and what ranges find only has to be added up.
///
/// ```
/// use lineup_versions::PerformerRange;
///
/// let range = PerformerRange { from: Some("B".to_owned()), until: Some("C".to_owned()) };
/// assert!(range.contains("B") && range.contains("Bob") && !range.contains("C"));
/// assert_eq!(serde_json::to_string(&range)?, r#"{"from":"B","until":"C"}"#);
/// assert!(PerformerRange::default().contains("anyone"));
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformerRange {
    /// The first name; `None` for all from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The name behind the last; `None` for all to the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

impl PerformerRange {
    /// Whether the performer is in it.
    pub fn contains(&self, performer: &str) -> bool {
        !self.is_before(performer) && !self.is_behind(performer)
    }

    /// Whether the performer comes before the range.
    pub(crate) fn is_before(&self, performer: &str) -> bool {
        self.from.as_deref().is_some_and(|from| performer < from)
    }

    /// Whether the performer comes behind the range.
    pub(crate) fn is_behind(&self, performer: &str) -> bool {
        self.until.as_deref().is_some_and(|until| performer >= until)
    }
}
