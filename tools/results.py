"""Measures `summarize` and `recover` where an import has very many chunks.

    make package
    python3 tools/results.py 1000000

The packaged functions run under the Lambda Runtime API, against an S3 that makes each result when it is asked for it and
waits 20 ms before each answer, over HTTP without TLS. What it prints are requests, the time on the clock, the processor time
and the peak memory of the function's process. The last thousand chunks of some runs are not loaded.
"""

import argparse
import asyncio
import json
import pathlib
import tempfile
import threading
import urllib.parse

import sandbox

WAIT = 0.02
KEYS_A_PAGE = 1_000
CHUNK_BYTES = 16 << 20
IMPORT = "00000000-0000-0000-0000-000000000000"
ROOT = f"imports/{IMPORT}/"
COLUMNS = [{"name": name, "known": name} for name in ("Performer", "Stage", "Start", "End", "Date")]
SOURCE = {"bucket": "uploads", "key": "a.csv", "version_id": None, "etag": "e", "size": 1}
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:lineup-ImportStateMachine:0b0c2f0e-5d3f"


class Import:
    """The objects of one import, made when they are asked for."""

    def __init__(self, chunks, missing):
        self.chunks = chunks
        # In the order of their keys: 100000 comes before 99999.
        self.loaded = sorted(range(1, chunks - missing + 1), key=lambda chunk: f"{chunk:05}")
        # Made before: S3 would be silent for too long.
        self.listed = "".join(json.dumps(self._chunk(chunk)) + "\n" for chunk in range(1, chunks + 1)).encode()
        self.counts = {"GET": 0, "LIST": 0, "PUT": 0}

    def answer(self, method, target):
        """Status and body of the answer to a request."""
        path, _, query = target.partition("?")
        key = urllib.parse.unquote(path).removeprefix("/imports/")
        if method == "PUT":
            self.counts["PUT"] += 1
            return 200, b""
        if "list-type=2" in query:
            self.counts["LIST"] += 1
            return 200, self._page(urllib.parse.parse_qs(query))
        self.counts["GET"] += 1
        body = self._object(key)
        return (404, b"<Error><Code>NoSuchKey</Code></Error>") if body is None else (200, body)

    def _chunk(self, chunk):
        start = (chunk - 1) * CHUNK_BYTES
        return {"chunk": chunk, "start": start, "end": start + CHUNK_BYTES, "first_line": chunk * 200_000}

    def _object(self, key):
        if key.startswith(ROOT + "results/"):
            result = self._chunk(int(key[len(ROOT) + 8 : -5]))
            result |= {"rows": {"read": 3, "written": 3, "rejected": 0, "replaced": 0}, "bytes": CHUNK_BYTES}
            result |= {"write_units": 9.0, "throttles": 0, "milliseconds": 70_000, "invocations": 1}
            return json.dumps(result | {"rejects": [], "execution_arn": EXECUTION}, indent=2).encode()
        if key == ROOT + "chunks.jsonl":
            return self.listed
        if key == ROOT + "manifest.json":
            manifest = {"import_id": IMPORT, "source": SOURCE, "columns": COLUMNS, "chunks": self.chunks}
            manifest |= {"dialect": {"delimiter": ",", "byte_order_mark": False}, "chunk_bytes": CHUNK_BYTES}
            return json.dumps(manifest | {"max_concurrency": 8, "execution_arn": "one"}).encode()
        return None

    def _page(self, query):
        if query["prefix"] != [ROOT + "results/"]:
            return b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
        begin = int(query.get("continuation-token", ["0"])[0])
        end = begin + KEYS_A_PAGE
        more = end < len(self.loaded)
        keys = [f"<Contents><Key>{ROOT}results/{chunk:05}.json</Key></Contents>" for chunk in self.loaded[begin:end]]
        token = f"<NextContinuationToken>{end}</NextContinuationToken>" if more else ""
        truncated = f"<IsTruncated>{'true' if more else 'false'}</IsTruncated>{token}"
        return f"<ListBucketResult>{truncated}{''.join(keys)}</ListBucketResult>".encode()


class Connection(asyncio.Protocol):
    """A connection of the function to S3."""

    def __init__(self, objects):
        self._objects, self._received = objects, b""

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].decode("latin-1")
            lines = head.split("\r\n")
            lengths = [line.split(":")[1] for line in lines if line.lower().startswith("content-length:")]
            whole = end + 4 + (int(lengths[0]) if lengths else 0)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            method, target, _ = lines[0].split(" ")
            asyncio.get_running_loop().call_later(WAIT, self._answer, method, target)

    def _answer(self, method, target):
        status, body = self._objects.answer(method, target)
        head = f'HTTP/1.1 {status} OK\r\nContent-Length: {len(body)}\r\nETag: "e"\r\n\r\n'
        self._transport.write(head.encode() + body)


def serve(objects):
    """Serves the objects in a thread. Returns the address."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    server = loop.run_until_complete(loop.create_server(lambda: Connection(objects), "127.0.0.1", 0))
    threading.Thread(target=lambda: (loop.call_soon(ready.set), loop.run_forever()), daemon=True).start()
    ready.wait()
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def measure(name, binary, chunks, missing, event):
    """Invokes the function once, and prints what it took."""
    objects = Import(chunks, missing)
    with sandbox.Sandbox(binary, AWS_ENDPOINT_URL=serve(objects)) as function:
        function.cold_start()
        before = function.processor_seconds()
        begun = sandbox.time.perf_counter()
        answer = function.invoke(event)
        seconds = sandbox.time.perf_counter() - begun
        requests = ", ".join(f"{count:,} {method}" for method, count in objects.counts.items())
        processor = function.processor_seconds() - before
        memory = function.peak_megabytes() / 1.048576
    print(f"{name}: {requests}; {seconds:.0f} s; {processor:.1f} processor s; peak {memory:.0f} MiB", flush=True)
    return answer


def main():
    """Measures three invocations."""
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("chunks", type=int, nargs="?", default=1_000_000)
    arguments.add_argument("--binaries", type=pathlib.Path, help="a folder with summarize and recover, for zips of make package")
    asked = arguments.parse_args()
    few = min(1_000, asked.chunks)
    print(f"{asked.chunks:,} chunks; S3 answers after {WAIT * 1000:.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        binary = {name: asked.binaries / name if asked.binaries else sandbox.bootstrap(name, folder) for name in ("summarize", "recover")}
        recover = {"rerun": {"import_id": IMPORT}, "execution_arn": "one"}
        plan = measure(f"recover, {few:,} missing", binary["recover"], asked.chunks, few, recover)
        assert plan["chunks"]["count"] == few, plan
        summarize = {"state": {"import": {"import_id": IMPORT}}, "execution_arn": "one"}
        for missing in (few, 0):
            summary = measure(f"summarize, {missing:,} missing", binary["summarize"], asked.chunks, missing, summarize)
            assert summary["chunks"] == {"total": asked.chunks, "loaded": asked.chunks - missing, "failed": missing}, summary
            assert summary["rows"]["read"] == 3 * (asked.chunks - missing), summary


if __name__ == "__main__":
    main()
