//! What a definition may say. Amazon States Language specification; Step
//! Functions guide, "Workflow states".
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use asl::load;
use serde_json::{Value, json};

const ALBUM: &str = include_str!("album.asl.json");

fn functions() -> BTreeMap<String, String> {
    ["List", "Resize"]
        .map(|name| {
            (format!("{name}FunctionArn"), format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}"))
        })
        .into()
}

fn album() -> Value {
    serde_json::from_str(ALBUM).unwrap()
}

fn problem(definition: &Value) -> String {
    load(&definition.to_string(), &functions()).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn a_definition_is_loaded_with_its_substitutions_made() {
    let machine = load(ALBUM, &functions()).unwrap();
    assert_eq!(machine.graph.start_at, "Route");
    assert_eq!(machine.graph.states.len(), 6);
    assert!(!machine.json.contains("${"));
}

#[test]
fn an_unknown_substitution_is_named_with_its_place() {
    let mut functions = functions();
    functions.remove("ResizeFunctionArn");
    let error = load(ALBUM, &functions).unwrap_err().to_string();
    let place = "States.ResizeAll.ItemProcessor.States.Resize.Parameters.FunctionName";
    assert_eq!(error, format!("{place}: no substitution for ${{ResizeFunctionArn}}"));
}

/// Each case puts a value at a JSON pointer of the definition in album.asl.json.
#[test]
fn what_is_not_known_is_refused_by_name_and_place() {
    let cases = [
        ("/QueryLanguage", json!("JSONata"), "QueryLanguage: 'JSONata' is not supported; JSONPath is"),
        ("/Version", json!("2.0"), "Version: '2.0' is not supported; 1.0 is"),
        ("/ProcessorConfig", json!({}), "ProcessorConfig: not supported"),
        ("/TimeoutSeconds", json!(0), "TimeoutSeconds: must be a whole number of at least 1"),
        ("/StartAt", json!("Nowhere"), "StartAt: there is no state 'Nowhere'"),
        ("/StartAt", json!(null), "StartAt: must be text"),
        ("/States/Done/Type", json!("Parallel"), "States.Done.Type: 'Parallel': not supported"),
        ("/States/Done/Type", json!("Parallel"), "States.Done.Type: 'Parallel': not supported"),
        ("/States/Done/Next", json!("Route"), "States.Done.Next: not supported"),
        ("/States/Done/Output", json!("x"), "States.Done.Output: not supported"),
        ("/States/Stray", json!({"Type": "Succeed"}), "States.Stray: no state leads to it"),
        ("/States/List/Next", json!("Nowhere"), "States.List: there is no state 'Nowhere'"),
        ("/States/List/Catch/0/Next", json!("Nowhere"), "States.List: there is no state 'Nowhere'"),
        ("/States/List/End", json!(true), "States.List.End: Next is there too; only one of them may be"),
        ("/States/List/Assign", json!({}), "States.List.Assign: not supported"),
        ("/States/List/Credentials", json!({}), "States.List.Credentials: not supported"),
        ("/States/List/HeartbeatSeconds", json!(5), "States.List.HeartbeatSeconds: not supported"),
        (
            "/States/List/Resource",
            json!("arn:aws:states:::sns:publish"),
            "States.List.Resource: 'arn:aws:states:::sns:publish': not supported",
        ),
        (
            "/States/List/Resource",
            json!("arn:aws:states:::lambda:invoke.waitForTaskToken"),
            "States.List.Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken': not supported",
        ),
        (
            "/States/List/Parameters/InvocationType",
            json!("Event"),
            "States.List.Parameters.InvocationType: not supported",
        ),
        (
            "/States/List/Parameters/Payload/x.$",
            json!("States.UUID()"),
            "States.List.Parameters.Payload.x.$: intrinsic function 'States.UUID()': not supported",
        ),
        (
            "/States/List/Parameters/Payload/x.$",
            json!("$.a[*]"),
            "States.List.Parameters.Payload.x.$: '$.a[*]' is not a reference path: only field names and array indexes are supported",
        ),
        (
            "/States/List/TimeoutSecondsPath",
            json!("$.t"),
            "States.List.TimeoutSecondsPath: TimeoutSeconds is there too; only one of them may be",
        ),
        (
            "/States/List/ResultPath",
            json!("$$.x"),
            "States.List.ResultPath: the context object cannot be written",
        ),
        ("/States/List/InputPath", json!(7), "States.List.InputPath: must be text"),
        (
            "/States/List/Retry/0/JitterStrategy",
            json!("HALF"),
            "States.List.Retry[0].JitterStrategy: 'HALF' is not supported; FULL or NONE is",
        ),
        ("/States/List/Retry/0/MaxRetries", json!(1), "States.List.Retry[0].MaxRetries: not supported"),
        (
            "/States/List/Retry/0/BackoffRate",
            json!(0.5),
            "States.List.Retry[0].BackoffRate: must be a number of at least 1",
        ),
        (
            "/States/List/Retry/0/ErrorEquals",
            json!(["States.ALL"]),
            "States.List.Retry[0].ErrorEquals: States.ALL must stand alone, and in the last entry",
        ),
        (
            "/States/List/Retry/1/ErrorEquals",
            json!(["States.ALL", "A"]),
            "States.List.Retry[1].ErrorEquals: States.ALL must stand alone, and in the last entry",
        ),
        (
            "/States/List/Retry/1/ErrorEquals",
            json!([]),
            "States.List.Retry[1].ErrorEquals: must name an error",
        ),
        ("/States/List/Catch/0/Assign", json!({}), "States.List.Catch[0].Assign: not supported"),
        ("/States/Route/Choices", json!([]), "States.Route.Choices: must have a rule"),
        (
            "/States/Route/Choices/0/StringEqual",
            json!("x"),
            "States.Route.Choices[0]: must have one operator, and has 2: IsPresent, StringEqual",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "StringSounds": "x", "Next": "List"}),
            "States.Route.Choices[0].StringSounds: not supported",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "BooleanLessThan": true, "Next": "List"}),
            "States.Route.Choices[0].BooleanLessThan: not supported",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "NumericEquals": "1", "Next": "List"}),
            "States.Route.Choices[0].NumericEquals: has a value of another type",
        ),
        (
            "/States/Route/Choices/0",
            json!({"Variable": "$.a", "IsNull": true}),
            "States.Route.Choices[0].Next: missing",
        ),
        (
            "/States/Route/Choices/0",
            json!({"IsNull": true, "Next": "List"}),
            "States.Route.Choices[0].Variable: missing",
        ),
        (
            "/States/IsFinal/Choices/0/And/0/Next",
            json!("List"),
            "States.IsFinal.Choices[0].And[0].Next: only a top-level rule may have one",
        ),
        (
            "/States/Failed/Error",
            json!("E"),
            "States.Failed.ErrorPath: Error is there too; only one of them may be",
        ),
        (
            "/States/ResizeAll/ItemReader/ReaderConfig/CSVHeaders",
            json!(["a"]),
            "States.ResizeAll.ItemReader.ReaderConfig.CSVHeaders: not supported",
        ),
        (
            "/States/ResizeAll/ItemReader/ReaderConfig/MaxItems",
            json!(9),
            "States.ResizeAll.ItemReader.ReaderConfig.MaxItems: not supported",
        ),
        (
            "/States/ResizeAll/ItemReader/ReaderConfig/InputType",
            json!("CSV"),
            "States.ResizeAll.ItemReader.ReaderConfig.InputType: 'CSV' is not supported; JSONL is",
        ),
        (
            "/States/ResizeAll/ItemReader/Resource",
            json!("arn:aws:states:::s3:listObjectsV2"),
            "States.ResizeAll.ItemReader.Resource: 'arn:aws:states:::s3:listObjectsV2' is not supported; arn:aws:states:::s3:getObject is",
        ),
        (
            "/States/ResizeAll/ItemReader/Parameters/VersionId",
            json!("v"),
            "States.ResizeAll.ItemReader.Parameters.VersionId: not supported",
        ),
        (
            "/States/ResizeAll/ItemReader/Parameters",
            json!({"Bucket": "b"}),
            "States.ResizeAll.ItemReader.Parameters.Key: missing",
        ),
        (
            "/States/ResizeAll/ResultWriter/WriterConfig",
            json!({}),
            "States.ResizeAll.ResultWriter.WriterConfig: not supported",
        ),
        ("/States/ResizeAll/ItemBatcher", json!({}), "States.ResizeAll.ItemBatcher: not supported"),
        ("/States/ResizeAll/ItemsPath", json!("$.x"), "States.ResizeAll.ItemsPath: not supported"),
        (
            "/States/ResizeAll/Label",
            json!("a:b"),
            "States.ResizeAll.Label: 'a:b' has over 40 characters, or one that a label cannot have",
        ),
        (
            "/States/ResizeAll/MaxConcurrency",
            json!(4),
            "States.ResizeAll.MaxConcurrencyPath: MaxConcurrency is there too; only one of them may be",
        ),
        (
            "/States/ResizeAll/ToleratedFailurePercentage",
            json!(101),
            "States.ResizeAll.ToleratedFailurePercentage: must be a number from 0 to 100",
        ),
        (
            "/States/ResizeAll/ToleratedFailurePercentagePath",
            json!("$.p"),
            "States.ResizeAll.ToleratedFailurePercentagePath: ToleratedFailurePercentage is there too; only one of them may be",
        ),
        (
            "/States/ResizeAll/ItemProcessor/ProcessorConfig/Mode",
            json!("INLINE"),
            "States.ResizeAll.ItemProcessor.ProcessorConfig.Mode: 'INLINE' is not supported; DISTRIBUTED is",
        ),
        (
            "/States/ResizeAll/ItemProcessor/ProcessorConfig/ExecutionType",
            json!("FAST"),
            "States.ResizeAll.ItemProcessor.ProcessorConfig.ExecutionType: 'FAST' is not supported; STANDARD or EXPRESS is",
        ),
        (
            "/States/ResizeAll/ItemProcessor/States/Resize/Next",
            json!("Route"),
            "States.ResizeAll.ItemProcessor.States.Resize: there is no state 'Route'",
        ),
        (
            "/States/ResizeAll/ItemProcessor/TimeoutSeconds",
            json!(1),
            "States.ResizeAll.ItemProcessor.TimeoutSeconds: not supported",
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut definition = album();
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
        ("/States/List/Next", "States.List.Next: missing, and so is End"),
        ("/States/List/Resource", "States.List.Resource: missing"),
        ("/States/List/Parameters/FunctionName", "States.List.Parameters.FunctionName: missing"),
        ("/States/List/Type", "States.List.Type: missing"),
        ("/States/List/Retry/0/ErrorEquals", "States.List.Retry[0].ErrorEquals: missing"),
        ("/States/Route/Choices", "States.Route.Choices: missing"),
        ("/States/ResizeAll/ItemReader", "States.ResizeAll.ItemReader: missing"),
        ("/States/ResizeAll/ItemProcessor", "States.ResizeAll.ItemProcessor: missing"),
        (
            "/States/ResizeAll/ItemReader/ReaderConfig/InputType",
            "States.ResizeAll.ItemReader.ReaderConfig.InputType: missing; JSONL is supported",
        ),
        (
            "/States/ResizeAll/ItemProcessor/ProcessorConfig/Mode",
            "States.ResizeAll.ItemProcessor.ProcessorConfig.Mode: missing; DISTRIBUTED is supported",
        ),
        ("/States/ResizeAll/ResultWriter/Resource", "States.ResizeAll.ResultWriter.Resource: missing"),
    ];
    for (pointer, expected) in cases {
        let mut definition = album();
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
