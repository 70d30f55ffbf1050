//! Runs the aws command line of PyPI, a client that is independent of lineup, against `lineup serve`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::command::served::{PATIENCE, Served};
use crate::command::{Lineup, lineups, skip, workspace};

/// The aws command and the services it talks to.
struct Aws<'a> {
    program: PathBuf,
    served: &'a Served,
    home: &'a Path,
}

impl Aws<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(args).args(["--output", "json"]);
        command.env_clear().env("HOME", self.home).env("PATH", std::env::var_os("PATH").unwrap());
        command.envs(&self.served.variables).env("AWS_PAGER", "");
        command
    }

    fn text(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "aws {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.text(args)).unwrap()
    }

    /// Runs a line of a message in a shell, unchanged.
    fn paste(&self, line: &str) -> Value {
        let named_aws = self.home.join("aws");
        if !named_aws.exists() {
            std::os::unix::fs::symlink(&self.program, &named_aws).unwrap();
        }
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).env_clear().envs(&self.served.variables).env("AWS_PAGER", "");
        // The user's shell is set to another region.
        shell.env("AWS_REGION", "eu-north-1").env("AWS_DEFAULT_REGION", "eu-north-1");
        shell.env("HOME", self.home).env("PATH", format!("{}:{path}", self.home.display()));
        let output = shell.env("AWS_DEFAULT_OUTPUT", "json").output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn executions(&self, machine: &str) -> Vec<Value> {
        let listed = self.json(&["stepfunctions", "list-executions", "--state-machine-arn", machine]);
        listed["executions"].as_array().unwrap().clone()
    }

    /// Describes an execution once it has ended.
    fn ended(&self, arn: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let described = self.json(&["stepfunctions", "describe-execution", "--execution-arn", arn]);
            if described["status"] != json!("RUNNING") {
                return described;
            }
            assert!(Instant::now() < deadline, "{described}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the execution number `count` and returns its ARN.
    fn newest(&self, machine: &str, count: usize) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let executions = self.executions(machine);
            if executions.len() == count {
                return executions[0]["executionArn"].as_str().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "{executions:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The aws command, if there is one.
pub(crate) fn program() -> Option<PathBuf> {
    let named = std::env::var_os("AWS_CLI").map(PathBuf::from);
    named.or_else(|| Some(workspace().join(".tools/emulator/bin/aws")).filter(|program| program.is_file()))
}

#[test]
fn the_aws_command_line_starts_follows_inspects_and_stops_imports() {
    let Some(program) = program() else {
        return skip("aws_cli", "there is no aws command; AWS_CLI names one, `make tools` installs one");
    };
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let home = tempfile::tempdir().unwrap();
    let aws = Aws { program, served: &served, home: home.path() };
    let machines = aws.json(&["stepfunctions", "list-state-machines"]);
    let machine = machines["stateMachines"][0]["stateMachineArn"].as_str().unwrap().to_owned();

    let first = a_small_file_imports(&aws, &machine);
    what_it_did_can_be_inspected(&aws, &first);
    a_large_file_goes_up_in_parts_and_imports(&aws, &machine, &lineup);
    the_table_answers(&aws);
    the_buckets_list_their_objects(&aws);
    executions_can_be_started_and_stopped(&aws, &machine, &first);
    the_lines_of_a_failure_message_can_be_pasted(&aws, &machine, &lineup);
}

fn a_small_file_imports(aws: &Aws, machine: &str) -> Value {
    let file = workspace().join("samples/lineup.csv");
    aws.text(&["s3", "cp", "--no-progress", file.to_str().unwrap(), "s3://lineup-uploads/"]);
    let ended = aws.ended(&aws.newest(machine, 1));
    assert_eq!(ended["status"], json!("SUCCEEDED"), "{ended}");
    let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["summary"]["rows"]["written"], json!(3));
    aws.served.wait_for_line("lineup.csv");
    ended
}

fn what_it_did_can_be_inspected(aws: &Aws, execution: &Value) {
    let arn = execution["executionArn"].as_str().unwrap();
    let history = aws.json(&["stepfunctions", "get-execution-history", "--execution-arn", arn]);
    let events = history["events"].as_array().unwrap();
    let ids: Vec<u64> = events.iter().map(|event| event["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=events.len() as u64).collect::<Vec<_>>());
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!((types[0], types[types.len() - 1]), ("ExecutionStarted", "ExecutionSucceeded"));
    for expected in
        ["TaskStateEntered", "TaskSucceeded", "ChoiceStateExited", "MapRunStarted", "MapRunSucceeded"]
    {
        assert!(types.contains(&expected), "{expected} is not in {types:?}");
    }
    let runs = aws.json(&["stepfunctions", "list-map-runs", "--execution-arn", arn]);
    let run = runs["mapRuns"][0]["mapRunArn"].as_str().unwrap();
    let run = aws.json(&["stepfunctions", "describe-map-run", "--map-run-arn", run]);
    assert_eq!(run["status"], json!("SUCCEEDED"));
    assert_eq!(
        (&run["itemCounts"]["total"], &run["itemCounts"]["succeeded"]),
        (&json!(1), &json!(1)),
        "{run}"
    );
    let run = run["mapRunArn"].as_str().unwrap();
    let children = aws.json(&["stepfunctions", "list-executions", "--map-run-arn", run]);
    assert_eq!(children["executions"][0]["status"], json!("SUCCEEDED"), "{children}");
}

fn a_large_file_goes_up_in_parts_and_imports(aws: &Aws, machine: &str, lineup: &Lineup) {
    // Few rows with long notes: only the size of the file matters here.
    let text = lineups::text(25_000).replace("made by rule", &"a long note ".repeat(25));
    assert!(text.len() > 8 << 20, "above the aws command's multipart_threshold: {}", text.len());
    let file = lineup.file("large.csv", text);
    let metadata = ["--metadata", "chunk-bytes=1048576"];
    aws.text(
        &[
            &["s3", "cp", "--no-progress", file.to_str().unwrap(), "s3://lineup-uploads/in/large.csv"][..],
            &metadata,
        ]
        .concat(),
    );
    let ended = aws.ended(&aws.newest(machine, 2));
    assert_eq!(ended["status"], json!("SUCCEEDED"), "{ended}");
    let input: Value = serde_json::from_str(ended["input"].as_str().unwrap()).unwrap();
    let etag = input["detail"]["object"]["etag"].as_str().unwrap();
    assert!(etag.contains('-'), "the etag of an upload in parts says how many: {etag}");
    let output: Value = serde_json::from_str(ended["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["summary"]["rows"]["written"], json!(25_000));
    assert!(output["summary"]["chunks"]["total"].as_u64().unwrap() > 7, "{output}");
}

fn the_table_answers(aws: &Aws) {
    let values = json!({":performer": {"S": "Megan Thee Stallion"}}).to_string();
    let table = ["dynamodb", "query", "--table-name", "Performances"];
    let condition =
        ["--key-condition-expression", "Performer = :performer", "--expression-attribute-values", &values];
    let found = aws.json(&[&table[..], &condition].concat());
    assert_eq!(found["Items"][0]["Performance"], json!({"S": "2025-07-12#20:00#Main Stage"}), "{found}");
}

fn the_buckets_list_their_objects(aws: &Aws) {
    let uploads = aws.text(&["s3", "ls", "s3://lineup-uploads/"]);
    assert!(uploads.contains(" lineup.csv") && uploads.contains("PRE in/"), "{uploads}");
    let imports = aws.text(&["s3", "ls", "--recursive", "s3://lineup-imports/imports/"]);
    for name in ["claim.json", "manifest.json", "chunks.jsonl", "results/00001.json", "summary.json"] {
        assert!(imports.contains(name), "{name} is not in {imports}");
    }
}

fn executions_can_be_started_and_stopped(aws: &Aws, machine: &str, first: &Value) {
    let start = |input: &str| {
        let command = ["stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", input];
        aws.json(&command)["executionArn"].as_str().unwrap().to_owned()
    };
    // The first event again: a duplicate.
    let duplicate = aws.ended(&start(first["input"].as_str().unwrap()));
    assert_eq!(duplicate["status"], json!("SUCCEEDED"));

    let second = aws.ended(aws.executions(machine)[1]["executionArn"].as_str().unwrap());
    let output: Value = serde_json::from_str(second["output"].as_str().unwrap()).unwrap();
    let chunks: Vec<u64> = (1..=output["summary"]["chunks"]["total"].as_u64().unwrap()).collect();
    let rerun = json!({"rerun": {"import_id": output["import"]["import_id"], "chunks": chunks}});
    let arn = start(&rerun.to_string());
    let stop = [
        "stepfunctions",
        "stop-execution",
        "--execution-arn",
        &arn,
        "--error",
        "Enough",
        "--cause",
        "a test",
    ];
    assert!(aws.json(&stop)["stopDate"].is_string() || aws.json(&stop)["stopDate"].is_number());
    let stopped = aws.ended(&arn);
    assert_eq!((&stopped["status"], &stopped["error"]), (&json!("ABORTED"), &json!("Enough")), "{stopped}");
}

fn the_lines_of_a_failure_message_can_be_pasted(aws: &Aws, machine: &str, lineup: &Lineup) {
    let tables = lineup_aws::schema::Tables::default();
    aws.json(&["dynamodb", "delete-table", "--table-name", &tables.performances]);
    let file = lineup.file("failing.csv", lineups::text(600));
    let count = aws.executions(machine).len() + 1;
    let copy = ["s3", "cp", "--no-progress", file.to_str().unwrap(), "s3://lineup-uploads/"];
    aws.text(&[&copy[..], &["--metadata", "chunk-bytes=16384,max-concurrency=1"]].concat());
    let failed = aws.ended(&aws.newest(machine, count));
    assert_eq!((&failed["status"], &failed["error"]), (&json!("FAILED"), &json!("ChunksNotLoaded")));
    assert_eq!(failed["redriveStatus"], json!("REDRIVABLE"));
    let told = |text: &str| aws.served.wait_for_line(text);
    let chunk = told("chunk 1 (bytes");
    assert!(chunk.contains("ResourceNotFound"), "{chunk}");
    let redrive = told("aws stepfunctions redrive-execution");
    let rerun = told("aws stepfunctions start-execution");
    assert!(rerun.contains("\"chunks\":[1,2,3]"), "{rerun}");

    let definition = tables
        .definitions()
        .iter()
        .map(|table| table.json())
        .find(|table| table["TableName"] == tables.performances);
    aws.json(&["dynamodb", "create-table", "--cli-input-json", &definition.unwrap().to_string()]);
    assert!(aws.paste(&redrive).get("redriveDate").is_some());
    let arn = failed["executionArn"].as_str().unwrap();
    let redriven = aws.ended(arn);
    assert_eq!(
        (&redriven["status"], &redriven["redriveCount"]),
        (&json!("SUCCEEDED"), &json!(1)),
        "{redriven}"
    );
    // The filter is for the children of a Map Run (API reference, ListExecutions).
    let listed =
        ["stepfunctions", "list-executions", "--state-machine-arn", machine, "--redrive-filter", "REDRIVEN"];
    let refused = aws.command(&listed).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("ValidationException"), "{refused:?}");
    let history = aws.json(&["stepfunctions", "get-execution-history", "--execution-arn", arn]);
    let redrives = history["events"].as_array().unwrap().iter();
    let redrives = redrives.filter(|event| event["type"] == json!("ExecutionRedriven"));
    assert_eq!(
        redrives.map(|event| &event["executionRedrivenEventDetails"]["redriveCount"]).collect::<Vec<_>>(),
        [1]
    );

    let again = aws.ended(aws.paste(&rerun)["executionArn"].as_str().unwrap());
    let output: Value = serde_json::from_str(again["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["summary"]["rows"]["written"], json!(600), "{again}");
    assert_eq!(output["import"]["chunks"]["count"], json!(3));
}
