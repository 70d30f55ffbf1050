//! Making the list of names of a file from its keys.

use std::collections::BTreeSet;

use super::NameKind;
use super::block::OpenNames;
use super::index::end_of_list;
use crate::entry::ItemKey;
use crate::error::RunError;
use crate::run::OpenIndex;

/// The most bytes of names that are held, folded and as they are: some ten million performers.
const HELD_BYTES: usize = 384 << 20;

/// Makes the list of names of a file, from its keys in their order.
///
/// Memory: each different name twice, once folded, and 8 bytes; and the finished list. Of a file with more than some ten million performers there
/// is none.
///
/// ```
/// use lineup_versions::{ItemKey, NameIndex, NameKind, NameListBuilder, read_names};
///
/// let mut builder = NameListBuilder::default();
/// for day in ["2025-07-12", "2025-07-13"] {
///     builder.add(&ItemKey::new("Björk", format!("{day}#20:00#Main Stage")));
/// }
/// let list = builder.finish()?.expect("there are few names");
/// let index = NameIndex::of_list(&list)?;
/// assert_eq!(index.names(), 2);
/// let mut names = Vec::new();
/// for place in index.equal(NameKind::Performer, "BJORK") {
///     read_names(place, &list[place.bytes()], |kind, name| names.push((kind, name.to_owned())))?;
/// }
/// assert_eq!(names[0], (NameKind::Performer, "Björk".to_owned()));
/// # Ok::<_, lineup_versions::RunError>(())
/// ```
#[derive(Debug, Default)]
pub struct NameListBuilder {
    /// Of each performer the key's two parts, one behind the other.
    text: Vec<u8>,
    performers: Vec<HeldName>,
    stages: BTreeSet<String>,
    last: String,
    is_too_long: bool,
}

/// A performer: where the key's parts are.
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

impl NameListBuilder {
    /// Adds the names of the next key.
    pub fn add(&mut self, key: &ItemKey) {
        // The sort key is date, start and stage; the first two have no such sign.
        let stage = key.performance.splitn(3, '#').nth(2).unwrap_or_default();
        if !stage.is_empty() {
            self.insert(NameKind::Stage, stage);
        }
        if self.last != key.performer {
            self.last.clear();
            self.last.push_str(&key.performer);
            self.insert(NameKind::Performer, &key.performer);
        }
    }

    /// Adds a name, for example out of the list of a range of performers. A performer must be in one list alone.
    pub fn insert(&mut self, kind: NameKind, name: &str) {
        match kind {
            NameKind::Performer => self.hold(kind.folded(name), name),
            NameKind::Stage if self.stages.contains(name) => {}
            NameKind::Stage => {
                self.stages.insert(name.to_owned());
            }
        }
    }

    fn hold(&mut self, folded: String, name: &str) {
        let held = self.text.len() + folded.len() + name.len();
        let lengths = (u16::try_from(folded.len()), u16::try_from(name.len()));
        match (u32::try_from(self.text.len()), lengths) {
            (Ok(text), (Ok(folded_bytes), Ok(name_bytes))) if held <= HELD_BYTES && !self.is_too_long => {
                self.performers.push(HeldName { text, folded: folded_bytes, name: name_bytes });
                self.text.extend_from_slice(folded.as_bytes());
                self.text.extend_from_slice(name.as_bytes());
            }
            _ => {
                self.is_too_long = true;
                (self.text, self.performers) = (Vec::new(), Vec::new());
            }
        }
    }

    /// The list; `None` if there are too many names.
    ///
    /// # Errors
    /// The index would be too long, which that of so few names is not.
    pub fn finish(mut self) -> Result<Option<Vec<u8>>, RunError> {
        if self.is_too_long {
            return Ok(None);
        }
        let text = std::mem::take(&mut self.text);
        self.performers.sort_unstable_by(|one, other| one.key(&text).cmp(&other.key(&text)));
        let mut list = OpenList::default();
        let mut key = ItemKey::default();
        for held in self.performers {
            let (folded, name) = held.key(&text);
            // Both were text when they came.
            key.set(str::from_utf8(folded).unwrap_or_default(), str::from_utf8(name).unwrap_or_default());
            list.push(&key);
        }
        let stages: BTreeSet<ItemKey> = self.stages.iter().map(|stage| NameKind::Stage.key(stage)).collect();
        stages.iter().for_each(|key| list.push(key));
        list.finish().map(Some)
    }
}

/// A list that is being written.
#[derive(Debug, Default)]
struct OpenList {
    out: Vec<u8>,
    block: OpenNames,
    index: OpenIndex,
}

impl OpenList {
    fn push(&mut self, key: &ItemKey) {
        if self.block.entries() > 0 && !self.block.has_room(key) {
            self.end_block();
        }
        self.block.push(key);
    }

    fn end_block(&mut self) {
        let (start, entries) = (self.out.len(), self.block.entries());
        self.block.take(&mut self.out);
        self.index.push(self.block.first(), entries, &self.out[start..]);
    }

    fn finish(mut self) -> Result<Vec<u8>, RunError> {
        if self.block.entries() > 0 {
            self.end_block();
        }
        end_of_list(self.index, &mut self.out)?;
        Ok(self.out)
    }
}
