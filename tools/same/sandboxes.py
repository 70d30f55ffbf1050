"""The functions of a program, each behind a Runtime API of ours (`lineup function NAME`)."""

import json
import queue
import subprocess
import threading

import sandbox

from . import services

ENDS_WITHIN = 90
STATE_MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:lineup-import"
EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:lineup-import:same"
TOPIC = "arn:aws:sns:us-east-1:000000000000:lineup-imports"
ENVIRONMENT = {
    "IMPORTS_BUCKET": services.IMPORTS,
    "PERFORMANCES_TABLE": "Performances",
    "CALENDAR_TABLE": "Calendar",
    "TOPIC_ARN": TOPIC,
    "MAX_CONCURRENCY": "2",
}


class Functions:
    """The functions, for as long as a `with` block lasts. Each starts at its first call."""

    def __init__(self, program, endpoints, **environment):
        """An `environment` value of None removes a variable."""
        everything = {**sandbox.ENVIRONMENT, **ENVIRONMENT, **endpoints, "AWS_REGION": "us-east-1", **environment}
        self._environment = services.environment(**{n: v for n, v in everything.items() if v is not None})
        self._program, self._running = program, {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for function in self._running.values():
            function.stop()

    def invoke(self, name, event, ends_within=sandbox.ENDS_WITHIN):
        """(whether it succeeded, its answer as JSON text). The end of the process counts as an answer."""
        if name not in self._running:
            self._running[name] = _Function(self._program, name, self._environment)
        succeeded, answer = self._running[name].invoke(event, ends_within)
        if succeeded is None:
            self._running.pop(name).stop()
        return succeeded is True, answer


class _Function:
    def __init__(self, program, name, environment):
        self._api = sandbox.RuntimeApi()
        threading.Thread(target=self._api.serve_forever, daemon=True).start()
        address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}"}
        # It ends itself when its standard input ends.
        self._process = subprocess.Popen(
            [str(program), "function", name],
            env=environment | address,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def invoke(self, event, ends_within):
        """As [`Functions.invoke`]; None if the process does not answer any more."""
        self._api.ends_within = ends_within
        self._api.events.put(event)
        for _ in range(ENDS_WITHIN):
            try:
                path, answer = self._api.answers.get(timeout=1)
            except queue.Empty:
                if self._process.poll() is not None:
                    return None, f"the process ended with {self._process.returncode}"
                continue
            return path.endswith("/response"), json.dumps(answer, indent=1, ensure_ascii=False)
        return None, f"no answer within {ENDS_WITHIN} s"

    def stop(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._api.events.put(None)
        self._api.shutdown()
        self._api.server_close()
