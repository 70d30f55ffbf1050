//! What runs, merging and comparing cost: size, time, memory.
//!
//!     cargo run -p lineup-versions --release --example merge -- 1000000
//!
//! makes two versions of a lineup of so many rows, in 64 chunks each. Of a hundred rows, the second moves one, changes
//! one, and has one more in place of one that it has not. Runs are held in memory as if S3 had them; the peak is that of
//! the heap besides them. Figures in documents are from here.

use std::error::Error;
use std::time::Instant;

use allocation_counter::measure;
use fastrand::Rng;
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup_table::Item;
use lineup_versions::{
    ComparedVersion, Comparison, ComparisonStep, Differences, Index, Merge, MergeStep, PerformerRange,
    RunBuilder, RunEntry, RunError, RunWriter, Tail, cut_ranges,
};

const CHUNKS: u64 = 64;
/// About as long as a row of a lineup.
const ROW_BYTES: u64 = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let before = build(rows, false)?;
    let new = build(rows, true)?;
    println!("{rows} rows in {CHUNKS} runs, twice");
    let entries: u64 = new.iter().map(|run| run.entries).sum();
    let bytes: usize = new.iter().map(|run| run.bytes.len()).sum();
    println!(
        "a run: {:.1} bytes an entry, {:.0} entries a block",
        ratio(bytes, entries),
        entries_a_block(&new)?
    );

    report("merge", entries, || {
        let count = merge(&new, |_| Ok(()))?;
        Ok(format!("{count} keys"))
    });
    report("gather into one run", entries, || {
        let (mut writer, mut out, mut written) = (RunWriter::new(), Vec::new(), 0);
        merge(&new, |entry| {
            writer.push(entry, &mut out)?;
            written += if out.len() >= 1 << 20 { out.drain(..).len() } else { 0 };
            Ok(())
        })?;
        let count = writer.finish(&mut out)?;
        Ok(format!("{:.1} bytes an entry", ratio(written + out.len(), count)))
    });
    let twice = entries + before.iter().map(|run| run.entries).sum::<u64>();
    report("compare with the version before", twice, || {
        compare(&new, &before).map(|found| found.to_string())
    });
    report("cut into ranges of 100000 entries", twice, || {
        let indexes = new.iter().chain(&before).map(index).collect::<Result<Vec<Index>, RunError>>()?;
        Ok(format!("{} ranges", cut_ranges(&indexes, 100_000).len()))
    });
    Ok(())
}

/// A run, as S3 would have it.
struct StoredRun {
    bytes: Vec<u8>,
    entries: u64,
}

/// Prints how long something takes, and its peak of memory.
fn report(name: &str, entries: u64, work: impl FnOnce() -> Result<String, RunError>) {
    let started = Instant::now();
    let mut found = Ok(String::new());
    let memory = measure(|| found = work());
    let seconds = started.elapsed().as_secs_f64();
    let found = found.unwrap_or_else(|error| format!("failed: {error}"));
    println!(
        "{name}: {seconds:.2} s, {:.0} ns an entry, {:.1} MB at most; {found}",
        seconds * 1e9 / entries as f64,
        memory.bytes_max as f64 / 1e6
    );
}

/// The runs of a version, one for each chunk.
fn build(rows: u64, corrected: bool) -> Result<Vec<StoredRun>, Box<dyn Error>> {
    let (mut runs, mut seconds, mut most) = (Vec::new(), 0.0, 0);
    for chunk in 0..CHUNKS {
        let of_chunk = chunk * rows / CHUNKS..(chunk + 1) * rows / CHUNKS;
        let items = of_chunk.map(|row| item(row, rows, corrected).map(|item| (row * ROW_BYTES, item)));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let started = Instant::now();
        let mut run = Ok(None);
        let memory = measure(|| run = build_run(&items).map(Some));
        (seconds, most) = (seconds + started.elapsed().as_secs_f64(), most.max(memory.bytes_max));
        runs.extend(run?);
    }
    if !corrected {
        let nanoseconds = seconds * 1e9 / rows as f64;
        println!(
            "build runs: {seconds:.2} s, {nanoseconds:.0} ns a row, {:.1} MB at most",
            most as f64 / 1e6
        );
    }
    Ok(runs)
}

fn build_run(items: &[(u64, Item)]) -> Result<StoredRun, RunError> {
    let (mut builder, mut entry) = (RunBuilder::new(), RunEntry::default());
    for (offset, item) in items {
        entry.set(item, *offset);
        builder.insert(&entry)?;
    }
    let run = builder.finish()?;
    Ok(StoredRun { bytes: run.bytes, entries: run.entries })
}

/// A row: days one behind the other, as lineups have them, and a performer for every three rows.
fn item(row: u64, rows: u64, corrected: bool) -> Result<Item, Box<dyn Error>> {
    let correction = if corrected { row % 100 } else { 100 };
    // One row in a hundred is another one.
    let mut rng = Rng::with_seed(if correction == 0 { row + rows } else { row });
    let mut performance = Performance::blank();
    performance.performer = name(&mut Rng::with_seed(rng.u64(..rows / 3 + 1)));
    performance.stage = format!("{} Stage", name(&mut Rng::with_seed(rng.u64(..40))));
    performance.date =
        lineup::date::Date::new(2025, 1 + (row * 12 / rows) as i8, 1 + (row * 336 / rows % 28) as i8)?;
    let (hour, minute) = (rng.u8(10..23), rng.u8(..12) * 5);
    let minute = if correction == 1 { (minute + 30) % 60 } else { minute };
    performance.start = ClockTime::new(hour, minute).ok_or("no time")?;
    performance.end = ClockTime::new(hour + 1, minute).ok_or("no time")?;
    performance.popularity = Some(if correction == 2 { 100 } else { rng.u8(1..100) });
    Ok(Item::new(performance)?)
}

fn name(rng: &mut Rng) -> String {
    const SYLLABLES: [&str; 20] = [
        "an", "bo", "cy", "den", "el", "fa", "gri", "ho", "in", "ker", "lu", "mon", "ny", "or", "pan", "ri",
        "sto", "tim", "ver", "zed",
    ];
    let mut word = || (0..rng.usize(2..4)).map(|_| SYLLABLES[rng.usize(..20)]).collect::<String>();
    format!("{} {}", word(), word())
}

fn index(run: &StoredRun) -> Result<Index, RunError> {
    match Tail::read(&run.bytes)? {
        Tail::Index(index) => Ok(index),
        Tail::Needs(_) => Err(RunError::Cut),
    }
}

fn open(runs: &[StoredRun]) -> Result<Merge, RunError> {
    let indexes = runs.iter().map(index).collect::<Result<_, _>>()?;
    Ok(Merge::new(indexes, &PerformerRange::default()))
}

fn supply(merge: &mut Merge, run: usize, runs: &[StoredRun]) -> Result<(), RunError> {
    let place = merge.next_block(run).ok_or(RunError::NotAsked)?.bytes();
    merge.supply(run, runs[run].bytes.get(place).ok_or(RunError::Cut)?)
}

fn merge(
    runs: &[StoredRun],
    mut each: impl FnMut(&RunEntry) -> Result<(), RunError>,
) -> Result<u64, RunError> {
    let (mut merge, mut count) = (open(runs)?, 0);
    loop {
        match merge.step()? {
            MergeStep::Needs(run) => supply(&mut merge, run, runs)?,
            MergeStep::Entry => {
                count += 1;
                each(merge.entry())?;
            }
            MergeStep::Done => return Ok(count),
        }
    }
}

fn compare(new: &[StoredRun], before: &[StoredRun]) -> Result<Differences, RunError> {
    let mut comparison = Comparison::new(open(new)?, Some(open(before)?), Vec::new());
    loop {
        match comparison.step()? {
            ComparisonStep::Needs { version, run } => {
                let runs = if version == ComparedVersion::New { new } else { before };
                supply(comparison.merge(version).ok_or(RunError::NotAsked)?, run, runs)?;
            }
            ComparisonStep::Key(_) => {}
            ComparisonStep::Done => return Ok(comparison.finish()),
        }
    }
}

fn entries_a_block(runs: &[StoredRun]) -> Result<f64, RunError> {
    let (mut entries, mut blocks) = (0, 0);
    for run in runs {
        let index = index(run)?;
        entries += index.entries();
        blocks += index.blocks().len();
    }
    Ok(entries as f64 / blocks as f64)
}

fn ratio(bytes: usize, entries: u64) -> f64 {
    bytes as f64 / entries as f64
}
