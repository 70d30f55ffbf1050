//! Task states: invoking a Lambda function (Step Functions guide, "Invoke an
//! AWS Lambda function with Step Functions" and "Task workflow state").

use std::future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use asl::definition::{Resource, Task};
use asl::failure::{Failure, TIMEOUT};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::cancel::Cancel;
use crate::event::{Event, function, task};
use crate::execution::{Execution, Stop, Visit, limited};
use crate::ports::{Clock, Invocation, TaskFailure, Turn};

/// What is handed over.
struct Call {
    function: String,
    payload: Value,
    /// The parameters as the history shows them.
    parameters: String,
    timeout_seconds: Option<u64>,
}

impl Execution {
    /// Invokes the Task's function once.
    pub(crate) async fn invoke(&mut self, visit: &Visit<'_>, task: &Task) -> Result<Value, Stop> {
        let call = self.call(visit, task)?;
        let now = self.shared.now();
        for event in self.starting(&task.resource, &call) {
            self.history.add(now, event);
        }
        self.history.flush()?;
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, self.name_of_call().as_bytes());
        let answer = self.answer(call).await?;
        let date = self.shared.now();
        let result = answer.and_then(|payload| result(&task.resource, payload, &Response { id, date }));
        let event = ended(&task.resource, &result);
        self.history.add(self.shared.now(), event);
        Ok(result.map(|(result, _)| result)?)
    }

    /// The request's id follows from its TaskStarted, so that the same seed of a simulation gives the same one.
    fn name_of_call(&self) -> String {
        format!("{}#{}", self.record.execution_arn, self.history.last_id())
    }

    fn call(&self, visit: &Visit<'_>, task: &Task) -> Result<Call, Failure> {
        let input = self.effective_input(visit)?;
        let timeout = task.timeout_seconds.as_ref();
        let timeout_seconds = timeout
            .map(|given| {
                let field = ("TimeoutSecondsPath", "integer");
                self.given(visit, given, field, |value| value.as_u64().filter(|&n| n > 0))
            })
            .transpose()?;
        let mut parameters = self.render(visit, task.parameters.as_ref(), input)?;
        let text = limited(&parameters, visit.name)?;
        let (function, payload) = match &task.resource {
            Resource::Function(arn) => (arn.clone(), parameters),
            Resource::LambdaInvoke => {
                let name = parameters["FunctionName"].as_str().map(Into::into);
                let no_text = || Failure::runtime("The value of the field 'FunctionName' is no text");
                let name = name.ok_or_else(no_text)?;
                let payload = parameters.get_mut("Payload").map(Value::take);
                (name, payload.unwrap_or_else(|| Value::Object(Map::new())))
            }
        };
        Ok(Call { function, payload, parameters: text, timeout_seconds })
    }

    fn starting(&self, resource: &Resource, call: &Call) -> [Event; 2] {
        match resource {
            Resource::LambdaInvoke => {
                let region = &self.shared.config.region;
                [task::scheduled(region, &call.parameters, call.timeout_seconds), task::started()]
            }
            Resource::Function(arn) => {
                [function::scheduled(arn, &call.parameters, call.timeout_seconds), function::started()]
            }
        }
    }

    /// Waits for the function, its timeout, or the end of the execution, whichever comes first.
    async fn answer(&self, call: Call) -> Result<Result<Value, Failure>, Stop> {
        let runner = Arc::clone(&self.shared.runner);
        let cancel = Cancel::default();
        let timeout = call.timeout_seconds.map(Duration::from_secs);
        let turn = Turn::default();
        if !runner.queues() {
            turn.comes();
        }
        let invocation = Invocation {
            function: call.function,
            payload: call.payload,
            timeout,
            cancel: cancel.clone(),
            turn: turn.clone(),
        };
        let mut answer = pin!(runner.invoke(invocation));
        let first = async {
            tokio::select! {
                biased;
                answer = answer.as_mut() => Some(answer),
                () = after(&*self.shared.clock, &turn, timeout) => None,
            }
        };
        let first = self.limits.run(first).await;
        if !matches!(first, Ok(Some(_))) {
            cancel.cancel();
        }
        Ok(match first? {
            Some(answer) => answer.map_err(|TaskFailure { error, cause }| Failure { error, cause }),
            // AWS says no cause (LocalStack's AWS-validated snapshots).
            None => Err(Failure::new(TIMEOUT, "")),
        })
    }
}

async fn after(clock: &dyn Clock, turn: &Turn, timeout: Option<Duration>) {
    turn.came().await;
    match timeout {
        Some(timeout) => clock.sleep(timeout).await,
        None => future::pending().await,
    }
}

/// What an answer of Lambda says of itself.
struct Response {
    id: Uuid,
    date: Timestamp,
}

/// The Task's result, and the same as text.
fn result(resource: &Resource, payload: Value, response: &Response) -> Result<(Value, String), Failure> {
    let (what, result) = match resource {
        Resource::Function(arn) => (arn.as_str(), payload),
        Resource::LambdaInvoke => ("lambda", response.with(payload)),
    };
    let text = limited(&result, what)?;
    Ok((result, text))
}

impl Response {
    /// The result of `lambda:invoke`, with the fields that AWS was recorded giving (LocalStack's AWS-validated
    /// snapshots).
    fn with(&self, payload: Value) -> Value {
        let id = self.id.to_string();
        let headers = [
            ("Connection", "keep-alive".to_owned()),
            ("Content-Length", payload.to_string().len().to_string()),
            ("Content-Type", "application/json".to_owned()),
            ("Date", self.date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
            ("X-Amz-Executed-Version", "$LATEST".to_owned()),
            (
                "X-Amzn-Trace-Id",
                format!("Root=1-{:08x}-{}", self.date.as_second(), &self.id.simple().to_string()[..24]),
            ),
            ("x-amzn-Remapped-Content-Length", "0".to_owned()),
            ("x-amzn-RequestId", id.clone()),
        ];
        let all: Map<_, _> = headers.iter().map(|(name, value)| ((*name).into(), json!([value]))).collect();
        let single: Map<_, _> =
            headers.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        json!({
            "ExecutedVersion": "$LATEST",
            "Payload": payload,
            "SdkHttpMetadata": {"AllHttpHeaders": all, "HttpHeaders": single, "HttpStatusCode": 200},
            "SdkResponseMetadata": {"RequestId": id},
            "StatusCode": 200,
        })
    }
}

fn ended(resource: &Resource, result: &Result<(Value, String), Failure>) -> Event {
    let invoke = *resource == Resource::LambdaInvoke;
    match result {
        Ok((_, text)) if invoke => task::succeeded(text),
        Ok((_, text)) => function::succeeded(text),
        Err(failure) if failure.error == TIMEOUT && invoke => task::timed_out(failure),
        Err(failure) if failure.error == TIMEOUT => function::timed_out(failure),
        Err(failure) if invoke => task::failed(failure),
        Err(failure) => function::failed(failure),
    }
}
