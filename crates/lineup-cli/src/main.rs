//! The `lineup` command.
//!
//! `main` parses the command line and runs one command. Every command ends in the same way: it returns an
//! exit code or an error. Only `main` prints the error to stderr, and [`CommandError::exit`] chooses its
//! number. So scripts can rely on the codes in `lineup --help`. A reader that closes stdout is not an error.
//!
//! Commands come in two kinds. Those of [`LocalCommand`] need no services: `plan` reads a local file, `cost` counts,
//! and `function` is how the embedded Lambda service starts this program as one of the functions. Those
//! of [`ServiceCommand`] run in a [`Session`]. It finds the services of a deployed stack, or starts
//! embedded ones on the data folder, or joins the process that has them there, and is closed whatever the command returned. Most of these commands see
//! only its [`target::Target`], which has the same clients and names in both cases. So commands need
//! no code of their own for AWS or for the local run.
//!
//! Checks that need no services, such as whether the file can be read, run before the session is opened:
//! a mistake on the command line must not start services or create a folder.

mod args;
mod build_id;
mod calendar;
mod catalog;
mod check;
mod completions;
mod confirm;
mod cost;
mod deployed;
mod diff;
mod disk_use;
mod exit;
mod export;
mod extra_columns;
mod follow;
mod function;
mod import;
mod interrupt;
mod joining;
mod lineups;
mod local;
mod message;
mod named_lineup;
mod output;
mod performance_writer;
mod plan;
mod progress;
mod prune;
mod query;
mod redrivable;
mod rejects;
mod remove;
mod render;
mod report;
mod rerun;
mod restore;
mod serve;
mod session;
mod short;
mod show;
mod space;
mod target;
mod timetable;
mod upload;
mod upload_parts;
mod web;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Builder;

use crate::args::{Cli, Command, FolderAccess, LocalCommand, Place, ServiceCommand};
use crate::exit::{CommandError, Exit};
use crate::session::Session;

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| args::without_wrong_tip(error).exit());
    init_logging();
    run(cli)
        .unwrap_or_else(|error| {
            if output::is_closed_pipe(&error) {
                return Exit::Succeeded;
            }
            output::report(&error);
            CommandError::exit(&error)
        })
        .into()
}

/// Logs to stderr if `RUST_LOG` is set. Functions do the same, and the embedded Lambda service writes
/// their stderr to a file.
fn init_logging() {
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    match cli.command {
        Command::Local(LocalCommand::Check(args)) => check::run(&args),
        Command::Local(LocalCommand::Cost(args)) => cost::run(&args),
        Command::Local(LocalCommand::Plan(args)) => plan::run(&args),
        Command::Local(LocalCommand::Completions(args)) => completions::run(&args),
        Command::Local(LocalCommand::Man(args)) => completions::man(&args),
        Command::Local(LocalCommand::Function { name }) => {
            function::runtime(name).build()?.block_on(function::run(name))
        }
        Command::Service(command) => {
            Builder::new_multi_thread().enable_all().build()?.block_on(run_with_services(&cli.place, command))
        }
    }
}

/// Runs a command in a [`Session`]. The session is closed even if the command fails.
async fn run_with_services(place: &Place, mut command: ServiceCommand) -> anyhow::Result<Exit> {
    // It is deleted when this returns.
    let mut _spooled = None;
    match &mut command {
        ServiceCommand::Import(args) => {
            _spooled = upload::spool(args)?;
            upload::check_all(args)?;
        }
        ServiceCommand::Serve(_) => serve::check(place)?,
        ServiceCommand::Web(_) => web::check(place)?,
        ServiceCommand::Diff(args) => {
            upload::check(&args.file)?;
            session::require_data(place)?;
        }
        ServiceCommand::Prune(args) => {
            prune::check(place)?;
            confirm::check(args.yes)?;
            session::require_data(place)?;
        }
        ServiceCommand::Remove(args) => {
            confirm::check(args.yes)?;
            session::require_data(place)?;
        }
        ServiceCommand::Timetable(args) => {
            timetable::check(args)?;
            session::require_data(place)?;
        }
        _ => session::require_data(place)?,
    }
    let writes =
        matches!(&command, ServiceCommand::Import(_) | ServiceCommand::Redrive(_) | ServiceCommand::Rerun(_));
    let (name, access) = command.access();
    let session = Session::open(place, access, name).await?;
    if writes && let Err(error) = session.require_space() {
        session.close().await;
        return Err(error);
    }
    // `serve` prints messages itself, as they are published.
    if !matches!(command, ServiceCommand::Serve(_)) {
        session.wait_for_pending_imports().await;
    }
    let exit = match access {
        // One that writes looks itself: it says how to go on.
        FolderAccess::Write | FolderAccess::Serve { .. } => run_in_session(&session, place, command).await,
        FolderAccess::Read => tokio::select! {
            biased;
            exit = run_in_session(&session, place, command) => exit,
            error = session.server_ended(session::RUN_AGAIN) => Err(error),
        },
    };
    let exit = exit.map_err(|error| session.explained(error));
    session.close().await;
    exit
}

async fn run_in_session(session: &Session, place: &Place, command: ServiceCommand) -> anyhow::Result<Exit> {
    let target = &session.target;
    match command {
        ServiceCommand::Import(args) => import::run(session, &args).await,
        ServiceCommand::Query(args) => query::run(target, &args).await,
        ServiceCommand::Timetable(args) => timetable::run(target, &args).await,
        ServiceCommand::Diff(args) => diff::run(target, &args).await,
        ServiceCommand::Lineups(args) => lineups::run(target, &args).await,
        ServiceCommand::Prune(args) => prune::run(target, &place.data, &args).await,
        ServiceCommand::Remove(args) => remove::run(session, &args).await,
        ServiceCommand::Restore(args) => restore::run(session, &args).await,
        ServiceCommand::Export(args) => export::run(target, &args).await,
        ServiceCommand::Imports(args) => show::list(target, &args).await,
        ServiceCommand::Show(args) => show::run(target, &args).await,
        ServiceCommand::Rejects(args) => rejects::run(target, &args).await,
        ServiceCommand::Redrive(args) => rerun::redrive(session, &args).await,
        ServiceCommand::Rerun(args) => rerun::rerun(session, &args).await,
        ServiceCommand::Serve(args) => serve::run(session, &args).await,
        ServiceCommand::Web(args) => web::run(session, place, &args).await,
    }
}
