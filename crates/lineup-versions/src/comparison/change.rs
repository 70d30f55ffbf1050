//! What a key comes to.

/// What a key comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Only the new file has it. Rows of other imports do not count: no planner saw them as his lineup.
    Added,
    /// Both have it, with another value.
    Changed,
    /// Both have the same item.
    Unchanged,
    /// Only the version before has it.
    Removed,
    /// Only another import has it.
    LeftOver,
}

impl Change {
    /// Whether the item does not belong into the table any more.
    pub fn is_obsolete(self) -> bool {
        matches!(self, Self::Removed | Self::LeftOver)
    }
}
