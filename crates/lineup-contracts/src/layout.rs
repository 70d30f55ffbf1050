//! The keys of an import's objects in the imports bucket.

use uuid::Uuid;

/// The namespace of import ids: a random UUID that must never change.
const NAMESPACE: Uuid = Uuid::from_u128(0x5c7f_6f0e_9c1b_5c0f_8f3a_2f6f_7a31_d4b2);

/// The id of the import that an S3 event starts: UUID v5 (RFC 9562, section
/// 5.5) of the event's bucket, key, version id, etag and sequencer, so that a
/// duplicate delivery of the event gives the same id and a new upload another.
///
/// ```
/// use lineup_contracts::layout::import_id;
///
/// let id = import_id("uploads", "lineup.csv", None, "d41d8cd98f00b204e9800998ecf8427e", "0055");
/// assert_eq!(id, import_id("uploads", "lineup.csv", None, "d41d8cd98f00b204e9800998ecf8427e", "0055"));
/// assert_ne!(id, import_id("uploads", "lineup.csv", None, "d41d8cd98f00b204e9800998ecf8427e", "0056"));
/// ```
pub fn import_id(bucket: &str, key: &str, version_id: Option<&str>, etag: &str, sequencer: &str) -> Uuid {
    // The length before each part makes the names of different lists of parts differ.
    let mut name = String::new();
    for part in [bucket, key, version_id.unwrap_or(""), etag, sequencer] {
        name.push_str(&format!("{}:{part}", part.len()));
    }
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// The keys of one import's objects.
///
/// ```
/// use lineup_contracts::layout::{Layout, import_id};
///
/// let id = import_id("uploads", "lineup.csv", None, "d41d8cd98f00b204e9800998ecf8427e", "0055");
/// assert_eq!(Layout(id).manifest(), format!("imports/{id}/manifest.json"));
/// assert_eq!(Layout(id).result(7), format!("imports/{id}/results/00007.json"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout(pub Uuid);

impl Layout {
    /// `imports/`, under which every import has its folder.
    pub const ROOT: &str = "imports/";

    /// `imports/<import_id>`, without a slash at the end.
    pub fn prefix(self) -> String {
        format!("{}{}", Self::ROOT, self.0)
    }

    /// The [`crate::Claim`]: written once, with `If-None-Match: *`.
    pub fn claim(self) -> String {
        format!("{}/claim.json", self.prefix())
    }

    /// The text that `convert` made of the file: written once, with `If-None-Match: *`. See [`crate::Conversion`].
    pub fn converted_text(self) -> String {
        format!("{}/converted.csv", self.prefix())
    }

    /// The [`crate::Conversion`]: written once, with `If-None-Match: *`, after the text.
    pub fn conversion(self) -> String {
        format!("{}/converted.json", self.prefix())
    }

    /// The [`crate::StoppedSplit`]: only of a file whose split takes several invocations.
    pub fn stopped_split(self) -> String {
        format!("{}/split.json", self.prefix())
    }

    /// The [`crate::Manifest`].
    pub fn manifest(self) -> String {
        format!("{}/manifest.json", self.prefix())
    }

    /// The folder of a pass of the survey, with its slash, counted from 1. One or two read chunks, and those after them gather runs.
    pub fn survey_pass(self, pass: u32) -> String {
        format!("{}/surveys/{pass}/", self.prefix())
    }

    /// The [`crate::Survey`]: how the chunks are read in a pass of the survey.
    pub fn survey(self, pass: u32) -> String {
        format!("{}survey.json", self.survey_pass(pass))
    }

    /// The [`lineup::survey::Facts`] of a chunk. The chunk is surveyed when this object exists.
    pub fn facts(self, pass: u32, chunk: u32) -> String {
        format!("{}{chunk:05}.json", self.survey_pass(pass))
    }

    /// The number of the chunk whose facts have `key`; `None` if `key` is not that of facts.
    pub fn chunk_of_facts(self, pass: u32, key: &str) -> Option<u32> {
        key.strip_prefix(&self.survey_pass(pass))?.strip_suffix(".json")?.parse().ok()
    }

    /// The run of a chunk's keys, as the crate `lineup-versions` writes it. It is written before the chunk's facts.
    pub fn run(self, pass: u32, chunk: u32) -> String {
        format!("{}{chunk:05}.run", self.survey_pass(pass))
    }

    /// The offsets of the chunk's rows that a later row of the chunk replaces; absent if there are none. It is written
    /// before the run.
    pub fn replaced(self, pass: u32, chunk: u32) -> String {
        format!("{}{chunk:05}.replaced", self.survey_pass(pass))
    }

    /// The [`crate::MergedRange`] of a range of performers, where the runs of a pass are merged in several ranges, counted from 1.
    pub fn merged_range(self, pass: u32, range: usize) -> String {
        format!("{}ranges/{range}.json", self.survey_pass(pass))
    }

    /// The offsets of rows that lose their key to a row of another run, of a range.
    pub fn range_losers(self, pass: u32, range: usize) -> String {
        format!("{}ranges/{range}.losers", self.survey_pass(pass))
    }

    /// The list of the names of a range; absent if there are too many.
    pub fn range_names(self, pass: u32, range: usize) -> String {
        format!("{}ranges/{range}.names", self.survey_pass(pass))
    }

    /// The ranges of performers in which versions are compared, where there are several: written once, with `If-None-Match: *`.
    pub fn compared_ranges(self) -> String {
        format!("{}/compared/ranges.json", self.prefix())
    }

    /// The [`crate::ComparedRange`] of a range of performers, where versions are compared in several ranges, counted from 1.
    pub fn compared_range(self, range: usize) -> String {
        format!("{}/compared/{range}.json", self.prefix())
    }

    /// The offsets of the chunk's rows whose keys rows of other chunks have, further down the file.
    pub fn skips(self, chunk: u32) -> String {
        format!("{}/skips/{chunk:05}", self.prefix())
    }

    /// The [`lineup_versions::RejectedPerformers`] of a chunk; absent if no row of it was rejected. It is written before the facts.
    pub fn rejected(self, pass: u32, chunk: u32) -> String {
        format!("{}{chunk:05}.rejected", self.survey_pass(pass))
    }

    /// The [`lineup_versions::RejectedPerformers`] of the whole file; absent if no row was rejected.
    pub fn rejected_performers(self) -> String {
        format!("{}/rejected-performers.json", self.prefix())
    }

    /// The [`crate::VersionChanges`]: how the import differs from the version before.
    pub fn changes(self) -> String {
        format!("{}/changes.json", self.prefix())
    }

    /// The keys that are removed once every chunk is loaded: a run.
    pub fn obsolete(self) -> String {
        format!("{}/obsolete.run", self.prefix())
    }

    /// Says that every key of [`Self::obsolete`] is removed.
    pub fn removed(self) -> String {
        format!("{}/removed.json", self.prefix())
    }

    /// The chunks that a redrive of the survey has still to read, one JSON object a line.
    pub fn not_surveyed(self, pass: u32) -> String {
        format!("{}missing.jsonl", self.survey_pass(pass))
    }

    /// The prefix of the files of the ResultWriter of a pass of the survey.
    pub fn survey_map_runs(self, pass: u32) -> String {
        format!("{}map-runs", self.survey_pass(pass))
    }

    /// Every [`delimited::Chunk`] of the import, one JSON object a line.
    pub fn chunks(self) -> String {
        format!("{}/chunks.jsonl", self.prefix())
    }

    /// The chunks of the `n`th redrive or re-run, counted from 1.
    pub fn retry(self, n: u32) -> String {
        format!("{}/retry-{n}.jsonl", self.prefix())
    }

    /// The folder of the [`crate::ChunkResult`]s, with its slash.
    pub fn results(self) -> String {
        format!("{}/results/", self.prefix())
    }

    /// The [`crate::ChunkResult`] of a chunk. It exists exactly when the chunk is loaded.
    pub fn result(self, chunk: u32) -> String {
        format!("{}{chunk:05}.json", self.results())
    }

    /// The number of the chunk whose result has `key`; `None` if `key` is not that of a result.
    pub fn chunk_of_result(self, key: &str) -> Option<u32> {
        key.strip_prefix(&self.results())?.strip_suffix(".json")?.parse().ok()
    }

    /// A file of a chunk's rejected rows. `start` is the chunk's start for the first file, and the
    /// byte at which its first row begins for a further one. `load` cuts them by size, at the same
    /// rows however many invocations a chunk takes.
    pub fn rejects(self, chunk: u32, start: u64, chunk_start: u64) -> String {
        if start == chunk_start {
            format!("{}/rejects/{chunk:05}.csv", self.prefix())
        } else {
            format!("{}/rejects/{chunk:05}-{start}.csv", self.prefix())
        }
    }

    /// The prefix of the files of the Distributed Map's ResultWriter.
    pub fn map_runs(self) -> String {
        format!("{}/map-runs", self.prefix())
    }

    /// The latest [`crate::Summary`].
    pub fn summary(self) -> String {
        format!("{}/summary.json", self.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_gives_the_same_import_id() {
        let id = || import_id("b", "k.csv", Some("v1"), "e", "0055");
        assert_eq!(id(), id());
    }

    #[test]
    fn any_other_part_gives_another_import_id() {
        let ids = [
            import_id("b", "k", None, "e", "1"),
            import_id("b2", "k", None, "e", "1"),
            import_id("b", "k2", None, "e", "1"),
            import_id("b", "k", Some("v"), "e", "1"),
            import_id("b", "k", None, "e2", "1"),
            import_id("b", "k", None, "e", "2"),
            import_id("bk", "", None, "e", "1"),
        ];
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn a_result_key_names_its_chunk() {
        let layout = Layout(Uuid::nil());
        assert_eq!(layout.chunk_of_result(&layout.result(17)), Some(17));
        assert_eq!(layout.chunk_of_result(&layout.result(123_456)), Some(123_456));
        assert_eq!(layout.chunk_of_result(&layout.manifest()), None);
    }

    #[test]
    fn a_key_of_facts_names_its_chunk_and_nothing_beside_it_does() {
        let layout = Layout(Uuid::nil());
        assert_eq!(layout.chunk_of_facts(2, &layout.facts(2, 17)), Some(17));
        for other in [layout.facts(1, 17), layout.survey(2), layout.not_surveyed(2)] {
            assert_eq!(layout.chunk_of_facts(2, &other), None, "{other}");
        }
    }
}
