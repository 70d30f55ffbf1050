"""The objects that imports leave in S3, as texts."""

import json
import re

from . import masks
from .services import IMPORTS

# The Distributed Map writes arrays of children in the order of their ends.
_OF_CHILDREN = re.compile(r"/(?:SUCCEEDED|FAILED|PENDING)_\d+\.json$")


def note(notes, services, mask, prefix="imports/"):
    """Notes every object below a prefix: its key, the headers stored with it, and its content."""
    found = {}
    for key in services.keys(IMPORTS, prefix):
        data, headers = services.get(IMPORTS, key)
        text = _children(data, mask) if _OF_CHILDREN.search(key) else masks.decoded(data)
        found[key] = "".join(f"{name}: {value}\n" for name, value in headers.items()) + text
    _number_map_runs(found, mask)
    for key in sorted(found, key=mask.anonymous):
        notes.add(f"object {mask.text(key)}", mask.text(found[key]))


def _number_map_runs(found, mask):
    """Numbers the Map Runs of an import by execution and chunks, because their ids have no order."""
    children = [(mask.anonymous(key), mask.anonymous(found[key]), key) for key in found if _OF_CHILDREN.search(key)]
    for _, _, key in sorted(children):
        mask.text(key + found[key])


def _children(data, mask):
    """The children of a Map Run, sorted by the chunk that each loaded."""
    children = sorted(json.loads(data), key=lambda child: mask.anonymous(child.get("Input", "")))
    return "[\n" + ",\n".join(json.dumps(child, indent=1, ensure_ascii=False) for child in children) + "\n]"
