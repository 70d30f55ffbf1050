//! What is wrong with a run.

/// A run that cannot be read or written. The text follows the name of an object: `imports/…: is cut short, …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// Bytes are missing.
    #[error("the list of keys is cut short; upload the file again")]
    Cut,
    /// A checksum or a length is not as it was written.
    #[error("the list of keys is damaged ({0}); upload the file again")]
    Damaged(&'static str),
    /// Another release of lineup wrote it, or another program.
    #[error(
        "the list of keys is of version {found}, this lineup reads version {known}; update it, or upload the file again"
    )]
    Version {
        /// The version that it has.
        found: u32,
        /// The version that is read.
        known: u32,
    },
    /// The caller's entries are not in the order of their keys.
    #[error("keys were given out of order, {key:?} not behind the one before")]
    NotSorted {
        /// The sort key of the entry.
        key: String,
    },
    /// DynamoDB takes no such key, so no row has it.
    #[error("a key of {bytes} bytes is longer than the table takes")]
    KeyTooLong {
        /// The length of the longer part.
        bytes: usize,
    },
    /// Its index would have 4 GiB or more: some 80 million blocks.
    #[error("a list of keys would have too many blocks; cut the file in two")]
    TooLarge,
    /// The caller gave bytes that nobody asked for.
    #[error("a block was given that was not asked for")]
    NotAsked,
}
