//! The items of a Map: JSON Lines (Step Functions guide, "ItemReader (Map)").

use std::ops::Range;

use asl::failure::{Failure, ITEM_READER_FAILED};
use serde::de::IgnoredAny;
use serde_json::Value;

/// The items, as text; one is parsed when its child starts.
pub(crate) struct Items {
    bytes: Vec<u8>,
    lines: Vec<Range<usize>>,
}

impl Items {
    /// Finds the items, and makes sure that each is JSON. Blank lines are no items.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, Failure> {
        let mut lines = Vec::new();
        let mut start = 0;
        for (number, line) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            if !line.trim_ascii().is_empty() {
                serde_json::from_slice::<IgnoredAny>(line).map_err(|error| invalid(number + 1, &error))?;
                lines.push(start..start + line.len());
            }
            start += line.len();
        }
        Ok(Self { bytes, lines })
    }

    pub(crate) fn len(&self) -> u64 {
        self.lines.len() as u64
    }

    /// Item number `index`, from 0.
    pub(crate) fn get(&self, index: u64) -> Result<Value, Failure> {
        let line =
            usize::try_from(index).ok().and_then(|index| self.lines.get(index).cloned()).unwrap_or_default();
        serde_json::from_slice(&self.bytes[line]).map_err(|error| invalid(index as usize + 1, &error))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn invalid(line: usize, error: &serde_json::Error) -> Failure {
    Failure::new(ITEM_READER_FAILED, format!("Line {line} of the items is no JSON: {error}"))
}
