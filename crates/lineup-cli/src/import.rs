//! `lineup import`. Also [`Watch`], which waits for an execution and reports its end; `redrive` and
//! `rerun` use it too.

use std::cell::Cell;
use std::path::Path;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant, SystemTime};

use anyhow::anyhow;
use embedded_aws::Published;
use lineup::shown::{self, LINE, one_line};
use lineup_contracts::{Outcome, Reported};
use notify::{LineupCommand, Message as SentMessage};

use crate::args::{ImportArgs, WatchArgs};
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::follow::{EndedExecution, FollowedExecution};
use crate::progress::Progress;
use crate::report::ImportReport;
use crate::session::Session;
use crate::upload_parts::Uploaded;
use crate::{interrupt, message, output, upload};

/// How long the execution of an upload is looked for that is to be stopped.
const FOUND_WITHIN: Duration = Duration::from_secs(5);

/// Uploads the files, one after the other, and waits for the end of each import.
pub(crate) async fn run(session: &Session, args: &ImportArgs) -> anyhow::Result<Exit> {
    let [file] = &args.files[..] else { return run_several(session, args).await };
    run_one(session, file, args, Told::Message).await
}

/// A file that fails does not keep the others from being imported; Ctrl-C does.
async fn run_several(session: &Session, args: &ImportArgs) -> anyhow::Result<Exit> {
    let mut worst = Exit::Succeeded;
    for file in &args.files {
        let exit = run_one(session, file, args, Told::Subject).await.unwrap_or_else(|error| {
            output::report(&error.context(format!("{} is not imported", file.display())));
            Exit::Failed
        });
        worst = worst.worse(exit);
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(worst)
}

async fn run_one(session: &Session, file: &Path, args: &ImportArgs, told: Told) -> anyhow::Result<Exit> {
    let told = if args.json { Told::Json } else { told };
    let watch = Watch { told, ..Watch::new(session, WatchArgs { json: args.json, progress: args.progress }) };
    let mut options = args.options.clone();
    if !session.is_deployed() && options.chunk_bytes.is_none() {
        options.chunk_bytes = Some(upload::local_chunk_bytes(std::fs::metadata(file)?.len()));
    }
    watch
        .run(watch.start(async || upload::upload(&session.target, file, &options, &watch.progress).await))
        .await
}

/// What is printed about an import that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// The message that the subscribers get.
    Message,
    /// One line.
    Subject,
    /// The report, as JSON.
    Json,
}

/// Starts an execution, waits for its end and reports it.
pub(crate) struct Watch<'a> {
    session: &'a Session,
    told: Told,
    began: Instant,
    /// Whether the upload that starts the execution is complete.
    is_uploaded: Cell<bool>,
    /// The progress bar.
    progress: Progress,
}

impl<'a> Watch<'a> {
    /// The report's seconds are counted from this call.
    pub(crate) fn new(session: &'a Session, args: WatchArgs) -> Self {
        let WatchArgs { json, progress } = args;
        let told = if json { Told::Json } else { Told::Message };
        Self {
            session,
            told,
            began: Instant::now(),
            is_uploaded: Cell::new(false),
            progress: Progress::new(progress.detail()),
        }
    }

    /// Uploads with `upload`, and finds the execution that the upload starts.
    pub(crate) async fn start(
        &self,
        upload: impl AsyncFnOnce() -> anyhow::Result<Uploaded>,
    ) -> anyhow::Result<FollowedExecution<'a>> {
        let target = &self.session.target;
        let since = SystemTime::now();
        // Earlier uploads of the lineup have the same key.
        let earlier = FollowedExecution::all_since(target, since).await?;
        self.progress.phase("Uploading");
        let uploaded = upload().await?;
        self.is_uploaded.set(true);
        self.progress.phase("Waiting for the import to start");
        FollowedExecution::started_by(target, &uploaded, since, earlier).await
    }

    /// Starts an execution with `start`, follows it to its end and reports it. With `--json`, an
    /// error is also printed to stdout, so that a script always finds one object there. A usage error
    /// is not, because it is not the import's.
    pub(crate) async fn run(
        &self,
        start: impl Future<Output = anyhow::Result<FollowedExecution<'_>>>,
    ) -> anyhow::Result<Exit> {
        let exit = self.start_and_follow(start).await;
        if let Err(error) = &exit {
            self.progress.clear();
            if self.told == Told::Json && CommandError::exit(error) == Exit::Failed {
                let report = ImportReport::failed(self.began.elapsed().as_secs_f64());
                let (error, cause) = (Some("CommandFailed".to_owned()), Some(format!("{error:#}")));
                output::json(&ImportReport { error, cause, ..report })?;
            }
        }
        exit
    }

    async fn start_and_follow(
        &self,
        start: impl Future<Output = anyhow::Result<FollowedExecution<'_>>>,
    ) -> anyhow::Result<Exit> {
        let mut start = pin!(start);
        let then = "An upload that was complete is imported by the next command; else run this one again.";
        let started = tokio::select! {
            started = &mut start => Some(started?),
            error = self.session.out_of_space(None) => return Err(error),
            error = self.session.server_ended(then) => return Err(error),
            signal = interrupt::requested() => signal.map(|()| None)?,
        };
        match started {
            Some(execution) => self.follow(execution).await,
            None => self.stop_start(start).await,
        }
    }

    /// Stops an import that was interrupted before its execution was found. Services of others would go on with it.
    async fn stop_start(
        &self,
        start: Pin<&mut impl Future<Output = anyhow::Result<FollowedExecution<'_>>>>,
    ) -> anyhow::Result<Exit> {
        // An upload that is not complete starts nothing.
        if self.is_uploaded.get()
            && let Ok(Ok(execution)) = tokio::time::timeout(FOUND_WITHIN, start).await
        {
            return self.stop(&execution).await;
        }
        let lineup = &self.session.target.lineup;
        self.progress.print_line(&format!(
            "Interrupted. If the upload was complete, `{lineup} imports` shows its import."
        ));
        Ok(Exit::Interrupted)
    }

    async fn follow(&self, mut execution: FollowedExecution<'_>) -> anyhow::Result<Exit> {
        let (arn, id, lineup) = (execution.arn.clone(), execution.import_id, &self.session.target.lineup);
        let then = format!("What is loaded stays loaded; `{lineup} redrive {id}` loads the rest.");
        let followed = tokio::select! {
            ended = execution.follow(&self.progress) => Some(ended?),
            error = self.session.given_up(&arn) => return Err(error),
            error = self.session.server_ended(&then) => return Err(error),
            error = self.session.out_of_space(Some(id)) => {
                // Its end cannot be written: the next command finds it interrupted.
                let _ = execution.stop().await;
                return Err(error);
            }
            signal = interrupt::requested() => signal.map(|()| None)?,
        };
        match followed {
            Some(ended) => {
                if !ended.succeeded() {
                    self.session.still_has_space(id)?;
                }
                self.print_result(&execution, ended).await
            }
            None => self.stop(&execution).await,
        }
    }

    async fn stop(&self, execution: &FollowedExecution<'_>) -> anyhow::Result<Exit> {
        execution.stop().await?;
        let (id, lineup) = (execution.import_id, &self.session.target.lineup);
        self.progress.print_line(&format!(
            "Stopped import {id}. What is loaded stays loaded; `{lineup} show {id}` says what that is, and \
             `{lineup} redrive {id}` goes on with the rest."
        ));
        Ok(Exit::Interrupted)
    }

    async fn print_result(
        &self,
        execution: &FollowedExecution<'_>,
        ended: EndedExecution,
    ) -> anyhow::Result<Exit> {
        let report = self.report(execution, ended).await?;
        self.progress.clear();
        if self.told == Told::Json {
            output::json(&report)?;
            return Ok(report.exit());
        }
        let messages = self.messages(execution).await?;
        for SentMessage { subject, body } in &messages {
            match self.told {
                Told::Subject => output::line(format_args!(
                    "{}  (import {})",
                    one_line(subject.trim_start_matches("lineup: "), LINE),
                    execution.import_id
                ))?,
                _ => output::line(shown::lines(body.trim_end()))?,
            }
        }
        match messages.is_empty() {
            false => Ok(report.exit()),
            true => Err(no_message(&report, &self.session.target.lineup)),
        }
    }

    /// The messages that subscribers got about the execution.
    async fn messages(&self, execution: &FollowedExecution<'_>) -> anyhow::Result<Vec<SentMessage>> {
        let Some(published) = self.session.published().await else {
            let sent = message::sent(&self.session.target, &execution.arn).await?;
            return Ok(sent.into_iter().collect());
        };
        let sent = |Published { subject, message: body, .. }| SentMessage {
            subject: subject.unwrap_or_default(),
            body,
        };
        Ok(published.into_iter().map(sent).collect())
    }

    async fn report(
        &self,
        execution: &FollowedExecution<'_>,
        ended: EndedExecution,
    ) -> anyhow::Result<ImportReport> {
        let report = ImportReport {
            import_id: Some(execution.import_id),
            execution_arn: Some(execution.arn.clone()),
            error: ended.error.clone(),
            cause: ended.cause.clone(),
            ..ImportReport::failed(self.began.elapsed().as_secs_f64())
        };
        let report = match self.summary(execution, &ended).await? {
            Some(summary) => report.with_summary(summary),
            None => report,
        };
        let outcome = match ended.succeeded() {
            true if ended.is_superseded() => Outcome::Superseded,
            true => report.outcome,
            false => Outcome::Failed,
        };
        Ok(ImportReport { outcome, ..report })
    }

    /// The summary in the execution's output, or else the one that it wrote before it failed.
    async fn summary(
        &self,
        execution: &FollowedExecution<'_>,
        ended: &EndedExecution,
    ) -> anyhow::Result<Option<Reported>> {
        if let Some(reported) = ended.summary() {
            return Ok(Some(reported));
        }
        let written = Catalog::new(&self.session.target).imports.summary(execution.import_id).await?;
        Ok(written.filter(|summary| summary.execution_arn == execution.arn).map(Reported::from))
    }
}

/// The error for an execution that was stopped, or could not send its message.
fn no_message(report: &ImportReport, lineup: &LineupCommand) -> anyhow::Error {
    let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "no reason given".to_owned());
    let id = report.import_id.unwrap_or_default();
    let failed = anyhow!("{}: {}", text(&report.error), text(&report.cause));
    failed.context(format!("import {id} ended without a message; `{lineup} show {id}` says what is loaded"))
}
