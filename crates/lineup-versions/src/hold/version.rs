//! Versions of a lineup.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::sequencer::UploadSequencer;

/// A version of a lineup: what one import makes of it. Versions are ordered by when S3 took their uploads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Version {
    /// Of the upload's event.
    pub sequencer: UploadSequencer,
    /// 0 for an upload. What a planner does without one, such as removing a lineup, counts from the upload before.
    #[serde(default, skip_serializing_if = "is_upload")]
    pub step: u32,
    /// The import, under which its runs lie.
    pub import_id: Uuid,
}

// serde gives a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_upload(step: &u32) -> bool {
    *step == 0
}

impl Version {
    /// The version of an upload.
    pub fn of_upload(import_id: Uuid, sequencer: impl Into<String>) -> Self {
        Self { sequencer: sequencer.into().into(), step: 0, import_id }
    }
}
