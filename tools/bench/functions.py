"""Runs the packaged functions, each in a warm sandbox of its own."""

import json
import os
import time

from sandbox import Sandbox, bootstrap

from .processes import check

EXECUTION = "arn:aws:states:eu-central-1:000000000000:execution:lineup-import:bench"
STATE_MACHINE = "arn:aws:states:eu-central-1:000000000000:stateMachine:lineup-import"
TABLES = {"PERFORMANCES_TABLE": "Performances", "CALENDAR_TABLE": "Calendar"}


class Import:
    """One file that is run through the functions. With `copies`, its rows are repeated, and its first line is the header."""

    def __init__(self, services, folder, file, copies=1, **metadata):
        self._services, self._folder = services, folder
        self.size = os.path.getsize(file)
        if copies > 1:
            with open(file, "rb") as opened:
                head = len(opened.readline())
            self.size = head + (self.size - head) * copies
        etag = services.put("uploads/lineup.csv", file, copies, **metadata)
        entry = {"key": "lineup.csv", "size": self.size, "etag": etag, "sequencer": "1"}
        self.state = {"detail": {"bucket": {"name": "uploads"}, "object": entry}}

    def split(self):
        """Splits the file. Returns the cost. `split` may ask for a conversion instead, or for a survey."""
        return self._split()

    def _split(self, **surveyed):
        event = {"detail": self.state["detail"], "execution_arn": EXECUTION} | surveyed
        took, [self.state["import"]] = self._run("split", [event])
        if self.state["import"]["chunks"]:
            lines = self._services.get(f"imports/{self.state['import']['chunks']['key']}").splitlines()
            self.chunks = [json.loads(line) for line in lines]
        return took

    def convert(self):
        """Converts the file. Returns the cost, with the size of the text."""
        took, [output] = self._run("convert", [{"detail": self.state["detail"], "execution_arn": EXECUTION}])
        return took | {"bytes": output["bytes"]}

    def survey(self):
        """Surveys every chunk, one after another, and decides. Returns the cost of each pass, which `split` asked for."""
        passes = []
        while number := self.state["import"]["survey"]:
            event = {"import_id": self.state["import"]["import_id"], "pass": number}
            took, _ = self._run("survey", [event | {"chunk": chunk} for chunk in self.chunks])
            passes.append({"survey": took, "decide": self._split(surveyed=number)})
        return passes

    def load(self, rows):
        """Loads every chunk, one after another. Returns the cost without the start of the function."""
        plan, before = self.state["import"], self._services.items()
        event = {"import_id": plan["import_id"], "source": plan["source"], "execution_arn": EXECUTION}
        took, answers = self._run("load", [event | {"chunk": chunk} for chunk in self.chunks])
        written = sum(answer["progress"]["rows"]["written"] for answer in answers)
        check("rows written", (written, all(answer["done"] for answer in answers)), (rows, True))
        check("items at the endpoint", self._services.items() - before, rows)
        return took

    def finish(self, rows):
        """Runs `summarize`, `notify`, and `recover` for the first chunk. Returns the cost of each."""
        event = {"state": self.state, "execution_arn": EXECUTION}
        took = {}
        took["summarize"], [summary] = self._run("summarize", [event])
        check("rows of the summary", (summary["outcome"], summary["rows"]["written"]), ("SUCCEEDED", rows))
        told = {"state": self.state | {"summary": summary}, "execution_arn": EXECUTION, "state_machine_arn": STATE_MACHINE}
        took["notify"], _ = self._run("notify", [told])
        rerun = {"rerun": {"import_id": self.state["import"]["import_id"], "chunks": [1]}, "execution_arn": EXECUTION}
        took["recover"], [plan] = self._run("recover", [rerun])
        check("chunks to load again", plan["chunks"]["count"], 1)
        return took

    def _run(self, name, events):
        """Invokes a function in a new sandbox, once for each event. Returns the cost without its start."""
        binary = bootstrap(name, self._folder)
        with Sandbox(binary, **TABLES, **self._services.environment) as sandbox:
            sandbox.cold_start()
            before, seconds, answers = sandbox.processor_seconds(), 0.0, []
            for event in events:
                started = time.perf_counter()
                answers.append(sandbox.invoke(event))
                seconds += time.perf_counter() - started
            processor = sandbox.processor_seconds() - before
            peak = sandbox.peak_megabytes()
        return {"seconds": seconds, "processor": processor, "peak_mb": peak}, answers
