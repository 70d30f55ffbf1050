//! The clients and names of the services that a command uses.

use std::path::PathBuf;
use std::time::Duration;

use lineup_aws::export::ExportedTable;
use lineup_aws::imports::Imports;
use lineup_aws::objects::Objects;
use lineup_aws::query::Queries;
use lineup_aws::schema::Tables;
use notify::LineupCommand;

/// The clients and names that a command needs. They hide whether the services are embedded or
/// those of a CloudFormation stack.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// The client of the buckets.
    pub s3: aws_sdk_s3::Client,
    /// The client of the tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The client of the state machine.
    pub sfn: aws_sdk_sfn::Client,
    /// The bucket in which a new object starts an import.
    pub uploads_bucket: String,
    /// What the keys of lineup files begin with in that bucket. Others start no import.
    pub uploads_prefix: String,
    /// The bucket for what the pipeline writes about imports. See [`lineup_contracts::layout`].
    pub imports_bucket: String,
    /// The names of the tables.
    pub tables: Tables,
    /// The state machine of `statemachine/import.asl.json`.
    pub state_machine_arn: String,
    /// How the user calls this program for the same services.
    pub lineup: LineupCommand,
    /// The time between two looks at an execution.
    pub poll: Duration,
    /// Where the functions write their logs.
    pub logs: FunctionLogs,
    /// In how many segments a whole table is read, see [`ExportedTable::segments`].
    pub segments: i32,
}

/// Where the functions write their logs.
#[derive(Debug, Clone)]
pub(crate) enum FunctionLogs {
    /// Into `<function>.log` in this folder.
    Folder(PathBuf),
    /// Into CloudWatch's groups of the stack of this name.
    Stack(String),
}

impl Target {
    /// Questions about the tables, and about the names that imports have listed.
    pub(crate) fn queries(&self) -> Queries {
        Queries::new(self.dynamodb.clone(), self.tables.clone()).with_names(self.imports())
    }

    /// The performances, to be read from end to end.
    pub(crate) fn exported_table(&self) -> ExportedTable {
        let (client, name) = (self.dynamodb.clone(), self.tables.performances.clone());
        ExportedTable { client, name, segments: self.segments }
    }

    /// What imports have left.
    pub(crate) fn imports(&self) -> Imports {
        Imports::new(Objects::new(self.s3.clone()), self.imports_bucket.clone())
    }
}
