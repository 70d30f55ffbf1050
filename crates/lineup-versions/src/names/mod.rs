//! Lists of names: the performers and stages of an import, each once, as an object of which a reader fetches only the parts
//! that it needs.
//!
//! A list is blocks, an index and a trailer, as a [run](crate::run) has them. In place of the performer a key has the kind of the name and the name as
//! names compare ([`fold`](lineup::spelling::fold)), in place of the sort key the name itself. So all names that differ in case and accents alone are
//! neighbours, in one or two blocks, and the performers are before the stages.
//!
//! ```text
//! block      LZ4 block, behind its length decompressed, of the keys of its entries, as they are in a run
//! index, trailer   as of a run, but "LINEUPNM" in place of "LINEUPRN"
//! ```

mod block;
mod builder;
mod held;
mod index;
mod list;
#[cfg(test)]
mod tests;

pub use block::read_names;
pub use builder::NameListBuilder;
pub use index::{NameIndex, NameTail};

use lineup::spelling::fold;

use crate::entry::ItemKey;

/// How much of a folded name a key has. Names that are equal this far are neighbours, and compared in full by whoever reads them.
const FOLDED_BYTES: usize = 200;

/// What has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// A performer.
    Performer,
    /// A stage.
    Stage,
}

impl NameKind {
    /// What keys of this kind begin with.
    fn prefix(self) -> &'static str {
        match self {
            Self::Performer => "p",
            Self::Stage => "s",
        }
    }

    /// What the key of a name has in place of the performer.
    fn folded(self, name: &str) -> String {
        let mut folded = fold(name);
        folded.truncate(folded.floor_char_boundary(FOLDED_BYTES));
        folded.insert_str(0, self.prefix());
        folded
    }

    /// The key of a name.
    fn key(self, name: &str) -> ItemKey {
        ItemKey::new(self.folded(name), name)
    }
}
