//! The order in which S3 took the uploads of a key.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// S3's `sequencer` of an event. It orders the uploads of one key, and says nothing of different keys: the shorter
/// text is padded with zeros on the right, and the two are compared as text (S3 guide, "Event message structure").
///
/// ```
/// use lineup_versions::UploadSequencer;
///
/// let of = |text: &str| UploadSequencer::from(text.to_owned());
/// assert!(of("0055AED6DCD90281E5") < of("0055AED6DCD90281E6"));
/// assert!(of("0055AED6DCD9") < of("0055AED6DCD90281E5"));
/// assert_eq!(of("0055AED6"), of("0055AED600"));
/// ```
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UploadSequencer(String);

impl UploadSequencer {
    /// The text, as the event has it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for UploadSequencer {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Ord for UploadSequencer {
    fn cmp(&self, other: &Self) -> Ordering {
        let length = self.0.len().max(other.0.len());
        let zeros = || std::iter::repeat(b'0');
        let padded = self.0.bytes().chain(zeros()).take(length);
        padded.cmp(other.0.bytes().chain(zeros()).take(length))
    }
}

impl PartialOrd for UploadSequencer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for UploadSequencer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for UploadSequencer {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> UploadSequencer {
        UploadSequencer::from(text.to_owned())
    }

    #[test]
    fn the_shorter_is_padded_with_zeros_on_the_right() {
        for (one, other, order) in [
            ("0055AED6DCD90281E5", "0055AED6DCD90281E5", Ordering::Equal),
            ("0055AED6DCD90281E5", "0055AED6DCD90281F0", Ordering::Less),
            ("0055AED6DCD9", "0055AED6DCD90281E5", Ordering::Less),
            ("00", "000000", Ordering::Equal),
            ("01", "0055AED6DCD90281E5", Ordering::Greater),
            ("", "00", Ordering::Equal),
            ("9", "A", Ordering::Less),
        ] {
            assert_eq!(of(one).cmp(&of(other)), order, "{one} and {other}");
        }
    }

    proptest! {
        /// A number of a fixed number of hexadecimal digits is ordered as its text, so zeros can be left out at its end.
        #[test]
        fn sequencers_are_ordered_as_the_numbers_that_they_are(one in 0u64.., other in 0u64..) {
            let trimmed = |number: u64| of(format!("{number:016X}").trim_end_matches('0'));
            let whole = |number: u64| of(&format!("{number:016X}"));
            prop_assert_eq!(trimmed(one).cmp(&whole(other)), one.cmp(&other));
        }
    }
}
