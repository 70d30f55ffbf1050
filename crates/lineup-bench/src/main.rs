//! The parts of `make bench` that run as processes of their own: the generated file, the lower bound of a
//! split, the services, and the embedded DynamoDB alone. `tools/bench` runs and measures them.

mod batches;
mod floor;
mod generate;
mod replay;
mod services;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// One part of `make bench`
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    command: Measurement,
}

#[derive(Debug, Subcommand)]
enum Measurement {
    /// Writes a lineup of so many rows: the same for the same number
    Generate {
        /// How many rows
        rows: u64,
        /// Where to
        file: PathBuf,
        /// How many stages there are
        #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u64).range(1..))]
        stages: u64,
    },
    /// Parses a file with the csv crate and nothing else; prints its records and where chunks would start
    Parse {
        /// The file
        file: PathBuf,
        /// The size of a chunk, in bytes
        chunk_bytes: u64,
    },
    /// Serves S3 and SNS in memory and a DynamoDB that only acknowledges, until its input ends
    Services {
        /// How long DynamoDB waits before each answer
        #[arg(long, default_value_t = 0)]
        delay_ms: u64,
        /// Where to write the body of each BatchWriteItem, one a line
        #[arg(long)]
        record: Option<PathBuf>,
    },
    /// Sends recorded BatchWriteItem requests to the embedded DynamoDB; prints the seconds it took
    Replay {
        /// What `services --record` wrote
        recording: PathBuf,
        /// The data directory of the embedded services
        data: PathBuf,
    },
    /// Sends the same batches of puts to the embedded DynamoDB and to its library's own server, in turns; prints the seconds
    /// of each and their ratio
    Batches {
        /// How many rows
        rows: u64,
        /// An empty folder
        folder: PathBuf,
        /// How often each is measured
        #[arg(long, default_value_t = 3)]
        runs: usize,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Args::parse().command {
        Measurement::Generate { rows, file, stages } => generate::run(rows, stages, &file),
        Measurement::Parse { file, chunk_bytes } => floor::run(&file, chunk_bytes),
        Measurement::Services { delay_ms, record } => {
            services::run(Duration::from_millis(delay_ms), record.as_deref()).await
        }
        Measurement::Batches { rows, folder, runs } => batches::run(rows, &folder, runs).await,
        Measurement::Replay { recording, data } => replay::run(&recording, data).await,
    }
}
