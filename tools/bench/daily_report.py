"""Writes docs/daily-use.md from the results of bench.daily. A measure that was left out has no section."""

import statistics

from .tables import table

# Bytes of all pages of Glastonbury 2022, compressed; seconds of a sheet; seconds of a command's start; MiB of a command
# that prints many rows; seconds of the library's own server that the embedded DynamoDB may take.
PAGES, SHEET, START, PEAK, BATCHES = 120_000, 0.25, 0.1, 100, 0.6


def write(results, document):
    """Writes the document."""
    sections = [head(results), goals(results)]
    sections += [section(results[name]) for name, section in SECTIONS.items() if name in results]
    document.write_text("\n".join(text.strip() + "\n" for text in sections if text))


def head(results):
    machine = results["machine"]
    before, after = (f"{share:.0%}" for share in machine["others"])
    measured = [name for name in SECTIONS if name in results]
    only = "" if len(measured) == len(SECTIONS) else f" ONLY={','.join(measured)}"
    return f"""
# How fast it is in daily use

Everything on this page was printed by one run of `make bench-daily BENCH_ROWS={results["rows"]} BENCH_RUNS={results["runs"]}{only}` on {results["date"]}, which took
{results["minutes"]:.0f} minutes, on {machine["processor"]}, {machine["cores"]} cores, {machine["memory_gib"]:.0f} GiB, {machine["system"]}, {machine["rustc"]}. Others used
{before} of the machine just before and {after} just after. What an import costs, and functions beside their peers: [performance.md](performance.md).

Programs are those of `cargo build --release`, the folders are imported by `lineup import` before, and times are those of whole processes on the clock, medians.
"""


def goals(results):
    rows = [(what, wanted, found, "met" if met else "**missed**") for what, wanted, found, met in goals_of(results)]
    return "## Goals\n\n" + table(("", "goal", "measured", ""), rows)


def goals_of(results):
    """What is measured, the goal, the figure, whether it is met."""
    if pages := (results.get("sizes") or {}).get("Glastonbury 2022"):
        kind = "gzip" if pages[0]["brotli"] is None else "brotli"
        size = sum(page[kind] for page in pages)
        yield f"all pages of Glastonbury 2022, {kind}", f"{PAGES / 1e3:.0f} KB", f"{size / 1e3:.1f} KB", size <= PAGES
    if "sheet" in results:
        seconds = statistics.median(results["sheet"]["samples"])
        yield f"a sheet of 100 stages, {results['rows']:,} rows in the table", f"{SHEET * 1e3:.0f} ms", f"{seconds * 1e3:.0f} ms", seconds <= SHEET
    if "start_up" in results:
        for place in places(results["start_up"]):
            seconds = max(at(results["start_up"], command, place) for command in ("query stage --date", "query days"))
            yield f"a question's whole process, {place}", f"{START * 1e3:.0f} ms", f"{seconds * 1e3:.0f} ms", seconds <= START
    if "streams" in results:
        for command, samples in results["streams"]["samples"].items():
            peak = max(sample["peak_mib"] for sample in samples)
            yield f"`{command}`, {results['streams']['rows']:,} rows, memory", f"{PEAK} MiB", f"{peak:.0f} MiB", peak <= PEAK
    if "batches" in results:
        ratio = results["batches"]["ratio"]
        yield "puts, against the library's own server", f"{BATCHES} times", f"{ratio:.3f} times", ratio <= BATCHES


def sizes(found):
    rows = []
    for name, pages in found.items():
        if pages is None:
            rows.append((name, "not measured: there is no file", "", ""))
            continue
        sums = [sum(page[kind] or 0 for page in pages) for kind in ("bytes", "gzip", "brotli")]
        rows.append((f"{name}, {len(pages)} files", *(f"{size:,}" if size else "no Node.js" for size in sums)))
        largest = max(pages, key=lambda page: page["gzip"])
        rows.append((f"{name}, `{largest['name']}`", *(f"{largest[kind]:,}" if largest[kind] else "" for kind in ("bytes", "gzip", "brotli"))))
    return f"""
## Pages

`lineup timetable --html`: the sheets of all days, the index, stylesheet and script, each file compressed by itself. All together, and the largest file.

{table(("", "bytes", "gzip", "brotli"), rows)}
"""


def sheet(found):
    samples = sorted(found["samples"])
    return f"""
## A sheet of 100 stages

`lineup serve`, the page of a day from the request to its last byte, {len(samples)} times, twelve days in turn. A page has {found["sets"]:,.0f} sets and {found["bytes"] / 1e3:,.0f} KB; a stage takes
two requests, as `crates/lineup-cli/tests/cli/web.rs` counts.

{table(("", "ms"), [(name, f"{seconds * 1e3:.0f}") for name, seconds in (("fastest", samples[0]), ("median", statistics.median(samples)), ("slowest", samples[-1]))])}
"""


def places(found):
    return list(dict.fromkeys(key.split("|")[1] for key in found))


def at(found, command, place):
    return statistics.median(found[f"{command}|{place}"])


def start_up(found):
    names = list(dict.fromkeys(key.split("|")[0] for key in found))
    all_places = places(found)
    rows = []
    for command in names:
        cells = [f"{at(found, command, place) * 1e3:.0f} ({at(found, command, place) / at(found, command, all_places[0]):.2f})" for place in all_places]
        rows.append((f"`lineup {command}`", *cells))
    return f"""
## Start

A command from its start to its end, in ms, on folders that hold little and much; in brackets, how many times it takes what it takes on the first folder. Each starts
the services in its own process. `lineup imports` also reads what it lists.

{table(("", *all_places), rows)}
"""


def streams(found):
    rows = [
        (
            f"`{command}`",
            f"{statistics.median(sample['first'] for sample in samples) * 1e3:,.0f}",
            f"{statistics.median(sample['seconds'] for sample in samples):.1f}",
            f"{max(sample['peak_mib'] for sample in samples):.0f}",
        )
        for command, samples in found["samples"].items()
    ]
    return f"""
## What prints many rows

{found["rows"]:,} rows, all with a popularity; the services are in the same process. The header of CSV has the columns that the manifests of the imports name.

{table(("", "first line, ms", "last line, s", "peak MiB"), rows)}
"""


def disk(found):
    rows = [(f"`{name}`", f"{size / 1e6:,.1f}", f"{size / found['rows']:,.0f}") for name, size in sorted(found["parts"].items()) if size > 1e5]
    total = sum(found["parts"].values())
    return f"""
## What it weighs

The data folder of one import of {found["rows"]:,} rows, once the command has ended.

{table(("", "MB", "bytes a row"), [*rows, ("all", f"{total / 1e6:,.1f}", f"{total / found['rows']:,.0f}")])}
"""


def batches(found):
    def of(name):
        return statistics.median(found[name])

    rows = [(what, f"{of(name):.1f}", f"{found['rows'] / of(name):,.0f}", f"{of(name) / of('library'):.3f}") for what, name in (("the embedded DynamoDB", "embedded"), ("its library's own server", "library"))]
    return f"""
## Puts

{found["rows"]:,} rows in requests of 25 puts, over four connections, into an empty file with the same tables, indexes and SQLite settings.
Those that wait together are committed together.

{table(("", "seconds", "rows a second", "ratio"), rows)}
"""


SECTIONS = {"sizes": sizes, "sheet": sheet, "start_up": start_up, "streams": streams, "disk": disk, "batches": batches}
