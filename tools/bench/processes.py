"""Runs programs and measures their cost."""

import dataclasses
import http.client
import json
import os
import pathlib
import subprocess
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RELEASE = TARGET / "release"
PROGRAM = RELEASE / "lineup-bench"
LINEUP = RELEASE / "lineup"


@dataclasses.dataclass
class Ran:
    """The output of a program, with its seconds of elapsed and of processor time."""

    output: str
    seconds: float
    processor: float


def run(*command, environment=None):
    """Runs a program to its end; raises if it failed."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True, env=environment)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Ran(output, seconds, usage.ru_utime + usage.ru_stime)


@dataclasses.dataclass
class Streamed:
    """What a program printed: how many lines, the seconds until the first one and until the end, and its peak memory."""

    lines: int
    first: float
    seconds: float
    peak_mib: float


def stream(*command):
    """Runs a program and reads what it prints as it comes; raises if it failed."""
    started = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)
    with PeakMemory(process.pid) as peak:
        lines = 1 if process.stdout.readline() else 0
        first = time.perf_counter() - started
        lines += sum(1 for _ in process.stdout)
        # The process has closed its output, and ends next: its memory is known until it is waited for.
        seconds = time.perf_counter() - started
    if process.wait() != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Streamed(lines, first, seconds, peak.mib)


class PeakMemory:
    """The most memory that a process has had (proc(5), VmHWM), looked at every few milliseconds. `ru_maxrss` is no less than
    the memory of the process that started it."""

    def __init__(self, pid):
        self._status, self.mib, self._done = pathlib.Path(f"/proc/{pid}/status"), 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _look(self):
        while not self._done.wait(0.005):
            found = next((line for line in self._status.read_text().splitlines() if line.startswith("VmHWM:")), None)
            # A process that has ended has none.
            if found is None:
                return
            self.mib = max(self.mib, int(found.split()[1]) / 1024)


def check(name, found, expected):
    """Raises if a result is not the expected one, because its measurement would mean nothing."""
    if found != expected:
        raise RuntimeError(f"{name}: {found!r}, expected {expected!r}")


class Services:
    """S3 and SNS in memory, and a DynamoDB that only acknowledges, in a process of their own."""

    def __init__(self, delay_ms=0, record=None):
        options = ["--delay-ms", str(delay_ms)] + (["--record", str(record)] if record else [])
        self._command = [PROGRAM, "services", *options]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        urls = json.loads(self._process.stdout.readline())
        self.endpoint = urls["endpoint"]
        self.environment = {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ENDPOINT_URL_SNS": urls["sns"]}
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()

    def items(self):
        """The number of items of the performances table that were acknowledged so far."""
        self._process.stdin.write("\n")
        return json.loads(self._process.stdout.readline())["Performances"]["items"]

    def put(self, path, file, copies=1, **metadata):
        """Writes an object in which the lines after the file's first are repeated. Returns its entity tag."""
        host = self.endpoint.removeprefix("http://")
        headers = {"x-lineup-testing-copies": str(copies)}
        headers |= {f"x-amz-meta-{name.replace('_', '-')}": str(value) for name, value in metadata.items()}
        connection = http.client.HTTPConnection(host)
        with open(file, "rb") as body:
            connection.request("PUT", f"/{path}", body, headers | {"Content-Length": str(os.path.getsize(file))})
        answer = connection.getresponse()
        answer.read()
        check(f"PUT {path}", answer.status, 200)
        return answer.getheader("etag").strip('"')

    def get(self, path):
        """An object."""
        with urllib.request.urlopen(f"{self.endpoint}/{path}") as answer:
            return answer.read()
