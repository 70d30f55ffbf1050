"""What a case wrote down, and how the notes of two programs differ."""

import difflib

# A note of this name says why a case showed nothing: it counts as a difference, also where both say so.
NOT_RUN = "the case cannot be run"
# Of one difference as many lines are printed; all stand in the files of the report.
MOST_LINES = 40
# Of a long text as many lines are compared, from the first that differs: difflib takes the square of their number.
_COMPARED = 1000
_CONTEXT = 2
_WIDTH = 500
# What stands before a change within a line says what it is that changed.
_BEFORE_CHANGE = 12


class Notes:
    """Texts by what they are, in the order in which they came."""

    def __init__(self):
        self._texts = {}

    def add(self, what, text):
        """Notes a text; a second one of the same name goes on with it."""
        before = self._texts.get(what)
        self._texts[what] = text if before is None else f"{before}\n{text}"

    def items(self):
        """(what, text) of each."""
        return self._texts.items()

    def whole(self):
        """All of it, for people."""
        return "".join(f"=== {what}\n{text.rstrip(chr(10))}\n\n" for what, text in self.items())


def differences(old, new):
    """(what, lines of a unified difference) of each text that is not the same."""
    olds, news = dict(old.items()), dict(new.items())
    for what in [*olds, *(what for what in news if what not in olds)]:
        one, other = olds.get(what), news.get(what)
        if one != other:
            lines = difflib.unified_diff(*_from_first_difference(_lines(one), _lines(other)), lineterm="", n=_CONTEXT)
            # The first two lines name files, the third one says where it begins.
            yield what, ["…" if line.startswith("@@") else line for line in list(lines)[3:]]


def _from_first_difference(one, other):
    """The lines of two texts that differ, with a little around them, and not too many."""
    same = 0
    while same < min(len(one), len(other)) and one[same] == other[same]:
        same += 1
    end = 0
    while end < min(len(one), len(other)) - same and one[-1 - end] == other[-1 - end]:
        end += 1
    start = max(0, same - _CONTEXT)
    return [lines[start : max(len(lines) - end + _CONTEXT, 0)][:_COMPARED] for lines in (one, other)]


def _lines(text):
    return ["(not there)"] if text is None else text.split("\n")


def changes(lines):
    """What a unified difference changes, without what stands around it: the same for the same change elsewhere.

    Of lines that are replaced by as many others it is what differs in each, with a little before it; else the lines.
    """
    found = set()
    for at, line in enumerate(lines):
        if line[:1] in ("-", "+"):
            other = _other(lines, at)
            found.add(_changed(line, other) if other else line)
    return frozenset(found)


def _changed(line, other):
    start = _first_difference(line, other)
    end = 0
    while end < min(len(line), len(other)) - start and line[-1 - end] == other[-1 - end]:
        end += 1
    return f"{line[:1]}{line[max(1, start - _BEFORE_CHANGE) : len(line) - end]}"


def shortened(lines):
    """The lines as they are printed: not too many, and of two long ones that differ the part where they do."""
    shown = []
    for at, line in enumerate(lines[:MOST_LINES]):
        shown.append(_around(line, _first_difference(line, _other(lines, at))) if len(line) > _WIDTH else line)
    left = len(lines) - len(shown)
    return shown + ([f"… {left} more lines"] if left > 0 else [])


def _other(lines, at):
    """The line that stands in the other text where the line `at` stands: lines are removed, then as many are added."""
    sign = lines[at][:1]
    first, last = at, at
    while first > 0 and lines[first - 1][:1] == sign:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1][:1] == sign:
        last += 1
    length = last - first + 1
    other = at + length if sign == "-" else at - length
    return lines[other] if 0 <= other < len(lines) and {sign, lines[other][:1]} == {"-", "+"} else ""


def _first_difference(one, other):
    """Where two lines of a difference differ, behind the signs that they begin with."""
    pairs = enumerate(zip(one[1:], other[1:]), 1)
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _around(line, at):
    start = max(1, at - _WIDTH // 4)
    before = "…" if start > 1 else ""
    return f"{line[:1]}{before}{line[start : start + _WIDTH]}… ({len(line)} characters)"
