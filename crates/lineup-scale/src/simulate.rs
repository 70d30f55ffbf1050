//! The load itself, second by second.

use std::collections::BTreeMap;

use lineup_costs::assumptions::{COLD_START_SECONDS, REQUEST_SECONDS};
use lineup_costs::{FunctionRequests, LoadWork, ModelError};

use crate::assumptions::{
    CALENDAR_BYTES, CHILD_STARTS, INVOCATION_SECONDS, LAMBDA_BURST, LAMBDA_RAMP, MAP_CONCURRENCY,
    NEW_TABLE_READ_UNITS, PARTITION_UNITS, PREFIX_GETS, PREFIX_PUTS, READ_UNIT_BYTES, TRANSITIONS,
};
use crate::setting::{FileOrder, FileShape, ImportSetting};
use crate::throughput::{OnDemand, TableSizes, Throttle};

/// Transitions of a chunk's child execution, with its start: a test counts them in the definition.
pub(crate) const TRANSITIONS_A_CHUNK: f64 = 4.0;

/// What holds a load up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// The functions that run have no more processor time, or wait for their first requests.
    Functions,
    /// Lambda and the Map Run start no more of them in a second.
    Starts,
    /// The account may have no more of them at a time.
    Quota,
    /// The Map Run starts no more chunks in a second.
    ChunkStarts,
    /// Step Functions allows no more transitions.
    Transitions,
    /// S3 takes no more requests for the import's prefix.
    Prefix,
    /// Table or `ByStageDay` take no more in all.
    Table,
    /// Partitions of these wait for each other, since few keys are written to at a time.
    Keys,
    /// `ByPopularity` takes no more in all.
    PopularityIndex,
    /// One partition of `ByPopularity` has too many of its sixteen keys.
    Shards,
    /// The calendar answers no more.
    CalendarReads,
    /// A day of the calendar takes no more stages.
    CalendarWrites,
}

impl Limit {
    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Functions => "`load` itself",
            Self::Starts => "starting functions",
            Self::Quota => "Lambda's quota",
            Self::ChunkStarts => "starting chunks",
            Self::Transitions => "transitions",
            Self::Prefix => "the S3 prefix",
            Self::Table => "the table",
            Self::Keys => "few keys at a time",
            Self::PopularityIndex => "`ByPopularity`",
            Self::Shards => "a partition of `ByPopularity`",
            Self::CalendarReads => "reading the calendar",
            Self::CalendarWrites => "writing a day of the calendar",
        }
    }
}

/// A load that was simulated.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadRun {
    /// From the first start of a chunk to the last row.
    pub seconds: f64,
    /// All rows of the file.
    pub rows_written: f64,
    /// Seconds for which Lambda charges, of all invocations of `load`.
    pub function_seconds: f64,
    /// Invocations: one a chunk, and one each time that a chunk goes on.
    pub invocations: f64,
    /// Read units of the calendar.
    pub read_units: f64,
    /// The most rows in a second.
    pub peak: f64,
    /// For how many seconds each limit held it up.
    pub held_up: BTreeMap<Limit, f64>,
    /// Rows a second, from each of these seconds on.
    pub rates: Vec<(f64, f64)>,
}

impl LoadRun {
    /// What held it up for the longest time.
    pub fn wall(&self) -> Limit {
        let longest = self.held_up.iter().max_by(|one, other| one.1.total_cmp(other.1));
        longest.map_or(Limit::Functions, |(limit, _)| *limit)
    }

    /// What the costs are counted from.
    pub(crate) fn work(&self, shape: &FileShape) -> LoadWork {
        LoadWork {
            write_units: shape.file.all_write_units(),
            seconds: self.function_seconds,
            invocations: self.invocations as u64,
        }
    }
}

/// Loads the file of a setting. The same setting gives the same load.
///
/// Every step lasts a second at first, and ten after a quarter of an hour. All functions that run share what the table
/// takes. A function is held up by the first requests of each chunk as well as by the rows.
///
/// ```
/// use lineup_scale::{ImportSetting, Limit, load};
///
/// let run = load(&ImportSetting::new(1_000_000))?;
/// assert_eq!(run.wall(), Limit::Table);
/// assert!((240.0..270.0).contains(&run.seconds), "{}", run.seconds);
/// # Ok::<_, lineup_costs::ModelError>(())
/// ```
///
/// # Errors
/// None in fact: see [`ImportSetting::shape`].
pub fn load(setting: &ImportSetting) -> Result<LoadRun, ModelError> {
    Ok(load_in_steps(setting, &setting.shape()?, &|elapsed| if elapsed < 900.0 { 1.0 } else { 10.0 }))
}

pub(crate) fn load_in_steps(
    setting: &ImportSetting,
    shape: &FileShape,
    step: &dyn Fn(f64) -> f64,
) -> LoadRun {
    let mut load = Load::new(setting, shape);
    while load.left() > 0.0 {
        load.step(step(load.run.seconds));
    }
    load.run
}

/// Seconds that a function spends on its start and the first requests of a chunk.
pub(crate) fn first_seconds() -> f64 {
    COLD_START_SECONDS + FunctionRequests::load(0.0).in_sequence * REQUEST_SECONDS
}

struct Load<'s> {
    setting: &'s ImportSetting,
    shape: &'s FileShape,
    table: OnDemand,
    by_stage_day: OnDemand,
    by_popularity: Option<OnDemand>,
    /// Its throughput for reads grows as one for writes does: the units are read units.
    calendar_reads: OnDemand,
    run: LoadRun,
}

impl<'s> Load<'s> {
    fn new(setting: &'s ImportSetting, shape: &'s FileShape) -> Self {
        let sizes = TableSizes {
            warm: setting.warm_units,
            quota: setting.quota_units,
            growth_seconds: setting.growth_seconds,
            heat_seconds: setting.heat_seconds,
        };
        let reads = TableSizes { warm: NEW_TABLE_READ_UNITS, ..sizes };
        // The first rows are written when the first requests are answered.
        let first = first_seconds();
        let functions = (setting.max_concurrency.min(shape.chunks) as f64).min(setting.lambda_quota);
        let run = LoadRun {
            seconds: first,
            rows_written: 0.0,
            function_seconds: first * functions,
            invocations: shape.chunks as f64,
            read_units: 0.0,
            peak: 0.0,
            held_up: BTreeMap::from([(Limit::Functions, first)]),
            rates: vec![(0.0, 0.0)],
        };
        Self {
            setting,
            shape,
            table: OnDemand::of_many_keys(sizes),
            by_stage_day: OnDemand::of_many_keys(sizes),
            by_popularity: setting.popularity.then(|| OnDemand::of_shards(sizes)),
            calendar_reads: OnDemand::of_reads(reads),
            run,
        }
    }

    fn left(&self) -> f64 {
        self.shape.file.rows - self.run.rows_written
    }

    /// How many functions run now: as many as may, and as have been started.
    fn functions(&self) -> f64 {
        let Self { setting, shape, run, .. } = self;
        let chunks_left = (self.left() / shape.rows_a_chunk).ceil();
        let allowed = (setting.max_concurrency as f64).min(setting.lambda_quota).min(MAP_CONCURRENCY);
        let started = (CHILD_STARTS * (run.seconds + 1.0)).min(LAMBDA_BURST + LAMBDA_RAMP * run.seconds);
        allowed.min(chunks_left).min(started).max(1.0)
    }

    /// Goes on for so many seconds, or until the last row.
    fn step(&mut self, seconds: f64) {
        let functions = self.functions();
        let seconds = seconds.min(self.table.until_growth().max(1e-3));
        let (limit, rows) = self.slowest(functions, seconds);
        let seconds = seconds.min(self.left() / rows);
        let written =
            if rows * seconds >= self.left() * (1.0 - 1e-12) { self.left() } else { rows * seconds };
        let reads = self.reads_a_row();
        self.table.took(rows, seconds);
        self.by_stage_day.took(rows, seconds);
        if let Some(index) = &mut self.by_popularity {
            index.took(rows, seconds);
        }
        self.calendar_reads.took(rows * reads, seconds);
        self.count(functions, (limit, rows), seconds, written);
        self.run.read_units += written * reads;
    }

    fn count(&mut self, functions: f64, (limit, rows): (Limit, f64), seconds: f64, written: f64) {
        let run = &mut self.run;
        if run.rates.last().is_none_or(|(_, last)| (rows - last).abs() > 0.01 * rows) {
            run.rates.push((run.seconds, rows));
        }
        // A chunk that lasts longer than an invocation goes on in the next.
        let chunk_seconds = self.shape.rows_a_chunk * functions / rows;
        let going_on = (chunk_seconds / INVOCATION_SECONDS).ceil() - 1.0;
        run.invocations += going_on * written / self.shape.rows_a_chunk;
        run.rows_written += written;
        run.seconds += seconds;
        run.function_seconds += functions * seconds;
        run.peak = run.peak.max(rows);
        *run.held_up.entry(limit).or_default() += seconds;
    }

    /// The limit that allows the fewest rows a second now, and how many.
    fn slowest(&self, functions: f64, seconds: f64) -> (Limit, f64) {
        let mut slowest = self.of_functions(functions);
        let all = self
            .of_services()
            .into_iter()
            .chain(self.of_table(functions, seconds))
            .chain(self.of_calendar(functions, seconds));
        for (limit, rows) in all {
            if rows < slowest.1 {
                slowest = (limit, rows);
            }
        }
        slowest
    }

    fn of_functions(&self, functions: f64) -> (Limit, f64) {
        let rows = self.shape.rows_a_chunk;
        let of_one = rows / (rows / ImportSetting::rows_a_function() + first_seconds());
        let wanted = (self.setting.max_concurrency as f64).min(self.shape.chunks as f64);
        let limit = match functions {
            all if all >= wanted || self.left() <= wanted * rows => Limit::Functions,
            fewer if fewer >= self.setting.lambda_quota => Limit::Quota,
            _ => Limit::Starts,
        };
        (limit, functions * of_one)
    }

    fn of_services(&self) -> [(Limit, f64); 3] {
        let rows = self.shape.rows_a_chunk;
        let FunctionRequests { writes, reads, .. } = FunctionRequests::load(0.0);
        [
            (Limit::ChunkStarts, CHILD_STARTS * rows),
            (Limit::Transitions, TRANSITIONS / TRANSITIONS_A_CHUNK * rows),
            (Limit::Prefix, (PREFIX_PUTS / writes).min(PREFIX_GETS / reads) * rows),
        ]
    }

    fn of_table(&self, functions: f64, seconds: f64) -> Vec<(Limit, f64)> {
        let rows_a_chunk = self.shape.rows_a_chunk;
        let keys = |rows_a_key| functions * self.setting.keys_at_a_time(rows_a_key, rows_a_chunk);
        let named = |(units, throttle), whole, partition| match throttle {
            Throttle::Whole => (whole, units),
            Throttle::Partition => (partition, units),
        };
        let [of_table, of_index] = self.setting.rows_a_key();
        let mut limits = vec![
            named(self.table.takes(keys(of_table), seconds), Limit::Table, Limit::Keys),
            named(self.by_stage_day.takes(keys(of_index), seconds), Limit::Table, Limit::Keys),
        ];
        if let Some(index) = &self.by_popularity {
            // Which shard a row has is as good as random.
            limits.push(named(index.takes(keys(1.0), seconds), Limit::PopularityIndex, Limit::Shards));
        }
        limits
    }

    fn of_calendar(&self, functions: f64, seconds: f64) -> Vec<(Limit, f64)> {
        let reads = self.calendar_reads.takes(f64::INFINITY, seconds).0 / self.reads_a_row().max(1e-12);
        let mut limits = vec![(Limit::CalendarReads, reads)];
        if self.setting.order == FileOrder::Date {
            // The stages of a day are one key, and a chunk is in one day at a time.
            let entries = PARTITION_UNITS * functions.min(self.days_at_a_time(functions));
            limits.push((Limit::CalendarWrites, entries * self.setting.sets_a_stage_day));
        }
        limits
    }

    /// On how many days the functions write that run, in a file by date.
    fn days_at_a_time(&self, functions: f64) -> f64 {
        let rows_a_day = self.shape.file.rows / self.shape.days;
        (functions * self.shape.rows_a_chunk / rows_a_day).max(1.0)
    }

    /// Read units of the calendar for a row, now: each chunk asks for all stages that each of its days has by now.
    fn reads_a_row(&self) -> f64 {
        let Self { shape, setting, run, .. } = self;
        let chunk_stage_days = shape.rows_a_chunk / setting.sets_a_stage_day;
        let days = match setting.order {
            FileOrder::Date => shape.days * shape.rows_a_chunk / shape.file.rows + 1.0,
            FileOrder::Stage => chunk_stage_days,
            FileOrder::Performer | FileOrder::Random => shape.rows_a_chunk,
        };
        let days = days.min(shape.days);
        let written = run.rows_written / shape.file.rows;
        let known = match setting.order {
            // Its own days are new, but for the one that it shares with the chunk before.
            FileOrder::Date => 1.0 / days,
            FileOrder::Stage => written,
            FileOrder::Performer | FileOrder::Random => -(-written * setting.sets_a_stage_day).exp_m1(),
        };
        let day_bytes = shape.stage_days / shape.days * CALENDAR_BYTES * known;
        days * (day_bytes / READ_UNIT_BYTES).max(0.5) / shape.rows_a_chunk
    }
}

#[cfg(test)]
mod tests {
    use lineup_costs::{ChildCase, Routes};

    use super::*;

    #[test]
    fn the_transitions_of_a_chunk_are_those_of_the_definition() {
        let child = Routes::of_this_version().unwrap().child(ChildCase::Loaded(1)).unwrap();
        assert_eq!(child.len() as f64 + 1.0, TRANSITIONS_A_CHUNK);
    }

    #[test]
    fn longer_steps_give_about_the_same() {
        for rows in [3_000_000, 40_000_000] {
            for popularity in [false, true] {
                let setting = ImportSetting { popularity, ..ImportSetting::new(rows) };
                let shape = setting.shape().unwrap();
                let [fine, coarse] =
                    [1.0, 10.0].map(|step| load_in_steps(&setting, &shape, &|_| step).seconds);
                assert!((fine - coarse).abs() < 0.02 * fine, "{rows}: {fine} {coarse}");
            }
        }
    }

    /// What needs no simulation: a new table, while it stays new.
    #[test]
    fn a_load_within_the_first_half_hour_takes_a_second_for_4000_rows() {
        for rows in [100_000, 1_000_000, 5_000_000] {
            let seconds = load(&ImportSetting::new(rows)).unwrap().seconds;
            let expected = rows as f64 / 4_000.0;
            assert!((expected..expected * 1.06 + 1.0).contains(&seconds), "{rows}: {seconds}");
        }
    }
}
