//! Functions as processes of their own. This test program is the functions, too: started again by
//! itself, with the variable BEHAVIOUR.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use embedded_lambda::{FunctionSpec, Functions, InvocationError};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

const REGION: &str = "eu-west-1";
const ACCOUNT: &str = "123456789012";

fn function_arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

/// This test program, started again as a function that does `behaviour`.
fn function(behaviour: &str) -> FunctionSpec {
    FunctionSpec {
        name: behaviour.to_owned(),
        program: std::env::current_exe().unwrap(),
        args: ["sandbox", "--exact", "--ignored", "--nocapture"].map(str::to_owned).to_vec(),
        env: vec![("BEHAVIOUR".to_owned(), behaviour.to_owned())],
        timeout: Duration::from_secs(60),
        memory_mb: 128,
        max_concurrency: 2,
    }
}

/// A function, with the real runtime client. What it does, `BEHAVIOUR` says.
#[test]
#[ignore = "started by the tests below, as a process of its own"]
fn sandbox() {
    let Ok(behaviour) = std::env::var("BEHAVIOUR") else { return };
    embedded_lambda::exit_with_parent();
    if behaviour == "broken" {
        std::process::exit(7);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(lambda_runtime::run(service_fn(move |event| handle(behaviour.clone(), event)))).unwrap();
}

async fn handle(behaviour: String, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    println!("{behaviour} was invoked in process {}", std::process::id());
    match behaviour.as_str() {
        "fails" => {
            return Err(Diagnostic { error_type: "Throttled".into(), error_message: "too fast".into() });
        }
        "is killed" => kill_itself(),
        "exits" => std::process::exit(1),
        "dies" => std::process::abort(),
        "sleeps" => std::future::pending().await,
        _ => {}
    }
    let environment: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    Ok(json!({
        "event": event.payload,
        "pid": std::process::id(),
        "function": event.context.invoked_function_arn,
        "environment": environment,
    }))
}

/// As the kernel does where memory is short.
fn kill_itself() -> ! {
    let pid = std::process::id().to_string();
    let _ = std::process::Command::new("kill").args(["-9", &pid]).status();
    std::process::exit(1);
}

fn functions(specs: Vec<FunctionSpec>, logs: &Path) -> Functions {
    Functions::new(specs, REGION, ACCOUNT, logs, Duration::from_secs(60)).unwrap()
}

async fn invoke(functions: &Functions, name: &str, payload: Value) -> Result<Value, InvocationError> {
    functions.invoke(&function_arn(name), &payload).await
}

/// The failure of a function that is invoked once; its name, and its cause as JSON.
async fn failure(spec: FunctionSpec) -> (String, Value) {
    let logs = tempfile::tempdir().unwrap();
    let name = spec.name.clone();
    let failure = invoke(&functions(vec![spec], logs.path()), &name, json!({})).await.unwrap_err();
    (failure.name(), serde_json::from_str(&failure.cause()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_is_a_process_of_its_own_that_stays_warm() {
    let logs = tempfile::tempdir().unwrap();
    let functions = functions(vec![function("echo")], logs.path());
    let first = invoke(&functions, "echo", json!({ "a": 1 })).await.unwrap();
    let second = invoke(&functions, "echo", json!({ "a": 2 })).await.unwrap();
    assert_eq!(second["event"], json!({ "a": 2 }));
    assert_eq!(second["function"], function_arn("echo"));
    assert_ne!(first["pid"], std::process::id());
    assert_eq!(first["pid"], second["pid"], "the warm process is used again");
    assert!(
        functions.peak_memory_bytes("echo").is_some_and(|bytes| bytes > 1 << 20)
            || !cfg!(target_os = "linux")
    );
    let log = std::fs::read_to_string(logs.path().join("echo.log")).unwrap();
    assert_eq!(log.matches("echo was invoked").count(), 2);
}

#[tokio::test]
async fn a_log_that_has_grown_long_is_set_aside_and_one_of_these_is_kept() {
    let logs = tempfile::tempdir().unwrap();
    let (log, old) = (logs.path().join("echo.log"), logs.path().join("echo.old.log"));
    std::fs::write(&old, "older").unwrap();
    std::fs::write(&log, "short").unwrap();
    drop(functions(vec![function("echo")], logs.path()));
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "short");
    std::fs::write(&log, vec![b'x'; (8 << 20) + 1]).unwrap();
    drop(functions(vec![function("echo")], logs.path()));
    assert!(!log.exists() && std::fs::metadata(&old).unwrap().len() > 8 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_sees_what_aws_sets_and_nothing_of_ours() {
    let logs = tempfile::tempdir().unwrap();
    let functions = functions(vec![function("echo")], logs.path());
    let answer = invoke(&functions, "echo", json!({})).await.unwrap();
    let names: Vec<&str> =
        answer["environment"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for name in ["AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "AWS_ACCESS_KEY_ID", "BEHAVIOUR", "PATH"] {
        assert!(names.contains(&name), "{name}");
    }
    assert!(std::env::var("CARGO_MANIFEST_DIR").is_ok() && !names.contains(&"CARGO_MANIFEST_DIR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_invocations_have_processes_of_their_own_up_to_the_limit() {
    let logs = tempfile::tempdir().unwrap();
    let functions = functions(vec![function("echo")], logs.path());
    let answers = futures::future::join_all((0..6).map(|n| invoke(&functions, "echo", json!(n)))).await;
    let mut pids: Vec<_> =
        answers.into_iter().map(|answer| answer.unwrap()["pid"].as_u64().unwrap()).collect();
    pids.sort();
    pids.dedup();
    assert!((1..=2).contains(&pids.len()), "{pids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_function_has_its_own_name_and_is_the_cause() {
    let (error, cause) = failure(function("fails")).await;
    assert_eq!(error, "Throttled");
    assert_eq!(cause, json!({ "errorType": "Throttled", "errorMessage": "too fast" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_ends_or_dies_is_reported_as_lambda_reports_it() {
    let cases = [
        ("exits", "Error: Runtime exited with error: exit status 1"),
        ("dies", "Error: Runtime exited with error: signal: aborted"),
        ("broken", "Error: Runtime exited with error: exit status 7"),
    ];
    for (behaviour, expected) in cases {
        let (error, cause) = failure(function(behaviour)).await;
        assert_eq!(error, "Runtime.ExitError", "{behaviour}");
        assert_eq!(cause["errorType"], "Runtime.ExitError");
        let message = cause["errorMessage"].as_str().unwrap();
        assert!(message.starts_with("RequestId: ") && message.ends_with(expected), "{message}");
    }
}

/// AWS captures, row 21 of what AWS was recorded doing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_was_killed_was_out_of_memory() {
    let (error, cause) = failure(function("is killed")).await;
    assert_eq!(error, "Runtime.OutOfMemory");
    assert_eq!(cause["errorType"], "Runtime.OutOfMemory");
    let message = cause["errorMessage"].as_str().unwrap();
    let expected = "Error: Runtime exited with error: signal: killed";
    assert!(message.starts_with("RequestId: ") && message.ends_with(expected), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_takes_too_long_is_killed() {
    let (error, cause) =
        failure(FunctionSpec { timeout: Duration::from_millis(100), ..function("sleeps") }).await;
    assert_eq!(error, "Sandbox.Timedout");
    let message = cause["errorMessage"].as_str().unwrap();
    assert!(message.ends_with("Error: Task timed out after 0.10 seconds"), "{message}");
}

/// Waits for something that happens in another process.
async fn until<T>(what: &str, mut happened: impl FnMut() -> Option<T>) -> T {
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match happened() {
            Some(value) => return value,
            None => assert!(Instant::now() < patience, "{what}"),
        }
        tokio::task::yield_now().await;
    }
}

/// Whether the process ended; it is a zombie until its parent looks after it.
#[cfg(target_os = "linux")]
fn ended(pid: &str) -> Option<()> {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat.rsplit(") ").next()?.starts_with('Z').then_some(()),
        Err(_) => Some(()),
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_that_is_given_up_kills_its_process_and_frees_its_place() {
    let logs = tempfile::tempdir().unwrap();
    let functions = functions(vec![FunctionSpec { max_concurrency: 1, ..function("sleeps") }], logs.path());
    let log = logs.path().join("sleeps.log");
    for n in 0..2 {
        let pid = || {
            let log = std::fs::read_to_string(&log).ok()?;
            let pid = log.lines().filter_map(|line| line.split_once("in process ")).nth(n)?.1;
            Some(pid.to_owned())
        };
        let pid = tokio::select! {
            answer = functions.invoke("sleeps", &Value::Null) => panic!("it answered: {answer:?}"),
            pid = until("the function is invoked", pid) => pid,
        };
        until("the process ends", || ended(&pid)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_that_is_not_there_is_named() {
    let logs = tempfile::tempdir().unwrap();
    let failure = invoke(&functions(vec![], logs.path()), "nobody", json!({})).await.unwrap_err();
    assert_eq!(failure.name(), "Lambda.ResourceNotFoundException");
    // LocalStack's AWS-validated snapshots, row 19 of what AWS was recorded doing.
    let cause = failure.cause();
    let (before, id) = cause.split_once("Request ID: ").unwrap();
    let expected = "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:nobody:$LATEST \
                    (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; ";
    assert_eq!(before, expected);
    assert!(id.ends_with("; Proxy: null)"), "{id}");
}

/// An invocation that waits for a place does not take its own time yet.
#[tokio::test(flavor = "multi_thread")]
async fn an_invocation_is_told_when_its_turn_has_come() {
    let logs = tempfile::tempdir().unwrap();
    let functions = functions(vec![FunctionSpec { max_concurrency: 1, ..function("sleeps") }], logs.path());
    let turns = Mutex::new(Vec::new());
    let busy = functions.invoke_in_turn("sleeps", &Value::Null, || turns.lock().unwrap().push("first"));
    let waiting = functions.invoke_in_turn("sleeps", &Value::Null, || turns.lock().unwrap().push("second"));
    let some_time = async {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        answer = busy => panic!("it answered: {answer:?}"),
        answer = waiting => panic!("it answered: {answer:?}"),
        () = some_time => {}
    }
    assert_eq!(*turns.lock().unwrap(), ["first"], "it has the only place");
}

/// Starts a sandbox, says its process id, and waits to be killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test below, as a process of its own"]
async fn parent() {
    let Ok(logs) = std::env::var("PARENT_LOGS") else { return };
    let functions = functions(vec![function("echo")], Path::new(&logs));
    let answer = invoke(&functions, "echo", json!({})).await.unwrap();
    println!("sandbox {}", answer["pid"]);
    std::future::pending::<()>().await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_ends_when_its_run_is_killed() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    let logs = tempfile::tempdir().unwrap();
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["parent", "--exact", "--ignored", "--nocapture"])
        .env("PARENT_LOGS", logs.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(parent.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pid = lines.find_map(|line| line.strip_prefix("sandbox ").map(str::to_owned)).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    until("the sandbox ends", || ended(&pid)).await;
}
