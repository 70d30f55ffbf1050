//! Making the list of names of a file from its keys.

use std::collections::BTreeSet;

use super::NameKind;
use super::held::HeldNames;
use super::list::merge;
use crate::entry::ItemKey;
use crate::error::RunError;

/// How many bytes of names are held before they are sorted, folded and as they are.
const HELD_BYTES: usize = 16 << 20;

/// The most bytes of a list: some ten million performers. `split` holds it twice.
const LIST_BYTES: usize = 128 << 20;

/// Makes the list of names of a file, from its keys in their order.
///
/// Memory: some 20 MiB of names that are not sorted yet; and twice the list. Of a file with more than some ten million
/// performers there is none.
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
#[derive(Debug)]
pub struct NameListBuilder {
    held: HeldNames,
    held_bytes: usize,
    /// Lists of the performers that are sorted, each of other ones.
    lists: Vec<Vec<u8>>,
    stages: BTreeSet<String>,
    last: String,
    is_too_long: bool,
}

impl Default for NameListBuilder {
    fn default() -> Self {
        Self::with_held_bytes(HELD_BYTES)
    }
}

impl NameListBuilder {
    /// A builder that sorts whenever it holds so many bytes of names.
    pub(super) fn with_held_bytes(held_bytes: usize) -> Self {
        Self {
            held: HeldNames::default(),
            held_bytes,
            lists: Vec::new(),
            stages: BTreeSet::new(),
            last: String::new(),
            is_too_long: false,
        }
    }

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
            NameKind::Performer => self.hold(&kind.key(name)),
            NameKind::Stage if self.stages.contains(name) => {}
            NameKind::Stage => {
                self.stages.insert(name.to_owned());
            }
        }
    }

    fn hold(&mut self, key: &ItemKey) {
        if !self.is_too_long {
            self.is_too_long = !self.held.push(key);
            if self.held.bytes() >= self.held_bytes {
                self.sort_held();
            }
        }
    }

    fn sort_held(&mut self) {
        match self.held.take_list() {
            Ok(list) => self.lists.push(list),
            Err(_too_large) => self.is_too_long = true,
        }
        self.is_too_long |= self.lists.iter().map(Vec::len).sum::<usize>() > LIST_BYTES;
        if self.is_too_long {
            self.lists.clear();
        }
    }

    /// The list; `None` if there are too many names.
    ///
    /// # Errors
    /// A list that was just made is damaged, which is not known to happen.
    pub fn finish(mut self) -> Result<Option<Vec<u8>>, RunError> {
        for stage in std::mem::take(&mut self.stages) {
            self.hold(&NameKind::Stage.key(&stage));
        }
        if self.lists.is_empty() || !self.held.is_empty() {
            self.sort_held();
        }
        if self.is_too_long {
            return Ok(None);
        }
        match self.lists.pop() {
            Some(only) if self.lists.is_empty() => Ok(Some(only)),
            last => merge(self.lists.into_iter().chain(last).collect()).map(Some),
        }
    }
}
