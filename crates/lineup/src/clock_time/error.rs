//! Why a text is no time.

/// Why a text is not a [`ClockTime`](super::ClockTime), a written time or a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockTimeError {
    /// It has none of the forms that are read.
    #[error("not a time (try 20:00 or 8:00pm)")]
    NotATime,
    /// It has seconds other than 00.
    #[error("not a whole minute (try 20:00)")]
    NotAWholeMinute,
    /// `0.25`: 00:25 written with a dot, or a quarter of a day as a workbook stores it.
    #[error("may be 00:25 or a quarter of a day (write 00:25 or 06:00)")]
    ClockOrFraction,
    /// It is not a duration of 1 to 1440 minutes.
    #[error("not a duration of 1 minute to 24 hours (try 90 or 1:30)")]
    NotADuration,
}
