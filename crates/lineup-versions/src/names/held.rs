//! Names that are gathered in memory until they are sorted.

use super::list::OpenList;
use crate::entry::ItemKey;
use crate::error::RunError;

/// Names in any order. Memory: each name, folded and as it is, and 8 bytes.
#[derive(Debug, Default)]
pub(super) struct HeldNames {
    /// Of each name the key's two parts, one behind the other.
    text: Vec<u8>,
    names: Vec<HeldName>,
}

/// A name: where the key's parts are.
#[derive(Debug, Clone, Copy)]
struct HeldName {
    text: u32,
    folded: u16,
    name: u16,
}

impl HeldName {
    fn key(self, text: &[u8]) -> (&[u8], &[u8]) {
        let text = text.get(self.text as usize..).unwrap_or_default();
        let (folded, rest) = text.split_at_checked(self.folded.into()).unwrap_or_default();
        (folded, rest.get(..self.name.into()).unwrap_or_default())
    }
}

impl HeldNames {
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Adds the name with this key. `false` if it is longer than a key of DynamoDB can be.
    pub(super) fn push(&mut self, key: &ItemKey) -> bool {
        let lengths = (u16::try_from(key.performer.len()), u16::try_from(key.performance.len()));
        let (Ok(text), (Ok(folded), Ok(name))) = (u32::try_from(self.text.len()), lengths) else {
            return false;
        };
        self.names.push(HeldName { text, folded, name });
        self.text.extend_from_slice(key.performer.as_bytes());
        self.text.extend_from_slice(key.performance.as_bytes());
        true
    }

    /// The list of the names. None are held then.
    ///
    /// # Errors
    /// [`RunError::TooLarge`]: the index is too long.
    pub(super) fn take_list(&mut self) -> Result<Vec<u8>, RunError> {
        let text = &self.text;
        self.names.sort_unstable_by(|one, other| one.key(text).cmp(&other.key(text)));
        let (mut list, mut key) = (OpenList::default(), ItemKey::default());
        for held in self.names.drain(..) {
            let (folded, name) = held.key(text);
            // Both were text when they came.
            key.set(str::from_utf8(folded).unwrap_or_default(), str::from_utf8(name).unwrap_or_default());
            list.push(&key);
        }
        self.text.clear();
        list.finish()
    }
}
