"""Masks the parts of a text that differ in every run, such as times and ids.

A mask names the kind of the hidden text. Ids are numbered, and the same id always gets the same
number. So a text that names another import than before differs.
"""

import re

# UUIDs of version 4 are random (RFC 9562, section 5.4). Those of version 5 follow from a name.
_FORM = r"(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-%s[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])"
_UUID, _RANDOM_UUID = re.compile(_FORM % "[0-9a-f]"), re.compile(_FORM % "4")
_OTHERS = [
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"), "<time>"),
    (re.compile(r'((?:milliseconds|seconds|modified)\\?" ?: ?)[\d.]+'), r"\1<duration>"),
    (re.compile(r'(sequencer\\?" ?: ?\\?")[0-9A-F]+'), r"\1<sequencer>"),
    (re.compile(r"\b\d+ ms\b"), "<duration> ms"),
    (re.compile(r"(?<![\d-])\d+(?:\.\d+)? s(?:econds?)?\b"), "<duration> s"),
    (re.compile(r"\bprocess \d+"), "process <id>"),
    # How often a table was tried until the time was over; the length of a Map Run's result, which has durations.
    (re.compile(r"\bwith \d+ throttles?"), "with <number> throttles"),
    (re.compile(r'("Key":"[^"]+/map-runs/[^"]+","Size":)\d+'), r"\1<size>"),
    (re.compile(r"\b(127\.0\.0\.1|localhost):\d+"), r"\1:<port>"),
]


class Masks:
    """The masks of one case: the first id that it sees is <id 1>, and so on."""

    def __init__(self, random_ids_only=False, **hidden):
        """Besides the usual masks, replaces each of the texts `hidden` with its name."""
        self._hidden = {str(text): name for name, text in hidden.items()}
        self._uuid = _RANDOM_UUID if random_ids_only else _UUID
        self._ids = {}

    def hide(self, name, text):
        """Replaces a text with a name from now on."""
        self._hidden[text] = name

    def text(self, text):
        """The text, masked. New ids get the next numbers."""
        return self._without_hidden(self._uuid.sub(self._number, _masked(text)))

    def anonymous(self, text):
        """The text, masked, with one mask for all new ids. For texts that have no order."""
        known = self._uuid.sub(lambda found: self._ids.get(found.group(), "<id>"), _masked(text))
        return self._without_hidden(known)

    def _number(self, found):
        return self._ids.setdefault(found.group(), f"<id {len(self._ids) + 1}>")

    def _without_hidden(self, text):
        for hidden, name in sorted(self._hidden.items(), reverse=True):
            text = text.replace(hidden, f"<{name}>")
        return text


def _masked(text):
    for pattern, mask in _OTHERS:
        text = pattern.sub(mask, text)
    return text


def decoded(data):
    """Bytes as text: what is no UTF-8 as \\xNN."""
    return data.decode("utf-8", "backslashreplace")
