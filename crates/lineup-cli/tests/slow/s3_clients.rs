//! Uses the S3 of `lineup serve` with the aws command line and with boto3, clients that are independent of lineup.

use std::path::Path;
use std::process::Command;

use crate::aws_cli::program;
use crate::command::served::Served;
use crate::command::{Lineup, skip, workspace};

/// Runs a script of this folder with the variables that `lineup serve` printed.
fn run(served: &Served, home: &Path, mut command: Command) {
    command.env_clear().envs(&served.variables).env("HOME", home).env("AWS_PAGER", "");
    let path = std::env::var("PATH").unwrap();
    let output = command.env("PATH", format!("{}:{path}", home.display())).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("all is as on AWS"), "{said}");
}

#[test]
fn the_aws_command_line_and_boto3_find_s3_as_it_is_on_aws() {
    let Some(program) = program() else {
        return skip("s3_clients", "there is no aws command; AWS_CLI names one, `make tools` installs one");
    };
    let scripts = workspace().join("crates/lineup-cli/tests/slow");
    let lineup = Lineup::new();
    let served = Served::start(&lineup);
    let home = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(&program, home.path().join("aws")).unwrap();
    let work = tempfile::tempdir().unwrap();
    let mut shell = Command::new("bash");
    shell.arg(scripts.join("s3.sh")).arg(work.path());
    run(&served, home.path(), shell);

    // The aws command of PyPI is in an environment with boto3.
    let python = program.with_file_name("python");
    let has_boto3 = Command::new(&python).args(["-c", "import boto3"]).output();
    if !has_boto3.is_ok_and(|output| output.status.success()) {
        return skip("s3_clients", "there is no boto3 beside the aws command");
    }
    let mut script = Command::new(&python);
    script.arg(scripts.join("s3.py"));
    run(&served, home.path(), script);
}
