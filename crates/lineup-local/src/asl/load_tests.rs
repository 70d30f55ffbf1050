//! What a definition may say. Amazon States Language specification; Step
//! Functions guide, "Workflow states".
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::{Value, json};

use super::*;

const IMPORT: &str = include_str!("../../../../statemachine/import.asl.json");

fn functions() -> BTreeMap<String, String> {
    ["Split", "Recover", "Load", "Summarize", "Notify"]
        .map(|name| {
            (format!("{name}FunctionArn"), format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}"))
        })
        .into()
}

fn import() -> Value {
    serde_json::from_str(IMPORT).unwrap()
}

fn problem(definition: &Value) -> String {
    load(&definition.to_string(), &functions()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn the_deployed_definition_loads() {
    let machine = load(IMPORT, &functions()).unwrap();
    assert_eq!(machine.graph.start_at, "Route");
    assert_eq!(machine.graph.states.len(), 15);
    assert!(!machine.json.contains("${"));
}

#[test]
fn an_unknown_substitution_is_named_with_its_place() {
    let mut functions = functions();
    functions.remove("LoadFunctionArn");
    let error = load(IMPORT, &functions).unwrap_err().to_string();
    let place = "States.LoadChunks.ItemProcessor.States.Load.Parameters.FunctionName";
    assert_eq!(error, format!("{place}: no substitution for ${{LoadFunctionArn}}"));
}

/// Each case puts a value at a JSON pointer of the deployed definition.
#[test]
fn what_is_not_known_is_refused_by_name_and_place() {
    let cases = [
        ("/QueryLanguage", json!("JSONata"), "QueryLanguage: 'JSONata' is not supported; JSONPath is"),
        ("/Version", json!("2.0"), "Version: '2.0' is not supported; 1.0 is"),
        ("/ProcessorConfig", json!({}), "ProcessorConfig: not supported"),
        ("/TimeoutSeconds", json!(0), "TimeoutSeconds: must be a whole number of at least 1"),
        ("/StartAt", json!("Nowhere"), "StartAt: there is no state 'Nowhere'"),
        ("/StartAt", json!(null), "StartAt: must be text"),
        ("/States/Imported/Type", json!("Wait"), "States.Imported.Type: 'Wait': not supported"),
        ("/States/Imported/Type", json!("Parallel"), "States.Imported.Type: 'Parallel': not supported"),
        ("/States/Imported/Next", json!("Route"), "States.Imported.Next: not supported"),
        ("/States/Imported/Output", json!("x"), "States.Imported.Output: not supported"),
        ("/States/Stray", json!({"Type": "Succeed"}), "States.Stray: no state leads to it"),
        ("/States/Split/Next", json!("Nowhere"), "States.Split: there is no state 'Nowhere'"),
        ("/States/Split/Catch/0/Next", json!("Nowhere"), "States.Split: there is no state 'Nowhere'"),
        ("/States/Split/End", json!(true), "States.Split.End: Next is there too; only one of them may be"),
        ("/States/Split/Assign", json!({}), "States.Split.Assign: not supported"),
        ("/States/Split/Credentials", json!({}), "States.Split.Credentials: not supported"),
        ("/States/Split/HeartbeatSeconds", json!(5), "States.Split.HeartbeatSeconds: not supported"),
        (
            "/States/Split/Resource",
            json!("arn:aws:states:::sns:publish"),
            "States.Split.Resource: 'arn:aws:states:::sns:publish': not supported",
        ),
        (
            "/States/Split/Resource",
            json!("arn:aws:states:::lambda:invoke.waitForTaskToken"),
            "States.Split.Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken': not supported",
        ),
        (
            "/States/Split/Parameters/InvocationType",
            json!("Event"),
            "States.Split.Parameters.InvocationType: not supported",
        ),
        (
            "/States/Split/Parameters/Payload/x.$",
            json!("States.UUID()"),
            "States.Split.Parameters.Payload.x.$: intrinsic function 'States.UUID()': not supported",
        ),
        (
            "/States/Split/Parameters/Payload/x.$",
            json!("$.a[*]"),
            "States.Split.Parameters.Payload.x.$: '$.a[*]' is not a reference path: only field names and array indexes are supported",
        ),
        (
            "/States/Split/TimeoutSecondsPath",
            json!("$.t"),
            "States.Split.TimeoutSecondsPath: TimeoutSeconds is there too; only one of them may be",
        ),
        (
            "/States/Split/ResultPath",
            json!("$$.x"),
            "States.Split.ResultPath: the context object cannot be written",
        ),
        ("/States/Split/InputPath", json!(7), "States.Split.InputPath: must be text"),
        (
            "/States/Split/Retry/0/JitterStrategy",
            json!("HALF"),
            "States.Split.Retry[0].JitterStrategy: 'HALF' is not supported; FULL or NONE is",
        ),
        ("/States/Split/Retry/0/MaxRetries", json!(1), "States.Split.Retry[0].MaxRetries: not supported"),
        (
            "/States/Split/Retry/0/BackoffRate",
            json!(0.5),
            "States.Split.Retry[0].BackoffRate: must be a number of at least 1",
        ),
        (
            "/States/Split/Retry/0/ErrorEquals",
            json!(["States.ALL"]),
            "States.Split.Retry[0].ErrorEquals: States.ALL must stand alone, and in the last entry",
        ),
        (
            "/States/Split/Retry/1/ErrorEquals",
            json!(["States.ALL", "A"]),
            "States.Split.Retry[1].ErrorEquals: States.ALL must stand alone, and in the last entry",
        ),
        (
            "/States/Split/Retry/1/ErrorEquals",
            json!([]),
            "States.Split.Retry[1].ErrorEquals: must name an error",
        ),
        ("/States/Split/Catch/0/Assign", json!({}), "States.Split.Catch[0].Assign: not supported"),
        ("/States/Route/Choices", json!([]), "States.Route.Choices: must have a rule"),
        (
            "/States/Route/Choices/0/StringEqual",
            json!("x"),
            "States.Route.Choices[0]: must have one operator, and has 2: IsPresent, StringEqual",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "StringSounds": "x", "Next": "Split"}),
            "States.Route.Choices[0].StringSounds: not supported",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "BooleanLessThan": true, "Next": "Split"}),
            "States.Route.Choices[0].BooleanLessThan: not supported",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "NumericEquals": "1", "Next": "Split"}),
            "States.Route.Choices[0].NumericEquals: has a value of another type",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "IsNull": true}),
            "States.Route.Choices[0].Next: missing",
        ),
        (
            "/States/Route/Choices/0",
            json!({"IsNull": true, "Next": "Split"}),
            "States.Route.Choices[0].Variable: missing",
        ),
        (
            "/States/Redrivable/Choices/0/And/0/Next",
            json!("Split"),
            "States.Redrivable.Choices[0].And[0].Next: only a top-level rule may have one",
        ),
        (
            "/States/ImportFailed/Error",
            json!("E"),
            "States.ImportFailed.ErrorPath: Error is there too; only one of them may be",
        ),
        (
            "/States/LoadChunks/ItemReader/ReaderConfig/CSVHeaders",
            json!(["a"]),
            "States.LoadChunks.ItemReader.ReaderConfig.CSVHeaders: not supported",
        ),
        (
            "/States/LoadChunks/ItemReader/ReaderConfig/MaxItems",
            json!(9),
            "States.LoadChunks.ItemReader.ReaderConfig.MaxItems: not supported",
        ),
        (
            "/States/LoadChunks/ItemReader/ReaderConfig/InputType",
            json!("CSV"),
            "States.LoadChunks.ItemReader.ReaderConfig.InputType: 'CSV' is not supported; JSONL is",
        ),
        (
            "/States/LoadChunks/ItemReader/Resource",
            json!("arn:aws:states:::s3:listObjectsV2"),
            "States.LoadChunks.ItemReader.Resource: 'arn:aws:states:::s3:listObjectsV2' is not supported; arn:aws:states:::s3:getObject is",
        ),
        (
            "/States/LoadChunks/ItemReader/Parameters/VersionId",
            json!("v"),
            "States.LoadChunks.ItemReader.Parameters.VersionId: not supported",
        ),
        (
            "/States/LoadChunks/ItemReader/Parameters",
            json!({"Bucket": "b"}),
            "States.LoadChunks.ItemReader.Parameters.Key: missing",
        ),
        (
            "/States/LoadChunks/ResultWriter/WriterConfig",
            json!({}),
            "States.LoadChunks.ResultWriter.WriterConfig: not supported",
        ),
        ("/States/LoadChunks/ItemBatcher", json!({}), "States.LoadChunks.ItemBatcher: not supported"),
        ("/States/LoadChunks/ItemsPath", json!("$.x"), "States.LoadChunks.ItemsPath: not supported"),
        (
            "/States/LoadChunks/Label",
            json!("a:b"),
            "States.LoadChunks.Label: 'a:b' has over 40 characters, or one that a label cannot have",
        ),
        (
            "/States/LoadChunks/MaxConcurrency",
            json!(4),
            "States.LoadChunks.MaxConcurrencyPath: MaxConcurrency is there too; only one of them may be",
        ),
        (
            "/States/LoadChunks/ToleratedFailurePercentage",
            json!(101),
            "States.LoadChunks.ToleratedFailurePercentage: must be a number from 0 to 100",
        ),
        (
            "/States/LoadChunks/ToleratedFailurePercentagePath",
            json!("$.p"),
            "States.LoadChunks.ToleratedFailurePercentagePath: ToleratedFailurePercentage is there too; only one of them may be",
        ),
        (
            "/States/LoadChunks/ItemProcessor/ProcessorConfig/Mode",
            json!("INLINE"),
            "States.LoadChunks.ItemProcessor.ProcessorConfig.Mode: 'INLINE' is not supported; DISTRIBUTED is",
        ),
        (
            "/States/LoadChunks/ItemProcessor/ProcessorConfig/ExecutionType",
            json!("FAST"),
            "States.LoadChunks.ItemProcessor.ProcessorConfig.ExecutionType: 'FAST' is not supported; STANDARD or EXPRESS is",
        ),
        (
            "/States/LoadChunks/ItemProcessor/States/Load/Next",
            json!("Route"),
            "States.LoadChunks.ItemProcessor.States.Load: there is no state 'Route'",
        ),
        (
            "/States/LoadChunks/ItemProcessor/TimeoutSeconds",
            json!(1),
            "States.LoadChunks.ItemProcessor.TimeoutSeconds: not supported",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut definition = import();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        match definition.pointer_mut(parent).unwrap() {
            Value::Object(fields) => _ = fields.insert(field.into(), value),
            Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
            _ => panic!("{pointer}"),
        }
        assert_eq!(problem(&definition), expected, "{pointer}");
    }
}

#[test]
fn what_is_missing_is_named_with_its_place() {
    let cases = [
        ("/StartAt", "StartAt: missing"),
        ("/States", "States: missing"),
        ("/States/Split/Next", "States.Split.Next: missing, and so is End"),
        ("/States/Split/Resource", "States.Split.Resource: missing"),
        ("/States/Split/Parameters/FunctionName", "States.Split.Parameters.FunctionName: missing"),
        ("/States/Split/Type", "States.Split.Type: missing"),
        ("/States/Split/Retry/0/ErrorEquals", "States.Split.Retry[0].ErrorEquals: missing"),
        ("/States/Route/Choices", "States.Route.Choices: missing"),
        ("/States/LoadChunks/ItemReader", "States.LoadChunks.ItemReader: missing"),
        ("/States/LoadChunks/ItemProcessor", "States.LoadChunks.ItemProcessor: missing"),
        (
            "/States/LoadChunks/ItemReader/ReaderConfig/InputType",
            "States.LoadChunks.ItemReader.ReaderConfig.InputType: missing; JSONL is supported",
        ),
        (
            "/States/LoadChunks/ItemProcessor/ProcessorConfig/Mode",
            "States.LoadChunks.ItemProcessor.ProcessorConfig.Mode: missing; DISTRIBUTED is supported",
        ),
        ("/States/LoadChunks/ResultWriter/Resource", "States.LoadChunks.ResultWriter.Resource: missing"),
    ];
    for (pointer, expected) in cases {
        let mut definition = import();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        definition.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(field).unwrap();
        assert_eq!(problem(&definition), expected, "{pointer}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    assert!(load("{", &functions()).unwrap_err().to_string().starts_with("definition: no JSON"));
    assert_eq!(problem(&json!([])), "definition: must be an object");
}
