//! The list of obsolete keys, block by block.

use lineup_aws::key_list::KeyList;
use lineup_versions::{ItemKey, Merge, MergeStep, PerformerRange};

use crate::error::Error;

/// The blocks of a list that are still to be done. A block has at most 32 KiB: some 500 keys.
pub(crate) struct ObsoleteBlocks {
    list: KeyList,
    next: usize,
}

impl ObsoleteBlocks {
    /// Begins with the block of this number.
    pub(crate) fn new(list: KeyList, next: u64) -> Self {
        Self { list, next: usize::try_from(next).unwrap_or(usize::MAX) }
    }

    /// The keys of the next block; `None` after the last.
    pub(crate) async fn next(&mut self) -> Result<Option<Vec<ItemKey>>, Error> {
        if self.next >= self.list.index().blocks().len() {
            return Ok(None);
        }
        let block = self.list.index().block(self.next);
        self.next += 1;
        let mut merge = Merge::new(vec![block], &PerformerRange::default());
        let mut keys = Vec::new();
        loop {
            match merge.step()? {
                MergeStep::Needs(run) => self.list.supply(&mut merge, run).await?,
                MergeStep::Entry => keys.push(merge.entry().key.clone()),
                MergeStep::Done => return Ok(Some(keys)),
            }
        }
    }
}
