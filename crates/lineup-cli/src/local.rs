//! The settings of the embedded services: the state machine, rule and tables of a deployment, and
//! this program as the functions.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;
use embedded_aws::{FunctionSpec, Options, Pipeline, Ports, function_arn, topic_arn};
use lineup_aws::names::{IMPORTS_BUCKET, STATE_MACHINE, TOPIC, UPLOADS_BUCKET};
use lineup_aws::schema::Tables;
use lineup_aws::settings;
use notify::LineupCommand;

use crate::args::{FunctionName, Place};

const DEFINITION: &str = include_str!("../../../statemachine/import.asl.json");
const RULE: &str = include_str!("../../../statemachine/uploads.rule.json");

/// A sandbox is ended after this time without work. Freeing its memory is worth a later start.
const IDLE: Duration = Duration::from_secs(30);
/// The most sandboxes of one function, whatever `--concurrency` is. Each takes some 30 MiB.
const MAX_SANDBOXES: usize = 64;

/// The end of the cause of an execution whose process ended before it.
const INTERRUPTED_HINT: &str = "What is loaded stays loaded; to load what is missing: lineup rerun IMPORT_ID \
    (or redrive this execution).";

/// The options of the embedded services on the data folder.
pub(crate) fn options(place: &Place, shared_port: Option<u16>) -> io::Result<Options> {
    let program = std::env::current_exe()?;
    let lineup = place.command();
    let tables = Tables::default();
    let functions = FunctionName::value_variants();
    let arn = |function: &FunctionName| (format!("{function:?}FunctionArn"), function_arn(function.name()));
    let names = [("UploadsBucket", UPLOADS_BUCKET), ("Partition", "aws")];
    let names = names.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let pipeline = Pipeline {
        functions: functions.iter().map(|function| function.spec(&program, &tables, &lineup)).collect(),
        state_machine: STATE_MACHINE.to_owned(),
        definition: DEFINITION.to_owned(),
        substitutions: functions.iter().map(arn).chain(names).collect::<BTreeMap<_, _>>(),
        event_bucket: UPLOADS_BUCKET.to_owned(),
        rule: RULE.to_owned(),
        topic: TOPIC.to_owned(),
        idle: IDLE,
        interrupted_hint: INTERRUPTED_HINT.to_owned(),
    };
    let tables = tables.definitions().iter().map(|table| table.json()).collect();
    let buckets = [UPLOADS_BUCKET, IMPORTS_BUCKET].map(str::to_owned).into();
    // As in template.yaml, so that an earlier version of a lineup can be restored.
    let versioned = vec![UPLOADS_BUCKET.to_owned()];
    let (data, ports, pipeline) =
        (place.data.clone(), Ports { shared: shared_port, ..Ports::default() }, Some(pipeline));
    Ok(Options { data, ports, buckets, versioned, tables, pipeline })
}

impl FunctionName {
    /// The name in ARNs, log files and on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Convert => "convert",
            Self::Split => "split",
            Self::Survey => "survey",
            Self::Hold => "hold",
            Self::Load => "load",
            Self::Remove => "remove",
            Self::Summarize => "summarize",
            Self::Notify => "notify",
            Self::Recover => "recover",
        }
    }

    /// Memory and timeout are those of `template.yaml`.
    fn spec(self, program: &Path, tables: &Tables, lineup: &LineupCommand) -> FunctionSpec {
        let (memory_mb, seconds) = match self {
            Self::Convert | Self::Split | Self::Summarize => (1769, 900),
            Self::Survey | Self::Hold | Self::Load | Self::Remove | Self::Recover => (512, 900),
            Self::Notify => (256, 60),
        };
        FunctionSpec {
            name: self.name().to_owned(),
            program: PathBuf::from(program),
            args: vec!["function".to_owned(), self.name().to_owned()],
            env: environment(tables, lineup),
            timeout: Duration::from_secs(seconds),
            memory_mb,
            max_concurrency: MAX_SANDBOXES,
        }
    }
}

/// The environment variables of all functions. Each ignores those that it does not need.
fn environment(tables: &Tables, lineup: &LineupCommand) -> Vec<(String, String)> {
    let mut environment = vec![
        (settings::IMPORTS_BUCKET, IMPORTS_BUCKET.to_owned()),
        (settings::PERFORMANCES_TABLE, tables.performances.clone()),
        (settings::CALENDAR_TABLE, tables.calendar.clone()),
        (settings::TOPIC_ARN, topic_arn(TOPIC)),
        (settings::LINEUP_COMMAND, lineup.to_string()),
        (settings::MAX_CONCURRENCY, processors().to_string()),
        // A sandbox is ended with its execution.
        (settings::LONGEST_INVOCATION_SECONDS, "0".to_owned()),
        (settings::FIRST_WAIT_SECONDS, "1".to_owned()),
    ];
    environment.extend(std::env::var("RUST_LOG").ok().map(|filter| ("RUST_LOG", filter)));
    environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The default of `--concurrency`: one chunk a processor, from 2 to [`MAX_SANDBOXES`].
fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, |processors| processors.get().clamp(2, MAX_SANDBOXES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_to_its_sandbox_as_the_command_line_takes_it() {
        for function in FunctionName::value_variants() {
            let named = function.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(named.as_deref(), Some(function.name()));
        }
    }
}
