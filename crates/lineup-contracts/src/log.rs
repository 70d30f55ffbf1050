//! How the log of a function names the chunk that it works on.

use uuid::Uuid;

/// The words that each line about a chunk has, in the log of every function: `chunk-7-of-` and the import's id. A search
/// for them finds the lines of this chunk in all its invocations, and no others.
///
/// ```
/// # use uuid::Uuid;
/// let label = lineup_contracts::log::chunk_label(Uuid::nil(), 7);
/// assert_eq!(label, "chunk-7-of-00000000-0000-0000-0000-000000000000");
/// ```
pub fn chunk_label(import_id: Uuid, chunk: u32) -> String {
    format!("chunk-{chunk}-of-{import_id}")
}
