//! Surveys the rows before the first of them is loaded, as far as `split` does that itself.

use std::collections::BTreeMap;

use delimited::Chunk;
use lineup::reading::Reading;
use lineup::row::RowAbove;
use lineup::survey::{Facts, Surveyor};
use lineup_aws::objects::Objects;
use lineup_contracts::Manifest;

use crate::error::Error;

/// Reads the rows of neighbouring `chunks` of the draft's text by `reading`. Returns their facts, and the date and
/// stage of the row above each chunk but the first, where blank ones are filled.
pub(crate) async fn run(
    objects: &Objects,
    draft: &Manifest,
    chunks: &[Chunk],
    reading: &Reading,
) -> Result<(Facts, BTreeMap<u32, RowAbove>), Error> {
    let [first, rest @ ..] = chunks else { return Ok(Default::default()) };
    let surveyor = |chunk: &Chunk, above: RowAbove| {
        Surveyor::new(draft.dialect, &draft.columns, reading, chunk.start, chunk.first_line).with_above(above)
    };
    let end = rest.last().unwrap_or(first).end;
    let mut source = objects.read(draft.text(), first.start..end);
    let (mut facts, mut above) = (Facts::default(), BTreeMap::new());
    let mut current = surveyor(first, RowAbove::default());
    let (mut at, mut rest) = (first.start, rest);
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
