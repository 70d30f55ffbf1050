//! A request's members, with the errors that wrong ones give.

use serde_json::{Map, Value};

use super::fault::ApiFault;
use crate::listing::Page;
use crate::record::ExecutionStatus;

/// A request: a JSON object.
#[derive(Debug)]
pub(crate) struct ApiRequest(Map<String, Value>);

impl ApiRequest {
    /// Reads the body of a request; an empty one is an empty object.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiFault> {
        let body = if body.is_empty() { b"{}" } else { body };
        serde_json::from_slice(body).map(Self).map_err(|error| ApiFault::serialization(&error))
    }

    /// A member that is text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ApiFault> {
        self.member(name, Value::as_str)
    }

    /// A member that is true or false.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiFault> {
        self.member(name, Value::as_bool)
    }

    /// A member that must be there and begin with `prefix`, that of a kind of ARN.
    pub(crate) fn arn(&self, name: &str, prefix: &str) -> Result<&str, ApiFault> {
        let arn = self.text(name)?.ok_or_else(|| ApiFault::missing(name))?;
        match arn.strip_prefix(prefix) {
            Some(resource) if !resource.is_empty() => Ok(arn),
            _ => Err(ApiFault::invalid_arn(arn, prefix)),
        }
    }

    /// `maxResults` and `nextToken`.
    pub(crate) fn page(&self) -> Result<Page, ApiFault> {
        let max_results = self.member("maxResults", Value::as_u64)?.unwrap_or(0);
        if max_results > 1000 {
            return Err(ApiFault::validation("maxResults must be between 0 and 1000"));
        }
        let max_results = usize::try_from(max_results).unwrap_or(0);
        Ok(Page { max_results, next_token: self.text("nextToken")?.map(str::to_owned) })
    }

    /// `statusFilter`.
    pub(crate) fn status(&self) -> Result<Option<ExecutionStatus>, ApiFault> {
        let Some(status) = self.0.get("statusFilter").filter(|status| !status.is_null()) else {
            return Ok(None);
        };
        let parsed = serde_json::from_value(status.clone());
        parsed.map(Some).map_err(|_| ApiFault::validation(&format!("statusFilter cannot be {status}")))
    }

    /// `redriveFilter`.
    pub(crate) fn redriven(&self) -> Result<Option<bool>, ApiFault> {
        match self.text("redriveFilter")? {
            None => Ok(None),
            Some("REDRIVEN") => Ok(Some(true)),
            Some("NOT_REDRIVEN") => Ok(Some(false)),
            Some(other) => Err(ApiFault::validation(&format!("redriveFilter cannot be {other}"))),
        }
    }

    fn member<'a, T>(
        &'a self,
        name: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiFault> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value)
                .map(Some)
                .ok_or_else(|| ApiFault::validation(&format!("{name} cannot be {value}"))),
        }
    }
}
