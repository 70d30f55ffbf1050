//! From a file to what AWS counts for it.

use lineup::header::HeaderError;

use crate::assumptions::{
    ADDRESSES, COLD_START_SECONDS, DAYS, GB, HOURS, KEY_REQUESTS, LOG_BYTES, METRICS_OF_LOAD,
    REQUEST_SECONDS, SOURCE_BYTES_A_SECOND, TABLE_UNITS_A_SECOND, TRACES,
};
use crate::definition::DefinitionError;
use crate::file::ImportFile;
use crate::requests::FunctionRequests;
use crate::routes::{ImportCase, Routes};
use crate::sample::SampleLineup;
use crate::template::{StackTemplate, TEMPLATE};
use crate::usage::{Usage, UsageType};

/// Seconds before its timeout at which `load` stops and goes on in another invocation.
const STOPS_BEFORE_SECONDS: f64 = 30.0;
/// Rows of a read unit: a query of a day that is new reads none, and is charged for one.
const READ_UNITS_A_DAY: f64 = 1.0;

/// Why the costs cannot be counted: this version's template, definition or sample is not as this crate reads it. Tests
/// show that they are.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The definition has no route for an import.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// The template lacks a number.
    #[error("template.yaml has no number {name} of {resource}")]
    Template {
        /// The resource or parameter.
        resource: &'static str,
        /// The property.
        name: &'static str,
    },
    /// The columns of the sample are none of a lineup.
    #[error(transparent)]
    Sample(#[from] HeaderError),
}

/// Memory of the functions in GB, and what else the template says about an import.
#[derive(Debug, Clone, Copy)]
struct FunctionSizes {
    convert: f64,
    split: f64,
    load: f64,
    summarize: f64,
    notify: f64,
    survey: f64,
    hold: f64,
    remove: f64,
    load_seconds: f64,
    max_concurrency: u64,
}

/// Counts what an import, a month, and a stack at rest use.
///
/// ```
/// use lineup_costs::{CostModel, ImportFile, SampleLineup, UsageType};
///
/// let model = CostModel::of_this_version()?;
/// let file = ImportFile::sample(SampleLineup::new(1_000, false))?;
/// assert_eq!(model.import(&file)?.quantity(UsageType::Invocations), 4.0);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct CostModel {
    pub(crate) routes: Routes,
    pub(crate) template: StackTemplate,
    sizes: FunctionSizes,
}

/// What all invocations of `load` of an import do together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoadWork {
    /// Write units of rows and calendar.
    pub write_units: f64,
    /// Seconds for which Lambda charges.
    pub seconds: f64,
    /// Invocations: one a chunk, and one each time that a chunk goes on.
    pub invocations: u64,
}

/// The lineups of a month.
#[derive(Debug, Clone)]
pub enum LineupKind {
    /// The sample's, with or without a popularity.
    Sample {
        /// Whether every row has one.
        popularity: bool,
    },
    /// Rows like those of a file.
    Like(Box<ImportFile>),
}

impl LineupKind {
    /// A file of `rows` such rows.
    pub(crate) fn file(&self, rows: u64) -> Result<ImportFile, ModelError> {
        match self {
            Self::Sample { popularity } => Ok(ImportFile::sample(SampleLineup::new(rows, *popularity))?),
            Self::Like(file) => Ok(file.with_rows(rows)),
        }
    }
}

impl CostModel {
    /// The costs of this version: its `template.yaml` and its definition.
    ///
    /// # Errors
    /// [`ModelError`]: they are not as this crate reads them.
    pub fn of_this_version() -> Result<Self, ModelError> {
        let template = StackTemplate::parse(TEMPLATE);
        let sizes = sizes(&template)?;
        Ok(Self { routes: Routes::of_this_version()?, template, sizes })
    }

    /// What one import of the file uses, without the metrics, which are charged by the hour. Every address is told.
    ///
    /// # Errors
    /// [`ModelError::Definition`]: the definition has no route for it.
    pub fn import(&self, file: &ImportFile) -> Result<Usage, ModelError> {
        self.import_with(file, self.expected_load(file))
    }

    /// What an import used whose `load` is known: its summary has the numbers.
    ///
    /// # Errors
    /// As [`Self::import`].
    pub fn import_with(&self, file: &ImportFile, load: LoadWork) -> Result<Usage, ModelError> {
        let transitions = |case, chunks, invocations| self.routes.transitions(case, chunks, invocations);
        let loaded = transitions(ImportCase::Imported, file.chunks, 1)?;
        let going_on = transitions(ImportCase::Imported, 1, 2)? - transitions(ImportCase::Imported, 1, 1)?;
        let more = load.invocations.saturating_sub(file.chunks);
        // Each makes the way longer by itself.
        let mut all = loaded + more * going_on;
        for case in ImportCase::longer(file) {
            all += transitions(case, file.chunks, 1)? - loaded;
        }
        let mut usage = Usage::from_iter([
            (UsageType::WriteUnits, load.write_units),
            (UsageType::ReadUnits, READ_UNITS_A_DAY * (file.days.max(file.chunks)) as f64),
            (UsageType::Transitions, all as f64),
            (UsageType::GbSeconds, load.seconds * self.sizes.load),
            (UsageType::UploadEvents, 1.0),
            (UsageType::Traces, TRACES),
        ]);
        self.add_functions(file, more, &mut usage);
        usage.extend(&message());
        Ok(usage)
    }

    /// What a month of `files_per_day` imports a day uses, which have `rows_per_day` rows together: at least one each.
    ///
    /// # Errors
    /// As [`Self::import`].
    pub fn month(
        &self,
        kind: &LineupKind,
        rows_per_day: u64,
        files_per_day: u64,
    ) -> Result<Usage, ModelError> {
        let files = files_per_day.max(1);
        let (rows, larger) = (rows_per_day / files, rows_per_day % files);
        let mut day = Usage::default();
        for (rows, files) in [(rows + 1, larger), (rows, files - larger)] {
            if files > 0 {
                day.extend(&(self.import(&kind.file(rows)?)? * files as f64));
            }
        }
        let mut month = day * DAYS as f64;
        month.add(UsageType::Metrics, metrics(DAYS * files.min(24)));
        Ok(month)
    }

    /// What stands all month, whatever is imported; without storage.
    pub fn fixed(&self) -> Usage {
        let standing = |kind| self.template.standing(kind) as f64;
        Usage::from_iter([
            (UsageType::Keys, standing("AWS::KMS::Key")),
            (UsageType::Alarms, standing("AWS::CloudWatch::Alarm")),
            (UsageType::Dashboards, standing("AWS::CloudWatch::Dashboard")),
        ])
    }

    /// What `load` is expected to do. The chunks that load at a time share what the table takes. Each index takes as much beside
    /// it, and the calendar is a table of its own.
    fn expected_load(&self, file: &ImportFile) -> LoadWork {
        let chunks = file.chunks.max(1) as f64;
        let at_a_time = file.chunks.clamp(1, self.sizes.max_concurrency) as f64;
        let busiest = file.table_units().max(file.calendar_entries as f64);
        let writing = busiest * at_a_time / TABLE_UNITS_A_SECOND;
        let a_chunk = (writing / chunks / (self.sizes.load_seconds - STOPS_BEFORE_SECONDS)).ceil().max(1.0);
        let last = FunctionRequests::load(rejects_files(file));
        let earlier = FunctionRequests::load_that_goes_on();
        let others = invocation_seconds(&earlier) * (a_chunk - 1.0);
        LoadWork {
            write_units: file.all_write_units(),
            seconds: writing + chunks * (invocation_seconds(&last) + others),
            invocations: (a_chunk * file.chunks as f64) as u64,
        }
    }

    /// Adds requests, invocations, and the seconds of all functions but `load`.
    fn add_functions(&self, file: &ImportFile, more_loads: u64, usage: &mut Usage) {
        let read = (file.text_bytes + FunctionRequests::surveyed_bytes(file)) as f64 / SOURCE_BYTES_A_SECOND;
        let summarize = FunctionRequests::summarize(file.chunks, file.chunks_with_rejects.min(5));
        let notify = FunctionRequests { in_sequence: 1.0, ..FunctionRequests::default() };
        let mut calls =
            vec![(summarize, self.sizes.summarize, 0.0, 1.0), (notify, self.sizes.notify, 0.0, 1.0)];
        if file.is_surveyed_by_map() {
            let a_chunk = file.text_bytes as f64 / file.chunks.max(1) as f64 / SOURCE_BYTES_A_SECOND;
            calls.push((FunctionRequests::split_before_survey(file), self.sizes.split, read, 1.0));
            calls.push((FunctionRequests::survey(), self.sizes.survey, a_chunk, file.chunks as f64));
            calls.push((FunctionRequests::decide(file), self.sizes.split, 0.0, 1.0));
            add_requests(FunctionRequests::distributed_map(), 1.0, usage);
            let groups = FunctionRequests::groups(file);
            if groups > 0 {
                calls.push((FunctionRequests::gather(file), self.sizes.survey, 0.0, groups as f64));
                add_requests(FunctionRequests::distributed_map(), 1.0, usage);
            }
        } else {
            calls.push((FunctionRequests::split(file), self.sizes.split, read, 1.0));
        }
        if file.is_new_version {
            calls.push((FunctionRequests::hold(file), self.sizes.hold, 0.0, 1.0));
            add_requests(FunctionRequests::forget(), 1.0, usage);
        }
        if file.removed_rows > 0.0 {
            calls.push((FunctionRequests::remove(file), self.sizes.remove, 0.0, 1.0));
        }
        if file.is_converted {
            let converted = (file.upload_bytes + file.text_bytes) as f64 / SOURCE_BYTES_A_SECOND;
            calls.push((FunctionRequests::split_before_conversion(), self.sizes.split, 0.0, 1.0));
            calls.push((FunctionRequests::convert(), self.sizes.convert, converted, 1.0));
        }
        // Their seconds are those of `LoadWork`.
        calls.push((FunctionRequests::load(rejects_files(file)), 0.0, 0.0, file.chunks as f64));
        calls.push((FunctionRequests::load_that_goes_on(), 0.0, 0.0, more_loads as f64));
        // The upload itself.
        usage.add(UsageType::ObjectWrites, 1.0);
        add_requests(FunctionRequests::distributed_map(), 1.0, usage);
        for (requests, gigabytes, seconds, times) in calls {
            add_requests(requests, times, usage);
            usage.add(UsageType::GbSeconds, times * gigabytes * (invocation_seconds(&requests) + seconds));
            usage.add(UsageType::Invocations, times);
            usage.add(UsageType::LogBytes, times * LOG_BYTES / GB);
        }
    }
}

/// What the metrics of `load` are charged, in metrics for a month, if something is imported in so many hours.
pub(crate) fn metrics(hours: u64) -> f64 {
    METRICS_OF_LOAD * (hours as f64 / HOURS).min(1.0)
}

fn message() -> Usage {
    Usage::from_iter([
        (UsageType::Publishes, 1.0),
        (UsageType::Emails, ADDRESSES),
        (UsageType::KeyRequests, KEY_REQUESTS),
    ])
}

fn add_requests(requests: FunctionRequests, times: f64, usage: &mut Usage) {
    usage.add(UsageType::ObjectWrites, times * requests.writes);
    usage.add(UsageType::ObjectReads, times * requests.reads);
}

fn invocation_seconds(requests: &FunctionRequests) -> f64 {
    COLD_START_SECONDS + requests.in_sequence * REQUEST_SECONDS
}

/// Files of rejects that a chunk writes, on average.
fn rejects_files(file: &ImportFile) -> f64 {
    file.chunks_with_rejects as f64 / file.chunks.max(1) as f64
}

fn sizes(template: &StackTemplate) -> Result<FunctionSizes, ModelError> {
    let number = |resource, name| {
        let value = template.property(resource, name).and_then(|value| value.parse::<f64>().ok());
        value.ok_or(ModelError::Template { resource, name })
    };
    let memory = |resource| number(resource, "MemorySize").map(|megabytes| megabytes / 1024.0);
    let concurrency = template.default_of("MaxConcurrency").and_then(|value| value.parse().ok());
    let missing = ModelError::Template { resource: "MaxConcurrency", name: "Default" };
    Ok(FunctionSizes {
        convert: memory("ConvertFunction")?,
        split: memory("SplitFunction")?,
        load: memory("LoadFunction")?,
        summarize: memory("SummarizeFunction")?,
        notify: memory("NotifyFunction")?,
        survey: memory("SurveyFunction")?,
        hold: memory("HoldFunction")?,
        remove: memory("RemoveFunction")?,
        load_seconds: number("LoadFunction", "Timeout")?,
        max_concurrency: concurrency.ok_or(missing)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample(rows: u64, popularity: bool) -> ImportFile {
        ImportFile::sample(SampleLineup::new(rows, popularity)).unwrap()
    }

    #[test]
    fn a_small_import_makes_two_dozen_requests_and_four_invocations() {
        let model = CostModel::of_this_version().unwrap();
        let usage = model.import(&sample(100, false)).unwrap();
        let counted = |of| usage.quantity(of);
        assert_eq!(counted(UsageType::Invocations), 4.0);
        // 100 rows of 2, 5 stage-days of 2, 3 days.
        assert_eq!(counted(UsageType::WriteUnits), 213.0);
        // Split 6, load 1, summarize 3, the Distributed Map 2, the upload.
        assert_eq!(counted(UsageType::ObjectWrites), 13.0);
        // Split 5, load 3, summarize 5, the Distributed Map 1.
        assert_eq!(counted(UsageType::ObjectReads), 14.0);
        assert_eq!((counted(UsageType::Emails), counted(UsageType::UploadEvents)), (1.0, 1.0));
    }

    #[test]
    fn a_chunk_that_the_table_holds_up_takes_more_invocations_and_transitions() {
        let model = CostModel::of_this_version().unwrap();
        let file = sample(10_000_000, true);
        let few = ImportFile { chunks: 1, ..file.clone() };
        let transitions = |file: &ImportFile| model.import(file).unwrap().quantity(UsageType::Transitions);
        let LoadWork { invocations, .. } = model.expected_load(&few);
        // 2,500 seconds, and not three times as many.
        assert_eq!((few.table_units(), invocations), (10_000_000.0, 3));
        let one = transitions(&ImportFile { write_units: 1.0, ..few.clone() });
        assert_eq!(transitions(&few), one + 2.0 * (invocations - 1) as f64);
    }

    #[test]
    fn a_file_that_is_converted_takes_two_invocations_more() {
        let model = CostModel::of_this_version().unwrap();
        let text = sample(100, false);
        let workbook = ImportFile { is_converted: true, ..text.clone() };
        let invocations = |file: &ImportFile| model.import(file).unwrap().quantity(UsageType::Invocations);
        assert_eq!(invocations(&workbook) - invocations(&text), 2.0);
    }

    /// A real import of 1,000 rows on the embedded table, and corrections of ten of them, consumed these write units (docs/costs.md).
    #[test]
    fn a_corrected_file_consumes_what_a_real_import_of_one_consumed() {
        let first = sample(1_000, true);
        assert_eq!(first.again().all_write_units(), 1_000.0);
        let units = |popularity, moved, gone| first.corrected(popularity, moved, gone).all_write_units();
        assert_eq!(units(10.0, 0.0, 0.0), 1_030.0);
        // And three marks of the calendar.
        assert_eq!(units(0.0, 10.0, 0.0), 1_050.0);
        assert_eq!(units(0.0, 0.0, 10.0), 1_020.0);
    }

    #[test]
    fn a_second_version_takes_two_states_more_and_two_more_to_remove_rows() {
        let model = CostModel::of_this_version().unwrap();
        let first = sample(1_000, true);
        let of = |file: &ImportFile, of| model.import(file).unwrap().quantity(of);
        let (again, shorter) = (first.again(), first.corrected(0.0, 0.0, 10.0));
        for (file, states, functions) in [(&again, 2.0, 1.0), (&shorter, 4.0, 2.0)] {
            let more = |usage_type| of(file, usage_type) - of(&first, usage_type);
            assert_eq!((more(UsageType::Transitions), more(UsageType::Invocations)), (states, functions));
        }
    }

    #[test]
    fn a_large_file_takes_two_transitions_and_an_invocation_more_for_each_chunk() {
        let model = CostModel::of_this_version().unwrap();
        let of = |bytes| {
            let file = ImportFile { text_bytes: bytes, chunks: 9, ..sample(1_000_000, false) };
            let usage = model.import(&file).unwrap();
            (usage.quantity(UsageType::Transitions), usage.quantity(UsageType::Invocations))
        };
        let (small, large) = (of(64 << 20), of((64 << 20) + 1));
        assert_eq!((large.0 - small.0, large.1 - small.1), (3.0 + 2.0 * 9.0, 1.0 + 9.0));
    }

    #[test]
    fn rows_like_those_of_a_file_are_those_of_the_file_at_its_own_size() {
        let file = sample(1_000, true);
        let again = file.with_rows(1_000);
        assert_eq!((again.all_write_units(), again.chunks), (file.all_write_units(), file.chunks));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn more_rows_never_cost_less(rows in 1u64..3_000_000, more in 1u64..3_000_000, files in 1u64..2_000) {
            let model = CostModel::of_this_version().unwrap();
            let kind = LineupKind::Like(Box::new(sample(1_000, false)));
            let files = files.min(rows);
            let month = |rows| model.month(&kind, rows, files).unwrap();
            let (fewer, all) = (month(rows), month(rows + more));
            for (usage_type, quantity) in fewer.iter() {
                prop_assert!(quantity > 0.0);
                // The sample's rows are scaled, and what is scaled is rounded up.
                prop_assert!(all.quantity(usage_type) >= quantity * (1.0 - 1e-9), "{usage_type:?}");
            }
        }
    }
}
