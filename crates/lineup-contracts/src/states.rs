//! Names of states of `statemachine/import.asl.json` that the code refers to.

/// A duplicate event ends here: another execution imports the file.
pub const ALREADY_IMPORTED: &str = "AlreadyImported";
/// Sends the message of an import whose chunks are all loaded.
pub const NOTIFY_SUCCESS: &str = "NotifySuccess";
/// Sends the message of every other import.
pub const NOTIFY_FAILURE: &str = "NotifyFailure";
/// The end of an import whose chunks are all loaded.
pub const IMPORTED: &str = "Imported";
/// Sends the message of an import that a newer upload took over.
pub const NOTIFY_SUPERSEDED: &str = "NotifySuperseded";
/// The end of an import that a newer upload took over.
pub const SUPERSEDED: &str = "Superseded";
/// The end of an import that no redrive can repair.
pub const IMPORT_FAILED: &str = "ImportFailed";
/// Fails until the execution is redriven.
pub const AWAIT_REDRIVE: &str = "AwaitRedrive";

/// All of these.
pub const ALL: [&str; 8] = [
    ALREADY_IMPORTED,
    NOTIFY_SUCCESS,
    NOTIFY_FAILURE,
    NOTIFY_SUPERSEDED,
    IMPORTED,
    SUPERSEDED,
    IMPORT_FAILED,
    AWAIT_REDRIVE,
];
