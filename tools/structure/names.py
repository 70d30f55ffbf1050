"""Names of types: structs, enums, unions, traits and aliases, where each is defined."""

import re

from . import source

_TYPE = re.compile(r"\b(?P<kind>struct|enum|union|trait|type)\s+(?P<name>[A-Z]\w*)")
_BODY = re.compile(r"\b(?:impl|trait)\b")
# Every crate and many modules have a type of this name, as is usual in Rust.
ASIDE = {"Error"}


def types(module):
    """(name, file, line) of each type that the text of a module defines, without associated types."""
    bodies = list(_bodies(module.text))
    for found in _TYPE.finditer(module.text):
        associated = found["kind"] == "type" and any(start < found.start() < end for start, end in bodies)
        if not associated:
            yield found["name"], module.file, source.line(module.text, found.start())


def _bodies(text):
    """Where the braces of each `impl` and `trait` are."""
    for found in _BODY.finditer(text):
        opens = text.find("{", found.end())
        if opens >= 0:
            yield opens, source.matching(text, opens)


def shared(found):
    """The names of more than one type, with their places; how many types have one; how many types there are."""
    places = {}
    for name, file, line in found:
        if name not in ASIDE:
            places.setdefault(name, []).append((file, line))
    several = {name: sorted(at) for name, at in sorted(places.items()) if len(at) > 1}
    return several, sum(map(len, several.values())), sum(map(len, places.values()))


def modules(roots):
    """The names of modules that more than one crate has, with their files."""
    places = {}
    for crate, root in roots:
        for module in root.all():
            if module.path:
                places.setdefault(module.path[-1], {}).setdefault(crate, []).append(module.file)
    return {name: crates for name, crates in sorted(places.items()) if len(crates) > 1}
