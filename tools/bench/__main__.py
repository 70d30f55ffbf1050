"""Runs every measurement and writes the document; `make bench` builds what it needs first.

    cd tools && python -m bench [--rows N] [--runs N] [--document FILE] [--date DATE]
"""

import argparse
import datetime
import json
import pathlib
import time

from . import machine, measures, report
from .processes import ROOT, TARGET


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of the file that most is measured with")
    parser.add_argument("--runs", type=int, default=3, help="turns of what takes long; the rest has a multiple of it")
    parser.add_argument("--document", type=pathlib.Path, default=ROOT / "docs" / "performance.md")
    parser.add_argument("--date", default=datetime.date.today().isoformat())
    parser.add_argument("--skip-criterion", action="store_true", help="measure whole processes only")
    asked = parser.parse_args()

    started, results = time.monotonic(), {"rows": asked.rows, "runs": asked.runs, "date": asked.date}
    results["machine"] = machine.describe()
    bench = measures.Bench(asked.rows, asked.runs)
    try:
        for name in ("split", "large", "load", "whole", "cold_start", "growth"):
            print(name, flush=True)
            results[name] = getattr(measures, name)(bench)
    finally:
        bench.close()
    results["machine"]["others"].append(machine.others())
    results["criterion"] = [] if asked.skip_criterion else measures.criterion()
    results["minutes"] = (time.monotonic() - started) / 60
    (TARGET / "bench" / "results.json").write_text(json.dumps(results, indent=1))
    report.write(results, asked.document)
    print(f"{asked.document}: {results['minutes']:.0f} minutes")


if __name__ == "__main__":
    main()
