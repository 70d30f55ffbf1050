//! Why a definition is refused, and where.

/// Why a definition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct LoadError {
    /// The field, as in `States.LoadChunks.ItemReader.ReaderConfig.CSVHeaders`.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

impl LoadError {
    pub(crate) fn new(place: &str, problem: impl Into<String>) -> Self {
        let place = if place.is_empty() { "definition" } else { place };
        Self { place: place.into(), problem: problem.into() }
    }
}
