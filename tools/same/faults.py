"""Cases in which a request fails, once or from then on."""

import copy

from .files import CHUNK_BYTES
from .functions import LINEUP
from .notes import NOT_RUN
from .proxy import CUT, PART, RESET, Fault
from .stages import Stages

SLOW, BROKEN, DENIED = (503, "SlowDown"), (500, "InternalError"), (403, "AccessDenied")
NO_KEY, NO_BUCKET = (404, "NoSuchKey"), (404, "NoSuchBucket")
CHANGED, CONFLICT = (412, "PreconditionFailed"), (409, "ConditionalRequestConflict")
NOT_ALLOWED = (405, "MethodNotAllowed")
THROTTLED, TOO_MANY = (400, "ProvisionedThroughputExceededException"), (400, "ThrottlingException")
FAILED, NO_ACCESS = (500, "InternalServerError"), (400, "AccessDeniedException")
NO_TABLE, INVALID = (400, "ResourceNotFoundException"), (400, "ValidationException")
SNS_THROTTLED, NO_TOPIC, SNS_INVALID = (400, "Throttling"), (404, "NotFound"), (400, "InvalidParameter")
# From then on, a request of this kind never succeeds.
FOREVER = 10**6
# The time for retries on a table that always throttles. It is long enough for more than one request.
LOADS_WITHIN = 4

# Requests with their faults, each for the first such request or for all.
_ONCE = {
    "s3 PUT /claim.json": [BROKEN, RESET, CONFLICT],
    "s3 HEAD lineup-uploads/": [BROKEN],
    "s3 GET lineup-uploads/": [SLOW, CUT, RESET],
    "s3 PUT /manifest.json": [SLOW],
    "s3 GET /manifest.json": [BROKEN, CUT],
    "s3 PUT /results/": [BROKEN, RESET],
    "s3 PUT /rejects/": [SLOW],
    "s3 list": [BROKEN],
    "s3 PUT /summary.json": [SLOW],
    "dynamodb Query Calendar": [THROTTLED, FAILED, RESET],
    "dynamodb BatchWriteItem Calendar": [THROTTLED, FAILED, PART],
    "dynamodb BatchWriteItem Performances": [THROTTLED, TOO_MANY, FAILED, RESET, PART],
    "sns Publish": [SNS_THROTTLED, BROKEN, RESET],
}
_FOREVER = {
    "s3 PUT /claim.json": [SLOW, DENIED, NO_BUCKET, CHANGED],
    "s3 HEAD lineup-uploads/": [DENIED, NO_KEY, CHANGED, NOT_ALLOWED],
    "s3 GET lineup-uploads/": [SLOW, DENIED, NO_KEY, NO_BUCKET, CHANGED, NOT_ALLOWED, CUT],
    "s3 PUT /chunks.jsonl": [DENIED, BROKEN],
    "s3 PUT /manifest.json": [NO_BUCKET],
    "s3 GET /manifest.json": [DENIED, NO_KEY],
    "s3 PUT /results/": [DENIED, SLOW],
    "s3 PUT /rejects/": [DENIED],
    "s3 GET /results/": [NO_KEY, DENIED],
    "s3 GET /rejects/": [NO_KEY],
    "s3 list": [DENIED, SLOW],
    "s3 PUT /summary.json": [DENIED],
    "dynamodb Query Calendar": [THROTTLED, NO_ACCESS, NO_TABLE],
    "dynamodb BatchWriteItem Calendar": [NO_ACCESS, INVALID],
    "dynamodb BatchWriteItem Performances": [THROTTLED, FAILED, NO_ACCESS, NO_TABLE, INVALID],
    "sns Publish": [SNS_THROTTLED, DENIED, NO_TOPIC, SNS_INVALID],
}


def all_faults():
    """The faults of each case, by its name."""
    cases = {}
    for when, times, faults in [("once", 1, _ONCE), ("forever", FOREVER, _FOREVER)]:
        for words, errors in faults.items():
            for error in errors:
                code = error if isinstance(error, str) else f"{error[0]} {error[1]}"
                cases[f"{words}, {code}, {when}"] = [Fault(words, error, times=times)]
    # The split reads the manifest first, and the load after it.
    cases["s3 GET /manifest.json, 404 NoSuchKey, from load on"] = [Fault("s3 GET /manifest.json", NO_KEY, 2, FOREVER)]
    no_table = Fault("dynamodb BatchWriteItem Performances", NO_TABLE, times=FOREVER)
    cases["the table, and the message"] = [no_table, Fault("sns Publish", SNS_THROTTLED)]
    # The list of chunks is read only if one is missing.
    cases["the table, and the list of chunks"] = [no_table, Fault("s3 GET /chunks.jsonl", NO_KEY, times=FOREVER)]
    return cases


def of_request(faults, build, folder):
    """Runs a small lineup, with one batch for each table."""
    once = all(fault.times == 1 for fault in faults)
    throttled = any(fault.error in (THROTTLED, TOO_MANY) for fault in faults) and not once
    within = LOADS_WITHIN if throttled else None
    faults = copy.deepcopy(faults)
    with Stages(build, folder, faults, count=once, load_within=within) as stages:
        stages.run(stages.upload(LINEUP))
        stages.note_objects()
        if unmet := [fault.words for fault in faults if fault.seen < fault.at]:
            stages.notes.add(NOT_RUN, f"nothing meets the fault {', '.join(unmet)}")
        return stages.notes


def of_many_batches(build, folder):
    """A lineup of many chunks and batches, some of which are throttled or fail."""
    table = "dynamodb BatchWriteItem Performances"
    faults = [Fault(table, THROTTLED, 3, 4), Fault(table, FAILED, 20), Fault(table, RESET, 25)]
    faults += [Fault("s3 GET lineup-uploads/", CUT, 3), Fault("dynamodb Query Calendar", THROTTLED, 2)]
    rows = b"".join(b"Band %d,Stage %d,20:00,21:00,2025-07-%02d\n" % (n, n % 3, 1 + n // 100) for n in range(2000))
    with Stages(build, folder, faults, count=False) as stages:
        stages.run(stages.upload(LINEUP + rows, chunk_bytes=CHUNK_BYTES))
        return stages.notes
