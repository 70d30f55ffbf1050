//! Scans a file on all processors.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::mpsc;
use std::thread;

use delimited::transition::{RangeScan, TransitionVector};

/// The size of the range that a thread scans at a time.
pub(crate) const RANGE_BYTES: u64 = 8 << 20;

/// The size of a thread's buffer. It fits into the processor's cache.
pub(crate) const BLOCK_BYTES: usize = 256 << 10;

/// Scans `ranges` of the file in parallel and calls `each` with their transition vectors, in order.
pub(crate) fn scan(
    file: &File,
    ranges: impl Iterator<Item = (Range<u64>, RangeScan)> + Clone + Send,
    mut each: impl FnMut(&TransitionVector) -> io::Result<()>,
) -> io::Result<()> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        // Each of the n threads scans every n-th range, so receiving from the threads in turn keeps the order.
        let take = |first| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let ranges = ranges.clone().skip(first).step_by(threads);
            scope.spawn(move || {
                let mut vectors = ranges.map(|(range, scan)| scan_range(file, range, scan));
                // Sending fails after an error, when the receiver is dropped.
                vectors.all(|vector| sender.send(vector).is_ok())
            });
            receiver
        };
        let threads: Vec<_> = (0..threads).map(take).collect();
        let mut vectors = threads.iter().cycle().map_while(|thread| thread.recv().ok());
        vectors.try_for_each(|vector| each(&vector?))
    })
}

fn scan_range(file: &File, range: Range<u64>, mut scan: RangeScan) -> io::Result<TransitionVector> {
    let mut block = vec![0; BLOCK_BYTES];
    let mut at = range.start;
    while at < range.end {
        let length = usize::try_from(range.end - at).unwrap_or(usize::MAX).min(block.len());
        file.read_exact_at(&mut block[..length], at)?;
        scan.push(&block[..length]);
        at += length as u64;
    }
    Ok(scan.finish())
}
