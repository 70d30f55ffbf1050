//! The error names that the state machine sees.
//!
//! A name says what to do about the error, not where it came from.
//! `statemachine/import.asl.json` retries some names, never retries others, and
//! waits for a redrive on the last.

use std::fmt;

/// What a function reports as `errorType`, which Step Functions matches in
/// `Retry` and `Catch` (Step Functions guide, "Handling errors in workflows").
///
/// ```
/// use lineup_contracts::error::ErrorName;
///
/// assert_eq!(ErrorName::SourceChanged.to_string(), "SourceChanged");
/// assert!(ErrorName::Throttled.is_retried() && !ErrorName::SourceChanged.is_retried());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorName {
    /// Retry: a service throttled for longer than the function waits.
    Throttled,
    /// Retry: a service failed, could not be reached, or answered late.
    Unavailable,
    /// Never retry: the file is not a lineup, or the request makes no sense.
    InvalidInput,
    /// Never retry: the object was deleted or overwritten since the event.
    SourceChanged,
    /// Never retry, never redrive: a newer upload of the lineup took over.
    Superseded,
    /// Never retry: a permission is missing.
    AccessDenied,
    /// Never retry: a bucket, table or topic that the function was given does not exist.
    ResourceNotFound,
    /// Never retry: a service refused the request as malformed, which is a defect of ours.
    InvalidRequest,
    /// Redrive: chunks of the file could not be surveyed.
    ChunksNotSurveyed,
    /// Redrive: chunks of the import are not loaded.
    ChunksNotLoaded,
}

impl ErrorName {
    /// Every name.
    pub const ALL: [Self; 10] = [
        Self::Throttled,
        Self::Unavailable,
        Self::InvalidInput,
        Self::SourceChanged,
        Self::Superseded,
        Self::AccessDenied,
        Self::ResourceNotFound,
        Self::InvalidRequest,
        Self::ChunksNotSurveyed,
        Self::ChunksNotLoaded,
    ];

    /// Whether the state machine retries by itself.
    pub const fn is_retried(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable)
    }

    /// The name as it stands in the state machine.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "Throttled",
            Self::Unavailable => "Unavailable",
            Self::InvalidInput => "InvalidInput",
            Self::SourceChanged => "SourceChanged",
            Self::Superseded => "Superseded",
            Self::AccessDenied => "AccessDenied",
            Self::ResourceNotFound => "ResourceNotFound",
            Self::InvalidRequest => "InvalidRequest",
            Self::ChunksNotSurveyed => "ChunksNotSurveyed",
            Self::ChunksNotLoaded => "ChunksNotLoaded",
        }
    }
}

/// Whether the error of this name ends every redrive and re-run of the same upload too: the file is no lineup, or it is gone.
///
/// ```
/// use lineup_contracts::error::never_loads;
///
/// assert!(never_loads("SourceChanged") && !never_loads("Throttled") && !never_loads("States.Timeout"));
/// ```
pub fn never_loads(error: &str) -> bool {
    [ErrorName::InvalidInput, ErrorName::SourceChanged].iter().any(|name| name.as_str() == error)
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error with an [`ErrorName`]. Every error enum that a function of the workspace
/// can fail with implements it, with an exhaustive match.
pub trait Named: std::error::Error {
    /// The name under which the state machine sees this error.
    fn name(&self) -> ErrorName;
}

/// The message of `error` and of each of its sources, joined by `: `, without
/// repeating a source that its parent already printed.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let part = inner.to_string();
        if !text.contains(&part) {
            text.push_str(": ");
            text.push_str(&part);
        }
        source = inner.source();
    }
    text
}
