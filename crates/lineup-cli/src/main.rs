//! The `lineup` command.

mod args;
mod catalog;
mod deployed;
mod exit;
mod export;
mod follow;
mod function;
mod import;
mod interrupt;
mod local;
mod message;
mod output;
mod plan;
mod progress;
mod query;
mod redrivable;
mod rejects;
mod render;
mod report;
mod rerun;
mod serve;
mod session;
mod show;
mod target;
mod upload;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Builder;

use crate::args::{Cli, Command};
use crate::exit::{CommandError, Exit};
use crate::session::Session;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_if_asked();
    run(cli)
        .unwrap_or_else(|error| {
            if output::reader_is_gone(&error) {
                return Exit::Succeeded;
            }
            output::report(&error);
            CommandError::exit(&error)
        })
        .into()
}

/// Logs to stderr when `RUST_LOG` says so, as functions do too: the embedded
/// Lambda service keeps their stderr in a file.
fn log_if_asked() {
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
}

/// Commands that need no service run as they are.
fn run(cli: Cli) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Plan(args) => plan::run(args),
        Command::Function { name } => function::runtime(*name).build()?.block_on(function::run(*name)),
        _ => Builder::new_multi_thread().enable_all().build()?.block_on(dispatch(cli)),
    }
}

/// A command gets a [`Session`] which is closed in order, whatever comes of the command.
async fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    match &cli.command {
        Command::Import(args) => upload::check(&args.file)?,
        Command::Serve(_) => serve::check(&cli.place)?,
        _ => session::require_data(&cli.place)?,
    }
    let session = Session::open(&cli.place).await?;
    // `serve` prints messages as they come.
    if !matches!(cli.command, Command::Serve(_)) {
        session.import_what_is_left().await;
    }
    let exit = with_session(&session, cli.command).await;
    session.close().await;
    exit
}

async fn with_session(session: &Session, command: Command) -> anyhow::Result<Exit> {
    let target = &session.target;
    match command {
        Command::Import(args) => import::run(session, &args).await,
        Command::Query(args) => query::run(target, &args).await,
        Command::Export(args) => export::run(target, &args).await,
        Command::Imports(args) => show::list(target, &args).await,
        Command::Show(args) => show::run(target, &args).await,
        Command::Rejects(args) => rejects::run(target, &args).await,
        Command::Redrive(args) => rerun::redrive(session, &args).await,
        Command::Rerun(args) => rerun::rerun(session, &args).await,
        Command::Serve(_) => serve::run(session).await,
        // These need no session, and have gone another way in `run`.
        Command::Plan(args) => plan::run(&args),
        Command::Function { name } => function::run(name).await,
    }
}
