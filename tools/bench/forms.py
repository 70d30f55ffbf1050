"""What each form of a file costs, from the packaged functions; prints a table.

    cd tools && python -m bench.forms [--rows N] [--forms csv,gz,xlsx,json,jsonl]
"""

import argparse
import csv
import gzip
import json
import os

import xlsxwriter

from .functions import Import
from .measures import Bench
from .processes import Services


def gz(rows, path):
    with gzip.open(path, "wt", newline="", compresslevel=6) as file:
        csv.writer(file).writerows(rows)


def xlsx(rows, path):
    # Rows are written as they come, and texts in their cells: what a program exports. Excel itself shares texts.
    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = workbook.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    workbook.close()


def json_array(rows, path):
    write_objects(rows, path, "[", ",\n", "]")


def json_lines(rows, path):
    write_objects(rows, path, "", "\n", "\n")


def write_objects(rows, path, begin, between, end):
    rows = iter(rows)
    names = next(rows)
    with open(path, "w") as file:
        file.write(begin)
        for number, row in enumerate(rows):
            file.write(between if number else "")
            json.dump(dict(zip(names, row)), file)
        file.write(end)


FORMS = {"csv": None, "csv.gz": gz, "xlsx": xlsx, "json": json_array, "jsonl": json_lines}


def measure(bench, form):
    """Runs a file of this form through the functions. Returns a line of the table."""
    plain = bench.lineup(bench.rows)
    file = plain
    if write := FORMS[form]:
        file = bench.folder / f"lineup.{form}"
        with open(plain, newline="") as lines:
            write(csv.reader(lines), file)
    with Services() as services:
        work = Import(services, bench.folder, file)
        took, text = {"split": work.split()}, os.path.getsize(file)
        if work.state["import"]["convert"]:
            took["convert"] = work.convert()
            text = took["convert"].pop("bytes")
            took["split"] = work.split()
        for number, one in enumerate(work.survey(), start=1):
            took |= {f"{name} {number}": cost for name, cost in one.items()}
        took["load"] = work.load(bench.rows)
        took |= work.finish(bench.rows)
    return {"form": form, "bytes": os.path.getsize(file), "text": text, "chunks": len(work.chunks), "took": took}


def shown(line):
    """The lines of the document's table."""
    mb = f"{line['bytes'] / 1e6:.0f} MB, as text {line['text'] / 1e6:.0f} MB, {line['chunks']} chunks"
    for name, cost in line["took"].items():
        seconds, processor, peak = cost["seconds"], cost["processor"], cost["peak_mb"] * 1000 / 1024
        yield f"| {line['form']} ({mb}) | `{name}` | {seconds:.1f} | {processor:.1f} | {peak:.0f} |"


def main():
    parser = argparse.ArgumentParser(prog="bench.forms", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--forms", default=",".join(FORMS), help="which, with commas between them")
    asked = parser.parse_args()
    bench = Bench(asked.rows, runs=1)
    print("| form | function | seconds | processor seconds | peak MiB |\n|---|---|---:|---:|---:|", flush=True)
    try:
        for form in asked.forms.split(","):
            for line in shown(measure(bench, form)):
                print(line, flush=True)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
