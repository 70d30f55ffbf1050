"""The measurements. Each checks its own result and raises if it is wrong.

The programs run in rounds (A B C A B C …), so that other load on the machine
affects all of them alike. A result is a list of samples, one a round.
"""

import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import pathlib

from sandbox import PACKAGE, Sandbox, bootstrap

from .functions import Import
from .processes import LINEUP, PROGRAM, ROOT, TARGET, Services, check, run

HERE = pathlib.Path(__file__).resolve().parent
# Small, so that a file has many chunks to compare.
CHUNK_BYTES = 64 << 10
# boto3 is slow, so it loads fewer rows. Rows a processor second are compared.
BOTO3_SHARE = 10
DELAY_MS = 5
# MAX_CHUNK_BYTES of the planner: a function's memory must not grow with the chunk either.
LARGEST_CHUNK = 16 << 20
# MIN_CHUNK_BYTES and DEFAULT_CHUNK_BYTES of the planner.
SMALLEST_CHUNK, DEFAULT_CHUNK = 16 << 10, 8 << 20
# A million rows, repeated this often, are a little more than 8 GiB.
COPIES = 160
FUNCTIONS = ("convert", "split", "survey", "hold", "load", "remove", "summarize", "notify", "recover")


class Bench:
    """A folder with the files, and the requested numbers of rows and runs."""

    def __init__(self, rows, runs):
        self.rows, self.runs = rows, runs
        (TARGET / "bench").mkdir(parents=True, exist_ok=True)
        self._folder = tempfile.TemporaryDirectory(dir=TARGET / "bench")
        self.folder = pathlib.Path(self._folder.name)

    def close(self):
        self._folder.cleanup()

    def lineup(self, rows):
        """A file of so many rows."""
        path = self.folder / f"{rows}.csv"
        if not path.exists():
            run(PROGRAM, "generate", rows, path)
        return path

    def take_turns(self, runs, contestants):
        """Runs all programs in turn, for `runs` rounds."""
        samples = {name: [] for name in contestants}
        for turn in range(runs):
            for name, measure in contestants.items():
                print(f"  {turn + 1}/{runs} {name}", flush=True)
                samples[name].append(measure())
        return samples


def plan(file, chunk_bytes):
    """`lineup plan`: its cost, and the records and chunks it found."""
    ran = run(LINEUP, "plan", file, "--json", "--chunk-bytes", chunk_bytes)
    *chunks, totals = map(json.loads, ran.output.splitlines())
    return ran, {"records": totals["records"], "starts": [chunk["start"] for chunk in chunks]}


def split(bench):
    """The planner, `wc -l`, the csv crate's parser alone, and Go's encoding/csv on one file."""
    file, go = bench.lineup(bench.rows), built_by_go(bench, "offsets")
    _, expected = plan(file, CHUNK_BYTES)
    check("records", expected["records"], bench.rows)

    def took(ran):
        return {"seconds": ran.seconds, "processor": ran.processor}

    def compared(ran):
        check("records and starts of chunks", json.loads(ran.output), expected)
        return took(ran)

    def planned():
        ran, found = plan(file, CHUNK_BYTES)
        check("records and starts of chunks", found, expected)
        return took(ran)

    def lines():
        ran = run("wc", "-l", file)
        check("lines", int(ran.output.split()[0]), bench.rows + 1)
        return took(ran)

    contestants = {
        "lineup": planned,
        "wc": lines,
        "csv": lambda: compared(run(PROGRAM, "parse", file, CHUNK_BYTES)),
    }
    if go:
        contestants["go"] = lambda: compared(run(go, file, CHUNK_BYTES))
    samples = bench.take_turns(3 * bench.runs, contestants)
    return {"bytes": os.path.getsize(file), "chunks": len(expected["starts"]), "samples": samples}


def large(bench):
    """The packaged `split` on an object of many times the rows, with the most chunks and with as many as usual."""
    file = bench.lineup(bench.rows)

    def cut(chunk_bytes):
        with Services() as services:
            work = Import(services, bench.folder, file, copies=COPIES, chunk_bytes=chunk_bytes)
            took = work.split()
        check_chunks(work.chunks, file.read_bytes(), work.size)
        return took | {"chunks": len(work.chunks), "bytes": work.size}

    return bench.take_turns(1, {str(chunk_bytes): (lambda n=chunk_bytes: cut(n)) for chunk_bytes in (DEFAULT_CHUNK, SMALLEST_CHUNK)})


def check_chunks(chunks, file, size):
    """Checks that chunks adjoin and that each begins with a line of the right number. No field has a line break."""
    head = file.index(b"\n") + 1
    copy = len(file) - head
    lines = file.count(b"\n") - 1
    starts = [head] + [chunk["end"] for chunk in chunks]
    check("starts of chunks", [chunk["start"] for chunk in chunks] + [size], starts)
    before, counted = 0, head
    places = sorted((*reversed(divmod(chunk["start"] - head, copy)), chunk["first_line"]) for chunk in chunks)
    for place, nth, line in places:
        before += file.count(b"\n", counted, head + place)
        counted = head + place
        check("byte before a chunk", file[counted - 1 : counted], b"\n")
        check("line of a chunk", line, 2 + nth * lines + before)


def go_program():
    """The Go toolchain that tools/bench.txt installs, or None."""
    path = pathlib.Path(sys.executable).with_name("go")
    return path if path.exists() else None


def built_by_go(bench, name, sources=None):
    """One of the Go programs beside this file, or None. `sources` is the folder of the packages that it imports."""
    go = go_program()
    if go is None:
        return None
    program, cache = bench.folder / name, TARGET / "bench" / "go"
    environment = os.environ | {"GOTOOLCHAIN": "local", "GOCACHE": str(cache), "GO111MODULE": "off"}
    environment |= {"GOPATH": str(sources)} if sources else {}
    run(go, "build", "-o", program, HERE / f"{name}.go", environment=environment)
    return program


def loader_in_go(bench):
    """The load loop with the AWS SDK for Go that the Makefile fetches, or None."""
    sources = pathlib.Path(sys.executable).parents[2] / "bench-go" / "usr" / "share" / "gocode"
    return built_by_go(bench, "batch_write", sources) if sources.exists() else None


def load(bench):
    """The packaged `load`, chunk after chunk, and boto3's batch_writer, alone and with the rest of the work, and the
    Go peer's loop, against the endpoint that only acknowledges."""
    file = bench.lineup(bench.rows)
    some = max(1, bench.rows // BOTO3_SHARE)
    with Services() as fast, Services(DELAY_MS) as slow:

        def loaded(services):
            work = Import(services, bench.folder, file)
            took = {"split": work.split(), "survey": work.survey(), "load": work.load(bench.rows), "chunks": len(work.chunks)}
            return took | work.finish(bench.rows)

        def peer(*program, rows):
            before = fast.items()
            ran = run(*program, fast.endpoint, rows)
            check("items at the endpoint", fast.items() - before, rows)
            return json.loads(ran.output) | {"seconds": ran.seconds}

        boto3, go = (sys.executable, HERE / "batch_writer.py"), loader_in_go(bench)

        contestants = {
            "load": lambda: loaded(fast),
            "delayed": lambda: loaded(slow),
            "boto3": lambda: peer(*boto3, file, rows=some),
            # The same object that `load` read before.
            "boto3_same": lambda: peer(*boto3, "s3://uploads/lineup.csv", rows=some),
        }
        if go:
            contestants["go"] = lambda: peer(go, file, rows=bench.rows)
        samples = bench.take_turns(bench.runs, contestants)
    return {"bytes": os.path.getsize(file), "boto3_rows": some, "samples": samples}


def whole(bench):
    """`lineup import` on the embedded services, and the embedded DynamoDB alone with the requests that `load` sends."""
    file, recording = bench.lineup(bench.rows), bench.folder / "requests"
    with Services(record=recording) as services:
        work = Import(services, bench.folder, file)
        work.split()
        work.survey()
        work.load(bench.rows)
    digests = set()

    def stored(data):
        digest, count = items(data)
        check("items in the table", count, bench.rows)
        digests.add(digest)
        check("tables of different content", len(digests), 1)
        shutil.rmtree(data)

    def imported():
        data = bench.folder / "data"
        ran = run(LINEUP, "import", file, "--json", "--data", data)
        check("rows written", json.loads(ran.output)["rows"]["written"], bench.rows)
        stored(data)
        return {"seconds": ran.seconds}

    def alone():
        data = bench.folder / "data"
        took = json.loads(run(PROGRAM, "replay", recording, data).output)
        stored(data)
        return {"seconds": took["seconds"]}

    return {"samples": bench.take_turns(bench.runs, {"import": imported, "dynamodb": alone})}


def items(data):
    """A digest of all items that does not depend on their order, and the number of items."""
    process = subprocess.Popen([LINEUP, "export", "--format", "jsonl", "--data", data], stdout=subprocess.PIPE)
    total, count = 0, 0
    for line in process.stdout:
        total += int.from_bytes(hashlib.blake2b(line, digest_size=16).digest())
        count += 1
    check("exit status of export", process.wait(), 0)
    return total % (1 << 128), count


def cold_start(bench):
    """From the start of each packaged function to its first request for an event, and the sizes."""

    def start(binary):
        with Sandbox(binary) as sandbox:
            return {"milliseconds": sandbox.cold_start(), "peak_mb": sandbox.peak_megabytes()}

    binaries = {name: bootstrap(name, bench.folder) for name in FUNCTIONS}
    contestants = {name: (lambda binary=binary: start(binary)) for name, binary in binaries.items()}
    samples = bench.take_turns(4 * bench.runs, contestants)
    sizes = {
        name: {"zip": (PACKAGE / f"{name}.zip").stat().st_size, "bootstrap": binary.stat().st_size}
        for name, binary in binaries.items()
    }
    return {"samples": samples, "sizes": sizes}


def growth(bench):
    """Plan and load at a hundredth, all, and ten times the rows, in chunks of the largest size."""
    points = []
    for rows in (max(100, bench.rows // 100), bench.rows, bench.rows * 10):
        # The largest file takes long and varies least, so it has fewer runs.
        runs = 1 if rows > bench.rows else bench.runs
        file = bench.lineup(rows)

        def planned():
            ran, found = plan(file, LARGEST_CHUNK)
            check("records", found["records"], rows)
            return {"processor": ran.processor}

        def loaded():
            with Services() as services:
                work = Import(services, bench.folder, file, chunk_bytes=LARGEST_CHUNK)
                split = work.split()
                work.survey()
                return {"split": split, "load": work.load(rows)}

        print(f"  {rows} rows")
        samples = bench.take_turns(runs, {"plan": planned, "functions": loaded})
        points.append({"rows": rows, "bytes": os.path.getsize(file), "samples": samples})
        file.unlink()
    return points


def criterion():
    """The inner loops, as criterion measures them: the mean, and the throughput where a bench names one."""
    folder = TARGET / "criterion"
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(["cargo", "bench", "--locked", "--package", "delimited", "--package", "lineup-table", "--bench", "*"], cwd=ROOT, check=True)
    loops = []
    for path in sorted(folder.glob("**/new/estimates.json")):
        about = json.loads((path.parent / "benchmark.json").read_text())
        nanoseconds = json.loads(path.read_text())["median"]["point_estimate"]
        loops.append({"name": about["full_id"], "nanoseconds": nanoseconds, "throughput": about.get("throughput")})
    return loops


def median(samples, *path):
    """The median of a number that each sample has under `path`."""
    values = []
    for sample in samples:
        for name in path:
            sample = sample[name]
        values.append(sample)
    return statistics.median(values)
