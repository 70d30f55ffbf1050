//! The conversion of a small file in memory: with no thread, and one request to read it.

use std::io::{self, Cursor};
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use forms::{ConversionLimits, ConvertError, Converted, Reopen};
use lineup_aws::objects::Objects;
use lineup_contracts::Source;

use crate::limits::limits;

/// The longest text that is made in memory. A file whose text is longer is converted by the thread.
const TEXT_BYTES: u64 = 64 << 20;

/// The uploaded file.
struct WholeFile(Bytes);

impl Reopen for WholeFile {
    type Reader = Cursor<Bytes>;

    fn open(&self) -> io::Result<Cursor<Bytes>> {
        Ok(Cursor::new(self.0.clone()))
    }
}

/// Reads the source whole and converts it. `None` if it comes to a limit: perhaps the one of this way alone.
pub(crate) async fn convert(
    objects: &Objects,
    source: &Source,
    scratch: &Path,
    stop_at: Instant,
) -> Result<Option<(Result<Converted, ConvertError>, Vec<u8>)>, lineup_aws::Error> {
    let mut reader = objects.read(source, 0..source.size);
    let mut file = Vec::new();
    while let Some(piece) = reader.next().await? {
        file.extend_from_slice(&piece);
    }
    let stop = || Instant::now() >= stop_at;
    let limits = ConversionLimits { output_bytes: TEXT_BYTES, ..limits(scratch.to_owned(), &stop) };
    let mut text = Vec::new();
    match forms::convert(&WholeFile(file.into()), &mut text, &limits) {
        Err(ConvertError::Limit { .. }) => Ok(None),
        converted => Ok(Some((converted, text))),
    }
}
