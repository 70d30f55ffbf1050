"""Deploys the packaged stack on an emulator of AWS and imports files there.

Uses target/package-unoptimised (tools/package.py) and target/debug/lineup, whose local
run must have the same result for the same file. The tests of the local run cover what
the emulator cannot do (ResultWriter, redrive, the roles of the state machine and of
the rules, throttling).
"""

import csv
import gzip
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import unittest

from boto3.dynamodb.types import TypeDeserializer
from emulator import REGION, Emulator
from web_pages import NotStarted, WebPages, allowing, many, permissions, policy

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PACKAGE = TARGET / "package-unoptimised"
SAMPLES = ROOT / "samples"
STACK = "festival"
HEADER = b"Performer,Stage,Start,End,Date\n"
CHUNK_BYTES = 16384
ENDS_WITHIN = 120
OPEN = "RUNNING"
# What `lineup export` leaves out: attributes that only the indexes' keys need, and the lineup of the row.
OF_INDEXES = ("StageDay", "StartPerformer", "PopularityShard", "Lineup")


def many_rows(performer="Band"):
    """A lineup of several chunks, with everything at which a careless splitter fails."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["Performer", "Stage", "Start", "End", "Date", "Popularity", "Note"])
    for n in range(1500):
        rows.writerow(
            [
                f"{performer} {n}, the {n % 7}th",
                f"Stage {n % 11}",
                f"{n % 24:02}:{n % 60:02}",
                f"{(n + 1) % 24:02}:{n % 60:02}",
                f"2025-07-{11 + n % 3}",
                "" if n % 5 == 0 else 1 + n % 100,
                f'says "{n}",\nthen goes' if n % 3 == 0 else "",
            ]
        )
    return text.getvalue().encode()


class Stack:
    """The stack on the emulator, with the calls that tests need."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.s3 = emulator.client("s3")
        self.sfn = emulator.client("stepfunctions")
        self.sqs = emulator.client("sqs")
        self.iam = emulator.client("iam")
        self.dynamodb = emulator.client("dynamodb")
        self._user = None
        self._deploy()
        self._subscribe()

    def _deploy(self):
        aws, folder = self.emulator.aws, self.emulator.folder
        architecture = (PACKAGE / "architecture").read_text().strip()
        packaged = folder / "packaged.yaml"
        aws("s3", "mb", "s3://artifacts")
        aws(
            "cloudformation", "package", "--template-file", PACKAGE / "template.yaml",
            "--s3-bucket", "artifacts", "--output-template-file", packaged,
        )  # fmt: skip
        aws(
            "cloudformation", "deploy", "--template-file", packaged, "--s3-bucket", "artifacts", "--stack-name", STACK,
            "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", f"Architecture={architecture}",
            f"ChunkBytes={CHUNK_BYTES}", "NotificationEmail=planner@example.com",
        )  # fmt: skip
        described = self.emulator.aws_json("cloudformation", "describe-stacks", "--stack-name", STACK)
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0]["Outputs"]}

    def _subscribe(self):
        self.queue = self.sqs.create_queue(QueueName="messages")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self.outputs["TopicArn"]}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        self.emulator.client("sns").subscribe(TopicArn=self.outputs["TopicArn"], Protocol="sqs", Endpoint=arn)

    def upload(self, content, key, *options):
        """Uploads with the aws command line, and these options of it. Returns the object's URI."""
        file = self.emulator.folder / "upload"
        file.write_bytes(content)
        uri = f"s3://{self.outputs['UploadsBucket']}/{key}"
        self.emulator.aws("s3", "cp", file, uri, *options)
        return uri

    def execution(self, key, others=()):
        """Waits for the end of the execution that the upload of `key` started, which is none of `others`. Returns it."""

        def ended():
            for listed in self._executions():
                if listed["executionArn"] in others:
                    continue
                described = self.sfn.describe_execution(executionArn=listed["executionArn"])
                event = json.loads(described["input"])
                # A test starts executions with any input.
                event = event if isinstance(event, dict) else {}
                if event.get("detail", {}).get("object", {}).get("key") == key and described["status"] != OPEN:
                    return described
            return None

        return self._until(ended, f"no execution for {key} has ended")

    def _executions(self):
        machine = self.outputs["StateMachineArn"]
        return self.sfn.list_executions(stateMachineArn=machine)["executions"]

    def ended(self, arn):
        """Waits for the end of an execution. Returns it."""

        def ended():
            described = self.sfn.describe_execution(executionArn=arn)
            return None if described["status"] == OPEN else described

        return self._until(ended, f"{arn} has not ended")

    def message(self, *words):
        """The message that holds all these words; others are dropped."""

        def received():
            answer = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                if all(word in f"{body.get('Subject')}\n{body['Message']}" for word in words):
                    return body
            return None

        return self._until(received, f"no message with {words}")

    def _until(self, ask, otherwise):
        deadline = time.monotonic() + ENDS_WITHIN
        while time.monotonic() < deadline:
            if (answer := ask()) is not None:
                return answer
            time.sleep(0.1)
        raise AssertionError(f"{otherwise}\n{self.emulator.tail()}")

    def errors(self, execution):
        """The errors in an execution and in its children."""
        arn = execution["executionArn"]
        history = self.sfn.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        found = [json.dumps(event, default=str) for event in history if event["type"].endswith("Failed")]
        for run in self.sfn.list_map_runs(executionArn=arn)["mapRuns"]:
            for child in self.sfn.list_executions(mapRunArn=run["mapRunArn"], statusFilter="FAILED")["executions"]:
                described = self.sfn.describe_execution(executionArn=child["executionArn"])
                found.append(f"{described.get('error')}: {described.get('cause')}")
        return "\n".join(found)

    def table(self, name="PerformancesTable"):
        """Every item, as Python values."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.outputs[name])
        value = TypeDeserializer().deserialize
        return [{name: value(typed) for name, typed in item.items()} for page in pages for item in page["Items"]]

    def document(self, import_id, name):
        """A JSON document of an import."""
        answer = self.s3.get_object(Bucket=self.outputs["ImportsBucket"], Key=f"imports/{import_id}/{name}")
        return json.load(answer["Body"])

    def import_of(self, execution):
        """The id of an execution's import: its claim names the execution."""
        bucket = self.outputs["ImportsBucket"]
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="imports/")
        for key in (listed["Key"] for page in pages for listed in page.get("Contents", [])):
            if key.endswith("/claim.json"):
                claim = json.load(self.s3.get_object(Bucket=bucket, Key=key)["Body"])
                if claim["execution_arn"] == execution["executionArn"]:
                    return key.split("/")[1]
        raise AssertionError(f"no claim names {execution['executionArn']}")

    def role(self, logical):
        """The name of a role of the template."""
        described = self.emulator.aws_json(
            "cloudformation", "describe-stack-resource", "--stack-name", STACK, "--logical-resource-id", logical
        )
        return described["StackResourceDetail"]["PhysicalResourceId"]

    def without(self, logical, policy, action, resource):
        """Removes an action on resources that contain `resource` from a role's policy. Returns a function that undoes it."""
        role = self.role(logical)
        document = self.iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        cut = {"Version": document["Version"], "Statement": list(without(document, action, resource))}
        if cut["Statement"] == document["Statement"]:
            raise AssertionError(f"{logical} has no {action} on {resource}")
        self._put(role, policy, cut)
        return lambda: self._put(role, policy, document)

    def denied(self, logical, policy, action, resource):
        """Denies an action to a role by one more statement of its policy. Returns a function that undoes it."""
        role = self.role(logical)
        document = self.iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        deny = {"Effect": "Deny", "Action": action, "Resource": resource}
        self._put(role, policy, document | {"Statement": [*document["Statement"], deny]})
        return lambda: self._put(role, policy, document)

    def leave_survey_to_the_map(self):
        """Lets `split` survey no row itself, as in a large file. Returns a function that undoes it."""
        return self._with_variables("split", SURVEYED_BYTES="0")

    def gather(self):
        """Lets two runs be merged at a time, and compares few keys, as of a very large file. Returns a function that undoes it."""
        split = self._with_variables("split", SURVEYED_BYTES="0", HELD_TEXT_BYTES="0", MERGED_RUNS="2", RANGE_KEYS="100")
        hold = self._with_variables("hold", RANGE_KEYS="100")
        return lambda: (split(), hold())

    def hide_the_buckets(self):
        """Lets `load` find no S3, so that its state retries for minutes. Returns a function that undoes it."""
        return self._with_variables("load", AWS_ENDPOINT_URL_S3="http://127.0.0.1:1")

    def _with_variables(self, function, **more):
        functions, name = self.emulator.client("lambda"), f"{STACK}-{function}"
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]

        def put(variables):
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

        put(variables | more)
        return lambda: put(variables)

    def user(self):
        """The access key of a user without any permission, who is made once."""
        if self._user is None:
            self.iam.create_user(UserName="planner")
            self._user = self.iam.create_access_key(UserName="planner")["AccessKey"]
        return self._user

    def permit(self, document):
        """Gives this policy, and no other, to the user."""
        self.iam.put_user_policy(UserName="planner", PolicyName="Web", PolicyDocument=json.dumps(document))

    def waiting(self, content, key):
        """Uploads a file that cannot be loaded. Returns its execution, once a chunk is tried."""
        self.upload(content, key)

        def begun():
            for listed in self._executions():
                described = self.sfn.describe_execution(executionArn=listed["executionArn"])
                runs = self.sfn.list_map_runs(executionArn=listed["executionArn"])["mapRuns"]
                of_chunks = [run["mapRunArn"] for run in runs if "/LoadChunks:" in run["mapRunArn"]]
                if key in described["input"] and any(self.sfn.list_executions(mapRunArn=arn)["executions"] for arn in of_chunks):
                    return described
            return None

        return self._until(begun, f"no chunk of {key} has begun")

    def _put(self, role, policy, document):
        self.iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def without(document, action, resource):
    """The statements of a policy without `action` on the resources that contain `resource`."""
    for statement in document["Statement"]:
        actions, resources = many(statement["Action"]), many(statement["Resource"])
        kept = [name for name in resources if resource not in name]
        if action not in actions or kept == resources:
            yield statement
            continue
        if others := [name for name in actions if name != action]:
            yield statement | {"Action": others}
        if kept:
            yield statement | {"Action": [action], "Resource": kept}


class Local:
    """A run of the command on its embedded services."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *arguments):
        command = [TARGET / "debug" / "lineup", "--data", self.folder / "data", *arguments]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LINEUP_"))}
        # A rejected row may have any bytes.
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, errors="replace")

    def outcome(self, name, content):
        """Imports a file. Returns the part of the report that is the same in every run."""
        file = self.folder / name
        file.write_bytes(content)
        done = self.run("import", file, "--chunk-bytes", str(CHUNK_BYTES), "--json")
        if not done.stdout:
            raise AssertionError(done.stderr)
        said = json.loads(done.stdout)
        rejects = self.run("rejects", said["import_id"]).stdout if said["outcome"] != "FAILED" else ""
        return outcome(said, said.get("error"), said.get("cause"), rejects)

    def export(self):
        """Every performance in its table."""
        return json.loads(self.run("export", "--format", "json").stdout)


def outcome(summary, error, cause, rejects):
    """The part of an import's report that is the same in every run. Bucket names differ, for example."""
    if summary["outcome"] == "FAILED":
        return {"outcome": "FAILED", "error": error, "cause": re.sub(r"s3://\S*/", "s3://", cause)}
    return {name: summary[name] for name in ("outcome", "rows", "chunks")} | {"rejects": rejects}


def by_key(items):
    return {(item["Performer"], item["Performance"]): item for item in items}


class Deployed(unittest.TestCase):
    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.emulator = cls.enterClassContext(Emulator())
        cls.stack = Stack(cls.emulator)

    def imported(self, content, key, *options):
        """Uploads a file, with options of `aws s3 cp`, and waits for the end of its execution. Returns that execution."""
        # Earlier versions of the file have the same key.
        others = {one["executionArn"] for one in self.stack._executions()}
        self.stack.upload(content, key, *options)
        return self.stack.execution(key, others)

    def summary(self, execution):
        return self.stack.document(self.stack.import_of(execution), "summary.json")

    def items_of(self, content):
        """The table's items of the performers of a file."""
        text = content.decode("utf-8", errors="replace")
        performers = {row["Performer"] for row in csv.DictReader(io.StringIO(text, newline=""))}
        return by_key(item for item in self.stack.table() if item["Performer"] in performers)

    def test_an_uploaded_file_is_in_the_table_row_by_row(self):
        content = many_rows()
        execution = self.imported(content, "festival/many rows, ü.csv")
        self.assertEqual(execution["status"], "SUCCEEDED", self.stack.errors(execution))
        summary = self.summary(execution)
        self.assertGreater(summary["chunks"]["total"], 4)
        self.assertEqual(summary["chunks"]["loaded"], summary["chunks"]["total"])
        self.assertEqual(summary["rows"], {"read": 1500, "written": 1500, "rejected": 0, "replaced": 0})
        expected = {
            (row["Performer"], f"{row['Date']}#{row['Start']}#{row['Stage']}"): row
            for row in csv.DictReader(io.StringIO(content.decode(), newline=""))
        }
        items = self.items_of(content)
        self.assertEqual(items.keys(), expected.keys())
        for key, row in expected.items():
            item = items[key]
            for name in ("Stage", "Start", "End", "Date"):
                self.assertEqual(item[name], row[name], key)
            self.assertEqual(item.get("Note", ""), row["Note"], key)
            self.assertEqual(str(item.get("Popularity", "")), row["Popularity"], key)
            self.assertEqual("PopularityShard" in item, row["Popularity"] != "", key)
            self.assertEqual(item["StageDay"], f"{row['Stage']}#{row['Date']}", key)
            self.assertEqual(item["StartPerformer"], f"{row['Start']}#{row['Performer']}", key)
        entries = {(item["Entry"], item["Value"]) for item in self.stack.table("CalendarTable")}
        for row in expected.values():
            self.assertIn(("days", row["Date"]), entries)
            self.assertIn((f"day#{row['Date']}", row["Stage"]), entries)
            self.assertIn((f"stage#{row['Stage']}", row["Date"]), entries)
        message = self.stack.message("many rows, ü.csv")
        self.assertRegex(message["Message"], r"1,?500")

    def test_the_local_run_comes_to_the_same_end(self):
        cases = {path.name: path.read_bytes() for path in sorted(SAMPLES.glob("*.csv"))} | {"many.csv": many_rows()}
        cases |= {"no-lineup.csv": b"Band,Where\nHozier,River Stage\n", "empty.csv": b""}
        cases |= {"unclosed.csv": HEADER + b'"Hozier,River Stage,20:00,21:00,2025-07-12\n'}
        cases |= {"all-rejected.csv": HEADER + b"Hozier,River Stage,late,21:00,2025-07-12\n"}
        outcomes = set()
        local = Local(self.emulator.folder)
        for name, content in cases.items():
            with self.subTest(name):
                deployed = self.outcome(self.imported(content, f"same/{name}"))
                self.assertEqual(deployed, local.outcome(name, content))
                outcomes.add(deployed["outcome"])
        self.assertEqual(outcomes, {"SUCCEEDED", "PARTIAL", "FAILED"})
        exported = by_key(local.export())
        performers = {performer for performer, _ in exported}
        deployed = by_key(item for item in self.stack.table() if item["Performer"] in performers)
        self.assertEqual(deployed.keys(), exported.keys())
        for key, item in exported.items():
            plain = json.loads(json.dumps(deployed[key], default=int))
            self.assertEqual({name: value for name, value in plain.items() if name not in OF_INDEXES}, item)

    def outcome(self, execution):
        """The part of the command's output about an import that is the same in every run."""
        if execution["status"] == "FAILED":
            # A function's error is a JSON object. The command shows its message.
            cause = json.loads(execution["cause"])["errorMessage"]
            return outcome({"outcome": "FAILED"}, execution["error"], cause, "")
        rejects = self.lineup("rejects", self.stack.import_of(execution))
        return outcome(self.summary(execution), None, None, rejects)

    def test_the_command_works_on_the_stack(self):
        expected = json.loads((SAMPLES / "weekend.expected.json").read_text())
        said = json.loads(self.lineup("import", SAMPLES / "weekend.csv", "--chunk-bytes", "16384", "--json"))
        self.assertEqual((said["outcome"], said["rows"]), (expected["outcome"], expected["rows"]))
        message = self.lineup("import", SAMPLES / "bad-rows.csv", code=3)
        self.assertIn("bad-rows.csv is imported.", message)
        import_id = re.search(r"lineup(?: --stack \S+)? rejects (\S+)", message)[1]
        rejects = list(csv.DictReader(io.StringIO(self.lineup("rejects", import_id))))
        self.assertEqual(len(rejects), json.loads((SAMPLES / "bad-rows.expected.json").read_text())["rows"]["rejected"])
        self.assertIn(import_id, [entry["import_id"] for entry in json.loads(self.lineup("imports", "--json"))])
        self.assertEqual(json.loads(self.lineup("show", import_id, "--json"))["state"], "PARTIAL")
        performances = self.items_of((SAMPLES / "weekend.csv").read_bytes())
        performer, key = next(iter(performances))
        found = json.loads(self.lineup("query", "performer", performer, "--format", "json"))
        self.assertIn(key, [item["Performance"] for item in found])
        exported = by_key(json.loads(self.lineup("export", "--format", "json")))
        self.assertLessEqual(performances.keys(), exported.keys())
        no_stack = self.lineup("--stack", "elsewhere", "imports", code=1, said="stderr")
        self.assertIn("elsewhere", no_stack)

    def lineup(self, *arguments, code=0, said="stdout"):
        """The command, on the stack unless another is named."""
        command = [TARGET / "debug" / "lineup", *arguments]
        environment = self.emulator.environment | {"LINEUP_STACK": STACK}
        done = subprocess.run(command, cwd=self.emulator.folder, env=environment, capture_output=True)
        self.assertEqual(done.returncode, code, done.stderr)
        # A rejected row may have any bytes.
        return getattr(done, said).decode(errors="replace")

    def web(self, *options, policy=None):
        """`lineup web` on the stack, with the credentials of the account's root or of a user who has this policy alone."""
        environment = self.emulator.environment
        if policy is not None:
            key = self.stack.user()
            self.stack.permit(policy)
            environment = environment | {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        return WebPages([TARGET / "debug" / "lineup", "web", "--stack", STACK, "--port", "0", *options], environment)

    def test_the_pages_show_the_stack_and_change_nothing_unless_they_may(self):
        row = "Web band,Web stage,20:00,21:00,2033-05-01\n"
        execution = self.imported(f"Performer,Stage,Start,End,Date\n{row}".encode(), "web.csv")
        import_id = self.stack.import_of(execution)
        address = f"/imports/{import_id}?execution={execution['name']}"
        with self.web() as pages:
            self.assertIn("They only read", pages.printed)
            for target, words in (
                ("/imports", ("web.csv", "SUCCEEDED")),
                (address, ("web.csv", "NotifySuccess", "1 chunk: 1 loaded")),
                (f"/imports/{import_id}/chunks/1", ("Chunk 1, loaded", f"/aws/lambda/{STACK}-load", f"chunk-1-of-{import_id}")),
                ("/lineups", ("web.csv",)),
                ("/lineup?name=web.csv", (import_id[:8],)),
                ("/day/2033-05-01", ("Web band", "Web stage", "20:00–21:00")),
                ("/set?name=Web%20band&stage=Web%20stage&date=2033-05-01&start=20:00", ("line 2", "web.csv")),
            ):
                status, page = pages.get(target)
                self.assertEqual(status, 200, f"{target}: {page}")
                for text in words:
                    self.assertIn(text, page, target)
            for form in (f"/imports/{import_id}/rerun", f"/imports/{import_id}/redrive", "/import"):
                status, page = pages.post(form)
                self.assertEqual(status, 403, page)
                self.assertIn("--allow-changes", page)
        before = len(self.stack._executions())
        with self.web("--allow-changes") as pages:
            token = re.search(r'name="form_token" value="([^"]+)"', pages.get("/file")[1])[1]
            status, page = pages.post(f"/imports/{import_id}/rerun", form_token=token, chunk="1")
            self.assertEqual(status, 303, page)
        self.assertEqual(len(self.stack._executions()), before + 1)

    def test_the_pages_need_every_permission_that_the_runbook_names_and_no_other(self):
        row = "Permitted,Permitted stage,{0}:00,{0}:30,2034-05-{1}\n".format
        content = HEADER + "".join(row(hour, day) for hour in range(10, 24) for day in range(10, 29)).encode() * 8
        account = self.stack.outputs["StateMachineArn"].split(":")[4]
        document = policy(REGION, account, STACK, self.stack.outputs)
        # The emulator takes the list of a Map Run's children for one of no resource.
        found = [(action, "*" if ":mapRun:" in resource else resource) for action, resource in permissions(document)]
        first = self.imported(content, "permitted.csv")
        ended = self.stack.import_of(first)
        # The chunks of another import are tried again and again while its pages are looked at.
        show = self.stack.hide_the_buckets()
        try:
            waiting = self.stack.waiting(content, "waiting.csv")
            self.addCleanup(self.stack.sfn.stop_execution, executionArn=waiting["executionArn"])
            targets = (
                "/imports",
                f"/imports/{ended}",
                f"/imports/{self.stack.import_of(waiting)}/chunks/1",
                "/day/2034-05-12",
                "/performer?name=Permitted",
                "/set?name=Permitted&stage=Permitted%20stage&date=2034-05-12&start=20:00",
            )
            with self.web(policy=allowing(found)) as pages:
                for target in targets:
                    status, page = pages.get(target)
                    self.assertEqual(status, 200, f"{target}: {page}")
                self.assertIn("Chunk 1, loading", pages.get(targets[2])[1])
                for one in found:
                    with self.subTest(one):
                        self.needed(one, found, targets, pages)
                self.stack.permit(allowing(found))
                self.assertIn("Chunk 1, loading", pages.get(targets[2])[1])
        finally:
            show()

    def needed(self, one, found, targets, pages):
        """Fails unless a page, or the start of the command, fails without one permission of those found."""
        action, resource = one
        others = [other for other in found if other != one]
        if action == "s3:GetObjectVersion":
            # The emulator's events name no version.
            return
        if one == ("states:ListExecutions", self.stack.outputs["StateMachineArn"]):
            others = [other for other in others if other[0] != action]
        if action.startswith("cloudformation:"):
            with self.assertRaisesRegex(NotStarted, "DescribeStacks"), self.web(policy=allowing(others)):
                pass
            return
        self.stack.permit(allowing(others))
        refused = next((page for status, page in map(pages.get, targets) if status != 200), None)
        self.assertIsNotNone(refused, f"no page needs {action} on {resource}")
        self.assertIn(action.split(":")[1].lower(), refused.lower())

    def test_rejected_rows_are_kept_and_reported(self):
        content = (SAMPLES / "bad-rows.csv").read_bytes()
        execution = self.imported(content, "bad-rows.csv")
        self.assertEqual(execution["status"], "SUCCEEDED", self.stack.errors(execution))
        summary = self.summary(execution)
        self.assertEqual(summary["outcome"], "PARTIAL")
        rows = summary["rows"]
        self.assertGreater(rows["rejected"], 0)
        self.assertEqual(rows["read"], rows["written"] + rows["rejected"] + rows["replaced"])
        bucket = self.stack.outputs["ImportsBucket"]
        prefix = f"imports/{self.stack.import_of(execution)}/rejects/"
        listed = self.stack.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
        bodies = [self.stack.s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in listed]
        records = [record for body in bodies for record in csv.DictReader(io.StringIO(body.decode(errors="replace"), newline=""))]
        self.assertEqual(len(records), rows["rejected"])
        self.stack.message("bad-rows.csv", str(rows["rejected"]))

    def test_a_file_that_is_no_lineup_fails_and_says_why(self):
        execution = self.imported(b"Band,Where\nHozier,River Stage\n", "no-lineup.csv")
        self.assertEqual(execution["status"], "FAILED")
        self.assertEqual(execution["error"], "InvalidInput")
        self.assertIn("no column Start", execution["cause"])
        self.stack.message("no-lineup.csv", "no column Start")

    def test_a_stopped_execution_is_reported(self):
        functions = self.emulator.client("lambda")
        # When it is throttled, the first state retries for minutes. That is enough time to stop it.
        functions.put_function_concurrency(FunctionName=f"{STACK}-split", ReservedConcurrentExecutions=0)
        try:
            machine = self.stack.outputs["StateMachineArn"]
            detail = {"bucket": {"name": "gone"}, "object": {"key": "gone.csv", "size": 1, "etag": "0" * 32, "sequencer": "1"}}
            arn = self.stack.sfn.start_execution(stateMachineArn=machine, input=json.dumps({"detail": detail}))["executionArn"]
            self.stack.sfn.stop_execution(executionArn=arn)
        finally:
            functions.delete_function_concurrency(FunctionName=f"{STACK}-split")
        self.assertEqual(self.stack.ended(arn)["status"], "ABORTED")
        self.stack.message("ended ABORTED", f"redrive-execution --region {REGION} --execution-arn {arn}")

    def test_an_execution_with_any_input_ends_with_a_message(self):
        machine = self.stack.outputs["StateMachineArn"]
        for text in ("{}", "[]", '{"detail": {}}', '{"rerun": {"import_id": 7}}', '{"rerun": {"import_id": "none"}}'):
            ended = self.stack.ended(self.stack.sfn.start_execution(stateMachineArn=machine, input=text)["executionArn"])
            self.assertEqual((ended["status"], ended["error"]), ("FAILED", "InvalidInput"), text)
            self.stack.message("nothing was imported: InvalidInput", ended["executionArn"])

    def test_a_rerun_is_refused_while_an_execution_of_the_import_runs(self):
        import_id = self.stack.import_of(self.imported((SAMPLES / "weekend.csv").read_bytes(), "runs.csv"))
        functions, recover = self.emulator.client("lambda"), f"{STACK}-recover"
        functions.put_function_concurrency(FunctionName=recover, ReservedConcurrentExecutions=0)
        rerun = json.dumps({"rerun": {"import_id": import_id}})
        machine = self.stack.outputs["StateMachineArn"]
        running = self.stack.sfn.start_execution(stateMachineArn=machine, input=rerun)["executionArn"]
        try:
            refused = self.lineup("rerun", import_id, "--chunk", "1", code=2, said="stderr")
        finally:
            functions.delete_function_concurrency(FunctionName=recover)
            self.stack.sfn.stop_execution(executionArn=running)
        self.assertIn("is still running", refused)
        # Nothing of it was deleted.
        self.stack.document(import_id, "results/00001.json")

    def test_what_nobody_meant_to_upload_starts_nothing(self):
        left_out = ("2025/.DS_Store", "2025/~$lineup.xlsx")
        for key in left_out:
            self.stack.upload(b"no lineup", key)
        # Events are delivered in order. So the first uploads' events were handled before the last import ended.
        self.imported((SAMPLES / "lineup.csv").read_bytes(), "after-them.csv")
        inputs = [
            self.stack.sfn.describe_execution(executionArn=one["executionArn"])["input"] for one in self.stack._executions()
        ]
        self.assertFalse([text for text in inputs for key in left_out if key in text])

    def test_a_file_whose_survey_is_left_to_the_map_has_the_same_items(self):
        content = many_rows("Surveyed band")
        undo = self.stack.leave_survey_to_the_map()
        try:
            execution = self.imported(content, "surveyed.csv")
        finally:
            undo()
        self.assertEqual(execution["status"], "SUCCEEDED", self.stack.errors(execution))
        runs = self.stack.sfn.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
        self.assertEqual(len(runs), 2)
        self.assertEqual(self.summary(execution)["rows"]["written"], 1500)
        rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
        keys = {(row["Performer"], f"{row['Date']}#{row['Start']}#{row['Stage']}") for row in rows}
        self.assertEqual(self.items_of(content).keys(), keys)

    def test_a_file_whose_runs_are_gathered_and_compared_in_ranges_replaces_the_one_before(self):
        row = "Gathered band {0:04},Stage {1},{2:02}:00,{3:02}:00,2033-07-12,{4}\n".format
        rows = [row(n, n % 11, n % 23, n % 23 + 1, "x" * 40) for n in range(1500)]
        header = "Performer,Stage,Start,End,Date,Note\n"
        undo = self.stack.gather()
        try:
            # The first row stands once more at the end, in another chunk.
            first = self.imported("".join([header, *rows, rows[0]]).encode(), "gathered.csv")
            second = self.imported("".join([header, *rows[1:]]).encode(), "gathered.csv")
        finally:
            undo()
        for execution in (first, second):
            self.assertEqual(execution["status"], "SUCCEEDED", self.stack.errors(execution))
        # The survey, one pass or more that gathers, and the load.
        runs = self.stack.sfn.list_map_runs(executionArn=first["executionArn"])["mapRuns"]
        self.assertGreater(len(runs), 2)
        written = self.summary(first)["rows"]
        self.assertEqual((written["written"], written["replaced"]), (1500, 1))
        changes = self.stack.document(self.stack.import_of(second), "changes.json")["differences"]
        self.assertEqual((changes["removed"], changes["unchanged"], changes["added"]), (1, 1499, 0))

    def test_a_dry_run_writes_no_row_and_says_so(self):
        execution = self.imported(many_rows("Dry band"), "dry.csv", "--metadata", "dry-run=true")
        self.assertEqual(execution["status"], "SUCCEEDED", self.stack.errors(execution))
        self.assertEqual(self.summary(execution)["rows"]["read"], 1500)
        self.assertFalse([item for item in self.stack.table() if item["Performer"].startswith("Dry band")])
        self.stack.message("dry.csv", "nothing was written")

    def test_a_duplicate_event_is_imported_once(self):
        content = (SAMPLES / "lineup.csv").read_bytes()
        first = self.imported(content, "twice.csv")
        again = self.stack.sfn.start_execution(stateMachineArn=self.stack.outputs["StateMachineArn"], input=first["input"])
        second = self.stack.ended(again["executionArn"])
        self.assertEqual(second["status"], "SUCCEEDED")
        self.assertEqual(json.loads(second["output"])["import"]["duplicate_of"], first["executionArn"])

    def test_a_corrected_file_takes_the_place_of_the_one_before(self):
        row = "{0},Corrected stage,{1},{2},2032-05-01\n".format
        header = "Performer,Stage,Start,End,Date\n"
        before = header + row("Moves", "20:00", "21:00") + row("Goes", "21:00", "22:00") + row("Stays", "22:00", "23:00")
        after = header + row("Moves", "20:30", "21:30") + row("Stays", "22:00", "23:00")
        for content in (before, after):
            ended = self.imported(content.encode(), "corrected.csv")
            self.assertEqual(ended["status"], "SUCCEEDED", self.stack.errors(ended))
        answer = json.loads(self.lineup("query", "stage", "Corrected stage", "--format", "json"))
        self.assertEqual([(one["Performer"], one["Start"]) for one in answer], [("Moves", "20:30"), ("Stays", "22:00")])
        changes = self.stack.document(self.stack.import_of(ended), "changes.json")["differences"]
        self.assertEqual((changes["moved"], changes["removed"], changes["unchanged"]), (1, 1, 1))
        removed = json.loads(self.lineup("remove", "corrected.csv", "--yes", "--json"))
        self.assertEqual((removed["outcome"], removed["changes"]["differences"]["removed"]), ("SUCCEEDED", 2))
        self.lineup("query", "stage", "Corrected stage", code=4)

    def test_a_rerun_loads_chosen_chunks_again(self):
        first = self.imported((SAMPLES / "weekend.csv").read_bytes(), "again.csv")
        import_id = self.stack.import_of(first)
        rerun = json.dumps({"rerun": {"import_id": import_id, "chunks": [1]}})
        again = self.stack.sfn.start_execution(stateMachineArn=self.stack.outputs["StateMachineArn"], input=rerun)
        ended = self.stack.ended(again["executionArn"])
        self.assertEqual(ended["status"], "SUCCEEDED", self.stack.errors(ended))
        result = self.stack.document(import_id, "results/00001.json")
        self.assertEqual(result["execution_arn"], again["executionArn"])

    def test_a_rerun_completes_an_import_of_which_one_chunk_failed(self):
        content = many_rows("Late band")
        give_back = self.stack.denied("LoadRole", "Load", "s3:PutObject", "*/results/00002.json")
        try:
            first = self.imported(content, "one-chunk-fails.csv")
        finally:
            give_back()
        self.assertEqual((first["status"], first["error"]), ("FAILED", "ChunksNotLoaded"), self.stack.errors(first))
        import_id = self.stack.import_of(first)
        summary = self.stack.document(import_id, "summary.json")
        self.assertEqual([chunk["chunk"] for chunk in summary["failed_chunks"]], [2])
        self.stack.message("one-chunk-fails.csv", f" rerun {import_id}")

        # The emulator has no redrive: the command says so and what to do instead.
        refused = self.lineup("redrive", import_id, code=1, said="stderr")
        self.assertIn(f"`lineup rerun {import_id}`", refused)
        self.assertIn("states:RedriveExecution", refused)

        said = json.loads(self.lineup("rerun", import_id, "--json"))
        self.assertEqual(said["outcome"], "SUCCEEDED")
        self.assertEqual(said["rows"], {"read": 1500, "written": 1500, "rejected": 0, "replaced": 0})
        self.assertEqual(said["chunks"], {"total": summary["chunks"]["total"], "loaded": summary["chunks"]["total"], "failed": 0})
        loaded_by = {n: self.stack.document(import_id, f"results/{n:05}.json")["execution_arn"] for n in (1, 2)}
        self.assertEqual(loaded_by, {1: first["executionArn"], 2: said["execution_arn"]})
        rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
        keys = {(row["Performer"], f"{row['Date']}#{row['Start']}#{row['Stage']}") for row in rows}
        self.assertEqual(self.items_of(content).keys(), keys)

    def test_every_permission_of_an_import_is_needed(self):
        # But s3:GetObjectVersion, since the emulator's events name no version, and s3:ListBucket where it only
        # makes S3 say 404 instead of 403, since the emulator says 404 anyway. s3:AbortMultipartUpload is for conversions that fail.
        for role, action, resource in (
            ("ConvertRole", "s3:GetObject", "uploads"),
            ("ConvertRole", "s3:GetObject", "converted.json"),
            ("ConvertRole", "s3:PutObject", "converted.csv"),
            ("ConvertRole", "s3:PutObject", "converted.json"),
            ("SplitRole", "s3:GetObject", "converted.json"),
            ("SplitRole", "s3:GetObject", "converted.csv"),
            ("LoadRole", "s3:GetObject", "converted.csv"),
            ("SplitRole", "s3:GetObject", "uploads"),
            ("SplitRole", "s3:PutObject", "claim.json"),
            ("SplitRole", "s3:PutObject", "manifest.json"),
            ("SplitRole", "s3:PutObject", "chunks.jsonl"),
            ("SplitRole", "s3:PutObject", "skips"),
            ("LoadRole", "s3:GetObject", "skips"),
            ("SurveyRole", "s3:GetObject", "uploads"),
            ("SurveyRole", "s3:GetObject", "surveys"),
            ("SurveyRole", "s3:GetObject", "converted.csv"),
            ("SurveyRole", "s3:PutObject", "*.json"),
            ("SurveyRole", "s3:PutObject", "*.run"),
            ("SurveyRole", "s3:PutObject", "*.replaced"),
            ("SurveyRole", "s3:PutObject", "*.rejected"),
            ("SplitRole", "s3:PutObject", "rejected-performers.json"),
            ("SplitRole", "s3:GetObject", "lineups"),
            ("SplitRole", "s3:PutObject", "lineups"),
            ("HoldRole", "s3:GetObject", "manifest.json"),
            ("HoldRole", "s3:GetObject", "rejected-performers.json"),
            ("HoldRole", "s3:GetObject", "lineups"),
            ("HoldRole", "s3:PutObject", "changes.json"),
            ("HoldRole", "s3:GetObject", "compared"),
            ("HoldRole", "s3:PutObject", "compared"),
            ("HoldRole", "s3:PutObject", "obsolete"),
            ("LoadRole", "s3:GetObject", "lineup.json"),
            ("RemoveRole", "s3:GetObject", "manifest.json"),
            ("RemoveRole", "s3:GetObject", "changes.json"),
            ("RemoveRole", "s3:GetObject", "obsolete"),
            ("RemoveRole", "s3:GetObject", "lineup.json"),
            ("RemoveRole", "s3:PutObject", "removed.json"),
            ("RemoveRole", "s3:ListBucket", "imports"),
            ("RemoveRole", "dynamodb:DeleteItem", "PerformancesTable"),
            ("RemoveRole", "dynamodb:BatchWriteItem", "CalendarTable"),
            ("SummarizeRole", "s3:GetObject", "changes.json"),
            ("SummarizeRole", "s3:GetObject", "lineup.json"),
            ("SummarizeRole", "s3:PutObject", "lineup.json"),
            ("SummarizeRole", "s3:GetObject", "day-starts.json"),
            ("SummarizeRole", "s3:PutObject", "day-starts.json"),
            ("SplitRole", "s3:GetObject", "surveys"),
            ("SplitRole", "s3:PutObject", "survey.json"),
            ("SplitRole", "s3:PutObject", "ranges"),
            ("LoadRole", "s3:GetObject", "uploads"),
            ("LoadRole", "s3:GetObject", "manifest.json"),
            ("LoadRole", "s3:PutObject", "results"),
            ("LoadRole", "s3:PutObject", "rejects"),
            ("LoadRole", "dynamodb:BatchWriteItem", "PerformancesTable"),
            ("LoadRole", "dynamodb:BatchWriteItem", "CalendarTable"),
            ("LoadRole", "dynamodb:Query", "CalendarTable"),
            ("SummarizeRole", "s3:ListBucket", "imports"),
            ("SummarizeRole", "s3:GetObject", "manifest.json"),
            ("SummarizeRole", "s3:GetObject", "results"),
            ("SummarizeRole", "s3:GetObject", "rejects"),
            ("SummarizeRole", "s3:PutObject", "summary.json"),
            ("NotifyRole", "sns:Publish", ""),
        ):
            with self.subTest(role=role, action=action, resource=resource):
                self.fails_without(role, action, resource)

    def fails_without(self, role, action, resource):
        name = re.sub(r"\W", "-", f"without-{role}-{action}-{resource}") + ".csv"
        # A new day, so that the calendar is queried and written, and a rejected row, so that rejects are written.
        day = f"2031-{1 + len(name) % 12:02}-{1 + sum(name.encode()) % 28:02}"
        content = f"Performer,Stage,Start,End,Date\n{name},{name},20:00,21:00,{day}\n{name},{name},late,21:00,{day}\n"
        if role == "SurveyRole" or resource in ("skips", "ranges", "compared"):
            # More chunks than one, with a key that the first has twice, and the last again.
            rows = [f"{name},{name} {n},20:00,21:00,{day}\n" for n in (0, 0, *range(300), 0)]
            if resource == "ranges":
                # Ranges are cut between performers.
                rows = [f"{name} {n},{name},20:00,21:00,{day}\n" for n in range(300)]
            content = "".join([content, *rows])
        content = content.encode()
        if role == "ConvertRole" or resource.startswith("converted"):
            name, content = f"{name}.gz", gzip.compress(content)
        if role in ("HoldRole", "RemoveRole"):
            # A version before, of which a row is to be removed.
            earlier = self.imported(content + f"Gone,{name},22:00,23:00,{day}\n".encode(), name)
            self.assertEqual(earlier["status"], "SUCCEEDED", self.stack.errors(earlier))
        undo = [self.stack.without(role, role.removesuffix("Role"), action, resource)]
        if resource in ("ranges", "compared"):
            undo.append(self.stack.gather())
        elif role == "SurveyRole" or "survey" in resource:
            undo.append(self.stack.leave_survey_to_the_map())
        options = ("--metadata", "day-starts=05:00") if resource == "day-starts.json" else ()
        try:
            execution = self.imported(content, name, *options)
        finally:
            for undo_one in undo:
                undo_one()
        self.assertEqual(execution["status"], "FAILED")
        errors = self.stack.errors(execution)
        self.assertIn("AccessDenied", errors)
        self.assertIn(action.split(":")[1].lower(), errors.lower())


if __name__ == "__main__":
    result = unittest.main(verbosity=2, exit=False).result
    # A test may have several failed parts.
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(not result.wasSuccessful())
