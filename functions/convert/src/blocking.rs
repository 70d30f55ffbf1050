//! The conversion itself, on a thread that may block: what reads workbooks and containers knows no futures.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use forms::{ConvertError, Converted, Reopen};
use lineup_aws::object_writer::ObjectWriter;
use lineup_aws::objects::Objects;
use lineup_aws::source_file::{SourceBlocks, SourceFile};
use lineup_contracts::Source;
use tokio::runtime::Handle;

use crate::limits::limits;

/// What to convert, and until when.
pub(crate) struct ConversionWork {
    pub(crate) objects: Objects,
    pub(crate) source: Source,
    pub(crate) text: ObjectWriter,
    pub(crate) scratch: PathBuf,
    pub(crate) stop_at: Instant,
}

/// Converts the source, and returns the writer of the text for its caller to finish or to abort. If the future is dropped, the
/// thread soon ends.
pub(crate) async fn convert(work: ConversionWork) -> (Result<Converted, ConvertError>, ObjectWriter) {
    let dropped = SetOnDrop::default();
    let (runtime, stopped) = (Handle::current(), Arc::clone(&dropped.0));
    let thread = tokio::task::spawn_blocking(move || {
        let ConversionWork { objects, source, text, scratch, stop_at } = work;
        let stop = || stopped.load(Ordering::Relaxed) || Instant::now() >= stop_at;
        let source = PinnedFile(SourceBlocks::new(objects, source, runtime.clone()));
        let mut text = TextWriter { text, runtime };
        let converted = forms::convert(&source, &mut text, &limits(scratch, &stop));
        (converted, text.text)
    });
    match thread.await {
        Ok(ended) => ended,
        // Nothing cancels the thread, so the error is a panic. It continues in the caller.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Sets its flag when it is dropped.
#[derive(Default)]
struct SetOnDrop(Arc<AtomicBool>);

impl Drop for SetOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The uploaded file.
struct PinnedFile(Arc<SourceBlocks>);

impl Reopen for PinnedFile {
    type Reader = SourceFile;

    fn open(&self) -> io::Result<SourceFile> {
        Ok(self.0.open())
    }
}

/// Writes the text from the thread.
struct TextWriter {
    text: ObjectWriter,
    runtime: Handle,
}

impl Write for TextWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.runtime.block_on(self.text.write(bytes)).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    /// The text is there when it is finished, and not before.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
