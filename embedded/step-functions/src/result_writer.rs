//! The results of a Map Run in S3 (Step Functions guide, "ResultWriter (Map)").
//!
//! `<Prefix>/<Map Run's id>/` gets `manifest.json` and, for each group that has
//! executions, one file: `SUCCEEDED_0.json`; `FAILED_0.json`, with those that
//! failed, timed out or were aborted; `PENDING_0.json`, with those that were not started.
//!
//! A redrive writes below `Redrive-<n>/` there and leaves the older files; what had succeeded before it is not
//! written again (AWS captures of 2026).

use asl::failure::{Failure, RESULT_WRITER_FAILED};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::context::iso;
use crate::ports::{ObjectError, ObjectStorage};
use crate::record::{ExecutionRecord, ExecutionStatus, RedriveStatus};

/// Where the results go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub bucket: String,
    pub prefix: String,
}

/// Where the files of one attempt of a Map Run lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResultFolder {
    bucket: String,
    folder: String,
    map_run_arn: String,
}

impl Destination {
    /// The folder of the Map Run `id` in its redrive number `redrive_count`, 0 for the first attempt.
    pub(crate) fn folder(&self, map_run_arn: &str, id: Uuid, redrive_count: u32) -> ResultFolder {
        let mut folder = match self.prefix.trim_end_matches('/') {
            "" => id.to_string(),
            prefix => format!("{prefix}/{id}"),
        };
        if redrive_count > 0 {
            folder += &format!("/Redrive-{redrive_count}");
        }
        ResultFolder { bucket: self.bucket.clone(), folder, map_run_arn: map_run_arn.to_owned() }
    }
}

impl ResultFolder {
    /// Writes a manifest without results, as AWS does before it starts the first child. The later one takes its place.
    ///
    /// # Errors
    /// `States.Runtime`, which nothing catches: no child is to run whose result could not be kept.
    pub(crate) async fn test(&self, objects: &dyn ObjectStorage) -> Result<(), Failure> {
        let listed = GROUPS.map(|group| (group.to_owned(), json!([])));
        let written = self.manifest(objects, listed.into_iter().collect()).await;
        written.map(drop).map_err(|error| {
            let denied = if error.code == "AccessDenied" { "Access denied. " } else { "" };
            Failure::runtime(format!(
                "Failed to write a test manifest into the specified output bucket. {denied}{error}"
            ))
        })
    }

    /// Writes the manifest; gives its key.
    async fn manifest(
        &self,
        objects: &dyn ObjectStorage,
        listed: Map<String, Value>,
    ) -> Result<String, ObjectError> {
        let key = format!("{}/manifest.json", self.folder);
        let manifest = json!({
            "DestinationBucket": self.bucket, "MapRunArn": self.map_run_arn, "ResultFiles": listed
        });
        objects.put(&self.bucket, &key, Bytes::from(manifest.to_string())).await?;
        Ok(key)
    }

    fn failed(&self, error: &ObjectError) -> Failure {
        let cause = format!("Writing below s3://{}/{}/: {error}", self.bucket, self.folder);
        Failure::new(RESULT_WRITER_FAILED, cause)
    }
}

/// The three files in the making: JSON arrays.
#[derive(Default)]
pub(crate) struct Results {
    files: [Vec<u8>; 3],
    /// How many entries are in them, those of items that were not started among them.
    pub written: u64,
}

const GROUPS: [&str; 3] = ["FAILED", "PENDING", "SUCCEEDED"];

impl Results {
    pub(crate) fn add(&mut self, record: &ExecutionRecord) {
        let file = if record.status == ExecutionStatus::Succeeded { 2 } else { 0 };
        self.written += 1;
        self.push(file, &entry(record));
    }

    pub(crate) fn add_pending(&mut self, input: &str) {
        let entry = json!({"Input": input, "InputDetails": {"Included": true}, "Status": "PENDING"});
        self.written += 1;
        self.push(1, &entry);
    }

    fn push(&mut self, file: usize, entry: &Value) {
        let file = &mut self.files[file];
        file.push(if file.is_empty() { b'[' } else { b',' });
        file.extend_from_slice(entry.to_string().as_bytes());
    }

    /// Writes the files, the manifest last. Returns `ResultWriterDetails`.
    pub(crate) async fn write(
        self,
        objects: &dyn ObjectStorage,
        to: &ResultFolder,
    ) -> Result<Value, Failure> {
        let mut listed = Map::new();
        for (group, mut file) in GROUPS.into_iter().zip(self.files) {
            let mut entries = Vec::new();
            if !file.is_empty() {
                file.push(b']');
                let key = format!("{}/{group}_0.json", to.folder);
                entries.push(json!({"Key": key, "Size": file.len()}));
                objects.put(&to.bucket, &key, file.into()).await.map_err(|error| to.failed(&error))?;
            }
            listed.insert(group.into(), entries.into());
        }
        let key = to.manifest(objects, listed).await.map_err(|error| to.failed(&error))?;
        Ok(json!({"Bucket": to.bucket, "Key": key}))
    }
}

/// A child execution as the result files, and the output of a failed item, show it. The fields are in the order
/// of their names, as AWS writes them; one that failed has `OutputDetails` without an `Output`.
pub(crate) fn entry(record: &ExecutionRecord) -> Value {
    let included = json!({"Included": true});
    let fields = [
        ("Cause", record.cause.as_deref().map(Value::from)),
        ("Error", record.error.as_deref().map(Value::from)),
        ("ExecutionArn", Some(record.execution_arn.as_str().into())),
        ("Input", Some(record.input.as_str().into())),
        ("InputDetails", Some(included.clone())),
        ("Name", Some(record.name.as_str().into())),
        ("Output", record.output.as_deref().map(Value::from)),
        ("OutputDetails", Some(included)),
        ("RedriveCount", Some(record.redrive_count.into())),
        ("RedriveDate", record.redrive_date.map(|time| iso(time).into())),
        ("RedriveStatus", record.redrive_status.and_then(redrive_status)),
        ("RedriveStatusReason", record.redrive_status_reason.as_deref().map(Value::from)),
        ("StartDate", Some(iso(record.start_date).into())),
        ("StateMachineArn", Some(record.state_machine_arn.as_str().into())),
        ("Status", Some(record.status.as_str().into())),
        ("StopDate", record.stop_date.map(|time| iso(time).into())),
    ];
    Value::Object(fields.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect())
}

fn redrive_status(status: RedriveStatus) -> Option<Value> {
    serde_json::to_value(status).ok()
}
