//! What a command wants of the data folder.

/// What a command wants of the data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FolderAccess {
    /// To read.
    Read,
    /// To write, or to start imports.
    Write,
    /// To have it, for others too, with all of AWS on this port.
    Serve {
        /// 0 takes a port that is free.
        aws_port: u16,
    },
}
