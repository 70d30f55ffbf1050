"""Compares what the program of a commit does with what the program of the working tree does.

Prints the differences case by case. The exit code is 0 if there are none. All notes
stay in target/same/report, one file a case and program, for `diff -r`.
"""

import argparse
import concurrent.futures
import fnmatch
import functools
import os
import pathlib
import shutil
import sys
import tempfile
import time
import traceback

from . import builds, commands, definition, faults, files, functions, model, stack
from .notes import NOT_RUN, Notes, changes, differences, shortened

REPORT = builds.SAME / "report"
SEEDS = 60
# Several cases run at a time, because they mostly wait: for a service to start, or for the next retry.
AT_A_TIME = 3


def main():
    parser = argparse.ArgumentParser(prog="same", description=__doc__)
    parser.add_argument("base", help="the commit whose program is the old one")
    parser.add_argument("--cases", default="*", help="only cases whose name fits this pattern, as 'faults/*'")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"how many seeds of the model run (default: {SEEDS})")
    parser.add_argument("--logs", type=int, default=0, help="compare also the logs of so many seeds, call by call")
    arguments = parser.parse_args()
    sha = builds.commit(arguments.base)
    cases = {name: case for name, case in all_cases(sha, arguments).items() if fnmatch.fnmatch(name, arguments.cases)}
    pair = (builds.new(), builds.old(sha))
    started = time.monotonic()
    new, old = run(cases, pair)
    different = report(cases, old, new)
    print(
        f"{len(cases)} cases in {time.monotonic() - started:.0f} s, {sum(len(n.items()) for n in new.values())} texts:"
        f" {different} differ from {arguments.base} ({sha[:12]}); all texts are in {REPORT}"
    )
    sys.exit(1 if different else 0)


def all_cases(sha, arguments):
    """The function of each case, by the case's name. It is called with a program and a folder of its own."""
    cases = {"model/seeds": functools.partial(_seeds, arguments.seeds)}
    cases |= {f"model/log of seed {n}": functools.partial(_log, n) for n in range(arguments.logs)}
    cases["definition"] = functools.partial(_definition, sha)
    cases |= {"stack/everything": stack.everything, "stack/failures": stack.failures}
    for name, of_case in faults.all_faults().items():
        cases[f"faults/{name}"] = functools.partial(faults.of_request, of_case)
    cases["faults/many batches"] = faults.of_many_batches
    for case in ("duplicates_and_reruns", "sources_that_change", "options_of_an_object", "inputs", "environments"):
        cases[f"functions/{case}"] = getattr(functions, case)
    cases |= {"commands/usage": commands.usage, "commands/failures": commands.failures}
    for name, data in files.all_files().items():
        cases[f"functions/{name}"] = functools.partial(functions.of_file, name, data)
        cases[f"commands/{name}"] = functools.partial(commands.of_file, name, data)
    return cases


def _seeds(number, build, folder):
    return model.seeds(build, folder, number)


def _log(seed, build, folder):
    return model.log(build, folder, seed)


def _definition(sha, build, _):
    return definition.of_commit(sha if build.name == "old" else None)


def run(cases, pair):
    """The notes of every case, of each program of the pair."""
    found = tuple({} for _ in pair)
    work = builds.SAME / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME * (os.cpu_count() or 1)) as pool:
        jobs = {
            pool.submit(_case, case, build, work): (name, notes)
            for name, case in cases.items()
            for build, notes in zip(pair, found)
        }
        for n, job in enumerate(concurrent.futures.as_completed(jobs), 1):
            name, notes = jobs[job]
            notes[name] = job.result()
            if n % 50 == 0:
                print(f"  {n} of {len(jobs)}", file=sys.stderr)
    shutil.rmtree(work)
    return found


def _case(case, build, work):
    """The notes of one case. If it cannot be run, that is noted too."""
    with tempfile.TemporaryDirectory(dir=work) as folder:
        try:
            return case(build, pathlib.Path(folder))
        except Exception:
            notes = Notes()
            notes.add(NOT_RUN, traceback.format_exc())
            return notes


def report(cases, old, new):
    """Writes all notes and prints the differences. Returns how many texts differ, or could not be compared."""
    shutil.rmtree(REPORT, ignore_errors=True)
    different, printed = 0, {}
    for name in cases:
        for side, notes in [("old", old[name]), ("new", new[name])]:
            path = REPORT / side / f"{name.replace('/', ' - ', 1).replace('/', '|')}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(notes.whole(), encoding="utf-8", errors="backslashreplace")
        found = list(differences(old[name], new[name]))
        found += [(w, t.split("\n")) for w, t in new[name].items() if w == NOT_RUN and not found]
        different += len(found)
        if found:
            print(f"\n##### {name}")
            _print(name, found, printed)
    return different


def _print(name, found, printed):
    """Prints the differences of a case: in full what was not printed of another one, which it is then in `printed`."""
    known = {}
    for what, lines in found:
        first = printed.setdefault(changes(lines), (name, what))
        if first == (name, what):
            print(f"=== {what}", *shortened(lines), sep="\n")
        else:
            known.setdefault(first, []).append(what)
    for (case, what), alike in known.items():
        print(f"=== as {what!r} of {case}: {'; '.join(alike)}")


if __name__ == "__main__":
    main()
