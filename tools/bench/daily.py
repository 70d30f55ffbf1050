"""What daily use takes: commands on a large folder, its pages, what it prints, what it weighs. Writes docs/daily-use.md.

    cd tools && python -m bench.daily [--rows N] [--runs N] [--only NAME,NAME] [--keep DIR]

Uses target/release/lineup and target/release/lineup-bench. With --keep, the folders that are imported are left in DIR, and
used again by the next run. With --only, the document is target/bench/daily-use.md.
"""

import argparse
import contextlib
import datetime
import gzip
import http.client
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from . import daily_report, machine
from .processes import LINEUP, PROGRAM, ROOT, TARGET, check, run, stream

STAGES = 100
SETS = 24
# The rows of a small folder.
FEW = 1_000
# What the issue of a slow start was about, besides rows.
IMPORTS = 1_000
CHUNKS = 10_000
# MIN_CHUNK_BYTES of the planner.
SMALLEST_CHUNK = 16 << 10
# What is asked, with a day of the folder.
COMMANDS = {
    "query stage --date": ("query", "stage", "Stage 7", "--date", "{date}", "--json"),
    "query days": ("query", "days", "--json"),
    "imports": ("imports",),
}
# The days of the generated lineup whose sheets are asked for, one after the other.
DAYS = 12


class Folders:
    """Data folders of `lineup`, each imported once."""

    def __init__(self, place, rows):
        self.place, self.rows = place, rows

    def of(self, name, fill):
        """The folder of this name; `fill` imports into it."""
        data = self.place / name
        if not (data / "filled").exists():
            print(f"  importing: {name}", flush=True)
            shutil.rmtree(data, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=self.place) as files:
                fill(data, pathlib.Path(files))
            (data / "filled").touch()
        return data

    def with_rows(self, rows):
        """One import of so many rows on 100 stages."""

        def fill(data, files):
            file = files / "lineup.csv"
            run(PROGRAM, "generate", rows, file, "--stages", STAGES)
            said = json.loads(run(LINEUP, "import", file, "--json", "--data", data).output)
            check("rows written", said["rows"]["written"], rows)

        return self.of(f"{rows}-rows", fill)

    def with_imports(self):
        """Many imports of a row."""

        def fill(data, files):
            names = [files / f"{number}.csv" for number in range(IMPORTS)]
            for number, name in enumerate(names):
                name.write_text(f"Performer,Stage,Start,End,Date\nBand {number},Stage {number % STAGES},20:00,21:00,2025-07-12\n")
            run(LINEUP, "import", *names, "--quiet", "--data", data)

        return self.of(f"{IMPORTS}-imports", fill)

    def with_chunks(self):
        """One import of many chunks of a row: a note fills them."""

        def fill(data, files):
            file = files / "lineup.csv"
            with file.open("w") as output:
                output.write("Performer,Stage,Start,End,Date,Note\n")
                for number in range(CHUNKS):
                    row = f"Band {number},Stage {number % STAGES},20:00,21:00,2025-07-12,"
                    output.write(row.ljust(SMALLEST_CHUNK - 1, "x") + "\n")
            said = json.loads(run(LINEUP, "import", file, "--json", "--chunk-bytes", SMALLEST_CHUNK, "--data", data).output)
            check("chunks", said["chunks"]["total"] >= CHUNKS, True)

        return self.of(f"{CHUNKS}-chunks", fill)


def turns(runs, contestants):
    """Runs all in turn, for `runs` rounds."""
    samples = {name: [] for name in contestants}
    for _ in range(runs):
        for name, measure in contestants.items():
            samples[name].append(measure())
    return samples


def start_up(folders, runs):
    """Commands that ask little, on folders that hold little and much."""
    data = {
        f"{FEW:,} rows": (folders.with_rows(FEW), "2000-01-01"),
        f"{folders.rows:,} rows": (folders.with_rows(folders.rows), "2000-01-01"),
        f"{IMPORTS:,} imports": (folders.with_imports(), "2025-07-12"),
        f"{CHUNKS:,} chunks": (folders.with_chunks(), "2025-07-12"),
    }

    def took(words, folder, date):
        command = [LINEUP, *(word.format(date=date) for word in words), "--data", folder]
        return run(*command).seconds

    contestants = {
        f"{command}|{name}": (lambda words=words, place=place: took(words, *place))
        for command, words in COMMANDS.items()
        for name, place in data.items()
    }
    return turns(7 * runs, contestants)


@contextlib.contextmanager
def served(data):
    """`lineup serve` on a folder: the host of its pages and a cookie for them."""
    command = [LINEUP, "serve", "--port", "0", "--aws-port", "0", "--data", data]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(process.stdout.readline, "")
        address = next(line for line in lines if line.startswith("Web")).split()[1]
        next(line for line in lines if line.startswith("Ready"))
        host, target = address.removeprefix("http://").split("/", 1)
        connection = http.client.HTTPConnection(host)
        connection.request("GET", f"/{target}")
        answer = connection.getresponse()
        answer.read()
        yield host, answer.getheader("set-cookie").split(";")[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def sheet(folders, runs):
    """The page of a day with 100 stages, whole, from the request to its last byte; other days each time."""
    days = folders.rows // (STAGES * SETS)
    check("there are some days", days > 2, True)
    asked = [1 + number * (days - 2) // DAYS for number in range(DAYS)]
    samples, sets, size = [], [], 0
    with served(folders.with_rows(folders.rows)) as (host, cookie):
        connection = http.client.HTTPConnection(host)
        for day in asked * runs:
            date = f"{2000 + day // 336}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}"
            started = time.perf_counter()
            connection.request("GET", f"/day/{date}", headers={"cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            samples.append(time.perf_counter() - started)
            check(f"the sheet of {date}", answer.status, 200)
            stages = body.split(b'aria-label="Stages"')[1].split(b"</ul>")[0].count(b"<li")
            check(f"stages on {date}", stages, STAGES)
            sets.append(body.count(b'class="set '))
            size = max(size, len(body))
    return {"samples": samples, "sets": statistics.median(sets), "bytes": size}


def batches(folders, runs):
    """The same batches of puts to the embedded DynamoDB and to its library's own server."""
    with tempfile.TemporaryDirectory(dir=folders.place) as folder:
        return json.loads(run(PROGRAM, "batches", folders.rows, folder, "--runs", runs).output)


def streams(folders, runs):
    """What prints many rows: its memory, its first line, its end."""
    rows = folders.rows
    data = folders.with_rows(rows)
    commands = {
        "export --format csv": rows + 1,
        "export --format jsonl": rows,
        "export --format json": None,
        "export --format ics": None,
        "query popular": None,
        "query popular --format jsonl": rows,
    }

    def took(command, lines):
        found = stream(LINEUP, *command.split(), "--data", data)
        if lines:
            check(f"lines of {command}", found.lines, lines)
        return {"first": found.first, "seconds": found.seconds, "peak_mib": found.peak_mib}

    contestants = {command: (lambda c=command, n=lines: took(c, n)) for command, lines in commands.items()}
    return {"rows": rows, "samples": turns(runs, contestants)}


def disk(folders, _):
    """What the folder of an import takes on disk."""
    data = folders.with_rows(folders.rows)
    parts = {}
    for path in data.rglob("*"):
        name = path.relative_to(data).parts[0]
        parts[name] = parts.get(name, 0) + path.lstat().st_blocks * 512
    return {"rows": folders.rows, "parts": parts}


def sizes(_, __):
    """The pages of `lineup timetable --html`, with stylesheet and script, as a web server sends them."""
    found = {}
    for name, file in (("weekend.csv", ROOT / "samples" / "weekend.csv"), ("Glastonbury 2022", glastonbury())):
        if file is None:
            print("SKIPPED: Glastonbury: there is no glastonbury-2022.csv; LINEUP_SHARED_DATA names its folder", flush=True)
            found[name] = None
            continue
        with tempfile.TemporaryDirectory() as folder:
            data, site = pathlib.Path(folder) / "data", pathlib.Path(folder) / "site"
            run(LINEUP, "import", file, "--json", "--data", data)
            run(LINEUP, "timetable", "--html", site, "--data", data)
            pages = [path for path in site.iterdir() if path.suffix in (".html", ".css", ".js") and path.stem != "calendars"]
            found[name] = [{"name": path.name, "bytes": path.stat().st_size} | compressed(path) for path in sorted(pages)]
    return found


def glastonbury():
    """The file, which is not part of the project: beside it, or in the folder that LINEUP_SHARED_DATA names."""
    folder = pathlib.Path(os.environ.get("LINEUP_SHARED_DATA", ROOT.parent / "shared" / "data"))
    return next((path for path in [folder / "glastonbury-2022.csv"] if path.is_file()), None)


def compressed(path):
    """The bytes of a file compressed as servers do; brotli by Node.js, if it is there."""
    script = "process.stdout.write(String(require('zlib').brotliCompressSync(require('fs').readFileSync(process.argv[1])).length))"
    node = shutil.which("node")
    brotli = int(subprocess.run([node, "-e", script, path], capture_output=True, text=True, check=True).stdout) if node else None
    return {"gzip": len(gzip.compress(path.read_bytes(), 9)), "brotli": brotli}


MEASURES = {"sizes": sizes, "sheet": sheet, "start_up": start_up, "streams": streams, "disk": disk, "batches": batches}


def main():
    parser = argparse.ArgumentParser(prog="bench.daily", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the largest folder")
    parser.add_argument("--runs", type=int, default=3, help="turns of what takes long; the rest has a multiple of it")
    parser.add_argument("--only", default=",".join(MEASURES), help="some of " + ", ".join(MEASURES))
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for what is imported, which stays")
    parser.add_argument("--document", type=pathlib.Path)
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    asked = parser.parse_args()
    names = asked.only.split(",")
    if unknown := set(names) - set(MEASURES):
        parser.error(f"there is no measure {', '.join(sorted(unknown))}")
    folder = TARGET / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    whole = ROOT / "docs" if len(names) == len(MEASURES) else folder
    started, results = time.monotonic(), {"rows": asked.rows, "runs": asked.runs, "date": asked.date}
    results["machine"] = machine.describe()
    with contextlib.ExitStack() as stack:
        place = asked.keep or pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        place.mkdir(parents=True, exist_ok=True)
        folders = Folders(place.resolve(), asked.rows)
        for name in names:
            print(name, flush=True)
            results[name] = MEASURES[name](folders, asked.runs)
    results["machine"]["others"].append(machine.others())
    results["minutes"] = (time.monotonic() - started) / 60
    (folder / "daily-use.json").write_text(json.dumps(results, indent=1))
    document = asked.document or whole / "daily-use.md"
    daily_report.write(results, document)
    print(f"{document}: {results['minutes']:.0f} minutes")


if __name__ == "__main__":
    main()
