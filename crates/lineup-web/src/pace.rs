//! How fast the chunks of an import were loaded: rows a second, throttled requests, and the time of each chunk, from
//! their results.

use jiff::Timestamp;

/// When a chunk was loaded, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkTime {
    /// Its number, from 1.
    pub chunk: u32,
    /// When its result was written.
    pub ended: Timestamp,
    /// The time that it took, in milliseconds.
    pub milliseconds: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Requests that the table throttled, and items that it left.
    pub throttles: u64,
}

/// How an import went, in steps of the same length.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pace {
    /// When the first chunk began.
    pub(crate) began: Timestamp,
    /// From then until the last one ended, in milliseconds; 1 at least.
    pub(crate) milliseconds: u64,
    /// Rows a second in each step.
    pub(crate) rows: Vec<f64>,
    /// Throttled requests in each step.
    pub(crate) throttles: Vec<f64>,
    /// Each chunk with its beginning and its end, in milliseconds since `began`; in order of number.
    pub(crate) chunks: Vec<(ChunkTime, u64, u64)>,
    /// How many loaded chunks each of these stands for: more than 1 where only some were read.
    pub(crate) weight: f64,
}

/// How many steps there are.
pub(crate) const STEPS: usize = 60;

impl Pace {
    /// Of the chunks that ended within these times; none if no chunk did. Others were loaded by another execution.
    /// `loaded` chunks are loaded in all, of which `times` are some.
    ///
    /// What a chunk did is taken to be spread evenly over its time: a result does not say more.
    pub(crate) fn of(
        times: &[ChunkTime],
        loaded: usize,
        from: Timestamp,
        until: Option<Timestamp>,
    ) -> Option<Self> {
        let milliseconds = |at: Timestamp| at.as_millisecond();
        // S3 lists whole seconds.
        let latest = until.map_or(i64::MAX, |until| milliseconds(until).saturating_add(1_000));
        let within =
            |time: &&ChunkTime| (milliseconds(from) - 1_000..=latest).contains(&milliseconds(time.ended));
        let mut own: Vec<ChunkTime> = times.iter().filter(within).copied().collect();
        own.sort_by_key(|time| time.chunk);
        let start = |time: &ChunkTime| {
            milliseconds(time.ended) - i64::try_from(time.milliseconds).unwrap_or(i64::MAX)
        };
        let began = own.iter().map(start).min()?.max(milliseconds(from) - 1_000);
        let ended = own.iter().map(|time| milliseconds(time.ended)).max()?;
        let since = |at: i64| u64::try_from(at - began).unwrap_or_default();
        let chunks: Vec<_> =
            own.iter().map(|time| (*time, since(start(time)), since(milliseconds(time.ended)))).collect();
        let length = since(ended).max(1);
        let seconds = length as f64 / 1000.0 / STEPS as f64;
        let weight = loaded.max(times.len()) as f64 / times.len() as f64;
        let spread = |of: fn(&ChunkTime) -> u64| {
            spread(&chunks, length, of).into_iter().map(|amount| amount * weight).collect::<Vec<_>>()
        };
        Some(Self {
            began: Timestamp::from_millisecond(began).unwrap_or(from),
            milliseconds: length,
            rows: spread(|time| time.rows).into_iter().map(|rows| rows / seconds).collect(),
            throttles: spread(|time| time.throttles),
            chunks,
            weight,
        })
    }

    /// Rows a second from the first to the last.
    pub(crate) fn mean_rows(&self) -> f64 {
        let rows: u64 = self.chunks.iter().map(|(time, ..)| time.rows).sum();
        rows as f64 * self.weight * 1000.0 / self.milliseconds as f64
    }

    /// Requests that were throttled.
    pub(crate) fn throttled(&self) -> u64 {
        let throttles: u64 = self.chunks.iter().map(|(time, ..)| time.throttles).sum();
        (throttles as f64 * self.weight).round() as u64
    }
}

/// How much of something falls into each step, if each chunk's part is spread evenly over its time.
fn spread(chunks: &[(ChunkTime, u64, u64)], length: u64, of: fn(&ChunkTime) -> u64) -> Vec<f64> {
    let mut steps = vec![0.0; STEPS];
    let width = length as f64 / STEPS as f64;
    for (time, start, end) in chunks {
        let (from, to) = (*start as f64, (*end as f64).max(*start as f64 + 1.0));
        let first = ((from / width) as usize).min(STEPS - 1);
        let last = ((to / width) as usize).min(STEPS - 1);
        for (at, step) in steps.iter_mut().enumerate().take(last + 1).skip(first) {
            // What is behind the last step, by rounding, belongs to it.
            let upper = if at == last { to } else { (at + 1) as f64 * width };
            let overlap = (upper - from.max(at as f64 * width)).max(0.0);
            *step += of(time) as f64 * overlap / (to - from);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_752_310_800_000 + milliseconds).unwrap()
    }

    fn time(chunk: u32, ended: i64, milliseconds: u64, rows: u64) -> ChunkTime {
        ChunkTime { chunk, ended: at(ended), milliseconds, rows, throttles: u64::from(chunk) }
    }

    #[test]
    fn rows_are_spread_over_the_time_of_their_chunk_and_none_is_lost() {
        let times = [time(2, 60_000, 30_000, 3_000), time(1, 30_000, 30_000, 6_000)];
        let pace = Pace::of(&times, 2, at(0), Some(at(61_000))).unwrap();
        assert_eq!((pace.milliseconds, pace.mean_rows()), (60_000, 150.0));
        assert_eq!(
            pace.chunks.iter().map(|(time, from, to)| (time.chunk, *from, *to)).collect::<Vec<_>>(),
            [(1, 0, 30_000), (2, 30_000, 60_000)]
        );
        assert!(
            (pace.rows[0] - 200.0).abs() < 1e-6 && (pace.rows[59] - 100.0).abs() < 1e-6,
            "{:?}",
            pace.rows
        );
        assert!((pace.rows.iter().sum::<f64>() - 9_000.0).abs() < 1e-6, "a step is a second");
        assert!((pace.throttles.iter().sum::<f64>() - 3.0).abs() < 1e-6);
    }

    #[test]
    fn chunks_of_another_execution_do_not_count() {
        let times = [time(1, -90_000, 1_000, 6), time(2, 5_000, 500, 3), time(3, 90_000, 1, 1)];
        let pace = Pace::of(&times, 3, at(0), Some(at(6_000))).unwrap();
        assert_eq!(pace.chunks.iter().map(|(time, ..)| time.chunk).collect::<Vec<_>>(), [2]);
        assert_eq!(Pace::of(&times[..1], 1, at(0), None), None);
    }

    #[test]
    fn chunks_that_were_read_stand_for_those_that_were_not() {
        let times = [time(2, 60_000, 30_000, 3_000), time(1, 30_000, 30_000, 6_000)];
        let of = |loaded| Pace::of(&times, loaded, at(0), Some(at(61_000))).unwrap();
        assert_eq!((of(10).mean_rows(), of(10).throttled()), (5.0 * of(2).mean_rows(), 15));
        assert!((of(10).rows.iter().sum::<f64>() - 45_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_chunk_that_took_no_time_is_in_one_step() {
        let pace = Pace::of(&[time(1, 0, 0, 7)], 1, at(0), None).unwrap();
        assert_eq!((pace.milliseconds, pace.rows.len()), (1, STEPS));
        assert!((pace.rows.iter().sum::<f64>() * 0.001 / STEPS as f64 - 7.0).abs() < 1e-6, "{:?}", pace.rows);
    }
}
