//! A whole import: split, survey, load, summary, and what it costs.

use lineup_costs::assumptions::{COLD_START_SECONDS, REQUEST_SECONDS, SOURCE_BYTES_A_SECOND};
use lineup_costs::{CostModel, FunctionRequests, ModelError, Prices, Usage, UsageType};

use crate::assumptions::CHILD_STARTS;
use crate::setting::{FileShape, ImportSetting};
use crate::simulate::{LoadRun, first_seconds, load};

/// Requests of `split` in sequence that are not ranges of the file, with some ranges of a small one.
const OTHER_REQUESTS: f64 = 8.0;
/// GB of memory of `survey`, as of `load`.
const SURVEY_GIGABYTES: f64 = 0.5;

/// What an import takes.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportForecast {
    /// Its chunks.
    pub chunks: u64,
    /// Seconds of `split`.
    pub split: f64,
    /// Seconds of the Map Run that surveys a large file; 0 where `split` does.
    pub survey: f64,
    /// The load.
    pub load: LoadRun,
    /// Seconds of `summarize`.
    pub summarize: f64,
    /// Dollars, at the list prices of `lineup-costs`.
    pub dollars: f64,
    /// Of these, the write units.
    pub write_dollars: f64,
    /// Of these, the time of all functions.
    pub function_dollars: f64,
    /// Of these, the transitions.
    pub transition_dollars: f64,
}

impl ImportForecast {
    /// From the event to the summary, without what Step Functions takes between states, which AWS does not publish.
    pub fn seconds(&self) -> f64 {
        self.split + self.survey + self.load.seconds + self.summarize
    }
}

/// What the import of a setting takes.
///
/// # Errors
/// None in fact: the template, the definition and the sample are as this crate reads them, which tests show.
pub fn forecast(setting: &ImportSetting) -> Result<ImportForecast, ModelError> {
    let shape = setting.shape()?;
    let load = load(setting)?;
    let is_surveyed_by_map = shape.file.is_surveyed_by_map();
    let survey_processor =
        if is_surveyed_by_map { shape.chunks as f64 * survey_processor(&shape) } else { 0.0 };
    let usage = usage(&shape, &load, survey_processor)?;
    let prices = Prices::list();
    let dollars = |of| prices.dollars(of, usage.quantity(of));
    Ok(ImportForecast {
        chunks: shape.chunks,
        split: split_seconds(&shape),
        survey: if is_surveyed_by_map { survey_run_seconds(setting, &shape) } else { 0.0 },
        summarize: COLD_START_SECONDS
            + FunctionRequests::summarize(shape.chunks, 0).in_sequence * REQUEST_SECONDS,
        dollars: prices.total(&usage),
        write_dollars: dollars(UsageType::WriteUnits),
        function_dollars: dollars(UsageType::GbSeconds),
        transition_dollars: dollars(UsageType::Transitions),
        load,
    })
}

/// Seconds of `split`, which reads the file at the rate that `lineup-costs` assumes of one connection.
pub(crate) fn split_seconds(shape: &FileShape) -> f64 {
    let requests = FunctionRequests::split(&shape.file).in_sequence;
    // Ranges are read side by side, so that their requests are hidden by the bytes.
    let ranges = shape.file.text_bytes as f64 / SOURCE_BYTES_A_SECOND;
    COLD_START_SECONDS + REQUEST_SECONDS * requests.min(OTHER_REQUESTS) + ranges
}

/// Seconds of `survey` for a chunk: it reads the chunk, and is taken to be as fast with a row as `load`.
fn survey_seconds(shape: &FileShape) -> f64 {
    let bytes = shape.file.text_bytes as f64 / shape.chunks as f64;
    first_seconds() + bytes / SOURCE_BYTES_A_SECOND + survey_processor(shape)
}

fn survey_processor(shape: &FileShape) -> f64 {
    shape.rows_a_chunk / ImportSetting::rows_a_function()
}

fn survey_run_seconds(setting: &ImportSetting, shape: &FileShape) -> f64 {
    let chunks = shape.chunks as f64;
    let functions = (setting.max_concurrency as f64).min(setting.lambda_quota).min(chunks);
    (chunks / functions * survey_seconds(shape)).max(chunks / CHILD_STARTS)
}

fn usage(shape: &FileShape, load: &LoadRun, survey_processor: f64) -> Result<Usage, ModelError> {
    let model = CostModel::of_this_version()?;
    let mut usage = model.import_with(&shape.file, load.work(shape))?;
    let counted = usage.quantity(UsageType::ReadUnits);
    usage.add(UsageType::ReadUnits, (load.read_units - counted).max(0.0));
    // What `lineup-costs` takes for the requests and bytes of `survey` is in; its processor time is not.
    usage.add(UsageType::GbSeconds, survey_processor * SURVEY_GIGABYTES);
    Ok(usage)
}
