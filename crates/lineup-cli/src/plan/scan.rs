//! A file scanned by all processors.

use std::fs::File;
use std::io;
use std::num::NonZero;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::mpsc;
use std::thread;

use delimited::transition::{RangeScan, TransitionVector};

/// How much of the file a thread scans at a time.
pub const RANGE_BYTES: u64 = 8 << 20;

/// How much of it a thread has in memory: it stays in the processor's cache.
pub const BLOCK_BYTES: usize = 256 << 10;

/// Scans `ranges` of the file in parallel and calls `each` with what they come to, in order.
pub fn scan(
    file: &File,
    ranges: impl Iterator<Item = (Range<u64>, RangeScan)> + Clone + Send,
    mut each: impl FnMut(&TransitionVector) -> io::Result<()>,
) -> io::Result<()> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        // Each thread takes every n-th range, so taking from one thread after another keeps their order.
        let take = |first| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let ranges = ranges.clone().skip(first).step_by(threads);
            scope.spawn(move || {
                let mut vectors = ranges.map(|(range, scan)| scan_range(file, range, scan));
                // Nobody takes more once something went wrong.
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
