//! The state of an execution, as the pages show it.

/// The state of an execution, as the pages show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShownState {
    /// It goes on.
    Running,
    /// Every chunk is loaded, and no row was rejected.
    Succeeded,
    /// Every chunk is loaded; some rows were rejected.
    Partial,
    /// It failed.
    Failed,
    /// A newer upload of the lineup took over.
    Superseded,
    /// It was stopped, or its process ended.
    Interrupted,
    /// Another execution imports the same upload.
    Duplicate,
}

impl ShownState {
    /// As the command says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Partial => "PARTIAL",
            Self::Failed => "FAILED",
            Self::Superseded => "SUPERSEDED",
            Self::Interrupted => "INTERRUPTED",
            Self::Duplicate => "DUPLICATE",
        }
    }

    /// The class of its colour.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Succeeded => "good",
            Self::Partial => "mixed",
            Self::Failed => "bad",
            Self::Superseded => "quiet",
            Self::Interrupted => "mixed",
            Self::Duplicate => "quiet",
        }
    }
}
