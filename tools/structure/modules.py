"""The modules of a crate, and which of them uses code of which.

A module uses another one if it names an item that the other defines, in a
`use` or in a path in its code. The rules:

- An item that is named through a `pub use`, or through an import of the named
  module, belongs to the module that defines it.
- A `pub use` of an item below the module is not a use: a parent that only
  declares and re-exports its children does not depend on them. It is a use if
  the parent's own code names the item.
- A `use` of a module itself is not a use; naming an item through it is.
- Code of tests does not count. A module inside a file counts as its file.
"""

import dataclasses
import pathlib
import re

from . import source

_MODULE = re.compile(r"\bmod\s+(?:r#)?(\w+)\s*([;{])")
_USE = re.compile(r"\b(?P<public>pub(?:\s*\([^)]*\))?\s+)?use\s+(?P<tree>[^;]+);")
_PATH = re.compile(r"(?<![\w:.])(?:(?:crate|self|super)(?:::\w+)+|[a-z_]\w*(?:::\w+)+)")
_DEFINED = re.compile(r"\b(?:struct|enum|union|trait|type|fn|const|static|macro_rules!)\s+(?:mut\s+)?(\w+)")
_GLOB = "*"


@dataclasses.dataclass
class Import:
    """One name of a `use`."""

    path: tuple
    name: str
    public: bool
    offset: int


@dataclasses.dataclass(eq=False)
class Module:
    """A module: its own text, without that of modules inside it."""

    path: tuple
    file: pathlib.Path
    text: str
    parent: "Module | None" = None
    children: dict = dataclasses.field(default_factory=dict)
    imports: list = dataclasses.field(default_factory=list)
    defined: set = dataclasses.field(default_factory=set)

    @property
    def of_file(self):
        """The module whose file contains it."""
        inside = self.parent is not None and self.parent.file == self.file
        return self.parent.of_file if inside else self

    def all(self):
        """This module and all below it."""
        yield self
        for child in self.children.values():
            yield from child.all()


@dataclasses.dataclass(frozen=True, order=True)
class Use:
    """A place where a module names an item of another one. Modules are paths in the crate."""

    module: tuple
    other: tuple
    file: pathlib.Path
    line: int
    named: str


def read(root_file):
    """The root module of the crate whose first file is `root_file`, with all that it declares."""
    text = source.production(root_file.read_text(encoding="utf-8"))
    root = Module((), root_file, text)
    _fill(root, root_file.parent)
    return root


def _fill(module, folder):
    """Adds the modules that the text declares. Those in files of their own are in `folder`."""
    at = 0
    while found := _MODULE.search(module.text, at):
        name, at, text = found.group(1), found.end(), module.text
        path = (*module.path, name)
        if found.group(2) == ";":
            file = next(f for f in (folder / f"{name}.rs", folder / name / "mod.rs") if f.is_file())
            child = Module(path, file, source.production(file.read_text(encoding="utf-8")), module)
        else:
            end = source.matching(text, found.end() - 1)
            start = found.end()
            inside = source.blank(text[:start]) + text[start : end - 1] + source.blank(text[end - 1 :])
            child = Module(path, module.file, inside, module)
            module.text = text[:start] + source.blank(text[start : end - 1]) + text[end - 1 :]
            at = end
        module.children[name] = child
        _fill(child, folder / name)
    module.defined = set(_DEFINED.findall(source.outermost(module.text)))
    module.imports = list(_imports(module.text))


def _imports(text):
    for found in _USE.finditer(text):
        for path, name in _names(found["tree"].strip(), ()):
            yield Import(path, name, bool(found["public"]), found.start())


def _names(tree, before):
    """The paths of a use tree, each with the name that it has here."""
    if tree.endswith("}"):
        head, inside = tree[:-1].split("{", 1)
        for part in _parts(inside):
            yield from _names(part, (*before, *_segments(head)))
        return
    path, _, alias = (part.strip() for part in tree.partition(" as "))
    path = (*before, *_segments(path))
    if path[-1] == "self" and len(path) > 1:
        path = path[:-1]
    yield path, alias or path[-1]


def _segments(path):
    return tuple(part.strip().removeprefix("r#") for part in path.split("::") if part.strip())


def _parts(text):
    """The parts of a list. Lists inside it are not split."""
    depth, part = 0, ""
    for letter in text:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += letter
    if part.strip():
        yield part.strip()


def uses(root):
    """Every [`Use`] of a crate."""
    return sorted({use for module in root.all() for use in _uses(module)})


def _uses(module):
    paths = _USE.sub(lambda found: source.blank(found.group()), module.text)
    named = set(re.findall(r"\w+", paths))
    for one in module.imports:
        other = _target(module, one.path)
        if other is not None and not (one.public and one.name not in named and _is_below(other, module)):
            yield from _use(module, one.offset, one.path, other)
    for found in _PATH.finditer(paths):
        path = _segments(found.group())
        yield from _use(module, found.start(), path, _target(module, path))


def _use(module, offset, path, other):
    one, other = module.of_file, other and other.of_file
    if other not in (None, one):
        yield Use(one.path, other.path, one.file, source.line(module.text, offset), "::".join(path))


def _is_below(other, module):
    return other.path[: len(module.path)] == module.path and other.path != module.path


def _target(module, path, seen=frozenset()):
    """The module that defines the item of a path; None if it is in another crate, or is a module itself."""
    at, rest = _first(module, path, seen)
    while at is not None and rest and rest[0] in at.children:
        at, rest = at.children[rest[0]], rest[1:]
    if at is None or not rest:
        return None
    return at if rest[0] == _GLOB else _definer(at, rest[0], seen)


def _first(module, path, seen):
    """The module in which the path begins, and the rest of the path."""
    at, rest = module, path
    if path[0] == "crate":
        while at.parent is not None:
            at = at.parent
        return at, path[1:]
    while rest and rest[0] in ("self", "super"):
        at, rest = (at.parent if rest[0] == "super" else at), rest[1:]
    if rest is not path or path[0] in module.children:
        return at, rest
    for one in module.imports:
        if one.name == path[0] and one.path != path and (module, path[0]) not in seen:
            return _first_of_import(module, one, path[1:], seen | {(module, path[0])})
    return None, path


def _first_of_import(module, one, rest, seen):
    """As [`_first`], for a path that begins with an imported name."""
    at, left = _first(module, one.path, seen)
    return at, (*left, *rest)


def _definer(module, name, seen):
    """The module that defines what `module` calls `name`."""
    if name in module.defined or (module, name) in seen:
        return module
    seen = seen | {(module, name)}
    for one in module.imports:
        if one.name == name:
            return _target(module, one.path, seen)
    for one in module.imports:
        if one.name == _GLOB and (other := _target(module, one.path, seen)) is not None:
            found = _definer(other, name, seen)
            if found is not None and name in found.defined:
                return found
    return module
