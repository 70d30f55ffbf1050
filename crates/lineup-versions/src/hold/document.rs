//! The document of a lineup, and its changes.

use jiff::Timestamp;
use lineup::clock_time::ClockTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::published::PublishedVersion;
use super::sequencer::UploadSequencer;
use super::version::Version;

/// `lineup.json`: which versions of a lineup there are.
///
/// ```
/// use lineup_versions::{HoldAnswer, ImportEnd, LineupHolder, LineupVersions, Version};
/// use uuid::Uuid;
///
/// let now = "2025-07-01T12:00:00Z".parse()?;
/// let import = |number: u128, sequencer: &str| LineupHolder {
///     version: Version::of_upload(Uuid::from_u128(number), sequencer),
///     execution: format!("execution-{number}"),
/// };
/// let (first, second) = (import(1, "0055A1"), import(2, "0055A2"));
///
/// let taken = LineupVersions::default().take(&first, now);
/// assert_eq!(taken.answer, HoldAnswer::Held);
/// let held = taken.next.expect("the document changes");
///
/// let waiting = held.take(&second, now);
/// assert_eq!(waiting.answer, HoldAnswer::WaitFor(first.clone()));
/// let held = waiting.next.expect("it says that a newer version waits");
///
/// let released = held.release(&first, ImportEnd::Complete { kept: false }, None).next.expect("the document changes");
/// assert_eq!(released.current, Some(first.version.clone()));
/// assert_eq!(released.take(&second, now).answer, HoldAnswer::Held);
/// assert_eq!(released.take(&first, now).answer, HoldAnswer::Superseded(Some(second.version)));
/// # Ok::<_, jiff::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineupVersions {
    /// The last import that ended well: every row of it is in the table. `None` before the first.
    #[serde(default)]
    pub current: Option<Version>,
    /// Every import of which rows may be in the table.
    #[serde(default)]
    pub may_hold: Vec<Version>,
    /// Who may write.
    #[serde(default)]
    pub holder: Option<LineupHolder>,
    /// The newest version that took the hold or asked for it. All older ones are superseded.
    #[serde(default)]
    pub wanted: Option<Version>,
    /// Invocations that may still write although nobody holds the lineup for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still_running: Option<StillRunning>,
    /// What is said of the current version; `None` where an earlier version of lineup made it the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedVersion>,
    /// The imports whose lists of keys were needed until the current version was complete. They are deleted once this is written, and
    /// again where whoever wrote it was killed before he had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forgotten: Vec<Uuid>,
}

/// An execution that imports a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineupHolder {
    /// What it imports. Several executions may import one version: the first, and re-runs.
    pub version: Version,
    /// Its ARN.
    pub execution: String,
}

/// Invocations that outlive the hold of their import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillRunning {
    /// What they import. The same version need not wait for them: they write what it writes.
    pub version: Version,
    /// When the last of them has ended.
    pub until: Timestamp,
}

/// How an import ended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportEnd {
    /// Every chunk was loaded, and what the file does not have was removed.
    Complete {
        /// Whether rows of imports before may still be in the table: not all that is obsolete was removed.
        kept: bool,
    },
    /// Anything else. Any part of its rows may be in the table.
    Failed,
}

/// A change of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldStep {
    /// The document to write in place of this one, with `If-Match`; `None` if it stays as it is. If the put fails
    /// because the document is another one by now, read that and ask again.
    pub next: Option<LineupVersions>,
    /// What holds once it is written.
    pub answer: HoldAnswer,
}

impl HoldStep {
    /// The step, which was made of `before`: where it makes a version the current one, that is published `at` this time. Any
    /// other step stays as it is.
    #[must_use]
    pub fn published(
        mut self,
        before: &LineupVersions,
        at: Timestamp,
        day_starts: Option<ClockTime>,
    ) -> Self {
        if let Some(next) = &mut self.next
            && next.current != before.current
        {
            next.published = Some(PublishedVersion::after(before.published, at, day_starts));
        }
        self
    }
}

/// What an import may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoldAnswer {
    /// It holds the lineup, and may write.
    Held,
    /// Another execution holds it: ask again later. If that execution has ended, [take over](LineupVersions::take_over).
    WaitFor(LineupHolder),
    /// Invocations of another import may still write until then: ask again after it.
    WaitUntil(Timestamp),
    /// It does not hold it, and must not write, now or ever. There is a newer version, or, with `None`, another
    /// execution took over the same one.
    Superseded(Option<Version>),
    /// It holds it no more.
    Released,
}

impl LineupVersions {
    /// An import asks for the hold. Its survey has passed; it has not written yet, or it did and released the hold, and is
    /// redriven or run again. Asking again as the holder changes nothing, also where a newer version waits by now.
    pub fn take(&self, import: &LineupHolder, now: Timestamp) -> HoldStep {
        if self.holder.as_ref() == Some(import) {
            return self.unchanged(HoldAnswer::Held);
        }
        if let Some(by) = self.newer_than(&import.version) {
            return self.unchanged(HoldAnswer::Superseded(Some(by.clone())));
        }
        if let Some(holder) = &self.holder {
            return self.waiting(import, HoldAnswer::WaitFor(holder.clone()));
        }
        match &self.still_running {
            Some(running) if running.version != import.version && now < running.until => {
                self.waiting(import, HoldAnswer::WaitUntil(running.until))
            }
            _ => self.held_by(import, now),
        }
    }

    /// An import takes the hold away from an execution that ended without releasing it. `until` is when the last invocation of
    /// that execution has ended: at least now, and the time that writing this document takes at most, and the
    /// longest time that an invocation runs. An invocation that starts later finds that it has lost the hold. Another execution
    /// of the same version need not wait for them, and holds at once.
    ///
    /// Where `ended` is not the holder any more, this is [`LineupVersions::take`].
    pub fn take_over(
        &self,
        import: &LineupHolder,
        ended: &LineupHolder,
        now: Timestamp,
        until: Timestamp,
    ) -> HoldStep {
        let is_newest = self.newer_than(&import.version).is_none();
        if !is_newest || self.holder.as_ref() != Some(ended) || ended == import {
            return self.take(import, now);
        }
        let freed = Self {
            holder: None,
            wanted: Some(import.version.clone()),
            still_running: Some(self.running_until(&ended.version, until)),
            ..self.clone()
        };
        let HoldStep { next, answer } = freed.take(import, now);
        HoldStep { next: Some(next.unwrap_or(freed)), answer }
    }

    /// An execution that is redriven in the middle of its import asks for the hold. It gets it where nobody has it, and from another
    /// execution of the same version, whose invocations may still run `until` then. Anything else it does not wait for.
    pub fn take_for_redrive(&self, import: &LineupHolder, now: Timestamp, until: Timestamp) -> HoldStep {
        match &self.holder {
            Some(other) if other.version != import.version => self.unchanged(self.check(import)),
            Some(other) => self.take_over(import, other, now, until),
            None => match self.take(import, now) {
                waiting @ HoldStep { answer: HoldAnswer::WaitUntil(_), .. } => self.unchanged(waiting.answer),
                step => step,
            },
        }
    }

    /// Whether an invocation of this import may write: [`HoldAnswer::Held`] or [`HoldAnswer::Superseded`]. It counts from when the
    /// document was read, for at most the time that an invocation runs.
    pub fn check(&self, import: &LineupHolder) -> HoldAnswer {
        if self.holder.as_ref() == Some(import) {
            HoldAnswer::Held
        } else {
            HoldAnswer::Superseded(self.newer_than(&import.version).cloned())
        }
    }

    /// An import that ends by itself gives the hold back. `running_until` is when its last invocation has ended, where some
    /// may still run: where a chunk was invoked again without an answer, or a Map Run was stopped.
    ///
    /// A repeat changes nothing. If it had lost the hold to another version, an end that is complete is superseded. If it had lost it to
    /// another execution of the same version, a complete end counts, because both write the same rows; the hold stays with the other.
    pub fn release(
        &self,
        import: &LineupHolder,
        end: ImportEnd,
        running_until: Option<Timestamp>,
    ) -> HoldStep {
        let version = &import.version;
        if self.holder.as_ref() != Some(import) {
            return self.end_without_hold(version, end);
        }
        let mut next = Self { holder: None, ..self.clone() };
        if let Some(until) = running_until {
            next.still_running = Some(self.running_until(version, until));
        }
        if let ImportEnd::Complete { kept } = end {
            next.complete(version, kept);
        }
        HoldStep { next: Some(next), answer: HoldAnswer::Released }
    }

    /// An execution ends that does not hold the lineup, or not any more.
    fn end_without_hold(&self, version: &Version, end: ImportEnd) -> HoldStep {
        let ImportEnd::Complete { kept } = end else { return self.unchanged(HoldAnswer::Released) };
        if self.current.as_ref() == Some(version) {
            return self.unchanged(HoldAnswer::Released);
        }
        let newer = self.newer_than(version);
        let other_version_may_write = match &self.holder {
            Some(holder) => holder.version != *version,
            None => newer.is_some(),
        };
        if other_version_may_write {
            return self.unchanged(HoldAnswer::Superseded(newer.cloned()));
        }
        let mut next = self.clone();
        next.complete(version, kept);
        HoldStep { next: Some(next), answer: HoldAnswer::Released }
    }

    /// Every row of the version is in the table.
    fn complete(&mut self, version: &Version, kept: bool) {
        self.current = Some(version.clone());
        let dropped = self.may_hold.extract_if(.., |other| !kept && other != version);
        self.forgotten = dropped.map(|other| other.import_id).collect();
    }

    /// A version for what a planner does without an upload, such as removing the lineup: newer than all so far, and older
    /// than the next upload.
    pub fn without_upload(&self, import_id: Uuid) -> Version {
        let (sequencer, step) = match self.newest() {
            Some(newest) => (newest.sequencer.clone(), newest.step.saturating_add(1)),
            None => (UploadSequencer::default(), 1),
        };
        Version { sequencer, step, import_id }
    }

    /// Whether the runs of an import are still needed: to compare the next version with them, or for itself.
    pub fn needs(&self, import_id: Uuid) -> bool {
        let holder = self.holder.as_ref().map(|holder| &holder.version);
        let others = [self.current.as_ref(), self.wanted.as_ref(), holder];
        self.may_hold.iter().chain(others.into_iter().flatten()).any(|version| version.import_id == import_id)
    }

    /// The imports, other than this one, of which rows may be in the table: those to compare with.
    pub fn others(&self, version: &Version) -> impl Iterator<Item = &Version> {
        self.may_hold.iter().filter(move |other| *other != version)
    }

    fn newest(&self) -> Option<&Version> {
        self.wanted.as_ref().max(self.current.as_ref())
    }

    fn newer_than(&self, version: &Version) -> Option<&Version> {
        self.newest().filter(|newest| *newest > version)
    }

    fn unchanged(&self, answer: HoldAnswer) -> HoldStep {
        HoldStep { next: None, answer }
    }

    /// The newest version waits.
    fn waiting(&self, import: &LineupHolder, answer: HoldAnswer) -> HoldStep {
        let wanted = Some(import.version.clone());
        let next = (self.wanted != wanted).then(|| Self { wanted, ..self.clone() });
        HoldStep { next, answer }
    }

    /// From now on rows of the import may be in the table.
    fn held_by(&self, import: &LineupHolder, now: Timestamp) -> HoldStep {
        let version = &import.version;
        let mut next = Self { holder: Some(import.clone()), wanted: Some(version.clone()), ..self.clone() };
        next.still_running = self.still_running.clone().filter(|running| now < running.until);
        if !next.may_hold.contains(version) {
            next.may_hold.push(version.clone());
        }
        HoldStep { next: Some(next), answer: HoldAnswer::Held }
    }

    /// Nobody but this version could take the hold before those that ran already had ended.
    fn running_until(&self, version: &Version, until: Timestamp) -> StillRunning {
        let already = self.still_running.as_ref().filter(|running| running.version == *version);
        let until = already.map_or(until, |running| running.until.max(until));
        StillRunning { version: version.clone(), until }
    }
}
