//! `lineup import`. Also [`Watch`], which waits for an execution and reports its end; `redrive` and
//! `rerun` use it too.

use std::time::{Instant, SystemTime};

use anyhow::anyhow;
use lineup::shown;
use lineup_contracts::{Outcome, Reported};

use crate::args::ImportArgs;
use crate::catalog::Catalog;
use crate::exit::{CommandError, Exit};
use crate::follow::{EndedExecution, FollowedExecution};
use crate::progress::Progress;
use crate::report::ImportReport;
use crate::session::Session;
use crate::upload::Uploaded;
use crate::{interrupt, message, output, upload};

/// Uploads the file and waits for the end of its import.
pub(crate) async fn run(session: &Session, args: &ImportArgs) -> anyhow::Result<Exit> {
    let watch = Watch::new(session, args.json);
    watch.run(watch.start(async || upload::upload(&session.target, args, &watch.progress).await)).await
}

/// Starts an execution, waits for its end and reports it.
pub(crate) struct Watch<'a> {
    session: &'a Session,
    json: bool,
    began: Instant,
    /// The progress bar.
    progress: Progress,
}

impl<'a> Watch<'a> {
    /// The report's seconds are counted from this call.
    pub(crate) fn new(session: &'a Session, json: bool) -> Self {
        Self { session, json, began: Instant::now(), progress: Progress::new() }
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
            if self.json && CommandError::exit(error) == Exit::Failed {
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
        let mut execution = tokio::select! {
            started = start => started?,
            error = self.session.out_of_space(None) => return Err(error),
            signal = interrupt::requested() => {
                signal?;
                self.progress.print_line("Interrupted. If the upload was complete, `lineup imports` shows its import.");
                return Ok(Exit::Interrupted);
            }
        };
        let (arn, id) = (execution.arn.clone(), execution.import_id);
        let followed = tokio::select! {
            ended = execution.follow(&self.progress) => Some(ended?),
            error = self.session.given_up(&arn) => return Err(error),
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
        let id = execution.import_id;
        self.progress.print_line(&format!(
            "Stopped import {id}. What is loaded stays loaded; `lineup show {id}` says what that is, and \
             `lineup redrive {id}` goes on with the rest."
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
        if self.json {
            output::json(&report)?;
            return Ok(report.exit());
        }
        let messages = self.messages(execution).await?;
        for message in &messages {
            output::line(shown::lines(message.trim_end()))?;
        }
        match messages.is_empty() {
            false => Ok(report.exit()),
            true => Err(no_message(&report)),
        }
    }

    /// The messages that subscribers got about the execution.
    async fn messages(&self, execution: &FollowedExecution<'_>) -> anyhow::Result<Vec<String>> {
        if self.session.is_deployed() {
            let sent = message::sent(&self.session.target, &execution.arn).await?;
            return Ok(sent.into_iter().collect());
        }
        Ok(self.session.published().await.into_iter().map(|published| published.message).collect())
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
fn no_message(report: &ImportReport) -> anyhow::Error {
    let text = |part: &Option<String>| part.clone().unwrap_or_else(|| "no reason given".to_owned());
    let id = report.import_id.unwrap_or_default();
    let failed = anyhow!("{}: {}", text(&report.error), text(&report.cause));
    failed.context(format!("import {id} ended without a message; `lineup show {id}` says what is loaded"))
}
