"""Tests that stand in a file of source: `#[cfg(test)]` and `#[test]` of Rust, `import.meta.vitest` of Vitest.

They are tests, so a repair may not touch them, and may not add any: what is told apart by its path elsewhere is told
apart here by the file's grammar. Where no parser can read the file, all from its first test on is left as it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING

from healer.patches.syntax_trees import find_nodes, language_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from healer.patches.syntax_trees import FoundNode

    Found = Mapping[str, list[FoundNode]]

_RUST_MARK = re.compile(
    rb"#\s{0,9}!?\s{0,9}\[\s{0,9}(?:cfg\s{0,9}\((?P<when>(?:[^\]\"#]|\"[^\"]{0,100}\"){0,300})\)\s{0,9}\]"
    rb"|(?:\w{1,80}\s{0,9}::\s{0,9}){0,9}"
    rb"(?:test|bench|rstest|gtest|wasm_bindgen_test|test_case|test_matrix|quickcheck|proptest|property_test)\b)"
)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(rb"\w+|[(),]")
_ATTRIBUTES = frozenset({"attribute_item", "inner_attribute_item"})
_BESIDE = _ATTRIBUTES | {"line_comment", "block_comment"}
_HOLDING_THEIR_OWN = frozenset(
    {"match_arm", "field_initializer", "shorthand_field_initializer", "base_field_initializer"}
)
"""Nodes whose attributes are among their children and not before them."""
_RUST_QUERY = "(source_file) @root [(attribute_item) (inner_attribute_item)] @mark"

_VITEST = re.compile(rb"\bimport\s{0,9}\.\s{0,9}meta\s{0,9}\.\s{0,9}vitest\b")
_VITEST_QUERY = "(program) @root (if_statement) @branch"

_LEADING = (b"#", b"//", b"/*", b"*")


@dataclass(frozen=True, slots=True)
class InnerTest:
    """A test, or code that is only there in tests; lines are 1-based. Equal are those of one text in one place."""

    line: int = field(compare=False)
    end_line: int = field(compare=False)
    text: bytes
    around: tuple[bytes, ...] = ()
    """What it stands in, the outermost first: the kind of each definition with its attributes."""


def changed_test(path: str, before: bytes | None, after: bytes) -> str | None:
    """Say which of the tests in a file would change, or None where all stay as they are and none comes to them."""
    language = language_of(path)
    reading = _READERS.get(language or "")
    if language is None or reading is None:
        return None
    old, new = (_tests(language, data or b"") for data in (before, after))
    if old is None or new is None:
        return _changed_rest(path, before or b"", after, reading.first)
    if old == new:
        return None
    lost, added = [*_without(old, new)], [*_without(new, old)]
    if added and not lost:
        return f"{path} would get code for tests in line {added[0].line}; tests are read-only: repair the code instead."
    one = lost[0] if lost else old[0]
    which = f"line {one.line}" if one.line == one.end_line else f"lines {one.line} to {one.end_line}"
    return f"The tests in {path}, {which}, would change; they are read-only: repair the code under test instead."


def _without(some: Sequence[InnerTest], others: Sequence[InnerTest]) -> Iterator[InnerTest]:
    left = Counter(others)
    for one in some:
        if left[one]:
            left[one] -= 1
        else:
            yield one


def _changed_rest(path: str, before: bytes, after: bytes, first: Callable[[bytes], int | None]) -> str | None:
    """Say that something changes from the first test of a file on, or in the line of code above its attributes."""
    start, then = first(before), first(after)
    if start is None:
        return (
            None if then is None else f"{path} would get code for tests; tests are read-only: repair the code instead."
        )
    lines = before[:start].split(b"\n")
    number = len(lines) - 1
    while number and (not lines[number].strip() or lines[number].lstrip().startswith(_LEADING)):
        number -= 1
    kept = b"\n".join(lines[number:]) + before[start:]
    if then is not None and after.endswith(kept) and len(after) - then == len(before) - start:
        return None
    return (
        f"{path} cannot be read by its grammar, so all of it from line {number + 1} on, where its tests begin, is "
        "read-only: repair the code above them instead."
    )


@lru_cache(maxsize=32)  # the base's files come again with every candidate
def _tests(language: str, data: bytes) -> tuple[InnerTest, ...] | None:
    """Return the tests in a file, in order, none within another; None where its grammar does not read it."""
    reading = _READERS[language]
    if reading.first(data) is None:
        return ()
    found = find_nodes(language, data, reading.query)
    root = found["root"][0] if found and found.get("root") else None
    if found is None or root is None or root.has_error:
        return None
    return tuple(reading.tests(root, found, data))


def _rust_tests(root: FoundNode, found: Found, data: bytes) -> Iterator[InnerTest]:
    marks = sorted(node.start_byte for node in found.get("mark", ()) if _marks_test(node.text or b""))
    pending: list[tuple[FoundNode, tuple[bytes, ...]]] = [(root, ())]
    tests: list[tuple[int, InnerTest]] = []
    while pending:
        node, around = pending.pop()
        children = node.children
        own = [one for one in children if one.type == "inner_attribute_item"]
        if any(_marks_test(one.text or b"") for one in own):
            tests.append((node.start_byte, _inner_test(node, node, data, around)))
            continue
        around += tuple((one.text or b"") for one in own if b"cfg" in (one.text or b""))
        first: FoundNode | None = None
        is_test = False
        for child in children:
            if child.type in _BESIDE:
                if child.type == "attribute_item":
                    first = first or child
                    is_test = is_test or _marks_test(child.text or b"")
                continue
            if is_test and first:
                whole = node.type in _HOLDING_THEIR_OWN
                test = _inner_test(node if whole else first, node if whole else child, data, around)
                tests.append((first.start_byte, test))
            elif (at := bisect_left(marks, child.start_byte)) < len(marks) and marks[at] < child.end_byte:
                attributes = data[first.start_byte : child.start_byte].rstrip() if first else b""
                is_definition = child.type.endswith("_item")
                pending.append(
                    (child, (*around, b"%s %s" % (attributes, child.type.encode())) if is_definition else around)
                )
            first, is_test = None, False
    yield from (test for _, test in sorted(tests, key=itemgetter(0)))


def _inner_test(first: FoundNode, last: FoundNode, data: bytes, around: tuple[bytes, ...] = ()) -> InnerTest:
    start, end = first.start_byte, last.end_byte
    return InnerTest(first.start_point[0] + 1, data.count(b"\n", 0, end) + 1, data[start:end], around)


def _marks_test(attribute: bytes) -> bool:
    """Whether what an attribute belongs to is a test, or is compiled for tests only."""
    match = _RUST_MARK.match(attribute)
    if match is None:
        return False
    return match["when"] is None or _implies_test(match["when"])


def _implies_test(condition: bytes) -> bool:
    """Whether a condition of `cfg` holds in tests only, such as `all(test, unix)`; `any(test, unix)` does not."""
    stack: list[tuple[bytes, list[bool]]] = [(b"all", [])]
    word = b""
    for token in _WORD.findall(_STRING.sub(b"", condition)):
        if token == b"(":
            stack.append((word, []))
            word = b""
        elif token in b"),":
            if word:
                stack[-1][1].append(word == b"test")
            word = b""
            if token == b")" and len(stack) > 1:
                which, parts = stack.pop()
                stack[-1][1].append(any(parts) if which == b"all" else bool(parts) and which == b"any" and all(parts))
        else:
            word = token if not word else b"?"
    return any((*stack[0][1], word == b"test"))


def _first_rust(data: bytes) -> int | None:
    return next((match.start() for match in _RUST_MARK.finditer(data) if _marks_test(match[0])), None)


def _vitest_tests(_: FoundNode, found: Found, data: bytes) -> Iterator[InnerTest]:
    end = 0
    for branch in found.get("branch", ()):
        condition = branch.child_by_field_name("condition")
        if branch.start_byte >= end and condition and _VITEST.search(condition.text or b""):
            end = branch.end_byte
            yield _inner_test(branch, branch, data)


def _first_vitest(data: bytes) -> int | None:
    match = _VITEST.search(data)
    return match.start() if match else None


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a language's tests are found: where the first may begin by its text alone, and all by a query."""

    first: Callable[[bytes], int | None]
    query: str
    tests: Callable[[FoundNode, Found, bytes], Iterator[InnerTest]]


_SCRIPT = _Reading(_first_vitest, _VITEST_QUERY, _vitest_tests)
_READERS = {
    "Rust": _Reading(_first_rust, _RUST_QUERY, _rust_tests),
    "JavaScript": _SCRIPT,
    "TypeScript": _SCRIPT,
    "TypeScript with JSX": _SCRIPT,
}
