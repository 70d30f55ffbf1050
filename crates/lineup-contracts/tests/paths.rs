//! Every path of the definition exists whenever it is read.
//!
//! A path that is not there fails with `States.Runtime`, which no Catch gets (AWS, recorded): such an execution ends without a
//! message. So the definition is walked with every input that a person may give, every kind of answer that a function may give, and
//! every error that may be caught, and each path on the way is read.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use asl::choice::ChoiceRule;
use asl::definition::{
    After, Choice, Fail, Given, Graph, MapState, Pass, ResultHandling, State, StateKind, Task, Wait,
};
use asl::failure::Failure;
use asl::path::Path;
use asl::template::Template;
use lineup_contracts::{
    ChunkCounts, ChunkList, ConvertOutput, HoldOutput, LoadOutput, LoadProgress, NotifyOutput, Outcome, Plan,
    RemoveOutput, Reported, RowCounts, Source, SurveyOutput,
};
use serde_json::{Value, json};
use uuid::Uuid;

const DEFINITION: &str = include_str!("../../../statemachine/import.asl.json");
/// Errors that may be caught. The names on which the definition decides are among them; a timeout has an empty cause.
const CAUGHT: [&str; 4] = ["States.Timeout", "AccessDenied", "InvalidInput", "SourceChanged"];

/// The kinds of answers of a function.
///
/// # Panics
/// For a function that is not listed: say here what it answers.
fn answers(function: &str) -> Vec<Value> {
    let plan = |plan: Plan| serde_json::to_value(plan).unwrap();
    let none = || Plan::without_chunks(Uuid::nil());
    let source = || Source {
        bucket: "uploads".into(),
        key: "a.csv".into(),
        version_id: None,
        etag: "e".into(),
        size: 1,
    };
    let list = |count| ChunkList { bucket: "imports".into(), key: "chunks.jsonl".into(), count };
    let loads = |count| Plan { source: Some(source()), chunks: Some(list(count)), ..none() };
    match function {
        "split" => vec![
            plan(Plan { duplicate_of: Some("arn".into()), ..none() }),
            plan(Plan { unfinished: true, ..none() }),
            plan(Plan { convert: true, ..none() }),
            plan(Plan { survey: Some(1), chunks: Some(list(9)), ..none() }),
            plan(Plan { dry_run: true, ..loads(9) }),
            plan(loads(9)),
            plan(Plan { held: true, ..loads(9) }),
        ],
        "hold" => [
            HoldOutput { held: true, ..HoldOutput::default() },
            HoldOutput { held: true, obsolete: 3, ..HoldOutput::default() },
            HoldOutput { wait_seconds: Some(15), ..HoldOutput::default() },
            HoldOutput { superseded: true, ..HoldOutput::default() },
        ]
        .map(|output| serde_json::to_value(output).unwrap())
        .into(),
        "remove" => {
            let output = |done| RemoveOutput { done, ..RemoveOutput::default() };
            [true, false].map(|done| serde_json::to_value(output(done)).unwrap()).into()
        }
        "convert" => {
            let output = ConvertOutput { import_id: Uuid::nil(), form: "gzip".into(), bytes: 1 };
            vec![serde_json::to_value(output).unwrap()]
        }
        "survey" => vec![serde_json::to_value(SurveyOutput { rows: 1, rejected: 0 }).unwrap()],
        "recover" => vec![plan(none()), plan(loads(0)), plan(loads(2))],
        "load" => {
            let output = |done| LoadOutput { done, progress: LoadProgress::default() };
            [true, false].map(|done| serde_json::to_value(output(done)).unwrap()).into()
        }
        "summarize" => {
            [Outcome::Succeeded, Outcome::Partial, Outcome::Failed, Outcome::Superseded].map(summary).into()
        }
        "notify" => vec![serde_json::to_value(NotifyOutput { message_id: "m".into() }).unwrap()],
        other => panic!("this test does not know what {other} answers"),
    }
}

fn summary(outcome: Outcome) -> Value {
    let reported = Reported {
        outcome,
        dry_run: false,
        rows: RowCounts::default(),
        chunks: ChunkCounts::default(),
        failed_chunks: Vec::new(),
        reject_samples: Vec::new(),
        notes: Vec::new(),
        warnings: Vec::new(),
        changes: None,
        write_units: 0.0,
        throttles: 0,
        milliseconds: 0,
    };
    serde_json::to_value(reported).unwrap()
}

fn event() -> Value {
    let object = json!({"key": "a.csv", "size": 1, "etag": "e", "version-id": "v", "sequencer": "1"});
    json!({"detail": {"bucket": {"name": "uploads"}, "object": object}})
}

/// Inputs that an execution is meant for.
fn good_inputs() -> Vec<Value> {
    let mut folder = event();
    folder["detail"]["object"]["key"] = json!("2025/");
    let rerun = json!({"rerun": {"import_id": Uuid::nil(), "chunks": [1]}});
    vec![event(), folder, rerun]
}

/// Everything else: no object, an object without any or one of its fields, and values of other types.
fn other_inputs() -> Vec<Value> {
    let mut inputs: Vec<Value> =
        vec![json!({}), json!(null), json!([]), json!("text"), json!(7), json!(true)];
    for field in
        ["", "/bucket", "/bucket/name", "/object", "/object/key", "/object/etag", "/object/sequencer"]
    {
        for value in [None, Some(json!(null)), Some(json!({})), Some(json!("text"))] {
            let (parent, name) = format!("/detail{field}")
                .rsplit_once('/')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
                .unwrap();
            let mut input = event();
            let fields = input.pointer_mut(&parent).unwrap().as_object_mut().unwrap();
            match value {
                None => drop(fields.remove(&name)),
                Some(value) => drop(fields.insert(name, value)),
            }
            inputs.push(input);
        }
    }
    let reruns = [
        json!(null),
        json!(1),
        json!({}),
        json!({"import_id": null}),
        json!({"import_id": 7}),
        json!({"import_id": []}),
    ];
    inputs.extend(reruns.map(|rerun| json!({ "rerun": rerun })));
    inputs
}

/// The context object that every state has: that of an execution that was never redriven (Step Functions guide, "Accessing execution
/// data from the Context object"; `RedriveTime` and `State.RetryCount` are not always there).
fn context(input: &Value) -> Value {
    json!({
        "Execution": {"Id": "arn", "Input": input, "Name": "n", "RoleArn": "arn", "StartTime": "t", "RedriveCount": 0},
        "State": {"EnteredTime": "t", "Name": "s"},
        "StateMachine": {"Id": "arn", "Name": "n"}
    })
}

/// All ways through the states of a graph.
struct Walk<'g> {
    graph: &'g Graph,
    context: Value,
    /// The states that were visited, each with its input.
    visited: BTreeSet<(String, String)>,
    /// The transitions that were made, each as state, what led on, and next state.
    made: BTreeSet<(String, String, String)>,
    /// The paths that were not there.
    missing: BTreeSet<String>,
}

/// Where an execution may go on: what leads there, the next state, its input.
type Ways = Vec<(String, String, Value)>;

impl<'g> Walk<'g> {
    fn of(graph: &'g Graph, input: &Value) -> Self {
        let mut walk = Self {
            graph,
            context: context(input),
            visited: BTreeSet::new(),
            made: BTreeSet::new(),
            missing: BTreeSet::new(),
        };
        walk.from(graph.start_at.clone(), input.clone());
        walk
    }

    fn from(&mut self, state: String, input: Value) {
        let mut left = vec![(state, input)];
        while let Some((name, input)) = left.pop() {
            if !self.visited.insert((name.clone(), input.to_string())) {
                continue;
            }
            for (by, next, input) in self.leave(&name, &input) {
                self.made.insert((name.clone(), by, next.clone()));
                left.push((next, input));
            }
        }
    }

    fn leave(&mut self, name: &str, input: &Value) -> Ways {
        let State { kind, .. } = &self.graph.states[name];
        let ways = match kind {
            StateKind::Task(task) => self.task(task, input),
            StateKind::Choice(choice) => self.choose(choice, input),
            StateKind::Map(map) => self.map(map, input),
            StateKind::Pass(pass) => self.pass(pass, input),
            StateKind::Wait(wait) => self.wait(wait, input),
            StateKind::Succeed => Ok(Vec::new()),
            StateKind::Fail(fail) => self.fail(fail, input).map(|()| Vec::new()),
        };
        ways.unwrap_or_else(|failure| {
            self.missing.insert(format!("{name}: {}: {}", failure.error, failure.cause));
            Vec::new()
        })
    }

    fn render(&self, template: Option<&Template>, input: &Value) -> Result<Value, Failure> {
        template.map_or_else(|| Ok(input.clone()), |template| template.render(input, &self.context))
    }

    fn read(&self, path: &Path, input: &Value) -> Result<Value, Failure> {
        let missing = || Failure::runtime(format!("{path} is not in {input}"));
        path.get(input, &self.context).cloned().ok_or_else(missing)
    }

    fn task(&self, task: &Task, input: &Value) -> Result<Ways, Failure> {
        if let Some(Given::Path(path)) = &task.timeout_seconds {
            self.read(path, input)?;
        }
        let parameters = self.render(task.parameters.as_ref(), input)?;
        let results = answers(parameters["FunctionName"].as_str().unwrap());
        let results = results.into_iter().map(|payload| json!({"Payload": payload, "StatusCode": 200}));
        self.follow(&task.outcome, input, results.collect())
    }

    fn map(&mut self, map: &MapState, input: &Value) -> Result<Ways, Failure> {
        self.render(Some(&map.item_reader), input)?;
        self.render(map.result_writer.as_ref(), input)?;
        if let Given::Path(path) = &map.max_concurrency {
            self.read(path, input)?;
        }
        let mut with_item = self.context.clone();
        with_item["Map"] = json!({"Item": {"Index": 0, "Value": {"chunk": 1}}});
        let item = match &map.item_selector {
            Some(selector) => selector.render(input, &with_item)?,
            None => with_item["Map"]["Item"]["Value"].clone(),
        };
        let child = Walk::of(&map.processor, &item);
        self.visited.extend(child.visited);
        self.made.extend(child.made);
        self.missing.extend(child.missing);
        let result = json!({"MapRunArn": "arn", "ResultWriterDetails": {"Bucket": "b", "Key": "k"}});
        self.follow(&map.outcome, input, vec![result])
    }

    /// Where it goes on after each of the results, and after each error that is caught.
    fn follow(&self, outcome: &ResultHandling, input: &Value, results: Vec<Value>) -> Result<Ways, Failure> {
        let mut ways = Ways::new();
        for result in results {
            let result = self.render(outcome.result_selector.as_ref(), &result)?;
            let data = put(outcome.result_path.as_ref(), input, result)?;
            if let After::Next(next) = &outcome.after {
                ways.push(("Next".into(), next.clone(), data));
            }
        }
        for catcher in &outcome.catch {
            assert_eq!(catcher.error_equals, ["States.ALL"], "the walk knows no other");
            // Only of what becomes the summary do later states read the name.
            let is_read = catcher.result_path.as_ref().is_some_and(|path| path.to_string() == "$.summary");
            for error in if is_read { &CAUGHT[..] } else { &CAUGHT[..1] } {
                let data = put(catcher.result_path.as_ref(), input, json!({"Error": error, "Cause": ""}))?;
                ways.push(("Catch".into(), catcher.next.clone(), data));
            }
        }
        Ok(ways)
    }

    fn choose(&self, choice: &Choice, input: &Value) -> Result<Ways, Failure> {
        for (number, (rule, next)) in choice.rules.iter().enumerate() {
            if ChoiceRule::holds(rule, input, &self.context)? {
                return Ok(vec![(format!("Choices[{number}]"), next.clone(), input.clone())]);
            }
        }
        let default = choice.default.clone().ok_or_else(|| Failure::runtime("no rule holds"))?;
        Ok(vec![("Default".into(), default, input.clone())])
    }

    fn pass(&self, pass: &Pass, input: &Value) -> Result<Ways, Failure> {
        let result = match &pass.result {
            Some(result) => result.clone(),
            None => self.render(pass.parameters.as_ref(), input)?,
        };
        let data = put(pass.result_path.as_ref(), input, result)?;
        Ok(match &pass.after {
            After::Next(next) => vec![("Next".into(), next.clone(), data)],
            After::End => Vec::new(),
        })
    }

    fn wait(&self, wait: &Wait, input: &Value) -> Result<Ways, Failure> {
        if let Given::Path(path) = &wait.seconds {
            let seconds = self.read(path, input)?;
            seconds
                .as_u64()
                .ok_or_else(|| Failure::runtime(format!("{path} is {seconds}, which is no time")))?;
        }
        Ok(match &wait.after {
            After::Next(next) => vec![("Next".into(), next.clone(), input.clone())],
            After::End => Vec::new(),
        })
    }

    fn fail(&self, fail: &Fail, input: &Value) -> Result<(), Failure> {
        for text in [&fail.error, &fail.cause] {
            if let Some(Given::Path(path)) = text {
                let text = self.read(path, input)?;
                text.as_str()
                    .ok_or_else(|| Failure::runtime(format!("{path} is {text}, which is no text")))?;
            }
        }
        Ok(())
    }
}

fn put(path: Option<&Path>, input: &Value, result: Value) -> Result<Value, Failure> {
    path.map_or_else(|| Ok(input.clone()), |path| path.put(input.clone(), result))
}

/// The transitions that a graph has, as [`Walk::made`] names them.
fn transitions(graph: &Graph) -> BTreeSet<(String, String, String)> {
    let mut all = BTreeSet::new();
    for (name, State { kind, .. }) in &graph.states {
        let ways = match kind {
            StateKind::Task(task) => of_outcome(&task.outcome),
            StateKind::Map(map) => {
                all.extend(transitions(&map.processor));
                of_outcome(&map.outcome)
            }
            StateKind::Pass(Pass { after: After::Next(next), .. })
            | StateKind::Wait(Wait { after: After::Next(next), .. }) => vec![("Next".into(), next)],
            StateKind::Choice(Choice { rules, default }) => {
                let rules = rules.iter().enumerate();
                let rules = rules.map(|(number, (_, next))| (format!("Choices[{number}]"), next));
                rules.chain(default.iter().map(|next| ("Default".to_owned(), next))).collect()
            }
            StateKind::Pass(_) | StateKind::Wait(_) | StateKind::Succeed | StateKind::Fail(_) => Vec::new(),
        };
        all.extend(ways.into_iter().map(|(by, next)| (name.clone(), by, next.clone())));
    }
    all
}

fn of_outcome(outcome: &ResultHandling) -> Vec<(String, &String)> {
    let caught = outcome.catch.iter().map(|catcher| ("Catch".to_owned(), &catcher.next));
    let next = match &outcome.after {
        After::Next(next) => Some(("Next".to_owned(), next)),
        After::End => None,
    };
    caught.chain(next).collect()
}

fn graph(definition: &str) -> Graph {
    let names = ["Convert", "Split", "Survey", "Hold", "Load", "Remove", "Summarize", "Notify", "Recover"];
    let function = |name: &str| (format!("{name}FunctionArn"), name.to_lowercase());
    let mut substitutions: BTreeMap<String, String> = names.map(function).into();
    substitutions.insert("Partition".into(), "aws".into());
    Graph::clone(&asl::load(definition, &substitutions).unwrap().graph)
}

#[test]
fn every_path_exists_whenever_it_is_read() {
    let graph = graph(DEFINITION);
    let (mut made, mut states) = (BTreeSet::new(), BTreeSet::new());
    for input in good_inputs().into_iter().chain(other_inputs()) {
        let walk = Walk::of(&graph, &input);
        assert!(walk.missing.is_empty(), "with the input {input}: {:#?}", walk.missing);
        made.extend(walk.made);
        states.extend(walk.visited.into_iter().map(|(state, _)| state));
    }
    // The walk has read everything: it came to each state, and each rule, Next and Catch has led on.
    let left: Vec<_> = transitions(&graph).difference(&made).cloned().collect();
    assert!(left.is_empty(), "never followed: {left:#?}");
    for name in graph.states.keys() {
        assert!(states.contains(name), "{name}");
    }
}

#[test]
fn an_input_that_is_no_upload_and_no_rerun_ends_with_a_message_and_without_a_function_that_reads_it() {
    let graph = graph(DEFINITION);
    for input in other_inputs() {
        let walk = Walk::of(&graph, &input);
        let names: BTreeSet<&str> = walk.visited.iter().map(|(name, _)| name.as_str()).collect();
        // A field that is there may be of a wrong type, which `split` says.
        let split = names.contains("Split");
        let complete = ["bucket/name", "object/key", "object/etag", "object/sequencer"];
        let has = |field: &str| input.pointer(&format!("/detail/{field}")).is_some();
        assert_eq!(split, complete.into_iter().all(has), "{input}: {names:?}");
        if !split {
            let expected = ["ImportFailed", "NoEvent", "NotifyFailure", "Redrivable", "Route"];
            assert_eq!(names, expected.into(), "{input}");
        }
    }
}

/// The walk finds what is missing: each of these definitions reads a path that is not always there.
#[test]
fn a_path_that_is_not_always_there_is_found() {
    let change = |pointer: &str, value: Value| {
        let mut definition: Value = serde_json::from_str(DEFINITION).unwrap();
        *definition.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
        graph(&definition.to_string())
    };
    let bucket_alone = json!({"detail": {"bucket": {"name": "uploads"}}});
    let cases = [
        (
            "/States/Route/Choices/1/Or",
            json!([{"Variable": "$.detail.bucket.name", "IsPresent": false}, {"Variable": "$.detail", "IsPresent": false}]),
            bucket_alone,
        ),
        ("/States/Redrivable/Choices/0/And/0/Variable", json!("$.summary"), event()),
        ("/States/Split/ResultSelector", json!({"import_id.$": "$.Payload.import_id"}), event()),
        ("/States/NotifyFailure/ResultSelector", json!({"time.$": "$$.Execution.RedriveTime"}), event()),
        ("/States/LoadChunks/ItemSelector", json!({"list.$": "$.import.chunks.lines"}), event()),
        ("/States/ImportFailed/CausePath", json!("$.summary.outcome"), event()),
        (
            "/States/LoadChunks/ItemProcessor/States/ChunkDone/Choices/0/Variable",
            json!("$.loaded.done"),
            event(),
        ),
    ];
    for (pointer, value, input) in cases {
        let graph = change(pointer, value);
        assert!(!Walk::of(&graph, &input).missing.is_empty(), "{pointer}");
    }
}
