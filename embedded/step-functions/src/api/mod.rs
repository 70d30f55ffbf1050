//! The Step Functions API over the engine: AWS JSON 1.0, as the SDKs and the
//! aws command line speak it (Step Functions API reference).

mod fault;
mod request;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::config::Config;
use crate::engine::Engine;
use crate::listing::ExecutionFilter;
use crate::record::{ExecutionStatus, HistoryEvent};
use fault::ApiFault;
use request::ApiRequest;

/// The API over an engine. `since` is when the state machine was created, as far as anybody is told.
pub fn router(engine: Engine, since: Timestamp) -> Router {
    let api = Arc::new(Api { engine, since });
    let handle = move |headers: HeaderMap, body: Bytes| async move { answer(&api, &headers, &body).await };
    Router::new().route("/", post(handle))
}

/// The operations on the one state machine of an engine.
struct Api {
    engine: Engine,
    since: Timestamp,
}

type ApiAnswer = Result<Value, ApiFault>;

impl Api {
    async fn handle(&self, action: &str, request: &ApiRequest) -> ApiAnswer {
        match action {
            "StartExecution" => self.start_execution(request).await,
            "StopExecution" => self.stop_execution(request).await,
            "RedriveExecution" => self.redrive_execution(request).await,
            "DescribeExecution" => self.describe_execution(request),
            "ListExecutions" => self.list_executions(request),
            "GetExecutionHistory" => self.get_execution_history(request),
            "ListMapRuns" => self.list_map_runs(request),
            "DescribeMapRun" => self.describe_map_run(request),
            "ListStateMachines" => Ok(json!({ "stateMachines": [self.machine_item()] })),
            "DescribeStateMachine" => self.describe_state_machine(request),
            "DescribeStateMachineForExecution" => self.describe_state_machine_for_execution(request),
            _ => Err(ApiFault::unknown(action)),
        }
    }

    async fn start_execution(&self, request: &ApiRequest) -> ApiAnswer {
        let machine = self.arn(request, "stateMachineArn", "stateMachine")?;
        if machine.contains('/') {
            // A child's state machine. AWS refuses it by this name; its words are not known.
            return Err(ApiFault::validation("Labeled State Machine ARNs are not supported for this API"));
        }
        self.check_machine(request)?;
        let input = request.text("input")?.unwrap_or("{}");
        let record = self.engine.start_execution(request.text("name")?, input).await?;
        Ok(json!({ "executionArn": record.execution_arn, "startDate": seconds(record.start_date) }))
    }

    async fn stop_execution(&self, request: &ApiRequest) -> ApiAnswer {
        let arn = self.arn(request, "executionArn", "execution")?;
        let stopped = self.engine.stop_execution(arn, request.text("error")?, request.text("cause")?).await?;
        Ok(json!({ "stopDate": seconds(stopped) }))
    }

    async fn redrive_execution(&self, request: &ApiRequest) -> ApiAnswer {
        let arn = self.arn(request, "executionArn", "execution")?;
        let redriven = match request.text("clientToken")? {
            Some(token) => self.engine.redrive_execution_once(arn, token).await?,
            None => self.engine.redrive_execution(arn).await?,
        };
        Ok(json!({ "redriveDate": seconds(redriven) }))
    }

    fn describe_execution(&self, request: &ApiRequest) -> ApiAnswer {
        value(&self.engine.describe_execution(self.arn(request, "executionArn", "execution")?)?)
    }

    fn list_executions(&self, request: &ApiRequest) -> ApiAnswer {
        let map_run = request.text("mapRunArn")?;
        match (map_run, request.text("stateMachineArn")?) {
            (Some(_), Some(_)) | (None, None) => {
                return Err(ApiFault::validation("Exactly one of stateMachineArn and mapRunArn is required"));
            }
            (Some(_), None) => drop(self.arn(request, "mapRunArn", "mapRun")?),
            (None, Some(_)) => self.check_machine(request)?,
        }
        if map_run.is_none() && request.redriven()?.is_some() {
            // API reference, ListExecutions, `redriveFilter`: with a state machine's ARN it is a validation exception.
            return Err(ApiFault::validation("redriveFilter requires mapRunArn"));
        }
        let status = request.status()?;
        if status == Some(ExecutionStatus::PendingRedrive) && map_run.is_none() {
            return Err(ApiFault::validation("statusFilter PENDING_REDRIVE requires mapRunArn"));
        }
        let filter = ExecutionFilter {
            map_run_arn: map_run.map(str::to_owned),
            status,
            redriven: request.redriven()?,
        };
        let page = self.engine.list_executions(&filter, &request.page()?)?;
        paged("executions", &page.items, page.next_token)
    }

    fn get_execution_history(&self, request: &ApiRequest) -> ApiAnswer {
        let arn = self.arn(request, "executionArn", "execution")?;
        let reverse = request.flag("reverseOrder")?.unwrap_or(false);
        let mut page = self.engine.history(arn, &request.page()?, reverse)?;
        if request.flag("includeExecutionData")? == Some(false) {
            page.items.iter_mut().for_each(without_data);
        }
        paged("events", &page.items, page.next_token)
    }

    fn list_map_runs(&self, request: &ApiRequest) -> ApiAnswer {
        let arn = self.arn(request, "executionArn", "execution")?;
        let page = self.engine.list_map_runs(arn, &request.page()?)?;
        paged("mapRuns", &page.items, page.next_token)
    }

    fn describe_map_run(&self, request: &ApiRequest) -> ApiAnswer {
        value(&self.engine.describe_map_run(self.arn(request, "mapRunArn", "mapRun")?)?)
    }

    fn describe_state_machine(&self, request: &ApiRequest) -> ApiAnswer {
        self.check_machine(request)?;
        let mut machine = self.machine_item();
        machine["status"] = json!("ACTIVE");
        machine["definition"] = json!(self.engine.definition_json());
        machine["roleArn"] = json!(self.engine.config().role_arn);
        Ok(machine)
    }

    fn describe_state_machine_for_execution(&self, request: &ApiRequest) -> ApiAnswer {
        let record = self.engine.describe_execution(self.arn(request, "executionArn", "execution")?)?;
        let mut machine = json!({
            "stateMachineArn": record.state_machine_arn,
            "name": self.engine.config().machine,
            "definition": self.engine.definition_json(),
            "roleArn": self.engine.config().role_arn,
            "updateDate": seconds(self.since),
        });
        if let Some(map_run) = record.map_run_arn {
            let label = record.state_machine_arn.rsplit('/').next().unwrap_or_default();
            machine["definition"] = json!(self.processor(label).to_string());
            machine["label"] = json!(label);
            machine["mapRunArn"] = json!(map_run);
        }
        Ok(machine)
    }

    /// The `ItemProcessor` of the Map state with this label: a child's definition.
    fn processor(&self, label: &str) -> Value {
        let definition: Value = serde_json::from_str(self.engine.definition_json()).unwrap_or_default();
        let states = definition["States"].as_object().into_iter().flatten();
        let of_label = |(name, state): (&String, &Value)| {
            let own = state["Label"].as_str().unwrap_or(name);
            (own == label).then(|| state["ItemProcessor"].clone()).filter(Value::is_object)
        };
        states.into_iter().find_map(of_label).unwrap_or_default()
    }

    fn machine_item(&self) -> Value {
        json!({
            "stateMachineArn": self.engine.state_machine_arn(),
            "name": self.engine.config().machine,
            "type": "STANDARD",
            "creationDate": seconds(self.since),
        })
    }

    /// A member that must be there and be the ARN of a `kind` of resource.
    fn arn<'a>(&self, request: &'a ApiRequest, name: &str, kind: &str) -> Result<&'a str, ApiFault> {
        let Config { region, account, .. } = self.engine.config();
        request.arn(name, &format!("arn:aws:states:{region}:{account}:"), kind)
    }

    fn check_machine(&self, request: &ApiRequest) -> Result<(), ApiFault> {
        let arn = self.arn(request, "stateMachineArn", "stateMachine")?;
        if arn == self.engine.state_machine_arn() { Ok(()) } else { Err(ApiFault::no_machine(arn)) }
    }
}

async fn answer(api: &Api, headers: &HeaderMap, body: &[u8]) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let action = target.strip_prefix("AWSStepFunctions.").unwrap_or(target);
    let answer = match ApiRequest::parse(body) {
        Ok(request) => api.handle(action, &request).await,
        Err(fault) => Err(fault),
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(fault) => (fault.status, fault.json()),
    };
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], body.to_string()).into_response()
}

/// Without what executions exchange (API reference, GetExecutionHistory, `includeExecutionData`).
fn without_data(event: &mut HistoryEvent) {
    for details in event.details.values_mut().filter_map(Value::as_object_mut) {
        details.remove("input");
        details.remove("output");
    }
}

fn paged<T: Serialize>(name: &str, items: &[T], next_token: Option<String>) -> ApiAnswer {
    let mut page = json!({ name: value(items)? });
    if let Some(token) = next_token {
        page["nextToken"] = json!(token);
    }
    Ok(page)
}

fn value<T: Serialize + ?Sized>(record: &T) -> ApiAnswer {
    serde_json::to_value(record).map_err(|error| ApiFault::internal(&error))
}

/// A time as AWS JSON 1.0 writes it.
fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
#[path = "api_tests.rs"]
mod tests;
