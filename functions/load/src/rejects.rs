//! The rejected rows of a chunk, in files of bounded size.

use delimited::Chunk;
use lineup::reject::{Reject, RejectsWriter};
use lineup_aws::imports::Imports;
use lineup_contracts::layout::Layout;

use crate::Error;

/// A file is complete when it has about this many bytes. Until then it is held in memory.
const FILE_BYTES: usize = 8 << 20;

/// A complete file of rejected rows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RejectsFile {
    pub(crate) key: String,
    pub(crate) csv: Vec<u8>,
}

/// The files in the imports bucket.
pub(crate) struct KeptRejects<'c> {
    imports: &'c Imports,
    /// Those that earlier invocations wrote.
    earlier: Vec<String>,
    /// The keys of those that this one wrote or found.
    pub(crate) keys: Vec<String>,
}

impl<'c> KeptRejects<'c> {
    pub(crate) fn new(imports: &'c Imports, earlier: Vec<String>) -> Self {
        Self { imports, earlier, keys: Vec::new() }
    }

    /// Writes files, but for those that an earlier invocation wrote: their content would be the same.
    pub(crate) async fn keep(&mut self, files: impl IntoIterator<Item = RejectsFile>) -> Result<(), Error> {
        for RejectsFile { key, csv } in files {
            if !self.earlier.contains(&key) {
                self.imports.put_rejects(&key, csv).await?;
            }
            self.keys.push(key);
        }
        Ok(())
    }
}

/// Makes the files, one after the other. The same rows always give the same files, so a repeated
/// invocation writes nothing else.
pub(crate) struct Rejects {
    layout: Layout,
    chunk: Chunk,
    file_bytes: usize,
    files: u32,
    open: Option<OpenFile>,
    complete: Vec<RejectsFile>,
}

struct OpenFile {
    key: String,
    writer: RejectsWriter<Vec<u8>>,
    bytes: usize,
}

impl Rejects {
    pub(crate) fn new(layout: Layout, chunk: Chunk) -> Self {
        Self { layout, chunk, file_bytes: FILE_BYTES, files: 0, open: None, complete: Vec::new() }
    }

    /// Adds the record `row`, which begins at byte `start` on `line`.
    pub(crate) fn add(&mut self, start: u64, line: u64, reject: &Reject, row: &[u8]) -> Result<(), Error> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => self.open(start)?,
        };
        open.writer.write(line, reject, row)?;
        open.bytes += row.len() + reject.value.len();
        let complete = open.bytes >= self.file_bytes;
        self.open = Some(open);
        if complete { self.finish() } else { Ok(()) }
    }

    fn open(&mut self, start: u64) -> Result<OpenFile, Error> {
        let start = if self.files == 0 { self.chunk.start } else { start };
        self.files += 1;
        let key = self.layout.rejects(self.chunk.chunk, start, self.chunk.start);
        Ok(OpenFile { key, writer: RejectsWriter::new(Vec::new())?, bytes: 0 })
    }

    /// Completes the last file, if rows remain.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        let Some(OpenFile { key, writer, .. }) = self.open.take() else { return Ok(()) };
        let csv = writer.finish().map_err(csv::Error::from)?;
        self.complete.push(RejectsFile { key, csv });
        Ok(())
    }

    /// Takes the files that are complete.
    pub(crate) fn take_complete(&mut self) -> Vec<RejectsFile> {
        std::mem::take(&mut self.complete)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use lineup::reject::{Reason, read_rejects};

    use super::*;

    const CHUNK: Chunk = Chunk { chunk: 3, start: 100, end: 200, first_line: 9 };

    fn files(rows: u64, file_bytes: usize) -> Vec<RejectsFile> {
        let mut rejects = Rejects::new(Layout(uuid::Uuid::nil()), CHUNK);
        rejects.file_bytes = file_bytes;
        let reject = Reject::whole_row(Reason::Missing);
        (0..rows).for_each(|n| rejects.add(100 + 10 * n, 9 + n, &reject, b"a,b\"c,d").unwrap());
        rejects.finish().unwrap();
        rejects.take_complete()
    }

    #[test]
    fn a_chunk_without_rejects_has_no_file() {
        assert!(files(0, 20).is_empty());
    }

    #[test]
    fn many_rejects_become_several_files_with_keys_of_their_own_and_no_row_is_lost() {
        let files = files(8, 20);
        let keys: Vec<_> = files.iter().map(|file| file.key.rsplit('/').next().unwrap()).collect();
        assert_eq!(keys, ["00003.csv", "00003-130.csv", "00003-160.csv"]);
        let rows = files.iter().flat_map(|file| read_rejects(file.csv.as_slice()).map(Result::unwrap));
        let rows: Vec<_> = rows.map(|row| (row.line, row.row)).collect();
        let expected: Vec<_> = (9..17).map(|line| (line, b"a,b\"c,d".to_vec())).collect();
        assert_eq!(rows, expected);
    }
}
