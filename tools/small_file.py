"""Traces the import of a small file, from the upload's event to the message, and draws it: docs/small-file.svg.

    cargo build
    python3 tools/small_file.py

The functions run one after the other, as the state machine calls them, each in a new sandbox, against an S3, a
DynamoDB and an SNS that keep what they are sent and answer 20 ms after each request. What is printed are the requests of each
function, how many of them wait for another, and what it takes with them.
"""

import argparse
import asyncio
import html
import json
import pathlib
import tempfile
import threading
import time
import urllib.parse

import sandbox

WAIT = 0.02
LINEUP = sandbox.ROOT / "target" / "debug" / "lineup"
DOCUMENT = sandbox.ROOT / "docs" / "small-file.svg"
ROWS = "".join(f"Performer {n},Main,{n % 24:02}:00,{n % 24:02}:30,2025-07-{n // 24 + 1:02}\n" for n in range(100))
FILE = ("Performer,Stage,Start,End,Date\n" + ROWS).encode()
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:lineup:one"
DETAIL = {"bucket": {"name": "uploads"}, "object": {"key": "a.csv", "size": len(FILE), "etag": "0", "sequencer": "1"}}


class Services:
    """What is stored, and when each request came and was answered."""

    def __init__(self):
        # The first import of all writes when festival days start.
        self.objects = {"uploads/a.csv": ("0", FILE), "imports/lineups/day-starts.json": ("0", b'{"lineups": {}}')}
        self.trace = []

    def answer(self, method, target, headers, body):
        """Name of the request, status, headers and body of its answer."""
        if "x-amz-target" in headers:
            name = headers["x-amz-target"].rpartition(".")[2]
            answer = {"UnprocessedItems": {}, "Items": [], "Count": 0, "ScannedCount": 0}
            return name, 200, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(answer).encode()
        if b"Action=Publish" in body:
            answer = b"<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>"
            return "Publish", 200, {}, answer
        path, _, query = target.partition("?")
        path = urllib.parse.unquote(path).lstrip("/")
        name = "keys.run" if path.endswith(".run") else path.rpartition("/")[2]
        if "list-type=2" in query:
            return self._list(path, query)
        if method == "PUT":
            return f"PUT {name}", *self._put(path, headers, body)
        if path not in self.objects:
            return f"{method} {name}", 404, {}, b"" if method == "HEAD" else b"<Error><Code>NoSuchKey</Code></Error>"
        etag, stored = self.objects[path]
        return f"{method} {name}", *self._read(method, stored, etag, headers.get("range"))

    def _list(self, path, query):
        bucket, prefix = path.strip("/"), urllib.parse.parse_qs(query)["prefix"][0]
        keys = sorted(key.removeprefix(f"{bucket}/") for key in self.objects if key.startswith(f"{bucket}/{prefix}"))
        contents = "".join(f"<Contents><Key>{html.escape(key)}</Key></Contents>" for key in keys)
        answer = f"<ListBucketResult><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        return "LIST results", 200, {}, answer.encode()

    def _put(self, path, headers, body):
        found = self.objects.get(path)
        is_there = headers.get("if-none-match") == "*" and found is not None
        is_another = "if-match" in headers and (found is None or headers["if-match"].strip('"') != found[0])
        if is_there or is_another:
            return 412, {}, b"<Error><Code>PreconditionFailed</Code></Error>"
        etag = str(len(self.trace) + 1)
        self.objects[path] = (etag, body)
        return 200, {"ETag": f'"{etag}"'}, b""

    @staticmethod
    def _read(method, stored, etag, wanted):
        if method == "HEAD":
            return 200, {"ETag": f'"{etag}"', "Content-Length": str(len(stored))}, b""
        if wanted is None:
            return 200, {"ETag": f'"{etag}"'}, stored
        begin, end = (int(number) for number in wanted.removeprefix("bytes=").split("-"))
        size, part = len(stored), stored[begin : end + 1]
        content = f"bytes {begin}-{begin + len(part) - 1}/{size}"
        return 206, {"ETag": f'"{etag}"', "Content-Range": content}, part


def decoded(headers, body):
    """The body of a request; the SDK may send it in chunks, with a checksum behind."""
    if "aws-chunked" not in headers.get("content-encoding", ""):
        return body
    size, _, rest = body.partition(b"\r\n")
    return rest[: int(size.split(b";")[0], 16)]


class Connection(asyncio.Protocol):
    """A connection of a function to the services."""

    def __init__(self, services):
        self._services, self._received = services, b""

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(body) < length:
            return
        self._received = body[length:]
        method, target, _ = first.split(" ")
        request = (method, target, headers, decoded(headers, body[:length]), time.perf_counter())
        asyncio.get_running_loop().call_later(WAIT, self._answer, *request)

    def _answer(self, method, target, headers, body, begun):
        name, status, answered, content = self._services.answer(method, target, headers, body)
        self._services.trace.append((name, begun, time.perf_counter()))
        answered = {"Content-Length": str(len(content))} | answered
        lines = "".join(f"{key}: {value}\r\n" for key, value in answered.items())
        self._transport.write(f"HTTP/1.1 {status} OK\r\n{lines}\r\n".encode() + content)


def serve(services):
    """Serves in a thread. Returns the address."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    server = loop.run_until_complete(loop.create_server(lambda: Connection(services), "127.0.0.1", 0))
    threading.Thread(target=lambda: (loop.call_soon(ready.set), loop.run_forever()), daemon=True).start()
    ready.wait()
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def run(binaries):
    """The functions of an import in order, each with its start, its first request for an event, its end and its requests."""
    services = Services()
    address, spans, answers = serve(services), [], {}
    state = {"detail": DETAIL}

    def call(name, event):
        services.trace.clear()
        begun = time.perf_counter()
        with sandbox.Sandbox(binaries[name], AWS_ENDPOINT_URL=address) as function:
            ready = begun + function.cold_start() / 1000
            answers[name] = function.invoke(event)
        end = max((end for _, _, end in services.trace), default=ready)
        spans.append((name, begun, ready, end, list(services.trace)))
        return answers[name]

    plan = call("split", {"detail": DETAIL, "execution_arn": EXECUTION})
    assert plan["held"], plan
    lines = services.objects["imports/" + plan["chunks"]["key"]][1].splitlines()
    item = {"import_id": plan["import_id"], "source": plan["source"], "execution_arn": EXECUTION}
    assert call("load", item | {"chunk": json.loads(lines[0])})["done"]
    state |= {"import": plan}
    state |= {"summary": call("summarize", {"state": state, "execution_arn": EXECUTION})}
    assert state["summary"]["outcome"] == "SUCCEEDED", state
    call("notify", {"state": state, "execution_arn": EXECUTION, "state_machine_arn": "arn:aws:states:us-east-1:1:stateMachine:l"})
    return spans


def function(lineup, name, folder):
    """A program that is the function, as the command runs it: it ends with its standard input, which here never ends."""
    program = folder / name
    program.write_text(f"#!/bin/sh\nmkfifo \"$0.in\"\nexec '{lineup}' function {name} <>\"$0.in\"\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def in_sequence(requests):
    """How many of the requests wait for another: those that begin after the end of the one before, in a longest chain."""
    count, free = 0, 0.0
    for _, begun, end in sorted(requests, key=lambda request: request[2]):
        if begun >= free:
            count, free = count + 1, end
    return count


def rows(spans):
    """Every line of the drawing: name, kind, and where it begins and ends, in ms. Sandboxes follow each other without a gap."""
    at = 0.0
    for name, begun, ready, end, requests in spans:
        yield name, "start", at, at + (ready - begun) * 1000
        for request, first, last in sorted(requests, key=lambda request: request[1]):
            yield request, "request", at + (first - begun) * 1000, at + (last - begun) * 1000
        at += (end - begun) * 1000


def drawing(spans):
    """The drawing as SVG."""
    lines = list(rows(spans))
    scale, left, height = 640 / max(end for *_, end in lines), 200, 16
    fills = {"start": "#b35900", "request": "#2a6fbb"}
    parts = [
        f'<text x="{left - 8}" y="{26 + at * height}" text-anchor="end"{" font-weight=" + chr(34) + "bold" + chr(34) if kind == "start" else ""}>'
        f"{html.escape(name)}</text>"
        f'<rect x="{left + begin * scale:.1f}" y="{16 + at * height}" width="{max(1, (end - begin) * scale):.1f}" height="11" fill="{fills[kind]}"/>'
        for at, (name, kind, begin, end) in enumerate(lines)
    ]
    bottom = 24 + len(lines) * height
    step = 100
    ticks = [
        f'<text x="{left + ms * scale:.1f}" y="{bottom + 12}" text-anchor="middle">{ms} ms</text>'
        for ms in range(0, int(640 / scale) + 1, step)
    ]
    body = "\n".join(parts + ticks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 {bottom + 20}" font-family="sans-serif" font-size="11">\n'
        f"<title>The requests of a small import: orange is a sandbox that starts, blue a request of 20 ms</title>\n"
        f'<rect width="880" height="{bottom + 20}" fill="#fff"/>\n{body}\n</svg>\n'
    )


def main():
    """Prints the counts and writes the drawing."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("--lineup", type=pathlib.Path, default=LINEUP, help="the command, which has the functions")
    asked = arguments.parse_args()
    names = ("split", "load", "summarize", "notify")
    with tempfile.TemporaryDirectory() as folder:
        spans = run({name: function(asked.lineup.resolve(), name, pathlib.Path(folder)) for name in names})
    total = 0
    for name, begun, ready, end, requests in spans:
        chain = in_sequence(requests)
        total += chain
        print(f"{name}: starts in {(ready - begun) * 1000:.0f} ms; {len(requests)} requests, {chain} in sequence; {(end - begun) * 1000:.0f} ms")
    print(f"together: {total} requests in sequence, {sum(end - begun for _, begun, _, end, _ in spans) * 1000:.0f} ms")
    DOCUMENT.write_text(drawing(spans), encoding="utf-8")


if __name__ == "__main__":
    main()
