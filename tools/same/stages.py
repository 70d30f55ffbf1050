"""Runs one import through the functions in the order of `statemachine/import.asl.json`, without its retries.

The object's key, the event and the ARNs are the same in every run. So import ids are the same too.
"""

import contextlib
import itertools
import json

from . import masks, notes, objects, proxy, sandboxes, services

# The upload rule does not match the key, so the services start no execution themselves.
KEY = "day 1/Zeitplan, für alle.data"
SEQUENCER = "0055AED6DCD90281E5"
MAP_RUN = {"MapRunArn": "arn:aws:states:us-east-1:000000000000:mapRun:lineup-import/LoadChunks:same"}
NEVER_LOADS = ("InvalidInput", "SourceChanged")
# Functions that send requests concurrently, in no order.
_SIDE_BY_SIDE = ("load",)
_PROXIED = {"S3": "s3", "DYNAMODB": "dynamodb", "SNS": "sns"}


class Stages:
    """The functions and the services of a program, for as long as a `with` block lasts."""

    def __init__(self, build, folder, faults=(), count=True, load_within=None, **environment):
        """Without `count`, a request that is sent several times is noted once, because the number depends on the time.
        `load_within` is how many seconds an invocation of `load` may take."""
        self._build, self._folder, self._faults = build, folder, faults
        self._count, self._environment = count, environment
        self._options = {"load": {"ends_within": load_within}} if load_within else {}
        self.notes, self.requests = notes.Notes(), []
        self._mask = masks.Masks(random_ids_only=True, folder=folder)

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.services = stack.enter_context(services.Services(self._build.lineup, self._folder / "data"))
            endpoints = {}
            for variable, service in _PROXIED.items():
                name = f"AWS_ENDPOINT_URL_{variable}"
                faults = [fault for fault in self._faults if fault.service == service]
                one = proxy.Proxy(service, self.services.endpoints[name], self.requests, faults)
                endpoints[name] = stack.enter_context(one).endpoint
            functions = sandboxes.Functions(self._build.lineup, endpoints, **self._environment)
            self._functions = stack.enter_context(functions)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def upload(self, data, **metadata):
        """Writes the source. Returns the `detail` of its event."""
        etag = self.services.put(services.UPLOADS, KEY, data, **metadata)
        entry = {"key": KEY, "size": len(data), "etag": etag, "sequencer": SEQUENCER}
        return {"bucket": {"name": services.UPLOADS}, "object": entry}

    def invoke(self, what, name, event):
        """Calls a function and notes its answer and its requests. Returns (whether it succeeded, the answer)."""
        self.requests.clear()
        succeeded, answer = self._functions.invoke(name, event, **self._options.get(name, {}))
        self.notes.add(f"{what}: answer", ("" if succeeded else "error ") + self._mask.text(answer))
        requests = list(self.requests)
        if name in _SIDE_BY_SIDE:
            firsts = dict.fromkeys(self._mask.text(_kind(sent.operation)) for sent in requests)
            self.notes.add(f"{what}: order of first requests", "\n".join(firsts))
        if name in _SIDE_BY_SIDE:
            requests.sort(key=lambda sent: _kind(sent.operation))
        for _, group in itertools.groupby(requests, key=lambda sent: _kind(sent.operation)):
            # Consecutive requests of one kind may have been concurrent.
            texts = sorted(self._mask.text(sent.text) for sent in group)
            self.notes.add(f"{what}: requests", "\n".join(texts if self._count else dict.fromkeys(texts)))
        return succeeded, json.loads(answer) if answer[:1] in "{[" else {"errorType": answer}

    def note_objects(self):
        """Notes every object of the imports."""
        objects.note(self.notes, self.services, self._mask)

    def run(self, detail):
        """Runs everything from the event to the message, and a redrive if that helps. Returns the last state."""
        state = {"detail": detail}
        succeeded, plan = self.invoke("split", "split", {"detail": detail, "execution_arn": sandboxes.EXECUTION})
        if not succeeded:
            state["summary"] = _caught(plan)
            self._notify("notify of the split", state)
            if plan.get("errorType") in NEVER_LOADS:
                return state
            return self._redrive(state)
        state["import"] = plan | {"redrives": 0}
        return self.load(state)

    def load(self, state, before="", redrives=1):
        """Loads the chunks of the plan, sums up and reports."""
        for chunk in self.chunks(state["import"]):
            self.invoke(f"{before}load of chunk {chunk['chunk']}", "load", self.load_event(state, chunk))
        state["map_run"] = MAP_RUN
        succeeded, summary = self.invoke(
            f"{before}summarize", "summarize", {"state": state, "execution_arn": sandboxes.EXECUTION}
        )
        state["summary"] = summary if succeeded else _caught(summary)
        self._notify(f"{before}notify", state)
        done = succeeded and summary["outcome"] != "FAILED"
        return state if done or not redrives else self._redrive(state)

    def load_event(self, state, chunk, **more):
        """What `load` is called with."""
        plan = state["import"]
        event = {"import_id": plan["import_id"], "source": plan["source"], "execution_arn": sandboxes.EXECUTION}
        return event | {"chunk": chunk} | more

    def _redrive(self, state):
        """Calls `AwaitRedrive` without and with a redrive, and loads the missing chunks."""
        for count in (0, 1):
            event = {"state": state, "redrive_count": count, "execution_arn": sandboxes.EXECUTION}
            succeeded, plan = self.invoke(f"redrive {count}: recover", "recover", event)
        if not succeeded or plan["source"] is None:
            return state
        state["import"] = plan | {"redrives": 1}
        return self.load(state, before="redriven: ", redrives=0)

    def _notify(self, what, state):
        event = {"state": state, "execution_arn": sandboxes.EXECUTION, "state_machine_arn": sandboxes.STATE_MACHINE}
        self.invoke(what, "notify", event)

    def chunks(self, plan):
        """The chunks that a plan lists."""
        chunks = plan.get("chunks") or {"count": 0}
        if chunks["count"] == 0:
            return []
        data, _ = self.services.get(chunks["bucket"], chunks["key"])
        return [json.loads(line) for line in data.splitlines()]


def _caught(error):
    """The error as `Catch` puts it into the state."""
    return {"Error": error.get("errorType", "Runtime.ExitError"), "Cause": json.dumps(error, separators=(",", ":"))}


def _kind(operation):
    """An operation without what tells one object from another."""
    words = operation.split(" ", 2)
    if words[0] != "s3" or len(words) < 3:
        return operation
    parts = words[2].split("/")
    # imports/<id>/results/00001.json: the results, as one.
    return " ".join([*words[:2], "/".join(parts[:4] if len(parts) > 4 else parts)])
