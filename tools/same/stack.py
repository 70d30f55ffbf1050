"""Cases of the command on a stack, with every request that it sends.

The stack consists of the program's own services and a CloudFormation server that names them.
"""

import contextlib
import http.server
import threading

from . import services
from .commands import Terminal
from .faults import DENIED, NO_ACCESS
from .functions import LINEUP
from .proxy import Fault, Proxy

STACK = "festival"
OUTPUTS = {
    "UploadsBucket": services.UPLOADS,
    "ImportsBucket": services.IMPORTS,
    "PerformancesTable": "Performances",
    "CalendarTable": "Calendar",
    "StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:lineup-import",
}
_PROXIED = {"S3": "s3", "DYNAMODB": "dynamodb", "SFN": "sfn"}


class _CloudFormation(http.server.ThreadingHTTPServer):
    """A server that answers DescribeStacks with the outputs, for as long as a `with` block lasts."""

    daemon_threads = True

    def __init__(self, outputs):
        super().__init__(("127.0.0.1", 0), _Stacks)
        members = "".join(
            f"<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for name, value in outputs.items()
        )
        stack = (
            f"<member><StackName>{STACK}</StackName><CreationTime>2025-07-12T00:00:00Z</CreationTime>"
            f"<StackStatus>CREATE_COMPLETE</StackStatus><Outputs>{members}</Outputs></member>"
        )
        self.answer = (
            '<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
            f"<DescribeStacksResult><Stacks>{stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
        ).encode()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server_port}"

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class _Stacks(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_):
        pass


class _Stack:
    """Runs commands on the stack, and notes what they print and send."""

    def __init__(self, build, folder, faults=(), outputs=OUTPUTS):
        self._terminal = Terminal(build, folder)
        self._faults, self._outputs, self._requests = faults, outputs, []
        self.notes = self._terminal.notes

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            build, folder = self._terminal.build, self._terminal.folder
            running = stack.enter_context(services.Services(build.lineup, folder / "data"))
            endpoints = {service: running.endpoints[f"AWS_ENDPOINT_URL_{v}"] for v, service in _PROXIED.items()}
            endpoints["cloudformation"] = stack.enter_context(_CloudFormation(self._outputs))
            self._environment = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
            for service, endpoint in endpoints.items():
                faults = [fault for fault in self._faults if fault.service == service]
                one = stack.enter_context(Proxy(service, endpoint, self._requests, faults))
                self._environment[f"AWS_ENDPOINT_URL_{service.upper()}"] = one.endpoint
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def run(self, *arguments, **options):
        """Runs a command. A request that it repeats is noted once, because polling repeats requests."""
        self._requests.clear()
        ran = self._terminal.run("--stack", STACK, *arguments, **options, **self._environment)
        texts = {self._terminal.mask.anonymous(sent.text) for sent in list(self._requests)}
        command = self._terminal.mask.text(" ".join(map(str, arguments)))
        self.notes.add(f"requests of lineup {command}", "\n".join(sorted(texts)))
        return ran


def everything(build, folder):
    """Each command, on one import."""
    with _Stack(build, folder) as stack:
        (folder / "lineup.csv").write_bytes(LINEUP)
        stack.run("import", "lineup.csv", "--chunk-bytes", 16384, "--concurrency", 2)
        stack.run("imports", table=True)
        import_id = stack.run("imports", "--json").stdout.split('"')[3]
        stack.run("show", import_id, table=True)
        stack.run("rejects", import_id)
        stack.run("rerun", import_id, "--chunk", 1, "--json")
        stack.run("redrive", import_id)
        stack.run("export", order=False)
        for question in [
            ("days",),
            ("stages",),
            ("stages", "--date", "2025-07-12"),
            ("performer", "Hozier"),
            ("stage", "river stage"),
            ("stage", "River Stage", "--date", "2025-07-12", "--from", "18:00", "--to", "02:00"),
            ("at", "River Stage", "2025-07-12 18:30", "--next"),
            ("between", "2025-07-12 18:00", "2025-07-12 20:00"),
            ("popular", "--above", "50", "--date", "2025-07-12", "--limit", "2"),
        ]:
            stack.run("query", *question)
        return stack.notes


def failures(build, folder):
    """A stack that does not exist, lacks an output, or denies access."""
    all_notes = None
    without_table = {name: value for name, value in OUTPUTS.items() if name != "CalendarTable"}
    faults = [Fault("dynamodb Query", NO_ACCESS), Fault("s3 PUT", DENIED), Fault("sfn", NO_ACCESS, times=100)]
    missing = [Fault("cloudformation", (400, "ValidationError"))]
    for n, (faults, outputs) in enumerate([(faults, OUTPUTS), (missing, OUTPUTS), ([], without_table)]):
        (folder / str(n)).mkdir()
        with _Stack(build, folder / str(n), faults, outputs) as stack:
            (folder / str(n) / "lineup.csv").write_bytes(LINEUP)
            for arguments in [("query", "days"), ("import", "lineup.csv", "--json"), ("imports",)]:
                stack.run(*arguments)
            all_notes = all_notes or stack.notes
            for what, text in stack.notes.items() if all_notes is not stack.notes else ():
                all_notes.add(what, text)
    return all_notes
