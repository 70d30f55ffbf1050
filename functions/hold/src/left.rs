//! The keys of earlier versions that the file does not have: those that are removed, and those that stay.

use lineup_aws::imports::Imports;
use lineup_aws::lineups::Lineup;
use lineup_aws::object_writer::ObjectWriter;
use lineup_versions::{RunEntry, RunWriter};
use uuid::Uuid;

use crate::error::Error;

/// How many bytes of a list are held before they are given to its writer.
const HELD_BYTES: usize = 1 << 20;

/// Writes the lists of these keys. Only at the end it is known whether all of them stay, so that both lists are written.
pub(crate) struct LeftKeys<'l> {
    lineup: &'l Lineup,
    import_id: Uuid,
    /// Those that are removed, if the guard allows it.
    obsolete: ListedKeys,
    /// All of them: what stays if it does not.
    all: ListedKeys,
    /// Those of performers with a rejected row, which stay in any case.
    spared: RunWriter,
    spared_bytes: Vec<u8>,
    spared_keys: u64,
}

/// How many keys are removed, and how many stay because a row of their performer was rejected.
pub(crate) struct LeftCounts {
    pub(crate) obsolete: u64,
    pub(crate) spared: u64,
}

impl<'l> LeftKeys<'l> {
    pub(crate) fn new(imports: &Imports, lineup: &'l Lineup, import_id: Uuid) -> Self {
        Self {
            lineup,
            import_id,
            obsolete: ListedKeys::new(imports.obsolete_writer(import_id)),
            all: ListedKeys::new(lineup.kept_keys_writer(import_id)),
            spared: RunWriter::new(),
            spared_bytes: Vec::new(),
            spared_keys: 0,
        }
    }

    /// How many would be removed so far.
    pub(crate) fn obsolete(&self) -> u64 {
        self.obsolete.keys
    }

    /// Adds the next key, in order.
    pub(crate) async fn push(&mut self, entry: &RunEntry, is_spared: bool) -> Result<(), Error> {
        self.all.push(entry).await?;
        if is_spared {
            self.spared_keys += 1;
            return Ok(self.spared.push(entry, &mut self.spared_bytes)?);
        }
        self.obsolete.push(entry).await
    }

    /// Completes the lists: what is removed, and what stays.
    pub(crate) async fn finish(mut self, keeps_all: bool) -> Result<LeftCounts, Error> {
        if keeps_all {
            self.obsolete.abort().await;
            self.all.finish().await?;
            return Ok(LeftCounts { obsolete: 0, spared: 0 });
        }
        self.all.abort().await;
        if self.spared_keys > 0 {
            self.spared.finish(&mut self.spared_bytes)?;
            let mut list = self.lineup.kept_keys_writer(self.import_id);
            list.write(&self.spared_bytes).await?;
            list.finish().await?;
        }
        Ok(LeftCounts { obsolete: self.obsolete.finish().await?, spared: self.spared_keys })
    }
}

/// A list of keys that is being written.
pub(crate) struct ListedKeys {
    writer: RunWriter,
    held: Vec<u8>,
    list: ObjectWriter,
    keys: u64,
}

impl ListedKeys {
    pub(crate) fn new(list: ObjectWriter) -> Self {
        Self { writer: RunWriter::new(), held: Vec::new(), list, keys: 0 }
    }

    pub(crate) async fn push(&mut self, entry: &RunEntry) -> Result<(), Error> {
        self.writer.push(entry, &mut self.held)?;
        self.keys += 1;
        if self.held.len() >= HELD_BYTES {
            self.list.write(&self.held).await?;
            self.held.clear();
        }
        Ok(())
    }

    /// How many keys there are. Without any, nothing is written.
    pub(crate) async fn finish(mut self) -> Result<u64, Error> {
        if self.keys > 0 {
            self.writer.finish(&mut self.held)?;
            self.list.write(&self.held).await?;
            self.list.finish().await?;
        }
        Ok(self.keys)
    }

    async fn abort(self) {
        self.list.abort().await;
    }
}
