//! The scan: the source streamed once through the planner.

use lineup::columns;
use lineup::contract::{Chunk, Source};
use lineup::header::Header;
use lineup::plan::Planner;
use lineup_aws::objects::{Objects, uri};
use lineup_aws::source::SourceReader;

use crate::Error;

/// The most chunks an import may have: their list is held in memory, at about
/// 120 bytes a chunk, and no file that S3 takes needs more at the default size.
pub const MAX_CHUNKS: usize = 1_000_000;

/// What the scan finds.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) header: Header,
    pub(crate) chunks: Vec<Chunk>,
}

/// Reads the source from its first byte to its last.
pub(crate) async fn scan(objects: &Objects, source: &Source, chunk_bytes: u64) -> Result<Found, Error> {
    let file = || uri(&source.bucket, &source.key);
    let mut reader = objects.read(source, 0..source.size);
    let (header, head) = header(&mut reader, file).await?;
    columns::read(&header.columns).map_err(|source| Error::Columns { file: file(), source })?;
    let mut planner = Planner::new(header.dialect, header.next_start, header.next_line, chunk_bytes);
    let mut chunks = Vec::new();
    let begun = usize::try_from(header.next_start).unwrap_or(usize::MAX).min(head.len());
    planner.push(&head[begun..], |chunk| chunks.push(chunk));
    while let Some(piece) = reader.next().await? {
        planner.push(&piece, |chunk| chunks.push(chunk));
        if chunks.len() >= MAX_CHUNKS {
            return Err(Error::TooManyChunks { file: file(), chunk_bytes });
        }
    }
    let (last, _totals) = planner.finish().map_err(|source| Error::Plan { file: file(), source })?;
    chunks.push(last);
    Ok(Found { header, chunks })
}

/// The header, and the bytes that were read to find it.
async fn header(reader: &mut SourceReader, file: impl Fn() -> String) -> Result<(Header, Vec<u8>), Error> {
    let mut head = Vec::new();
    loop {
        let piece = reader.next().await?;
        let whole = piece.is_none();
        head.extend_from_slice(&piece.unwrap_or_default());
        let found = Header::read(&head, whole).map_err(|source| Error::Header { file: file(), source })?;
        match found {
            Some(header) => return Ok((header, head)),
            None if whole => {
                return Err(Error::Header { file: file(), source: lineup::header::HeaderError::TooLong });
            }
            None => {}
        }
    }
}
