"""How long each packaged function takes from its start to its first request for an event.

Runs the bootstraps of target/package against a Runtime API that answers
nothing, as a cold sandbox does before its first event (Lambda guide, "Using
the Lambda runtime API"). Prints the median, the slowest and the memory.
"""

import http.server
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "package"
STARTS = 21


class RuntimeApi(http.server.ThreadingHTTPServer):
    """Notes when a function asks for its first event, and lets it wait."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = threading.Event()
        self.at = 0.0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.at = time.perf_counter()
        self.server.asked.set()
        self.server.ended.wait()

    def log_message(self, *_):
        pass


def environment(port):
    return {
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "cold",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
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


def cold_start(bootstrap):
    """Milliseconds to the first request, and resident kilobytes then."""
    with RuntimeApi() as api:
        api.ended = threading.Event()
        threading.Thread(target=api.serve_forever, daemon=True).start()
        started = time.perf_counter()
        process = subprocess.Popen([bootstrap], env=environment(api.server_port), stdout=subprocess.DEVNULL)
        try:
            if not api.asked.wait(10):
                raise RuntimeError(f"{bootstrap} asked for no event")
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.kill()
            process.wait()
            api.ended.set()
            api.shutdown()
    resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return (api.at - started) * 1000, resident


def main():
    with tempfile.TemporaryDirectory() as folder:
        print(f"{'function':10} {'zip MB':>7} {'median ms':>10} {'slowest ms':>11} {'MB resident':>12}")
        for path in sorted(PACKAGE.glob("*.zip")):
            with zipfile.ZipFile(path) as archive:
                bootstrap = pathlib.Path(archive.extract("bootstrap", pathlib.Path(folder) / path.stem))
            bootstrap.chmod(0o755)
            starts = [cold_start(bootstrap) for _ in range(STARTS)]
            times = [milliseconds for milliseconds, _ in starts]
            print(
                f"{path.stem:10} {path.stat().st_size / 1e6:7.2f} {statistics.median(times):10.1f} "
                f"{max(times):11.1f} {max(kilobytes for _, kilobytes in starts) / 1e3:12.1f}"
            )


if __name__ == "__main__":
    main()
