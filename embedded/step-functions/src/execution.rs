//! Running an execution: from state to state until it ends.

use std::sync::Arc;
use std::time::Duration;

use asl::definition::{After, Choice, Fail, Given, Graph, Pass, ResultHandling, State, StateKind, Wait};
use asl::failure::{DATA_LIMIT_EXCEEDED, Failure, MAX_PAYLOAD, RUNTIME};
use asl::path::Path;
use asl::retry::{Retries, catcher};
use asl::template::{Template, not_found};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::context::{At, context};
use crate::error::EngineError;
use crate::event::Event;
use crate::history::{History, MAX_EVENTS};
use crate::limits::{Cut, Limits};
use crate::live::Control;
use crate::record::ExecutionRecord;
use crate::shared::Shared;
use crate::store::Home;

/// An execution that runs, of the state machine or of a Map Run.
pub(crate) struct Execution {
    pub shared: Arc<Shared>,
    pub graph: Arc<Graph>,
    pub record: ExecutionRecord,
    pub home: Home,
    pub history: History,
    pub input: Value,
    pub limits: Limits,
    pub control: Arc<Control>,
}

/// Where an execution goes on.
pub(crate) struct Position {
    pub state: String,
    pub input: Value,
    /// How the state was entered, if a redrive finds it entered.
    pub entered: Option<StateEntry>,
    /// The Map Run that a redrive of a Map state goes on with.
    pub map_run: Option<MapToRedrive>,
}

/// How a state was entered: by an event, at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StateEntry {
    pub event: u64,
    pub time: Timestamp,
}

/// A Map Run, and the event MapStateStarted that it follows from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MapToRedrive {
    pub id: Uuid,
    pub started: u64,
}

impl Position {
    /// A state that is yet to be entered.
    pub(crate) fn before(state: &str, input: Value) -> Self {
        Self { state: state.into(), input, entered: None, map_run: None }
    }
}

/// Why an execution does not go on.
#[derive(Debug)]
pub(crate) enum Stop {
    Failed(Failure),
    Cut(Cut),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Cut> for Stop {
    fn from(cut: Cut) -> Self {
        Self::Cut(cut)
    }
}

/// A store that fails ends the execution: it could not be continued from what is on disk.
impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Failed(Failure::runtime(error.chain()))
    }
}

/// A state that is being run.
pub(crate) struct Visit<'a> {
    pub name: &'a str,
    pub state: &'a State,
    /// Its input before `InputPath`.
    pub input: &'a Value,
    pub entered: StateEntry,
    pub retry_count: u64,
    pub map_run: Option<MapToRedrive>,
}

impl Visit<'_> {
    /// A `States.Runtime` error as AWS tells it: with the state in which it happened.
    pub(crate) fn located(&self, stop: Stop) -> Stop {
        let place = format!(
            "An error occurred while executing the state '{}' (entered at the event id #{}). ",
            self.name, self.entered.event
        );
        match stop {
            Stop::Failed(failure) if failure.error == RUNTIME && !failure.cause.starts_with(&place) => {
                let mut cause = place + &failure.cause;
                cause.truncate(cause.floor_char_boundary(MAX_CAUSE));
                Failure::runtime(cause).into()
            }
            other => other,
        }
    }
}

/// The longest cause (API reference, ExecutionFailedEventDetails).
const MAX_CAUSE: usize = 32_768;

enum Moved {
    To(Position),
    Done(Value),
}

impl Execution {
    /// Goes from state to state, to the last one's output.
    pub(crate) async fn walk(&mut self, mut at: Position) -> Result<Value, Stop> {
        loop {
            match self.step(at).await? {
                Moved::To(next) => at = next,
                Moved::Done(output) => return Ok(output),
            }
        }
    }

    async fn step(&mut self, at: Position) -> Result<Moved, Stop> {
        let graph = Arc::clone(&self.graph);
        let state = graph.states.get(&at.state);
        let state = state.ok_or_else(|| Failure::runtime(format!("there is no state '{}'", at.state)))?;
        let entered = match at.entered {
            Some(entered) => entered,
            None => self.enter(state, &at)?,
        };
        let mut visit =
            Visit { name: &at.state, state, input: &at.input, entered, retry_count: 0, map_run: at.map_run };
        self.perform(&mut visit).await.map_err(|stop| visit.located(stop))
    }

    /// Does what the state is for, from its input to where it goes on.
    async fn perform(&mut self, visit: &mut Visit<'_>) -> Result<Moved, Stop> {
        let state = visit.state;
        let (output, after) = match &state.kind {
            StateKind::Task(task) => self.attempts(visit, &task.outcome).await?,
            StateKind::Map(map) => self.attempts(visit, &map.outcome).await?,
            StateKind::Choice(choice) => self.choose(visit, choice)?,
            StateKind::Pass(pass) => self.pass(visit, pass)?,
            StateKind::Wait(wait) => self.wait(visit, wait).await?,
            StateKind::Succeed => (self.effective_input(visit)?, After::End),
            StateKind::Fail(fail) => return Err(self.failure(visit, fail)?.into()),
        };
        self.exit(visit, output, after)
    }

    fn enter(&mut self, state: &State, at: &Position) -> Result<StateEntry, Stop> {
        if self.history.last_id() + 2 >= MAX_EVENTS {
            let cause = format!("The execution reached the maximum number of history events ({MAX_EVENTS}).");
            return Err(Failure::runtime(cause).into());
        }
        let now = self.shared.now();
        let event = Event::state_entered(state.kind.name(), &at.state, &at.input.to_string());
        // The first state follows from nothing, as AWS numbers it (GetExecutionHistory).
        if self.history.last_id() == 1 {
            self.history.follow(0);
        }
        let event = self.history.add(now, event);
        self.history.flush()?;
        Ok(StateEntry { event, time: now })
    }

    /// The exit stays in memory until the next entry, the next task or the end: see [`History`].
    fn exit(&mut self, visit: &Visit<'_>, output: Value, after: After) -> Result<Moved, Stop> {
        let output = match visit.state.kind {
            StateKind::Fail(_) => output,
            _ => self.selected(visit, visit.state.output_path.as_ref(), &output)?,
        };
        let text = limited(&output, visit.name)?;
        let event = Event::state_exited(visit.state.kind.name(), visit.name, &text);
        self.history.add(self.shared.now(), event);
        Ok(match after {
            After::Next(next) => Moved::To(Position::before(&next, output)),
            After::End => Moved::Done(output),
        })
    }

    fn choose(&self, visit: &Visit<'_>, choice: &Choice) -> Result<(Value, After), Failure> {
        let input = self.effective_input(visit)?;
        let context = self.context(visit);
        for (rule, next) in &choice.rules {
            if rule.holds(&input, &context)? {
                return Ok((input, After::Next(next.clone())));
            }
        }
        // AWS was recorded failing so, not with States.NoChoiceMatched (AWS captures of 2026).
        let cause = "Failed to transition out of the state. The state does not point to a next state.";
        let next = choice.default.clone().ok_or_else(|| Failure::runtime(cause))?;
        Ok((input, After::Next(next)))
    }

    fn pass(&self, visit: &Visit<'_>, pass: &Pass) -> Result<(Value, After), Failure> {
        let input = self.effective_input(visit)?;
        let result = match &pass.result {
            Some(result) => result.clone(),
            None => self.render(visit, pass.parameters.as_ref(), input)?,
        };
        Ok((put(visit.input, pass.result_path.as_ref(), result)?, pass.after.clone()))
    }

    async fn wait(&mut self, visit: &Visit<'_>, wait: &Wait) -> Result<(Value, After), Stop> {
        let seconds = self.given(visit, &wait.seconds, ("SecondsPath", "integer"), Value::as_u64)?;
        // So that one sees that it waits.
        self.history.flush()?;
        self.limits.run(self.shared.clock.sleep(Duration::from_secs(seconds))).await?;
        Ok((self.effective_input(visit)?, wait.after.clone()))
    }

    fn failure(&self, visit: &Visit<'_>, fail: &Fail) -> Result<Failure, Failure> {
        let text = |given: &Option<Given<String>>, field| match given {
            None => Ok(String::new()),
            Some(Given::Literal(text)) => Ok(text.clone()),
            Some(Given::Path(path)) => self.selected_text(visit, path, field),
        };
        Ok(Failure { error: text(&fail.error, "ErrorPath")?, cause: text(&fail.cause, "CausePath")? })
    }

    fn selected_text(&self, visit: &Visit<'_>, path: &Path, field: &str) -> Result<String, Failure> {
        let context = self.context(visit);
        let root = if path.is_context() { &context } else { visit.input };
        let selected = path.get(visit.input, &context).ok_or_else(|| not_found(field, path, root))?;
        let text = selected.as_str().map(Into::into);
        text.ok_or_else(|| {
            Failure::runtime(format!("The {field} '{path}' does not select a text: {selected}"))
        })
    }

    /// Runs a Task or a Map, again for as long as `Retry` says, and then does what `Catch` says.
    async fn attempts(
        &mut self,
        visit: &mut Visit<'_>,
        outcome: &ResultHandling,
    ) -> Result<(Value, After), Stop> {
        let mut retries = Retries::new(&outcome.retry);
        loop {
            let failure = match self.attempt(visit, outcome).await {
                Ok(output) => return Ok((output, outcome.after.clone())),
                Err(Stop::Failed(failure)) => failure,
                Err(cut) => return Err(cut),
            };
            let Some(delay) = retries.next_delay(&failure.error, self.shared.random()) else {
                return self.caught(visit, outcome, failure);
            };
            visit.retry_count = retries.count();
            self.history.flush()?;
            self.limits.run(self.shared.clock.sleep(delay)).await?;
        }
    }

    async fn attempt(&mut self, visit: &mut Visit<'_>, outcome: &ResultHandling) -> Result<Value, Stop> {
        let result = match &visit.state.kind {
            StateKind::Task(task) => self.invoke(visit, task).await?,
            StateKind::Map(map) => self.map(visit, map).await?,
            _ => return Err(Failure::runtime("only Task and Map states are attempted").into()),
        };
        let result = self.render(visit, outcome.result_selector.as_ref(), result)?;
        Ok(put(visit.input, outcome.result_path.as_ref(), result)?)
    }

    fn caught(
        &self,
        visit: &Visit<'_>,
        outcome: &ResultHandling,
        failure: Failure,
    ) -> Result<(Value, After), Stop> {
        let Some(catcher) = catcher(&outcome.catch, &failure.error) else { return Err(failure.into()) };
        let error = json!({"Error": failure.error, "Cause": failure.cause});
        let output = put(visit.input, catcher.result_path.as_ref(), error)?;
        Ok((output, After::Next(catcher.next.clone())))
    }

    /// The input after `InputPath`.
    pub(crate) fn effective_input(&self, visit: &Visit<'_>) -> Result<Value, Failure> {
        self.selected(visit, visit.state.input_path.as_ref(), visit.input)
    }

    /// What a path selects; an empty object where it is null.
    ///
    /// A path that selects nothing is a `States.Runtime` error (Step Functions guide, "Handling
    /// errors in workflows": applying InputPath or OutputPath to what is not there).
    fn selected(&self, visit: &Visit<'_>, path: Option<&Path>, of: &Value) -> Result<Value, Failure> {
        let Some(path) = path else { return Ok(Value::Object(Map::new())) };
        let context = if path.is_context() { self.context(visit) } else { Value::Null };
        let root = if path.is_context() { &context } else { of };
        path.get(of, &context).cloned().ok_or_else(|| Failure::runtime(path.no_results(root)))
    }

    /// The template filled in from `input`, or `input` itself.
    pub(crate) fn render(
        &self,
        visit: &Visit<'_>,
        template: Option<&Template>,
        input: Value,
    ) -> Result<Value, Failure> {
        match template {
            Some(template) => template.render(&input, &self.context(visit)),
            None => Ok(input),
        }
    }

    /// A number that the definition says, or the state's input under the path of `field`. `kind` is what the
    /// field takes: `an integer` or `a float` without its article.
    pub(crate) fn given<T: Copy>(
        &self,
        visit: &Visit<'_>,
        given: &Given<T>,
        (field, kind): (&str, &str),
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, Failure> {
        let path = match given {
            Given::Literal(value) => return Ok(*value),
            Given::Path(path) => path,
        };
        let input = self.effective_input(visit)?;
        let value = self.selected(visit, Some(path), &input)?;
        read(&value).ok_or_else(|| {
            let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Failure::runtime(format!(
                "The {field} field refers to value \"{shown}\" which is not a valid {kind}: {path}"
            ))
        })
    }

    pub(crate) fn context(&self, visit: &Visit<'_>) -> Value {
        let retries = matches!(visit.state.kind, StateKind::Task(_) | StateKind::Map(_));
        let at = At {
            name: visit.name,
            entered: visit.entered.time,
            retry_count: retries.then_some(visit.retry_count),
        };
        context(&self.record, &self.shared.config.role_arn, &self.input, &at)
    }
}

/// The result in the state's input, where `ResultPath` says.
fn put(input: &Value, result_path: Option<&Path>, result: Value) -> Result<Value, Failure> {
    match result_path {
        Some(path) => path.put(input.clone(), result),
        None => Ok(input.clone()),
    }
}

/// The payload as JSON text, if it is not too large (`States.DataLimitExceeded`). `what` is the state, or the
/// task, that it comes from.
pub(crate) fn limited(payload: &Value, what: &str) -> Result<String, Failure> {
    let text = payload.to_string();
    if text.len() <= MAX_PAYLOAD {
        return Ok(text);
    }
    let cause = format!(
        "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    Err(Failure::new(DATA_LIMIT_EXCEEDED, cause))
}
