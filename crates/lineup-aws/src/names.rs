//! The names of an import's resources where there is no stack, as the embedded services have them. For the
//! tables, see [`crate::schema::Tables`].

/// The bucket that people put files into.
pub const UPLOADS_BUCKET: &str = "lineup-uploads";

/// The bucket of the imports themselves.
pub const IMPORTS_BUCKET: &str = "lineup-imports";

/// The topic for messages about imports.
pub const TOPIC: &str = "lineup-imports";

/// The state machine.
pub const STATE_MACHINE: &str = "lineup-import";
