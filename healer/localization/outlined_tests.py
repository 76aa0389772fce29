"""The failing test's own function in other languages than Python: by the lines of its failure, else by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from healer import layout
from healer.localization.outline import outlined_language, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from healer.localization.inquiry import Inquiry
    from healer.localization.outline import Outline, Outlined
    from healer.models.evidence import Failure

MOST_FILES = 8
"""That are looked through for a test by its name."""
_MOST_PARTS = 50
_TOGETHER = (
    frozenset({"JavaScript", "TypeScript", "TypeScript with JSX"}), frozenset({"C", "C++"}), frozenset({"bash"}),
    frozenset({"C#"}), frozenset({"Go"}), frozenset({"Java"}), frozenset({"PHP"}), frozenset({"Ruby"}),
    frozenset({"Rust"}),
)  # fmt: skip
"""Languages whose files call each other."""
_PARTS = re.compile(r"::|\s>\s|[./#\\]")
_PARAMETERS = re.compile(r"[\[({].*$", re.DOTALL)


def languages(inquiry: Inquiry, failure: Failure) -> frozenset[str]:
    """Return the languages to look for a failure's cause in; none where it is Python's, all where nothing is known."""
    files = [failure.file or "", *(site.path for site in inquiry.sites(failure))]
    if any(path.endswith((".py", ".pyi")) for path in files):
        return frozenset()
    spoken = {outlined_language(path) for path in files}
    found = [group for group in _TOGETHER if group & spoken]
    if not found and inquiry.index.python_paths:
        return frozenset()
    return frozenset().union(*(found or _TOGETHER))


def find_test(inquiry: Inquiry, failure: Failure) -> tuple[Outline, Outlined] | None:
    """Return the failing test's function and its file, if one can be found."""
    names = _names(failure)
    best: tuple[int, Outline, Outlined] | None = None
    for path, line in _places(inquiry, failure):
        outline = inquiry.index.outline(path)
        for one in outline.around(line) if outline else ():
            fit = _fit(path, one, names)
            if outline and fit and (best is None or fit > best[0]):
                best = fit, outline, one
    if best and best[0] > 1:
        return best[1:]
    for path in _paths(inquiry, failure):
        outline = inquiry.index.outline(path)
        found = [one for one in outline.definitions if _fit(path, one, names) > _BY_NAME] if outline else []
        if outline and found:
            return outline, max(found, key=lambda one: _inside(one, failure))
    return best[1:] if best else None


_BY_NAME = 3


def _fit(path: str, one: Outlined, names: frozenset[str]) -> int:
    """Return how surely a definition around a line of the failure is its test; 0 for none."""
    if one.is_container or one.is_setup or not (one.is_test or layout.is_test(path)):
        return 0
    return 1 + 2 * one.is_test + 4 * (plain(one.name) in names)


def _inside(one: Outlined, failure: Failure) -> int:
    """Return how many of the definitions around it the failure names."""
    said, count = plain(failure.id + failure.suite), 0
    while one.parent:
        one = one.parent
        count += plain(one.name) in said
    return count


def _names(failure: Failure) -> frozenset[str]:
    """Return what the test may be called: of `TestTotal/no_items` either part, of `carts > adds up` the last."""
    said = failure.name or failure.id
    parts = _PARTS.split(said)
    names = [said, parts[0], parts[-1], _PARAMETERS.sub("", said), _PARAMETERS.sub("", parts[-1])]
    return frozenset(plain(name) for name in names if plain(name))


def _places(inquiry: Inquiry, failure: Failure) -> Iterator[tuple[str, int]]:
    """Yield the lines of the failure in the repository, the outermost first: a test calls what helps it."""
    yield from ((site.path, site.line) for site in reversed(inquiry.sites(failure)))
    path = inquiry.paths.resolve(failure.file) if failure.file else None
    if path and failure.line:
        yield path, failure.line


def _paths(inquiry: Inquiry, failure: Failure) -> Iterable[str]:
    """Yield the files that the test may be in: the one that is said, those on the stack, those of the suite's name."""
    said = [failure.file or "", failure.id.split("::", 1)[0]]
    resolved = [inquiry.paths.resolve(file) for file in said if file]
    found = dict.fromkeys(path for path in [*resolved, *(site.path for site in inquiry.sites(failure))] if path)
    spoken = languages(inquiry, failure)
    if not any(outlined_language(path) for path in found) and spoken:
        for part in _PARTS.split(f"{failure.suite}.{failure.id}")[:_MOST_PARTS]:
            found |= dict.fromkeys(inquiry.index.called(part) if part else ())
    return list(found)[:MOST_FILES]
