"""Which recent change makes test cases fail: the commit that broke them, and the least of it that does.

Asked of the suite, not guessed: the base's own tests are run on its code with changes put back. That costs runs of the
failing test cases, so it is for those who are about to spend more, or who have asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from healer.errors import RepositoryError
from healer.localization.locate import locate
from healer.localization.pieces import MOST_PIECES, StopSearch, least, lost, of_commit, put_back, since
from healer.models.code import Culprit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from healer.localization.pieces import Piece
    from healer.models.change import FileEdit
    from healer.models.code import Commit, Diagnosis, Tried
    from healer.models.spectra import Spectra
    from healer.ports import Clock, Progress, Repository

MOST_RUNS = 24
SECONDS = 120.0
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is run on a tree: the targets, and a function that runs them and returns those that pass."""

    targets: frozenset[str]
    passing: Callable[[str], frozenset[str]]


class Bisection:
    """One search; `runs` counts what it cost. `is_time` says whether there is time left for another run."""

    def __init__(
        self, repository: Repository, experiment: Experiment, *, is_time: Callable[[], bool], progress: Progress,
        most_runs: int = MOST_RUNS,
    ) -> None:  # fmt: skip
        self._repository, self._experiment, self._is_time, self._progress = repository, experiment, is_time, progress
        self._most_runs = most_runs
        self._known: dict[str, frozenset[str]] = {}
        self._explained = experiment.targets
        self.runs = 0

    def search(self, commits: Sequence[Commit]) -> Culprit | None:
        """Return what broke the targets, or None where no earlier code passes any of them, or the time is up.

        `commits` end in the base, newest first, each on top of the next. A target that fails with all earlier code has
        another cause, and is left aside where others do not.
        """
        try:
            age = self._first_red(commits)
            if age is None:
                return None
            earlier, paths = self._repository.at(commits[age + 1].id), _paths(commits[: age + 1])
            base = self._repository.source
            kept = self._least(of_commit(commits, age, base)) or self._least(since(earlier, base, paths))
        except (StopSearch, RepositoryError):
            return None
        return Culprit(commits[age], age, tuple(piece.in_base(base) for piece in kept), self._explained)

    def _first_red(self, commits: Sequence[Commit]) -> int | None:
        """Return the age of the commit whose parent's code passes while its own does not; None where all fails."""
        probed: dict[int, frozenset[str]] = {}
        step, green = 1, 0
        while green < len(commits) - 1 and self._explained - probed.get(green, frozenset()):
            green = min(green + step, len(commits) - 1)
            probed[green] = self._passing_at(commits, green)
            step *= 2
        green = max(probed, key=lambda age: (len(probed[age]), -age), default=0)
        if not probed.get(green):
            return None
        self._explained = probed[green]
        red = max((age for age in probed if age < green), default=0)
        while green - red > 1:
            middle = (green + red) // 2
            if self._explained <= self._passing_at(commits, middle):
                green = middle
            else:
                red = middle
        return red

    def _passing_at(self, commits: Sequence[Commit], age: int) -> frozenset[str]:
        """Return the targets that pass with the code of an earlier commit."""
        earlier, base = self._repository.at(commits[age].id), self._repository.source
        paths = _paths(commits[:age])
        edits = [*put_back(since(earlier, base, paths), base), *lost(earlier, base, paths)]
        return self._passing(edits, f"the code of {commits[age].id[:7]}")

    def _least(self, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
        """Return the least of some pieces that makes the targets pass when it is put back; nothing if all do not."""
        try:
            if not 0 < len(pieces) <= MOST_PIECES or not self._holds(pieces):
                return ()
        except StopSearch:
            return ()
        return least(pieces, self._holds)

    def _holds(self, pieces: Sequence[Piece]) -> bool:
        noun = "change" if len(pieces) == 1 else "changes"
        return self._explained <= self._passing(
            put_back(pieces, self._repository.source), f"{len(pieces)} {noun} put back"
        )

    def _passing(self, edits: Collection[FileEdit], what: str) -> frozenset[str]:
        if not edits:
            return frozenset()
        tree = self._repository.write_tree(edits)
        if tree not in self._known:
            if self.runs >= self._most_runs or not self._is_time():
                raise StopSearch
            self.runs += 1
            passing = self._known[tree] = self._experiment.passing(tree)
            self._progress("localize", f"with {what}, {len(passing)} of {len(self._experiment.targets)} targets pass")
        return self._known[tree]


def blame(
    known: Diagnosis, spectra: Spectra | None, repository: Repository, experiment: Experiment,
    *, clock: Clock, progress: Progress, tried: Sequence[Tried] = (),
) -> Diagnosis:  # fmt: skip
    """Return what is known of a failure with the change that broke it, and places ranked anew where there is one.

    `tried` is what candidates revealed before. Takes SECONDS at most, and the run that is under way then.
    """
    culprit = _culprit(known, repository, experiment, clock, progress) if any(_paths(known.commits[:-1])) else None
    if culprit is None and not tried:
        return known
    locations = locate(known.clusters, repository.source, known.commits, spectra, culprit, tried=tried)
    return replace(known, locations=locations, culprit=culprit)


def _culprit(
    known: Diagnosis, repository: Repository, experiment: Experiment, clock: Clock, progress: Progress
) -> Culprit | None:
    progress("localize", "putting recent changes back, to find the one that broke it")
    deadline = clock() + SECONDS
    search = Bisection(repository, experiment, is_time=lambda: clock() < deadline, progress=progress)
    culprit = search.search(known.commits)
    if culprit is None:
        progress("localize", f"no change of the last {len(known.commits)} commits is to blame ({search.runs} runs)")
    else:
        progress("localize", told(culprit, len(experiment.targets)))
    return culprit


def _paths(commits: Sequence[Commit]) -> list[str]:
    return sorted({hunk.path for commit in commits for hunk in commit.hunks})


def told(culprit: Culprit, targets: int) -> str:
    """Say in a sentence what was found."""
    count = len(culprit.explained)
    passes = "what fails passes" if count == targets else f"{count} of {targets} failing test cases pass"
    which = f"{culprit.commit.id[:7]} '{culprit.commit.subject}' broke it: {passes}"
    if not culprit.changes:
        return f"{which} with the code before it"
    places = ", ".join(f"{one.path}:{one.line}" for one in culprit.changes[:_SHOWN])
    more = f" and {len(culprit.changes) - _SHOWN} more" if len(culprit.changes) > _SHOWN else ""
    return f"{which} when its change at {places}{more} is put back"
