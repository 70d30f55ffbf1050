//! The text of a local file: the file itself, or what is made of it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use lineup::format::FileFormat;
use lineup::options::ReadOptions;
use lineup::origin::Origin;
use lineup::splitter::{Split, SplitError, Splitter};
use lineup_contracts::options::DEFAULT_CHUNK_BYTES;
use lineup_contracts::{Conversion, Source};

use crate::plan;

/// The text of a local file. A converted one is deleted with it.
pub(super) enum Text {
    Itself(File),
    Converted { text: File, conversion: Conversion },
}

impl Text {
    /// Opens the file and splits its text. A file that is not text is converted to a temporary one first.
    pub(super) fn open(path: &Path, options: &ReadOptions) -> anyhow::Result<(Self, Split)> {
        let file = File::open(path)?;
        match split(&file, options) {
            Ok(split) => Ok((Self::Itself(file), split)),
            Err(error) if is_converted(&error) => {
                let (text, conversion) = convert(path)?;
                let split = split(&text, options).map_err(|error| placed(error, &conversion.origin))?;
                Ok((Self::Converted { text, conversion }, split))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn file(&self) -> &File {
        match self {
            Self::Itself(file) => file,
            Self::Converted { text, .. } => text,
        }
    }

    pub(super) fn conversion(&self) -> Option<&Conversion> {
        match self {
            Self::Itself(_) => None,
            Self::Converted { conversion, .. } => Some(conversion),
        }
    }

    /// Where a line of the text stands in the file.
    pub(super) fn origin(&self) -> &Origin {
        self.conversion().map_or(&Origin::Lines, |conversion| &conversion.origin)
    }
}

/// Splits the file as an import does.
fn split(file: &File, options: &ReadOptions) -> anyhow::Result<Split> {
    let mut splitter = Splitter::new(file.metadata()?.len(), DEFAULT_CHUNK_BYTES, options);
    while let Some(range) = splitter.next_in_order(plan::BLOCK_BYTES as u64) {
        let mut block = vec![0; usize::try_from(range.end - range.start)?];
        file.read_exact_at(&mut block, range.start)?;
        splitter.push(&block).map_err(SplitError::from)?;
    }
    plan::scan(file, splitter.ranges(plan::RANGE_BYTES), |range| {
        splitter.advance(range);
        Ok(())
    })?;
    Ok(splitter.finish()?)
}

/// The error about a converted text, with places in the file of which it was made.
fn placed(error: anyhow::Error, origin: &Origin) -> anyhow::Error {
    match error.downcast::<SplitError>() {
        Ok(error) => error.at(origin).into(),
        Err(error) => error,
    }
}

fn is_converted(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<SplitError>();
    let format = error.and_then(|error| match error {
        SplitError::Header(error) => error.format(),
        SplitError::Plan(_) => None,
    });
    format.is_some_and(FileFormat::is_converted)
}

/// A file that can be opened again and again.
struct LocalFile<'f>(&'f Path);

impl forms::Reopen for LocalFile<'_> {
    type Reader = io::BufReader<File>;

    fn open(&self) -> io::Result<Self::Reader> {
        Ok(io::BufReader::new(File::open(self.0)?))
    }
}

fn convert(path: &Path) -> anyhow::Result<(File, Conversion)> {
    let mut text = tempfile::tempfile()?;
    let mut writer = io::BufWriter::new(&mut text);
    let scratch: PathBuf = std::env::temp_dir();
    let converted =
        forms::convert(&LocalFile(path), &mut writer, &forms::ConversionLimits::new(scratch, &|| false))?;
    io::Write::flush(&mut writer)?;
    drop(writer);
    let source = Source {
        bucket: String::new(),
        key: path.display().to_string(),
        version_id: None,
        etag: String::new(),
        size: text.metadata()?.len(),
    };
    let forms::Converted { origin, form, left_out, .. } = converted;
    Ok((text, Conversion { text: source, origin, form, left_out }))
}
