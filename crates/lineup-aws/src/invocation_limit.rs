//! How long an invocation may outlive its execution.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::settings;

/// The longest that an invocation runs (Lambda guide, "Lambda quotas", function timeout).
const LONGEST: u64 = 900;
/// How much longer to count it as running, because clocks differ.
const CLOCKS: SignedDuration = SignedDuration::from_mins(1);

/// How long an invocation may go on after its execution has ended: stopping an execution does not stop a function.
///
/// ```
/// use std::time::Duration;
/// use lineup_aws::invocation_limit::InvocationLimit;
///
/// let now = "2025-07-01T12:00:00Z".parse()?;
/// assert_eq!(InvocationLimit::default().last_end(now).to_string(), "2025-07-01T12:16:00Z");
/// assert_eq!(InvocationLimit::NONE.last_end(now), now);
/// # Ok::<_, jiff::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvocationLimit(Duration);

impl InvocationLimit {
    /// Invocations end with their execution, as they do on one machine.
    pub const NONE: Self = Self(Duration::ZERO);

    /// From [`settings::LONGEST_INVOCATION_SECONDS`]; 15 minutes where it is not set.
    ///
    /// # Errors
    /// If the value is not a number of seconds up to 900.
    pub fn from_env() -> Result<Self, settings::Error> {
        let seconds = settings::number(settings::LONGEST_INVOCATION_SECONDS, 0..=LONGEST, LONGEST)?;
        Ok(Self(Duration::from_secs(seconds)))
    }

    /// When every invocation has ended that runs `now`.
    pub fn last_end(self, now: Timestamp) -> Timestamp {
        if self == Self::NONE {
            return now;
        }
        let longest = SignedDuration::try_from(self.0).unwrap_or(SignedDuration::MAX);
        now.checked_add(longest.saturating_add(CLOCKS)).unwrap_or(Timestamp::MAX)
    }
}

impl Default for InvocationLimit {
    fn default() -> Self {
        Self(Duration::from_secs(LONGEST))
    }
}
