"""Runs the commands of RUNBOOK.md on an emulator of AWS, one block after another, as someone who copies them would.

Uses target/package-unoptimised and target/debug/lineup. Steps that need a console, an
e-mail or a service that the emulator does not have are left out: `LEFT_OUT`.
"""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

from emulator import Emulator

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
STACK = "lineup"
# The emulator has no redrives; SAM would build everything again; no deployment fails.
LEFT_OUT = ("redrive-execution", "sam build", "ROLLBACK_FAILED")
# `make test` has built both already. The tests use version 1 of the aws command line, which calls SQS under an older
# name unless a variable is set. `settle` waits for a number of imports, as a person would.
PRELUDE = """
set -euo pipefail
make() { :; }
cargo() { :; }
aws() { if [ "$1" = sqs ]; then command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; else command aws "$@"; fi; }
settle() {
  for _ in $(seq 300); do
    found=$(aws stepfunctions list-executions --state-machine-arn "$(out StateMachineArn)" --query 'executions[].status' --output text)
    [ "$(wc -w <<< "$found")" -ge "$1" ] && ! grep -q RUNNING <<< "$found" && return
    sleep 0.2
  done
  echo "no $1 executions have ended: $found" >&2
  return 1
}
"""


def blocks():
    """The shell blocks of the runbook, in order."""
    found = re.findall(r"(?ms)^```sh\n(.*?)^```$", (ROOT / "RUNBOOK.md").read_text())
    return [block for block in found if not any(words in block for words in LEFT_OUT)]


def script(event):
    """The blocks as one script. It waits where a person would, and one event in it is not delivered."""
    architecture = "x86_64" if platform.machine() in ("x86_64", "AMD64") else "arm64"
    lines, imports = [PRELUDE], 0
    for block in blocks():
        if "receive-message" in block:
            lines.append(f'aws sqs send-message --queue-url "$(out UndeliveredEventsUrl)" --message-body "$(cat {event})"')
        lines.append(block.replace("NotificationEmail=", f"Architecture={architecture} NotificationEmail="))
        imports += len(re.findall(r"^aws s3 cp .*UploadsBucket|^\s*aws stepfunctions start-execution", block, re.M))
        if "UploadsBucket)/" in block or "start-execution" in block:
            lines.append(f"settle {imports}")
    return "\n".join(lines)


def lay_out(folder):
    """Copies what the commands need from the repository to a folder where they may write."""
    folder.mkdir()
    shutil.copytree(ROOT / "samples", folder / "samples")
    shutil.copytree(TARGET / "package-unoptimised", folder / "target" / "package")
    shutil.copy(ROOT / "samples" / "bad-rows.csv", folder / "big.csv")
    # An upload whose event is not delivered. It starts no import unless someone gives its event as input.
    detail = {"bucket": {"name": "gone"}, "object": {"key": "gone.csv", "size": 1, "etag": "0" * 32, "sequencer": "1"}}
    (folder / "event.json").write_text(json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail}))


def run(emulator):
    """Runs the commands. Returns their output."""
    folder = emulator.folder / "repository"
    lay_out(folder)
    path = [pathlib.Path(sys.executable).parent, TARGET / "debug", os.environ["PATH"]]
    done = subprocess.run(
        ["bash", "-x", "-c", script(folder / "event.json")],
        cwd=folder,
        env=emulator.environment | {"PATH": ":".join(map(str, path))},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode != 0:
        sys.exit(f"{done.stdout}\nRUNBOOK.md's commands ended with {done.returncode}")
    return folder, done.stdout


def check(emulator, folder, printed):
    """Checks that the commands did what the page says."""
    messages = json.loads((folder / "undelivered.json").read_text())["Messages"]
    found = {
        "an import is listed as ended": "SUCCEEDED" in printed,
        "its summary is printed": '"outcome": "PARTIAL"' in printed,
        "its rejected rows are copied": any((folder / "rejects").iterdir()),
        "the event that was not delivered is read": len(messages) == 1,
        "no bucket is left": emulator.client("s3").list_buckets()["Buckets"] == [],
        "no table is left but the restored one": emulator.client("dynamodb").list_tables()["TableNames"] == ["performances-restored"],
        "no function is left": emulator.client("lambda").list_functions()["Functions"] == [],
    }
    if wrong := [what for what, is_so in found.items() if not is_so]:
        sys.exit(f"{printed}\nafter RUNBOOK.md's commands it is not so that {'; that '.join(wrong)}")


def main():
    with Emulator() as emulator:
        check(emulator, *run(emulator))
    print(f"{len(blocks())} blocks of RUNBOOK.md run")


if __name__ == "__main__":
    main()
