//! What every reader and writer of a conversion shares: its limits, and the first cause of a failure.
//!
//! Decoders pass on errors of what they read in their own ways. So the reader at which something went wrong
//! notes the cause here, and the conversion returns that, whatever came out on top.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::error::{Amount, ConvertError};
use crate::limits::ConversionLimits;

/// How many bytes pass between two questions whether to stop.
const STOP_BYTES: u64 = 1 << 20;

/// The state that the readers and the writer of one conversion share.
pub(crate) struct Monitor<'a> {
    pub(crate) limits: &'a ConversionLimits<'a>,
    cause: RefCell<Option<ConvertError>>,
    read: Cell<u64>,
    written: Cell<u64>,
    asked: Cell<u64>,
}

impl<'a> Monitor<'a> {
    pub(crate) const fn new(limits: &'a ConversionLimits<'a>) -> Self {
        Self {
            limits,
            cause: RefCell::new(None),
            read: Cell::new(0),
            written: Cell::new(0),
            asked: Cell::new(0),
        }
    }

    /// Keeps the first cause. The error only ends the reading.
    pub(crate) fn fail(&self, cause: ConvertError) -> io::Error {
        self.cause.borrow_mut().get_or_insert(cause);
        io::Error::other("the conversion has failed")
    }

    /// The result, or the cause that a reader noted.
    pub(crate) fn settle<T>(&self, result: Result<T, ConvertError>) -> Result<T, ConvertError> {
        match self.cause.borrow_mut().take() {
            Some(cause) => Err(cause),
            None => result,
        }
    }

    /// Counts bytes that were read, and asks now and then whether to stop.
    pub(crate) fn count(&self, bytes: u64) -> Result<(), ConvertError> {
        self.read.set(self.read.get() + bytes);
        self.ask()
    }

    fn ask(&self) -> Result<(), ConvertError> {
        let moved = self.read.get() + self.written.get();
        if moved - self.asked.get() < STOP_BYTES {
            return Ok(());
        }
        self.asked.set(moved);
        self.ask_now()
    }

    /// Asks whether to stop.
    pub(crate) fn ask_now(&self) -> Result<(), ConvertError> {
        if (self.limits.stop)() {
            let (read, written) = (Amount::Bytes(self.read.get()), Amount::Bytes(self.written.get()));
            return Err(ConvertError::Stopped { read, written });
        }
        Ok(())
    }
}

/// Whose errors a [`Watched`] reader's errors are.
#[derive(Clone)]
pub(crate) enum FaultOf {
    /// Those of the uploaded file.
    Source,
    /// Those of a temporary file.
    Scratch,
    /// Data of this form that breaks its rules.
    Form(&'static str),
}

impl FaultOf {
    fn cause(&self, error: io::Error) -> ConvertError {
        match self {
            Self::Source => ConvertError::Source(error),
            Self::Scratch => ConvertError::Scratch(error),
            Self::Form(form) => ConvertError::damaged(form, error),
        }
    }
}

/// A reader whose errors are noted, whose bytes are counted and limited.
pub(crate) struct Watched<'m, R> {
    inner: R,
    fault: FaultOf,
    bytes: u64,
    monitor: &'m Monitor<'m>,
}

impl<'m, R> Watched<'m, R> {
    pub(crate) const fn new(inner: R, fault: FaultOf, monitor: &'m Monitor<'m>) -> Self {
        Self { inner, fault, bytes: 0, monitor }
    }

    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        result.map_err(|error| self.monitor.fail(self.fault.cause(error)))
    }

    fn within_limit(&self, form: &str) -> Result<(), ConvertError> {
        let limit = self.monitor.limits.decoded_bytes;
        if self.bytes <= limit {
            return Ok(());
        }
        Err(ConvertError::Limit {
            what: format!("the decompressed {form} data"),
            reached: Amount::Bytes(self.bytes),
            limit: Amount::Bytes(limit),
            advice: "cut the file into smaller ones",
        })
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = loop {
            match self.inner.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result,
            }
        };
        let count = self.noted(result)?;
        self.monitor.count(count as u64).map_err(|cause| self.monitor.fail(cause))?;
        if let FaultOf::Form(form) = self.fault {
            self.bytes += count as u64;
            self.within_limit(form).map_err(|cause| self.monitor.fail(cause))?;
        }
        Ok(count)
    }
}

impl<R: Seek> Seek for Watched<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let result = self.inner.seek(to);
        // A place before the first byte is what a damaged file asks for.
        if result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::InvalidInput) {
            return result;
        }
        self.noted(result)
    }
}

/// The text that is written: buffered, counted and limited.
pub(crate) struct Output<'w> {
    inner: &'w mut dyn Write,
    buffer: Vec<u8>,
    monitor: &'w Monitor<'w>,
}

impl<'w> Output<'w> {
    const BUFFER_BYTES: usize = 1 << 16;

    pub(crate) fn new(inner: &'w mut dyn Write, monitor: &'w Monitor<'w>) -> Self {
        Self { inner, buffer: Vec::with_capacity(Self::BUFFER_BYTES), monitor }
    }

    pub(crate) fn put(&mut self, bytes: &[u8]) -> Result<(), ConvertError> {
        let written = self.monitor.written.get() + bytes.len() as u64;
        let limit = self.monitor.limits.output_bytes;
        self.monitor.written.set(written);
        if written > limit {
            return Err(ConvertError::Limit {
                what: "the converted text".to_owned(),
                reached: Amount::Bytes(written),
                limit: Amount::Bytes(limit),
                advice: "cut the file into smaller ones",
            });
        }
        self.monitor.ask()?;
        if self.buffer.len() + bytes.len() > Self::BUFFER_BYTES {
            self.flush_buffer()?;
        }
        if bytes.len() > Self::BUFFER_BYTES {
            return self.inner.write_all(bytes).map_err(ConvertError::Output);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes what is buffered. Returns how many bytes were written in all.
    pub(crate) fn finish(mut self) -> Result<u64, ConvertError> {
        self.flush_buffer()?;
        self.inner.flush().map_err(ConvertError::Output)?;
        Ok(self.monitor.written.get())
    }

    fn flush_buffer(&mut self) -> Result<(), ConvertError> {
        self.inner.write_all(&self.buffer).map_err(ConvertError::Output)?;
        self.buffer.clear();
        Ok(())
    }
}
