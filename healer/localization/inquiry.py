"""What every ranker is given, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from healer import layout
from healer.localization.pysource import whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from healer.evidence.paths import RepositoryPaths
    from healer.localization.pysource import Definition, PythonModule, SourceIndex
    from healer.models.code import Commit, Culprit, Tried
    from healer.models.evidence import Failure, FailureCluster
    from healer.models.spectra import Spectra


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One ranker's opinion of a range of lines; `score` is in 0..1 and comparable within one ranker only."""

    path: str
    line: int
    end_line: int
    score: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Site:
    """A stack frame that lies in the repository; `position` counts from 1, outermost first, of `of` frames."""

    path: str
    line: int
    function: str | None
    position: int
    of: int


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The failures and the code they are sought in."""

    clusters: tuple[FailureCluster, ...]
    index: SourceIndex
    commits: tuple[Commit, ...]
    paths: RepositoryPaths
    spectra: Spectra | None = None
    culprit: Culprit | None = None
    tried: tuple[Tried, ...] = ()
    _tests: dict[str, tuple[PythonModule, Definition] | None] = field(default_factory=dict, init=False, repr=False)

    def sites(self, failure: Failure) -> tuple[Site, ...]:
        """Return the failure's frames inside the repository, innermost first, each line once."""
        found: dict[tuple[str, int], Site] = {}
        total = len(failure.frames)
        for position in range(total, 0, -1):
            frame = failure.frames[position - 1]
            path = self.paths.resolve(frame.file)
            if path is not None and 0 < frame.line <= self.index.line_count(path):
                found.setdefault((path, frame.line), Site(path, frame.line, frame.function, position, total))
        return tuple(found.values())

    def test_definition(self, failure: Failure) -> tuple[PythonModule, Definition] | None:
        """Return the failing test's own function and its file, if the failure is of one and it can be found."""
        if failure.id not in self._tests:
            self._tests[failure.id] = self._find_test(failure)
        return self._tests[failure.id]

    def _find_test(self, failure: Failure) -> tuple[PythonModule, Definition] | None:
        name = failure.name.split("[", 1)[0].rsplit("::", 1)[-1].rsplit(".", 1)[-1].strip()
        for path in self._test_paths(failure):
            module = self.index.module(path)
            found = module.named(name) if module else ()
            if module and found:
                return module, max(found, key=lambda definition: _fits(definition, failure))
            if module and failure.runs == path:
                return module, whole(module)
        return None

    def _test_paths(self, failure: Failure) -> Iterable[str]:
        """Yield the files the test may be in: the one it is said to be in, else the tests on its stack."""
        said = [failure.file or "", failure.id.split("::", 1)[0]]
        resolved = [self.paths.resolve(file) for file in said if file]
        on_stack = [site.path for site in self.sites(failure) if layout.is_test(site.path)]
        return dict.fromkeys(path for path in [*resolved, *on_stack] if path)


def _fits(definition: Definition, failure: Failure) -> int:
    owner = definition.owner
    inside = bool(owner and owner.name in (failure.suite + failure.id))
    return 2 * inside + (owner is None)


class Ranker(Protocol):
    """One signal. It may name the same lines many times; the strongest opinion counts."""

    def __call__(self, inquiry: Inquiry) -> Iterable[Suspicion]:
        """Yield suspicions in any order."""
