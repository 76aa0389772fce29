"""Which recent change makes test cases fail: the commit that broke them, and the least of it that does.

Asked of the suite, not guessed: the base's own tests are run on its code with changes put back. That costs runs of the
failing test cases, so it is for those who are about to spend more, or who have asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from healer.errors import RepositoryError
from healer.localization.locate import locate
from healer.localization.pieces import MOST_PIECES, StopSearch, least, lost, of_commit, put_back, since
from healer.models.code import ChangedRange, Culprit

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


class Bisection:
    """One search; `runs` counts what it cost.

    `passes` runs the targets on a tree and says whether all of them passed. `is_time` says whether there is time left
    for another run.
    """

    def __init__(
        self, repository: Repository, passes: Callable[[str], bool], *, is_time: Callable[[], bool],
        most_runs: int = MOST_RUNS,
    ) -> None:  # fmt: skip
        self._repository, self._runs_green, self._is_time = repository, passes, is_time
        self._most_runs = most_runs
        self._known: dict[str, bool] = {}
        self.runs = 0

    def search(self, commits: Sequence[Commit]) -> Culprit | None:
        """Return what broke the targets, or None where no earlier code passes them or the time is up.

        `commits` end in the base, newest first, each on top of the next.
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
        ranges = (ChangedRange(piece.path, piece.line, piece.end_line, piece.earlier) for piece in kept)
        return Culprit(commits[age], age, tuple(ranges))

    def _first_red(self, commits: Sequence[Commit]) -> int | None:
        """Return the age of the commit whose parent's code passes while its own does not; None where all fails."""
        red, step = 0, 1
        while True:
            green = min(red + step, len(commits) - 1)
            if green <= red:
                return None
            if self._passes_at(commits, green):
                break
            red, step = green, step * 2
        while green - red > 1:
            middle = (green + red) // 2
            if self._passes_at(commits, middle):
                green = middle
            else:
                red = middle
        return red

    def _passes_at(self, commits: Sequence[Commit], age: int) -> bool:
        """Whether the targets pass with the code of an earlier commit."""
        earlier, base = self._repository.at(commits[age].id), self._repository.source
        paths = _paths(commits[:age])
        return self._passes([*put_back(since(earlier, base, paths), base), *lost(earlier, base, paths)])

    def _least(self, pieces: Sequence[Piece]) -> tuple[Piece, ...]:
        """Return the least of some pieces that makes the targets pass when it is put back; nothing if all do not."""
        try:
            if not 0 < len(pieces) <= MOST_PIECES or not self._holds(pieces):
                return ()
        except StopSearch:
            return ()
        return least(pieces, self._holds)

    def _holds(self, pieces: Sequence[Piece]) -> bool:
        return self._passes(put_back(pieces, self._repository.source))

    def _passes(self, edits: Collection[FileEdit]) -> bool:
        if not edits:
            return False
        tree = self._repository.write_tree(edits)
        if tree not in self._known:
            if self.runs >= self._most_runs or not self._is_time():
                raise StopSearch
            self.runs += 1
            self._known[tree] = self._runs_green(tree)
        return self._known[tree]


def blame(
    known: Diagnosis, spectra: Spectra | None, repository: Repository, passes: Callable[[str], bool],
    *, clock: Clock, progress: Progress, tried: Sequence[Tried] = (),
) -> Diagnosis:  # fmt: skip
    """Return what is known of a failure with the change that broke it, and places ranked anew where there is one.

    `passes` is as in Bisection; `tried` is what candidates revealed before. Takes SECONDS at most, and the run that is
    under way then.
    """
    culprit = _culprit(known, repository, passes, clock, progress) if any(_paths(known.commits[:-1])) else None
    if culprit is None and not tried:
        return known
    locations = locate(known.clusters, repository.source, known.commits, spectra, culprit, tried=tried)
    return replace(known, locations=locations, culprit=culprit)


def _culprit(
    known: Diagnosis, repository: Repository, passes: Callable[[str], bool], clock: Clock, progress: Progress
) -> Culprit | None:
    progress("localize", "putting recent changes back, to find the one that broke it")
    deadline = clock() + SECONDS
    search = Bisection(repository, passes, is_time=lambda: clock() < deadline)
    culprit = search.search(known.commits)
    if culprit is None:
        progress("localize", f"no change of the last {len(known.commits)} commits is to blame ({search.runs} runs)")
    else:
        progress("localize", told(culprit))
    return culprit


def _paths(commits: Sequence[Commit]) -> list[str]:
    return sorted({hunk.path for commit in commits for hunk in commit.hunks})


def told(culprit: Culprit) -> str:
    """Say in a sentence what was found."""
    which = f"{culprit.commit.id[:7]} '{culprit.commit.subject}' broke it: what fails passes"
    if not culprit.changes:
        return f"{which} with the code before it"
    places = ", ".join(f"{one.path}:{one.line}" for one in culprit.changes[:_SHOWN])
    more = f" and {len(culprit.changes) - _SHOWN} more" if len(culprit.changes) > _SHOWN else ""
    return f"{which} when its change at {places}{more} is put back"
