"""A packaged function under the Lambda Runtime API, on this machine.

It is one process, started like a cold sandbox. It gets events one at a time
(Lambda guide, "Using the Lambda runtime API").
"""

import http.server
import json
import os
import pathlib
import queue
import subprocess
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "package"
ENDS_WITHIN = 900
ENVIRONMENT = {
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    "AWS_LAMBDA_LOG_GROUP_NAME": "group",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "IMPORTS_BUCKET": "imports",
    "PERFORMANCES_TABLE": "performances",
    "CALENDAR_TABLE": "calendar",
    "TOPIC_ARN": "arn:aws:sns:eu-central-1:000000000000:topic",
}


def bootstrap(name, folder):
    """Extracts the binary of a function's zip into `folder`."""
    with zipfile.ZipFile(PACKAGE / f"{name}.zip") as archive:
        path = pathlib.Path(archive.extract("bootstrap", pathlib.Path(folder) / name))
    path.chmod(0o755)
    return path


class Sandbox:
    """The function's process, for as long as a `with` block lasts."""

    def __init__(self, binary, **environment):
        self._binary = binary
        self._environment = ENVIRONMENT | environment
        self._api = RuntimeApi()

    def __enter__(self):
        threading.Thread(target=self._api.serve_forever, daemon=True).start()
        address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}"}
        self._started = time.perf_counter()
        self._process = subprocess.Popen([self._binary], env=self._environment | address, stdout=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        self._api.events.put(None)
        self._api.shutdown()
        self._api.server_close()

    def cold_start(self):
        """Milliseconds from the start of the process to its first request for an event."""
        return (self._api.asked.get(timeout=10) - self._started) * 1000

    def invoke(self, event):
        """Returns the function's answer. Raises the error that it reports."""
        self._api.events.put(event)
        path, answer = self._api.answers.get(timeout=ENDS_WITHIN)
        if not path.endswith("/response"):
            raise RuntimeError(f"{self._binary}: {answer}")
        return answer

    def peak_megabytes(self):
        """The peak of its resident memory so far."""
        status = pathlib.Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1e3

    def processor_seconds(self):
        """User and system processor time of all threads so far."""
        # The clock id that clock_getcpuclockid(3) returns for another process on Linux. Python lacks this call.
        return time.clock_gettime(~self._process.pid << 3 | 2)


class RuntimeApi(http.server.ThreadingHTTPServer):
    """The four routes of the API. An invocation may take `ends_within` seconds."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Routes)
        self.ends_within = ENDS_WITHIN
        self.asked, self.events, self.answers = queue.Queue(), queue.Queue(), queue.Queue()

    def handle_error(self, *_):
        """Ignores the broken connection: the process is always killed during a request."""


class _Routes(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.server.asked.put(time.perf_counter())
        event = self.server.events.get()
        if event is not None:
            self._answer(200, json.dumps(event).encode())

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.answers.put((self.path, body))
        self._answer(202, b"{}")

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Lambda-Runtime-Aws-Request-Id", "11111111-1111-1111-1111-111111111111")
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + self.server.ends_within) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-central-1:000000000000:function:measured")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass
