//! The chunks of the upload or, if it is not text that can be split, of the text that `convert` made of it.

use std::time::Instant;

use lineup::splitter::Split;
use lineup_contracts::{Conversion, Plan, Source, StoppedSplit};
use lineup_versions::ReplaceMode;

use crate::context::SplitContext;
use crate::error::Error;
use crate::scan::{Scan, Scanned};
use crate::survey_map;
use crate::upload::Upload;

/// What is to be split, or what is to be done in place of it.
pub(crate) enum Found {
    /// The chunks, and the text that they are of if it is not the source.
    Chunks(Option<Conversion>, Split),
    /// `convert` has not made that text yet; or it was time to stop; or an earlier run has split the file, and its survey goes on.
    Plan(Plan),
}

/// Finds the chunks, as far as that can be done until `stop_at`.
pub(crate) async fn find(context: &SplitContext, upload: &Upload, stop_at: Instant) -> Result<Found, Error> {
    match cut(context, upload, &upload.source, stop_at).await {
        Err(error) if error.is_converted() => {}
        found => return Ok(found?.of(None)),
    }
    let Some(conversion) = context.imports.conversion(upload.import_id).await? else {
        return Ok(Found::Plan(Plan { convert: true, ..Plan::without_chunks(upload.import_id) }));
    };
    let found = cut(context, upload, &conversion.text, stop_at).await;
    Ok(found.map_err(|error| error.at(&conversion.origin))?.of(Some(conversion)))
}

/// What was done with a text.
enum Cut {
    Chunks(Split),
    Plan(Plan),
}

impl Cut {
    fn of(self, conversion: Option<Conversion>) -> Found {
        match self {
            Self::Chunks(split) => Found::Chunks(conversion, split),
            Self::Plan(plan) => Found::Plan(plan),
        }
    }
}

/// Cuts a text into chunks. One that is too large for `split` to survey may take several invocations, and is looked for what earlier ones
/// have left; a small one pays no request for that.
async fn cut(context: &SplitContext, upload: &Upload, text: &Source, stop_at: Instant) -> Result<Cut, Error> {
    let imports = &context.imports;
    let (chunk_bytes, is_large) = (upload.chunk_bytes, text.size > context.surveyed_bytes);
    let mut from = None;
    if is_large {
        if let Some(plan) = survey_map::resume(context, upload, stop_at).await? {
            return Ok(Cut::Plan(plan));
        }
        let stopped = imports.stopped_split(upload.import_id).await?;
        let stopped = stopped.filter(|stopped| stopped.text == *text && stopped.chunk_bytes == chunk_bytes);
        from = stopped.map(|stopped| stopped.progress);
    }
    let scan = Scan {
        chunk_bytes,
        range_bytes: context.range_bytes,
        options: &upload.options,
        stop_at: is_large.then_some(stop_at),
        // A file without rows takes its lineup out, if that is said.
        may_be_empty: upload.replace == ReplaceMode::Always,
    };
    match scan.run(imports.objects(), text, from).await? {
        Scanned::Split(split) => Ok(Cut::Chunks(split)),
        Scanned::Stopped(progress) => {
            let stopped = StoppedSplit { text: text.clone(), chunk_bytes, progress };
            imports.put_stopped_split(upload.import_id, &stopped).await?;
            Ok(Cut::Plan(Plan { unfinished: true, ..Plan::without_chunks(upload.import_id) }))
        }
    }
}
