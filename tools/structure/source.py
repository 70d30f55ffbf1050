"""Replaces everything in Rust text that is not production code with spaces.

Every function returns text of the same length, with the same line breaks, so that
offsets in it are offsets in the file.
"""

import re

# What is not code, in the order in which it must be matched. A lifetime ('a) is not a character.
_LITERAL = re.compile(
    r"""//[^\n]*
      | /\*
      | \b[bc]?r(?P<hashes>\#*)".*?"(?P=hashes)
      | \b[bc]?"(?:\\.|[^"\\])*"
      | "(?:\\.|[^"\\])*"
      | b?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^'\\\n])'
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_TEST_ATTRIBUTE = re.compile(r"#!?\[\s*cfg\s*\(")
_ITEM = re.compile(
    r"\s*(?:#\[|(?:pub|mod|use|fn|impl|struct|enum|union|trait|const|static|type|unsafe|async|extern|macro_rules)\b)"
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def blank(text):
    """Spaces of the same length, with the line breaks."""
    return re.sub(r"[^\n]", " ", text)


def code(text):
    """The text without comments, strings and characters."""
    parts, at = [], 0
    while found := _LITERAL.search(text, at):
        end = _comment_end(text, found.end()) if found.group() == "/*" else found.end()
        parts += [text[at : found.start()], blank(text[found.start() : end])]
        at = end
    return "".join(parts) + text[at:]


def _comment_end(text, at):
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(text, at)):
        depth += 1 if edge.group() == "/*" else -1
        at = edge.end()
    return at if depth == 0 else len(text)


def matching(text, at):
    """The offset after the bracket that closes the one at `at`."""
    stack = []
    for index in range(at, len(text)):
        letter = text[index]
        if letter in _PAIRS:
            stack.append(_PAIRS[letter])
        elif stack and letter == stack[-1]:
            stack.pop()
            if not stack:
                return index + 1
    return len(text)


def production(text):
    """[`code`] without items of tests: those under `#[cfg(test)]`, including `mod x;`."""
    text = code(text)
    at = 0
    while found := _TEST_ATTRIBUTE.search(text, at):
        at = matching(text, text.index("[", found.start()))
        if not _of_tests(text[found.start() : at]):
            continue
        if found.group().startswith("#!"):
            return blank(text)
        if _ITEM.match(text, at):
            end = _item_end(text, at)
            text = text[: found.start()] + blank(text[found.start() : end]) + text[end:]
            at = end
    return text


def _of_tests(attribute):
    return re.search(r"\btest\b", re.sub(r"\bnot\s*\([^)]*\)", "", attribute)) is not None


def _item_end(text, at):
    """The end of the item whose attributes go on at `at`: its `;` or the end of its `{}`."""
    while attribute := re.compile(r"\s*#(?=\[)").match(text, at):
        at = matching(text, attribute.end())
    is_use = re.compile(r"\s*(?:pub(?:\s*\([^)]*\))?\s+)?use\b").match(text, at)
    while at < len(text):
        if text[at] == ";":
            return at + 1
        if text[at] in _PAIRS:
            closes = matching(text, at)
            if text[at] == "{" and not is_use:
                return closes
            at = closes
        else:
            at += 1
    return at


def outermost(text):
    """The text without the text inside braces."""
    parts, at = [], 0
    while (opens := text.find("{", at)) >= 0:
        end = matching(text, opens)
        parts += [text[at : opens + 1], blank(text[opens + 1 : end])]
        at = end
    return "".join(parts) + text[at:]


def line(text, offset):
    """The line of an offset, from 1."""
    return text.count("\n", 0, offset) + 1
