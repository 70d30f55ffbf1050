//! Task states: invoking a Lambda function (Step Functions guide, "Invoke an
//! AWS Lambda function with Step Functions" and "Task workflow state").

use std::future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use asl::definition::{Resource, Task};
use asl::failure::{Failure, TIMEOUT};
use serde_json::{Map, Value, json};

use crate::cancel::Cancel;
use crate::event::{Event, function, task};
use crate::execution::{Execution, Stop, Visit, limited};
use crate::ports::{Clock, Invocation, TaskFailure};

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
        let answer = self.answer(call).await?;
        let result = answer.and_then(|payload| result(&task.resource, payload, visit.name));
        let event = ended(&task.resource, &result);
        self.history.add(self.shared.now(), event);
        Ok(result.map(|(result, _)| result)?)
    }

    fn call(&self, visit: &Visit<'_>, task: &Task) -> Result<Call, Failure> {
        let input = self.effective_input(visit)?;
        let timeout = task.timeout_seconds.as_ref();
        let timeout_seconds = timeout
            .map(|given| self.given(visit, given, |value| value.as_u64().filter(|&n| n > 0)))
            .transpose()?;
        let mut parameters = self.render(visit, task.parameters.as_ref(), input)?;
        let text = limited(&parameters, visit.name)?;
        let (function, payload) = match &task.resource {
            Resource::Function(arn) => (arn.clone(), parameters),
            Resource::LambdaInvoke => {
                let name = parameters["FunctionName"].as_str().map(Into::into);
                let name = name.ok_or_else(|| {
                    Failure::runtime(format!("FunctionName of '{}' is no text", visit.name))
                })?;
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
        let invocation =
            Invocation { function: call.function, payload: call.payload, timeout, cancel: cancel.clone() };
        let mut answer = pin!(runner.invoke(invocation));
        let first = async {
            tokio::select! {
                biased;
                answer = answer.as_mut() => Some(answer),
                () = after(&*self.shared.clock, timeout) => None,
            }
        };
        let first = self.limits.run(first).await;
        if !matches!(first, Ok(Some(_))) {
            cancel.cancel();
        }
        Ok(match first? {
            Some(answer) => answer.map_err(|TaskFailure { error, cause }| Failure { error, cause }),
            None => Err(timed_out(timeout)),
        })
    }
}

async fn after(clock: &dyn Clock, timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => clock.sleep(timeout).await,
        None => future::pending().await,
    }
}

fn timed_out(timeout: Option<Duration>) -> Failure {
    let seconds = timeout.unwrap_or_default().as_secs();
    Failure::new(TIMEOUT, format!("The task did not answer within its TimeoutSeconds ({seconds})."))
}

/// The Task's result, and the same as text.
fn result(resource: &Resource, payload: Value, state: &str) -> Result<(Value, String), Failure> {
    let result = match resource {
        Resource::Function(_) => payload,
        Resource::LambdaInvoke => {
            json!({"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200})
        }
    };
    let text = limited(&result, state)?;
    Ok((result, text))
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
