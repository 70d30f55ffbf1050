//! What every handler of a page has.

use std::io;
use std::sync::Arc;

use lineup::clock_time::ClockTime;
use lineup_timetable::StageOrder;

use crate::access::Access;
use crate::data::{DataError, ImportJournal, LineupQuestions};
use crate::drafts::Drafts;
use crate::form::{FORM_TOKEN, FormFields};
use crate::kept::{KeptDayStarts, KeptLineup, KeptVersions};
use crate::respond::NoPage;

/// How the timetable is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebOptions {
    /// What the festival is called.
    pub title: String,
    /// When a festival day starts if no import was told. Sets that start before it are the night of the day before.
    pub day_starts: ClockTime,
    /// The order of the stages.
    pub order: StageOrder,
    /// How the commands begin that stand beside buttons: `lineup`, or `lineup --stack festival`.
    pub command: String,
    /// Whether the pages may import, redrive, re-run and restore. Without it they only read.
    pub may_change: bool,
}

impl Default for WebOptions {
    /// Festival days from 06:00 where no import was told, as `lineup timetable` has them.
    fn default() -> Self {
        Self {
            title: "Timetable".to_owned(),
            day_starts: ClockTime::new(6, 0).unwrap_or(ClockTime::MIDNIGHT),
            order: StageOrder::default(),
            command: "lineup".to_owned(),
            may_change: true,
        }
    }
}

/// What every handler has.
pub(crate) struct WebState {
    /// Who may ask.
    pub(crate) access: Access,
    /// How the timetable is shown.
    pub(crate) options: WebOptions,
    /// The lineup.
    pub(crate) lineup: Arc<dyn LineupQuestions>,
    /// The imports.
    pub(crate) imports: Arc<dyn ImportJournal>,
    /// The lineup of some seconds ago.
    pub(crate) kept: KeptLineup,
    /// The versions of its parts, of some seconds ago.
    pub(crate) kept_versions: KeptVersions,
    /// When festival days start, as the lineup said some seconds ago.
    kept_day_starts: KeptDayStarts,
    /// Files between their check and their import.
    pub(crate) drafts: Drafts,
}

impl WebState {
    /// Nothing is kept at first.
    pub(crate) fn new(
        lineup: Arc<dyn LineupQuestions>,
        imports: Arc<dyn ImportJournal>,
        access: Access,
        options: WebOptions,
    ) -> io::Result<Self> {
        let (kept, kept_versions) = (KeptLineup::default(), KeptVersions::default());
        let (kept_day_starts, drafts) = (KeptDayStarts::default(), Drafts::new()?);
        Ok(Self { access, options, lineup, imports, kept, kept_versions, kept_day_starts, drafts })
    }

    /// When a festival day starts.
    pub(crate) async fn day_starts(&self) -> Result<ClockTime, DataError> {
        Ok(self.kept_day_starts.get(&*self.lineup).await?.unwrap_or(self.options.day_starts))
    }

    /// Fails where the pages only read.
    pub(crate) fn must_change(&self) -> Result<(), NoPage> {
        if self.options.may_change { Ok(()) } else { Err(NoPage::read_only()) }
    }

    /// The fields of a form that was sent, if it has the token of this server.
    pub(crate) fn sent(&self, form: &[u8]) -> Result<FormFields, NoPage> {
        let fields = FormFields::read(form);
        match self.access.is_form_token(fields.get(FORM_TOKEN).unwrap_or_default()) {
            true => Ok(fields),
            false => Err(NoPage::forbidden()),
        }
    }

    /// A command that does what a button does.
    pub(crate) fn command(&self, arguments: &str) -> String {
        format!("{} {arguments}", self.options.command)
    }

    /// Forgets what is kept: something is imported.
    pub(crate) async fn forget(&self) {
        self.kept.forget().await;
        self.kept_versions.forget().await;
        self.kept_day_starts.forget().await;
    }
}
