//! The `aws-chunked` encoding of an upload's body, undone.
//!
//! SDKs send a body that they cannot read twice in chunks with a checksum
//! behind them (S3 API reference, "Transferring Payload in Multiple Chunks",
//! and "… with Trailing Headers"). Signatures are skipped: nothing here knows a
//! secret key. The checksum in the trailer is what tells a damaged body.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use futures::Stream;

/// The longest line between chunks: a length, a signature, or a trailing header.
const MAX_LINE: usize = 8 * 1024;

/// The headers behind the body, in lower case, once it was read to its end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trailers(Arc<Mutex<Vec<(String, String)>>>);

impl Trailers {
    /// The value of the trailing header `name`.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let trailers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trailers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn push(&self, line: &str) {
        if let Some((name, value)) = line.split_once(':') {
            let header = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(header);
        }
    }
}

/// A body that is not well-formed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChunkedError {
    #[error("the aws-chunked body has a line that is no chunk header: {0:?}")]
    Header(String),
    #[error("the aws-chunked body has a chunk that does not end where its header says")]
    Chunk,
    #[error("the aws-chunked body ends before its last chunk")]
    Truncated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DecoderState {
    Header,
    Data { left: usize },
    DataEnd,
    Trailer,
    Done,
}

/// The decoder, without I/O: bytes in, content out.
#[derive(Debug)]
pub(crate) struct Decoder {
    state: DecoderState,
    input: BytesMut,
    trailers: Trailers,
}

impl Decoder {
    pub(crate) fn new(trailers: Trailers) -> Self {
        Self { state: DecoderState::Header, input: BytesMut::new(), trailers }
    }

    /// Takes the next bytes of the body and gives the content in them.
    pub(crate) fn decode(&mut self, bytes: &[u8]) -> Result<VecDeque<Bytes>, ChunkedError> {
        self.input.extend_from_slice(bytes);
        let mut content = VecDeque::new();
        while self.step(&mut content)? {}
        Ok(content)
    }

    /// Whether the body ended where it may. Some clients leave the empty line after the last chunk out.
    pub(crate) fn finish(&self) -> Result<(), ChunkedError> {
        match self.state {
            DecoderState::Done | DecoderState::Trailer => Ok(()),
            _ => Err(ChunkedError::Truncated),
        }
    }

    /// One state further; false where more input is needed.
    fn step(&mut self, content: &mut VecDeque<Bytes>) -> Result<bool, ChunkedError> {
        match self.state {
            DecoderState::Header => {
                let Some(line) = self.line()? else { return Ok(false) };
                self.state = match chunk_length(&line)? {
                    0 => DecoderState::Trailer,
                    left => DecoderState::Data { left },
                };
            }
            DecoderState::Data { left } => {
                let taken = left.min(self.input.len());
                if taken == 0 {
                    return Ok(false);
                }
                content.push_back(self.input.split_to(taken).freeze());
                self.state = if taken == left {
                    DecoderState::DataEnd
                } else {
                    DecoderState::Data { left: left - taken }
                };
            }
            DecoderState::DataEnd => {
                if self.input.len() < 2 {
                    return Ok(false);
                }
                if !self.input.starts_with(b"\r\n") {
                    return Err(ChunkedError::Chunk);
                }
                self.input.advance(2);
                self.state = DecoderState::Header;
            }
            DecoderState::Trailer => {
                let Some(line) = self.line()? else { return Ok(false) };
                if line.is_empty() {
                    self.state = DecoderState::Done;
                }
                self.trailers.push(&line);
            }
            DecoderState::Done => return Ok(false),
        }
        Ok(true)
    }

    fn line(&mut self) -> Result<Option<String>, ChunkedError> {
        let Some(end) = self.input.windows(2).position(|pair| pair == b"\r\n") else {
            let line = String::from_utf8_lossy(&self.input);
            return if line.len() > MAX_LINE {
                Err(ChunkedError::Header(line.into_owned()))
            } else {
                Ok(None)
            };
        };
        let line = self.input.split_to(end);
        self.input.advance(2);
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}

fn chunk_length(line: &str) -> Result<usize, ChunkedError> {
    let length = line.split(';').next().unwrap_or_default().trim();
    usize::from_str_radix(length, 16).map_err(|_| ChunkedError::Header(line.to_owned()))
}

/// The content of an `aws-chunked` body.
pub(crate) struct Content<S> {
    body: S,
    decoder: Decoder,
    ready: VecDeque<Bytes>,
}

impl<S> Content<S> {
    /// Decodes `body`; what follows the last chunk goes to `trailers`.
    pub(crate) fn new(body: S, trailers: Trailers) -> Self {
        Self { body, decoder: Decoder::new(trailers), ready: VecDeque::new() }
    }
}

impl<S, E> Stream for Content<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Into<s3s::StdError>,
{
    type Item = Result<Bytes, s3s::StdError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(bytes)));
            }
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => match self.decoder.decode(&bytes) {
                    Ok(content) => self.ready = content,
                    Err(error) => return Poll::Ready(Some(Err(error.into()))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(self.decoder.finish().err().map(|error| Err(error.into()))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(body: &[u8], piece: usize) -> Result<(Vec<u8>, Trailers), ChunkedError> {
        let trailers = Trailers::default();
        let mut decoder = Decoder::new(trailers.clone());
        let mut content = Vec::new();
        for bytes in body.chunks(piece) {
            decoder.decode(bytes)?.iter().for_each(|bytes| content.extend_from_slice(bytes));
        }
        decoder.finish()?;
        Ok((content, trailers))
    }

    proptest! {
        #[test]
        fn content_and_checksum_are_read_however_the_body_arrives(
            parts in prop::collection::vec("[a\r\n0;]{1,9}", 0..4), piece in 1_usize..12,
        ) {
            let mut body = String::new();
            for part in &parts {
                body.push_str(&format!("{:x};chunk-signature=0\r\n{part}\r\n", part.len()));
            }
            body.push_str("0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n");
            let (content, trailers) = decode(body.as_bytes(), piece).unwrap();
            prop_assert_eq!(content, parts.concat().into_bytes());
            let checksum = trailers.get("x-amz-checksum-crc32");
            prop_assert_eq!(checksum.as_deref(), Some("AAAAAA=="));
        }
    }

    #[test]
    fn a_body_that_was_cut_off_is_an_error() {
        let whole = b"3\r\nabc\r\n0\r\n";
        for end in 0..whole.len() - 1 {
            assert!(decode(&whole[..end], 4).is_err(), "{end}");
        }
    }
}
