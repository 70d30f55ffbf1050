//! The results of a Map Run in S3 (Step Functions guide, "ResultWriter (Map)").
//!
//! `<Prefix>/<Map Run's id>/` gets `manifest.json` and, for each group that has
//! executions, one file: `SUCCEEDED_0.json`; `FAILED_0.json`, with those that
//! failed, timed out or were aborted; `PENDING_0.json`, with those that were not started.

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

/// The three files in the making: JSON arrays.
#[derive(Default)]
pub(crate) struct Results {
    files: [Vec<u8>; 3],
    /// How many executions that were started are in them.
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
        to: &Destination,
        map_run_arn: &str,
        id: Uuid,
    ) -> Result<Value, Failure> {
        let folder = match to.prefix.trim_end_matches('/') {
            "" => id.to_string(),
            prefix => format!("{prefix}/{id}"),
        };
        let mut listed = Map::new();
        for (group, mut file) in GROUPS.into_iter().zip(self.files) {
            let mut entries = Vec::new();
            if !file.is_empty() {
                file.push(b']');
                let key = format!("{folder}/{group}_0.json");
                entries.push(json!({"Key": key, "Size": file.len()}));
                objects.put(&to.bucket, &key, file.into()).await.map_err(|error| failed(to, &key, &error))?;
            }
            listed.insert(group.into(), entries.into());
        }
        let key = format!("{folder}/manifest.json");
        let manifest =
            json!({"DestinationBucket": to.bucket, "MapRunArn": map_run_arn, "ResultFiles": listed});
        let body = Bytes::from(manifest.to_string());
        objects.put(&to.bucket, &key, body).await.map_err(|error| failed(to, &key, &error))?;
        Ok(json!({"Bucket": to.bucket, "Key": key}))
    }
}

fn failed(to: &Destination, key: &str, error: &ObjectError) -> Failure {
    Failure::new(RESULT_WRITER_FAILED, format!("Writing s3://{}/{key}: {error}", to.bucket))
}

/// A child execution as the result files, and the output of a failed item, show it.
pub(crate) fn entry(record: &ExecutionRecord) -> Value {
    let included = json!({"Included": true});
    let fields = [
        ("ExecutionArn", Some(record.execution_arn.as_str().into())),
        ("Input", Some(record.input.as_str().into())),
        ("InputDetails", Some(included.clone())),
        ("Name", Some(record.name.as_str().into())),
        ("Output", record.output.as_deref().map(Value::from)),
        ("OutputDetails", record.output.is_some().then_some(included)),
        ("Error", record.error.as_deref().map(Value::from)),
        ("Cause", record.cause.as_deref().map(Value::from)),
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
