//! The whole lineup in memory for some seconds: for the index of days, and for search as one types.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::ToSpan;
use jiff::civil::Time;
use lineup::clock_time::ClockTime;
use lineup::row::Performance;
use lineup::spelling::fold;
use tokio::sync::Mutex;

use crate::data::{DataError, ImportJournal, LineupQuestions};
use crate::versions::ListedLineup;

/// How long it is kept. What an import wrote is seen after that.
const FRESH: Duration = Duration::from_secs(10);
/// The most stages of all days together. Each one takes a request, and a larger lineup is not kept: its index has the
/// days alone, and its search finds performers by their exact names.
const MOST_STAGE_DAYS: usize = 1_000;

/// The lineup, or that it is too large.
#[derive(Default)]
pub(crate) struct KeptLineup(Mutex<Option<(Instant, Arc<WholeLineup>)>>);

/// Every set; none if there are too many.
pub(crate) struct WholeLineup {
    sets: Option<Vec<Performance>>,
    /// Performer and stage of each, without case and accents.
    texts: Vec<String>,
}

impl KeptLineup {
    /// What is kept, if it is fresh, or else what the table has now. Requests that come meanwhile wait for it.
    pub(crate) async fn get(&self, lineup: &dyn LineupQuestions) -> Result<Arc<WholeLineup>, DataError> {
        let mut kept = self.0.lock().await;
        if let Some((read, whole)) = kept.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
            tracing::trace!(age = ?read.elapsed(), "the lineup is fresh");
            return Ok(whole.clone());
        }
        let whole = Arc::new(WholeLineup::read(lineup).await?);
        *kept = Some((Instant::now(), whole.clone()));
        Ok(whole)
    }

    /// What is kept, of whatever age, without a request.
    pub(crate) fn known(&self) -> Option<Arc<WholeLineup>> {
        self.0.try_lock().ok()?.as_ref().map(|(_, whole)| whole.clone())
    }

    /// Forgets it: something was imported.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// When festival days start, as the lineup says.
#[derive(Default)]
pub(crate) struct KeptDayStarts(Mutex<Option<(Instant, Option<ClockTime>)>>);

impl KeptDayStarts {
    /// What is kept, if it is fresh, or else what the lineup says now.
    pub(crate) async fn get(&self, lineup: &dyn LineupQuestions) -> Result<Option<ClockTime>, DataError> {
        let mut kept = self.0.lock().await;
        if let Some((_, starts)) = kept.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
            return Ok(*starts);
        }
        let starts = lineup.day_starts().await?;
        *kept = Some((Instant::now(), starts));
        Ok(starts)
    }

    /// Forgets it.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

/// The most lineups whose warnings and changes are shown beside the days. Each takes some requests.
const MOST_LINEUPS: usize = 20;

/// The lineups with their warnings.
#[derive(Default)]
pub(crate) struct KeptVersions(Mutex<Option<(Instant, Arc<Vec<ListedLineup>>)>>);

impl KeptVersions {
    /// What is kept, if it is fresh, or else what there is now.
    pub(crate) async fn get(&self, imports: &dyn ImportJournal) -> Result<Arc<Vec<ListedLineup>>, DataError> {
        let mut kept = self.0.lock().await;
        if let Some((_, lineups)) = kept.as_ref().filter(|(read, _)| read.elapsed() < FRESH) {
            return Ok(lineups.clone());
        }
        let lineups = Arc::new(imports.lineups(MOST_LINEUPS).await?);
        *kept = Some((Instant::now(), lineups.clone()));
        Ok(lineups)
    }

    /// What is kept, of whatever age, without a request.
    pub(crate) fn known(&self) -> Option<Arc<Vec<ListedLineup>>> {
        self.0.try_lock().ok()?.as_ref().map(|(_, lineups)| lineups.clone())
    }

    /// Forgets it.
    pub(crate) async fn forget(&self) {
        *self.0.lock().await = None;
    }
}

impl WholeLineup {
    async fn read(lineup: &dyn LineupQuestions) -> Result<Self, DataError> {
        let days = lineup.days().await?;
        let mut stages = 0;
        for day in &days {
            stages += lineup.stages(*day).await?.len();
            if stages > MOST_STAGE_DAYS {
                return Ok(Self { sets: None, texts: Vec::new() });
            }
        }
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Ok(Self { sets: Some(Vec::new()), texts: Vec::new() });
        };
        let range =
            first.to_datetime(Time::midnight())..last.saturating_add(1.day()).to_datetime(Time::midnight());
        let sets = lineup.starting(range).await?;
        let text = |set: &Performance| fold(&format!("{} {}", set.performer, set.stage));
        Ok(Self { texts: sets.iter().map(text).collect(), sets: Some(sets) })
    }

    /// Every set; none if there are too many.
    pub(crate) fn sets(&self) -> Option<&[Performance]> {
        self.sets.as_deref()
    }

    /// The sets whose performer and stage have all of these words, whatever their case and accents: at most so many,
    /// and how many there are.
    pub(crate) fn search(&self, text: &str, most: usize) -> (Vec<&Performance>, usize) {
        let words: Vec<String> = text.split_whitespace().map(fold).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return (Vec::new(), 0);
        }
        let sets = self.sets.iter().flatten().zip(&self.texts);
        let mut found = Vec::new();
        let mut count = 0;
        for (set, _) in sets.filter(|(_, text)| words.iter().all(|word| text.contains(word.as_str()))) {
            count += 1;
            if found.len() < most {
                found.push(set);
            }
        }
        (found, count)
    }
}
