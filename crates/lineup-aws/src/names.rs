//! The names of an import's resources where there is no stack: the embedded services have them. Those of the
//! tables are [`crate::schema::Tables`]' own.

/// The bucket that people put files into.
pub const UPLOADS_BUCKET: &str = "lineup-uploads";

/// The bucket of the imports themselves.
pub const IMPORTS_BUCKET: &str = "lineup-imports";

/// The topic that is told how an import ended.
pub const TOPIC: &str = "lineup-imports";

/// The state machine.
pub const STATE_MACHINE: &str = "lineup-import";
