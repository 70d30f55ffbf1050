//! Surveys the rows before the first of them is loaded, and decides how the file is read.

use std::collections::BTreeMap;

use delimited::Chunk;
use lineup::header::Header;
use lineup::options::ReadOptions;
use lineup::origin::Origin;
use lineup::reading::Reading;
use lineup::row::RowAbove;
use lineup::survey::{Facts, Surveyor, Warning, decide, notes, warnings};
use lineup_aws::object_store::uri;
use lineup_aws::objects::Objects;
use lineup_contracts::Source;

use crate::error::Error;

/// How many bytes of rows are surveyed. A larger file is decided by its first rows; rows further down that
/// contradict them, or need more to be said, are rejects.
const SURVEYED_BYTES: u64 = 64 << 20;

/// How a file is read.
pub(crate) struct Decided {
    pub(crate) reading: Reading,
    pub(crate) notes: Vec<String>,
    pub(crate) warnings: Vec<Warning>,
    /// The date and stage above each chunk, where blank ones are filled.
    pub(crate) above: BTreeMap<u32, RowAbove>,
}

/// Surveys the chunks of `text` and decides. Surveys once more if rows were read in an order or an encoding
/// that the decision does not confirm.
pub(crate) async fn survey(
    objects: &Objects,
    (text, origin): (&Source, &Origin),
    header: &Header,
    chunks: &[Chunk],
    options: &ReadOptions,
) -> Result<Decided, Error> {
    let file = || uri(&text.bucket, &text.key);
    let surveyed = first_chunks(chunks);
    if options.fill_down && surveyed.len() < chunks.len() {
        return Err(Error::TooLargeToFillDown { file: file(), limit: SURVEYED_BYTES });
    }
    let is_whole = surveyed.len() == chunks.len();
    let mut reading = options.reading();
    let mut pass = SurveyPass { objects, text, header, surveyed };
    let (mut facts, mut above) = pass.run(&reading).await?;
    let undecided = |source| Error::Undecided { file: file(), source };
    let decided = decide(&facts, options, &header.columns).map_err(undecided)?;
    if decided != reading {
        reading = decided;
        (facts, above) = pass.run(&reading).await?;
    }
    if is_whole && facts.rows == 0 {
        return Err(Error::NoRows { file: file() });
    }
    let above = if options.fill_down { above } else { BTreeMap::new() };
    let mut notes = notes(header, &reading, &facts, origin);
    if !is_whole {
        let mib = SURVEYED_BYTES >> 20;
        notes.push(format!(
            "Only the first {mib} MiB were looked through for warnings and the order of dates."
        ));
    }
    Ok(Decided { warnings: warnings(&facts, &reading, origin), notes, reading, above })
}

/// The chunks from the first on that have at most [`SURVEYED_BYTES`] together, and at least one.
fn first_chunks(chunks: &[Chunk]) -> &[Chunk] {
    let start = chunks.first().map_or(0, |first| first.start);
    let fits = chunks.iter().take_while(|chunk| chunk.end - start <= SURVEYED_BYTES).count();
    &chunks[..fits.max(1).min(chunks.len())]
}

/// One pass over the rows.
struct SurveyPass<'p> {
    objects: &'p Objects,
    text: &'p Source,
    header: &'p Header,
    surveyed: &'p [Chunk],
}

impl SurveyPass<'_> {
    /// Reads the rows by `reading`. Returns their facts, and the date and stage above each chunk.
    async fn run(&mut self, reading: &Reading) -> Result<(Facts, BTreeMap<u32, RowAbove>), Error> {
        let (Some(first), Some(last)) = (self.surveyed.first(), self.surveyed.last()) else {
            return Ok(Default::default());
        };
        let Header { dialect, columns, .. } = self.header;
        let surveyor = |chunk: &Chunk, above: RowAbove| {
            Surveyor::new(*dialect, columns, reading, chunk.start, chunk.first_line).with_above(above)
        };
        let mut source = self.objects.read(self.text, first.start..last.end);
        let (mut facts, mut above) = (Facts::default(), BTreeMap::new());
        let mut current = surveyor(first, RowAbove::default());
        let (mut at, mut rest) = (first.start, &self.surveyed[1..]);
        while let Some(piece) = source.next().await? {
            let mut piece = &piece[..];
            while let Some(next) = rest.first().filter(|next| next.start <= at + piece.len() as u64) {
                let (own, others) = piece.split_at(usize::try_from(next.start - at).unwrap_or(piece.len()));
                current.push(own);
                let (chunk_facts, row) = current.finish();
                facts.merge(chunk_facts);
                if reading.fill_down {
                    above.insert(next.chunk, row.clone());
                }
                current = surveyor(next, row);
                (at, piece, rest) = (next.start, others, &rest[1..]);
            }
            current.push(piece);
            at += piece.len() as u64;
        }
        facts.merge(current.finish().0);
        Ok((facts, above))
    }
}
