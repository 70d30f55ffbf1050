"""Cases of the command: what it prints and how it ends, and what an import leaves in S3.

A case is a file. It is imported twice, with the default chunk size and in small chunks, and then queried.
Each case has a data folder of its own.
"""

import json
import re

from . import masks, notes, objects, services
from .files import CHUNK_BYTES

# For these files, every question is asked in every format.
ASKED_IN_FULL = {"sample-weekend", "large", "times"}
# Two concurrent chunks may both write one calendar entry, so the cost of an import varies.
_ONE_AT_A_TIME = ("--concurrency", 1)
NOWHERE = "00000000-0000-0000-0000-000000000000"


class Terminal:
    """Runs commands of a program in a folder, and notes what they print."""

    def __init__(self, build, folder):
        self.build, self.folder = build, folder
        self.notes = notes.Notes()
        self.mask = masks.Masks(folder=folder, program=build.lineup)

    def run(self, *arguments, data="data", order=True, table=False, **environment):
        """Runs a command. Without `order`, rows are sorted. A `table` has times, so its columns vary in width."""
        ran = services.run(self.build.lineup, "--data", data, *arguments, folder=self.folder, **environment)
        stdout = self.mask.text(ran.stdout)
        stdout = stdout if order else _sorted(stdout)
        stdout = _narrow(stdout) if table else stdout
        command = " ".join(self.mask.text(str(argument)) or "''" for argument in arguments)
        text = f"exit {ran.code}\n{stdout}" + (f"\nstderr:\n{self.mask.text(ran.stderr)}" if ran.stderr else "")
        self.notes.add(f"$ lineup {command}" + (f" (in {data})" if data != "data" else ""), text)
        return ran


def _sorted(text):
    """The lines of a text in order; of a JSON array with an element a line, the elements."""
    if text.startswith("["):
        elements = text.strip().removeprefix("[").removesuffix("]").split(",\n ")
        return "[" + ",\n ".join(sorted(elements)) + "]\n"
    return "\n".join(sorted(text.split("\n")))


def _narrow(text):
    """A table with two spaces between its cells, however wide they are."""
    return "\n".join(re.sub(r" {2,}", "  ", line) for line in text.split("\n"))


def of_file(name, data, build, folder):
    """Imports a file and runs every command about it."""
    terminal = Terminal(build, folder)
    file = f"{name}.csv"
    (folder / file).write_bytes(data)
    for arguments in [(), ("--json",), ("--chunk-bytes", CHUNK_BYTES), ("--chunk-bytes", CHUNK_BYTES, "--json")]:
        terminal.run("plan", file, *arguments)
    terminal.run("import", file, *_ONE_AT_A_TIME)
    again = terminal.run("import", file, "--json", "--chunk-bytes", CHUNK_BYTES, *_ONE_AT_A_TIME)
    terminal.run("imports", table=True)
    terminal.run("imports", "--json")
    if import_id := _import_id(again):
        terminal.run("show", import_id, table=True)
        terminal.run("show", import_id, "--json")
        terminal.run("rejects", import_id)
        if name in ASKED_IN_FULL:
            _load_again(terminal, import_id)
    for format in ("csv", "json") if name in ASKED_IN_FULL else ("csv",):
        terminal.run("export", "--format", format, order=False)
    export = terminal.run("export", "--format", "jsonl", order=False)
    _ask(terminal, _one_row(export.stdout), in_full=name in ASKED_IN_FULL)
    with services.Services(build.lineup, folder / "data") as running:
        objects.note(terminal.notes, running, terminal.mask)
    return terminal.notes


def _import_id(ran):
    """The id that `import --json` printed; None if it printed none."""
    try:
        return json.loads(ran.stdout).get("import_id")
    except (json.JSONDecodeError, AttributeError):
        return None


def _load_again(terminal, import_id):
    terminal.run("rerun", import_id)
    terminal.run("rerun", import_id, "--chunk", 1, "--json")
    terminal.run("rerun", import_id, "--chunk", 99)
    terminal.run("redrive", import_id)
    terminal.mask.hide("beginning of its id", import_id[:8])
    terminal.run("show", import_id[:8], table=True)


def _one_row(export):
    """A row from the middle of an export as JSON Lines. Its values can be arguments of a command."""
    rows = sorted(line for line in export.splitlines() if "\\u0000" not in line)
    return (
        json.loads(rows[len(rows) // 2]) if rows else {"Performer": "Nobody", "Stage": "Nowhere", "Date": "2025-07-12"}
    )


def _ask(terminal, row, in_full):
    """Questions about a row that the export shows."""
    performer, stage, day = row["Performer"], row["Stage"], row["Date"]
    for question in _questions(performer, stage, day):
        terminal.run("query", *question)
    if in_full:
        for question in _more_questions(performer, stage, day):
            terminal.run("query", *question)
        for format in ("table", "json", "jsonl", "csv"):
            terminal.run("query", "stage", stage, "--date", day, "--format", format)
            terminal.run("query", "stages", "--date", day, "--format", format)


def _questions(performer, stage, day):
    return [
        ("days",),
        ("stages",),
        ("performer", performer),
        ("performer", f"{performer} "),
        ("stage", stage, "--format", "json"),
        ("at", stage, f"{day} 20:30", "--next"),
        ("between", "1999-01-01", "9999-12-31", "--format", "csv"),
        ("popular", "--format", "jsonl"),
    ]


def _more_questions(performer, stage, day):
    return [
        ("performer", performer.upper()),
        ("performer", ""),
        ("stage", stage.lower()),
        ("stage", stage, "--date", day),
        ("stage", stage, "--date", day, "--from", "6pm", "--to", "02:00"),
        ("stage", stage, "--from", "18:00"),
        ("stage", stage, "--from", "18:00", "--to", "18:00"),
        ("stage", "Nowhere"),
        ("at", stage.upper(), f"{day}T20:30"),
        ("at", stage, f"{day} 24:00", "--next"),
        ("at", stage, "tonight"),
        ("between", f"{day} 18:00", f"{day} 8:30pm"),
        ("between", day, f"{day} 24:00", "--stage", stage),
        ("between", day, day),
        ("popular", "--above", "80"),
        ("popular", "--above", "101"),
        ("popular", "--date", day, "--limit", "3"),
        ("stages", "--date", day),
        ("stages", "--date", "2025-02-30"),
    ]


def usage(build, folder):
    """Help, and command lines that are wrong or find nothing. None of them needs a lineup."""
    terminal = Terminal(build, folder)
    commands = (
        "import",
        "query",
        "export",
        "imports",
        "show",
        "rejects",
        "redrive",
        "rerun",
        "plan",
        "serve",
        "function",
    )
    questions = ("performer", "stage", "at", "between", "popular", "days", "stages")
    for arguments in [(), ("help",), ("--help",), ("-h",), ("--version",)]:
        terminal.run(*arguments)
    for command in commands:
        terminal.run(command, "--help")
        if command != "serve":
            terminal.run(command)
    for question in questions:
        terminal.run("query", question, "--help")
    (folder / "folder").mkdir()
    (folder / "file.csv").write_bytes(b"Performer\n")
    for arguments in [
        ("import", "missing.csv"),
        ("import", "folder"),
        ("import", "/dev/null"),
        ("import", "file.csv", "--chunk-bytes", "1"),
        ("import", "file.csv", "--chunk-bytes", "99999999"),
        ("import", "file.csv", "--concurrency", "0"),
        ("import", "file.csv", "--stack", ""),
        ("plan", "missing.csv"),
        ("plan", "folder"),
        ("query", "days"),
        ("show", NOWHERE),
        ("imports",),
        ("nonsense",),
        ("function", "nonsense"),
        ("serve", "--stack", "any"),
        ("export", "--format", "xml"),
        ("query", "at", "Main Stage", "2025-07-12"),
    ]:
        terminal.run(*arguments)
    return terminal.notes


def failures(build, folder):
    """Commands on wrong data: no folder, a locked folder, damaged files, no such import."""
    terminal = Terminal(build, folder)
    (folder / "lineup.csv").write_bytes(b"Performer,Stage,Start,End,Date\nMegan,Main Stage,20:00,21:30,2025-07-12\n")
    (folder / "not-a-folder").write_bytes(b"")
    (folder / "empty").mkdir()
    with services.Services(build.lineup, folder / "data"):
        terminal.run("imports")
        terminal.run("import", "lineup.csv", "--json")
    for command in [("import", "lineup.csv"), ("imports",), ("serve",)]:
        terminal.run(*command, data="not-a-folder")
    for command in [
        ("imports",),
        ("imports", "--json"),
        ("query", "days"),
        ("export",),
        ("show", "1"),
        ("rerun", NOWHERE),
    ]:
        terminal.run(*command, data="empty")
    import_id = _import_id(terminal.run("import", "lineup.csv", "--json"))
    for command in [
        ("show", NOWHERE),
        ("show", ""),
        ("show", "zz"),
        ("rejects", NOWHERE),
        ("redrive", NOWHERE),
        ("rerun", NOWHERE),
    ]:
        terminal.run(*command)
        terminal.run(*command, "--json")
    for manifest in (folder / "data" / "s3").rglob("manifest.json.object"):
        if manifest.parent.name == import_id:
            manifest.write_bytes(b"spoilt")
    for command in [("imports",), ("show", import_id), ("rerun", import_id, "--json"), ("query", "days")]:
        terminal.run(*command, table=True)
    (folder / "data" / "dynamodb.sqlite").write_bytes(b"no database" * 1000)
    terminal.run("query", "days")
    terminal.run("import", "lineup.csv", "--json")
    return terminal.notes
