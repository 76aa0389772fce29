"""What functions in other languages than Python call: each call with what it is called on, followed across files.

Read from text. What a name is called on tells whose it is where the code says so: `this`, a class, a variable that was
made from one (`r = new Range(…)`) or is called after one (`thisComparator.intersects(…)`), a module.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from healer.localization.outline import plain
from healer.localization.outlined_imports import imports, linked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from healer.localization.outline import Outline, Outlined
    from healer.localization.pysource import SourceIndex

MOST_REACHED, FURTHEST = 40, 3
"""Functions that one calls, and calls away."""
MOST_NAMESAKES = 3
MOST_LINKED = 30
"""Files that one file leads to."""
UNKNOWN = ")"
"""What a call is called on that is no name."""
_SCANNED = 10_000
_CALLED = re.compile(
    r"(?:(\b[^\W\d]\w*+|[)\]])\s{0,3}[!?]?(?:\.|->|::)\s{0,40})?\b([^\W\d]\w*+)[!?]?\s{0,3}(?:(?:::)?<[\w\s,:&']{1,80}>)?\("
)
_MEMBER = re.compile(r"(?:(\b[^\W\d]\w*+|[)\]])\s{0,3}&?)?\.([^\W\d]\w*[!?]?)")
_TEXT = re.compile(r'"(?:[^"\\\n]|\\.){0,500}"')
_MADE = r"\s{0,9}(?:await[ ])?(?:new[ ])?&?(?:\w+\.)?(?:New|new_|make_)?(\w+)[ ]?[({]"
_ITSELF = frozenset({"this", "self", "Self", "super", "static", "parent"})
_GO_RECEIVER = re.compile(r"^func\s*\(\s*([^\W\d]\w*)\s", re.MULTILINE)
_FREE = frozenset({"Go", "JavaScript", "TypeScript", "TypeScript with JSX", "Rust", "PHP"})
"""Languages in which a call on nothing is never one of a method."""
_NO_CLASS = frozenset({"", "exports", "module", "prototype"})
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Call:
    """A name that is called, and the last part of what it is called on; nothing where it stands alone."""

    on: str
    name: str


@lru_cache(maxsize=4096)
def calls_in(outline: Outline, line: int, end_line: int) -> frozenset[Call]:
    """Return the calls in some lines, as far as text tells; in Ruby, which needs no brackets, all members."""
    text = _TEXT.sub('""', outline.text(line, end_line)[:_SCANNED])
    found = _CALLED.findall(text)
    found += _MEMBER.findall(text) if outline.language == "Ruby" else []
    return frozenset(Call(UNKNOWN if on in {")", "]"} else on, name) for on, name in found)


@dataclass(frozen=True, slots=True)
class Caller:
    """A piece of code, and what the names in it stand for."""

    index: SourceIndex
    outline: Outline
    one: Outlined

    def is_foreign(self, call: Call) -> bool:
        """Whether a call is of something that the file imports from elsewhere."""
        return imports(self.index, self.outline).get(call.on or call.name) is False

    def chosen(self, call: Call, namesakes: Sequence[tuple[Outline, Outlined]]) -> list[tuple[Outline, Outlined]]:
        """Return those of the definitions of its name that a call can mean."""
        if self.is_foreign(call):
            return []
        methods = [one for one in namesakes if class_of(one[1])]
        functions = [one for one in namesakes if not class_of(one[1])]
        if not call.on:
            return functions if self.outline.language in _FREE else self._own(methods) or functions or methods
        if self._is_itself(call.on):
            return self._own(methods) or methods
        if imports(self.index, self.outline).get(call.on):
            return functions or self._of_class(plain(call.on), methods) or methods
        made = self._made_of(call.on)
        told = self._of_class(plain(made), methods) if made else []
        return told or self._of_class(plain(call.on), methods) or self._called_after(call.on, methods) or methods

    def callees(self) -> Iterator[tuple[Outline, Outlined]]:
        """Yield what the code calls, of its own file and of those that it leads to."""
        others: list[Outline] | None = None
        for call in sorted(
            calls_in(self.outline, self.one.line, self.one.end_line), key=lambda call: (call.name, call.on)
        ):
            own = [(self.outline, one) for one in self.outline.named(call.name) if one.line != self.one.line]
            if not own or (call.on and not self._is_itself(call.on)):
                others = self._others() if others is None else others
                own += [(outline, one) for outline in others for one in outline.named(call.name)]
            callable_ones = [(outline, one) for outline, one in own if not one.is_container and not one.is_test]
            meant = self.chosen(call, callable_ones)
            yield from meant if len(meant) <= MOST_NAMESAKES else ()

    def _others(self) -> list[Outline]:
        paths = [path for path in linked(self.index, self.outline) if path != self.outline.path]
        found = (self.index.outline(path) for path in paths[:MOST_LINKED])
        return [outline for outline in found if outline]

    def _is_itself(self, on: str) -> bool:
        if self.outline.language != "Go":
            return on in _ITSELF
        receiver = _GO_RECEIVER.search(self.outline.text(self.one.line, self.one.end_line))
        return receiver is not None and receiver[1] == on

    def _own(self, methods: Sequence[tuple[Outline, Outlined]]) -> list[tuple[Outline, Outlined]]:
        return self._of_class(plain(class_of(self.one)), methods)

    def _of_class(self, name: str, methods: Sequence[tuple[Outline, Outlined]]) -> list[tuple[Outline, Outlined]]:
        return [one for one in methods if name and plain(class_of(one[1])) == name]

    def _called_after(self, on: str, methods: Sequence[tuple[Outline, Outlined]]) -> list[tuple[Outline, Outlined]]:
        """Return the methods of the class that a variable is called after: `thisComparator` after Comparator."""
        classes = {plain(class_of(one)) for _, one in methods}
        fitting = [name for name in classes if len(name) >= _SHORTEST and plain(on).endswith(name)]
        return self._of_class(max(fitting, key=len), methods) if fitting else []

    def _made_of(self, on: str) -> str:
        """Return the class that a variable is made from or declared with, if the code says so: `r := NewReader(…)`."""
        if not re.fullmatch(r"\w{1,60}", on):
            return ""
        text = self.outline.text(self.one.line, self.one.end_line)[:_SCANNED]
        made = re.search(rf"\b{on}\b(?:[ ]?,[ ]?\w+)*[ ]?(?::[ ]?\w+[ ]?)?:?={_MADE}", text)
        declared = re.search(rf"\b{on}\b[ ]?:?[ ]{{1,20}}[*&]?(?:\w+\.)?([A-Z]\w*)", text)
        return made[1] if made else declared[1] if declared else ""


def class_of(one: Outlined) -> str:
    """Return the last name before that of a method: of `shop.Cart.total` Cart; nothing for a function."""
    if one.parent is not None and not one.parent.is_container:
        return ""
    parts = re.split(r"::|\.", one.qualname)
    holder = parts[-2] if len(parts) > 1 else ""
    return "" if holder in _NO_CLASS else holder


def reached(
    index: SourceIndex, outline: Outline, one: Outlined
) -> Iterator[tuple[Outline, Outlined, Outline, Outlined, int]]:
    """Yield what a function calls, directly and through others, the nearest first.

    Each comes with its file, with what calls it, and how many calls away it is.
    """
    queue = deque([(outline, one, 1)])
    seen = {(outline.path, one.line)}
    while queue and len(seen) <= MOST_REACHED:
        home, caller, depth = queue.popleft()
        for other_home, other in _callees(index, home, caller):
            if (other_home.path, other.line) not in seen:
                seen.add((other_home.path, other.line))
                yield other_home, other, home, caller, depth
                if depth < FURTHEST:
                    queue.append((other_home, other, depth + 1))


@lru_cache(maxsize=2048)  # what is suspected shares most of what it reaches
def _callees(index: SourceIndex, outline: Outline, one: Outlined) -> tuple[tuple[Outline, Outlined], ...]:
    return tuple(Caller(index, outline, one).callees())
