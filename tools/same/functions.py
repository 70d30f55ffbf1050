"""Cases of the functions: the answers and requests of each for a file, and for wrong input."""

from . import sandboxes, services
from .files import CHUNK_BYTES, HEADER, OTHER, ROW
from .stages import KEY, Stages

LINEUP = f"{HEADER}\n{ROW}\n{OTHER}\nHozier,River Stage,late,19:30,2025-07-12\n".encode()
ANOTHER_EXECUTION = sandboxes.EXECUTION + "-other"


def of_file(name, data, build, folder):
    """Runs a file through the functions, and again in small chunks if that makes several."""
    with Stages(build, folder) as stages:
        metadata = {"chunk_bytes": CHUNK_BYTES, "max_concurrency": 3} if len(data) > CHUNK_BYTES else {}
        stages.run(stages.upload(data, **metadata))
        stages.note_objects()
        return stages.notes


def duplicates_and_reruns(build, folder):
    """A repeated event, re-runs of loaded and of nonexistent chunks, and a chunk in two invocations."""
    with Stages(build, folder) as stages:
        data = LINEUP + b"".join(b"Band %d,Stage,20:00,21:00,2025-07-%02d\n" % (n, 1 + n % 28) for n in range(1500))
        detail = stages.upload(data, chunk_bytes=CHUNK_BYTES)
        state = stages.run(detail)
        import_id = state["import"]["import_id"]
        for what, arn in [("again", sandboxes.EXECUTION), ("by another", ANOTHER_EXECUTION)]:
            stages.invoke(f"split {what}", "split", {"detail": detail, "execution_arn": arn})
        for chunks in (None, [2, 1, 2], [99], [0], []):
            rerun = {"import_id": import_id} | ({} if chunks is None else {"chunks": chunks})
            event = {"rerun": rerun, "redrive_count": None, "execution_arn": ANOTHER_EXECUTION}
            succeeded, plan = stages.invoke(f"recover of {chunks}", "recover", event)
            if succeeded and plan["chunks"]["count"]:
                stages.load({"rerun": rerun, "import": plan | {"redrives": 0}}, before=f"rerun of {chunks}: ")
        _two_invocations(stages, state)
        stages.note_objects()
        return stages.notes


def _two_invocations(stages, state):
    """Loads the first two chunks as one chunk, whose first half is loaded already."""
    first, second = stages.chunks(state["import"])[:2]
    both = first | {"end": second["end"]}
    rows = {"read": 5, "written": 4, "rejected": 1, "replaced": 0}
    progress = {"next_start": second["start"], "next_line": second["first_line"], "rows": rows, "write_units": 9.5}
    progress |= {"throttles": 3, "milliseconds": 70, "invocations": 2, "rejects": []}
    for what, at in [
        ("goes on", second["start"]),
        ("is behind its end", second["end"] + 1),
        ("is at its end", second["end"]),
    ]:
        load = {"done": False, "progress": progress | {"next_start": at}}
        stages.invoke(f"load that {what}", "load", stages.load_event(state, both, load=load))


def sources_that_change(build, folder):
    """The object is overwritten, or deleted, between the event and the split, or between two chunks."""
    with Stages(build, folder) as stages:
        detail = stages.upload(LINEUP)
        state = stages.run(detail)
        stages.services.put(services.UPLOADS, KEY, LINEUP + LINEUP)
        stages.load(state, before="overwritten: ", redrives=0)
        later = {"bucket": detail["bucket"], "object": detail["object"] | {"sequencer": "1"}}
        stages.run(later)
        stages.services.delete(services.UPLOADS, KEY)
        stages.load(state, before="deleted: ", redrives=0)
        stages.run({"bucket": detail["bucket"], "object": detail["object"] | {"sequencer": "2"}})
        stages.run({"bucket": {"name": "nobodys-bucket"}, "object": detail["object"]})
        stages.note_objects()
        return stages.notes


def options_of_an_object(build, folder):
    """Options in the object's metadata."""
    with Stages(build, folder) as stages:
        for n, metadata in enumerate(
            [
                {"chunk_bytes": 16384, "max_concurrency": 10_000},
                {"chunk_bytes": 16383},
                {"chunk_bytes": 16_777_217},
                {"chunk_bytes": "many"},
                {"max_concurrency": 0},
                {"max_concurrency": " 7 "},
                {"unknown": "option"},
            ]
        ):
            detail = stages.upload(LINEUP, **metadata)
            detail["object"]["sequencer"] = str(n)
            stages.invoke(f"split with {metadata}", "split", {"detail": detail, "execution_arn": sandboxes.EXECUTION})
        stages.note_objects()
        return stages.notes


def inputs(build, folder):
    """Input that the state machine does not send."""
    with Stages(build, folder) as stages:
        for name in ("convert", "split", "survey", "hold", "load", "remove", "summarize", "notify", "recover"):
            for event in ({}, [], None, "text", {"state": {}, "execution_arn": "arn"}, {"detail": {"bucket": 7}}):
                stages.invoke(f"{name} of {event}", name, event)
        for what, state in _states().items():
            event = {"state": state, "execution_arn": "arn", "state_machine_arn": "it's a 'machine'"}
            stages.invoke(f"notify of {what}", "notify", event)
            stages.invoke(f"recover of {what}", "recover", event | {"redrive_count": 0})
            stages.invoke(f"redriven recover of {what}", "recover", event | {"redrive_count": 1})
        return stages.notes


def _states():
    """States in which an execution may report."""
    import_id = "65755f1d-c729-56f8-afe7-4f5c2e91bd5d"
    entry = {"key": "día 1/line\nup's.csv", "size": 91, "etag": "0" * 32, "sequencer": "0055"}
    detail = {"bucket": {"name": "uploads"}, "object": entry}
    chunk = {"chunk": 2, "start": 0, "end": 9, "first_line": 3, "error": "Throttled", "cause": "slow\x1b[31m" * 40}
    summary = {
        "outcome": "FAILED",
        "rows": {"read": 2_000_000, "written": 1, "rejected": 1_999_999, "replaced": 0},
        "chunks": {"total": 1000, "loaded": 970, "failed": 30},
        "failed_chunks": [chunk | {"chunk": n} for n in range(1, 21)],
        "reject_samples": ['line 3, Start "late": not a time'] * 5,
        "write_units": 123456.5,
        "throttles": 7,
        "milliseconds": 3_723_000,
    }
    caught = {"Error": "AccessDenied", "Cause": '{"errorType":"AccessDenied","errorMessage":"no"}'}
    return {
        "a failure": {"detail": detail, "summary": summary},
        "one failed chunk": {
            "detail": detail,
            "summary": summary | {"failed_chunks": [chunk], "chunks": {"total": 2, "loaded": 1, "failed": 1}},
        },
        "chunks that never load": {
            "detail": detail,
            "summary": summary | {"failed_chunks": [chunk | {"error": "SourceChanged"}]},
        },
        "success": {
            "detail": detail,
            "summary": summary | {"outcome": "SUCCEEDED", "failed_chunks": [], "reject_samples": []},
        },
        "partial success": {"detail": detail, "summary": summary | {"outcome": "PARTIAL", "failed_chunks": []}},
        "an error": {"detail": detail, "summary": caught},
        "a file that never loads": {"detail": detail, "summary": caught | {"Error": "InvalidInput"}},
        "an error without JSON": {"detail": detail, "summary": {"Error": "States.Timeout"}},
        "a rerun": {"rerun": {"import_id": import_id, "chunks": [1]}, "summary": caught},
        "a rerun that loads": {"rerun": {"import_id": import_id}, "summary": summary},
        "nothing": {},
    }


def environments(build, folder):
    """A function whose environment differs from the template."""
    wrong = [
        {"IMPORTS_BUCKET": None},
        {"PERFORMANCES_TABLE": None},
        {"CALENDAR_TABLE": ""},
        {"TOPIC_ARN": None},
        {"CHUNK_BYTES": "few"},
        {"CHUNK_BYTES": "1"},
        {"MAX_CONCURRENCY": "0"},
        {"MAX_CONCURRENCY": None, "CHUNK_BYTES": "20000"},
    ]
    all_notes = None
    for n, environment in enumerate(wrong):
        (folder / str(n)).mkdir()
        with Stages(build, folder / str(n), **environment) as stages:
            stages.notes = all_notes = all_notes or stages.notes
            what = ", ".join(f"{name}={value}" for name, value in environment.items())
            detail = stages.upload(LINEUP)
            source = {"bucket": services.UPLOADS, "key": "k", "version_id": None, "etag": "e", "size": 9}
            chunk = {"chunk": 1, "start": 0, "end": 9, "first_line": 2}
            load = {"import_id": "65755f1d-c729-56f8-afe7-4f5c2e91bd5d", "source": source, "chunk": chunk}
            stages.invoke(f"{what}: convert", "convert", {"detail": detail, "execution_arn": "arn"})
            stages.invoke(f"{what}: split", "split", {"detail": detail, "execution_arn": "arn"})
            stages.invoke(f"{what}: load", "load", load)
            for name in ("summarize", "notify", "recover"):
                event = {"state": {"detail": detail}, "execution_arn": "arn", "state_machine_arn": "arn"}
                stages.invoke(f"{what}: {name}", name, event)
    return all_notes
