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

    /// A member that must be there and be the ARN of a `kind` of resource, below `prefix`.
    pub(crate) fn arn(&self, name: &str, prefix: &str, kind: &str) -> Result<&str, ApiFault> {
        let arn = self.text(name)?.ok_or_else(|| ApiFault::missing(name))?;
        if !arn.starts_with("arn:") {
            return Err(ApiFault::invalid_arn(&format!("Invalid ARN prefix: {arn}")));
        }
        let resource = arn.strip_prefix(prefix).and_then(|rest| rest.split_once(':'));
        match resource {
            Some((found, name)) if found == kind && !name.is_empty() => Ok(arn),
            Some((found, _)) if found != kind => {
                Err(ApiFault::invalid_arn(&format!("Resource type not valid in this context: {found}")))
            }
            _ => Err(ApiFault::invalid_arn(arn)),
        }
    }

    /// `maxResults` and `nextToken`.
    pub(crate) fn page(&self) -> Result<Page, ApiFault> {
        let max_results = self.member("maxResults", Value::as_u64)?.unwrap_or(0);
        if max_results > 1000 {
            let most = "Member must have value less than or equal to 1000";
            return Err(ApiFault::constraint("maxResults", &max_results, most));
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
        let values = "Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]";
        let shown = status.as_str().map_or_else(|| status.to_string(), str::to_owned);
        parsed.map(Some).map_err(|_| ApiFault::constraint("statusFilter", &shown, values))
    }

    /// `redriveFilter`.
    pub(crate) fn redriven(&self) -> Result<Option<bool>, ApiFault> {
        match self.text("redriveFilter")? {
            None => Ok(None),
            Some("REDRIVEN") => Ok(Some(true)),
            Some("NOT_REDRIVEN") => Ok(Some(false)),
            Some(other) => {
                let values = "Member must satisfy enum value set: [REDRIVEN, NOT_REDRIVEN]";
                Err(ApiFault::constraint("redriveFilter", &other, values))
            }
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
